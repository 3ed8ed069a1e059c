//! What goes wrong, provoked on real engines: each error names the artifact, the place, the cause and the cure, once.

use insta::assert_snapshot;

use crate::support::{Buildkitd, Engines, Output, TestContext, engines};

fn build(context: &TestContext, engines: &Engines) -> Output {
    context.skeg(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"])
}

#[test]
fn a_step_that_fails() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts: [{image: good, context: good}, {image: app, context: app}]")
        .write("good/Dockerfile", "FROM busybox\nRUN echo good\n")
        .write(
            "app/Dockerfile",
            "FROM busybox AS build\nCOPY main.c .\nRUN for i in 1 2 3 4 5 6; do echo \"main.c:$i: warning\"; done; \\\n    \
             echo 'main.c:7: undefined: foo' >&2; exit 7\n\nFROM busybox\nCOPY --from=build /main.c /\n",
        )
        .write("app/main.c", "int main() {}\n");
    let output = build(&context, &engines).fails(1);
    assert_snapshot!(output.error(), @"");
    output.says("[app] failed").never_says("ERROR:").never_says("exit code: 1\n");
}

#[test]
fn a_program_of_another_processor() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    // The head of a program for s390x, which nothing here can run.
    let mut shell = b"\x7fELF\x02\x02\x01\0\0\0\0\0\0\0\0\0\0\x02\0\x16\0\0\0\x01".to_vec();
    shell.resize(4096, 0);
    context
        .build_section("artifacts:\n- {image: app, platforms: [linux/s390x]}")
        .write("Dockerfile", "FROM scratch\nCOPY --chmod=755 sh /bin/sh\nRUN make\n")
        .write("sh", shell);
    assert_snapshot!(build(&context, &engines).fails(1).error(), @"");
}

#[test]
fn a_builder_that_cannot_be_reached() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\n");
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("tcp://{}", listener.local_addr().unwrap())
    };
    let args = ["build", "-d", "example.com", "-t", "v1", "--builder"];
    assert_snapshot!(context.skeg(&[&args[..], &[&gone]].concat()).fails(3).error(), @"");

    context.create_builder("gone", &gone, &[]);
    assert_snapshot!(context.skeg(&[&args[..], &["gone"]].concat()).fails(3).error(), @"");

    let socket = format!("unix://{}", context.path("tmp/no.sock").display());
    assert_snapshot!(context.skeg(&[&args[..], &[&socket]].concat()).fails(3).error(), @"");
}

#[test]
fn a_docker_daemon_that_cannot_be_reached() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.set("DOCKER_HOST", &format!("unix://{}", context.path("tmp/no-docker.sock").display()));
    context.app("FROM busybox\n");
    let args = ["build", "-d", "example.com/x", "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"");

    // Built elsewhere, but to be loaded: said before anything is built.
    let load = [&args[..], &["--push=false", "--builder", &engines.buildkit]].concat();
    let output = context.skeg(&load).fails(3).never_says("FROM");
    assert_snapshot!(output.error(), @"");
}

#[test]
fn tls_to_the_builder() {
    let engines = engines!();
    let address = crate::support::optional_engine!("SKEG_TEST_BUILDKIT_TLS");
    let cert = crate::support::optional_engine!("SKEG_TEST_BUILDKIT_TLS_CERT");
    let key = crate::support::optional_engine!("SKEG_TEST_BUILDKIT_TLS_KEY");
    let ca = crate::support::optional_engine!("SKEG_TEST_BUILDKIT_TLS_CACERT");
    let mut context = TestContext::with(&engines);
    context.app("FROM busybox\n");
    for (path, word) in [(&cert, "[CERT]"), (&key, "[KEY]"), (&ca, "[CA]")] {
        context.hide(path, word);
    }
    // An authority that signed nothing.
    let stranger = context.path("tmp/stranger.pem").display().to_string();
    context
        .run(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-subj",
                "/CN=stranger",
                "-keyout",
                "/dev/null",
                "-out",
                &stranger,
            ],
        )
        .success();
    let build = |builder: &str| {
        context.skeg(&["build", "-d", "example.com/x", "-t", "v1", "--builder", builder]).fails(3).error()
    };
    assert_snapshot!(build(&address), @"");
    assert_snapshot!(build(&format!("{address}?cacert={stranger}&cert={cert}&key={key}")), @"");
    assert_snapshot!(build(&format!("{address}?cacert={ca}")), @"");
    let other = format!("{address}?cacert={ca}&cert={cert}&key={key}&servername=elsewhere.example.com");
    assert_snapshot!(build(&other), @"");
}

#[test]
fn no_space_on_the_builder() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let small = Buildkitd::of_size(&engines, "32m");
    context.app("FROM busybox\nRUN dd if=/dev/zero of=/big bs=1M count=64\n");
    let address = small.tcp();
    let output = context.skeg(&["build", "--builder", &address, "-d", &context.repo(), "-t", "v1"]).fails(1);
    assert_snapshot!(output.error(), @"");
}

#[test]
fn sources_that_are_not_there() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts:\n- image: app\n  context: app")
        .write("app/Dockerfile", "FROM busybox\n\nCOPY app.txt mian.go /src/\n")
        .write("app/app.txt", "x")
        .write("app/main.go", "x");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"");

    context
        .write("app/.dockerignore", "*.go\n")
        .write("app/Dockerfile", "FROM busybox\nCOPY main.go /src/\n");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"");
}

#[test]
fn a_base_image_that_is_not_there() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app(&format!("FROM {}/nothing:v9\nRUN echo\n", context.repo()));
    assert_snapshot!(build(&context, &engines).fails(1).error(), @"");
}

#[test]
fn a_dockerfile_that_cannot_be_read() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nCOPPY app.txt /\n");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"");
    context.app("FROM busybox AS build\n");
    context.build_section("artifacts:\n- image: app\n  docker: {target: biuld}");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"");
}

#[test]
fn what_is_missing_in_the_project() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts:\n- image: app\n  context: app")
        .write("other/Dockerfile", "FROM busybox\n");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"");

    context.write("app/x", "");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"");

    context.build_section(
        "artifacts:\n- image: app\n  context: app\n  docker:\n    dockerfile: prod.Dockerfile",
    );
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"");

    context
        .build_section("artifacts:\n- image: app\n  docker:\n    secrets:\n    - {id: npm, src: npmrc}")
        .write("Dockerfile", "FROM busybox\n");
    assert_snapshot!(build(&context, &engines).fails(3).error(), @"");

    context
        .build_section("artifacts:\n- image: app\n  docker:\n    secrets:\n    - {id: npm, env: NPM_TOKEN}");
    assert_snapshot!(build(&context, &engines).fails(3).error(), @"");
}

#[test]
fn what_buildkit_does_not_have() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\n");
    for (docker, says) in [
        ("squash: true", "squash"),
        ("network: my-network", "no network `my-network`"),
        ("cliFlags: ['--label']", "has no value"),
    ] {
        context.build_section(&format!("artifacts:\n- image: app\n  docker: {{{docker}}}"));
        build(&context, &engines).fails(2).says(says).says("--> skaffold.yaml:6:");
    }
}

#[test]
fn one_failure_stops_the_others_and_is_told_once() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts: [{image: slow, context: slow}, {image: bad, context: bad}]")
        .write("slow/Dockerfile", "FROM busybox\nRUN sleep 30\n")
        .write("bad/Dockerfile", "FROM busybox\nRUN sleep 1; echo the reason; exit 3\n");
    let output = build(&context, &engines).fails(1);
    assert_snapshot!(output.error(), @"");
}
