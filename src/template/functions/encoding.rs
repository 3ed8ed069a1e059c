//! Encodings (sprig: encoding, JSON).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::call::{Answer, Call, Wrong, long};
use super::{Function, function};
use crate::template::json::{self, Style};
use crate::template::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    function("b64enc", "s", |c| long(c.text(0).len() / 3 * 4 + 4, || STANDARD.encode(c.text(0)))),
    function("b64dec", "s", |c| decoded(STANDARD.decode(without_lines(c.text(0))).ok(), "base64")),
    function("b32enc", "s", |c| long(c.text(0).len() / 5 * 8 + 8, || b32_encode(c.text(0).as_bytes()))),
    function("b32dec", "s", |c| decoded(b32_decode(&without_lines(c.text(0))), "base32")),
    function("toJson", "a", |c| to_json(c, Style::Escaped)),
    function("mustToJson", "a", |c| to_json(c, Style::Escaped)),
    function("toPrettyJson", "a", |c| to_json(c, Style::Pretty)),
    function("mustToPrettyJson", "a", |c| to_json(c, Style::Pretty)),
    function("toRawJson", "a", |c| to_json(c, Style::Raw)),
    function("mustToRawJson", "a", |c| to_json(c, Style::Raw)),
    function("fromJson", "s", |c| Ok(json::read(c.text(0)).unwrap_or(Value::Nil))),
    function("mustFromJson", "s", |c| json::read(c.text(0)).map_err(Wrong::from)),
];

/// The function of `--output`.
pub(super) const JSON: &[Function] = &[function("json", "a", |c| to_json(c, Style::Escaped))];

fn to_json(c: &Call<'_, '_>, style: Style) -> Answer {
    Ok(json::write(c.value(0), style)?.into())
}

/// Go's decoders skip the ends of lines.
pub(super) fn without_lines(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

fn decoded(bytes: Option<Vec<u8>>, what: &str) -> Answer {
    let bytes = bytes.ok_or_else(|| Wrong::from(format!("it is not {what}")))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("the {what} text holds no UTF-8"))?;
    Ok(text.into())
}

const B32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648, with padding.
fn b32_encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let bits = chunk
            .iter()
            .chain([0; 5].iter().skip(chunk.len()))
            .fold(0_u64, |bits, b| bits << 8 | u64::from(*b));
        let digits = (chunk.len() * 8).div_ceil(5);
        text.extend((0..8).map(|i| match i {
            i if i < digits => char::from(B32[usize::try_from(bits >> (35 - 5 * i) & 31).unwrap_or(0)]),
            _ => '=',
        }));
    }
    text
}

fn b32_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![];
    let groups = text.as_bytes().chunks(8);
    let last = groups.len();
    for (index, group) in groups.enumerate() {
        let digits = group.iter().position(|b| *b == b'=').unwrap_or(group.len());
        let padded = group[digits..].iter().all(|b| *b == b'=');
        let whole = digits == 8 || (index + 1 == last && padded && matches!(digits, 2 | 4 | 5 | 7));
        if group.len() != 8 || !whole {
            return None;
        }
        let mut bits = 0_u64;
        for digit in &group[..digits] {
            bits = bits << 5 | u64::try_from(B32.iter().position(|b| b == digit)?).ok()?;
        }
        bits <<= 5 * (8 - digits);
        bytes.extend_from_slice(&bits.to_be_bytes()[3..3 + digits * 5 / 8]);
    }
    Some(bytes)
}
