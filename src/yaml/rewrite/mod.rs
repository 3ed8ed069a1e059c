//! A changed tree into the text it was read from: what did not change keeps its words, comments, quotes and brackets,
//! what moved takes them along, and only what changed is written anew.

mod layout;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;

use super::node::{Data, Node};
use super::{Source, join_documents, node_text, parse};
use layout::{Layout, PieceId, Shape, Style};
use writer::Writer;

/// A text for changed trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The text. Reads as the changed trees, always.
    pub text: String,
    /// The text is the old one with changes; if not, it was written without looking at the old one, and comments are lost.
    pub comments_kept: bool,
}

/// The text of `source` with its documents changed to `documents`: all that [`parse`] returns for it, each with the places
/// that its nodes came from.
pub fn rewrite(source: &Arc<Source>, documents: &[Node]) -> Rewritten {
    if let Some(text) = changed_text(source, documents).filter(|text| reads_as(text, documents)) {
        return Rewritten { text, comments_kept: true };
    }
    let texts: Vec<String> = documents.iter().map(node_text).collect();
    Rewritten { text: join_documents(&texts), comments_kept: false }
}

/// Does a text read as these trees? Keys of mappings have no order.
fn reads_as(text: &str, documents: &[Node]) -> bool {
    parse(&Source::new("", text)).is_ok_and(|read| {
        read.len() == documents.len() && read.iter().zip(documents).all(|(a, b)| is_same(a, b))
    })
}

/// Are two trees the same to all who read them? As text, `1.10` and `1.1` are not.
fn is_same(a: &Node, b: &Node) -> bool {
    match (&a.data, &b.data) {
        (Data::Seq(a), Data::Seq(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Data::Map(a), Data::Map(b)) => {
            let in_order = a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| is_same(&a.0, &b.0) && is_same(&a.1, &b.1));
            in_order
                || a.len() == b.len() && {
                    let b: HashMap<_, _> = b.iter().map(|(key, value)| (key.text(), (key, value))).collect();
                    a.iter().all(|(key, value)| {
                        b.get(&key.text())
                            .is_some_and(|other| is_same(key, other.0) && is_same(value, other.1))
                    })
                }
        }
        (Data::Float(x), Data::Float(y)) if x.is_nan() && y.is_nan() => true,
        (x, y) => x == y && a.text() == b.text(),
    }
}

/// The nodes of the unchanged trees by where they begin.
type Originals<'a> = HashMap<(usize, Shape), &'a Node>;

fn index<'a>(originals: &mut Originals<'a>, node: &'a Node) {
    originals.entry((node.span.start, Shape::of(node))).or_insert(node);
    node.items().iter().for_each(|item| index(originals, item));
    for (key, value) in node.entries() {
        index(originals, key);
        index(originals, value);
    }
}

fn changed_text(source: &Arc<Source>, documents: &[Node]) -> Option<String> {
    let text = &*source.text;
    let layout = Layout::of(text)?;
    let read = parse(source).ok()?;
    if read.len() != documents.len() || layout.documents.len() != documents.len() {
        return None;
    }
    let mut originals = Originals::new();
    for root in &read {
        index(&mut originals, root);
    }

    let mut out = String::new();
    let mut done = 0;
    for ((original, changed), (root, _)) in read.iter().zip(documents).zip(&layout.documents) {
        let body = body(&layout, *root);
        out.push_str(text.get(done..body.start)?);
        if is_same(original, changed) {
            out.push_str(&text[body.clone()]);
        } else {
            let written = document(&layout, &originals, *root, changed, &body);
            let open_line = !out.is_empty() && !out.ends_with('\n');
            let is_block = written.ends_with('\n');
            if open_line && is_block {
                out.push('\n');
            }
            let whole_lines = body.end == text.len() || layout.line_start(body.end) == body.end;
            out.push_str(if whole_lines { &written } else { written.trim_end_matches('\n') });
        }
        done = body.end;
    }
    out.push_str(&text[done..]);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    let crlf = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    Some(if crlf { out.replace("\r\n", "\n").replace('\n', "\r\n") } else { out })
}

/// The part of the text that a document's entries take.
fn body(layout: &Layout<'_>, root: PieceId) -> std::ops::Range<usize> {
    let piece = &layout.pieces[root];
    match (piece.entries.first(), piece.entries.last()) {
        (Some(first), Some(last)) if piece.style == Style::Block => {
            layout.entries[*first].lead.start..layout.entries[*last].end
        }
        _ => piece.start..piece.end,
    }
}

/// A document is written twice: only after the first time it is known which comments found no place.
fn document(
    layout: &Layout<'_>,
    originals: &Originals<'_>,
    root: PieceId,
    changed: &Node,
    body: &std::ops::Range<usize>,
) -> String {
    let mut draft = Writer::new(layout, originals, changed);
    let text = draft.root(changed, root);
    match draft.orphans(body) {
        orphans if orphans.is_empty() => text,
        orphans => {
            let mut writer = Writer::new(layout, originals, changed);
            writer.adopt(orphans);
            writer.root(changed, root)
        }
    }
}
