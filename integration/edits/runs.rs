//! Edits that need runs of their own: of what is required, of the run's own flags, and at bad moments.

use super::{Built, full_build, wrap_builder};
use crate::support::{Docker, Engines, Registry, TestContext, engines};

/// An artifact `app` that copies `a.txt` and `b.txt`.
fn app(engines: &Engines) -> TestContext {
    let context = TestContext::with(engines);
    context
        .build_section("artifacts:\n- image: app")
        .write("Dockerfile", "FROM scratch\nCOPY *.txt /\n")
        .write("a.txt", "one")
        .write("b.txt", "two");
    context
}

/// A file of the image that `app` is now.
fn file(context: &TestContext, engines: &Engines, built: &Built, path: &str) -> String {
    let reference = format!("{}/app@{}", context.repo(), built.app());
    Registry::of(engines).file(&reference, "linux/amd64", path)
}

/// `top` requires `mid`, which requires `base`; `other` requires nothing.
fn tower(context: &TestContext) {
    context
        .build_section(
            "artifacts:\n\
             - {image: top, context: top, requires: [{image: mid, alias: MID}]}\n\
             - {image: mid, context: mid, requires: [{image: base, alias: BASE}]}\n\
             - {image: base, context: base}\n\
             - {image: other, context: other}",
        )
        .write("base/Dockerfile", "FROM scratch\nCOPY a.txt /\n")
        .write("base/a.txt", "one")
        .write("mid/Dockerfile", "ARG BASE\nFROM $BASE\nCOPY mid.txt /\n")
        .write("mid/mid.txt", "mid")
        .write("top/Dockerfile", "ARG MID\nFROM $MID\nCOPY top.txt /\n")
        .write("top/top.txt", "top")
        .write("other/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
}

#[test]
fn what_is_required_changes_two_levels_below() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    tower(&context);
    let first = Built::run(&context, &engines);
    context.write("base/a.txt", "two");
    let second = Built::run(&context, &engines);
    let output = second.output.builds_because("base", "a.txt");
    output
        .builds_because("mid", "required base")
        .builds_because("top", "required mid")
        .finds("other", "Found Remotely");
    assert_eq!(second.digests, full_build(&context, &engines));
    for image in ["base", "mid", "top"] {
        assert_ne!(first.digests[image], second.digests[image], "{image}");
    }
}

#[test]
fn what_requires_changes_and_what_is_required_does_not() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    tower(&context);
    Built::run(&context, &engines);
    context.write("mid/mid.txt", "another").write("base/README.md", "not read");
    let second = Built::run(&context, &engines);
    second
        .output
        .builds_because("mid", "mid.txt")
        .builds_because("top", "required mid")
        .finds("base", "Found Remotely")
        .finds("other", "Found Remotely");
    assert_eq!(second.digests, full_build(&context, &engines));
}

#[test]
fn what_is_required_changes_and_goes_nowhere_itself() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    tower(&context);
    let only = ["-b", "top"];
    let first = Built::with(&context, &engines, &only);
    Built::with(&context, &engines, &only).output.finds("top", "Found Remotely");
    context.write("base/a.txt", "two");
    let second = Built::with(&context, &engines, &only);
    assert_ne!(first.digests["top"], second.digests["top"]);
    assert_eq!(second.digests["top"], full_build(&context, &engines)["top"]);
    second.output.builds_because("top", "required mid");
}

#[test]
fn a_base_that_copies_on_build() {
    let engines = engines!();
    let context = app(&engines);
    let base = format!("{}/onbuild:1", context.repo());
    context.write("onbuild/Dockerfile", "FROM scratch\nONBUILD COPY *.txt /\n");
    context.create_builder("onbuild", &engines.buildkit, &[]);
    let output = format!("type=image,name={base},push=true");
    context.buildx(&["build", "--builder", "onbuild", "-o", &output, "onbuild"]).success();
    context.write("Dockerfile", format!("FROM {base}\nLABEL a=b\n"));
    Built::run(&context, &engines);
    context.write("a.txt", "another");
    let second = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &second, "a.txt"), "another");
    assert_eq!(second.digests, full_build(&context, &engines));
}

#[test]
fn a_file_saved_during_the_build() {
    let engines = engines!();
    let context = app(&engines);
    let project = context.project().display().to_string();
    // At the worst moment: `skeg` has looked, BuildKit has not.
    let plugin = context.path("docker/cli-plugins/docker-buildx");
    wrap_builder(&context, &format!("printf during > '{project}/a.txt'\nexec \"$BUILDX\" \"$@\""));
    Built::run(&context, &engines);
    fs_err::remove_file(&plugin).unwrap();
    std::os::unix::fs::symlink(&engines.buildx, &plugin).unwrap();

    let next = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &next, "a.txt"), "during");
    // Nor is the image of the first run what `one` makes.
    context.write("a.txt", "one");
    let back = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &back, "a.txt"), "one");
    context.write("a.txt", "during");
    let again = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &again, "a.txt"), "during");
}

