//! What can go wrong with a registry.

use std::time::Duration;

/// Why a registry gave no answer, or not the one that was asked for. Never holds credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No connection, or one that broke.
    #[error("{host} cannot be reached: {cause}")]
    Unreachable {
        /// The registry as images name it.
        host: String,
        /// What the system, TLS or the proxy said.
        cause: String,
    },
    /// No answer in time.
    #[error("{host} did not answer within {} s", .after.as_secs_f64())]
    TimedOut {
        /// The registry as images name it.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// The credentials, or their absence, give no access.
    #[error("{host} denies access to {repository}")]
    Denied {
        /// The registry as images name it.
        host: String,
        /// The repository's path.
        repository: String,
        /// What to do about it.
        hint: String,
    },
    /// Any other answer that is no success.
    #[error("{host} answered {status}: {message}")]
    Refused {
        /// The registry as images name it.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The registry's own words, else the status in words.
        message: String,
    },
    /// What has to be there is not.
    #[error("{host} has no {what}")]
    Missing {
        /// The registry as images name it.
        host: String,
        /// The thing.
        what: String,
    },
    /// A success that cannot be used or is not to be trusted.
    #[error("{host} gave an answer that cannot be used: {reason}")]
    Unusable {
        /// The registry as images name it.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// The registry, as images name it.
    pub fn host(&self) -> &str {
        match self {
            Self::Unreachable { host, .. }
            | Self::TimedOut { host, .. }
            | Self::Denied { host, .. }
            | Self::Refused { host, .. }
            | Self::Missing { host, .. }
            | Self::Unusable { host, .. } => host,
        }
    }

    /// What the user can do about it, where something is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Denied { hint, .. } => Some(hint.clone()),
            Self::Unreachable { host, cause } if cause.contains("certificate") => Some(format!(
                "let SSL_CERT_FILE name the authority that signed the certificate of {host}, or give `--insecure-registry={host}`"
            )),
            Self::Refused { status: 429, host, .. } => {
                Some(format!("wait, or log in where that raises the limit: `docker login {host}`"))
            }
            _ => None,
        }
    }
}
