//! Registries: passwords, TLS, plain http, and those that say no.

use insta::assert_snapshot;

use crate::support::{Buildkitd, Registry, TestContext, engines, optional_engine};

/// docker's `auths` entry: `user:password` in base64.
fn credentials(context: &TestContext, registry: &str, user: &str, password: &str) {
    let encoded =
        context.run("sh", &["-c", &format!("printf %s '{user}:{password}' | base64 -w0")]).success().stdout;
    context.docker_config(&format!(r#"{{"auths": {{"{registry}": {{"auth": "{encoded}"}}}}}}"#));
}

#[test]
fn a_push_with_credentials() {
    let engines = engines!();
    let registry = optional_engine!("SKEG_TEST_AUTH_REGISTRY");
    let user = optional_engine!("SKEG_TEST_AUTH_REGISTRY_USER");
    let password = optional_engine!("SKEG_TEST_AUTH_REGISTRY_PASSWORD");
    let context = TestContext::with(&engines);
    credentials(&context, &registry, &user, &password);
    context.app("FROM busybox\nCOPY app.txt /\n");
    let repo = format!("{registry}/{}", context.unique());
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "--cache-tag", "cache"];
    let mut running = context.start(&[&args[..], &["-v", "debug"]].concat());
    running.wait_for("builder tcp://");
    let lines = context.processes();
    let output = running.finish().success();
    output.clone().never_says(&password);
    assert!(!lines.iter().any(|(_, line)| line.contains(&password)), "{lines:?}");
    let first = context.skeg(&[&args[..], &["-q"]].concat()).success();
    assert!(first.reference("app").starts_with(&format!("{repo}/app:v1@sha256:")), "{first}");

    // Pulled with them, too.
    context.app(&format!("FROM {}\nRUN cat /app.txt\n", first.reference("app")));
    context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v2"]).success();
}

#[test]
fn a_push_without_credentials() {
    let engines = engines!();
    let registry = optional_engine!("SKEG_TEST_AUTH_REGISTRY");
    let user = optional_engine!("SKEG_TEST_AUTH_REGISTRY_USER");
    let mut context = TestContext::with(&engines);
    context.hide(&registry, "[AUTH-REGISTRY]");
    context.app("FROM busybox\nCOPY app.txt /\n");
    let repo = format!("{registry}/{}", context.unique());
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"
    error: artifact app: [AUTH-REGISTRY] does not let you push [AUTH-REGISTRY]/[UNIQUE]/app:v1
    caused by: failed to push [AUTH-REGISTRY]/[UNIQUE]/app:v1: unexpected status from HEAD request to https://[AUTH-REGISTRY]/v2/[UNIQUE]/app/blobs/sha256:[DIGEST]: 401 Unauthorized
    help: log in: `docker login [AUTH-REGISTRY]`, with an account that may write there
    help: or push elsewhere: `--default-repo REGISTRY/PATH`
    ");

    credentials(&context, &registry, &user, "not-the-password");
    let output = context.skeg(&args).fails(3).never_says("not-the-password");
    assert_snapshot!(output.error(), @"
    error: artifact app: [AUTH-REGISTRY] does not let you push [AUTH-REGISTRY]/[UNIQUE]/app:v1
    caused by: failed to push [AUTH-REGISTRY]/[UNIQUE]/app:v1: unexpected status from HEAD request to https://[AUTH-REGISTRY]/v2/[UNIQUE]/app/blobs/sha256:[DIGEST]: 401 Unauthorized
    help: log in: `docker login [AUTH-REGISTRY]`, with an account that may write there
    help: or push elsewhere: `--default-repo REGISTRY/PATH`
    ");
}

#[test]
fn a_pull_without_credentials() {
    let engines = engines!();
    let registry = optional_engine!("SKEG_TEST_AUTH_REGISTRY");
    let mut context = TestContext::with(&engines);
    context.hide(&registry, "[AUTH-REGISTRY]");
    context.app(&format!("FROM {registry}/private/base:v1\nCOPY app.txt /\n"));
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"
    error: artifact app: [AUTH-REGISTRY] does not let you pull [AUTH-REGISTRY]/private/base:v1
     --> Dockerfile:1:1
      |
    1 | FROM [AUTH-REGISTRY]/private/base:v1
      | ^
    caused by: [AUTH-REGISTRY]/private/base:v1: failed to resolve source metadata for [AUTH-REGISTRY]/private/base:v1: unexpected status from HEAD request to https://[AUTH-REGISTRY]/v2/private/base/manifests/v1: 401 Unauthorized
    help: log in: `docker login [AUTH-REGISTRY]`
    help: check the name: some registries deny what does not exist
    ");
}

#[test]
fn a_registry_that_takes_nothing() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nCOPY app.txt /\n");
    let repo = format!("{}/{}", engines.registry_readonly, context.unique());
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(1).error(), @"
    error: artifact app: [READONLY]/[UNIQUE]/app:v1 could not be pushed
    caused by: failed to push [READONLY]/[UNIQUE]/app:v1: unexpected status from POST request to http://[READONLY]/v2/[UNIQUE]/app/blobs/uploads/[UPLOAD]: 405 Method Not Allowed: Method not allowed
    help: the registry is read-only; push elsewhere: `--default-repo REGISTRY/PATH`
    ");
}

#[test]
fn a_registry_that_nobody_listens_at() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nCOPY app.txt /\n");
    let args = ["build", "--builder", &engines.buildkit, "-d", "127.0.0.1:1/x", "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(1).error(), @r#"
    error: artifact app: registry 127.0.0.1:1 does not answer
    caused by: failed to push 127.0.0.1:1/x/app:v1: failed to do request: Head "http://127.0.0.1:1/v2/x/app/blobs/sha256:[DIGEST]": dial tcp 127.0.0.1:1: connect: connection refused
    help: check the address, as the builder sees it: [BUILDKIT] pushes, not this machine
    help: or push elsewhere: `--default-repo REGISTRY/PATH`
    "#);
}

#[test]
fn plain_http_where_tls_is_expected_and_the_cure() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let registry = Registry::of(&engines);
    let builder = Buildkitd::expecting_tls(&engines);
    let address = builder.tcp();
    let repo = context.repo();
    context.app("FROM scratch\nCOPY app.txt /\n");
    let args = ["build", "--builder", &address, "-d", &repo, "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(3).error(), @r#"
    error: artifact app: registry [REGISTRY] speaks http, and https was tried
    caused by: failed to push [REGISTRY]/[UNIQUE]/app:v1: failed to do request: Head "https://[REGISTRY]/v2/[UNIQUE]/app/blobs/sha256:[DIGEST]": http: server gave HTTP response to HTTPS client
    help: say so: `--insecure-registry [REGISTRY]`, or `skeg config set insecure-registries [REGISTRY]` (for pushes and caches)
    help: to pull from it, its builder must know: `[registry."[REGISTRY]"] http = true` in buildkitd.toml
    "#);

    // The cure, as a flag, in the user's config and in the project; for the cache too.
    let cured =
        [&args[..], &["--insecure-registry", &engines.registry, "--cache-tag", "cache", "-q"]].concat();
    let output = context.skeg(&cured).success();
    assert_eq!(registry.manifest(&format!("{repo}/app:v1")).digest, output.digest("app"));
    assert!(registry.find(&format!("{repo}/app:cache")).is_some());

    context.skeg(&["config", "set", "-g", "insecure-registries", &engines.registry]).success();
    context.skeg(&args).success();
    context.skeg(&["config", "unset", "-g", "insecure-registries"]).success();
    context.skeg(&args).fails(3);

    context
        .build_section(&format!("insecureRegistries: ['{}']\nartifacts: [{{image: app}}]", engines.registry));
    context.skeg(&args).success();
}
