//! Hooks around builds: their order, what they are told, and what their failure stops.

use std::time::Duration;

use insta::assert_snapshot;
use rustix::process::Signal;

use crate::support::{Engines, Output, Registry, TestContext, engines};

fn build(context: &TestContext, engines: &Engines) -> Output {
    context.skeg(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1", "-q"])
}

/// A script that notes its argument in `order`.
fn notes(context: &TestContext) {
    context.write("note.sh", "echo \"$@\" >> order\n");
}

fn order(context: &TestContext) -> Vec<String> {
    let text = fs_err::read_to_string(context.path("project/order")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn they_run_around_the_build_and_may_make_what_it_reads() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    notes(&context);
    context
        .build_section(
            "hooks:\n  before: [{command: [sh, note.sh, before all]}]\n  after: [{command: [sh, note.sh, after all]}]\n\
             artifacts:\n- image: app\n  context: app\n  hooks:\n    before:\n    - {command: [sh, note.sh, before]}\n    \
             - {command: [sh, -c, 'echo made > made.txt'], dir: app}\n    after: [{command: [sh, note.sh, after]}]",
        )
        .write("app/Dockerfile", format!("FROM busybox\nCOPY made.txt /\nRUN echo {}\n", context.unique()));
    let output = build(&context, &engines).success();
    assert_eq!(order(&context), ["before all", "before", "after", "after all"]);
    let registry = Registry::of(&engines);
    assert_eq!(registry.file(&output.reference("app"), "linux/amd64", "made.txt"), "made");
}

#[test]
fn they_are_told_of_the_image_and_the_run() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.kube_context("far");
    context
        .build_section(
            "hooks: {before: [{command: [sh, -c, 'env | grep ^SKAFFOLD_ | sort > all']}]}\n\
             artifacts: [{image: team/app, context: app, hooks: {before: [{command: [sh, -c, 'env | grep ^SKAFFOLD_ | sort > one']}]}}]",
        )
        .write("app/Dockerfile", format!("FROM busybox\nRUN echo {}\n", context.unique()));
    build(&context, &engines).success();
    let told = |file: &str| {
        let text = fs_err::read_to_string(context.path("project").join(file)).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (repo, project) = (context.repo(), context.project().display().to_string());
    let all = [
        format!("SKAFFOLD_DEFAULT_REPO={repo}"),
        "SKAFFOLD_KUBE_CONTEXT=far".to_owned(),
        format!("SKAFFOLD_WORK_DIR={project}"),
    ];
    assert_eq!(told("all"), all);
    let mut one = vec![
        format!("SKAFFOLD_BUILD_CONTEXT={project}/app"),
        format!("SKAFFOLD_IMAGE={repo}/team_app:v1"),
        format!("SKAFFOLD_IMAGE_REPO={repo}/team_app"),
        "SKAFFOLD_IMAGE_TAG=v1".to_owned(),
        "SKAFFOLD_PUSH_IMAGE=true".to_owned(),
    ];
    one.extend(all);
    one.sort();
    assert_eq!(told("one"), one);
}

#[test]
fn one_that_fails_before_the_build_stops_it() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    notes(&context);
    context
        .build_section(
            "artifacts:\n- image: app\n  hooks:\n    before:\n    - command: [sh, -c, \"echo no generator; exit 7\"]\n    \
             - command: [sh, note.sh, second]\n    after:\n    - command: [sh, note.sh, after]",
        )
        .write("Dockerfile", "FROM busybox\n");
    let output = build(&context, &engines).fails(1);
    assert_snapshot!(output.error(), @r#"
    error: before-build hook of artifact app `sh -c echo no generator; exit 7` failed with exit code 7
     --> skaffold.yaml:8:9
      |
    8 |       - command: [sh, -c, "echo no generator; exit 7"]
      |         ^

      no generator
    "#);
    assert!(order(&context).is_empty(), "{:?}", order(&context));
    assert!(Registry::of(&engines).is_unknown(&format!("{}/app", context.repo())));
}

#[test]
fn one_that_fails_after_the_build_fails_the_run() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("hooks: {after: [{command: [no-such-tool]}]}\nartifacts: [{image: app}]")
        .write("Dockerfile", format!("FROM busybox\nRUN echo {}\n", context.unique()));
    let error = build(&context, &engines).fails(3).error();
    assert!(error.starts_with("error: after-build hook `no-such-tool` cannot be run"), "{error}");
    assert!(error.contains("skaffold.yaml:4") && error.contains("help: install `no-such-tool`"), "{error}");
}

#[test]
fn one_of_another_system_is_left_out_and_its_output_is_shown_else() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section(
            "artifacts:\n- image: app\n  hooks:\n    before:\n    - {command: [no-such-tool], os: [windows, darwin]}\n    \
             - {command: [echo, here], os: [linux]}",
        )
        .write("Dockerfile", format!("FROM busybox\nRUN echo {}\n", context.unique()));
    let repo = context.repo();
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    context.skeg(&args).success().says_once("[app before-build hook] | here").never_says("no-such-tool");
    context
        .skeg(&[&args[..], &["-v", "debug", "--cache-artifacts=false"]].concat())
        .success()
        .says("`no-such-tool` skipped: it is for windows, darwin, this is linux");
}

#[test]
fn ctrl_c_ends_a_hook_and_what_it_started() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section(
            "hooks: {before: [{command: [sh, -c, 'sleep 60 & echo begins; wait']}]}\nartifacts: [{image: app}]",
        )
        .write("Dockerfile", "FROM busybox\n");
    let mut running =
        context.start(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"]);
    running.wait_for("| begins");
    running.signal(Signal::INT);
    let (output, _) = running.finish_within(Duration::from_secs(20));
    assert!(context.processes().is_empty(), "left running: {:?}", context.processes());
    let error = output.fails(130).error();
    assert!(error.contains("interrupted"), "{error}");
}
