//! One file per verb; the only room that wires phases together.

pub mod build;
pub mod completion;
pub mod config;
pub mod version;

use std::process::ExitCode;

use crate::settings::env::Environment;

/// Parses the arguments, runs the verb and returns the exit code.
pub fn main(environment: Environment) -> ExitCode {
    drop(environment);
    ExitCode::SUCCESS
}
