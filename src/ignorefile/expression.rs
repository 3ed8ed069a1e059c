//! Patterns with brackets or escapes. moby makes a regular expression of a pattern, letter by letter and also inside
//! of brackets, and leaves what comes of it to Go: `\d` is a digit, `[a*]` is `[a[^/]*]`, and `|` and `{2}` are not
//! escaped. So the same expression is made here, read as Go reads it (`regexp/syntax`), and written for this side's
//! engine.

use std::fmt::Write as _;

/// What gives a pattern a meaning that it would not have as text with `*` and `?`.
pub(super) const SPECIAL: [char; 7] = ['[', ']', '\\', '^', '|', '{', '}'];

/// The expression of a pattern, for `regex` over UTF-8 text; `None` = Go would refuse it.
pub(super) fn of_pattern(pattern: &str) -> Option<String> {
    let text = go_expression(pattern);
    let mut reader = Reader { rest: &text, out: String::with_capacity(text.len()), before: Before::Nothing };
    while let Some(next) = reader.rest.chars().next() {
        let mut before = Before::Something;
        match next {
            '[' => reader.set()?,
            '\\' => reader.escape()?,
            '{' if reader.repeat()? => before = Before::Repeat,
            '{' | '}' => {
                reader.literal(next);
                reader.take(1);
            }
            // A literal, or an operator that both sides read alike.
            other => {
                match other {
                    '*' | '?' => before = Before::Repeat,
                    '|' => before = Before::Nothing,
                    _ => {}
                }
                reader.out.push(other);
                reader.take(other.len_utf8());
            }
        }
        reader.before = before;
    }
    Some(reader.out)
}

/// What moby makes of a pattern.
fn go_expression(pattern: &str) -> String {
    let mut out = String::from("^");
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.next_if_eq(&'*').is_some() => {
                characters.next_if_eq(&'/');
                out.push_str(if characters.peek().is_some() { "(.*/)?" } else { ".*" });
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '\\' => {
                out.push('\\');
                out.extend(characters.next());
            }
            '.' | '+' | '(' | ')' | '$' => out.extend(['\\', character]),
            literal => out.push(literal),
        }
    }
    out.push('$');
    out
}

/// The classes that Go knows as `[:NAME:]`; `regex` knows the same.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Reads Go's form and writes this side's.
struct Reader<'t> {
    rest: &'t str,
    out: String,
    before: Before,
}

/// What stands before the place: whether a repetition may follow.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Something,
    Repeat,
}

/// The most times that something may be repeated.
const MOST_REPEATS: u32 = 1000;

