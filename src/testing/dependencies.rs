//! The files whose change makes tests run again.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::Case;
use crate::config::absolute;
use crate::diagnostic::Result;
use crate::hooks;
use crate::settings::env::Environment;
use crate::yaml::Key;

/// The files some tests read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependencies {
    /// What these patterns find, folders with all that is in them.
    Patterns {
        /// Absolute.
        patterns: Vec<PathBuf>,
        /// The folder that `ignore` is relative to.
        context: PathBuf,
        /// Patterns of what does not count.
        ignore: Vec<String>,
    },
    /// These files and folders, absolute. They need not exist.
    Listed(Vec<PathBuf>),
}

/// What the tests of a case read: the files of its structure tests, and the `dependencies` of its custom ones (Skaffold:
/// `TestDependencies` of both kinds). A custom test without them reads nothing that would make it run again.
///
/// # Errors
/// Those of [`hooks::list`]; its command and what it prints are relative to the working folder, as Skaffold's are.
pub async fn dependencies(
    case: &Case<'_>,
    environment: &Environment,
    cancel: &CancellationToken,
) -> Result<Vec<Dependencies>> {
    let context = case.context();
    let below = |patterns: &[String]| patterns.iter().map(|pattern| absolute(&context, pattern)).collect();
    let mut all = vec![];
    if !case.test.structure_tests.is_empty() {
        let patterns = below(&case.test.structure_tests);
        all.push(Dependencies::Patterns { patterns, context: context.clone(), ignore: vec![] });
    }
    for (index, test) in case.test.custom.iter().enumerate() {
        let Some(given) = &test.dependencies else { continue };
        if let Some(command) = given.command.as_deref().filter(|command| !command.trim().is_empty()) {
            let what = format!("the dependencies of a test of {}", case.image.name);
            let listed = hooks::list(command, &what, &environment.cwd, environment, cancel).await.map_err(
                |report| {
                    let keys = ["custom".into(), Key::from(index), "dependencies".into(), "command".into()];
                    Box::new(report.at(case.locate(&keys)))
                },
            )?;
            all.push(Dependencies::Listed(
                listed.into_iter().map(|path| absolute(&environment.cwd, path)).collect(),
            ));
        } else if !given.paths.is_empty() {
            all.push(Dependencies::Patterns {
                patterns: below(&given.paths),
                context: context.clone(),
                ignore: given.ignore.clone(),
            });
        }
    }
    Ok(all)
}
