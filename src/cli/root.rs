//! `skeg` itself: the flags every verb has, and the verbs.

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use super::{
    BuildArgs, CacheArgs, CompletionArgs, ConfigArgs, DiagnoseArgs, FindConfigsArgs, FixArgs, InspectArgs,
    LintArgs, OptionsArgs, SchemaArgs, TestArgs, VersionArgs, WhyArgs,
};

/// Build the images of a skaffold.yaml through BuildKit.
#[derive(Debug, Parser)]
#[command(
    name = "skeg",
    bin_name = "skeg",
    version = concat!("v", env!("CARGO_PKG_VERSION")),
    subcommand_required = true,
    arg_required_else_help = true,
    propagate_version = false,
    after_help = "\
Examples:
  skeg build                              Build every image of ./skaffold.yaml
  skeg build -d registry.example/me --push --platform linux/amd64,linux/arm64
                                          Build for two platforms and push to a registry
  skeg config set buildx-builder remote   Build on the builder `remote` from now on

Every flag can also be set by a variable: --default-repo by SKEG_DEFAULT_REPO or
SKAFFOLD_DEFAULT_REPO. `skeg COMMAND --help` tells more.",
    max_term_width = 120
)]
pub struct Args {
    /// Flags every verb has.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags every verb has.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// How much to tell: fatal, error, warning, info, debug or trace
    #[arg(
        short,
        long,
        global = true,
        value_name = "LEVEL",
        default_value = "warning",
        hide_possible_values = true
    )]
    pub verbosity: Verbosity,
    /// When to use colours: auto, always or never
    // Skaffold takes a colour's number, of which 0 means none.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = color)]
    pub color: Color,
    /// Colour the output even when it is no terminal
    #[arg(long, global = true, hide = true, action = ArgAction::Set, default_value_t = false)]
    pub force_colors: bool,
    /// Does nothing: no questions are asked
    #[arg(long, global = true, hide = true, action = ArgAction::Set, default_value_t = true)]
    pub interactive: bool,
    /// Begin each line of output with the time
    #[arg(long, global = true, action = ArgAction::Set, default_value_t = false)]
    pub timestamps: bool,
    /// Does nothing: there is no update check
    #[arg(long, global = true, hide = true, action = ArgAction::Set, default_value_t = false)]
    pub update_check: bool,
}

impl GlobalArgs {
    /// When to use colours, with `--force-colors` counted in.
    pub fn color(&self) -> Color {
        if self.force_colors { Color::Always } else { self.color }
    }
}

/// How much to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Verbosity {
    /// Only what ends the program.
    #[value(alias = "panic")]
    Fatal,
    /// Errors.
    Error,
    /// And warnings.
    #[value(alias = "warn")]
    Warning,
    /// And what is being done.
    Info,
    /// And why.
    Debug,
    /// And everything else.
    Trace,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn color(text: &str) -> Result<Color, &'static str> {
    match text {
        "auto" => Ok(Color::Auto),
        "always" => Ok(Color::Always),
        "never" => Ok(Color::Never),
        number => match number.parse::<i64>() {
            Ok(0) => Ok(Color::Never),
            Ok(_) => Ok(Color::Auto),
            Err(_) => Err("expected auto, always, never or a number"),
        },
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Build the project's images
    Build(Box<BuildArgs>),
    /// Run the project's tests of images that were built
    Test(Box<TestArgs>),
    /// Say why an image would be built
    Why(Box<WhyArgs>),
    /// Show what skeg makes of a project
    Diagnose(Box<DiagnoseArgs>),
    /// Find what makes builds slow, never cached, stale or insecure
    Lint(Box<LintArgs>),
    /// Read and edit a project by programs
    Inspect(Box<InspectArgs>),
    /// List the project files below a folder
    FindConfigs(FindConfigsArgs),
    /// Show and clean what is remembered of earlier builds
    Cache(CacheArgs),
    /// Bring the project file to a newer version of the schema; comments and format stay
    Fix(FixArgs),
    /// Read and change your own defaults, global or per kube-context
    Config(ConfigArgs),
    /// List the versions of the project file, and print their JSON schemas
    Schema(SchemaArgs),
    /// Print the version
    Version(VersionArgs),
    /// Print the completion script of a shell
    Completion(CompletionArgs),
    /// List the flags that every command takes
    Options(OptionsArgs),
}
