//! In which order artifacts are built, how many at once, and what becomes of the others when one fails.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rustix::process::Signal;

use crate::support::{Engines, Output, Registry, TestContext, engines, eventually};

/// Longer than any test waits, shorter than the commands and steps that are to be stopped.
const SOON: Duration = Duration::from_secs(20);
/// What a Dockerfile or a script notes its begin and end by: seconds since the machine was started.
const NOW: &str = "cut -d' ' -f1 /proc/uptime";

fn build(context: &TestContext, engines: &Engines, more: &[&str]) -> Output {
    let repo = context.repo();
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    context.skeg(&[&args[..], more].concat())
}

/// The script `push.sh`, which pushes a copy of the registry's busybox.
fn pushes(context: &TestContext, engines: &Engines) {
    let (crane, registry) = (engines.crane.display(), &engines.registry);
    context.write("push.sh", format!("exec {crane} copy {registry}/library/busybox:latest $IMAGE\n"));
}

/// A Dockerfile with a step that no other test has run.
fn dockerfile(context: &TestContext, image: &str, from: &str, step: &str) {
    let text = format!("ARG BASE\nFROM {from}\nRUN {step} # {image} {}\n", context.unique());
    context.write(&format!("{image}/Dockerfile"), text);
}

/// What was noted in `order`.
fn order(context: &TestContext) -> Vec<String> {
    let text = fs_err::read_to_string(context.path("project/order")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// How many of these times (begin, end) have a moment in common.
fn most_at_once(times: &[(f64, f64)]) -> usize {
    let at = |moment: f64| times.iter().filter(|(begin, end)| *begin <= moment && moment < *end).count();
    times.iter().map(|(begin, _)| at(*begin)).max().unwrap_or(0)
}

/// `BEGIN END` as numbers.
fn times(text: &str) -> (f64, f64) {
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    (numbers[0], numbers[1])
}

#[test]
fn commands_and_builders_take_turns_and_wait_for_nobody_else() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    pushes(&context, &engines);
    context.build_section(
        "artifacts:\n\
         - {image: last, custom: {buildCommand: 'echo last $BASE >> order; sh push.sh'}, requires: [{image: middle, alias: BASE}]}\n\
         - {image: middle, context: middle, requires: [{image: first, alias: BASE}]}\n\
         - {image: first, custom: {buildCommand: 'until test -e go; do sleep 0.05; done; echo first >> order; sh push.sh'}}\n\
         - {image: alone, context: alone}",
    );
    dockerfile(&context, "middle", "$BASE", "echo middle begins; echo middle > /middle");
    dockerfile(&context, "alone", "busybox", "echo alone begins");
    let result = context.path("tmp/result.json").display().to_string();
    let (repo, builder) = (context.repo(), &engines.buildkit);
    let mut running =
        context.start(&["build", "--builder", builder, "-d", &repo, "-t", "v1", "--file-output", &result]);
    running.wait_for("| alone begins");
    assert!(order(&context).is_empty(), "the first of the chain has not ended");
    context.write("go", "");
    let output = running.finish().success();
    let middle = Registry::of(&engines).manifest(&format!("{repo}/middle:v1")).digest;
    assert_eq!(order(&context), ["first".to_owned(), format!("last {repo}/middle:v1@{middle}")]);
    let at = |text: &str| output.stderr.find(text).unwrap_or_else(|| panic!("no {text}\n{output}"));
    assert!(at("| alone begins") < at("| middle begins"), "{output}");
    let file = fs_err::read_to_string(result).unwrap();
    assert_eq!(file.matches("imageName").count(), 4, "{file}");
}

#[test]
fn a_command_does_not_wait_for_what_its_base_is_built_with() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    pushes(&context, &engines);
    context.build_section(
        "artifacts:\n- {image: slow, context: slow}\n- {image: base, context: base}\n\
         - {image: top, custom: {buildCommand: 'sh push.sh; echo $BASE'}, requires: [{image: base, alias: BASE}]}\n\
         - {image: over, custom: {buildCommand: 'sleep 60 & echo over begins; wait'}, requires: [{image: top, alias: BASE}]}\n\
         - {image: next, context: base, requires: [{image: over}]}",
    );
    dockerfile(&context, "slow", "busybox", "echo slow begins; sleep 60");
    dockerfile(&context, "base", "busybox", "true");
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    let mut running = context.start(&args);
    running.wait_for("| slow begins");
    running.wait_for("| over begins");
    running.signal(Signal::INT);
    let (output, _) = running.finish_within(SOON);
    assert!(context.processes().is_empty(), "left running: {:?}", context.processes());
    assert_snapshot!(output.fails(130).error(), @"
    error: interrupted
    note: built: base, top
    note: stopped: slow, over
    note: never started: next
    ");
}

#[test]
fn what_two_runs_have_in_common_is_built_once() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    pushes(&context, &engines);
    context.build_section(
        "artifacts:\n- {image: base, context: base}\n- {image: tool, custom: {buildCommand: sh push.sh}}\n\
         - {image: app, context: app, requires: [{image: base, alias: BASE}, {image: tool, alias: TOOL}]}",
    );
    dockerfile(&context, "base", "busybox", "sleep 3; cat /proc/sys/kernel/random/uuid > /stamp");
    context.write(
        "app/Dockerfile",
        "ARG BASE\nARG TOOL\nFROM $TOOL AS tool\nFROM $BASE\nCOPY --from=tool /bin/busybox /tool\n",
    );
    let output = build(&context, &engines, &["-q"]).success();
    let registry = Registry::of(&engines);
    let stamp = |image: &str| registry.file(&output.reference(image), "linux/amd64", "stamp");
    assert_eq!(stamp("app"), stamp("base"));
}

