//! The daemon's classic builder, and a daemon of many years ago.

use insta::assert_snapshot;

use crate::support::{Docker, Registry, TestContext, engines, optional_engine};

const DOCKERFILE: &str =
    "FROM busybox\nARG GREETING=none\nCOPY app.txt /app.txt\nRUN echo $GREETING > /greeting\n";

fn project(context: &TestContext, image: &str) {
    context
        .build_section(&format!(
            "artifacts:\n- image: {image}\n  docker:\n    buildArgs: {{GREETING: 'hi {{{{.IMAGE_TAG}}}}'}}"
        ))
        .write("Dockerfile", DOCKERFILE)
        .write("app.txt", "hello\n");
}

#[test]
fn the_classic_builder_loads_and_pushes() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let docker = Docker::at(&engines.docker_host);
    let image = format!("{}/app", context.unique());
    project(&context, &image);

    let output = context.skeg(&["build", "--builder", "classic", "-t", "v1", "-q", "--push=false"]).success();
    let id = docker.id(&format!("{image}:v1"));
    assert_eq!(output.reference(&image), format!("{image}:{id}"));

    let output = context
        .skeg(&["build", "--builder", "none", "-t", "v1", "-q", "-d", &engines.registry, "--push"])
        .success();
    let registry = Registry::of(&engines);
    let reference = output.reference(&image);
    let (tag, digest) = reference.split_once('@').unwrap();
    assert_eq!(registry.manifest(tag).digest, digest, "{reference}");
    assert_eq!(registry.file(&reference, "linux/amd64", "greeting"), "hi v1");

    let shown = context.skeg(&["build", "--builder", "classic", "-t", "v1", "--push=false"]).success();
    shown.says_once("builder classic (flag --builder)").says("loaded");
}

#[test]
fn the_classic_builder_gives_requires_the_image_of_the_same_run() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let unique = context.unique();
    context
        .build_section(&format!(
            "artifacts:\n- {{image: {unique}/app, context: app, requires: [{{image: {unique}/base, alias: BASE}}]}}\n\
             - {{image: {unique}/base, context: base}}"
        ))
        .write("app/Dockerfile", "ARG BASE\nFROM $BASE\nRUN cat /base > /copy\n")
        .write("base/Dockerfile", "FROM busybox\nRUN echo base > /base\n");
    context.skeg(&["build", "--builder", "classic", "-t", "v1", "-q", "--push=false"]).success();
    Docker::at(&engines.docker_host).id(&format!("{unique}/app:v1"));
}

#[test]
fn without_the_plugin_the_daemon_builds_and_says_what_is_lost() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    fs_err::remove_file(context.path("docker/cli-plugins/docker-buildx")).unwrap();
    let image = format!("{}/app", context.unique());
    project(&context, &image);
    let output = context.skeg(&["build", "-t", "v1", "--push=false"]).success();
    output
        .says_once("builder classic (no docker-buildx, docker daemon at ")
        .says_once("warning: docker-buildx is not installed");
}

#[test]
fn what_the_classic_builder_cannot_do_is_an_error_with_the_cure() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let image = format!("{}/app", context.unique());
    project(&context, &image);
    let args = ["build", "--builder", "classic", "-t", "v1", "-d", &engines.registry];
    let platforms = context.skeg(&[&args[..], &["--platform", "linux/amd64,linux/arm64"]].concat()).fails(3);
    assert_snapshot!(platforms.error(), @"
    error: [UNIQUE]/app needs BuildKit: the classic builder cannot do this
    caused by: it is for several platforms (linux/amd64, linux/arm64)
    help: to build with BuildKit, install the buildx plugin (package docker-buildx-plugin or docker-buildx), or put the docker-buildx program in ~/.docker/cli-plugins
    help: or name a BuildKit builder with --builder
    help: or build one platform (`--platform`)
    ");

    context.build_section(&format!(
        "artifacts:\n- image: {image}\n  docker:\n    cacheTo: ['type=registry,ref=x/y:z']"
    ));
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"
    error: the cache of artifact [UNIQUE]/app cannot be exported
     --> skaffold.yaml:7:7
      |
    7 |       cacheTo: ['type=registry,ref=x/y:z']
      |       ^
    caused by: builder classic cannot export one
    help: use another builder (`--builder`); those of `docker buildx create --driver docker-container` can
    help: or export none: `cacheTo: []`
    ");

    context.build_section(&format!(
        "artifacts:\n- image: {image}\n  docker:\n    secrets: [{{id: s, src: app.txt}}]"
    ));
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"
    error: [UNIQUE]/app needs BuildKit: the classic builder cannot do this
    caused by: it has build secrets
    help: to build with BuildKit, install the buildx plugin (package docker-buildx-plugin or docker-buildx), or put the docker-buildx program in ~/.docker/cli-plugins
    help: or name a BuildKit builder with --builder
    help: or remove `secrets`
    ");
}

