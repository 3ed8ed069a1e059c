//! `skeg build`

use clap::{ArgAction, ValueEnum};

use super::compat::CompatibilityArgs;
use super::project::{list, nillable};
use super::{DefinitionArgs, Origins, ProjectArgs, TargetArgs};
use crate::settings::Flags;

/// Build the project's images and push them, or load them into the docker daemon
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skeg build                             Build everything
  skeg build -p prod -b web              With profile `prod`, only images named like `web`
  skeg build --builder tcp://host:1234   On a BuildKit daemon, no docker needed
  skeg build -q > images.json            Only the result, for `skaffold deploy -a`
  skeg build --print                     Show what BuildKit would be told")]
pub struct BuildArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Only images whose name contains this text
    #[arg(short, long, value_name = "TEXT", value_delimiter = ',', help_heading = "What to build")]
    pub build_image: Vec<String>,

    /// What decides the images.
    #[command(flatten)]
    pub definition: DefinitionArgs,
    /// How many images are built at once; 0 or -1 = as many as BuildKit can
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "How to build")]
    pub build_concurrency: Option<i64>,
    /// Take over images that earlier builds of the same inputs left
    #[arg(long, action = ArgAction::Set, default_value_t = true, help_heading = "How to build")]
    pub cache_artifacts: bool,
    /// Tag of cache references (a template)
    #[arg(long, value_name = "TAG", help_heading = "How to build")]
    pub cache_tag: Option<String>,
    /// Registry of cache references, instead of the default repo
    #[arg(long, value_name = "REPO", help_heading = "How to build")]
    pub cache_repo: Option<String>,
    /// Attributes of cache exports; empty turns exports off
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',', help_heading = "How to build")]
    pub cache_flags: Option<Vec<String>>,

    /// Which registry and cluster the images are for.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Print the result only, formatted by --output
    #[arg(short, long, action = ArgAction::Set, default_value_t = false, help_heading = "What to show")]
    pub quiet: bool,
    /// Go template of the result
    #[arg(
        short,
        long,
        value_name = "TEMPLATE",
        default_value = "{{json .}}",
        allow_hyphen_values = true,
        help_heading = "What to show"
    )]
    pub output: String,
    /// Also write the result to a file
    #[arg(long, value_name = "FILE", help_heading = "What to show")]
    pub file_output: Option<String>,
    /// Only work out the tags
    #[arg(long, action = ArgAction::Set, default_value_t = false, help_heading = "What to show")]
    pub dry_run: bool,
    /// Only print what BuildKit would be told
    #[arg(long, action = ArgAction::Set, default_value_t = false, help_heading = "What to show")]
    pub print: bool,
    /// How to show progress: auto, plain (lines) or tty (live)
    #[arg(
        long,
        value_name = "MODE",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "What to show"
    )]
    pub progress: ProgressMode,

    /// Flags that do nothing.
    #[command(flatten)]
    pub compatibility: CompatibilityArgs,
}

impl BuildArgs {
    /// The flags that settings are made of, each with its origin.
    pub fn flags(&self, origins: &Origins) -> Flags {
        Flags {
            cache_tag: nillable(origins, "cache-tag", self.cache_tag.as_ref()),
            cache_repo: nillable(origins, "cache-repo", self.cache_repo.as_ref()),
            cache_flags: self.cache_flags.as_ref().map(|flags| origins.sourced("cache-flags", list(flags))),
            build_concurrency: self.build_concurrency.map(|n| origins.sourced("build-concurrency", n)),
            ..self.definition.flags(origins, self.target.flags(&self.project, origins))
        }
    }
}

/// How to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// Live on a terminal, plain elsewhere
    Auto,
    /// One line after the other
    Plain,
    /// A line per running step, redrawn in place
    Tty,
}
