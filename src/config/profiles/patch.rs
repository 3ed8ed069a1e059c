//! Patches of a profile: JSON patches (RFC 6902) on the document as it is written, without defaults. `move` and `copy`
//! take the place of what is at an index; Skaffold's do too.

use super::explain;
use super::pointer::{Pointer, Slot};
use crate::config::patch::Op;
use crate::diagnostic::{Report, Result, nearest};
use crate::yaml::{Data, Key, Node};

/// Applies the patches of `profile` in their order.
///
/// # Errors
/// The first one that cannot be applied, at its place in the file.
pub(super) fn apply(document: &mut Node, profile: &Node, name: &str) -> Result<()> {
    for patch in profile.get("patches").map(Node::items).unwrap_or_default() {
        Patch::read(patch, name)?.apply(document)?;
    }
    Ok(())
}

struct Patch<'p> {
    profile: &'p str,
    node: &'p Node,
    op: Op,
    path: Pointer<'p>,
}

impl<'p> Patch<'p> {
    fn read(node: &'p Node, profile: &'p str) -> Result<Self> {
        let op = match node.get("op").filter(|op| !op.is_null()) {
            None => Op::DEFAULT,
            Some(op) => {
                let word = op.text().unwrap_or_default();
                Op::of(&word).ok_or_else(|| Box::new(unknown_op(op, &word, profile)))?
            }
        };
        Ok(Self { profile, node, op, path: pointer(node, "path", profile)? })
    }

    fn apply(&self, document: &mut Node) -> Result<()> {
        match self.op {
            Op::Test => self.test(document),
            Op::Remove => {
                // From the last to the first, so that none moves before its turn.
                for place in self.find(&self.path, document)?.into_iter().rev() {
                    take(document, &place);
                }
                Ok(())
            }
            Op::Replace => {
                for place in self.find(&self.path, document)? {
                    let value = self.value().cloned().unwrap_or_else(|| self.nothing());
                    let Some((last, parent)) = place.split_last() else { continue };
                    let slot = Slot { parent: parent.to_vec(), last: Some(last.clone()) };
                    put(document, &slot, &self.key(&slot), value, true);
                }
                Ok(())
            }
            Op::Add => {
                let Some(value) = self.value() else { return Err(Box::new(self.without_value())) };
                for slot in self.slots(document)?.into_iter().rev() {
                    put(document, &slot, &self.key(&slot), value.clone(), false);
                }
                Ok(())
            }
            Op::Copy | Op::Move => self.transfer(document),
        }
    }

    fn test(&self, document: &Node) -> Result<()> {
        let nothing = self.nothing();
        let wanted = self.value().unwrap_or(&nothing);
        for place in self.find(&self.path, document)? {
            if let Some(found) = document.at(&place).filter(|found| !same(found, wanted)) {
                return Err(Box::new(explain::differs(
                    self.profile,
                    &self.path,
                    document,
                    &place,
                    found,
                    wanted,
                )));
            }
        }
        Ok(())
    }

    fn transfer(&self, document: &mut Node) -> Result<()> {
        let from = pointer(self.node, "from", self.profile)?;
        let places = self.find(&from, document)?;
        let [place] = &places[..] else {
            return Err(Box::new(explain::several(self.profile, &from, document, &places)));
        };
        let Some(value) = document.at(place).cloned() else { return Ok(()) };
        if self.op == Op::Move {
            let targets = self.path.find(document).unwrap_or_default();
            if targets.iter().any(|target| target == place) {
                return Ok(());
            }
            let within = |slot: &Slot| slot.parent.starts_with(place);
            if self.path.slots(document).is_ok_and(|slots| slots.iter().any(within)) {
                return Err(Box::new(explain::into_itself(self.profile, &self.path, &from)));
            }
            take(document, place);
        }
        for slot in self.slots(document)?.into_iter().rev() {
            put(document, &slot, &self.key(&slot), value.clone(), true);
        }
        Ok(())
    }

    fn find(&self, pointer: &Pointer<'_>, document: &Node) -> Result<Vec<Vec<Key>>> {
        pointer
            .find(document)
            .map_err(|stuck| Box::new(explain::nowhere(self.profile, self.op, pointer, document, &stuck)))
    }

