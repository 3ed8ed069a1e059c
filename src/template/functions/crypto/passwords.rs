//! Passwords: their hashes, and those that are derived from another.
//!
//! What is wrong with an argument is the result, as in sprig.

use ::bcrypt::Version;
use ring::hmac;
use scrypt::Params;

use crate::template::functions::random::NO_CHANCE;
use crate::template::functions::{Answer, Call, Wrong};

/// What a hash costs, and what a derived password does, in steps of a template.
const HASH_STEPS: usize = 10_000;
const DERIVED_STEPS: usize = 20_000;

/// The rounds of bcrypt, as a power of two; Go's default.
const COST: u32 = 10;
/// The most bytes of a password that bcrypt reads.
const LONGEST: usize = 72;

pub(super) fn bcrypt(c: &mut Call<'_, '_>) -> Answer {
    Ok(hash(c, 0)?.into())
}

/// A line of a file of passwords.
pub(super) fn htpasswd(c: &mut Call<'_, '_>) -> Answer {
    let user = c.text(0);
    if user.contains(':') {
        return Ok(format!("invalid username: {user}").into());
    }
    Ok(format!("{user}:{}", hash(c, 1)?).into())
}

fn hash(c: &mut Call<'_, '_>, password: usize) -> Result<String, Wrong> {
    let password = c.text(password);
    if password.len() > LONGEST {
        let reason = "bcrypt: password length exceeds 72 bytes";
        return Ok(format!("failed to encrypt string with bcrypt: {reason}"));
    }
    c.spend(HASH_STEPS)?;
    let hash = ::bcrypt::hash_with_result(password, COST).map_err(|_| NO_CHANCE)?;
    Ok(hash.format_for_version(Version::TwoA))
}

/// What keeps these passwords apart from other uses of the same functions.
const SCOPE: &[u8] = b"com.lyndir.masterpassword";

/// The shapes of a password of a type: a letter is a class of characters.
fn shapes(of: &str) -> Option<&'static [&'static str]> {
    Some(match of {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters of a class.
const fn class(letter: char) -> &'static [u8] {
    match letter {
        'V' => b"AEIOU",
        'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        'v' => b"aeiou",
        'c' => b"bcdfghjklmnpqrstvwxyz",
        'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        'n' => b"0123456789",
        'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The password of a site, of a user's one password (the Master Password algorithm, version 3).
pub(super) fn derive(c: &mut Call<'_, '_>) -> Answer {
    let counter = u32::try_from(c.int(0)).map_err(|_| "the counter is a number from 0 to 4294967295")?;
    let (of, password, user, site) = (c.text(1), c.text(2), c.text(3), c.text(4));
    let Some(shapes) = shapes(of) else {
        return Ok(format!("cannot find password template {of}").into());
    };
    c.spend(DERIVED_STEPS)?;
    let mut key = [0; 64];
    Params::new(15, 8, 2)
        .ok()
        .and_then(|params| scrypt::scrypt(password.as_bytes(), &scoped(user), &params, &mut key).ok())
        .ok_or("the password cannot be derived")?;
    let message = [scoped(site).as_slice(), &counter.to_be_bytes()].concat();
    let seed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &message);
    let (first, rest) = seed.as_ref().split_first().ok_or("the password cannot be derived")?;
    let shape = shapes[usize::from(*first) % shapes.len()];
    let character = |(letter, byte): (char, &u8)| {
        let class = class(letter);
        char::from(class[usize::from(*byte) % class.len()])
    };
    Ok(shape.chars().zip(rest).map(character).collect::<String>().into())
}

/// A name after the scope, with its length before it.
fn scoped(name: &str) -> Vec<u8> {
    // A text is not longer than a template's bound.
    let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
    [SCOPE, &length.to_be_bytes(), name.as_bytes()].concat()
}
