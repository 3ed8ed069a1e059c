use std::path::Path;

use super::*;
use crate::git::tests::Repository;

async fn one(policy: Policy, dir: &Path) -> Result<String, Refused> {
    let variables = template::Context::new([("VERSION", "1.2"), ("USER", "me")]);
    let request = TagRequest {
        image: "r.io/app".into(),
        context_dir: dir.to_path_buf(),
        policy,
        sources: Sources::default(),
    };
    tags(&[request], &variables, &git::Discovery::default()).await.remove(0)
}

fn git(variant: GitVariant, prefix: &str, ignore_changes: bool) -> Policy {
    Policy::GitCommit { variant, prefix: prefix.to_owned(), ignore_changes }
}

fn env(template: &str) -> Policy {
    Policy::EnvTemplate { template: template.to_owned() }
}

#[tokio::test]
async fn git_commit_in_all_its_variants() {
    let repository = Repository::new();
    repository.write("app/f", "x");
    repository.commit();
    let app = repository.path().join("app");
    let head = repository.git(&["rev-parse", "HEAD"]);
    let tree = repository.git(&["rev-parse", "HEAD:app"]);
    let short = repository.git(&["rev-parse", "--short", "HEAD"]);
    let short_tree = repository.git(&["rev-parse", "--short", "HEAD:app"]);
    for (variant, expected) in [
        (GitVariant::Tags, &short),
        (GitVariant::CommitSha, &head),
        (GitVariant::AbbrevCommitSha, &short),
        (GitVariant::TreeSha, &tree),
        (GitVariant::AbbrevTreeSha, &short_tree),
    ] {
        assert_eq!(one(git(variant, "", false), &app).await.as_deref(), Ok(expected.as_str()), "{variant:?}");
    }
    repository.git(&["tag", "release/v1+2"]);
    assert_eq!(one(git(GitVariant::Tags, "p-", false), &app).await.as_deref(), Ok("p-release_v1_2"));

    // A change elsewhere is none of the artifact's.
    repository.write("other/f", "x");
    assert_eq!(one(git(GitVariant::Tags, "", false), &app).await.as_deref(), Ok("release_v1_2"));
    repository.write("app/f", "y");
    assert_eq!(one(git(GitVariant::Tags, "", false), &app).await.as_deref(), Ok("release_v1_2-dirty"));
    assert_eq!(one(git(GitVariant::Tags, "", true), &app).await.as_deref(), Ok("release_v1_2"));
}

#[tokio::test]
async fn long_and_odd_tags() {
    let repository = Repository::new();
    repository.write("f", "x");
    repository.commit();
    let long = "a".repeat(200);
    repository.git(&["tag", &long]);
    let tag = one(git(GitVariant::Tags, "", true), repository.path()).await.unwrap();
    assert_eq!(tag.len(), 128);
    // Prefix and -dirty are added after the cut; what is then too long is an error, not another tag.
    let error = one(git(GitVariant::Tags, "v", true), repository.path()).await.unwrap_err();
    assert!(error.report.title.contains("no valid tag"), "{error:?}");
}

#[tokio::test]
async fn templates() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(one(env("{{.VERSION}}-{{.USER}}"), dir.path()).await.as_deref(), Ok("1.2-me"));
    assert_eq!(one(env("{{.IMAGE_NAME}}:{{.VERSION}}"), dir.path()).await.as_deref(), Ok("1.2"));
    assert_eq!(one(env("constant"), dir.path()).await.as_deref(), Ok("constant"));
    assert_eq!(one(Policy::Sha256, dir.path()).await.as_deref(), Ok("latest"));
}

#[tokio::test]
async fn dates() {
    let dir = tempfile::tempdir().unwrap();
    let year = one(date("2006", "UTC"), dir.path()).await.unwrap();
    assert!(year.len() == 4 && year.parse::<u32>().unwrap() >= 2026, "{year}");
    let whole = one(date("", "UTC"), dir.path()).await.unwrap();
    assert!(whole.ends_with("_UTC") && whole.starts_with(&year), "{whole}");
}

#[tokio::test]
async fn custom_templates_join_others() {
    let repository = Repository::new();
    repository.write("f", "x");
    repository.commit();
    repository.git(&["tag", "v1"]);
    let tag = one(custom("{{.A}}_{{.GIT}}_{{.SHA}}", &[("A", env("a"))]), repository.path()).await;
    assert_eq!(tag.as_deref(), Ok("a_v1_latest"));
    // A component may take the name of a built-in one; what is not used need not work.
    let own = custom("{{.GIT}}_{{.SHA}}", &[("GIT", env("mine")), ("B", env("{{.NOPE}}"))]);
    assert_eq!(one(own, repository.path()).await.as_deref(), Ok("mine_latest"));
}

#[tokio::test]
async fn a_variable_that_begins_like_a_built_in_asks_no_git() {
    let nowhere = tempfile::tempdir().unwrap();
    let template = r#"{{default "none" .GITHUB_SHA}}-{{.SHA}}"#.to_owned();
    let tag = one(Policy::Custom { template, components: vec![] }, nowhere.path()).await;
    assert_eq!(tag.as_deref(), Ok("none-latest"));
}

