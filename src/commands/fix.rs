//! `skeg fix`: the project file in a newer version of the schema.

use std::path::{Path, PathBuf};

use super::write;
use crate::cli::FixArgs;
use crate::config::schema::Version;
use crate::config::{self, LoadOptions};
use crate::diagnostic::{Kind, Report, Result, headline, nearest};
use crate::event::Bus;
use crate::settings::env::Environment;

/// Runs the verb and returns the text to print: the new file, or where it was written.
///
/// # Errors
/// Arguments that do not go together; all that [`config::fix`] says; a file that cannot be written. Nothing is written
/// then, or only the backup.
pub fn run(args: &FixArgs, environment: &Environment, bus: &Bus) -> Result<String> {
    let output = args.output.as_deref().filter(|output| !output.is_empty());
    if args.overwrite && output.is_some() {
        return Err(usage("--overwrite and --output/-o cannot be used together", "give one of them"));
    }
    let to =
        args.version.as_deref().filter(|version| !version.is_empty()).map_or(Ok(Version::LATEST), version)?;
    let options = LoadOptions {
        filename: args.filename.clone(),
        cwd: environment.cwd.clone(),
        ..LoadOptions::default()
    };
    if args.overwrite && args.filename.as_deref() == Some("-") {
        return Err(usage(
            "standard input cannot be overwritten",
            "name a file to write with `--output FILE`",
        ));
    }
    let fixed = config::fix(&options, to, &mut std::io::stdin())?;
    for warning in fixed.warnings {
        bus.warn(headline(&warning));
    }
    let Some(text) = fixed.text else {
        return Ok(format!("config is already version {to}\n"));
    };
    let written =
        |file: &Path| format!("New config at version {to} generated and written to {}\n", file.display());
    match (output, fixed.path) {
        (Some(output), _) => {
            write::replace(&environment.cwd.join(output), Path::new(output), text.as_bytes(), None)?;
            Ok(written(Path::new(output)))
        }
        (None, Some(path)) if args.overwrite => {
            let (backup, shown) = (beside(&path), beside(&fixed.shown));
            let old = fs_err::read(&path).map_err(|error| {
                Report::user(format!("{} cannot be read", fixed.shown.display())).cause(error)
            })?;
            write::replace(&backup, &shown, &old, Some(&path))?;
            write::replace(&path, &fixed.shown, text.as_bytes(), None)?;
            Ok(format!("Backed up previous skaffold.yaml at  {}\n{}", shown.display(), written(&fixed.shown)))
        }
        _ => Ok(text),
    }
}

/// Where the old file is kept.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".v2");
    PathBuf::from(name)
}

/// A version by its name, with or without `skaffold/`.
fn version(name: &str) -> Result<Version> {
    let full = format!("skaffold/{}", name.strip_prefix("skaffold/").unwrap_or(name));
    Version::parse(&full).ok_or_else(|| {
        let known: Vec<String> = Version::all().rev().map(|version| version.to_string()).collect();
        let hint = match nearest(&full, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {} to {}", Version::OLDEST, Version::LATEST),
        };
        usage(&format!("there is no version {name}"), &hint)
    })
}

fn usage(title: &str, hint: &str) -> Box<Report> {
    Box::new(Report::new(Kind::Usage, title).hint(hint))
}
