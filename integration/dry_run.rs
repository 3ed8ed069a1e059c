//! What needs neither daemon nor cluster nor any program works without them: dry runs, printed plans, and everything
//! that only looks at the project.

use insta::assert_snapshot;

use crate::support::TestContext;

/// Nothing can be started: PATH is an empty folder. Nothing can be reached.
fn bare() -> TestContext {
    let mut context = TestContext::new();
    fs_err::create_dir(context.path("nothing")).unwrap();
    let nothing = context.path("nothing").display().to_string();
    context.set("PATH", &nothing);
    context
}

/// A project with all sections: manifests that are not there, tools that are not there, a cluster that is not there.
fn everything() -> TestContext {
    let context = bare();
    context
        .write(
            "skaffold.yaml",
            "apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: all}
build:
  hooks: {before: [{command: [nothing]}]}
  tagPolicy: {envTemplate: {template: v1}}
  artifacts:
  - {image: base, context: base}
  - image: app
    requires: [{image: base, alias: BASE}]
    sync: {manual: [{src: '*.txt', dest: /}]}
    hooks: {after: [{command: [nothing]}]}
  - {image: made, custom: {buildCommand: nothing, dependencies: {paths: [base]}}}
test:
- {image: app, structureTests: [missing/*.yaml], custom: [{command: nothing}]}
manifests:
  rawYaml: [missing/*.yaml]
  kustomize: {paths: [missing]}
  helm: {releases: [{name: r, chartPath: missing, valuesFiles: [missing.yaml]}]}
  transform: [{name: set-labels, configMap: ['a:b']}]
deploy:
  kubectl: {flags: {global: [-n, a]}}
  kubeContext: missing
portForward: [{resourceType: service, resourceName: app, port: 80}]
resourceSelector: {allow: [{groupKind: .*}]}
verify: [{name: v, container: {name: v, image: v}, executionMode: {kubernetesCluster: {}}}]
customActions: [{name: a, containers: [{name: a, image: a}]}]
profiles: [{name: p, activation: [{command: dev}], deploy: {helm: {}}}]
",
        )
        .write("Dockerfile", "ARG BASE\nFROM $BASE\nCOPY a.txt /\n")
        .write("a.txt", "")
        .write("base/Dockerfile", "FROM example.invalid/base:1\n");
    context
}

#[test]
fn a_dry_run_needs_nothing() {
    let output = everything().skeg(&["build", "--dry-run", "-q"]).success();
    let tags: Vec<_> = output.builds().into_iter().map(|(_, tag)| tag).collect();
    assert_eq!(tags, ["base:v1", "app:v1", "made:v1"]);
    everything().skeg(&["build", "--dry-run", "--push", "-d", "reg.invalid", "-p", "p"]).success();
}

#[test]
fn a_plan_is_printed_without_plugin_and_daemon() {
    let context = everything();
    for builder in [&[][..], &["--builder", "tcp://127.0.0.1:1"], &["--builder", "default"]] {
        let args = [&["build", "--print", "--push", "-d", "reg.invalid/x"], builder].concat();
        let output = context.skeg(&args).success();
        assert!(output.stdout.contains("\"base\""), "{output}");
        assert_eq!(output.stderr, "", "{output}");
    }
}

#[test]
fn looking_at_a_project_needs_nothing() {
    let context = everything();
    for args in [
        &["diagnose", "--yaml-only"][..],
        &["diagnose"],
        &["lint"],
        &["inspect", "modules", "list"],
        &["inspect", "executionModes", "list"],
        &["find-configs"],
        &["version"],
        &["options"],
    ] {
        let output = context.skeg(args).success();
        assert!(!output.stdout.is_empty(), "{output}");
    }
}

/// A cluster that accepts and never answers: nobody has a question for it.
#[test]
fn a_cluster_that_hangs_is_not_asked() {
    let context = everything();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    context.write(
        "kubeconfig",
        format!(
            "current-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u}}]\n\
             clusters: [{{name: c, cluster: {{server: 'http://{}'}}}}]\n",
            socket.local_addr().unwrap()
        ),
    );
    for args in [&["build", "--dry-run", "-q"][..], &["build", "--print"], &["diagnose"]] {
        context.skeg(&[args, &["--kubeconfig", "kubeconfig", "--kube-context", "c"]].concat()).success();
    }
    socket.set_nonblocking(true).unwrap();
    assert!(socket.accept().is_err(), "somebody asked the cluster");
}

/// A daemon that accepts and never answers keeps nobody waiting who has no question.
#[test]
fn a_daemon_that_hangs_is_not_asked() {
    let mut context = everything();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    context.set("DOCKER_HOST", &format!("tcp://{}", socket.local_addr().unwrap()));
    for args in
        [&["build", "--dry-run", "-q"][..], &["build", "--print"], &["diagnose", "--yaml-only"], &["lint"]]
    {
        context.skeg(args).success();
    }
    socket.set_nonblocking(true).unwrap();
    assert!(socket.accept().is_err(), "somebody asked the daemon");
}

#[test]
fn a_dry_run_tags_what_is_not_built_yet() {
    let context = bare();
    context.write(
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta14
kind: Config
build:
  tagPolicy: {envTemplate: {template: v1}}
  artifacts:
  - {image: java, jib: {}}
  - {image: packs, buildpacks: {builder: b}, runtimeType: nodejs}
  - {image: gopher, ko: {}}
  - {image: star, bazel: {target: '//:x.tar'}}
",
    );
    let output = context.skeg(&["build", "--dry-run", "-q", "-d", "reg.example"]).success();
    let tags: Vec<_> = output.builds().into_iter().map(|(_, tag)| tag).collect();
    let names = ["java", "packs", "gopher", "star"];
    assert_eq!(tags, names.map(|name| format!("reg.example/{name}:v1")));
    assert!(output.stdout.contains(r#""runtimeType":"nodejs""#), "{output}");
    assert_snapshot!(context.skeg(&["build", "-q", "-b", "java", "-b", "packs"]).fails(2).error(), @"
    error: 2 errors in skaffold.yaml
     --> skaffold.yaml:6:19
      |
    6 |   - {image: java, jib: {}}
      |                   ^ java is built by jib, which `skeg` does not do yet; `skeg build -b IMAGE` builds the others
    7 |   - {image: packs, buildpacks: {builder: b}, runtimeType: nodejs}
      |                    ---------- packs is built by buildpacks, which `skeg` does not do yet; `skeg build -b IMAGE` builds the others
    ");
    // A digest of files that nobody knows would be the same for ever.
    context.skeg(&["build", "--dry-run", "-q", "-b", "java"]).success();
    context.write(
        "jib.yaml",
        "apiVersion: skaffold/v4beta14\nkind: Config\nbuild: {tagPolicy: {inputDigest: {}}, artifacts: [{image: java, jib: {}}]}\n",
    );
    context
        .skeg(&["build", "--dry-run", "-f", "jib.yaml"])
        .fails(2)
        .says("the files that jib reads are not known yet");
    context.write(
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  googleCloudBuild: {}\n  artifacts:\n  - image: app\n",
    );
    context.skeg(&["build", "--dry-run", "-q", "-t", "x"]).success();
    assert_snapshot!(context.skeg(&["build", "-q"]).fails(2).error(), @"
    error: `build.googleCloudBuild` is read, but `skeg` does not build in Google Cloud Build yet
     --> skaffold.yaml:4:3
      |
    4 |   googleCloudBuild: {}
      |   ^
    help: use a profile with `build.local`; `--builder` names a remote BuildKit
    ");
}
