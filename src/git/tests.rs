use super::*;
use crate::settings::env::Environment;

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

/// Asks everything given together.
async fn ask_all(questions: &[(PathBuf, Query)]) -> Answers {
    ask(questions.iter().cloned().collect(), &Discovery::default()).await
}

/// Asks each question by itself, which is done with the commands Skaffold has.
async fn ask_one(folder: &Path, query: Query) -> Result<String> {
    ask_all(&[(folder.to_owned(), query)]).await.get(folder, query)
}

const QUERIES: [Query; 7] = [
    Query::Describe,
    Query::Commit,
    Query::ShortCommit,
    Query::Tree,
    Query::ShortTree,
    Query::Branch,
    Query::Changes,
];

/// Everything asked of all folders at once has the answers that each question has by itself. Of changes, only whether
/// there are some.
async fn together_as_alone(folders: &[PathBuf]) {
    let questions: Vec<_> =
        folders.iter().flat_map(|folder| QUERIES.map(|query| (folder.clone(), query))).collect();
    let all = ask_all(&questions).await;
    for (folder, query) in questions {
        let (together, alone) = (all.get(&folder, query), ask_one(&folder, query).await);
        if query == Query::Changes {
            let some = |answer: &Result<String>| answer.as_ref().map(String::is_empty).ok();
            assert_eq!(some(&together), some(&alone), "{query:?} of {}", folder.display());
        } else {
            assert_eq!(together, alone, "{query:?} of {}", folder.display());
        }
    }
}

#[tokio::test]
async fn answers_are_gits_own() {
    let repository = Repository::new();
    repository.write("app/Dockerfile", "FROM scratch\n");
    repository.commit();
    let app = repository.path().join("app");
    let short = repository.git(&["rev-parse", "--short", "HEAD"]);
    for (query, expected) in [
        (Query::Describe, short.clone()),
        (Query::Commit, repository.git(&["rev-parse", "HEAD"])),
        (Query::ShortCommit, short),
        (Query::Tree, repository.git(&["rev-parse", "HEAD:app/"])),
        (Query::ShortTree, repository.git(&["rev-parse", "--short", "HEAD:app/"])),
        (Query::Branch, "main".to_owned()),
        (Query::Changes, String::new()),
    ] {
        assert_eq!(ask_one(&app, query).await, Ok(expected), "{query:?}");
    }
    let top = repository.path();
    assert_eq!(ask_one(top, Query::Tree).await, Ok(repository.git(&["rev-parse", "HEAD:"])));
    repository.write("app/new", "");
    assert_eq!(ask_one(&app, Query::Changes).await.as_deref(), Ok("?? app/new"));
}

/// Each step makes another state of a repository with folders of all kinds.
#[tokio::test]
async fn together_the_answers_are_the_same() {
    let repository = Repository::new();
    let names = ["", "a", "a/inside", "b", "*", "with space", "-dash", "[x]", "ä", ":(top)", "sub/deep/er"];
    let folders: Vec<PathBuf> = names.iter().map(|name| repository.path().join(name)).collect();
    for name in &names[1..] {
        repository
            .write(&format!("{name}/f"), &"text of a file that is long enough to be followed ".repeat(9));
    }
    // Nothing is committed: all but changes and the branch are refused, in the words about each folder.
    together_as_alone(&folders).await;
    repository.commit();
    together_as_alone(&folders).await;

    let steps: &[&[&str]] = &[
        &["tag", "light"],
        &["tag", "-a", "-m", "x", "annotated"],
        &["tag", "-a", "-m", "x", "nested", "annotated"],
        &["commit", "-q", "--allow-empty", "-m", "x"],
        &["tag", "v1-g5-0"],
        &["tag", "-d", "v1-g5-0", "light", "annotated", "nested"],
        &["mv", "a/f", "b/g"],
        &["mv", "*/f", "with space/g"],
        &["commit", "-q", "-m", "x"],
        &["rm", "-q", "--cached", "ä/f"],
        &["checkout", "-q", "-b", "feature/some-thing"],
        &["checkout", "-q", "--detach"],
        &["config", "status.showUntrackedFiles", "no"],
        &["config", "log.showSignature", "true"],
        &["config", "core.abbrev", "20"],
    ];
    for step in steps {
        repository.git(step);
        together_as_alone(&folders.iter().filter(|folder| folder.is_dir()).cloned().collect::<Vec<_>>())
            .await;
    }
}

