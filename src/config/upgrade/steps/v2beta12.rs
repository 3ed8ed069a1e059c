//! v2beta12 to v2beta13: a chart from elsewhere has a key of its own.

use crate::config::upgrade::change::Scene;
use crate::yaml::Node;

/// `chartPath` with `remote: true` becomes `remoteChart`.
pub(super) fn release(release: &mut Node, _: &mut Scene<'_>) {
    let Some(remote) = release.remove("remote") else { return };
    if remote.truth() == Some(true) {
        release.rename("chartPath", "remoteChart");
    }
}
