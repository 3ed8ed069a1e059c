//! The artifact cache: what is found, where, and what is said and kept.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Docker, Engines, Registry, TestContext, engines};

/// An artifact `app` of one file.
fn app(engines: &Engines) -> TestContext {
    let context = TestContext::with(engines);
    context.app("FROM scratch\nCOPY app.txt /\n");
    context
}

/// A docker-buildx that is in nobody's way as long as nobody starts it.
fn no_builder(context: &TestContext) {
    let plugin = context.path("docker/cli-plugins/docker-buildx");
    fs_err::remove_file(&plugin).unwrap();
    context.write_at("docker/cli-plugins/docker-buildx", "#!/bin/sh\ntouch \"$TMPDIR/started\"\nexit 1\n");
    context.run("chmod", &["+x", &plugin.display().to_string()]).success();
}

#[test]
fn pushed_and_found() {
    let engines = engines!();
    let context = app(&engines);
    let repo = context.repo();
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    context.skeg(&args).success().builds_because("app", "first build");
    no_builder(&context);
    context.skeg(&args).success().finds("app", "Found Remotely").never_says("warning");
    assert!(!context.path("tmp/started").exists(), "a builder was started");
    assert!(context.processes().is_empty());
}

#[test]
fn loaded_and_found() {
    let engines = engines!();
    let context = app(&engines);
    let repo = context.repo();
    let args = ["build", "-d", &repo, "-t", "v1", "--push=false"];
    context.skeg(&args).success().builds_because("app", "first build");
    no_builder(&context);
    context.skeg(&args).success().finds("app", "Found Locally").never_says("warning");
    assert!(!context.path("tmp/started").exists(), "a builder was started");
}

#[test]
fn the_result_is_the_same_found_or_built() {
    let engines = engines!();
    for push in ["--push", "--push=false"] {
        let context = app(&engines);
        let repo = context.repo();
        let args = ["build", "-d", &repo, "-t", "v1", push, "-q"];
        let built = context.skeg(&args).success();
        no_builder(&context);
        let found = context.skeg(&args).success();
        assert_eq!(built.stdout, found.stdout, "{push}");
        assert_eq!(found.builds().len(), 1, "{found}");
        let file = context.path("tmp/result.json").display().to_string();
        context.skeg(&["build", "-d", &repo, "-t", "v1", push, "--file-output", &file]).success();
        assert_eq!(fs_err::read_to_string(file).unwrap().trim(), built.stdout.trim(), "{push}");
    }
}

