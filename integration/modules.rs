//! Configs of repositories, buckets and URLs, against a git server of this machine. Dry runs: no engine is needed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::{Output, TestContext, eventually};

const HEAD: &str = "apiVersion: skaffold/v4beta11\nkind: Config\n";

/// A config that builds one image.
fn config(image: &str) -> String {
    format!(
        "{HEAD}build:\n  artifacts: [{{image: {image}, context: src}}]\n  tagPolicy: {{gitCommit: {{}}}}\n"
    )
}

/// Repositories of this test, and a server for them.
struct Git {
    context: TestContext,
    port: u16,
    daemon: Option<Child>,
}

impl Drop for Git {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Git {
    fn new() -> Self {
        let mut context = TestContext::new();
        fs_err::create_dir(context.path("remote")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        context.hide(&format!("127.0.0.1:{port}"), "[GIT]");
        let mut git = Self { context, port, daemon: None };
        git.start();
        git
    }

    fn start(&mut self) {
        let folder = self.context.run("git", &["--exec-path"]).success().stdout.trim().to_owned();
        let base = format!("--base-path={}", self.context.path("remote").display());
        let port = format!("--port={}", self.port);
        let log = fs_err::OpenOptions::new().create(true).append(true).open(self.context.path("daemon.log"));
        let args = ["--verbose", "--reuseaddr", "--listen=127.0.0.1", &port, "--export-all", &base];
        let mut command = self.context.command(format!("{folder}/git-daemon"), &args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.unwrap().into_parts().0);
        self.daemon = Some(command.spawn().unwrap());
        let up = || TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        assert!(eventually(Duration::from_secs(20), up), "the git server does not answer");
    }

    fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// How often something was asked for.
    fn requests(&self) -> usize {
        let log = fs_err::read_to_string(self.context.path("daemon.log")).unwrap();
        log.lines().filter(|line| line.contains("Request upload-pack")).count()
    }

    fn url(&self, repository: &str) -> String {
        format!("git://127.0.0.1:{}/{repository}", self.port)
    }

    fn git(&self, repository: &str, args: &[&str]) -> String {
        let folder = self.context.path("remote").join(repository).display().to_string();
        self.context.run("git", &[&["-C", &folder], args].concat()).success().stdout.trim().to_owned()
    }

    fn write(&self, repository: &str, path: &str, text: &str) {
        self.context.write_at(&format!("remote/{repository}/{path}"), text);
    }

    /// Commits everything, as a config that builds `image`; answers the commit.
    fn commit(&self, repository: &str, image: &str) -> String {
        if !self.context.path("remote").join(repository).join(".git").exists() {
            self.context.write_at(&format!("remote/{repository}/src/Dockerfile"), "FROM scratch\n");
            self.git(repository, &["init", "-q", "-b", "main"]);
        }
        self.write(repository, "skaffold.yaml", &config(image));
        self.save(repository, image)
    }

    fn save(&self, repository: &str, message: &str) -> String {
        self.git(repository, &["add", "-A"]);
        self.git(repository, &["commit", "-q", "-m", message]);
        self.git(repository, &["rev-parse", "HEAD"])
    }

    /// The project requires the repository `lib`, with these further keys of `git`.
    fn require(&self, more: &str) -> &Self {
        let url = self.url("lib");
        self.context.write("skaffold.yaml", format!("{HEAD}requires:\n- git:\n    repo: {url}\n{more}"));
        self
    }

    fn run(&self, args: &[&str]) -> Output {
        self.context.skeg(&[&["build", "--dry-run", "-q"], args].concat())
    }

    /// `image:tag` of all images.
    fn images(&self, args: &[&str]) -> String {
        let output = self.run(args).success();
        output.builds().into_iter().map(|(_, tag)| tag).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn branches_tags_and_commits() {
    let git = Git::new();
    let one = git.commit("lib", "one");
    git.git("lib", &["tag", "v1"]);
    git.commit("lib", "two");
    git.git("lib", &["tag", "-a", "-m", "two", "v2"]);
    git.git("lib", &["checkout", "-q", "-b", "feature/x"]);
    let three = git.commit("lib", "three");
    git.git("lib", &["checkout", "-q", "main"]);
    let four = git.commit("lib", "four");
    let short = |commit: &str| commit[..7].to_owned();

    for (reference, expected, requests) in [
        ("", format!("four:{}", short(&four)), 1),
        ("main", format!("four:{}", short(&four)), 1),
        ("refs/heads/main", format!("four:{}", short(&four)), 1),
        ("feature/x", format!("three:{}", short(&three)), 1),
        ("v1", "one:v1".into(), 1),
        ("v2", "two:v2".into(), 1),
        (&one, format!("one:{}", short(&one)), 1),
        // A commit is what it is: nobody has to be asked again.
        (&one, format!("one:{}", short(&one)), 0),
        // An abbreviated one may be the name of a branch or tag; that is asked first.
        (&three[..9], format!("three:{}", short(&three)), 2),
        (&three[..9], format!("three:{}", short(&three)), 0),
    ] {
        let before = git.requests();
        git.require(&if reference.is_empty() { String::new() } else { format!("    ref: {reference:?}\n") });
        assert_eq!(git.images(&[]), expected, "{reference}");
        assert_eq!(git.requests() - before, requests, "{reference}");
    }
    // Nothing but the copies lies in the folder of skeg; they are private.
    use std::os::unix::fs::PermissionsExt as _;
    let shelves: Vec<_> = fs_err::read_dir(git.context.path("cache/skeg/remote")).unwrap().collect();
    assert_eq!(shelves.len(), 1);
    assert_eq!(shelves[0].as_ref().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn the_default_branch_is_the_servers_and_a_tag_comes_before_a_branch_of_its_name() {
    let git = Git::new();
    git.commit("lib", "one");
    git.git("lib", &["tag", "v1"]);
    git.git("lib", &["branch", "-m", "trunk"]);
    git.git("lib", &["checkout", "-q", "-b", "master"]);
    git.commit("lib", "two");
    git.git("lib", &["branch", "v1"]);
    git.git("lib", &["checkout", "-q", "trunk"]);
    git.commit("lib", "three");
    for (more, image) in [
        ("", "three:"),
        ("    ref: master\n", "two:"),
        ("    ref: v1\n", "one:"),
        ("    ref: refs/heads/v1\n", "two:"),
    ] {
        git.require(more);
        let images = git.images(&[]);
        assert!(images.starts_with(image), "{more}: {images}");
    }
}

#[test]
fn a_branch_that_moves_is_followed_unless_it_is_said_not_to() {
    let git = Git::new();
    git.commit("lib", "one");
    git.require("    ref: main\n");
    let other = format!("--remote-cache-dir={}", git.context.path("elsewhere").display());
    assert_eq!(git.images(&["-t", "x"]), "one:x");
    assert_eq!(git.images(&["-t", "x", &other]), "one:x");

    git.commit("lib", "two");
    assert_eq!(git.images(&["-t", "x", "--sync-remote-cache=missing"]), "one:x");
    assert_eq!(git.images(&["-t", "x", "--sync-remote-cache=never"]), "one:x");
    git.require("    ref: main\n    sync: false\n");
    assert_eq!(git.images(&["-t", "x"]), "one:x");
    git.require("    ref: main\n");
    assert_eq!(git.images(&["-t", "x"]), "two:x");
    assert_eq!(git.images(&["-t", "x", &other, "--sync-remote-cache=never"]), "one:x");

    // A forced push: the history is another one.
    git.git("lib", &["checkout", "-q", "--orphan", "other"]);
    git.commit("lib", "three");
    git.git("lib", &["branch", "-f", "main", "other"]);
    assert_eq!(git.images(&["-t", "x"]), "three:x");
}

#[test]
fn a_reference_that_is_not_there_is_told_and_one_that_vanished_with_its_commit() {
    let git = Git::new();
    let commit = git.commit("lib", "one");
    git.git("lib", &["branch", "gone"]);
    git.require("    ref: gone\n");
    assert_eq!(git.images(&["-t", "x"]), "one:x");
    git.git("lib", &["branch", "-D", "-q", "gone"]);
    let said = git.run(&[]).fails(2).error().replace(&commit, "[COMMIT]");
    assert_snapshot!(said, @"
    error: git://[GIT]/lib@gone is not there any more
     --> skaffold.yaml:6:10
      |
    6 |     ref: gone
      |          ^
    note: it was commit [COMMIT] when it was last fetched
    help: name a branch, tag or commit that is there
    help: or stay with the copy: `ref: [COMMIT]`, or `sync: false`
    ");
    git.require(&format!("    ref: {commit}\n"));
    assert_eq!(git.images(&["-t", "x"]), "one:x");

    git.require("    ref: nope\n");
    assert_snapshot!(git.run(&[]).fails(2).error(), @"
    error: git://[GIT]/lib@nope does not exist
     --> skaffold.yaml:6:10
      |
    6 |     ref: nope
      |          ^
    caused by: no branch and no tag is called so
    help: check `ref`: `git ls-remote ADDRESS` lists branches and tags
    ");
    git.require("    ref: 0123456789abcdef0123456789abcdef01234567\n");
    assert_snapshot!(git.run(&[]).fails(2).error(), @"
    error: git://[GIT]/lib@0123456789abcdef0123456789abcdef01234567 does not exist
     --> skaffold.yaml:6:10
      |
    6 |     ref: 0123456789abcdef0123456789abcdef01234567
      |          ^
    caused by: no branch, tag or commit is called so
    help: check `ref`: `git ls-remote ADDRESS` lists branches and tags
    ");
    git.require("    path: sub\n");
    assert_snapshot!(git.run(&[]).fails(2).error(), @"
    error: a required project file is missing: sub in git://[GIT]/lib does not exist
     --> skaffold.yaml:6:11
      |
    6 |     path: sub
      |           ^
    help: correct `path`; it is relative to the top of what is fetched
    ");
}

#[test]
fn offline_the_copy_is_used_and_that_is_told() {
    let mut git = Git::new();
    git.commit("lib", "one");
    git.require("    ref: main\n");
    assert_eq!(git.images(&["-t", "x"]), "one:x");
    git.stop();
    let output = git.run(&["-t", "x"]).success();
    assert_eq!(output.reference("one"), "one:x");
    output
        .says("skaffold.yaml:6:10: ")
        .says("does not answer; the copy of commit ")
        .says("unable to connect");
    git.run(&["-t", "x", "--sync-remote-cache=missing"]).success().never_says("warning");

    git.require("    ref: other\n");
    assert_snapshot!(git.run(&[]).fails(1).error(), @"
    error: git://[GIT]/lib@other does not answer
     --> skaffold.yaml:6:10
      |
    6 |     ref: other
      |          ^
    caused by: unable to connect to 127.0.0.1: 127.0.0.1[0: 127.0.0.1]: errno=Connection refused
    help: check the address and the network; there is no copy to fall back on
    ");
    assert_snapshot!(git.run(&["--sync-remote-cache", "never"]).fails(3).error(), @"
    error: there is no copy of git://[GIT]/lib@other
     --> skaffold.yaml:6:10
      |
    6 |     ref: other
      |          ^
    caused by: `--sync-remote-cache never` fetches nothing
    help: fetch it once: `--sync-remote-cache missing`
    ");
}

#[test]
fn a_repository_is_asked_once_in_a_run() {
    let git = Git::new();
    git.commit("lib", "one");
    git.write("lib", "more/skaffold.yaml", &format!("{}\nrequires: [{{path: ..}}]\n", config("more")));
    git.write("lib", "more/src/Dockerfile", "FROM scratch\n");
    git.save("lib", "more");
    git.commit("other", "other");
    let (lib, other) = (git.url("lib"), git.url("other"));
    git.context.write(
        "skaffold.yaml",
        format!(
            "{HEAD}requires:\n- git: {{repo: {lib}, path: more, ref: main}}\n- git: {{repo: {lib}, ref: main}}\n- path: b\n- git: {{repo: {other}}}\n"
        ),
    );
    git.context.write(
        "b/skaffold.yaml",
        format!("{HEAD}requires:\n- git: {{repo: {lib}, path: skaffold.yaml, ref: main}}\n"),
    );
    assert_eq!(git.images(&["-t", "x"]), "one:x more:x other:x");
    assert_eq!(git.requests(), 2);
}

#[test]
fn several_processes_fetch_at_once() {
    let git = Git::new();
    git.commit("lib", "one");
    git.require("    ref: main\n");
    let running: Vec<_> =
        (0..4).map(|_| git.context.start(&["build", "--dry-run", "-q", "-t", "x"])).collect();
    for running in running {
        assert_eq!(running.finish().success().reference("one"), "one:x");
    }
}

#[test]
fn paths_in_a_module_are_those_of_its_copy() {
    let git = Git::new();
    git.commit("lib", "root");
    git.write("lib", "app/src/Dockerfile", "FROM scratch\n");
    git.write("lib", "app/skaffold.yaml", &format!("{}requires: [{{path: ..}}]\n", config("app")));
    git.save("lib", "app");
    git.require("    path: app\n");
    assert_eq!(git.images(&["-t", "x"]), "root:x app:x");
    // What is wrong in it is shown by the repository's name.
    git.write("lib", "app/skaffold.yaml", &format!("{HEAD}biuld: {{}}\n"));
    git.save("lib", "wrong");
    assert_snapshot!(git.run(&[]).fails(2).error(), @"
    error: unknown key `biuld` in the document
     --> git://[GIT]/lib:app/skaffold.yaml:3:1
      |
    3 | biuld: {}
      | ^
    help: did you mean `build`?
    ");
}

#[test]
fn a_hostile_module_reads_nothing_and_runs_nothing() {
    let mut git = Git::new();
    git.context.write_at("outside/skaffold.yaml", config("outside"));
    let outside = git.context.path("outside").display().to_string();
    let mark = git.context.path("mark");
    let set = format!("touch {}", mark.display());

    // The user's own hooks, templates and helpers are not run by a module.
    let template = git.context.write_at("template/hooks/post-checkout", format!("#!/bin/sh\n{set}\n"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&template, mode).unwrap();
    let hooks = git.context.path("template/hooks").display().to_string();
    let templates = git.context.path("template").display().to_string();
    let settings = git.context.write_at(
        "gitconfig",
        format!(
            "[core]\n hooksPath = {hooks}\n fsmonitor = \"{set}\"\n[init]\n templateDir = {templates}\n\
             [submodule]\n recurse = true\n[protocol \"ext\"]\n allow = always\n[url \"ext::{set} \"]\n insteadOf = evil:\n"
        ),
    );

    // A submodule, links that lead out, and a file that requires what is none of its business.
    git.commit("sub", "sub");
    git.commit("lib", "lib");
    let sub = git.url("sub");
    git.git("lib", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &sub, "sub"]);
    let link = |name: &str, target: &str| {
        let path = git.context.path("remote/lib").join(name);
        std::os::unix::fs::symlink(target, path).unwrap();
    };
    link("link", &outside);
    link("link.yaml", &format!("{outside}/skaffold.yaml"));
    link("src/out", "/etc");
    for (name, text) in [
        ("up", "requires: [{path: ../../../../../outside/skaffold.yaml}]\n".to_owned()),
        ("absolute", format!("requires: [{{path: {outside}/skaffold.yaml}}]\n")),
        ("linked", "requires: [{path: link}]\n".to_owned()),
        ("local", format!("requires: [{{git: {{repo: {outside}}}}}]\n")),
        ("file", format!("requires: [{{git: {{repo: 'file://{outside}'}}}}]\n")),
        ("context", "build: {artifacts: [{image: a, context: ../..}]}\n".to_owned()),
        ("context-link", "build: {artifacts: [{image: a, context: link}]}\n".to_owned()),
        ("manifests", "manifests: {rawYaml: [src/out/passwd, link/*.yaml, /etc/passwd]}\n".to_owned()),
    ] {
        git.write("lib", &format!("{name}.yaml"), &format!("{HEAD}{text}"));
    }
    git.save("lib", "hostile");
    let before = git.requests();
    git.context.set("GIT_CONFIG_GLOBAL", settings.to_str().unwrap());
    let run = || {
        let output = git.run(&["-t", "x"]);
        let error = output.error();
        let place = error.lines().take(2).collect::<Vec<_>>().join("\n");
        if place.is_empty() { format!("builds {:?}", output.success().builds()) } else { place }
    };

    let mut said = String::new();
    for more in [
        "",
        "    path: ../../../../outside/skaffold.yaml\n",
        "    path: /etc/passwd\n",
        "    path: link\n",
        "    path: link.yaml\n",
        "    path: up.yaml\n",
        "    path: absolute.yaml\n",
        "    path: linked.yaml\n",
        "    path: local.yaml\n",
        "    path: file.yaml\n",
        "    path: context.yaml\n",
        "    path: context-link.yaml\n",
        "    path: manifests.yaml\n",
        "    path: sub\n",
        "    ref: --upload-pack=touch\n",
        "    ref: 'main:refs/heads/x'\n",
        "    ref: +main\n",
        "    ref: main~1\n",
    ] {
        git.require(more);
        said.extend([more.trim(), "\n", &run(), "\n"]);
    }
    for repository in ["ext::sh -c true% x", "--upload-pack=touch x", "evil:x", "fd::7"] {
        git.context.write("skaffold.yaml", format!("{HEAD}requires: [{{git: {{repo: '{repository}'}}}}]\n"));
        said.extend(["repo: ", repository, "\n", &run(), "\n"]);
    }
    assert!(!mark.exists(), "something was run");
    assert!(git.requests() > before);
    let log = fs_err::read_to_string(git.context.path("daemon.log")).unwrap();
    let asked_for_sub = log.lines().filter(|line| line.contains("Request upload-pack for '/sub'")).count();
    assert_eq!(asked_for_sub, 1, "the submodule was fetched when it was added, and not since");
    assert_snapshot!(said, @r#"

    builds [("lib", "lib:x")]
    path: ../../../../outside/skaffold.yaml
    error: `../../../../outside/skaffold.yaml` leads out of git://[GIT]/lib
     --> skaffold.yaml:6:11
    path: /etc/passwd
    error: `/etc/passwd` leads out of git://[GIT]/lib
     --> skaffold.yaml:6:11
    path: link
    error: `link` leads out of git://[GIT]/lib (by a link)
     --> skaffold.yaml:6:11
    path: link.yaml
    error: `link.yaml` leads out of git://[GIT]/lib (by a link)
     --> skaffold.yaml:6:11
    path: up.yaml
    error: `requires[0].path` leads out of git://[GIT]/lib
     --> git://[GIT]/lib:up.yaml:3:19
    path: absolute.yaml
    error: `requires[0].path` leads out of git://[GIT]/lib
     --> git://[GIT]/lib:absolute.yaml:3:19
    path: linked.yaml
    error: `requires[0].path` leads out of git://[GIT]/lib (by a link)
     --> git://[GIT]/lib:linked.yaml:3:19
    path: local.yaml
    error: `[ROOT]/outside` is no repository
     --> git://[GIT]/lib:local.yaml:3:25
    path: file.yaml
    error: `file://[ROOT]/outside` is no repository
     --> git://[GIT]/lib:file.yaml:3:25
    path: context.yaml
    error: `build.artifacts[0].context` leads out of git://[GIT]/lib
     --> git://[GIT]/lib:context.yaml:3:41
    path: context-link.yaml
    error: `build.artifacts[0].context` leads out of git://[GIT]/lib (by a link)
     --> git://[GIT]/lib:context-link.yaml:3:41
    path: manifests.yaml
    error: 3 errors in git://[GIT]/lib:manifests.yaml
     --> git://[GIT]/lib:manifests.yaml:3:23
    path: sub
    error: a required project file is missing: sub in git://[GIT]/lib holds no skaffold.yaml
     --> skaffold.yaml:6:11
    ref: --upload-pack=touch
    error: `--upload-pack=touch` is no branch, tag or commit
     --> skaffold.yaml:6:10
    ref: 'main:refs/heads/x'
    error: `main:refs/heads/x` is no branch, tag or commit
     --> skaffold.yaml:6:10
    ref: +main
    error: `+main` is no branch, tag or commit
     --> skaffold.yaml:6:10
    ref: main~1
    error: `main~1` is no branch, tag or commit
     --> skaffold.yaml:6:10
    repo: ext::sh -c true% x
    error: `ext::sh -c true% x` is no repository
     --> skaffold.yaml:3:25
    repo: --upload-pack=touch x
    error: `--upload-pack=touch x` is no repository
     --> skaffold.yaml:3:25
    repo: evil:x
    error: evil:x cannot be fetched
     --> skaffold.yaml:3:25
    repo: fd::7
    error: `fd::7` is no repository
     --> skaffold.yaml:3:25
    "#);
}

#[test]
fn passwords_are_not_told() {
    let context = TestContext::new();
    context.write(
        "skaffold.yaml",
        format!("{HEAD}requires: [{{git: {{repo: 'http://me:geheim@127.0.0.1:1/x.git'}}}}]\n"),
    );
    let output = context.skeg(&["build", "--dry-run", "-v", "debug"]).fails(1);
    output.says("skaffold.yaml:3:25").says("'http://*********@127.0.0.1:1/x.git'").never_says("geheim");
}

/// A web server: the same answer to every request for a path, after a while.
struct Web {
    port: u16,
    requests: Arc<AtomicUsize>,
}

impl Web {
    fn new(pages: Vec<(String, String)>, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let (pages, count) = (Arc::new(pages), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (pages, count) = (Arc::clone(&pages), Arc::clone(&count));
                std::thread::spawn(move || answer(stream, &pages, &count, delay));
            }
        });
        Self { port, requests }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }
}

fn answer(mut stream: TcpStream, pages: &[(String, String)], count: &AtomicUsize, delay: Duration) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    count.fetch_add(1, Ordering::Relaxed);
    std::thread::sleep(delay);
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, body) = match pages.iter().find(|(page, _)| page == path) {
        Some((_, body)) if body.starts_with("->") => ("302 Found", format!("Location: {}\r\n", &body[2..])),
        Some((_, body)) => ("200 OK", format!("\r\n{body}")),
        None => ("404 Not Found", "\r\n".to_owned()),
    };
    let body = if status.starts_with("302") { format!("{body}\r\n") } else { body };
    // Nobody may be listening any more.
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{body}").ok();
}

#[test]
fn files_behind_urls() {
    let mut context = TestContext::new();
    let text = |image: &str, more: &str| format!("{HEAD}build: {{artifacts: [{{image: {image}}}]}}\n{more}");
    let web = Web::new(
        vec![
            ("a.yaml".into(), text("a", "requires: [{path: b}]\n")),
            ("moved.yaml".into(), "->/a.yaml".into()),
            ("wrong.yaml".into(), format!("{HEAD}biuld: {{}}\n")),
        ],
        Duration::ZERO,
    );
    context.hide(&format!("127.0.0.1:{}", web.port), "[WEB]");
    context.write("Dockerfile", "FROM scratch\n").write("b/Dockerfile", "FROM scratch\n");
    context.write("b/skaffold.yaml", text("b", ""));
    let run = |file: &str| context.skeg(&["build", "--dry-run", "-q", "-t", "x", "-f", file]);
    let names =
        |output: Output| output.builds().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
    assert_eq!(names(run(&web.url("a.yaml")).success()), "b a");
    assert_eq!(names(run(&web.url("moved.yaml")).success()), "b a");
    assert_snapshot!(run(&web.url("none.yaml")).fails(3).error(), @"
    error: http://[WEB]/none.yaml cannot be read
    caused by: it answers 404 Not Found
    help: check the address, and whether it wants a login
    ");
    assert_snapshot!(run(&web.url("wrong.yaml")).fails(2).error(), @"
    error: unknown key `biuld` in the document
     --> http://[WEB]/wrong.yaml:3:1
      |
    3 | biuld: {}
      | ^
    help: did you mean `build`?
    ");
    assert_snapshot!(run("http://127.0.0.1:1/x.yaml").fails(3).error(), @"
    error: http://127.0.0.1:1/x.yaml cannot be read
    caused by: Connection refused (os error 111)
    help: check the address; proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY
    ");

    context.write(
        "skaffold.yaml",
        format!("{HEAD}requires: [{{path: '{}'}}, {{path: '{}'}}]\n", web.url("a.yaml"), web.url("a.yaml")),
    );
    let before = web.requests.load(Ordering::Relaxed);
    assert_eq!(names(run("skaffold.yaml").success()), "b a");
    assert_eq!(web.requests.load(Ordering::Relaxed) - before, 1);
    context.write("skaffold.yaml", format!("{HEAD}requires:\n- path: '{}'\n", web.url("none.yaml")));
    assert_snapshot!(run("skaffold.yaml").fails(3).error(), @"
    error: http://[WEB]/none.yaml cannot be read
     --> skaffold.yaml:4:9
      |
    4 | - path: 'http://[WEB]/none.yaml'
      |         ^
    caused by: it answers 404 Not Found
    help: check the address, and whether it wants a login
    ");
}

#[test]
fn what_a_level_requires_is_fetched_at_once() {
    let context = TestContext::new();
    let pages = (0..12).map(|number| {
        (
            format!("{number}.yaml"),
            format!("{HEAD}metadata: {{name: m{number}}}\nbuild: {{artifacts: [{{image: i{number}}}]}}\n"),
        )
    });
    let web = Web::new(pages.collect(), Duration::from_millis(700));
    let entries: Vec<String> =
        (0..12).map(|number| format!("- path: '{}'", web.url(&format!("{number}.yaml")))).collect();
    let entries = entries.join(
        "
",
    );
    context
        .write("Dockerfile", "FROM scratch\n")
        .write("skaffold.yaml", format!("{HEAD}requires:\n{entries}\n"));
    let start = Instant::now();
    let output = context.skeg(&["build", "--dry-run", "-q", "-t", "x"]).success();
    let took = start.elapsed();
    let names: Vec<_> = output.builds().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, (0..12).map(|number| format!("i{number}")).collect::<Vec<_>>());
    assert!(took < Duration::from_millis(12 * 700), "one after the other: {took:?}");
}

#[test]
fn a_long_wait_is_told_and_can_be_interrupted() {
    let context = TestContext::new();
    let web = Web::new(vec![("a.yaml".into(), String::new())], Duration::from_mins(1));
    let mut running = context.start(&["build", "--dry-run", "-f", &web.url("a.yaml")]);
    running.wait_for("fetching http://127.0.0.1");
    running.signal(rustix::process::Signal::INT);
    let (output, _) = running.finish_within(Duration::from_secs(20));
    output.fails(130);
}

#[test]
fn buckets_and_repositories_of_google_cloud_by_its_tools() {
    let mut git = Git::new();
    git.commit("lib", "one");
    // git, and nothing else that this machine may have.
    let program = git.context.run("sh", &["-c", "command -v git"]).success().stdout;
    let tools = git.context.write_at("tools/README", "");
    let tools = tools.parent().unwrap();
    std::os::unix::fs::symlink(program.trim(), tools.join("git")).unwrap();
    git.context.set("PATH", tools.to_str().unwrap());
    let tool = |name: &str, script: &str| {
        let path = git.context.write_at(&format!("tools/{name}"), format!("#!/bin/sh\nset -eu\n{script}\n"));
        fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let run = |args: &[&str]| {
        let output = git.run(&[&["-t", "x"], args].concat());
        output.filter(&format!("{}{}", output.stdout, output.stderr))
    };
    git.context.write(
        "skaffold.yaml",
        format!("{HEAD}requires:\n- googleCloudStorage: {{source: 'gs://bucket/dir', path: sub}}\n"),
    );
    assert_snapshot!(run(&[]), @r#"
    error: gs://bucket/dir cannot be fetched
     --> skaffold.yaml:4:3
      |
    4 | - googleCloudStorage: {source: 'gs://bucket/dir', path: sub}
      |   ^
    caused by: neither `gsutil` nor `gcloud` was found
    help: install the Google Cloud CLI, which has both
    "#);
    tool("gcloud", "echo 'no such bucket' >&2; exit 1");
    assert_snapshot!(run(&[]), @r#"
    error: gs://bucket/dir cannot be fetched
     --> skaffold.yaml:4:3
      |
    4 | - googleCloudStorage: {source: 'gs://bucket/dir', path: sub}
      |   ^
    caused by: no such bucket
    help: check the bucket, and your login: `gcloud auth login`
    "#);
    let content = git.context.write_at("bucket/sub/skaffold.yaml", config("bucket"));
    let from = content.parent().unwrap().parent().unwrap().display().to_string();
    git.context.write_at("bucket/sub/src/Dockerfile", "FROM scratch\n");
    tool(
        "gsutil",
        &format!("[ \"$1 $2 $3 $4\" = '-m rsync -r gs://bucket/dir' ]\n/bin/cp -R {from}/. \"$5\""),
    );
    assert_snapshot!(run(&[]), @r#"{"builds":[{"imageName":"bucket","tag":"bucket:x"}]}"#);
    tool("gsutil", "echo 'not logged in' >&2; exit 1");
    assert_snapshot!(run(&[]), @r#"{"builds":[{"imageName":"bucket","tag":"bucket:x"}]}warning: skaffold.yaml:4:3: gs://bucket/dir cannot be fetched; its copy is used: not logged in (check the bucket, and your login: `gcloud auth login`)"#);
    assert_snapshot!(run(&["--sync-remote-cache=missing"]), @r#"{"builds":[{"imageName":"bucket","tag":"bucket:x"}]}"#);

    git.context.write(
        "skaffold.yaml",
        format!("{HEAD}requires:\n- googleCloudBuildRepoV2: {{projectID: p, region: r, connection: c, repo: lib, ref: main}}\n"),
    );
    tool(
        "gcloud",
        &format!(
            "[ \"$*\" = 'builds repositories describe lib --connection=c --region=r --project=p --format=value(remoteUri)' ]\necho {}",
            git.url("lib")
        ),
    );
    assert_snapshot!(run(&[]), @r#"{"builds":[{"imageName":"one","tag":"one:x"}]}"#);
    tool("gcloud", "echo 'ext::sh -c true'");
    assert_snapshot!(run(&[]), @r#"
    error: the address of c/lib is not known
     --> skaffold.yaml:4:3
      |
    4 | - googleCloudBuildRepoV2: {projectID: p, region: r, connection: c, repo: lib, ref: main}
      |   ^
    caused by: such an address runs a command
    "#);
}

#[test]
fn profiles_look_at_the_context_the_verb_and_the_environment() {
    let mut context = TestContext::new();
    context.kube_context("kind-dev");
    context.set("STAGE", "prod");
    context.write("Dockerfile", "FROM scratch\n").write(
        "skaffold.yaml",
        format!(
            "{HEAD}build: {{artifacts: [{{image: a}}]}}\nprofiles:\n\
             - name: kind\n  activation: [{{kubeContext: '^kind-'}}]\n  patches: [{{op: add, path: /build/artifacts/-, value: {{image: kind}}}}]\n\
             - name: build\n  activation: [{{command: build}}]\n  patches: [{{op: add, path: /build/artifacts/-, value: {{image: build}}}}]\n\
             - name: stage\n  activation: [{{env: STAGE=prod}}]\n  patches: [{{op: add, path: /build/artifacts/-, value: {{image: stage}}}}]\n"
        ),
    );
    let run = |args: &[&str]| {
        let output = context.skeg(&[&["build", "--dry-run", "-q", "-t", "x"], args].concat()).success();
        output.builds().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(run(&[]), "a kind build stage");
    assert_eq!(run(&["--kube-context", "prod"]), "a build stage");
    assert_eq!(run(&["-p", "-kind,-stage"]), "a build");
    assert_eq!(run(&["--profile-auto-activation=false"]), "a");
    let other = context.write_at("other", "current-context: gke\n").display().to_string();
    assert_eq!(run(&["--kubeconfig", &other]), "a build stage");
    context.set("SKAFFOLD_PROFILE_AUTO_ACTIVATION", "false");
    let output = context.skeg(&["build", "--dry-run", "-q", "-t", "x"]).success();
    assert_eq!(output.builds().len(), 1);
}
