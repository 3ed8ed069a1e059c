//! Words, their case, and lines of them (sprig: strings; its libraries goutils and xstrings).

use super::call::{Answer, Call, LONGEST, too_long};
use super::strings::{lower_char, upper_char};
use super::{Function, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function("title", "s", |c| Ok(title(c.text(0)).into())),
    function("untitle", "s", |c| Ok(untitle(c.text(0)).into())),
    function("swapcase", "s", |c| Ok(swapcase(c.text(0)).into())),
    function("initials", "s", |c| {
        Ok(c.text(0).split_whitespace().filter_map(|word| word.chars().next()).collect::<String>().into())
    }),
    function("camelcase", "s", |c| Ok(camelcase(c.text(0)).into())),
    function("snakecase", "s", |c| Ok(connected(c.text(0), '_').into())),
    function("kebabcase", "s", |c| Ok(connected(c.text(0), '-').into())),
    function("wrap", "is", |c| wrap(c.text(1), c.int(0), "\n", false)),
    function("wrapWith", "iss", |c| {
        let between = if c.text(1).is_empty() { "\n" } else { c.text(1) };
        wrap(c.text(2), c.int(0), between, true)
    }),
    function("abbrev", "is", |c| Ok(abbreviate(c.text(1), 0, c.int(0)).into())),
    function("abbrevboth", "iis", |c| Ok(abbrevboth(c).into())),
];

/// The first letter of each word in upper case; a word begins after anything but letters, digits and `_`.
fn title(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .map(|c| {
            let shown = if inside { c } else { upper_char(c) };
            inside = match c {
                '_' => true,
                c if c.is_ascii() => c.is_ascii_alphanumeric(),
                c => !c.is_whitespace(),
            };
            shown
        })
        .collect()
}

/// The first letter of each word in lower case; words are separated by space.
fn untitle(text: &str) -> String {
    let mut starts = true;
    let word = |c: char| {
        let shown = if starts && !c.is_whitespace() { lower_char(c) } else { c };
        starts = c.is_whitespace();
        shown
    };
    text.chars().map(word).collect()
}

fn swapcase(text: &str) -> String {
    let swap = |c: char| if c.is_uppercase() { lower_char(c) } else { upper_char(c) };
    text.chars().map(|c| if c.is_uppercase() || c.is_lowercase() { swap(c) } else { c }).collect()
}

fn is_connector(c: char) -> bool {
    matches!(c, '-' | '_') || c.is_whitespace()
}

/// `some_words` becomes `SomeWords`. Of several connectors one stays away; those at the beginning stay.
fn camelcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let body = text.trim_start_matches(is_connector);
    out.push_str(&text[..text.len() - body.len()]);
    let mut chars = body.chars();
    let Some(first) = chars.next() else {
        // As sprig's library does it.
        out.extend(text.chars().next_back());
        return out;
    };
    let mut shouts = first.is_uppercase();
    let mut held = upper_char(first);
    for c in chars {
        let mut shown = c;
        match (is_connector(held), is_connector(c)) {
            (true, true) => out.push(held),
            (true, false) => {
                shouts = c.is_uppercase();
                shown = upper_char(c);
            }
            (false, _) => {
                if shouts && c.is_uppercase() {
                    shown = lower_char(c);
                } else {
                    shouts = false;
                }
                out.push(held);
            }
        }
        held = shown;
    }
    out.push(held);
    out
}

/// What a part of a name consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Number,
    /// Begins in upper case.
    Capital,
    Letters,
    Connector,
    Punctuation,
    Other,
}

fn part_of(c: char) -> Part {
    match c {
        c if is_connector(c) => Part::Connector,
        '!'..='#' | '%'..='*' | ','..='/' | ':' | ';' | '?' | '@' | '['..=']' | '_' | '{' | '}' => {
            Part::Punctuation
        }
        c if c.is_uppercase() => Part::Capital,
        // Scripts whose words are not separated.
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' => Part::Other,
        c if c.is_alphabetic() => Part::Letters,
        c if c.is_numeric() => Part::Number,
        _ => Part::Other,
    }
}

