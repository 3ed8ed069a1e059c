//! `skeg inspect`, `find-configs` and `options`: answers for programs, and edits that keep comments.

use insta::assert_snapshot;

use crate::support::{Output, TestContext};

fn project() -> TestContext {
    let context = TestContext::new();
    context
        .write(
            "skaffold.yaml",
            "apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: shop}
# the libraries
requires:
- path: lib
build:
  artifacts:
  - image: web  # the shop's face
test:
- image: web
  custom:
  - {command: a && b <c>, timeoutSeconds: 5, dependencies: {paths: [x]}}
  - command: plain
  structureTests: [t.yaml]
deploy:
  kubectl: {flags: {global: ['--namespace=low']}}
verify:
- {name: near, container: {name: n, image: i}}
- {name: far, container: {name: n, image: i}, executionMode: {kubernetesCluster: {jobManifestPath: job.yaml}}}
customActions:
- {name: act, containers: [{name: n, image: i}], executionMode: {local: {}}}
profiles:
# in the cloud
- name: cloud
  build: {googleCloudBuild: {projectId: p}}
- name: other
  deploy: {kubectl: {}}
",
        )
        .write("Dockerfile", "FROM alpine:3\n")
        .write("lib/skaffold.yaml", "apiVersion: skaffold/v4beta10\nkind: Config\nbuild: {cluster: {}}\n");
    context
}

fn inspect(context: &TestContext, args: &[&str]) -> Output {
    context.skeg(&[&["inspect"], args].concat())
}

#[track_caller]
fn answer(args: &[&str]) -> String {
    let output = inspect(&project(), args).success();
    assert_eq!(output.stderr, "");
    output.filter(&output.stdout)
}

/// An error is an answer too: on standard output, with exit code 1, and nothing else.
#[track_caller]
fn failure(output: &Output) -> String {
    assert_eq!((output.status.code(), output.stderr.as_str()), (Some(1), ""), "{output}");
    output.filter(&output.stdout)
}

fn file(context: &TestContext) -> String {
    fs_err::read_to_string(context.project().join("skaffold.yaml")).unwrap()
}

