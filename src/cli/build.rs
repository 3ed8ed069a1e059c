//! `skeg build`

use clap::{ArgAction, ValueEnum};

use super::compat::CompatibilityArgs;

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
    /// The project file; `-` reads standard input [default: skaffold.yaml, skaffold.yml or skeg.yaml]
    #[arg(short, long, value_name = "FILE", help_heading = "What to build")]
    pub filename: Option<String>,
    /// Only these configs of the project file
    #[arg(short, long, value_name = "NAME", value_delimiter = ',', help_heading = "What to build")]
    pub module: Vec<String>,
    /// Activate profiles; `-NAME` keeps one from being activated
    #[arg(
        short,
        long,
        value_name = "NAME",
        value_delimiter = ',',
        allow_hyphen_values = true,
        help_heading = "What to build"
    )]
    pub profile: Vec<String>,
    /// Hand --profile on to required configs
    #[arg(long, action = ArgAction::Set, default_value_t = true, help_heading = "What to build")]
    pub propagate_profiles: bool,
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
    /// Registry (and path) to move the images to; empty cancels a configured one
    #[arg(short, long, value_name = "REPO", help_heading = "Where the images go")]
    pub default_repo: Option<String>,
    /// Registries to speak to over http
    #[arg(long, value_name = "REGISTRY", value_delimiter = ',', help_heading = "Where the images go")]
    pub insecure_registry: Vec<String>,
    /// The kube-context the images are for
    #[arg(long, value_name = "CONTEXT", help_heading = "Where the images go")]
    pub kube_context: Option<String>,
    /// The kubeconfig file
    #[arg(long, value_name = "FILE", help_heading = "Where the images go")]
    pub kubeconfig: Option<String>,
    /// Take a minikube of any name for a local cluster
    #[arg(long, action = ArgAction::Set, default_value_t = true, help_heading = "Where the images go")]
    pub detect_minikube: bool,
    /// The minikube profile the images are for
    #[arg(long, value_name = "PROFILE", hide = true, help_heading = "Where the images go")]
    pub minikube_profile: Option<String>,

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

    /// Your config file, instead of your own and Skaffold's
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<String>,

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
