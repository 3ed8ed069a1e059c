//! Running hooks.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::step::{self, End, Step};
use crate::config::model::HostHook;
use crate::diagnostic::{Excerpt, Kind, Report, Result};
use crate::event::Bus;
use crate::process::{self, Command};
use crate::settings::env::Environment;

/// What running hooks needs.
#[derive(Debug, Clone, Copy)]
pub struct Hooks<'a> {
    /// What the hooks inherit; hooks without `dir` run in its working folder.
    pub environment: &'a Environment,
    /// Where their output goes, line by line.
    pub bus: &'a Bus,
    /// Cancelled by Ctrl-C, or because something else failed.
    pub cancel: &'a CancellationToken,
}

/// One hook with all that is said of it.
struct Hook<'a> {
    given: &'a HostHook,
    /// `before-build hook`
    what: &'a str,
    /// Empty for hooks of no artifact.
    image: &'a str,
    folder: PathBuf,
}

impl Hooks<'_> {
    /// Runs the hooks in their order, each to its end, in a process group of its own. Nobody's shell is involved: a
    /// command is a program and its arguments (Skaffold: `hooks/host.go`). Hooks of other systems (`os`, by Go's names)
    /// are left out, which is said at debug level.
    ///
    /// `what` names them (`before-build hook`), `image` is their artifact (empty: none), `variables` come on top of the
    /// environment, `dir` is the folder they run in, and what their own `dir` is relative to. `locate` tells where the
    /// nth hook is written.
    ///
    /// # Errors
    /// The first hook that fails ([`Kind::Tool`]) or cannot be run ([`Kind::User`], [`Kind::Config`]); none is started
    /// after it. An interruption ([`Kind::Interrupted`]).
    pub async fn run(
        &self,
        hooks: &[HostHook],
        variables: &[(String, String)],
        dir: &Path,
        what: &str,
        image: &str,
        locate: &dyn Fn(usize) -> Option<Excerpt>,
    ) -> Result<()> {
        for (index, hook) in hooks.iter().enumerate() {
            let folder = dir.join(hook.dir.as_deref().unwrap_or_default());
            let hook = Hook { given: hook, what, image, folder };
            if hook.is_for(system()) {
                self.one(&hook, index, variables)
                    .await
                    .map_err(|report| Box::new(report.at_some(locate(index))))?;
            } else {
                let systems = hook.given.os.join(", ");
                self.bus.debug(format!(
                    "{} skipped: it is for {systems}, this is {}",
                    hook.title(),
                    system()
                ));
            }
        }
        Ok(())
    }

    async fn one(&self, hook: &Hook<'_>, index: usize, variables: &[(String, String)]) -> Result<()> {
        let Some((program, arguments)) =
            hook.given.command.split_first().filter(|(name, _)| !name.is_empty())
        else {
            return Err(Report::config(format!("a {} names no command", hook.owner())).into());
        };
        if !hook.folder.is_dir() {
            let folder = hook.folder.display();
            return Err(Report::config(format!("{} cannot run in `{folder}`", hook.title()))
                .cause("there is no such folder")
                .hint("correct its `dir`, which is relative to the folder skeg is started in")
                .into());
        }
        let command = Command::new(program)
            .args(arguments)
            .cwd(&hook.folder)
            .envs(&self.environment.vars)
            .envs(variables.iter().cloned());
        let text = hook.text();
        let step = Step {
            image: hook.image.to_owned(),
            id: format!("{} {index}: {text}", hook.owner()),
            name: format!("[{}] {text}", hook.what),
        };
        match step.run(&command, self.bus, self.cancel).await {
            Ok(End::Well) => Ok(()),
            Ok(End::Badly { status, output }) => {
                Err(Report::tool(format!("{} {}", hook.title(), step::ending(status))).output(output).into())
            }
            Ok(End::Cancelled) => {
                Err(Report::new(Kind::Interrupted, format!("interrupted: {}", hook.title())).into())
            }
            Err(error) => Err(hook.cannot_run(program, &error).into()),
        }
    }
}

impl Hook<'_> {
    /// No system named means all.
    fn is_for(&self, system: &str) -> bool {
        self.given.os.is_empty() || self.given.os.iter().any(|os| os == system)
    }

    fn text(&self) -> String {
        self.given.command.join(" ")
    }

    /// `before-build hook of artifact web`
    fn owner(&self) -> String {
        match self.image {
            "" => self.what.to_owned(),
            image => format!("{} of artifact {image}", self.what),
        }
    }

    /// `before-build hook of artifact web: `make gen``
    fn title(&self) -> String {
        format!("{} `{}`", self.owner(), step::short(&self.text()))
    }

    fn cannot_run(&self, program: &str, error: &process::Error) -> Report {
        let report = Report::user(format!("{} cannot be run", self.title())).cause(error);
        let denied = matches!(
            error,
            process::Error::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied
        );
        if denied {
            report.hint(format!("make it executable: `chmod +x {program}`"))
        } else if program.contains(char::is_whitespace) && self.given.command.len() == 1 {
            report.hint("hooks run without a shell: write `command: [\"sh\", \"-c\", \"…\"]`, or one list item for each argument")
        } else if program.contains('/') {
            report.hint(format!("check the path, which is relative to {}", self.folder.display()))
        } else {
            report.hint(format!("install `{program}`, or add its folder to PATH"))
        }
    }
}

