//! Times and durations (sprig: date), and the methods of a time (Go: `time.Time`).

use std::rc::Rc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::call::{Answer, Call, Wrong, long};
use super::{Function, function};
use crate::template::go_time;
use crate::template::value::{Value, Whole};

/// What `htmlDate` writes.
const HTML: &str = "2006-01-02";
const SECOND: i64 = 1_000_000_000;
/// The units `durationRound` knows, in seconds.
const UNITS: &[(&str, i64)] =
    &[("y", 365 * 86400), ("mo", 30 * 86400), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1)];

pub(super) const FUNCTIONS: &[Function] = &[
    function("now", "", |c| Ok(time(c.run.context.now().to_zoned(TimeZone::system())))),
    function("date", "sa", |c| written(c, c.text(0), c.value(1), "Local")),
    function("dateInZone", "sas", |c| written(c, c.text(0), c.value(1), c.text(2))),
    function("date_in_zone", "sas", |c| written(c, c.text(0), c.value(1), c.text(2))),
    function("htmlDate", "a", |c| written(c, HTML, c.value(0), "Local")),
    function("htmlDateInZone", "as", |c| written(c, HTML, c.value(0), c.text(1))),
    function("dateModify", "st", |c| modify(c, false)),
    function("date_modify", "st", |c| modify(c, false)),
    function("mustDateModify", "st", |c| modify(c, true)),
    function("must_date_modify", "st", |c| modify(c, true)),
    function("toDate", "ss", |c| {
        let read = go_time::parse(c.text(0), c.text(1), &TimeZone::system());
        Ok(time(read.unwrap_or_else(|_| go_time::zero())))
    }),
    function("mustToDate", "ss", |c| Ok(time(go_time::parse(c.text(0), c.text(1), &TimeZone::system())?))),
    function("unixEpoch", "t", |c| Ok(c.time(0)?.timestamp().as_second().to_string().into())),
    function("ago", "a", |c| {
        let past = instant(c, c.value(0))?.timestamp();
        let seconds = c.run.context.now().duration_since(past).round(jiff::Unit::Second);
        let seconds = seconds.map_err(|_| Wrong::from(too_far()))?.as_secs();
        Ok(go_time::duration_text(seconds.saturating_mul(SECOND)).into())
    }),
    function("duration", "a", |c| {
        let seconds = match c.value(0) {
            Value::Text(text) => text.parse().unwrap_or(0),
            Value::Int(seconds, Whole::Wide) => *seconds,
            _ => 0,
        };
        let nanoseconds: i64 = seconds.checked_mul(SECOND).ok_or_else(|| Wrong::from(too_far()))?;
        Ok(go_time::duration_text(nanoseconds).into())
    }),
    function("durationRound", "a", duration_round),
];

fn too_far() -> &'static str {
    "the time is too far away"
}

/// A value of a time.
fn time(time: Zoned) -> Value {
    Value::Time(Rc::new(time))
}

/// The time that a value is: a time, or seconds since 1970.
fn instant(c: &Call<'_, '_>, value: &Value) -> Result<Zoned, Wrong> {
    match value {
        Value::Time(time) => Ok(Zoned::clone(time)),
        Value::Int(seconds, Whole::Plain | Whole::Wide) => {
            let time = Timestamp::from_second(*seconds).map_err(|_| Wrong::from(too_far()))?;
            Ok(time.to_zoned(TimeZone::system()))
        }
        // As in sprig.
        value if value.is_nil() => match Wrong::missing(value) {
            Some(wrong) => Err(wrong),
            None => Ok(c.run.context.now().to_zoned(TimeZone::system())),
        },
        other => {
            Err(format!("it takes a time (`now`, `toDate`, seconds since 1970) and got {}", other.describe())
                .into())
        }
    }
}

fn written(c: &Call<'_, '_>, layout: &str, value: &Value, zone: &str) -> Answer {
    let zone = match zone {
        // `LoadLocation` of Go.
        "" => TimeZone::UTC,
        name => go_time::zone(name).map_err(|_| Wrong::from(format!("there is no time zone `{name}`")))?,
    };
    let text = go_time::format(layout, &instant(c, value)?.with_time_zone(zone));
    long(text.len(), || text)
}

fn modify(c: &mut Call<'_, '_>, must: bool) -> Answer {
    let from = c.time(1)?;
    match go_time::parse_duration(c.text(0)) {
        Ok(nanoseconds) => {
            let moved = from.checked_add(SignedDuration::from_nanos(nanoseconds));
            Ok(time(moved.map_err(|_| Wrong::from(too_far()))?))
        }
        Err(reason) if must => Err(reason.into()),
        Err(_) => Ok(time(from.clone())),
    }
}

/// The largest unit of a duration: `2h`.
fn duration_round(c: &mut Call<'_, '_>) -> Answer {
    let nanoseconds = match c.value(0) {
        Value::Text(text) => go_time::parse_duration(text).unwrap_or(0),
        Value::Int(nanoseconds, Whole::Wide) => *nanoseconds,
        Value::Time(past) => {
            let since = c.run.context.now().duration_since(past.timestamp()).as_nanos();
            i64::try_from(since).map_err(|_| Wrong::from(too_far()))?
        }
        _ => 0,
    };
    let size = nanoseconds.unsigned_abs();
    for (unit, seconds) in UNITS {
        let unit_size = (seconds * SECOND).unsigned_abs();
        if size > unit_size {
            return Ok(format!("{}{unit}", size / unit_size).into());
        }
    }
    Ok("0s".into())
}

