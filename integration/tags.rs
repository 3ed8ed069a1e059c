//! Tag policies. A dry run shows the tags; no engine is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use crate::support::{Output, Registry, TestContext, engines};

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

/// Has each git process told in a file; returns the file.
fn count_git(context: &mut TestContext) -> PathBuf {
    let log = context.path("git.log");
    let script = format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec /usr/bin/git \"$@\"\n", log.display());
    let program = context.write_at("bin/git", script);
    fs_err::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", context.path("bin").display());
    context.set("PATH", &path);
    log
}

/// Five artifacts of one repository, one of them in its top folder.
fn five(policy: &str) -> TestContext {
    let context = TestContext::new();
    let artifacts = ["a", "b", "c", "d/e"].map(|name| {
        context.write(&format!("{name}/Dockerfile"), format!("FROM busybox\nENV name={name}\n"));
        format!("- {{image: {}, context: {name}}}\n", name.replace('/', "-"))
    });
    context.build_section(&format!(
        "tagPolicy: {policy}\nartifacts:\n{}- {{image: top, docker: {{dockerfile: a/Dockerfile}}}}",
        artifacts.concat()
    ));
    context
}

#[test]
fn two_git_processes_for_five_artifacts() {
    let custom = "{customTemplate: {template: '{{.GIT}}_{{.C}}_{{.S}}_{{.B}}', components: [\
        {name: C, gitCommit: {variant: CommitSha}}, \
        {name: S, gitCommit: {variant: AbbrevCommitSha}}, \
        {name: B, gitCommit: {variant: Branches}}]}}";
    for (policy, most) in [
        ("{gitCommit: {}}", 2),
        ("{gitCommit: {ignoreChanges: true}}", 1),
        ("{gitCommit: {variant: CommitSha}}", 2),
        ("{gitCommit: {variant: AbbrevCommitSha}}", 2),
        ("{gitCommit: {variant: TreeSha}}", 2),
        ("{gitCommit: {variant: AbbrevTreeSha}}", 3),
        ("{gitCommit: {variant: Branches}}", 1),
        (custom, 2),
        ("{envTemplate: {template: x}}", 0),
        ("{inputDigest: {}}", 0),
    ] {
        let mut context = five(policy);
        context.git_init().git(&["tag", "v1"]);
        context.write("b/new", "x");
        let expected: Vec<String> = ["a", "b", "c", "d-e", "top"]
            .map(|image| {
                let alone = context.skeg(&["build", "--dry-run", "-q", "-b", image]).success();
                alone.reference(image)
            })
            .to_vec();
        let log = count_git(&mut context);
        let output = dry_run(&context, &[]).success();
        let together: Vec<String> = output.builds().into_iter().map(|(_, reference)| reference).collect();
        assert_eq!(together, expected, "{policy}");
        let calls = fs_err::read_to_string(log).unwrap_or_default();
        assert!(calls.lines().count() <= most, "{policy}: {calls}");
    }
}

#[test]
fn a_change_in_one_folder_is_that_of_one_artifact() {
    let context = five("{gitCommit: {}}");
    context.git_init().git(&["tag", "v1"]);
    context.write("b/new", "x");
    let output = dry_run(&context, &[]).success();
    let tags: Vec<String> = output.builds().into_iter().map(|(_, reference)| reference).collect();
    assert_eq!(tags, ["a:v1", "b:v1-dirty", "c:v1", "d-e:v1", "top:v1-dirty"]);
}

#[test]
fn artifacts_of_two_repositories_have_their_own_tags() {
    let mut context = five("{gitCommit: {}}");
    context.git_init().git(&["tag", "outer"]);
    context.git(&["-C", "c", "init", "-q"]);
    context.git(&["-C", "c", "add", "-A"]);
    context.git(&["-C", "c", "commit", "-q", "-m", "x"]);
    context.git(&["-C", "c", "tag", "inner"]);
    let log = count_git(&mut context);
    let output = dry_run(&context, &["-b", "a", "-b", "b", "-b", "c"]).success();
    let tags: Vec<String> = output.builds().into_iter().map(|(_, reference)| reference).collect();
    assert_eq!(tags, ["a:outer", "b:outer", "c:inner"]);
    let calls = fs_err::read_to_string(log).unwrap();
    assert_eq!(calls.lines().count(), 4, "{calls}");
}

