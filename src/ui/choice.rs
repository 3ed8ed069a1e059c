//! What the user asked of the output, and what follows from it for this terminal. Pure.

use crate::settings::env::{CLICOLOR_FORCE, Environment, NO_COLOR, TERM};

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourChoice {
    /// Colours on a terminal that can show them.
    #[default]
    Auto,
    /// Colours everywhere.
    Always,
    /// No colours.
    Never,
}

impl ColourChoice {
    /// Whether standard error gets colours: the flag, else `NO_COLOR`, else `CLICOLOR_FORCE`, else what the
    /// terminal can do.
    pub fn decide(self, environment: &Environment) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if environment.get(NO_COLOR).is_some() => false,
            Self::Auto if environment.get(CLICOLOR_FORCE).is_some_and(|value| value != "0") => true,
            Self::Auto => environment.stderr_is_terminal && !is_dumb(environment),
        }
    }
}

/// `--progress`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProgressChoice {
    /// Live on a person's terminal, lines elsewhere.
    #[default]
    Auto,
    /// Lines.
    Plain,
    /// Live wherever standard error is a terminal, also in CI.
    Tty,
}

/// `-v`: how much is said beside the build itself. Ordered from little to much; names as in Skaffold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// As [`Verbosity::Error`].
    Fatal,
    /// No warnings.
    Error,
    /// Warnings.
    #[default]
    Warning,
    /// As [`Verbosity::Warning`].
    Info,
    /// Where values come from, what is run, the engine's internal steps and all times.
    Debug,
    /// As [`Verbosity::Debug`].
    Trace,
}

/// What the command line says about the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// `--color`
    pub colour: ColourChoice,
    /// `--progress`
    pub progress: ProgressChoice,
    /// `-v/--verbosity`
    pub verbosity: Verbosity,
    /// `-q/--quiet`: warnings and errors only.
    pub quiet: bool,
    /// `--timestamps`: each line begins with the time (UTC).
    pub timestamps: bool,
}

impl Options {
    /// Whether progress is drawn over and over at the bottom of the terminal; `false` = line by line.
    pub fn live(&self, environment: &Environment) -> bool {
        let person = !environment.is_ci() && !is_dumb(environment);
        environment.stderr_is_terminal
            && !self.quiet
            && !self.timestamps
            && match self.progress {
                ProgressChoice::Plain => false,
                ProgressChoice::Tty => true,
                ProgressChoice::Auto => person,
            }
    }

    /// Whether an error is one line for each thing that is wrong, with its place in front: colours are refused, and
    /// no person's terminal is there, so a program reads along (`grep`, an editor's problem matcher).
    pub fn one_line(&self, environment: &Environment) -> bool {
        self.colour == ColourChoice::Never && !environment.stderr_is_terminal
    }
}

fn is_dumb(environment: &Environment) -> bool {
    environment.get(TERM) == Some("dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(stderr_is_terminal: bool, vars: &str) -> Environment {
        let vars = vars.split_whitespace().filter_map(|pair| pair.split_once('='));
        let vars = vars.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Environment { vars, stderr_is_terminal, ..Environment::default() }
    }

    #[test]
    fn colour() {
        use ColourChoice::{Always, Auto, Never};
        let cases = [
            // flag, terminal, variables, colours?
            (Auto, true, "", true),
            (Auto, false, "", false),
            (Auto, true, "TERM=xterm-256color", true),
            (Auto, true, "TERM=dumb", false),
            (Auto, true, "NO_COLOR=1", false),
            (Auto, true, "NO_COLOR=", true),
            (Auto, false, "CLICOLOR_FORCE=1", true),
            (Auto, false, "CLICOLOR_FORCE=0", false),
            (Auto, false, "CLICOLOR_FORCE=1 NO_COLOR=1", false),
            (Auto, true, "CI=true", true),
            (Always, false, "NO_COLOR=1 TERM=dumb", true),
            (Never, true, "CLICOLOR_FORCE=1", false),
        ];
        for (flag, terminal, vars, expected) in cases {
            let decided = flag.decide(&environment(terminal, vars));
            assert_eq!(decided, expected, "--color {flag:?}, terminal {terminal}, {vars}");
        }
    }

    #[test]
    fn one_line_errors() {
        use ColourChoice::{Always, Auto, Never};
        for (colour, terminal, expected) in [
            (Never, false, true),
            (Never, true, false),
            (Auto, false, false),
            (Always, false, false),
            (Auto, true, false),
        ] {
            let options = Options { colour, ..Options::default() };
            assert_eq!(options.one_line(&environment(terminal, "")), expected, "{colour:?} {terminal}");
        }
    }

    #[test]
    fn live_or_plain() {
        use ProgressChoice::{Auto, Plain, Tty};
        let cases = [
            // flags, terminal, variables, live?
            (Auto, "", true, "TERM=xterm", true),
            (Auto, "", false, "TERM=xterm", false),
            (Auto, "", true, "TERM=dumb", false),
            (Auto, "", true, "CI=true", false),
            (Auto, "", true, "CI=false", true),
            (Auto, "-q", true, "", false),
            (Auto, "--timestamps", true, "", false),
            (Plain, "", true, "", false),
            (Tty, "", true, "CI=true", true),
            (Tty, "", false, "", false),
            (Tty, "-q", true, "", false),
            (Tty, "--timestamps", true, "", false),
        ];
        for (progress, flags, terminal, vars, expected) in cases {
            let options = Options {
                progress,
                quiet: flags == "-q",
                timestamps: flags == "--timestamps",
                ..Options::default()
            };
            let live = options.live(&environment(terminal, vars));
            assert_eq!(live, expected, "--progress {progress:?} {flags}, terminal {terminal}, {vars}");
        }
    }
}
