//! A command of this machine as a step of the run: its lines are events as they come, its last ones are kept for the
//! report, and it is stopped with everything it started.

use std::collections::VecDeque;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::event::{Bus, Event, StepState};
use crate::process::{Child, Command, Error};

/// How long a command may take to clean up after it was asked to end (Skaffold gives it the same time).
const GRACE: Duration = Duration::from_secs(2);
/// So many lines of output are kept for the report of a failure.
const TAIL: usize = 20;
/// A command is cut off here where a sentence names it (characters).
const NAMED: usize = 80;

/// How a step is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The artifact's image name; empty for a step of no artifact.
    pub image: String,
    /// The step's identity, unique in the run.
    pub id: String,
    /// The step as it is shown: `[place] command`.
    pub name: String,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With exit code 0.
    Well,
    /// With another one, or by a signal.
    Badly {
        /// How.
        status: ExitStatus,
        /// The last lines it wrote, of both outputs in the order they came.
        output: Vec<String>,
    },
    /// It was stopped, or never started, because the run was cancelled.
    Cancelled,
}

impl Step {
    /// Runs the command. It and what it started are a process group of their own, which is asked to end when `cancel`
    /// is, and killed when it does not within two seconds.
    ///
    /// # Errors
    /// The command cannot be started.
    pub async fn run(&self, command: &Command, bus: &Bus, cancel: &CancellationToken) -> Result<End, Error> {
        if cancel.is_cancelled() {
            return Ok(End::Cancelled);
        }
        let begun = Instant::now();
        self.emit(bus, StepState::Started);
        let end = match command.spawn() {
            Ok(mut child) => self.follow(&mut child, bus, cancel).await,
            Err(error) => Err(error),
        };
        self.emit(
            bus,
            match &end {
                Ok(End::Well) => StepState::Done(begun.elapsed()),
                Ok(End::Badly { status, .. }) => StepState::Failed(ending(*status)),
                Ok(End::Cancelled) => StepState::Cancelled,
                Err(error) => StepState::Failed(error.to_string()),
            },
        );
        end
    }

    async fn follow(&self, child: &mut Child, bus: &Bus, cancel: &CancellationToken) -> Result<End, Error> {
        let mut output = VecDeque::with_capacity(TAIL);
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            status = self.to_its_end(child, bus, &mut output) => Some(status?),
        };
        match ended {
            Some(status) if status.success() => Ok(End::Well),
            Some(status) => Ok(End::Badly { status, output: output.into() }),
            None => {
                child.terminate();
                // What it says while it cleans up is shown; that it does not end in time is no error.
                let cleanup = self.to_its_end(child, bus, &mut output);
                let _late_or_done = tokio::time::timeout(GRACE, cleanup).await;
                child.stop(Duration::ZERO).await;
                Ok(End::Cancelled)
            }
        }
    }

    async fn to_its_end(
        &self,
        child: &mut Child,
        bus: &Bus,
        output: &mut VecDeque<String>,
    ) -> Result<ExitStatus, Error> {
        while let Some(line) = child.line().await {
            if output.len() == TAIL {
                output.pop_front();
            }
            output.push_back(line.text.clone());
            bus.emit(Event::StepLog { image: self.image.clone(), step: self.id.clone(), line: line.text });
        }
        child.wait().await
    }

    fn emit(&self, bus: &Bus, state: StepState) {
        bus.emit(Event::Step {
            image: self.image.clone(),
            step: self.id.clone(),
            name: self.name.clone(),
            state,
        });
    }
}

/// `failed with exit code 3`, or `was ended by signal 9`.
pub fn ending(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was ended by signal {signal}");
    }
    status.code().map_or_else(|| "failed".to_owned(), |code| format!("failed with exit code {code}"))
}

