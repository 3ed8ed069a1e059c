//! Against registries that do as a test says. The real ones are in `integration/registry_client.rs`.

mod login;
mod server;

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use self::login::basic_door;
use self::server::{Reply, Server};
use super::manifest::digest;
use super::{Client, Error, Options};
use crate::image::Reference;
use crate::settings::env::Environment;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn client(environment: &Environment) -> Client {
    Client::new(Options::default(), environment)
}

/// An environment with these variables and no home.
fn environment(vars: &[(&str, &str)]) -> Environment {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Environment { vars, cwd: "/nowhere".into(), ..Environment::default() }
}

/// An environment whose docker config has this content.
fn logged_in(folder: &Path, config: &serde_json::Value) -> Environment {
    fs_err::write(folder.join("config.json"), config.to_string()).unwrap();
    environment(&[("DOCKER_CONFIG", folder.to_str().unwrap())])
}

fn reference(server: &Server, rest: &str) -> Reference {
    Reference::parse(&format!("{}/{rest}", server.address)).unwrap()
}

/// An answer with a digest.
fn there(bytes: &str) -> Reply {
    Reply::status(200).with("Docker-Content-Digest", digest(bytes.as_bytes())).body(bytes)
}

#[tokio::test]
async fn a_digest_by_head_or_by_get() {
    let server = Server::start(|seen| match seen.line.as_str() {
        "HEAD /v2/app/manifests/plain" => there("plain"),
        "GET /v2/app/manifests/silent" => Reply::status(200).body("silent"),
        "GET /v2/" | "HEAD /v2/app/manifests/silent" => Reply::status(200),
        "HEAD /v2/app/manifests/nohead" => Reply::status(405),
        "GET /v2/app/manifests/nohead" => there("nohead"),
        _ => Reply::status(404),
    })
    .await;
    let client = client(&environment(&[]));
    for tag in ["plain", "silent", "nohead"] {
        let found = client.digest(&reference(&server, &format!("app:{tag}"))).await;
        assert_eq!(found, Ok(Some(digest(tag.as_bytes()))), "{tag}");
    }
    assert_eq!(client.digest(&reference(&server, "app")).await, Ok(None));
    assert_eq!(server.lines().last().unwrap(), "HEAD /v2/app/manifests/latest");
    assert_eq!(server.count("GET /v2/app/manifests/plain"), 0);
    assert_eq!(server.count("GET /v2/") - server.count("GET /v2/app"), 1, "the front door, once");
    let accept = server.requests().pop().unwrap().headers.remove("accept").unwrap();
    for media_type in [INDEX, "application/vnd.docker.distribution.manifest.v2+json"] {
        assert!(accept.contains(media_type), "{accept}");
    }

    let asked = server.lines().len();
    let pinned = format!("app:v1@{}", digest(b"x"));
    assert_eq!(client.digest(&reference(&server, &pinned)).await, Ok(Some(digest(b"x"))));
    assert_eq!(server.lines().len(), asked, "a pinned digest is not asked for");
}

#[tokio::test]
async fn whether_a_digest_exists() {
    let (here, wrong) = (digest(b"here"), digest(b"wrong"));
    let lines = (format!("HEAD /v2/app/manifests/{here}"), format!("HEAD /v2/app/manifests/{wrong}"));
    let server = Server::start(move |seen| match &seen.line {
        line if *line == lines.0 || *line == lines.1 => there("here"),
        line if line == "GET /v2/" => Reply::status(200),
        _ => Reply::status(404),
    })
    .await;
    let (client, repository) = (client(&environment(&[])), reference(&server, "app"));
    assert_eq!(client.exists(&repository, &here).await, Ok(true));
    assert_eq!(client.exists(&repository, &digest(b"gone")).await, Ok(false));
    let error = client.exists(&repository, &wrong).await.unwrap_err();
    assert!(matches!(error, Error::Unusable { .. }), "{error}");
}

#[tokio::test]
async fn refused_for_now_is_tried_once_more() {
    let server = Server::start(|seen| match seen.line.rsplit('/').next().unwrap() {
        "once" if seen.before == 0 => Reply::status(500),
        "busy" if seen.before == 0 => Reply::status(429).with("Retry-After", "0"),
        "once" | "busy" => there("x"),
        "later" => Reply::status(429).with("Retry-After", "60"),
        "broken" => Reply::status(503),
        _ => Reply::status(200),
    })
    .await;
    let client = client(&environment(&[]));
    for tag in ["once", "busy"] {
        assert_eq!(client.digest(&reference(&server, &format!("app:{tag}"))).await, Ok(Some(digest(b"x"))));
    }
    let began = Instant::now();
    let error = client.digest(&reference(&server, "app:later")).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(30), "it does not wait for a minute");
    assert_eq!(error.to_string(), format!("{} answered 429: too many requests", server.address));
    assert!(error.hint().unwrap().contains("docker login"));
    assert_eq!(server.count("HEAD /v2/app/manifests/later"), 1);
    let error = client.digest(&reference(&server, "app:broken")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} answered 503: service unavailable", server.address));
    assert_eq!(server.count("HEAD /v2/app/manifests/broken"), 2);
}