    fn slots(&self, document: &Node) -> Result<Vec<Slot>> {
        self.path
            .slots(document)
            .map_err(|stuck| Box::new(explain::nowhere(self.profile, self.op, &self.path, document, &stuck)))
    }

    /// The value; `None` where none is written, which is not the same as null.
    fn value(&self) -> Option<&Node> {
        self.node.get("value")
    }

    fn nothing(&self) -> Node {
        Node::new(Data::Null, self.path.node.span.clone())
    }

    /// The key of a new entry: it stands where the patch says it.
    fn key(&self, slot: &Slot) -> Node {
        let name = match &slot.last {
            Some(Key::Name(name)) => name.to_string(),
            _ => String::new(),
        };
        Node::new(Data::String(name), self.path.node.span.clone())
    }

    fn without_value(&self) -> Report {
        Report::config(format!("profile `{}` adds {} without a `value`", self.profile, self.path.text))
            .at(self.path.node.head())
            .hint("say what to add: `value: …`")
    }
}

fn pointer<'p>(patch: &'p Node, key: &'static str, profile: &str) -> Result<Pointer<'p>> {
    let Some(node) = patch.get(key).filter(|node| !node.is_null()) else {
        return Err(Box::new(
            Report::config(format!("a patch of profile `{profile}` has no `{key}`"))
                .at(patch.head())
                .hint(format!("write `{key}: /build/…`")),
        ));
    };
    Pointer::new(node).ok_or_else(|| {
        let written = node.text().unwrap_or_default();
        let report = Report::config(format!("`{written}` is no path of a patch (profile `{profile}`)"));
        Box::new(report.at(node.head()).hint(if written.starts_with('/') {
            "name something in the document, such as `/build/artifacts/0`".to_owned()
        } else {
            format!("begin it with `/`: `/{}`", written.replace('.', "/"))
        }))
    })
}

fn unknown_op(node: &Node, word: &str, profile: &str) -> Report {
    let known = Op::ALL.map(Op::word);
    let report = Report::config(format!("profile `{profile}`: `{word}` is no operation of a patch"));
    report.at(node.head()).hint(match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    })
}

/// The node at a path, to change it.
fn at_mut<'n>(document: &'n mut Node, path: &[Key]) -> Option<&'n mut Node> {
    path.iter().try_fold(document, |node, key| match key {
        Key::Name(name) => node.get_mut(name),
        Key::Index(index) => match &mut node.data {
            Data::Seq(items) => items.get_mut(*index),
            _ => None,
        },
    })
}

fn take(document: &mut Node, path: &[Key]) {
    let Some((last, parent)) = path.split_last() else { return };
    let Some(parent) = at_mut(document, parent) else { return };
    match (&mut parent.data, last) {
        (Data::Seq(items), Key::Index(index)) if *index < items.len() => drop(items.remove(*index)),
        (Data::Map(_), Key::Name(name)) => drop(parent.remove(name)),
        _ => {}
    }
}

/// Puts a value into its slot. `over`: what is at the index of a list goes, else it moves on by one.
fn put(document: &mut Node, slot: &Slot, key: &Node, value: Node, over: bool) {
    let Some(parent) = at_mut(document, &slot.parent) else { return };
    match &slot.last {
        Some(Key::Name(_)) => parent.set(key.clone(), value),
        Some(Key::Index(index)) => {
            if let Data::Seq(items) = &mut parent.data {
                match items.get_mut(*index) {
                    Some(item) if over => *item = value,
                    _ => items.insert((*index).min(items.len()), value),
                }
            }
        }
        None => {
            if parent.is_null() {
                parent.data = Data::Seq(vec![]);
            }
            if let Data::Seq(items) = &mut parent.data {
                items.push(value);
            }
        }
    }
}

/// Whether two values are the same; the order of a mapping does not count.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.data, &other.data) {
        (Data::Map(a), Data::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    key.text().and_then(|key| other.get(&key)).is_some_and(|other| same(value, other))
                })
        }
        (Data::Seq(a), Data::Seq(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (a, b) => a == b,
    }
}
