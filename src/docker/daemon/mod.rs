//! The docker daemon's API; the only room that names the crate which speaks it. Nothing connects until asked.

mod ssh;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::query_parameters::{CreateImageOptionsBuilder, TagImageOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::StreamExt as _;
use tokio::sync::OnceCell;

use crate::diagnostic::{Report, Result};
use crate::docker::config::{DockerContext, Endpoint, redact};
use crate::docker::plugin;
use crate::image::Reference;
use crate::registry::Login;
use crate::settings::env::{self, Environment};

/// A daemon on this machine or network answers within this time, or it does not.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The same over ssh, which logs in first.
const SSH_CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// For one request after that, in seconds.
const REQUEST_TIMEOUT: u64 = 120;

impl From<Login> for DockerCredentials {
    fn from(login: Login) -> Self {
        match login {
            Login::Password { user, password } => {
                Self { username: Some(user), password: Some(password), ..Self::default() }
            }
            Login::Identity(token) => Self { identitytoken: Some(token), ..Self::default() },
        }
    }
}

/// The docker daemon of a docker context.
#[derive(Debug)]
pub struct Daemon {
    context: DockerContext,
    /// The program for `ssh://` hosts.
    ssh: PathBuf,
    client: OnceCell<Docker>,
    info: OnceCell<Info>,
    /// The names of images, by id, as far as they were asked for.
    names: Mutex<BTreeMap<String, Vec<String>>>,
}

/// What a daemon says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Images are kept in containerd: the daemon holds indexes, and its builder exports cache and archives.
    pub containerd_images: bool,
    /// Its version (`29.1.0`).
    pub version: String,
    /// Its own platform (`linux/amd64`).
    pub platform: String,
}

/// An image that a daemon holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Its id (`sha256:…`): the digest of its configuration; with containerd's image store that of its manifest or
    /// index.
    pub id: String,
    /// The pushed or pulled references with digests (`repo@sha256:…`).
    pub repo_digests: Vec<String>,
    /// The ONBUILD triggers of its configuration.
    pub onbuild: Vec<String>,
}

impl Daemon {
    /// The daemon of this context; it is not connected yet. `ssh` is looked for in the environment's `PATH`.
    pub fn new(context: DockerContext, env: &Environment) -> Self {
        let is_ssh = context.endpoint.host.starts_with("ssh://");
        let ssh = is_ssh.then(|| plugin::on_path("ssh", env, &plugin::Disk)).flatten();
        Self {
            context,
            ssh: ssh.unwrap_or_else(|| PathBuf::from("ssh")),
            client: OnceCell::new(),
            info: OnceCell::new(),
            names: Mutex::default(),
        }
    }

    /// Its address.
    pub fn host(&self) -> &str {
        &self.context.endpoint.host
    }

    /// Checks that the daemon answers. The error says which daemon, why not, and what to do.
    pub async fn ping(&self) -> Result<()> {
        self.client().await.map(drop)
    }

    /// What the daemon says about itself; asked once.
    pub async fn info(&self) -> Result<&Info> {
        self.info
            .get_or_try_init(async || {
                let info = self.client().await?.info().await.map_err(|error| self.failed("info", &error))?;
                Ok(Info {
                    // docker: the driver status of a snapshotter names its plugin type
                    containerd_images: info
                        .driver_status
                        .unwrap_or_default()
                        .iter()
                        .any(|pair| pair.iter().any(|text| text.starts_with("io.containerd.snapshotter"))),
                    version: info.server_version.unwrap_or_default(),
                    platform: format!(
                        "{}/{}",
                        info.os_type.unwrap_or_default(),
                        architecture(&info.architecture.unwrap_or_default())
                    ),
                })
            })
            .await
    }

