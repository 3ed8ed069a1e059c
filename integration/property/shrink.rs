//! Makes a case that fails as small as it gets by leaving things out.

use super::case::{Builder, Case, Image, Key};
use super::tree::{Edit, Node};

/// So many builds are spent on one case.
const TRIES: usize = 150;

/// Whether the edits change the image but not the key. `None` = there is nothing to compare.
pub(super) fn is_miss(builder: &Builder<'_>, case: &Case, edits: &[Edit]) -> Option<bool> {
    let mut edited = case.clone();
    for edit in edits {
        edited.tree.apply(edit);
    }
    let key @ Key::Known(..) = builder.key(case) else { return None };
    if key != builder.key(&edited) {
        return None;
    }
    let before @ Image::Built(_) = builder.build(case) else { return None };
    let after = builder.build(&edited);
    // What BuildKit makes another image of without a reason proves nothing.
    Some(before != after && before == builder.build(case) && after == builder.build(&edited))
}

/// A smaller case that fails as well.
pub(super) fn shrink(builder: &Builder<'_>, mut case: Case, mut edits: Vec<Edit>) -> (Case, Vec<Edit>) {
    let mut left = TRIES;
    loop {
        let smaller = candidates(&case, &edits).into_iter().find(|(case, edits)| {
            left = left.saturating_sub(1);
            left > 0 && is_miss(builder, case, edits) == Some(true)
        });
        match smaller {
            Some(found) => (case, edits) = found,
            None => return (case, edits),
        }
    }
}

/// Everything that is one step smaller.
fn candidates(case: &Case, edits: &[Edit]) -> Vec<(Case, Vec<Edit>)> {
    let mut found = vec![];
    for at in 0..edits.len() {
        let mut fewer = edits.to_vec();
        fewer.remove(at);
        found.push((case.clone(), fewer));
    }
    for path in case.tree.0.keys().filter(|path| path.contains('/') && **path != case.dockerfile) {
        let mut tree = case.tree.clone();
        tree.apply(&Edit::Remove(path.clone()));
        found.push((case.with(tree), edits.to_vec()));
    }
    for name in case.contexts.keys() {
        let mut fewer = case.clone();
        fewer.contexts.remove(name);
        found.push((fewer, edits.to_vec()));
    }
    for (path, node) in &case.tree.0 {
        let Node::File(mode, text) = node else { continue };
        let lines: Vec<&str> = text.split('\n').collect();
        for at in 0..lines.len() {
            if lines.len() > 1 && !lines[at].is_empty() {
                let mut fewer = lines.clone();
                fewer.remove(at);
                let mut tree = case.tree.clone();
                tree.0.insert(path.clone(), Node::File(*mode, fewer.join("\n")));
                found.push((case.with(tree), edits.to_vec()));
            }
        }
    }
    let plain = Case { target: None, platform: None, ..case.clone() };
    if case.target.is_some() || case.platform.is_some() {
        found.push((plain, edits.to_vec()));
    }
    found
}
