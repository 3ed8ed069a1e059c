//! What must be done to one tree to get another.

use crate::config::patch::Op;
use crate::yaml::{Data, Node, Span};

/// One thing to do; [`Op::Add`], [`Op::Replace`] or [`Op::Remove`].
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) op: Op,
    pub(super) path: Vec<String>,
    /// None where something is removed.
    pub(super) value: Option<Node>,
}

/// Looks for differences.
pub(super) struct Comparison<'a> {
    /// Where the value of the patch stands: a node from there is new as a whole.
    pub(super) own: &'a Span,
    /// Mappings around what is new are there already, although these trees don't have them.
    pub(super) inner: bool,
    path: Vec<String>,
    edits: Vec<Edit>,
}

impl<'a> Comparison<'a> {
    /// What turns `before` into `after`.
    pub(super) fn edits(before: &Node, after: &Node, own: &'a Span, inner: bool) -> Vec<Edit> {
        let mut comparison = Self { own, inner, path: vec![], edits: vec![] };
        comparison.nodes(before, after);
        comparison.edits
    }

    fn is_own(&self, node: &Node) -> bool {
        let span = &node.span;
        span.start >= self.own.start
            && span.end <= self.own.end
            && std::sync::Arc::ptr_eq(&span.source, &self.own.source)
    }

    fn edit(&mut self, op: Op, segment: Option<String>, value: Option<Node>) {
        let mut path = self.path.clone();
        path.extend(segment);
        self.edits.push(Edit { op, path, value });
    }

    fn below(&mut self, segment: String, run: impl FnOnce(&mut Self)) {
        self.path.push(segment);
        run(self);
        self.path.pop();
    }

    fn nodes(&mut self, before: &Node, after: &Node) {
        if before == after {
            return;
        }
        match (&before.data, &after.data) {
            _ if self.is_own(after) => self.edit(Op::Replace, None, Some(after.clone())),
            (Data::Map(old), Data::Map(new)) => {
                for (key, value) in old {
                    let name = key.text().unwrap_or_default();
                    if after.get(&name).is_none() {
                        self.below(name.into_owned(), |this| this.gone(value));
                    }
                }
                for (key, value) in new {
                    let name = key.text().unwrap_or_default();
                    match before.get(&name) {
                        Some(known) => self.below(name.into_owned(), |this| this.nodes(known, value)),
                        None => self.below(name.into_owned(), |this| this.come(value)),
                    }
                }
            }
            (Data::Seq(old), Data::Seq(new)) => self.items(old, new, after),
            _ => self.edit(Op::Replace, None, Some(after.clone())),
        }
    }

    fn come(&mut self, node: &Node) {
        match &node.data {
            Data::Map(entries) if self.inner && !self.is_own(node) => {
                for (key, value) in entries {
                    let name = key.text().unwrap_or_default().into_owned();
                    self.below(name, |this| this.come(value));
                }
            }
            _ => self.edit(Op::Add, None, Some(node.clone())),
        }
    }

    fn gone(&mut self, node: &Node) {
        match &node.data {
            Data::Map(entries) if self.inner && !self.is_own(node) => {
                for (key, value) in entries {
                    let name = key.text().unwrap_or_default().into_owned();
                    self.below(name, |this| this.gone(value));
                }
            }
            _ => self.edit(Op::Remove, None, None),
        }
    }

    fn items(&mut self, old: &[Node], new: &[Node], after: &Node) {
        if old.len() == new.len() {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                self.below(index.to_string(), |this| this.nodes(old, new));
            }
            return;
        }
        let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let (old_rest, new_rest) = (&old[same..], &new[same..]);
        let tail =
            old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
        let gone = old_rest.len() - tail;
        let come = new_rest.len() - tail;
        if gone == 0 {
            for (index, item) in new_rest[..come].iter().enumerate() {
                let at_end = tail == 0;
                let segment = if at_end { "-".to_owned() } else { (same + index).to_string() };
                self.edit(Op::Add, Some(segment), Some(item.clone()));
            }
        } else if come == 0 {
            for index in (same..same + gone).rev() {
                self.edit(Op::Remove, Some(index.to_string()), None);
            }
        } else {
            self.edit(Op::Replace, None, Some(after.clone()));
        }
    }
}
