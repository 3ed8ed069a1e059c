//! The patches of a profile, made over together with what they patch.
//!
//! Keys that only get another name are followed in the pointers. Where a change makes things over, it is tried out:
//! the pipeline with the profile on it is changed as it is and with the patch applied, and what differs afterwards
//! is what the patch has to do from then on. A patch of something that this pipeline doesn't have (another profile
//! brings it) is tried out on a made-up one.

use super::change::{Change, Scene, drop_entry, rename};
use super::difference::{Comparison, Edit};
use super::json_patch::{Patch, cut, make_way, put, resolve};
use super::pattern::{Relation, parts, relation, split_last};
use super::words::{dropped, says_something, text};
use crate::config::patch::{Op, pointer};
use crate::diagnostic::{Excerpt, Report};
use crate::yaml::{Data, Node, Span};

/// Stands where a text will be replaced.
const STAND_IN: &str = "\u{0}";

/// The patches after a change. `around` makes what they are applied to, as it was before the change.
pub(super) fn made_over(
    items: Vec<Node>,
    change: &Change,
    around: &dyn Fn() -> Node,
    scene: &mut Scene<'_>,
) -> Vec<Node> {
    let mut tree: Option<Node> = None;
    let mut made = Vec::with_capacity(items.len());
    for item in items {
        let Some(patch) = Patch::read(&item) else {
            made.push(item);
            continue;
        };
        match *change {
            Change::Rename(pattern, new) => made.push(renamed(patch, pattern, new)),
            Change::Drop(pattern, why) => made.extend(without(patch, pattern, why, scene)),
            Change::Reshape { at, keys, .. } if touches(&patch, at, keys) => {
                made.extend(reshaped(&patch, change, tree.get_or_insert_with(around), scene));
            }
            Change::Reshape { .. } => made.push(item),
        }
    }
    made
}

/// Does the patch have to do with one of the keys?
fn touches(patch: &Patch, at: &str, keys: &[&str]) -> bool {
    keys.iter().any(|key| {
        let pattern = if at.is_empty() { (*key).to_owned() } else { format!("{at}/{key}") };
        let is_near = |path: &Vec<String>| relation(path, &pattern) != Relation::Apart;
        is_near(&patch.path) || patch.from.as_ref().is_some_and(is_near)
    })
}

fn renamed(mut patch: Patch, pattern: &str, new: &str) -> Node {
    let depth = parts(pattern).count() - 1;
    let follow = |key: &str, path: Option<Vec<String>>, patch: &mut Patch| {
        let Some(mut path) = path else { return };
        match relation(&path, pattern) {
            Relation::Within => {
                new.clone_into(&mut path[depth]);
                patch.set_pointer(key, &path);
            }
            Relation::Above(rest) if key == "path" => {
                if let Some(value) = patch.node.get_mut("value") {
                    rename(value, rest, new);
                }
            }
            _ => {}
        }
    };
    let (path, from) = (patch.path.clone(), patch.from.clone());
    follow("path", Some(path), &mut patch);
    follow("from", from, &mut patch);
    patch.node
}

fn without(mut patch: Patch, pattern: &str, why: &str, scene: &mut Scene<'_>) -> Option<Node> {
    let is_within = |path: &Vec<String>| relation(path, pattern) == Relation::Within;
    if is_within(&patch.path) || patch.from.as_ref().is_some_and(is_within) {
        let (_, name) = split_last(pattern);
        scene.warnings.push(dropped(name, why, patch.span.excerpt("")));
        return None;
    }
    if let (Relation::Above(rest), Some(value)) =
        (relation(&patch.path, pattern), patch.node.get_mut("value"))
    {
        drop_entry(value, rest, why, scene);
    }
    Some(patch.node)
}

fn reshaped(patch: &Patch, change: &Change, tree: &mut Node, scene: &mut Scene<'_>) -> Vec<Node> {
    let path = resolve(tree, &patch.path);
    let mut after = tree.clone();
    let applied = patch.apply(&mut after, &path);
    if applied {
        let before = std::mem::replace(tree, after.clone());
        let (edits, said) = compare(patch, change, before, after, false);
        if !edits.is_empty() {
            scene.take(said);
            return written(patch, edits, &path);
        }
    }
    let trees = made_up(patch, tree).filter(|_| !matches!(patch.op, Op::Move | Op::Copy));
    let Some((before, after, path)) = trees else {
        let from = patch.from.as_deref().unwrap_or(&patch.path);
        let title = format!("this patch is kept as it is: there is no `{}` here", pointer(from));
        scene.warnings.push(Report::config(title).at(patch.span.excerpt("")));
        return vec![patch.node.clone()];
    };
    let (mut edits, said) = compare(patch, change, before, after, true);
    if patch.op == Op::Replace && !applied {
        // What has nothing to replace has nothing to replace in its new place either.
        for edit in edits.iter_mut().filter(|edit| edit.value.as_ref() == Some(&patch.value)) {
            edit.op = Op::Replace;
        }
    }
    let is_lost = edits.is_empty() && !applied && says_something(&patch.value);
    if is_lost && said.warnings.is_empty() && said.errors.is_empty() {
        let title = "this patch is dropped: later versions have no place for what it sets";
        scene.warnings.push(Report::config(title).at(patch.span.excerpt("")));
    }
    scene.take(said);
    written(patch, edits, &path)
}

