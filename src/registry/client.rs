//! The questions that are asked of registries.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;

use super::Error;
use super::access::{Access, Repository};
use super::auth::{self, Challenge, Purpose, Token};
use super::credentials::{Credentials, Login};
use super::flight::{Deadline, Flight};
use super::manifest::{self, Manifest};
use crate::http::{Answer, Request, Transport};
use crate::image::Reference;
use crate::settings::env::{self, Environment};

/// Until a registry has answered a question.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Until a registry has taken a manifest: it checks every blob first.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Before a request is sent again that was refused for now, where the registry names no time.
const RETRY_PAUSE: Duration = Duration::from_millis(150);
/// Requests to one host at the same time.
const MOST_REQUESTS: usize = 32;
/// An index may list indexes; more of them inside each other are a mistake.
const DEEPEST_INDEX: usize = 3;
/// The header in which a registry names a manifest's digest.
const DIGEST_HEADER: &str = "docker-content-digest";

/// How registries are asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// Hosts (`host[:port]`) that are spoken to over plain HTTP, or TLS with any certificate.
    pub insecure: Vec<String>,
    /// The folder of docker's `config.json`; `None` = as docker finds it (`$DOCKER_CONFIG`, else `~/.docker`).
    pub docker_config: Option<PathBuf>,
    /// How long a registry may take for one question; a credential helper's time does not count.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { insecure: vec![], docker_config: None, timeout: TIMEOUT }
    }
}

/// The registries, for one run. Cheap to clone; clones share what they know and their connections.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Arc<Transport>,
    timeout: Duration,
    docker_config: PathBuf,
    environment: Environment,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

/// What is known of a registry.
struct Host {
    access: Flight<Access>,
    credentials: OnceCell<Arc<Credentials>>,
    /// By scope.
    tokens: Mutex<HashMap<String, Arc<Flight<Token>>>>,
    slots: Semaphore,
}

/// A request to a repository.
struct Ask<'a> {
    method: Method,
    /// Below the repository, such as `manifests/latest`.
    thing: &'a str,
    /// Media type and bytes.
    body: Option<(&'a str, &'a [u8])>,
    /// `pull` or `pull,push`.
    actions: &'static str,
    timeout: Duration,
}

impl Client {
    /// A client that has done nothing yet.
    pub fn new(options: Options, environment: &Environment) -> Self {
        let docker_config =
            options.docker_config.unwrap_or_else(|| match environment.get(env::DOCKER_CONFIG) {
                Some(folder) => environment.cwd.join(folder),
                None => environment.home.as_deref().unwrap_or(&environment.cwd).join(".docker"),
            });
        let transport = Arc::new(Transport::new(&options.insecure, environment));
        let environment = environment.clone();
        let hosts = Mutex::new(HashMap::new());
        let timeout = options.timeout;
        Self { shared: Arc::new(Shared { transport, timeout, docker_config, environment, hosts }) }
    }

    /// The digest of the manifest or index that a reference's tag (else `latest`) points to now. A reference with a
    /// digest has that one, and nobody is asked. `None` = there is no such tag or repository.
    ///
    /// # Errors
    /// The registry cannot be reached, denies access, or gives no proper answer.
    pub async fn digest(&self, reference: &Reference) -> Result<Option<String>, Error> {
        if let Some(digest) = reference.digest() {
            return Ok(Some(digest.to_owned()));
        }
        self.look_up(&Repository::from(reference), reference.tag().unwrap_or("latest")).await
    }

    /// Whether a repository has the manifest or index `digest`. Tag and digest of `repository` do not matter.
    ///
    /// # Errors
    /// As [`Self::digest`].
    pub async fn exists(&self, repository: &Reference, digest: &str) -> Result<bool, Error> {
        let repository = Repository::from(repository);
        match self.look_up(&repository, digest).await? {
            None => Ok(false),
            Some(found) if found == digest => Ok(true),
            Some(found) => Err(unusable(&repository, format!("asked for {digest} it gives {found}"))),
        }
    }

    /// Lets `tag` point to the manifest or index `digest` of the same repository: its bytes are put there again.
    ///
    /// # Errors
    /// As [`Self::digest`]; the digest is not there; the registry does not take it.
    pub async fn tag(&self, repository: &Reference, digest: &str, tag: &str) -> Result<(), Error> {
        let repository = Repository::from(repository);
        let (media_type, bytes) = self.manifest(&repository, digest, "pull,push", WRITE_TIMEOUT).await?;
        let thing = format!("manifests/{tag}");
        let body = Some((media_type.as_str(), bytes.as_slice()));
        let ask =
            Ask { method: Method::PUT, thing: &thing, body, actions: "pull,push", timeout: WRITE_TIMEOUT };
        let answer = self.ask(&repository, ask).await?;
        if !answer.status.is_success() {
            return Err(auth::refused(&repository.host, &answer));
        }
        match answer.header(DIGEST_HEADER) {
            Some(taken) if taken != digest => {
                Err(unusable(&repository, format!("tagged {digest} as {tag} it names {taken}")))
            }
            _ => Ok(()),
        }
    }

