//! The job script of `docs/gitlab-ci.md`, run as GitLab would run it: no docker configuration, no docker daemon, a
//! rootless or a remote buildkitd, a registry with TLS and a password.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::support::{Engines, TestContext, engine, engines};

/// The script between the fences marked `gitlab-job`.
fn script() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/gitlab-ci.md");
    let text = fs_err::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("```sh gitlab-job\n").expect("docs/gitlab-ci.md has a gitlab-job block");
    rest.split_once("```").unwrap().0.to_owned()
}

fn run_job(engines: &Engines, builder: &str) -> Option<()> {
    let registry = engine("SKEG_TEST_AUTH_REGISTRY")?;
    let user = engine("SKEG_TEST_AUTH_REGISTRY_USER")?;
    let password = engine("SKEG_TEST_AUTH_REGISTRY_PASSWORD")?;
    let authority = engine("SKEG_TEST_AUTH_REGISTRY_CA")?;

    let mut context = TestContext::with(engines);
    context
        .build_section("artifacts: [{image: app}, {image: web}]")
        .write("Dockerfile", "FROM busybox\nCOPY stamp /\nRUN uname -m > /arch\n")
        .write("stamp", context.unique())
        .write("job.sh", script());
    let programs = context.path("programs");
    fs_err::create_dir_all(&programs).unwrap();
    for (name, program) in
        [("skeg", crate::support::skeg().into()), ("docker-buildx", engines.buildx.clone())]
    {
        fs_err::os::unix::fs::symlink(program, programs.join(name)).unwrap();
    }
    context.set("PATH", &format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display()));
    context.set("DOCKER_HOST", "unix:///no/docker/daemon");
    let image = format!("{registry}/{}", context.unique());
    for (name, value) in [
        ("CI", "true"),
        ("SKEG_BUILDER", builder),
        ("CI_REGISTRY", &registry),
        ("CI_REGISTRY_USER", &user),
        ("CI_REGISTRY_PASSWORD", &password),
        ("CI_REGISTRY_IMAGE", &image),
        ("CI_COMMIT_SHORT_SHA", "0123abcd"),
        ("CI_COMMIT_REF_SLUG", "main"),
    ] {
        context.set(name, value);
    }
    for _ in 0..2 {
        let output = context.run("/bin/sh", &["job.sh"]).success();
        assert!(!output.stdout.contains(&password) && !output.stderr.contains(&password), "{output}");
    }

    let result = fs_err::read_to_string(context.project().join("images.json")).unwrap();
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    let login = format!(r#"{{"auths":{{"{registry}":{{"username":"{user}","password":"{password}"}}}}}}"#);
    context.docker_config(&login);
    context.set("SSL_CERT_FILE", &authority);
    for name in ["app", "web"] {
        let reference = result["builds"]
            .as_array()
            .unwrap()
            .iter()
            .find(|build| build["imageName"] == name)
            .and_then(|build| build["tag"].as_str())
            .unwrap();
        assert!(reference.starts_with(&format!("{image}/{name}:0123abcd@sha256:")), "{reference}");
        for platform in ["linux/amd64", "linux/arm64"] {
            context.run(&engines.crane, &["digest", "--platform", platform, reference]).success();
        }
        context.run(&engines.crane, &["digest", &format!("{image}/{name}:cache-main")]).success();
    }
    Some(())
}

#[test]
fn a_job_with_a_rootless_buildkitd() {
    let engines = engines!();
    let Some(builder) = engine("SKEG_TEST_BUILDKIT_ROOTLESS") else { return };
    run_job(&engines, &builder);
}

#[test]
fn a_job_with_a_remote_buildkitd_behind_tls() {
    let engines = engines!();
    let part = |name: &str| engine(&format!("SKEG_TEST_BUILDKIT_TLS{name}"));
    let (Some(address), Some(ca), Some(cert), Some(key)) =
        (part(""), part("_CACERT"), part("_CERT"), part("_KEY"))
    else {
        return;
    };
    run_job(&engines, &format!("{address}?cacert={ca}&cert={cert}&key={key}"));
}

/// An address of this machine where nobody listens.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Listens on `address` and hands connections on to `to`, until the tests end.
fn forward(address: &str, to: &str) {
    let listener = TcpListener::bind(address).unwrap();
    let to = to.trim_start_matches("tcp://").to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(&to).unwrap();
            for (mut from, mut into) in
                [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
            {
                std::thread::spawn(move || {
                    std::io::copy(&mut from, &mut into).ok();
                    into.shutdown(Shutdown::Write).ok();
                });
            }
        }
    });
}

#[test]
fn a_buildkitd_that_starts_after_the_job_is_waited_for() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.set("CI", "true");
    context.app("FROM busybox\n");
    let address = free();
    let builder = format!("tcp://{address}");
    let mut running = context.start(&["build", "--builder", &builder, "-d", &context.repo(), "-t", "v1"]);
    running.wait_for(&format!("waiting for builder {builder} to listen (up to 15 s)"));
    std::thread::sleep(Duration::from_secs(2));
    forward(&address, &engines.buildkit);
    let (output, _) = running.finish_within(Duration::from_secs(30));
    output.success().says_once("to listen").says("Built 1 image");
}

#[test]
fn a_buildkitd_that_never_starts_is_an_error_in_time() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.set("CI", "true");
    context.app("FROM busybox\n");
    let builder = format!("tcp://{}", free());
    let start = Instant::now();
    let output = context.skeg(&["build", "--builder", &builder, "-d", &context.repo(), "-t", "v1"]).fails(3);
    assert!(start.elapsed() < Duration::from_secs(29), "{:?}", start.elapsed());
    insta::assert_snapshot!(output.error(), @"
    error: builder tcp://[ADDRESS] cannot be reached
    caused by: Connection refused (os error 111); tried for 15 s
    help: check that its buildkitd runs and listens there
    help: or choose another builder: it comes from flag --builder
    ");
}