/// This system by the name Go has for it, as `os` lists them.
const fn system() -> &'static str {
    if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::hooks::step::tests::Transcript;

    fn hook(command: &[&str]) -> HostHook {
        HostHook { command: command.iter().map(|&word| word.to_owned()).collect(), ..HostHook::default() }
    }

    fn environment() -> Environment {
        Environment {
            vars: [("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("SKAFFOLD_IMAGE".into(), "old".into())]
                .into(),
            ..Environment::default()
        }
    }

    async fn run(hooks: &[HostHook], dir: &Path) -> (Result<()>, Vec<String>) {
        let transcript = Transcript::default();
        let variables = [("SKAFFOLD_IMAGE".to_owned(), "app:1".to_owned())];
        let result =
            Hooks { environment: &environment(), bus: &transcript.bus(), cancel: &CancellationToken::new() }
                .run(hooks, &variables, dir, "before-build hook", "web", &|index| {
                    Some(Excerpt {
                        path: "skaffold.yaml".into(),
                        text: "0\n1\n2\n".into(),
                        span: index * 2..index * 2 + 1,
                        label: String::new(),
                    })
                })
                .await;
        (result, transcript.lines())
    }

    #[tokio::test]
    async fn hooks_run_in_order_with_variables_and_folders() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(dir.path()).unwrap();
        fs_err::create_dir(root.join("sub")).unwrap();
        let hooks = [
            hook(&["sh", "-c", "echo $SKAFFOLD_IMAGE > made; pwd"]),
            HostHook { dir: Some("sub".into()), ..hook(&["sh", "-c", "cat ../made; pwd"]) },
            HostHook { dir: Some(String::new()), ..hook(&["echo", "a b", "$HOME"]) },
        ];
        let (result, lines) = run(&hooks, &root).await;
        result.unwrap();
        assert_eq!(lines[0], "started web[before-build hook] sh -c echo $SKAFFOLD_IMAGE > made; pwd");
        let output: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("| ")).collect();
        let root = root.display();
        assert_eq!(output, [root.to_string(), "app:1".into(), format!("{root}/sub"), "a b $HOME".into()]);
    }

    #[tokio::test]
    async fn hooks_of_other_systems_are_left_out_and_it_is_said() {
        let hooks = [
            HostHook { os: vec!["plan9".into(), "windows".into()], ..hook(&["false"]) },
            HostHook { os: vec![system().into(), "plan9".into()], ..hook(&["echo", "here"]) },
        ];
        let (result, lines) = run(&hooks, Path::new("/")).await;
        result.unwrap();
        assert_eq!(
            lines[0],
            format!(
                "message: before-build hook of artifact web `false` skipped: it is for plan9, windows, this is {}",
                system()
            )
        );
        assert_eq!(lines[2], "| here");
    }

    #[tokio::test]
    async fn the_first_failure_ends_it_with_code_output_and_place() {
        let hooks = [hook(&["true"]), hook(&["sh", "-c", "echo boom >&2; exit 7"]), hook(&["echo", "never"])];
        let (result, lines) = run(&hooks, Path::new("/")).await;
        let report = result.unwrap_err();
        assert_eq!(report.kind, Kind::Tool);
        assert_eq!(
            report.title,
            "before-build hook of artifact web `sh -c echo boom >&2; exit 7` failed with exit code 7"
        );
        assert_eq!(report.output, ["boom"]);
        assert_eq!(report.excerpts[0].line_column(), (2, 1));
        assert!(!lines.contains(&"| never".to_owned()));
    }

    #[tokio::test]
    async fn what_cannot_be_run_comes_with_its_cure() {
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join("plain.sh"), "#!/bin/sh\n").unwrap();
        let cases = [
            (hook(&["no-such-tool", "x"]), Kind::User, "install `no-such-tool`"),
            (hook(&["./missing.sh"]), Kind::User, "check the path, which is relative to"),
            (hook(&["./plain.sh"]), Kind::User, "chmod +x ./plain.sh"),
            (hook(&["make gen"]), Kind::User, "hooks run without a shell"),
            (HostHook { dir: Some("nowhere".into()), ..hook(&["true"]) }, Kind::Config, "correct its `dir`"),
        ];
        for (hook, kind, cure) in cases {
            let (result, _) = run(std::slice::from_ref(&hook), dir.path()).await;
            let report = result.unwrap_err();
            assert_eq!((report.kind, report.excerpts.len()), (kind, 1), "{report:?}");
            assert!(report.hints[0].contains(cure), "{report:?}");
        }
        for empty in [hook(&[]), hook(&[""])] {
            let report = run(&[empty], dir.path()).await.0.unwrap_err();
            assert_eq!(report.title, "a before-build hook of artifact web names no command");
        }
    }

    #[tokio::test]
    async fn an_interruption_names_the_hook() {
        let cancel = CancellationToken::new();
        let environment = environment();
        let hooks = Hooks { environment: &environment, bus: &Bus::default(), cancel: &cancel };
        let slow = [hook(&["sleep", "60"]), hook(&["sleep", "60"])];
        let soon = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            cancel.cancel();
        };
        let running = hooks.run(&slow, &[], Path::new("/"), "after-build hook", "", &|_| None);
        let (result, ()) = tokio::join!(running, soon);
        let report = result.unwrap_err();
        assert_eq!(report.kind, Kind::Interrupted);
        assert_eq!(report.title, "interrupted: after-build hook `sleep 60`");
    }
}
