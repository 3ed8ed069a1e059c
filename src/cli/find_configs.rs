//! `skeg find-configs`

use std::path::PathBuf;

use clap::ValueEnum;

/// List the project files below a folder, each with its version
#[derive(Debug, clap::Args)]
pub struct FindConfigsArgs {
    /// The folder
    #[arg(short, long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub directory: PathBuf,
    /// How to print
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: TableFormat,
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// In columns
    Table,
    /// As a JSON object
    Json,
}
