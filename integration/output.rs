//! Where results go and what is told about them: `-q`, `--output`, `--file-output`, `--dry-run`, and the commonest
//! public shape, loaded into the docker daemon.

use crate::support::{Docker, Registry, TestContext, engines};

const SERVICES: [&str; 5] = ["auth", "client", "orders", "payments", "tickets"];

/// Five services of a course project: images of a user, `push: false`, no tag policy.
fn services(context: &TestContext, prefix: &str) {
    let artifacts = SERVICES.map(|service| {
        context
            .write(&format!("{service}/Dockerfile"), "FROM busybox\nWORKDIR /app\nCOPY . .\nCMD [\"cat\", \"name\"]\n")
            .write(&format!("{service}/name"), service);
        format!(
            "- image: {prefix}/{service}\n  context: {service}\n  docker:\n    dockerfile: Dockerfile\n  sync:\n    \
             manual:\n    - src: 'src/**/*.ts'\n      dest: .\n"
        )
    });
    context.build_section(&format!("local:\n  push: false\nartifacts:\n{}", artifacts.concat()));
    context.append("manifests:\n  rawYaml:\n  - ./infra/k8s/*\n");
}

#[test]
fn five_services_are_loaded_and_nothing_is_pushed() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let docker = Docker::at(&engines.docker_host);
    let prefix = context.repo();
    services(&context, &prefix);
    context.kube_context("docker-desktop").git_init();
    let commit = context.git(&["describe", "--tags", "--always"]);

    let output = context.skeg(&["build", "-q"]).success();
    let ids = SERVICES.map(|service| docker.id(&format!("{prefix}/{service}:{commit}")));
    let builds: Vec<String> = SERVICES
        .iter()
        .zip(&ids)
        .map(|(service, id)| {
            format!(r#"{{"imageName":"{prefix}/{service}","tag":"{prefix}/{service}:{id}"}}"#)
        })
        .collect();
    assert_eq!(
        output.stdout,
        format!(r#"{{"builds":[{}]}}"#, builds.join(",")),
        "as upstream, no newline at the end"
    );
    for (service, id) in SERVICES.iter().zip(&ids) {
        assert_eq!(docker.id(&format!("{prefix}/{service}:{id}")), *id, "the tag by id is in the daemon");
        assert!(Registry::of(&engines).is_unknown(&format!("{prefix}/{service}")), "{service} was pushed");
    }
    assert_eq!(output.stderr, "", "-q leaves nothing to say");

    let shown = context.skeg(&["build"]).success();
    assert_eq!(shown.stdout, "");
    shown.says_once("builder default (docker daemon at unix://").says("loaded").never_says("pushed");
}

#[test]
fn an_edit_gives_one_service_a_new_reference() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    services(&context, context.unique());
    context.kube_context("kind-dev");
    let before = context.skeg(&["build", "-q", "-t", "dev"]).success().builds();
    context.write("orders/name", "new");
    let after = context.skeg(&["build", "-q", "-t", "dev"]).success().builds();
    for ((image, before), (_, after)) in before.iter().zip(&after) {
        assert_eq!(before != after, image.ends_with("/orders"), "{image}: {before} {after}");
    }
}

#[test]
fn a_remote_builder_loads_into_the_daemon() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let image = format!("{}/app", context.unique());
    context
        .build_section(&format!("local: {{push: false}}\nartifacts:\n- image: {image}"))
        .write("Dockerfile", "FROM busybox\nRUN echo x > /x\n");
    let output = context.skeg(&["build", "-q", "-t", "v1", "--builder", &engines.buildkit]).success();
    let id = Docker::at(&engines.docker_host).id(&format!("{image}:v1"));
    assert_eq!(output.reference(&image), format!("{image}:{id}"));
}

#[test]
fn several_platforms_are_loaded_where_the_daemon_can_hold_them() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let image = format!("{}/app", context.unique());
    context
        .build_section(&format!("local: {{push: false}}\nartifacts:\n- image: {image}"))
        .write("Dockerfile", "FROM busybox\nRUN uname -m > /arch\n");
    let args = ["build", "-q", "-t", "v1", "--platform", "linux/amd64,linux/arm64"];
    let output = context.skeg(&args).success();
    let id = Docker::at(&engines.docker_host).id(&format!("{image}:v1"));
    assert_eq!(output.reference(&image), format!("{image}:{id}"));
}

