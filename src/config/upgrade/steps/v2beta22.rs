//! v2beta22 to v2beta23: a build takes several secrets.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{given, list};
use crate::yaml::{Data, Node};

/// `secret: {…}` becomes `secrets: [{…}]`.
pub(super) fn docker(docker: &mut Node, _: &mut Scene<'_>) {
    let Some(secret) = given(docker, "secret") else {
        docker.remove("secret");
        return;
    };
    if !matches!(secret.data, Data::Map(_)) {
        return;
    }
    let secret = secret.clone();
    docker.rename("secret", "secrets");
    if let Some(secrets) = docker.get_mut("secrets") {
        let span = secret.span.clone();
        *secrets = list(vec![secret], &span);
    }
}
