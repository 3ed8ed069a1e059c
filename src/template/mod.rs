//! Go templates, as `text/template` with the functions people use in a project file. The only room that knows the
//! template engine.
//!
//! [`expand`] fills a field of the project file from a [`Context`] of variables; [`ValueTemplate`] prints a value
//! (`--output`); [`go_time`] writes times by Go's layouts.

mod context;
mod expand;
mod functions;
pub mod go_time;
mod json;
mod value;

pub use context::Context;
pub use expand::{TemplateError, expand};
pub use json::go_json;
pub use value::ValueTemplate;

#[cfg(test)]
mod tests;
