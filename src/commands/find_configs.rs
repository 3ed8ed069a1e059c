//! `skeg find-configs`

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::{FindConfigsArgs, TableFormat};
use crate::config;
use crate::diagnostic::{Report, Result};
use crate::settings::env::Environment;
use crate::template::go_json;
use crate::yaml::Source;

/// The project files below a folder and their versions, by path (Skaffold: `cmd/find_configs.go`; there in no order).
///
/// # Errors
/// The folder cannot be read.
pub fn run(args: &FindConfigsArgs, environment: &Environment) -> Result<String> {
    let mut found = BTreeMap::new();
    let root = environment.cwd.join(&args.directory);
    walk(&root, &args.directory, &mut found).map_err(|error| {
        Box::new(Report::user(format!("cannot read the folder {}", args.directory.display())).cause(error))
    })?;
    Ok(match args.output {
        TableFormat::Table => {
            let row = |(path, version): (&String, &String)| format!("{path:<70}\t{version:<30}");
            found.iter().map(row).map(|row| row + "\n").collect()
        }
        TableFormat::Json if found.is_empty() => "{}\n".to_owned(),
        TableFormat::Json => {
            let text = |text: &str| go_json(&text.into());
            let lines: Vec<String> =
                found.iter().map(|(path, version)| format!("\t{}: {}", text(path), text(version))).collect();
            format!("{{\n{}\n}}\n", lines.join(",\n"))
        }
    })
}

/// Links are not followed. What cannot be read below the first folder is passed over.
fn walk(folder: &Path, shown: &Path, found: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in fs_err::read_dir(folder)?.flatten() {
        let path = entry.path();
        let name =
            if shown == Path::new(".") { entry.file_name().into() } else { shown.join(entry.file_name()) };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                // A folder that cannot be read holds nothing for us.
                walk(&path, &name, found).unwrap_or_default();
            }
            Ok(kind) if kind.is_file() && is_yaml(&path) => {
                if let Some(version) = version(&path) {
                    found.insert(name.display().to_string(), version);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The version of a project file; `None` when it is none.
fn version(path: &Path) -> Option<String> {
    let bytes = fs_err::read(path).ok()?;
    config::version_of(&Source::from_bytes(path, &bytes).ok()?)
}
