//! The fields of a docker artifact and of the overlay, each seen in the image that comes out.

use crate::support::{Output, Registry, TestContext, engines};

fn build(context: &TestContext, builder: &str) -> Output {
    context.skeg(&["build", "--builder", builder, "-d", &context.repo(), "-t", "v1", "-q"]).success()
}

#[test]
fn fields_of_the_artifact() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    context.set("CHANNEL", "beta");
    context
        .build_section(
            "artifacts:\n\
             - image: team/app\n  docker:\n    target: wanted\n    network: none\n    addHost: ['db:10.1.2.3']\n    \
             pullParent: true\n    noCache: true\n    buildArgs:\n      PLAIN: '1'\n      NUMBER: 3.10\n      \
             TEMPLATE: '{{.CHANNEL}} {{.IMAGE_NAME}} {{.IMAGE_TAG}}'\n    \
             cliFlags: ['--label', 'from=flags', '--ulimit=nofile=1000:2000']",
        )
        .write(
            "Dockerfile",
            "FROM busybox AS wanted\nARG PLAIN\nARG NUMBER\nARG TEMPLATE\nARG SKAFFOLD_RUN_MODE\n\
             RUN echo \"$PLAIN $NUMBER $TEMPLATE $SKAFFOLD_RUN_MODE\" > /args && cp /etc/hosts /hosts && ulimit -n > /ulimit && \
             cat /proc/sys/kernel/random/uuid > /stamp && ls /sys/class/net > /net\n\
             FROM wanted AS last\nRUN exit 9\n",
        );
    let first = build(&context, &engines.buildkit);
    let reference = first.reference("team/app");
    let file = |reference: &str, path: &str| registry.file(reference, "linux/amd64", path);
    assert_eq!(file(&reference, "args"), "1 3.10 beta team_app v1 build");
    assert!(file(&reference, "hosts").contains("10.1.2.3\tdb"), "{}", file(&reference, "hosts"));
    assert_eq!(file(&reference, "ulimit"), "1000");
    assert_eq!(file(&reference, "net"), "lo", "no network");
    assert_eq!(registry.config(&reference, "linux/amd64")["config"]["Labels"]["from"], "flags");

    let second = build(&context, &engines.buildkit);
    assert_ne!(
        file(&reference, "stamp"),
        file(&second.reference("team/app"), "stamp"),
        "noCache runs the step again"
    );
}

#[test]
fn fields_of_the_overlay() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    context
        .app("FROM busybox\nRUN df -k /dev/shm | tail -n 1 | awk '{print $2}' > /shm && ulimit -n > /ulimit && ls /sys/class/net > /net\n")
        .append(
            ".skeg:\n  provenance: max\n  artifacts:\n  - image: app\n    docker:\n      labels: {team: shop}\n      \
             annotations: {org.example.who: me}\n      shmSize: 16m\n      ulimits: ['nofile=111:222']\n      \
             entitlements: [network.host]\n      outputs: ['type=oci,dest=image.tar']\n",
        );
    let output = build(&context, &engines.buildkit);
    let reference = output.reference("app");
    assert_eq!(registry.config(&reference, "linux/amd64")["config"]["Labels"]["team"], "shop");
    assert_eq!(registry.file(&reference, "linux/amd64", "shm"), "16384");
    assert_eq!(registry.file(&reference, "linux/amd64", "ulimit"), "111");
    let index = registry.manifest(&reference).json;
    let manifests = index["manifests"].as_array().expect("provenance makes it an index");
    assert!(
        manifests.iter().any(|m| m["annotations"]["vnd.docker.reference.type"] == "attestation-manifest")
    );
    let digest = manifests[0]["digest"].as_str().unwrap();
    let manifest = registry.manifest(&format!("{}@{digest}", reference.split('@').next().unwrap())).json;
    assert_eq!(manifest["annotations"]["org.example.who"], "me");
    let archive = fs_err::read(context.project().join("image.tar")).unwrap();
    assert!(archive.windows(10).any(|bytes| bytes == b"oci-layout"));
}

#[test]
fn an_output_instead_of_a_push_needs_no_daemon() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.set("DOCKER_HOST", &format!("unix://{}", context.path("tmp/none.sock").display()));
    context.app("FROM busybox\nRUN uname -m > /arch\n").append(
        ".skeg:\n  artifacts:\n  - image: app\n    docker: {outputs: ['type=oci,dest=out/image.tar']}\n",
    );
    fs_err::create_dir(context.project().join("out")).unwrap();
    let args = ["build", "--builder", &engines.buildkit, "-t", "v1", "--push=false", "-q"];
    let output = context.skeg(&[&args[..], &["--platform", "linux/amd64,linux/arm64"]].concat()).success();
    assert_eq!(output.reference("app"), "app:v1");
    assert!(context.project().join("out/image.tar").exists());
}

#[test]
fn a_flag_that_bake_does_not_know_is_passed_on_and_said() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context
        .build_section("artifacts:\n- image: app\n  docker:\n    cliFlags: ['--cgroup-parent=/skeg-test', '--label=a=b']\n- image: other")
        .write("Dockerfile", "FROM busybox\nRUN cat /proc/self/cgroup > /cgroup\n");
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"];
    context.skeg(&args).success().says_once("--cgroup-parent").says("Built 2 images");
    let output = context.skeg(&[&args[..], &["-q"]].concat()).success();
    let registry = Registry::of(&engines);
    let reference = output.reference("app");
    assert_eq!(registry.config(&reference, "linux/amd64")["config"]["Labels"]["a"], "b");
    assert_eq!(registry.manifest(&format!("{}/app:v1", context.repo())).digest, output.digest("app"));
}

#[test]
fn attestations_are_off_unless_asked_for() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    context.app("FROM busybox\nRUN echo x > /x\n");
    let plain = build(&context, &engines.buildkit);
    assert!(registry.manifest(&plain.reference("app")).json["manifests"].is_null());
    let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1", "-q"];
    for mode in ["min", "max"] {
        let output = context.skeg(&[&args[..], &["--provenance", mode]].concat()).success();
        let manifests = registry.manifest(&output.reference("app")).json["manifests"].clone();
        assert_eq!(manifests.as_array().map(Vec::len), Some(2), "an image and its attestation");
        assert_eq!(manifests[0]["digest"], plain.digest("app").as_str(), "the image itself is the same");
    }
}
