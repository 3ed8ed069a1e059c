//! Digests.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

pub(super) fn sha1(text: &str) -> String {
    hex(&Sha1::digest(text))
}

pub(super) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

pub(super) fn sha512(text: &str) -> String {
    hex(&Sha512::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// RFC 1950.
pub(super) fn adler32(text: &str) -> u32 {
    const PRIME: u32 = 65521;
    let (a, b) = text.bytes().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(byte)) % PRIME;
        (a, (b + a) % PRIME)
    });
    b << 16 | a
}
