//! `skeg config`.

use insta::assert_snapshot;

use crate::support::{TestContext, engines};

#[test]
fn a_builder_of_one_context_changes_that_context_alone() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    context.create_builder("remote", &engines.buildkit, &[]);
    context.app("FROM busybox\nRUN echo x > /x\n").kube_context("ci");
    let repo = context.repo();
    let args = ["build", "-t", "v1", "-d", &repo];
    context.skeg(&args).success().says_once("builder default (docker daemon at ");

    context.skeg(&["config", "set", "buildx-builder", "remote", "-k", "ci"]).success();
    context.skeg(&args).success().says_once("builder remote (user config, context ci)");

    context.kube_context("other");
    context.skeg(&args).success().says_once("builder default (docker daemon at ");
    let elsewhere = [&args[..], &["--kube-context", "ci"]].concat();
    context.skeg(&elsewhere).success().says_once("builder remote (user config, context ci)");

    context.skeg(&["config", "unset", "buildx-builder", "-k", "ci"]).success();
    context.skeg(&elsewhere).success().says_once("builder default (docker daemon at ");
}

#[test]
fn many_at_once_lose_nothing() {
    let context = TestContext::new();
    context.skeg(&["config", "set", "-g", "default-repo", "example.com"]).success();
    // In place, so that the file keeps its mode.
    context.write_at("config/skeg/config.yaml", "# mine\nglobal:\n  default-repo: example.com # keep\n");
    // Entries match by pattern: no name is part of another.
    let names: Vec<String> = (10..26).map(|number| format!("context-{number}")).collect();
    let running: Vec<_> = names
        .iter()
        .map(|name| {
            context.start(&["config", "set", "-k", name, "buildx-builder", &format!("builder-of-{name}")])
        })
        .collect();
    for process in running {
        process.finish().success();
    }
    for name in &names {
        let list = context.skeg(&["config", "list", "-k", name]).success();
        assert!(list.stdout.contains(&format!("buildx-builder: builder-of-{name}")), "{list}");
        assert!(list.stdout.contains("default-repo: example.com"), "{list}");
    }
    let text = fs_err::read_to_string(context.path("config/skeg/config.yaml")).unwrap();
    assert!(text.starts_with("# mine\nglobal:\n  default-repo: example.com # keep\n"), "{text}");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs_err::metadata(context.path("config/skeg/config.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = fs_err::read_dir(context.path("config/skeg")).unwrap().count();
    assert!(left <= 2, "only the file and its lock are left, not {left}");
}

#[test]
fn list_says_where_each_value_comes_from() {
    let context = TestContext::new();
    context.kube_context("kind-dev");
    context.write_at(
        "home/.skaffold/config",
        "global:\n  default-repo: old.example.com\n  local-cluster: true\nkubeContexts:\n- kube-context: kind-.*\n  multi-level-repo: true\n",
    );
    context.skeg(&["config", "set", "-g", "cache-repo", "example.com/cache"]).success();
    context.skeg(&["config", "set", "buildx-builder", "remote"]).success();
    context.skeg(&["config", "set", "-g", "insecure-registries", "one:5000"]).success();
    context.skeg(&["config", "set", "-g", "insecure-registries", "two:5000"]).success();
    let list = context.skeg(&["config", "list"]).success();
    assert_snapshot!(list.filter(&list.stdout), @"
    kube-context: kind-dev  # current-context of [ROOT]/kubeconfig
    default-repo: old.example.com  # ~/.skaffold/config, global
    multi-level-repo: true  # ~/.skaffold/config, context kind-.*
    local-cluster: true  # ~/.skaffold/config, global
    insecure-registries:
    - one:5000  # [ROOT]/config/skeg/config.yaml, global
    - two:5000  # [ROOT]/config/skeg/config.yaml, global
    buildx-builder: remote  # [ROOT]/config/skeg/config.yaml, context kind-dev
    cache-repo: example.com/cache  # [ROOT]/config/skeg/config.yaml, global
    ");
    let all = context.skeg(&["config", "list", "--all"]).success();
    assert_snapshot!(all.filter(&all.stdout), @"
    files:
    - path: [ROOT]/config/skeg/config.yaml
      global:
        cache-repo: example.com/cache
        insecure-registries:
          - one:5000
          - two:5000
      kubeContexts:
        - kube-context: kind-dev
          buildx-builder: remote
    - path: [ROOT]/home/.skaffold/config
      global:
        default-repo: old.example.com
        local-cluster: true
      kubeContexts:
        - kube-context: kind-.*
          multi-level-repo: true
    settings:
      kube-context: kind-dev  # current-context of [ROOT]/kubeconfig
      cluster: kind  # ~/.skaffold/config, global
      cluster-load-disabled: false  # default
      default-repo: old.example.com  # ~/.skaffold/config, global
      multi-level-repo: true  # ~/.skaffold/config, context kind-.*
      insecure-registries:
      - one:5000  # [ROOT]/config/skeg/config.yaml, global
      - two:5000  # [ROOT]/config/skeg/config.yaml, global
      builder: remote  # [ROOT]/config/skeg/config.yaml, context kind-dev
      cache-repo: example.com/cache  # [ROOT]/config/skeg/config.yaml, global
    ");
    let skaffold = fs_err::read_to_string(context.path("home/.skaffold/config")).unwrap();
    assert!(
        skaffold.contains("old.example.com") && !skaffold.contains("remote"),
        "Skaffold's file is only read"
    );
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let context = TestContext::new();
    let output = context.skeg(&["config", "set", "-g", "buildx-bulider", "x"]).fails(127);
    assert_snapshot!(output.error(), @"
    error: `buildx-bulider` is not a key of the user config
    help: did you mean `buildx-builder`?
    help: the keys are default-repo, multi-level-repo, local-cluster, insecure-registries, debug-helpers-registry, kind-disable-load, k3d-disable-load, update-check, collect-metrics, survey.disable-prompt, survey.last-taken, survey.last-prompted, survey.user-surveys, update.last-prompted, buildx-builder, cache-tag, cache-repo, cache-flags
    ");
}
