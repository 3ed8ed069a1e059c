//! Writing a changed tree with the pieces of the text it was read from.

mod comments;
mod copy;
mod flow;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use comments::Orphans;

use super::layout::{EntryId, Layout, Piece, PieceId, Shape, Style};
use super::{Originals, is_same};
use crate::yaml::print::{Quotes, key_text, literal, one_line};
use crate::yaml::{Data, Node};

/// Columns per level where the text has no levels.
const INDENT: usize = 2;

pub(super) struct Writer<'a> {
    layout: &'a Layout<'a>,
    originals: &'a Originals<'a>,
    /// Entries that the key of a changed entry came from.
    placed: HashSet<EntryId>,
    /// First bytes of the comments that are written.
    claimed: HashSet<usize>,
    /// What each anchor stands for at this point of the new text.
    anchors: HashMap<&'a str, &'a Node>,
    /// First bytes of the entries that are written.
    visited: BTreeSet<usize>,
    orphans: Orphans,
    /// Columns per level, and of a list below its key.
    indent: (usize, usize),
}

/// The entries that a `<<` brings, by their keys.
type Merged<'a> = HashMap<String, (&'a Node, &'a Node)>;

/// A value: what follows its key or dash.
enum Written {
    /// On the same line (and, for a text of several lines, the ones below).
    Inline(String),
    /// On lines of its own, at this column; with its anchor.
    Block { anchor: String, lines: String, column: usize },
}

impl<'a> Writer<'a> {
    pub(super) fn new(layout: &'a Layout<'a>, originals: &'a Originals<'a>, changed: &Node) -> Self {
        let mut writer = Self {
            layout,
            originals,
            placed: HashSet::new(),
            claimed: HashSet::new(),
            anchors: HashMap::new(),
            visited: BTreeSet::new(),
            orphans: Orphans::new(),
            indent: (INDENT, INDENT),
        };
        writer.indent = writer.indent_of_text();
        writer.find_keys(changed);
        writer
    }

    fn find_keys(&mut self, node: &Node) {
        node.items().iter().for_each(|item| self.find_keys(item));
        for (key, value) in node.entries() {
            self.placed.extend(self.layout.entry_of_key(key));
            self.find_keys(value);
        }
    }

    /// How the author indents: as the first mapping and the first list below a key are.
    fn indent_of_text(&self) -> (usize, usize) {
        let below_key = |shape: Shape| {
            self.layout
                .pieces
                .iter()
                .filter(|piece| piece.shape == shape && piece.style == Style::Block)
                .find_map(|piece| {
                    let owner = &self.layout.entries[piece.owner?];
                    owner.key.map(|_| piece.column.saturating_sub(owner.column))
                })
        };
        let map = below_key(Shape::Map).filter(|columns| *columns > 0).unwrap_or(INDENT);
        (map, below_key(Shape::Seq).unwrap_or(map))
    }

    /// The whole of a document.
    pub(super) fn root(&mut self, node: &'a Node, root: PieceId) -> String {
        let column = self.layout.pieces[root].column;
        let mut out = match self.value(node, None, column, 0) {
            Written::Inline(text) => text,
            Written::Block { lines, .. } => lines,
        };
        let rest = self.orphans.remove(&usize::MAX).unwrap_or_default();
        if !rest.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        for comment in rest {
            self.comment_line(&mut out, &comment, column);
        }
        out
    }

    /// The lines of a list or mapping, from column `column` on.
    fn lines(&mut self, node: &'a Node, column: usize) -> String {
        let piece = self.piece_of(node).filter(|piece| self.layout.pieces[*piece].style == Style::Block);
        let mut out = match &node.data {
            Data::Map(_) => self.map(node, piece, column),
            _ => self.seq(node, piece, column),
        };
        if let Some(piece) = piece {
            let piece = &self.layout.pieces[piece];
            out.push_str(&self.comment_lines(&piece.foot, piece.column, column));
        }
        out
    }

