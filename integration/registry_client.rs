//! The registry client against real registries: plain, and with TLS and a password.

use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use skeg::image::Reference;
use skeg::registry::{Client, Error, Options};
use skeg::settings::env::Environment;

use crate::support::{Engines, Registry, TestContext, engines, optional_engine};

/// A registry and what a test needs to fill it.
struct Filled {
    /// `host:port/name`
    repository: Reference,
    index: String,
    image: String,
    environment: Environment,
}

fn environment(vars: &[(&str, &str)]) -> Environment {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Environment { vars, cwd: "/".into(), ..Environment::default() }
}

fn client(environment: &Environment) -> Client {
    Client::new(Options::default(), environment)
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn crane(engines: &Engines, context: &TestContext, args: &[&str], authority: Option<&str>) -> String {
    let mut command = Command::new(&engines.crane);
    command.args(args).env("DOCKER_CONFIG", context.path("docker"));
    if let Some(file) = authority {
        command.env("SSL_CERT_FILE", file);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "crane {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// `library/busybox` under a name of its own in the plain registry.
fn plain(engines: &Engines, context: &TestContext) -> Filled {
    let source = format!("{}/library/busybox", engines.registry);
    let name = format!("{}/{}", engines.registry, context.unique());
    crane(engines, context, &["copy", &source, &format!("{name}:v1")], None);
    let index = crane(engines, context, &["digest", &format!("{name}:v1")], None);
    let image =
        crane(engines, context, &["digest", "--platform", "linux/amd64", &format!("{name}:v1")], None);
    Filled { repository: reference(&name), index, image, environment: environment(&[]) }
}

/// The same in the registry with TLS and a password, logged in.
fn encrypted(engines: &Engines, context: &TestContext, host: &str, authority: &str) -> Option<Filled> {
    let user = crate::support::engine("SKEG_TEST_AUTH_REGISTRY_USER")?;
    let password = crate::support::engine("SKEG_TEST_AUTH_REGISTRY_PASSWORD")?;
    log_in(context, host, &user, &password);
    let source = format!("{}/library/busybox", engines.registry);
    let name = format!("{host}/{}", context.unique());
    let tagged = format!("{name}:v1");
    crane(engines, context, &["copy", &source, &tagged], Some(authority));
    let index = crane(engines, context, &["digest", &tagged], Some(authority));
    let image = crane(engines, context, &["digest", "--platform", "linux/amd64", &tagged], Some(authority));
    let config = context.path("docker").display().to_string();
    let environment = environment(&[("DOCKER_CONFIG", &config), ("SSL_CERT_FILE", authority)]);
    Some(Filled { repository: reference(&name), index, image, environment })
}

fn log_in(context: &TestContext, host: &str, user: &str, password: &str) {
    context.docker_config(
        &serde_json::json!({"auths": {host: {"username": user, "password": password}}}).to_string(),
    );
}

async fn questions(filled: &Filled) {
    let Filled { repository, index, image, environment } = filled;
    let client = client(environment);
    let tagged = |tag: &str| reference(&format!("{repository}:{tag}"));
    assert_eq!(client.digest(&tagged("v1")).await.as_ref(), Ok(&Some(index.clone())));
    assert_eq!(client.digest(&tagged("none")).await, Ok(None));
    assert_eq!(client.digest(&reference(&format!("{repository}-none"))).await, Ok(None));
    for digest in [index, image] {
        assert_eq!(client.exists(repository, digest).await, Ok(true), "{digest}");
    }
    let unknown = format!("sha256:{}", "0".repeat(64));
    assert_eq!(client.exists(repository, &unknown).await, Ok(false));

    client.tag(repository, index, "all").await.unwrap();
    client.tag(repository, image, "one").await.unwrap();
    client.tag(repository, image, "one").await.unwrap();
    assert_eq!(client.digest(&tagged("all")).await.as_ref(), Ok(&Some(index.clone())));
    assert_eq!(client.digest(&tagged("one")).await.as_ref(), Ok(&Some(image.clone())));
    let error = client.tag(repository, &unknown, "two").await.unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");

    for platform in ["linux/amd64", "linux/arm64/v8"] {
        assert_eq!(client.onbuild(repository, index, platform).await, Ok(vec![]), "{platform}");
    }
    let error = client.onbuild(repository, index, "linux/s390x").await.unwrap_err();
    assert!(error.to_string().contains("no image for linux/s390x"), "{error}");
}

/// How long one question and then twenty at once take, each with a new client.
async fn timed(filled: &Filled) -> (Duration, Duration) {
    let one = Instant::now();
    assert_eq!(client(&filled.environment).exists(&filled.repository, &filled.index).await, Ok(true));
    let one = one.elapsed();
    let many = Instant::now();
    let client = client(&filled.environment);
    let asked = (0..20).map(|_| client.exists(&filled.repository, &filled.image));
    assert!(join_all(asked).await.into_iter().all(|answer| answer == Ok(true)));
    (one, many.elapsed())
}

#[tokio::test]
async fn questions_to_a_plain_registry() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let filled = plain(&engines, &context);
    questions(&filled).await;
    let (one, twenty) = timed(&filled).await;
    eprintln!("plain registry: one question {one:?}, twenty {twenty:?}");

    // The triggers of an image that was built.
    let registry = Registry::of(&engines);
    context.app("FROM busybox\nONBUILD COPY . /app\nONBUILD RUN ls /app\n");
    let repo = filled.repository.to_string();
    let built = context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"]);
    let image = reference(&built.success().reference("app"));
    let digest = registry.manifest(image.as_str()).digest;
    let triggers = client(&filled.environment).onbuild(&image, &digest, "linux/amd64").await.unwrap();
    assert_eq!(triggers, ["COPY . /app", "RUN ls /app"]);
}

#[tokio::test]
async fn questions_to_a_registry_with_tls_and_a_password() {
    let engines = engines!();
    let host = optional_engine!("SKEG_TEST_AUTH_REGISTRY");
    let authority = optional_engine!("SKEG_TEST_AUTH_REGISTRY_CA");
    let context = TestContext::with(&engines);
    let Some(filled) = encrypted(&engines, &context, &host, &authority) else { return };
    questions(&filled).await;
    let (one, twenty) = timed(&filled).await;
    eprintln!("registry with TLS: one question {one:?}, twenty {twenty:?}");

    // Any certificate will do for a registry that is said to be insecure.
    let mut unverified = filled.environment.clone();
    unverified.vars.remove("SSL_CERT_FILE");
    let insecure = Options { insecure: vec![host.clone()], ..Options::default() };
    let answer = Client::new(insecure, &unverified).exists(&filled.repository, &filled.index).await;
    assert_eq!(answer, Ok(true));
    let error = client(&unverified).exists(&filled.repository, &filled.index).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { cause, .. } if cause.contains("certificate")), "{error}");
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"));

    // Without credentials, and with wrong ones.
    let mut anonymous = filled.environment.clone();
    anonymous.vars.remove("DOCKER_CONFIG");
    let error = client(&anonymous).exists(&filled.repository, &filled.index).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{host} denies access to {}", context.unique()));
    assert_eq!(
        error.hint().unwrap(),
        format!("docker has no credentials for {host}: run `docker login {host}`")
    );
    log_in(&context, &host, "tester", "not-the-password");
    let error = client(&filled.environment).exists(&filled.repository, &filled.index).await.unwrap_err();
    let said = format!("{error} {error:?} {:?}", error.hint());
    assert!(matches!(error, Error::Denied { .. }), "{said}");
    assert!(!said.contains("not-the-password"), "{said}");
}

#[tokio::test]
async fn a_tag_in_a_registry_that_takes_none() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let filled = plain(&engines, &context);
    let readonly = reference(&format!("{}/{}", engines.registry_readonly, context.unique()));
    let client = client(&filled.environment);
    assert_eq!(client.exists(&readonly, &filled.index).await, Ok(true));
    let error = client.tag(&readonly, &filled.index, "v2").await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 405, .. }), "{error}");
}
