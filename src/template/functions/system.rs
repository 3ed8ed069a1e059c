//! What is outside: the environment, names of hosts, programs (sprig: OS, network; Skaffold: `cmd`).

use std::io::{self, Read};
use std::net::ToSocketAddrs as _;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::call::{Answer, Call, LONGEST, Wrong, long, too_long};
use super::{Function, function};
use crate::template::value::Value;

/// How long a program may take.
const LIMIT: Duration = Duration::from_mins(2);
/// Lines of a failed program's errors that are shown.
const LAST: usize = 5;

pub(super) const FUNCTIONS: &[Function] = &[
    function("cmd", "ss*", cmd),
    function("env", "s", |c| Ok(c.run.context.get(c.text(0)).unwrap_or_default().into())),
    function("expandenv", "s", expandenv),
    function("getHostByName", "s", |c| {
        let found = (c.text(0), 0).to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
        let found = found.ok_or_else(|| Wrong::from("there is no such host"))?;
        Ok(found.ip().to_string().into())
    }),
];

/// `$NAME` and `${NAME}` in a text (Go: `os.Expand`).
fn expandenv(c: &mut Call<'_, '_>) -> Answer {
    let mut out = String::new();
    let mut rest = c.text(0);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, length) = variable_name(after);
        match name {
            // A dollar with nothing after it that could be a name stays, one with bad braces goes.
            None if length == 0 => out.push('$'),
            None => {}
            Some(name) => out.push_str(c.run.context.get(name).unwrap_or_default()),
        }
        rest = &after[length..];
        if out.len() > LONGEST {
            return Err(too_long());
        }
    }
    out.push_str(rest);
    long(out.len(), || out)
}

/// The name that follows a dollar, and how long it is with its braces.
fn variable_name(text: &str) -> (Option<&str>, usize) {
    let special = |c: char| "*#$@!?-0123456789".contains(c);
    if let Some(inside) = text.strip_prefix('{') {
        let mut chars = inside.chars();
        return match chars.next() {
            Some(c) if special(c) && chars.next() == Some('}') => (Some(&inside[..1]), 3),
            _ => match inside.find('}') {
                Some(0) => (None, 2),
                Some(end) => (Some(&inside[..end]), end + 2),
                None => (None, 1),
            },
        };
    }
    if text.starts_with(special) {
        return (Some(&text[..1]), 1);
    }
    let length = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    if length == 0 { (None, 0) } else { (Some(&text[..length]), length) }
}

/// Runs a program with arguments (no shell) and gives what it printed, without the space around it.
fn cmd(c: &mut Call<'_, '_>) -> Answer {
    let program = c.text(0);
    let texts = c.rest(1).iter().filter_map(|arg| match arg {
        Value::Text(text) => Some(text.as_ref()),
        _ => None,
    });
    let mut command = Command::new(program);
    command.args(texts).envs(c.run.context.iter());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own: what it starts is stopped with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child =
        command.spawn().map_err(|error| Wrong::from(format!("`{program}` cannot be run: {error}")))?;
    let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let broken = |error: io::Error| Wrong::from(format!("`{program}` cannot be waited for: {error}"));
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    while !(out.is_finished() && err.is_finished()) {
        if started.elapsed() > LIMIT {
            stop(&mut child);
            return Err(format!("`{program}` has not ended after {} seconds", LIMIT.as_secs()).into());
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    let (out, err) = (joined(out), joined(err));
    if out.len() > LONGEST || err.len() > LONGEST {
        stop(&mut child);
        return Err(format!("`{program}` prints more than {LONGEST} bytes").into());
    }
    let status = child.wait().map_err(broken)?;
    if !status.success() {
        let text = String::from_utf8_lossy(&err);
        let lines: Vec<&str> = text.trim().lines().collect();
        let last = lines[lines.len().saturating_sub(LAST)..].join("\n");
        return Err(format!("`{program}` failed ({status}): {last}").trim_end_matches(": ").into());
    }
    Ok(String::from_utf8_lossy(&out).trim().into())
}

/// Reads to the end, or a little more than is taken.
fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = vec![];
        if let Some(pipe) = pipe {
            // What was read before an error is what there is.
            drop(pipe.take(LONGEST as u64 + 1).read_to_end(&mut bytes));
        }
        bytes
    })
}

fn joined(thread: JoinHandle<Vec<u8>>) -> Vec<u8> {
    thread.join().unwrap_or_default()
}

fn stop(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended in between.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    drop(child.kill());
    drop(child.wait());
}
