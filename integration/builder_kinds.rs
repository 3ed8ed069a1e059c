//! Every kind of builder, on real engines: what it pushes is what `docker-buildx build --provenance=false` pushes.

use std::collections::BTreeMap;
use std::path::Path;

use insta::assert_snapshot;

use crate::support::{Docker, Engines, Registry, TestContext, engines, optional_engine};

const DOCKERFILE: &str = "FROM busybox\nCOPY app.txt /app.txt\nRUN uname -m > /arch && wc -l < /app.txt >> /arch\nENV A=b\nCMD [\"cat\", \"/arch\"]\n";

/// Builds and pushes with `skeg` and with docker-buildx on the same builder; the digests must be the same.
#[track_caller]
fn pushes_as_buildx(
    context: &TestContext,
    engines: &Engines,
    builder: &str,
    buildx: &str,
    platforms: &str,
) -> String {
    let repo = context.repo();
    context.app(DOCKERFILE);
    let mut args = vec!["build", "-d", &repo, "-t", "v1", "-q"];
    if !builder.is_empty() {
        args.extend(["--builder", builder]);
    }
    let reference = format!("{repo}/buildx:v1");
    let mut compare =
        vec!["build", "--builder", buildx, "--provenance=false", "--push", "-t", &reference, "."];
    if !platforms.is_empty() {
        args.extend(["--platform", platforms]);
        compare.extend(["--platform", platforms]);
    }
    let output = context.skeg(&args).success();
    context.buildx(&compare).success();
    let registry = Registry::of(engines);
    assert_eq!(output.digest("app"), registry.manifest(&reference).digest, "not what buildx pushes");
    for platform in platforms.split(',').filter(|platform| !platform.is_empty()) {
        let arch = if platform == "linux/arm64" { "aarch64" } else { "x86_64" };
        assert_eq!(registry.file(&output.reference("app"), platform, "arch"), format!("{arch}\n1"));
    }
    output.reference("app")
}

#[test]
fn a_named_remote_builder() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.create_builder("remote", &engines.buildkit, &[]);
    pushes_as_buildx(&context, &engines, "remote", "remote", "");
    pushes_as_buildx(&context, &engines, "remote", "remote", "linux/amd64,linux/arm64");
}

#[test]
fn an_address() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.create_builder("compare", &engines.buildkit, &[]);
    pushes_as_buildx(&context, &engines, &engines.buildkit, "compare", "linux/amd64,linux/arm64");
    pushes_as_buildx(&context, &engines, &engines.buildkit_unix, "compare", "");
}

#[test]
fn two_nodes_with_a_platform_each() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.create_two_nodes("pair", &engines.buildkit, &engines.buildkit2);
    pushes_as_buildx(&context, &engines, "pair", "pair", "linux/amd64,linux/arm64");
}

#[test]
fn the_docker_daemons_own_builder() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let reference = pushes_as_buildx(&context, &engines, "", "default", "");
    assert!(reference.contains("@sha256:"));
    let output = context.skeg(&["build", "-q", "-t", "v2", "-d", context.unique(), "--push=false"]).success();
    let image = format!("{}/app", context.unique());
    let id = Docker::at(&engines.docker_host).id(&format!("{image}:v2"));
    assert_eq!(output.reference("app"), format!("{image}:{id}"));
}

#[test]
fn an_address_with_tls() {
    let engines = engines!();
    let address = optional_engine!("SKEG_TEST_BUILDKIT_TLS");
    let ca = optional_engine!("SKEG_TEST_BUILDKIT_TLS_CACERT");
    let cert = optional_engine!("SKEG_TEST_BUILDKIT_TLS_CERT");
    let key = optional_engine!("SKEG_TEST_BUILDKIT_TLS_KEY");
    let context = TestContext::with(&engines);
    let options = format!("cacert={ca},cert={cert},key={key}");
    context.create_builder("tls", &address, &["--driver-opt", &options]);
    let with_files = format!("{address}?cacert={ca}&cert={cert}&key={key}");
    pushes_as_buildx(&context, &engines, &with_files, "tls", "");
    pushes_as_buildx(&context, &engines, "tls", "tls", "");

    let by_name = format!("{}&servername=localhost", with_files.replace("localhost", "127.0.0.1"));
    let shown = context.skeg(&["build", "-d", &context.repo(), "-t", "v1", "--builder", &by_name]).success();
    shown.says("builder tcp://127.0.0.1:").never_says("key=");
}

#[test]
fn a_rootless_buildkitd() {
    let engines = engines!();
    let address = optional_engine!("SKEG_TEST_BUILDKIT_ROOTLESS");
    let context = TestContext::with(&engines);
    context.create_builder("rootless", &address, &[]);
    pushes_as_buildx(&context, &engines, &address, "rootless", "linux/amd64,linux/arm64");
}

#[test]
fn the_builder_the_user_selected_needs_the_alias() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context.create_builder("mine", &engines.buildkit, &[]);
    context.buildx(&["use", "mine"]).success();
    context.app(DOCKERFILE);
    let args = ["build", "-d", &repo, "-t", "v1"];
    context.skeg(&args).success().says_once("builder default (docker daemon at ");

    context.docker_config(r#"{"aliases": {"builder": "buildx"}}"#);
    context.skeg(&args).success().says_once("builder mine (selected by docker buildx use)");

    context.buildx(&["use", "--default", "mine"]).success();
    context.skeg(&args).success().says_once("builder mine (selected by docker buildx use)");
}

