//! What is told of a plan that was not carried out to its end.

use std::collections::BTreeSet;

use crate::build::artifact::Artifact;
use crate::diagnostic::{Kind, Report};

/// What became of each artifact of a plan, by index.
#[derive(Default)]
pub(super) struct Summary {
    /// Built, with all that belongs to it.
    pub(super) built: BTreeSet<usize>,
    /// Built, but the hooks after it did not all run.
    pub(super) unfinished: BTreeSet<usize>,
    /// Begun and not built.
    pub(super) stopped: BTreeSet<usize>,
    /// Not begun.
    pub(super) never: BTreeSet<usize>,
    /// What was told of it, the first one first.
    pub(super) failures: Vec<Report>,
}

impl Summary {
    /// The failure, with what became of everything else where there is something else; `None` = all went well.
    /// `interrupted` says that the user ended it.
    pub(super) fn report(mut self, artifacts: &[Artifact<'_>], interrupted: bool) -> Option<Box<Report>> {
        // What was stopped because of a failure elsewhere ends as interrupted.
        let first = self.failures.iter().position(|failure| failure.kind != Kind::Interrupted);
        let mut report = match first {
            Some(first) => Box::new(self.failures.remove(first)),
            None if artifacts.len() == 1 && !self.failures.is_empty() => Box::new(self.failures.remove(0)),
            // The lists below say what the single runs say of it.
            None if interrupted || !self.failures.is_empty() => {
                Box::new(Report::new(Kind::Interrupted, "interrupted"))
            }
            None if self.never.is_empty() => return None,
            None => Box::new(Report::new(Kind::Internal, "a build waits for what nobody builds")),
        };
        let also: Vec<&Report> =
            self.failures.iter().filter(|failure| failure.kind != Kind::Interrupted).collect();
        report.notes.extend(also.iter().map(|failure| format!("failed as well: {}", failure.title)));
        // What has failed is named with its reason.
        let told: Vec<&str> =
            std::iter::once(&*report).chain(also).map(|failure| failure.title.as_str()).collect();
        let is_told = |image: &str| told.iter().any(|title| names(title, image));
        let list = |indices: &BTreeSet<usize>, all: bool| {
            let images = indices.iter().map(|index| artifacts[*index].image());
            images.filter(|image| all || !is_told(image)).collect::<Vec<_>>().join(", ")
        };
        let lists = [
            ("built", list(&self.built, true)),
            ("built, but its hooks did not all run", list(&self.unfinished, true)),
            ("stopped", list(&self.stopped, false)),
            ("never started", list(&self.never, false)),
        ];
        // Of a single artifact there is nothing to tell but that it is there in spite of all.
        let told = if artifacts.len() == 1 { 2 } else { lists.len() };
        let lists = lists.into_iter().take(told).filter(|(_, images)| !images.is_empty());
        report.notes.extend(lists.map(|(what, images)| format!("{what}: {images}")));
        Some(report)
    }
}

/// Whether a sentence has an image's name as a word of its own, not as a part of a longer name.
fn names(sentence: &str, image: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "-_./:".contains(c);
    sentence.match_indices(image).any(|(start, _)| {
        let before = sentence[..start].chars().next_back();
        let mut after = sentence[start + image.len()..].chars();
        // A full stop or a colon may end a name: then no name goes on behind it.
        let goes_on = match after.next() {
            Some('.' | ':') => after.next().is_some_and(is_part),
            next => next.is_some_and(is_part),
        };
        !before.is_some_and(is_part) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_of_its_own() {
        for (sentence, image, expected) in [
            ("buildCommand of artifact app `make` failed", "app", true),
            ("app: `make` failed", "app", true),
            ("artifact app.", "app", true),
            ("building team/app failed", "team/app", true),
            ("building team/app failed", "app", false),
            ("building app-two failed", "app", false),
            ("building app/x and app failed", "app", true),
            ("building app.x failed", "app", false),
            ("building app:v1 failed", "app", false),
            ("a step failed", "a", true),
            ("the step failed", "a", false),
            ("", "app", false),
        ] {
            assert_eq!(names(sentence, image), expected, "{sentence:?} {image}");
        }
    }
}
