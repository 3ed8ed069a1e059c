//! v1alpha3 to v1alpha4: `skipPush` becomes its opposite; the other changes are names.

use crate::config::upgrade::change::Scene;
use crate::yaml::{Data, Node};

/// `skipPush: true` becomes `push: false`.
pub(super) fn local(local: &mut Node, _: &mut Scene<'_>) {
    let Some(skip) = local.get("skipPush") else { return };
    if skip.is_null() {
        local.remove("skipPush");
        return;
    }
    let Some(skip) = skip.truth() else { return };
    local.rename("skipPush", "push");
    if let Some(push) = local.get_mut("push") {
        push.data = Data::Bool(!skip);
    }
}