#[test]
fn lists() {
    assert_snapshot!(answer(&["modules", "list"]), @r#"{"modules":[{"name":"shop","path":"[PROJECT]/skaffold.yaml","isRoot":true}]}"#);
    assert_snapshot!(answer(&["modules", "list", "-a"]), @r#"{"modules":[{"name":"__config_0","path":"[PROJECT]/lib/skaffold.yaml"},{"name":"shop","path":"[PROJECT]/skaffold.yaml","isRoot":true}]}"#);
    assert_snapshot!(answer(&["profiles", "list"]), @r#"{"profiles":[{"name":"cloud","path":"[PROJECT]/skaffold.yaml","module":"shop"},{"name":"other","path":"[PROJECT]/skaffold.yaml","module":"shop"}]}"#);
    assert_snapshot!(answer(&["profiles", "list", "--build-env", "local"]), @r#"{"profiles":[{"name":"other","path":"[PROJECT]/skaffold.yaml","module":"shop"}]}"#);
    assert_snapshot!(answer(&["build-env", "list"]), @r#"{"build_envs":[{"type":"cluster","path":"[PROJECT]/lib/skaffold.yaml"},{"type":"local","path":"[PROJECT]/skaffold.yaml","module":"shop"}]}"#);
    assert_snapshot!(answer(&["build-env", "list", "-p", "cloud", "-m", "shop"]), @r#"{"build_envs":[{"type":"cluster","path":"[PROJECT]/lib/skaffold.yaml"},{"type":"googleCloudBuild","path":"[PROJECT]/skaffold.yaml","module":"shop"}]}"#);
    assert_snapshot!(answer(&["tests", "list"]), @r#"{"tests":[{"testType":"custom-test","Command":"a \u0026\u0026 b \u003cc\u003e","TimeoutSeconds":5,"Dependencies":{"Command":"","Paths":["x"],"Ignore":null}},{"testType":"custom-test","Command":"plain","TimeoutSeconds":0,"Dependencies":null},{"testType":"structure-test","structureTest":"t.yaml","structureTestArgs":null}]}"#);
    assert_snapshot!(answer(&["executionModes", "list"]), @r#"{"verifyExecutionModes":{"far":"kubernetesCluster","near":"local"},"customActionsExecutionModes":{"act":"local"}}"#);
    assert_snapshot!(answer(&["jobManifestPaths", "list", "--format", "json"]), @r#"{"verifyJobManifestPaths":{"far":"job.yaml"},"customActionJobManifestPaths":{}}"#);
}

#[test]
fn namespaces_come_from_the_manifest_or_kubectl() {
    let context = project();
    context.write(
        "k8s.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: own}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: c}\n",
    );
    let output = inspect(&context, &["namespaces", "list", "k8s.yaml"]).success();
    assert_snapshot!(output.stdout, @r#"{"resourceToInfoMap":{"apps/v1, Kind=Deployment":[{"name":"a","namespace":"own"},{"name":"b","namespace":"low"}]}}"#);
}

#[test]
fn errors_are_answers_with_upstreams_codes() {
    let context = project();
    for (args, code) in [
        (&["modules", "list", "-f", "missing.yaml"][..], "CONFIG_FILE_NOT_FOUND_ERR"),
        (&["build-env", "list", "-m", "nobody"], "CONFIG_BAD_FILTER_ERR"),
        (&["build-env", "list", "-p", "nobody"], "CONFIG_PROFILES_NOT_FOUND_ERR"),
        (
            &["build-env", "modify", "googleCloudBuild", "--projectId", "x"],
            "INSPECT_BUILD_ENV_INCORRECT_TYPE_ERR",
        ),
        (&["build-env", "modify", "googleCloudBuild", "-p", "nobody"], "INSPECT_PROFILE_NOT_FOUND_ERR"),
        (&["build-env", "add", "googleCloudBuild", "-p", "cloud"], "INSPECT_BUILD_ENV_ALREADY_EXISTS_ERR"),
        (&["namespaces", "list", "missing.yaml"], "INSPECT_UNKNOWN_ERR"),
    ] {
        let said = failure(&inspect(&context, args));
        assert!(
            said.starts_with(&format!("{{\"errorCode\":\"{code}\",\"errorMessage\":\"")),
            "{args:?}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    context.write("skaffold.yaml", "apiVersion: skaffold/v4beta14\nkind: Config\nbiuld: {}\n");
    let said = failure(&inspect(&context, &["modules", "list"]));
    assert!(said.contains("CONFIG_FILE_PARSING_ERR") && said.contains("skaffold.yaml:3:1: "), "{said}");
    context.write(
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta14\nkind: Config\nrequires: [{path: a}, {path: b}]\n",
    );
    let said = failure(&inspect(&context, &["modules", "list"]));
    assert!(said.starts_with("{\"errorCode\":\"CONFIG_DEPENDENCY_NOT_FOUND_ERR\""), "{said}");
    assert!(said.contains("skaffold.yaml:3:19: ") && said.contains("\\nskaffold.yaml:3:30: "), "{said}");
    context.skeg(&["inspect", "modules", "list", "--nonsense"]).fails(127);
}

#[test]
fn a_way_to_build_is_added_and_comments_stay() {
    let context = project();
    let before = file(&context);
    inspect(&context, &["build-env", "add", "local", "--push", "--concurrency", "2"]).success();
    let after = file(&context);
    assert_eq!(
        after,
        before.replace(
            "# the shop's face\n",
            "# the shop's face\n  local:\n    push: true\n    concurrency: 2\n"
        )
    );
    failure(&inspect(&context, &["build-env", "add", "local", "--push=false"]));
    assert_eq!(file(&context), after, "a failed edit changes nothing");
    assert!(!fs_err::read_to_string(context.project().join("lib/skaffold.yaml")).unwrap().contains("local"));
}

#[test]
fn a_profile_is_made_where_there_is_none() {
    let context = project();
    let before = file(&context);
    inspect(&context, &["build-env", "add", "cluster", "-p", "remote", "--dockerConfigPath", "d"]).success();
    let after = file(&context);
    assert!(after.starts_with(&before), "{after}");
    let answer = inspect(&context, &["profiles", "list", "--build-env", "cluster"]).success().stdout;
    assert_eq!(answer.matches("\"name\":\"remote\"").count(), 2, "{answer}");
    // And in required configs, whose version stays.
    let lib = fs_err::read_to_string(context.project().join("lib/skaffold.yaml")).unwrap();
    assert!(lib.contains("skaffold/v4beta10") && lib.contains("remote"), "{lib}");
}

#[test]
fn what_is_required_stays_as_it_is_where_a_config_is_named() {
    let context = project();
    let lib = || fs_err::read_to_string(context.project().join("lib/skaffold.yaml")).unwrap();
    let before = lib();
    inspect(&context, &["build-env", "add", "cluster", "-p", "remote", "-m", "shop"]).success();
    context.write("new.json", r#"[{"path": "lib"}]"#);
    inspect(&context, &["config-dependencies", "add", "new.json"]).success();
    assert_eq!(lib(), before);
    assert!(file(&context).contains("remote"));
}

#[test]
fn the_cloud_of_a_profile_is_modified() {
    let context = project();
    inspect(&context, &["build-env", "modify", "googleCloudBuild", "-p", "cloud", "--timeout", "5m"])
        .success();
    let after = file(&context);
    assert!(after.contains("googleCloudBuild: {projectId: p, timeout: 5m}"), "{after}");
    assert!(after.contains("# in the cloud\n- name: cloud\n"), "{after}");
    inspect(&context, &["build-env", "modify", "googleCloudBuild", "--strict=false"]).success();
    assert_eq!(file(&context), after);
}

#[test]
fn requirements_are_added() {
    let context = project();
    fs_err::create_dir(context.project().join("more")).unwrap();
    context
        .write("more/skaffold.yaml", "apiVersion: skaffold/v4beta14\nkind: Config\nmetadata: {name: more}\n");
    // As Skaffold wants it.
    context.write("new.json", r#"{"dependencies": [{"path": "more", "configs": ["more"]}]}"#);
    inspect(&context, &["config-dependencies", "add", "new.json", "-m", "shop"]).success();
    let after = file(&context);
    assert!(after.contains("# the libraries\nrequires:\n- path: lib\n- "), "{after}");
    let modules = inspect(&context, &["modules", "list"]).success().stdout;
    assert!(modules.contains("more/skaffold.yaml"), "{modules}");
    context.write("new.json", r#"[{"paht": "more"}]"#);
    let said = failure(&inspect(&context, &["config-dependencies", "add", "new.json"]));
    assert!(said.contains("paht") && said.contains("path"), "{said}");
}

#[test]
fn job_manifests_are_changed_in_what_is_printed() {
    let context = project();
    context.write("paths.json", r#"{"verifyJobManifestPaths": {"far": "other.yaml"}}"#);
    let before = file(&context);
    let output = inspect(&context, &["jobManifestPaths", "modify", "paths.json"]).success();
    assert!(
        output.stdout.contains("jobManifestPath: other.yaml") && output.stdout.contains("---\n"),
        "{output}"
    );
    assert!(!output.stdout.contains("requires:") && output.stdout.contains("profiles:"), "{output}");
    assert_eq!(file(&context), before);
    inspect(&context, &["jobManifestPaths", "modify", "paths.json", "--output", "out.yaml"]).success();
    assert_eq!(fs_err::read_to_string(context.project().join("out.yaml")).unwrap(), output.stdout);
    context.write("paths.json", r#"{"verifyJobManifestPaths": {"near": "other.yaml"}}"#);
    assert!(failure(&inspect(&context, &["jobManifestPaths", "modify", "paths.json"])).contains("near"));
}

#[test]
fn project_files_are_found() {
    let context = project();
    context
        .write(
            "deep/er/a.yml",
            "apiVersion: skaffold/v4beta1\nkind: Config\n---\napiVersion: skaffold/v4beta2\nkind: Config\n",
        )
        // Right in its own version, although there is no later one that it could be brought to.
        .write("acr.yaml", "apiVersion: skaffold/v1alpha5\nkind: Config\nbuild: {acr: {}}\n")
        .write("k8s.yaml", "apiVersion: v1\nkind: Service\n")
        .write("broken.yaml", "apiVersion: skaffold/v4beta14\nkind: [Config\n")
        .write("wrong.yaml", "apiVersion: skaffold/v4beta14\nkind: Config\nbiuld: {}\n");
    let table = context.skeg(&["find-configs"]).success().stdout;
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected = [
        ["acr.yaml", "skaffold/v1alpha5"],
        ["deep/er/a.yml", "skaffold/v4beta1"],
        ["lib/skaffold.yaml", "skaffold/v4beta10"],
        ["skaffold.yaml", "skaffold/v4beta14"],
    ];
    assert_eq!(rows, expected);
    let json = context.skeg(&["find-configs", "-d", "lib", "-o", "json"]).success().stdout;
    assert_eq!(json, "{\n\t\"lib/skaffold.yaml\": \"skaffold/v4beta10\"\n}\n");
    context.skeg(&["find-configs", "-d", "missing"]).fails(3);
}

#[test]
fn options_and_completions_are_printed() {
    let context = TestContext::new();
    assert!(context.skeg(&["options"]).success().stdout.contains("--verbosity"));
    for shell in ["bash", "fish", "zsh", "powershell", "elvish"] {
        assert!(context.skeg(&["completion", shell]).success().stdout.contains("diagnose"), "{shell}");
    }
}