/// A method of a time.
///
/// # Errors
/// There is none of this name, or its arguments are others.
pub(in crate::template) fn method(at: &Zoned, name: &str, args: &[Value]) -> Answer {
    let number = |value: i64| Ok(Value::int(value));
    match (name, args) {
        ("Format", [Value::Text(layout)]) => Ok(go_time::format(layout, at).into()),
        ("String", []) => Ok(go_time::format("2006-01-02 15:04:05.999999999 -0700 MST", at).into()),
        ("Year", []) => number(at.year().into()),
        ("Month", []) => Ok(Value::Int(at.month().into(), Whole::Month)),
        ("Day", []) => number(at.day().into()),
        ("Hour", []) => number(at.hour().into()),
        ("Minute", []) => number(at.minute().into()),
        ("Second", []) => number(at.second().into()),
        ("Nanosecond", []) => number(at.subsec_nanosecond().into()),
        ("YearDay", []) => number(at.day_of_year().into()),
        ("Weekday", []) => Ok(Value::Int(at.weekday().to_sunday_zero_offset().into(), Whole::Weekday)),
        ("Unix", []) => Ok(Value::int64(at.timestamp().as_second())),
        ("UnixMilli", []) => Ok(Value::int64(at.timestamp().as_millisecond())),
        ("UnixMicro", []) => Ok(Value::int64(at.timestamp().as_microsecond())),
        ("UnixNano", []) => {
            let nanoseconds = i64::try_from(at.timestamp().as_nanosecond());
            Ok(Value::int64(nanoseconds.map_err(|_| Wrong::from(too_far()))?))
        }
        ("UTC", []) => Ok(time(at.with_time_zone(TimeZone::UTC))),
        ("Local", []) => Ok(time(at.with_time_zone(TimeZone::system()))),
        ("IsZero", []) => Ok((at.timestamp() == go_time::zero().timestamp()).into()),
        ("Before", [Value::Time(other)]) => Ok((at.timestamp() < other.timestamp()).into()),
        ("After", [Value::Time(other)]) => Ok((at.timestamp() > other.timestamp()).into()),
        ("Equal", [Value::Time(other)]) => Ok((at.timestamp() == other.timestamp()).into()),
        ("Sub", [Value::Time(other)]) => {
            let between = i64::try_from(at.timestamp().duration_since(other.timestamp()).as_nanos());
            Ok(Value::Int(between.map_err(|_| Wrong::from(too_far()))?, Whole::Duration))
        }
        (
            "AddDate",
            [
                Value::Int(years, Whole::Plain),
                Value::Int(months, Whole::Plain),
                Value::Int(days, Whole::Plain),
            ],
        ) => add_date(at, *years, *months, *days).map(time).ok_or_else(|| too_far().into()),
        (name, _) if METHODS.contains(&name) => {
            Err(format!("`{name}` of a time takes other arguments").into())
        }
        (name, _) => Err(format!("a time has no field `{name}`").into()),
    }
}

const METHODS: &[&str] = &[
    "Format",
    "String",
    "Year",
    "Month",
    "Day",
    "Hour",
    "Minute",
    "Second",
    "Nanosecond",
    "YearDay",
    "Weekday",
    "Unix",
    "UnixMilli",
    "UnixMicro",
    "UnixNano",
    "UTC",
    "Local",
    "IsZero",
    "Before",
    "After",
    "Equal",
    "Sub",
    "AddDate",
];

/// A method of a month, a day of the week or a duration.
///
/// # Errors
/// There is none of this name.
pub(in crate::template) fn number_method(value: &Value, name: &str, args: &[Value]) -> Answer {
    #[expect(clippy::cast_precision_loss, reason = "Go's conversion loses it, too")]
    let units = |nanoseconds: i64, unit: f64| Ok(Value::Float(nanoseconds as f64 / unit));
    match (value, name, args) {
        (Value::Int(_, Whole::Month | Whole::Weekday | Whole::Duration), "String", []) => {
            Ok(crate::template::fmt::text(value)?.into())
        }
        (Value::Int(of, Whole::Duration), "Hours", []) => units(*of, 3.6e12),
        (Value::Int(of, Whole::Duration), "Minutes", []) => units(*of, 6e10),
        (Value::Int(of, Whole::Duration), "Seconds", []) => units(*of, 1e9),
        (Value::Int(of, Whole::Duration), "Milliseconds", []) => Ok(Value::int64(of / 1_000_000)),
        _ => Err(format!("{} has no field `{name}`", value.describe()).into()),
    }
}

/// Days that a month has not got run over into the next, as in Go.
fn add_date(at: &Zoned, years: i64, months: i64, days: i64) -> Option<Zoned> {
    let months = i64::from(at.month()) - 1 + months;
    let year = i64::from(at.year()).checked_add(years)?.checked_add(months.div_euclid(12))?;
    let month = months.rem_euclid(12) + 1;
    let first = jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    let days = days.checked_add(i64::from(at.day()) - 1)?;
    let date = first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    date.to_datetime(at.time()).to_zoned(at.time_zone().clone()).ok()
}
