//! Texts that a password hides: AES-256 in CBC mode, as base64 of the initial vector and the blocks.
//!
//! The password is the key, cut or filled with zeros; a passphrase is as weak here as it is in sprig.

use ::aes::Aes256;
use ::aes::cipher::block_padding::Pkcs7;
use ::aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::template::functions::call::long;
use crate::template::functions::encoding::without_lines;
use crate::template::functions::random::fill;
use crate::template::functions::{Answer, Call};

const BLOCK: usize = 16;

/// A text, hidden by a password; nothing stays nothing.
pub(super) fn encrypt(c: &mut Call<'_, '_>) -> Answer {
    let (key, text) = (key(c.text(0)), c.text(1).as_bytes());
    if text.is_empty() {
        return Ok("".into());
    }
    c.spend(text.len() / BLOCK)?;
    let mut first = [0; BLOCK];
    fill(&mut first)?;
    let blocks = cbc::Encryptor::<Aes256>::new(&key.into(), &first.into()).encrypt_padded_vec::<Pkcs7>(text);
    let bytes = [first.as_slice(), &blocks].concat();
    long(bytes.len() / 3 * 4 + 4, || STANDARD.encode(bytes))
}

/// The text that a password hid.
pub(super) fn decrypt(c: &mut Call<'_, '_>) -> Answer {
    let (key, text) = (key(c.text(0)), c.text(1));
    if text.is_empty() {
        return Ok("".into());
    }
    c.spend(text.len() / BLOCK)?;
    let bytes = STANDARD.decode(without_lines(text)).map_err(|_| "it is not base64")?;
    let (first, blocks) = bytes.split_first_chunk::<BLOCK>().ok_or("it is shorter than a block")?;
    if blocks.is_empty() || blocks.len() % BLOCK != 0 {
        return Err("input not full blocks".into());
    }
    let wrong = "the password is another, or it was hidden in another way";
    let text = cbc::Decryptor::<Aes256>::new(&key.into(), &(*first).into())
        .decrypt_padded_vec::<Pkcs7>(blocks)
        .map_err(|_| wrong)?;
    let text = String::from_utf8(text).map_err(|_| format!("{wrong}, or it is no UTF-8"))?;
    Ok(text.into())
}

fn key(password: &str) -> [u8; 32] {
    let mut key = [0; 32];
    for (byte, given) in key.iter_mut().zip(password.bytes()) {
        *byte = given;
    }
    key
}
