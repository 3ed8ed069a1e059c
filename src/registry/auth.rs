//! What registries ask for and how it is given: Basic, and bearer tokens of a token service
//! (distribution's "Token Authentication" and "OAuth2 Token Authentication").

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio::time::Instant;

use super::Error;
use super::access::Repository;
use super::credentials::{Credentials, Login};
use crate::http::{Answer, Request, Transport};

/// How long a token is good when its service does not say.
const TOKEN_AGE: Duration = Duration::from_mins(1);
/// A token is not used any more this long before its end.
const TOKEN_MARGIN: Duration = Duration::from_secs(5);

/// What a registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password.
    Basic,
    /// A token of the service at `realm`.
    Bearer { realm: String, service: Option<String> },
}

impl Challenge {
    /// The challenge of an answer; a bearer token is preferred. `None` = it has none that is known.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let mut found = None;
        for (scheme, parameters) in texts.flat_map(challenges) {
            let parameter = |name: &str| {
                parameters
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.clone())
            };
            if scheme.eq_ignore_ascii_case("bearer")
                && let Some(realm) = parameter("realm")
            {
                return Some(Self::Bearer { realm, service: parameter("service") });
            }
            if scheme.eq_ignore_ascii_case("basic") {
                found = Some(Self::Basic);
            }
        }
        found
    }
}

/// The challenges of one header: scheme and parameters (RFC 9110 §11.6.1).
fn challenges(text: &str) -> Vec<(&str, Vec<(&str, String)>)> {
    let mut found: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return found;
        }
        let Some(value) = after.trim_start().strip_prefix('=') else {
            found.push((word, vec![]));
            rest = after;
            continue;
        };
        let (value, after) = value_of(value.trim_start());
        if let Some((_, parameters)) = found.last_mut() {
            parameters.push((word, value));
        }
        rest = after;
    }
}

/// A token or quoted string, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// A bearer token. Not printable.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) header: HeaderValue,
    /// When it was fetched.
    pub(super) since: Instant,
    until: Instant,
}

impl Token {
    /// Whether it is of no use any more.
    pub(super) fn is_old(&self) -> bool {
        Instant::now() >= self.until
    }
}

/// Whom a token is for, and what for.
pub(super) struct Purpose {
    pub(super) repository: Repository,
    /// `pull` or `pull,push`.
    pub(super) actions: &'static str,
    /// The registry is spoken to over TLS.
    pub(super) encrypted: bool,
}