#[test]
fn another_tag_in_the_registry() {
    let engines = engines!();
    let context = app(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    let build = |tag: &str| {
        context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", tag]).success()
    };
    build("v1");
    no_builder(&context);
    build("v2").finds("app", "Found. Tagging");
    let [one, two] = ["v1", "v2"].map(|tag| registry.manifest(&format!("{repo}/app:{tag}")).digest);
    assert_eq!(one, two);
    build("v2").finds("app", "Found Remotely");
    build("v1").finds("app", "Found Remotely");
}

#[test]
fn a_tag_that_somebody_moved_is_put_back() {
    let engines = engines!();
    let context = app(&engines);
    let registry = Registry::of(&engines);
    let reference = format!("{}/app:v1", context.repo());
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    context.skeg(&args).success();
    let digest = registry.manifest(&reference).digest;
    registry.push_base(&reference, "somebody's");
    assert_ne!(registry.manifest(&reference).digest, digest);
    context.skeg(&args).success();
    assert_eq!(registry.manifest(&reference).digest, digest);
}

#[test]
fn an_index_gets_another_tag_whole() {
    let engines = engines!();
    let context = app(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    for tag in ["v1", "v2"] {
        let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", tag];
        context.skeg(&[&args[..], &["--platform", "linux/amd64,linux/arm64"]].concat()).success();
    }
    let reference = format!("{repo}/app:v2");
    assert_eq!(registry.platforms(&reference), ["linux/amd64", "linux/arm64"]);
    assert_eq!(registry.manifest(&reference).digest, registry.manifest(&format!("{repo}/app:v1")).digest);
}

#[test]
fn another_tag_in_the_daemon() {
    let engines = engines!();
    let context = app(&engines);
    let daemon = Docker::at(&engines.docker_host);
    let repo = context.repo();
    let build = |tag: &str| context.skeg(&["build", "-d", &repo, "-t", tag, "--push=false"]).success();
    build("v1");
    no_builder(&context);
    build("v2").finds("app", "Found. Tagging");
    assert_eq!(daemon.id(&format!("{repo}/app:v1")), daemon.id(&format!("{repo}/app:v2")));
    build("v2").finds("app", "Found Locally");
}

#[test]
fn edits_back_and_forth_are_known() {
    let engines = engines!();
    let context = app(&engines);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1", "-q"];
    let first = context.skeg(&args).success().digest("app");
    context.write("app.txt", "another");
    assert_ne!(context.skeg(&args).success().digest("app"), first);
    context.write("app.txt", format!("hello {}\n", context.unique()));
    no_builder(&context);
    assert_eq!(context.skeg(&args).success().digest("app"), first);
    assert_eq!(Registry::of(&engines).manifest(&format!("{}/app:v1", context.repo())).digest, first);
}

#[test]
fn without_the_cache_everything_is_built() {
    let engines = engines!();
    let context = app(&engines);
    let repo = context.repo();
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    let without = [&args[..], &["--cache-artifacts=false"]].concat();
    context.skeg(&args).success();
    for _ in 0..2 {
        context
            .skeg(&without)
            .success()
            .never_says("Checking cache")
            .never_says("Found")
            .says("Built 1 image");
    }
    no_builder(&context);
    context.skeg(&args).success().finds("app", "Found Remotely");
    context.skeg(&without);
    assert!(context.path("tmp/started").exists(), "the builder was not started");
}

#[test]
fn a_database_elsewhere() {
    let engines = engines!();
    let context = app(&engines);
    let repo = context.repo();
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];
    let elsewhere = [&args[..], &["--cache-file", "../tmp/own/cache.db"]].concat();
    context.skeg(&elsewhere).success().builds_because("app", "first build");
    assert!(context.path("tmp/own/cache.db").is_file());
    assert!(!context.path("cache/skeg/state.db").exists());
    context.skeg(&elsewhere).success().finds("app", "Found Remotely");
    context.skeg(&args).success().builds_because("app", "first build");
    assert!(context.path("cache/skeg/state.db").is_file());
    context.skeg(&elsewhere).success().finds("app", "Found Remotely");
}

#[test]
fn status_and_prune() {
    let engines = engines!();
    let context = app(&engines);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    let nothing = context.skeg(&["cache", "status"]).success();
    assert!(nothing.stdout.contains("state.db"), "{nothing}");
    context.skeg(&args).success();
    let status = context.skeg(&["cache", "status"]).success();
    assert!(status.stdout.contains("state.db") && status.stdout.contains("app"), "{status}");
    context.skeg(&["cache", "prune"]).success();
    // What is pruned is old; this is not.
    no_builder(&context);
    context.skeg(&args).success().finds("app", "Found Remotely");
}

#[test]
fn what_was_built_is_remembered_although_another_failed() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let busybox = format!("{}/library/busybox", engines.registry);
    let bad = |steps: &str| {
        context.write("bad/Dockerfile", format!("FROM {busybox}\nRUN {steps} # {}\n", context.unique()));
    };
    context
        .build_section("artifacts: [{image: good, context: good}, {image: bad, context: bad}]")
        .write("good/Dockerfile", "FROM scratch\nCOPY x /\n")
        .write("good/x", context.unique());
    bad("sleep 4 && exit 1");
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    context.skeg(&args).fails(1);
    assert!(Registry::of(&engines).find(&format!("{}/good:v1", context.repo())).is_some());
    let failed = context.skeg(&args).fails(1);
    assert!(failed.cache_line("bad").starts_with("Not found. Building"), "a failure is no result\n{failed}");
    failed.finds("good", "Found Remotely");
    bad("true");
    let output = context.skeg(&args).success();
    assert!(output.cache_line("bad").starts_with("Not found. Building"), "{output}");
    output.finds("good", "Found Remotely");
}

