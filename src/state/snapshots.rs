//! What the last build of an image was made of, to compare with.

use rusqlite::{OptionalExtension as _, params};

use super::{Database, now};

impl Database {
    /// Key and facts of the last recorded build of `image` in `project` (the path of its root file).
    pub fn snapshot(&self, project: &str, image: &str) -> Option<(String, Vec<u8>)> {
        self.read(|connection| {
            connection.query_row(
                "SELECT key, facts FROM snapshots WHERE project = ?1 AND image = ?2",
                params![project, image],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
    }

    /// The key of the last recorded build alone.
    pub fn snapshot_key(&self, project: &str, image: &str) -> Option<String> {
        self.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT key FROM snapshots WHERE project = ?1 AND image = ?2")?;
            query.query_row(params![project, image], |row| row.get(0))
        })
    }

    /// Remembers what a build was made of, in place of the one before.
    pub fn set_snapshot(&self, project: &str, image: &str, key: &str, facts: &[u8]) -> bool {
        self.write(|connection| {
            let mut put =
                connection.prepare_cached("INSERT OR REPLACE INTO snapshots VALUES (?1, ?2, ?3, ?4, ?5)")?;
            put.execute(params![project, image, key, facts, now()])?;
            Ok(())
        })
    }

    /// The key under which contents of secrets are hashed: random, made once, and never leaves this database.
    /// `None` = it cannot be kept, so that nothing about secrets can be remembered.
    pub fn salt(&self) -> Option<[u8; 32]> {
        let read = |connection: &rusqlite::Connection| {
            connection.query_row("SELECT salt FROM secrets", [], |row| row.get::<_, [u8; 32]>(0)).optional()
        };
        if let Some(salt) = self.read(read).flatten() {
            return Some(salt);
        }
        self.write(|connection| {
            connection.execute("INSERT OR IGNORE INTO secrets VALUES (0, randomblob(32))", [])?;
            Ok(())
        });
        self.read(read).flatten()
    }
}