#[test]
fn a_file_that_was_another_during_the_build_alone() {
    let engines = engines!();
    let context = app(&engines);
    let project = context.project().display().to_string();
    let plugin = context.path("docker/cli-plugins/docker-buildx");
    wrap_builder(
        &context,
        &format!(
            "cd '{project}'\ncp -p a.txt \"$TMPDIR/kept\"\nprintf during > a.txt\n\"$BUILDX\" \"$@\"\nstatus=$?\n\
             cat \"$TMPDIR/kept\" > a.txt\ntouch -r \"$TMPDIR/kept\" a.txt\nexit $status"
        ),
    );
    Built::run(&context, &engines);
    fs_err::remove_file(&plugin).unwrap();
    std::os::unix::fs::symlink(&engines.buildx, &plugin).unwrap();
    assert_eq!(fs_err::read_to_string(context.project().join("a.txt")).unwrap(), "one");
    let next = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &next, "a.txt"), "one");
}

#[test]
fn a_file_saved_while_a_step_runs() {
    let engines = engines!();
    let context = app(&engines);
    let base = format!("{}/library/busybox", engines.registry);
    let dockerfile =
        format!("FROM {base}\nRUN echo step begins && sleep 2 # {}\nCOPY *.txt /\n", context.unique());
    context.write("Dockerfile", dockerfile);
    let repo = context.repo();
    let mut running = context.start(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"]);
    running.wait_for("| step begins");
    context.write("a.txt", "saved");
    running.finish().success();
    let next = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &next, "a.txt"), "saved");
    Built::run(&context, &engines).output.finds("app", "Found Remotely");
}

#[test]
fn size_and_time_stay_and_then_another_file_changes() {
    let engines = engines!();
    let context = app(&engines);
    let path = context.project().join("a.txt");
    let write = |content: &str| {
        fs_err::write(&path, content).unwrap();
        let file = fs_err::File::options().append(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000)).unwrap();
    };
    write("one");
    Built::run(&context, &engines);
    write("two");
    let second = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &second, "a.txt"), "two");
    // What BuildKit keeps of a folder is compared by size and time with what it is sent next.
    context.write("b.txt", "another");
    let third = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &third, "a.txt"), "two");
    assert_eq!(file(&context, &engines, &third, "b.txt"), "another");
    write("six");
    let fourth = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &fourth, "a.txt"), "six");
    context.write("b.txt", "more");
    let fifth = Built::run(&context, &engines);
    assert_eq!(file(&context, &engines, &fifth, "a.txt"), "six");
    assert_eq!(file(&context, &engines, &fifth, "b.txt"), "more");
}

#[test]
fn many_quick_edits_of_the_same_size() {
    let engines = engines!();
    let context = app(&engines);
    for number in 10..20 {
        context.write("a.txt", number.to_string());
        let built = Built::run(&context, &engines);
        assert_eq!(file(&context, &engines, &built, "a.txt"), number.to_string());
    }
}

#[test]
fn what_a_run_is_asked_for() {
    let engines = engines!();
    let context = app(&engines);
    context.append(
        "profiles:\n- name: other\n  build: {artifacts: [{image: app, docker: {buildArgs: {A: b}}}]}\n",
    );
    let first = Built::run(&context, &engines);
    // A platform.
    let both = Built::with(&context, &engines, &["--platform", "linux/amd64,linux/arm64"]);
    assert_ne!(first.digests, both.digests);
    let reference = format!("{}/app@{}", context.repo(), both.app());
    assert_eq!(Registry::of(&engines).platforms(&reference), ["linux/amd64", "linux/arm64"]);
    both.output.builds_because("app", "platform");
    // And back: known from before.
    let back = Built::run(&context, &engines);
    assert_eq!(back.digests, first.digests);
    back.output.finds("app", "Found. Tagging");
    // A profile.
    Built::with(&context, &engines, &["-p", "other"]).output.builds_because("app", "build argument A");
    // An attestation.
    let attested = Built::with(&context, &engines, &["--provenance", "min"]);
    let reference = format!("{}/app@{}", context.repo(), attested.app());
    assert!(Registry::of(&engines).manifest(&reference).json["manifests"].is_array());
    attested.output.builds_because("app", "provenance|attestation");
    // Another place.
    let elsewhere = format!("{}/elsewhere", context.repo());
    let args = ["build", "--builder", &engines.buildkit, "-d", &elsewhere, "-t", "v1"];
    context.skeg(&args).success();
    assert!(Registry::of(&engines).find(&format!("{elsewhere}/app:v1")).is_some());
    // Where the tag was, another image is by now.
    Built::run(&context, &engines).output.finds("app", "Found. Tagging");
    // How much is said, and how fast it goes, are nothing to an image.
    for more in [&["-v", "debug"][..], &["--build-concurrency", "1"], &["--progress", "plain"]] {
        Built::with(&context, &engines, more).output.finds("app", "Found Remotely");
    }
}

#[test]
fn no_cache_is_a_build() {
    let engines = engines!();
    let context = app(&engines);
    let base = format!("{}/library/busybox", engines.registry);
    context.write("Dockerfile", format!("FROM {base}\nRUN cat /proc/sys/kernel/random/uuid > /stamp\n"));
    let first = Built::run(&context, &engines);
    context.build_section("artifacts:\n- image: app\n  docker: {noCache: true}");
    let second = Built::run(&context, &engines);
    assert_ne!(
        file(&context, &engines, &first, "stamp"),
        file(&context, &engines, &second, "stamp"),
        "the step ran again"
    );
    second.output.builds_because("app", "cache");
}