/// The parts of a name: `HTTPServer` is `HTTP` and `Server`.
fn parts(name: &str) -> Vec<(Part, &str)> {
    let mut parts = vec![];
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let kind = part_of(first);
        let same = |wanted: Part| rest.find(|c| part_of(c) != wanted).unwrap_or(rest.len());
        let length = if kind == Part::Capital {
            let capitals = same(Part::Capital);
            let after = rest[capitals..].chars().next();
            match after.map(part_of) {
                // One capital begins a word; of several the last one does.
                Some(Part::Letters) if capitals == first.len_utf8() => {
                    let letters = &rest[capitals..];
                    capitals + letters.find(|c| part_of(c) != Part::Letters).unwrap_or(letters.len())
                }
                Some(Part::Letters) => {
                    rest[..capitals].char_indices().next_back().map_or(capitals, |(i, _)| i)
                }
                _ => capitals,
            }
        } else {
            same(kind)
        };
        let (part, after) = rest.split_at(length);
        parts.push((kind, part));
        rest = after;
    }
    parts
}

/// `FirstName` becomes `first_name`. A number belongs to the word before it, unless letters follow.
fn connected(name: &str, connector: char) -> String {
    let parts = parts(name);
    let mut out = String::with_capacity(name.len() + 8);
    let mut at = 0;
    let kind = |at: usize| parts.get(at).map(|(kind, _)| *kind);
    let separates = |kind: Option<Part>| matches!(kind, None | Some(Part::Connector | Part::Punctuation));
    let push = |out: &mut String, at: usize| match parts.get(at) {
        Some((Part::Connector, part)) => out.extend(part.chars().map(|_| connector)),
        Some((Part::Capital, part)) => out.extend(part.chars().map(lower_char)),
        Some((_, part)) => out.push_str(part),
        None => {}
    };
    while at < parts.len() {
        push(&mut out, at);
        let this = kind(at);
        at += 1;
        if at == parts.len() || matches!(this, Some(Part::Connector | Part::Punctuation)) {
            continue;
        }
        let mut joins = this == Some(Part::Number);
        if !joins && kind(at) == Some(Part::Number) && at + 1 < parts.len() {
            joins = kind(at + 1) == Some(Part::Letters);
            if joins {
                out.push(connector);
            }
            push(&mut out, at);
            at += 1;
        } else if !joins && kind(at) == Some(Part::Number) {
            // The number that ends the name belongs to the word.
            continue;
        }
        while joins && matches!(kind(at), Some(Part::Letters | Part::Number)) {
            push(&mut out, at);
            at += 1;
        }
        if !separates(kind(at)) {
            out.push(connector);
        }
    }
    out
}

/// Lines of at most `width` bytes, cut at spaces, and within words only if those are `cut`.
fn wrap(text: &str, width: i64, between: &str, cut: bool) -> Answer {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while rest.len() > width {
        if let Some(trimmed) = rest.strip_prefix(' ') {
            rest = trimmed;
            continue;
        }
        let head = &rest[..rest.floor_char_boundary(width + 1)];
        let space = head.rfind(' ');
        let (line, after) = match (space, cut) {
            (Some(at), _) => (&rest[..at], &rest[at + 1..]),
            (None, true) => {
                let at = rest.floor_char_boundary(width).max(rest.chars().next().map_or(1, char::len_utf8));
                rest.split_at(at)
            }
            (None, false) => {
                let from = rest.ceil_char_boundary(width);
                match rest[from..].find(' ') {
                    Some(at) => (&rest[..from + at], &rest[from + at + 1..]),
                    None => break,
                }
            }
        };
        out.push_str(line);
        out.push_str(between);
        rest = after;
        if out.len() > LONGEST {
            return Err(too_long());
        }
    }
    out.push_str(rest);
    Ok(out.into())
}

fn abbrevboth(c: &Call<'_, '_>) -> String {
    let (left, width, text) = (c.int(0), c.int(1), c.text(2));
    if width < 4 || (left > 0 && width < 7) {
        return text.to_owned();
    }
    abbreviate(text, usize::try_from(left).unwrap_or(0), width)
}

/// At most `width` bytes of a text, with `...` for what is left out: at the end, and before `offset`.
fn abbreviate(text: &str, offset: usize, width: i64) -> String {
    let width = usize::try_from(width).unwrap_or(0);
    if width < 4 || text.len() <= width {
        return text.to_owned();
    }
    let room = width - 3;
    let offset = offset.min(text.len()).min(text.len() - room);
    if offset <= 4 {
        return format!("{}...", &text[..text.floor_char_boundary(room)]);
    }
    if width < 7 {
        return String::new();
    }
    if offset + room < text.len() {
        let rest = abbreviate(&text[text.ceil_char_boundary(offset)..], 0, i64::try_from(room).unwrap_or(0));
        return format!("...{rest}");
    }
    format!("...{}", &text[text.ceil_char_boundary(text.len() - room)..])
}
