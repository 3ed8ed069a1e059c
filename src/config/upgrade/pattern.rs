//! Places in a pipeline.
//!
//! A pattern is keys with `/` between them, `*` for each item of a list: `build/artifacts/*/docker`. The empty
//! pattern is the pipeline itself.

use crate::yaml::Node;

/// The parts of a pattern.
pub(super) fn parts(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').filter(|part| !part.is_empty())
}

/// The pattern of the mapping that holds the last key, and that key.
pub(super) fn split_last(pattern: &str) -> (&str, &str) {
    pattern.rsplit_once('/').unwrap_or(("", pattern))
}

/// Does something to every node that matches the pattern.
pub(super) fn each(node: &mut Node, pattern: &str, run: &mut dyn FnMut(&mut Node)) {
    if pattern.is_empty() {
        return run(node);
    }
    let (first, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
    if first == "*" {
        node.items_mut().iter_mut().for_each(|item| each(item, rest, run));
    } else if let Some(node) = node.get_mut(first) {
        each(node, rest, run);
    }
}

/// The node at a path without `*`; null counts as absent.
pub(super) fn find<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    parts(path).try_fold(node, |node, part| node.get(part)).filter(|node| !node.is_null())
}

/// [`find`], to change it.
pub(super) fn find_mut<'a>(node: &'a mut Node, path: &str) -> Option<&'a mut Node> {
    parts(path).try_fold(node, |node, part| node.get_mut(part)).filter(|node| !node.is_null())
}

/// How the path of a patch stands to a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation<'a> {
    /// Neither holds the other.
    Apart,
    /// The path holds what the pattern names; the rest of the pattern leads there.
    Above(&'a str),
    /// The path is at what the pattern names or below.
    Within,
}

/// How `path` stands to `pattern`. A `*` takes an index, `-` and `key=value` alike.
pub(super) fn relation<'a>(path: &[String], pattern: &'a str) -> Relation<'a> {
    let mut rest = pattern;
    for segment in path {
        if rest.is_empty() {
            return Relation::Within;
        }
        let (part, after) = rest.split_once('/').unwrap_or((rest, ""));
        if part != "*" && part != segment {
            return Relation::Apart;
        }
        rest = after;
    }
    if rest.is_empty() { Relation::Within } else { Relation::Above(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::patch::segments;

    #[test]
    fn paths_and_patterns() {
        let pattern = "build/artifacts/*/jib";
        for (path, expected) in [
            ("/build", Relation::Above("artifacts/*/jib")),
            ("/build/artifacts/0", Relation::Above("jib")),
            ("/build/artifacts/-", Relation::Above("jib")),
            ("/build/artifacts/image=a~1b/jib", Relation::Within),
            ("/build/artifacts/3/jib/args/0", Relation::Within),
            ("/build/artifacts/3/jibs", Relation::Apart),
            ("/deploy", Relation::Apart),
        ] {
            assert_eq!(relation(&segments(path).unwrap(), pattern), expected, "{path}");
        }
        assert_eq!(relation(&segments("/a").unwrap(), ""), Relation::Within);
    }
}
