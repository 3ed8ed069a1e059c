//! One file per verb; the only room that wires phases together.

pub mod build;
pub mod builders;
pub mod cache;
pub mod completion;
pub mod config;
mod custom;
pub mod diagnose;
pub mod find_configs;
pub mod fix;
pub mod hooks;
pub mod inspect;
pub mod lint;
pub mod memory;
pub mod options;
pub mod project;
pub mod schema;
mod sources;
pub mod test;
pub mod version;
pub mod why;
pub mod write;

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use crate::cli::{self, Origins, ProgressMode, Request, Verb};
use crate::diagnostic::{Kind, Report, Result, Severity, json_lines};
use crate::event::Bus;
use crate::settings::env::Environment;
use crate::{template, ui};

/// Parses the arguments, runs the verb and returns the exit code.
pub fn main(mut environment: Environment) -> ExitCode {
    let parsed = environment.load_env_file().and_then(|()| cli::parse(&environment));
    let screen = |options| ui::Ui::new(options, &environment);
    let (screen, result) = match parsed {
        Ok(Request::Show(text)) => (screen(ui::Options::default()), print(&text).map(|()| ExitCode::SUCCESS)),
        Ok(Request::Run(parsed)) => {
            let screen = screen(ui_options(&parsed.args));
            let mut result = run(&parsed, &environment, &screen);
            screen.close();
            if parsed.args.answers_in_json() {
                result = result.or_else(|report| {
                    print(&json_lines(&report, Severity::Error))?;
                    Ok(ExitCode::from(report.kind.exit_code()))
                });
            }
            (screen, result)
        }
        Err(report) => (screen(ui::Options::default()), Err(report)),
    };
    match result {
        Ok(code) => code,
        Err(report) => {
            // The same screen: what it has just shown it need not show again.
            screen.report(&report);
            ExitCode::from(report.kind.exit_code())
        }
    }
}

/// One run of a verb: its arguments, and what they mean for the whole run.
pub struct Invocation<'a, Args> {
    /// The arguments.
    pub args: &'a Args,
    /// Where each flag comes from.
    pub origins: &'a Origins,
    /// Variables and folders.
    pub environment: &'a Environment,
    /// Where events go.
    pub bus: &'a Bus,
    /// Cancelled by Ctrl-C.
    pub cancel: &'a CancellationToken,
    /// The user's screen.
    pub screen: &'a ui::Ui,
}

impl<'a> Invocation<'a, ()> {
    /// The same with the arguments of a verb.
    fn of<Args>(&self, args: &'a Args) -> Invocation<'a, Args> {
        let Self { origins, environment, bus, cancel, screen, .. } = *self;
        Invocation { args, origins, environment, bus, cancel, screen }
    }
}

fn run(parsed: &cli::Parsed, environment: &Environment, screen: &ui::Ui) -> Result<ExitCode> {
    let bus = &Bus::new(vec![Box::new(screen.clone())]);
    let cancel = &CancellationToken::new();
    let origins = &parsed.origins;
    let invocation = Invocation { args: &(), origins, environment, bus, cancel, screen };
    let done = match &parsed.args.verb {
        Verb::Build(args) => interruptible(cancel, bus, invocation.of(&**args).run()),
        Verb::Test(args) => interruptible(cancel, bus, invocation.of(&**args).run()),
        Verb::Config(args) => {
            let said = config::run(args, environment)?;
            said.notes.iter().try_for_each(|note| ui::stderr(&format!("{note}\n"))).map_err(unprintable)?;
            print(&said.data)
        }
        Verb::Why(args) => interruptible(cancel, bus, async { print(&invocation.of(&**args).run().await?) }),
        Verb::Cache(args) => print(&cache::run(args, environment, bus)),
        Verb::Fix(args) => print(&fix::run(args, environment, bus)?),
        Verb::Schema(args) => print(&schema::run(args)?),
        Verb::Version(args) => {
            print(&version::run(args, |text, value| template::ValueTemplate::parse(text)?.render(value))?)
        }
        Verb::Completion(args) => print(&completion::run(args)),
        Verb::Options(_) => print(&options::run()),
        Verb::FindConfigs(args) => print(&find_configs::run(args, environment)?),
        Verb::Diagnose(args) => {
            interruptible(cancel, bus, async { print(&invocation.of(&**args).run().await?) })
        }
        Verb::Lint(args) => {
            let (text, code) = lint::run(args, origins, environment, bus)?;
            print(&text)?;
            return code;
        }
        Verb::Inspect(args) => {
            let (text, well) = inspect::run(args, environment, bus);
            return print(&text).map(|()| ExitCode::from(u8::from(!well)));
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Runs `work` on the program's one runtime. The first Ctrl-C (or termination signal) asks it to stop, the second
/// drops it, which kills what it started.
fn interruptible(
    cancel: &CancellationToken,
    bus: &Bus,
    work: impl Future<Output = Result<()>>,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Box::new(Report::new(Kind::Internal, "the program's runtime cannot be started").cause(error))
    })?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = work => result,
            () = second_interrupt(cancel, bus) => Err(Box::new(Report::new(Kind::Interrupted, "interrupted twice"))),
        }
    });
    // Nothing that still runs in the background is worth waiting for.
    runtime.shutdown_background();
    result
}

async fn second_interrupt(cancel: &CancellationToken, bus: &Bus) {
    let Ok(mut signals) = Signals::new() else { return std::future::pending().await };
    signals.next().await;
    bus.warn("stopping (once more to stop at once)");
    cancel.cancel();
    signals.next().await;
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn ui_options(args: &cli::Args) -> ui::Options {
    let (progress, quiet) = match &args.verb {
        Verb::Build(build) => (build.progress, build.quiet),
        // What tests print is the point of them; the live display shows a running step's last line only.
        Verb::Test(_) => (ProgressMode::Plain, false),
        _ => (ProgressMode::Auto, false),
    };
    ui::Options {
        colour: match args.global.color() {
            cli::Color::Auto => ui::ColourChoice::Auto,
            cli::Color::Always => ui::ColourChoice::Always,
            cli::Color::Never => ui::ColourChoice::Never,
        },
        progress: match progress {
            ProgressMode::Auto => ui::ProgressChoice::Auto,
            ProgressMode::Plain => ui::ProgressChoice::Plain,
            ProgressMode::Tty => ui::ProgressChoice::Tty,
        },
        verbosity: match args.global.verbosity {
            cli::Verbosity::Fatal => ui::Verbosity::Fatal,
            cli::Verbosity::Error => ui::Verbosity::Error,
            cli::Verbosity::Warning => ui::Verbosity::Warning,
            cli::Verbosity::Info => ui::Verbosity::Info,
            cli::Verbosity::Debug => ui::Verbosity::Debug,
            cli::Verbosity::Trace => ui::Verbosity::Trace,
        },
        quiet,
        timestamps: args.global.timestamps,
    }
}

fn print(text: &str) -> Result<()> {
    ui::stdout(text).map_err(unprintable)
}

fn unprintable(error: std::io::Error) -> Box<Report> {
    Box::new(Report::tool("the output cannot be written").cause(error))
}
