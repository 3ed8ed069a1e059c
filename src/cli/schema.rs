//! `skeg schema`

use clap::ValueEnum;

/// List the versions of the project file, and print their JSON schemas
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct SchemaArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: SchemaVerb,
}

/// The verbs of `skeg schema`.
#[derive(Debug, clap::Subcommand)]
pub enum SchemaVerb {
    /// List the versions that are read, the oldest first
    List(SchemaListArgs),
    /// Print the JSON schema of a version
    Get(SchemaGetArgs),
}

/// The arguments of `skeg schema list`.
#[derive(Debug, clap::Args)]
pub struct SchemaListArgs {
    /// How to print
    #[arg(short, long, value_name = "FORMAT", default_value = "plain")]
    pub output: SchemaFormat,
}

/// The arguments of `skeg schema get`.
#[derive(Debug, clap::Args)]
pub struct SchemaGetArgs {
    /// The version, such as skaffold/v4beta14 or v4beta14
    #[arg(value_name = "VERSION")]
    pub version: String,
}

/// How to print versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// One a line
    Plain,
    /// As JSON
    Json,
}