    /// The ONBUILD triggers of an image, in order; `digest` is of a manifest or index. An index gives its image for
    /// `platform` (`os/arch[/variant]`).
    ///
    /// # Errors
    /// As [`Self::digest`]; the digest is not there, or has no image for the platform.
    pub async fn onbuild(
        &self,
        repository: &Reference,
        digest: &str,
        platform: &str,
    ) -> Result<Vec<String>, Error> {
        let repository = Repository::from(repository);
        let mut digest = digest.to_owned();
        for _ in 0..DEEPEST_INDEX {
            let (_, bytes) = self.manifest(&repository, &digest, "pull", self.shared.timeout).await?;
            let manifest: Manifest = serde_json::from_slice(&bytes)
                .map_err(|_| unusable(&repository, format!("{digest} is no manifest")))?;
            if let Some(config) = manifest.config {
                let bytes = self.bytes(&repository, "blobs", &config.digest).await?;
                return manifest::onbuild(&bytes)
                    .map_err(|_| unusable(&repository, format!("{} is no image config", config.digest)));
            }
            let images = manifest.manifests.unwrap_or_default();
            let image = Manifest::for_platform(&images, platform).ok_or_else(|| Error::Missing {
                host: repository.host.clone(),
                what: format!("image for {platform} in {}@{digest}", repository.path),
            })?;
            digest.clone_from(&image.digest);
        }
        Err(unusable(&repository, "indexes within indexes".to_owned()))
    }

    /// The digest of the manifest called `name` (a tag or digest).
    async fn look_up(&self, repository: &Repository, name: &str) -> Result<Option<String>, Error> {
        let thing = format!("manifests/{name}");
        let ask =
            |method| Ask { method, thing: &thing, body: None, actions: "pull", timeout: self.shared.timeout };
        let head = self.ask(repository, ask(Method::HEAD)).await?;
        match head.status.as_u16() {
            200 => {
                if let Some(digest) = head.header(DIGEST_HEADER).filter(|digest| digest.contains(':')) {
                    return Ok(Some(digest.to_owned()));
                }
            }
            404 => return Ok(None),
            // Not every registry and proxy has HEAD.
            400 | 405 | 406 | 415 | 501 => {}
            _ => return Err(auth::refused(&repository.host, &head)),
        }
        let answer = self.ask(repository, ask(Method::GET)).await?;
        match answer.status.as_u16() {
            200 if manifest::is_digest_of(name, &answer.body) => Ok(Some(name.to_owned())),
            200 => Ok(Some(manifest::digest(&answer.body))),
            404 => Ok(None),
            _ => Err(auth::refused(&repository.host, &answer)),
        }
    }

    /// Media type and bytes of a manifest or index. The bytes are those of the digest.
    async fn manifest(
        &self,
        repository: &Repository,
        digest: &str,
        actions: &'static str,
        timeout: Duration,
    ) -> Result<(String, Vec<u8>), Error> {
        let thing = format!("manifests/{digest}");
        let ask = Ask { method: Method::GET, thing: &thing, body: None, actions, timeout };
        let answer = self.ask(repository, ask).await?;
        let said = answer.header(CONTENT_TYPE.as_str()).unwrap_or_default().to_owned();
        let bytes = checked(repository, digest, answer)?;
        let own = serde_json::from_slice::<Manifest>(&bytes).ok().and_then(|manifest| manifest.media_type);
        Ok((own.unwrap_or(said), bytes))
    }

    /// The bytes of a digest.
    async fn bytes(&self, repository: &Repository, kind: &str, digest: &str) -> Result<Vec<u8>, Error> {
        let thing = format!("{kind}/{digest}");
        let timeout = self.shared.timeout;
        let ask = Ask { method: Method::GET, thing: &thing, body: None, actions: "pull", timeout };
        checked(repository, digest, self.ask(repository, ask).await?)
    }

