//! Why a patch cannot be applied: how far its path leads, and what may have been meant.

use super::pointer::{self, Pointer, Stuck};
use crate::config::patch::Op;
use crate::diagnostic::{Excerpt, Report, nearest};
use crate::yaml::{Data, Key, Node};

/// What has a value although nobody wrote it (`*` = every item); patches see what is written only.
const DEFAULTED: &[&str] = &[
    "/build/artifacts/*/context",
    "/build/artifacts/*/custom/dependencies",
    "/build/artifacts/*/docker",
    "/build/artifacts/*/docker/dockerfile",
    "/build/artifacts/*/buildpacks/builder",
    "/build/artifacts/*/buildpacks/dependencies",
    "/build/artifacts/*/buildpacks/projectDescriptor",
    "/build/artifacts/*/kaniko/dockerfile",
    "/build/artifacts/*/kaniko/image",
    "/build/artifacts/*/requires/*/alias",
    "/build/artifacts/*/sync/infer",
    "/build/cluster/namespace",
    "/build/cluster/timeout",
    "/build/local",
    "/build/local/concurrency",
    "/build/tagPolicy",
    "/build/tagPolicy/gitCommit",
    "/deploy/helm/concurrency",
    "/deploy/kubectl",
    "/deploy/logs",
    "/deploy/logs/prefix",
    "/manifests/rawYaml",
    "/portForward/*/address",
    "/portForward/*/localPort",
    "/test/*/context",
];

/// Names longer than this list say nothing.
const MOST_NAMES: usize = 8;

/// The path of a patch leads nowhere.
pub(super) fn nowhere(
    profile: &str,
    op: Op,
    pointer: &Pointer<'_>,
    document: &Node,
    stuck: &Stuck,
) -> Report {
    let segment = pointer.segment(stuck.segment);
    let nothing = Node::new(Data::Null, pointer.node.span.clone());
    let node = document.at(&stuck.reached).unwrap_or(&nothing);
    let reached = if stuck.reached.is_empty() {
        "the document".to_owned()
    } else {
        format!("`{}`", pointer::text(&stuck.reached))
    };
    let title = format!("profile `{profile}`: there is no {} to {}", pointer.text, deed(op));
    let mut report =
        Report::config(title).at(Excerpt { label: label(node, segment, &reached), ..pointer.node.head() });
    if let Some(place) = document.locate(&stuck.reached).filter(|_| !stuck.reached.is_empty()) {
        report = report.at(Excerpt { label: format!("this is {reached}"), ..place });
    }
    let mut path = stuck.reached.clone();
    path.push(pointer::index(segment).map_or_else(|| Key::from(segment.to_owned()), Key::from));
    if is_default(&path) {
        report = report.cause(format!("`{segment}` is not written there; it only has its default value"));
        if op == Op::Replace && pointer.is_last(stuck.segment) {
            return report.hint("to set it, write `op: add`");
        }
    } else if segment.starts_with('.') && stuck.reached.is_empty() {
        return report.hint("change `.skeg` in its own profiles: `.skeg.profiles`");
    }
    if let Some(near) = meant(node, segment) {
        return report.hint(format!("did you mean `{}`?", pointer.with(stuck.segment, &near)));
    }
    match &node.data {
        _ if op == Op::Replace
            && pointer.is_last(stuck.segment)
            && segment != "-"
            && takes(node, segment) =>
        {
            report.hint("to set what is not there, write `op: add`")
        }
        Data::Seq(_) if segment == "-" => report.hint("`-` means behind the last item, for `op: add` only"),
        Data::Map(entries) if !entries.is_empty() && entries.len() <= MOST_NAMES => {
            let names: Vec<_> = entries.iter().filter_map(|(key, _)| key.text()).collect();
            report.hint(format!("there is {}", names.join(", ")))
        }
        _ if !pointer.is_last(stuck.segment) && takes(node, segment) => {
            report.hint(format!("first add what is above it, by a patch of `{}`", pointer::text(&path)))
        }
        _ => report,
    }
}

const fn deed(op: Op) -> &'static str {
    match op {
        Op::Add => "add to",
        Op::Copy => "copy",
        Op::Move => "move",
        Op::Remove => "remove",
        Op::Replace => "replace",
        Op::Test => "test",
    }
}