    /// The image called `reference` (a tag, a digest or an id); `None` when the daemon has no such image.
    pub async fn image(&self, reference: &str) -> Result<Option<Image>> {
        match self.client().await?.inspect_image(reference).await {
            Ok(image) => {
                let id = image.id.unwrap_or_default();
                let names = image.repo_tags.unwrap_or_default();
                self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), names);
                Ok(Some(Image {
                    id,
                    repo_digests: image.repo_digests.unwrap_or_default(),
                    onbuild: image.config.and_then(|config| config.on_build).unwrap_or_default(),
                }))
            }
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(self.failed(&format!("inspect {reference}"), &error).into()),
        }
    }

    /// The id of the image called `reference`; `None` when the daemon has no such image.
    pub async fn image_id(&self, reference: &str) -> Result<Option<String>> {
        Ok(self.image(reference).await?.map(|image| image.id))
    }

    /// Whether the daemon has the image.
    pub async fn has_image(&self, reference: &str) -> Result<bool> {
        Ok(self.image(reference).await?.is_some())
    }

    /// Whether the image `id` was seen to have this name. Looking is slow where containerd keeps the images.
    pub fn is_named(&self, id: &str, name: &str) -> bool {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(id).is_some_and(|names| names.iter().any(|known| crate::image::same(known, name)))
    }

    /// Gives the image `id` the name `repository:tag` too.
    pub async fn tag(&self, id: &str, repository: &str, tag: &str) -> Result<()> {
        let options = TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
        let tagged = self.client().await?.tag_image(id, Some(options)).await;
        Ok(tagged.map_err(|error| self.failed(&format!("tag {repository}:{tag}"), &error))?)
    }

    /// Fetches the image from its registry; without tag and digest `latest`. `login` is what the registry wants to see.
    ///
    /// # Errors
    /// The daemon does not answer, or cannot have the image.
    pub async fn pull(&self, reference: &Reference, login: Option<Login>) -> Result<()> {
        // With both, the digest says which image it is.
        let version = reference.digest().or(reference.tag()).unwrap_or("latest");
        let options = CreateImageOptionsBuilder::new().from_image(reference.name()).tag(version).build();
        let mut progress =
            pin!(self.client().await?.create_image(Some(options), None, login.map(DockerCredentials::from)));
        while let Some(step) = progress.next().await {
            step.map_err(|error| self.failed(&format!("pull {reference}"), &error))?;
        }
        Ok(())
    }

    /// The variables by which other programs reach this daemon; none for the one that they find themselves, by the
    /// environment or in its usual place.
    pub fn variables(&self) -> Vec<(String, String)> {
        let Endpoint { host, tls } = &self.context.endpoint;
        if self.context.name == crate::docker::config::DEFAULT_CONTEXT {
            return vec![];
        }
        let mut variables = vec![(env::DOCKER_HOST.to_owned(), host.clone())];
        let certificates = tls.as_ref().and_then(|tls| tls.ca.as_deref()?.parent());
        // An empty value is an unset one for docker's programs.
        let folder = certificates.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
        let verify = if folder.is_empty() { "" } else { "1" };
        variables.push((env::DOCKER_TLS_VERIFY.to_owned(), verify.to_owned()));
        variables.push((env::DOCKER_CERT_PATH.to_owned(), folder));
        variables
    }

    async fn client(&self) -> Result<&Docker> {
        self.client
            .get_or_try_init(async || {
                let endpoint = &self.context.endpoint;
                let limit =
                    if endpoint.host.starts_with("ssh://") { SSH_CONNECT_TIMEOUT } else { CONNECT_TIMEOUT };
                let client = connect(&self.context, &self.ssh)?;
                match tokio::time::timeout(limit, client.ping()).await {
                    Ok(Ok(_)) => Ok(client),
                    Ok(Err(error)) => Err(no_answer(endpoint, &root_cause(&error)).into()),
                    Err(_) => {
                        Err(no_answer(endpoint, &format!("no answer within {} s", limit.as_secs())).into())
                    }
                }
            })
            .await
    }

    /// A request that the daemon answered with an error.
    fn failed(&self, what: &str, error: &bollard::errors::Error) -> Report {
        Report::tool(format!("docker daemon at {} failed: {what}", redact(self.host())))
            .cause(root_cause(error))
    }
}

