use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::*;
use crate::event::Bus;
use crate::state::Database;

struct Tree {
    folder: tempfile::TempDir,
    database: Database,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("state.db"), &Bus::default());
        let tree = Self { folder, database };
        fs_err::create_dir(tree.root()).unwrap();
        for (path, content) in files {
            tree.write(path, content);
        }
        tree
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("context")
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.root().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    fn scan(&self, patterns: &[&str], ignore: &str) -> FileSet {
        let scanner = Scanner::new(&self.database);
        let read = |pattern: &&str| Read { pattern: (*pattern).to_owned(), exclude: Rules::default() };
        let request = Request {
            root: self.root(),
            reads: patterns.iter().map(read).collect(),
            ignore: Rules::parse(ignore.as_bytes()).unwrap(),
        };
        let set = scanner.scan(&request).unwrap();
        scanner.save();
        set
    }

    fn paths(&self, patterns: &[&str], ignore: &str) -> String {
        paths(&self.scan(patterns, ignore))
    }
}

fn paths(set: &FileSet) -> String {
    set.items()
        .iter()
        .map(|item| String::from_utf8_lossy(&item.path).into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Makes a file old enough to be trusted.
fn settle() {
    std::thread::sleep(Duration::from_millis(2100));
}

fn set_modified(path: &Path, time: SystemTime) {
    fs_err::OpenOptions::new().write(true).open(path).unwrap().file().set_modified(time).unwrap();
}

#[test]
fn patterns_take_what_they_name_and_folders_whole() {
    let tree = Tree::new(&[
        ("Dockerfile", ""),
        ("main.go", ""),
        ("util.go", ""),
        ("src/a.go", ""),
        ("src/deep/b.go", ""),
        ("docs/x.md", ""),
    ]);
    fs_err::create_dir(tree.root().join("src/empty")).unwrap();
    for (patterns, expected) in [
        (&["*.go"][..], "main.go util.go"),
        (&["src"], "src src/a.go src/deep src/deep/b.go src/empty"),
        (&["src/*.go"], "src src/a.go"),
        (&["s*/deep"], "src src/deep src/deep/b.go"),
        (&["**/b.go"], "src src/deep src/deep/b.go"),
        (&["nothing", "docs/x.md", "main.go"], "docs docs/x.md main.go"),
        (&[""], "Dockerfile docs docs/x.md main.go src src/a.go src/deep src/deep/b.go src/empty util.go"),
        (&[], ""),
    ] {
        assert_eq!(tree.paths(patterns, ""), expected, "{patterns:?}");
    }
    let set = tree.scan(&["main.go", "*.go"], "");
    assert_eq!(
        set.items().iter().map(|item| item.read).collect::<Vec<_>>(),
        [0, 1],
        "the first read that takes it"
    );
}

#[test]
fn ignored_files_are_left_out_and_exceptions_below_ignored_folders_are_not() {
    let tree = Tree::new(&[("a.log", ""), ("b", ""), ("out/keep/x", ""), ("out/y", ""), ("sub/c.log", "")]);
    assert_eq!(tree.paths(&[""], "*.log\nout"), "b sub sub/c.log");
    assert_eq!(tree.paths(&[""], "**/*.log\nout\n!out/keep"), "b out out/keep out/keep/x sub");
    assert_eq!(tree.paths(&["out", "a.log"], "*.log\n!nothing"), "out out/keep out/keep/x out/y");
}

#[test]
fn a_reads_own_exclusions_count_for_it_alone() {
    let tree = Tree::new(&[("src/a.md", ""), ("src/b", "")]);
    let request = |patterns: &[(&str, &str)]| Request {
        root: tree.root(),
        reads: patterns
            .iter()
            .map(|(pattern, exclude)| Read {
                pattern: (*pattern).to_owned(),
                exclude: Rules::parse(exclude.as_bytes()).unwrap(),
            })
            .collect(),
        ignore: Rules::default(),
    };
    let scanner = Scanner::new(&tree.database);
    assert_eq!(paths(&scanner.scan(&request(&[("src", "src/*.md")])).unwrap()), "src src/b");
    let both = scanner.scan(&request(&[("src", "src/*.md"), ("src/a.md", "")])).unwrap();
    assert_eq!(paths(&both), "src src/a.md src/b");
}

#[test]
fn links_are_followed_to_sources_and_kept_below_them() {
    let tree = Tree::new(&[("real/deep/f", "1"), ("other/g", "2"), ("plain", "")]);
    symlink("real", tree.root().join("link")).unwrap();
    symlink("/other/g", tree.root().join("real/absolute")).unwrap();
    symlink("../../outside", tree.root().join("out")).unwrap();
    symlink("loop", tree.root().join("loop")).unwrap();
    assert_eq!(tree.paths(&["link/deep"], ""), "link real real/deep real/deep/f");
    assert_eq!(tree.paths(&["link"], ""), "link real real/absolute real/deep real/deep/f");
    assert_eq!(
        tree.paths(&["real"], ""),
        "real real/absolute real/deep real/deep/f",
        "not what it points to"
    );
    assert_eq!(tree.paths(&["real/absolute"], ""), "other other/g real real/absolute");
    assert_eq!(tree.paths(&["loop/x", "out"], ""), "loop out");
    let before = tree.scan(&["real"], "");
    fs_err::remove_file(tree.root().join("real/absolute")).unwrap();
    symlink("/plain", tree.root().join("real/absolute")).unwrap();
    settle();
    let settled = tree.scan(&["real"], "");
    assert_ne!(before.items(), settled.items(), "the target's text counts");
    // The same text, as long as the old one: known from the index, and yet not believed.
    let target = |text: &str| {
        fs_err::remove_file(tree.root().join("real/absolute")).unwrap();
        symlink(text, tree.root().join("real/absolute")).unwrap();
        tree.scan(&["real"], "")
    };
    let [other, again] = [target("/plaim"), target("/plain")];
    assert_ne!(settled.digest, other.digest);
    assert_eq!(settled.digest, again.digest);
    assert!(!other.disguised, "BuildKit compares the targets of links");
}

#[test]
fn a_link_to_the_root_is_the_whole_context() {
    let tree = Tree::new(&[("src/c/f", "1"), ("other/g", "2")]);
    fs_err::create_dir(tree.root().join("empty")).unwrap();
    symlink("/", tree.root().join("src/c/s*r")).unwrap();
    assert_eq!(tree.paths(&["src/c/[^x]*r"], ""), "empty other other/g src src/c src/c/f src/c/s*r");
}

#[test]
fn everything_that_reaches_an_image_is_in_an_item() {
    let tree = Tree::new(&[("f", "1"), ("d/x", "")]);
    let before = tree.scan(&[""], "");
    let mut seen = vec![(before.items(), before.digest)];
    let mut changed = |what: &str| {
        let set = tree.scan(&[""], "");
        let (items, digest) = (set.items(), set.digest);
        assert!(!seen.iter().any(|before| before.0 == items), "{what}");
        assert!(!seen.iter().any(|before| before.1 == digest), "{what}");
        seen.push((items, digest));
    };
    let file = tree.root().join("f");
    tree.write("f", "2");
    changed("content");
    fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    changed("mode");
    fs_err::set_permissions(tree.root().join("d"), std::fs::Permissions::from_mode(0o700)).unwrap();
    changed("mode of a folder");
    fs_err::rename(tree.root().join("d"), tree.root().join("e")).unwrap();
    changed("name of a folder");
    fs_err::remove_file(&file).unwrap();
    fs_err::create_dir(&file).unwrap();
    changed("file to folder");
    fs_err::create_dir(tree.root().join("empty")).unwrap();
    changed("an empty folder");
    let name = std::os::unix::ffi::OsStringExt::from_vec(b"caf\xe9".to_vec());
    let name: std::ffi::OsString = name;
    fs_err::write(tree.root().join(name), "").unwrap();
    changed("a name that is no UTF-8");
    rustix::fs::setxattr(tree.root().join("e/x"), "user.note", b"1", rustix::fs::XattrFlags::CREATE).unwrap();
    changed("an extended attribute");
}

#[test]
fn what_only_looks_new_is_the_same_and_is_noticed_all_the_same() {
    let tree = Tree::new(&[("f", "1"), ("g", "1")]);
    let before = tree.scan(&["f"], "");
    set_modified(&tree.root().join("f"), SystemTime::UNIX_EPOCH);
    tree.write("g", "2");
    let after = tree.scan(&["f"], "");
    assert_eq!(before.items(), after.items());
    assert_eq!(before.digest, after.digest);
    assert_ne!(before.stamp(), after.stamp(), "it was written in between");
}

#[test]
fn the_same_size_and_time_hide_nothing() {
    let tree = Tree::new(&[("f", "aaaa")]);
    let path = tree.root().join("f");
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    set_modified(&path, old);
    for wait in [false, true] {
        let before = tree.scan(&[""], "");
        assert!(!before.disguised);
        if wait {
            settle();
            assert_eq!(tree.scan(&[""], "").items(), before.items(), "now it is trusted");
        }
        let content = if fs_err::read(&path).unwrap() == b"aaaa" { "bbbb" } else { "aaaa" };
        tree.write("f", content);
        set_modified(&path, old);
        let after = tree.scan(&[""], "");
        assert_ne!(before.items(), after.items(), "settled: {wait}");
        assert!(after.disguised, "BuildKit would not see it");
        assert!(!tree.scan(&[""], "").disguised, "told once");
    }
}

#[test]
#[cfg(unix)]
fn the_mode_of_a_folder_hides_nothing() {
    use std::os::unix::fs::PermissionsExt as _;

    let tree = Tree::new(&[("d/f", "1")]);
    let chmod = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        fs_err::set_permissions(tree.root().join("d"), mode).unwrap();
    };
    chmod(0o755);
    let before = tree.scan(&[""], "");
    assert!(!before.disguised);
    chmod(0o700);
    let after = tree.scan(&[""], "");
    assert_ne!(before.digest, after.digest);
    assert!(after.disguised, "BuildKit would not see it");
    assert!(!tree.scan(&[""], "").disguised, "told once");
}

#[test]
fn the_index_saves_reading() {
    let tree = Tree::new(&[("f", "1"), ("d/g", "2")]);
    settle();
    let first = tree.scan(&[""], "");
    // Content that no scan could have seen: what is told then comes from the index.
    let rows: Vec<_> = tree
        .database
        .directories(tree.root().canonicalize().unwrap().as_os_str().as_encoded_bytes())
        .iter()
        .map(|(path, row)| {
            let mut row = row.to_vec();
            let last = row.len() - 1;
            row[last] ^= 0xff;
            (path.to_vec(), row)
        })
        .collect();
    assert_eq!(rows.len(), 2);
    tree.database.set_directories(&rows, &[]);
    let second = tree.scan(&[""], "");
    assert_eq!(first.stamp(), second.stamp());
    assert_ne!(first.items(), second.items(), "both files were believed");
    // Any garbage in a row costs a read and nothing else.
    let garbage: Vec<_> =
        rows.iter().map(|(path, row)| (path.clone(), row[..row.len() / 2].to_vec())).collect();
    tree.database.set_directories(&garbage, &[]);
    assert_eq!(tree.scan(&[""], "").items(), first.items());
}

#[test]
fn several_scans_share_a_walk_and_agree() {
    let tree = Tree::new(&[("a/f", "1"), ("a/b/g", "2"), ("c", "3")]);
    let scanner = Scanner::new(&tree.database);
    let request = |root: &str| Request {
        root: tree.root().join(root),
        reads: vec![Read::default()],
        ignore: Rules::default(),
    };
    let outer = scanner.scan(&request("")).unwrap();
    let inner = scanner.scan(&request("a/b")).unwrap();
    assert_eq!(paths(&inner), "g");
    let same = outer.items().into_iter().find(|item| item.path == b"a/b/g").unwrap();
    assert_eq!(same.digest, inner.items()[0].digest);
}

#[test]
fn a_context_that_is_not_there_is_named() {
    let tree = Tree::new(&[]);
    let scanner = Scanner::new(&tree.database);
    let request =
        Request { root: tree.root().join("no"), reads: vec![Read::default()], ignore: Rules::default() };
    assert!(scanner.scan(&request).unwrap_err().to_string().contains("context/no cannot be read"));
}
