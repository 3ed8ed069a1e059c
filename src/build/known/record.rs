//! Remembers what was built, once it is certain what it was built from.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use super::{Aspect, Assessed, Ingredients, Memory, Subject, complete};
use crate::diagnostic::Result;
use crate::inputs::Scanner;

/// Results that nobody used for so long are forgotten.
const AGE: Duration = Duration::from_hours(24 * 30);
/// So many results of one image in one place are kept.
const KEPT: u32 = 100;

/// An artifact that was built.
#[derive(Debug, Clone)]
pub struct Built {
    /// Its index among the subjects.
    pub index: usize,
    /// The digest (registry) or id (daemon).
    pub digest: String,
    /// The digests of the base images as the builder resolved them, by reference; empty where it does not tell.
    pub bases: BTreeMap<String, String>,
}

impl Memory<'_> {
    /// Remembers results. What was written while it was built is not: nobody knows which version the builder saw.
    ///
    /// # Errors
    /// Files that are needed cannot be read any more.
    pub fn record(
        &self,
        subjects: &[Subject<'_>],
        order: &[usize],
        assessed: &[Assessed],
        built: &[Built],
    ) -> Result<()> {
        if built.is_empty() {
            return Ok(());
        }
        let agreed: Vec<&Built> =
            built.iter().filter(|b| self.bases[subjects[b.index].bases].learn(&b.bases)).collect();
        for built in &agreed {
            let subject = &subjects[built.index];
            let name = (subject.project.clone(), subject.image.to_owned());
            let used = built.bases.keys().cloned().collect();
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(name, used);
        }
        // A new scanner: the first one knows the files as they were before.
        let scanner = Scanner::new(self.database);
        let mut now = self.gather(subjects, &scanner, self.database.salt())?;
        let keys = complete(subjects, &mut now, order);
        scanner.save();
        let mut results = Vec::new();
        for built in agreed {
            let Built { index, digest, .. } = built;
            let (Some(key), subject) = (&keys[*index], &subjects[*index]) else { continue };
            if !is_settled(*index, subjects, assessed, &now) {
                self.bus.debug(format!(
                    "{} was edited while it was built; the result is not remembered",
                    subject.image
                ));
                continue;
            }
            if now[*index].wide.is_some() && built.bases.is_empty() {
                // Neither the Dockerfile nor the builder tells which images it pulled.
                continue;
            }
            if let Some(place) = subject.place.name(self.daemon) {
                results.push((key.clone(), place, subject.image.to_owned(), digest.clone()));
                self.database.set_snapshot(
                    &subject.project,
                    subject.image,
                    key,
                    &now[*index].facts().encode(),
                );
            }
        }
        if !results.is_empty() {
            self.database.set_results(&results);
            self.database.prune(AGE, KEPT);
        }
        Ok(())
    }

    /// Remembers that images were found again, and what they are made of now if the last build was another one.
    pub fn found(&self, subjects: &[Subject<'_>], assessed: &[Assessed], found: &[usize]) {
        let mut used = Vec::new();
        for &index in found {
            let (subject, assessed) = (&subjects[index], &assessed[index]);
            let (Some(key), Some(place)) = (&assessed.key, subject.place.name(self.daemon)) else { continue };
            if self.database.snapshot_key(&subject.project, subject.image).as_ref() != Some(key) {
                let facts = assessed.ingredients.facts().encode();
                self.database.set_snapshot(&subject.project, subject.image, key, &facts);
            }
            used.push((key.clone(), place));
        }
        self.database.touch(&used);
    }
}

/// Whether nothing that an artifact or what it requires is made of was written since it was assessed.
fn is_settled(index: usize, subjects: &[Subject<'_>], before: &[Assessed], now: &[Ingredients]) -> bool {
    before[index].ingredients.stamp() == now[index].stamp()
        && subjects[index].requires.iter().all(|required| is_settled(*required, subjects, before, now))
}

/// What counts for the stamp: everything but what is learned during the build.
pub(super) const UNSTAMPED: [Aspect; 2] = [Aspect::Base, Aspect::Required];
