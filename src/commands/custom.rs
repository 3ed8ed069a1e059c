//! What the artifact cache has to know of a custom artifact.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use crate::build::artifact::{Artifact, Recipe};
use crate::build::custom::{Dependencies, dependencies};
use crate::build::known::CustomWork;
use crate::build::plan;
use crate::config::absolute;
use crate::diagnostic::{Report, Result};
use crate::settings::Settings;
use crate::settings::env::Environment;
use crate::template;
use crate::yaml::Key;

/// The command, the files and everything else an artifact's image depends on.
///
/// # Errors
/// A template that does not expand; a dependency command that fails.
pub(super) async fn work(
    artifact: &Artifact<'_>,
    settings: &Settings,
    environment: &Environment,
    cancel: &CancellationToken,
) -> Result<CustomWork> {
    let Recipe::Custom(recipe) = artifact.recipe else {
        return Err(Box::new(Report::config(format!("artifact {} is not custom", artifact.image()))));
    };
    let context = absolute(&environment.cwd, artifact.context_dir());
    let locate = |field: &'static str| {
        Some(
            artifact
                .module
                .locate_artifact(artifact.index, &["custom".into(), "dependencies".into(), field.into()]),
        )
    };
    let dependencies =
        dependencies(artifact.image(), recipe.dependencies.as_ref(), &context, environment, cancel, &locate)
            .await?;
    let variables = template::Context::new(&environment.vars);
    let mut args = BTreeMap::new();
    if let Dependencies::Dockerfile { args: given, .. } = &dependencies {
        for (name, value) in given {
            let value = match value {
                Some(value) => template::expand(value, &variables).map_err(|error| {
                    let path = ["custom", "dependencies", "dockerfile", "buildArgs"].map(Key::from);
                    let path = path.into_iter().chain([Key::from(name.clone())]);
                    artifact.template_report(path, &format!("build argument {name} of"), &error)
                })?,
                None => match environment.vars.get(name) {
                    Some(value) => value.clone(),
                    None => continue,
                },
            };
            args.insert(name.clone(), value);
        }
    }
    let command = recipe.build_command.as_deref().unwrap_or_default();
    Ok(CustomWork {
        image: artifact.image().to_owned(),
        // One that does not expand fails when it is to be run, with its place.
        command: template::expand(command, &variables).unwrap_or_else(|_| command.to_owned()),
        context,
        platforms: plan::platforms(artifact, settings),
        dependencies,
        args,
    })
}
