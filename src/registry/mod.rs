//! Manifests by digest or tag, with the credentials of the docker config.
