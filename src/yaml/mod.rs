//! YAML with positions: text becomes a tree of [`Node`]s that remember where they stand, and nodes become typed
//! values with errors that point into the file. The only room that names a YAML crate.
//!
//! Scalars are typed as Go's yaml.v3 does when it decodes a document: `007` is seven where a number is wanted, `yes` is
//! text but true where true or false is wanted. Where text is wanted, a number is what its author wrote: Skaffold makes
//! `1.1` of an unquoted `1.10`, which is never meant.

mod de;
mod node;
mod parse;
mod print;
mod problems;
mod rewrite;
mod scalar;
mod slack;
mod source;

pub use de::{Rules, from_node, from_node_with};
pub use node::{Data, Key, Node, path_text};
pub use parse::parse;
pub use print::{join_documents, natural, node_text};
pub use problems::{join, refuse};
pub use rewrite::{Rewritten, rewrite};
pub use source::{BOM, Source, Span};