#[tokio::test]
async fn no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap().to_string();
    drop(listener);
    let image = Reference::parse(&format!("{closed}/app")).unwrap();
    let error = client(&environment(&[])).digest(&image).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{closed} cannot be reached: Connection refused (os error 111)"));
    assert_eq!(error.host(), closed);
}

#[tokio::test]
async fn a_registry_that_never_answers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let image = Reference::parse(&format!("{host}/app")).unwrap();
    let after = Duration::from_secs(1);
    let client = Client::new(Options { timeout: after, ..Options::default() }, &environment(&[]));
    // All who ask together, and who asks again.
    for _ in 0..2 {
        let began = Instant::now();
        let answers = join_all((0..40).map(|_| client.digest(&image))).await;
        let took = began.elapsed();
        assert!(answers.into_iter().all(|a| a == Err(Error::TimedOut { host: host.clone(), after })));
        assert!(took >= after && took < 2 * after, "{took:?}");
    }
}

#[tokio::test]
async fn a_registry_that_falls_silent_after_the_door() {
    let server = Server::start(|seen| match seen.line.as_str() {
        "GET /v2/" => Reply::status(200),
        _ => Reply::never(),
    })
    .await;
    let after = Duration::from_secs(1);
    let client = Client::new(Options { timeout: after, ..Options::default() }, &environment(&[]));
    let (began, image) = (Instant::now(), reference(&server, "app"));
    let answers = join_all((0..20).map(|_| client.digest(&image))).await;
    let took = began.elapsed();
    let host = server.address.clone();
    assert!(answers.into_iter().all(|a| a == Err(Error::TimedOut { host: host.clone(), after })));
    assert!(took >= after && took < 2 * after, "{took:?}");
}

/// A registry with an index of two images whose blobs are at another server.
async fn onbuild_registry(blobs: String) -> (Server, String, [String; 2]) {
    let configs = [json!({"config": {"OnBuild": ["COPY . /app", "RUN make"]}}), json!({"config": null})];
    let configs = configs.map(|config| config.to_string());
    let images = configs.clone().map(|config| {
        json!({"schemaVersion": 2, "config": {"digest": digest(config.as_bytes())}, "layers": []}).to_string()
    });
    let digests = images.clone().map(|image| digest(image.as_bytes()));
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"digest": digest(b"attestation"), "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": &digests[0], "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
        {"digest": &digests[1], "platform": {"os": "linux", "architecture": "amd64"}},
    ]})
    .to_string();
    let top = digest(index.as_bytes());
    let texts = [&index, &images[0], &images[1]].map(|text| (digest(text.as_bytes()), text.clone()));
    let server = Server::start(move |seen| {
        let name = seen.line.rsplit('/').next().unwrap();
        if let Some((_, text)) = texts.iter().find(|(digest, _)| digest == name) {
            return there(text);
        }
        if seen.line.starts_with("GET /v2/app/blobs/") {
            return Reply::status(307).with("Location", format!("http://{blobs}/store/{name}?signed"));
        }
        basic_door(seen)
    })
    .await;
    (server, top, digests)
}

#[tokio::test]
async fn onbuild_triggers() {
    let store = Server::start(|seen| {
        for config in [r#"{"config":{"OnBuild":["COPY . /app","RUN make"]}}"#, r#"{"config":null}"#] {
            if seen.line.contains(&digest(config.as_bytes())) {
                return Reply::status(200).body(config);
            }
        }
        Reply::status(404)
    })
    .await;
    let (server, top, images) = onbuild_registry(store.address.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"auths": {&server.address: {"auth": "bWU6c2VjcmV0"}}});
    let client = client(&logged_in(folder.path(), &config));
    let repository = reference(&server, "app");
    let triggers = vec!["COPY . /app".to_owned(), "RUN make".to_owned()];
    assert_eq!(client.onbuild(&repository, &top, "linux/arm64").await, Ok(triggers.clone()));
    assert_eq!(client.onbuild(&repository, &top, "linux/amd64").await, Ok(vec![]));
    assert_eq!(client.onbuild(&repository, &images[0], "linux/s390x").await, Ok(triggers));
    let error = client.onbuild(&repository, &top, "linux/s390x").await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} has no image for linux/s390x in app@{top}", server.address));
    // The registry was asked with the password, the store behind it was not.
    assert!(server.requests().iter().any(|seen| seen.authorization().is_some()));
    assert!(store.requests().len() >= 3);
    assert!(store.requests().iter().all(|seen| seen.authorization().is_none()));
}