/// A command in one short line, to name it in a sentence.
pub fn short(command: &str) -> String {
    let line = command.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(NAMED) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// `script` in the system's shell (`sh -c`, on Windows `cmd.exe /C`), run in `folder`.
pub fn shell(script: &str, folder: &Path) -> Command {
    let (shell, flag) = if cfg!(windows) { ("cmd.exe", "/C") } else { ("sh", "-c") };
    Command::new(shell).arg(flag).arg(script).cwd(folder)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::event::Subscriber;

    /// Keeps what is emitted, a line for each event: `started [x] y`, `| line`, `done`, `failed: why`, `cancelled`.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Transcript(Arc<Mutex<Vec<String>>>);

    impl Transcript {
        pub(crate) fn bus(&self) -> Bus {
            Bus::new(vec![Box::new(self.clone())])
        }

        pub(crate) fn lines(&self) -> Vec<String> {
            self.0.lock().unwrap().clone()
        }
    }

    impl Subscriber for Transcript {
        fn on(&self, event: &Event) {
            self.0.lock().unwrap().push(match event {
                Event::Step { image, name, state: StepState::Started, .. } => {
                    format!("started {image}{name}")
                }
                Event::Step { state: StepState::Done(_), .. } => "done".to_owned(),
                Event::Step { state: StepState::Failed(why), .. } => format!("failed: {why}"),
                Event::Step { state: StepState::Cancelled, .. } => "cancelled".to_owned(),
                Event::StepLog { line, .. } => format!("| {line}"),
                Event::Message { text, .. } => format!("message: {text}"),
                Event::ArtifactFailed { image } => format!("artifact {image} failed"),
                other => format!("{other:?}"),
            });
        }
    }

    fn step() -> Step {
        Step { image: "app".into(), id: "1".into(), name: "[x] y".into() }
    }

    async fn run(script: &str) -> (End, Vec<String>) {
        let transcript = Transcript::default();
        let command = shell(script, Path::new("/"));
        let end = step().run(&command, &transcript.bus(), &CancellationToken::new()).await.unwrap();
        (end, transcript.lines())
    }

    #[tokio::test]
    async fn both_outputs_are_told_as_they_come() {
        let (end, lines) = run("pwd; echo oops >&2; sleep 0.1; echo end").await;
        assert_eq!(end, End::Well);
        let mut sorted = lines[1..3].to_vec();
        sorted.sort();
        assert_eq!(sorted, ["| /", "| oops"]);
        assert_eq!(
            (lines[0].as_str(), &lines[3..]),
            ("started app[x] y", &["| end".into(), "done".into()][..])
        );
    }

    #[tokio::test]
    async fn a_failure_keeps_the_last_lines_and_says_how() {
        let (end, lines) = run("seq 1 30; exit 3").await;
        let End::Badly { status, output } = end else { panic!("{end:?}") };
        assert_eq!((status.code(), output.len(), output[0].as_str()), (Some(3), TAIL, "11"));
        assert_eq!(lines.last().unwrap(), "failed: failed with exit code 3");
        let (_, lines) = run("kill -9 $$").await;
        assert_eq!(lines.last().unwrap(), "failed: was ended by signal 9");
    }

    #[tokio::test]
    async fn cancelling_lets_the_command_clean_up() {
        let transcript = Transcript::default();
        let cancel = CancellationToken::new();
        let command = shell("trap 'echo bye; exit 0' TERM; echo here; sleep 60 & wait", Path::new("/"));
        let soon = async {
            while !transcript.lines().contains(&"| here".to_owned()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            cancel.cancel();
        };
        let bus = transcript.bus();
        let step = step();
        let (end, ()) = tokio::join!(step.run(&command, &bus, &cancel), soon);
        assert_eq!(end.unwrap(), End::Cancelled);
        assert_eq!(transcript.lines()[2..], ["| bye", "cancelled"]);
        // a cancelled run starts nothing
        assert_eq!(step.run(&command, &bus, &cancel).await.unwrap(), End::Cancelled);
        assert_eq!(transcript.lines().len(), 4);
    }

    #[tokio::test]
    async fn who_does_not_end_is_killed_after_the_grace() {
        let cancel = CancellationToken::new();
        let command = shell("trap '' TERM; sleep 60; sleep 60", Path::new("/"));
        let begun = Instant::now();
        let soon = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            cancel.cancel();
        };
        let bus = Bus::default();
        let step = step();
        let (end, ()) = tokio::join!(step.run(&command, &bus, &cancel), soon);
        assert_eq!(end.unwrap(), End::Cancelled);
        let took = begun.elapsed();
        assert!(took >= GRACE && took < GRACE * 3, "{took:?}");
    }

    #[test]
    fn long_commands_are_named_by_their_beginning() {
        assert_eq!(short("make \\\n  all"), "make \\ all");
        assert_eq!(short(&"é".repeat(100)), format!("{}…", "é".repeat(NAMED)));
        assert_eq!(short(&"x".repeat(NAMED)), "x".repeat(NAMED));
    }
}