#[test]
fn all_artifacts_have_one_time() {
    let mut context = five("{dateTime: {format: '2006-01-02_15-04-05.000000000_MST'}}");
    for (zone, written) in [("Asia/Tokyo", "_JST"), ("UTC", "_UTC"), ("", "_UTC"), ("Asia/Tehran", "_0330")] {
        context.set("TZ", zone);
        if zone == "Asia/Tehran" {
            // `+` is no letter of a tag.
            dry_run(&context, &[]).fails(2).says("gets no valid tag from dateTime");
            continue;
        }
        let output = dry_run(&context, &[]).success();
        let tags: BTreeSet<String> = output
            .builds()
            .into_iter()
            .map(|(image, reference)| reference.strip_prefix(&format!("{image}:")).unwrap().to_owned())
            .collect();
        assert_eq!(tags.len(), 1, "{tags:?}");
        assert!(tags.iter().all(|tag| tag.ends_with(written)), "{zone}: {tags:?}");
    }
}

/// What an artifact requires is among its inputs, at any depth, and nobody is asked for it.
#[test]
fn input_digest_follows_what_is_required() {
    let context = TestContext::new();
    context
        .build_section(
            "tagPolicy: {inputDigest: {}}\nartifacts:\n\
             - {image: app, context: app, requires: [{image: middle, alias: MIDDLE}]}\n\
             - {image: middle, context: middle, requires: [{image: base, alias: BASE}]}\n\
             - {image: base, context: base}\n\
             - {image: other, context: other}",
        )
        .write("app/Dockerfile", "ARG MIDDLE\nFROM $MIDDLE\nCOPY f /\n")
        .write("middle/Dockerfile", "ARG BASE\nFROM $BASE\nCOPY f /\n")
        .write("base/Dockerfile", "FROM scratch\nCOPY f /\n")
        .write("other/Dockerfile", "FROM scratch\nCOPY f /\n");
    for name in ["app", "middle", "base", "other"] {
        context.write(&format!("{name}/f"), "1");
    }
    let tags =
        || -> BTreeMap<String, String> { dry_run(&context, &[]).success().builds().into_iter().collect() };
    let changed = |before: &BTreeMap<String, String>| -> Vec<String> {
        let now = tags();
        before.iter().filter(|(image, tag)| now[*image] != **tag).map(|(image, _)| image.clone()).collect()
    };
    let first = tags();
    for (path, content, expected) in [
        ("base/f", "2", &["app", "base", "middle"][..]),
        ("middle/f", "2", &["app", "middle"]),
        ("app/f", "2", &["app"]),
        ("other/f", "2", &["other"]),
        ("base/Dockerfile", "FROM scratch\nCOPY f /\nENV a=b\n", &["app", "base", "middle"]),
        ("base/not-copied", "2", &[]),
        ("other/g", "2", &[]),
    ] {
        let before = tags();
        context.write(path, content);
        assert_eq!(changed(&before), expected, "{path}");
    }
    // Alone, an artifact has the tag it has among others.
    let app = context.skeg(&["build", "--dry-run", "-q", "-b", "app"]).success();
    assert_eq!(app.reference("app"), tags()["app"]);
    // As before, the tags are as before.
    for name in ["app", "middle", "base", "other"] {
        context.write(&format!("{name}/f"), "1");
    }
    context.write("base/Dockerfile", "FROM scratch\nCOPY f /\n");
    assert_eq!(tags(), first);
}

/// With Skaffold, `app` keeps its tag here, and a cluster the old image.
#[test]
fn an_edit_of_a_base_is_pushed_under_another_tag() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    context
        .build_section(
            "tagPolicy: {inputDigest: {}}\nartifacts:\n\
             - {image: app, context: app, requires: [{image: base, alias: BASE}]}\n\
             - {image: base, context: base}",
        )
        .write("app/Dockerfile", "ARG BASE\nFROM $BASE\nCOPY Dockerfile /\n")
        .write("base/Dockerfile", "FROM busybox\nCOPY text /text\n")
        .write("base/text", format!("first {}", context.unique()));
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-q"];
    let text = |output: &Output| registry.file(&output.reference("app"), "linux/amd64", "text");
    let tag = |output: &Output| output.reference("app").split_once('@').unwrap().0.to_owned();

    let first = context.skeg(&args).success();
    assert!(text(&first).starts_with("first"));
    context.write("base/text", format!("second {}", context.unique()));
    let second = context.skeg(&args).success();
    assert_ne!(tag(&first), tag(&second));
    assert!(text(&second).starts_with("second"));
    // Each tag has what it says.
    assert!(registry.file(&tag(&first), "linux/amd64", "text").starts_with("first"));
    assert!(registry.file(&tag(&second), "linux/amd64", "text").starts_with("second"));
}