/// Two commands and two Dockerfiles that take a second, and their times.
fn four(concurrency: &str, args: &[&str]) -> Option<Vec<(f64, f64)>> {
    let engines = Engines::find()?;
    let context = TestContext::with(&engines);
    pushes(&context, &engines);
    context
        .build_section(&format!(
            "{concurrency}artifacts:\n- {{image: a, custom: {{buildCommand: sh timed.sh a}}}}\n\
             - {{image: b, custom: {{buildCommand: sh timed.sh b}}}}\n\
             - {{image: c, context: c}}\n- {{image: d, context: d}}"
        ))
        .write("timed.sh", format!("({NOW}; sleep 1; {NOW}) | xargs > $1\nsh push.sh\n"));
    for image in ["c", "d"] {
        dockerfile(&context, image, "busybox", &format!("({NOW}; sleep 1; {NOW}) | xargs > /times"));
    }
    let output = build(&context, &engines, &[&["-q"], args].concat()).success();
    let registry = Registry::of(&engines);
    let mut found = Vec::new();
    for image in ["a", "b"] {
        found.push(times(&fs_err::read_to_string(context.path("project").join(image)).unwrap()));
    }
    for image in ["c", "d"] {
        found.push(times(&registry.file(&output.reference(image), "linux/amd64", "times")));
    }
    Some(found)
}

#[test]
fn so_many_artifacts_at_once() {
    for (concurrency, args, most) in [
        ("", &["--build-concurrency", "1"][..], 1),
        ("", &["--build-concurrency", "2"], 2),
        ("local: {concurrency: 2}\n", &[], 2),
        ("local: {concurrency: 2}\n", &["--build-concurrency", "1"], 1),
    ] {
        let Some(times) = four(concurrency, args) else { return };
        assert_eq!(most_at_once(&times), most, "{concurrency:?} {args:?}: {times:?}");
    }
}

#[test]
fn commands_come_one_after_the_other_where_nobody_says_more() {
    let Some(times) = four("", &[]) else { return };
    assert_eq!(most_at_once(&times[..2]), 1, "{times:?}");
}