#[test]
fn the_result_is_gone_from_the_registry() {
    let engines = engines!();
    let context = app(&engines);
    let first = Built::run(&context, &engines);
    let reference = format!("{}/app:v1", context.repo());
    Registry::of(&engines).remove(&reference);
    let second = Built::run(&context, &engines);
    assert_eq!(first.digests, second.digests);
    assert_eq!(Registry::of(&engines).manifest(&reference).digest, second.app());
    second.output.builds_because("app", "result is gone");
}

#[test]
fn the_result_is_gone_from_the_daemon() {
    let engines = engines!();
    let context = app(&engines);
    let repo = context.repo();
    let args = ["build", "-d", &repo, "-t", "v1", "--push=false"];
    context.skeg(&args).success().builds_because("app", "first build");
    context.skeg(&args).success().finds("app", "Found Locally");
    let daemon = Docker::at(&engines.docker_host);
    daemon.remove(&daemon_id(&daemon, &format!("{repo}/app:v1")));
    assert!(daemon.find(&format!("{repo}/app:v1")).is_none());
    context.skeg(&args).success().builds_because("app", "result is gone");
    assert!(daemon.find(&format!("{repo}/app:v1")).is_some());
}

fn daemon_id(daemon: &Docker, reference: &str) -> String {
    format!("sha256:{}", daemon.id(reference))
}

#[test]
fn loaded_is_not_pushed() {
    let engines = engines!();
    let context = app(&engines);
    let repo = context.repo();
    context.skeg(&["build", "-d", &repo, "-t", "v1", "--push=false"]).success();
    context.skeg(&["build", "-d", &repo, "-t", "v1", "--push"]).success();
    assert!(Registry::of(&engines).find(&format!("{repo}/app:v1")).is_some());
}

#[test]
fn a_commit_is_no_edit() {
    let engines = engines!();
    let context = app(&engines);
    context.write("Dockerfile", "FROM scratch\nCOPY . /\n").write(".dockerignore", ".git\nskaffold.yaml\n");
    context.git_init();
    let first = Built::run(&context, &engines);
    context.git(&["commit", "-q", "--allow-empty", "-m", "second"]);
    let second = Built::run(&context, &engines);
    assert_eq!(first.digests, second.digests);
    second.output.finds("app", "Found Remotely");
    // With a tag that follows the commit, the image gets it.
    let tag = context.git(&["rev-parse", "--short", "HEAD"]);
    let repo = context.repo();
    let output = context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo]).success();
    output.finds("app", "Found. Tagging");
    assert_eq!(Registry::of(&engines).manifest(&format!("{repo}/app:{tag}")).digest, first.app());
}

#[test]
fn what_only_tests_read_is_no_reason_to_build() {
    let engines = engines!();
    let context = app(&engines);
    context
        .append("test:\n- image: app\n  custom: [{command: 'true', dependencies: {paths: ['checks/*']}}]\n")
        .write("checks/one.sh", "one");
    let first = Built::run(&context, &engines);
    context.write("checks/one.sh", "two").write("checks/two.sh", "new");
    let second = Built::run(&context, &engines);
    second.output.finds("app", "Found Remotely");
    assert_eq!(first.digests, second.digests);
}

#[test]
fn a_project_in_another_folder_is_the_same() {
    let engines = engines!();
    let context = app(&engines);
    let first = Built::run(&context, &engines);
    context.run("cp", &["-a", ".", "../moved"]).success();
    let repo = context.repo();
    let line = format!(
        "cd ../moved && exec '{}' build --builder {} -d {repo} -t v1 --file-output result.json",
        crate::support::skeg(),
        engines.buildkit
    );
    context.run("sh", &["-c", &line]).success().finds("app", "Found Remotely");
    assert!(fs_err::read_to_string(context.path("moved/result.json")).unwrap().contains(first.app()));
}

#[test]
fn other_artifacts_are_nothing_to_this_one() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let one = "- {image: one, context: one}\n";
    let two = "- {image: two, context: two, docker: {buildArgs: {A: b}}}\n";
    context.build_section(&format!("artifacts:\n{one}{two}"));
    for name in ["one", "two"] {
        context
            .write(&format!("{name}/Dockerfile"), "FROM scratch\nCOPY x /\n")
            .write(&format!("{name}/x"), name);
    }
    let first = Built::run(&context, &engines);
    // Another order, a comment, another artifact more, and another neighbour's argument.
    context
        .build_section(&format!(
            "# a comment\nartifacts:\n{}{one}- {{image: three, context: one}}",
            two.replace("A: b", "A: c")
        ))
        .write("two/x", "another");
    let second = Built::run(&context, &engines);
    assert_eq!(first.digests["one"], second.digests["one"]);
    second.output.finds("one", "Found Remotely").builds_because("two", "x|build argument A");
}
