//! What a project tests.

use std::path::PathBuf;

use crate::config::{Module, Project, absolute, model};
use crate::diagnostic::Excerpt;
use crate::event::Bus;
use crate::template::TemplateError;
use crate::yaml::Key;

/// An image that can be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name, as in the project file.
    pub name: String,
    /// Where it is: `repo:tag@sha256:…`, `repo:<image id>` or any other reference.
    pub reference: String,
    /// It is in the registry; else it is expected in the docker daemon.
    pub pushed: bool,
}

/// A test case of the project with its image.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The config it stands in.
    pub module: &'a Module,
    /// Its index in the config's `test`.
    pub index: usize,
    /// The case.
    pub test: &'a model::TestCase,
    /// The image.
    pub image: &'a Image,
}

impl Case<'_> {
    /// The folder its tests run in, absolute.
    pub fn context(&self) -> PathBuf {
        absolute(&self.module.dir, self.test.context.as_deref().unwrap_or("."))
    }

    /// Where something of the case stands.
    pub fn locate(&self, path: &[Key]) -> Excerpt {
        let mut whole = vec![Key::from("test"), Key::from(self.index)];
        whole.extend_from_slice(path);
        self.module.locate(&whole)
    }

    /// Where a template of the case is wrong.
    pub fn locate_template(&self, path: &[Key], error: &TemplateError) -> Excerpt {
        let mut whole = vec![Key::from("test"), Key::from(self.index)];
        whole.extend_from_slice(path);
        self.module.locate_template(&whole, error)
    }
}

/// The cases of these images, in the order of the images and then of the project (Skaffold: `test_factory.go`, which
/// runs the tests of each build result). Cases of other images are left out, which is said at debug level.
pub fn cases<'a>(project: &'a Project, images: &'a [Image], bus: &Bus) -> Vec<Case<'a>> {
    let all = || {
        project.modules.iter().flat_map(|module| {
            module.model.test.iter().enumerate().map(move |(index, test)| (module, index, test))
        })
    };
    for (_, _, test) in all() {
        if !images.iter().any(|image| image.name == test.image) {
            bus.debug(format!("tests of {} skipped: it was not built", test.image));
        }
    }
    images
        .iter()
        .flat_map(|image| {
            all().filter(|(_, _, test)| test.image == image.name).map(move |(module, index, test)| Case {
                module,
                index,
                test,
                image,
            })
        })
        .collect()
}
