//! buildx's builders, read natively from its own folder. Only read: buildx itself rewrites `current` when merely
//! asked, and forgets the user's choice doing so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::diagnostic::{Report, Result};
use crate::docker::config::{list, parse_json, read_optional, sha256_hex};
use crate::settings::env::{self, Environment};

/// buildx's builder instances and the user's choice among them.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// buildx's folder (`$BUILDX_CONFIG`, else `<docker config>/buildx`).
    pub dir: PathBuf,
    instances: BTreeMap<String, Instance>,
    broken: BTreeMap<String, Box<Report>>,
    current: Option<Current>,
    /// Hash of a docker context's key to the builder chosen for it with `buildx use --default`.
    defaults: BTreeMap<String, String>,
}

/// A builder instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// How its BuildKit is run and reached.
    pub driver: Driver,
    /// Its nodes, one or more.
    pub nodes: Vec<Node>,
}

/// One BuildKit of a builder instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// An address, or the docker context it runs in.
    pub endpoint: String,
    /// The platforms the user gave it (`linux/arm64`); empty = what it says itself.
    pub platforms: Vec<String>,
    /// Options of the driver (`cacert`, `network`, …).
    pub driver_opts: BTreeMap<String, String>,
}

/// What runs the BuildKit of a builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driver {
    /// The docker daemon's own BuildKit.
    Docker,
    /// A container with a buildkitd.
    DockerContainer,
    /// A buildkitd that somebody else runs.
    Remote,
    /// Pods with a buildkitd.
    Kubernetes,
    /// Any other driver buildx may have.
    Other(String),
}

impl std::fmt::Display for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Docker => "docker",
            Self::DockerContainer => "docker-container",
            Self::Remote => "remote",
            Self::Kubernetes => "kubernetes",
            Self::Other(name) => name,
        })
    }
}