#[test]
fn the_result_is_formatted_and_written_as_asked() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let repo = context.repo();
    context
        .build_section("artifacts:\n- {image: one}\n- {image: two, runtimeType: go}")
        .write("Dockerfile", "FROM busybox\nRUN echo x > /x\n");
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"];

    let output = context.skeg(&[&args[..], &["-q", "--file-output", "tags.json"]].concat()).success();
    let (one, two) = (output.reference("one"), output.reference("two"));
    let expected = format!(
        r#"{{"builds":[{{"imageName":"one","tag":"{one}"}},{{"imageName":"two","tag":"{two}","runtimeType":"go"}}]}}"#
    );
    assert_eq!(output.stdout, expected);
    assert_eq!(fs_err::read_to_string(context.project().join("tags.json")).unwrap(), expected);

    let template = "{{range .Builds}}{{.ImageName}}={{.Tag}}\n{{end}}";
    let output = context.skeg(&[&args[..], &["-q", "-o", template]].concat()).success();
    assert_eq!(output.stdout, format!("one={one}\ntwo={two}\n"));

    let output = context.skeg(&[&args[..], &["-b", "tw", "--file-output", "two.json"]].concat()).success();
    assert_eq!(output.stdout, "", "without -q the result goes to the file alone");
    let two_alone = format!(r#"{{"builds":[{{"imageName":"two","tag":"{two}","runtimeType":"go"}}]}}"#);
    assert_eq!(fs_err::read_to_string(context.project().join("two.json")).unwrap(), two_alone);
}

#[test]
fn a_failure_writes_its_result_too() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    context.app("FROM busybox\nRUN exit 7\n");
    let args = [
        "build",
        "--builder",
        &engines.buildkit,
        "-d",
        &context.repo(),
        "-t",
        "v1",
        "-q",
        "--file-output",
        "x",
    ];
    let output = context.skeg(&args).fails(1);
    assert_eq!(output.stdout, r#"{"builds":null}"#);
    assert_eq!(fs_err::read_to_string(context.project().join("x")).unwrap(), r#"{"builds":null}"#);
}

#[test]
fn a_dry_run_asks_nobody() {
    // No engine can be reached from here.
    let context = TestContext::new();
    context.app("FROM busybox\n").git_init();
    let commit = context.git(&["describe", "--tags", "--always"]);
    let output = context.skeg(&["build", "--dry-run", "-q", "--builder", "tcp://127.0.0.1:1"]).success();
    assert_eq!(output.stdout, format!(r#"{{"builds":[{{"imageName":"app","tag":"app:{commit}"}}]}}"#));
    assert_eq!(output.stderr, "");

    let output = context.skeg(&["build", "--dry-run", "-q", "-d", "gcr.io/my-project", "-t", "x"]).success();
    assert_eq!(output.reference("app"), "gcr.io/my-project/app:x");

    let output = context.skeg(&["build", "--dry-run", "--file-output", "f"]).success();
    assert_eq!(output.stdout, "");
    output.says(&format!(" - app -> app:{commit}"));
    assert!(context.project().join("f").exists());
}

#[test]
fn only_images_whose_name_contains_the_text_are_built() {
    let context = TestContext::new();
    context
        .build_section("artifacts: [{image: web-front}, {image: web-back}, {image: db}]")
        .write("Dockerfile", "FROM busybox\n");
    let names = |args: &[&str]| -> Vec<String> {
        let output = context.skeg(&[&["build", "--dry-run", "-q", "-t", "x"], args].concat()).success();
        output.builds().into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(&["-b", "web"]), ["web-front", "web-back"]);
    assert_eq!(names(&["-b", "back", "-b", "db"]), ["web-back", "db"]);
    context.skeg(&["build", "--dry-run", "-b", "nothing"]).fails(3).says("web-front, web-back, db");
}

#[test]
fn nothing_to_build_is_said() {
    let context = TestContext::new();
    context.write("skaffold.yaml", "apiVersion: skaffold/v4beta14\nkind: Config\n");
    let output = context.skeg(&["build"]).success().says("nothing to build: the project has no artifacts");
    assert_eq!(output.stdout, "");
    context.append("profiles: [{name: dev, build: {artifacts: [{image: a}]}}]\n");
    let output = context.skeg(&["build", "-q"]).success();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (r#"{"builds":null}"#, ""));
    context.skeg(&["build"]).success().says("(`-p dev`)");
}
