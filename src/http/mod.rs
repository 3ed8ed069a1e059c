//! HTTP: connections, TLS by the system's authorities, proxies and redirects. Knows nothing of who answers.

use std::error::Error as _;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Certificate, ClientBuilder, Method, NoProxy, Proxy, StatusCode, Url};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::OnceCell;

use crate::settings::env::{self, Environment};

/// Redirects that are followed in one request; a blob is one or two away.
const MOST_REDIRECTS: usize = 5;
/// The largest body that is read; registries take manifests of 4 MiB at most.
const LARGEST_BODY: usize = 16 << 20;
/// What is never reached through a proxy, whatever NO_PROXY says (Go's `httpproxy` has the same rule).
const NEVER_PROXIED: &str = "localhost,127.0.0.0/8,::1";
/// Where systems keep their authorities. Read beside SSL_CERT_FILE, which then adds to them, as in the Go programs
/// that push the images.
const SYSTEM_AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Three kinds of connections, each set up when the first URL needs it: the authorities are not read for plain HTTP.
pub struct Transport {
    insecure: Vec<String>,
    authorities: Option<std::path::PathBuf>,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: String,
    plain: OnceCell<reqwest::Client>,
    verified: OnceCell<reqwest::Client>,
    unverified: OnceCell<reqwest::Client>,
}

/// A request.
pub struct Request<'a> {
    /// What is done.
    pub method: Method,
    /// What is asked.
    pub url: Url,
    /// Credentials; they stay with the origin of `url`.
    pub authorization: Option<&'a HeaderValue>,
    /// Media types for `Accept`.
    pub accept: &'static str,
    /// Media type and bytes.
    pub body: Option<(&'a str, &'a [u8])>,
}

impl Request<'_> {
    /// A question without credentials.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, authorization: None, accept: "*/*", body: None }
    }
}

/// An answer, whatever its status.
pub struct Answer {
    /// What answered, after redirects.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Transport {
    /// `insecure` as people write it: `host[:port]`, perhaps with a scheme.
    pub fn new(insecure: &[String], environment: &Environment) -> Self {
        let own = |value: Option<&str>| value.map(str::to_owned);
        let no_proxy = environment.get_in_any_case(env::NO_PROXY).unwrap_or_default();
        Self {
            insecure: insecure.iter().map(|host| bare(host).to_owned()).collect(),
            authorities: environment.get(env::SSL_CERT_FILE).map(|file| environment.cwd.join(file)),
            http_proxy: own(environment.get_in_any_case(env::HTTP_PROXY)),
            https_proxy: own(environment.get_in_any_case(env::HTTPS_PROXY)),
            no_proxy: format!("{no_proxy},{NEVER_PROXIED}"),
            plain: OnceCell::new(),
            verified: OnceCell::new(),
            unverified: OnceCell::new(),
        }
    }

    /// Whether the user said that `host` (with its port) has no certificate worth checking.
    pub fn is_insecure(&self, host: &str) -> bool {
        self.insecure.iter().any(|insecure| insecure == host)
    }

