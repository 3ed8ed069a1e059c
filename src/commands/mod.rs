//! One file per verb; the only room that wires phases together.

use std::process::ExitCode;

use crate::settings::env::Environment;

/// Parses the arguments, runs the verb and returns the exit code.
pub fn main(environment: Environment) -> ExitCode {
    drop(environment);
    ExitCode::SUCCESS
}
