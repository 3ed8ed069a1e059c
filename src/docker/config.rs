//! docker's own configuration, read natively: `config.json` and the docker contexts. Never written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Report, Result, nearest};
use crate::settings::env::{self, Environment};

/// The docker context that is always there: `DOCKER_HOST`, else the platform's default socket.
pub const DEFAULT_CONTEXT: &str = "default";

/// Where a docker daemon listens when nothing else is said.
pub const DEFAULT_HOST: &str =
    if cfg!(windows) { "npipe:////./pipe/docker_engine" } else { "unix:///var/run/docker.sock" };

/// What `config.json` says about builders, and the docker contexts beside it.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {
    /// The folder of `config.json` (`$DOCKER_CONFIG`, else `~/.docker`).
    pub dir: PathBuf,
    /// `aliases`: a docker command to the plugin that replaces it.
    pub aliases: BTreeMap<String, String>,
    /// `cliPluginsExtraDirs`
    pub plugin_dirs: Vec<PathBuf>,
    /// `currentContext`, as chosen by `docker context use`.
    pub current_context: Option<String>,
    /// The docker contexts.
    pub contexts: Contexts,
}

/// How a docker daemon is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `unix://…`, `tcp://…`, `ssh://…` or `npipe://…`.
    pub host: String,
    /// Material for TLS; `None` = plain.
    pub tls: Option<Tls>,
}

/// TLS material of a docker daemon, as paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authority that signed the daemon's certificate; `None` = the system's.
    pub ca: Option<PathBuf>,
    /// The client's certificate.
    pub cert: Option<PathBuf>,
    /// The client's key.
    pub key: Option<PathBuf>,
    /// The daemon's certificate is not checked.
    pub skip_verify: bool,
}

/// A docker context: a name for a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerContext {
    /// Its name; `default` is always there.
    pub name: String,
    /// Its daemon.
    pub endpoint: Endpoint,
}

impl DockerContext {
    /// The key under which buildx remembers the builder chosen for this context: its name, for the default
    /// context the daemon's address (buildx: `dockerutil.GetCurrentEndpoint`).
    pub fn buildx_key(&self) -> &str {
        if self.name == DEFAULT_CONTEXT { &self.endpoint.host } else { &self.name }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ConfigFile {
    aliases: Option<BTreeMap<String, String>>,
    cli_plugins_extra_dirs: Option<Vec<PathBuf>>,
    current_context: Option<String>,
}

impl DockerConfig {
    /// Reads the configuration that `docker` would read in this environment. Missing files are an empty
    /// configuration; broken ones are errors naming file, line and column.
    pub fn load(env: &Environment) -> Result<Self> {
        let dir = folder(env);
        let path = dir.join("config.json");
        let text = read_optional(&path)?.unwrap_or_default();
        let mut config = Self::parse(&path, &text)?;
        config.contexts = Contexts::load(&dir)?;
        Ok(config)
    }

    /// The configuration in `text`, which stands in the file `path`; without contexts.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let file: ConfigFile = if text.trim().is_empty() {
            // docker reads an empty file as an empty configuration
            ConfigFile::default()
        } else {
            parse_json("docker's config file", path, text)?
        };
        Ok(Self {
            dir: path.parent().unwrap_or(Path::new("")).to_owned(),
            aliases: file.aliases.unwrap_or_default(),
            plugin_dirs: file.cli_plugins_extra_dirs.unwrap_or_default(),
            current_context: file.current_context.filter(|name| !name.is_empty()),
            contexts: Contexts::default(),
        })
    }

