//! Artifacts that require others: built in one run, used without a registry.

use insta::assert_snapshot;

use crate::support::{Registry, TestContext, engines};

/// A base, stamped with what is different each time its step runs, and two images on it.
fn family(context: &TestContext) {
    context
        .build_section(
            "artifacts:\n\
             - {image: one, context: one, requires: [{image: base, alias: BASE}]}\n\
             - {image: base, context: base}\n\
             - {image: two, context: two, requires: [{image: base, alias: BASE}]}",
        )
        .write(
            "base/Dockerfile",
            "FROM busybox\nCOPY text /text\nRUN cat /proc/sys/kernel/random/uuid > /stamp\n",
        )
        .write("base/text", format!("first {}", context.unique()));
    for name in ["one", "two"] {
        context
            .write(&format!("{name}/Dockerfile"), "ARG BASE\nFROM $BASE\nARG BASE\nRUN echo $BASE > /tag\n");
    }
}

#[test]
fn a_base_that_is_only_required_is_not_pushed() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    family(&context);
    let output = context
        .skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q", "-b", "one"])
        .success();
    assert_eq!(output.builds().len(), 1, "{output}");
    let one = output.reference("one");
    assert!(registry.file(&one, "linux/amd64", "text").starts_with("first"));
    assert_eq!(
        registry.file(&one, "linux/amd64", "tag"),
        format!("{repo}/base:v1"),
        "the argument is the base's tag"
    );
    assert!(registry.is_unknown(&format!("{repo}/base")), "the base was pushed");
}

#[test]
fn two_dependants_share_the_base_of_the_run_and_follow_its_edits() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    family(&context);
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"];
    let images = ["base", "one", "two"];
    let files = |output: &crate::support::Output, path: &str| {
        images.map(|image| registry.file(&output.reference(image), "linux/amd64", path))
    };

    let first = context.skeg(&args).success();
    let stamps = files(&first, "stamp");
    assert!(stamps.iter().all(|stamp| *stamp == stamps[0]), "the base was built once: {stamps:?}");

    context.write("base/text", format!("second {}", context.unique()));
    let second = context.skeg(&args).success();
    for image in images {
        assert_ne!(first.digest(image), second.digest(image), "{image} follows the base");
    }
    assert!(files(&second, "text").iter().all(|text| text.starts_with("second")));
    let again = files(&second, "stamp");
    assert!(again.iter().all(|stamp| *stamp == again[0] && *stamp != stamps[0]), "{again:?}");
}

#[test]
fn a_base_of_another_builder_is_used_by_the_digest_it_was_pushed_with() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let registry = Registry::of(&engines);
    let repo = context.repo();
    family(&context);
    context.append(&format!(
        ".skeg:\n  builder: {}\n  artifacts:\n  - image: base\n    docker: {{builder: '{}'}}\n",
        engines.buildkit, engines.buildkit2
    ));
    let args = ["build", "-d", &repo, "-t", "v1", "-q"];
    let first = context.skeg(&args).success();
    let stamp = registry.file(&first.reference("base"), "linux/amd64", "stamp");
    for image in ["one", "two"] {
        assert_eq!(registry.file(&first.reference(image), "linux/amd64", "stamp"), stamp, "{image}");
    }

    context.write("base/text", format!("second {}", context.unique()));
    let second = context.skeg(&args).success();
    let stamp = registry.file(&second.reference("base"), "linux/amd64", "stamp");
    for image in ["one", "two"] {
        assert_eq!(registry.file(&second.reference(image), "linux/amd64", "stamp"), stamp, "{image} follows");
    }

    let shown = context.skeg(&["build", "-d", &repo, "-t", "v1"]).success();
    shown.says("(project .skeg, artifact base)").says("(project .skeg.builder)");
}

#[test]
fn a_base_of_another_builder_that_nobody_pushes_is_an_error() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.hide(engines.buildkit2.trim_start_matches("tcp://"), "[BUILDKIT2-HOST]");
    family(&context);
    context.append(&format!(
        ".skeg:\n  builder: {}\n  artifacts:\n  - image: base\n    docker: {{builder: '{}'}}\n",
        engines.buildkit, engines.buildkit2
    ));
    assert_snapshot!(context.skeg(&["build", "-t", "v1", "--push=false"]).fails(2).error(), @"
    error: 2 errors in skaffold.yaml
     --> skaffold.yaml:5:32
      |
    5 |   - {image: one, context: one, requires: [{image: base, alias: BASE}]}
      |                                ^ artifact one requires base, which another builder ([BUILDKIT2]) builds and nobody pushes; push (`--push`), or build both with one builder
    6 |   - {image: base, context: base}
    7 |   - {image: two, context: two, requires: [{image: base, alias: BASE}]}
      |                                -------- artifact two requires base, which another builder ([BUILDKIT2]) builds and nobody pushes; push (`--push`), or build both with one builder
    ");
}

#[test]
fn a_base_without_a_platform_of_its_dependant_is_an_error() {
    let context = TestContext::new();
    context
        .build_section(
            "artifacts:\n- {image: base, platforms: [linux/amd64]}\n\
             - {image: app, platforms: [linux/amd64, linux/arm64], requires: [{image: base}]}",
        )
        .write("Dockerfile", "FROM busybox\n");
    context.write_at("docker/cli-plugins/docker-buildx", "#!/bin/sh\n");
    context
        .run("chmod", &["+x", &context.path("docker/cli-plugins/docker-buildx").display().to_string()])
        .success();
    assert_snapshot!(context.skeg(&["build", "-t", "v1", "--print"]).fails(2).error(), @"
    error: artifact app is built for linux/arm64, but base, which it requires, is not
     --> skaffold.yaml:6:57
      |
    6 |   - {image: app, platforms: [linux/amd64, linux/arm64], requires: [{image: base}]}
      |                                                         ^
    help: add the platforms to base, or take them from app
    ");
}
