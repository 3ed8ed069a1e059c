//! What earlier builds left, and whether it is still right: the artifact cache.
//!
//! An artifact's key is a hash of everything its image is made of. An image is taken over when an earlier build had the
//! same key *and* its result is still where it is needed; everything else is built, and the reason is said.

mod bases;
mod custom;
mod facts;
mod ingredients;
mod record;

pub use bases::Bases;
pub use custom::{CustomWork, of_custom, requests};
pub use facts::{Aspect, Change, Difference, Facts, summary};
pub use ingredients::{Ingredients, Own, Surroundings, has_triggers, of_target};
pub use record::Built;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use rayon::prelude::*;

use crate::diagnostic::Result;
use crate::docker::Daemon;
use crate::engine::Target;
use crate::event::Bus;
use crate::image::{Reference, platform};
use crate::inputs::Scanner;
use crate::registry;
use crate::settings::env::Environment;
use crate::state::Database;

/// An artifact whose image may be known already.
pub struct Subject<'a> {
    /// The image name as in the project file.
    pub image: &'a str,
    /// The project file it stands in.
    pub project: String,
    /// What is built.
    pub work: Work,
    /// Where the result is needed.
    pub place: Place,
    /// Indices of required artifacts.
    pub requires: Vec<usize>,
    /// What belongs to it alone.
    pub own: Own,
    /// Which of the run's [`Bases`] are its.
    pub bases: usize,
    /// The project wants images of its tag taken over unseen (`tryImportMissing`), which is not done.
    pub import: bool,
}

/// What is built.
pub enum Work {
    /// A Dockerfile.
    Target(Box<Target>),
    /// A command.
    Custom(Box<CustomWork>),
}

/// Where a result is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a registry, under this reference.
    Registry(Reference),
    /// In the docker daemon, under this reference.
    Daemon(Reference),
    /// Somewhere that is written each time, for this reason.
    Elsewhere(String),
}

impl Place {
    /// The place's name in the database: results of one place are nothing in another.
    fn name(&self, daemon: Option<&Daemon>) -> Option<String> {
        match self {
            Self::Registry(reference) => Some(format!("registry {}", reference.name())),
            Self::Daemon(_) => Some(format!("daemon {}", daemon?.host())),
            Self::Elsewhere(_) => None,
        }
    }
}

/// How an image was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// In the daemon, under its tag.
    Locally,
    /// In the registry, under its tag.
    Remotely,
    /// Where it is needed, under another tag.
    Tagging,
}

/// What is to be done with an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its image is there: the digest (registry) or id (daemon).
    Found(How, String),
    /// It is built, for this reason.
    Build(String),
}

/// What is known of an artifact before anything is built.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// What it is made of.
    pub ingredients: Ingredients,
    /// Its key; `None` = it is built each time.
    pub key: Option<String>,
    /// What is to be done.
    pub verdict: Verdict,
}

/// The means of finding out.
pub struct Memory<'a> {
    /// Earlier builds.
    pub database: &'a Database,
    /// Base images, by where they are looked for.
    pub bases: &'a [Bases<'a>],
    /// The registries results are pushed to.
    pub registry: &'a registry::Client,
    /// The daemon results are loaded into.
    pub daemon: Option<&'a Daemon>,
    /// Variables and folders.
    pub environment: &'a Environment,
    /// Where waits and fallbacks are said.
    pub bus: &'a Bus,
    /// The base images that builders used for artifacts whose Dockerfile does not tell all, by project and image.
    used: Mutex<BTreeMap<(String, String), BTreeSet<String>>>,
}

