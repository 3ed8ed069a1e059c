//! Ctrl-C, `kill -9`, and two runs at once.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Registry, TestContext, engines, eventually};

/// Shorter than what is interrupted, long enough for a busy machine.
const SOON: Duration = Duration::from_secs(20);

fn slow(context: &TestContext) {
    context
        .build_section("artifacts: [{image: quick, context: quick}, {image: slow, context: slow}]")
        .write("quick/Dockerfile", "FROM busybox\nRUN echo quick > /quick\n")
        // A step of this test alone: one that another test has run to its end would come from the cache.
        .write(
            "slow/Dockerfile",
            format!("FROM busybox\nRUN echo step begins && sleep 60 # {}\n", context.unique()),
        );
}

#[test]
fn ctrl_c_ends_everything_at_once_and_says_what_was_pushed() {
    let engines = engines!();
    for signal in [Signal::INT, Signal::TERM] {
        let context = TestContext::with(&engines);
        slow(&context);
        let mut running =
            context.start(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"]);
        running.wait_for("| step begins");
        let quick = format!("{}/quick:v1", context.repo());
        let pushed = eventually(Duration::from_secs(10), || Registry::of(&engines).find(&quick).is_some());
        running.signal(signal);
        let (output, _) = running.finish_within(SOON);
        assert!(context.processes().is_empty(), "left running: {:?}", context.processes());
        let output = output.fails(130);
        assert_eq!(output.stdout, "");
        let error = output.error();
        assert!(error.contains("interrupted"), "{error}");
        assert!(error.contains("slow"), "what was not pushed is named\n{error}");
        assert!(pushed && error.contains("quick"), "what was pushed is named ({pushed})\n{error}");
    }
}

#[test]
fn with_q_an_interruption_writes_an_empty_result() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    slow(&context);
    let running =
        context.start(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1", "-q"]);
    let buildx = eventually(Duration::from_secs(10), || {
        context.processes().iter().any(|(_, line)| line.contains(" bake"))
    });
    assert!(buildx, "{:?}", context.processes());
    running.signal(Signal::INT);
    let (output, _) = running.finish_within(SOON);
    assert_eq!(output.fails(130).stdout, r#"{"builds":null}"#);
}

/// A docker-buildx that does not listen to anybody.
fn stubborn(context: &TestContext) {
    let plugin = context.path("docker/cli-plugins/docker-buildx");
    fs_err::remove_file(&plugin).unwrap();
    context.write_at(
        "docker/cli-plugins/docker-buildx",
        "#!/bin/sh\ntrap '' INT TERM HUP\ntouch \"$TMPDIR/started\"\nsleep 61 &\nwhile :; do sleep 0.1; done\n",
    );
    context.run("chmod", &["+x", &plugin.display().to_string()]).success();
}

#[test]
fn children_that_do_not_listen_are_killed() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\n");
    stubborn(&context);
    let start = || {
        drop(fs_err::remove_file(context.path("tmp/started")));
        let running =
            context.start(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"]);
        assert!(eventually(Duration::from_secs(10), || context.path("tmp/started").exists()));
        running
    };

    let running = start();
    running.signal(Signal::INT);
    let (output, _) = running.finish_within(SOON);
    output.fails(130);
    assert!(eventually(SOON, || context.processes().is_empty()), "{:?}", context.processes());

    // The second one does not wait for anybody. (A busy machine may; not each time.)
    let at_once = (0..5).any(|_| {
        let running = start();
        let begin = Instant::now();
        running.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(100));
        running.signal(Signal::INT);
        let (output, _) = running.finish_within(SOON);
        let took = begin.elapsed();
        assert_eq!(output.status.code(), Some(130), "{output}");
        assert!(eventually(SOON, || context.processes().is_empty()), "{:?}", context.processes());
        took < Duration::from_millis(600)
    });
    assert!(at_once);
}

#[test]
fn kill_9_leaves_no_child_and_no_broken_state() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    slow(&context);
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    let mut running = context.start(&args);
    running.wait_for("| step begins");
    assert!(!context.processes().is_empty());
    running.signal(Signal::KILL);
    running.finish_within(SOON);
    let gone = eventually(SOON, || context.processes().is_empty());
    assert!(gone, "left running: {:?}", context.processes());
    let left: Vec<_> =
        fs_err::read_dir(context.path("tmp")).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.len() <= 1, "left behind: {left:?}");

    context.write("slow/Dockerfile", "FROM busybox\nRUN echo slow > /slow\n");
    let output = context.skeg(&[&args[..], &["-q"]].concat()).success();
    assert_eq!(output.builds().len(), 2);
}

#[test]
fn two_at_once_in_one_project_both_succeed() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context
        .build_section("platforms: [linux/amd64, linux/arm64]\nartifacts: [{image: one}, {image: two}]")
        .write("Dockerfile", "FROM busybox\nCOPY . /src\nRUN sleep 0.5\n");
    let args =
        ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q", "--cache-tag", "cache"];
    // Neither has the private instance of the address yet.
    let both: Vec<_> = (0..2).map(|_| context.start(&args)).collect();
    let outputs: Vec<_> = both.into_iter().map(|running| running.finish().success()).collect();
    assert_eq!(outputs[0].stdout, outputs[1].stdout);
}