    fn map(&mut self, node: &'a Node, piece: Option<PieceId>, column: usize) -> String {
        let own: HashSet<EntryId> = piece
            .map(|piece| self.layout.pieces[piece].entries.iter().copied().collect())
            .unwrap_or_default();
        let merge = piece.and_then(|piece| self.merge(node, piece));
        let (mut pending, merged) = match merge {
            Some((entry, merged)) => (Some(entry), merged),
            None => (None, HashMap::new()),
        };
        let mut out = String::new();
        for (key, value) in node.entries() {
            let source = self.source(key, value).filter(|source| !self.stays(*source, key, node));
            let is_own = source.is_some_and(|source| own.contains(&source));
            let from_merge = key.text().and_then(|name| merged.get(&*name).copied());
            if !is_own
                && from_merge
                    .is_some_and(|(merged_key, merged)| is_same(key, merged_key) && is_same(value, merged))
            {
                continue;
            }
            if let (Some(merge), Some(source)) = (pending, source)
                && is_own
                && self.layout.entries[source].start > self.layout.entries[merge].start
            {
                out.push_str(&self.verbatim(merge, column));
                pending = None;
            }
            out.push_str(&self.entry(key, value, source, column));
        }
        if let Some(merge) = pending {
            out.push_str(&self.verbatim(merge, column));
        }
        out
    }