/// What Skaffold 2.24 itself printed for this tree.
#[test]
fn input_digest_of_custom_dependencies() {
    let context = TestContext::new();
    context.write("c/a.txt", "x\n").write("c/src/b.go", "y\n").write("c/src/deep/c.go", "z\n");
    context.write("d/one", "1\n").write("c/list", "[\"../d/one\", \"src/b.go\"]\n");
    for (dependencies, digest) in [
        ("paths: ['*.{txt,md}']", "dd819e8cb359a281f978a3db0c438a9311324aba81992dd0966dbe638f55cdd8"),
        ("paths: [src]", "f43ffe2b3b1b2f37f607528de7227d05c860c479a40f0f1c9ce5753dc0ce7ebf"),
        (
            "paths: [a.txt, src], ignore: ['src/deep/**']",
            "835dc6304dfddf1d14f79aebfb218777b966c21e4433e865b31bcb2ccc76880a",
        ),
        (
            "paths: [a.txt, src], ignore: ['{src,x}/**']",
            "dd819e8cb359a281f978a3db0c438a9311324aba81992dd0966dbe638f55cdd8",
        ),
        (
            "paths: [a.txt], ignore: [a.txt]",
            "38e0b9de817f645c4bec37c0d4a3e58baecccb040f5718dc069a72c7385a0bed",
        ),
        // Not there: these patterns it does not know.
        (
            "paths: [src], ignore: ['src/']",
            "38e0b9de817f645c4bec37c0d4a3e58baecccb040f5718dc069a72c7385a0bed",
        ),
        ("paths: ['gone/*.x', a.txt]", "dd819e8cb359a281f978a3db0c438a9311324aba81992dd0966dbe638f55cdd8"),
        ("command: cat list", "2e31ff3b42084db8f841d41449cdb312713ef7161612dc93b177283c76419eaa"),
    ] {
        context.build_section(&format!(
            "tagPolicy: {{inputDigest: {{}}}}\nartifacts:\n- image: app\n  context: c\n  custom: {{buildCommand: x, \
             dependencies: {{{dependencies}}}}}"
        ));
        assert_eq!(dry_run(&context, &[]).success().builds()[0].1, format!("app:{digest}"), "{dependencies}");
    }
}

/// The tag that Skaffold gives: computed apart from both programs, as its documentation describes it.
#[test]
fn input_digest_of_a_plain_project() {
    let context = TestContext::new();
    context
        .build_section("tagPolicy: {inputDigest: {}}\nartifacts:\n- {image: app}")
        .write("Dockerfile", "FROM busybox\nCOPY f g /\n")
        .write("f", "1")
        .write("g", "2");
    assert_eq!(tag(&context), "0e2a8552d453db701b2342628d455ee4cf9525e2ea46e100d64473b20b6cffd8");
}

