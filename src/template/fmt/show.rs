//! One value by one verb (Go: `fmt`, `printValue`).

use super::quote::{is_printable, quote, quote_char};
use super::{Flags, go_float};
use crate::template::functions::Wrong;
use crate::template::functions::call::{LONGEST, too_long};
use crate::template::go_time;
use crate::template::value::{DEEPEST, List, Map, Shape, Value, Whole};

/// Where Go's times stand, printed.
const TIME: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

/// Appends the value as the verb shows it.
///
/// # Errors
/// The text would be too long, or the value holds itself.
pub(super) fn show(out: &mut String, value: &Value, verb: char, flags: Flags) -> Result<(), Wrong> {
    show_below(out, value, verb, flags, 0)
}

fn show_below(out: &mut String, value: &Value, verb: char, flags: Flags, depth: usize) -> Result<(), Wrong> {
    if depth > DEEPEST {
        return Err("the value is too deep".into());
    }
    if out.len() > LONGEST {
        return Err(too_long());
    }
    let go_syntax = verb == 'v' && flags.sharp;
    match (verb, value) {
        ('T', value) => pad(out, value.type_name(), flags),
        ('v', Value::Missing(_) | Value::Nil) if go_syntax && depth > 0 => out.push_str("interface {}(nil)"),
        ('v', Value::Missing(_) | Value::Nil) => pad(out, "<nil>", flags),
        // Inside of others nothing is shown as nothing, whatever the verb.
        (_, Value::Missing(_) | Value::Nil) if depth > 0 => out.push_str("<nil>"),
        (_, Value::Missing(_) | Value::Nil) => {
            out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(<nil>)"]);
        }
        ('t' | 'v', Value::Bool(value)) => pad(out, &value.to_string(), flags),
        (_, Value::Int(number, of)) if named(*number, *of).is_some() && text_verb(verb, flags) => {
            text(out, &named(*number, *of).unwrap_or_default(), verb, flags);
        }
        ('v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X', Value::Int(number, of)) => {
            let flags = if verb == 'v' { Flags { plus: false, ..flags } } else { flags };
            let (verb, flags) = match (verb, of) {
                // Bytes are hexadecimal in Go's own syntax.
                ('v', Whole::Byte | Whole::Unsigned) if flags.sharp => ('x', flags),
                ('v', _) => ('d', Flags { sharp: false, ..flags }),
                other => (other.0, flags),
            };
            integer(out, *number, verb, flags);
        }
        ('c' | 'q' | 'U', Value::Int(number, _)) => character(out, *number, verb, flags),
        ('v' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G', Value::Float(number)) => float(out, *number, verb, flags),
        (_, Value::Text(value)) if text_verb(verb, flags) || go_syntax => text(out, value, verb, flags),
        (_, Value::Time(time)) if text_verb(verb, flags) || go_syntax => {
            text(out, &go_time::format(TIME, time), if go_syntax { 's' } else { verb }, flags);
        }
        (_, Value::Version(version)) if text_verb(verb, flags) || go_syntax => {
            text(out, &version.to_string(), if go_syntax { 's' } else { verb }, flags);
        }
        (_, Value::List(list)) => list_of(out, list, value, verb, flags, depth)?,
        (_, Value::Map(map)) => map_of(out, map, value, verb, flags, depth)?,
        (verb, value) => {
            out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(", value.type_name(), "="]);
            show_below(out, value, 'v', Flags { sharp: false, ..flags }, depth + 1)?;
            out.push(')');
        }
    }
    Ok(())
}

/// Verbs that show texts, and what has one.
const fn text_verb(verb: char, flags: Flags) -> bool {
    matches!(verb, 's' | 'q' | 'x' | 'X') || (verb == 'v' && !flags.sharp)
}

fn list_of(
    out: &mut String,
    list: &List,
    value: &Value,
    verb: char,
    flags: Flags,
    depth: usize,
) -> Result<(), Wrong> {
    let go_syntax = verb == 'v' && flags.sharp;
    if go_syntax {
        out.push_str(value.type_name());
        if list.is_nil {
            out.push_str("(nil)");
            return Ok(());
        }
    }
    out.push(if go_syntax { '{' } else { '[' });
    for (index, item) in list.items.iter().enumerate() {
        if index > 0 {
            out.push_str(if go_syntax { ", " } else { " " });
        }
        show_below(out, item, verb, flags, depth + 1)?;
    }
    out.push(if go_syntax { '}' } else { ']' });
    Ok(())
}

fn map_of(
    out: &mut String,
    map: &Map,
    value: &Value,
    verb: char,
    flags: Flags,
    depth: usize,
) -> Result<(), Wrong> {
    let go_syntax = verb == 'v' && flags.sharp;
    let (pairs, is_struct) = match &map.shape {
        Shape::Struct { fields, .. } => {
            let value = |name| map.get(name).unwrap_or(Value::Nil);
            (fields.iter().map(|(name, _)| (name.clone(), value(name))).collect(), true)
        }
        Shape::Dict | Shape::Texts => (map.pairs(), false),
    };
    out.push_str(match (go_syntax, is_struct) {
        (true, _) => value.type_name(),
        (false, true) => "",
        (false, false) => "map",
    });
    let braces = go_syntax || is_struct;
    out.push(if braces { '{' } else { '[' });
    for (index, (key, item)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push_str(if go_syntax { ", " } else { " " });
        }
        if is_struct && (flags.plus || flags.sharp) {
            out.extend([key, ":"]);
        } else if !is_struct {
            text(out, key, verb, flags);
            out.push(':');
        }
        show_below(out, item, verb, flags, depth + 1)?;
    }
    out.push(if braces { '}' } else { ']' });
    Ok(())
}

/// The text of a number whose type has names.
fn named(number: i64, of: Whole) -> Option<String> {
    match of {
        Whole::Month => Some(go_time::month_name(number).to_owned()),
        Whole::Weekday => Some(go_time::weekday_name(number).to_owned()),
        Whole::Duration => Some(go_time::duration_text(number)),
        Whole::Plain | Whole::Wide | Whole::Unsigned | Whole::Byte => None,
    }
}

/// Fills up to the width: on the left, with zeros if asked, or on the right.
fn pad(out: &mut String, text: &str, flags: Flags) {
    let missing = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    let fill = if flags.zero && !flags.minus { '0' } else { ' ' };
    let fill = std::iter::repeat_n(fill, missing);
    if flags.minus {
        out.push_str(text);
        out.extend(fill);
    } else {
        out.extend(fill);
        out.push_str(text);
    }
}

fn text(out: &mut String, text: &str, verb: char, flags: Flags) {
    let cut = flags.precision.filter(|_| !matches!(verb, 'x' | 'X'));
    let text: String = text.chars().take(cut.unwrap_or(usize::MAX)).collect();
    let shown = match verb {
        'q' if flags.sharp && !text.contains('`') && text.chars().all(|c| c == '\t' || !c.is_control()) => {
            format!("`{text}`")
        }
        'q' => quote(&text, flags.plus),
        'v' if flags.sharp => quote(&text, false),
        'x' | 'X' => hex(&text, verb, flags),
        's' | 'v' => text,
        _ => {
            out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(string=", &text, ")"]);
            return;
        }
    };
    pad(out, &shown, flags);
}

fn hex(text: &str, verb: char, flags: Flags) -> String {
    let length = flags.precision.unwrap_or(usize::MAX);
    let digits = text.bytes().take(length).map(|byte| format!("{byte:02x}"));
    let (prefix, between) = match (flags.sharp, flags.space) {
        (true, true) => ("0x", " 0x"),
        (true, false) => ("0x", ""),
        (false, true) => ("", " "),
        (false, false) => ("", ""),
    };
    let digits = digits.collect::<Vec<_>>().join(between);
    let hex = if digits.is_empty() { digits } else { format!("{prefix}{digits}") };
    if verb == 'X' { hex.to_uppercase() } else { hex }
}

fn integer(out: &mut String, number: i64, verb: char, flags: Flags) {
    let size = number.unsigned_abs();
    let (digits, prefix) = match verb {
        'b' => (format!("{size:b}"), if flags.sharp { "0b" } else { "" }),
        'o' => (format!("{size:o}"), if flags.sharp { "0" } else { "" }),
        'O' => (format!("{size:o}"), "0o"),
        'x' => (format!("{size:x}"), if flags.sharp { "0x" } else { "" }),
        'X' => (format!("{size:X}"), if flags.sharp { "0X" } else { "" }),
        _ => (size.to_string(), ""),
    };
    let sign = match number {
        ..0 => "-",
        _ if flags.plus => "+",
        _ if flags.space => " ",
        _ => "",
    };
    // A precision, or else zeros up to the width, are digits of the number.
    let wanted = match (flags.precision, flags.zero && !flags.minus, flags.width) {
        (Some(precision), _, _) => precision,
        (None, true, Some(width)) => width.saturating_sub(sign.len()),
        _ => 0,
    };
    let digits = if flags.precision == Some(0) && number == 0 { String::new() } else { digits };
    let prefix = if verb == 'o' && digits.starts_with('0') { "" } else { prefix };
    let text = format!("{sign}{prefix}{digits:0>wanted$}");
    pad(out, &text, Flags { zero: false, ..flags });
}

fn character(out: &mut String, number: i64, verb: char, flags: Flags) {
    let c = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    let text = match verb {
        'q' => quote_char(c, flags.plus),
        'U' => {
            let shown = if flags.sharp && is_printable(c) { format!(" '{c}'") } else { String::new() };
            format!("U+{:04X}{shown}", number.unsigned_abs())
        }
        _ => c.to_string(),
    };
    pad(out, &text, flags);
}

fn float(out: &mut String, number: f64, verb: char, flags: Flags) {
    let (format, precision) = match verb {
        'v' => ('g', flags.precision),
        'e' | 'E' | 'f' | 'F' => (verb, Some(flags.precision.unwrap_or(6))),
        _ => (verb, flags.precision),
    };
    let text = go_float(number, format, precision);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None if flags.plus && verb != 'v' => ("+", text.trim_start_matches('+')),
        None if flags.space => (" ", text.trim_start_matches('+')),
        None => ("", text.as_str()),
    };
    let fill = flags.zero && !flags.minus && number.is_finite();
    let wanted = if fill { flags.width.unwrap_or(0).saturating_sub(sign.len()) } else { 0 };
    pad(out, &format!("{sign}{digits:0>wanted$}"), Flags { zero: false, ..flags });
}
