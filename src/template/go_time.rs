//! Times written by Go's layouts: a layout shows how the reference time, Monday January 2 15:04:05 2006 MST, would be
//! written (Go: package `time`).

use jiff::{Zoned, tz::TimeZone};

/// The elements of a layout; of two that begin alike the longer stands first.
const ELEMENTS: &[&str] = &[
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "-070000",
    "-07:00:00",
    "-0700",
    "-07:00",
    "-07",
    "Z070000",
    "Z07:00:00",
    "Z0700",
    "Z07:00",
    "Z07",
    "PM",
    "pm",
    "__2",
    "_2",
    "1",
    "2",
    "3",
    "4",
    "5",
];

/// The time zone of a name: `Local` (or nothing) is the system's, as in Go; else an IANA name.
///
/// # Errors
/// There is no such time zone.
pub fn zone(name: &str) -> Result<TimeZone, jiff::Error> {
    match name {
        "" | "Local" => Ok(TimeZone::system()),
        "UTC" => Ok(TimeZone::UTC),
        name => TimeZone::get(name),
    }
}

/// The time, written as the layout shows.
pub fn format(layout: &str, time: &Zoned) -> String {
    let mut written = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        if let Some((length, fraction)) = fraction(rest, time) {
            written.push_str(&fraction);
            rest = &rest[length..];
        } else if let Some(element) = element_at(rest) {
            written.push_str(&write(element, time));
            rest = &rest[element.len()..];
        } else {
            written.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    written
}

fn element_at(rest: &str) -> Option<&'static str> {
    // `Jan` and `Mon` inside of a longer word (`Janet`) are text; `_2006` is an underscore and a year.
    let lower_follows = |n: usize| rest[n..].starts_with(|c: char| c.is_ascii_lowercase());
    if rest.starts_with("_2006") {
        return None;
    }
    let longest = ELEMENTS.iter().copied().filter(|e| rest.starts_with(e)).max_by_key(|e| e.len())?;
    (!(matches!(longest, "Jan" | "Mon") && lower_follows(3))).then_some(longest)
}

/// A fraction of a second: a period or comma and zeros (all digits) or nines (no trailing zeros), no digit after it.
fn fraction(rest: &str, time: &Zoned) -> Option<(usize, String)> {
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digit = rest[1..].chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let count = rest[1..].chars().take_while(|c| *c == digit).count();
    if rest[1 + count..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let nanoseconds = format!("{:09}", time.subsec_nanosecond());
    let digits = &nanoseconds[..count.min(9)];
    let digits = if digit == '9' { digits.trim_end_matches('0') } else { digits };
    let written = if digits.is_empty() { String::new() } else { format!("{separator}{digits}") };
    Some((1 + count, written))
}

fn write(element: &str, time: &Zoned) -> String {
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match element {
        "January" => time.strftime("%B").to_string(),
        "Jan" => time.strftime("%b").to_string(),
        "Monday" => time.strftime("%A").to_string(),
        "Mon" => time.strftime("%a").to_string(),
        "MST" => abbreviation(time),
        "2006" => format!("{:04}", time.year()),
        "06" => format!("{:02}", time.year().rem_euclid(100)),
        "002" => format!("{:03}", time.day_of_year()),
        "__2" => format!("{:3}", time.day_of_year()),
        "01" => format!("{:02}", time.month()),
        "1" => time.month().to_string(),
        "02" => format!("{:02}", time.day()),
        "_2" => format!("{:2}", time.day()),
        "2" => time.day().to_string(),
        "15" => format!("{:02}", time.hour()),
        "03" => format!("{hour12:02}"),
        "3" => hour12.to_string(),
        "04" => format!("{:02}", time.minute()),
        "4" => time.minute().to_string(),
        "05" => format!("{:02}", time.second()),
        "5" => time.second().to_string(),
        "PM" => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "pm" => if time.hour() < 12 { "am" } else { "pm" }.to_owned(),
        zone => offset(zone, time.offset().seconds()),
    }
}

/// The zone's abbreviation; where it has none, the offset as Go writes it (`+03`, `+0330`).
fn abbreviation(time: &Zoned) -> String {
    let text = time.strftime("%Z").to_string();
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return text;
    }
    let seconds = time.offset().seconds();
    offset(if seconds % 3600 == 0 { "-07" } else { "-0700" }, seconds)
}

