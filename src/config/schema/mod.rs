//! The project file's schema: its versions, what each of them has, and whether a document keeps to it.

mod check;
mod json;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod version;

pub use check::{check, prune};
pub use json::{project_file, schema};
pub(in crate::config) use table::MAY_BE_EMPTY;
pub use table::{Field, Kind, Type, type_of};
pub use version::Version;