/// Why a segment leads nowhere from here.
fn label(node: &Node, segment: &str, reached: &str) -> String {
    match &node.data {
        Data::Seq(_) | Data::Map(_) if pointer::choice(segment).is_some() => {
            format!("nothing in {reached} has `{segment}`")
        }
        Data::Seq(items) => match (items.len(), pointer::index(segment)) {
            (0, _) => format!("{reached} is an empty list"),
            (1, Some(_)) => format!("{reached} has 1 item: 0"),
            (count, Some(_)) => format!("{reached} has {count} items: 0 to {}", count - 1),
            (_, None) => format!("{reached} is a list; its items are counted from 0"),
        },
        Data::Map(_) => format!("{reached} has no `{segment}`"),
        Data::Null => format!("{reached} is empty"),
        _ => format!("{reached} is {}", node.describe()),
    }
}

/// A mapping takes any name, a list its next index.
fn takes(node: &Node, segment: &str) -> bool {
    match &node.data {
        Data::Map(_) | Data::Null => pointer::choice(segment).is_none(),
        Data::Seq(items) => pointer::index(segment) == Some(items.len()),
        _ => false,
    }
}

/// The segment that may have been meant.
fn meant(node: &Node, segment: &str) -> Option<String> {
    match (&node.data, pointer::choice(segment)) {
        (Data::Map(_) | Data::Seq(_), Some((key, value))) => {
            let mut values = vec![];
            texts(node, key, &mut values);
            let near = nearest(value, values.iter().map(String::as_str))?;
            Some(format!("{key}={near}"))
        }
        (Data::Map(entries), None) => {
            let names: Vec<_> = entries.iter().filter_map(|(key, _)| key.text()).collect();
            nearest(segment, names.iter().map(AsRef::as_ref)).map(str::to_owned)
        }
        (Data::Seq(items), None) => match pointer::index(segment) {
            Some(_) => Some(items.len().checked_sub(1)?.to_string()),
            None => ["image", "name"].into_iter().find_map(|key| {
                let has =
                    |item: &&Node| item.get(key).and_then(Node::text).is_some_and(|text| text == segment);
                items.iter().find(has).map(|_| format!("{key}={segment}"))
            }),
        },
        _ => None,
    }
}

/// All texts under `key`, however deep.
fn texts(node: &Node, key: &str, found: &mut Vec<String>) {
    found.extend(node.get(key).and_then(Node::text).map(Into::into));
    node.items().iter().for_each(|item| texts(item, key, found));
    node.entries().iter().for_each(|(_, value)| texts(value, key, found));
}

fn is_default(path: &[Key]) -> bool {
    DEFAULTED.iter().any(|pattern| {
        let mut parts = pattern.split('/').skip(1);
        path.iter().all(|key| match (key, parts.next()) {
            (Key::Index(_), part) => part == Some("*"),
            (Key::Name(name), part) => part == Some(name),
        }) && parts.next().is_none()
    })
}

/// `test` found something else.
pub(super) fn differs(
    profile: &str,
    pointer: &Pointer<'_>,
    document: &Node,
    place: &[Key],
    found: &Node,
    wanted: &Node,
) -> Report {
    let report = Report::config(format!("profile `{profile}`: the test of {} fails", pointer.text))
        .at(Excerpt { label: format!("wants {}", wanted.describe()), ..pointer.node.head() });
    match document.locate(place) {
        Some(excerpt) => report.at(Excerpt { label: format!("is {}", found.describe()), ..excerpt }),
        None => report.cause(format!("it is {}", found.describe())),
    }
}

/// `from` chooses several things.
pub(super) fn several(profile: &str, from: &Pointer<'_>, document: &Node, places: &[Vec<Key>]) -> Report {
    let report =
        Report::config(format!("profile `{profile}`: {} is not one thing but {}", from.text, places.len()))
            .at(from.node.head());
    let places = places.iter().filter_map(|place| document.locate(place));
    places.fold(report, Report::at).hint("name one of them by its index")
}

/// A value cannot move below itself.
pub(super) fn into_itself(profile: &str, path: &Pointer<'_>, from: &Pointer<'_>) -> Report {
    Report::config(format!("profile `{profile}`: {} cannot move into itself", from.text))
        .at(path.node.head())
        .hint("use `op: copy`, or another `path`")
}
