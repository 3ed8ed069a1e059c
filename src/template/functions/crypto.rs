//! Digests (sprig: crypto), and what of that group is not offered.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::call::Answer;
use super::{Call, Function, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function("sha1sum", "s", |c| Ok(hex(&Sha1::digest(c.text(0))).into())),
    function("sha256sum", "s", |c| Ok(hex(&Sha256::digest(c.text(0))).into())),
    function("sha512sum", "s", |c| Ok(hex(&Sha512::digest(c.text(0))).into())),
    function("adler32sum", "s", |c| Ok(adler32(c.text(0).as_bytes()).to_string().into())),
    function("bcrypt", "a*", salted),
    function("htpasswd", "a*", salted),
    function("genPrivateKey", "a*", keys),
    function("genCA", "a*", keys),
    function("genCAWithKey", "a*", keys),
    function("genSelfSignedCert", "a*", keys),
    function("genSelfSignedCertWithKey", "a*", keys),
    function("genSignedCert", "a*", keys),
    function("genSignedCertWithKey", "a*", keys),
    function("buildCustomCert", "a*", keys),
    function("derivePassword", "a*", secrets),
    function("encryptAES", "a*", secrets),
    function("decryptAES", "a*", secrets),
];

fn salted(_: &mut Call<'_, '_>) -> Answer {
    Err("it is not offered: each call gives another result, so the image would be built each time; run a program with `cmd`".into())
}

fn keys(_: &mut Call<'_, '_>) -> Answer {
    Err("it is not offered: a key made here would be another one in each run, and in the image; run a program with `cmd`".into())
}

fn secrets(_: &mut Call<'_, '_>) -> Answer {
    Err("it is not offered: a secret that a template makes ends up in the image; use a build secret".into())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// RFC 1950.
fn adler32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65521;
    let (a, b) = bytes.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % PRIME;
        (a, (b + a) % PRIME)
    });
    b << 16 | a
}
