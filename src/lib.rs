//! `skeg` reads a project's `skaffold.yaml` and builds its images through BuildKit.
//!
//! The folder list is the pipeline; `docs/architecture.md` holds the table of rooms and the direction in
//! which they may use each other.

pub mod build;
pub mod builder;
pub mod cli;
pub mod commands;
pub mod config;
pub mod diagnostic;
pub mod docker;
pub mod dockerfile;
pub mod engine;
pub mod event;
pub mod git;
pub mod hooks;
pub mod http;
pub mod ignorefile;
pub mod image;
pub mod inputs;
pub mod lint;
pub mod process;
pub mod registry;
pub mod settings;
pub mod state;
pub mod tag;
pub mod template;
pub mod testing;
pub mod ui;
pub mod userconfig;
pub mod yaml;

use std::process::ExitCode;

/// Runs the program: reads the process's arguments and environment once, runs the verb and turns its result
/// into the exit code that `docs/exit-codes.md` documents.
pub fn run() -> ExitCode {
    commands::main(settings::env::Environment::of_process())
}