    /// The docker context in force: `DOCKER_HOST`, then `DOCKER_CONTEXT`, then `currentContext`, then `default`
    /// (docker CLI: `resolveContextName`). A context that does not exist is an error naming near names.
    pub fn context_in_force(&self, env: &Environment) -> Result<DockerContext> {
        let (name, origin) = if env.get(env::DOCKER_HOST).is_some() {
            (DEFAULT_CONTEXT, env::DOCKER_HOST)
        } else if let Some(name) = env.get(env::DOCKER_CONTEXT) {
            (name, env::DOCKER_CONTEXT)
        } else if let Some(name) = &self.current_context {
            (name.as_str(), "currentContext in docker's config.json")
        } else {
            (DEFAULT_CONTEXT, "default")
        };
        if let Some(context) = self.context(name, env)? {
            return Ok(context);
        }
        let mut report = Report::user(format!("docker context \"{name}\" does not exist"))
            .cause(format!("it is asked for by {origin}"));
        if let Some(near) = nearest(name, self.contexts.names()) {
            report = report.hint(format!("did you mean \"{near}\"?"));
        }
        Err(Box::new(report.hint(if origin == env::DOCKER_CONTEXT {
            "run `docker context ls` to see what exists, or unset DOCKER_CONTEXT".to_owned()
        } else {
            "run `docker context use default`".to_owned()
        })))
    }

    /// The docker context called `name`; `None` when there is none.
    pub fn context(&self, name: &str, env: &Environment) -> Result<Option<DockerContext>> {
        let endpoint = if name == DEFAULT_CONTEXT {
            Some(default_endpoint(&self.dir, env)?)
        } else {
            self.contexts.get(name)?.cloned()
        };
        Ok(endpoint.map(|endpoint| DockerContext { name: name.to_owned(), endpoint }))
    }
}

/// docker's configuration folder: `$DOCKER_CONFIG` (also from `skaffold.env`), else `~/.docker`.
pub fn folder(env: &Environment) -> PathBuf {
    match env.get(env::DOCKER_CONFIG) {
        Some(dir) => env.cwd.join(dir),
        None => env.home.as_deref().unwrap_or(&env.cwd).join(".docker"),
    }
}

/// The daemon of the `default` context.
fn default_endpoint(docker_config: &Path, env: &Environment) -> Result<Endpoint> {
    let host = match env.get(env::DOCKER_HOST) {
        Some(host) => normalise_host(host)
            .ok_or_else(|| {
                Report::user(format!("DOCKER_HOST is not an address of a docker daemon: {}", redact(host)))
                    .hint("write it as `unix:///var/run/docker.sock`, `tcp://HOST:2375` or `ssh://USER@HOST`")
            })
            .map_err(Box::new)?,
        None => DEFAULT_HOST.to_owned(),
    };
    let verify = env.get(env::DOCKER_TLS_VERIFY).is_some();
    let tls = (verify || env.get(env::DOCKER_TLS).is_some()) && host.starts_with("tcp://");
    let tls = tls.then(|| {
        let dir = env.get(env::DOCKER_CERT_PATH).map_or(docker_config.to_owned(), |dir| env.cwd.join(dir));
        Tls {
            ca: Some(dir.join("ca.pem")),
            cert: Some(dir.join("cert.pem")),
            key: Some(dir.join("key.pem")),
            skip_verify: !verify,
        }
    });
    Ok(Endpoint { host, tls })
}

/// `DOCKER_HOST` as docker understands it: no scheme is `tcp`, a missing host is `localhost`, a missing port 2375
/// (docker CLI: `opts.ParseHost`). `None` when it is no such address.
fn normalise_host(host: &str) -> Option<String> {
    let host = host.trim();
    let (scheme, rest) = host.split_once("://").unwrap_or(("tcp", host));
    match scheme {
        "unix" if rest.is_empty() => Some("unix:///var/run/docker.sock".to_owned()),
        "npipe" if rest.is_empty() => Some("npipe:////./pipe/docker_engine".to_owned()),
        "unix" | "npipe" | "ssh" | "fd" => Some(host.to_owned()),
        "tcp" if !rest.contains("://") => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
            let (name, port) = match authority.rfind(':') {
                Some(colon) if !authority[colon..].contains(']') => {
                    (&authority[..colon], &authority[colon + 1..])
                }
                _ => (authority, ""),
            };
            if !port.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            let name = if name.is_empty() { "localhost" } else { name };
            let port = if port.is_empty() { "2375" } else { port };
            Some(format!("tcp://{name}:{port}{path}"))
        }
        _ => None,
    }
}

