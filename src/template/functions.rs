//! The functions of templates: those of the "sprig" library that project files use, and Skaffold's `cmd`
//! (Skaffold: `util/env_template.go`). As in pipelines, the value that is worked on is the last argument.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gtmpl_ng::{Func, FuncError, NumberKind, Value};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::context::current;
use super::{go_time, json};

/// Said where a variable that is not there is given to a function that needs a value.
pub(super) const UNDEFINED: &str = "a value that is not defined was given to a function";
/// The longest text `repeat` and `indent` make, in bytes.
const LONGEST: usize = 1 << 20;

type Answer = Result<Value, FuncError>;

/// Every function, by name.
pub(super) static FUNCTIONS: &[(&str, Func)] = &[
    // What stands in for what is missing.
    ("default", default),
    ("coalesce", |args| Ok(args.iter().find(|v| !is_empty(v)).cloned().unwrap_or(Value::Nil))),
    ("empty", |args| Ok(is_empty(&values::<1>(args)?[0]).into())),
    ("ternary", |args| {
        let [yes, no, condition] = values::<3>(args)?;
        Ok(if is_empty(&condition) { no } else { yes })
    }),
    ("env", |args| {
        let [name] = texts(args)?;
        Ok(current().get(&name).unwrap_or_default().into())
    }),
    // Text.
    ("quote", |args| Ok(join_present(args, go_quote))),
    ("squote", |args| Ok(join_present(args, |text| format!("'{text}'")))),
    ("upper", |args| map(args, str::to_uppercase)),
    ("lower", |args| map(args, str::to_lowercase)),
    ("title", |args| map(args, title)),
    ("trim", |args| map(args, |s| s.trim().to_owned())),
    ("nospace", |args| map(args, |s| s.split_whitespace().collect())),
    ("trimPrefix", |args| map2(args, |prefix, s| s.strip_prefix(prefix).unwrap_or(s).to_owned())),
    ("trimSuffix", |args| map2(args, |suffix, s| s.strip_suffix(suffix).unwrap_or(s).to_owned())),
    ("trimAll", |args| map2(args, |cut, s| s.trim_matches(|c| cut.contains(c)).to_owned())),
    ("replace", |args| {
        let [old, new, text] = texts(args)?;
        bounded(text.len() + text.matches(&old).count() * new.len(), || text.replace(&old, &new))
    }),
    ("contains", |args| test(args, |part, s| s.contains(part))),
    ("hasPrefix", |args| test(args, |prefix, s| s.starts_with(prefix))),
    ("hasSuffix", |args| test(args, |suffix, s| s.ends_with(suffix))),
    ("trunc", trunc),
    ("substr", substr),
    ("repeat", |args| {
        let [count, text] = values(args)?;
        let (count, text) = (usize::try_from(integer(&count)?).unwrap_or(0), text_of(&text)?);
        bounded(text.len().saturating_mul(count), || text.repeat(count))
    }),
    ("indent", |args| {
        let [count, text] = values(args)?;
        let (count, text) = (usize::try_from(integer(&count)?).unwrap_or(0), text_of(&text)?);
        let lines = text.matches('\n').count() + 1;
        bounded(lines.saturating_mul(count).saturating_add(text.len()), || {
            let pad = " ".repeat(count);
            format!("{pad}{}", text.replace('\n', &format!("\n{pad}")))
        })
    }),
    ("kebabcase", |args| map(args, |s| words(s).join("-"))),
    ("snakecase", |args| map(args, |s| words(s).join("_"))),
    ("regexMatch", |args| {
        let [pattern, text] = texts(args)?;
        Ok(regex(&pattern)?.is_match(&text).into())
    }),
    ("regexReplaceAll", |args| {
        let [pattern, text, replacement] = texts(args)?;
        Ok(regex(&pattern)?.replace_all(&text, replacement.as_str()).into_owned().into())
    }),
    // Lists.
    ("list", |args| Ok(Value::Array(args.to_vec()))),
    ("splitList", |args| {
        let [separator, text] = texts(args)?;
        let parts: Vec<Value> = if separator.is_empty() {
            text.chars().map(|c| c.to_string().into()).collect()
        } else {
            text.split(&separator).map(Value::from).collect()
        };
        Ok(Value::Array(parts))
    }),
    ("join", |args| {
        let [separator, list] = values(args)?;
        let separator = text_of(&separator)?;
        Ok(match &list {
            Value::Array(items) => items.iter().map(text_of).collect::<Result<Vec<_>, _>>()?.join(&separator),
            one => text_of(one)?,
        }
        .into())
    }),
    // Numbers.
    ("int", |args| Ok(integer(&values::<1>(args)?[0])?.into())),
    ("add", |args| fold(args, i64::checked_add)),
    ("mul", |args| fold(args, i64::checked_mul)),
    ("sub", |args| pair(args, i64::checked_sub)),
    ("div", |args| pair(args, i64::checked_div)),
    ("mod", |args| pair(args, i64::checked_rem)),
    // Encodings.
    ("sha256sum", |args| {
        map(args, |s| {
            Sha256::digest(s).iter().fold(String::with_capacity(64), |mut hex, byte| {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        })
    }),
    ("b64enc", |args| map(args, |s| STANDARD.encode(s))),
    ("b64dec", |args| {
        let [text] = texts(args)?;
        let bytes = STANDARD.decode(text).map_err(|e| failed(format!("it is not base64: {e}")))?;
        Ok(String::from_utf8(bytes).map_err(|_| failed("the base64 text holds no UTF-8"))?.into())
    }),
    ("toJson", |args| Ok(json::go_json(&json::of_template_value(&values::<1>(args)?[0])).into())),
    // Time. A time is a text (RFC 9557) here, or a number of seconds since 1970.
    ("now", |args| {
        let [] = values(args)?;
        Ok(current().now().to_zoned(TimeZone::system()).to_string().into())
    }),
    ("date", |args| {
        let [layout, time] = values(args)?;
        Ok(go_time::format(&text_of(&layout)?, &time_of(&time, None)?).into())
    }),
    ("dateInZone", |args| {
        let [layout, time, zone] = values(args)?;
        let zone = go_time::zone(&text_of(&zone)?).map_err(|e| failed(e.to_string()))?;
        Ok(go_time::format(&text_of(&layout)?, &time_of(&time, Some(zone))?).into())
    }),
    ("unixEpoch", |args| Ok(time_of(&values::<1>(args)?[0], None)?.timestamp().as_second().into())),
    // Programs.
    ("cmd", cmd),
];

fn failed(reason: impl Into<String>) -> FuncError {
    FuncError::Generic(reason.into())
}

/// Exactly `N` arguments.
fn values<const N: usize>(args: &[Value]) -> Result<[Value; N], FuncError> {
    <[Value; N]>::try_from(args.to_vec())
        .map_err(|_| failed(format!("it takes {N} arguments and got {}", args.len())))
}

/// Exactly `N` texts.
fn texts<const N: usize>(args: &[Value]) -> Result<[String; N], FuncError> {
    let mut texts = values::<N>(args)?.iter().map(text_of).collect::<Result<Vec<_>, _>>()?.into_iter();
    Ok(std::array::from_fn(|_| texts.next().unwrap_or_default()))
}

fn text_of(value: &Value) -> Result<String, FuncError> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::NoValue | Value::Nil => Err(failed(UNDEFINED)),
        Value::Array(_) | Value::Map(_) | Value::Object(_) | Value::Function(_) => {
            Err(failed("it takes a text and got a list or a map"))
        }
    }
}

