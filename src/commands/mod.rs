//! One file per verb; the only room that wires phases together.

pub mod completion;
pub mod config;
pub mod version;

use std::process::ExitCode;

use crate::cli::{self, Request, Verb};
use crate::diagnostic::{self, Kind, Report, Result};
use crate::settings::env::Environment;
use crate::ui;

/// Parses the arguments, runs the verb and returns the exit code.
pub fn main(mut environment: Environment) -> ExitCode {
    match environment.load_env_file().and_then(|()| run(&environment)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            // Where standard error is gone there is nobody left to tell.
            drop(ui::stderr(&diagnostic::render(&report, false)));
            ExitCode::from(report.kind.exit_code())
        }
    }
}

fn run(environment: &Environment) -> Result<()> {
    let parsed = match cli::parse(environment)? {
        Request::Show(text) => return print(&text),
        Request::Run(parsed) => parsed,
    };
    match &parsed.args.verb {
        Verb::Build(_) => Err(Box::new(Report::new(Kind::Internal, "`build` is not wired yet"))),
        Verb::Config(args) => {
            let said = config::run(args, environment)?;
            said.notes.iter().try_for_each(|note| ui::stderr(&format!("{note}\n"))).map_err(unprintable)?;
            print(&said.data)
        }
        Verb::Version(args) => print(&version::run(args, |_, _| {
            Err(Box::new(Report::new(Kind::Internal, "templates are not wired yet")))
        })?),
        Verb::Completion(args) => print(&completion::run(args)),
    }
}

fn print(text: &str) -> Result<()> {
    ui::stdout(text).map_err(unprintable)
}

fn unprintable(error: std::io::Error) -> Box<Report> {
    Box::new(Report::tool("the output cannot be written").cause(error))
}
