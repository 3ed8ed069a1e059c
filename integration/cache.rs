//! Registry caches, proven by what a step writes: a value that is different each time the step really runs.

use crate::support::{Buildkitd, Output, Registry, TestContext, engines};

const STAMPED: &str =
    "FROM busybox\nCOPY app.txt /\nRUN cat /proc/sys/kernel/random/uuid > /stamp\nRUN uname -m > /arch\n";

fn stamp(engines: &crate::support::Engines, output: &Output, platform: &str) -> String {
    Registry::of(engines).file(&output.reference("app"), platform, "stamp")
}

#[test]
fn another_builder_starts_from_the_exported_cache() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let repo = context.repo();
    let (first, second) = (Buildkitd::start(&engines), Buildkitd::start(&engines));
    context
        .build_section(
            "artifacts:\n- image: app\n  docker:\n    cacheFrom: ['app:main', 'app:other']\n    cacheTo: ['app:main']",
        )
        .write("Dockerfile", STAMPED)
        .write("app.txt", "hello");
    let build = |builder: &Buildkitd, more: &[&str]| {
        let address = builder.tcp();
        context.skeg(&[&["build", "-d", &repo, "-t", "v1", "--builder", &address], more].concat()).success()
    };

    let cold = build(&first, &["-q"]);
    assert!(Registry::of(&engines).find(&format!("{repo}/app:main")).is_some(), "the cache was exported");
    assert!(Registry::of(&engines).find(&format!("{repo}/app:other")).is_none(), "cacheTo alone says where");
    first.wipe();

    let warm = build(&second, &["-q"]);
    assert_eq!(
        stamp(&engines, &cold, "linux/amd64"),
        stamp(&engines, &warm, "linux/amd64"),
        "the step did not run again"
    );
    assert_eq!(cold.digest("app"), warm.digest("app"));

    let shown = build(&first, &[]);
    let steps: Vec<&str> =
        shown.stderr.lines().filter(|line| line.contains("] RUN ") || line.contains("] COPY ")).collect();
    assert_eq!(steps.len(), 3, "{shown}");
    assert!(steps.iter().all(|line| line.ends_with("CACHED")), "{shown}");
}

#[test]
fn two_nodes_keep_the_cache_of_each_platform() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    let (amd, arm) = (Buildkitd::start(&engines), Buildkitd::start(&engines));
    context.create_two_nodes("pair", &amd.tcp(), &arm.tcp());
    context.app(STAMPED);
    let args = [
        "build",
        "--builder",
        "pair",
        "-d",
        &repo,
        "-t",
        "v1",
        "-q",
        "--cache-tag",
        "cache",
        "--platform",
        "linux/amd64,linux/arm64",
    ];
    let cold = context.skeg(&args).success();
    assert_eq!(registry.platforms(&cold.reference("app")), ["linux/amd64", "linux/arm64"]);
    for platform in ["linux-amd64", "linux-arm64"] {
        assert!(
            registry.find(&format!("{repo}/app:cache-{platform}")).is_some(),
            "a reference for {platform}"
        );
    }
    amd.wipe();
    arm.wipe();
    let warm = context.skeg(&args).success();
    for platform in ["linux/amd64", "linux/arm64"] {
        assert_eq!(
            stamp(&engines, &cold, platform),
            stamp(&engines, &warm, platform),
            "{platform} was cached"
        );
    }
    assert_eq!(cold.digest("app"), warm.digest("app"));
}

#[test]
fn a_cache_that_is_not_there_yet_is_one_quiet_line() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let repo = context.repo();
    context.app(STAMPED);
    let output = context
        .skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "--cache-tag", "cache"])
        .success();
    let reference = format!("{repo}/app:cache");
    let lines: Vec<&str> = output.stderr.lines().filter(|line| line.contains(&reference)).collect();
    assert_eq!(lines.len(), 1, "one line says that there is no cache yet\n{output}");
    output.never_says("error").never_says("ERROR").never_says("warning");
}

#[test]
fn an_export_that_fails_is_an_error_unless_it_may() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    let cache =
        format!("type=registry,ref={}/{}/cache:x,mode=max", engines.registry_readonly, context.unique());
    let build = |cache: &str| {
        context
            .build_section(&format!("artifacts:\n- image: app\n  docker:\n    cacheTo: ['{cache}']"))
            .write("Dockerfile", STAMPED)
            .write("app.txt", "x");
        context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"])
    };
    let output = build(&cache).fails(1);
    // Whether the image was pushed by then is a race.
    let error = output.error().replace("note: built: app\n", "");
    insta::assert_snapshot!(error, @r#"
    error: artifact app: its cache could not be exported to [READONLY]
     --> skaffold.yaml:7:17
      |
    7 |       cacheTo: ['type=registry,ref=[READONLY]/[UNIQUE]/cache:x,mode=max']
      |                 ^
    caused by: error writing layer blob: unexpected status from POST request to http://[READONLY]/v2/[UNIQUE]/cache/blobs/uploads/[UPLOAD]: 405 Method Not Allowed: Method not allowed
    help: let the build go on without it: add `,ignore-error=true` to the entry
    help: or export none: remove the entry
    "#);
    build(&format!("{cache},ignore-error=true")).success().says("Built 1 image");
}

#[test]
fn a_cache_is_exported_only_when_pushing_and_only_where_wanted() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let registry = Registry::of(&engines);
    let repo = context.repo();
    context.app(STAMPED);
    let args =
        ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q", "--cache-tag", "cache"];
    let cache = format!("{repo}/app:cache");
    context.skeg(&[&args[..], &["--push=false"]].concat()).success();
    assert!(registry.find(&cache).is_none(), "not pushed");
    context.skeg(&[&args[..], &["--cache-flags="]].concat()).success();
    assert!(registry.find(&cache).is_none(), "turned off");
    context.skeg(&[&args[..], &["--cache-repo", &format!("{repo}/caches")]].concat()).success();
    assert!(registry.find(&cache).is_none() && registry.find(&format!("{repo}/caches/app:cache")).is_some());
    context.skeg(&[&args[..], &["--cache-flags", "mode=min,image-manifest=true"]].concat()).success();
    assert!(registry.find(&cache).is_some());
}

#[test]
fn the_docker_daemons_own_builder_exports_too() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context.app(STAMPED);
    context.skeg(&["build", "-d", &repo, "-t", "v1", "-q", "--cache-tag", "cache"]).success();
    assert!(Registry::of(&engines).find(&format!("{repo}/app:cache")).is_some());
}
