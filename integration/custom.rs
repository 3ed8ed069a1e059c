//! Custom artifacts: what their commands are told, what becomes of what they make, and how they fail.

use std::time::Duration;

use insta::assert_snapshot;
use rustix::process::Signal;

use crate::support::{Docker, Engines, Output, Registry, TestContext, engines};

/// A script that pushes a copy of the registry's busybox, notes that it ran, and shows its variables.
fn copies_busybox(context: &TestContext, engines: &Engines) {
    let (crane, registry) = (engines.crane.display(), &engines.registry);
    context.write(
        "app/build.sh",
        format!(
            "set -e\necho run >> ../runs\n\
             for name in IMAGE PUSH_IMAGE BUILD_CONTEXT PLATFORMS SKIP_TEST IMAGE_REPO IMAGE_TAG; do\n\
             eval \"echo $name=\\$$name\" >> ../told\ndone\npwd >> ../told\necho copying\n\
             {crane} copy {registry}/library/busybox:latest $IMAGE\n"
        ),
    );
}

/// How often the script ran.
fn runs(context: &TestContext) -> usize {
    fs_err::read_to_string(context.path("project/runs")).map_or(0, |text| text.lines().count())
}

fn build(context: &TestContext, engines: &Engines) -> Output {
    context.skeg(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1", "-q"])
}

#[test]
fn the_command_is_told_what_to_make_and_its_push_is_the_result() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.set("IMAGE", "not/this:one");
    context.set("SCRIPT", "build.sh");
    context.build_section(
        "artifacts:\n- image: team/app\n  context: app\n  platforms: [linux/amd64, linux/arm64]\n  \
         custom: {buildCommand: 'sh {{.SCRIPT}}'}",
    );
    copies_busybox(&context, &engines);
    let repo = context.repo();
    let output = build(&context, &engines).success();
    let name = format!("{repo}/team_app");
    let digest = Registry::of(&engines).manifest(&format!("{name}:v1")).digest;
    assert_eq!(output.reference("team/app"), format!("{name}:v1@{digest}"));
    let folder = context.path("project/app").display().to_string();
    assert_eq!(
        fs_err::read_to_string(context.path("project/told")).unwrap().lines().collect::<Vec<_>>(),
        [
            format!("IMAGE={name}:v1"),
            "PUSH_IMAGE=true".to_owned(),
            format!("BUILD_CONTEXT={folder}"),
            "PLATFORMS=linux/amd64,linux/arm64".to_owned(),
            "SKIP_TEST=false".to_owned(),
            format!("IMAGE_REPO={name}"),
            "IMAGE_TAG=v1".to_owned(),
            folder,
        ]
    );
}

#[test]
fn its_output_is_shown_as_it_comes() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.build_section("artifacts: [{image: app, context: app, custom: {buildCommand: sh build.sh}}]");
    copies_busybox(&context, &engines);
    context
        .skeg(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"])
        .success()
        .says_once("[app custom] sh build.sh")
        .says_once("| copying");
}

#[test]
fn an_image_that_is_not_pushed_is_looked_for_in_the_daemon() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let buildx = engines.buildx.display();
    context
        .build_section(&format!(
            "artifacts:\n- image: app\n  context: app\n  custom:\n    \
             buildCommand: test $PUSH_IMAGE = false && {buildx} build --load -t $IMAGE $BUILD_CONTEXT"
        ))
        .write("app/Dockerfile", format!("FROM busybox\nRUN echo {} > /unique\n", context.unique()));
    let output = context.skeg(&["build", "-q", "-t", "v1", "-d", context.unique(), "--push=false"]).success();
    let name = format!("{}/app", context.unique());
    let id = Docker::at(&engines.docker_host).id(&format!("{name}:v1"));
    assert_eq!(output.reference("app"), format!("{name}:{id}"));
}

#[test]
fn a_command_that_makes_no_image_is_an_error() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.build_section("artifacts: [{image: app, custom: {buildCommand: echo done}}]");
    let output = build(&context, &engines).fails(1);
    assert_snapshot!(output.error(), @r"
    error: buildCommand of artifact app ended well but pushed no image `[REGISTRY]/[UNIQUE]/app:v1`
     --> skaffold.yaml:4:51
      |
    4 |   artifacts: [{image: app, custom: {buildCommand: echo done}}]
      |                                                   ^
    help: push the image under exactly the name in $IMAGE when $PUSH_IMAGE is `true`
    ");
    let args = ["build", "-q", "-t", "v1", "-d", context.unique(), "--push=false"];
    let error = context.skeg(&args).fails(1).error();
    assert!(error.contains("ended well but loaded no image") && error.contains("--load"), "{error}");
}

