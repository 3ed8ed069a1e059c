//! `skeg cache`

use std::fmt::Write as _;

use serde_json::json;

use super::memory;
use crate::cli::{CacheArgs, CacheVerb, Format, PruneArgs, StatusArgs};
use crate::event::Bus;
use crate::inputs;
use crate::settings::env::Environment;

/// Runs the verb and returns the text to print.
pub fn run(args: &CacheArgs, environment: &Environment, bus: &Bus) -> String {
    match &args.verb {
        CacheVerb::Status(args) => status(args, environment, bus),
        CacheVerb::Prune(args) => prune(args, environment, bus),
    }
}

fn status(args: &StatusArgs, environment: &Environment, bus: &Bus) -> String {
    let database = memory::database(args.cache_file.as_deref(), environment, bus);
    let (summary, usage) = (database.summary(), database.usage());
    if args.output == Format::Json {
        return format!("{}\n", json!({ "path": database.path(), "summary": summary, "images": usage }));
    }
    let mut text = format!("{} ({})\n", environment.tilde(database.path()), bytes(summary.bytes));
    let mut line = |count: u64, what: &str| writeln!(text, "{count:>8}  {what}");
    let written = line(summary.results, "results of builds")
        .and_then(|()| line(summary.bases, "digests of base images"))
        .and_then(|()| line(summary.directories, "folders whose files are known"));
    if written.is_ok() && !usage.is_empty() {
        let width = usage.iter().map(|u| u.image.len()).max().unwrap_or(0).max("IMAGE".len());
        let _header = writeln!(text, "\n{:width$}  RESULTS  LAST USED", "IMAGE");
        for image in usage {
            let used = jiff::Timestamp::from_second(image.used).map_or_else(
                |_| String::new(),
                |time| time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
            );
            let _line = writeln!(text, "{:width$}  {:>7}  {used}", image.image, image.results);
        }
    }
    text
}

fn prune(args: &PruneArgs, environment: &Environment, bus: &Bus) -> String {
    let database = memory::database(args.cache_file.as_deref(), environment, bus);
    let forgotten = if args.all { database.clear() } else { database.prune(args.older_than, args.keep) };
    database.forget_directories(|path| inputs::path(path).is_dir());
    let results = if forgotten == 1 { "result" } else { "results" };
    format!("forgot {forgotten} {results}; {} left\n", database.summary().results)
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
