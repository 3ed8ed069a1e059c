//! BuildKit, asked to build. The seam is small: a [`Definition`] goes in, events and an [`Outcome`] come out.
//! Nothing outside this room knows that a bake file and a `docker-buildx` process carry it.

pub mod builder;
pub mod classic;
pub mod connect;
pub mod daemon;
pub mod definition;
pub mod dockerconfig;
pub mod instance;
pub mod plugin;
pub mod store;

pub use builder::{Builder, Capabilities, Choice, Support};
pub use classic::Classic;
pub use connect::{Connection, Detector};
pub use daemon::{Daemon, Info};
pub use definition::{
    CacheRef, Context, Definition, Dockerfile, NamedContext, Outcome, Output, Secret, SecretSource, Target,
    TargetOutcome,
};
