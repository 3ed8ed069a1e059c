//! What a target is built from: its context, its Dockerfile and its secrets, found before anything is built.

use std::path::{Path, PathBuf};

use crate::build::artifact::Artifact;
use crate::config::{Module, absolute, is_remote_context, model};
use crate::diagnostic::{Report, Result};
use crate::dockerfile;
use crate::engine::{Context, Dockerfile, Secret, SecretSource};
use crate::inputs;
use crate::settings::env::Environment;

/// The build argument that carries the verb.
pub(super) const RUN_MODE: &str = "SKAFFOLD_RUN_MODE";

/// Whether the Dockerfile declares [`RUN_MODE`].
pub(super) fn declares_run_mode(file: &Dockerfile) -> bool {
    let text = match file {
        Dockerfile::Inline(text) => text.clone(),
        Dockerfile::File(path) => match inputs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => return false,
        },
    };
    // Only a Dockerfile that names it can declare it; one that cannot be read is BuildKit's to complain about.
    text.contains(RUN_MODE) && dockerfile::Dockerfile::parse(&text).is_ok_and(|d| d.declares_arg(RUN_MODE))
}

/// The context of an artifact, `folder`, is not there.
pub fn no_context(module: &Module, index: usize, folder: &Path, cwd: &Path) -> Report {
    let image = &module.model.build.artifacts[index].image;
    Report::config(format!("the context of artifact {image} is not a folder: {}", folder.display()))
        .at(module.locate_artifact(index, &["context".into()]))
        .hint(format!(
            "contexts of the root file are relative to the working folder ({}); run from the folder of the file, or correct `context`",
            cwd.display()
        ))
}

/// The context and the Dockerfile. A Dockerfile is looked for in its context, then in the working folder
/// (Skaffold: `docker/dependencies.go`, `NormalizeDockerfilePath`).
pub(super) fn locate(artifact: &Artifact<'_>, cwd: &Path) -> Result<(Context, Dockerfile)> {
    let written = artifact.artifact.context.as_deref().unwrap_or(".");
    let name = artifact.docker().dockerfile.as_deref().filter(|f| !f.is_empty()).unwrap_or("Dockerfile");
    let inline = artifact.overlay.dockerfile_inline.clone().map(Dockerfile::Inline);
    if is_remote_context(written) {
        let file = inline.unwrap_or_else(|| Dockerfile::File(PathBuf::from(name)));
        return Ok((Context::Remote(written.to_owned()), file));
    }
    let folder = absolute(cwd, artifact.context_dir());
    if !folder.is_dir() {
        return Err(Box::new(no_context(artifact.module, artifact.index, &folder, cwd)));
    }
    if let Some(inline) = inline {
        return Ok((Context::Local(folder), inline));
    }
    let candidates = [absolute(&folder, name), absolute(cwd, name)];
    let Some(found) = candidates.iter().find(|path| path.is_file()) else {
        return Err(Box::new(
            Report::config(format!(
                "artifact {} has no Dockerfile: {}",
                artifact.image(),
                candidates[0].display()
            ))
            .at(artifact.locate_docker("dockerfile"))
            .hint("name it with `docker.dockerfile`, relative to the context"),
        ));
    };
    Ok((Context::Local(folder), Dockerfile::File(found.clone())))
}

/// Secrets: a file must exist, a variable must be set. Relative paths are the working folder's, as docker reads them.
pub(super) fn secrets(artifact: &Artifact<'_>, environment: &Environment) -> Result<Vec<Secret>> {
    artifact.docker().secrets.iter().map(|secret| resolve_secret(artifact, secret, environment)).collect()
}

fn resolve_secret(
    artifact: &Artifact<'_>,
    secret: &model::DockerSecret,
    environment: &Environment,
) -> Result<Secret> {
    let id = secret.id.clone();
    let fail = |what: String, hint: String| {
        Box::new(
            Report::user(format!("secret {id} of artifact {} is missing", artifact.image()))
                .at(artifact.locate_docker("secrets"))
                .cause(what)
                .hint(hint),
        )
    };
    let file = |path: &str| -> Result<SecretSource> {
        let path = match path.strip_prefix("~/").zip(environment.home.as_ref()) {
            Some((rest, home)) => home.join(rest),
            None => absolute(&environment.cwd, path),
        };
        if path.is_file() {
            return Ok(SecretSource::File(path));
        }
        Err(fail(
            format!("there is no file {}", path.display()),
            "create the file, or name another one with `src`".into(),
        ))
    };
    let variable = |name: &str| -> Result<SecretSource> {
        if environment.vars.contains_key(name) {
            return Ok(SecretSource::Env(name.to_owned()));
        }
        Err(fail(
            format!("the environment variable {name} is not set"),
            format!("export {name}, or put it into skaffold.env"),
        ))
    };
    let source = match (
        secret.src.as_deref().filter(|s| !s.is_empty()),
        secret.env.as_deref().filter(|e| !e.is_empty()),
    ) {
        (Some(path), _) => file(path)?,
        (None, Some(name)) => variable(name)?,
        // As buildx: the id names a variable, else a file.
        (None, None) if environment.vars.contains_key(&id) => SecretSource::Env(id.clone()),
        (None, None) => file(&id)?,
    };
    Ok(Secret { id, source })
}
