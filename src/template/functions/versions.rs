//! Semantic versions and what they are asked for (sprig: semver; its library semver, version 3).

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

use super::call::{Answer, Call, Wrong};
use super::{Function, function};
use crate::template::value::{Value, Whole};

pub(super) const FUNCTIONS: &[Function] = &[
    function("semver", "s", |c| Ok(Value::Version(Rc::new(Version::parse(c.text(0))?)))),
    function("semverCompare", "ss", semver_compare),
];

/// A version: one to three numbers, perhaps a `v` before them, what is released before, and what it was built from.
#[derive(Debug, Clone)]
pub(in crate::template) struct Version {
    numbers: [u64; 3],
    pre: String,
    build: String,
    original: String,
}

impl Version {
    /// Reads a version.
    ///
    /// # Errors
    /// It is none.
    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong::from("it is no semantic version");
        let plain = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = plain.split_once('+').map_or((plain, None), |(rest, build)| (rest, Some(build)));
        let (rest, pre) = rest.split_once('-').map_or((rest, None), |(rest, pre)| (rest, Some(pre)));
        let mut numbers = [0; 3];
        for (index, part) in rest.split('.').enumerate() {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let number = numbers.get_mut(index).filter(|_| digits).ok_or_else(wrong)?;
            *number = part.parse().map_err(|_| wrong())?;
        }
        let identifier =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let zero =
            |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
        let fits = pre.is_none_or(|pre| pre.split('.').all(|part| identifier(part) && !zero(part)))
            && build.is_none_or(|build| build.split('.').all(identifier));
        if !fits {
            return Err(wrong());
        }
        let (pre, build) = (pre.unwrap_or_default().to_owned(), build.unwrap_or_default().to_owned());
        Ok(Self { numbers, pre, build, original: text.to_owned() })
    }

    fn next(&self, place: usize) -> Self {
        let mut numbers = self.numbers;
        // The release of what is released before has its numbers.
        if place < 2 || self.pre.is_empty() {
            numbers[place] = numbers[place].saturating_add(1);
        }
        for number in numbers.iter_mut().skip(place + 1) {
            *number = 0;
        }
        let mut next = Self { numbers, pre: String::new(), build: String::new(), original: String::new() };
        let v = if self.original.starts_with('v') { "v" } else { "" };
        next.original = format!("{v}{next}");
        next
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    /// What it was built from does not matter.
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_pre(&self.pre, &other.pre),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// Part by part: numbers by size and before words, words by letters, fewer parts before more.
fn compare_pre(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// A method of a version.
///
/// # Errors
/// There is none of this name, or its arguments are others.
pub(in crate::template) fn method(version: &Rc<Version>, name: &str, args: &[Value]) -> Answer {
    let number = |place: usize| {
        Ok(Value::Int(i64::try_from(version.numbers[place]).unwrap_or(i64::MAX), Whole::Unsigned))
    };
    let next = |place: usize| Ok(Value::Version(Rc::new(version.next(place))));
    match (name, args) {
        ("Major", []) => number(0),
        ("Minor", []) => number(1),
        ("Patch", []) => number(2),
        ("Prerelease", []) => Ok(version.pre.as_str().into()),
        ("Metadata", []) => Ok(version.build.as_str().into()),
        ("Original", []) => Ok(version.original.as_str().into()),
        ("String", []) => Ok(version.to_string().into()),
        ("IncMajor", []) => next(0),
        ("IncMinor", []) => next(1),
        ("IncPatch", []) => next(2),
        ("Compare", [Value::Version(other)]) => Ok(Value::int(version.cmp(other) as i64)),
        ("Equal", [Value::Version(other)]) => Ok((version == other).into()),
        ("LessThan", [Value::Version(other)]) => Ok((version < other).into()),
        ("LessThanEqual", [Value::Version(other)]) => Ok((version <= other).into()),
        ("GreaterThan", [Value::Version(other)]) => Ok((version > other).into()),
        ("GreaterThanEqual", [Value::Version(other)]) => Ok((version >= other).into()),
        (name, _) => Err(format!("a version has no field `{name}` with such arguments").into()),
    }
}

/// What a version is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Different,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("!=", Operator::Different),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    ("", Operator::Equal),
];

struct Constraint {
    operator: Operator,
    version: Version,
    /// How many of its numbers are there and are no `x`.
    known: usize,
}

/// Whether a version is what a constraint asks for: `>= 1.2, < 2 || 3.x`.
fn semver_compare(c: &mut Call<'_, '_>) -> Answer {
    let alternatives = c.text(0).split("||").map(constraints).collect::<Result<Vec<_>, _>>()?;
    let version = Version::parse(c.text(1))?;
    Ok(alternatives.iter().any(|all| all.iter().all(|constraint| constraint.holds(&version))).into())
}

/// Constraints that all are to hold, separated by spaces or commas; `1 - 2` is a range.
fn constraints(text: &str) -> Result<Vec<Constraint>, Wrong> {
    let wrong = || Wrong::from("it is no constraint of versions");
    let mut constraints: Vec<Constraint> = vec![];
    let mut rest = text.trim();
    let mut separated = true;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("- ") {
            // The end of a range: what was its beginning is at least that.
            let from = constraints
                .last_mut()
                .filter(|c| c.operator == Operator::Equal && separated)
                .ok_or_else(wrong)?;
            from.operator = Operator::GreaterOrEqual;
            let (version, known, after) = partial(after.trim_start()).ok_or_else(wrong)?;
            constraints.push(Constraint { operator: Operator::LessOrEqual, version, known });
            rest = after;
        } else {
            let (name, operator) =
                OPERATORS.iter().find(|(name, _)| rest.starts_with(name)).ok_or_else(wrong)?;
            let (version, known, after) = partial(rest[name.len()..].trim_start()).ok_or_else(wrong)?;
            if !separated {
                return Err(wrong());
            }
            constraints.push(Constraint { operator: *operator, version, known });
            rest = after;
        }
        let trimmed = rest.trim_start();
        let after = trimmed.strip_prefix(',').map(str::trim_start);
        separated = trimmed.len() < rest.len() || after.is_some();
        rest = after.unwrap_or(trimmed);
        if after == Some("") {
            return Err(wrong());
        }
    }
    if constraints.is_empty() { Err(wrong()) } else { Ok(constraints) }
}

