use std::sync::{Arc, Mutex};

use super::*;
use crate::event::{Event, Subscriber};

#[derive(Default, Clone)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Subscriber for Said {
    fn on(&self, event: &Event) {
        if let Event::Message { text, .. } = event {
            self.0.lock().unwrap().push(text.clone());
        }
    }
}

fn listener() -> (Bus, Said) {
    let said = Said::default();
    (Bus::new(vec![Box::new(said.clone())]), said)
}

fn result(database: &Database) -> bool {
    database.set_results(&[("k".into(), "p".into(), "app".into(), "sha256:1".into())])
}

#[test]
fn what_one_process_writes_another_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/state.db");
    let (bus, said) = listener();
    let one = Database::open(&path, &bus);
    let other = Database::open(&path, &bus);
    assert!(result(&one));
    assert_eq!(other.result("k", "p").as_deref(), Some("sha256:1"));
    assert_eq!(other.result("k", "elsewhere"), None);
    assert_eq!(one.salt(), other.salt());
    assert!(one.salt().is_some());
    other.set_bases(&[("r/b:1".into(), "sha256:2".into())]);
    assert_eq!(one.base("r/b:1").unwrap().digest, "sha256:2");
    one.set_onbuild("sha256:2", "linux/amd64", &["COPY . .".to_owned()]);
    assert_eq!(other.onbuild("sha256:2", "linux/amd64").unwrap(), ["COPY . ."]);
    assert_eq!(other.onbuild("sha256:2", "linux/arm64"), None);
    assert!(said.0.lock().unwrap().is_empty(), "{said:?}", said = said.0);
}

#[test]
fn folders_are_found_below_a_root_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("state.db"), &Bus::default());
    let row = |path: &str| (path.as_bytes().to_vec(), vec![1]);
    database
        .set_directories(&[row("/a"), row("/a/b"), row("/a/b/c"), row("/ab"), row("/a-b"), row("/")], &[]);
    let below = |root: &str| {
        let mut paths: Vec<_> = database
            .directories(root.as_bytes())
            .iter()
            .map(|(path, _)| String::from_utf8(path.to_vec()).unwrap())
            .collect();
        paths.sort();
        paths
    };
    assert_eq!(below("/a"), ["/a", "/a/b", "/a/b/c"]);
    let rows = database.directories(b"/");
    for path in ["/", "/a", "/a-b", "/a/b", "/a/b/c", "/ab"] {
        assert_eq!(rows.get(path.as_bytes()), Some(&[1][..]), "{path}");
    }
    assert_eq!(rows.get(b"/a/c"), None);
    assert_eq!(below("/"), ["/", "/a", "/a-b", "/a/b", "/a/b/c", "/ab"]);
    database.set_directories(&[], &[b"/a/b".to_vec()]);
    assert_eq!(below("/a"), ["/a", "/a/b/c"]);
    database.forget_directories(|path| path != b"/a/b/c");
    assert_eq!(below("/a"), ["/a"]);
}

#[test]
fn what_is_no_database_is_set_aside_with_a_message() {
    type Spoil = fn(&Path);
    let spoils: [(&str, Spoil); 6] = [
        ("garbage", |path| {
            fs_err::write(path, "this is no database, and long enough to be read as one ".repeat(40))
                .unwrap();
        }),
        ("a newer version", |path| {
            Connection::open(path).unwrap().execute_batch("PRAGMA user_version = 9999").unwrap();
        }),
        ("another program's tables", |path| {
            Connection::open(path)
                .unwrap()
                .execute_batch(&format!("CREATE TABLE x (y); PRAGMA user_version = {VERSION}"))
                .unwrap();
        }),
        ("a folder", |path| fs_err::create_dir(path).unwrap()),
        ("a torn page", |path| {
            let database = Database::open(path, &Bus::default());
            for n in 0..2000 {
                database.set_directories(&[(format!("/{n}").into_bytes(), vec![0; 100])], &[]);
            }
            drop(database);
            let mut bytes = fs_err::read(path).unwrap();
            assert!(bytes.len() > 50_000);
            for byte in &mut bytes[4096..40_000] {
                *byte = 0xA5;
            }
            fs_err::write(path, bytes).unwrap();
        }),
        ("half of it", |path| {
            let database = Database::open(path, &Bus::default());
            for n in 0..2000 {
                database.set_directories(&[(format!("/{n}").into_bytes(), vec![0; 100])], &[]);
            }
            drop(database);
            let bytes = fs_err::read(path).unwrap();
            fs_err::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
    ];
    for (name, spoil) in spoils {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        spoil(&path);
        let (bus, said) = listener();
        let database = Database::open(&path, &bus);
        // Reading and writing meet the damage at the latest.
        database.directories(b"/");
        database.result("k", "p");
        result(&database);
        drop(database);
        let said = said.0.lock().unwrap().clone();
        assert!(said.iter().any(|text| text.contains("what earlier runs knew is lost")), "{name}: {said:?}");
        let again = Database::open(&path, &Bus::default());
        assert!(result(&again), "{name}: the next run has a database");
        let aside = fs_err::read_dir(folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".broken-"));
        assert!(aside.count() > 0, "{name}: it was kept");
    }
}

#[test]
fn another_programs_file_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let text = "5f:\n  digest: sha256:1\n  id: sha256:2\n";
    fs_err::write(&path, text).unwrap();
    let (bus, said) = listener();
    assert!(!result(&Database::open(&path, &bus)), "nothing is remembered");
    let said = said.0.lock().unwrap().clone();
    assert!(said.iter().any(|text| text.contains("another program's file")), "{said:?}");
    assert_eq!(fs_err::read_to_string(&path).unwrap(), text);
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_empty_file_is_a_new_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    fs_err::write(&path, "").unwrap();
    let (bus, said) = listener();
    assert!(result(&Database::open(&path, &bus)));
    assert!(said.0.lock().unwrap().is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs_err::write(&file, "").unwrap();
    let (bus, said) = listener();
    let database = Database::open(&file.join("state.db"), &bus);
    assert!(!result(&database));
    assert_eq!(database.result("k", "p"), None);
    let said = said.0.lock().unwrap().clone();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("nothing of this run can be remembered in"), "{said:?}");
}

#[test]
fn pruning_goes_by_age_and_by_count() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("state.db"), &Bus::default());
    for n in 0..10 {
        database.set_results(&[(format!("k{n}"), "p".into(), "app".into(), "sha256:1".into())]);
    }
    let age = |key: &str, seconds: i64| {
        database.write(|c| {
            c.execute("UPDATE results SET used = ?1 WHERE key = ?2", rusqlite::params![now() - seconds, key])
                .map(drop)
        });
    };
    age("k0", 100_000);
    age("k1", 50);
    assert_eq!(database.prune(Duration::from_secs(1000), 100), 1);
    assert_eq!(database.result("k0", "p"), None);
    assert_eq!(database.prune(Duration::from_secs(1000), 8), 1);
    assert_eq!(database.result("k1", "p"), None, "the one that was not used for the longest time");
    assert_eq!(database.summary().results, 8);
    assert_eq!(database.usage()[0].results, 8);
    assert_eq!(database.clear(), 8);
    assert_eq!(database.summary().results, 0);
}

#[test]
fn use_is_noted_once_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("state.db"), &Bus::default());
    result(&database);
    database.write(|c| c.execute("UPDATE results SET used = 5", []).map(drop));
    database.touch(&[("k".into(), "p".into()), ("unknown".into(), "p".into())]);
    assert!(database.usage()[0].used > 5);
}
