//! Manifests by digest or tag, with the credentials of the docker config.
//!
//! One [`Client`] a run. Nothing is read or set up before the first question; then a host is met once (is it there,
//! over which scheme, what does it ask for), a credential helper runs at most once for it, a token is fetched once
//! for a repository, and connections are shared. Whoever asks for one of these while another is at it waits for the
//! same answer.

mod access;
mod auth;
mod client;
mod credentials;
mod error;
mod flight;
mod manifest;

pub use client::{Client, Options};
pub use credentials::Login;
pub use error::Error;

#[cfg(test)]
mod tests;
