//! Custom artifacts: an image that a command of the project builds (Skaffold: `build/custom/script.go`).

mod dependencies;

pub use dependencies::{Dependencies, dependencies};

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::config::template_place;
use crate::diagnostic::{Excerpt, Kind, Report, Result};
use crate::event::{Bus, Event};
use crate::hooks::step::{self, End, Step};
use crate::hooks::variables::repo_and_tag;
use crate::process;
use crate::settings::env::Environment;
use crate::template::{self, TemplateError};
use crate::yaml::Node;

/// What `sh` ends with when a program may not be run.
const NOT_EXECUTABLE: i32 = 126;
/// What `sh` ends with when there is no such program.
const NOT_FOUND: i32 = 127;

/// A custom artifact that is to be built.
#[derive(Debug, Clone)]
pub struct Custom<'a> {
    /// The image's name as in the project file.
    pub image: &'a str,
    /// Its `buildCommand`, a template that is not expanded yet; empty where none is given.
    pub command: &'a str,
    /// The reference the command has to make.
    pub tagged: &'a str,
    /// The command has to push it; else it has to leave it in the docker daemon.
    pub push: bool,
    /// The artifact's folder, absolute; the command runs there.
    pub context: &'a Path,
    /// The platforms it is built for; none = the command's own choice.
    pub platforms: &'a [String],
    /// Tests are not wanted (`--skip-tests`).
    pub skip_test: bool,
    /// The artifacts it requires: alias, and the reference that was built.
    pub requires: &'a [(String, String)],
    /// Variables beside the environment and the contract's, such as the address of the docker daemon that is asked
    /// for the image afterwards.
    pub variables: &'a [(String, String)],
    /// Where the `buildCommand` is written.
    pub position: Option<Excerpt>,
    /// The `buildCommand` as it is written, for the place of a fault in it.
    pub written: Option<&'a Node>,
}

impl Custom<'_> {
    /// The variables that are the contract with the command, and one for each required artifact, under its alias. They
    /// win over those of the environment (in Skaffold an `IMAGE` of the environment wins, and breaks the build).
    pub fn contract(&self) -> Vec<(String, String)> {
        let (repo, tag) = repo_and_tag(self.tagged);
        let contract = [
            ("IMAGE", self.tagged.to_owned()),
            ("PUSH_IMAGE", self.push.to_string()),
            ("BUILD_CONTEXT", self.context.to_string_lossy().into_owned()),
            ("PLATFORMS", self.platforms.join(",")),
            ("SKIP_TEST", self.skip_test.to_string()),
            ("IMAGE_REPO", repo),
            ("IMAGE_TAG", tag),
        ];
        let contract = contract.into_iter().map(|(name, value)| (name.to_owned(), value));
        contract.chain(self.requires.iter().cloned()).collect()
    }

    /// `buildCommand of artifact web`
    fn title(&self) -> String {
        format!("buildCommand of artifact {}", self.image)
    }

    fn fails(&self, report: Report) -> Box<Report> {
        let known = !report.excerpts.is_empty();
        Box::new(if known { report } else { report.at_some(self.position.clone()) })
    }

    /// The command with the environment filled in. What Skaffold fills with `<no value>` is an error.
    fn expanded(&self, environment: &Environment) -> Result<String> {
        if self.command.trim().is_empty() {
            let title = format!("artifact {} has no buildCommand", self.image);
            let hint =
                "add `custom.buildCommand`: what builds $IMAGE, and pushes it when $PUSH_IMAGE is true";
            return Err(Report::config(title).hint(hint).into());
        }
        template::expand(self.command, &template::Context::new(&environment.vars)).map_err(|error| {
            let hint = self.cure_of(&error);
            let place = self.written.and_then(|node| template_place(node, &error));
            let report = Report::config(format!("{} cannot be used", self.title())).at_some(place);
            Box::new(report.cause(&error).hint(hint))
        })
    }

    fn cure_of(&self, error: &TemplateError) -> String {
        match &error.undefined {
            Some(name) if self.contract().iter().any(|(known, _)| known == name) => {
                format!("write `${name}`: this variable is the command's, templates see the environment only")
            }
            Some(name) => {
                format!("set {name}, or write `{{{{\"{{{{\"}}}}` where the command itself needs two braces")
            }
            None => "write `{{\"{{\"}}` where the command itself needs two braces".to_owned(),
        }
    }
}

