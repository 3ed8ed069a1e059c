//! BuildKit, asked to build. The seam is small: a [`Definition`] goes in, events and an [`Outcome`] come out.
//! Nothing outside this room knows that a bake file and a `docker-buildx` process carry it.

mod bake;
pub mod buildx;
pub mod classic;
pub mod definition;
mod failure;
pub mod flags;
mod progress;

pub use bake::print;
pub use buildx::Buildx;
pub use classic::Classic;
pub use definition::{
    CacheRef, Context, Definition, Dockerfile, NamedContext, Outcome, Output, Secret, SecretSource, Target,
    TargetOutcome,
};

use tokio_util::sync::CancellationToken;

use crate::diagnostic::Report;
use crate::event::Bus;

/// What carries a definition out.
#[derive(Debug)]
pub enum Engine {
    /// BuildKit, through the `docker-buildx` plugin.
    Buildx(Buildx),
    /// The docker daemon's classic builder.
    Classic(Classic),
}

/// A run that failed or was interrupted.
#[derive(Debug)]
pub struct Failure {
    /// What failed first, with its place and cure; the interruption.
    pub report: Box<Report>,
    /// What was delivered before: targets whose push was completed.
    pub delivered: Outcome,
}

impl From<Box<Report>> for Failure {
    /// Nothing was delivered.
    fn from(report: Box<Report>) -> Self {
        Self { report, delivered: Outcome::default() }
    }
}

impl Engine {
    /// Builds a definition; progress goes to `bus`. A cancelled run ends within a second.
    ///
    /// # Errors
    /// What failed first, with its place and cure; the interruption.
    pub async fn build(
        &self,
        definition: &Definition,
        bus: &Bus,
        cancel: &CancellationToken,
    ) -> Result<Outcome, Failure> {
        match self {
            Self::Buildx(buildx) => buildx.build(definition, bus, cancel).await,
            Self::Classic(classic) => classic.build(definition, bus, cancel).await,
        }
    }
}
