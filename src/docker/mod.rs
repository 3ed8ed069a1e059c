//! Docker on this machine: its configuration and contexts, its plugins, and the daemon.

pub mod config;
mod daemon;
pub mod plugin;

pub use config::{DockerConfig, DockerContext};
pub use daemon::{Daemon, Image, Info};