/// Runs the artifact's `buildCommand`: in the system's shell, in the artifact's folder, in a process group of its own,
/// with the variables of [`Custom::contract`]. It is one step on the bus; the caller tells the artifact's start, and
/// its end after [`check`].
///
/// # Errors
/// The command fails ([`Kind::Tool`]) or cannot be run ([`Kind::User`]), its template or folder is wrong
/// ([`Kind::Config`]), or the run is interrupted ([`Kind::Interrupted`]). The bus hears that the artifact failed.
pub async fn build(
    custom: &Custom<'_>,
    environment: &Environment,
    bus: &Bus,
    cancel: &CancellationToken,
) -> Result<()> {
    run(custom, environment, bus, cancel).await.map_err(|report| {
        bus.emit(Event::ArtifactFailed { image: custom.image.to_owned() });
        custom.fails(*report)
    })
}

async fn run(
    custom: &Custom<'_>,
    environment: &Environment,
    bus: &Bus,
    cancel: &CancellationToken,
) -> Result<()> {
    let script = custom.expanded(environment)?;
    if !custom.context.is_dir() {
        let folder = custom.context.display();
        return Err(Box::new(
            Report::config(format!("the folder of artifact {} is not there", custom.image))
                .cause(format!("`{folder}` is no folder"))
                .hint("correct its `context`"),
        ));
    }
    let command = step::shell(&script, custom.context)
        .envs(&environment.vars)
        .envs(custom.variables.iter().cloned())
        .envs(custom.contract());
    // What was filled in may be secret: the command is shown as it is written.
    let step = Step {
        image: custom.image.to_owned(),
        id: format!("buildCommand of {}", custom.image),
        name: format!("[custom] {}", custom.command),
    };
    match step.run(&command, bus, cancel).await {
        Ok(End::Well) => Ok(()),
        Ok(End::Badly { status, output }) => {
            let named = step::short(custom.command);
            let title = format!("{} `{named}` {}", custom.title(), step::ending(status));
            let mut report = Report::tool(title).output(output);
            let folder = custom.context.display();
            report.hints.extend(match status.code() {
                Some(NOT_FOUND) => Some(format!("the command runs in {folder}: check the path, or PATH")),
                Some(NOT_EXECUTABLE) => Some("make the script executable with `chmod +x`".to_owned()),
                _ => None,
            });
            Err(report.into())
        }
        Ok(End::Cancelled) => {
            let title = format!("interrupted while {} was built", custom.image);
            Err(Report::new(Kind::Interrupted, title).into())
        }
        Err(error) => Err(cannot_run(custom, &error).into()),
    }
}

fn cannot_run(custom: &Custom<'_>, error: &process::Error) -> Report {
    Report::user(format!("{} cannot be run", custom.title()))
        .cause(error)
        .hint("a buildCommand needs the system's shell in PATH")
}

/// What the command made: `find` is asked for the tag, in the registry for its manifest's digest when the artifact is
/// pushed, in the docker daemon for the image's id when it is loaded. Returns what it finds.
///
/// # Errors
/// The image is not there ([`Kind::Tool`]), or `find` fails. The bus hears that the artifact failed.
pub async fn check(
    custom: &Custom<'_>,
    bus: &Bus,
    find: impl AsyncFnOnce(&str) -> Result<Option<String>>,
) -> Result<String> {
    let found = match find(custom.tagged).await {
        Ok(Some(found)) => return Ok(found),
        Ok(None) => Err(custom.fails(missing(custom))),
        Err(report) => Err(report),
    };
    bus.emit(Event::ArtifactFailed { image: custom.image.to_owned() });
    found
}

