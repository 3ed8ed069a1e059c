//! Flags of Skaffold's `build` that do nothing here. They are accepted, so that scripts go on working, and shown as
//! what they are.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// The help heading of the flags that do nothing, and what marks them as such.
pub const COMPATIBILITY: &str = "Accepted for compatibility, without effect";

enum Takes {
    Bool,
    Text(&'static str),
    Number,
}

/// Name, value, whether the help shows it, and a line of help.
const FLAGS: &[(&str, Takes, bool, &str)] = &[
    ("assume-yes", Takes::Bool, true, "There are no questions to say yes to"),
    ("auto-create-config", Takes::Bool, false, "No project file is made up"),
    ("check-cluster-node-platforms", Takes::Bool, true, "No cluster is asked for its platforms"),
    ("enable-rpc", Takes::Bool, false, "There is no event server"),
    ("env-file", Takes::Text("FILE"), false, "Variables come from the environment and skaffold.env"),
    ("event-log-file", Takes::Text("FILE"), false, "There is no event server"),
    ("last-log-file", Takes::Text("FILE"), false, "No log file is kept"),
    ("mute-logs", Takes::Text("PHASES"), true, "The log of a build step is shown when it fails"),
    ("namespace", Takes::Text("NAMESPACE"), true, "Building needs no namespace"),
    ("rpc-http-port", Takes::Number, true, "There is no event server"),
    ("rpc-port", Takes::Number, true, "There is no event server"),
    ("skip-tests", Takes::Bool, true, "No tests run after a build"),
    ("toot", Takes::Bool, true, "There is no beep"),
    ("user", Takes::Text("USER"), false, "No use is counted"),
    ("wait-for-connection", Takes::Bool, true, "There is no event server"),
];

/// Whether a flag is one of those that do nothing.
pub(super) fn is_idle(flag: &str) -> bool {
    FLAGS.iter().any(|(name, ..)| *name == flag)
}

/// Those that every command of Skaffold takes which reads a project.
const EVERYWHERE: &[&str] = &["assume-yes", "user"];

/// The flags of [`FLAGS`]; their values are checked and dropped.
#[derive(Debug)]
pub struct CompatibilityArgs;

/// The same for commands that build nothing: those of [`EVERYWHERE`], which their help does not show.
#[derive(Debug)]
pub struct IdleArgs;

macro_rules! dropped {
    ($name:ident, $command:ident => $augmented:expr) => {
        impl clap::FromArgMatches for $name {
            fn from_arg_matches(_: &ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self)
            }

            fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), clap::Error> {
                Ok(())
            }
        }

        impl clap::Args for $name {
            fn augment_args($command: Command) -> Command {
                $augmented
            }

            fn augment_args_for_update(command: Command) -> Command {
                Self::augment_args(command)
            }
        }
    };
}

dropped!(CompatibilityArgs, command => with(command, FLAGS.iter(), false));
dropped!(IdleArgs, command => {
    with(command, FLAGS.iter().filter(|(name, ..)| EVERYWHERE.contains(name)), true)
});

fn with<'a>(
    command: Command,
    flags: impl Iterator<Item = &'a (&'static str, Takes, bool, &'static str)>,
    hidden: bool,
) -> Command {
    flags.fold(command, |command, (name, takes, shown, help)| {
        let arg = Arg::new(*name).long(*name).help(*help).hide(hidden || !shown).help_heading(COMPATIBILITY);
        let arg = match *name {
            "namespace" => arg.short('n'),
            "user" => arg.short('u'),
            _ => arg,
        };
        let arg = arg.action(ArgAction::Set);
        command.arg(match takes {
            Takes::Bool => arg.value_parser(ValueParser::bool()),
            Takes::Text(value) => arg.value_name(*value),
            Takes::Number => arg.value_name("PORT").value_parser(clap::value_parser!(i64)),
        })
    })
}