impl<'a> Memory<'a> {
    /// Nothing is asked yet.
    pub fn new(
        database: &'a Database,
        bases: &'a [Bases<'a>],
        registry: &'a registry::Client,
        daemon: Option<&'a Daemon>,
        environment: &'a Environment,
        bus: &'a Bus,
    ) -> Self {
        Self { database, bases, registry, daemon, environment, bus, used: Mutex::default() }
    }

    /// Finds out about every subject. `order` has required ones first.
    ///
    /// # Errors
    /// Files that are needed cannot be read.
    pub async fn assess(&self, subjects: &[Subject<'_>], order: &[usize]) -> Result<Vec<Assessed>> {
        let scanner = Scanner::new(self.database);
        let salt = self.database.salt();
        let mut gathered = self.gather(subjects, &scanner, salt)?;
        // What was last known of the bases is right nearly always: results are looked for while they are asked for.
        let mut keys = complete(subjects, &mut gathered, order);
        let (moved, mut verdicts) =
            tokio::join!(self.check_bases(subjects, &gathered), self.look_up(subjects, &gathered, &keys));
        for _ in 0..3 {
            if moved.is_empty() {
                break;
            }
            gathered = self.gather(subjects, &scanner, salt)?;
            let now = complete(subjects, &mut gathered, order);
            // Triggers of a base may name further images.
            let more = self.check_bases(subjects, &gathered).await;
            if now != keys {
                keys = now;
                verdicts = self.look_up(subjects, &gathered, &keys).await;
            }
            if more.is_empty() {
                break;
            }
        }
        scanner.save();
        Ok(gathered
            .into_iter()
            .zip(keys)
            .zip(verdicts)
            .map(|((ingredients, key), verdict)| Assessed { ingredients, key, verdict })
            .collect())
    }

    /// The ingredients of every subject, without what they require.
    fn gather(
        &self,
        subjects: &[Subject<'_>],
        scanner: &Scanner<'_>,
        salt: Option<[u8; 32]>,
    ) -> Result<Vec<Ingredients>> {
        subjects.par_iter().map(|subject| self.ingredients(subject, scanner, salt)).collect()
    }

    fn ingredients(
        &self,
        subject: &Subject<'_>,
        scanner: &Scanner<'_>,
        salt: Option<[u8; 32]>,
    ) -> Result<Ingredients> {
        let bases = &self.bases[subject.bases];
        let surroundings = Surroundings {
            scanner,
            environment: self.environment,
            base: &|reference| bases.digest(reference),
            onbuild: &|reference, platform| bases.onbuild(reference, platform),
            salt,
        };
        match &subject.work {
            Work::Target(target) => {
                let mut ingredients = of_target(target, &subject.own, &surroundings)?;
                if ingredients.wide.is_some() {
                    // What the analysis does not understand may pull images too: those of the last build count.
                    for base in self.used(subject) {
                        ingredients.add_base(&base, bases.digest(&base));
                    }
                }
                Ok(ingredients)
            }
            Work::Custom(work) => of_custom(work, &surroundings),
        }
    }

    /// The base images that a builder used for an artifact, last time or in this run.
    fn used(&self, subject: &Subject<'_>) -> BTreeSet<String> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (subject.project.clone(), subject.image.to_owned());
        let read = || {
            let (_, facts) = self.database.snapshot(&subject.project, subject.image)?;
            Some(Facts::decode(&facts)?.names(Aspect::Base).collect())
        };
        used.entry(name).or_insert_with(|| read().unwrap_or_default()).clone()
    }

    /// Asks what the bases are now, and returns those that are not what they were taken for.
    async fn check_bases(&self, subjects: &[Subject<'_>], gathered: &[Ingredients]) -> BTreeSet<String> {
        let checks = self.bases.iter().enumerate().map(|(index, bases)| async move {
            let mut references = BTreeSet::new();
            let mut platforms = BTreeSet::new();
            for (subject, ingredients) in subjects.iter().zip(gathered).filter(|(s, _)| s.bases == index) {
                references.extend(ingredients.bases.iter().cloned());
                if let Work::Target(target) = &subject.work {
                    platforms.extend(analyzed_platforms(target));
                }
            }
            bases.check(&references, &platforms).await
        });
        join_all(checks).await.into_iter().flatten().collect()
    }

    async fn look_up(
        &self,
        subjects: &[Subject<'_>],
        gathered: &[Ingredients],
        keys: &[Option<String>],
    ) -> Vec<Verdict> {
        let all = subjects.iter().zip(gathered).zip(keys);
        join_all(all.map(|((subject, ingredients), key)| self.one(subject, ingredients, key.as_deref())))
            .await
    }

    async fn one(&self, subject: &Subject<'_>, ingredients: &Ingredients, key: Option<&str>) -> Verdict {
        if let Place::Elsewhere(reason) = &subject.place {
            return Verdict::Build(reason.clone());
        }
        let Some(key) = key else { return Verdict::Build(self.why_always(subject, ingredients)) };
        let known = subject.place.name(self.daemon).and_then(|place| self.database.result(key, &place));
        let Some(digest) = known else {
            if subject.import {
                self.bus.warn(format!(
                    "tryImportMissing is not followed for {}: a tag does not prove what an image was built from",
                    subject.image
                ));
            }
            return Verdict::Build(self.why_not(subject, ingredients, key));
        };
        let found = match &subject.place {
            Place::Registry(reference) => self.in_registry(reference, &digest).await,
            Place::Daemon(reference) => self.in_daemon(reference, &digest).await,
            Place::Elsewhere(_) => None,
        };
        match found {
            Some(how) => Verdict::Found(how, digest),
            None => Verdict::Build("the result is gone".to_owned()),
        }
    }

    async fn in_registry(&self, reference: &Reference, digest: &str) -> Option<How> {
        let asked = async {
            if self.registry.digest(reference).await?.as_deref() == Some(digest) {
                return Ok(Some(How::Remotely));
            }
            Ok(self.registry.exists(reference, digest).await?.then_some(How::Tagging))
        };
        match asked.await {
            Ok(found) => found,
            Err(error) => {
                let error: registry::Error = error;
                self.bus.warn(format!("{error}; whether {} is there is not known", reference.as_str()));
                None
            }
        }
    }

    async fn in_daemon(&self, reference: &Reference, id: &str) -> Option<How> {
        let daemon = self.daemon?;
        // A daemon that does not answer says so itself once it is to build.
        match daemon.image_id(reference.as_str()).await.ok()? {
            Some(found) if found == id => Some(How::Locally),
            _ => daemon.has_image(id).await.ok()?.then_some(How::Tagging),
        }
    }

    fn why_always(&self, subject: &Subject<'_>, ingredients: &Ingredients) -> String {
        if let Some(reason) = &ingredients.always {
            return reason.clone();
        }
        if self.database.snapshot(&subject.project, subject.image).is_none() {
            return "first build".to_owned();
        }
        match ingredients.unknown_bases.first() {
            Some(base) => format!("base {base} is not known"),
            None => "what it requires is built each time".to_owned(),
        }
    }

    fn why_not(&self, subject: &Subject<'_>, ingredients: &Ingredients, key: &str) -> String {
        let Some(differences) = self.differences(subject, ingredients) else {
            return "first build".to_owned();
        };
        if self.database.snapshot_key(&subject.project, subject.image).as_deref() == Some(key) {
            return match &subject.place {
                Place::Registry(reference) => format!("not in {} yet", reference.name()),
                _ => "not in this daemon yet".to_owned(),
            };
        }
        match differences.as_slice() {
            [] => "first build".to_owned(),
            differences => summary(differences),
        }
    }

    /// What differs from the last build; `None` = there was none.
    pub fn differences(&self, subject: &Subject<'_>, ingredients: &Ingredients) -> Option<Vec<Difference>> {
        let (_, facts) = self.database.snapshot(&subject.project, subject.image)?;
        Some(ingredients.facts().differences(&Facts::decode(&facts)?))
    }
}

/// The platforms whose triggers of a base count.
fn analyzed_platforms(target: &Target) -> Vec<String> {
    if target.platforms.is_empty() {
        ingredients::ARCHITECTURES.map(str::to_owned).to_vec()
    } else {
        target.platforms.iter().map(|p| platform::parse(p).unwrap_or_else(|| p.clone())).collect()
    }
}

/// Completes the ingredients with the keys of what they require and returns all keys.
fn complete(subjects: &[Subject<'_>], gathered: &mut [Ingredients], order: &[usize]) -> Vec<Option<String>> {
    let mut keys: BTreeMap<usize, Option<String>> = BTreeMap::new();
    for &index in order {
        let mut sure = gathered[index].always.is_none() && gathered[index].unknown_bases.is_empty();
        for required in &subjects[index].requires {
            match keys.get(required).cloned().flatten() {
                Some(key) => gathered[index].add(Aspect::Required, subjects[*required].image, key),
                None => sure = false,
            }
        }
        keys.insert(index, sure.then(|| gathered[index].key()));
    }
    (0..subjects.len()).map(|index| keys.remove(&index).flatten()).collect()
}
