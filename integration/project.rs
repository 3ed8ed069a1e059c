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
    assert_snapshot!(dry_run(&context, &[]).fails(3).error(), @"
    error: no project file in [PROJECT]
    caused by: looked for skaffold.yaml, skaffold.yml, skeg.yaml
    help: go to the project's folder, or name its file with `--filename FILE`
    ");
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
    assert_snapshot!(error(&format!("{HEAD}build:\n  artefacts:\n  - image: app\n")), @"
    error: unknown key `artefacts` in `build`
     --> skaffold.yaml:4:3
      |
    4 |   artefacts:
      |   ^
    help: did you mean `artifacts`?
    ");
    assert_snapshot!(error(&format!("{HEAD}build:\n  artifacts:\n  - image: app\n    docker:\n      dockerFile: x\n")), @"
    error: unknown key `dockerFile` in `build.artifacts[0].docker`
     --> skaffold.yaml:7:7
      |
    7 |       dockerFile: x
      |       ^
    help: did you mean `dockerfile`?
    ");
    assert_snapshot!(error("apiVersion: skaffold/v2beta9\nkind: Config\nbuild:\n  artifacts:\n  - image: app\n    docker:\n      ssh: default\n"), @"
    error: `build.artifacts[0].docker.ssh` needs skaffold/v2beta10 or newer
     --> skaffold.yaml:7:7
      |
    7 |       ssh: default
      |       ^
    help: write `apiVersion: skaffold/v2beta10`
    ");
    assert_snapshot!(error("apiVersion: skaffold/v4beta99\nkind: Config\n"), @"
    error: apiVersion skaffold/v4beta99 is not known; the newest that is read is skaffold/v4beta14
     --> skaffold.yaml:1:13
      |
    1 | apiVersion: skaffold/v4beta99
      |             ^
    help: write `apiVersion: skaffold/v4beta14`
    ");
    assert_snapshot!(error("kind: Config\n"), @"
    error: apiVersion is missing
     --> skaffold.yaml:1:1
      |
    1 | kind: Config
      | ^
    help: begin the document with `apiVersion: skaffold/v4beta14` and `kind: Config`
    ");
    assert_snapshot!(error(&format!("{HEAD}build:\n  artifacts:\n  - image: app\n   context: .\n")), @"
    error: skaffold.yaml is not valid YAML: this line does not go with the mapping above it
     --> skaffold.yaml:6:4
      |
    6 |    context: .
      |    ^ this line does not go with the mapping above it
    help: check the indentation of this line and the one above
    ");
    assert_snapshot!(error(&format!("{HEAD}.skeg: {{bulider: x}}\nbuild: {{artifacts: [{{image: app}}]}}\n")), @"
    error: unknown key `bulider` in `.skeg`
     --> skaffold.yaml:3:9
      |
    3 | .skeg: {bulider: x}
      |         ^
    help: did you mean `builder`?
    ");
    assert_snapshot!(error(&format!("{HEAD}.skeg: {{artifacts: [{{image: ap, docker: {{}}}}]}}\nbuild: {{artifacts: [{{image: app}}]}}\n")), @"
    error: `.skeg` speaks of ap, which no artifact builds
     --> skaffold.yaml:3:29
      |
    3 | .skeg: {artifacts: [{image: ap, docker: {}}]}
      |                             ^
    help: did you mean `app`?
    ");
    assert_snapshot!(error(&format!("{HEAD}build:\n  artifacts:\n  - image: a\n    requires: [{{image: b}}]\n  - image: b\n    requires: [{{image: a}}]\n")), @"
    error: images require each other in a circle: a → b → a
     --> skaffold.yaml:6:24
      |
    6 |     requires: [{image: b}]
      |                        ^ a requires b
    7 |   - image: b
    8 |     requires: [{image: a}]
      |                        - b requires a
    help: remove one of these `requires`
    ");
}

#[test]
fn mistakes_on_the_command_line() {
    let context = TestContext::new();
    context.app("FROM busybox\n");
    assert_snapshot!(context.skeg(&["build", "--plattform", "x"]).fails(127).error(), @"
    error: unexpected argument '--plattform' found
    help: a similar argument exists: '--platform'
    help: usage: skeg build --platform <OS/ARCH>
    help: add `--help` to see every flag
    ");
    assert_snapshot!(dry_run(&context, &["-p", "prdo"]).fails(127).error(), @"
    error: the project has no profile `prdo`
    help: the project has no profiles
    ");
    assert_snapshot!(dry_run(&context, &["-f", "nothing.yaml"]).fails(3).error(), @"
    error: the project file nothing.yaml does not exist
    help: check the path; it is relative to [PROJECT]
    ");
    assert_snapshot!(dry_run(&context, &["-o", "{{.Builds"]).fails(127).error(), @"
    error: the template of `--output` is wrong
     --> --output:1:1
      |
    1 | {{.Builds
      | ^
    caused by: unclosed action
    help: for all of the result use `{{json .}}`, which is the default
    ");
}

#[test]
fn programs_get_a_line_for_each_thing_that_is_wrong() {
    let context = TestContext::new();
    context.write(
        "skaffold.yaml",
        format!("{HEAD}build:\n  artifacts:\n  - image: app:v1\n  - image: api\n  - image: api\n    jib: {{type: ant}}\n"),
    );
    let output = context.skeg(&["build", "--dry-run", "-t", "v1", "--color=never"]);
    assert_eq!(output.status.code(), Some(2), "{output}");
    assert_snapshot!(output.stderr, @"
    skaffold.yaml:5:12: error: the image \"app:v1\" has a tag (leave the tag out and choose it by `build.tagPolicy`)
    skaffold.yaml:7:12: error: two artifacts build the image api (give each image once in all configurations that are loaded together)
    skaffold.yaml:6:12: note: first here
    skaffold.yaml:8:17: error: api has the Jib type \"ant\" (write `maven` or `gradle`)
    ");
    // Colours alone make no difference: people read logs too.
    assert!(
        context
            .skeg(&["build", "--dry-run"])
            .fails(2)
            .stderr
            .starts_with("error: 3 errors in skaffold.yaml\n")
    );
}

#[test]
fn what_has_no_effect_is_a_warning_at_its_place() {
    let context = TestContext::new();
    context.write("Dockerfile", "FROM busybox\n");
    context.write(
        "skaffold.yaml",
        format!("{HEAD}build:\n  local: {{useDockerCLI: true}}\n  artifacts:\n  - image: app\n"),
    );
    dry_run(&context, &[]).success().says_once(
        "warning: skaffold.yaml:4:25: `useDockerCLI` has no effect: images are built through BuildKit, not by `docker build`",
    );
}
