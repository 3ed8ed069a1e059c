//! What an unquoted scalar means (Go's yaml.v3: `resolve.go`), and how it reads as text.

use std::borrow::Cow;

use super::node::Data;

/// The meaning of an unquoted scalar without tag.
pub(super) fn resolve(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Data::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Data::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Data::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Data::String(text.to_owned());
    }
    let plain: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    if let Some(value) = int(&plain) {
        return Data::Int(value);
    }
    match float(&plain) {
        Some(value) => Data::Float(value),
        None => Data::String(text.to_owned()),
    }
}

/// The text that a scalar becomes where text is wanted, `written` being what stands in the file at its place; `None` for
/// lists and mappings.
///
/// A number is the text of its author as long as that still means the number (an upgrade may have put another one in its
/// place): `1.10` is a version more often than it is 1.1.
pub(super) fn text<'a>(data: &'a Data, written: &'a str) -> Option<Cow<'a, str>> {
    Some(match data {
        Data::Null => Cow::Borrowed(""),
        Data::Bool(true) => Cow::Borrowed("true"),
        Data::Bool(false) => Cow::Borrowed("false"),
        Data::Int(_) | Data::Float(_) if resolve(written) == *data => Cow::Borrowed(written),
        Data::Int(value) => Cow::Owned(value.to_string()),
        Data::Float(value) => Cow::Owned(float_text(*value)),
        Data::String(text) => Cow::Borrowed(text),
        Data::Seq(_) | Data::Map(_) => return None,
    })
}

/// The words of YAML 1.1 that are true or false where a boolean is declared.
pub(super) fn bool_word(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// `17`, `-017` and `0o17` (octal), `0x1F`, `0b11`; `None` also beyond 64 bits.
fn int(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match lower.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some(two) if two.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let value = if negative { -value } else { value };
    (value >= i128::from(i64::MIN)).then_some(value)
}

/// Digits with a point, an exponent or both; `None` when it is no such number or too large for one.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let number = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    if !number || exponent.is_some_and(|e| e.is_empty() || !digits(e)) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// The shortest text of a float, with an exponent below 1e-4 and from 1e+06 (Go: `FormatFloat(x, 'g', -1, 64)`).
pub(super) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return ".nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        format!("{value}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    }
}

/// Is this a date or a point in time to Go's reader: `2020-1-2`, `2001-12-14t21:59:43.10-05:00`?
pub(super) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    match text.find(['T', 't', ' ']) {
        None => is_date(text),
        Some(index) => {
            let (date, rest) = (&text[..index], &text[index + 1..]);
            let clock = if bytes[index] == b' ' { Some(rest) } else { without_zone(rest) };
            is_date(date) && clock.is_some_and(is_clock)
        }
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-').map(|part| (part, part.parse::<u32>().unwrap_or_default()));
    let (Some((_, year)), Some((month_text, month)), Some((day_text, day))) =
        (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    is_short_number(month_text, 12) && month > 0 && is_short_number(day_text, days_in(year, month)) && day > 0
}

/// `21:59:43`, `1:2:3.456789`
fn is_clock(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    parts.len() == 3
        && is_short_number(parts[0], 23)
        && parts[1..].iter().all(|part| is_short_number(part, 59))
        && (1..=9).contains(&fraction.len())
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// What stands before the zone, `Z` or `+01:00`.
fn without_zone(text: &str) -> Option<&str> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some(clock);
    }
    let index = text.rfind(['+', '-'])?;
    let (hours, minutes) = text[index + 1..].split_once(':')?;
    (is_short_number(hours, 24) && is_short_number(minutes, 59)).then_some(&text[..index])
}

/// One or two digits, at most `limit`.
fn is_short_number(text: &str, limit: u32) -> bool {
    (1..=2).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.parse().is_ok_and(|value: u32| value <= limit)
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unquoted_scalars_have_the_type_that_go_gives_them() {
        for (written, read) in [
            ("1.10", "1.1"),
            ("1.0", "1"),
            ("007", "7"),
            ("010", "8"),
            ("08", "8"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("1e3", "1000"),
            ("1_000", "1000"),
            ("1000000.0", "1e+06"),
            ("123456789.5", "1.234567895e+08"),
            ("0.00001", "1e-05"),
            ("0.0001", "0.0001"),
            ("-0.5", "-0.5"),
            (".5", "0.5"),
            ("+12", "12"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "1.8446744073709552e+19"),
            ("true", "true"),
            ("True", "true"),
            ("yes", "yes"),
            ("on", "on"),
            ("~", ""),
            // These are text.
            ("2020-01-02", "2020-01-02"),
            ("2001-12-14t21:59:43-05:00", "2001-12-14t21:59:43-05:00"),
            ("1.2.3", "1.2.3"),
            ("v1", "v1"),
            ("1:30", "1:30"),
            ("-", "-"),
            ("--flag", "--flag"),
            (".", "."),
            ("./k8s/*", "./k8s/*"),
            ("1e", "1e"),
            ("1e999", "1e999"),
            ("12ab", "12ab"),
            ("+-1", "+-1"),
            ("0x", "0x"),
        ] {
            assert_eq!(text(&resolve(written), "").as_deref(), Some(read), "{written}");
        }
    }

    #[test]
    fn a_number_keeps_the_text_of_its_author() {
        for written in
            ["1.10", "3.0", "007", "0o17", "0x1F", "0b11", "1e3", "1_000", "+1", ".5", "-.INF", "2020-01-02"]
        {
            assert_eq!(text(&resolve(written), written).as_deref(), Some(written));
        }
        assert_eq!(text(&Data::Int(2), "1").as_deref(), Some("2"));
        assert_eq!(text(&Data::Float(1.1), "port").as_deref(), Some("1.1"));
    }

    #[test]
    fn dates_are_known() {
        for date in [
            "2020-01-02",
            "2020-1-2",
            "2024-02-29",
            "2001-12-14 21:59:43.10",
            "2001-12-14t21:59:43-05:00",
            "2001-12-14T1:2:3Z",
        ] {
            assert!(is_timestamp(date), "{date}");
        }
        for text in [
            "2020-02-30",
            "2023-02-29",
            "2020-01-02T00:00:00",
            "2020-13-01",
            "2020-01",
            "20-01-02",
            "2020-01-02x",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn numbers_keep_their_type() {
        assert_eq!(resolve("80"), Data::Int(80));
        assert_eq!(resolve("-9223372036854775808"), Data::Int(i128::from(i64::MIN)));
        assert_eq!(resolve("1."), Data::Float(1.0));
        assert_eq!(resolve("-.inf"), Data::Float(f64::NEG_INFINITY));
        assert_eq!(resolve("nullable"), Data::String("nullable".into()));
    }
}
