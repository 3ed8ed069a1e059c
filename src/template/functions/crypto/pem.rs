//! PEM: bytes as text between two lines that say what they are (RFC 7468, and what Go's `encoding/pem` reads).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The characters of a line.
const WIDTH: usize = 64;

/// Bytes as a block.
pub(super) fn write(label: &str, bytes: &[u8]) -> String {
    let digits = STANDARD.encode(bytes);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % WIDTH == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    if !digits.is_empty() {
        text.push('\n');
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

/// The first block of a text: what it is, and its bytes.
pub(super) fn read(text: &str) -> Option<(&str, Vec<u8>)> {
    let mut rest = text;
    loop {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        let label = line.trim_end().strip_prefix("-----BEGIN ").and_then(|line| line.strip_suffix("-----"));
        if let Some(bytes) = label.and_then(|label| body(label, after)) {
            return label.map(|label| (label, bytes));
        }
    }
}

/// The bytes up to the block's last line, without headers.
fn body(label: &str, text: &str) -> Option<Vec<u8>> {
    let (body, _) = text.split_once(&format!("-----END {label}-----"))?;
    let lines = body.lines().skip_while(|line| line.contains(':'));
    let digits: String = lines.flat_map(str::chars).filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).ok()
}
