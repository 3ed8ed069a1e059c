//! The project file: found, read, checked, profiles applied, defaults filled in. What comes out is a [`Project`] of
//! [`Module`]s in the order they build on each other; every value can still be shown where it stands in its file.

#[cfg(test)]
mod corpus;
mod defaults;
mod document;
mod fix;
pub mod model;
mod modules;
mod overlay;
mod patch;
mod paths;
pub mod print;
mod profiles;
mod remote;
pub mod schema;
mod templates;
#[cfg(test)]
mod tests;
mod tree;
pub mod upgrade;
mod validate;

use std::path::PathBuf;
use std::sync::Arc;

pub use defaults::set_deployer;
pub use fix::{Fixed, fix};
pub use model::{Artifact, ArtifactKind, SkaffoldConfig};
pub use modules::{LoadOptions, SyncRemoteCache, load, read};
pub use overlay::{Overlay, OverlayArtifact, OverlayDocker};
pub use paths::{absolute, is_remote_context, make_absolute};
pub use templates::{TEMPLATE_FIELDS, TemplateField, expand_templates, template_field, template_place};
pub use validate::{Demands, ignored, unbuilt, validate, validate_for, warnings};

use crate::diagnostic::{Excerpt, Report, Result};
use crate::yaml::{Key, Node, Source};

/// The schema version of the first document of a project file; `None` when the file is none: each document is right in
/// its own version.
pub fn version_of(source: &Arc<Source>) -> Option<String> {
    if !source.text.contains("skaffold/") {
        return None;
    }
    let mut trees = crate::yaml::parse(source).ok()?;
    trees.retain(|tree| !tree.is_null());
    let version = trees.first()?.get("apiVersion")?.text()?.into_owned();
    trees.iter_mut().all(|tree| document::checked(tree).is_ok()).then_some(version)
}

/// Reads the documents of a file for their errors: what does not depend on profiles and other files.
pub fn check(source: &Arc<Source>) -> Result<()> {
    document::documents(source).map(drop)
}

/// All documents that take part, each after the ones it requires.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// The documents.
    pub modules: Vec<Module>,
    /// What the user should know about how the files were read.
    pub warnings: Vec<Report>,
}

/// One document of a project file, ready for use.
#[derive(Debug, Clone)]
pub struct Module {
    /// `metadata.name`.
    pub name: Option<String>,
    /// The file.
    pub source: Arc<Source>,
    /// The file's absolute path; the URL of one that was fetched from there; `<stdin>`.
    pub file: PathBuf,
    /// Which document of the file, from 0 (empty documents are not counted).
    pub index: usize,
    /// The content, with profiles applied and defaults filled in.
    pub model: SkaffoldConfig,
    /// The `.skeg` section, with profiles applied.
    pub overlay: Overlay,
    /// Names of the profiles that were applied, in order.
    pub active_profiles: Vec<String>,
    /// What relative paths of this document are relative to, absolute: the working folder for documents of the
    /// root file, the file's own folder for others (most of their paths are absolute already: Skaffold's rule,
    /// `parser/config.go`, leaves out `dockerfile` and secrets).
    pub dir: PathBuf,
    /// The file was fetched from elsewhere.
    pub remote: bool,
    /// The file is the root file, which `--filename` names.
    pub root: bool,
    /// The content with profiles applied, and `.skeg`, for positions.
    tree: Node,
}

impl Module {
    /// Where something stands in the file, by its path after profiles
    /// (`["build", "artifacts", 2, "jib"]`, `[".skeg", "builder"]`): the value where it is short, else its key. What
    /// is not written down (a default) is shown at the nearest thing above it.
    pub fn locate(&self, path: &[Key]) -> Excerpt {
        tree::place(&self.tree, path)
    }

    /// Whether something is written down, in the file or by a profile (and is no default).
    pub fn is_written(&self, path: &[Key]) -> bool {
        self.tree.locate(path).is_some()
    }

    /// [`Self::locate`] for something in `build.artifacts[index]`.
    pub fn locate_artifact(&self, index: usize, path: &[Key]) -> Excerpt {
        let mut whole = vec![Key::from("build"), Key::from("artifacts"), Key::from(index)];
        whole.extend_from_slice(path);
        self.locate(&whole)
    }

    /// [`Self::locate`] for something that `.skeg` says of the artifact `image`.
    pub fn locate_overlay(&self, image: &str, path: &[Key]) -> Excerpt {
        let index = self.overlay.artifacts.iter().position(|artifact| artifact.image == image);
        let mut whole = vec![Key::from(overlay::OVERLAY_KEY), Key::from("artifacts")];
        whole.extend(index.map(Key::from));
        whole.extend_from_slice(path);
        self.locate(&whole)
    }

    /// The module in a sentence: its name and file.
    pub fn describe(&self) -> String {
        match &self.name {
            Some(name) => format!("module `{name}` of {}", self.source.path.display()),
            None if self.index == 0 => self.source.path.display().to_string(),
            None => format!("document {} of {}", self.index + 1, self.source.path.display()),
        }
    }
}

impl Project {
    /// All artifacts in order, with their module and their index in it.
    pub fn artifacts(&self) -> impl Iterator<Item = (&Module, usize, &Artifact)> {
        self.modules.iter().flat_map(|module| {
            module
                .model
                .build
                .artifacts
                .iter()
                .enumerate()
                .map(move |(index, artifact)| (module, index, artifact))
        })
    }

    /// The artifact that builds this image.
    pub fn artifact(&self, image: &str) -> Option<(&Module, usize, &Artifact)> {
        self.artifacts().find(|(_, _, artifact)| artifact.image == image)
    }
}
