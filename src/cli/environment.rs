//! Flags from the environment: laid under the command line as defaults, for every flag alike.

use std::collections::BTreeMap;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::compat;
use crate::settings::env::{Environment, SKAFFOLD_PREFIX, SKEG_PREFIX};
use crate::settings::{Origin, Sourced};

/// Where each flag's value comes from, by its long name.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// Variables that were laid under the command line.
    under: BTreeMap<String, Origin>,
    /// The flags that have a value which is no default.
    given: BTreeMap<String, Origin>,
}

/// Flags for which an empty variable is a value (it turns a configured one off); for the others it is unset.
const NILLABLE: &[&str] = &["cache-flags", "default-repo"];

impl Origins {
    /// Where the value of a flag (`builder`) comes from; [`Origin::Default`] when nobody gave one.
    pub fn of(&self, flag: &str) -> Origin {
        self.given.get(flag).cloned().unwrap_or(Origin::Default)
    }

    /// Pairs a flag's value with its origin.
    pub fn sourced<T>(&self, flag: &str, value: T) -> Sourced<T> {
        Sourced::new(value, self.of(flag))
    }

    /// The flags given that do nothing, with where each comes from.
    pub fn without_effect(&self) -> impl Iterator<Item = (&str, Origin)> {
        let idle = self.given.iter().filter(|(flag, _)| compat::is_idle(flag));
        idle.map(|(flag, origin)| (flag.as_str(), origin.clone()))
    }

    /// The variable laid under a flag.
    pub(super) fn underlaid(&self, flag: &str) -> Option<&Origin> {
        self.under.get(flag)
    }

    /// Makes the variables' values the defaults of their flags: of `skeg` itself and of its direct sub-commands.
    pub(super) fn underlay(&mut self, command: Command, env: &Environment) -> Command {
        let any = |prefix: &str| {
            env.vars.range(prefix.to_owned()..).next().is_some_and(|(k, _)| k.starts_with(prefix))
        };
        if !any(SKEG_PREFIX) && !any(SKAFFOLD_PREFIX) {
            return command;
        }
        // The flags of two verbs may share a name (--output); only those of the verb that runs count.
        let verb = verb(&command, env);
        let mut lay = |arg: Arg| self.lay(arg, env);
        let command = command.mut_args(&mut lay);
        match verb {
            Some(verb) => command.mut_subcommand(verb, |command| command.mut_args(&mut lay)),
            None => command,
        }
    }

    fn lay(&mut self, arg: Arg, env: &Environment) -> Arg {
        let Some(flag) = arg.get_long().map(str::to_owned) else { return arg };
        let Some((variable, value)) = variable(&flag, env) else { return arg };
        let origin = if env.from_env_file.contains(&variable) {
            Origin::EnvFile(variable)
        } else {
            Origin::Env(variable)
        };
        self.under.insert(flag, origin);
        arg.default_value(value)
    }

    /// Looks where the values came from in the end.
    pub(super) fn settle(&mut self, matches: &ArgMatches) {
        let mut level = Some(matches);
        while let Some(matches) = level {
            // A level also holds the global flags of those below it, without knowing them.
            for id in matches.ids().filter(|id| matches.try_contains_id(id.as_str()).is_ok()) {
                // Each argument's identity is its long name, in snake case where a field holds its value.
                let flag = id.as_str().replace('_', "-");
                let origin = match matches.value_source(id.as_str()) {
                    Some(ValueSource::CommandLine) => Origin::Flag(format!("--{flag}")),
                    _ => match self.under.get(&flag) {
                        Some(origin) => origin.clone(),
                        None => continue,
                    },
                };
                self.given.insert(flag, origin);
            }
            level = matches.subcommand().map(|(_, matches)| matches);
        }
    }
}

/// The variable that gives a flag its value, and the value.
fn variable(flag: &str, env: &Environment) -> Option<(String, String)> {
    // These two name files, not the flag: SKEG_CONFIG our own, SKAFFOLD_CONFIG Skaffold's. The flag takes the place
    // of both, which would hide one file behind a variable that is meant for the other.
    if matches!(flag, "config" | "help" | "version") {
        return None;
    }
    let upper = flag.to_uppercase().replace('-', "_");
    [SKEG_PREFIX, SKAFFOLD_PREFIX].into_iter().find_map(|prefix| {
        let name = format!("{prefix}{upper}");
        let value = env.vars.get(&name)?;
        (!value.is_empty() || NILLABLE.contains(&flag)).then(|| (name, value.clone()))
    })
}

/// The direct sub-command the arguments name; `None` also for one that has sub-commands itself.
fn verb(command: &Command, env: &Environment) -> Option<String> {
    // A global flag's value may stand before the verb, but none of them is called like a verb.
    let mut words = env.args.iter().skip(1).filter_map(|arg| arg.to_str());
    let found = words.find_map(|word| command.find_subcommand(word))?;
    (!found.has_subcommands()).then(|| found.get_name().to_owned())
}
