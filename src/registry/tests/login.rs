//! Credentials, tokens and helpers.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::server::{Reply, Seen, Server};
use super::{client, environment, logged_in, reference, there};
use crate::image::Reference;
use crate::registry::manifest::digest;
use crate::registry::{Client, Error, Login, Options};

/// A registry that wants user `me` and password `secret`.
pub(super) fn basic_door(seen: &Seen) -> Reply {
    if seen.authorization() == Some("Basic bWU6c2VjcmV0") {
        there("x")
    } else {
        Reply::status(401).with("WWW-Authenticate", "Basic realm=\"here\"")
    }
}

#[tokio::test]
async fn user_and_password() {
    let server = Server::start(basic_door).await;
    let image = reference(&server, "team/app:v1");
    let folder = tempfile::tempdir().unwrap();

    let error = client(&environment(&[])).digest(&image).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} denies access to team/app", server.address));
    assert_eq!(
        error.hint().unwrap(),
        format!("docker has no credentials for {0}: run `docker login {0}`", server.address)
    );

    let right = logged_in(folder.path(), &json!({"auths": {&server.address: {"auth": "bWU6c2VjcmV0"}}}));
    assert_eq!(client(&right).digest(&image).await, Ok(Some(digest(b"x"))));

    // me:hunter2
    let wrong = logged_in(folder.path(), &json!({"auths": {&server.address: {"auth": "bWU6aHVudGVyMg=="}}}));
    let error = client(&wrong).digest(&image).await.unwrap_err();
    let said = format!("{error} {error:?} {:?}", error.hint());
    assert!(said.contains("have no right to it"), "{said}");
    assert!(!said.contains("hunter2") && !said.contains("bWU6"), "{said}");

    fs_err::write(folder.path().join("config.json"), "{ \"auths\": ").unwrap();
    let broken = environment(&[("DOCKER_CONFIG", folder.path().to_str().unwrap())]);
    let error = client(&broken).digest(&image).await.unwrap_err();
    assert!(error.hint().unwrap().contains("config.json:1:11: docker's config file is broken"), "{error:?}");
}

#[tokio::test]
async fn who_speaks_in_our_place_gets_the_login() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"auths": {"r.io": {"auth": "bWU6c2VjcmV0"}, "https://index.docker.io/v1/": {"identitytoken": "t"}}});
    let client = client(&logged_in(folder.path(), &config));
    let login = async |text: &str| client.login(&Reference::parse(text).unwrap()).await;
    let Some(Login::Password { user, password }) = login("r.io/team/app:v1").await else { panic!() };
    assert_eq!((user.as_str(), password.as_str()), ("me", "secret"));
    assert!(matches!(login("busybox").await, Some(Login::Identity(token)) if token == "t"));
    assert!(login("other.io/app").await.is_none());
}

/// A registry with a token service on the same port; `token-N` is the N-th token.
async fn token_registry(valid: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    Server::start(move |seen| {
        let host = &seen.headers["host"];
        if seen.line.split(' ').nth(1).unwrap().starts_with("/token") {
            if seen.line.contains("secret-team") || seen.body.contains("secret-team") {
                return Reply::status(401);
            }
            let token = format!("token-{}", seen.before + 1);
            return Reply::status(200).body(json!({"token": token, "expires_in": 300}).to_string());
        }
        match seen.authorization().and_then(|text| text.strip_prefix("Bearer ")) {
            Some(token) if valid(token) && !seen.line.contains("/forbidden/") => there("x"),
            _ => Reply::status(401).with(
                "WWW-Authenticate",
                format!("Bearer realm=\"http://{host}/token?x=1\",service=\"registry of {host}\""),
            ),
        }
    })
    .await
}

#[tokio::test]
async fn a_token_is_fetched_once_for_a_repository() {
    let server = token_registry(|_| true).await;
    let client = client(&environment(&[]));
    let images: Vec<_> = (0..20).map(|i| reference(&server, &format!("app{}:v{i}", i % 2))).collect();
    for answer in join_all(images.iter().map(|image| client.digest(image))).await {
        assert_eq!(answer, Ok(Some(digest(b"x"))));
    }
    assert_eq!(server.count("GET /token"), 2, "{:?}", server.lines());
    assert_eq!(server.lines().len(), 1 + 2 + 20, "the door, a token for each repository, the tags");
    let service = server.address.replace(':', "%3A");
    let line = format!("GET /token?x=1&scope=repository%3Aapp0%3Apull&service=registry+of+{service}");
    assert_eq!(server.count(&line), 1, "{:?}", server.lines());
}

#[tokio::test]
async fn a_token_that_has_ended_is_fetched_anew() {
    let taken = Arc::new(Mutex::new("token-1".to_owned()));
    let current = Arc::clone(&taken);
    let server = token_registry(move |token| *current.lock().unwrap() == token).await;
    let client = client(&environment(&[]));
    let image = reference(&server, "app");
    assert!(client.digest(&image).await.is_ok());
    "token-2".clone_into(&mut taken.lock().unwrap());
    assert_eq!(client.digest(&image).await, Ok(Some(digest(b"x"))));
    // A new token that is refused as well: denied, and asked no more.
    "never".clone_into(&mut taken.lock().unwrap());
    let error = client.digest(&image).await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error}");
    assert_eq!(server.count("GET /token"), 3);
}

