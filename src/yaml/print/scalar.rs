//! How a text is written (Go's yaml.v3: the choice of a style in `encode.go`, what each style allows in `emitterc.go`).

use std::borrow::Cow;
use std::fmt::Write as _;

use super::super::scalar::{bool_word, is_timestamp, resolve};
use super::{INDENT, Node};
use crate::yaml::Data;

/// Which quotes to prefer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::yaml) enum Quotes {
    /// None, where the text reads back without.
    Needed,
    /// `'…'`, where that can hold the text.
    Single,
    /// `"…"`.
    Double,
}

/// A text on one line of a block; `None` when it has several lines and a literal can hold it.
pub(in crate::yaml) fn one_line(text: &str, quotes: Quotes) -> Option<Cow<'_, str>> {
    let allowed = Allowed::of(text);
    if text.contains('\n') {
        return (!allowed.literal || quotes != Quotes::Needed).then(|| Cow::Owned(double(text)));
    }
    Some(styled(text, quotes, allowed.plain_in_block, allowed.single))
}

/// A text as a key of a block: never on several lines.
pub(super) fn key(text: &str) -> Cow<'_, str> {
    let allowed = Allowed::of(text);
    styled(text, Quotes::Needed, allowed.plain_in_block, allowed.single)
}

/// The key of a block for a node, with quotes as they are preferred.
pub(in crate::yaml) fn key_text(node: &Node, quotes: Quotes) -> String {
    match &node.data {
        Data::String(text) => {
            let allowed = Allowed::of(text);
            styled(text, quotes, allowed.plain_in_block, allowed.single).into_owned()
        }
        Data::Null => "null".into(),
        _ => node.text().unwrap_or_default().into_owned(),
    }
}

/// A scalar between `[` and `]` or `{` and `}`.
pub(in crate::yaml) fn in_flow(node: &Node, quotes: Quotes) -> Cow<'_, str> {
    match &node.data {
        Data::Null => Cow::Borrowed("null"),
        Data::String(text) => {
            let allowed = Allowed::of(text);
            styled(text, quotes, allowed.plain_in_flow, allowed.single)
        }
        _ => node.text().unwrap_or_default(),
    }
}

fn styled(text: &str, quotes: Quotes, plain: bool, single: bool) -> Cow<'_, str> {
    let single = single && !text.contains('\n');
    match quotes {
        Quotes::Needed if !reads_as_text(text) => Cow::Owned(double(text)),
        Quotes::Needed if plain => Cow::Borrowed(text),
        Quotes::Needed | Quotes::Single if single => Cow::Owned(format!("'{}'", text.replace('\'', "''"))),
        _ => Cow::Owned(double(text)),
    }
}

/// Would a reader take this for text without quotes? Readers of YAML 1.1 count: `on` and `1:30` are no text to them.
fn reads_as_text(text: &str) -> bool {
    matches!(resolve(text), Data::String(_))
        && !is_timestamp(text)
        && bool_word(text).is_none()
        && text != "<<"
        && !is_base_60(text)
}

/// `1:30`, `-12:00:59.5`: a number of YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && !rest.is_empty()
        && rest.iter().all(|part| {
            (1..=2).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_digit())
                && (part.len() == 1 || part.as_bytes()[0] < b'6')
        })
}

/// The styles that can hold a text.
#[derive(Debug, Clone, Copy)]
struct Allowed {
    plain_in_block: bool,
    plain_in_flow: bool,
    single: bool,
    literal: bool,
}

impl Allowed {
    fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self { plain_in_block: true, plain_in_flow: false, single: true, literal: false };
        }
        let document_marker = text.starts_with("---") || text.starts_with("...");
        let (mut block_indicator, mut flow_indicator) = (document_marker, document_marker);
        let (mut break_space, mut space_break, mut tab, mut special) = (false, false, false, false);
        let mut previous = None;
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let before_blank = characters.peek().is_none_or(|next| is_blank(*next) || *next == '\n');
            match c {
                '#' if previous.is_none_or(|p| is_blank(p) || p == '\n') => {
                    (block_indicator, flow_indicator) = (true, true);
                }
                ',' | '[' | ']' | '{' | '}' => {
                    flow_indicator = true;
                    block_indicator |= previous.is_none();
                }
                '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' if previous.is_none() => {
                    (block_indicator, flow_indicator) = (true, true);
                }
                '-' if previous.is_none() && before_blank => {
                    (block_indicator, flow_indicator) = (true, true);
                }
                '?' => {
                    flow_indicator = true;
                    block_indicator |= previous.is_none() && before_blank;
                }
                ':' => {
                    flow_indicator = true;
                    block_indicator |= before_blank;
                }
                _ => {}
            }
            tab |= c == '\t';
            special |= c != '\t' && !is_printable(c);
            break_space |= c == ' ' && previous == Some('\n');
            space_break |= c == '\n' && previous == Some(' ');
            previous = Some(c);
        }
        let edge = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        let single = !(break_space || space_break || tab || special);
        let plain = single && !edge && !text.contains('\n');
        Self {
            plain_in_block: plain && !block_indicator,
            plain_in_flow: plain && !flow_indicator,
            single,
            literal: !(text.ends_with(' ') || space_break || special),
        }
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// May stand in a document without being escaped (characters beyond U+FFFF may not, in Go's emitter).
const fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let escape = match c {
            '"' => '"',
            '\\' => '\\',
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '\u{85}' => 'N',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ if is_printable(c) => {
                out.push(c);
                continue;
            }
            _ => {
                let code = u32::from(c);
                let written = match code {
                    0..=0xff => write!(out, "\\x{code:02X}"),
                    0x100..=0xffff => write!(out, "\\u{code:04X}"),
                    _ => write!(out, "\\U{code:08X}"),
                };
                debug_assert!(written.is_ok());
                continue;
            }
        };
        out.extend(['\\', escape]);
    }
    out.push('"');
    out
}

/// A text of several lines as a literal, its lines at column `indent`; without a newline at the end.
pub(in crate::yaml) fn literal(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = "|".to_owned();
    if text.starts_with([' ', '\n']) {
        out.push_str(&INDENT.to_string());
    }
    let body = match text.strip_suffix('\n') {
        None => {
            out.push('-');
            text
        }
        Some(body) => {
            if body.is_empty() || body.ends_with('\n') {
                out.push('+');
            }
            body
        }
    };
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend([pad.as_str(), line]);
        }
    }
    out
}
