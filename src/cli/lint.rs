//! `skeg lint`

use clap::{ArgAction, ValueEnum};

use super::ProjectArgs;
use super::compat::IdleArgs;

/// Find what makes builds slow, never cached, stale or insecure
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skeg lint                           Look at the project and its Dockerfiles
  skeg lint --strict                  The same, failing where something is found
  skeg lint --ignore unpinned-base    Without this rule

A comment `# skeg-lint: ignore=RULE` on a line, or above it, silences a rule there. docs/lint.md has the rules.")]
pub struct LintArgs {
    /// How to print
    #[arg(short, long = "output", alias = "format", value_name = "FORMAT", default_value = "plain")]
    pub output: LintFormat,
    /// Fail when anything is found
    #[arg(long, action = ArgAction::Set, default_value_t = false)]
    pub strict: bool,
    /// Rules to leave out
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// List the rules and end
    #[arg(long, action = ArgAction::Set, default_value_t = false)]
    pub rules: bool,
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// Flags that do nothing.
    #[command(flatten)]
    pub idle: IdleArgs,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// `file:line:column: concern: message [rule]`, and the cure below
    #[value(aliases = ["plain-text", "text"])]
    Plain,
    /// One JSON object a line
    Json,
}