fn integer(value: &Value) -> Result<i64, FuncError> {
    match value {
        Value::Number(number) => match number.kind() {
            NumberKind::Signed(n) => Some(n),
            NumberKind::Unsigned(n) => i64::try_from(n).ok(),
            #[expect(clippy::cast_possible_truncation, reason = "Go's conversion cuts the fraction, too")]
            NumberKind::Float(n) => Some(n as i64),
        },
        Value::Bool(b) => Some(i64::from(*b)),
        other => text_of(other)?.trim().parse().ok(),
    }
    .ok_or_else(|| failed("it takes a whole number"))
}

/// The empty values: nothing, no text, zero, false, no items.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::NoValue | Value::Nil => true,
        Value::Bool(b) => !b,
        Value::String(s) => s.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Map(entries) | Value::Object(entries) => entries.is_empty(),
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::Function(_) => false,
    }
}

fn default(args: &[Value]) -> Answer {
    match args {
        [substitute] => Ok(substitute.clone()),
        [substitute, value] => Ok(if is_empty(value) { substitute.clone() } else { value.clone() }),
        _ => Err(failed(format!("it takes 2 arguments and got {}", args.len()))),
    }
}

fn map(args: &[Value], f: impl Fn(&str) -> String) -> Answer {
    let [text] = texts(args)?;
    Ok(f(&text).into())
}

fn map2(args: &[Value], f: impl Fn(&str, &str) -> String) -> Answer {
    let [first, text] = texts(args)?;
    Ok(f(&first, &text).into())
}

