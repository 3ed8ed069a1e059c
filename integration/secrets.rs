//! Secrets and credentials are seen by the step that asks for them, and by nobody else.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::support::{Registry, TestContext, engines, eventually};

/// The sleep gives the test time to look at what runs.
const DOCKERFILE: &str = "FROM busybox\nCOPY app.txt /\n\
    RUN --mount=type=secret,id=file --mount=type=secret,id=variable --mount=type=secret,id=token,env=TOKEN \
    cat /run/secrets/file /run/secrets/variable | sha256sum > /sum && echo step begins && sleep 1 && test -n \"$TOKEN\"\n";

fn holds(folder: &Path, needle: &[u8]) -> Option<String> {
    for entry in fs_err::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let found = if entry.file_type().unwrap().is_dir() {
            holds(&path, needle)
        } else {
            let content = fs_err::read(&path).unwrap_or_default();
            content.windows(needle.len()).any(|bytes| bytes == needle).then(|| path.display().to_string())
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[test]
fn a_secret_is_nowhere_but_in_its_step() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    let repo = context.repo();
    let values = ["file", "variable", "token"].map(|kind| format!("s3cret-{kind}-{}", context.unique()));
    context.write_at("home/secret.txt", &values[0]);
    context.set("THE_VARIABLE", &values[1]);
    context.set("THE_TOKEN", &values[2]);
    context
        .build_section(&format!(
            "artifacts:\n- image: app\n  docker:\n    secrets:\n    - {{id: file, src: {}}}\n    \
             - {{id: variable, env: THE_VARIABLE}}\n    - {{id: token, env: THE_TOKEN}}",
            context.path("home/secret.txt").display()
        ))
        .write("Dockerfile", DOCKERFILE)
        .write("app.txt", context.unique());
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-v", "debug"];

    let mut running = context.start(&args);
    running.wait_for("step begins");
    let lines: BTreeSet<String> = context.processes().into_iter().map(|(_, line)| line).collect();
    assert!(lines.iter().any(|line| line.contains("buildx")), "{lines:?}");
    let on_disk: Vec<_> = ["project", "cache", "tmp", "docker", "config"]
        .iter()
        .flat_map(|folder| values.iter().filter_map(|value| holds(&context.path(folder), value.as_bytes())))
        .collect();
    let output = running.finish().success();
    let print = context.skeg(&["build", "--print", "--builder", &engines.buildkit, "-t", "v1"]).success();
    for value in &values {
        for text in [&output.stdout, &output.stderr, &print.stdout, &print.stderr] {
            assert!(!text.contains(value.as_str()), "{value} was shown\n{text}");
        }
        assert!(
            !lines.iter().any(|line| line.contains(value.as_str())),
            "{value} is on a command line: {lines:?}"
        );
    }
    assert!(on_disk.is_empty(), "secrets were written to {on_disk:?}");
    assert!(print.stdout.contains("THE_VARIABLE") && print.stdout.contains("secret.txt"), "{print}");
    let sum =
        context.run("sh", &["-c", "cat ../home/secret.txt; printf %s \"$THE_VARIABLE\""]).success().stdout;
    let sum = context.run_with_input("sha256sum", &[], &sum).success().stdout;
    let reference = format!("{repo}/app:v1");
    assert_eq!(
        Registry::of(&engines).file(&reference, "linux/amd64", "sum"),
        sum.trim(),
        "the step saw the secrets"
    );
}

#[test]
fn a_secret_in_a_failing_step_is_not_in_the_error() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    let value = format!("s3cret-{}", context.unique());
    context.set("TOKEN", &value);
    context.build_section("artifacts:\n- image: app\n  docker:\n    secrets: [{id: t, env: TOKEN}]").write(
        "Dockerfile",
        "FROM busybox\nRUN --mount=type=secret,id=t,env=TOKEN wget -q http://127.0.0.1:1/$TOKEN\n",
    );
    context
        .skeg(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1", "-v", "debug"])
        .fails(1)
        .never_says(&value);
}

#[test]
fn an_ssh_agent_is_handed_on() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    let socket = context.path("tmp/agent.sock");
    let _agent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    context.set("SSH_AUTH_SOCK", &socket.display().to_string());
    context.build_section("artifacts:\n- image: app\n  docker: {ssh: default}").write(
        "Dockerfile",
        "FROM busybox\nRUN --mount=type=ssh test -S $SSH_AUTH_SOCK && echo yes > /agent\n",
    );
    let repo = context.repo();
    let output =
        context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"]).success();
    assert_eq!(Registry::of(&engines).file(&output.reference("app"), "linux/amd64", "agent"), "yes");
    assert!(eventually(Duration::from_secs(20), || context.processes().is_empty()));
}
