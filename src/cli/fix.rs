//! `skeg fix`

use clap::ArgAction;

use super::SyncRemoteCache;
use super::compat::IdleArgs;

/// Bring the project file to a newer version of the schema; comments and format stay
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skeg fix                      Print the project file in the newest version
  skeg fix --overwrite          Write it in place; the old file becomes skaffold.yaml.v2
  skeg fix --version skaffold/v3 -o new.yaml
                                Write another version to another file")]
pub struct FixArgs {
    /// The project file; `-` reads standard input [default: skaffold.yaml, skaffold.yml or skeg.yaml]
    #[arg(short, long, value_name = "FILE")]
    pub filename: Option<String>,
    /// The version to bring it to [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Write the file in place, and keep the old one beside it with `.v2` behind its name
    #[arg(long, action = ArgAction::Set, default_value_t = false)]
    pub overwrite: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Does nothing: all configs of the file are brought to the new version
    #[arg(short, long, value_name = "NAME", value_delimiter = ',', hide = true)]
    pub module: Vec<String>,
    /// Does nothing: what a file requires stays as it is
    #[arg(long, hide = true, value_name = "FOLDER")]
    pub remote_cache_dir: Option<String>,
    /// Does nothing: what a file requires is not fetched
    #[arg(long, hide = true, value_name = "WHEN")]
    pub sync_remote_cache: Option<SyncRemoteCache>,

    /// Flags that do nothing.
    #[command(flatten)]
    pub idle: IdleArgs,
}
