//! Digests of contents.

use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// Reads are of this size; most sources are smaller.
const CHUNK: usize = 16 << 10;
/// The longest list of names, and the longest value, that Linux allows.
#[cfg(target_os = "linux")]
const LONGEST: usize = 64 << 10;

/// The digest of bytes.
pub fn of_bytes(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// A digest as lower-case hexadecimal digits.
pub fn hex(digest: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| DIGITS[usize::from(nibble)] as char)
        .collect()
}

/// The digest of a file's content, and of those of its extended attributes that BuildKit copies into images.
pub(super) fn of_file(path: &Path) -> std::io::Result<Digest> {
    let mut file = fs_err::File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = [0; CHUNK];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => hash.update(&chunk[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let attributes = attributes(&file);
    if !attributes.is_empty() {
        let content: Digest = hash.finalize().into();
        hash = Sha256::new();
        hash.update(content);
        hash.update(&attributes);
    }
    Ok(hash.finalize().into())
}

/// File capabilities and the user's attributes, names and values; empty for nearly every file.
#[cfg(target_os = "linux")]
fn attributes(file: &fs_err::File) -> Vec<u8> {
    // A file system without attributes answers with an error: then there are none.
    let mut short = [0; 256];
    let mut long;
    let names: &[u8] = match rustix::fs::flistxattr(file.file(), &mut short[..]) {
        Ok(length) => &short[..length],
        Err(rustix::io::Errno::RANGE) => {
            long = vec![0; LONGEST];
            match rustix::fs::flistxattr(file.file(), &mut long[..]) {
                Ok(length) => &long[..length],
                Err(_) => return Vec::new(),
            }
        }
        Err(_) => return Vec::new(),
    };
    let mut attributes = Vec::new();
    for name in names.split(|byte| *byte == 0) {
        if !(name.starts_with(b"user.") || name == b"security.capability") {
            continue;
        }
        let mut value = vec![0; LONGEST];
        if let Ok(length) = rustix::fs::fgetxattr(file.file(), name, &mut value[..]) {
            for part in [name, &value[..length]] {
                attributes.extend_from_slice(&part.len().to_le_bytes());
                attributes.extend_from_slice(part);
            }
        }
    }
    attributes
}

#[cfg(not(target_os = "linux"))]
fn attributes(_: &std::fs::File) -> Vec<u8> {
    Vec::new()
}