/// A client for the context's daemon. Sockets that are not there fail here, everything else at the first request.
fn connect(context: &DockerContext, ssh: &Path) -> Result<Docker> {
    let endpoint = &context.endpoint;
    let host = endpoint.host.as_str();
    let client = match (host.split_once("://"), &endpoint.tls) {
        #[cfg(unix)]
        (Some(("unix", path)), _) => Docker::connect_with_unix(path, REQUEST_TIMEOUT, API_DEFAULT_VERSION),
        #[cfg(windows)]
        (Some(("npipe", _)), _) => {
            Docker::connect_with_named_pipe(host, REQUEST_TIMEOUT, API_DEFAULT_VERSION)
        }
        (Some(("tcp", _)), None) => Docker::connect_with_http(host, REQUEST_TIMEOUT, API_DEFAULT_VERSION),
        (Some(("tcp", _)), Some(tls)) => match &tls.ca {
            Some(ca) if !tls.skip_verify => {
                // a client certificate is optional; a file that is not there is not sent
                let pem = |path: &Option<PathBuf>| path.clone().unwrap_or_default();
                Docker::connect_with_ssl(
                    host,
                    &pem(&tls.key),
                    &pem(&tls.cert),
                    ca,
                    REQUEST_TIMEOUT,
                    API_DEFAULT_VERSION,
                )
            }
            _ => return Err(Box::new(unchecked_tls(context))),
        },
        (Some(("ssh", _)), _) => ssh::connect(host, ssh),
        _ => {
            return Err(Box::new(
                Report::user(format!("docker daemon at {} cannot be reached", redact(host)))
                    .cause("only unix://, npipe://, tcp:// and ssh:// are spoken")
                    .hint("set DOCKER_HOST, or choose another context with `docker context use NAME`"),
            ));
        }
    };
    Ok(client.map_err(|error| no_answer(endpoint, &root_cause(&error)))?)
}

/// TLS without the authority's certificate is not spoken.
fn unchecked_tls(context: &DockerContext) -> Report {
    let host = &context.endpoint.host;
    let report = Report::user(format!("docker daemon at {host} is not asked over TLS without a check"))
        .cause("the authority of the daemon's certificate (ca.pem) is not given");
    if context.name == crate::docker::config::DEFAULT_CONTEXT {
        report.hint("set DOCKER_TLS_VERIFY=1 and put ca.pem in the folder DOCKER_CERT_PATH names")
    } else {
        let name = &context.name;
        report.hint(format!("run `docker context update {name} --docker host={host},ca=/…/ca.pem`"))
    }
}

/// The daemon is not there.
fn no_answer(endpoint: &Endpoint, why: &str) -> Report {
    let host = redact(&endpoint.host);
    let mut report = Report::user(format!("docker daemon at {host} does not answer")).cause(why);
    let why = why.to_lowercase();
    if why.contains("permission denied") && host.starts_with("unix://") {
        report =
            report.hint("run `sudo usermod -aG docker $USER` and log in again, or use a rootless docker");
    } else if host.starts_with("unix://") || host.starts_with("npipe://") {
        report = report.hint("start docker (`sudo systemctl start docker`, or Docker Desktop)");
    } else if let Some(folder) = endpoint.tls.as_ref().and_then(|tls| tls.ca.as_deref()?.parent()) {
        let folder = folder.display();
        report =
            report.hint(format!("check that the daemon runs, and ca.pem, cert.pem and key.pem in {folder}"));
    } else {
        report = report.hint("check that the daemon runs and that a firewall lets you through");
    }
    report
        .hint("or name another one with DOCKER_HOST or `docker context use NAME`")
        .hint("or push the images (`--push`) with a BuildKit builder, which needs no docker daemon")
}