#[test]
fn what_is_only_required_is_looked_at_and_not_needed() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context
        .build_section(
            "artifacts:\n- {image: app, context: app, requires: [{image: base, alias: BASE}]}\n- {image: base, context: base}",
        )
        .write("app/Dockerfile", "ARG BASE\nFROM $BASE\nCOPY app.txt /\n")
        .write("app/app.txt", context.unique())
        .write("base/Dockerfile", "FROM scratch\nCOPY base.txt /\n")
        .write("base/base.txt", context.unique());
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-b", "app"];
    context.skeg(&args).success().builds_because("app", "first build");
    no_builder(&context);
    context.skeg(&args).success().finds("app", "Found Remotely");
    assert!(Registry::of(&engines).is_unknown(&format!("{repo}/base")));
}

#[test]
fn an_output_that_is_gone_is_made_again() {
    let engines = engines!();
    let context = app(&engines);
    context
        .append(".skeg:\n  artifacts:\n  - {image: app, docker: {outputs: ['type=oci,dest=image.tar']}}\n");
    let args = ["build", "--builder", &engines.buildkit, "-t", "v1", "--push=false"];
    let archive = context.project().join("image.tar");
    context.skeg(&args).success();
    fs_err::remove_file(&archive).unwrap();
    context.skeg(&args).success();
    assert!(archive.exists(), "the second run left none");
}

#[test]
fn a_dry_run_remembers_nothing() {
    let engines = engines!();
    let context = app(&engines);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    for look in ["--dry-run", "--print"] {
        context.skeg(&[&args[..], &[look]].concat()).success().never_says("Checking cache");
    }
    context.skeg(&args).success().builds_because("app", "first build");
}

/// The registry by another address, at which it may answer late.
struct Late {
    address: String,
    /// Connections so far.
    asked: Arc<AtomicU64>,
    delay: Arc<AtomicU64>,
}

impl Late {
    fn start(engines: &Engines) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let delay = Arc::new(AtomicU64::new(0));
        let (registry, shared) = (engines.registry.clone(), Arc::clone(&delay));
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                let (registry, delay) = (registry.clone(), Arc::clone(&shared));
                std::thread::spawn(move || forward(client, &registry, &delay));
            }
        });
        Self { address, asked, delay }
    }

    /// From now on each answer takes this long.
    fn takes(&self, time: Duration) {
        self.delay.store(time.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }
}

/// Hands bytes on in both directions; those of the client late, also on connections that are open already.
fn forward(mut client: TcpStream, registry: &str, delay: &AtomicU64) {
    let mut server = TcpStream::connect(registry).unwrap();
    let (mut back, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        drop(std::io::copy(&mut back, &mut to_client));
        drop(to_client.shutdown(Shutdown::Both));
    });
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        std::thread::sleep(Duration::from_millis(delay.load(Ordering::SeqCst)));
        if server.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    drop(server.shutdown(Shutdown::Write));
}

/// Longer than any test waits.
const NEVER: Duration = Duration::from_hours(1);

/// An artifact `app` upon a base that lives at `late`.
fn upon(engines: &Engines, late: &Late) -> TestContext {
    let context = TestContext::with(engines);
    let base = format!("{}/base:1", context.unique());
    Registry::of(engines).push_base(&format!("{}/{base}", engines.registry), "one");
    context.app(&format!("FROM {}/{base}\nCOPY app.txt /\n", late.address));
    context
}

#[test]
fn a_registry_that_does_not_answer_and_a_base_known_from_before() {
    let engines = engines!();
    let late = Late::start(&engines);
    let context = upon(&engines, &late);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    context.skeg(&args).success().builds_because("app", "first build").never_says("warning");
    late.takes(NEVER);
    no_builder(&context);
    let start = Instant::now();
    let output = context.skeg(&args).success();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}\n{output}", start.elapsed());
    assert!(start.elapsed() > Duration::from_millis(1500), "{:?}\n{output}", start.elapsed());
    output.says(&late.address).finds("app", "Found Remotely");
}

#[test]
fn a_registry_that_answers_late_and_a_base_nobody_knows() {
    let engines = engines!();
    let late = Late::start(&engines);
    let context = upon(&engines, &late);
    late.takes(Duration::from_secs(3));
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    let output = context.skeg(&args).success();
    output.says("Built 1 image").says(&late.address).builds_because("app", "");
    // What could not be told apart from another base is not remembered as this one's.
    let base = format!("{}/{}/base:1", engines.registry, context.unique());
    Registry::of(&engines).push_base(&base, "two");
    late.takes(Duration::ZERO);
    let output = context.skeg(&[&args[..], &["-q"]].concat()).success();
    let labels =
        Registry::of(&engines).config(&output.reference("app"), "linux/amd64")["config"]["Labels"].clone();
    assert_eq!(labels["version"], "two", "{output}");
}

