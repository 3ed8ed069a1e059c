//! `skeg config`

use std::fmt::Write as _;

use clap::ArgAction;

use crate::userconfig::{KEYS, Kind};

/// Read and change your own defaults, global or per kube-context
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Values stand in ~/.config/skeg/config.yaml (or the file of SKEG_CONFIG). What that file does not say is read from
Skaffold's ~/.skaffold/config, which is never written."
)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: ConfigVerb,
}

/// The verbs of `skeg config`.
#[derive(Debug, clap::Subcommand)]
pub enum ConfigVerb {
    /// Set a value for the current kube-context, another one, or all of them
    #[command(after_help = keys())]
    Set(SetArgs),
    /// Remove a value
    #[command(after_help = keys())]
    Unset(UnsetArgs),
    /// List the values in force and where each comes from
    List(ListArgs),
}

/// Which file and which section of it.
#[derive(Debug, clap::Args)]
pub struct Target {
    /// The file to use instead of yours and Skaffold's
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<String>,
    /// Work on the values for all kube-contexts
    #[arg(short, long, action = ArgAction::Set, default_value_t = false, conflicts_with = "kube_context")]
    pub global: bool,
    /// The kube-context (or a pattern of several) instead of the current one
    #[arg(short, long, value_name = "CONTEXT")]
    pub kube_context: Option<String>,
}

/// A key, as the user wrote it.
#[derive(Debug, clap::Args)]
pub struct Key {
    /// The key
    #[arg(value_name = "KEY")]
    pub name: String,
    /// The key is one of `survey`
    #[arg(short, long, hide = true, action = ArgAction::Set, default_value_t = false)]
    pub survey: bool,
    /// Does nothing: the key is one of a further survey
    #[arg(short, long, hide = true, value_name = "SURVEY")]
    pub id: Option<String>,
}

/// Set a value
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// Where.
    #[command(flatten)]
    pub target: Target,
    /// What.
    #[command(flatten)]
    pub key: Key,
    /// The value; of a list one or more items separated by commas, which are added to it
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub value: String,
}

/// Remove a value
#[derive(Debug, clap::Args)]
pub struct UnsetArgs {
    /// Where.
    #[command(flatten)]
    pub target: Target,
    /// What.
    #[command(flatten)]
    pub key: Key,
}

/// List values
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Where.
    #[command(flatten)]
    pub target: Target,
    /// Show both files whole, and the settings they add up to
    #[arg(short, long, action = ArgAction::Set, default_value_t = false)]
    pub all: bool,
}

/// The keys with their meaning, for the help page.
fn keys() -> String {
    let mut text = String::from("Keys:\n");
    let width = KEYS.iter().map(|key| key.name.len()).max().unwrap_or_default();
    for key in KEYS.iter().filter(|key| key.kind != Kind::Records) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:width$}  {}", key.name, key.doc);
    }
    text.push_str(
        "
`set` adds to a list. `unset KEY` forgets it: global or Skaffold's file may then give it.
`set KEY \"\"` stores an empty list; for cache-flags that turns cache exports off.

Examples:
  skeg config set buildx-builder remote                     For the current kube-context
  skeg config set -g default-repo registry.example/me       For all of them
  skeg config set -k 'kind-.*' cache-flags mode=max         For those that match
  skeg config unset -k kind-dev cache-flags",
    );
    text
}
