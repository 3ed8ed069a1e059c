//! The functions of templates: Go's own, those of the sprig library (version 3, which Skaffold registers), and
//! Skaffold's `cmd` (Skaffold: `pkg/skaffold/util/env_template.go`). As in pipelines, the value that is worked on is the
//! last argument.
//!
//! A function is a row of a table: its name, its parameters, and what it does. Arguments are checked against the
//! parameters before it is called.

mod builtins;
pub(super) mod call;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod lists;
mod math;
mod paths;
mod random;
mod reflect;
mod regexes;
mod strings;
mod system;
mod urls;
pub(super) mod versions;
mod words;

pub(super) use call::{Answer, Call, Wrong, check};
pub(super) use dates::{method as time_method, number_method};

/// A function.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// A letter each: `s` text, `i` int, `f` float, `b` bool, `m` dict, `t` time, `a` anything; the one before a `*`
    /// comes any number of times.
    pub(super) parameters: &'static str,
    pub(super) run: fn(&mut Call<'_, '_>) -> Answer,
}

/// A row of a table.
const fn function(
    name: &'static str,
    parameters: &'static str,
    run: fn(&mut Call<'_, '_>) -> Answer,
) -> Function {
    Function { name, parameters, run }
}

/// The functions that a template may use; of two with one name the first.
#[derive(Clone, Copy)]
pub(super) struct Set(&'static [&'static [Function]]);

/// Fields of a project file.
pub(super) const PROJECT: Set = Set(&[
    system::FUNCTIONS,
    strings::FUNCTIONS,
    words::FUNCTIONS,
    regexes::FUNCTIONS,
    lists::FUNCTIONS,
    dicts::FUNCTIONS,
    defaults::FUNCTIONS,
    math::FUNCTIONS,
    dates::FUNCTIONS,
    encoding::FUNCTIONS,
    crypto::FUNCTIONS,
    random::FUNCTIONS,
    paths::FUNCTIONS,
    urls::FUNCTIONS,
    versions::FUNCTIONS,
    reflect::FUNCTIONS,
    builtins::FUNCTIONS,
]);

/// `--output`: Go's own functions, and `json`.
pub(super) const OUTPUT: Set = Set(&[encoding::JSON, builtins::FUNCTIONS, builtins::SLICE]);

impl Set {
    /// The function of a name.
    pub(super) fn find(self, name: &str) -> Option<&'static Function> {
        self.0.iter().copied().flatten().find(|function| function.name == name)
    }

    /// All names.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied().flatten().map(|function| function.name)
    }
}