    /// The `<<` of a mapping and what it brings, when it can stay: every key that it brings is still wanted, and
    /// some value too.
    fn merge(&self, node: &Node, piece: PieceId) -> Option<(EntryId, Merged<'a>)> {
        let layout = self.layout;
        let entry = *layout.pieces[piece].entries.iter().find(|entry| layout.is_merge(**entry))?;
        let value = &layout.pieces[layout.entries[entry].value];
        let aliases: Vec<&Piece<'_>> = match value.shape {
            Shape::Seq => {
                value.entries.iter().map(|item| &layout.pieces[layout.entries[*item].value]).collect()
            }
            _ => vec![value],
        };
        let mut merged = Merged::new();
        for alias in aliases {
            let target =
                alias.name.filter(|_| alias.style == Style::Alias).and_then(|name| self.anchors.get(name))?;
            for (key, value) in target.entries() {
                let name = key.text()?.into_owned();
                node.get(&name)?;
                merged.entry(name).or_insert((key, value));
            }
        }
        let used = merged
            .iter()
            .any(|(name, (_, merged))| node.get(name).is_some_and(|value| is_same(value, merged)));
        used.then_some((entry, merged))
    }

    /// The entry of the text that a changed entry comes from.
    fn source(&self, key: &Node, value: &Node) -> Option<EntryId> {
        self.layout.entry_of_key(key).or_else(|| {
            let owner = self.layout.entry_of_value(value)?;
            let free = self.layout.entries[owner].key.is_some() && !self.placed.contains(&owner);
            free.then_some(owner)
        })
    }

    /// Was a new entry made beside the one it comes from? Then the comments are those of the old one.
    fn stays(&self, source: EntryId, key: &Node, map: &Node) -> bool {
        let original = self.layout.entries[source].key.and_then(|key| self.original(key));
        original.is_some_and(|original| {
            let is_it = |other: &Node| other.span.start == original.span.start && is_same(original, other);
            !is_same(original, key) && map.entries().iter().any(|(other, _)| is_it(other))
        })
    }

    fn entry(&mut self, key: &'a Node, value: &'a Node, source: Option<EntryId>, column: usize) -> String {
        let source_key = source.and_then(|source| self.layout.entries[source].key);
        let same_key =
            source_key.and_then(|key| self.original(key)).is_some_and(|original| is_same(original, key));
        if let Some(source) = source
            && same_key
            && self.is_copyable(source, value)
        {
            return self.verbatim(source, column);
        }
        let mut out = source.map(|source| self.lead(source, column)).unwrap_or_default();
        let name = match source_key.map(|key| &self.layout.pieces[key]) {
            Some(piece) if same_key && !self.text(piece).contains('\n') => self.text(piece).to_owned(),
            piece => {
                // Where the old key went into the value, its quotes went with it.
                let renamed = piece.filter(|_| value.span.start != key.span.start);
                key_text(key, renamed.map_or(Quotes::Needed, |piece| quotes(piece.style)))
            }
        };
        out.extend([&" ".repeat(column), &name, ":"]);
        // A literal takes the comment behind its `|` along.
        let written = self.value(value, source, column, 0);
        // The comment behind a key belongs to that key, also where it stands deeper now.
        let inner = source.filter(|_| !same_key && has_key_at(value, key.span.start));
        let tail = source.filter(|_| inner.is_none()).and_then(|source| self.tail(source));
        match written {
            Written::Inline(text) => {
                let gap = if text.is_empty() { "" } else { " " };
                out.push_str(gap);
                push_with_tail(&mut out, &text, tail);
            }
            Written::Block { anchor, lines, .. } => {
                if !anchor.is_empty() {
                    out.extend([" ", &anchor]);
                }
                push_with_tail(&mut out, "", tail);
                out.push_str(&lines);
            }
        }
        out
    }

    fn seq(&mut self, node: &'a Node, piece: Option<PieceId>, column: usize) -> String {
        let mut own: HashMap<usize, VecDeque<EntryId>> = HashMap::new();
        for id in piece.map(|piece| &self.layout.pieces[piece].entries[..]).unwrap_or_default() {
            if let Some(original) = self.original(self.layout.entries[*id].value) {
                own.entry(original.span.start).or_default().push_back(*id);
            }
        }
        let mut out = String::new();
        for item in node.items() {
            let source = own.get_mut(&item.span.start).and_then(VecDeque::pop_front).or_else(|| {
                let owner = self.layout.entry_of_value(item)?;
                (self.layout.entries[owner].key.is_none()
                    && !self.visited.contains(&self.layout.entries[owner].start))
                .then_some(owner)
            });
            out.push_str(&self.item(item, source, column));
        }
        out
    }

    fn item(&mut self, item: &'a Node, source: Option<EntryId>, column: usize) -> String {
        if let Some(source) = source
            && self.is_copyable(source, item)
        {
            return self.verbatim(source, column);
        }
        let mut out = source.map(|source| self.lead(source, column)).unwrap_or_default();
        let written = self.value(item, source, column, 2);
        let tail = source.and_then(|source| self.tail(source));
        let pad = " ".repeat(column);
        match written {
            Written::Inline(text) => {
                out.extend([pad.as_str(), if text.is_empty() { "-" } else { "- " }]);
                push_with_tail(&mut out, &text, tail);
            }
            Written::Block { anchor, lines, column: content } if anchor.is_empty() => {
                if let Some(tail) = tail {
                    out.extend([&pad, tail.trim_start(), "\n"]);
                }
                // The first entry goes behind the dash, the comments above it above the dash.
                let mut rest = lines.as_str();
                while let Some((line, below)) = rest.split_once('\n')
                    && (line.trim_start().starts_with('#') || line.trim().is_empty())
                {
                    let line = line.trim_start();
                    out.extend([if line.is_empty() { "" } else { &pad }, line, "\n"]);
                    rest = below;
                }
                out.extend([
                    &pad,
                    "-",
                    &" ".repeat(content - column - 1),
                    rest.get(content..).unwrap_or_default(),
                ]);
            }
            Written::Block { anchor, lines, .. } => {
                out.extend([pad.as_str(), "-", if anchor.is_empty() { "" } else { " " }, &anchor]);
                push_with_tail(&mut out, "", tail);
                out.push_str(&lines);
            }
        }
        out
    }

    /// A value behind the key or dash of `source` at `column`. `least`: how much deeper its entries must be at least.
    fn value(&mut self, node: &'a Node, source: Option<EntryId>, column: usize, least: usize) -> Written {
        let layout = self.layout;
        let old = source.map(|source| &layout.pieces[layout.entries[source].value]);
        if let Some(name) = old.filter(|old| old.style == Style::Alias).and_then(|old| old.name)
            && self.anchors.get(name).is_some_and(|target| is_same(target, node))
        {
            return Written::Inline(format!("*{name}"));
        }
        let piece = self.piece_of(node).map(|piece| &layout.pieces[piece]);
        if let Some(name) = piece.and_then(|piece| piece.name)
            && self.anchors.get(name).is_some_and(|known| is_same(known, node))
        {
            return Written::Inline(format!("*{name}"));
        }
        // Elsewhere the anchor is needed only where its definition did not stay.
        let anchor = piece.and_then(|piece| piece.name).filter(|name| {
            let is_there = old.zip(piece).is_some_and(|(old, piece)| std::ptr::eq(old, piece));
            is_there || !self.anchors.contains_key(name)
        });
        let anchor = match anchor {
            Some(name) => {
                self.anchors.insert(name, node);
                format!("&{name}")
            }
            None => String::new(),
        };
        let inline = |text: String| match (anchor.is_empty(), text.is_empty()) {
            (true, _) => Written::Inline(text),
            (false, true) => Written::Inline(anchor.clone()),
            (false, false) => Written::Inline(format!("{anchor} {text}")),
        };
        if let Some(piece) = piece
            && piece.style != Style::Block
            && self.originals.get(&piece.node_place()).is_some_and(|original| is_same(original, node))
            && self.aliases_hold(&(piece.start..piece.end))
        {
            let from = piece.owner.map(|owner| &layout.entries[owner]).filter(|owner| owner.block);
            let range = piece.start..piece.end;
            return inline(self.copy(&range, from.map_or(column, |from| from.column), column));
        }
        match &node.data {
            Data::Seq(items) if items.is_empty() => inline("[]".into()),
            Data::Map(entries) if entries.is_empty() => inline("{}".into()),
            Data::Seq(_) | Data::Map(_) => {
                let flow = piece.filter(|piece| piece.style == Style::Flow);
                if let Some(text) = flow.and_then(|piece| self.flow(node, piece, column)) {
                    return inline(text);
                }
                let is_seq = matches!(node.data, Data::Seq(_));
                let as_written = piece.filter(|piece| piece.style == Style::Block).and_then(|piece| {
                    let owner = &layout.entries[piece.owner?];
                    (owner.block).then(|| piece.column.saturating_sub(owner.column))
                });
                let by_default = if is_seq { self.indent.1 } else { self.indent.0 };
                let is_root = source.is_none() && piece.is_some_and(|piece| piece.owner.is_none());
                let deeper = match as_written {
                    _ if is_root => 0,
                    Some(deeper) if deeper >= least && (deeper > 0 || is_seq) => deeper,
                    _ if least > 0 => least,
                    _ => by_default,
                };
                let column = column + deeper;
                Written::Block { anchor, lines: self.lines(node, column), column }
            }
            Data::String(text) => {
                let style = quotes(old.or(piece).map_or(Style::Plain, |piece| piece.style));
                inline(match one_line(text, style) {
                    Some(line) => line.into_owned(),
                    None => literal(text, column + self.indent.0.max(least)),
                })
            }
            Data::Null => inline("null".into()),
            _ => inline(node.text().unwrap_or_default().into_owned()),
        }
    }

    /// The piece that a node was made of. A list or mapping with the place of one, but with nothing of what was in it, was
    /// made of something inside.
    fn piece_of(&self, node: &Node) -> Option<PieceId> {
        let id = self.layout.piece_of(node)?;
        let piece = &self.layout.pieces[id];
        let original = self.originals.get(&piece.node_place())?;
        let known = match &node.data {
            Data::Seq(items) => {
                let starts: HashSet<usize> = original.items().iter().map(|item| item.span.start).collect();
                items.is_empty() || items.iter().any(|item| starts.contains(&item.span.start))
            }
            Data::Map(entries) => {
                let starts: HashSet<usize> =
                    original.entries().iter().map(|(key, _)| key.span.start).collect();
                entries.is_empty() || entries.iter().any(|(key, _)| starts.contains(&key.span.start))
            }
            _ => true,
        };
        (known && original.span.end == node.span.end).then_some(id)
    }

    fn text(&self, piece: &Piece<'_>) -> &'a str {
        &self.layout.text[piece.start..piece.end]
    }

    /// What a piece was read as.
    fn original(&self, piece: PieceId) -> Option<&'a Node> {
        let piece = &self.layout.pieces[piece];
        if piece.style == Style::Alias {
            let mark = self.layout.marks_in(&(piece.start..piece.end));
            return self.originals.get(&mark.first()?.target).copied();
        }
        self.originals.get(&piece.node_place()).copied()
    }
}

/// Text, the comment behind its first line (for a literal) or its last, and the end of the line.
fn push_with_tail(out: &mut String, text: &str, tail: Option<String>) {
    let tail = tail.unwrap_or_default();
    let literal = |header: &str| header.split(' ').next_back().is_some_and(|word| word.starts_with('|'));
    match text.split_once('\n') {
        Some((header, lines)) if literal(header) => out.extend([header, &tail, "\n", lines]),
        _ => out.extend([text, &tail]),
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

const fn quotes(style: Style) -> Quotes {
    match style {
        Style::Single => Quotes::Single,
        Style::Double => Quotes::Double,
        _ => Quotes::Needed,
    }
}

/// Does a key below this node come from the one that began at this byte?
fn has_key_at(node: &Node, start: usize) -> bool {
    node.items().iter().any(|item| has_key_at(item, start))
        || node.entries().iter().any(|(key, value)| key.span.start == start || has_key_at(value, start))
}