#[test]
fn a_command_that_fails_is_shown_with_its_last_lines() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts: [{image: app, context: app, custom: {buildCommand: sh build.sh}}]")
        .write("app/build.sh", "echo compiling\necho 'main.c:7: undefined: foo' >&2\nexit 7\n");
    let output = build(&context, &engines).fails(1);
    assert_snapshot!(output.error(), @r"
    error: buildCommand of artifact app `sh build.sh` failed with exit code 7
     --> skaffold.yaml:4:65
      |
    4 |   artifacts: [{image: app, context: app, custom: {buildCommand: sh build.sh}}]
      |                                                                 ^

      compiling
      main.c:7: undefined: foo
    ");
    assert!(Registry::of(&engines).is_unknown(&format!("{}/app", context.repo())));
}

#[test]
fn a_template_of_what_is_not_there_is_an_error_before_any_work() {
    let context = TestContext::new();
    context.build_section("artifacts: [{image: app, custom: {buildCommand: 'touch ran; make {{.TARGET}}'}}]");
    let args = ["build", "-t", "v1", "-d", "127.0.0.1:1", "--builder", "tcp://127.0.0.1:1"];
    let error = context.skeg(&args).fails(2).error();
    assert!(error.contains("TARGET is not defined") && error.contains("skaffold.yaml:4"), "{error}");
    assert!(!context.path("project/ran").exists());
}

#[test]
fn custom_and_dockerfile_artifacts_are_built_on_each_other() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section(
            "artifacts:\n\
             - {image: top, context: top, requires: [{image: app, alias: BASE}]}\n\
             - {image: app, context: app, requires: [{image: below, alias: BELOW}],\n   \
                custom: {buildCommand: 'echo $BELOW > ../below.txt && sh build.sh'}}\n\
             - {image: below, context: below}",
        )
        .write("top/Dockerfile", "ARG BASE\nFROM $BASE\nRUN echo top > /top\n")
        .write("below/Dockerfile", format!("FROM busybox\nRUN echo {} > /below\n", context.unique()));
    copies_busybox(&context, &engines);
    let output = build(&context, &engines).success();
    let registry = Registry::of(&engines);
    assert_eq!(registry.file(&output.reference("top"), "linux/amd64", "top"), "top");
    let below = fs_err::read_to_string(context.path("project/below.txt")).unwrap();
    assert_eq!(below.trim(), output.reference("below"), "the alias is what was built");
}

#[test]
fn it_is_built_again_when_what_it_reads_has_changed() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section(
            "artifacts:\n- image: app\n  context: app\n  custom:\n    buildCommand: sh build.sh\n    \
             dependencies: {paths: ['src/**', build.sh], ignore: ['src/out']}",
        )
        .write("app/src/deep/main.c", "1");
    copies_busybox(&context, &engines);
    let first = build(&context, &engines).success().reference("app");
    assert_eq!(runs(&context), 1);
    context.write("app/README.md", "not read").write("app/src/out/main.o", "ignored");
    assert_eq!(build(&context, &engines).success().reference("app"), first);
    assert_eq!(runs(&context), 1, "nothing it reads has changed");
    context.write("app/src/deep/main.c", "2");
    build(&context, &engines).success();
    assert_eq!(runs(&context), 2, "a file it reads has changed");
    context.write("app/src/new.c", "3");
    build(&context, &engines).success();
    assert_eq!(runs(&context), 3, "a new file matches a pattern");
}

#[test]
fn a_command_lists_what_it_reads() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section(
            "artifacts:\n- image: app\n  context: app\n  custom:\n    buildCommand: sh build.sh\n    \
             dependencies: {command: sh deps.sh}",
        )
        .write("app/deps.sh", "echo '[\"build.sh\", \"main.c\"]'\n")
        .write("app/main.c", "1");
    copies_busybox(&context, &engines);
    build(&context, &engines).success();
    context.write("app/other.c", "not listed");
    build(&context, &engines).success();
    assert_eq!(runs(&context), 1, "nothing it reads has changed");
    context.write("app/main.c", "2");
    build(&context, &engines).success();
    assert_eq!(runs(&context), 2, "a listed file has changed");
    context.write("app/deps.sh", "echo build.sh\n");
    let error = build(&context, &engines).fails(1).error();
    assert!(error.contains("printed no JSON array of paths") && error.contains("skaffold.yaml:"), "{error}");
}

#[test]
fn ctrl_c_ends_the_command_and_what_it_started() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts: [{image: app, custom: {buildCommand: sh build.sh}}]")
        .write("build.sh", "trap 'echo tidying; exit 1' TERM\nsleep 60 &\necho begins\nwait\n");
    let mut running =
        context.start(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"]);
    running.wait_for("| begins");
    running.signal(Signal::INT);
    let (output, took) = running.finish_within(Duration::from_secs(10));
    // The process that ignores nothing is not waited for until it would be killed.
    assert!(took < Duration::from_secs(8), "{took:?}\n{output}");
    assert!(context.processes().is_empty(), "left running: {:?}", context.processes());
    output.fails(130).says("| tidying");
}