#[test]
fn an_input_that_cannot_be_read_is_an_error() {
    // Nobody can read this one, however mighty.
    let (folder, file) = ("/proc/sys/vm", "compact_memory");
    if fs_err::read(format!("{folder}/{file}")).is_ok() || !Path::new(folder).join(file).exists() {
        return;
    }
    let context = TestContext::new();
    let dockerfile = context.write_at("project/Dockerfile", format!("FROM scratch\nCOPY {file} /\n"));
    context.build_section(&format!(
        "tagPolicy: {{inputDigest: {{}}}}\nartifacts:\n- {{image: app, context: {folder}, docker: {{dockerfile: {}}}}}",
        dockerfile.display()
    ));
    let output = dry_run(&context, &[]);
    assert_eq!(output.stdout, r#"{"builds":null}"#);
    assert_snapshot!(output.fails(3).error(), @"
    error: /proc/sys/vm/compact_memory cannot be read: failed to open file `/proc/sys/vm/compact_memory`: Permission denied (os error 13)
     --> skaffold.yaml:4:3
      |
    4 |   tagPolicy: {inputDigest: {}}
      |   ^
    help: make it readable
    ");
}

#[test]
fn a_tagger_that_fails_is_an_error_and_never_latest() {
    let context = project("{gitCommit: {}}");
    let output = dry_run(&context, &[]);
    assert_eq!(output.stdout, r#"{"builds":null}"#);
    assert_snapshot!(output.fails(2).error(), @"
    error: artifact app gets no tag from gitCommit
     --> skaffold.yaml:4:15
      |
    4 |   tagPolicy: {gitCommit: {}}
      |               ^
    caused by: [PROJECT]/app is in no git repository
    help: make one: `git init && git add . && git commit -m start`
    help: or tag without git: `tagPolicy: {sha256: {}}`, or `--tag TAG`
    ");

    let context = project("{envTemplate: {template: '{{.BRANCH}}'}}");
    assert_snapshot!(dry_run(&context, &[]).fails(2).error(), @r#"
    error: artifact app gets no tag from envTemplate
     --> skaffold.yaml:4:42
      |
    4 |   tagPolicy: {envTemplate: {template: '{{.BRANCH}}'}}
      |                                          ^
    caused by: template `{{.BRANCH}}`: variable BRANCH is not defined
    help: set the variable, or give a default: `{{default "dev" .BRANCH}}`
    "#);

    let context = project("{envTemplate: {template: 'not a tag!'}}");
    assert_snapshot!(dry_run(&context, &[]).fails(2).error(), @"
    error: artifact app gets no valid tag from envTemplate: `not a tag!`
     --> skaffold.yaml:4:39
      |
    4 |   tagPolicy: {envTemplate: {template: 'not a tag!'}}
      |                                       ^
    help: a tag has at most 128 of letters, digits, `_`, `.` and `-`, and begins with no `.` or `-`
    ");

    let context = project(
        "\n  customTemplate:\n    template: '{{.A}}-{{.B}}'\n    components:\n    - {name: A, sha256: {}}\n    - name: B\n      dateTime: {timezone: Mars/Olympus}",
    );
    assert_snapshot!(dry_run(&context, &[]).fails(2).error(), @"
    error: artifact app gets no tag from customTemplate
      --> skaffold.yaml:10:30
       |
    10 |         dateTime: {timezone: Mars/Olympus}
       |                              ^
    caused by: component B: `Mars/Olympus` is no time zone
    caused by: failed to find time zone `Mars/Olympus` in time zone database
    help: use a name such as UTC, Local or Europe/Berlin; where even that one is not known, install tzdata
    ");
}

/// Each is an error at the line and column that is to blame.
#[test]
fn errors_of_taggers_name_their_place() {
    for (policy, place, title) in [
        ("{gitCommit: {variant: Twig}}", "4:36", "gitCommit has no variant `Twig`"),
        ("{gitCommit: {variant: TreeSha}}", "4:36", "app gets no tag from gitCommit"),
        (
            "{envTemplate: {template: '{{.IMAGE_NAME}}:{{.DIGEST}}'}}",
            "4:58",
            "app gets no tag from envTemplate",
        ),
        ("{envTemplate: {template: '{{.IMAGE_NAME'}}", "4:40", "app gets no tag from envTemplate"),
        ("{envTemplate: {template: 'r.io/x:{{.HOME}}'}}", "4:39", "app gets no valid tag from envTemplate"),
        ("{dateTime: {timezone: Mars/Olympus}}", "4:36", "app gets no tag from dateTime"),
        ("{dateTime: {format: '15:04'}}", "4:34", "app gets no valid tag from dateTime"),
        ("{customTemplate: {template: '{{.X}}'}}", "4:45", "app gets no tag from customTemplate"),
        ("{customTemplate: {template: '{{.GIT}}'}}", "4:42", "app gets no tag from customTemplate"),
    ] {
        let output = dry_run(&project(policy), &[]);
        assert_eq!(output.stdout, r#"{"builds":null}"#, "{policy}");
        let error = output.fails(2).error();
        assert!(error.contains(&format!(" --> skaffold.yaml:{place}\n")), "{policy}: {error}");
        assert!(error.contains(title) && error.contains("\nhelp: "), "{policy}: {error}");
    }
}

#[test]
fn all_that_get_no_tag_are_told() {
    let context = TestContext::new();
    context.write(
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  tagPolicy: {envTemplate: {template: '{{.NO}}'}}\n  \
         artifacts: [{image: a}, {image: b}, {image: c}]\n",
    );
    let error = dry_run(&context, &[]).fails(2).error();
    assert_eq!(error.matches("gets no tag").count(), 1, "{error}");
    assert!(
        error.contains("artifact a gets no tag") && error.contains("note: the same goes for b, c"),
        "{error}"
    );
}

#[test]
fn a_run_without_git_says_so() {
    let mut context = project("{gitCommit: {}}");
    context.git_init();
    let bin = context.path("bin").display().to_string();
    context.set("PATH", &bin);
    dry_run(&context, &[]).fails(3).says("git is not installed").says("help: install it");
}
