//! What went wrong in a `docker build` or `docker push`, told with the place and the cure.

use std::ops::Range;
use std::path::Path;

use crate::diagnostic::{Excerpt, Report};
use crate::engine::definition::{Context, Dockerfile, Target};
use crate::engine::failure::{instruction, relative};

/// A build that failed, in the step `running` (its number from 1 and its name) if in any; `errors` is what docker
/// complained about, `output` the last lines of the step. Paths below `cwd` are shown relative to it.
pub(super) fn of_build(
    target: &Target,
    cwd: &Path,
    running: Option<(usize, &str)>,
    errors: &[String],
    output: Vec<String>,
) -> Report {
    let all = errors.join("\n");
    let exit_code = all.rsplit_once("returned a non-zero code: ").map(|(_, code)| code.trim());
    let place = running.and_then(|(number, _)| excerpt(target, number, cwd));
    let instruction = |name| instruction(name, place.as_ref());
    let title = match (running, exit_code) {
        (Some((_, name)), Some(code)) => {
            format!("artifact {}: `{}` failed with exit code {code}", target.image, instruction(name))
        }
        (Some((_, name)), None) => format!("artifact {}: `{}` failed", target.image, instruction(name)),
        (None, _) => format!("{} could not be built", target.image),
    };
    let mut report = Report::tool(title);
    if exit_code.is_none() {
        report.causes.extend(errors.last().cloned());
    }
    report = report.at_some(place);
    let said = format!("{all}\n{}", output.join("\n"));
    report.output = output;
    report.hints.extend(cure(&said, target.platforms.first().map(String::as_str)));
    report
}

/// A push that failed.
pub(super) fn of_push(tag: &str, errors: &[String]) -> Report {
    let mut report = Report::tool(format!("{tag} could not be pushed"));
    report.causes.extend(errors.last().map(|error| error.trim().to_owned()));
    let said = errors.join("\n").to_lowercase();
    let registry = tag.split_once('/').map_or("", |(registry, _)| registry);
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["denied", "unauthorized", "authentication required", "no basic auth"]) {
        // without a host in it, the reference is one of Docker Hub, where `docker login` goes by itself
        let is_host = registry.contains(['.', ':']) || registry == "localhost";
        let login = if is_host { format!("docker login {registry}") } else { "docker login".to_owned() };
        report = report.hint(format!("run `{login}`")).hint("check that the account may push there");
    } else if has(&["http response to https client", "certificate signed by unknown authority", "x509:"]) {
        report = report
            .hint(format!("add \"{registry}\" to insecure-registries in the docker daemon's daemon.json"))
            .hint(format!("or put its certificate into /etc/docker/certs.d/{registry}/ca.crt"));
    } else if has(&["connection refused", "no such host", "i/o timeout", "deadline exceeded"]) {
        report = report.hint(format!("check that the docker daemon reaches {registry}"));
    }
    report
}

/// The cure for what is said in the output.
fn cure(said: &str, platform: Option<&str>) -> Option<String> {
    if said.contains("exec format error") {
        let platform = platform.unwrap_or("this platform");
        return Some(format!(
            "the docker daemon's machine cannot run programs of {platform}: install emulation (package qemu-user-static), or build for its own platform"
        ));
    }
    if said.contains("no space left on device") {
        return Some("free space on the docker daemon's machine (`docker system prune`)".to_owned());
    }
    if said.contains("not found in build context or excluded by .dockerignore") {
        return Some("check the path against the build context and .dockerignore".to_owned());
    }
    None
}

/// The instruction that step `number` ran: the classic builder counts the instructions of the Dockerfile.
fn excerpt(target: &Target, number: usize, cwd: &Path) -> Option<Excerpt> {
    let (path, text) = match (&target.dockerfile, &target.context) {
        (Dockerfile::File(path), Context::Local(_)) => {
            (relative(path, cwd).to_owned(), fs_err::read_to_string(path).ok()?)
        }
        (Dockerfile::Inline(text), _) => (Path::new("inline Dockerfile").to_owned(), text.clone()),
        (Dockerfile::File(_), Context::Remote(_)) => return None,
    };
    let span = instructions(&text).into_iter().nth(number.checked_sub(1)?)?;
    Some(Excerpt { path, text: text.into(), span, label: String::new() })
}

