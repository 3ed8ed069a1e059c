//! The stat index: one row a folder, with what `inputs` knows of the files in it.

use rusqlite::params;

use super::Database;

/// Rows of folders. All bytes are in one piece: there are as many rows as there are folders.
#[derive(Debug, Default)]
pub struct Directories {
    bytes: Vec<u8>,
    /// Sorted by path: where the path begins, where it ends and the entries begin, and where those end.
    rows: Vec<(usize, usize, usize)>,
}

impl Directories {
    /// The entries of the folder at a path.
    pub fn get(&self, path: &[u8]) -> Option<&[u8]> {
        let found = self.rows.binary_search_by(|(start, middle, _)| self.bytes[*start..*middle].cmp(path));
        let (_, middle, end) = self.rows[found.ok()?];
        Some(&self.bytes[middle..end])
    }

    /// Paths and entries.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.rows
            .iter()
            .map(|(start, middle, end)| (&self.bytes[*start..*middle], &self.bytes[*middle..*end]))
    }
}

impl Database {
    /// The rows of `root` and of every folder below it, by absolute path. What the bytes mean is `inputs`' affair.
    pub fn directories(&self, root: &[u8]) -> Directories {
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
                 SELECT path, entries FROM directories WHERE path > ?2 AND path < ?3",
            )?;
            let mut rows = query.query(params![root, from, to])?;
            let mut directories = Directories::default();
            while let Some(row) = rows.next()? {
                let start = directories.bytes.len();
                directories.bytes.extend_from_slice(row.get_ref(0)?.as_blob()?);
                let middle = directories.bytes.len();
                directories.bytes.extend_from_slice(row.get_ref(1)?.as_blob()?);
                directories.rows.push((start, middle, directories.bytes.len()));
            }
            // They come in the order of their paths, as long as the database is what it should be.
            directories.rows.sort_by(|a, b| directories.bytes[a.0..a.1].cmp(&directories.bytes[b.0..b.1]));
            Ok(directories)
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
