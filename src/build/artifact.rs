//! One docker artifact with everything that was decided about it before planning.

use std::path::PathBuf;
use std::sync::LazyLock;

use crate::config::{Module, OverlayDocker, model};
use crate::diagnostic::{Excerpt, Report};
use crate::template::TemplateError;
use crate::yaml::Key;

/// An artifact as the plan sees it.
#[derive(Debug, Clone)]
pub struct Artifact<'a> {
    /// The config it stands in.
    pub module: &'a Module,
    /// Its index in the config's `build.artifacts`.
    pub index: usize,
    /// The artifact itself.
    pub artifact: &'a model::Artifact,
    /// How it is built.
    pub recipe: Recipe<'a>,
    /// Its `.skeg` section; empty where there is none.
    pub overlay: OverlayDocker,
    /// The reference it is tagged with, after the default-repo rule.
    pub tagged: String,
    /// It is pushed.
    pub push: bool,
}

/// How an artifact is built.
#[derive(Debug, Clone, Copy)]
pub enum Recipe<'a> {
    /// From a Dockerfile, by BuildKit.
    Docker(&'a model::DockerArtifact),
    /// By a command of the user's.
    Custom(&'a model::CustomArtifact),
}

/// What artifacts without a docker section say in it.
static NOTHING: LazyLock<model::DockerArtifact> = LazyLock::new(model::DockerArtifact::default);

impl<'a> Artifact<'a> {
    /// Its docker section; an empty one where it has none.
    pub fn docker(&self) -> &'a model::DockerArtifact {
        match self.recipe {
            Recipe::Docker(docker) => docker,
            Recipe::Custom(_) => &NOTHING,
        }
    }

    /// The image name as in the project file.
    pub fn image(&self) -> &str {
        &self.artifact.image
    }

    /// Required images and the build-argument names they are passed by.
    pub fn requires(&self) -> impl Iterator<Item = (&str, &str)> {
        self.artifact
            .requires
            .iter()
            .map(|r| (r.image.as_str(), r.alias.as_deref().filter(|a| !a.is_empty()).unwrap_or(&r.image)))
    }

    /// `cacheTo`: the overlay's, else the artifact's own; `None` = not given.
    pub fn cache_to(&self) -> Option<&[String]> {
        self.overlay.cache_to.as_deref().or(self.docker().cache_to.as_deref())
    }

    /// Where each entry of [`Self::cache_to`] stands.
    pub fn locate_cache_to(&self) -> Vec<Excerpt> {
        let entries = 0..self.cache_to().map_or(0, <[String]>::len);
        let places = entries.map(|entry| {
            let path = ["docker".into(), "cacheTo".into(), entry.into()];
            match self.overlay.cache_to {
                Some(_) => self.module.locate_overlay(self.image(), &path),
                None => self.module.locate_artifact(self.index, &path),
            }
        });
        places.collect()
    }

    /// The folder of a local build context.
    pub fn context_dir(&self) -> PathBuf {
        self.module.dir.join(self.artifact.context.as_deref().unwrap_or("."))
    }

    /// Where `field` of the artifact stands.
    pub fn locate(&self, field: &'static str) -> Excerpt {
        self.module.locate_artifact(self.index, &[field.into()])
    }

    /// Where `field` of the artifact's docker section stands.
    pub fn locate_docker(&self, field: &'static str) -> Excerpt {
        self.module.locate_artifact(self.index, &["docker".into(), field.into()])
    }

    /// A config error about a template in the artifact, by its path: `<what> artifact <image> …: cause`.
    pub fn template_report<K: Into<Key>>(
        &self,
        path: impl IntoIterator<Item = K>,
        what: &str,
        error: &TemplateError,
    ) -> Box<Report> {
        Box::new(
            Report::config(format!("{what} artifact {} cannot be used", self.image()))
                .at(self.locate_template(path, error))
                .cause(error),
        )
    }

    /// Where a template of the artifact, by its path, is wrong.
    pub fn locate_template<K: Into<Key>>(
        &self,
        path: impl IntoIterator<Item = K>,
        error: &TemplateError,
    ) -> Excerpt {
        let mut whole = vec![Key::from("build"), Key::from("artifacts"), Key::from(self.index)];
        whole.extend(path.into_iter().map(Into::into));
        self.module.locate_template(&whole, error)
    }

    /// Its result goes into the docker daemon.
    pub fn is_loaded(&self) -> bool {
        !self.push && self.overlay.outputs.is_empty()
    }
}
