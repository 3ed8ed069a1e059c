//! Tests of built images: custom commands and structure tests (Skaffold: `pkg/skaffold/test`).
//!
//! [`cases`] finds what a project tests of the images that are there, [`Tester`] runs it.

mod case;
mod custom;
mod dependencies;
mod files;
mod structure;
#[cfg(test)]
mod tests;

pub use case::{Case, Image, cases};
pub use dependencies::{Dependencies, dependencies};

use std::process::ExitStatus;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Excerpt, Kind, Report, Result};
use crate::event::Bus;
use crate::hooks::step;
use crate::settings::env::Environment;
use structure::Structure;

/// Runs tests.
#[derive(Debug, Clone, Copy)]
pub struct Tester<'a> {
    /// What the tests inherit.
    pub environment: &'a Environment,
    /// Where their output goes, line by line.
    pub bus: &'a Bus,
    /// Cancelled by Ctrl-C.
    pub cancel: &'a CancellationToken,
}

impl Tester<'_> {
    /// Runs the cases one after the other, of each its structure tests and then its custom ones (Skaffold:
    /// `test_factory.go`). Each test is a step on the bus. Whether `container-structure-test` is there, and which files
    /// it is to be given, is looked at before anything runs.
    ///
    /// # Errors
    /// The first test that fails ([`Kind::Tool`]); none is started after it. What keeps a test from being run: no
    /// program ([`Kind::User`]), a wrong template, folder or pattern ([`Kind::Config`]), an image that cannot be had
    /// ([`Kind::Tool`]). An interruption ([`Kind::Interrupted`]).
    pub async fn run(&self, cases: &[Case<'_>]) -> Result<()> {
        let begun = Instant::now();
        let structure = Structure::prepare(self, cases)?;
        let mut count = 0;
        for (index, case) in cases.iter().enumerate() {
            if let Some((structure, files)) = structure.as_ref().and_then(|s| Some((s, s.files_of(index)?))) {
                structure.run(self, case, files).await?;
                count += 1;
            }
            for test in 0..case.test.custom.len() {
                self.custom(case, test).await?;
                count += 1;
            }
        }
        let tests = if count == 1 { "1 test".to_owned() } else { format!("{count} tests") };
        self.bus.info(format!("{tests} passed in {:.1}s", begun.elapsed().as_secs_f64()));
        Ok(())
    }
}

/// A test that ended badly: `<title> failed with exit code 3`, its last lines, and where it is written.
fn failed(title: &str, status: ExitStatus, output: Vec<String>, place: Excerpt) -> Report {
    Report::tool(format!("{title} {}", step::ending(status))).at(place).output(output)
}

fn interrupted(title: &str) -> Report {
    Report::new(Kind::Interrupted, format!("interrupted: {title}"))
}
