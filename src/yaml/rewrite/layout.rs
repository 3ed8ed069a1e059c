//! What a text looks like: where its values, entries and comments stand, and which lines go with which entry.
//!
//! Every line of a block belongs to one entry: the comments above a key are its lead, comments deeper than the next
//! key belong to the entry before them, and comments at the end of a list or mapping that are as deep as its entries are
//! its foot.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use crate::yaml::{Data, Node};

/// The place of a [`Piece`] in [`Layout::pieces`].
pub(super) type PieceId = usize;
/// The place of an [`Entry`] in [`Layout::entries`].
pub(super) type EntryId = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Scalar,
    Seq,
    Map,
}

impl Shape {
    pub(super) const fn of(node: &Node) -> Self {
        match node.data {
            Data::Seq(_) => Self::Seq,
            Data::Map(_) => Self::Map,
            _ => Self::Scalar,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A list or mapping with a line for each entry.
    Block,
    /// A list or mapping in brackets.
    Flow,
    /// A scalar without quotes.
    Plain,
    Single,
    Double,
    /// `|` and `>`
    Literal,
    /// `*name`
    Alias,
}

/// A value or key as it is written.
#[derive(Debug)]
pub(super) struct Piece<'t> {
    pub(super) shape: Shape,
    pub(super) style: Style,
    /// First byte of the value itself; with its tag, and with the `|` of a literal.
    pub(super) start: usize,
    /// The byte after its last one.
    pub(super) end: usize,
    /// The name behind its `&`, or of an alias the one behind `*`.
    pub(super) name: Option<&'t str>,
    pub(super) entries: Vec<EntryId>,
    /// The entry whose value it is; `None` for keys and documents.
    pub(super) owner: Option<EntryId>,
    /// Column of the entries of a block.
    pub(super) column: usize,
    /// The last lines of a block that belong to none of its entries.
    pub(super) foot: Range<usize>,
    /// The part that the parser takes for the value.
    content: Range<usize>,
}

/// An entry of a mapping or an item of a list.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Option<PieceId>,
    pub(super) value: PieceId,
    /// In a block: it has lines of its own.
    pub(super) block: bool,
    /// The first byte: of the key, the `?` or the `-`.
    pub(super) start: usize,
    pub(super) column: usize,
    /// The lines above that belong to it.
    pub(super) lead: Range<usize>,
    /// The byte after its last line, comments below its content included.
    pub(super) end: usize,
    /// The comment behind the value, or behind the key of a block.
    pub(super) tail: Option<Range<usize>>,
}

impl Piece<'_> {
    /// Where the node that was made of it begins, and what it is.
    pub(super) const fn node_place(&self) -> (usize, Shape) {
        (self.content.start, self.shape)
    }
}

/// A place where an anchor is defined or used.
#[derive(Debug)]
pub(super) struct Mark<'t> {
    pub(super) at: usize,
    pub(super) name: &'t str,
    /// First byte and shape of what the anchor stands for, as nodes have it.
    pub(super) target: (usize, Shape),
    pub(super) is_alias: bool,
}

#[derive(Debug, Default)]
pub(super) struct Layout<'t> {
    pub(super) text: &'t str,
    pub(super) pieces: Vec<Piece<'t>>,
    pub(super) entries: Vec<Entry>,
    /// The root of each document, and the byte after the document's last line.
    pub(super) documents: Vec<(PieceId, usize)>,
    /// In the order of the text.
    pub(super) comments: Vec<Range<usize>>,
    /// In the order of the text.
    pub(super) marks: Vec<Mark<'t>>,
    /// Pieces by where the nodes made of them begin.
    by_start: HashMap<(usize, Shape), PieceId>,
    /// Entries by where the node of their key begins.
    by_key: HashMap<usize, EntryId>,
    /// Entries of blocks by their first byte.
    by_line: HashMap<usize, EntryId>,
}

