//! Where fetched files are kept. A copy is never changed: what has moved becomes another copy beside it, so that
//! whoever still reads the older one reads one state of it.
//!
//! ```text
//! <remote cache>/git-<address>/lock            held while something is fetched
//!                              repo.git        what was fetched, of all branches
//!                              refs/<ref>      which copy a branch, tag or commit means
//!                              <commit>-<ref>  the copy
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

/// Copies that no reference means any more go after this time: somebody may still be reading them.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// How often the lock is tried for.
const PAUSE: Duration = Duration::from_millis(50);
/// Another process fetches for at most this time.
const LOCK_LIMIT: Duration = Duration::from_mins(10);

/// The place of one repository or bucket.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) dir: PathBuf,
}

/// The copy that a reference means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copy {
    /// Its folder's name on the shelf.
    pub(super) folder: String,
    /// The commit; for a bucket, nothing.
    pub(super) commit: String,
    /// The reference is a commit: it means the same for ever.
    pub(super) fixed: bool,
}

/// While it lives, no other process changes the shelf.
pub(super) struct Lock {
    _file: fs_err::File,
}

impl Shelf {
    pub(super) fn new(root: &Path, kind: &str, identity: &str) -> Self {
        Self { dir: root.join(format!("{kind}-{}", digest(identity, 32))) }
    }

    /// The copy that a reference means, where it is still there.
    pub(super) fn copy(&self, reference: &str) -> Option<Copy> {
        let text = fs_err::read_to_string(self.pointer(reference)).ok()?;
        let mut lines = text.lines();
        let (folder, commit, fixed) = (lines.next()?, lines.next()?, lines.next()? == "fixed");
        let copy = Copy { folder: folder.to_owned(), commit: commit.to_owned(), fixed };
        self.dir.join(folder).is_dir().then_some(copy)
    }

    /// The folder of a copy.
    pub(super) fn folder(&self, copy: &Copy) -> PathBuf {
        self.dir.join(&copy.folder)
    }

    /// Waits until no other process fetches to this shelf, and takes away what one left that was killed.
    pub(super) async fn lock(&self) -> io::Result<Lock> {
        fs_err::create_dir_all(self.dir.join("refs"))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Repositories may be private.
            fs_err::set_permissions(&self.dir, std::fs::Permissions::from_mode(0o700))?;
        }
        let file = fs_err::OpenOptions::new().create(true).append(true).open(self.dir.join("lock"))?;
        let start = tokio::time::Instant::now();
        while file.file().try_lock().is_err() {
            if start.elapsed() > LOCK_LIMIT {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("another process holds {}", self.dir.join("lock").display()),
                ));
            }
            tokio::time::sleep(PAUSE).await;
        }
        for entry in fs_err::read_dir(&self.dir)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with("tmp-") {
                fs_err::remove_dir_all(entry.path())?;
            }
        }
        Ok(Lock { _file: file })
    }

    /// A folder to make a copy in.
    pub(super) fn temporary(&self, _: &Lock) -> io::Result<tempfile::TempDir> {
        tempfile::Builder::new().prefix("tmp-").tempdir_in(&self.dir)
    }

    /// Puts what was made on the shelf.
    pub(super) fn keep(&self, _: &Lock, made: &Path, folder: &str) -> io::Result<()> {
        fs_err::rename(made, self.dir.join(folder))
    }

    /// Lets a reference mean a copy.
    pub(super) fn point(&self, _: &Lock, reference: &str, copy: &Copy) -> io::Result<()> {
        let fixed = if copy.fixed { "fixed" } else { "moves" };
        let text = format!("{}\n{}\n{fixed}\n{reference}\n", copy.folder, copy.commit);
        let file = tempfile::NamedTempFile::new_in(self.dir.join("refs"))?;
        fs_err::write(file.path(), text)?;
        file.persist(self.pointer(reference)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Takes away copies that nothing means any more, if they are old.
    pub(super) fn tidy(&self, _: &Lock) -> io::Result<()> {
        let mut meant = vec![];
        for entry in fs_err::read_dir(self.dir.join("refs"))?.flatten() {
            let text = fs_err::read_to_string(entry.path())?;
            meant.extend(text.lines().next().map(str::to_owned));
        }
        for entry in fs_err::read_dir(&self.dir)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let made = entry.metadata()?.modified()?;
            let old = SystemTime::now().duration_since(made).is_ok_and(|age| age > KEPT);
            if old && is_copy(&name) && !meant.contains(&name) {
                fs_err::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    fn pointer(&self, reference: &str) -> PathBuf {
        self.dir.join("refs").join(digest(reference, 16))
    }
}

/// `<commit or digest>-<ref>`, unlike everything else on a shelf.
fn is_copy(name: &str) -> bool {
    let hex = |text: &str| text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    name.split_once('-').is_some_and(|(commit, reference)| hex(commit) && hex(reference))
}

/// So many hexadecimal digits of a text's digest.
pub(super) fn digest(text: &str, length: usize) -> String {
    let mut digest = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
        digest.extend(digits.into_iter().flatten());
    }
    digest.truncate(length);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn copies_are_found_by_reference_and_leftovers_go() {
        let root = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(root.path(), "git", "https://example.com/x");
        assert_eq!(shelf.copy("main"), None);
        let copy = Copy {
            folder: format!("{}-{}", "a".repeat(40), "b".repeat(8)),
            commit: "c".into(),
            fixed: false,
        };
        run(async {
            let lock = shelf.lock().await.unwrap();
            let made = shelf.temporary(&lock).unwrap();
            fs_err::create_dir(made.path().join("tree")).unwrap();
            shelf.point(&lock, "main", &copy).unwrap();
            assert_eq!(shelf.copy("main"), None, "before it is there");
            shelf.keep(&lock, &made.path().join("tree"), &copy.folder).unwrap();
            assert_eq!(shelf.copy("main"), Some(copy.clone()));
            assert_eq!(shelf.copy("main2"), None);
            fs_err::create_dir(shelf.dir.join("tmp-dead")).unwrap();
            shelf.tidy(&lock).unwrap();
        });
        run(async { drop(shelf.lock().await.unwrap()) });
        assert!(!shelf.dir.join("tmp-dead").exists());
        assert!(shelf.folder(&copy).is_dir());
        assert!(is_copy(&copy.folder) && !is_copy("repo.git") && !is_copy("tmp-abc"));
    }

    #[test]
    fn one_process_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(root.path(), "git", "x");
        run(async {
            let held = shelf.lock().await.unwrap();
            let soon = Duration::from_millis(120);
            assert!(tokio::time::timeout(soon, shelf.lock()).await.is_err());
            drop(held);
            assert!(tokio::time::timeout(soon, shelf.lock()).await.is_ok());
        });
    }
}
