//! Go templates: `text/template` with the functions that Skaffold registers. Nothing here is a stranger's: the crates
//! for it differ from Go in what they take and print (docs/decisions.md).
//!
//! [`expand`] fills a field of the project file from a [`Context`] of variables; [`ValueTemplate`] prints a value
//! (`--output`); [`go_time`] writes times by Go's layouts.
//!
//! A text is `parse`d to nodes, which `eval` carries out over `value`s, calling `functions` and printing by `fmt`. All is
//! bounded: how deep things are inside each other, how long texts and lists get, how much is done.

mod context;
mod eval;
mod expand;
mod fmt;
mod functions;
pub mod go_time;
mod json;
mod output;
mod parse;
mod value;

pub use context::Context;
pub use expand::{TemplateError, expand, expand_if_defined};
pub use json::go_json;
pub use output::ValueTemplate;

#[cfg(test)]
mod tests;
