//! v2beta7 to v2beta8: what `kpt live apply` gets is sorted into what it works on and how.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{given, map, take, text};
use crate::yaml::Node;

/// `live.apply` becomes `live.options`; `applyDir`, `live.inventoryID` and `live.inventoryNamespace` become
/// `live.apply.{dir,inventoryID,inventoryNamespace}`.
pub(super) fn kpt(kpt: &mut Node, _: &mut Scene<'_>) {
    let directory = take(kpt, "applyDir").map(|(key, value)| (text("dir", &key.span), value));
    if given(kpt, "live").is_none() {
        kpt.remove("live");
        let Some((key, _)) = &directory else { return };
        kpt.set(text("live", &key.span), map(vec![], &key.span.clone()));
    }
    let Some(live) = kpt.get_mut("live") else { return };
    live.rename("apply", "options");
    let inventory = ["inventoryID", "inventoryNamespace"].map(|name| take(live, name));
    let entries: Vec<_> = directory.into_iter().chain(inventory.into_iter().flatten()).collect();
    if let Some((key, _)) = entries.first() {
        let span = key.span.clone();
        live.insert(0, text("apply", &span), map(entries, &span));
    }
}