fn custom(template: &str, components: &[(&str, Policy)]) -> Policy {
    let components = components.iter().map(|(name, policy)| ((*name).to_owned(), policy.clone()));
    Policy::Custom { template: template.to_owned(), components: components.collect() }
}

fn date(format: &str, zone: &str) -> Policy {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Policy::DateTime { format: given(format), timezone: given(zone) }
}

/// What Skaffold makes `latest` of: policy, what is to blame, the reason, and a cure.
#[tokio::test]
async fn what_gives_no_tag_is_an_error_with_a_place_and_a_cure() {
    let (nowhere, empty, good) = (tempfile::tempdir().unwrap(), Repository::new(), Repository::new());
    good.write("f", "x");
    good.commit();
    let (nowhere, empty, good) = (nowhere.path(), empty.path(), good.path());
    let gone = good.join("gone");
    let tags = git(GitVariant::Tags, "", false);
    let rows: &[(&Path, Policy, &str, &str, &str)] = &[
        (nowhere, tags.clone(), "gitCommit.variant", "is in no git repository", "git init"),
        (
            nowhere,
            git(GitVariant::TreeSha, "", true),
            "gitCommit.variant",
            "is in no git repository",
            "git init",
        ),
        (empty, tags.clone(), "gitCommit.variant", "has no commit yet", "git commit"),
        (empty, git(GitVariant::CommitSha, "", true), "gitCommit.variant", "has no commit yet", "git commit"),
        (
            empty,
            git(GitVariant::AbbrevCommitSha, "", true),
            "gitCommit.variant",
            "has no commit yet",
            "git commit",
        ),
        (empty, git(GitVariant::TreeSha, "", true), "gitCommit.variant", "has no commit yet", "git commit"),
        (
            empty,
            git(GitVariant::AbbrevTreeSha, "", true),
            "gitCommit.variant",
            "has no commit yet",
            "git commit",
        ),
        (&gone, tags.clone(), "gitCommit.variant", "there is no folder", "correct the artifact's `context`"),
        (
            good,
            git(GitVariant::Tags, "a b-", false),
            "gitCommit.prefix",
            "gets no valid tag from gitCommit: `a b-",
            "correct the `prefix`",
        ),
        (
            good,
            git(GitVariant::Tags, "-", true),
            "gitCommit.prefix",
            "gets no valid tag from gitCommit: `-",
            "correct the `prefix`",
        ),
        (
            good,
            env("{{.NOPE}}"),
            "envTemplate.template",
            "variable NOPE is not defined",
            r#"{{default "dev" .NOPE}}"#,
        ),
        (good, env("{{.VERSION"), "envTemplate.template", "unclosed action", "correct the template"),
        (good, env("{{nosuch 1}}"), "envTemplate.template", "nosuch", "correct the template"),
        (
            good,
            env("{{.IMAGE_NAME}}:{{.DIGEST}}"),
            "envTemplate.template",
            "variable DIGEST is not defined",
            "leave `{{.DIGEST}}` out",
        ),
        (
            good,
            env("{{.DIGEST_HEX}}"),
            "envTemplate.template",
            "variable DIGEST_HEX is not defined",
            "inputDigest",
        ),
        (
            good,
            env("{{.IMAGE_NAME}}"),
            "envTemplate.template",
            "no valid tag from envTemplate: `r.io/app`",
            "at most 128",
        ),
        (
            good,
            env("eu.gcr.io/app:{{.VERSION}}"),
            "envTemplate.template",
            "no valid tag",
            "write the tag alone: `{{.VERSION}}`",
        ),
        (
            good,
            env("{{.HOST}}/app:{{.VERSION}}"),
            "envTemplate.template",
            "HOST is not defined",
            "write the tag alone: `{{.VERSION}}`",
        ),
        (
            good,
            env("not a tag"),
            "envTemplate.template",
            "no valid tag from envTemplate: `not a tag`",
            "at most 128",
        ),
        (good, env(""), "envTemplate.template", "no valid tag from envTemplate: ``", "at most 128"),
        (good, env("v1@sha256:00"), "envTemplate.template", "no valid tag", "at most 128"),
        (good, env(&"x".repeat(129)), "envTemplate.template", "no valid tag", "at most 128"),
        (good, date("15:04", "UTC"), "dateTime.format", "no valid tag from dateTime", "2006-01-02_15-04-05"),
        (
            good,
            date("", "Nowhere/Land"),
            "dateTime.timezone",
            "`Nowhere/Land` is no time zone",
            "Europe/Berlin",
        ),
        (good, date("2006", "CEST"), "dateTime.timezone", "`CEST` is no time zone", "Europe/Berlin"),
        (
            good,
            custom("{{.A}}", &[]),
            "customTemplate.template",
            "variable A is not defined",
            "add a component named A",
        ),
        (
            good,
            custom("{{.A}} x", &[("A", env("a"))]),
            "customTemplate.template",
            "no valid tag from customTemplate: `a x`",
            "at most 128",
        ),
        (
            good,
            custom("{{.A}}", &[("A", env("a")), ("A", env("b"))]),
            "customTemplate.components.1.name",
            "two components have the name A",
            "rename",
        ),
        (
            good,
            custom("x", &[("", env("a"))]),
            "customTemplate.components.0.name",
            "has no name",
            "give it a `name`",
        ),
        (
            good,
            custom("{{.B}}", &[("A", env("a")), ("B", env("{{.NOPE}}"))]),
            "customTemplate.components.1.envTemplate.template",
            "component B: template `{{.NOPE}}`",
            "set the variable",
        ),
        (
            good,
            custom("{{.D}}", &[("D", date("", "X/Y"))]),
            "customTemplate.components.0.dateTime.timezone",
            "component D: `X/Y` is no time zone",
            "UTC",
        ),
        (
            nowhere,
            custom("{{.G}}", &[("G", tags)]),
            "customTemplate.components.0.gitCommit.variant",
            "component G: ",
            "git init",
        ),
        (nowhere, custom("{{.GIT}}", &[]), "customTemplate.template", "component GIT: ", "git init"),
    ];
    for (folder, policy, place, reason, cure) in rows {
        let Refused { place: found, report, .. } = one(policy.clone(), folder).await.unwrap_err();
        let found = found.iter().map(|key| match key {
            Key::Name(name) => name.to_string(),
            Key::Index(index) => index.to_string(),
        });
        assert_eq!(found.collect::<Vec<_>>().join("."), *place, "{policy:?}");
        assert!(report.title.starts_with("artifact r.io/app gets no "), "{report:?}");
        assert!(report.to_string().contains(reason), "{policy:?}: {report:?}");
        assert!(report.hints.iter().any(|hint| hint.contains(cure)), "{policy:?}: {report:?}");
    }
}

