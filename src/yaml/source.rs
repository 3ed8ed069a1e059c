//! A text and places in it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::{Excerpt, Report, Result};

/// The byte order mark that some editors begin a file with.
pub const BOM: char = '\u{feff}';

/// A file's name and text. The text is without byte order mark, so byte 0 is the first character a person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file as the user knows it (`skaffold.yaml`, `<stdin>`); for messages only.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
    /// The file begins with a byte order mark.
    pub bom: bool,
}

impl Source {
    /// A source of a text that is already there.
    pub fn new(path: impl Into<PathBuf>, text: &str) -> Arc<Self> {
        let (text, bom) = text.strip_prefix(BOM).map_or((text, false), |text| (text, true));
        Arc::new(Self { path: path.into(), text: text.into(), bom })
    }

    /// A source of bytes as read from a file. Bytes that are not UTF-8 are an error with their position.
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: &[u8]) -> Result<Arc<Self>> {
        let path = path.into();
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(path, text)),
            Err(error) => {
                let text = String::from_utf8_lossy(bytes);
                let start = error.valid_up_to();
                Err(Box::new(
                    Report::config(format!("{} is not UTF-8 text", path.display()))
                        .at(Excerpt { path, text: text.into(), span: start..start + 3, label: "here".into() })
                        .hint("save the file with UTF-8 encoding"),
                ))
            }
        }
    }

    /// The place of these bytes, for a message.
    pub fn excerpt(&self, span: std::ops::Range<usize>, label: impl Into<String>) -> Excerpt {
        Excerpt { path: self.path.clone(), text: Arc::clone(&self.text), span, label: label.into() }
    }
}

/// Where a node stands: bytes `start..end` of the text of `source`.
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub source: Arc<Source>,
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// What stands there.
    pub fn text(&self) -> &str {
        self.source.text.get(self.start..self.end).unwrap_or_default()
    }

    /// This place, for a message; `label` is what the caret says (may be empty).
    pub fn excerpt(&self, label: impl Into<String>) -> Excerpt {
        self.source.excerpt(self.start..self.end, label)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.source.path.display(), self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_character() {
        let source = Source::from_bytes("a.yaml", b"\xef\xbb\xbfkey: 1").unwrap();
        assert_eq!((&*source.text, source.bom), ("key: 1", true));
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error_with_a_position() {
        let error = Source::from_bytes("a.yaml", b"a: b\nc: \xff\n").unwrap_err();
        assert_eq!(error.excerpts[0].line_column(), (2, 4));
    }
}