/// What the patch changes in a pipeline that has everything above its path: before, after, and the resolved path.
fn made_up(patch: &Patch, tree: &Node) -> Option<(Node, Node, Vec<String>)> {
    let mut before = tree.clone();
    let path = make_way(&mut before, &patch.path, &patch.span)?;
    let mut after = before.clone();
    let in_list = path.last().is_some_and(|last| last == "-" || last.parse::<usize>().is_ok());
    let stand_in = || text(STAND_IN, &patch.value.span);
    match patch.op {
        Op::Remove => {
            put(&mut before, &path, stand_in(), &patch.span, true);
            cut(&mut after, &path);
        }
        Op::Add => {
            if !in_list {
                cut(&mut before, &path);
            }
            put(&mut after, &path, patch.value.clone(), &patch.span, false);
        }
        _ => {
            if in_list || patch.value.is_scalar() {
                put(&mut before, &path, stand_in(), &patch.span, true);
            } else {
                cut(&mut before, &path);
            }
            put(&mut after, &path, patch.value.clone(), &patch.span, true);
        }
    }
    Some((before, after, path))
}

/// Makes the change to both and looks for what differs. What is said is said of the patch itself.
fn compare(
    patch: &Patch,
    change: &Change,
    mut before: Node,
    mut after: Node,
    inner: bool,
) -> (Vec<Edit>, Scene<'static>) {
    change.pipeline(&mut before, &mut Scene::default());
    let mut said = Scene::default();
    change.pipeline(&mut after, &mut said);
    let is_own = |report: &Report| {
        let stands_in = |excerpt: &Excerpt, span: &Span| {
            std::sync::Arc::ptr_eq(&excerpt.text, &span.source.text)
                && excerpt.span.start >= span.start
                && excerpt.span.end <= span.end
        };
        let excerpt = report.excerpts.first();
        excerpt.is_some_and(|e| stands_in(e, &patch.node.span) || stands_in(e, &patch.value.span))
    };
    said.warnings.retain(is_own);
    said.errors.retain(is_own);
    (Comparison::edits(&before, &after, &patch.value.span, inner), said)
}

/// The edits as patches; the first takes the place of the patch, the others follow it. `resolved` is its path with
/// indexes in place of `key=value`.
fn written(patch: &Patch, edits: Vec<Edit>, resolved: &[String]) -> Vec<Node> {
    if let [edit] = &edits[..]
        && edit.path == resolved
        && edit.value.as_ref().is_some_and(|value| *value == patch.value)
    {
        return vec![patch.node.clone()];
    }
    let tests = patch.op == Op::Test;
    let edits = edits.into_iter().filter(|edit| !edit.path.is_empty() && (!tests || edit.value.is_some()));
    edits.map(|edit| write(patch, edit, resolved)).collect()
}

fn write(patch: &Patch, mut edit: Edit, resolved: &[String]) -> Node {
    // `releases/0` is `releases/name=web` again where the patch says so.
    for (index, (segment, name)) in resolved.iter().zip(&patch.path).enumerate().skip(1) {
        if segment == name {
            continue;
        }
        for depth in 1..edit.path.len() {
            if edit.path[depth] == *segment && edit.path[depth - 1] == resolved[index - 1] {
                edit.path[depth].clone_from(name);
            }
        }
    }
    let mut made = patch.clone();
    made.set_pointer("path", &edit.path);
    let op = match (patch.op, edit.op) {
        (_, Op::Remove) => Op::Remove,
        (Op::Test, _) => Op::Test,
        // `add` replaces too, in a mapping.
        (Op::Add, _) => Op::Add,
        (_, op) => op,
    };
    made.node.remove("from");
    if op != patch.op {
        match made.node.get_mut("op") {
            Some(node) => node.data = Data::String(op.word().to_owned()),
            None => made.node.insert(0, text("op", &patch.span), text(op.word(), &patch.span)),
        }
    }
    match edit.value {
        None => drop(made.node.remove("value")),
        Some(value) => match made.node.get_mut("value") {
            Some(node) => *node = value,
            None => made.node.set(text("value", &patch.span), value),
        },
    }
    made.node
}
