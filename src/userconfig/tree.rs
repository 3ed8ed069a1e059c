//! Reading YAML into a small tree that knows where each value stands.

use std::ops::Range;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use yaml_edit::validator::{Severity, Validator};
use yaml_edit::{Document, Mapping, Sequence, YamlError, YamlFile, YamlNode};

use crate::diagnostic::{Excerpt, Report, Result};

/// A value and the bytes it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tree {
    /// What stands there.
    pub(crate) shape: Shape,
    /// Byte range in the text.
    pub(crate) span: Range<usize>,
}

/// The kinds of YAML value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar: its text without quotes, and as it is written in the file.
    Scalar { text: String, written: String },
    /// A list.
    List(Vec<Tree>),
    /// A mapping, in the file's order.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The value of `key`, when this is a mapping that has it with a value other than null.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Shape::Map(entries) = &self.shape else { return None };
        entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
            .filter(|v| v.shape != Shape::Null)
    }

    /// The items, when this is a list.
    pub(crate) fn items(&self) -> Option<&[Self]> {
        match &self.shape {
            Shape::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text, when this is a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// Reads one YAML document. An empty text is [`Shape::Null`].
///
/// Errors: a syntax error, a key that stands twice, an alias (nothing this program reads here uses any), each with
/// the place in `path`.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Tree> {
    let reader = Reader { path, text };
    let nothing = Tree { shape: Shape::Null, span: 0..text.len() };
    let Some(document) = reader.document()?.1 else { return Ok(nothing) };
    if let Some(mapping) = document.as_mapping() {
        return reader.mapping(&mapping, 0..text.len());
    }
    if let Some(sequence) = document.as_sequence() {
        return reader.sequence(&sequence, 0..text.len());
    }
    match document.as_scalar() {
        Some(scalar) if !scalar.is_null() => {
            let shape = Shape::Scalar { text: scalar.as_string(), written: scalar.to_string() };
            Ok(Tree { shape, span: 0..text.len() })
        }
        _ => Ok(nothing),
    }
}

/// The file of `text` and its top-level mapping, both views of one tree: edits of the mapping show in the file.
///
/// Errors: as [`parse`], or there is no mapping.
pub(crate) fn editable(path: &Path, text: &str) -> Result<(YamlFile, Mapping)> {
    let reader = Reader { path, text };
    let (file, document) = reader.document()?;
    match document.and_then(|document| document.as_mapping()) {
        Some(root) => Ok((file, root)),
        None => Err(reader.error(0..text.len(), "expected keys", "this is no mapping")),
    }
}

/// The place of `span` in the file, for a report.
pub(crate) fn excerpt(path: &Path, text: &str, span: Range<usize>, label: &str) -> Excerpt {
    Excerpt { path: path.to_owned(), text: Arc::from(text), span, label: label.to_owned() }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn document(&self) -> Result<(YamlFile, Option<Document>)> {
        let file = YamlFile::from_str(self.text).map_err(|error| {
            let report = Report::config(format!("{} is not valid YAML", self.path.display()));
            Box::new(match error {
                YamlError::Parse { message, line, column } => {
                    let at = offset(self.text, line.unwrap_or(1), column.unwrap_or(1));
                    report.at(excerpt(self.path, self.text, at..at, &message))
                }
                other => report.cause(other),
            })
        })?;
        let mut documents = file.documents();
        let first = documents.next();
        if let Some(second) = documents.next() {
            let range = second.byte_range();
            let span = range.start as usize..range.end as usize;
            return Err(self.error(span, "second document", "the file holds more than one document"));
        }
        drop(documents);
        // The parser is made for text that is being typed and lets mistakes through; the validator does not.
        let violations =
            first.as_ref().map(|document| Validator::new().validate(document)).unwrap_or_default();
        if let Some(violation) = violations.into_iter().find(|v| v.severity == Severity::Error) {
            let span = violation.text_range.map_or(0..0, |range| range.start as usize..range.end as usize);
            return Err(self.error(span, &violation.message, "this is not valid YAML"));
        }
        Ok((file, first))
    }

    fn node(&self, node: &YamlNode) -> Result<Tree> {
        let range = node.byte_range();
        let span = range.start as usize..range.end as usize;
        if let Some(mapping) = node.as_mapping() {
            return self.mapping(mapping, span);
        }
        if let Some(sequence) = node.as_sequence() {
            return self.sequence(sequence, span);
        }
        if let Some(scalar) = node.as_scalar() {
            let shape = if scalar.is_null() {
                Shape::Null
            } else {
                Shape::Scalar { text: scalar.as_string(), written: scalar.to_string() }
            };
            return Ok(Tree { shape, span });
        }
        Err(self.error(span, "write the value out", "aliases and tags are not read in this file"))
    }

    fn mapping(&self, mapping: &Mapping, span: Range<usize>) -> Result<Tree> {
        let mut entries: Vec<(String, Tree)> = Vec::new();
        for entry in mapping.entries() {
            let Some(key) = entry.key_node() else { continue };
            let range = key.byte_range();
            let key_span = range.start as usize..range.end as usize;
            let Some(name) = key.as_scalar().map(yaml_edit::Scalar::as_string) else {
                return Err(self.error(key_span, "expected a name", "this key is not a plain name"));
            };
            if entries.iter().any(|(known, _)| *known == name) {
                return Err(self.error(key_span, "second time here", &format!("`{name}` stands twice")));
            }
            let value = match entry.value_node() {
                Some(node) => self.node(&node)?,
                None => Tree { shape: Shape::Null, span: key_span },
            };
            entries.push((name, value));
        }
        Ok(Tree { shape: Shape::Map(entries), span })
    }

    fn sequence(&self, sequence: &Sequence, span: Range<usize>) -> Result<Tree> {
        let items = sequence.values().map(|node| self.node(&node)).collect::<Result<_>>()?;
        Ok(Tree { shape: Shape::List(items), span })
    }

    fn error(&self, span: Range<usize>, label: &str, title: &str) -> Box<Report> {
        let title = format!("{}: {title}", self.path.display());
        Box::new(Report::config(title).at(excerpt(self.path, self.text, span, label)))
    }
}

/// The byte offset of a line and column that count from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let within = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    start + within
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Tree> {
        parse(Path::new("config.yaml"), text)
    }

    #[test]
    fn values_keep_order_quotes_and_place() {
        let text = "# mine\nglobal:\n  b: 'x: y'   # why\n  a: 1.10\n  n: ~\n  l: [p, \"q\\tr\"]\n  e: []\n";
        let tree = read(text).unwrap();
        let global = tree.get("global").unwrap();
        let b = global.get("b").unwrap();
        assert_eq!((b.text(), &text[b.span.clone()]), (Some("x: y"), "'x: y'"));
        assert_eq!(global.get("a").unwrap().text(), Some("1.10"));
        assert_eq!(global.get("n"), None);
        let list: Vec<_> =
            global.get("l").unwrap().items().unwrap().iter().map(|i| i.text().unwrap()).collect();
        assert_eq!(list, ["p", "q\tr"]);
        assert_eq!(global.get("e").unwrap().items(), Some(&[][..]));
    }

    #[test]
    fn nothing_is_null() {
        for text in ["", "\n", "# only a comment\n", "---\n", "null\n"] {
            assert_eq!(read(text).unwrap().shape, Shape::Null, "{text:?}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line) in [
            ("global:\n  a: [1, 2\n", 2),
            ("a: 1\n b: 2\n", 2),
            ("a: 1\nb: 2\na: 3\n", 3),
            ("a: &x 1\nb: *x\n", 2),
        ] {
            let report = read(text).unwrap_err();
            assert_eq!(report.kind, crate::diagnostic::Kind::Config);
            let (found, _) = report.excerpts[0].line_column();
            assert!(found >= line && found <= line + 1, "{text:?}: line {found}, {report}");
        }
    }
}
