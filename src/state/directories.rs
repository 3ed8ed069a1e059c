//! The stat index: one row a folder, with what `inputs` knows of the files in it.

use std::collections::HashMap;

use rusqlite::params;

use super::Database;

impl Database {
    /// The rows of `root` and of every folder below it, by absolute path. What the bytes mean is `inputs`' affair.
    pub fn directories(&self, root: &[u8]) -> HashMap<Vec<u8>, Vec<u8>> {
        // `/` is followed by `0`: everything below `root` lies between `root/` and `root0`.
        let mut from = root.to_vec();
        if from.last() != Some(&b'/') {
            from.push(b'/');
        }
        let mut to = from.clone();
        if let Some(last) = to.last_mut() {
            *last = b'0';
        }
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT path, entries FROM directories WHERE path = ?1 UNION ALL \
                 SELECT path, entries FROM directories WHERE path >= ?2 AND path < ?3",
            )?;
            let rows = query.query_map(params![root, from, to], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .unwrap_or_default()
    }

    /// Writes rows of folders and forgets others.
    pub fn set_directories(&self, rows: &[(Vec<u8>, Vec<u8>)], gone: &[Vec<u8>]) -> bool {
        if rows.is_empty() && gone.is_empty() {
            return true;
        }
        self.write(|connection| {
            let mut put = connection.prepare_cached("INSERT OR REPLACE INTO directories VALUES (?1, ?2)")?;
            for (path, entries) in rows {
                put.execute(params![path, entries])?;
            }
            let mut forget = connection.prepare_cached("DELETE FROM directories WHERE path = ?1")?;
            for path in gone {
                forget.execute(params![path])?;
            }
            Ok(())
        })
    }

    /// Forgets folders that are not there any more, as `is_there` tells.
    pub fn forget_directories(&self, is_there: impl Fn(&[u8]) -> bool) {
        let all: Vec<Vec<u8>> = self
            .read(|connection| {
                let mut query = connection.prepare("SELECT path FROM directories")?;
                let rows = query.query_map([], |row| row.get(0))?;
                rows.collect()
            })
            .unwrap_or_default();
        let gone: Vec<Vec<u8>> = all.into_iter().filter(|path| !is_there(path)).collect();
        self.set_directories(&[], &gone);
    }

    /// How often the content of the context at `path` changed in a way that BuildKit's transfer cannot see.
    pub fn generation(&self, path: &[u8]) -> u32 {
        self.read(|connection| {
            connection
                .query_row("SELECT generation FROM contexts WHERE path = ?1", params![path], |row| row.get(0))
        })
        .unwrap_or(0)
    }

    /// Counts one more such change.
    pub fn next_generation(&self, path: &[u8]) -> bool {
        self.write(|connection| {
            connection.execute(
                "INSERT INTO contexts VALUES (?1, 1) ON CONFLICT (path) DO UPDATE SET generation = generation + 1",
                params![path],
            )?;
            Ok(())
        })
    }
}
