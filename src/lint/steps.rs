//! Rules about `RUN` and the order of steps.

use std::sync::LazyLock;

use regex::Regex;

use super::Problem;
use super::facts::{Facts, File};
use super::shell::{commands, fetches};
use crate::dockerfile::{Action, Instruction};

fn runs(file: &File) -> impl Iterator<Item = &Instruction> {
    file.instructions.iter().filter(|instruction| instruction.keyword == "RUN")
}

pub(super) fn copy_before_install(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        let mut copied: Option<&Instruction> = None;
        for instruction in &file.instructions {
            if instruction.copies_all() {
                copied.get_or_insert(instruction);
            }
            if instruction.keyword == "FROM" {
                copied = None;
            }
            let (Some(copy), "RUN") = (copied, instruction.keyword) else { continue };
            let commands = commands(instruction);
            let Some((manager, _)) = commands.iter().filter_map(fetches).find(|(_, sources)| !sources) else {
                continue;
            };
            let cure = if manager.lists.is_empty() {
                format!("move the RUN of line {} above the {}", instruction.line, copy.keyword)
            } else {
                format!(
                    "copy what lists the dependencies first (`COPY {} ./`), install, then copy the rest",
                    manager.lists
                )
            };
            problems.push(Problem::new(
                file.line(copy.line),
                format!(
                    "every change of any file makes {} fetch everything again (line {})",
                    manager.name, instruction.line
                ),
                cure,
            ));
            // One is enough: the cure is the same.
            copied = None;
        }
    }
    problems
}

pub(super) fn no_cache_mount(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        for run in runs(file) {
            let Action::Run(mounts) = &run.action else { continue };
            if mounts.iter().any(|mount| mount.kind == "cache") {
                continue;
            }
            for command in commands(run) {
                let Some((manager, _)) = fetches(&command) else { continue };
                problems.push(Problem::new(
                    file.word(run, command.program()),
                    format!("when this step runs again, {} downloads everything again", manager.name),
                    format!("keep its downloads: `RUN --mount=type=cache,target={} …`", manager.cache),
                ));
                break;
            }
        }
    }
    problems
}

pub(super) fn chown_layer(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        for run in runs(file) {
            let found = commands(run)
                .into_iter()
                .find(|command| command.is("chown") && (command.has("-R") || command.has("--recursive")));
            let copied = file.instructions.iter().any(|other| {
                other.stage == run.stage
                    && other.line < run.line
                    && matches!(other.action, Action::Copy { .. })
            });
            if let Some(command) = found.filter(|_| copied) {
                problems.push(Problem::new(
                    file.word(run, command.program()),
                    "every file whose owner changes is stored, pushed and pulled a second time",
                    "let the copy do it: `COPY --chown=USER:GROUP …`",
                ));
            }
        }
    }
    problems
}

pub(super) fn apt_update_alone(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        for run in runs(file) {
            let commands = commands(run);
            let update = commands.iter().find(|c| c.is("apt-get update") || c.is("apt update"));
            let uses = ["install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep"];
            let used = commands.iter().any(|command| {
                uses.iter()
                    .any(|verb| command.is(&format!("apt-get {verb}")) || command.is(&format!("apt {verb}")))
            });
            if let Some(update) = update.filter(|_| !used) {
                problems.push(Problem::new(
                    file.word(run, update.program()),
                    "this layer stays in the cache: later steps install from package lists that grow old, or are gone",
                    "put update and install into one RUN: `RUN apt-get update && apt-get install -y …`",
                ));
            }
        }
    }
    problems
}

pub(super) fn clone_in_run(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        for run in runs(file) {
            let fixed = run.text.split(|c: char| !c.is_ascii_hexdigit()).any(|word| word.len() == 40);
            let clone = commands(run)
                .into_iter()
                .find(|command| command.is("git clone") && !command.has("--branch") && !command.has("-b"));
            if let Some(clone) = clone.filter(|_| !fixed) {
                problems.push(Problem::new(
                    file.word(run, clone.program()),
                    "what was cloned first stays in the cache: new commits are never seen",
                    "use `ADD https://…/repository.git#COMMIT /folder`, which BuildKit compares, or check a commit out",
                ));
            }
        }
    }
    problems
}

pub(super) fn unchecked_download(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        for add in file.instructions.iter().filter(|instruction| instruction.keyword == "ADD") {
            let Action::Copy { sources, checked: false, .. } = &add.action else { continue };
            for source in sources {
                let plain = source.split(['#', '?']).next().unwrap_or_default();
                let url = source.starts_with("https://") || source.starts_with("http://");
                if url && !plain.ends_with(".git") {
                    problems.push(Problem::new(
                        file.word(add, source),
                        "whatever the server sends ends in the image",
                        "name what is expected: `ADD --checksum=sha256:… URL …`",
                    ));
                }
            }
        }
    }
    problems
}

pub(super) fn piped_script(facts: &Facts<'_>) -> Vec<Problem> {
    static PIPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\b(?:curl|wget)\b[^|;&\n]*\|\s*(?:sudo\s+)?(?:/bin/)?(?:ba|da|z)?sh\b").ok()
    });
    let mut problems = vec![];
    for (_, file) in facts.files() {
        for run in runs(file) {
            let found = PIPED.as_ref().and_then(|regex| regex.find(&run.text));
            let Some(found) = found else { continue };
            let program = if found.as_str().starts_with("curl") { "curl" } else { "wget" };
            problems.push(Problem::new(
                file.word(run, program),
                "whoever holds that server decides what runs in the build, and an error of the download is not seen",
                "download it with `ADD --checksum=sha256:… URL /script` and run that",
            ));
        }
    }
    problems
}
