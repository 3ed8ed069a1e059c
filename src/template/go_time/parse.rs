//! Reads times by Go's layouts (Go: `time.ParseInLocation`).

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::{Element, MONTHS, WEEKDAYS, next_element};

/// What has been read of a time.
#[derive(Default)]
struct Read {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    zone: Option<String>,
}

/// The time that the text says by the layout; where it names no zone, in the given one.
///
/// # Errors
/// The text does not look as the layout shows, or is no time.
pub fn parse(layout: &str, text: &str, zone: &TimeZone) -> Result<Zoned, String> {
    let wrong = || format!("the text is no time of the form `{layout}`");
    let mut read = Read::default();
    let mut layout_rest = layout;
    let mut rest = text;
    while !layout_rest.is_empty() {
        let (plain, element, after) = next_element(layout_rest);
        rest = skip(rest, plain).ok_or_else(wrong)?;
        layout_rest = after;
        let Some(element) = element else { break };
        rest = read.element(&element, rest).ok_or_else(wrong)?;
        // A fraction may follow the seconds, though the layout has none.
        if matches!(element, Element::Name("05" | "5")) && !starts_with_fraction(layout_rest) {
            rest = read.optional_fraction(rest);
        }
    }
    if !rest.is_empty() {
        return Err(wrong());
    }
    read.time(zone).ok_or_else(wrong)
}

/// The text after what the layout has in plain; its spaces stand for any number of them.
fn skip<'t>(mut text: &'t str, plain: &str) -> Option<&'t str> {
    let mut plain = plain;
    while let Some(c) = plain.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            plain = plain.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
        } else {
            text = text.strip_prefix(c)?;
            plain = &plain[c.len_utf8()..];
        }
    }
    Some(text)
}

fn starts_with_fraction(layout: &str) -> bool {
    let (plain, element, _) = next_element(layout);
    plain.is_empty() && matches!(element, Some(Element::Fraction { .. }))
}

/// A number of `least` to `most` digits, and what follows.
fn number(text: &str, least: usize, most: usize) -> Option<(i32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// The place of the name the text begins with, from 0; by its first letters if `short`.
fn name<'t>(text: &'t str, names: &[&str], short: bool) -> Option<(i8, &'t str)> {
    let (index, length) = names.iter().enumerate().find_map(|(index, name)| {
        let name = if short { &name[..3] } else { name };
        let found = text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        found.then_some((index, name.len()))
    })?;
    Some((i8::try_from(index).ok()?, &text[length..]))
}