#[test]
fn a_step_that_fails_is_shown_where_it_stands() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nRUN echo before && exit 7\n");
    let output = context.skeg(&["build", "--builder", "classic", "-t", "v1", "--push=false"]).fails(1);
    assert_snapshot!(output.error(), @"
    error: artifact app: `RUN echo before && exit 7` failed with exit code 7
     --> Dockerfile:2:1
      |
    2 | RUN echo before && exit 7
      | ^
    ");
}

#[test]
fn an_old_daemon_cannot_hold_several_platforms() {
    let engines = engines!();
    let old = optional_engine!("SKEG_TEST_DOCKER_OLD_HOST");
    let mut context = TestContext::with(&engines);
    context.set("DOCKER_HOST", &old);
    context.hide(&old, "[OLD-DOCKER]");
    let image = format!("{}/app", context.unique());
    project(&context, &image);
    let output = context
        .skeg(&["build", "-t", "v1", "--push=false", "--platform", "linux/amd64,linux/arm64"])
        .fails(3);
    assert_snapshot!(output.error(), @"
    error: [UNIQUE]/app is built for 2 platforms, which this docker daemon cannot hold
    caused by: its image store is the classic one, which knows no image of several platforms
    help: push it: `--push`
    help: or build one platform: `--platform linux/amd64`
    help: or turn on docker's containerd image store
    help: or write it to a file: `.skeg` outputs `type=oci,dest=image.tar`
    ");
}

#[test]
fn an_old_daemon_exports_no_registry_cache() {
    let engines = engines!();
    let old = optional_engine!("SKEG_TEST_DOCKER_OLD_HOST");
    let mut context = TestContext::with(&engines);
    context.set("DOCKER_HOST", &old);
    context.hide(&old, "[OLD-DOCKER]");
    let repo = context.repo();
    context
        .build_section("artifacts:\n- image: app\n  docker:\n    cacheTo: ['app:cache']\n    network: host")
        .write("Dockerfile", DOCKERFILE)
        .write("app.txt", "x");
    assert_snapshot!(context.skeg(&["build", "-t", "v1", "-d", &repo]).fails(3).error(), @"
    error: the cache of artifact app cannot be exported
     --> skaffold.yaml:7:7
      |
    7 |       cacheTo: ['app:cache']
      |       ^
    caused by: builder default cannot export one
    help: use another builder (`--builder`); those of `docker buildx create --driver docker-container` can
    help: or turn on docker's containerd image store
    help: or export none: `cacheTo: []`
    ");
}

#[test]
fn an_old_daemon_builds_loads_and_pushes() {
    let engines = engines!();
    let old = optional_engine!("SKEG_TEST_DOCKER_OLD_HOST");
    let mut context = TestContext::with(&engines);
    context.set("DOCKER_HOST", &old);
    let image = format!("{}/app", context.unique());
    project(&context, &image);
    let output = context.skeg(&["build", "--builder", "classic", "-t", "v1", "-q", "--push=false"]).success();
    let id = Docker::at(&old).id(&format!("{image}:v1"));
    assert_eq!(output.reference(&image), format!("{image}:{id}"));
    let output =
        context.skeg(&["build", "--builder", "classic", "-t", "v1", "-q", "-d", &engines.registry]).success();
    let reference = output.reference(&image);
    let (tag, digest) = reference.split_once('@').unwrap();
    assert_eq!(Registry::of(&engines).manifest(tag).digest, digest);
}
