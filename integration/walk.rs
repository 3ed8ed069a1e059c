//! Lists every folder below the ones it is given and asks for the status of every entry, on all processors, and does
//! nothing else: the least that any program has to do that wants to know whether one of the files has changed.
//! `integration/bench noop` compares with it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// The entries that were seen, kept so that nothing can be left out.
static SEEN: AtomicU64 = AtomicU64::new(0);

fn walk(folder: &Path, scope: &rayon::Scope<'_>) -> std::io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        // Of the entry itself: links are not followed.
        let metadata = entry.metadata()?;
        SEEN.fetch_add(1, Ordering::Relaxed);
        if metadata.is_dir() {
            let path = entry.path();
            scope.spawn(move |scope| report(walk(&path, scope)));
        }
    }
    Ok(())
}

#[expect(clippy::print_stderr, clippy::exit, reason = "it has no other way to say that it failed")]
fn report(result: std::io::Result<()>) {
    if let Err(error) = result {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

#[expect(clippy::print_stdout, reason = "the number it is checked by")]
fn main() {
    rayon::scope(|scope| {
        for folder in std::env::args_os().skip(1) {
            scope.spawn(move |scope| report(walk(Path::new(&folder), scope)));
        }
    });
    println!("{}", SEEN.load(Ordering::Relaxed));
}
