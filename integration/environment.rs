//! Which layer wins: flag, `SKEG_`, `SKAFFOLD_`, project, user config of the context, global. Each layer names a builder
//! that does not exist; the error says who asked for it.

use crate::support::TestContext;

const CONTEXT: &str = "dev";

fn asked(context: &TestContext, args: &[&str]) -> String {
    let output = context.skeg(&[&["build", "--print", "-t", "x"], args].concat()).fails(3);
    let error = output.error();
    let builder = error.lines().next().and_then(|line| line.split('"').nth(1)).unwrap_or_default().to_owned();
    let origin = error.lines().find_map(|line| line.split_once("it is asked for by ")).unwrap_or_default().1;
    format!("{builder}: {origin}")
}

#[test]
fn each_layer_beats_the_ones_below_and_says_so() {
    let mut context = TestContext::new();
    context.app("FROM busybox\n").kube_context(CONTEXT);
    context.set("BUILDX_BUILDER", "from-buildx");
    assert_eq!(asked(&context, &[]), "from-buildx: environment BUILDX_BUILDER");

    context.write_at("home/.skaffold/config", "global:\n  buildx-builder: from-skaffold\nkubeContexts: []\n");
    assert!(
        asked(&context, &[]).starts_with("from-skaffold: user config, global"),
        "{}",
        asked(&context, &[])
    );

    context.skeg(&["config", "set", "-g", "buildx-builder", "from-global"]).success();
    assert!(asked(&context, &[]).starts_with("from-global: user config, global"));

    context.skeg(&["config", "set", "-k", CONTEXT, "buildx-builder", "from-context"]).success();
    assert!(asked(&context, &[]).starts_with("from-context: user config, context dev"));
    assert!(asked(&context, &["--kube-context", "other"]).starts_with("from-global: user config, global"));

    context.append(".skeg: {builder: from-project}\n");
    assert_eq!(asked(&context, &[]), "from-project: project .skeg.builder");

    context.write("skaffold.env", "SKAFFOLD_BUILDER=from-file\n");
    assert_eq!(asked(&context, &[]), "from-file: skaffold.env SKAFFOLD_BUILDER");
    context.set("SKAFFOLD_BUILDER", "from-skaffold-env");
    assert_eq!(asked(&context, &[]), "from-skaffold-env: environment SKAFFOLD_BUILDER");

    context.set("SKEG_BUILDER", "from-skeg-env");
    assert_eq!(asked(&context, &[]), "from-skeg-env: environment SKEG_BUILDER");

    assert_eq!(asked(&context, &["--builder", "from-flag"]), "from-flag: flag --builder");
}

#[test]
fn debug_says_where_values_come_from() {
    let mut context = TestContext::new();
    context.app("FROM busybox\n").kube_context("kind-dev");
    context.set("SKEG_DEFAULT_REPO", "registry.example.com/me");
    context.skeg(&["config", "set", "-k", "kind-dev", "cache-tag", "cache"]).success();
    let output = context.skeg(&["build", "--dry-run", "-t", "x", "-v", "debug"]).success();
    for line in
        ["default-repo", "environment SKEG_DEFAULT_REPO", "cache-tag", "context kind-dev", "kube-context"]
    {
        output.clone().says(line);
    }
    context.skeg(&["build", "--dry-run", "-t", "x"]).success().never_says("environment SKEG_DEFAULT_REPO");
}

#[test]
fn every_flag_has_its_variables() {
    let mut context = TestContext::new();
    context.build_section("artifacts: [{image: one}, {image: two}]").write("Dockerfile", "FROM busybox\n");
    context.set("SKEG_TAG", "mine");
    context.set("SKAFFOLD_BUILD_IMAGE", "two");
    context.set("SKAFFOLD_DEFAULT_REPO", "example.com");
    context.set("SKEG_DRY_RUN", "true");
    context.set("SKEG_QUIET", "true");
    let output = context.skeg(&["build"]).success();
    assert_eq!(output.stdout, r#"{"builds":[{"imageName":"two","tag":"example.com/two:mine"}]}"#);
    let output = context.skeg(&["build", "--default-repo=", "-t", "other"]).success();
    assert_eq!(output.stdout, r#"{"builds":[{"imageName":"two","tag":"two:other"}]}"#);
}

#[test]
fn skaffold_env_gives_variables_to_templates_and_secrets() {
    let context = TestContext::new();
    context
        .build_section(
            "tagPolicy: {envTemplate: {template: '{{.CHANNEL}}-{{.NUMBER}}'}}\nartifacts: [{image: app}]",
        )
        .write("Dockerfile", "FROM busybox\n")
        .write("skaffold.env", "# comment\nCHANNEL=beta\nNUMBER='7'\n");
    let output = context.skeg(&["build", "--dry-run", "-q"]).success();
    assert_eq!(output.reference("app"), "app:beta-7");
}
