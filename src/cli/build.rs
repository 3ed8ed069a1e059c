//! `skeg build`

use clap::{ArgAction, ValueEnum};

use super::compat::CompatibilityArgs;
use super::{ProjectArgs, TargetArgs};

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
    /// Platforms to build for
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',', help_heading = "What to build")]
    pub platform: Vec<String>,
    /// Build one platform only, also where several are asked for
    #[arg(long, action = ArgAction::Set, default_value_t = false, help_heading = "What to build")]
    pub disable_multi_platform_build: bool,
    /// The tag of every image, instead of the project's tag policy
    #[arg(short, long, value_name = "TAG", help_heading = "What to build")]
    pub tag: Option<String>,

    /// Builder: buildx instance, docker context, address, `none` or `classic`
    #[arg(long, value_name = "BUILDER", help_heading = "How to build")]
    pub builder: Option<String>,
    /// How many images are built at once; 0 or -1 = as many as BuildKit can
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "How to build")]
    pub build_concurrency: Option<i64>,
    /// Take over images that earlier builds of the same inputs left
    #[arg(long, action = ArgAction::Set, default_value_t = true, help_heading = "How to build")]
    pub cache_artifacts: bool,
    /// Where to remember what was built, instead of the cache folder
    #[arg(long, value_name = "FILE", help_heading = "How to build")]
    pub cache_file: Option<String>,
    /// Ask no registry whether base images moved
    #[arg(long, action = ArgAction::Set, default_value_t = false, help_heading = "How to build")]
    pub offline: bool,
    /// Tag of cache references (a template)
    #[arg(long, value_name = "TAG", help_heading = "How to build")]
    pub cache_tag: Option<String>,
    /// Registry of cache references, instead of the default repo
    #[arg(long, value_name = "REPO", help_heading = "How to build")]
    pub cache_repo: Option<String>,
    /// Attributes of cache exports; empty turns exports off
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',', help_heading = "How to build")]
    pub cache_flags: Option<Vec<String>>,
    /// Attest how the images were built
    #[arg(long, value_name = "MODE", help_heading = "How to build")]
    pub provenance: Option<String>,
    /// Attest what the images contain
    #[arg(long, value_name = "GENERATOR", help_heading = "How to build")]
    pub sbom: Option<String>,

    /// Push the images; `--push=false` never does
    #[arg(long, action = ArgAction::Set, help_heading = "Where the images go")]
    pub push: Option<bool>,
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
