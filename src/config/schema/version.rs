//! The versions of the schema, and their order.

use std::fmt;

/// What `apiVersion` begins with.
const PREFIX: &str = "skaffold/";

/// All versions, the oldest first, without [`PREFIX`].
const NAMES: [&str; 72] = [
    "v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4", "v1alpha5", "v1beta1", "v1beta2", "v1beta3", "v1beta4",
    "v1beta5", "v1beta6", "v1beta7", "v1beta8", "v1beta9", "v1beta10", "v1beta11", "v1beta12", "v1beta13",
    "v1beta14", "v1beta15", "v1beta16", "v1beta17", "v1", "v2alpha1", "v2alpha2", "v2alpha3", "v2alpha4",
    "v2beta1", "v2beta2", "v2beta3", "v2beta4", "v2beta5", "v2beta6", "v2beta7", "v2beta8", "v2beta9",
    "v2beta10", "v2beta11", "v2beta12", "v2beta13", "v2beta14", "v2beta15", "v2beta16", "v2beta17",
    "v2beta18", "v2beta19", "v2beta20", "v2beta21", "v2beta22", "v2beta23", "v2beta24", "v2beta25",
    "v2beta26", "v2beta27", "v2beta28", "v2beta29", "v3alpha1", "v3", "v4beta1", "v4beta2", "v4beta3",
    "v4beta4", "v4beta5", "v4beta6", "v4beta7", "v4beta8", "v4beta9", "v4beta10", "v4beta11", "v4beta12",
    "v4beta13", "v4beta14",
];

/// A version of the schema. Later versions are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u8);

impl Version {
    /// The first one, `skaffold/v1alpha1`.
    pub const OLDEST: Self = Self::of("v1alpha1");
    /// The one that everything else is brought to, `skaffold/v4beta14`.
    pub const LATEST: Self = Self::of("v4beta14");

    /// The version of this name, for tables: `Version::of("v2beta9")`. In a constant, an unknown name does not compile.
    ///
    /// # Panics
    /// There is no such version.
    pub const fn of(name: &str) -> Self {
        let mut index = 0;
        while index < NAMES.len() {
            if is_same(NAMES[index].as_bytes(), name.as_bytes()) {
                #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 256")]
                return Self(index as u8);
            }
            index += 1;
        }
        panic!("no such version")
    }

    /// Reads an `apiVersion`; `None` = there is no such version.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix(PREFIX)?;
        let index = NAMES.iter().position(|known| *known == name)?;
        u8::try_from(index).ok().map(Self)
    }

    /// Is this the name of a version that is to come: `skaffold/v4beta15`, `skaffold/v5`?
    pub fn is_newer(text: &str) -> bool {
        text.strip_prefix(PREFIX).and_then(rank) > rank(Self::LATEST.name())
    }

    /// All versions, the oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..NAMES.len()).map(|index| Self(u8::try_from(index).unwrap_or(u8::MAX)))
    }

    /// The name without `skaffold/`: `v2beta9`.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The next one; `None` = this is the latest.
    pub fn next(self) -> Option<Self> {
        (self < Self::LATEST).then_some(Self(self.0 + 1))
    }
}

/// As `apiVersion` has it: `skaffold/v2beta9`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.name())
    }
}

/// `v4beta14` as a number of each of its parts, so that later versions are greater; `None` when it is no version.
fn rank(name: &str) -> Option<(u32, u32, u32)> {
    let rest = name.strip_prefix('v')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (major, stage) = rest.split_at(digits);
    let (stage, minor) = match (stage.strip_prefix("alpha"), stage.strip_prefix("beta")) {
        (Some(minor), _) => (0, minor),
        (_, Some(minor)) => (1, minor),
        _ if stage.is_empty() => (2, "0"),
        _ => return None,
    };
    Some((major.parse().ok()?, stage, minor.parse().ok()?))
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_order() {
        assert_eq!(Version::all().len(), 72);
        assert_eq!(
            (Version::all().next(), Version::all().last()),
            (Some(Version::OLDEST), Some(Version::LATEST))
        );
        let names =
            ["v1alpha5", "v1beta1", "v1beta17", "v1", "v2alpha1", "v2beta29", "v3alpha1", "v3", "v4beta1"];
        assert!(names.map(Version::of).is_sorted());
        assert_eq!(Version::of("v1").next(), Some(Version::of("v2alpha1")));
        assert_eq!(Version::LATEST.next(), None);
        for version in Version::all() {
            assert_eq!(Version::parse(&version.to_string()), Some(version));
        }
        for unknown in ["", "v1", "skaffold/", "skaffold/v5", "skaffold/v2beta30", "Skaffold/v1"] {
            assert_eq!(Version::parse(unknown), None, "{unknown}");
        }
        assert!(Version::all().map(|version| rank(version.name())).is_sorted());
        for newer in ["skaffold/v4beta15", "skaffold/v4", "skaffold/v5alpha1", "skaffold/v10"] {
            assert!(Version::is_newer(newer), "{newer}");
        }
        for other in ["", "v5", "skaffold/v2beta30", "skaffold/v4beta14", "skaffold/v5gamma1", "skaffold/v"] {
            assert!(!Version::is_newer(other), "{other}");
        }
    }
}
