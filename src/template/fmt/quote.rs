//! Texts in quotes (Go: `strconv.Quote`).

use std::fmt::Write as _;

/// The text in double quotes, escaped as `%q` does; with `ascii` as `%+q`.
pub(in crate::template) fn quote(text: &str, ascii: bool) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        escape(&mut quoted, c, '"', ascii);
    }
    quoted.push('"');
    quoted
}

/// The character in single quotes.
pub(super) fn quote_char(c: char, ascii: bool) -> String {
    let mut quoted = String::from('\'');
    escape(&mut quoted, c, '\'', ascii);
    quoted.push('\'');
    quoted
}

fn escape(out: &mut String, c: char, quote: char, ascii: bool) {
    match c {
        c if c == quote || c == '\\' => out.extend(['\\', c]),
        c if is_printable(c) && (!ascii || c.is_ascii()) => out.push(c),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        // Writing to a string cannot fail.
        c => {
            let code = u32::from(c);
            let _ = match code {
                0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
                0..0x1_0000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
        }
    }
}

/// What Go shows as it is: letters, marks, numbers, punctuation, symbols, and the space.
pub(in crate::template) fn is_printable(c: char) -> bool {
    // `escape_debug` escapes what is not printable, and combining marks, which Go shows.
    let shown = c.escape_debug();
    c == ' ' || matches!(c, '\'' | '"' | '\\') || (shown.len() == 1 && !c.is_whitespace()) || is_mark(c)
}

fn is_mark(c: char) -> bool {
    // A grapheme extender is escaped alone and shown inside of a text.
    let inside = format!("a{c}");
    !c.is_control() && !c.is_whitespace() && inside.escape_debug().count() == 2
}
