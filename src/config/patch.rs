//! What patches of profiles are written in: operations, and paths that are JSON pointers (RFC 6901). Applying patches
//! (`profiles`) and bringing them to a later version (`upgrade`) read the same.

/// What a patch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Copy,
    Move,
    Remove,
    Replace,
    Test,
}

impl Op {
    /// What a patch does that does not say.
    pub(super) const DEFAULT: Self = Self::Replace;

    pub(super) const ALL: [Self; 6] =
        [Self::Add, Self::Copy, Self::Move, Self::Remove, Self::Replace, Self::Test];

    /// The operation that `op` names; `None` = there is no such one.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.word() == word)
    }

    /// As `op` names it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Copy => "copy",
            Self::Move => "move",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Test => "test",
        }
    }
}

/// The segments of a pointer; `None` = it is none (it does not begin with `/`).
pub(super) fn segments(pointer: &str) -> Option<Vec<String>> {
    let rest = pointer.strip_prefix('/')?;
    Some(rest.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect())
}

/// The pointer of segments.
pub(super) fn pointer<T: AsRef<str>>(segments: impl IntoIterator<Item = T>) -> String {
    let escaped = |segment: T| format!("/{}", segment.as_ref().replace('~', "~0").replace('/', "~1"));
    segments.into_iter().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers() {
        assert_eq!(segments("build"), None);
        let odd = "/a~1b/~0/";
        assert_eq!(segments(odd).unwrap(), ["a/b", "~", ""]);
        assert_eq!(pointer(segments(odd).unwrap()), odd);
    }
}