impl<'t> Reader<'t> {
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest.strip_prefix(text);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.take(next.len_utf8());
        Some(next)
    }

    fn literal(&mut self, character: char) {
        write!(self.out, r"\x{{{:X}}}", u32::from(character)).ok();
    }

    /// `{2}`, `{2,}` or `{2,3}` behind something; false when the brace is text.
    fn repeat(&mut self) -> Option<bool> {
        let Some((inside, _)) = self.rest[1..].split_once('}') else { return Some(false) };
        let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
        let number = |text: &str| {
            text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with(['0']))
        };
        if least.is_empty() || !number(least) || !number(most) {
            return Some(false);
        }
        let times = |text: &str| text.parse().ok().filter(|times| *times <= MOST_REPEATS);
        let most_times = if most.is_empty() { Some(MOST_REPEATS) } else { times(most) };
        match times(least).zip(most_times) {
            Some((least, most)) if least <= most => {}
            _ => return None,
        }
        // Nothing and a repetition cannot be repeated.
        if self.before != Before::Something {
            return None;
        }
        let repeat = self.take(inside.len() + 2);
        self.out.push_str(repeat);
        Some(true)
    }

    /// A `\` and what follows, outside of brackets.
    fn escape(&mut self) -> Option<()> {
        if self.eat(r"\Q") {
            let (literal, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
            self.rest = rest;
            literal.chars().for_each(|c| self.literal(c));
        } else if self.eat(r"\A") {
            self.out.push_str(r"\A");
        } else if self.eat(r"\z") {
            self.out.push_str(r"\z");
        } else if self.eat(r"\b") {
            self.out.push_str(r"(?-u:\b)");
        } else if self.eat(r"\B") {
            self.out.push_str(r"(?-u:\B)");
        } else if !self.class()? {
            let character = self.escaped()?;
            self.literal(character);
        }
        Some(())
    }

    /// `\d` and its like, in brackets or not; false when something else stands here.
    fn class(&mut self) -> Option<bool> {
        let class = match self.rest.as_bytes() {
            [b'\\', b'd', ..] => "[0-9]",
            [b'\\', b'D', ..] => "[^0-9]",
            [b'\\', b's', ..] => r"[\t\n\f\r ]",
            [b'\\', b'S', ..] => r"[^\t\n\f\r ]",
            [b'\\', b'w', ..] => "[0-9A-Za-z_]",
            [b'\\', b'W', ..] => "[^0-9A-Za-z_]",
            [b'\\', b'p' | b'P', b'C' | b'L' | b'M' | b'N' | b'P' | b'S' | b'Z', ..] => {
                let class = self.take(3);
                self.out.push_str(class);
                return Some(true);
            }
            [b'\\', b'p' | b'P', b'{', ..] => {
                self.group()?;
                return Some(true);
            }
            [b'\\', b'p' | b'P', ..] => return None,
            _ => return Some(false),
        };
        self.take(2);
        self.out.push_str(class);
        Some(true)
    }

    /// `\p{Greek}` and its like.
    fn group(&mut self) -> Option<()> {
        let (name, _) = self.rest[3..].split_once('}')?;
        let written = self.take(name.len() + 4);
        let plain = name.strip_prefix('^').unwrap_or(name);
        let negated = written.starts_with("\\P") != (plain.len() < name.len());
        let group = format!("\\{}{{{plain}}}", if negated { 'P' } else { 'p' });
        let known = plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !known || regex::Regex::new(&group).is_err() {
            return None;
        }
        self.out.push_str(&group);
        Some(())
    }

    /// The character that an escape means.
    fn escaped(&mut self) -> Option<char> {
        self.take(1);
        let first = self.next()?;
        let octal = |c: char| c.to_digit(8);
        Some(match first {
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => {
                let braced = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
                let (digits, length) = match braced {
                    Some((digits, _)) => (digits, digits.len() + 2),
                    None => (self.rest.get(..2).unwrap_or_default(), 2),
                };
                let digits = Some(digits).filter(|digits| !digits.starts_with('+'));
                let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                let character = code.and_then(char::from_u32)?;
                self.take(length);
                character
            }
            '1'..='7' if !self.rest.starts_with(|c| octal(c).is_some()) => return None,
            '0'..='7' => {
                let mut code = octal(first).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(octal) else { break };
                    self.take(1);
                    code = code * 8 + digit;
                }
                char::from_u32(code).unwrap_or_default()
            }
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => other,
            _ => return None,
        })
    }

    /// A set: `[` to `]`.
    fn set(&mut self) -> Option<()> {
        self.take(1);
        self.out.push('[');
        if self.eat("^") {
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if !self.named()? && !self.class()? {
                self.range()?;
            }
        }
        self.take(1);
        self.out.push(']');
        Some(())
    }

    /// `[:alpha:]` and its like; false when something else stands here.
    fn named(&mut self) -> Option<bool> {
        let Some((name, _)) = self.rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
            return Some(false);
        };
        if !NAMED.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return None;
        }
        let class = self.take(name.len() + 4);
        self.out.push_str(class);
        Some(true)
    }

    /// `a` or `a-z` in brackets.
    fn range(&mut self) -> Option<()> {
        let low = self.member()?;
        self.literal(low);
        if self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]") {
            self.take(1);
            let high = self.member()?;
            if high < low {
                return None;
            }
            self.out.push('-');
            self.literal(high);
        }
        Some(())
    }

    fn member(&mut self) -> Option<char> {
        if self.rest.starts_with('\\') {
            return self.escaped();
        }
        self.next()
    }
}
