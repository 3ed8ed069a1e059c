//! v1beta9 to v1beta10: what is synced becomes a list of rules, which keep folders.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{given, list, map, text};
use crate::diagnostic::Report;
use crate::yaml::{Data, Node};

/// `sync: {src: dest}` becomes `sync: {manual: [{src, dest, strip}]}`.
pub(super) fn artifact(artifact: &mut Node, scene: &mut Scene<'_>) {
    let Some(sync) = given(artifact, "sync") else {
        artifact.remove("sync");
        return;
    };
    let pairs = sync.entries();
    if pairs.is_empty() || !pairs.iter().all(|(_, dest)| dest.is_scalar()) {
        return;
    }
    let span = sync.span.clone();
    let rules = pairs.iter().map(|(src, dest)| rule(src, dest, scene)).collect();
    if let Some(sync) = artifact.get_mut("sync") {
        *sync = map(vec![(text("manual", &span), list(rules, &span))], &span);
    }
}

fn rule(src: &Node, dest: &Node, scene: &mut Scene<'_>) -> Node {
    let pattern = src.text().unwrap_or_default();
    let target = dest.text().unwrap_or_default();
    let (pattern, strip) = match plain_folder(&pattern) {
        Some(folder) => (pattern.to_string(), folder.to_owned()),
        None => {
            if let Some((folder, _)) = pattern.split_once("***") {
                (pattern.replace("***", "**"), folder.to_owned())
            } else {
                let title = format!("`{pattern}` is synced with its folders now, which were left out before");
                scene.warnings.push(Report::config(title).at(src.span.excerpt("")));
                (pattern.to_string(), String::new())
            }
        }
    };
    let (target, strip) = simplified(&target, strip);
    let dest = Node::new(Data::String(target), dest.span.clone());
    let mut entries =
        vec![(text("src", &src.span), text(pattern, &src.span)), (text("dest", &dest.span.clone()), dest)];
    if !strip.is_empty() {
        entries.push((text("strip", &src.span), text(strip, &src.span)));
    }
    map(entries, &src.span)
}

/// The folder, with its `/`, of a pattern that has at most one star, and that in its last part.
fn plain_folder(pattern: &str) -> Option<&str> {
    let start = pattern.rfind('/').map_or(0, |index| index + 1);
    let (folder, last) = pattern.split_at(start);
    (!folder.contains('*') && !last.is_empty() && last.matches('*').count() < 2).then_some(folder)
}

/// Stripping a folder and putting it back is neither: `a/b/` without strip where `a/` is stripped and `b/a` is the
/// destination.
fn simplified(dest: &str, strip: String) -> (String, String) {
    if dest.is_empty() || strip.is_empty() || strip == "/" {
        return (dest.to_owned(), strip);
    }
    let folder = if dest.ends_with('/') { dest.to_owned() } else { format!("{dest}/") };
    match folder.strip_suffix(strip.strip_prefix('/').unwrap_or(&strip)) {
        Some("") if folder.ends_with(&strip) => (".".to_owned(), String::new()),
        Some(rest) if folder.ends_with(&strip) => (rest.to_owned(), String::new()),
        _ => (dest.to_owned(), strip),
    }
}
