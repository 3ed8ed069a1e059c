//! Addresses (sprig: URLs; Go: package `net/url`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use super::call::{Answer, Call, Wrong, long};
use super::{Function, function};
use crate::template::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[function("urlParse", "s", parse), function("urlJoin", "m", join)];

/// Characters of a part of an address that stand for themselves, besides letters and digits.
const QUERY: &str = "-_.~";
const PATH: &str = "-_.~$&+,/:;=@";
const FRAGMENT: &str = "-_.~$&+,/:;=?@!()*";
const USER: &str = "-_.~$&+,;=";

/// A text as a part of a query.
pub(super) fn query_escape(text: &str) -> String {
    escape(text, QUERY).replace("%20", "+")
}

fn escape(text: &str, plain: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(char::from(byte)) && byte.is_ascii() {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn unescape(text: &str) -> Result<String, Wrong> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(value) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return Err("the address has a `%` that is not followed by two hexadecimal digits".into());
        };
        bytes.push(value);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| "the address holds no UTF-8".into())
}

/// The parts of an address: `scheme`, `userinfo`, `host`, `hostname`, `path`, `query`, `opaque`, `fragment`.
fn parse(c: &mut Call<'_, '_>) -> Answer {
    let address = c.text(0);
    if address.contains(|c: char| c.is_ascii_control()) {
        return Err("the address has a control character".into());
    }
    let (rest, fragment) = address.split_once('#').unwrap_or((address, ""));
    let (scheme, rest) = scheme(rest)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts =
        Parts { scheme: scheme.to_lowercase(), fragment: unescape(fragment)?, ..Parts::default() };
    query.clone_into(&mut parts.query);
    if !rest.starts_with('/') && !scheme.is_empty() {
        rest.clone_into(&mut parts.opaque);
    } else if !rest.starts_with('/') && rest.split('/').next().is_some_and(|first| first.contains(':')) {
        return Err("the first part of the path has a colon, as if it were a scheme".into());
    } else if let Some(after) =
        rest.strip_prefix("//").filter(|after| !scheme.is_empty() || !after.starts_with('/'))
    {
        let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
        parts.authority(authority)?;
        parts.path = unescape(path)?;
    } else {
        parts.path = unescape(rest)?;
    }
    Ok(parts.dict())
}

/// The scheme before the first colon, if what stands there looks like one.
fn scheme(address: &str) -> Result<(&str, &str), Wrong> {
    for (at, c) in address.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("the address has no scheme before its colon".into()),
            ':' => return Ok((&address[..at], &address[at + 1..])),
            _ => break,
        }
    }
    Ok(("", address))
}

#[derive(Default)]
struct Parts {
    scheme: String,
    userinfo: String,
    host: String,
    path: String,
    query: String,
    opaque: String,
    fragment: String,
}

impl Parts {
    fn authority(&mut self, authority: &str) -> Result<(), Wrong> {
        let host = match authority.rsplit_once('@') {
            Some((user, host)) => {
                self.userinfo = userinfo(user)?;
                host
            }
            None => authority,
        };
        let port = match host.rfind(']') {
            Some(end) => &host[end + 1..],
            None if host.starts_with('[') => return Err("the host has no closing bracket".into()),
            None => host.find(':').map_or("", |at| &host[at..]),
        };
        if !port.is_empty()
            && !port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err("the port is no number".into());
        }
        if host.contains([' ', '<', '>', '"', '\\', '^', '`', '{', '|', '}']) {
            return Err("the host has a character that hosts have not".into());
        }
        self.host = unescape(host)?;
        Ok(())
    }

    fn dict(self) -> Value {
        let hostname = match self.host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            Some((address, _)) => address.to_owned(),
            None => self.host.split(':').next().unwrap_or_default().to_owned(),
        };
        let entries = [
            ("scheme", self.scheme),
            ("userinfo", self.userinfo),
            ("host", self.host),
            ("hostname", hostname),
            ("path", self.path),
            ("query", self.query),
            ("opaque", self.opaque),
            ("fragment", self.fragment),
        ];
        Value::dict(
            entries.into_iter().map(|(key, value)| (Rc::from(key), value.into())).collect::<BTreeMap<_, _>>(),
        )
    }
}

/// Name and password, as an address has them.
fn userinfo(text: &str) -> Result<String, Wrong> {
    if text.contains(|c: char| !c.is_ascii_alphanumeric() && !"-._:~!$&'()*+,;=%@".contains(c)) {
        return Err("the user has a character that users have not".into());
    }
    Ok(match text.split_once(':') {
        Some((name, password)) => {
            format!("{}:{}", escape(&unescape(name)?, USER), escape(&unescape(password)?, USER))
        }
        None => escape(&unescape(text)?, USER),
    })
}

/// The address that the parts of a dict make.
fn join(c: &mut Call<'_, '_>) -> Answer {
    let part = |name: &str| match c.dict(0).and_then(|dict| dict.get(name)) {
        Some(Value::Text(text)) => Ok(text.as_ref().to_owned()),
        None => Ok(String::new()),
        Some(other) => Err(Wrong::from(format!("`{name}` is a text, and this is {}", other.describe()))),
    };
    let (scheme, host, path, opaque) = (part("scheme")?, part("host")?, part("path")?, part("opaque")?);
    let (query, fragment) = (part("query")?, part("fragment")?);
    let userinfo = userinfo(&part("userinfo")?)?;
    let mut out = String::new();
    if !scheme.is_empty() {
        out.extend([&scheme, ":"]);
    }
    if opaque.is_empty() {
        let named = !host.is_empty() || !userinfo.is_empty();
        if named || (!scheme.is_empty() && path.starts_with("//")) {
            out.push_str("//");
            if !userinfo.is_empty() {
                out.extend([&userinfo, "@"]);
            }
            out.push_str(&escape(&host, "-_.~!$&'()*+,;=:[]<>\""));
        }
        let path = escape(&path, PATH);
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        // A first part with a colon would be read as a scheme.
        if out.is_empty() && path.split('/').next().is_some_and(|first| first.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&path);
    } else {
        out.push_str(&opaque);
    }
    if !query.is_empty() {
        out.extend(["?", &query]);
    }
    if !fragment.is_empty() {
        out.extend(["#", &escape(&fragment, FRAGMENT)]);
    }
    long(out.len(), || out)
}
