//! Digests, passwords, keys and certificates (sprig: crypto).

mod aes;
mod certificates;
mod digests;
mod keys;
mod passwords;
mod pem;
#[cfg(test)]
mod tests;

use super::{Function, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function("sha1sum", "s", |c| Ok(digests::sha1(c.text(0)).into())),
    function("sha256sum", "s", |c| Ok(digests::sha256(c.text(0)).into())),
    function("sha512sum", "s", |c| Ok(digests::sha512(c.text(0)).into())),
    function("adler32sum", "s", |c| Ok(digests::adler32(c.text(0)).to_string().into())),
    function("bcrypt", "s", passwords::bcrypt),
    function("htpasswd", "ss", passwords::htpasswd),
    function("derivePassword", "issss", passwords::derive),
    function("encryptAES", "ss", aes::encrypt),
    function("decryptAES", "ss", aes::decrypt),
    function("genPrivateKey", "s", keys::generate),
    function("buildCustomCert", "ss", certificates::custom),
    function("genCA", "si", certificates::authority),
    function("genCAWithKey", "sis", certificates::authority),
    function("genSelfSignedCert", "saai", certificates::self_signed),
    function("genSelfSignedCertWithKey", "saais", certificates::self_signed),
    function("genSignedCert", "saaia", certificates::signed),
    function("genSignedCertWithKey", "saaias", certificates::signed),
];