impl Read {
    fn element<'t>(&mut self, element: &Element, text: &'t str) -> Option<&'t str> {
        let small = |(value, rest): (i32, &'t str)| Some((i8::try_from(value).ok()?, rest));
        let element = match element {
            Element::Fraction { separator, digit, count } => {
                // Nines: all digits there are, or none.
                let Some(digits) = text.strip_prefix(['.', ',']) else {
                    return (*digit == '9').then_some(text);
                };
                let length = digits.bytes().take_while(u8::is_ascii_digit).count();
                if *digit == '0' && (length < *count || !text.starts_with(*separator)) {
                    return None;
                }
                let length = if *digit == '0' { *count } else { length };
                return self.nanoseconds(&digits[..length]).map(|()| &digits[length..]);
            }
            Element::Name(name) => *name,
        };
        Some(match element {
            "2006" => {
                let (year, rest) = number(text, 4, 4)?;
                self.year = Some(i16::try_from(year).ok()?);
                rest
            }
            "06" => {
                let (year, rest) = number(text, 2, 2)?;
                self.year = Some(i16::try_from(if year >= 69 { year + 1900 } else { year + 2000 }).ok()?);
                rest
            }
            "January" | "Jan" => {
                let (month, rest) = name(text, MONTHS, element == "Jan")?;
                self.month = Some(month + 1);
                rest
            }
            "Monday" | "Mon" => name(text, WEEKDAYS, element == "Mon")?.1,
            "01" | "1" => {
                let (month, rest) = small(number(text, element.len(), 2)?)?;
                self.month = Some(month);
                rest
            }
            "02" | "2" | "_2" => {
                let text = if element == "_2" { text.strip_prefix(' ').unwrap_or(text) } else { text };
                let (day, rest) = small(number(text, if element == "02" { 2 } else { 1 }, 2)?)?;
                self.day = Some(day);
                rest
            }
            "002" | "__2" => {
                let text = if element == "__2" { text.trim_start_matches(' ') } else { text };
                let (day, rest) = number(text, if element == "002" { 3 } else { 1 }, 3)?;
                self.day_of_year = Some(i16::try_from(day).ok()?);
                rest
            }
            "15" | "03" | "3" => {
                let rest;
                (self.hour, rest) = small(number(text, if element == "3" { 1 } else { 2 }, 2)?)?;
                if element != "15" && !(0..=12).contains(&self.hour) {
                    return None;
                }
                rest
            }
            "04" | "4" => {
                let rest;
                (self.minute, rest) = small(number(text, element.len(), 2)?)?;
                rest
            }
            "05" | "5" => {
                let rest;
                (self.second, rest) = small(number(text, element.len(), 2)?)?;
                rest
            }
            "PM" | "pm" => {
                let (half, rest) = text.split_at_checked(2)?;
                let (am, pm) = if element == "PM" { ("AM", "PM") } else { ("am", "pm") };
                self.afternoon = Some(if half == pm {
                    true
                } else if half == am {
                    false
                } else {
                    return None;
                });
                rest
            }
            "MST" => self.abbreviation(text)?,
            offset => self.offset(offset, text)?,
        })
    }

    fn nanoseconds(&mut self, digits: &str) -> Option<()> {
        let digits = digits.get(..digits.len().min(9))?;
        self.nanosecond = format!("{digits:0<9}").parse().ok()?;
        Some(())
    }

    fn optional_fraction<'t>(&mut self, text: &'t str) -> &'t str {
        let Some(digits) = text.strip_prefix(['.', ',']) else { return text };
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || self.nanoseconds(&digits[..length]).is_none() {
            return text;
        }
        &digits[length..]
    }

    /// `UTC`, `CEST`, `+03`.
    fn abbreviation<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let signed = text.starts_with(['+', '-']);
        let length = if signed {
            1 + text[1..].bytes().take_while(u8::is_ascii_digit).count()
        } else {
            text.bytes().take_while(u8::is_ascii_uppercase).count()
        };
        if !(3..=5).contains(&length) {
            return None;
        }
        if signed {
            self.offset = Some(text[..length].parse::<i32>().ok().filter(|hours| hours.abs() < 24)? * 3600);
        } else {
            self.zone = Some(text[..length].to_owned());
        }
        Some(&text[length..])
    }

    /// `Z07:00` and its kind.
    fn offset<'t>(&mut self, element: &str, text: &'t str) -> Option<&'t str> {
        if element.starts_with('Z')
            && let Some(rest) = text.strip_prefix('Z')
        {
            self.offset = Some(0);
            return Some(rest);
        }
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let mut rest = text.strip_prefix(['+', '-'])?;
        let parts = element[1..].bytes().filter(u8::is_ascii_digit).count() / 2;
        let mut seconds = 0;
        for (index, unit) in [3600, 60, 1].into_iter().take(parts).enumerate() {
            if index > 0 && element.contains(':') {
                rest = rest.strip_prefix(':')?;
            }
            let value;
            (value, rest) = number(rest, 2, 2)?;
            if value > if index == 0 { 24 } else { 59 } {
                return None;
            }
            seconds += value * unit;
        }
        self.offset = Some(sign * seconds);
        Some(rest)
    }

    fn time(&self, zone: &TimeZone) -> Option<Zoned> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        // The year 0 where none is said.
        let year = self.year.unwrap_or(0);
        let date = match self.day_of_year {
            Some(day) => {
                let first = Date::new(year, 1, 1).ok()?;
                let date = first.checked_add(jiff::Span::new().try_days(i64::from(day) - 1).ok()?).ok()?;
                let fits = day > 0 && date.year() == year;
                let agrees =
                    self.month.is_none_or(|m| m == date.month()) && self.day.is_none_or(|d| d == date.day());
                (fits && agrees).then_some(date)?
            }
            None => Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()?,
        };
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let at = DateTime::from_parts(date, time);
        if self.offset == Some(0) || self.zone.as_deref() == Some("UTC") {
            return at.to_zoned(TimeZone::UTC).ok();
        }
        if let Some(seconds) = self.offset {
            let offset = Offset::from_seconds(seconds).ok()?;
            let instant: Timestamp = offset.to_timestamp(at).ok()?;
            let local = instant.to_zoned(zone.clone());
            // The zone of the place where it has this offset then.
            return Some(if local.offset() == offset {
                local
            } else {
                instant.to_zoned(TimeZone::fixed(offset))
            });
        }
        let local = at.to_zoned(zone.clone()).ok()?;
        match &self.zone {
            Some(name) if local.strftime("%Z").to_string() != *name => {
                // An abbreviation that is not the place's: Go makes up a zone without offset, but for GMT+3.
                at.to_zoned(TimeZone::UTC).ok()
            }
            _ => Some(local),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_go_reads_them() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (layout, text, read) in [
            ("2006-01-02", "2024-03-05", "2024-03-05T00:00:00+01:00"),
            ("2006-01-02 15:04:05", "2024-07-05 01:02:03.5", "2024-07-05T01:02:03.5+02:00"),
            ("2006-01-02T15:04:05Z07:00", "2024-03-05T07:08:09Z", "2024-03-05T07:08:09+00:00"),
            ("2006-01-02T15:04:05Z07:00", "2024-03-05T07:08:09-05:30", "2024-03-05T07:08:09-05:30"),
            ("Mon Jan _2 15:04:05 2006", "Tue Mar  5 07:08:09 2024", "2024-03-05T07:08:09+01:00"),
            ("Jan 2, 2006 at 3:04pm (MST)", "Feb 3, 2013 at 7:54pm (UTC)", "2013-02-03T19:54:00+00:00"),
            ("02 Jan 06 15:04 -0700", "02 Jan 06 15:04 +0100", "2006-01-02T15:04:00+01:00"),
            ("2006-002", "2024-366", "2024-12-31T00:00:00+01:00"),
            ("January 2 2006 .000", "march 5 2024 .120", "2024-03-05T00:00:00.12+01:00"),
        ] {
            let time = parse(layout, text, &berlin).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(time.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(), read, "{text}");
        }
        for (layout, text) in [
            ("2006-01-02", "2024-13-05"),
            ("2006-01-02", "2024-02-30"),
            ("2006-01-02", "2024-1-05"),
            ("2006-01-02", "2024-01-05x"),
            ("2006-01-02", "24-01-05"),
            ("15:04", "25:00"),
            ("15:04", ""),
            ("2006-002", "2023-366"),
            ("Mon", "Foo"),
            ("3PM", "1XM"),
        ] {
            assert!(parse(layout, text, &berlin).is_err(), "{text}");
        }
    }
}
