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
    let error = one(env("{{.NOPE}}"), dir.path()).await.unwrap_err();
    assert!(error.report.title.contains("artifact r.io/app gets no tag from envTemplate"), "{error:?}");
    assert!(one(env("not a tag"), dir.path()).await.is_err());
    assert_eq!(one(Policy::Sha256, dir.path()).await.as_deref(), Ok("latest"));
}

#[tokio::test]
async fn dates() {
    let dir = tempfile::tempdir().unwrap();
    let date = |format: &str, zone: &str| Policy::DateTime {
        format: Some(format.to_owned()).filter(|f| !f.is_empty()),
        timezone: Some(zone.to_owned()),
    };
    let year = one(date("2006", "UTC"), dir.path()).await.unwrap();
    assert!(year.len() == 4 && year.parse::<u32>().unwrap() >= 2026, "{year}");
    let whole = one(date("", "UTC"), dir.path()).await.unwrap();
    assert!(whole.ends_with("_UTC") && whole.starts_with(&year), "{whole}");
    assert!(one(date("", "Nowhere/Land"), dir.path()).await.is_err());
    assert!(one(date("15:04", "UTC"), dir.path()).await.is_err(), "a colon is no part of a tag");
}

#[tokio::test]
async fn custom_templates_join_others() {
    let repository = Repository::new();
    repository.write("f", "x");
    repository.commit();
    repository.git(&["tag", "v1"]);
    let custom = |template: &str, components| Policy::Custom { template: template.to_owned(), components };
    let tag =
        one(custom("{{.A}}_{{.GIT}}_{{.SHA}}", vec![("A".to_owned(), env("a"))]), repository.path()).await;
    assert_eq!(tag.as_deref(), Ok("a_v1_latest"));
    assert!(one(custom("{{.B}}", vec![]), repository.path()).await.is_err());
    assert!(one(custom("x", vec![("GIT".to_owned(), env("a"))]), repository.path()).await.is_err());
}

#[tokio::test]
async fn a_variable_that_begins_like_a_built_in_asks_no_git() {
    let nowhere = tempfile::tempdir().unwrap();
    let template = r#"{{default "none" .GITHUB_SHA}}-{{.SHA}}"#.to_owned();
    let tag = one(Policy::Custom { template, components: vec![] }, nowhere.path()).await;
    assert_eq!(tag.as_deref(), Ok("none-latest"));
}

#[tokio::test]
async fn a_repository_without_a_commit_is_an_error() {
    let empty = Repository::new();
    for variant in [GitVariant::Tags, GitVariant::CommitSha, GitVariant::AbbrevCommitSha, GitVariant::TreeSha]
    {
        let error = one(git(variant, "", true), empty.path()).await.unwrap_err();
        assert!(error.report.causes[0].contains("has no commit yet"), "{variant:?}: {error:?}");
    }
}

#[tokio::test]
async fn no_repository_is_an_error_and_never_latest() {
    let dir = tempfile::tempdir().unwrap();
    let error = one(git(GitVariant::Tags, "", false), dir.path()).await.unwrap_err();
    assert!(error.report.causes[0].contains("no git repository") && error.report.hints.len() == 2, "{error:?}");
}
