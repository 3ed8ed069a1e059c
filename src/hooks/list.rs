//! Commands that list files.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::step;
use crate::diagnostic::{Kind, Report, Result};
use crate::settings::env::Environment;

/// So many lines of a failed command's output are shown.
const TAIL: usize = 20;
/// So much of an output that is no list is shown (characters).
const SHOWN: usize = 120;

/// Runs a command that prints a JSON array of paths, and returns them. It runs in the system's shell, in
/// `folder`. `what` is what it lists, in the plural (`the dependencies of artifact web`).
///
/// # Errors
/// The command cannot be run ([`Kind::User`]), fails, or prints no such array ([`Kind::Tool`]); an interruption.
pub async fn list(
    command: &str,
    what: &str,
    folder: &Path,
    environment: &Environment,
    cancel: &CancellationToken,
) -> Result<Vec<String>> {
    let title = format!("`{}`, which lists {what},", step::short(command));
    let shell = step::shell(command, folder).envs(&environment.vars);
    let output = tokio::select! {
        biased;
        () = cancel.cancelled() => {
            return Err(Report::new(Kind::Interrupted, format!("interrupted while {what} were listed")).into());
        }
        output = shell.output() => output,
    };
    let output = output.map_err(|error| {
        Report::user(format!("{title} cannot be run"))
            .cause(error)
            .hint("the command needs the system's shell in PATH")
    })?;
    if !output.success() {
        let lines: Vec<&str> = output.stdout.lines().chain(output.stderr.lines()).collect();
        let last = lines[lines.len().saturating_sub(TAIL)..].iter().map(|&line| line.to_owned());
        return Err(Report::tool(format!("{title} {}", step::ending(output.status)))
            .output(last)
            .hint(format!("the command runs in {}", folder.display()))
            .into());
    }
    serde_json::from_str(&output.stdout).map_err(|error| {
        let shown: String = output.stdout.trim().chars().take(SHOWN).collect();
        let shown = if shown.is_empty() { "nothing".to_owned() } else { format!("`{shown}`") };
        let hint = if command.contains('"') {
            "the shell takes quotes away: write `echo '[\"main.go\"]'`"
        } else {
            "it has to print an array such as `[\"main.go\", \"lib\"]` on standard output, and nothing else"
        };
        let title = format!("{title} printed no JSON array of paths");
        Box::new(Report::tool(title).cause(format!("it printed {shown}")).cause(error).hint(hint))
    })
}
