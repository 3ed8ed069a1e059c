//! YAML with positions: text becomes a tree of [`Node`]s that remember where they stand, and nodes become typed
//! values with errors that point into the file. The only room that names a YAML crate.
//!
//! Scalars are typed as Go's yaml.v3 does when it decodes a document and writes it again, because that is what
//! Skaffold does before it reads its fields: an unquoted `1.10` becomes the text `1.1`, `007` becomes `7`, a date
//! gets its time, `yes` stays text but is true where true or false is wanted.

mod de;
mod node;
mod parse;
mod print;
mod problems;
mod scalar;
mod source;

pub use de::{Rules, from_node, from_node_with};
pub use node::{Data, Key, Node, path_text};
pub use parse::parse;
pub use print::{join_documents, natural, node_text, to_text};
pub use problems::join;
pub use source::{Source, Span};
