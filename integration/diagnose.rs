//! `skeg diagnose`: the configs in force, and what their builds read.

use insta::assert_snapshot;

use crate::support::TestContext;

fn project() -> TestContext {
    let context = TestContext::new();
    context
        .write(
            "skaffold.yaml",
            "apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: shop}
requires:
- path: lib
build:
  artifacts:
  - image: web
    docker: {buildArgs: {B: '1', A: '{{.VERSION}}', V10: x, V9: y}}
portForward: [{resourceType: service, resourceName: 'web-{{.VERSION}}', port: 80}]
profiles:
- name: prod
  build: {local: {push: true}, tagPolicy: {sha256: {}}}
.skeg: {cacheTag: cache}
",
        )
        .write("Dockerfile", "FROM alpine\nCOPY index.html /\n")
        .write("index.html", "")
        .write(
            "lib/skaffold.yaml",
            "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts:\n  - image: tool\n    custom: {buildCommand: make}\nmanifests: {rawYaml: [k8s/*.yaml]}\n",
        );
    context
}

#[test]
fn configs_are_printed_resolved_required_ones_first() {
    let context = project();
    let output = context.skeg(&["diagnose", "--yaml-only", "-p", "prod"]).success();
    assert_eq!(output.stderr, "");
    assert_snapshot!(output.filter(&output.stdout), @r#"
    apiVersion: skaffold/v4beta14
    kind: Config
    build:
      artifacts:
        - image: tool
          context: [PROJECT]/lib
          custom:
            buildCommand: make
            dependencies:
              paths:
                - .
      tagPolicy:
        gitCommit: {}
      local:
        concurrency: 1
    manifests:
      rawYaml:
        - [PROJECT]/lib/k8s/*.yaml
    deploy:
      logs:
        prefix: container
    ---
    apiVersion: skaffold/v4beta14
    kind: Config
    metadata:
      name: shop
    build:
      artifacts:
        - image: web
          context: [PROJECT]
          docker:
            dockerfile: Dockerfile
            buildArgs:
              A: '{{.VERSION}}'
              B: "1"
              V9: "y"
              V10: x
      tagPolicy:
        sha256: {}
      local:
        push: true
        concurrency: 1
    deploy:
      logs:
        prefix: container
    portForward:
      - resourceType: service
        resourceName: web-{{.VERSION}}
        port: 80
        address: 127.0.0.1
        localPort: 80
    .skeg:
      cacheTag: cache
    "#);
}

#[test]
fn what_is_printed_is_the_same_project() {
    let mut context = project();
    context.set("VERSION", "7");
    let printed = context.skeg(&["diagnose", "--yaml-only"]).success().stdout;
    context.write("resolved.yaml", &printed);
    let again = context.skeg(&["diagnose", "--yaml-only", "-f", "resolved.yaml"]).success().stdout;
    assert_eq!(again, printed);
    let plan = |file: &str| {
        context.skeg(&["build", "--print", "-t", "v1", "-b", "web", "-f", file]).success().stdout
    };
    assert_eq!(plan("skaffold.yaml"), plan("resolved.yaml"));
}

#[test]
fn templates_are_filled_in_when_asked() {
    let mut context = project();
    context.set("VERSION", "7");
    let output = context.skeg(&["diagnose", "--yaml-only", "--enable-templating"]).success().stdout;
    assert!(output.contains("A: \"7\"") && output.contains("resourceName: web-7"), "{output}");
    let output = context.skeg(&["diagnose", "--yaml-only"]).success().stdout;
    assert!(output.contains("A: '{{.VERSION}}'"), "{output}");
}

#[test]
fn configs_go_to_a_file() {
    let context = project();
    let output = context.skeg(&["diagnose", "--yaml-only", "-o", "out.yaml"]).success();
    assert_eq!(output.stdout, "");
    let written = fs_err::read_to_string(context.project().join("out.yaml")).unwrap();
    assert_eq!(written, context.skeg(&["diagnose", "--yaml-only"]).success().stdout);
}

#[test]
fn modules_are_chosen_by_name() {
    let context = project();
    let error = context.skeg(&["diagnose", "--yaml-only", "-m", "shops"]).fails(127).error();
    assert!(error.contains("`shop`"), "{error}");
}

#[test]
fn a_diagnosis_tells_what_builds_what_from_how_many_files() {
    let mut context = project();
    let output = context.skeg(&["diagnose"]).success();
    context.hide(env!("CARGO_PKG_VERSION"), "[VERSION]");
    let said = output.filter(&output.stdout);
    for part in [
        "Configs (2)",
        "module `shop` of skaffold.yaml, skaffold/v4beta14, no profile is active",
        "Builder\n  none: there is nothing to build with",
        "Artifacts (2)",
        "tool (custom)\n    context [PROJECT]/lib",
        "web (docker)\n    context ., Dockerfile\n    files: 2, looked at in ",
        "any change in its context builds it again",
        "Configs in force\n\napiVersion: skaffold/v4beta14\n",
    ] {
        assert!(said.contains(part), "{part}\n---\n{said}");
    }
}

#[test]
fn what_is_wrong_is_told_and_printed_all_the_same() {
    let context = project();
    context.append("test: [{image: web, custom: [{command: ''}]}]\n");
    let output = context.skeg(&["diagnose"]).success();
    assert!(output.stdout.contains("\nWrong\n"), "{output}");
    context.skeg(&["diagnose", "--yaml-only"]).success();
}

#[test]
fn a_build_in_a_cluster_takes_namespace_and_home_from_this_machine() {
    let mut context = TestContext::new();
    context.write(
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts: [{image: a, kaniko: {}}]\n  \
         cluster: {pullSecretPath: ~/key.json, dockerConfig: {path: '~/.docker/config.json'}}\n",
    );
    let printed = |context: &TestContext, args: &[&str]| {
        let output = context.skeg(&[&["diagnose", "--yaml-only"], args].concat()).success();
        output.stdout[output.stdout.find("  cluster:").unwrap()..].to_owned()
    };
    let home = context.path("home").display().to_string();
    let said = printed(&context, &[]);
    assert!(said.contains("\n    namespace: default\n"), "{said}");
    assert!(said.contains(&format!("\n    pullSecretPath: {home}/key.json\n")), "{said}");
    assert!(said.contains(&format!("\n      path: {home}/.docker/config.json\n")), "{said}");
    context.write(
        "kube.yaml",
        "current-context: dev\ncontexts:\n- {name: dev, context: {namespace: team}}\n- {name: prod, context: {}}\n",
    );
    let file = context.path("project/kube.yaml").display().to_string();
    context.set("KUBECONFIG", &file);
    assert!(printed(&context, &[]).contains("\n    namespace: team\n"));
    assert!(printed(&context, &["--kube-context", "prod"]).contains("\n    namespace: default\n"));
}

#[test]
fn what_a_file_elsewhere_requires_is_beside_it() {
    let context = TestContext::new();
    let head = "apiVersion: skaffold/v4beta14\nkind: Config\n";
    context
        .write("deep/skaffold.yaml", format!("{head}metadata: {{name: root}}\nrequires: [{{path: lib}}]\n"))
        .write("deep/lib/skaffold.yaml", format!("{head}metadata: {{name: lib}}\n"));
    let output = context.skeg(&["diagnose", "--yaml-only", "-f", "deep/skaffold.yaml"]).success();
    assert!(output.stdout.contains("name: lib") && output.stdout.contains("name: root"), "{output}");
}
