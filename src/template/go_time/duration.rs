//! Durations as Go writes them (Go: `time.Duration`).

/// A part of a second, or more of them, in nanoseconds.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Nanoseconds as `1h2m3.5s`, `1.5ms`, `0s`.
pub fn duration_text(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    if size < 1_000_000_000 {
        return match size {
            0 => "0s".to_owned(),
            1..1_000 => format!("{sign}{size}ns"),
            1_000..1_000_000 => format!("{sign}{}µs", decimal(size, 1_000)),
            _ => format!("{sign}{}ms", decimal(size, 1_000_000)),
        };
    }
    let (minutes, rest) = (size / 60_000_000_000, size % 60_000_000_000);
    let seconds = decimal(rest, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// `value / unit` without needless zeros.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.to_string().len() - 1;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}

/// The nanoseconds of `1h2m3.5s`, `-1.5h`, `0`.
///
/// # Errors
/// The text is no duration, or a too long one.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let wrong = || "it is no duration such as 1h30m".to_owned();
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (digits, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        rest = after;
        let size = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size).ok_or_else(wrong)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(wrong());
        }
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| wrong())? };
        let mut part = whole.checked_mul(size).ok_or_else(wrong)?;
        let mut unit = size;
        for digit in fraction.bytes().take(18) {
            unit /= 10;
            part = part.checked_add(u64::from(digit - b'0') * unit).ok_or_else(wrong)?;
        }
        total = total.checked_add(part).ok_or_else(wrong)?;
    }
    let total = i128::from(total);
    i64::try_from(if negative { -total } else { total }).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_write_and_read_as_gos() {
        for (nanoseconds, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (90_000_000_000, "1m30s"),
            (5_400_000_000_000, "1h30m0s"),
            (-1_500_000_000, "-1.5s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(duration_text(nanoseconds), text);
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
        for (text, nanoseconds) in [
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("+1m", 60_000_000_000),
            ("1.s", 1_000_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
        for text in ["", "1", "h", "1d", "1h-1m", "..s", "1..5s", "-", "99999999999h", "1 h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
