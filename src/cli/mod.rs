//! The command line: clap types, one file per verb, and the reading of arguments with the environment under them.

mod build;
mod cache;
mod compat;
mod completion;
mod config;
mod definition;
mod diagnose;
mod environment;
mod find_configs;
mod fix;
pub mod inspect;
mod lint;
mod options;
mod project;
mod root;
mod schema;
mod test;
mod version;
mod why;

pub use build::{BuildArgs, ProgressMode};
pub use cache::{CacheArgs, CacheVerb, Format, PruneArgs, StatusArgs};
pub use compat::COMPATIBILITY;
pub use completion::{CompletionArgs, Shell};
pub use config::{ConfigArgs, ConfigVerb, Key, ListArgs, SetArgs, Target, UnsetArgs};
pub use definition::DefinitionArgs;
pub use diagnose::DiagnoseArgs;
pub use environment::Origins;
pub use find_configs::{FindConfigsArgs, TableFormat};
pub use fix::FixArgs;
pub use inspect::InspectArgs;
pub use lint::{LintArgs, LintFormat};
pub use options::OptionsArgs;
pub use project::{ProjectArgs, SelectionArgs, SyncRemoteCache, TargetArgs};
pub use root::{Args, Color, GlobalArgs, Verb, Verbosity};
pub use schema::{SchemaArgs, SchemaFormat, SchemaGetArgs, SchemaListArgs, SchemaVerb};
pub use test::TestArgs;
pub use version::VersionArgs;
pub use why::WhyArgs;

use clap::error::ErrorKind;
use clap::{ArgAction, Command, CommandFactory as _, FromArgMatches as _};

use crate::diagnostic::{Kind, Report, Result};
use crate::settings::Flags;
use crate::settings::env::Environment;

/// What the command line asks for.
#[derive(Debug)]
pub enum Request {
    /// Run a verb.
    Run(Box<Parsed>),
    /// Show this text on standard output and end well: a help page, or the version.
    Show(String),
}

/// The arguments and where each of them comes from.
#[derive(Debug)]
pub struct Parsed {
    /// The arguments.
    pub args: Args,
    /// Where each flag comes from.
    pub origins: Origins,
}

impl Args {
    /// Is what the verb prints JSON for programs? Then its errors are too. (The errors of `inspect` are part of its
    /// answers.)
    pub fn answers_in_json(&self) -> bool {
        match &self.verb {
            Verb::Lint(args) => args.output == LintFormat::Json,
            Verb::Why(args) => args.output == Format::Json,
            Verb::Cache(CacheArgs { verb: CacheVerb::Status(args) }) => args.output == Format::Json,
            Verb::FindConfigs(args) => args.output == TableFormat::Json,
            _ => false,
        }
    }
}

/// Reads the arguments. A flag that is not among them is looked for in `SKEG_<FLAG>`, then in `SKAFFOLD_<FLAG>`
/// (Skaffold: `cmd.go`, only flags of `skeg` itself and of its direct sub-commands).
///
/// Errors: [`Kind::Usage`] with clap's words; one that lies in a variable names the variable.
pub fn parse(env: &Environment) -> Result<Request> {
    let mut origins = Origins::default();
    let command = origins.underlay(command(), env);
    let matches = match command.try_get_matches_from(&env.args) {
        Ok(matches) => matches,
        Err(error) if is_answer(error.kind()) => return Ok(Request::Show(error.to_string())),
        Err(error) => return Err(blame(&error, env, &origins)),
    };
    origins.settle(&matches);
    let args = Args::from_arg_matches(&matches).map_err(|error| usage(&error))?;
    Ok(Request::Run(Box::new(Parsed { args, origins })))
}

/// What the environment alone says to `skeg build`, as settings see it.
///
/// Errors: a variable with a value its flag does not take.
pub fn flags_of_environment(env: &Environment) -> Result<Flags> {
    let env = Environment { args: vec!["skeg".into(), "build".into()], ..env.clone() };
    match parse(&env)? {
        Request::Run(parsed) => match &parsed.args.verb {
            Verb::Build(args) => Ok(args.flags(&parsed.origins)),
            _ => Ok(Flags::default()),
        },
        Request::Show(_) => Ok(Flags::default()),
    }
}