    /// Sends the request and follows redirects; credentials stay with the origin they were for.
    ///
    /// # Errors
    /// In words, when there is no whole answer.
    pub async fn send(&self, mut request: Request<'_>) -> Result<Answer, String> {
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send_once(&request).await?;
            let may_move = matches!(request.method, Method::GET | Method::HEAD);
            let Some(next) = target(&answer).filter(|_| may_move) else { return Ok(answer) };
            if next.origin() != request.url.origin() {
                request.authorization = None;
            }
            if request.url.scheme() == "https" && next.scheme() != "https" {
                return Err(format!("it redirects from https to http ({})", next.authority()));
            }
            request.url = next;
        }
        Err(format!("it redirects more than {MOST_REDIRECTS} times"))
    }

    async fn send_once(&self, request: &Request<'_>) -> Result<Answer, String> {
        let client = self.client(&request.url).await?;
        let mut builder = client.request(request.method.clone(), request.url.clone());
        builder = builder.header(ACCEPT, request.accept);
        if let Some(authorization) = request.authorization {
            builder = builder.header(AUTHORIZATION, authorization);
        }
        if let Some((media_type, bytes)) = request.body {
            builder = builder.header(CONTENT_TYPE, media_type).body(bytes.to_vec());
        }
        let mut response = builder.send().await.map_err(|error| cause(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(format!("its answer is larger than {} MiB", LARGEST_BODY >> 20));
            }
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(Answer { url: request.url.clone(), status: response.status(), headers, body })
    }

    async fn client(&self, url: &Url) -> Result<&reqwest::Client, String> {
        if url.scheme() == "http" {
            let build = async || build(self.builder()?.tls_certs_only([]));
            return self.plain.get_or_try_init(build).await;
        }
        if self.is_insecure(url.authority()) {
            let build = async || build(self.builder()?.tls_danger_accept_invalid_certs(true));
            return self.unverified.get_or_try_init(build).await;
        }
        let build = async || {
            let (builder, authorities) = (self.builder()?, self.authorities.clone());
            // The system's authorities are a file of 200 KiB or a keychain: not on the thread that everything else
            // runs on.
            let built = tokio::task::spawn_blocking(move || {
                let extra = authorities.map_or_else(|| Ok(vec![]), |file| named_authorities(&file))?;
                build(builder.tls_certs_merge(extra))
            });
            built.await.map_err(|error| error.to_string())?
        };
        self.verified.get_or_try_init(build).await
    }

    fn builder(&self) -> Result<ClientBuilder, String> {
        let mut builder = reqwest::Client::builder()
            // The process's own environment and the system's settings; the snapshot decides.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("skeg/", env!("CARGO_PKG_VERSION")));
        let except = NoProxy::from_string(&self.no_proxy);
        // A proxy's address may hold a password: it is not repeated in the error.
        if let Some(address) = &self.http_proxy {
            let proxy = Proxy::http(address).map_err(|_| "HTTP_PROXY is not an address".to_owned())?;
            builder = builder.proxy(proxy.no_proxy(except.clone()));
        }
        if let Some(address) = &self.https_proxy {
            let proxy = Proxy::https(address).map_err(|_| "HTTPS_PROXY is not an address".to_owned())?;
            builder = builder.proxy(proxy.no_proxy(except));
        }
        Ok(builder)
    }
}

fn build(builder: ClientBuilder) -> Result<reqwest::Client, String> {
    // Nobody else may have chosen a provider; if somebody has, theirs is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    builder.build().map_err(|error| cause(&error))
}

/// The authorities in the file that SSL_CERT_FILE names, and the system's. A certificate that cannot be an authority
/// is left out: bundles have such.
fn named_authorities(file: &std::path::Path) -> Result<Vec<Certificate>, String> {
    let named = fs_err::read(file).map_err(|error| format!("SSL_CERT_FILE: {error}"))?;
    let system = SYSTEM_AUTHORITIES.iter().find_map(|path| fs_err::read(path).ok()).unwrap_or_default();
    let certificates = CertificateDer::pem_slice_iter(&named)
        .chain(CertificateDer::pem_slice_iter(&system))
        .filter_map(Result::ok)
        .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
        .filter_map(|certificate| Certificate::from_der(&certificate).ok());
    Ok(certificates.collect())
}

/// Where a redirect leads.
fn target(answer: &Answer) -> Option<Url> {
    let moved = matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = answer.header(LOCATION.as_str()).filter(|_| moved)?;
    answer.url.join(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// The innermost reason: the layers above it say no more than that a request failed, and name the whole URL.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost = error.source();
    while let Some(deeper) = innermost.and_then(std::error::Error::source) {
        innermost = Some(deeper);
    }
    innermost.map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

/// A registry as people write it, without scheme and final slash.
fn bare(host: &str) -> &str {
    host.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/')
}
