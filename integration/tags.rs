//! Tag policies. A dry run shows the tags; no engine is needed.

use insta::assert_snapshot;

use crate::support::{Output, TestContext};

fn project(policy: &str) -> TestContext {
    let context = TestContext::new();
    context
        .build_section(&format!("tagPolicy: {policy}\nartifacts:\n- {{image: app, context: app}}"))
        .write("app/Dockerfile", "FROM busybox\n")
        .write("other/file", "x");
    context
}

fn dry_run(context: &TestContext, args: &[&str]) -> Output {
    context.skeg(&[&["build", "--dry-run", "-q"], args].concat())
}

fn tag(context: &TestContext) -> String {
    let reference = dry_run(context, &[]).success().reference("app");
    reference.strip_prefix("app:").unwrap().to_owned()
}

#[test]
fn git_commit_in_all_variants() {
    for (policy, question) in [
        ("{gitCommit: {}}", &["describe", "--tags", "--always"][..]),
        ("{gitCommit: {variant: Tags}}", &["describe", "--tags", "--always"]),
        ("{gitCommit: {variant: CommitSha}}", &["rev-list", "-1", "HEAD"]),
        ("{gitCommit: {variant: AbbrevCommitSha}}", &["rev-list", "-1", "HEAD", "--abbrev-commit"]),
        ("{gitCommit: {variant: TreeSha}}", &["rev-parse", "HEAD:app/"]),
        ("{gitCommit: {variant: AbbrevTreeSha}}", &["rev-parse", "--short", "HEAD:app/"]),
    ] {
        let context = project(policy);
        context.git_init();
        assert_eq!(tag(&context), context.git(question), "{policy}");
        context.write("other/file", "changed");
        assert_eq!(tag(&context), context.git(question), "{policy}: a change elsewhere does not count");
        context.write("app/Dockerfile", "FROM busybox\nENV a=b\n");
        assert_eq!(tag(&context), format!("{}-dirty", context.git(question)), "{policy}");
    }
}

#[test]
fn git_commit_with_tags_prefix_and_changes_ignored() {
    let context = project("{gitCommit: {prefix: rel-, ignoreChanges: true}}");
    context.git_init();
    context.git(&["tag", "v1.2.3/rc+1"]);
    assert_eq!(tag(&context), "rel-v1.2.3_rc_1");
    context.write("app/Dockerfile", "FROM busybox\nENV a=b\n");
    assert_eq!(tag(&context), "rel-v1.2.3_rc_1");
    context.git_commit("second");
    let commit = context.git(&["rev-parse", "--short", "HEAD"]);
    assert_eq!(tag(&context), format!("rel-v1.2.3_rc_1-1-g{commit}"));
}

#[test]
fn other_policies_and_the_flag() {
    let context = project("{sha256: {}}");
    assert_eq!(tag(&context), "latest");
    assert_eq!(dry_run(&context, &["-t", "mine"]).success().reference("app"), "app:mine");

    let mut context = project("{envTemplate: {template: '{{.BRANCH}}-{{.NUMBER | default \"0\"}}'}}");
    context.set("BRANCH", "main");
    assert_eq!(tag(&context), "main-0");
}

#[test]
fn a_tagger_that_fails_is_an_error_and_never_latest() {
    let context = project("{gitCommit: {}}");
    let output = dry_run(&context, &[]);
    assert_eq!(output.stdout, r#"{"builds":null}"#);
    assert_snapshot!(output.fails(2).error(), @"
    error: artifact app gets no tag from gitCommit
     --> skaffold.yaml:4:3
      |
    4 |   tagPolicy: {gitCommit: {}}
      |   ^
    caused by: [PROJECT]/app is in no git repository
    help: make one: `git init && git add . && git commit -m start`
    help: or tag without git: `tagPolicy: {sha256: {}}`, or `--tag TAG`
    ");

    let context = project("{envTemplate: {template: '{{.BRANCH}}'}}");
    assert_snapshot!(dry_run(&context, &[]).fails(2).error(), @r#"
    error: artifact app gets no tag from envTemplate
     --> skaffold.yaml:4:3
      |
    4 |   tagPolicy: {envTemplate: {template: '{{.BRANCH}}'}}
      |   ^
    caused by: template `{{.BRANCH}}`: variable BRANCH is not defined
    help: set the variable, or give a default: `{{default "dev" .NAME}}`
    "#);

    let context = project("{envTemplate: {template: 'not a tag!'}}");
    assert_snapshot!(dry_run(&context, &[]).fails(2).error(), @"
    error: artifact app gets no valid tag from envTemplate: `not a tag!`
     --> skaffold.yaml:4:3
      |
    4 |   tagPolicy: {envTemplate: {template: 'not a tag!'}}
      |   ^
    help: a tag has at most 128 of letters, digits, `_`, `.` and `-`, and begins with no `.` or `-`
    ");
}