fn test(args: &[Value], f: impl Fn(&str, &str) -> bool) -> Answer {
    let [first, text] = texts(args)?;
    Ok(f(&first, &text).into())
}

fn fold(args: &[Value], f: impl Fn(i64, i64) -> Option<i64>) -> Answer {
    let mut numbers = args.iter().map(integer);
    let first = numbers.next().unwrap_or_else(|| Err(failed("it takes numbers and got none")))?;
    numbers.try_fold(first, |sum, n| f(sum, n?).ok_or_else(overflow)).map(Value::from)
}

fn pair(args: &[Value], f: impl Fn(i64, i64) -> Option<i64>) -> Answer {
    let [a, b] = values(args)?;
    f(integer(&a)?, integer(&b)?).map(Value::from).ok_or_else(overflow)
}

fn overflow() -> FuncError {
    failed("the result is no number (division by zero, or too large)")
}

fn bounded(length: usize, text: impl FnOnce() -> String) -> Answer {
    if length > LONGEST {
        return Err(failed(format!("the text would be longer than {LONGEST} bytes")));
    }
    Ok(text().into())
}

fn join_present(args: &[Value], f: impl Fn(&str) -> String) -> Value {
    let present = args.iter().filter(|v| !matches!(v, Value::NoValue | Value::Nil));
    present.map(|v| f(&v.to_string())).collect::<Vec<_>>().join(" ").into()
}

/// As Go's `%q`.
fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_ascii_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\x{:02x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The first letter of each word in upper case.
fn title(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .flat_map(|c| {
            let starts = !inside;
            inside = c.is_alphanumeric() || c == '_' || c == '\'';
            let upper = starts.then(|| c.to_uppercase());
            let same = (!starts).then_some(c);
            upper.into_iter().flatten().chain(same)
        })
        .collect()
}

/// The lower-cased words of a name in any case.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before: Option<char> = None;
    for c in text.chars() {
        let separator = !c.is_alphanumeric();
        let hump = c.is_uppercase() && before.is_some_and(|b| b.is_lowercase() || b.is_numeric());
        if separator || hump {
            words.push(String::new());
        }
        if !separator && let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The first characters, or with a negative number the last ones.
fn trunc(args: &[Value]) -> Answer {
    let [count, text] = values(args)?;
    let (count, text) = (integer(&count)?, text_of(&text)?);
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let length = text.chars().count();
    Ok(if count < 0 {
        text.chars().skip(length.saturating_sub(wanted)).collect::<String>()
    } else {
        text.chars().take(wanted).collect::<String>()
    }
    .into())
}

/// The characters from the first position up to the second; a negative one means the start or the end.
fn substr(args: &[Value]) -> Answer {
    let [from, to, text] = values(args)?;
    let from = usize::try_from(integer(&from)?).unwrap_or(0);
    let to = usize::try_from(integer(&to)?).unwrap_or(usize::MAX);
    Ok(text_of(&text)?.chars().take(to).skip(from).collect::<String>().into())
}

fn regex(pattern: &str) -> Result<Regex, FuncError> {
    Regex::new(pattern).map_err(|e| failed(e.to_string()))
}

fn time_of(value: &Value, zone: Option<TimeZone>) -> Result<Zoned, FuncError> {
    let no_time = || failed("it takes a time (`now`, or seconds since 1970)");
    if let Value::Number(_) = value {
        let time = Timestamp::from_second(integer(value)?).map_err(|_| no_time())?;
        return Ok(time.to_zoned(zone.unwrap_or_else(TimeZone::system)));
    }
    let text = text_of(value)?;
    let time: Zoned = match text.parse() {
        Ok(time) => time,
        Err(_) => text.parse::<Timestamp>().map_err(|_| no_time())?.to_zoned(TimeZone::system()),
    };
    Ok(zone.map_or(time.clone(), |zone| time.with_time_zone(zone)))
}

/// Runs a program with arguments (no shell) and gives what it printed, without the space around it.
fn cmd(args: &[Value]) -> Answer {
    let [program, args @ ..] = args else { return Err(failed("it takes a program and its arguments")) };
    let program = text_of(program)?;
    let args = args.iter().map(text_of).collect::<Result<Vec<_>, _>>()?;
    let output = std::process::Command::new(&program)
        .args(args)
        .envs(current().iter())
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|e| failed(format!("`{program}` cannot be run: {e}")))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("`{program}` failed ({}): {}", output.status, stderr.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().into())
}