#[tokio::test]
async fn tokens_for_passwords_and_identities() {
    let server = token_registry(|_| true).await;
    let folder = tempfile::tempdir().unwrap();
    let password = logged_in(folder.path(), &json!({"auths": {&server.address: {"auth": "bWU6c2VjcmV0"}}}));
    assert!(client(&password).digest(&reference(&server, "app")).await.is_ok());
    let asked = server.requests().into_iter().find(|seen| seen.line.starts_with("GET /token")).unwrap();
    assert_eq!(asked.authorization(), Some("Basic bWU6c2VjcmV0"));
    assert!(asked.line.ends_with("&account=me"), "{}", asked.line);

    let identity =
        logged_in(folder.path(), &json!({"auths": {&server.address: {"identitytoken": "long lived"}}}));
    assert!(client(&identity).digest(&reference(&server, "app")).await.is_ok());
    let asked = server.requests().into_iter().find(|seen| seen.line.starts_with("POST /token")).unwrap();
    for part in ["grant_type=refresh_token", "refresh_token=long+lived", "scope=repository%3Aapp%3Apull"] {
        assert!(asked.body.contains(part), "{}", asked.body);
    }

    let error = client(&password).digest(&reference(&server, "secret-team/app")).await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error}");
    let error = client(&password).digest(&reference(&server, "forbidden/app")).await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error}");
}

#[tokio::test]
async fn a_repository_asks_for_more_than_the_door() {
    let server = Server::start(|seen| match seen.line.as_str() {
        "GET /v2/" => Reply::status(200),
        _ => basic_door(seen),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"auths": {format!("http://{}/v2/", server.address): {"auth": "bWU6c2VjcmV0"}}});
    let client = client(&logged_in(folder.path(), &config));
    assert_eq!(client.digest(&reference(&server, "app")).await, Ok(Some(digest(b"x"))));
}

#[cfg(unix)]
fn helper(folder: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(format!("docker-credential-{name}"));
    fs_err::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn credential_helpers() {
    let server = Server::start(basic_door).await;
    let image = reference(&server, "app");
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    let record = format!("read -r key || :; echo \"$1 $key $WHO\" >> '{}'", calls.display());
    helper(
        folder.path(),
        "good",
        &format!("{record}\necho '{{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"secret\"}}'"),
    );
    helper(folder.path(), "empty", "echo 'credentials not found in native keychain'; exit 1");
    helper(folder.path(), "broken", "echo 'the secret is hunter2'; echo hunter2 >&2; exit 1");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let with = |config: serde_json::Value| {
        let mut environment = logged_in(folder.path(), &config);
        environment.vars.insert("PATH".to_owned(), path.clone());
        environment.vars.insert("WHO".to_owned(), "snapshot".to_owned());
        client(&environment)
    };

    // The helper of the host goes before the general one; it is asked once.
    let good = with(json!({"credsStore": "broken", "credHelpers": {&server.address: "good"}, "auths": {}}));
    for answer in join_all((0..20).map(|_| good.digest(&image))).await {
        assert_eq!(answer, Ok(Some(digest(b"x"))));
    }
    let called = fs_err::read_to_string(&calls).unwrap();
    assert_eq!(called, format!("get {} snapshot\n", server.address));

    // Where it has nothing, the file may have something.
    let file = with(json!({"credsStore": "empty", "auths": {&server.address: {"auth": "bWU6c2VjcmV0"}}}));
    assert_eq!(file.digest(&image).await, Ok(Some(digest(b"x"))));

    for (helper, why) in [
        ("empty", format!("docker has no credentials for {0}: run `docker login {0}`", server.address)),
        (
            "broken",
            format!(
                "docker's credentials for {} could not be read: `docker-credential-broken get` failed",
                server.address
            ),
        ),
        (
            "absent",
            format!(
                "docker's credentials for {} could not be read: `docker-credential-absent` was not found",
                server.address
            ),
        ),
    ] {
        let error = with(json!({"credsStore": helper})).digest(&image).await.unwrap_err();
        assert_eq!(error.hint(), Some(why));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_slow_helper_does_not_count_as_a_slow_registry() {
    let server = Server::start(basic_door).await;
    let folder = tempfile::tempdir().unwrap();
    helper(folder.path(), "slow", "sleep 0.6; echo '{\"Username\":\"me\",\"Secret\":\"secret\"}'");
    let mut environment = logged_in(folder.path(), &json!({"credsStore": "slow"}));
    environment.vars.insert("PATH".to_owned(), format!("{}:/usr/bin:/bin", folder.path().display()));
    let options = Options { timeout: Duration::from_millis(400), ..Options::default() };
    let client = Client::new(options, &environment);
    assert_eq!(client.digest(&reference(&server, "app")).await, Ok(Some(digest(b"x"))));
}