#[tokio::test]
async fn a_branch_is_a_tag_where_one_is_checked_out() {
    let repository = Repository::new();
    repository.write("f", "x");
    repository.commit();
    repository.git(&["checkout", "-q", "-b", "feature/x"]);
    let branches = git(GitVariant::Branches, "", false);
    assert_eq!(one(branches.clone(), repository.path()).await.as_deref(), Ok("feature_x"));
    repository.git(&["checkout", "-q", "--detach"]);
    let refused = one(branches, repository.path()).await.unwrap_err();
    assert!(refused.report.causes[0].contains("on no branch"), "{refused:?}");
}

/// Five artifacts of two policies, tagged together: each has its own.
#[tokio::test]
async fn artifacts_tagged_together() {
    let repository = Repository::new();
    for folder in ["a", "b", "c"] {
        repository.write(&format!("{folder}/f"), folder);
    }
    repository.commit();
    repository.git(&["tag", "v1"]);
    repository.write("b/f", "changed");
    let now = "2024-03-05T12:08:09.12Z".parse().unwrap();
    let variables = template::Context::new([("VERSION", "1.2")]).at(now);
    let request = |folder: &str, policy| TagRequest {
        image: folder.to_owned(),
        context_dir: repository.path().join(folder),
        policy,
        sources: Sources::default(),
    };
    let parts = custom(
        "{{.GIT}}_{{.C}}_{{.T}}_{{.DATE}}",
        &[("C", git(GitVariant::AbbrevCommitSha, "", true)), ("T", date("20060102", "Asia/Tokyo"))],
    );
    let zoned = custom("{{.D}}", &[("D", date("", "UTC"))]);
    let requests = [
        request("a", git(GitVariant::Tags, "", false)),
        request("b", git(GitVariant::Tags, "p-", false)),
        request("c", parts),
        request("a", zoned.clone()),
        request("gone", zoned),
    ];
    let tags = tags(&requests, &variables, &git::Discovery::default()).await;
    let tags: Vec<String> = tags.into_iter().map(Result::unwrap).collect();
    let short = repository.git(&["rev-parse", "--short", "HEAD"]);
    assert_eq!(tags[..2], ["v1", "p-v1-dirty"]);
    assert!(tags[2].starts_with(&format!("v1_{short}_20240305_2024-03-05_")), "{}", tags[2]);
    assert_eq!(tags[3..], ["2024-03-05_12-08-09.12_UTC", "2024-03-05_12-08-09.12_UTC"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_gives_no_digest() {
    let folder = tempfile::tempdir().unwrap();
    // A link that turns in a circle on the way: also who may read everything cannot.
    std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
    let request = TagRequest {
        image: "app".to_owned(),
        context_dir: folder.path().to_owned(),
        policy: Policy::InputDigest,
        sources: Sources {
            workspace: ".".to_owned(),
            paths: vec!["loop/f".to_owned()],
            folder: folder.path().to_owned(),
        },
    };
    let variables = template::Context::default();
    let refused = tags(&[request], &variables, &git::Discovery::default()).await.remove(0).unwrap_err();
    assert_eq!(refused.place, ["inputDigest".into()]);
    assert!(refused.report.causes[0].contains("loop/f cannot be read"), "{refused:?}");
    assert_eq!(refused.report.hints.len(), 1);
}