fn missing(custom: &Custom<'_>) -> Report {
    let (tagged, title) = (custom.tagged, custom.title());
    if custom.push {
        Report::tool(format!("{title} ended well but pushed no image `{tagged}`"))
            .hint("push the image under exactly the name in $IMAGE when $PUSH_IMAGE is `true`")
    } else {
        Report::tool(format!("{title} ended well but loaded no image `{tagged}`"))
            .cause("the docker daemon has no image of this name")
            .hint("leave the image in the docker daemon under exactly the name in $IMAGE when $PUSH_IMAGE is `false` (`docker buildx build` needs `--load`)")
            .hint("or push it: `--push`")
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::hooks::step::tests::Transcript;

    fn environment() -> Environment {
        let vars = [("PATH", "/usr/bin:/bin"), ("IMAGE", "from outside"), ("FLAVOUR", "sweet")];
        Environment {
            vars: vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Environment::default()
        }
    }

    fn custom<'a>(command: &'a str, context: &'a Path) -> Custom<'a> {
        Custom {
            image: "team/app",
            command,
            tagged: "reg.test:5000/team/app:v1",
            push: true,
            context,
            platforms: &[],
            skip_test: false,
            requires: &[],
            variables: &[],
            position: Some(Excerpt {
                path: "skaffold.yaml".into(),
                text: "buildCommand: x\n".into(),
                span: 14..15,
                label: String::new(),
            }),
            written: None,
        }
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = fs_err::canonicalize(dir.path()).unwrap();
        (dir, path)
    }

    async fn run(custom: &Custom<'_>) -> (Result<()>, Vec<String>) {
        let transcript = Transcript::default();
        let result = build(custom, &environment(), &transcript.bus(), &CancellationToken::new()).await;
        (result, transcript.lines())
    }

    #[tokio::test]
    async fn the_command_sees_the_contract_and_runs_in_the_context() {
        let (_dir, folder) = folder();
        let platforms = ["linux/amd64".to_owned(), "linux/arm64".to_owned()];
        let requires = [("BASE".to_owned(), "reg.test/base:v1@sha256:aa".to_owned())];
        let variables = [("DOCKER_HOST".to_owned(), "unix:///d.sock".to_owned())];
        let names = "IMAGE PUSH_IMAGE BUILD_CONTEXT PLATFORMS SKIP_TEST IMAGE_REPO IMAGE_TAG BASE DOCKER_HOST FLAVOUR";
        let script =
            format!("pwd; for name in {names}; do eval \"echo $name=\\$$name\"; done; echo {{{{.FLAVOUR}}}}");
        let (result, lines) = run(&Custom {
            platforms: &platforms,
            requires: &requires,
            variables: &variables,
            skip_test: true,
            ..custom(&script, &folder)
        })
        .await;
        result.unwrap();
        let output: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("| ")).collect();
        let folder = folder.display().to_string();
        assert_eq!(
            output,
            [
                folder.as_str(),
                "IMAGE=reg.test:5000/team/app:v1",
                "PUSH_IMAGE=true",
                &format!("BUILD_CONTEXT={folder}"),
                "PLATFORMS=linux/amd64,linux/arm64",
                "SKIP_TEST=true",
                "IMAGE_REPO=reg.test:5000/team/app",
                "IMAGE_TAG=v1",
                "BASE=reg.test/base:v1@sha256:aa",
                "DOCKER_HOST=unix:///d.sock",
                "FLAVOUR=sweet",
                "sweet",
            ]
        );
        assert!(lines[0].ends_with("echo {{.FLAVOUR}}"), "shown as it is written: {}", lines[0]);
        assert_eq!(lines.last().unwrap(), "done");
    }

    #[tokio::test]
    async fn the_cure_for_braces_works() {
        let (_dir, folder) = folder();
        let (result, lines) = run(&custom("echo '{{\"{{\"}}.Id}}'", &folder)).await;
        result.unwrap();
        assert_eq!(lines[1], "| {{.Id}}");
    }

    #[tokio::test]
    async fn a_failure_tells_code_output_place_and_cure() {
        let (_dir, folder) = folder();
        fs_err::write(folder.join("plain.sh"), "#!/bin/sh\n").unwrap();
        let cases = [
            ("echo compiling; echo no >&2; exit 4", 4, None),
            ("./nowhere.sh", 127, Some("check the path")),
            ("./plain.sh", 126, Some("chmod +x")),
        ];
        for (command, code, cure) in cases {
            let (result, lines) = run(&custom(command, &folder)).await;
            let report = result.unwrap_err();
            assert_eq!(report.kind, Kind::Tool);
            assert_eq!(
                report.title,
                format!("buildCommand of artifact team/app `{command}` failed with exit code {code}")
            );
            assert_eq!(report.excerpts.len(), 1);
            assert!(!report.output.is_empty());
            assert_eq!(report.hints.len(), usize::from(cure.is_some()));
            assert!(report.hints.iter().all(|hint| hint.contains(cure.unwrap_or_default())), "{report:?}");
            assert_eq!(lines.last().unwrap(), "artifact team/app failed");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_in_the_project_is_said_before_anything_runs() {
        let (_dir, folder) = folder();
        let cases = [
            ("", "artifact team/app has no buildCommand", "add `custom.buildCommand`"),
            ("make {{.IMAGE_TAG}}", "buildCommand of artifact team/app cannot be used", "write `$IMAGE_TAG`"),
            (
                "docker inspect -f '{{.Id}}'",
                "buildCommand of artifact team/app cannot be used",
                "set Id, or write `{{\"{{\"}}`",
            ),
            ("make {{", "buildCommand of artifact team/app cannot be used", "write `{{\"{{\"}}`"),
        ];
        for (command, title, cure) in cases {
            let (result, lines) = run(&custom(command, &folder)).await;
            let report = result.unwrap_err();
            assert_eq!((report.kind, report.title.as_str()), (Kind::Config, title));
            assert!(report.hints[0].starts_with(cure), "{report:?}");
            assert_eq!(lines, ["artifact team/app failed"]);
        }
        let report = run(&custom("true", &folder.join("gone"))).await.0.unwrap_err();
        assert_eq!(
            (report.kind, report.title.as_str()),
            (Kind::Config, "the folder of artifact team/app is not there")
        );
    }

    #[tokio::test]
    async fn an_interruption_stops_the_command() {
        let (_dir, folder) = folder();
        let transcript = Transcript::default();
        let cancel = CancellationToken::new();
        let soon = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            cancel.cancel();
        };
        let (bus, environment) = (transcript.bus(), environment());
        let slow = custom("sleep 60", &folder);
        let (result, ()) = tokio::join!(build(&slow, &environment, &bus, &cancel), soon);
        assert_eq!(result.unwrap_err().kind, Kind::Interrupted);
        assert_eq!(transcript.lines()[1..], ["cancelled", "artifact team/app failed"]);
    }

    #[tokio::test]
    async fn an_image_that_is_not_there_is_an_error_with_the_contract() {
        let pushed = custom("true", Path::new("/"));
        let loaded = Custom { push: false, ..pushed.clone() };
        let bus = Bus::default();
        let digest = check(&pushed, &bus, async |tag: &str| Ok(Some(format!("sha256 of {tag}")))).await;
        assert_eq!(digest.unwrap(), "sha256 of reg.test:5000/team/app:v1");
        for (custom, verb, cure) in
            [(&pushed, "pushed", "$PUSH_IMAGE is `true`"), (&loaded, "loaded", "--load")]
        {
            let transcript = Transcript::default();
            let report = check(custom, &transcript.bus(), async |_: &str| Ok(None)).await.unwrap_err();
            assert_eq!(
                report.title,
                format!(
                    "buildCommand of artifact team/app ended well but {verb} no image `reg.test:5000/team/app:v1`"
                )
            );
            assert!(report.hints[0].contains(cure) && report.hints[0].contains("$IMAGE"), "{report:?}");
            assert_eq!(transcript.lines(), ["artifact team/app failed"]);
        }
        let unreachable =
            check(&pushed, &bus, async |_: &str| Err(Box::new(Report::tool("no registry")))).await;
        assert_eq!(unreachable.unwrap_err().title, "no registry");
    }
}
