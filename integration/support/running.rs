//! A program while it runs.

use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::Output;

/// No test's program takes longer than this.
const LIMIT: Duration = Duration::from_mins(3);

/// A running program whose output is being read.
pub(crate) struct Running {
    command: String,
    child: Child,
    stdout: Reader,
    stderr: Reader,
    filters: Vec<(String, String)>,
}

impl Running {
    pub(super) fn start(mut command: Command, filters: Vec<(String, String)>) -> Self {
        command.stdin(Stdio::null());
        Self::spawn(command, filters)
    }

    pub(super) fn start_with_input(command: Command, filters: Vec<(String, String)>, input: &str) -> Self {
        let mut running = Self::spawn(command, filters);
        running.child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        running
    }

    fn spawn(mut command: Command, filters: Vec<(String, String)>) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let text = format!("{command:?}");
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{text}: {error}"));
        let stdout = Reader::new(child.stdout.take().unwrap());
        let stderr = Reader::new(child.stderr.take().unwrap());
        Self { command: text, child, stdout, stderr, filters }
    }

    /// The process id.
    pub(crate) fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Waits until standard error holds `text`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let start = Instant::now();
        while !self.stderr.text().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                start.elapsed() < LIMIT && ended.is_none(),
                "`{text}` did not come ({ended:?})\n{}\n-- stderr\n{}",
                self.command,
                self.stderr.text()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_raw(self.id()).unwrap(), signal).unwrap();
    }

    /// Waits for the end, at most `limit`; returns what the program answered and how long that took.
    #[track_caller]
    pub(crate) fn finish_within(mut self, limit: Duration) -> (Output, Duration) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > limit {
                drop(self.child.kill());
                panic!("no end after {limit:?}\n{}\n-- stderr\n{}", self.command, self.stderr.text());
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let took = start.elapsed();
        let output = Output {
            command: self.command,
            status,
            stdout: self.stdout.finish(),
            stderr: self.stderr.finish(),
            filters: self.filters,
        };
        (output, took)
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn finish(self) -> Output {
        self.finish_within(LIMIT).0
    }
}

/// Reads a pipe on a thread of its own.
struct Reader {
    text: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Reader {
    fn new(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&text);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                shared.lock().unwrap().extend(&buffer[..count]);
            }
        });
        Self { text, thread }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }

    /// Everything, once the pipe is closed. A grandchild that holds it open for longer has not been ended.
    fn finish(self) -> String {
        let held = eventually(Duration::from_secs(5), || self.thread.is_finished());
        let text = self.text();
        assert!(held, "somebody holds the output open\n{text}");
        text
    }
}

/// Asks again and again for at most `limit` whether something is so.
pub(crate) fn eventually(limit: Duration, mut check: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if check() {
            return true;
        }
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The ids and command lines of all processes with `marker` in their environment.
pub(super) fn processes(marker: &[u8]) -> Vec<(i32, String)> {
    let mut found = vec![];
    for entry in fs_err::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let read = |name: &str| fs_err::read(entry.path().join(name)).unwrap_or_default();
        if read("environ").split(|byte| *byte == 0).any(|variable| variable == marker) {
            let line = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
            found.push((id, line.trim_end().to_owned()));
        }
    }
    found
}