#[test]
fn a_docker_context_brings_its_builder() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    // sha256 of the name is the folder's name; docker reads the content alone.
    let name = "far";
    let folder = context.run("sh", &["-c", &format!("printf %s {name} | sha256sum | cut -c1-64")]).success();
    let folder = folder.stdout.trim();
    context.write_at(
        &format!("docker/contexts/meta/{folder}/meta.json"),
        format!(
            r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{}","SkipTLSVerify":false}}}}}}"#,
            engines.docker_host
        ),
    );
    context.docker_config(&format!(r#"{{"currentContext": "{name}"}}"#));
    context.set("DOCKER_HOST", "");
    context.app(DOCKERFILE);
    let repo = context.repo();
    context.skeg(&["build", "-d", &repo, "-t", "v1"]).success().says_once("builder far (docker context)");
    let image = format!("{}/app", context.unique());
    context
        .skeg(&["build", "-d", context.unique(), "-t", "v1", "--push=false", "--builder", "far"])
        .success()
        .says_once("builder far (flag --builder)");
    Docker::at(&engines.docker_host).id(&format!("{image}:v1"));
}

/// Everything in docker's and buildx's folders that says which builders there are and which is in use.
fn dockers_files(context: &TestContext) -> BTreeMap<String, Vec<u8>> {
    fn visit(folder: &Path, root: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs_err::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                visit(&path, root, files);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                files.insert(name, fs_err::read(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    let root = context.path("docker");
    visit(&root, &root, &mut files);
    // buildx's own bookkeeping of when a builder was used and what it built.
    files.retain(|name, _| {
        name == "config.json"
            || name == "buildx/current"
            || name.starts_with("buildx/instances/")
            || name.starts_with("buildx/defaults/")
    });
    files
}

#[test]
fn dockers_files_stay_as_they_are() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context.create_builder("one", &engines.buildkit, &[]);
    context.create_builder("two", &engines.buildkit2, &[]);
    context.buildx(&["use", "--default", "one"]).success();
    context.docker_config("{\n\t\"aliases\": {\"builder\": \"buildx\"},\n  \"psFormat\": \"table\"}\n");
    context.app(DOCKERFILE);
    let before = dockers_files(&context);
    for file in ["config.json", "buildx/current", "buildx/instances/one", "buildx/instances/two"] {
        assert!(before.contains_key(file), "{file}: {:?}", before.keys());
    }
    assert!(before.keys().any(|name| name.starts_with("buildx/defaults/")));
    for builder in ["", "one", "two", "default", engines.buildkit.as_str(), engines.buildkit_unix.as_str()] {
        let mut args = vec!["build", "-d", &repo, "-t", "v1", "-q"];
        if !builder.is_empty() {
            args.extend(["--builder", builder]);
        }
        context.skeg(&args).success();
        let after = dockers_files(&context);
        assert!(
            before == after,
            "builder `{builder}` changed docker's files: {:?} -> {:?}",
            before.keys(),
            after.keys()
        );
    }
}

#[test]
fn an_unknown_builder_is_an_error_with_the_way_to_make_it() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.create_builder("remote", &engines.buildkit, &[]);
    context.app(DOCKERFILE);
    let build = |builder: &str| {
        context.skeg(&["build", "-d", "x", "-t", "v1", "--builder", builder]).fails(3).error()
    };
    assert_snapshot!(build("remoet"), @r#"
    error: builder "remoet" does not exist
    caused by: it is asked for by flag --builder
    help: did you mean "remote"?
    help: run `docker buildx create --name remoet --driver docker-container` to make it on the docker daemon
    help: or `docker buildx create --name remoet --driver remote tcp://HOST:1234` for a buildkitd that runs elsewhere
    "#);
    assert_snapshot!(build("ci"), @r#"
    error: builder "ci" does not exist
    caused by: it is asked for by flag --builder
    help: the builders that exist are remote, default, classic
    help: run `docker buildx create --name ci --driver docker-container` to make it on the docker daemon
    help: or `docker buildx create --name ci --driver remote tcp://HOST:1234` for a buildkitd that runs elsewhere
    "#);
    assert_snapshot!(build("localhost:1234"), @r#"
    error: builder "[ADDRESS]" does not exist
    caused by: it is asked for by flag --builder
    help: the builders that exist are remote, default, classic
    help: for the address of a buildkitd write `tcp://[ADDRESS]`
    "#);
    assert_snapshot!(build("tpc://localhost:1234"), @"
    error: tpc://[ADDRESS] is not the address of a buildkitd
    caused by: the scheme tpc:// is not known
    caused by: it is asked for by flag --builder
    help: did you mean tcp://?
    help: use one of tcp://, unix://, ssh://, docker-container://, kube-pod://
    ");
}

#[test]
fn with_nothing_to_build_with_the_error_says_what_was_looked_for() {
    let mut context = TestContext::new();
    context.set("PATH", "/nowhere");
    context.app(DOCKERFILE);
    let output = context.skeg(&["build", "-t", "v1"]).fails(3);
    assert_snapshot!(output.error(), @"
    error: there is nothing to build with
    caused by: no builder is asked for (--builder, SKEG_BUILDER, .skeg.builder, `skeg config set buildx-builder`, BUILDX_BUILDER, BUILDKIT_HOST)
    caused by: there is no docker-buildx in [ROOT]/docker/cli-plugins, /usr/local/lib/docker/cli-plugins, /usr/local/libexec/docker/cli-plugins, /usr/lib/docker/cli-plugins, /usr/libexec/docker/cli-plugins or in a folder of PATH
    caused by: no docker daemon answers at unix://[ROOT]/no-docker.sock
    caused by: Socket not found: [ROOT]/no-docker.sock
    help: install the buildx plugin (package docker-buildx-plugin or docker-buildx), or put the docker-buildx program in ~/.docker/cli-plugins
    help: or start docker
    ");
}
