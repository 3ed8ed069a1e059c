//! What the user sees; the only room that prints.

use std::io::{self, Write as _};

/// Writes data to standard output. A reader that has gone away is no error: it has read what it wanted.
pub fn stdout(text: &str) -> io::Result<()> {
    quiet(io::stdout().lock().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()))
}

/// Writes to standard error.
pub fn stderr(text: &str) -> io::Result<()> {
    quiet(io::stderr().lock().write_all(text.as_bytes()))
}

fn quiet(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