/// An address without the password it may hold, for messages.
pub(crate) fn redact(address: &str) -> String {
    let (head, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    if head.is_empty() { format!("{authority}{tail}") } else { format!("{head}://{authority}{tail}") }
}

/// The docker contexts on disk, without the `default` one. A broken one is an error only for who asks for it.
#[derive(Debug, Clone, Default)]
pub struct Contexts {
    by_name: BTreeMap<String, Endpoint>,
    broken: BTreeMap<String, Box<Report>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextFile {
    name: String,
    #[serde(default)]
    endpoints: BTreeMap<String, ContextEndpoint>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ContextEndpoint {
    #[serde(rename = "Host")]
    host: Option<String>,
    #[serde(rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

impl Contexts {
    /// Reads `<docker config>/contexts`: `meta/<sha256 of the name>/meta.json` and
    /// `tls/<sha256 of the name>/docker/{ca,cert,key}.pem`.
    pub fn load(docker_config: &Path) -> Result<Self> {
        let root = docker_config.join("contexts");
        let mut contexts = Self::default();
        for id in list(&root.join("meta"))? {
            let path = root.join("meta").join(&id).join("meta.json");
            let read = read_optional(&path).and_then(|text| {
                text.map(|text| parse_json::<ContextFile>("a docker context", &path, &text)).transpose()
            });
            match read {
                Ok(None) => {}
                Ok(Some(file)) => {
                    let tls = root.join("tls").join(&id).join("docker");
                    if let Some((name, endpoint)) = context_of(file, &tls) {
                        contexts.by_name.insert(name, endpoint);
                    }
                }
                Err(report) => {
                    contexts.broken.insert(id, report);
                }
            }
        }
        Ok(contexts)
    }

    /// The daemon of the context called `name`.
    pub fn get(&self, name: &str) -> Result<Option<&Endpoint>> {
        match self.by_name.get(name) {
            Some(endpoint) => Ok(Some(endpoint)),
            None if self.broken.is_empty() => Ok(None),
            None => self.broken.get(&sha256_hex(name)).map_or(Ok(None), |report| Err(report.clone())),
        }
    }

    /// The names of the contexts that can be read, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

impl FromIterator<(String, Endpoint)> for Contexts {
    fn from_iter<I: IntoIterator<Item = (String, Endpoint)>>(contexts: I) -> Self {
        Self { by_name: contexts.into_iter().collect(), broken: BTreeMap::new() }
    }
}

/// A context's name and daemon; `None` for one that holds no docker daemon.
fn context_of(file: ContextFile, tls_dir: &Path) -> Option<(String, Endpoint)> {
    let docker = file.endpoints.into_iter().find(|(kind, _)| kind == "docker")?.1;
    let pem = |name: &str| Some(tls_dir.join(name)).filter(|path| path.is_file());
    let tls = Tls {
        ca: pem("ca.pem"),
        cert: pem("cert.pem"),
        key: pem("key.pem"),
        skip_verify: docker.skip_tls_verify,
    };
    let host = docker.host.filter(|host| !host.is_empty()).unwrap_or_else(|| DEFAULT_HOST.to_owned());
    Some((file.name, Endpoint { host, tls: (tls != Tls::default()).then_some(tls) }))
}

/// The file's text; `None` when there is no such file.
pub(crate) fn read_optional(path: &Path) -> Result<Option<String>> {
    match fs_err::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => {
            Err(Box::new(Report::config(format!("{} cannot be read", path.display())).cause(error.kind())))
        }
    }
}

/// The names in a folder, sorted; none when there is no such folder.
pub(crate) fn list(dir: &Path) -> Result<Vec<String>> {
    let entries = match fs_err::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(vec![]),
        Err(error) => {
            let report = Report::config(format!("{} cannot be listed", dir.display())).cause(error.kind());
            return Err(Box::new(report));
        }
    };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// Parses `text`, the content of `path`. The error names the place and shows none of the text: docker's files hold
/// credentials.
pub(crate) fn parse_json<T: DeserializeOwned>(what: &str, path: &Path, text: &str) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    // like docker, read the first value and ignore what follows it
    T::deserialize(&mut json).map_err(|error| {
        let place = format!("{}:{}:{}", path.display(), error.line(), error.column());
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        Box::new(Report::config(format!("{place}: {what} is broken")).cause(why))
    })
}

/// SHA-256 of `text` as lower-case hex.
pub(crate) fn sha256_hex(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // writing to a String cannot fail
        write!(hex, "{byte:02x}").ok();
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(vars: &[(&str, &str)]) -> Environment {
        Environment {
            vars: vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            cwd: "/work dir".into(),
            home: Some("/home/me".into()),
            ..Environment::default()
        }
    }

    fn config(text: &str) -> Result<DockerConfig> {
        DockerConfig::parse(Path::new("/home/me/.docker/config.json"), text)
    }

    #[test]
    fn the_keys_that_matter_are_read_and_the_rest_ignored() {
        let read = config(
            r#"{"auths":{"r":{"auth":"c2VjcmV0"}},"aliases":{"builder":"buildx"},"cliPluginsExtraDirs":["/x"],"currentContext":"far","HttpHeaders":null}"#,
        )
        .unwrap();
        assert_eq!(read.dir, Path::new("/home/me/.docker"));
        assert_eq!(read.aliases["builder"], "buildx");
        assert_eq!(read.plugin_dirs, [Path::new("/x")]);
        assert_eq!(read.current_context.as_deref(), Some("far"));

        for empty in ["", " \n", "{}", r#"{"aliases":null,"currentContext":""}"#] {
            let read = config(empty).unwrap();
            assert!(read.aliases.is_empty() && read.current_context.is_none(), "{empty:?}");
        }
    }

    #[test]
    fn a_broken_file_is_named_with_its_place_and_without_its_text() {
        let report = config("{\n  \"auths\": {\"r\": {\"auth\": \"c2VjcmV0\"}},,\n}").unwrap_err();
        assert_eq!(report.title, "/home/me/.docker/config.json:2:40: docker's config file is broken");
        assert!(!format!("{report:?}").contains("c2VjcmV0"));
    }

    #[test]
    fn the_folder_follows_docker_config() {
        assert_eq!(folder(&environment(&[])), Path::new("/home/me/.docker"));
        assert_eq!(folder(&environment(&[("DOCKER_CONFIG", "/d")])), Path::new("/d"));
        assert_eq!(folder(&environment(&[("DOCKER_CONFIG", "d")])), Path::new("/work dir/d"));
        assert_eq!(folder(&environment(&[("DOCKER_CONFIG", "")])), Path::new("/home/me/.docker"));
    }

    #[test]
    fn hosts_are_normalised_as_docker_does() {
        for (given, want) in [
            ("unix:///run/d.sock", Some("unix:///run/d.sock")),
            ("unix://", Some("unix:///var/run/docker.sock")),
            ("tcp://1.2.3.4:2376", Some("tcp://1.2.3.4:2376")),
            ("tcp://1.2.3.4", Some("tcp://1.2.3.4:2375")),
            ("1.2.3.4:99", Some("tcp://1.2.3.4:99")),
            (" :99 ", Some("tcp://localhost:99")),
            ("tcp://[::1]", Some("tcp://[::1]:2375")),
            ("tcp://[::1]:", Some("tcp://[::1]:2375")),
            ("tcp://[::1]:7", Some("tcp://[::1]:7")),
            ("tcp://h:1/prefix", Some("tcp://h:1/prefix")),
            ("ssh://me@far", Some("ssh://me@far")),
            ("tcp://h:port", None),
            ("http://h:1", None),
        ] {
            assert_eq!(normalise_host(given).as_deref(), want, "{given}");
        }
    }

    #[test]
    fn the_context_in_force_follows_dockers_order() {
        let mut docker = config(r#"{"currentContext":"far"}"#).unwrap();
        docker.contexts = ["far", "near"]
            .into_iter()
            .map(|name| (name.to_owned(), Endpoint { host: format!("tcp://{name}:2375"), tls: None }))
            .collect();
        let in_force = |docker: &DockerConfig, vars: &[(&str, &str)]| {
            docker
                .context_in_force(&environment(vars))
                .map(|context| (context.buildx_key().to_owned(), context.name, context.endpoint.host))
        };
        let text = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(in_force(&docker, &[]).unwrap(), text("far", "far", "tcp://far:2375"));
        assert_eq!(
            in_force(&docker, &[("DOCKER_CONTEXT", "near")]).unwrap(),
            text("near", "near", "tcp://near:2375")
        );
        assert_eq!(
            in_force(&docker, &[("DOCKER_CONTEXT", "near"), ("DOCKER_HOST", "tcp://h")]).unwrap(),
            text("tcp://h:2375", "default", "tcp://h:2375")
        );
        assert_eq!(
            in_force(&docker, &[("DOCKER_CONTEXT", "default")]).unwrap(),
            text(DEFAULT_HOST, "default", DEFAULT_HOST)
        );
        let report = in_force(&docker, &[("DOCKER_CONTEXT", "naer")]).unwrap_err();
        assert_eq!(report.title, "docker context \"naer\" does not exist");
        assert_eq!(report.hints[0], "did you mean \"near\"?");

        docker.current_context = Some("gone".into());
        let report = in_force(&docker, &[]).unwrap_err();
        assert_eq!(report.hints, ["run `docker context use default`"]);
    }

    #[test]
    fn tls_of_the_environment_needs_a_tcp_host() {
        let docker = config("{}").unwrap();
        let tls = |vars: &[(&str, &str)]| {
            docker.context_in_force(&environment(vars)).map(|context| context.endpoint.tls)
        };
        let on =
            tls(&[("DOCKER_HOST", "tcp://h:2376"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/c")]);
        let on = on.unwrap().unwrap();
        assert_eq!((on.ca.as_deref(), on.skip_verify), (Some(Path::new("/c/ca.pem")), false));
        let on = tls(&[("DOCKER_HOST", "tcp://h:2376"), ("DOCKER_TLS", "1")]).unwrap().unwrap();
        assert_eq!((on.key.as_deref(), on.skip_verify), (Some(Path::new("/home/me/.docker/key.pem")), true));
        assert_eq!(tls(&[("DOCKER_TLS_VERIFY", "1")]).unwrap(), None);
        assert_eq!(tls(&[("DOCKER_HOST", "tcp://h:2376")]).unwrap(), None);
    }

    #[test]
    fn contexts_on_disk_are_read_with_their_tls_files() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str, pem: &[&str]| {
            let id = sha256_hex(name);
            let meta = dir.path().join("contexts/meta").join(&id);
            fs_err::create_dir_all(&meta).unwrap();
            fs_err::write(meta.join("meta.json"), text).unwrap();
            let tls = dir.path().join("contexts/tls").join(&id).join("docker");
            for file in pem {
                fs_err::create_dir_all(&tls).unwrap();
                fs_err::write(tls.join(file), "").unwrap();
            }
        };
        write(
            "far",
            r#"{"Name":"far","Metadata":{"Description":"x"},"Endpoints":{"docker":{"Host":"tcp://far:2376","SkipTLSVerify":false}}}"#,
            &["ca.pem"],
        );
        write(
            "plain",
            r#"{"Name":"plain","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://p:1"},"kubernetes":{"Other":1}}}"#,
            &[],
        );
        write("kube", r#"{"Name":"kube","Metadata":{},"Endpoints":{}}"#, &[]);
        write("bad", r#"{"Name":"bad","#, &[]);

        let contexts = Contexts::load(dir.path()).unwrap();
        assert_eq!(contexts.names().collect::<Vec<_>>(), ["far", "plain"]);
        let far = contexts.get("far").unwrap().unwrap();
        let tls = far.tls.as_ref().unwrap();
        assert!(tls.ca.as_ref().unwrap().ends_with("docker/ca.pem"));
        assert_eq!((&tls.cert, &tls.key), (&None, &None));
        assert_eq!(contexts.get("plain").unwrap().unwrap().tls, None);
        assert_eq!(contexts.get("nobody").unwrap(), None);
        let report = contexts.get("bad").unwrap_err();
        assert!(report.title.ends_with("meta.json:1:14: a docker context is broken"), "{}", report.title);
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(redact("ssh://me:pw@h/x"), "ssh://me:***@h/x");
        assert_eq!(redact("me:pw@h"), "me:***@h");
        assert_eq!(redact("ssh://me@h"), "ssh://me@h");
        assert_eq!(redact("tcp://h:1?cert=/a@b"), "tcp://h:1?cert=/a@b");
    }
}
