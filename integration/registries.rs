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
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"");

    credentials(&context, &registry, &user, "not-the-password");
    let output = context.skeg(&args).fails(3).never_says("not-the-password");
    assert_snapshot!(output.error(), @"");
}

#[test]
fn a_pull_without_credentials() {
    let engines = engines!();
    let registry = optional_engine!("SKEG_TEST_AUTH_REGISTRY");
    let mut context = TestContext::with(&engines);
    context.hide(&registry, "[AUTH-REGISTRY]");
    context.app(&format!("FROM {registry}/private/base:v1\nCOPY app.txt /\n"));
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(3).error(), @"");
}

#[test]
fn a_registry_that_takes_nothing() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nCOPY app.txt /\n");
    let repo = format!("{}/{}", engines.registry_readonly, context.unique());
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(1).error(), @"");
}

#[test]
fn a_registry_that_nobody_listens_at() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nCOPY app.txt /\n");
    let args = ["build", "--builder", &engines.buildkit, "-d", "127.0.0.1:1/x", "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(1).error(), @"");
}

#[test]
fn plain_http_where_tls_is_expected_and_the_cure() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    let builder = Buildkitd::expecting_tls(&engines);
    let address = builder.tcp();
    let repo = context.repo();
    context.app("FROM scratch\nCOPY app.txt /\n");
    let args = ["build", "--builder", &address, "-d", &repo, "-t", "v1"];
    assert_snapshot!(context.skeg(&args).fails(1).error(), @"");

    // The cure, as a flag, in the user's config and in the project; for the cache too.
    let cured =
        [&args[..], &["--insecure-registry", &engines.registry, "--cache-tag", "cache", "-q"]].concat();
    let output = context.skeg(&cured).success();
    assert_eq!(registry.manifest(&format!("{repo}/app:v1")).digest, output.digest("app"));
    assert!(registry.find(&format!("{repo}/app:cache")).is_some());

    context.skeg(&["config", "set", "-g", "insecure-registries", &engines.registry]).success();
    context.skeg(&args).success();
    context.skeg(&["config", "unset", "-g", "insecure-registries"]).success();
    context.skeg(&args).fails(1);

    context
        .build_section(&format!("insecureRegistries: ['{}']\nartifacts: [{{image: app}}]", engines.registry));
    context.skeg(&args).success();
}
