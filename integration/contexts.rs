//! Where contexts and Dockerfiles come from: folders, elsewhere in the project, git, http, other images.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Child;
use std::time::Duration;

use crate::support::{Output, Registry, TestContext, engines, eventually};

fn file(engines: &crate::support::Engines, output: &Output, path: &str) -> String {
    Registry::of(engines).file(&output.reference("app"), "linux/amd64", path)
}

#[test]
fn a_dockerfile_outside_of_its_context() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"];
    context
        .write("app/app.txt", "from the context")
        .write("app/skip.txt", "ignored")
        .write("deploy/app.Dockerfile", "FROM busybox\nCOPY . /app\n")
        .write("deploy/app.Dockerfile.dockerignore", "skip.txt\n");
    for dockerfile in [
        // Relative to the context, and, where it is not there, to the working folder.
        "../deploy/app.Dockerfile",
        "deploy/app.Dockerfile",
    ] {
        context.build_section(&format!(
            "artifacts:\n- image: app\n  context: app\n  docker: {{dockerfile: {dockerfile}}}"
        ));
        let output = context.skeg(&args).success();
        assert_eq!(file(&engines, &output, "app/app.txt"), "from the context");
        let names =
            context.skeg(&["build", "--print", "--builder", &engines.buildkit, "-t", "v1"]).success().stdout;
        assert!(names.contains("deploy/app.Dockerfile"), "{names}");
    }
}

#[test]
fn paths_of_the_root_file_are_the_working_folders_and_those_of_others_their_own() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context
        .write("svc/app.txt", "root's")
        .write("svc/Dockerfile", "FROM busybox\nCOPY app.txt /\n")
        .write("infra/skaffold.yaml", "apiVersion: skaffold/v4beta11\nkind: Config\nrequires:\n- path: ../lib\nbuild:\n  artifacts:\n  - {image: app, context: svc}\n")
        .write("lib/skaffold.yaml", "apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n  - {image: lib, context: src}\n")
        .write("lib/src/Dockerfile", "FROM busybox\nCOPY lib.txt /\n")
        .write("lib/src/lib.txt", "lib's");
    let output = context
        .skeg(&[
            "build",
            "-f",
            "infra/skaffold.yaml",
            "--builder",
            &engines.buildkit,
            "-d",
            &repo,
            "-t",
            "v1",
            "-q",
        ])
        .success();
    let registry = Registry::of(&engines);
    assert_eq!(registry.file(&output.reference("app"), "linux/amd64", "app.txt"), "root's");
    assert_eq!(registry.file(&output.reference("lib"), "linux/amd64", "lib.txt"), "lib's");
}

/// `git daemon` over a folder.
struct GitDaemon(Child);

impl Drop for GitDaemon {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_raw(self.0.id().cast_signed()).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_git_repository() {
    use std::os::unix::process::CommandExt as _;
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context
        .write("sub/Dockerfile", "FROM busybox\nCOPY app.txt /\n")
        .write("sub/app.txt", "from git")
        .git_init();
    let served = context.path("tmp/served.git");
    context.git(&["clone", "-q", "--bare", ".", &served.display().to_string()]);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let base = format!("--base-path={}", context.path("tmp").display());
    let listen = format!("--port={port}");
    let args = ["daemon", "--reuseaddr", "--export-all", "--listen=127.0.0.1", &listen, &base];
    let mut command = context.command("git", &args);
    let _daemon = GitDaemon(command.process_group(0).spawn().unwrap());
    assert!(eventually(Duration::from_secs(5), || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()));

    context.build_section(&format!(
        "artifacts:\n- {{image: app, context: 'git://127.0.0.1:{port}/served.git#main:sub'}}"
    ));
    let output =
        context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"]).success();
    assert_eq!(file(&engines, &output, "app.txt"), "from git");
}

#[test]
fn an_http_tarball() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context.write("src/Dockerfile", "FROM busybox\nCOPY app.txt /\n").write("src/app.txt", "from http");
    context.run("tar", &["-czf", "../tmp/context.tar.gz", "-C", "src", "."]).success();
    let archive = fs_err::read(context.path("tmp/context.tar.gz")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                archive.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            if !request[..count].starts_with(b"HEAD") {
                // A client that has seen enough goes away.
                drop(stream.write_all(&archive));
            }
        }
    });
    context.build_section(&format!(
        "artifacts:\n- {{image: app, context: 'http://127.0.0.1:{port}/context.tar.gz'}}"
    ));
    let output =
        context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"]).success();
    assert_eq!(file(&engines, &output, "app.txt"), "from http");
}

#[test]
fn named_contexts_and_a_dockerfile_in_the_overlay() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context
        .build_section("artifacts:\n- {image: app, context: app}")
        .write("app/app.txt", "app")
        .write("shared/shared.txt", "shared")
        .append(
            ".skeg:\n  artifacts:\n  - image: app\n    docker:\n      contexts:\n        shared: ./shared\n        \
             tools: docker-image://busybox\n      dockerfileInline: |\n        FROM tools\n        \
             COPY app.txt /\n        COPY --from=shared shared.txt /\n",
        );
    let output =
        context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"]).success();
    assert_eq!(file(&engines, &output, "app.txt"), "app");
    assert_eq!(file(&engines, &output, "shared.txt"), "shared");
}