#[test]
fn an_image_that_others_have_from_elsewhere_is_no_base() {
    let engines = engines!();
    let with = |registry: &str, round: usize| {
        let context = TestContext::with(&engines);
        let step = format!("echo begins; sleep 2 # {} {round}", context.unique());
        context.app(&format!("FROM {registry}busybox\nRUN {step}\nCOPY app.txt /\n"));
        context
    };
    for round in 0..2 {
        // Nobody here tells what docker.io's busybox is, so that it is the builder who tells; and it tells each build of
        // a shared layer by all of its names.
        let own = with("", round);
        let other = with(&format!("{}/library/", engines.registry), round);
        let repos = [own.repo(), other.repo()];
        let build = |repo| ["build", "--builder", &engines.buildkit, "-t", "v1", "-d", repo];
        let (first, second) = if round == 0 { (&other, &own) } else { (&own, &other) };
        let mut running = first.start(&build(&repos[1 - round]));
        running.wait_for("| begins");
        second.skeg(&build(&repos[round])).success();
        running.finish_within(Duration::from_secs(20)).0.success();
        own.skeg(&build(&repos[0])).success().finds("app", "Found Remotely");
    }
}

#[test]
fn offline_asks_nobody_about_bases() {
    let engines = engines!();
    let late = Late::start(&engines);
    let context = upon(&engines, &late);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    context.skeg(&args).success();
    late.takes(NEVER);
    no_builder(&context);
    let asked = late.asked.load(Ordering::SeqCst);
    let output = context.skeg(&[&args[..], &["--offline"]].concat()).success();
    assert_eq!(late.asked.load(Ordering::SeqCst), asked, "{output}");
    output.finds("app", "Found Remotely").never_says(&late.address);
}

#[test]
fn many_bases_at_a_registry_that_does_not_answer_are_waited_for_together() {
    let engines = engines!();
    let late = Late::start(&engines);
    let context = TestContext::with(&engines);
    let mut artifacts = "artifacts:\n".to_owned();
    for number in 0..6 {
        let base = format!("{}/base{number}:1", context.unique());
        Registry::of(&engines).push_base(&format!("{}/{base}", engines.registry), "one");
        writeln!(artifacts, "- {{image: app{number}, context: app{number}}}").unwrap();
        context
            .write(&format!("app{number}/Dockerfile"), format!("FROM {}/{base}\nLABEL a=b\n", late.address));
    }
    context.build_section(&artifacts);
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    context.skeg(&args).success();
    late.takes(NEVER);
    let start = Instant::now();
    let output = context.skeg(&args).success();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}\n{output}", start.elapsed());
    let mut output = output;
    for number in 0..6 {
        output = output.finds(&format!("app{number}"), "Found Remotely");
    }
}

#[test]
fn a_tag_is_no_proof() {
    let engines = engines!();
    let other = TestContext::with(&engines);
    let repo = other.repo();
    let project = |context: &TestContext, version: &str| {
        context
            .build_section(&format!(
                "tagPolicy: {{inputDigest: {{}}}}\nlocal: {{tryImportMissing: true, push: true}}\n\
                 artifacts:\n- image: app\n  docker: {{buildArgs: {{VERSION: '{version}'}}}}"
            ))
            .write("Dockerfile", "FROM scratch\nARG VERSION\nLABEL version=$VERSION\nCOPY app.txt /\n")
            .write("app.txt", other.unique());
    };
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "--file-output", "images.json"];
    project(&other, "1");
    let first = other.skeg(&args).success();
    assert!(first.cache_line("app").starts_with("Not found. Building"), "{first}");
    // The same tag, which knows nothing of arguments, and another image.
    let context = TestContext::with(&engines);
    project(&context, "2");
    let second = context.skeg(&args).success();
    assert!(second.stderr.contains("tryImportMissing is not followed for app"), "{second}");
    let images = [&other, &context].map(|c| fs_err::read_to_string(c.project().join("images.json")).unwrap());
    assert_ne!(images[0], images[1]);
}
