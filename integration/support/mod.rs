//! What the tests share: a project in a temporary folder, a pinned environment, and ways to look at the results.

mod addresses;
mod buildkitd;
mod context;
mod docker;
mod http;
mod output;
mod registry;
mod running;

pub(crate) use addresses::{Engines, engine, variable};
pub(crate) use buildkitd::Buildkitd;
pub(crate) use context::{TestContext, skeg};
pub(crate) use docker::Docker;
pub(crate) use output::{Output, is_built_because};
pub(crate) use registry::Registry;
pub(crate) use running::{Running, eventually};

/// The engines, or the end of the test where there are none.
macro_rules! engines {
    () => {
        match $crate::support::Engines::find() {
            Some(engines) => engines,
            None => return,
        }
    };
}

/// One engine's address that not every run has, or the end of the test.
macro_rules! optional_engine {
    ($name:expr) => {
        match $crate::support::engine($name) {
            Some(value) => value,
            None => return,
        }
    };
}

pub(crate) use {engines, optional_engine};
