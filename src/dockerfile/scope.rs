//! Variables: global arguments, and what `ARG` and `ENV` set in a stage.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::platform;

use super::analysis::{Options, Wide};
use super::expand::{self, Problem, Variable};
use super::lines::Instruction;
use super::words;

/// Variables by name. A value of `None` is not known.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    bound: BTreeMap<String, Bound>,
    /// Whether what is not set here may be set by an image.
    image: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    value: Option<String>,
    by_env: bool,
}

impl Scope {
    /// Nothing set yet, over a base that is an image or not.
    pub(super) fn over(image: bool) -> Self {
        Self { image, ..Self::default() }
    }

    /// What is known of a variable.
    pub(super) fn get(&self, name: &str) -> Variable<'_> {
        match self.bound.get(name) {
            Some(Bound { value: Some(value), .. }) => Variable::Set(value),
            Some(_) => Variable::Unknown,
            // BuildKit gives every stage a PATH.
            None if self.image || name == "PATH" => Variable::Unknown,
            None => Variable::Unset,
        }
    }

    /// A word with the variables of this scope.
    pub(super) fn expand(&self, word: &str, escape: char) -> Result<String, Problem> {
        expand::expand(word, escape, &|name| self.get(name))
    }

    /// A word whose value may be unknown.
    fn value(&self, word: &str, escape: char) -> Result<Option<String>, Problem> {
        match self.expand(word, escape) {
            Ok(value) => Ok(Some(value)),
            Err(Problem::Unknown(_)) => Ok(None),
            Err(refused) => Err(refused),
        }
    }

    fn bind(&mut self, name: &str, value: Option<String>, by_env: bool) {
        self.bound.insert(name.to_owned(), Bound { value, by_env });
    }

    /// An `ENV`: every value is expanded with what was set before the instruction.
    pub(super) fn env(&mut self, pairs: &[(String, String)], escape: char) -> Result<(), Problem> {
        let before = self.clone();
        for (name, value) in pairs {
            self.bind(&before.expand(name, escape)?, before.value(value, escape)?, true);
        }
        Ok(())
    }

    /// An `ARG` in a stage. Given values come first, then the default, then the global argument.
    pub(super) fn arg(
        &mut self,
        declared: &[(String, Option<String>)],
        given: &BTreeMap<String, String>,
        globals: &Scope,
        escape: char,
    ) -> Result<(), Problem> {
        let before = self.clone();
        for (name, default) in declared {
            let value = match (given.get(name), default) {
                (Some(given), _) => Some(given.clone()),
                (None, Some(default)) => {
                    // Versions differ on whether defaults see what the same instruction declares before them.
                    let now = self.value(default, escape)?;
                    now.filter(|now| before.value(default, escape).ok().flatten().as_ref() == Some(now))
                }
                (None, None) => match globals.get(name) {
                    Variable::Set(value) => Some(value.to_owned()),
                    Variable::Unknown if globals.bound.contains_key(name) => None,
                    Variable::Unset | Variable::Unknown => continue,
                },
            };
            match self.bound.get(name) {
                // The documentation says that ENV wins, the program that the later does.
                Some(env) if env.by_env && env.value != value => self.bind(name, None, true),
                Some(env) if env.by_env => {}
                _ => self.bind(name, value, false),
            }
        }
        Ok(())
    }
}

/// What stands before the first stage, and what BuildKit predefines.
#[derive(Debug)]
pub(super) struct Globals {
    pub(super) scope: Scope,
    /// For every global argument, the variables that its defaults name.
    named: BTreeMap<String, BTreeSet<String>>,
}

impl Globals {
    /// Reads the global arguments. `stage` is the target as BuildKit names it.
    pub(super) fn new(
        instructions: &[Instruction],
        options: &Options<'_>,
        stage: &str,
        escape: char,
    ) -> Result<Self, Wide> {
        let mut scope = predefined(options, stage);
        let mut named: BTreeMap<String, BTreeSet<String>> =
            scope.bound.keys().map(|name| (name.clone(), BTreeSet::new())).collect();
        for instruction in instructions {
            let refuse = |reason: String| Wide { reason, line: instruction.line };
            for (name, default) in words::declarations(&instruction.rest, escape).map_err(refuse)? {
                let uses = named.entry(name.clone()).or_default();
                if let Some(default) = &default {
                    uses.extend(expand::names(default, escape));
                }
                let value = match (options.args.get(&name), default) {
                    (Some(given), _) => Some(given.clone()),
                    (None, Some(default)) => {
                        scope.value(&default, escape).map_err(|problem| refuse(problem.to_string()))?
                    }
                    (None, None) => continue,
                };
                scope.bind(&name, value, false);
            }
        }
        Ok(Self { scope, named })
    }

    /// The names among `used` that are global arguments, with those that their defaults use.
    pub(super) fn closure(&self, used: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut left: Vec<String> = used.into_iter().collect();
        while let Some(name) = left.pop() {
            if let Some(more) = self.named.get(&name)
                && found.insert(name)
            {
                left.extend(more.iter().cloned());
            }
        }
        found
    }
}

/// The arguments of the platforms. Given arguments replace them.
fn predefined(options: &Options<'_>, stage: &str) -> Scope {
    let mut scope = Scope::default();
    let mut bind = |name: String, value: Option<&str>| {
        let value = options.args.get(&name).map(String::as_str).or(value);
        scope.bind(&name, value.map(str::to_owned), false);
    };
    for (kind, text) in [("BUILD", options.build_platform), ("TARGET", options.platform)] {
        let text = normal(text);
        let mut parts = text.as_deref().unwrap_or_default().split('/');
        for part in ["OS", "ARCH", "VARIANT"] {
            let value = parts.next().unwrap_or_default();
            bind(format!("{kind}{part}"), text.as_ref().map(|_| value));
        }
        bind(format!("{kind}OSVERSION"), text.as_ref().map(|_| ""));
        bind(format!("{kind}PLATFORM"), text.as_deref());
    }
    bind("TARGETSTAGE".to_owned(), Some(stage));
    scope
}

/// A platform as BuildKit writes it into variables; `None` = it may write it in another way.
fn normal(text: &str) -> Option<String> {
    let text = platform::parse(text).filter(|_| text.contains('/'))?;
    match text.as_str() {
        "linux/arm" => Some("linux/arm/v7".to_owned()),
        // Variants of these are rewritten in ways that depend on the version.
        _ if text.starts_with("windows") => None,
        _ => Some(text),
    }
}
