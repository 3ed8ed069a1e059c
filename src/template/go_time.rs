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
        if let Some((length, fraction)) = fraction(rest, written.is_empty(), time) {
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
fn fraction(rest: &str, first: bool, time: &Zoned) -> Option<(usize, String)> {
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | ',') && !first)?;
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

    #[test]
    fn layouts_write_as_go_does() {
        let time: Zoned = "2024-03-05T07:08:09.120034-05:00[America/New_York]".parse().unwrap();
        let rows = [
            ("2006-01-02_15-04-05.999_MST", "2024-03-05_07-08-09.12_EST"),
            ("2006-01-02_15-04-05.000_MST", "2024-03-05_07-08-09.120_EST"),
            (".000000 05.999999999", ".000000 09.120034"),
            ("Mon Jan _2 15:04:05 2006", "Tue Mar  5 07:08:09 2024"),
            ("Monday, January 2, 3:04PM 06", "Tuesday, March 5, 7:08AM 24"),
            ("20060102T150405-0700", "20240305T070809-0500"),
            ("2006-01-02T15:04:05Z07:00", "2024-03-05T07:08:09-05:00"),
            ("002/__2/1/_2006", "065/ 65/3/_2024"),
            ("03 pm 4 5 -07", "07 am 8 9 -05"),
            ("05,000 v1.2.3", "09,120 v3.5.7"),
            ("Month Janet", "Month Janet"),
            ("", ""),
        ];
        for (layout, written) in rows {
            assert_eq!(format(layout, &time), written, "{layout}");
        }
    }

    #[test]
    fn zones_and_whole_seconds() {
        let noon: Zoned = "2024-07-01T12:00:00Z[UTC]".parse().unwrap();
        assert_eq!(format("15-04-05.999_MST", &noon), "12-00-05_UTC".replace("05", "00"));
        assert_eq!(format("Z07:00 Z0700 -07:00", &noon), "Z Z +00:00");
        let there = |name| noon.with_time_zone(zone(name).unwrap());
        assert_eq!(format("15:04 MST -07:00", &there("Asia/Kolkata")), "17:30 IST +05:30");
        assert_eq!(format("15:04 MST", &there("America/Sao_Paulo")), "09:00 -03");
        assert!(zone("Mars/Olympus").is_err());
    }
}
