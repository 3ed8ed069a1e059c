//! Reading the project file. A dry run shows the names; no engine is needed.

use insta::assert_snapshot;

use crate::support::{Output, TestContext};

const HEAD: &str = "apiVersion: skaffold/v4beta11\nkind: Config\n";

fn dry_run(context: &TestContext, args: &[&str]) -> Output {
    context.skeg(&[&["build", "--dry-run", "-q", "-t", "x"], args].concat())
}

fn names(context: &TestContext, args: &[&str]) -> Vec<String> {
    dry_run(context, args).success().builds().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn the_file_is_found_named_or_read_from_standard_input() {
    let context = TestContext::new();
    let text = |image: &str| format!("{HEAD}build:\n  artifacts: [{{image: {image}}}]\n");
    context.write("Dockerfile", "FROM busybox\n").write("skeg.yaml", text("c"));
    assert_eq!(names(&context, &[]), ["c"]);
    context.write("skaffold.yml", text("b"));
    assert_eq!(names(&context, &[]), ["b"]);
    context.write("skaffold.yaml", text("a"));
    assert_eq!(names(&context, &[]), ["a"]);
    assert_eq!(names(&context, &["-f", "skeg.yaml"]), ["c"]);
    let args = ["build", "--dry-run", "-q", "-t", "x", "-f", "-"];
    let output = context.run_with_input(env!("CARGO_BIN_EXE_skeg"), &args, &text("stdin")).success();
    assert_eq!(output.reference("stdin"), "stdin:x");

    let context = TestContext::new();
    assert_snapshot!(dry_run(&context, &[]).fails(3).error(), @"");
}

#[test]
fn what_real_files_hold() {
    let context = TestContext::new();
    context.write("Dockerfile", "FROM busybox\n").write(
        "skaffold.yaml",
        "# generated\n\
         .defaults: &defaults\n  docker: {}\n\
         .unused: [1, 2]\n\
         apiVersion: skaffold/v4beta6\n\
         kind: Config\n\
         metadata: {name: shop}\n\
         build:\n  artifacts:\n  - image: one\n    <<: *defaults\n  - image: two\n    docker:\n      buildArgs: {A: 1, B: true, C: 3.10, D: null}\n  \
         local:\n    push:\n  tagPolicy:\n    sha256: {}\n\
         manifests:\n\
         deploy:\n  kubectl: {}\n\
         profiles:\n- name: only-a-name\n- name: more\n  build:\n    artifacts:\n    - image: three\n",
    );
    assert_eq!(names(&context, &[]), ["one", "two"]);
    assert_eq!(names(&context, &["-p", "only-a-name"]), ["one", "two"]);
    assert_eq!(names(&context, &["-p", "more"]), ["three"]);
    assert_eq!(names(&context, &["-p", "more,-more"]), ["one", "two"]);
}

#[test]
fn several_documents_and_required_ones() {
    let context = TestContext::new();
    context.write("Dockerfile", "FROM busybox\n");
    context.write(
        "skaffold.yaml",
        format!(
            "{HEAD}metadata: {{name: one}}\nrequires: [{{path: lib, configs: [wanted]}}]\nbuild: {{artifacts: [{{image: one}}]}}\n\
             ---\n{HEAD}metadata: {{name: two}}\nbuild: {{artifacts: [{{image: two}}]}}\n"
        ),
    );
    context.write("lib/Dockerfile", "FROM busybox\n");
    context.write(
        "lib/skaffold.yaml",
        format!(
            "{HEAD}metadata: {{name: wanted}}\nbuild: {{artifacts: [{{image: wanted}}]}}\n\
             ---\n{HEAD}metadata: {{name: other}}\nbuild: {{artifacts: [{{image: other}}]}}\n"
        ),
    );
    assert_eq!(names(&context, &[]), ["wanted", "one", "two"]);
    assert_eq!(names(&context, &["-m", "two"]), ["two"]);
    assert_eq!(names(&context, &["-m", "one"]), ["wanted", "one"]);
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    let context = TestContext::new();
    context.write("Dockerfile", "FROM busybox\n");
    let error = |text: &str| {
        context.write("skaffold.yaml", text);
        dry_run(&context, &[]).fails(2).error()
    };
    assert_snapshot!(error(&format!("{HEAD}build:\n  artefacts:\n  - image: app\n")), @"");
    assert_snapshot!(error(&format!("{HEAD}build:\n  artifacts:\n  - image: app\n    docker:\n      dockerFile: x\n")), @"");
    assert_snapshot!(error("apiVersion: skaffold/v2beta29\nkind: Config\n"), @"");
    assert_snapshot!(error("apiVersion: skaffold/v4beta99\nkind: Config\n"), @"");
    assert_snapshot!(error("kind: Config\n"), @"");
    assert_snapshot!(error(&format!("{HEAD}build:\n  artifacts:\n  - image: app\n   context: .\n")), @"");
    assert_snapshot!(error(&format!("{HEAD}build:\n  artifacts:\n  - image: app\n    jib: {{}}\n")), @"");
    assert_snapshot!(error(&format!("{HEAD}build:\n  googleCloudBuild: {{}}\n  artifacts:\n  - image: app\n")), @"");
    assert_snapshot!(error(&format!("{HEAD}.skeg: {{bulider: x}}\nbuild: {{artifacts: [{{image: app}}]}}\n")), @"");
    assert_snapshot!(error(&format!("{HEAD}.skeg: {{artifacts: [{{image: ap, docker: {{}}}}]}}\nbuild: {{artifacts: [{{image: app}}]}}\n")), @"");
    assert_snapshot!(error(&format!("{HEAD}build:\n  artifacts:\n  - image: a\n    requires: [{{image: b}}]\n  - image: b\n    requires: [{{image: a}}]\n")), @"");
}

#[test]
fn mistakes_on_the_command_line() {
    let context = TestContext::new();
    context.app("FROM busybox\n");
    assert_snapshot!(context.skeg(&["build", "--plattform", "x"]).fails(127).error(), @"");
    assert_snapshot!(dry_run(&context, &["-p", "prdo"]).fails(127).error(), @"");
    assert_snapshot!(dry_run(&context, &["-f", "nothing.yaml"]).fails(3).error(), @"");
    assert_snapshot!(dry_run(&context, &["-o", "{{.Builds"]).fails(2).error(), @"");
}
