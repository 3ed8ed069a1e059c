//! Custom tests: a command of the project's (Skaffold: `test/custom/custom.go`).

use std::time::Duration;

use super::{Case, Tester, failed, interrupted};
use crate::config::model::CustomTest;
use crate::diagnostic::{Report, Result};
use crate::hooks::step::{self, End, Step};
use crate::template;
use crate::yaml::Key;

/// What `sh` ends with when a program may not be run.
const NOT_EXECUTABLE: i32 = 126;
/// What `sh` ends with when there is no such program.
const NOT_FOUND: i32 = 127;

impl Tester<'_> {
    /// Runs one custom test of a case: in the system's shell, in the case's folder, in a process group of its own, with
    /// `IMAGE` and `TEST_CONTEXT` (which win over the environment's; in Skaffold they lose).
    pub(super) async fn custom(&self, case: &Case<'_>, index: usize) -> Result<()> {
        let test = &case.test.custom[index];
        let place =
            |field: &'static str| case.locate(&[Key::from("custom"), Key::from(index), Key::from(field)]);
        let named = step::short(&test.command);
        let title = format!("test of {} `{named}`", case.image.name);
        let script = template::expand(&test.command, &template::Context::new(&self.environment.vars))
            .map_err(|error| {
                let hint = "write `{{\"{{\"}}` where the command itself needs two braces";
                let path = [Key::from("custom"), Key::from(index), Key::from("command")];
                Report::config(format!("{title} cannot be run"))
                    .at(case.locate_template(&path, &error))
                    .cause(error)
                    .hint(hint)
            })?;
        let folder = case.context();
        if !folder.is_dir() {
            return Err(Box::new(
                Report::config(format!("{title} cannot run in `{}`", folder.display()))
                    .at(case.locate(&["context".into()]))
                    .cause("there is no such folder")
                    .hint("correct the `context` of the test"),
            ));
        }
        let command = step::shell(&script, &folder)
            .envs(&self.environment.vars)
            .env("IMAGE", &case.image.reference)
            .env("TEST_CONTEXT", &folder);
        // What was filled in may be secret: the command is shown as it is written.
        let step = Step {
            image: case.image.name.clone(),
            id: format!("custom test {index} of {} in {}", case.index, case.module.describe()),
            name: format!("[test] {}", test.command),
        };
        let stop = self.cancel.child_token();
        let limit = limit(test);
        let mut running = std::pin::pin!(step.run(&command, self.bus, &stop));
        let end = tokio::select! {
            end = &mut running => end,
            () = after(limit) => {
                stop.cancel();
                running.await
            }
        };
        match end {
            Ok(End::Well) => Ok(()),
            Ok(End::Badly { status, output }) => {
                let mut report = failed(&title, status, output, place("command"));
                report.hints.extend(match status.code() {
                    Some(NOT_FOUND) => {
                        Some(format!("the command runs in {}: check the path, or PATH", folder.display()))
                    }
                    Some(NOT_EXECUTABLE) => Some("make the script executable with `chmod +x`".to_owned()),
                    _ => None,
                });
                Err(Box::new(report))
            }
            Ok(End::Cancelled) if stop.is_cancelled() && !self.cancel.is_cancelled() => Err(Box::new(
                Report::tool(format!("{title} was stopped: it did not end in {} s", test.timeout_seconds))
                    .at(place("timeoutSeconds"))
                    .hint("raise its `timeoutSeconds`, or remove it to wait without end"),
            )),
            Ok(End::Cancelled) => Err(Box::new(interrupted(&title))),
            Err(error) => Err(Box::new(
                Report::user(format!("{title} cannot be run"))
                    .at(place("command"))
                    .cause(error)
                    .hint("a custom test needs the system's shell in PATH"),
            )),
        }
    }
}

/// How long a test may run; `None` = without end.
fn limit(test: &CustomTest) -> Option<Duration> {
    u64::try_from(test.timeout_seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

async fn after(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}