impl<'t> Layout<'t> {
    /// The layout of a text; `None` when it is no YAML.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let options = granit_parser::options! {
            emit_comments: true,
            emit_anchor_events: true,
            max_buffered_comment_events: usize::MAX,
        };
        let mut builder = Builder { layout: Self { text, ..Self::default() }, ..Builder::default() };
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.ok()?;
            builder.event(event, &span)?;
        }
        let mut layout = builder.layout;
        layout.comments.sort_by_key(|comment| comment.start);
        layout.marks.sort_by_key(|mark| mark.at);
        layout.settle();
        for (root, end) in layout.documents.clone() {
            layout.place(root, end);
        }
        Some(layout)
    }

    /// The piece that a node was made of.
    pub(super) fn piece_of(&self, node: &Node) -> Option<PieceId> {
        self.by_start.get(&(node.span.start, Shape::of(node))).copied()
    }

    /// The entry that a key was made of.
    pub(super) fn entry_of_key(&self, key: &Node) -> Option<EntryId> {
        self.by_key.get(&key.span.start).copied()
    }

    /// The entry whose value was at the place of a node, whatever that has become.
    pub(super) fn entry_of_value(&self, node: &Node) -> Option<EntryId> {
        [Shape::Map, Shape::Seq, Shape::Scalar]
            .into_iter()
            .filter_map(|shape| self.by_start.get(&(node.span.start, shape)))
            .find_map(|piece| self.pieces[*piece].owner)
    }

    /// The entry with this first byte and lines of its own.
    pub(super) fn entry_at(&self, start: usize) -> Option<&Entry> {
        self.by_line.get(&start).map(|id| &self.entries[*id])
    }

    /// The comments in a part of the text.
    pub(super) fn comments_in(&self, range: &Range<usize>) -> &[Range<usize>] {
        let from = self.comments.partition_point(|comment| comment.start < range.start);
        let to = self.comments.partition_point(|comment| comment.start < range.end);
        self.comments.get(from..to).unwrap_or_default()
    }

    /// The anchors and aliases in a part of the text.
    pub(super) fn marks_in(&self, range: &Range<usize>) -> &[Mark<'t>] {
        let from = self.marks.partition_point(|mark| mark.at < range.start);
        let to = self.marks.partition_point(|mark| mark.at < range.end);
        self.marks.get(from..to).unwrap_or_default()
    }

    /// The lines of an entry from its first byte on.
    pub(super) fn body(&self, entry: EntryId) -> Range<usize> {
        self.entries[entry].start..self.entries[entry].end
    }

    /// Is the entry an unquoted `<<`?
    pub(super) fn is_merge(&self, entry: EntryId) -> bool {
        self.entries[entry].key.is_some_and(|key| {
            let key = &self.pieces[key];
            key.style == Style::Plain && &self.text[key.start..key.end] == "<<"
        })
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The first byte of the next line.
    pub(super) fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// Finds out what could not be known before all comments were.
    fn settle(&mut self) {
        // Children stand behind their parents.
        for id in (0..self.pieces.len()).rev() {
            match self.pieces[id].style {
                Style::Literal => {
                    let whole = self.literal(self.pieces[id].content.clone());
                    let piece = &mut self.pieces[id];
                    piece.start = piece.start.min(whole.start);
                    piece.end = whole.end;
                }
                Style::Block => {
                    let last = self.pieces[id].entries.last().map(|last| self.entries[*last].value);
                    self.pieces[id].end = last.map_or(self.pieces[id].end, |last| self.pieces[last].end);
                }
                _ => {}
            }
        }
        for id in 0..self.entries.len() {
            let entry = &self.entries[id];
            let indicator = if entry.key.is_some() { '?' } else { '-' };
            let first = self.pieces[entry.key.unwrap_or(entry.value)].start;
            let start = if entry.block { self.before(first, indicator) } else { None };
            self.entries[id].start = start.unwrap_or(first);
            if self.entries[id].block {
                self.by_line.insert(self.entries[id].start, id);
            }
        }
    }

    /// Hands the lines of a block, which end at `limit`, to its entries.
    fn place(&mut self, piece: PieceId, limit: usize) {
        let ids = self.pieces[piece].entries.clone();
        if self.pieces[piece].style != Style::Block || ids.is_empty() {
            return;
        }
        let is_root = self.pieces[piece].owner.is_none();
        let column = self.column(self.entries[ids[0]].start);
        self.pieces[piece].column = column;
        for (index, id) in ids.iter().enumerate() {
            let value = self.entries[*id].value;
            let content_end = self.next_line(self.pieces[value].end.max(self.head_end(*id)));
            let next = ids.get(index + 1).copied();
            let region_end =
                next.map_or(limit, |next| self.line_start(self.entries[next].start)).max(content_end);
            // A list as deep as its key has the comments below it, if nothing else can have them.
            let value_style = (self.pieces[value].shape, self.pieces[value].style);
            let is_last_list = next.is_none() && !is_root && value_style == (Shape::Seq, Style::Block);
            let floor = if is_last_list { column.saturating_sub(1) } else { column };
            let end = self.deeper_than(floor, content_end..region_end);
            self.entries[*id].column = column;
            self.entries[*id].end = end;
            self.entries[*id].tail = self.find_tail(*id);
            match next {
                Some(next) => self.entries[next].lead = end..region_end,
                // Below a document stands what belongs to nobody.
                None if is_root => {}
                None => self.pieces[piece].foot = end..region_end,
            }
            self.place(value, end);
            // What stands between a key and the first entry below it belongs to that entry.
            if self.pieces[value].style == Style::Block
                && let Some(first) = self.pieces[value].entries.first().copied()
            {
                let from = self.next_line(self.head_end(*id));
                let to = self.line_start(self.entries[first].start);
                self.entries[first].lead = from.min(to)..to;
            }
        }
        if is_root {
            self.entries[ids[0]].lead = self.adjacent_comments(self.entries[ids[0]].start);
        }
    }

    /// The end of the last comment in a region that stands deeper than `column`; the start of the region without one.
    fn deeper_than(&self, column: usize, region: Range<usize>) -> usize {
        let deep = self.comments_in(&region).iter().rev().find(|comment| self.column(comment.start) > column);
        deep.map_or(region.start, |comment| self.next_line(comment.end))
    }

    /// The comment lines that stand right above a line.
    fn adjacent_comments(&self, at: usize) -> Range<usize> {
        let end = self.line_start(at);
        let mut start = end;
        while start > 0 {
            let above = self.line_start(start - 1);
            if !self.text[above..start].trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        start..end
    }

    /// The place of an indicator before `at`, with nothing but blanks, comments, an anchor and a tag between.
    fn before(&self, at: usize, indicator: char) -> Option<usize> {
        let mut at = at;
        loop {
            let text = self.text[..at].trim_end();
            at = text.len();
            let comment = self.comments.partition_point(|comment| comment.start < at).checked_sub(1);
            let comment = comment.map(|index| &self.comments[index]).filter(|comment| comment.end >= at);
            let word = text.rfind([' ', '\t', '\n']).map_or(0, |blank| blank + 1);
            at = match comment {
                Some(comment) => comment.start,
                None if text[word..].starts_with(['&', '!']) => word,
                None => return text.ends_with(indicator).then(|| at - indicator.len_utf8()),
            };
        }
    }

    /// The whole of a block scalar whose lines are known: from its `|` to the end of its last line.
    fn literal(&self, content: Range<usize>) -> Range<usize> {
        let mut header_end = self.text[..content.start].trim_end().len();
        let comment = self.comments.partition_point(|comment| comment.start < header_end).checked_sub(1);
        if let Some(comment) = comment.map(|index| &self.comments[index])
            && comment.end >= header_end
        {
            header_end = self.text[..comment.start].trim_end().len();
        }
        let start = self.text[..header_end].rfind(['|', '>']).unwrap_or(header_end);
        let lines = &self.text[..content.end];
        let end = if self.text[start..header_end].contains('+') {
            let lines = lines.trim_end_matches([' ', '\t']);
            lines.strip_suffix('\n').unwrap_or(lines).len()
        } else {
            lines.trim_end().len()
        };
        start..end.max(header_end)
    }

    /// The end of what stands before the value.
    fn head_end(&self, id: EntryId) -> usize {
        let entry = &self.entries[id];
        entry.key.map_or(entry.start + 1, |key| self.pieces[key].end)
    }

    fn find_tail(&self, id: EntryId) -> Option<Range<usize>> {
        let value = &self.pieces[self.entries[id].value];
        let head = self.head_end(id);
        let (from, to) = match value.style {
            Style::Block => (head, value.start),
            Style::Literal => (value.start, value.end),
            _ => (value.end.max(head), self.text.len()),
        };
        let to = to.min(self.next_line(from));
        self.comments_in(&(from..to)).first().cloned()
    }
}

/// A list or mapping that is being read.
struct Open {
    piece: PieceId,
    /// The key that waits for its value.
    key: Option<PieceId>,
}

#[derive(Default)]
struct Builder<'t> {
    layout: Layout<'t>,
    stack: Vec<Open>,
    /// The finished root of the document that is being read.
    root: Option<PieceId>,
    /// The node that an anchor event belongs to.
    last: Option<(PieceId, usize)>,
    /// Where the nodes of anchors begin.
    targets: HashMap<usize, (&'t str, (usize, Shape))>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Option<()> {
        let range = span.byte_range()?;
        let tag = span.tag_span().and_then(|tag| tag.byte_range());
        match event {
            Event::Comment(..) => self.layout.comments.push(range),
            Event::Scalar(_, style, ..) => {
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Literal,
                    ScalarStyle::Plain => Style::Plain,
                };
                let piece = self.add(Shape::Scalar, style, range);
                if let Some(tag) = tag {
                    self.layout.pieces[piece].start = tag.start;
                }
                self.finish(piece);
            }
            Event::Alias(id) => {
                let (name, target) = *self.targets.get(&id)?;
                self.layout.marks.push(Mark { at: range.start, name, target, is_alias: true });
                let piece = self.add(Shape::Scalar, Style::Alias, range);
                self.layout.pieces[piece].name = Some(name);
                self.finish(piece);
            }
            Event::Anchor(id, _) => {
                let name = self.layout.text.get(range.start + 1..range.end)?;
                let (piece, start) = self.last?;
                let target = (start, self.layout.pieces[piece].shape);
                self.targets.insert(id, (name, target));
                self.layout.pieces[piece].name = Some(name);
                self.layout.marks.push(Mark { at: range.start, name, target, is_alias: false });
            }
            Event::SequenceStart(style, ..) => self.open(Shape::Seq, style, range),
            Event::MappingStart(style, ..) => self.open(Shape::Map, style, range),
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { piece, .. } = self.stack.pop()?;
                self.layout.pieces[piece].end = range.end;
                self.finish(piece);
            }
            Event::DocumentEnd => {
                self.layout.documents.push((self.root.take()?, range.start));
            }
            _ => {}
        }
        Some(())
    }

    fn open(&mut self, shape: Shape, style: StructureStyle, range: Range<usize>) {
        let style = if style == StructureStyle::Flow { Style::Flow } else { Style::Block };
        let piece = self.add(shape, style, range);
        self.stack.push(Open { piece, key: None });
    }

    fn add(&mut self, shape: Shape, style: Style, content: Range<usize>) -> PieceId {
        let (id, start) = (self.layout.pieces.len(), content.start);
        self.layout.pieces.push(Piece {
            shape,
            style,
            start: content.start,
            end: content.end,
            name: None,
            entries: vec![],
            owner: None,
            column: 0,
            foot: 0..0,
            content,
        });
        if style != Style::Alias {
            self.layout.by_start.entry((start, shape)).or_insert(id);
        }
        self.last = Some((id, start));
        id
    }

    /// Puts a finished piece where it belongs.
    fn finish(&mut self, piece: PieceId) {
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(piece);
            return;
        };
        let parent = open.piece;
        let is_map = self.layout.pieces[parent].shape == Shape::Map;
        if is_map && open.key.is_none() {
            open.key = Some(piece);
            return;
        }
        let key = open.key.take();
        let block = self.layout.pieces[parent].style == Style::Block;
        let start = self.layout.pieces[key.unwrap_or(piece)].start;
        let id = self.layout.entries.len();
        let none = start..start;
        self.layout.entries.push(Entry {
            key,
            value: piece,
            block,
            start,
            column: 0,
            lead: none,
            end: start,
            tail: None,
        });
        if let Some(key) = key {
            self.layout.by_key.entry(self.layout.pieces[key].content.start).or_insert(id);
        }
        self.layout.pieces[piece].owner = Some(id);
        self.layout.pieces[parent].entries.push(id);
    }
}
