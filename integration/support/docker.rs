//! What is in a docker daemon.

use std::os::unix::net::UnixStream;

use serde_json::Value;

use super::http;

/// A docker daemon behind a unix socket.
pub(crate) struct Docker {
    socket: String,
}

impl Docker {
    /// The daemon at `unix://…`.
    pub(crate) fn at(host: &str) -> Self {
        Self { socket: host.strip_prefix("unix://").unwrap().to_owned() }
    }

    /// What the daemon knows of an image; `None` where it has none of that name.
    pub(crate) fn find(&self, reference: &str) -> Option<Value> {
        let stream = UnixStream::connect(&self.socket).unwrap();
        let response = http::get(stream, "docker", &format!("/images/{reference}/json"), "application/json");
        (response.status == 200).then(|| response.json())
    }

    /// Removes an image with all its tags.
    pub(crate) fn remove(&self, reference: &str) {
        let stream = UnixStream::connect(&self.socket).unwrap();
        let path = format!("/images/{reference}?force=true");
        let response = http::request("DELETE", stream, "docker", &path, "application/json");
        assert_eq!(response.status, 200, "{reference} could not be removed");
    }

    /// The id of an image without `sha256:`.
    #[track_caller]
    pub(crate) fn id(&self, reference: &str) -> String {
        let image = self.find(reference).unwrap_or_else(|| panic!("{reference} is not in the docker daemon"));
        image["Id"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned()
    }
}