#[tokio::test]
async fn bytes_that_are_not_the_digests() {
    let wanted = digest(b"wanted");
    let server = Server::start(|seen| match seen.line.as_str() {
        "GET /v2/" => Reply::status(200),
        _ => Reply::status(200).body("other"),
    })
    .await;
    let client = client(&environment(&[]));
    let repository = reference(&server, "app");
    for error in [
        client.onbuild(&repository, &wanted, "linux/amd64").await.unwrap_err(),
        client.tag(&repository, &wanted, "v1").await.unwrap_err(),
    ] {
        assert!(matches!(&error, Error::Unusable { reason, .. } if reason.contains(&wanted)), "{error}");
    }
    assert_eq!(server.count("PUT"), 0);
}

#[tokio::test]
async fn a_tag_is_put_with_the_same_bytes() {
    let text = json!({"schemaVersion": 2, "manifests": []}).to_string();
    let (known, given) = (digest(text.as_bytes()), text.clone());
    let get = format!("GET /v2/app/manifests/{known}");
    let server = Server::start(move |seen| match seen.line.as_str() {
        "GET /v2/" => Reply::status(200),
        line if line == get => there(&given).with("Content-Type", INDEX),
        "PUT /v2/app/manifests/v2" => {
            Reply::status(201).with("Docker-Content-Digest", digest(seen.body.as_bytes()))
        }
        "PUT /v2/app/manifests/odd" => Reply::status(201).with("Docker-Content-Digest", digest(b"odd")),
        "PUT /v2/app/manifests/full" => {
            Reply::status(413).body(r#"{"errors":[{"code":"TOO_LARGE","message":"the quota is used up"}]}"#)
        }
        _ => Reply::status(404),
    })
    .await;
    let client = client(&environment(&[]));
    let repository = reference(&server, "app:v1");
    assert_eq!(client.tag(&repository, &known, "v2").await, Ok(()));
    let put = server.requests().into_iter().find(|seen| seen.line.starts_with("PUT")).unwrap();
    assert_eq!((put.body.as_str(), put.headers["content-type"].as_str()), (text.as_str(), INDEX));

    let error = client.tag(&repository, &known, "odd").await.unwrap_err();
    assert!(matches!(error, Error::Unusable { .. }), "{error}");
    let error = client.tag(&repository, &known, "full").await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} answered 413: the quota is used up", server.address));
    let gone = digest(b"gone");
    let error = client.tag(&repository, &gone, "v2").await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} has no app@{gone}", server.address));
}

#[tokio::test]
async fn many_questions_take_as_long_as_two() {
    let listener =
        Server::start(|seen| if seen.line == "GET /v2/" { Reply::status(200) } else { there("x") }).await;
    let client = client(&environment(&[]));
    let image = reference(&listener, "app");
    let wanted = digest(b"x");
    for answer in join_all((0..20).map(|_| client.exists(&image, &wanted))).await {
        assert_eq!(answer, Ok(true));
    }
    assert_eq!(listener.lines().len(), 21, "the door once");
}

#[tokio::test]
async fn proxies_of_the_snapshot() {
    let proxy = Server::start(|seen| match seen.line.as_str() {
        "GET http://registry.example/v2/" => Reply::status(200),
        "HEAD http://registry.example/v2/app/manifests/v1" => there("x"),
        line if line.starts_with("CONNECT secure.example:443") => Reply::status(502),
        _ => Reply::status(404),
    })
    .await;
    let address = format!("http://me:hunter2@{}", proxy.address);
    let vars = [("http_proxy", address.as_str()), ("HTTPS_PROXY", &address), ("NO_PROXY", "closed.example")];
    let insecure = vec!["http://registry.example/".to_owned()];
    let client = Client::new(Options { insecure, ..Options::default() }, &environment(&vars));
    let image = Reference::parse("registry.example/app:v1").unwrap();
    assert_eq!(client.digest(&image).await, Ok(Some(digest(b"x"))));
    let error = client.digest(&Reference::parse("secure.example/app").unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
    assert_eq!(proxy.count("CONNECT secure.example:443"), 1);

    // What listens on this machine is not looked for behind the proxy.
    let server = Server::start(|_| there("here")).await;
    assert_eq!(client.digest(&reference(&server, "app")).await, Ok(Some(digest(b"here"))));
}

#[tokio::test]
async fn an_authority_that_cannot_be_read() {
    let server = Server::start(|_| Reply::status(400)).await;
    let client = client(&environment(&[("SSL_CERT_FILE", "corp.pem")]));
    let error = client.digest(&reference(&server, "app")).await.unwrap_err();
    assert!(error.to_string().contains("SSL_CERT_FILE: failed to open file `/nowhere/corp.pem`"), "{error}");
}
