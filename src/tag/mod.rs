//! Tag policies: how images get their tags. A policy that fails is an error; there is no silent `latest`.

mod input_digest;
mod policy;

pub use input_digest::Sources;
use policy::Facts;
pub use policy::{GitVariant, Policy};

use std::collections::BTreeSet;
use std::path::PathBuf;

use futures_util::future::join;
use rayon::prelude::*;

use crate::diagnostic::{Report, Result};
use crate::git;
use crate::image::Reference;
use crate::template;
use crate::yaml::Key;

/// A policy that gave no tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is to blame, below `build.tagPolicy`. It may be a default that nobody wrote down.
    pub place: Vec<Key>,
    /// Why, and what helps.
    pub report: Box<Report>,
}

impl Refused {
    fn new<K: Into<Key>>(place: impl IntoIterator<Item = K>, report: Box<Report>) -> Self {
        Self { place: place.into_iter().map(Into::into).collect(), report }
    }
}

/// One artifact that wants a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRequest {
    /// Its image name as in the project file.
    pub image: String,
    /// The folder whose state tags it, absolute.
    pub context_dir: PathBuf,
    /// How.
    pub policy: Policy,
    /// The files it reads; only looked at where [`Policy::needs_sources`].
    pub sources: Sources,
}

/// The tag of each artifact (the part behind the colon). `variables` is what templates see, and the time that all tags
/// are of. Files are digested while git runs.
///
/// # Errors
/// For each artifact its own: the policy cannot work, or its result is no tag.
pub async fn tags(
    requests: &[TagRequest],
    variables: &template::Context,
    discovery: &git::Discovery,
) -> Vec<Result<String, Refused>> {
    let mut questions = BTreeSet::new();
    for request in requests {
        request.policy.questions(&request.context_dir, &mut questions);
    }
    let digests = async {
        let digest = |request: &TagRequest| {
            if request.policy.needs_sources() {
                input_digest::digest(&request.sources)
            } else {
                Ok(String::new())
            }
        };
        requests.par_iter().map(digest).collect::<Vec<_>>()
    };
    let (answers, digests) = join(git::ask(questions, discovery), digests).await;
    let tags = requests.iter().zip(digests).map(|(request, digest)| {
        let facts =
            Facts { image: &request.image, folder: &request.context_dir, variables, git: &answers, digest };
        tag(&request.policy, &facts)
    });
    tags.collect()
}

fn tag(policy: &Policy, facts: &Facts<'_>) -> Result<String, Refused> {
    let key = policy.key();
    let tag = policy.tag(facts).map_err(|mut refused| {
        let report = &mut refused.report;
        report.causes.insert(0, std::mem::take(&mut report.title));
        report.title = format!("artifact {} gets no tag from {key}", facts.image);
        refused
    })?;
    // Any name will do: only the tag is in question.
    if Reference::parse(&format!("x:{tag}")).is_ok_and(|reference| reference.tag() == Some(&tag)) {
        return Ok(tag);
    }
    let mut report =
        Report::config(format!("artifact {} gets no valid tag from {key}: `{tag}`", facts.image)).hint(
            "a tag has at most 128 of letters, digits, `_`, `.` and `-`, and begins with no `.` or `-`",
        );
    report.hints.extend(policy.cure());
    Err(Refused::new([key, policy.field()], Box::new(report)))
}

#[cfg(test)]
mod tests;