#[test]
fn a_command_that_fails_stops_the_builder_and_what_was_pushed_is_found() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    pushes(&context, &engines);
    context
        .build_section(
            "artifacts:\n- {image: quick, context: quick}\n- {image: slow, context: slow}\n\
             - {image: bad, custom: {buildCommand: sh bad.sh, dependencies: {paths: [bad.sh]}}}\n\
             - {image: later, context: later, requires: [{image: bad, alias: BASE}]}",
        )
        .write("bad.sh", "until test -e go; do sleep 0.05; done\necho the reason\nexit 3\n");
    dockerfile(&context, "quick", "busybox", "true");
    dockerfile(&context, "slow", "busybox", "echo slow begins; sleep 60");
    dockerfile(&context, "later", "$BASE", "true");
    let repo = context.repo();
    let mut running = context.start(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"]);
    running.wait_for("| slow begins");
    let quick = format!("{repo}/quick:v1");
    assert!(eventually(SOON, || Registry::of(&engines).find(&quick).is_some()));
    context.write("go", "");
    let (output, _) = running.finish_within(SOON);
    assert!(context.processes().is_empty(), "left running: {:?}", context.processes());
    let output = output.fails(1);
    assert_snapshot!(output.error(), @"
    error: buildCommand of artifact bad `sh bad.sh` failed with exit code 3
     --> skaffold.yaml:7:41
      |
    7 |   - {image: bad, custom: {buildCommand: sh bad.sh, dependencies: {paths: [bad.sh]}}}
      |                                         ^

      the reason

    note: built: quick
    note: stopped: slow
    note: never started: later
    ");

    context.write("bad.sh", "sh push.sh\n");
    let output = build(&context, &engines, &["-b", "quick", "-b", "bad", "-b", "later"]).success();
    output.says("Built 2 images").finds("quick", "Found Remotely");
}

#[test]
fn a_builder_that_fails_stops_the_command_and_what_it_started() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.build_section(
        "artifacts:\n- image: bad\n  context: bad\n  hooks:\n    \
         before: [{command: [sh, -c, 'until test -e begun; do sleep 0.05; done']}]\n    \
         after: [{command: [touch, after]}]\n\
         - {image: good, context: good, hooks: {after: [{command: [touch, after]}]}}\n\
         - {image: slow, custom: {buildCommand: 'sleep 300 & sleep 301 & touch begun; wait'}}\n\
         - {image: second, custom: {buildCommand: touch second}}",
    );
    // The other is done by then.
    dockerfile(&context, "bad", "busybox", "sleep 8; exit 3");
    dockerfile(&context, "good", "busybox", "true");
    let begun = Instant::now();
    let output = build(&context, &engines, &[]).fails(1);
    assert!(begun.elapsed() < Duration::from_secs(250), "{:?}", begun.elapsed());
    assert!(context.processes().is_empty(), "left running: {:?}", context.processes());
    for never in ["after", "second"] {
        assert!(!context.path("project").join(never).exists(), "{never}\n{output}");
    }
    assert_snapshot!(output.error(), @"
    error: artifact bad: `RUN sleep 8; exit 3 # bad [UNIQUE]` failed with exit code 3
     --> bad/Dockerfile:3:1
      |
    3 | RUN sleep 8; exit 3 # bad [UNIQUE]
      | ^
    note: built, but its hooks did not all run: good
    note: stopped: slow
    note: never started: second
    ");
    // A later run must not take it for done.
    let again = build(&context, &engines, &["-b", "good"]).success();
    assert!(again.cache_line("good").starts_with("Not found. Building"), "{again}");
    assert!(context.path("project/after").exists(), "{again}");
    build(&context, &engines, &["-b", "good"]).success().finds("good", "Found Remotely");
}

#[test]
fn hooks_of_two_artifacts_run_around_what_is_built() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let hooks = |name: &str| {
        let one = |when: &str| format!("{when}: [{{command: [sh, -c, 'echo {when} {name} >> order']}}]");
        format!("hooks: {{{}, {}}}", one("before"), one("after"))
    };
    context.build_section(&format!(
        "{}\nartifacts:\n- {{image: a, context: a, {}}}\n- {{image: b, context: b, {}}}",
        hooks("all"),
        hooks("a"),
        hooks("b")
    ));
    for image in ["a", "b"] {
        context.write(&format!("{image}/Dockerfile"), "FROM scratch\nCOPY x /\n");
        context.write(&format!("{image}/x"), format!("{image} {}", context.unique()));
    }
    let told = || {
        let told = order(&context);
        context.write("order", "");
        told
    };
    build(&context, &engines, &[]).success();
    assert_eq!(told(), ["before all", "before a", "before b", "after a", "after b", "after all"]);
    build(&context, &engines, &[]).success().finds("a", "Found Remotely").finds("b", "Found Remotely");
    assert!(told().is_empty(), "nothing was built");
    context.write("b/x", format!("other {}", context.unique()));
    build(&context, &engines, &[]).success();
    assert_eq!(told(), ["before all", "before b", "after b", "after all"]);
}

#[test]
fn what_an_image_is_made_from_has_its_hooks_too() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section(
            "artifacts:\n- image: base\n  context: base\n  hooks:\n    \
             before: [{command: [sh, -c, 'echo before >> order; echo made > base/made']}]\n    \
             after: [{command: [sh, -c, echo after >> order]}]\n\
             - {image: app, context: app, requires: [{image: base, alias: BASE}]}",
        )
        .write("base/Dockerfile", "FROM busybox\nCOPY made /\n");
    dockerfile(&context, "app", "$BASE", "true");
    let output = build(&context, &engines, &["-q", "-b", "app"]).success();
    assert_eq!(Registry::of(&engines).file(&output.reference("app"), "linux/amd64", "made"), "made");
    assert_eq!(order(&context), ["before"], "it is in the image, and delivered to nobody");
}

#[test]
fn two_images_that_become_one_are_an_error_before_any_work() {
    let context = TestContext::new();
    context
        .build_section(
            "hooks: {before: [{command: [touch, ran]}]}\nartifacts:\n- {image: a/b_c}\n- {image: a_b/c}",
        )
        .write("Dockerfile", "FROM busybox\n");
    let args = |repo: &'static str| ["build", "-t", "v1", "-d", repo, "--builder", "tcp://127.0.0.1:1"];
    assert_snapshot!(context.skeg(&args("r.test")).fails(2).error(), @"
    error: a/b_c and a_b/c become one image, r.test/a_b_c:v1
     --> skaffold.yaml:7:13
      |
    6 |   - {image: a/b_c}
      |             ----- becomes r.test/a_b_c:v1
    7 |   - {image: a_b/c}
      |             ^ becomes r.test/a_b_c:v1
    help: rename one of them, choose another default repo, or build them with different tags
    ");
    assert!(!context.path("project/ran").exists());
    context.skeg(&[&args("r.test")[..], &["-b", "a/b_c", "--dry-run"]].concat()).success();
    context.skeg(&["config", "set", "--global", "multi-level-repo", "true"]).success();
    context.skeg(&[&args("r.test")[..], &["--dry-run"]].concat()).success();
}
