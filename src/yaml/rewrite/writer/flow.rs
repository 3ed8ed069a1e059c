//! Lists and mappings in brackets.

use super::super::is_same;
use super::super::layout::{Piece, Style};
use super::{Writer, quotes};
use crate::yaml::print::{Quotes, in_flow};
use crate::yaml::{Data, Node};

/// A changed list or mapping in brackets stays in brackets when it fits on a line of this length.
const WIDTH: usize = 100;

impl Writer<'_> {
    /// A changed list or mapping in brackets, as `like` was; `None` when it is better written in lines: it had comments,
    /// or gets too long. JSON stays JSON.
    pub(super) fn flow(&self, node: &Node, like: &Piece<'_>, column: usize) -> Option<String> {
        if !self.layout.comments_in(&(like.start..like.end)).is_empty() {
            return None;
        }
        let text = self.text(like);
        let first_key = like.entries.first().and_then(|first| self.layout.entries[*first].key);
        let json = first_key.is_some_and(|key| self.layout.pieces[key].style == Style::Double);
        let blank = if text.starts_with("{ ") || text.starts_with("[ ") { " " } else { "" };
        match (json, text.contains('\n')) {
            (true, true) => Some(self.bracket_lines(node, column)),
            (true, false) => Some(self.brackets(node, blank, Quotes::Double)),
            (false, true) => None,
            (false, false) => {
                Some(self.brackets(node, blank, Quotes::Needed)).filter(|text| text.len() <= WIDTH)
            }
        }
    }

    /// JSON with a line for each entry of what changed.
    fn bracket_lines(&self, node: &Node, column: usize) -> String {
        let piece = self.piece_of(node);
        if let Some(piece) = piece.filter(|piece| self.original(*piece).is_some_and(|old| is_same(old, node)))
        {
            return self.text(&self.layout.pieces[piece]).to_owned();
        }
        let deeper = column + self.indent.0;
        let (open, parts, close): (_, Vec<String>, _) = match &node.data {
            Data::Seq(items) if !items.is_empty() => {
                ('[', items.iter().map(|item| self.bracket_lines(item, deeper)).collect(), ']')
            }
            Data::Map(entries) if !entries.is_empty() => {
                let entry = |(key, value): &(Node, Node)| {
                    format!(
                        "{}: {}",
                        self.brackets(key, "", Quotes::Double),
                        self.bracket_lines(value, deeper)
                    )
                };
                ('{', entries.iter().map(entry).collect(), '}')
            }
            _ => return self.brackets(node, "", Quotes::Double),
        };
        let pad = " ".repeat(deeper);
        format!("{open}\n{pad}{}\n{}{close}", parts.join(&format!(",\n{pad}")), " ".repeat(column))
    }

    /// On one line, with `blank` inside of the brackets.
    fn brackets(&self, node: &Node, blank: &str, preferred: Quotes) -> String {
        let joined = |parts: Vec<String>| {
            let blank = if parts.is_empty() { "" } else { blank };
            format!("{blank}{}{blank}", parts.join(", "))
        };
        match &node.data {
            Data::Seq(items) => {
                let items = items.iter().map(|item| self.brackets(item, blank, preferred)).collect();
                format!("[{}]", joined(items))
            }
            Data::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    let (key, value) =
                        (self.brackets(key, blank, preferred), self.brackets(value, blank, preferred));
                    format!("{key}: {value}")
                });
                format!("{{{}}}", joined(entries.collect()))
            }
            _ => {
                let piece = self.piece_of(node).map(|piece| &self.layout.pieces[piece]);
                let kept = piece.filter(|piece| {
                    let in_flow = piece.owner.is_none_or(|owner| !self.layout.entries[owner].block);
                    let quoted = matches!(piece.style, Style::Single | Style::Double);
                    let text = self.text(piece);
                    (quoted || in_flow && piece.style == Style::Plain && !text.is_empty())
                        && !text.contains('\n')
                        && self
                            .originals
                            .get(&piece.node_place())
                            .is_some_and(|original| is_same(original, node))
                });
                if let Some(piece) = kept {
                    return self.text(piece).to_owned();
                }
                let own = piece.map_or(Quotes::Needed, |piece| quotes(piece.style));
                in_flow(node, if own == Quotes::Needed { preferred } else { own }).into_owned()
            }
        }
    }
}
