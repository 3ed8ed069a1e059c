//! Which image came of which key, and where it is.

use std::time::Duration;

use rusqlite::params;

use super::{Database, now};

/// What the database holds, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Results of builds.
    pub results: u64,
    /// Images with a last build that `why` compares with.
    pub snapshots: u64,
    /// Base images whose digest is known.
    pub bases: u64,
    /// Folders in the stat index.
    pub directories: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// One image's part of the results.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// The image name as in the project file.
    pub image: String,
    /// Results known.
    pub results: u64,
    /// Seconds since 1970 when one of them was last used.
    pub used: i64,
}

impl Database {
    /// The digest (pushed) or id (loaded) that a build under `key` left at `place`.
    pub fn result(&self, key: &str, place: &str) -> Option<String> {
        self.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT digest FROM results WHERE key = ?1 AND place = ?2")?;
            query.query_row(params![key, place], |row| row.get(0))
        })
    }

    /// Remembers results: key, place, image, digest.
    pub fn set_results(&self, results: &[(String, String, String, String)]) -> bool {
        let now = now();
        self.write(|connection| {
            let mut put = connection
                .prepare_cached("INSERT OR REPLACE INTO results VALUES (?1, ?2, ?3, ?4, ?5, ?5)")?;
            for (key, place, image, digest) in results {
                put.execute(params![key, place, image, digest, now])?;
            }
            Ok(())
        })
    }

    /// Notes that results were used, at most once a day each (a hit should not write).
    pub fn touch(&self, used: &[(String, String)]) {
        let now = now();
        let stale = self
            .read(|connection| {
                let mut query = connection
                    .prepare_cached("SELECT used < ?3 FROM results WHERE key = ?1 AND place = ?2")?;
                let mut stale = Vec::new();
                for (key, place) in used {
                    if query.query_row(params![key, place, now - 86_400], |row| row.get(0)).unwrap_or(false) {
                        stale.push((key, place));
                    }
                }
                Ok(stale)
            })
            .unwrap_or_default();
        if !stale.is_empty() {
            self.write(|connection| {
                let mut put = connection
                    .prepare_cached("UPDATE results SET used = ?3 WHERE key = ?1 AND place = ?2")?;
                for (key, place) in stale {
                    put.execute(params![key, place, now])?;
                }
                Ok(())
            });
        }
    }

    /// Forgets results that were not used for `age`, all but the `keep` last used of each image, and what belongs to
    /// nothing any more. Returns how many results were forgotten.
    pub fn prune(&self, age: Duration, keep: u32) -> u64 {
        let oldest = now() - i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        let mut forgotten = 0;
        self.write(|connection| {
            forgotten = connection.execute("DELETE FROM results WHERE used < ?1", params![oldest])?;
            forgotten += connection.execute(
                "DELETE FROM results WHERE (key, place) IN (SELECT key, place FROM (SELECT key, place, \
                 row_number() OVER (PARTITION BY image, place ORDER BY used DESC, created DESC) AS rank FROM results) \
                 WHERE rank > ?1)",
                params![keep],
            )?;
            connection.execute("DELETE FROM snapshots WHERE created < ?1 AND key NOT IN (SELECT key FROM results)", params![oldest])?;
            connection.execute("DELETE FROM bases WHERE checked < ?1", params![oldest])?;
            Ok(())
        });
        forgotten as u64
    }

    /// Forgets everything and gives the space back. Returns how many results there were.
    pub fn clear(&self) -> u64 {
        let results = self.summary().results;
        self.write(|connection| {
            connection.execute_batch(
                "DELETE FROM results; DELETE FROM snapshots; DELETE FROM bases; DELETE FROM triggers; \
                 DELETE FROM directories;",
            )
        });
        self.read(|connection| connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);"));
        results
    }

    /// What there is.
    pub fn summary(&self) -> Summary {
        let count = |table: &str| {
            self.read(|connection| {
                connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            })
            .unwrap_or(0)
        };
        Summary {
            results: count("results"),
            snapshots: count("snapshots"),
            bases: count("bases"),
            directories: count("directories"),
            bytes: fs_err::metadata(&self.path).map_or(0, |m| m.len()),
        }
    }

    /// The images that results are known of, by name.
    pub fn usage(&self) -> Vec<Usage> {
        self.read(|connection| {
            let mut query = connection
                .prepare("SELECT image, count(*), max(used) FROM results GROUP BY image ORDER BY image")?;
            let rows = query.query_map([], |row| {
                Ok(Usage { image: row.get(0)?, results: row.get(1)?, used: row.get(2)? })
            })?;
            rows.collect()
        })
        .unwrap_or_default()
    }
}
