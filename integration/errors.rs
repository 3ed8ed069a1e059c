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
        .build_section("artifacts: [{image: app, context: app}]")
        .write(
            "app/Dockerfile",
            "FROM busybox AS build\nCOPY main.c .\nRUN for i in 1 2 3 4 5 6; do echo \"main.c:$i: warning\"; done; \\\n    \
             echo 'main.c:7: undefined: foo'; exit 7\n\nFROM busybox\nCOPY --from=build /main.c /\n",
        )
        .write("app/main.c", "int main() {}\n");
    let output = build(&context, &engines).fails(1);
    assert_snapshot!(output.error(), @r#"
    error: artifact app: `RUN for i in 1 2 3 4 5 6; do echo "main.c:$i: warning"; done; …` failed with exit code 7
     --> app/Dockerfile:3:1
      |
    3 | / RUN for i in 1 2 3 4 5 6; do echo "main.c:$i: warning"; done; \
    4 | |     echo 'main.c:7: undefined: foo'; exit 7
      | |___________________________________________^
    "#);
    // What it wrote stands right above the report, and so not in it.
    output
        .says("[app] failed")
        .says_once("main.c:1: warning")
        .never_says("ERROR:")
        .never_says("exit code: 1\n");

    let quiet =
        context.skeg(&["build", "-q", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"]);
    let shown: Vec<String> = (1..=6).map(|line| format!("  main.c:{line}: warning\n")).collect();
    quiet.fails(1).says(&format!("\n{}  main.c:7: undefined: foo\n", shown.concat()));
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
    assert_snapshot!(build(&context, &engines).fails(3).error(), @"
    error: artifact app: the builder cannot run linux/s390x programs (exec format error)
     --> Dockerfile:3:1
      |
    3 | RUN make
      | ^
    help: add emulation to the builder's machine: `docker run --privileged --rm tonistiigi/binfmt --install s390x`
    help: or add a node of that platform to the builder: `docker buildx create --append --name NAME --platform linux/s390x ENDPOINT`
    help: or cross-compile: `FROM --platform=$BUILDPLATFORM …` for the stage that runs programs
    ");
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
    assert_snapshot!(context.skeg(&[&args[..], &[&gone]].concat()).fails(3).error(), @"
    error: builder tcp://[ADDRESS] cannot be reached
    caused by: Connection refused (os error 111); tried for 2 s
    help: check that its buildkitd runs and listens there
    help: or choose another builder: it comes from flag --builder
    ");

    context.create_builder("gone", &gone, &[]);
    assert_snapshot!(context.skeg(&[&args[..], &["gone"]].concat()).fails(3).error(), @"
    error: builder gone (tcp://[ADDRESS]) cannot be reached
    caused by: Connection refused (os error 111); tried for 2 s
    help: check that its buildkitd runs and listens there
    help: or choose another builder: it comes from flag --builder
    ");

    let socket = format!("unix://{}", context.path("tmp/no.sock").display());
    assert_snapshot!(context.skeg(&[&args[..], &[&socket]].concat()).fails(3).error(), @"
    error: builder unix://[ROOT]/tmp/no.sock cannot be reached
    caused by: [ROOT]/tmp/no.sock does not exist; tried for 2 s
    help: check that its buildkitd runs and listens there
    help: or choose another builder: it comes from flag --builder
    ");
}

#[test]
fn a_docker_daemon_that_cannot_be_reached() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.set("DOCKER_HOST", &format!("unix://{}", context.path("tmp/no-docker.sock").display()));
    context.app("FROM busybox\n");
    let args = ["build", "-d", "example.com/x", "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"
    error: docker daemon at unix://[ROOT]/tmp/no-docker.sock does not answer
    caused by: Socket not found: [ROOT]/tmp/no-docker.sock
    help: start docker (`sudo systemctl start docker`, or Docker Desktop)
    help: or name another one with DOCKER_HOST or `docker context use NAME`
    help: or push the images (`--push`) with a BuildKit builder, which needs no docker daemon
    ");

    // Built elsewhere, but to be loaded: said before anything is built.
    let load = [&args[..], &["--push=false", "--builder", &engines.buildkit]].concat();
    let output = context.skeg(&load).fails(3).never_says("FROM");
    assert_snapshot!(output.error(), @"
    error: app is not pushed and cannot be loaded
    caused by: no docker daemon answers at unix://[ROOT]/tmp/no-docker.sock
    caused by: Socket not found: [ROOT]/tmp/no-docker.sock
    help: push it: `--push` (and `--default-repo REGISTRY` to say where)
    help: or start the docker daemon it is to be loaded into
    help: or write it to a file: `.skeg` outputs `type=oci,dest=image.tar`
    ");
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
    // An authority that signed nothing but itself.
    let (stranger, strange_key) = (
        context.path("tmp/stranger.pem").display().to_string(),
        context.path("tmp/key.pem").display().to_string(),
    );
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let files = ["-subj", "/CN=stranger", "-keyout", &strange_key, "-out", &stranger];
    context.run("openssl", &[&["req", "-x509"], &curve[..], &files[..]].concat()).success();
    let build = |builder: &str| {
        context.skeg(&["build", "-d", "example.com/x", "-t", "v1", "--builder", builder]).fails(3).error()
    };
    assert_snapshot!(build(&address), @"
    error: no TLS connection to builder tcp://[ADDRESS]
    caused by: it wants TLS, and no certificates are configured for it
    help: give the certificates: `tcp://[ADDRESS]?cacert=/abs/ca.pem&cert=/abs/cert.pem&key=/abs/key.pem`
    ");
    assert_snapshot!(build(&format!("{address}?cacert={stranger}&cert={cert}&key={key}")), @"
    error: no TLS connection to builder tcp://[ADDRESS]
    caused by: its certificate is not signed by the authority in [ROOT]/tmp/stranger.pem
    help: give the authority that signed it: `tcp://[ADDRESS]?cacert=/abs/ca.pem&cert=[CERT]&key=[KEY]`
    ");
    assert_snapshot!(build(&format!("{address}?cacert={ca}")), @"
    error: no TLS connection to builder tcp://[ADDRESS]
    caused by: it wants a client certificate, and none is configured for it
    help: give a certificate: `tcp://[ADDRESS]?cacert=[CA]&cert=/abs/cert.pem&key=/abs/key.pem`
    ");
    assert_snapshot!(build(&format!("{address}?cacert={ca}&cert={stranger}&key={strange_key}")), @"
    error: no TLS connection to builder tcp://[ADDRESS]
    caused by: it refuses the client certificate [ROOT]/tmp/stranger.pem: an authority that it does not know has signed it
    help: give one that the authority of its buildkitd (`[grpc.tls] ca`) signed: `tcp://[ADDRESS]?cacert=[CA]&cert=/abs/cert.pem&key=/abs/key.pem`
    ");
    assert_snapshot!(build(&format!("{address}?cacert={ca}&cert={cert}&key={strange_key}")), @"
    error: no TLS connection to builder tcp://[ADDRESS]
    caused by: [ROOT]/tmp/key.pem is not the key of [CERT]
    help: give `cacert`, `cert` and `key` as PEM files, the last two of one pair
    ");
    let other = format!("{address}?cacert={ca}&cert={cert}&key={key}&servername=elsewhere.example.com");
    assert_snapshot!(build(&other), @"
    error: no TLS connection to builder tcp://[ADDRESS]
    caused by: its certificate is for localhost, 127.0.0.1, not for elsewhere.example.com
    help: say which name to expect: `tcp://[ADDRESS]?cacert=[CA]&cert=[CERT]&key=[KEY]&servername=localhost`
    ");
    assert_snapshot!(build(&format!("{}?cacert={ca}&cert={cert}&key={key}", engines.buildkit)), @"
    error: no TLS connection to builder [BUILDKIT]
    caused by: it speaks plain text, and certificates are configured for it
    help: leave the certificates away: `[BUILDKIT]`
    ");

    let options = format!("cacert={ca},cert={cert},key={key},servername=elsewhere.example.com");
    context.create_builder("far", &address, &["--driver-opt", &options]);
    assert_snapshot!(build("far"), @"
    error: no TLS connection to builder far (tcp://[ADDRESS])
    caused by: its certificate is for localhost, 127.0.0.1, not for elsewhere.example.com
    help: say which name to expect: `docker buildx rm far` and `docker buildx create --name far --driver remote --driver-opt cacert=[CA],cert=[CERT],key=[KEY],servername=localhost tcp://[ADDRESS]`
    ");
}

#[test]
fn no_space_on_the_builder() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let small = Buildkitd::of_size(&engines, "32m");
    context.app("FROM busybox\nRUN cat /dev/zero > /big\n");
    let address = small.tcp();
    let output = context.skeg(&["build", "--builder", &address, "-d", &context.repo(), "-t", "v1"]).fails(1);
    assert_snapshot!(output.error(), @r#"
    error: artifact app: no space is left on builder tcp://[ADDRESS]
     --> Dockerfile:2:1
      |
    2 | RUN cat /dev/zero > /big
      | ^
    caused by: process "/bin/sh -c cat /dev/zero > /big" did not complete successfully: exit code: 1
    help: free its build cache: `buildctl --addr tcp://[ADDRESS] prune`
    help: or give its disk more room
    "#);
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
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"
    error: artifact app: `mian.go` is not in the build context
     --> app/Dockerfile:3:1
      |
    3 | COPY app.txt mian.go /src/
      | ^
    help: sources are relative to the context (app)
    help: see that no .dockerignore leaves it out
    ");

    context
        .write("app/.dockerignore", "*.go\n")
        .write("app/Dockerfile", "FROM busybox\nCOPY main.go /src/\n");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"
    error: artifact app: `main.go` is not in the build context
     --> app/Dockerfile:2:1
      |
    2 | COPY main.go /src/
      | ^
    help: sources are relative to the context (app)
    help: see that no .dockerignore leaves it out
    ");
}

#[test]
fn a_base_image_that_is_not_there() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app(&format!("FROM {}/nothing:v9\nRUN echo\n", context.repo()));
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"
    error: artifact app: the base image [REGISTRY]/[UNIQUE]/nothing:v9 does not exist
     --> Dockerfile:1:1
      |
    1 | FROM [REGISTRY]/[UNIQUE]/nothing:v9
      | ^
    help: check its name and tag
    help: if another artifact of this project builds it, name that in `requires`
    ");
}

#[test]
fn a_dockerfile_that_cannot_be_read() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nCOPPY app.txt /\n");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"
    error: artifact app: the Dockerfile cannot be read: unknown instruction: COPPY (did you mean COPY?)
     --> Dockerfile:2:1
      |
    2 | COPPY app.txt /
      | ^
    ");
    context.app("FROM busybox AS build\n");
    context.build_section("artifacts:\n- image: app\n  docker: {target: biuld}");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @r#"
    error: artifact app: its Dockerfile has no such stage
     --> skaffold.yaml:6:22
      |
    6 |     docker: {target: biuld}
      |                      ^
    caused by: target stage "biuld" could not be found (did you mean build?)
    help: correct `docker.target`, or name the stage with `FROM … AS NAME`
    "#);
}

#[test]
fn what_is_missing_in_the_project() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts:\n- image: app\n  context: app")
        .write("other/Dockerfile", "FROM busybox\n");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"
    error: the context of artifact app is not a folder: [PROJECT]/app
     --> skaffold.yaml:6:14
      |
    6 |     context: app
      |              ^
    help: contexts of the root file are relative to the working folder ([PROJECT]); run from the folder of the file, or correct `context`
    ");

    context.write("app/x", "");
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"
    error: artifact app has no Dockerfile: [PROJECT]/app/Dockerfile
     --> skaffold.yaml:5:5
      |
    5 |   - image: app
      |     ^
    help: name it with `docker.dockerfile`, relative to the context
    ");

    context.build_section(
        "artifacts:\n- image: app\n  context: app\n  docker:\n    dockerfile: prod.Dockerfile",
    );
    assert_snapshot!(build(&context, &engines).fails(2).error(), @"
    error: artifact app has no Dockerfile: [PROJECT]/app/prod.Dockerfile
     --> skaffold.yaml:8:19
      |
    8 |       dockerfile: prod.Dockerfile
      |                   ^
    help: name it with `docker.dockerfile`, relative to the context
    ");

    context
        .build_section("artifacts:\n- image: app\n  docker:\n    secrets:\n    - {id: npm, src: npmrc}")
        .write("Dockerfile", "FROM busybox\n");
    assert_snapshot!(build(&context, &engines).fails(3).error(), @"
    error: secret npm of artifact app is missing
     --> skaffold.yaml:7:7
      |
    7 |       secrets:
      |       ^
    caused by: there is no file [PROJECT]/npmrc
    help: create the file, or name another one with `src`
    ");

    context
        .build_section("artifacts:\n- image: app\n  docker:\n    secrets:\n    - {id: npm, env: NPM_TOKEN}");
    assert_snapshot!(build(&context, &engines).fails(3).error(), @"
    error: secret npm of artifact app is missing
     --> skaffold.yaml:7:7
      |
    7 |       secrets:
      |       ^
    caused by: the environment variable NPM_TOKEN is not set
    help: export NPM_TOKEN, or put it into skaffold.env
    ");
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
    assert_snapshot!(output.error(), @"
    error: artifact bad: `RUN sleep 1; echo the reason; exit 3` failed with exit code 3
     --> bad/Dockerfile:2:1
      |
    2 | RUN sleep 1; echo the reason; exit 3
      | ^
    note: stopped: slow
    ");
}

#[test]
fn pipes_are_not_waited_for() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts: [{image: app}]")
        .write("Dockerfile", "FROM scratch\nCOPY app.txt /\n")
        .write("app.txt", "");
    let pipe = |name: &str| {
        let path = context.path("project").join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o644.into()).unwrap();
        path
    };
    let ignore = pipe(".dockerignore");
    let error = build(&context, &engines).fails(3).error();
    assert!(error.contains("ignore file") && error.contains(".dockerignore is no regular file"), "{error}");
    fs_err::remove_file(ignore).unwrap();

    fs_err::remove_file(context.path("project/Dockerfile")).unwrap();
    pipe("Dockerfile");
    let error = build(&context, &engines).fails(2).error();
    assert!(error.contains("artifact app has no Dockerfile"), "{error}");
}
