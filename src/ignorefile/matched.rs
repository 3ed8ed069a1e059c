//! The state of a walk.

/// Which rules matched a folder or one above it: made by [`Rules::root`](super::Rules::root) and
/// [`Rules::enter`](super::Rules::enter), for the entries of that folder. Takes no allocation for up to 64 rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched(Bits);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bits {
    /// Nothing is known of the folders above: a rule is tried on each of them.
    Root,
    Few(u64),
    Many(Box<[u64]>),
}

const WORD: usize = u64::BITS as usize;

impl Matched {
    pub(super) const ROOT: Self = Self(Bits::Root);

    /// No rule of so many.
    pub(super) fn none(rules: usize) -> Self {
        Self(if rules <= WORD { Bits::Few(0) } else { Bits::Many(vec![0; rules.div_ceil(WORD)].into()) })
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.0, Bits::Root)
    }

    pub(super) fn contains(&self, rule: usize) -> bool {
        let bit = 1 << (rule % WORD);
        match &self.0 {
            Bits::Root => false,
            Bits::Few(bits) => bits & bit != 0,
            Bits::Many(words) => words[rule / WORD] & bit != 0,
        }
    }

    pub(super) fn insert(&mut self, rule: usize) {
        let bit = 1 << (rule % WORD);
        match &mut self.0 {
            Bits::Root => {}
            Bits::Few(bits) => *bits |= bit,
            Bits::Many(words) => words[rule / WORD] |= bit,
        }
    }
}
