//! Credentials as docker keeps them: in `config.json`, or with the helper programs it names.
//!
//! Read here and not by the `docker_credential` crate, which takes variables and PATH from the process instead of the
//! snapshot, waits for a helper without end, and repeats a helper's output, secrets included, in its errors.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::access::DOCKER_HUB;
use crate::process::Command;
use crate::settings::env::Environment;

/// Under which name docker keeps the credentials for Docker Hub.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// How long a helper may take; some ask a cloud's service.
const LONGEST_HELPER: Duration = Duration::from_secs(30);

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How to log in. Not printable.
#[derive(Clone)]
pub enum Login {
    /// A user and the password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// An identity token, which a token service takes in place of a password.
    Identity(String),
}

/// What docker knows about a registry.
#[derive(Default)]
pub(super) struct Credentials {
    /// `None` = anonymous.
    pub(super) login: Option<Login>,
    /// Why there may be credentials that could not be had: part of the hint once access is denied.
    pub(super) trouble: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    auths: Option<HashMap<String, Entry>>,
    creds_store: Option<String>,
    cred_helpers: Option<HashMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl Credentials {
    /// The credentials for `host`, from `config.json` in `folder`: the host's own helper, else the general one, else
    /// what stands in the file (docker: `cli/config/credentials`). Trouble on the way never fails: a public image
    /// needs none.
    pub(super) async fn find(folder: &Path, environment: &Environment, host: &str) -> Self {
        let path = folder.join("config.json");
        let text = match fs_err::tokio::read_to_string(&path).await {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Self::default(),
            Err(error) => return Self { login: None, trouble: Some(error.to_string()) },
        };
        if text.trim().is_empty() {
            return Self::default();
        }
        let config: Config = match serde_json::from_str(&text) {
            Ok(config) => config,
            Err(error) => {
                let place = format!("{}:{}:{}", environment.tilde(&path), error.line(), error.column());
                return Self {
                    login: None,
                    trouble: Some(format!("{place}: docker's config file is broken")),
                };
            }
        };
        let mut trouble = None;
        if let Some(helper) = config.helper(host) {
            match ask(helper, environment, key(host)).await {
                Ok(Some(login)) => return Self { login: Some(login), trouble: None },
                Ok(None) => {}
                Err(reason) => trouble = Some(reason),
            }
        }
        Self { login: config.entry(host).and_then(Entry::login), trouble }
    }
}

impl Config {
    fn helper(&self, host: &str) -> Option<&str> {
        let own = self.cred_helpers.as_ref().and_then(|helpers| {
            let named = |name: &str| helpers.get(name).map(String::as_str);
            named(key(host)).or_else(|| named(host)).or_else(|| {
                helpers.iter().find(|(name, _)| hostname(name) == host).map(|(_, helper)| helper.as_str())
            })
        });
        own.or(self.creds_store.as_deref()).filter(|helper| !helper.is_empty())
    }

    fn entry(&self, host: &str) -> Option<&Entry> {
        let auths = self.auths.as_ref()?;
        auths
            .get(key(host))
            .or_else(|| auths.get(host))
            .or_else(|| auths.iter().find(|(name, _)| hostname(name) == host).map(|(_, entry)| entry))
    }
}

impl Entry {
    fn login(&self) -> Option<Login> {
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        if let Some(token) = given(&self.identitytoken) {
            return Some(Login::Identity(token));
        }
        if let Some(auth) = given(&self.auth) {
            let decoded = String::from_utf8(BASE64.decode(auth.trim()).ok()?).ok()?;
            let (user, password) = decoded.split_once(':')?;
            // docker's files may end the password with NULs
            let password = password.trim_end_matches('\0');
            return Some(Login::Password { user: user.to_owned(), password: password.to_owned() });
        }
        Some(Login::Password { user: given(&self.username)?, password: given(&self.password)? })
    }
}

/// Asks a helper. `None` = it has nothing for this registry, which helpers say with a bad exit code and these words
/// (docker-credential-helpers: `credentials/error.go`).
async fn ask(helper: &str, environment: &Environment, key: &str) -> Result<Option<Login>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Response {
        username: String,
        secret: String,
    }
    let program = format!("docker-credential-{helper}");
    let command = Command::new(&program).arg("get").envs(&environment.vars).stdin_bytes(key);
    let output = match tokio::time::timeout(LONGEST_HELPER, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("`{program}` did not answer within {} s", LONGEST_HELPER.as_secs())),
    };
    if !output.success() {
        let said = format!("{}{}", output.stdout, output.stderr);
        return if said.contains("credentials not found") || said.contains("no credentials") {
            Ok(None)
        } else {
            // What it printed may hold a secret.
            Err(format!("`{program} get` failed"))
        };
    }
    let response: Response = serde_json::from_str(&output.stdout)
        .map_err(|_| format!("`{program} get` answered something that is no credentials"))?;
    Ok(match response.username.as_str() {
        "" => None,
        "<token>" => Some(Login::Identity(response.secret)),
        _ => Some(Login::Password { user: response.username, password: response.secret }),
    })
}

/// The name docker keeps a registry's credentials under.
fn key(host: &str) -> &str {
    if host == DOCKER_HUB { DOCKER_HUB_KEY } else { host }
}

/// The registry of a key, which old versions of docker wrote as a URL.
fn hostname(key: &str) -> &str {
    let bare = key.trim_start_matches("https://").trim_start_matches("http://");
    match bare.split('/').next().unwrap_or(bare) {
        "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB,
        host => host,
    }
}

#[cfg(test)]
mod tests;
