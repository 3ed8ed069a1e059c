//! A running tool.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::sync::mpsc;

use super::{Command, Error};

/// Longer lines are cut into pieces of this many bytes, so that a tool without newlines cannot eat the memory.
const LONGEST_LINE: usize = 4 << 20;

/// Which of its outputs a tool wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line a tool wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it was written.
    pub stream: Stream,
    /// The line without its end, invalid UTF-8 replaced.
    pub text: String,
}

/// A running tool. Dropping it kills it with everything it started.
#[derive(Debug)]
pub struct Child {
    command: Command,
    process: tokio::process::Child,
    lines: mpsc::Receiver<Line>,
    status: Option<ExitStatus>,
}

impl Command {
    /// Starts the tool. Its output is read with [`Child::line`], which must be called until it returns `None`.
    ///
    /// # Errors
    /// The tool cannot be started.
    pub fn spawn(&self) -> Result<Child, Error> {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.args).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.stdin(if self.stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        #[cfg(unix)]
        command.process_group(0);
        die_with_parent(&mut command);
        let mut child = command.spawn().map_err(|source| self.error(source))?;

        let (sender, lines) = mpsc::channel(64);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(read_lines(stdout, Stream::Stdout, sender.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(read_lines(stderr, Stream::Stderr, sender));
        }
        if let Some(mut stdin) = child.stdin.take() {
            let bytes = self.stdin.clone();
            // A tool that ends without reading its input is no error of ours: its exit code tells.
            tokio::spawn(
                async move { stdin.write_all(&bytes).await.is_ok() && stdin.shutdown().await.is_ok() },
            );
        }
        Ok(Child { command: self.clone(), process: child, lines, status: None })
    }
}

impl Child {
    /// The process id, while the tool runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The next line of output; `None` when both outputs are closed.
    pub async fn line(&mut self) -> Option<Line> {
        self.lines.recv().await
    }

    /// Waits for the tool's end.
    ///
    /// # Errors
    /// The system cannot tell.
    pub async fn wait(&mut self) -> Result<ExitStatus, Error> {
        let status = self.process.wait().await.map_err(|source| self.command.error(source))?;
        self.status = Some(status);
        Ok(status)
    }

    /// Asks the tool and its children to end (SIGTERM) and kills what is left after `grace`. What it still writes
    /// can be read with [`Child::line`] until then; this drops it.
    pub async fn stop(&mut self, grace: Duration) {
        self.signal(Signal::Terminate);
        let ended = tokio::time::timeout(grace, async {
            while self.lines.recv().await.is_some() {}
            self.process.wait().await
        });
        if let Ok(Ok(status)) = ended.await {
            self.status = Some(status);
        }
        self.signal(Signal::Kill);
    }

    /// Sends SIGTERM to the tool and its children.
    pub fn terminate(&mut self) {
        self.signal(Signal::Terminate);
    }

    #[cfg(unix)]
    fn signal(&mut self, signal: Signal) {
        // The group lives as long as one member does; after the leader was reaped its id may be anybody's.
        let pid = self.process.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        if let Some(group) = pid {
            let signal = match signal {
                Signal::Terminate => rustix::process::Signal::TERM,
                Signal::Kill => rustix::process::Signal::KILL,
            };
            // Gone already is what we want.
            let _gone = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _: Signal) {
        let _gone = self.process.start_kill();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.status.is_none() {
            self.signal(Signal::Kill);
        }
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

async fn read_lines(reader: impl AsyncRead + Unpin, stream: Stream, lines: mpsc::Sender<Line>) {
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while let Ok(available) = reader.fill_buf().await
        && !available.is_empty()
    {
        let newline = available.iter().position(|b| *b == b'\n');
        let taken = newline.map_or(available.len(), |at| at + 1);
        bytes.extend_from_slice(&available[..newline.unwrap_or(taken)]);
        reader.consume(taken);
        if (newline.is_some() || bytes.len() >= LONGEST_LINE) && !send(&mut bytes, stream, &lines).await {
            return;
        }
    }
    if !bytes.is_empty() {
        send(&mut bytes, stream, &lines).await;
    }
}

async fn send(bytes: &mut Vec<u8>, stream: Stream, lines: &mpsc::Sender<Line>) -> bool {
    let text = String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(bytes)).into_owned();
    bytes.clear();
    lines.send(Line { stream, text }).await.is_ok()
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only a hook between fork and exec can ask for the death signal")]
fn die_with_parent(command: &mut tokio::process::Command) {
    let parent = rustix::process::getpid();
    // SAFETY: the hook makes two system calls and touches no memory of the parent's (no allocation, no lock).
    unsafe {
        command.pre_exec(move || {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
            // The parent may have died before the call above.
            if rustix::process::getppid() == Some(parent) {
                Ok(())
            } else {
                Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe))
            }
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_: &mut tokio::process::Command) {}