    /// Sends a request with what the registry asks for, once more if it was refused for now. Any status but those of
    /// denied access is an answer.
    async fn ask(&self, repository: &Repository, ask: Ask<'_>) -> Result<Answer, Error> {
        let shared = &self.shared;
        let host = self.host(&repository.host);
        let name = repository.host.as_str();
        let began = Instant::now();
        let mut deadline = Deadline::after(ask.timeout);
        let find = || Access::find(Arc::clone(&shared.transport), name.to_owned());
        let access = host.access.get(name, &deadline, find).await?;
        let _slot = deadline.pause(host.slots.acquire()).await;
        let mut challenge = access.challenge.clone();
        let (mut again, mut asked_anew) = (true, false);
        loop {
            let (authorization, since) = match &challenge {
                None => (None, None),
                Some(challenge) => {
                    self.authorization(&host, &access, challenge, repository, ask.actions, &mut deadline)
                        .await?
                }
            };
            let request = Request {
                method: ask.method.clone(),
                url: access.url(repository, ask.thing),
                authorization: authorization.as_ref(),
                accept: manifest::ACCEPT,
                body: ask.body,
            };
            let answer = deadline.limit(name, shared.transport.send(request)).await?;
            let answer = answer.map_err(|cause| Error::Unreachable { host: name.to_owned(), cause })?;
            let new = Challenge::of(&answer.headers);
            // The token has grown old meanwhile, or the front door asked for nothing and this one does.
            let stale = since.is_some_and(|since| since < began);
            let unasked = challenge.is_none() && new.is_some();
            match answer.status.as_u16() {
                401 if !asked_anew && (stale || unasked) => {
                    asked_anew = true;
                    host.tokens(repository, ask.actions).forget(|token| Some(token.since) == since);
                    challenge = new.or(challenge);
                }
                401 | 403 => {
                    let credentials = self.credentials(&host, name, &mut deadline).await;
                    return Err(auth::denied(repository, &credentials));
                }
                429 | 500..=599 if again && deadline.left() > pause_of(&answer) => {
                    again = false;
                    tokio::time::sleep(pause_of(&answer)).await;
                }
                _ => return Ok(answer),
            }
        }
    }

    /// The `Authorization` header for a challenge, and since when its token is there; none for anonymous Basic.
    async fn authorization(
        &self,
        host: &Host,
        access: &Access,
        challenge: &Challenge,
        repository: &Repository,
        actions: &'static str,
        deadline: &mut Deadline,
    ) -> Result<(Option<HeaderValue>, Option<Instant>), Error> {
        let credentials = self.credentials(host, &repository.host, deadline).await;
        let (realm, service) = match challenge {
            Challenge::Basic => return Ok((credentials.login.as_ref().and_then(auth::basic), None)),
            Challenge::Bearer { realm, service } => (realm.clone(), service.clone()),
        };
        let purpose =
            Purpose { repository: repository.clone(), actions, encrypted: access.base.scheme() == "https" };
        let tokens = host.tokens(repository, actions);
        tokens.forget(Token::is_old);
        let transport = Arc::clone(&self.shared.transport);
        let start = || auth::token(transport, credentials, realm, service, purpose);
        let token = tokens.get(&repository.host, deadline, start).await?;
        Ok((Some(token.header), Some(token.since)))
    }

    /// How to log in to a reference's registry, for who speaks to it in our place (a docker daemon that pulls); `None` =
    /// anonymously. The registry itself is not asked.
    pub async fn login(&self, reference: &Reference) -> Option<Login> {
        let name = Repository::from(reference).host;
        let mut deadline = Deadline::after(self.shared.timeout);
        self.credentials(&self.host(&name), &name, &mut deadline).await.login.clone()
    }

    /// The credentials for a host; a helper is asked once. Its time is not the registry's.
    async fn credentials(&self, host: &Host, name: &str, deadline: &mut Deadline) -> Arc<Credentials> {
        let Shared { docker_config, environment, .. } = &*self.shared;
        let find = async || Arc::new(Credentials::find(docker_config, environment, name).await);
        Arc::clone(deadline.pause(host.credentials.get_or_init(find)).await)
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.shared.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(name) {
            return Arc::clone(host);
        }
        let host = Arc::new(Host {
            access: Flight::default(),
            credentials: OnceCell::new(),
            tokens: Mutex::default(),
            slots: Semaphore::new(MOST_REQUESTS),
        });
        hosts.insert(name.to_owned(), Arc::clone(&host));
        host
    }
}

impl Host {
    /// The token for what is to be done in a repository.
    fn tokens(&self, repository: &Repository, actions: &str) -> Arc<Flight<Token>> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tokens.entry(format!("{}:{actions}", repository.path)).or_default())
    }
}

/// The body of an answer, if it is what the digest says.
fn checked(repository: &Repository, digest: &str, answer: Answer) -> Result<Vec<u8>, Error> {
    match answer.status.as_u16() {
        200 if manifest::is_digest_of(digest, &answer.body) => Ok(answer.body),
        200 => Err(unusable(repository, format!("its bytes for {digest} are not those of that digest"))),
        404 => Err(Error::Missing {
            host: repository.host.clone(),
            what: format!("{}@{digest}", repository.path),
        }),
        _ => Err(auth::refused(&repository.host, &answer)),
    }
}

fn unusable(repository: &Repository, reason: String) -> Error {
    Error::Unusable { host: repository.host.clone(), reason }
}

/// How long to wait before a refused request is sent again.
fn pause_of(answer: &Answer) -> Duration {
    let seconds = answer.header(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    seconds.map_or(RETRY_PAUSE, Duration::from_secs)
}