/// An offset from UTC, written as the element shows it; those that begin with `Z` write UTC as `Z`.
fn offset(element: &str, seconds: i32) -> String {
    if element.starts_with('Z') && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    match &element[1..] {
        "07" => format!("{sign}{hours:02}"),
        "0700" => format!("{sign}{hours:02}{minutes:02}"),
        "07:00" => format!("{sign}{hours:02}:{minutes:02}"),
        "070000" => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zone, instant, layout, and what Go's `Time.Format` wrote.
    const ROWS: &[(&str, &str, &str, &str)] = &[
        ("UTC", "2024-03-05T12:08:09.120034Z", "2006-01-02_15-04-05.999_MST", "2024-03-05_12-08-09.12_UTC"),
        (
            "America/New_York",
            "2024-03-05T12:08:09.120034Z",
            "2006-01-02_15-04-05.999_MST",
            "2024-03-05_07-08-09.12_EST",
        ),
        (
            "America/New_York",
            "2024-07-05T12:08:09.5Z",
            "2006-01-02_15-04-05.999_MST",
            "2024-07-05_08-08-09.5_EDT",
        ),
        (
            "America/New_York",
            "2024-03-05T12:08:09.120034Z",
            "2006-01-02_15-04-05.000_MST",
            "2024-03-05_07-08-09.120_EST",
        ),
        (
            "America/New_York",
            "2024-03-05T12:08:09.120034Z",
            "05,999 05,000 05.0 05.9",
            "09,12 09,120 09.1 09.1",
        ),
        ("America/New_York", "2024-03-05T12:08:09.120034Z", ".000000 .999999", ".120034 .120034"),
        ("America/New_York", "2024-03-05T12:08:09.120034Z", ".000000000 .999999999999", ".120034000 .120034"),
        ("America/New_York", "2024-03-05T12:08:09.120034Z", ".00000000000x", ".120034000x"),
        ("America/New_York", "2024-03-05T12:08:09.120034Z", ".0001 .0009 .9990 .09", ".0003 .0009 .9990 .09"),
        ("UTC", "2024-03-05T12:08:09Z", "05.999|.999|.9", "09||"),
        ("UTC", "2024-03-05T12:08:09Z", "05.000_05,0", "09.000_09,0"),
        ("UTC", "2024-03-05T12:08:09.001Z", ".99_.00_.999", "_.00_.001"),
        ("UTC", "2024-03-05T12:08:09Z", "Mon Jan _2 15:04:05 2006", "Tue Mar  5 12:08:09 2024"),
        ("UTC", "2024-12-25T00:08:09Z", "Mon Jan _2 15:04:05 2006", "Wed Dec 25 00:08:09 2024"),
        (
            "UTC",
            "2024-12-25T00:08:09Z",
            "Monday, 02-Jan-06 3:04:05PM MST",
            "Wednesday, 25-Dec-24 12:08:09AM UTC",
        ),
        ("UTC", "2024-12-25T12:00:00Z", "January 2 03:04 pm PM Pm pM", "December 25 12:00 pm PM Pm pM"),
        ("UTC", "2024-03-05T07:08:09Z", "3:4:5 pm", "7:8:9 am"),
        ("UTC", "2024-03-05T07:08:09Z", "002 __2 _2 2 02 1 01", "065  65  5 5 05 3 03"),
        ("UTC", "2024-12-30T07:08:09Z", "002 __2 _2 2 02 1 01", "365 365 30 30 30 12 12"),
        (
            "UTC",
            "2024-03-05T07:08:09Z",
            "2006 06 6 _2006 __2006 _20060102",
            "2024 24 6 _2024  65024 _20240305",
        ),
        ("UTC", "2024-03-05T07:08:09Z", "20060102T150405Z", "20240305T070809Z"),
        ("UTC", "2024-03-05T07:08:09Z", "20060102150405", "20240305070809"),
        ("UTC", "2024-03-05T07:08:09Z", "0020 00202 020 0 00 000 07", "0650 06505 050 0 00 000 07"),
        (
            "UTC",
            "2024-03-05T07:08:09Z",
            "Month Janet Mondays Januarys Mon1 Jan2 MonX",
            "Month Janet Tuesdays Marchs Tue3 Mar5 TueX",
        ),
        ("UTC", "2024-03-05T07:08:09Z", "v1.2.3-rc.4", "v3.5.7-rc.8"),
        ("UTC", "2024-03-05T07:08:09Z", "build 15 16 1 12 22", "build 07 36 3 35 55"),
        (
            "UTC",
            "2024-03-05T07:08:09Z",
            "-0700 -07:00 -07 -070000 -07:00:00 -7",
            "+0000 +00:00 +00 +000000 +00:00:00 -7",
        ),
        ("UTC", "2024-03-05T07:08:09Z", "Z0700 Z07:00 Z07 Z070000 Z07:00:00 Z", "Z Z Z Z Z Z"),
        (
            "Asia/Kolkata",
            "2024-03-05T07:08:09Z",
            "Z0700 Z07:00 Z07 Z070000 Z07:00:00 MST",
            "+0530 +05:30 +05 +053000 +05:30:00 IST",
        ),
        (
            "Asia/Kolkata",
            "2024-03-05T07:08:09Z",
            "-0700 -07:00 -07 -070000 -07:00:00",
            "+0530 +05:30 +05 +053000 +05:30:00",
        ),
        ("America/St_Johns", "2024-03-05T07:08:09Z", "-0700_-07:00_Z07:00_MST", "-0330_-03:30_-03:30_NST"),
        ("America/Sao_Paulo", "2024-03-05T07:08:09Z", "15:04 MST -07", "04:08 -03 -03"),
        ("Asia/Tehran", "2024-03-05T07:08:09Z", "15:04 MST", "10:38 +0330"),
        ("Asia/Kathmandu", "2024-03-05T07:08:09Z", "15:04 MST -0700", "12:53 +0545 +0545"),
        ("Europe/Istanbul", "2024-03-05T07:08:09Z", "2006-01-02_15-04-05.999_MST", "2024-03-05_10-08-09_+03"),
        ("Europe/Berlin", "2024-03-31T00:59:59Z", "15:04:05 MST", "01:59:59 CET"),
        ("Europe/Berlin", "2024-03-31T01:00:00Z", "15:04:05 MST", "03:00:00 CEST"),
        ("Pacific/Auckland", "2024-12-31T11:30:00Z", "2006-002 Mon", "2025-001 Wed"),
        (
            "Africa/Monrovia",
            "1960-01-01T00:00:00Z",
            "-070000 -07:00:00 -0700 Z07:00:00 Z070000 MST",
            "-004430 -00:44:30 -0044 -00:44:30 -004430 MMT",
        ),
        ("UTC", "0999-03-05T07:08:09Z", "2006 06", "0999 99"),
        ("UTC", "2024-03-05T07:08:09Z", "日2006年1月 ö", "日2024年3月 ö"),
        ("UTC", "2024-03-05T07:08:09Z", "", ""),
        (
            "America/New_York",
            "2024-03-05T12:08:09.120034Z",
            "2006-01-02T15:04:05.999999999Z07:00",
            "2024-03-05T07:08:09.120034-05:00",
        ),
        ("Etc/GMT+5", "2024-03-05T07:08:09Z", "15 MST", "02 -05"),
    ];

    #[test]
    fn layouts_write_as_go_does() {
        for (name, instant, layout, written) in ROWS {
            let time = instant.parse::<jiff::Timestamp>().unwrap().to_zoned(zone(name).unwrap());
            assert_eq!(format(layout, &time), *written, "{layout} in {name}");
        }
    }

    #[test]
    fn zones() {
        assert_eq!(zone("").unwrap(), TimeZone::system());
        assert_eq!(zone("Local").unwrap(), TimeZone::system());
        for name in ["Mars/Olympus", "CEST", "+02:00", "../etc/passwd"] {
            assert!(zone(name).is_err(), "{name}");
        }
    }
}