/// The instructions of a Dockerfile as byte ranges, with their continuation lines, without heredocs (which the
/// classic builder does not know).
fn instructions(text: &str) -> Vec<Range<usize>> {
    let escape = text
        .lines()
        .map_while(|line| line.trim_start().strip_prefix('#'))
        .filter_map(|directive| directive.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("escape"))
        .map_or("\\", |(_, value)| value.trim());
    let mut found: Vec<Range<usize>> = vec![];
    let mut continues = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let end = start + line.trim_end().len();
        if !content.is_empty() && !content.starts_with('#') {
            match found.last_mut() {
                Some(instruction) if continues => instruction.end = end,
                _ => found.push(start + (line.len() - line.trim_start().len())..end),
            }
            continues = content.ends_with(escape);
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(dockerfile: &str) -> Target {
        Target {
            image: "example.com/app".into(),
            dockerfile: Dockerfile::Inline(dockerfile.into()),
            ..Target::default()
        }
    }

    #[test]
    fn instructions_are_counted_as_docker_counts_them() {
        let text = "# escape=\\\n# comment\nARG V=1\nFROM a\n\n  RUN one \\\n  # inside\n\n    two\nCMD x";
        let found: Vec<&str> = instructions(text).into_iter().map(|span| &text[span]).collect();
        assert_eq!(found, ["ARG V=1", "FROM a", "RUN one \\\n  # inside\n\n    two", "CMD x"]);
        let text = "# escape=`\nFROM a\nRUN one `\n two\nRUN C:\\\nCMD x\n";
        let found: Vec<&str> = instructions(text).into_iter().map(|span| &text[span]).collect();
        assert_eq!(found, ["FROM a", "RUN one `\n two", "RUN C:\\", "CMD x"]);
    }

    #[test]
    fn a_failing_run_shows_its_place_code_and_output() {
        let errors = ["The command '/bin/sh -c make' returned a non-zero code: 7".to_owned()];
        let target = target("FROM a\nRUN make\n");
        let report =
            of_build(&target, Path::new("/"), Some((2, "[2/2] RUN make")), &errors, vec!["boom".into()]);
        assert_eq!(report.title, "artifact example.com/app: `RUN make` failed with exit code 7");
        assert_eq!(report.excerpts[0].line_column(), (2, 1));
        assert_eq!((report.causes.len(), report.output), (0, vec!["boom".to_owned()]));
    }

    #[test]
    fn other_failures_keep_dockers_words() {
        let dockerfile = target("FROM a\nCOPY x /\n");
        let errors =
            ["COPY failed: file not found in build context or excluded by .dockerignore: stat x".to_owned()];
        let report = of_build(&dockerfile, Path::new("/"), Some((2, "[2/2] COPY x /")), &errors, vec![]);
        assert_eq!(report.causes, errors);
        assert!(report.hints[0].contains(".dockerignore"));

        let errors = ["dockerfile parse error on line 1: unknown instruction: FRM".to_owned()];
        let report = of_build(&dockerfile, Path::new("/"), None, &errors, vec![]);
        assert_eq!(report.title, "example.com/app could not be built");
        assert_eq!(report.causes, errors);

        let output = vec!["exec /bin/sh: exec format error".to_owned()];
        let errors = ["The command '/bin/sh -c x' returned a non-zero code: 255".to_owned()];
        let report = of_build(&dockerfile, Path::new("/"), Some((2, "[2/2] RUN x")), &errors, output);
        assert!(report.hints[0].contains("emulation"));
    }

    #[test]
    fn pushes_fail_with_a_cure() {
        for (said, cure) in [
            (
                "push access denied, repository does not exist: no basic auth credentials",
                "run `docker login r.test:5000`",
            ),
            ("unauthorized: authentication required", "run `docker login r.test:5000`"),
            (
                "Get \"https://r.test:5000/v2/\": http: server gave HTTP response to HTTPS client",
                "insecure-registries",
            ),
            ("tls: x509: certificate signed by unknown authority", "/etc/docker/certs.d/r.test:5000/ca.crt"),
            ("dial tcp 127.0.0.1:1: connect: connection refused", "reaches r.test:5000"),
        ] {
            let report = of_push("r.test:5000/app:1", &[said.to_owned()]);
            assert_eq!(report.causes, [said]);
            assert!(report.hints.iter().any(|hint| hint.contains(cure)), "{said}: {:?}", report.hints);
        }
        let report = of_push("library/app:1", &["denied".to_owned()]);
        assert_eq!(report.hints[0], "run `docker login`");
    }
}
