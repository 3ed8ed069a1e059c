//! The database of what is known from earlier runs, shared by processes. Everything in it can be made again: a
//! database that is broken, foreign or cannot be written is said and done without, never a reason not to build.
//!
//! Rows are only ever evidence: a result is used when its key matches *and* the thing itself is still where the row
//! says. So a damaged row costs a build, not a wrong image.

mod bases;
mod directories;
mod results;
mod snapshots;

pub use bases::KnownBase;
pub use directories::Directories;
pub use results::{Summary, Usage};

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::event::Bus;

/// The layout of the tables. A database with another number is set aside.
const VERSION: i64 = 1;
/// How long a process waits for another one's write.
const BUSY: Duration = Duration::from_secs(5);

/// A row of a folder's files fits into one page of this size, which is then read at once.
const PAGE: u32 = 16 << 10;

/// Snapshots are large: SQLite would read them whole to compare keys if they stood in the tree of the keys.
const LAYOUT: &str = "
    CREATE TABLE directories (
        path BLOB PRIMARY KEY, entries BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE results (
        key TEXT NOT NULL, place TEXT NOT NULL, image TEXT NOT NULL, digest TEXT NOT NULL,
        created INTEGER NOT NULL, used INTEGER NOT NULL,
        PRIMARY KEY (key, place)
    ) WITHOUT ROWID;
    CREATE TABLE snapshots (
        project TEXT NOT NULL, image TEXT NOT NULL, key TEXT NOT NULL, facts BLOB NOT NULL, created INTEGER NOT NULL,
        PRIMARY KEY (project, image)
    );
    CREATE TABLE bases (
        place TEXT PRIMARY KEY, digest TEXT NOT NULL, checked INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE triggers (
        digest TEXT NOT NULL, platform TEXT NOT NULL, onbuild TEXT NOT NULL, PRIMARY KEY (digest, platform)
    ) WITHOUT ROWID;
    CREATE TABLE contexts (
        path BLOB PRIMARY KEY, generation INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE secrets (
        id INTEGER PRIMARY KEY CHECK (id = 0), salt BLOB NOT NULL
    );
";

/// The database. Methods that read answer "nothing known" and methods that write do nothing once it has failed;
/// the first failure is said on the bus.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
    /// It can be read but not written (or only lives in memory).
    frozen: AtomicBool,
    /// It was set aside once.
    broken: AtomicBool,
    bus: Bus,
}

impl Database {
    /// Opens the database at `path`, makes it where there is none, and sets aside what is there and no such
    /// database. Never fails: without a database nothing is known and nothing is remembered.
    pub fn open(path: &Path, bus: &Bus) -> Self {
        let database = Self {
            path: path.to_owned(),
            connection: Mutex::new(None),
            frozen: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            bus: bus.clone(),
        };
        let mut opened = connect(path);
        if let Err(Trouble::Unusable(why)) = &opened {
            match set_aside(path) {
                Ok(aside) => {
                    bus.warn(format!(
                        "what earlier runs knew is lost: {} {why}; it was moved to {} and begun anew",
                        path.display(),
                        aside.display()
                    ));
                    opened = connect(path);
                }
                Err(error) => {
                    opened = Err(Trouble::Unreachable(format!("it {why} and cannot be moved ({error})")));
                }
            }
        }
        match opened {
            Ok((connection, frozen)) => {
                if let Some(why) = frozen {
                    database.freeze(&why);
                }
                *database.lock() = Some(connection);
            }
            Err(Trouble::Unreachable(why) | Trouble::Unusable(why)) => database.freeze(&why),
        }
        database
    }

    /// A database that knows nothing and forgets everything.
    pub fn none() -> Self {
        Self {
            path: PathBuf::new(),
            connection: Mutex::new(None),
            frozen: AtomicBool::new(true),
            broken: AtomicBool::new(false),
            bus: Bus::default(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads; `None` = not known, or it cannot be read.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let guard = self.lock();
        let connection = guard.as_ref()?;
        match query(connection) {
            Ok(value) => Some(value),
            Err(rusqlite::Error::QueryReturnedNoRows) => None,
            Err(error) => {
                drop(guard);
                self.failed(&error);
                None
            }
        }
    }

    /// Writes all or nothing. `false` = nothing was written.
    fn write(&self, change: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> bool {
        if self.frozen.load(Ordering::Relaxed) {
            return false;
        }
        let mut guard = self.lock();
        let Some(connection) = guard.as_mut() else { return false };
        let done = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .and_then(|transaction| change(&transaction).and_then(|()| transaction.commit()));
        drop(guard);
        match done {
            Ok(()) => true,
            Err(error) => {
                self.failed(&error);
                false
            }
        }
    }

    /// A broken database is set aside at once, so that the next run begins well; anything else only ends writing.
    fn failed(&self, error: &rusqlite::Error) {
        if is_broken(error) {
            let mut connection = self.lock();
            // Another thread may have been here; and what broke once is not begun anew forever.
            drop(connection.take());
            if self.broken.swap(true, Ordering::Relaxed) {
                return;
            }
            let fate = match set_aside(&self.path) {
                Ok(aside) => {
                    *connection = connect(&self.path).ok().map(|(connection, _)| connection);
                    format!("it was moved to {} and begun anew", aside.display())
                }
                Err(error) => format!("it cannot be moved ({error})"),
            };
            self.bus.warn(format!(
                "what earlier runs knew is lost: {} is damaged ({error}); {fate}",
                self.path.display()
            ));
        } else {
            self.freeze(&error.to_string());
        }
    }

    fn freeze(&self, why: &str) {
        if !self.frozen.swap(true, Ordering::Relaxed) {
            self.bus.warn(format!(
                "nothing of this run can be remembered in {}: {why}\nimages are built all the same; SKEG_CACHE_DIR names another folder",
                self.path.display()
            ));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Connection>> {
        // A thread that panicked left no half-written state: transactions roll back.
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

enum Trouble {
    /// There is something else in its place, or it is damaged or of another version.
    Unusable(String),
    /// It cannot be opened or made.
    Unreachable(String),
}

/// Why a database takes nothing that can be read all the same.
const READ_ONLY: &str = "it is read-only";

/// The database, and why it cannot be written where that is so.
fn connect(path: &Path) -> Result<(Connection, Option<String>), Trouble> {
    if is_foreign(path) {
        return Err(Trouble::Unreachable("it is another program's file".to_owned()));
    }
    if path.is_dir() {
        return Err(Trouble::Unusable("is a folder".to_owned()));
    }
    if let Some(folder) = path.parent() {
        // When it cannot be made, opening says so.
        let _made = fs_err::create_dir_all(folder);
    }
    let trouble = |error: rusqlite::Error| {
        if is_broken(&error) {
            Trouble::Unusable(format!("is damaged ({error})"))
        } else {
            Trouble::Unreachable(error.to_string())
        }
    };
    let writable = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = match Connection::open_with_flags(path, writable | OpenFlags::SQLITE_OPEN_NO_MUTEX) {
        Err(_) if path.is_symlink() && !path.exists() => {
            return Err(Trouble::Unusable("is a link to nowhere".to_owned()));
        }
        opened => opened.map_err(trouble)?,
    };
    connection.busy_timeout(BUSY).map_err(trouble)?;
    let version =
        |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    let found = match version(&connection) {
        // The files of the write-ahead log cannot be made beside a read-only database; without them it can be read.
        Err(error) if !is_broken(&error) && path.is_file() => {
            let why = match error.sqlite_error_code() {
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => READ_ONLY.to_owned(),
                _ => error.to_string(),
            };
            return read_only(path).map(|connection| (connection, Some(why))).ok_or_else(|| trouble(error));
        }
        found => found.map_err(trouble)?,
    };
    match found {
        VERSION => {}
        0 => create(&connection).map_err(trouble)?,
        other => {
            return Err(Trouble::Unusable(format!(
                "is of version {other}, and this program knows version {VERSION}"
            )));
        }
    }
    // What a crash of the machine may cost is the last runs' knowledge, never its consistency.
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;").map_err(trouble)?;
    let is_read_only = connection.is_readonly("main").unwrap_or(false);
    Ok((connection, is_read_only.then(|| READ_ONLY.to_owned())))
}

/// Whether there is a text in the database's place, such as Skaffold's own cache, whose path comes by the same variable.
fn is_foreign(path: &Path) -> bool {
    use std::io::Read as _;
    let mut begin = Vec::new();
    let read = fs_err::File::open(path).and_then(|file| file.take(512).read_to_end(&mut begin));
    let is_text = |bytes: &[u8]| {
        std::str::from_utf8(bytes)
            .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()))
    };
    read.is_ok() && begin.contains(&b':') && is_text(&begin)
}

/// A database on a file system that cannot be written.
fn read_only(path: &Path) -> Option<Connection> {
    let uri = format!(
        "file:{}?immutable=1",
        path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
    );
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags).ok()?;
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).ok()?;
    (version == VERSION).then_some(connection)
}

fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("PRAGMA page_size = {PAGE}"))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    // Another process may have been quicker.
    let made =
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).and_then(|version| {
            if version == 0 {
                connection.execute_batch(&format!("{LAYOUT} PRAGMA user_version = {VERSION};"))?;
            }
            connection.execute_batch("COMMIT")
        });
    if made.is_err() {
        connection.execute_batch("ROLLBACK")?;
    }
    made
}

fn is_broken(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    match error {
        Error::SqliteFailure(failure, message) => {
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                || message
                    .as_ref()
                    .is_some_and(|m| m.contains("no such table") || m.contains("no such column"))
        }
        Error::SqlInputError { msg, .. } => msg.contains("no such table") || msg.contains("no such column"),
        Error::InvalidColumnType(..)
        | Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..) => true,
        _ => false,
    }
}

/// Moves a database (and its journal) out of the way and returns its new name.
fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let name = |path: &Path, suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let aside = name(path, &format!(".broken-{}", now()));
    fs_err::rename(path, &aside)?;
    for journal in ["-wal", "-shm", "-journal"] {
        let from = name(path, journal);
        // A journal without its database would be played into the next one.
        if from.exists() {
            fs_err::rename(&from, name(&aside, journal))?;
        }
    }
    Ok(aside)
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
