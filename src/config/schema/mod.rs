//! The schema of the project file: its versions, and what each of them has.

mod version;

pub use version::Version;
