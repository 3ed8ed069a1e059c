use super::*;

/// A repository in a temporary folder.
pub(crate) struct Repository {
    pub(crate) dir: tempfile::TempDir,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self { dir: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "x"]);
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = std::process::Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(self.path())
            .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
            .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

#[tokio::test]
async fn answers_are_gits_own() {
    let repository = Repository::new();
    repository.write("app/Dockerfile", "FROM scratch\n");
    repository.commit();
    let git = Git::default();
    let app = repository.path().join("app");
    let short = repository.git(&["rev-parse", "--short", "HEAD"]);
    assert_eq!(git.ask(&app, Query::Describe).await.unwrap(), short);
    assert_eq!(git.ask(&app, Query::Commit).await.unwrap(), repository.git(&["rev-parse", "HEAD"]));
    assert_eq!(git.ask(&app, Query::ShortCommit).await.unwrap(), short);
    assert_eq!(git.ask(&app, Query::Tree).await.unwrap(), repository.git(&["rev-parse", "HEAD:app/"]));
    assert_eq!(
        git.ask(&app, Query::ShortTree).await.unwrap(),
        repository.git(&["rev-parse", "--short", "HEAD:app/"])
    );
    assert_eq!(
        git.ask(repository.path(), Query::Tree).await.unwrap(),
        repository.git(&["rev-parse", "HEAD:"])
    );
    assert_eq!(git.ask(&app, Query::Branch).await.unwrap(), "main");
    assert_eq!(git.ask(&app, Query::Status).await.unwrap(), "");
    repository.write("app/new", "");
    assert_eq!(Git::default().ask(&app, Query::Status).await.unwrap(), "?? app/new");
    assert_eq!(git.ask(&app, Query::Status).await.unwrap(), "", "one run sees one state");
}

#[tokio::test]
async fn one_question_a_repository_however_many_folders() {
    let repository = Repository::new();
    for folder in ["a", "b", "c/d"] {
        repository.write(&format!("{folder}/f"), folder);
    }
    repository.commit();
    let git = Git::default();
    for folder in ["a", "b", "c/d"] {
        git.ask(&repository.path().join(folder), Query::Describe).await.unwrap();
        git.ask(&repository.path().join(folder), Query::Status).await.unwrap();
    }
    assert_eq!(git.answers.lock().unwrap().len(), 4, "one describe, three states");
}

#[tokio::test]
async fn what_is_missing_is_named_with_a_cure() {
    let nowhere = tempfile::tempdir().unwrap();
    let error = Git::default().ask(nowhere.path(), Query::Describe).await.unwrap_err();
    assert!(error.title.contains("is in no git repository") && error.hints.len() == 2, "{error:?}");
    let empty = Repository::new();
    for query in [Query::Describe, Query::Commit, Query::Tree] {
        let error = Git::default().ask(empty.path(), query).await.unwrap_err();
        assert!(error.title.contains("no commit yet"), "{query:?} {error:?}");
    }
    let untracked = Repository::new();
    untracked.write("a", "");
    untracked.commit();
    untracked.write("new/f", "");
    let error = Git::default().ask(&untracked.path().join("new"), Query::Tree).await.unwrap_err();
    assert!(error.title.contains("not in git's last commit"), "{error:?}");
}
