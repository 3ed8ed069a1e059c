//! `skeg cache`

use std::time::Duration;

use clap::{ArgAction, ValueEnum};

use crate::settings;

/// Show and clean what is remembered of earlier builds
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
What is remembered lies in state.db in the cache folder (~/.cache/skeg, or SKEG_CACHE_DIR). It holds names and
digests, never contents, and can always be removed: the next build makes it again."
)]
pub struct CacheArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: CacheVerb,
}

/// The verbs of `skeg cache`.
#[derive(Debug, clap::Subcommand)]
pub enum CacheVerb {
    /// Show what is remembered
    Status(StatusArgs),
    /// Forget what was not used for long
    Prune(PruneArgs),
}

/// The arguments of `skeg cache status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// The database, instead of the one in the cache folder
    #[arg(long, value_name = "FILE")]
    pub cache_file: Option<String>,
    /// How to print
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub output: Format,
}

/// The arguments of `skeg cache prune`.
#[derive(Debug, clap::Args)]
pub struct PruneArgs {
    /// The database, instead of the one in the cache folder
    #[arg(long, value_name = "FILE")]
    pub cache_file: Option<String>,
    /// Forget images that were not used for this long (90m, 12h, 30d)
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = settings::duration)]
    pub older_than: Duration,
    /// Keep at most so many results of an image
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub keep: u32,
    /// Forget everything
    #[arg(long, action = ArgAction::Set, default_value_t = false)]
    pub all: bool,
}

/// How to print facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}
