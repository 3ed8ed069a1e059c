//! Structure tests: the program `container-structure-test` (Skaffold: `test/structure/structure.go`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use super::{Case, Tester, failed, files, interrupted};
use crate::diagnostic::{Report, Result};
use crate::docker::Daemon;
use crate::docker::config::{self as docker_config, DockerConfig};
use crate::docker::plugin::{self, Disk};
use crate::event::{Event, StepState};
use crate::hooks::step::{End, Step};
use crate::image::Reference;
use crate::process::Command;
use crate::registry;
use crate::yaml::Key;

const PROGRAM: &str = "container-structure-test";
const INSTALL: &str = "https://github.com/GoogleContainerTools/container-structure-test#installation";

/// What structure tests run with.
pub(super) struct Structure {
    program: PathBuf,
    /// The daemon in which the program looks for images.
    daemon: Daemon,
    /// The files by the case's number.
    files: BTreeMap<usize, Vec<PathBuf>>,
}

impl Structure {
    /// Finds the program and the files; `None` where no case has structure tests.
    pub(super) fn prepare(tester: &Tester<'_>, cases: &[Case<'_>]) -> Result<Option<Self>> {
        let mut files = BTreeMap::new();
        for (index, case) in cases.iter().enumerate() {
            if !case.test.structure_tests.is_empty() {
                files.insert(index, files_of(case)?);
            }
        }
        let Some(first) = files.keys().next() else { return Ok(None) };
        let Some(program) = plugin::on_path(PROGRAM, tester.environment, &Disk) else {
            return Err(Box::new(
                Report::user(format!("`{PROGRAM}`, which runs structure tests, was not found in PATH"))
                    .at(cases[*first].locate(&["structureTests".into()]))
                    .hint(format!("install it: {INSTALL}")),
            ));
        };
        let context = DockerConfig::load(tester.environment)?.context_in_force(tester.environment)?;
        Ok(Some(Self { program, daemon: Daemon::new(context, tester.environment), files }))
    }

    /// The files of a case; `None` where it has no structure tests.
    pub(super) fn files_of(&self, case: usize) -> Option<&[PathBuf]> {
        self.files.get(&case).map(Vec::as_slice)
    }

    /// Runs the structure tests of a case: the program once, with all files.
    pub(super) async fn run(&self, tester: &Tester<'_>, case: &Case<'_>, files: &[PathBuf]) -> Result<()> {
        self.have(tester, case).await?;
        let image = &case.image.name;
        let mut command = Command::new(&self.program)
            .args(["test", "-v", "warn", "--image"])
            .arg(&case.image.reference)
            .cwd(&tester.environment.cwd)
            .envs(&tester.environment.vars)
            .envs(self.daemon.variables());
        for file in files {
            command = command.arg("--config").arg(file);
        }
        let command = command.args(&case.test.structure_tests_args);
        let step = Step {
            image: image.clone(),
            id: format!("structure tests of {} in {}", case.index, case.module.describe()),
            name: format!("[test] {PROGRAM} {}", case.test.structure_tests.join(" ")),
        };
        let place = || case.locate(&["structureTests".into()]);
        let title = format!("structure tests of {image}");
        Err(Box::new(match step.run(&command, tester.bus, tester.cancel).await {
            Ok(End::Well) => return Ok(()),
            Ok(End::Badly { status, output }) => {
                failed(&format!("{title}: `{PROGRAM}`"), status, output, place())
            }
            Ok(End::Cancelled) => interrupted(&title),
            Err(error) => Report::user(format!("{title} cannot be run")).at(place()).cause(error),
        }))
    }

    /// Sees to it that the daemon has the image: the program looks for it there. Its own `--pull` knows no credentials.
    ///
    /// A pushed image without digest is always fetched, for the daemon's copy may be an older one; others where the
    /// daemon does not have them (Skaffold: fetched whenever images are pushed).
    async fn have(&self, tester: &Tester<'_>, case: &Case<'_>) -> Result<()> {
        let image = &case.image;
        let reference = Reference::parse(&image.reference)
            .map_err(|error| Report::user(format!("{} cannot be tested", image.name)).cause(error))?;
        let moves = image.pushed && reference.digest().is_none();
        if !moves && self.daemon.has_image(&image.reference).await? {
            return Ok(());
        }
        let step = format!("pull {} for {}", image.reference, case.index);
        let emit = |state: StepState| {
            tester.bus.emit(Event::Step {
                image: image.name.clone(),
                step: step.clone(),
                name: format!("[pull] {}", image.reference),
                state,
            });
        };
        let begun = Instant::now();
        emit(StepState::Started);
        let pulled = tokio::select! {
            biased;
            () = tester.cancel.cancelled() => {
                emit(StepState::Cancelled);
                return Err(Box::new(interrupted(&format!("{} was pulled", image.reference))));
            }
            pulled = self.pull(tester, &reference) => pulled,
        };
        match pulled {
            Ok(()) => {
                emit(StepState::Done(begun.elapsed()));
                Ok(())
            }
            Err(mut report) => {
                emit(StepState::Failed(report.to_string()));
                let title = format!("{} cannot be tested: the docker daemon cannot pull it", image.reference);
                report.causes.insert(0, std::mem::replace(&mut report.title, title));
                report.excerpts.push(case.locate(&["structureTests".into()]));
                report.hints.push("build and push it first, or log in: `docker login REGISTRY`".to_owned());
                Err(report)
            }
        }
    }

    async fn pull(&self, tester: &Tester<'_>, reference: &Reference) -> Result<()> {
        let options = registry::Options {
            docker_config: Some(docker_config::folder(tester.environment)),
            ..registry::Options::default()
        };
        let login = registry::Client::new(options, tester.environment).login(reference).await;
        self.daemon.pull(reference, login).await
    }
}

/// The files of a case's patterns, each once, in the order of the patterns. A pattern that finds nothing is an error
/// (in Skaffold a warning; the tests it names do not run, which nobody sees).
fn files_of(case: &Case<'_>) -> Result<Vec<PathBuf>> {
    let context = case.context();
    let mut all: Vec<PathBuf> = vec![];
    for (index, pattern) in case.test.structure_tests.iter().enumerate() {
        let place = || case.locate(&[Key::from("structureTests"), Key::from(index)]);
        let found = files::find(&context, pattern).map_err(|cause| {
            Report::config(format!("`{pattern}` cannot be used to find structure tests"))
                .at(place())
                .cause(cause)
        })?;
        if found.is_empty() {
            return Err(Box::new(
                Report::config(format!("no file of structure tests is called `{pattern}`"))
                    .at(place())
                    .hint(format!("it is looked for in {}", context.display())),
            ));
        }
        for file in found {
            if !all.contains(&file) {
                all.push(file);
            }
        }
    }
    Ok(all)
}
