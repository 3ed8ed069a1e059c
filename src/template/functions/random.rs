//! Chance (sprig: `rand…`, `shuffle`, UUIDs).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::call::{Answer, Call, LONGEST, Wrong, long, too_long};
use super::{Function, function};
use crate::template::value::Value;

const UPPER_AND_LOWER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";

pub(super) const FUNCTIONS: &[Function] = &[
    function("randAlpha", "i", |c| chosen(c, UPPER_AND_LOWER)),
    function("randNumeric", "i", |c| chosen(c, DIGITS)),
    function("randAlphaNum", "i", |c| chosen(c, &[UPPER_AND_LOWER, DIGITS].concat())),
    function("randAscii", "i", |c| chosen(c, &(' '..='~').collect::<String>())),
    function("randBytes", "i", |c| {
        let mut bytes = vec![0; bounded(c)?];
        fill(&mut bytes)?;
        long(bytes.len() / 3 * 4 + 4, || STANDARD.encode(bytes))
    }),
    function("randInt", "ii", |c| {
        let (from, to) = (c.int(0), c.int(1));
        let span = to.checked_sub(from).and_then(|span| u64::try_from(span).ok()).filter(|span| *span > 0);
        let span = span.ok_or_else(|| Wrong::from("the second number is to be larger than the first"))?;
        Ok(Value::int(from.saturating_add(i64::try_from(below(span)?).unwrap_or(0))))
    }),
    function("shuffle", "s", |c| {
        let mut chars: Vec<char> = c.text(0).chars().collect();
        c.spend(chars.len())?;
        for last in (1..chars.len()).rev() {
            let other = below(last as u64 + 1)?;
            chars.swap(last, usize::try_from(other).unwrap_or(0));
        }
        Ok(chars.into_iter().collect::<String>().into())
    }),
    function("uuidv4", "", |_| {
        let mut bytes = [0; 16];
        fill(&mut bytes)?;
        let number = u128::from_be_bytes(bytes) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let digits = format!("{number:032x}");
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        Ok(parts.join("-").into())
    }),
];

/// Why there is none.
pub(super) const NO_CHANCE: &str = "the system has no random numbers";

/// Bytes by chance.
///
/// # Errors
/// The system has none.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), Wrong> {
    getrandom::fill(bytes).map_err(|_| NO_CHANCE.into())
}

/// A number below another, each as likely.
fn below(limit: u64) -> Result<u64, Wrong> {
    let excess = u64::MAX % limit;
    loop {
        let mut bytes = [0; 8];
        fill(&mut bytes)?;
        let number = u64::from_le_bytes(bytes);
        if number < u64::MAX - excess {
            return Ok(number % limit);
        }
    }
}

fn bounded(c: &Call<'_, '_>) -> Result<usize, Wrong> {
    let count = usize::try_from(c.int(0)).unwrap_or(0);
    if count > LONGEST { Err(too_long()) } else { Ok(count) }
}

/// So many of these characters.
fn chosen(c: &mut Call<'_, '_>, from: &str) -> Answer {
    let count = bounded(c)?;
    c.spend(count)?;
    let from: Vec<char> = from.chars().collect();
    let text: Result<String, Wrong> =
        (0..count).map(|_| Ok(from[usize::try_from(below(from.len() as u64)?).unwrap_or(0)])).collect();
    Ok(text?.into())
}
