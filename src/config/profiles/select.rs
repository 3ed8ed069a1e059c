//! The profiles that are active, in order.

/// The active profiles of a document that has the profiles `known`: first those that activate themselves, then those
/// of `requested` in their order. `name` adds it where it is known and not there yet, `-name` takes it out again, so
/// the order matters.
pub(in crate::config) fn select(
    by_themselves: Vec<String>,
    known: &[String],
    requested: &[String],
) -> Vec<String> {
    let mut active = by_themselves;
    for name in requested {
        if let Some(name) = name.strip_prefix('-') {
            active.retain(|other| other != name);
        } else if known.contains(name) && !active.contains(name) {
            active.push(name.clone());
        }
    }
    active
}