impl From<&str> for Driver {
    fn from(name: &str) -> Self {
        match name {
            // an instance without a driver belongs to a docker context
            "" | "docker" => Self::Docker,
            "docker-container" => Self::DockerContainer,
            "remote" => Self::Remote,
            "kubernetes" => Self::Kubernetes,
            other => Self::Other(other.to_owned()),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceFile {
    name: String,
    #[serde(default)]
    driver: String,
    #[serde(default)]
    nodes: Option<Vec<NodeFile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NodeFile {
    name: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    platforms: Option<Vec<PlatformFile>>,
    #[serde(default)]
    driver_opts: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct PlatformFile {
    architecture: String,
    os: String,
    #[serde(default)]
    variant: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Current {
    key: String,
    name: String,
    global: bool,
}

/// buildx's folder in this environment.
pub fn folder(docker_config: &Path, env: &Environment) -> PathBuf {
    env.get(env::BUILDX_CONFIG).map_or_else(|| docker_config.join("buildx"), |dir| env.cwd.join(dir))
}

impl Store {
    /// Reads buildx's folder `dir`. A folder that is not there holds no builders.
    pub fn load(dir: &Path) -> Result<Self> {
        let mut store = Self { dir: dir.to_owned(), ..Self::default() };
        let instances = dir.join("instances");
        for name in list(&instances)? {
            if !is_name(&name) {
                continue;
            }
            let path = instances.join(&name);
            match read_optional(&path) {
                Ok(Some(text)) => store.insert(&name, &path, &text),
                Ok(None) => {}
                Err(report) => {
                    store.broken.insert(name, report);
                }
            }
        }
        let current = dir.join("current");
        if let Some(text) = read_optional(&current)? {
            store.set_current(&current, &text)?;
        }
        let defaults = dir.join("defaults");
        for hash in list(&defaults)? {
            if let Some(name) = read_optional(&defaults.join(&hash))? {
                store.defaults.insert(hash, name);
            }
        }
        Ok(store)
    }

    /// Adds the instance whose file holds `text`; a broken one is kept as the error of who asks for it.
    fn insert(&mut self, name: &str, path: &Path, text: &str) {
        match parse_json::<InstanceFile>("a buildx builder", path, text) {
            Ok(file) => {
                self.instances.insert(name.to_lowercase(), instance_of(file));
            }
            Err(report) => {
                let report = report.hint(format!("run `docker buildx rm {name}` and create it again"));
                self.broken.insert(name.to_lowercase(), Box::new(report));
            }
        }
    }

    fn set_current(&mut self, path: &Path, text: &str) -> Result<()> {
        self.current = match text.trim() {
            "" => None,
            _ => Some(parse_json("buildx's chosen builder", path, text).map_err(|report| {
                Box::new(report.hint("run `docker buildx use NAME` to choose a builder again"))
            })?),
        };
        Ok(())
    }

    /// The instance called `name` (buildx ignores case).
    pub fn get(&self, name: &str) -> Result<Option<&Instance>> {
        let name = name.to_lowercase();
        match self.broken.get(&name) {
            Some(report) => Err(report.clone()),
            None => Ok(self.instances.get(&name)),
        }
    }

    /// The names of the instances, then those of the broken ones; each sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.instances.keys().chain(self.broken.keys()).map(String::as_str)
    }

    /// The instance the user selected for the docker context with this key
    /// ([`crate::docker::config::DockerContext::buildx_key`]); `None` = the docker context's own builder.
    /// The order is buildx's (`store.Txn.Current`): a global choice, the choice for this context (which hides the
    /// default one even when its builder is gone), the default of this context.
    pub fn selected(&self, key: &str) -> Result<Option<&Instance>> {
        if let Some(current) = self.current.as_ref().filter(|current| !current.name.is_empty()) {
            if current.global
                && let Some(instance) = self.get(&current.name)?
            {
                return Ok(Some(instance));
            }
            if current.key == key {
                return self.get(&current.name);
            }
        }
        let hash = sha256_hex(key);
        match self.defaults.get(&hash[..20]) {
            Some(name) => self.get(name.trim()),
            None => Ok(None),
        }
    }
}

impl FromIterator<Instance> for Store {
    fn from_iter<I: IntoIterator<Item = Instance>>(instances: I) -> Self {
        let instances =
            instances.into_iter().map(|instance| (instance.name.to_lowercase(), instance)).collect();
        Self { instances, ..Self::default() }
    }
}

fn instance_of(file: InstanceFile) -> Instance {
    let nodes = file.nodes.unwrap_or_default().into_iter().map(|node| Node {
        name: node.name,
        endpoint: node.endpoint,
        platforms: node.platforms.unwrap_or_default().into_iter().map(platform).collect(),
        driver_opts: node.driver_opts.unwrap_or_default(),
    });
    Instance { name: file.name, driver: Driver::from(file.driver.as_str()), nodes: nodes.collect() }
}

fn platform(platform: PlatformFile) -> String {
    let PlatformFile { os, architecture, variant } = platform;
    if variant.is_empty() { format!("{os}/{architecture}") } else { format!("{os}/{architecture}/{variant}") }
}

/// Whether buildx takes `name` as a builder's name (buildx: `store.ValidateName`).
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOTE: &str = r#"{"Name":"remote","Driver":"remote","Nodes":[{"Name":"remote0","Endpoint":"tcp://127.0.0.1:1234","Platforms":null,"DriverOpts":null,"Flags":null,"Files":null}],"Dynamic":false}"#;
    const TWO: &str = r#"{"Name":"Two","Driver":"docker-container","Nodes":[
        {"Name":"two0","Endpoint":"default","Platforms":[{"architecture":"amd64","os":"linux"}],"DriverOpts":{"network":"host"},"Flags":["--debug"],"Files":{"buildkitd.toml":"W10K"}},
        {"Name":"two1","Endpoint":"far","Platforms":[{"architecture":"arm","os":"linux","variant":"v7"}],"DriverOpts":null,"Flags":null,"Files":null}],"Dynamic":false}"#;

    fn folder_with(files: &[(&str, &str)]) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        let store = Store::load(dir.path()).unwrap();
        (dir, store)
    }

    #[test]
    fn instances_are_read_with_their_nodes() {
        let (_dir, store) = folder_with(&[
            ("instances/remote", REMOTE),
            ("instances/two", TWO),
            ("instances/.tmp-two123", "{"),
            ("instances/bad", "{\"Name\":1}"),
        ]);
        assert_eq!(store.names().collect::<Vec<_>>(), ["remote", "two", "bad"]);
        let remote = store.get("remote").unwrap().unwrap();
        assert_eq!(
            (&remote.driver, remote.nodes[0].endpoint.as_str()),
            (&Driver::Remote, "tcp://127.0.0.1:1234")
        );
        let two = store.get("TWO").unwrap().unwrap();
        assert_eq!(two.name, "Two");
        assert_eq!(two.nodes[0].driver_opts["network"], "host");
        assert_eq!(two.nodes[0].platforms, ["linux/amd64"]);
        assert_eq!(two.nodes[1].platforms, ["linux/arm/v7"]);
        assert!(store.get("nobody").unwrap().is_none());
        let report = store.get("bad").unwrap_err();
        assert!(report.title.ends_with("instances/bad:1:9: a buildx builder is broken"), "{}", report.title);
    }

    #[test]
    fn an_absent_folder_holds_nothing() {
        let store = Store::load(Path::new("/nowhere/buildx")).unwrap();
        assert_eq!(store.names().count(), 0);
        assert!(store.selected("unix:///var/run/docker.sock").unwrap().is_none());
    }

    #[test]
    fn the_selection_follows_buildx() {
        const KEY: &str = "unix:///var/run/docker.sock";
        const OTHER: &str = "far";
        let hash = &sha256_hex(KEY)[..20];
        let current = |key: &str, name: &str, global: bool| {
            format!(r#"{{"Key":"{key}","Name":"{name}","Global":{global}}}"#)
        };
        /// What, the file `current`, the default of this context, the selected builder.
        type Row<'a> = (&'a str, Option<String>, Option<&'a str>, Option<&'a str>);
        let rows: [Row<'_>; 11] = [
            ("nothing chosen", None, None, None),
            ("an empty file", Some(String::new()), None, None),
            ("chosen for this context", Some(current(KEY, "remote", false)), None, Some("remote")),
            ("chosen for another context", Some(current(OTHER, "remote", false)), None, None),
            ("chosen for all contexts", Some(current(OTHER, "remote", true)), None, Some("remote")),
            ("the context's own builder", Some(current(KEY, "", false)), None, None),
            ("the default of this context", None, Some("remote"), Some("remote")),
            ("reset, then the default", Some(current(KEY, "", false)), Some("remote"), Some("remote")),
            (
                "another context chosen, then the default",
                Some(current(OTHER, "Two", false)),
                Some("remote"),
                Some("remote"),
            ),
            ("chosen but removed hides the default", Some(current(KEY, "gone", false)), Some("remote"), None),
            (
                "global but removed, then the default",
                Some(current(OTHER, "gone", true)),
                Some("remote"),
                Some("remote"),
            ),
        ];
        for (what, current, default, want) in rows {
            let default_file = format!("defaults/{hash}");
            let mut files = vec![("instances/remote", REMOTE), ("instances/two", TWO)];
            if let Some(text) = &current {
                files.push(("current", text));
            }
            if let Some(name) = default {
                files.push((&default_file, name));
            }
            let (_dir, store) = folder_with(&files);
            let selected = store.selected(KEY).unwrap().map(|instance| instance.name.as_str());
            assert_eq!(selected, want, "{what}");
        }
    }

    #[test]
    fn names_follow_buildxs_rule() {
        for good in ["a", "remote", "Bk-1.2_x"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "1a", "-a", "a/b", "a b", "tcp://x", "ä"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
