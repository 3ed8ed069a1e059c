//! Running tools: each in a process group of its own, stopped gracefully, never outliving this program.
//!
//! On Linux a child gets `PR_SET_PDEATHSIG`, so even `kill -9` of this program leaves none behind. The kernel sends
//! that signal when the *thread* that started the child ends: children are started on the one thread of the
//! current-thread runtime, which lives as long as the program.

mod child;

pub use child::{Child, Line, Stream};

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why a tool could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such program.
    #[error("`{program}` was not found")]
    NotFound {
        /// The program as it was named.
        program: String,
    },
    /// The program is there but could not be started, or its pipes broke.
    #[error("`{program}` could not be run: {source}")]
    Io {
        /// The program as it was named.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What a tool answered.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output, invalid UTF-8 replaced.
    pub stdout: String,
    /// Standard error, invalid UTF-8 replaced.
    pub stderr: String,
}

impl Output {
    /// Whether the tool ended with exit code 0.
    pub fn success(&self) -> bool {
        self.status.success()
    }
}

/// A tool to run. Inherits the environment; standard input is empty unless given.
#[derive(Debug, Clone)]
pub struct Command {
    program: PathBuf,
    args: Vec<OsString>,
    cwd: Option<PathBuf>,
    env: Vec<(OsString, Option<OsString>)>,
    stdin: Vec<u8>,
}

impl Command {
    /// A tool by path, or by name to be found on `PATH`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), args: vec![], cwd: None, env: vec![], stdin: vec![] }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets the working folder.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<PathBuf>) -> Self {
        self.cwd = Some(cwd.into());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Sets variables.
    #[must_use]
    pub fn envs<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.env.extend(vars.into_iter().map(|(k, v)| (k.into(), Some(v.into()))));
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// What the tool reads from standard input.
    #[must_use]
    pub fn stdin_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Runs the tool to its end and returns what it wrote. A bad exit code is not an error here. Dropping the future
    /// kills the tool and its children.
    ///
    /// # Errors
    /// The tool cannot be started.
    pub async fn output(&self) -> Result<Output, Error> {
        let mut child = self.spawn()?;
        let (mut stdout, mut stderr) = (String::new(), String::new());
        while let Some(line) = child.line().await {
            let text = match line.stream {
                Stream::Stdout => &mut stdout,
                Stream::Stderr => &mut stderr,
            };
            text.push_str(&line.text);
            text.push('\n');
        }
        let status = child.wait().await?;
        Ok(Output { status, stdout, stderr })
    }

    fn error(&self, source: std::io::Error) -> Error {
        let program = self.program.display().to_string();
        if source.kind() == std::io::ErrorKind::NotFound && self.cwd.as_ref().is_none_or(|cwd| cwd.is_dir()) {
            Error::NotFound { program }
        } else {
            Error::Io { program, source }
        }
    }
}

#[cfg(test)]
mod tests;
