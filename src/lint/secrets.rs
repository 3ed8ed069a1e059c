//! Rules about secrets that end in images and their histories.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::Problem;
use super::facts::Facts;

/// Files that hold secrets; with a star at the front, by their end.
const FILES: &[&str] = &[
    "*.key",
    "*.p12",
    "*.pem",
    "*.pfx",
    "*.tfvars",
    ".aws",
    ".env",
    ".kube",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".ssh",
    "credentials.json",
    "id_ed25519",
    "id_rsa",
    "kubeconfig",
    "service-account.json",
];

/// Does a variable of this name hold a secret?
fn is_secret(name: &str) -> bool {
    static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new("(?i)(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)$").ok()
    });
    NAMES.as_ref().is_some_and(|names| names.is_match(name))
}

fn holds_secrets(name: &str) -> bool {
    FILES.iter().any(|known| match known.strip_prefix('*') {
        Some(end) => name.len() > end.len() && name.ends_with(end),
        None => name == *known,
    })
}

pub(super) fn in_arguments(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for image in &facts.images {
        let Some(docker) = image.docker() else { continue };
        for name in docker.build_args.keys().filter(|name| is_secret(name)) {
            problems.push(Problem::new(
                image.locate(&["docker".into(), "buildArgs".into(), name.clone().into()]),
                format!("the value of {name} can be read in the image's history and attestations"),
                format!("make it a secret: `docker.secrets: [{{id: {name}, env: {name}}}]` and `RUN --mount=type=secret,id={name},env={name} …`"),
            ));
        }
    }
    problems
}

pub(super) fn in_dockerfile(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        for instruction in &file.instructions {
            for (name, value) in instruction.variables().iter().filter(|(name, _)| is_secret(name)) {
                // An empty ENV hides one, and an ARG that nobody fills is none yet.
                if value.as_ref().is_none_or(String::is_empty) {
                    continue;
                }
                problems.push(Problem::new(
                    file.word(instruction, name),
                    format!("the value of {name} is in the image, for everyone who can pull it"),
                    format!("give it to the step that needs it: `RUN --mount=type=secret,id={name},env={name} …`, or to the container when it runs"),
                ));
            }
        }
    }
    problems
}

pub(super) fn copied(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (image, file) in facts.files() {
        let Some(context) = &image.context else { continue };
        for copy in &file.instructions {
            let mut names: Vec<String> =
                copy.copied().iter().filter_map(|source| file_name(source)).collect();
            if copy.copies_all() {
                names.extend(entries(context));
            }
            names.retain(|name| {
                holds_secrets(name.rsplit('/').next().unwrap_or_default()) && !image.ignores(name)
            });
            names.sort();
            if let Some(first) = names.first() {
                problems.push(Problem::new(
                    file.word(copy, first),
                    format!("{} may hold secrets and would be in the image", names.join(", ")),
                    "add it to .dockerignore and mount it where it is needed: `RUN --mount=type=secret,id=…,target=…`",
                ));
            }
        }
    }
    problems
}

/// A source as a path of the context.
fn file_name(source: &str) -> Option<String> {
    let name = source.trim_start_matches("./").trim_matches('/');
    (!name.is_empty() && !source.contains("://")).then(|| name.to_owned())
}

/// The names in a folder.
fn entries(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
