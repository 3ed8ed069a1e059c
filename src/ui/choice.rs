//! What the user asked of the output, and what follows from it for this terminal. Pure.

use std::str::FromStr;

use crate::settings::env::{CI, CLICOLOR_FORCE, Environment, NO_COLOR, TERM};

/// A word that is none of a flag's values. `Display` names them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is none of {}", known.join(", "))]
pub struct UnknownWord {
    given: String,
    known: &'static [&'static str],
}

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
    /// The values of the flag.
    pub const WORDS: &[&str] = &["auto", "always", "never"];

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

impl FromStr for ColourChoice {
    type Err = UnknownWord;

    /// Also takes Skaffold's numbers: `0` is never, any other ANSI colour code is auto.
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" | "0" => Ok(Self::Never),
            code if code.parse::<u8>().is_ok() => Ok(Self::Auto),
            _ => Err(UnknownWord { given: word.to_owned(), known: Self::WORDS }),
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

impl ProgressChoice {
    /// The values of the flag.
    pub const WORDS: &[&str] = &["auto", "plain", "tty"];
}

impl FromStr for ProgressChoice {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "auto" => Ok(Self::Auto),
            "plain" => Ok(Self::Plain),
            "tty" => Ok(Self::Tty),
            _ => Err(UnknownWord { given: word.to_owned(), known: Self::WORDS }),
        }
    }
}

/// `-v`: how much is said beside the build itself. Ordered from little to much; names as in Skaffold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// As [`Verbosity::Error`].
    Panic,
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

impl Verbosity {
    /// The values of the flag.
    pub const WORDS: &[&str] = &["panic", "fatal", "error", "warning", "info", "debug", "trace"];
}

impl FromStr for Verbosity {
    type Err = UnknownWord;

    /// Also takes `warn`.
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word.to_ascii_lowercase().as_str() {
            "panic" => Ok(Self::Panic),
            "fatal" => Ok(Self::Fatal),
            "error" => Ok(Self::Error),
            "warn" | "warning" => Ok(Self::Warning),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" => Ok(Self::Trace),
            _ => Err(UnknownWord { given: word.to_owned(), known: Self::WORDS }),
        }
    }
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
        let person = environment.get(CI).is_none_or(|value| matches!(value, "false" | "0"))
            && !is_dumb(environment)
            && !self.timestamps;
        environment.stderr_is_terminal
            && !self.quiet
            && match self.progress {
                ProgressChoice::Plain => false,
                ProgressChoice::Tty => true,
                ProgressChoice::Auto => person,
            }
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
        let cases = [
            // flag, terminal, variables, colours?
            ("auto", true, "", true),
            ("auto", false, "", false),
            ("auto", true, "TERM=xterm-256color", true),
            ("auto", true, "TERM=dumb", false),
            ("auto", true, "NO_COLOR=1", false),
            ("auto", true, "NO_COLOR=", true),
            ("auto", false, "CLICOLOR_FORCE=1", true),
            ("auto", false, "CLICOLOR_FORCE=0", false),
            ("auto", false, "CLICOLOR_FORCE=1 NO_COLOR=1", false),
            ("auto", true, "CI=true", true),
            ("always", false, "NO_COLOR=1 TERM=dumb", true),
            ("never", true, "CLICOLOR_FORCE=1", false),
            ("0", true, "", false),
            ("34", true, "", true),
        ];
        for (flag, terminal, vars, expected) in cases {
            let decided = flag.parse::<ColourChoice>().unwrap().decide(&environment(terminal, vars));
            assert_eq!(decided, expected, "--color {flag}, terminal {terminal}, {vars}");
        }
    }

    #[test]
    fn live_or_plain() {
        let cases = [
            // flags, terminal, variables, live?
            ("auto", true, "TERM=xterm", true),
            ("auto", false, "TERM=xterm", false),
            ("auto", true, "TERM=dumb", false),
            ("auto", true, "CI=true", false),
            ("auto", true, "CI=false", true),
            ("auto -q", true, "", false),
            ("auto --timestamps", true, "", false),
            ("plain", true, "", false),
            ("tty", true, "CI=true", true),
            ("tty", false, "", false),
            ("tty -q", true, "", false),
        ];
        for (flags, terminal, vars, expected) in cases {
            let options = Options {
                progress: flags.split(' ').next().unwrap().parse().unwrap(),
                quiet: flags.contains("-q"),
                timestamps: flags.contains("--timestamps"),
                ..Options::default()
            };
            let live = options.live(&environment(terminal, vars));
            assert_eq!(live, expected, "--progress {flags}, terminal {terminal}, {vars}");
        }
    }

    #[test]
    fn verbosity_takes_upstream_names_and_orders_them() {
        for word in Verbosity::WORDS {
            assert!(word.parse::<Verbosity>().is_ok(), "{word}");
        }
        assert_eq!("WARN".parse(), Ok(Verbosity::Warning));
        assert!(Verbosity::Debug > Verbosity::default());
        assert_eq!(
            "loud".parse::<Verbosity>().unwrap_err().to_string(),
            "`loud` is none of panic, fatal, error, warning, info, debug, trace"
        );
    }
}
