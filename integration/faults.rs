//! The state of earlier runs, killed, shared, full, read-only and broken: never a stale result, never a refusal.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustix::process::Signal;

use crate::support::{Engines, Output, Registry, TestContext, engines, eventually};

/// An artifact `app` of one file.
fn app(engines: &Engines) -> TestContext {
    let context = TestContext::with(engines);
    context.app("FROM scratch\nCOPY app.txt /\n").write("app.txt", "first");
    context
}

fn build(context: &TestContext, engines: &Engines) -> Output {
    context.skeg(&["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"]).success()
}

/// What is in the image now that the last run named.
#[track_caller]
fn delivers(context: &TestContext, engines: &Engines, content: &str) {
    let reference = format!("{}/app:v1", context.repo());
    assert_eq!(Registry::of(engines).file(&reference, "linux/amd64", "app.txt"), content);
}

/// A build must deliver what the file holds now, and the next one that of another edit.
#[track_caller]
fn stays_right(context: &TestContext, engines: &Engines, say: &[&str]) {
    for content in ["edited", "first", "edited again"] {
        context.write("app.txt", content);
        let output = build(context, engines);
        delivers(context, engines, content);
        assert!(
            say.is_empty() || say.iter().any(|text| output.stderr.contains(text)),
            "{say:?} is not said\n{output}"
        );
    }
}

#[test]
fn kill_9_at_any_moment() {
    let engines = engines!();
    let context = app(&engines);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    // One moment in each tenth of the longest time such a build takes.
    let mut random = u64::from(clock.subsec_nanos()) | 1;
    for round in 0..10 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let delay = Duration::from_millis(round * 80 + random % 80);
        let content = format!("round {round}");
        context.write("app.txt", &content);
        let running = context.start(&args);
        std::thread::sleep(delay);
        running.signal(Signal::KILL);
        running.finish();
        let gone = eventually(Duration::from_secs(20), || context.processes().is_empty());
        assert!(gone, "after {delay:?}: {:?}", context.processes());

        let output = build(&context, &engines);
        let reference = format!("{}/app:v1", context.repo());
        let file = Registry::of(&engines).file(&reference, "linux/amd64", "app.txt");
        assert_eq!(file, content, "killed after {delay:?}\n{output}");
        build(&context, &engines).finds("app", "Found Remotely");
    }
}

#[test]
fn two_builds_of_one_project_at_once() {
    let engines = engines!();
    let context = app(&engines);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1", "-q"];
    // First without any state, then with an edit.
    for content in ["first", "second", "third"] {
        context.write("app.txt", content);
        let both: Vec<_> = (0..4).map(|_| context.start(&args)).collect();
        let outputs: Vec<_> = both.into_iter().map(|running| running.finish().success()).collect();
        for output in &outputs {
            assert_eq!(output.stdout, outputs[0].stdout);
            assert!(!output.stderr.contains("locked"), "{output}");
        }
        delivers(&context, &engines, content);
        build(&context, &engines).finds("app", "Found Remotely");
    }
}

#[test]
fn a_build_of_what_another_build_has_begun_with_other_files() {
    let engines = engines!();
    let context = app(&engines);
    let base = format!("{}/library/busybox", engines.registry);
    let dockerfile =
        format!("FROM {base}\nRUN echo step begins && sleep 2 # {}\nCOPY app.txt /\n", context.unique());
    context.write("Dockerfile", dockerfile);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    let mut first = context.start(&args);
    first.wait_for("| step begins");
    context.write("app.txt", "second");
    let second = context.start(&args);
    first.finish().success();
    second.finish().success();
    build(&context, &engines);
    delivers(&context, &engines, "second");
    context.write("app.txt", "first");
    build(&context, &engines);
    delivers(&context, &engines, "first");
}

/// A file system of this size in place of the folder of state.
struct Small {
    folder: PathBuf,
}

impl Small {
    /// `None`, said aloud, where mounting is refused.
    fn mount(context: &TestContext, size: &str) -> Option<Self> {
        let folder = context.path("cache/skeg");
        fs_err::create_dir_all(&folder).unwrap();
        let options = format!("size={size}");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).status();
        if status.is_ok_and(|status| status.success()) {
            return Some(Self { folder });
        }
        eprintln!("skipped: mounting is refused");
        None
    }

    fn read_only(&self) {
        let status = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.folder).status().unwrap();
        assert!(status.success());
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let path = self.folder.join("filler");
        let script = "cat /dev/zero >> \"$0\" 2>/dev/null; dd if=/dev/zero of=\"$0\" bs=1 count=4096 oflag=append conv=notrunc 2>/dev/null; true";
        assert!(Command::new("sh").args(["-c", script]).arg(path).status().unwrap().success());
    }

    fn empty(&self) {
        fs_err::remove_file(self.folder.join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.folder).status());
    }
}

#[test]
fn a_full_disk_from_the_start() {
    let engines = engines!();
    let context = app(&engines);
    let Some(disk) = Small::mount(&context, "4m") else { return };
    disk.fill();
    stays_right(&context, &engines, &["warning"]);
    disk.empty();
    context.write("app.txt", "with room");
    build(&context, &engines);
    delivers(&context, &engines, "with room");
    build(&context, &engines).finds("app", "Found Remotely");
}

