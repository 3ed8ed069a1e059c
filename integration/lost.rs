//! A builder that goes away in the middle of a run.

use std::time::Duration;

use insta::assert_snapshot;

use crate::support::{Buildkitd, Registry, TestContext, engines};

#[test]
fn a_builder_that_comes_back_is_asked_once_more() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let mut builder = Buildkitd::start(&engines);
    context.app("FROM busybox\nRUN echo step begins && sleep 4 && echo done > /done\n");
    let address = builder.tcp();
    let mut running = context.start(&["build", "--builder", &address, "-d", &context.repo(), "-t", "v1"]);
    running.wait_for("| step begins");
    builder.restart();
    let (output, _) = running.finish_within(Duration::from_mins(1));
    let output = output.success();
    let warnings: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("warning:")).collect();
    assert_eq!(warnings.len(), 1, "one warning that says that it is tried again\n{output}");
    assert_snapshot!(output.filter(warnings[0]), @"warning: the connection to builder tcp://[ADDRESS] was lost; trying once more");
    let reference = format!("{}/app:v1", context.repo());
    assert_eq!(Registry::of(&engines).file(&reference, "linux/amd64", "done"), "done");
}

#[test]
fn a_builder_that_stays_away_is_an_error() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let mut builder = Buildkitd::start(&engines);
    context.app("FROM busybox\nRUN echo step begins && sleep 30\n");
    let address = builder.tcp();
    let mut running = context.start(&["build", "--builder", &address, "-d", &context.repo(), "-t", "v1"]);
    running.wait_for("| step begins");
    builder.kill();
    let (output, took) = running.finish_within(Duration::from_secs(90));
    assert!(took < Duration::from_mins(1), "{took:?}");
    assert!(matches!(output.status.code(), Some(1 | 3)), "{output}");
    assert_eq!(output.stderr.lines().filter(|line| line.starts_with("error:")).count(), 1, "{output}");
    assert_snapshot!(output.error(), @"
    error: builder tcp://[ADDRESS] cannot be reached
    caused by: Connection refused (os error 111); tried for 2 s
    help: check that its buildkitd runs and listens there
    help: or choose another builder: it comes from flag --builder
    ");
}

#[test]
fn nothing_is_tried_again_after_a_push() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let mut builder = Buildkitd::start(&engines);
    context
        .build_section("artifacts: [{image: quick, context: quick}, {image: slow, context: slow}]")
        .write("quick/Dockerfile", "FROM busybox\nRUN echo quick > /quick\n")
        .write("slow/Dockerfile", "FROM busybox\nRUN echo step begins && sleep 5\n");
    let address = builder.tcp();
    let mut running = context.start(&["build", "--builder", &address, "-d", &context.repo(), "-t", "v1"]);
    running.wait_for("| step begins");
    let quick = format!("{}/quick:v1", context.repo());
    let registry = Registry::of(&engines);
    assert!(crate::support::eventually(Duration::from_secs(10), || registry.find(&quick).is_some()));
    // Its client needs a moment to hear of it.
    std::thread::sleep(Duration::from_millis(500));
    builder.restart();
    let (output, _) = running.finish_within(Duration::from_mins(1));
    assert!(matches!(output.status.code(), Some(1 | 3)), "{output}");
    let error = output.error();
    assert!(error.contains("quick"), "what was pushed is named\n{error}");
}