#[tokio::test]
async fn a_change_is_that_of_its_folder() {
    let repository = Repository::new();
    for folder in ["a", "b", "ab", "*", "c/d"] {
        repository.write(&format!("{folder}/f"), &"the same in all of them, and long enough ".repeat(9));
    }
    repository.commit();
    let dirty = async |names: &[&'static str]| {
        let questions: Vec<_> =
            names.iter().map(|name| (repository.path().join(name), Query::Changes)).collect();
        let answers = ask_all(&questions).await;
        let is_dirty =
            questions.iter().map(|(folder, query)| !answers.get(folder, *query).unwrap().is_empty());
        names
            .iter()
            .copied()
            .zip(is_dirty)
            .filter(|(_, dirty)| *dirty)
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let names = ["", "a", "b", "ab", "*", "c", "c/d"];
    assert_eq!(dirty(&names).await, Vec::<&str>::new());
    repository.write("a/f", "other");
    assert_eq!(dirty(&names).await, ["", "a"]);
    repository.git(&["checkout", "-q", "a/f"]);
    repository.write("*/new", "");
    assert_eq!(dirty(&names).await, ["", "*"]);
    repository.git(&["clean", "-qf"]);
    repository.write("c/d/new", "");
    assert_eq!(dirty(&names).await, ["", "c", "c/d"]);
    repository.git(&["clean", "-qf"]);
    repository.git(&["mv", "a/f", "b/g"]);
    fs_err::create_dir_all(repository.path().join("a")).unwrap();
    assert_eq!(dirty(&names).await, ["", "a", "b"], "a rename is a change of both folders");
    repository.git(&["reset", "-q", "--hard"]);
    repository.write("new/deep/f", "");
    assert_eq!(dirty(&["new/deep", "new", "a"]).await, ["new/deep", "new"], "a folder nobody added");
}

#[tokio::test]
async fn worktrees_and_submodules_are_their_own_repositories() {
    let inner = Repository::new();
    inner.write("lib/f", "x");
    inner.commit();
    inner.git(&["tag", "inner"]);
    let outer = Repository::new();
    outer.write("app/f", "x");
    let url = inner.path().to_str().unwrap();
    outer.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "vendor/inner"]);
    outer.commit();
    outer.git(&["tag", "outer"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let tree = elsewhere.path().join("tree");
    outer.git(&["worktree", "add", "-q", "-b", "side", tree.to_str().unwrap()]);

    let (app, vendor, lib) =
        (outer.path().join("app"), outer.path().join("vendor"), outer.path().join("vendor/inner/lib"));
    let folders = [outer.path().to_owned(), app.clone(), vendor.clone(), lib.clone(), tree.join("app")];
    together_as_alone(&folders).await;
    for (folder, tag, branch) in [
        (&app, "outer", "main"),
        (&vendor, "outer", "main"),
        (&lib, "inner", "main"),
        (&tree.join("app"), "outer", "side"),
    ] {
        assert_eq!(ask_one(folder, Query::Describe).await.as_deref(), Ok(tag));
        assert_eq!(ask_one(folder, Query::Branch).await.as_deref(), Ok(branch));
    }

    fs_err::write(lib.join("f"), "y").unwrap();
    fs_err::write(tree.join("app/f"), "y").unwrap();
    together_as_alone(&folders).await;
    for (folder, is_dirty) in [(&lib, true), (&vendor, true), (&app, false), (&tree.join("app"), true)] {
        assert_eq!(!ask_one(folder, Query::Changes).await.unwrap().is_empty(), is_dirty, "{folder:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_a_folder_is_that_folder() {
    let (repository, elsewhere) = (Repository::new(), tempfile::tempdir().unwrap());
    repository.write("a/f", "x");
    repository.write("b/f", "x");
    repository.commit();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(repository.path().join("a"), &link).unwrap();
    repository.write("a/f", "y");
    together_as_alone(&[link.clone(), repository.path().join("b")]).await;
    assert_eq!(ask_one(&link, Query::Changes).await.as_deref(), Ok(" M a/f"));
}

#[tokio::test]
async fn where_a_repository_begins() {
    let repository = Repository::new();
    repository.write("a/b/f", "x");
    let top = fs_err::canonicalize(repository.path()).unwrap();
    let folder = top.join("a/b");
    let place = |discovery: &Discovery| discovery.place(&folder).unwrap();
    let found = (top.clone(), PathBuf::from("a/b"));
    let unknown = (folder.clone(), PathBuf::new());
    let with = |variables: &[(&str, &Path)]| {
        let variables = variables.iter().map(|(name, path)| ((*name).to_owned(), path.display().to_string()));
        Discovery::new(&Environment { vars: variables.collect(), ..Environment::default() })
    };
    assert_eq!(place(&Discovery::default()), found);
    assert_eq!(place(&with(&[("GIT_DIR", Path::new("/elsewhere"))])), unknown);
    assert_eq!(place(&with(&[("GIT_WORK_TREE", Path::new("/elsewhere"))])), unknown);
    assert_eq!(place(&with(&[("GIT_CEILING_DIRECTORIES", &top)])), unknown);
    assert_eq!(place(&with(&[("GIT_CEILING_DIRECTORIES", &folder)])), found, "the folder itself is no bound");
    assert_eq!(place(&with(&[("GIT_CEILING_DIRECTORIES", top.parent().unwrap())])), found);
    // A folder named `.git` that is no repository, and one inside of a repository's own.
    fs_err::create_dir(folder.join(".git")).unwrap();
    assert_eq!(place(&Discovery::default()), found);
    let inside = top.join(".git/refs");
    assert_eq!(Discovery::default().place(&inside).unwrap(), (inside.clone(), PathBuf::new()));
}

#[tokio::test]
async fn what_is_missing_is_named_with_a_cure() {
    let refused = async |folder: &Path, query| {
        let error = ask_one(folder, query).await.unwrap_err();
        assert!(!error.hints.is_empty(), "{error:?}");
        error.title
    };
    let nowhere = tempfile::tempdir().unwrap();
    for query in QUERIES {
        let title = refused(nowhere.path(), query).await;
        assert!(title.contains("is in no git repository"), "{query:?}: {title}");
    }
    let title = refused(&nowhere.path().join("gone"), Query::Describe).await;
    assert!(title.contains("there is no folder"), "{title}");
    fs_err::write(nowhere.path().join("file"), "").unwrap();
    let title = refused(&nowhere.path().join("file"), Query::Describe).await;
    assert!(title.contains("is no folder"), "{title}");

    let empty = Repository::new();
    for query in [Query::Describe, Query::Commit, Query::ShortCommit, Query::Tree, Query::ShortTree] {
        let title = refused(empty.path(), query).await;
        assert!(title.contains("no commit yet"), "{query:?}: {title}");
    }

    let untracked = Repository::new();
    untracked.write("a/f", "");
    untracked.commit();
    untracked.write("new/f", "");
    let folder = untracked.path().join("new");
    for query in [Query::Tree, Query::ShortTree] {
        let title = refused(&folder, query).await;
        assert!(title.contains("not in git's last commit"), "{query:?}: {title}");
    }
    together_as_alone(&[folder, untracked.path().join("a")]).await;
}

#[test]
fn branches_of_a_status() {
    for (header, expected) in [
        ("## main", Some("main")),
        ("## feature/x", Some("feature/x")),
        ("## main...origin/main", Some("main")),
        ("## main...origin/main [gone]", Some("main")),
        ("## v1.2...origin/v1.2 [ahead 1, behind 2]", Some("v1.2")),
        ("## HEAD (no branch)", None),
        ("## No commits yet on main", None),
        ("?? f", None),
    ] {
        assert_eq!(calls::branch(header), expected, "{header}");
    }
}

/// A commit that somebody makes in the meantime finds the index unlocked, and nobody has written to it.
#[tokio::test]
async fn asking_leaves_the_index_alone() {
    let repository = Repository::new();
    repository.write("app/a", "one");
    repository.commit();
    // The same content at another time: a status that may write refreshes the index.
    let touch = || {
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        fs_err::File::open(repository.path().join("app/a")).unwrap().file().set_modified(long_ago).unwrap();
    };
    let index = || fs_err::read(repository.path().join(".git/index")).unwrap();
    touch();
    let before = index();
    let questions = QUERIES.map(|query| (repository.path().join("app"), query));
    assert_eq!(ask_all(&questions).await.get(&questions[0].0, Query::Changes), Ok(String::new()));
    assert_eq!(index(), before);
    repository.git(&["status"]);
    assert_ne!(index(), before, "a status of git's own writes");
}