/// The whole command line as clap knows it: for parsing, help and completions.
pub fn command() -> Command {
    fn go_like(command: Command) -> Command {
        // Booleans as Go's pflag reads them: `--push`, `--push=true`, `--push=0`, never `--push true`.
        // Given twice, the last of single values counts and lists grow: again as there.
        command
            .args_override_self(true)
            .mut_args(|arg| {
                let boolean =
                    arg.get_value_parser().type_id() == clap::builder::ValueParser::bool().type_id();
                if boolean && matches!(arg.get_action(), ArgAction::Set) {
                    arg.num_args(0..=1)
                        .require_equals(true)
                        .default_missing_value("true")
                        .value_parser(boolean_value)
                        .value_name("BOOL")
                        .hide_default_value(true)
                } else {
                    arg
                }
            })
            .mut_subcommands(|command| go_like(command).disable_help_subcommand(true))
    }
    go_like(Args::command())
}

fn boolean_value(text: &str) -> Result<bool, &'static str> {
    crate::userconfig::parse_bool(text).ok_or("expected true or false")
}

fn is_answer(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// The report of a parse error, which may lie in a variable: then the command line alone is right.
fn blame(error: &clap::Error, env: &Environment, origins: &Origins) -> Box<Report> {
    let alone = command().try_get_matches_from(&env.args);
    let innocent = alone.as_ref().map_or_else(|error| is_answer(error.kind()), |_| true);
    let mut report = usage(error);
    if innocent && let Some(origin) = flag_of(error).and_then(|flag| origins.underlaid(&flag)) {
        report.title = format!("{origin}: {}", report.title);
        report.hints.insert(0, "correct or unset the variable".to_owned());
    }
    report
}

/// The long flag a clap error is about.
fn flag_of(error: &clap::Error) -> Option<String> {
    let clap::error::ContextValue::String(arg) = error.get(clap::error::ContextKind::InvalidArg)? else {
        return None;
    };
    let at = arg.find("--")?;
    let name = &arg[at + 2..];
    Some(name[..name.find(['[', '=', ' ']).unwrap_or(name.len())].to_owned())
}

/// Commands of Skaffold that are not here yet: they get no tip that another one may have been meant.
const NOT_YET: &[&str] = &[
    "apply",
    "credits",
    "debug",
    "delete",
    "deploy",
    "dev",
    "exec",
    "filter",
    "generate-pipeline",
    "init",
    "lsp",
    "render",
    "run",
    "survey",
    "verify",
];

/// Clap's text, taken apart: what is wrong, its tips, and where to read on.
fn usage(error: &clap::Error) -> Box<Report> {
    let text = error.to_string();
    if let Some(clap::error::ContextValue::String(name)) =
        error.get(clap::error::ContextKind::InvalidSubcommand)
        && NOT_YET.contains(&name.as_str())
        && text.contains("Usage: skeg [")
    {
        let instead = match name.as_str() {
            "run" => "skeg build -q | skaffold deploy -a -".to_owned(),
            "deploy" | "exec" | "render" | "verify" => format!("skeg build -q | skaffold {name} -a -"),
            _ => format!("skaffold {name}"),
        };
        let report = Report::new(Kind::Usage, format!("`skeg {name}` is not there yet"));
        return Box::new(report.hint(format!("use `{instead}`")));
    }
    let mut report = Report::new(Kind::Usage, "");
    for (index, paragraph) in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).enumerate() {
        if index == 0 {
            let lines: Vec<_> = paragraph.trim_start_matches("error: ").lines().map(str::trim).collect();
            report.title = lines.join(" ");
        } else if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            let usage = usage.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            report.hints.push(format!("usage: {usage}"));
        } else if !paragraph.starts_with("For more information") {
            let tips = paragraph.lines().map(|line| line.trim().trim_start_matches("tip: ").to_owned());
            report.hints.extend(tips.filter(|tip| !tip.is_empty()));
        }
    }
    report.hints.push("add `--help` to see every flag".to_owned());
    Box::new(report)
}

#[cfg(test)]
mod tests;
