//! What base images are now: digests by tag, asked of the registry or the daemon, remembered in the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;

use crate::docker::Daemon;
use crate::event::Bus;
use crate::image::Reference;
use crate::registry;
use crate::state::Database;

/// The base images of all artifacts whose builders look for them in the same place.
pub struct Bases<'a> {
    /// Remembers.
    pub database: &'a Database,
    /// Asked for what the daemon has not; `None` = `--offline`.
    pub registry: Option<&'a registry::Client>,
    /// The docker daemon whose own builder prefers the images it holds.
    pub daemon: Option<&'a Daemon>,
    /// A digest seen more recently is not asked for again.
    pub max_age: Duration,
    /// Where waits and fallbacks are said.
    pub bus: &'a Bus,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Digest by reference; `None` = asked, and nobody knows.
    digests: BTreeMap<String, Option<String>>,
    /// References that were asked for in this run.
    asked: BTreeSet<String>,
    /// Registries that did not answer; each is complained about once.
    silent: BTreeSet<String>,
}

impl<'a> Bases<'a> {
    /// Nothing is asked yet.
    pub fn new(
        database: &'a Database,
        registry: Option<&'a registry::Client>,
        daemon: Option<&'a Daemon>,
        max_age: Duration,
        bus: &'a Bus,
    ) -> Self {
        Self { database, registry, daemon, max_age, bus, seen: Mutex::default() }
    }

    /// The digest of `reference` as far as it is known without asking.
    pub fn digest(&self, reference: &str) -> Option<String> {
        if let Some(digest) = self.seen().digests.get(reference) {
            return digest.clone();
        }
        let parsed = Reference::parse(reference).ok()?;
        if let Some(digest) = parsed.digest() {
            return Some(digest.to_owned());
        }
        Some(self.database.base(&self.place(&parsed))?.digest)
    }

    /// The ONBUILD triggers of `reference` as far as they are known without asking.
    pub fn onbuild(&self, reference: &str, platform: &str) -> Option<Vec<String>> {
        self.database.onbuild(&self.digest(reference)?, platform)
    }

    /// Asks for the digests that are not known, or that were seen too long ago, all at the same time, and for the
    /// triggers of images that were never seen. Returns the references that are not what they were.
    pub async fn check(
        &self,
        references: &BTreeSet<String>,
        platforms: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let due: Vec<Reference> = references
            .iter()
            .filter(|reference| self.seen().asked.insert((*reference).clone()))
            .filter_map(|reference| Reference::parse(reference).ok())
            .collect();
        let mut moved = BTreeSet::new();
        let checked = join_all(due.iter().map(|reference| self.one(reference, platforms))).await;
        let mut learned = Vec::new();
        for (reference, (before, after, news)) in due.iter().zip(checked) {
            if before != after || news {
                moved.insert(reference.as_str().to_owned());
            }
            if let (Some(digest), true) = (&after, reference.digest().is_none()) {
                learned.push((self.place(reference), digest.clone()));
            }
            self.seen().digests.insert(reference.as_str().to_owned(), after);
        }
        if !learned.is_empty() {
            self.database.set_bases(&learned);
        }
        moved
    }

    /// Takes the digests a builder resolved for those that nobody else could tell. `false` = the builder used another
    /// image than the one that was asked for, so that nothing may be concluded from its result.
    pub fn learn(&self, used: &BTreeMap<String, String>) -> bool {
        let mut agree = true;
        let mut learned = Vec::new();
        for (reference, digest) in used {
            let Ok(parsed) = Reference::parse(reference) else { continue };
            let mut seen = self.seen();
            let own = seen.digests.keys().find(|known| crate::image::same(known, reference)).cloned();
            // What only the builder knows of: the Dockerfile does not tell.
            let own = own.unwrap_or_else(|| reference.clone());
            if let Some(known) = seen.digests.get(&own).cloned().flatten() {
                // The id of a daemon's image is another thing than the digest it was pulled by.
                agree &= known == *digest || self.daemon.is_some();
            } else {
                seen.digests.insert(own, Some(digest.clone()));
                learned.push((self.place(&parsed), digest.clone()));
            }
        }
        if !learned.is_empty() {
            self.database.set_bases(&learned);
        }
        agree
    }

