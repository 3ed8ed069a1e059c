//! `skeg test`: what a build wrote is what gets tested.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::support::{Docker, Output, TestContext, engines};

/// A program of the project's or, below `bin`, on PATH.
fn script(context: &TestContext, path: &str, text: &str) {
    let path = context.write_at(path, format!("#!/bin/sh\n{text}\n"));
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Puts a `container-structure-test` on PATH that records how it was called, a line an argument, and ends with `code`.
fn structure_tester(context: &mut TestContext, code: i32) {
    let record = context.path("called").display().to_string();
    let text = format!("printf '%s\\n' \"$@\" >> {record}\necho 'structure says hello'\nexit {code}");
    script(context, "bin/container-structure-test", &text);
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", context.path("bin").display());
    context.set("PATH", &path);
}

/// How it was called.
fn called(context: &TestContext) -> Vec<String> {
    let text = fs_err::read_to_string(context.path("called")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

const STRUCTURE: &str = "test:\n- image: app\n  structureTests: ['tests/*.yaml']\n  structureTestsArgs: [--no-color, -q]\n  custom:\n  - command: 'echo custom says $IMAGE'\n";

#[test]
fn a_pushed_build_is_tested_by_its_digest() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    structure_tester(&mut context, 0);
    let repo = context.repo();
    context.app("FROM busybox\nCOPY app.txt /\n").append(STRUCTURE);
    context.write("tests/b.yaml", "").write("tests/a.yaml", "").write("tests/more.txt", "");
    let built = context
        .skeg(&[
            "build",
            "--builder",
            &engines.buildkit,
            "-d",
            &repo,
            "-t",
            "v1",
            "--push",
            "-q",
            "--file-output",
            "images.json",
        ])
        .success();
    let reference = built.reference("app");
    let docker = Docker::at(&engines.docker_host);
    assert!(docker.find(&reference).is_none(), "the build does not load what it pushes");

    let tested = context.skeg(&["test", "-a", "images.json", "-d", &repo]).success();
    let tested = tested
        .says(&format!("custom says {reference}"))
        .says("structure says hello")
        .says_once("2 tests passed in");
    let at = |text: &str| tested.stderr.find(text).unwrap_or_else(|| panic!("{text}: {tested}"));
    assert!(at("structure says hello") < at("custom says"), "structure tests first: {tested}");
    let file = |name: &str| context.project().join("tests").join(name).display().to_string();
    let arguments = [
        "test",
        "-v",
        "warn",
        "--image",
        &reference,
        "--config",
        &file("a.yaml"),
        "--config",
        &file("b.yaml"),
        "--no-color",
        "-q",
    ];
    assert_eq!(called(&context), arguments);
    assert!(docker.find(&reference).is_some(), "it was pulled, for the program looks into the daemon");

    // A daemon that has the digest is not made to ask the registry again; the result may come by a pipe.
    let again = context.run_with_input(crate::support::skeg(), &["test", "-a", "-"], &built.stdout).success();
    again.says("2 tests passed in").never_says("[app pull]");
}

#[test]
fn a_loaded_build_is_tested_by_its_id() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    structure_tester(&mut context, 0);
    context.kube_context("kind-test");
    let image = format!("app-{}", context.unique());
    context
        .build_section(&format!("artifacts: [{{image: {image}}}]"))
        .write("Dockerfile", "FROM busybox\nCOPY app.txt /\n")
        .write("app.txt", context.unique())
        .append(&STRUCTURE.replace("image: app", &format!("image: {image}")))
        .write("tests/a.yaml", "");
    context.skeg(&["build", "-t", "v1", "--file-output", "images.json"]).success();
    let id = Docker::at(&engines.docker_host).id(&format!("{image}:v1"));
    let tested = context.skeg(&["test", "--build-artifacts=images.json"]).success();
    tested.says(&format!("custom says {image}:{id}")).never_says("pull]");
    assert!(called(&context).contains(&format!("{image}:{id}")));
}

/// A project with custom tests only, which needs no engine.
fn project(test: &str) -> TestContext {
    let context = TestContext::new();
    context.build_section("artifacts:\n- image: app\n- image: r.io/lib").append(test);
    context
}

fn test(context: &TestContext, args: &[&str]) -> Output {
    context.skeg(&[&["test"], args].concat())
}

const CUSTOM: &str = "test:\n- image: r.io/lib\n  custom: [{command: 'echo lib is $IMAGE'}]\n- image: app\n  custom: [{command: 'echo app is $IMAGE'}]\n- image: other\n  custom: [{command: 'echo other is $IMAGE'}]\n";

#[test]
fn images_come_from_the_file_then_the_flags_and_a_tag_wins() {
    let context = project(CUSTOM);
    context.write(
        "images.json",
        r#"{"builds":[{"imageName":"app","tag":"app:file"},{"imageName":"stranger","tag":"stranger:1"}]}"#,
    );
    let args = ["-a", "images.json", "-i", "app:flag,r.io/lib:flag", "-i", "other=x.io/moved:1"];
    test(&context, &args)
        .success()
        .says("app is app:file\n")
        .says("lib is r.io/lib:flag\n")
        .says("other is x.io/moved:1\n")
        .says_once("warning: stranger is no image of this project")
        .says("3 tests passed in");
    test(&context, &[&args[..], &["-t", "v9", "-d", "my.io/me"]].concat())
        .success()
        .says("app is my.io/me/app:v9\n")
        .says("lib is my.io/me/r_io_lib:v9\n");
    let output = test(&context, &["-t", "v9", "-v", "debug"]).success();
    output.says("app is app:v9\n").says("tests of other skipped: it was not built").says("2 tests passed in");
    project("").skeg(&["test", "-t", "v9"]).success().says("nothing to test");
}

#[test]
fn the_variables_of_the_environment_stand_for_flags() {
    let mut context = project(CUSTOM);
    context.set("SKAFFOLD_IMAGES", "app:var,r.io/lib:var");
    test(&context, &[]).success().says("app is app:var\n").says("lib is r.io/lib:var\n");
}

#[test]
fn what_is_no_result_of_a_build_is_an_error() {
    let context = project(CUSTOM);
    assert_snapshot!(test(&context, &[]).fails(3).error(), @"
    error: no tag is known for app, r.io/lib
    help: name the result of a build: `skeg build --file-output images.json`, then `-a images.json`
    help: or name the image: `-i app:TAG`, or one tag for all with `-t TAG`
    ");
    assert_snapshot!(test(&context, &["-a", "images.json"]).fails(3).error(), @"
    error: the images that were built cannot be read
    caused by: failed to open file `[PROJECT]/images.json`: No such file or directory (os error 2)
    help: build them first: `skeg build --file-output images.json`
    ");
    context.write("images.json", "{\"builds\":\n [{\"imageName\": app}]}");
    assert_snapshot!(test(&context, &["-a", "images.json"]).fails(2).error(), @r#"
    error: images.json is not JSON
     --> images.json:2:17
      |
    2 |  [{"imageName": app}]}
      |                 ^
    caused by: expected value
    help: write it anew: `skeg build --file-output FILE`, or `skeg build -q`
    "#);
    context.write("images.json", r#"{"builds":null}"#);
    assert_snapshot!(test(&context, &["-a", "images.json"]).fails(3).error(), @r#"
    error: images.json holds no images
    caused by: it says `"builds": null`: the build that wrote it failed
    help: build again, and go on only when that succeeds
    "#);
    assert_snapshot!(test(&context, &["-f", "-", "-a", "-"]).fails(127).error(), @"
    error: --filename and --build-artifacts both read standard input
    help: name a file for one of them
    ");
}

#[test]
fn a_test_that_fails_shows_where_and_its_last_lines() {
    let context = project(
        "test:\n- image: app\n  context: checks\n  custom:\n  - command: ./check.sh\n  - command: echo never\n",
    );
    script(&context, "project/checks/check.sh", "seq 1 30; echo oops >&2; exit 4");
    let output = test(&context, &["-t", "v1"]).fails(1).never_says("never");
    assert!(output.stderr.contains("| 1\n"), "all is told as it comes: {output}");
    let error = output.error();
    assert!(error.starts_with("error: test of app `./check.sh` failed with exit code 4"), "{error}");
    assert!(error.contains("skaffold.yaml:11:14"), "{error}");
    // What was told right above is not told again.
    output.says_once("oops");
}

#[test]
fn structure_tests_without_their_program_are_an_error() {
    let context =
        project("test:\n- image: app\n  structureTests: [tests/a.yaml]\n  custom: [{command: echo never}]\n");
    context.write("tests/a.yaml", "");
    let output = test(&context, &["-t", "v1"]).fails(3).never_says("never");
    assert_snapshot!(output.error(), @"
    error: `container-structure-test`, which runs structure tests, was not found in PATH
     --> skaffold.yaml:9:3
      |
    9 |   structureTests: [tests/a.yaml]
      |   ^
    help: install it: https://github.com/GoogleContainerTools/container-structure-test#installation
    ");
}

#[test]
fn structure_tests_that_fail_and_images_that_are_nowhere() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    structure_tester(&mut context, 1);
    let repo = context.repo();
    context.app("FROM busybox\nCOPY app.txt /\n").append(STRUCTURE).write("tests/a.yaml", "");
    let gone = context.skeg(&["test", "-t", "gone", "-d", &repo]).fails(1);
    assert!(gone.error().contains("cannot be tested: the docker daemon cannot pull it"), "{gone}");
    assert_eq!(called(&context), [""; 0]);

    context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "--push"]).success();
    // The tag may have moved since the daemon last saw it, so it is pulled each time.
    for _ in 0..2 {
        let failed = context.skeg(&["test", "-t", "v1", "-d", &repo]).fails(1);
        let failed = failed.says("pull]").never_says("custom says");
        assert!(
            failed.error().starts_with(
                "error: structure tests of app: `container-structure-test` failed with exit code 1"
            ),
            "{failed}"
        );
    }
}