#[test]
fn a_disk_that_gets_full() {
    let engines = engines!();
    let context = app(&engines);
    let Some(disk) = Small::mount(&context, "4m") else { return };
    build(&context, &engines);
    delivers(&context, &engines, "first");
    disk.fill();
    stays_right(&context, &engines, &[]);
    disk.empty();
    context.write("app.txt", "with room");
    build(&context, &engines);
    delivers(&context, &engines, "with room");
    build(&context, &engines).finds("app", "Found Remotely");
    // A write that did not fit has broken nothing.
    context.write("app.txt", "first");
    build(&context, &engines);
    delivers(&context, &engines, "first");
}

#[test]
fn a_read_only_folder_from_the_start() {
    let engines = engines!();
    let context = app(&engines);
    let Some(disk) = Small::mount(&context, "4m") else { return };
    disk.read_only();
    stays_right(&context, &engines, &["warning"]);
}

#[test]
fn a_folder_that_becomes_read_only() {
    let engines = engines!();
    let context = app(&engines);
    let Some(disk) = Small::mount(&context, "4m") else { return };
    build(&context, &engines);
    disk.read_only();
    stays_right(&context, &engines, &["warning"]);
}

/// Breaks the file of this path.
type Break = fn(&Path);

/// Ways to break the database of a project that was built, by name.
const BREAKS: &[(&str, Break)] = &[
    ("garbage", |path| fs_err::write(path, "this is no database".repeat(1000)).unwrap()),
    ("half", |path| {
        let content = fs_err::read(path).unwrap();
        fs_err::write(path, &content[..content.len() / 2]).unwrap();
    }),
    ("a few bytes", |path| {
        let content = fs_err::read(path).unwrap();
        fs_err::write(path, &content[..50]).unwrap();
    }),
    ("zero bytes", |path| fs_err::write(path, "").unwrap()),
    ("zeros behind the head", |path| {
        let mut content = fs_err::read(path).unwrap();
        content[100..].fill(0);
        fs_err::write(path, content).unwrap();
    }),
    ("noise in all pages but the first", |path| {
        let mut content = fs_err::read(path).unwrap();
        let page = usize::from(u16::from_be_bytes([content[16], content[17]]));
        for (index, byte) in content.iter_mut().enumerate().skip(page) {
            *byte = u8::try_from(index * 31 % 251).unwrap();
        }
        fs_err::write(path, content).unwrap();
    }),
    ("a newer version", |path| {
        rusqlite::Connection::open(path).unwrap().pragma_update(None, "user_version", 9999).unwrap();
    }),
    ("a table gone", |path| {
        let connection = rusqlite::Connection::open(path).unwrap();
        let mut query = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
        let names: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        drop(query);
        for name in names.iter().filter(|name| !name.starts_with("sqlite_")) {
            connection.execute(&format!("DROP TABLE \"{name}\""), []).unwrap();
        }
    }),
    ("a folder", |path| {
        fs_err::remove_file(path).unwrap();
        fs_err::create_dir(path).unwrap();
        fs_err::write(path.join("inside"), "x").unwrap();
    }),
    ("a link to nowhere", |path| {
        fs_err::remove_file(path).unwrap();
        std::os::unix::fs::symlink(path.with_file_name("nowhere").join("state.db"), path).unwrap();
    }),
];

#[test]
fn a_broken_database() {
    let engines = engines!();
    for (name, break_it) in BREAKS {
        let context = app(&engines);
        build(&context, &engines);
        let path = context.path("cache/skeg/state.db");
        for log in ["state.db-wal", "state.db-shm"] {
            drop(fs_err::remove_file(context.path("cache/skeg").join(log)));
        }
        break_it(&path);
        context.write("app.txt", "edited");
        let output = build(&context, &engines);
        delivers(&context, &engines, "edited");
        // An empty file is an empty database.
        assert!(
            output.stderr.contains("state.db") || *name == "zero bytes",
            "{name}: nothing is said\n{output}"
        );
        let output = build(&context, &engines);
        assert_eq!(output.cache_line("app"), "Found Remotely", "{name}: the new one is not kept\n{output}");
        assert!(!output.stderr.contains("state.db"), "{name}: it is said again\n{output}");
        context.write("app.txt", "first");
        build(&context, &engines);
        delivers(&context, &engines, "first");
    }
}

#[test]
fn a_broken_log_beside_the_database() {
    let engines = engines!();
    let context = app(&engines);
    build(&context, &engines);
    for log in ["state.db-wal", "state.db-shm"] {
        context.write_at(&format!("cache/skeg/{log}"), "this is no log".repeat(5000));
    }
    stays_right(&context, &engines, &[]);
}

#[test]
fn a_database_that_somebody_holds() {
    let engines = engines!();
    let context = app(&engines);
    build(&context, &engines);
    let connection = rusqlite::Connection::open(context.path("cache/skeg/state.db")).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    stays_right(&context, &engines, &[]);
    connection.execute_batch("ROLLBACK").unwrap();
    context.write("app.txt", "free again");
    build(&context, &engines);
    delivers(&context, &engines, "free again");
    build(&context, &engines).finds("app", "Found Remotely");
}

#[test]
fn what_is_in_the_database_of_a_killed_build_is_no_result() {
    let engines = engines!();
    let context = app(&engines);
    let base = format!("{}/library/busybox", engines.registry);
    let dockerfile =
        format!("FROM {base}\nCOPY app.txt /\nRUN echo step begins && sleep 3 # {}\n", context.unique());
    context.write("Dockerfile", dockerfile);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    let mut running = context.start(&args);
    running.wait_for("| step begins");
    running.signal(Signal::KILL);
    running.finish();
    build(&context, &engines).builds_because("app", "first build");
    delivers(&context, &engines, "first");
}
