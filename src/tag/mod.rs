//! Tag policies: how images get their tags. A policy that fails is an error; there is no silent `latest`.

mod input_digest;
mod policy;

pub use input_digest::Sources;
pub use policy::{GitVariant, Policy};

use std::path::PathBuf;

use futures_util::future::join_all;

use crate::diagnostic::{Report, Result};
use crate::git::Git;
use crate::image::Reference;
use crate::template;

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

/// The tag of each artifact (the part behind the colon), all of them at the same time. `variables` is what templates
/// see.
///
/// # Errors
/// For each artifact its own: the policy cannot work, or its result is no tag.
pub async fn tags(requests: &[TagRequest], variables: &template::Context) -> Vec<Result<String>> {
    let git = Git::default();
    join_all(requests.iter().map(|request| tag(request, variables, &git))).await
}

async fn tag(request: &TagRequest, variables: &template::Context, git: &Git) -> Result<String> {
    let tag = request.policy.tag(request, variables, git).await.map_err(|report| {
        let mut report = *report;
        report.causes.insert(0, std::mem::take(&mut report.title));
        report.title = format!("artifact {} gets no tag from {}", request.image, request.policy.key());
        Box::new(report)
    })?;
    // Any name will do: only the tag is in question.
    match Reference::parse(&format!("x:{tag}")) {
        Ok(_) => Ok(tag),
        Err(_) => Err(Box::new(
            Report::config(format!(
                "artifact {} gets no valid tag from {}: `{tag}`",
                request.image,
                request.policy.key()
            ))
            .hint(
                "a tag has at most 128 of letters, digits, `_`, `.` and `-`, and begins with no `.` or `-`",
            ),
        )),
    }
}

#[cfg(test)]
mod tests;
