//! Texts, characters and numbers as Go writes them (Go: `strconv`).

use super::node::Term;

/// The text that `"…"` or `` `…` `` stands for.
pub(super) fn text(written: &str) -> Result<String, String> {
    if let Some(raw) = written.strip_prefix('`') {
        return Ok(raw.trim_end_matches('`').replace('\r', ""));
    }
    let inside = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while !rest.is_empty() {
        match unescape(&mut rest, '"')? {
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(byte) => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| "the text holds bytes that are no UTF-8".to_owned())
}

/// The number that `'…'` stands for.
pub(super) fn character(written: &str) -> Result<i64, String> {
    let mut rest = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    let unit = if rest.is_empty() { None } else { Some(unescape(&mut rest, '\'')?) };
    match unit {
        Some(Unit::Char(c)) if rest.is_empty() => Ok(i64::from(u32::from(c))),
        Some(Unit::Byte(byte)) if rest.is_empty() => Ok(i64::from(byte)),
        _ => Err("a character constant holds one character".to_owned()),
    }
}

enum Unit {
    Char(char),
    Byte(u8),
}

/// Takes one character, or what an escape stands for.
fn unescape(rest: &mut &str, quote: char) -> Result<Unit, String> {
    let mut chars = rest.chars();
    let first = chars.next().unwrap_or_default();
    *rest = chars.as_str();
    if first != '\\' {
        return Ok(Unit::Char(first));
    }
    let digits_from = *rest;
    let escape = chars.next().unwrap_or_default();
    *rest = chars.as_str();
    let wrong = || format!("`\\{escape}` stands for nothing in a text");
    let (digits_from, count, radix) = match escape {
        'x' => (*rest, 2, 16),
        'u' => (*rest, 4, 16),
        'U' => (*rest, 8, 16),
        '0'..='7' => (digits_from, 3, 8),
        _ => {
            let c = match escape {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                c if c == '\\' || c == quote => c,
                _ => return Err(wrong()),
            };
            return Ok(Unit::Char(c));
        }
    };
    let (digits, after) = digits_from.split_at_checked(count).ok_or_else(wrong)?;
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(wrong());
    }
    *rest = after;
    let value = u32::from_str_radix(digits, radix).map_err(|_| wrong())?;
    if matches!(escape, 'u' | 'U') {
        char::from_u32(value).map(Unit::Char).ok_or_else(wrong)
    } else {
        u8::try_from(value).map(Unit::Byte).map_err(|_| wrong())
    }
}

/// The number of a constant: whole without `.`, `e` and `p`.
pub(super) fn number(written: &str) -> Result<Term, String> {
    let wrong = || format!("`{written}` is no number");
    if let Some(value) = integer(written) {
        return Ok(Term::Int(value));
    }
    let hex = written.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("0x");
    let float = if hex { written.contains(['p', 'P']) } else { written.contains(['.', 'e', 'E']) };
    if !float {
        let plain = written.trim_start_matches(['+', '-']);
        let digits = plain.bytes().all(|b| b.is_ascii_digit()) && !plain.is_empty();
        return Err(if digits { format!("`{written}` is too large for a number") } else { wrong() });
    }
    let value = if hex { hex_float(written) } else { written.replace('_', "").parse().ok() };
    value.filter(|value: &f64| value.is_finite()).map(Term::Float).ok_or_else(wrong)
}

/// A whole number with the prefixes and underscores of Go (`strconv.ParseInt` with base 0).
pub(in crate::template) fn integer(written: &str) -> Option<i64> {
    let (negative, plain) = match written.as_bytes().first()? {
        b'-' => (true, &written[1..]),
        b'+' => (false, &written[1..]),
        _ => (false, written),
    };
    let lower = plain.to_ascii_lowercase();
    let (radix, digits, prefixed) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..], true),
        [b'0', b'o', ..] => (8, &lower[2..], true),
        [b'0', b'b', ..] => (2, &lower[2..], true),
        [b'0', _, ..] => (8, &lower[1..], true),
        _ => (10, lower.as_str(), false),
    };
    // An underscore stands between digits, or after the prefix.
    let misplaced = digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !prefixed);
    let digits = digits.replace('_', "");
    if misplaced || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from(u64::from_str_radix(&digits, radix).ok()?);
    i64::try_from(if negative { -value } else { value }).ok()
}

/// `0x1.8p3`.
fn hex_float(written: &str) -> Option<f64> {
    let (negative, plain) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.trim_start_matches('+')),
    };
    let lower = plain.to_ascii_lowercase().replace('_', "");
    let (mantissa, exponent) = lower.strip_prefix("0x")?.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 13 {
        return None;
    }
    // At most 52 bits: exact.
    let mantissa: f64 =
        digits.chars().try_fold(0.0, |sum, c| Some(sum * 16.0 + f64::from(c.to_digit(16)?)))?;
    let exponent: i32 = exponent.parse().ok()?;
    let value = mantissa * f64::from(exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?).exp2();
    Some(if negative { -value } else { value })
}
