//! How a registry is reached: under which name, over which scheme, and what it asks for.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::Url;

use super::Error;
use super::auth::Challenge;
use crate::http::{Request, Transport};
use crate::image::Reference;

/// Docker Hub as images name it.
pub(super) const DOCKER_HUB: &str = "docker.io";
/// Docker Hub's registry.
const DOCKER_HUB_REGISTRY: &str = "registry-1.docker.io";

/// A repository as its registry names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    /// The registry, as images name it.
    pub(super) host: String,
    /// The path, with `library/` where Docker Hub wants it.
    pub(super) path: String,
}

impl From<&Reference> for Repository {
    fn from(reference: &Reference) -> Self {
        match reference.domain() {
            DOCKER_HUB | "index.docker.io" | DOCKER_HUB_REGISTRY => {
                let library = if reference.path().contains('/') { "" } else { "library/" };
                Self { host: DOCKER_HUB.to_owned(), path: format!("{library}{}", reference.path()) }
            }
            host => Self { host: host.to_owned(), path: reference.path().to_owned() },
        }
    }
}

/// What the first meeting with a registry has shown.
#[derive(Debug, Clone)]
pub(super) struct Access {
    /// `https://host:port/`
    pub(super) base: Url,
    /// What it asks for before it answers; `None` = nothing, so far.
    pub(super) challenge: Option<Challenge>,
}

impl Access {
    /// Meets the registry at its front door, `/v2/`, which says how to log in.
    ///
    /// Registries on a loopback address and those said to be insecure are tried over plain HTTP first: it costs
    /// neither a handshake nor the reading of the system's authorities, and a TLS server says at once that it is one
    /// (docker tries TLS first; nothing secret is sent here, so the order gives nothing away).
    pub(super) async fn find(transport: Arc<Transport>, host: String) -> Result<Self, Error> {
        let address = if host == DOCKER_HUB { DOCKER_HUB_REGISTRY } else { &host };
        let schemes: &[&str] =
            if transport.is_insecure(&host) || is_loopback(&host) { &["http", "https"] } else { &["https"] };
        let mut cause = String::new();
        for &scheme in schemes {
            let door = Url::parse(&format!("{scheme}://{address}/v2/")).map_err(|error| {
                Error::Unreachable { host: host.clone(), cause: format!("it is no address ({error})") }
            })?;
            match transport.send(Request::get(door.clone())).await {
                // TLS servers tell a client that speaks plain HTTP so with this status.
                Ok(answer) if scheme == "http" && answer.status == 400 => {
                    "it does not speak plain HTTP".clone_into(&mut cause);
                }
                Ok(answer) => {
                    // A redirect to https on the same host is for good; one that leads elsewhere is not followed
                    // with anything but its own request.
                    let moved = answer.url.host_str() == door.host_str() && answer.url.path() == door.path();
                    let mut base = if moved { answer.url.clone() } else { door };
                    base.set_path("/");
                    return Ok(Self { base, challenge: Challenge::of(&answer.headers) });
                }
                Err(reason) => cause = reason,
            }
        }
        Err(Error::Unreachable { host, cause })
    }

    /// The address of a thing of a repository, such as `manifests/latest`.
    pub(super) fn url(&self, repository: &Repository, thing: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/{thing}", repository.path));
        url
    }
}

/// Whether a host (and port) is this machine by its name alone, as docker sees it.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_by_name() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.0.1", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "r.io", "128.0.0.1:5000", "[2001:db8::1]:5000", "127.r.io:1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn repositories_as_registries_name_them() {
        for (text, host, path) in [
            ("busybox", "docker.io", "library/busybox"),
            ("index.docker.io/me/app:v1", "docker.io", "me/app"),
            ("docker.io/library/app", "docker.io", "library/app"),
            ("r.io/app:v1", "r.io", "app"),
            ("localhost:5000/a/b", "localhost:5000", "a/b"),
        ] {
            let repository = Repository::from(&Reference::parse(text).unwrap());
            assert_eq!((repository.host.as_str(), repository.path.as_str()), (host, path), "{text}");
        }
    }
}
