//! Which builder builds: the rules ([`decide`]), the answer ([`Choice`]), what it can do ([`Capabilities`]), and how
//! it is reached ([`Detector`], [`Connection`]).

mod address;
mod capabilities;
pub mod connect;
mod decide;
pub mod instance;
pub(crate) mod probe;
pub mod store;

pub use address::Address;
pub use capabilities::{Capabilities, Support};
pub use connect::{Connection, Detector};
pub use decide::{Decision, Inputs, decide};

use std::fmt;

use crate::event::{Bus, Event};
use store::Instance;

/// A builder. `Display` gives its name or address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builder {
    /// A buildx builder instance of the user.
    Named(Instance),
    /// The BuildKit of the docker daemon of a docker context.
    DockerContext {
        /// The context's name; `default` is the one of `DOCKER_HOST` or the default socket.
        name: String,
        /// It is the docker context in force, so `docker-buildx` uses it without being told.
        in_force: bool,
    },
    /// A buildkitd that is reached by its address.
    Address(Address),
    /// The docker daemon's classic builder, which is not BuildKit.
    Classic,
}

impl fmt::Display for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(instance) => f.write_str(&instance.name),
            Self::DockerContext { name, .. } => f.write_str(name),
            Self::Address(address) => address.fmt(f),
            Self::Classic => f.write_str("classic"),
        }
    }
}

/// The builder that was chosen and why. `Display` gives the line shown to the user:
/// `builder remote (user config, context kind-dev)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The builder.
    pub builder: Builder,
    /// Where the choice comes from.
    pub reason: String,
    /// What the user should know about a builder that nobody asked for.
    pub warning: Option<String>,
}

impl Choice {
    /// What the builder can do, as far as that is known without asking anybody.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities::of(&self.builder)
    }

    /// Tells the user which builder builds and why.
    pub fn announce(&self, bus: &Bus) {
        bus.emit(Event::Builder { name: self.builder.to_string(), reason: self.reason.clone() });
        if let Some(warning) = &self.warning {
            bus.warn(warning);
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "builder {} ({})", self.builder, self.reason)
    }
}