/// Fetches a token from the service at `realm`.
pub(super) async fn token(
    transport: Arc<Transport>,
    credentials: Arc<Credentials>,
    realm: String,
    service: Option<String>,
    purpose: Purpose,
) -> Result<Token, Error> {
    let Purpose { repository, actions, encrypted } = purpose;
    let host = &repository.host;
    let unusable = |reason: &str| Error::Unusable { host: host.clone(), reason: reason.to_owned() };
    let mut url = Url::parse(&realm).map_err(|_| unusable("the address of its token service is none"))?;
    if encrypted && url.scheme() != "https" && credentials.login.is_some() {
        return Err(unusable("its token service would get the password unencrypted"));
    }
    let since = Instant::now();
    let scope = format!("repository:{}:{actions}", repository.path);
    let mut query = vec![("scope", scope.as_str())];
    query.extend(service.as_deref().map(|service| ("service", service)));
    let answer = match &credentials.login {
        Some(Login::Identity(identity)) => {
            query.extend([
                ("grant_type", "refresh_token"),
                ("refresh_token", identity),
                ("client_id", "skeg"),
            ]);
            let form = encoded(&query);
            let body = Some(("application/x-www-form-urlencoded", form.as_bytes()));
            transport.send(Request { method: Method::POST, body, ..Request::get(url) }).await
        }
        login => {
            let basic = login.as_ref().and_then(basic);
            if let Some(Login::Password { user, .. }) = login {
                query.push(("account", user));
            }
            // The realm may have a query of its own.
            let own = url.query().map(|query| format!("{query}&")).unwrap_or_default();
            url.set_query(Some(&format!("{own}{}", encoded(&query))));
            transport.send(Request { authorization: basic.as_ref(), ..Request::get(url) }).await
        }
    };
    let answer = answer.map_err(|cause| Error::Unreachable {
        host: host.clone(),
        cause: format!("its token service does not answer: {cause}"),
    })?;
    match answer.status.as_u16() {
        200 => read(&answer, since).ok_or_else(|| unusable("its token service gave no token")),
        // The scope is refused, or there is no such user.
        400 | 401 | 403 => Err(denied(&repository, &credentials)),
        _ => Err(refused(host, &answer)),
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn read(answer: &Answer, since: Instant) -> Option<Token> {
    #[derive(Deserialize)]
    struct Given {
        token: Option<String>,
        access_token: Option<String>,
        expires_in: Option<u64>,
    }
    let given: Given = serde_json::from_slice(&answer.body).ok()?;
    let token = given.token.filter(|token| !token.is_empty()).or(given.access_token)?;
    let age = given.expires_in.map_or(TOKEN_AGE, Duration::from_secs).clamp(TOKEN_AGE, TOKEN_AGE * 60);
    Some(Token { header: secret(&format!("Bearer {token}"))?, since, until: since + age - TOKEN_MARGIN })
}

/// The header of Basic authentication; `None` = an identity token, which is no password.
pub(super) fn basic(login: &Login) -> Option<HeaderValue> {
    let Login::Password { user, password } = login else { return None };
    secret(&format!("Basic {}", BASE64.encode(format!("{user}:{password}"))))
}

fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Access is denied: what to do depends on which credentials there were.
pub(super) fn denied(repository: &Repository, credentials: &Credentials) -> Error {
    let Repository { host, path } = repository;
    let login = format!("`docker login {host}`");
    let hint = match (&credentials.login, &credentials.trouble) {
        (_, Some(trouble)) => format!("docker's credentials for {host} could not be read: {trouble}"),
        (None, None) => format!("docker has no credentials for {host}: run {login}"),
        (Some(_), None) => {
            format!(
                "docker's credentials for {host} have no right to it: ask for access, or run {login} again"
            )
        }
    };
    Error::Denied { host: host.clone(), repository: path.clone(), hint }
}

/// An answer that is no success, in the registry's own words.
pub(super) fn refused(host: &str, answer: &Answer) -> Error {
    #[derive(Deserialize)]
    struct Body {
        errors: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        message: Option<String>,
        code: Option<String>,
    }
    let said = serde_json::from_slice::<Body>(&answer.body).ok();
    let said = said.and_then(|body| body.errors.into_iter().next());
    let said = said.and_then(|entry| entry.message.filter(|message| !message.is_empty()).or(entry.code));
    let message = said.map_or_else(
        || answer.status.canonical_reason().unwrap_or("an unknown status").to_lowercase(),
        |said| said.lines().next().unwrap_or_default().chars().take(200).collect(),
    );
    Error::Refused { host: host.to_owned(), status: answer.status.as_u16(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_of_headers() {
        let bearer = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) })
        };
        let rows: [(&[&str], Option<Challenge>); 9] = [
            (
                &[r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="a,b""#],
                bearer("https://auth.docker.io/token", Some("registry.docker.io")),
            ),
            (&[r#"Basic realm="Registry Realm""#], Some(Challenge::Basic)),
            (&["basic"], Some(Challenge::Basic)),
            (&[r#"Basic realm="x", Bearer realm="https://a/t""#], bearer("https://a/t", None)),
            (
                &[r#"Basic realm="x""#, r#"BEARER Realm = "https://a/t" , service=s"#],
                bearer("https://a/t", Some("s")),
            ),
            (&[r#"Bearer realm="https://a/\"t\"""#], bearer("https://a/\"t\"", None)),
            (&["Negotiate"], None),
            (&["Bearer service=x"], None),
            (&[r#"Bearer realm="unfinished"#], bearer("unfinished", None)),
        ];
        for (headers, expected) in rows {
            let mut map = HeaderMap::new();
            for header in headers {
                map.append(WWW_AUTHENTICATE, HeaderValue::from_str(header).unwrap());
            }
            assert_eq!(Challenge::of(&map), expected, "{headers:?}");
        }
    }
}
