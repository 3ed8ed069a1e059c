//! Digests of base images as they were last seen, and what their images say.

use rusqlite::params;

use super::{Database, now};

/// What is known of a base image's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBase {
    /// The digest it last pointed to.
    pub digest: String,
    /// How long ago that was seen, in seconds.
    pub age: u64,
}

impl Database {
    /// The digest that the tag at `place` (a registry's or a daemon's) last pointed to.
    pub fn base(&self, place: &str) -> Option<KnownBase> {
        self.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT digest, checked FROM bases WHERE place = ?1")?;
            query.query_row(params![place], |row| {
                let age = now() - row.get::<_, i64>(1)?;
                Ok(KnownBase { digest: row.get(0)?, age: u64::try_from(age).unwrap_or(0) })
            })
        })
    }

    /// Remembers digests that were just seen: place, digest.
    pub fn set_bases(&self, bases: &[(String, String)]) -> bool {
        let now = now();
        self.write(|connection| {
            let mut put = connection.prepare_cached("INSERT OR REPLACE INTO bases VALUES (?1, ?2, ?3)")?;
            for (place, digest) in bases {
                put.execute(params![place, digest, now])?;
            }
            Ok(())
        })
    }

    /// The ONBUILD triggers of the image with this digest. A digest's never change.
    pub fn onbuild(&self, digest: &str, platform: &str) -> Option<Vec<String>> {
        let json: String = self.read(|connection| {
            let mut query = connection
                .prepare_cached("SELECT onbuild FROM triggers WHERE digest = ?1 AND platform = ?2")?;
            query.query_row(params![digest, platform], |row| row.get(0))
        })?;
        serde_json::from_str(&json).ok()
    }

    /// Remembers an image's ONBUILD triggers.
    pub fn set_onbuild(&self, digest: &str, platform: &str, triggers: &[String]) -> bool {
        let json = serde_json::Value::from(triggers).to_string();
        self.write(|connection| {
            let mut put = connection.prepare_cached("INSERT OR REPLACE INTO triggers VALUES (?1, ?2, ?3)")?;
            put.execute(params![digest, platform, json])?;
            Ok(())
        })
    }
}