/// A version of which numbers may be missing or `x`, how many are there, and what follows it.
fn partial(text: &str) -> Option<(Version, usize, &str)> {
    let length = text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len());
    let (word, rest) = text.split_at(length);
    let plain = word.strip_prefix('v').unwrap_or(word);
    let numbers = plain.find(['-', '+']).unwrap_or(plain.len());
    let (numbers, after) = plain.split_at(numbers);
    let any = |part: &&str| matches!(*part, "x" | "X" | "*");
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() > 3
        || parts
            .iter()
            .any(|part| !any(part) && (part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit())))
    {
        return None;
    }
    let known = parts.iter().take_while(|part| !any(part)).count();
    let mut shown: Vec<&str> = parts.into_iter().take(known).collect();
    shown.resize(3, "0");
    let version = Version::parse(&format!("{}{after}", shown.join("."))).ok()?;
    Some((version, known, rest))
}

impl Constraint {
    fn holds(&self, version: &Version) -> bool {
        let (wanted, partial) = (&self.version, self.known < 3);
        let [major, minor, patch] = wanted.numbers;
        // Only who names what is released before gets it.
        let unwanted = !version.pre.is_empty() && wanted.pre.is_empty();
        let same = |places: usize| version.numbers[..places] == wanted.numbers[..places];
        match self.operator {
            Operator::Different if self.known == 0 => !unwanted && version != wanted,
            Operator::Different if partial => {
                !unwanted && !same(self.known) || self.known == 2 && version.pre != wanted.pre && !unwanted
            }
            Operator::Different => version != wanted,
            _ if unwanted => false,
            Operator::Equal if !partial => version == wanted,
            Operator::Equal | Operator::Tilde => {
                let anything = wanted.numbers == [0; 3] && self.known != 1 && self.known != 2;
                version >= wanted && (anything || same(self.known.clamp(1, 2)))
            }
            Operator::Greater if !partial => version > wanted,
            Operator::Greater => version.numbers[..self.known.max(1)] > wanted.numbers[..self.known.max(1)],
            Operator::GreaterOrEqual => version >= wanted,
            Operator::Less => version < wanted,
            Operator::LessOrEqual if !partial => version <= wanted,
            Operator::LessOrEqual => {
                version.numbers[..self.known.max(1)] <= wanted.numbers[..self.known.max(1)]
            }
            Operator::Caret => {
                version >= wanted
                    && match (major, minor) {
                        (1.., _) => same(1),
                        _ if self.known <= 1 => same(1),
                        (0, 1..) => same(2),
                        _ if self.known == 2 => same(2),
                        _ => same(2) && version.numbers[2] == patch,
                    }
            }
        }
    }
}