/// The innermost of a chain of errors: the outer ones only repeat which layer failed.
fn root_cause(error: &bollard::errors::Error) -> String {
    if let bollard::errors::Error::DockerResponseServerError { message, .. } = error {
        return message.trim().to_owned();
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    text
}

/// The architecture of a kernel as images name it (containerd: `platforms.normalizeArch`).
fn architecture(kernel: &str) -> &str {
    match kernel {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armhf" | "armv7l" => "arm/v7",
        "armel" | "armv6l" => "arm/v6",
        "i386" | "i686" => "386",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::config::Tls;

    fn daemon(host: &str, tls: Option<Tls>) -> Daemon {
        let endpoint = Endpoint { host: host.into(), tls };
        Daemon::new(DockerContext { name: "far".into(), endpoint }, &Environment::default())
    }

    /// A server on a free port that answers everything with this error.
    async fn serve(status: &str, message: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let body = format!("{{\"message\":\"{message}\"}}");
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close", body.len());
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _read = connection.read(&mut request).await.unwrap();
                connection.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
            }
        });
        format!("tcp://{address}")
    }

    #[tokio::test]
    async fn a_daemon_that_is_not_there_is_named_with_cures() {
        let report = daemon("unix:///nowhere/docker.sock", None).ping().await.unwrap_err();
        assert_eq!(report.title, "docker daemon at unix:///nowhere/docker.sock does not answer");
        assert!(report.causes[0].contains("/nowhere/docker.sock"), "{:?}", report.causes);
        assert_eq!(report.hints.len(), 3);

        let report = daemon("tcp://127.0.0.1:1", None).ping().await.unwrap_err();
        assert!(report.causes[0].contains("refused"), "{:?}", report.causes);
    }

    #[tokio::test]
    async fn a_silent_daemon_is_not_waited_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        let begun = std::time::Instant::now();
        let report = daemon(&host, None).ping().await.unwrap_err();
        assert_eq!(report.causes, ["no answer within 2 s"]);
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test]
    async fn a_refusal_is_the_daemons_own_words() {
        let host = serve("500 Oops", "disk is full").await;
        let report = daemon(&host, None).ping().await.unwrap_err();
        assert_eq!(report.causes, ["disk is full"]);
    }

    #[tokio::test]
    async fn an_image_that_is_not_there_is_no_error() {
        let host = serve("404 Not Found", "no such image: x").await;
        let daemon = daemon(&host, None);
        // the ping of this server fails, so hand in a client as if it had answered
        daemon.client.set(connect(&daemon.context, &daemon.ssh).unwrap()).unwrap();
        assert_eq!(daemon.image_id("x:1").await.unwrap(), None);
        assert!(!daemon.has_image("x:1").await.unwrap());
        let report = daemon.tag("x", "y", "1").await.unwrap_err();
        assert_eq!(report.causes, ["no such image: x"]);
    }

    #[tokio::test]
    async fn tls_without_an_authority_is_refused() {
        for tls in [Tls::default(), Tls { ca: Some("/ca.pem".into()), skip_verify: true, ..Tls::default() }] {
            let report = daemon("tcp://127.0.0.1:1", Some(tls)).ping().await.unwrap_err();
            assert!(report.hints[0].contains("docker context update far"), "{:?}", report.hints);
        }
    }

    #[test]
    fn other_programs_find_the_daemon_of_a_docker_context() {
        let variables = |host, tls| {
            let pairs = daemon(host, tls).variables().into_iter();
            pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            variables("unix:///d.sock", None),
            "DOCKER_HOST=unix:///d.sock DOCKER_TLS_VERIFY= DOCKER_CERT_PATH="
        );
        let tls = Tls { ca: Some("/certs/ca.pem".into()), ..Tls::default() };
        assert_eq!(
            variables("tcp://far:2376", Some(tls)),
            "DOCKER_HOST=tcp://far:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/certs"
        );
        let endpoint = Endpoint { host: "unix:///var/run/docker.sock".into(), tls: None };
        let context = DockerContext { name: crate::docker::config::DEFAULT_CONTEXT.into(), endpoint };
        assert_eq!(Daemon::new(context, &Environment::default()).variables(), []);
    }

    #[tokio::test]
    async fn a_pull_that_fails_is_the_daemons_own_words() {
        let host = serve("404 Not Found", "no such manifest").await;
        let daemon = daemon(&host, None);
        daemon.client.set(connect(&daemon.context, &daemon.ssh).unwrap()).unwrap();
        let login = Login::Password { user: "me".into(), password: "secret".into() };
        let report = daemon.pull(&Reference::parse("r.io/app:v1").unwrap(), Some(login)).await.unwrap_err();
        assert!(report.title.ends_with("failed: pull r.io/app:v1"), "{}", report.title);
        assert_eq!(report.causes, ["no such manifest"]);
        assert!(!format!("{report:?}").contains("secret"));
    }

    #[test]
    fn architectures_are_named_as_in_images() {
        assert_eq!(architecture("x86_64"), "amd64");
        assert_eq!(architecture("aarch64"), "arm64");
        assert_eq!(architecture("riscv64"), "riscv64");
    }
}
