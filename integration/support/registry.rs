//! What is in a registry.

use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;

use super::{Engines, http};

const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// A registry that is spoken to over plain HTTP.
pub(crate) struct Registry {
    engines: Engines,
}

/// A manifest or an index.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    /// Its digest, as the registry says.
    pub(crate) digest: String,
    /// Its content.
    pub(crate) json: Value,
}

impl Registry {
    /// The plain registry of the engines.
    pub(crate) fn of(engines: &Engines) -> Self {
        Self { engines: engines.clone() }
    }

    /// The manifest of a reference (`host:port/name:tag`, `host:port/name@digest`, or both); `None` where there is
    /// none.
    pub(crate) fn find(&self, reference: &str) -> Option<Manifest> {
        let rest = self.below(reference);
        let (name, version) = match rest.split_once('@') {
            Some((name, digest)) => (name.split(':').next().unwrap_or(name), digest),
            None => rest.rsplit_once(':').unwrap_or((rest, "latest")),
        };
        let response = self.get(&format!("/v2/{name}/manifests/{version}"), MANIFESTS);
        match response.status {
            200 => {
                let digest = response.header("Docker-Content-Digest").unwrap().to_owned();
                Some(Manifest { digest, json: response.json() })
            }
            404 => None,
            status => panic!("{reference}: the registry answered {status}"),
        }
    }

    /// The manifest of a reference, which must be there.
    #[track_caller]
    pub(crate) fn manifest(&self, reference: &str) -> Manifest {
        self.find(reference).unwrap_or_else(|| panic!("{reference} is not in the registry"))
    }

    /// Whether nothing was pushed under this name (`host:port/name`).
    pub(crate) fn is_unknown(&self, name: &str) -> bool {
        self.get(&format!("/v2/{}/tags/list", self.below(name)), "*/*").status == 404
    }

    fn below<'a>(&self, reference: &'a str) -> &'a str {
        let rest = reference.strip_prefix(&self.engines.registry).and_then(|rest| rest.strip_prefix('/'));
        rest.unwrap_or_else(|| panic!("{reference} is not of this registry"))
    }

    fn get(&self, path: &str, accept: &str) -> http::Response {
        let host = &self.engines.registry;
        http::get(TcpStream::connect(host).unwrap(), host, path, accept)
    }

    /// The platforms of an image: those of its index, or the one of its configuration.
    #[track_caller]
    pub(crate) fn platforms(&self, reference: &str) -> Vec<String> {
        let text = |value: &Value| {
            let part = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
            format!("{}/{}", part("os"), part("architecture"))
        };
        match self.manifest(reference).json["manifests"].as_array() {
            Some(manifests) => manifests.iter().map(|manifest| text(&manifest["platform"])).collect(),
            None => vec![text(&self.config(reference, "linux/amd64"))],
        }
    }

    /// The configuration of an image for a platform.
    pub(crate) fn config(&self, reference: &str, platform: &str) -> Value {
        serde_json::from_slice(&self.crane(&["config", "--platform", platform, reference])).unwrap()
    }

    /// A file of an image for a platform (`path` without a leading slash), trimmed.
    pub(crate) fn file(&self, reference: &str, platform: &str, path: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("image.tar");
        self.crane(&["export", "--platform", platform, reference, archive.to_str().unwrap()]);
        let output = Command::new("tar").arg("-xOf").arg(&archive).arg(path).output().unwrap();
        assert!(
            output.status.success(),
            "{reference} has no {path}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Pushes a base image that is unlike those of other versions: busybox with a label.
    pub(crate) fn push_base(&self, reference: &str, version: &str) {
        let busybox = format!("{}/library/busybox", self.engines.registry);
        let label = format!("version={version}");
        self.crane(&["mutate", "--platform", "linux/amd64", &busybox, "--label", &label, "-t", reference]);
    }

    /// Removes the manifest of a reference, with all its tags.
    pub(crate) fn remove(&self, reference: &str) {
        let name = reference.split('@').next().unwrap().rsplit_once(':').unwrap().0;
        self.crane(&["delete", &format!("{name}@{}", self.manifest(reference).digest)]);
    }

    fn crane(&self, args: &[&str]) -> Vec<u8> {
        let output = Command::new(&self.engines.crane).args(args).output().unwrap();
        assert!(output.status.success(), "crane {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}
