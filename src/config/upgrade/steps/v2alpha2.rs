//! v2alpha2 to v2alpha3: kustomize takes several folders.

use super::v1alpha2::as_list;
use crate::config::upgrade::change::Scene;
use crate::yaml::Node;

/// `path: a` becomes `paths: [a]`.
pub(super) fn kustomize(kustomize: &mut Node, _: &mut Scene<'_>) {
    as_list(kustomize, "path", "paths");
}