    /// The digest before and after asking, and whether triggers were learned.
    async fn one(
        &self,
        reference: &Reference,
        platforms: &BTreeSet<String>,
    ) -> (Option<String>, Option<String>, bool) {
        let before = self.digest(reference.as_str());
        if let Some(daemon) = self.daemon
            && let Ok(Some(image)) = daemon.image(reference.as_str()).await
        {
            let mut news = false;
            for platform in platforms {
                if self.database.onbuild(&image.id, platform).is_none() {
                    news |= self.database.set_onbuild(&image.id, platform, &image.onbuild);
                }
            }
            return (before, Some(image.id), news);
        }
        let Some(registry) = self.registry else { return (before.clone(), before, false) };
        let after = if let Some(digest) = reference.digest() {
            Some(digest.to_owned())
        } else {
            let known = self.database.base(&self.place(reference));
            match known {
                Some(known) if Duration::from_secs(known.age) < self.max_age => Some(known.digest),
                known => match registry.digest(reference).await {
                    Ok(digest) => digest.or(known.map(|k| k.digest)),
                    Err(error) => {
                        self.complain(reference, &error, known.as_ref());
                        known.map(|known| known.digest)
                    }
                },
            }
        };
        let mut news = false;
        if let Some(digest) = &after
            && !self.seen().silent.contains(reference.domain())
        {
            for platform in platforms {
                if self.database.onbuild(digest, platform).is_none()
                    && let Ok(triggers) = registry.onbuild(reference, digest, platform).await
                {
                    news |= self.database.set_onbuild(digest, platform, &triggers);
                }
            }
        }
        (before, after, news)
    }

    fn complain(
        &self,
        reference: &Reference,
        error: &registry::Error,
        known: Option<&crate::state::KnownBase>,
    ) {
        if !self.seen().silent.insert(reference.domain().to_owned()) {
            return;
        }
        if let Some(known) = known {
            self.bus.warn(format!(
                "{error}; base image {} is taken to be what it was {} ago (`--offline` does not ask)",
                reference.as_str(),
                age(known.age)
            ));
            return;
        }
        let text = format!("{error}; what {} is now is left to the builder", reference.as_str());
        // A wait is said; what fails at once is the builder's to complain about, if it cannot pull either.
        if matches!(error, registry::Error::TimedOut { .. }) {
            self.bus.info(text);
        } else {
            self.bus.debug(text);
        }
    }

    /// Who was asked, and for what.
    fn place(&self, reference: &Reference) -> String {
        let who = self.daemon.map_or("registry", Daemon::host);
        format!("{who} {}", reference.normalized())
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A duration in the largest unit that fits: `3 h`.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => "less than a minute".to_owned(),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{SocketAddr, TcpListener};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::inputs::{hex, of_bytes};
    use crate::registry::{Client, Options};
    use crate::settings::env::Environment;

    fn digest(text: &str) -> String {
        format!("sha256:{}", hex(&of_bytes(text.as_bytes())))
    }

    /// A registry with one image; and the requests that come in.
    fn registry() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
        let config = r#"{"config":{"OnBuild":["COPY . /app"]}}"#;
        let manifest =
            format!(r#"{{"schemaVersion":2,"config":{{"digest":"{}"}},"layers":[]}}"#, digest(config));
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(vec![]));
        let asked_here = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in socket.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let Some(line) = head.first().cloned() else { continue };
                let body = if line.contains("/blobs/") { config } else { &manifest };
                let shown = if line.starts_with("HEAD") { "" } else { body };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\nDocker-Content-Digest: {}\r\n\
                     Content-Type: application/vnd.oci.image.manifest.v1+json\r\n\r\n{shown}",
                    body.len(),
                    digest(body)
                );
                asked_here.lock().unwrap().push(line);
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        (address, asked)
    }

    #[tokio::test]
    async fn triggers_are_asked_for_once_for_each_digest() {
        let (address, asked) = registry();
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("state.db"), &Bus::default());
        let environment = Environment { cwd: "/nowhere".into(), ..Environment::default() };
        let client = Client::new(Options::default(), &environment);
        let bus = Bus::default();
        let references = BTreeSet::from([format!("{address}/base:1")]);
        let platforms = BTreeSet::from(["linux/amd64".to_owned()]);
        let asked = || asked.lock().unwrap().iter().filter(|line| line.contains("/blobs/")).count();
        for run in 1..=3 {
            // Each run asks what the tag is; what an image does on build is known by its digest.
            let bases = Bases::new(&database, Some(&client), None, Duration::ZERO, &bus);
            bases.check(&references, &platforms).await;
            let reference = references.first().unwrap();
            assert_eq!(
                bases.onbuild(reference, "linux/amd64"),
                Some(vec!["COPY . /app".to_owned()]),
                "{run}"
            );
            assert_eq!(asked(), 1, "{run}");
        }
    }
}
