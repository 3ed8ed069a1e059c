//! `skeg test`: images that were built before, and the project's tests of them.

use std::io::Read as _;
use std::path::Path;

use super::{Invocation, project};
use crate::build::output::Build;
use crate::build::{artifacts_file, destination};
use crate::cli::TestArgs;
use crate::config::Project;
use crate::diagnostic::{Kind, Report, Result};
use crate::image;
use crate::settings::Settings;
use crate::testing::{self, Image, Tester};

impl Invocation<'_, TestArgs> {
    /// Runs the verb.
    ///
    /// # Errors
    /// The images are not known, or a test fails; see [`Tester::run`].
    pub async fn run(&self) -> Result<()> {
        let Self { args, origins, environment, bus, cancel, .. } = *self;
        if args.build_artifacts.as_deref() == Some("-") && args.project.filename.as_deref() == Some("-") {
            return Err(Box::new(
                Report::new(Kind::Usage, "--filename and --build-artifacts both read standard input")
                    .hint("name a file for one of them"),
            ));
        }
        let options = project::options(&args.project, "test", origins, environment, bus);
        let project = project::load(options, cancel).await?;
        let settings = project::settings(&project, args.flags(origins), origins, environment, bus)?;
        let images = self.images(&project, &settings)?;
        let cases = testing::cases(&project, &images, bus);
        if cases.is_empty() {
            bus.info("nothing to test: the project has no `test` for these images");
            return Ok(());
        }
        bus.info("Testing images...");
        Tester { environment, bus, cancel }.run(&cases).await
    }

    /// The images that the arguments name, at the default repo.
    fn images(&self, project: &Project, settings: &Settings) -> Result<Vec<Image>> {
        let file = self.args.build_artifacts.as_deref().filter(|file| !file.is_empty());
        let file = file.map_or(Ok(vec![]), |file| self.read(file))?;
        let flags = artifacts_file::of_flags(&self.args.images)?;
        let names: Vec<&str> = project.artifacts().map(|(_, _, artifact)| artifact.image.as_str()).collect();
        let tag = self.args.tag.as_deref().filter(|tag| !tag.is_empty());
        let builds = artifacts_file::merge(&names, file, flags, tag)?;
        builds.into_iter().map(|build| self.image(project, settings, build)).collect()
    }

    fn read(&self, file: &str) -> Result<Vec<Build>> {
        let unreadable = |error: std::io::Error| {
            let report = Report::user("the images that were built cannot be read").cause(&error);
            Box::new(if error.kind() == std::io::ErrorKind::NotFound {
                report.hint(format!("build them first: `skeg build --file-output {file}`"))
            } else {
                report.hint("correct --build-artifacts")
            })
        };
        let mut text = String::new();
        let path = if file == "-" {
            std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
            "standard input"
        } else {
            text = fs_err::read_to_string(self.environment.cwd.join(file)).map_err(unreadable)?;
            file
        };
        artifacts_file::parse(Path::new(path), &text)
    }

    fn image(&self, project: &Project, settings: &Settings, build: Build) -> Result<Image> {
        let name = build.image_name;
        let artifact = project.artifact(&name);
        let tested = project.modules.iter().any(|m| m.model.test.iter().any(|test| test.image == name));
        if artifact.is_none() && !tested {
            self.bus.warn(format!("{name} is no image of this project"));
        }
        let repo = settings.default_repo.as_ref().map_or("", |repo| repo.value.as_str());
        let multi_level = settings.multi_level_repo.as_ref().map(|multi| multi.value);
        let reference = image::default_repo::substitute(repo, multi_level, &build.tag).map_err(|error| {
            Report::user(format!("{name} cannot be tested"))
                .cause(error)
                .hint("correct it in the file of --build-artifacts, or in --images")
        })?;
        let local = artifact.and_then(|(module, _, _)| module.model.build.local.as_ref());
        let pushed = destination::push(settings, local.and_then(|local| local.push)).value;
        Ok(Image { name, reference, pushed })
    }
}
