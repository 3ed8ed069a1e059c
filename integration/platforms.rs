//! Several images, several platforms, one run: pushed as indexes, with their cache.

use insta::assert_snapshot;

use crate::support::{Registry, TestContext, engines};

const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// A base and two images on it, for both platforms.
fn shop(context: &TestContext) {
    context
        .build_section(
            "platforms: [linux/amd64, linux/arm64]\n\
             artifacts:\n\
             - {image: base, context: base}\n\
             - {image: api, context: api, requires: [{image: base, alias: BASE}]}\n\
             - {image: web, context: web, requires: [{image: base, alias: BASE}]}",
        )
        .write("base/Dockerfile", "FROM busybox\nRUN uname -m > /arch\n");
    for name in ["api", "web"] {
        context
            .write(
                &format!("{name}/Dockerfile"),
                "ARG BASE\nFROM $BASE\nCOPY name /name\nRUN uname -m >> /arch\n",
            )
            .write(&format!("{name}/name"), name);
    }
}

#[test]
fn every_image_is_pushed_for_both_platforms_with_its_cache() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    shop(&context);
    let args =
        ["build", "--builder", &engines.buildkit, "-d", &repo, "--cache-tag", "cache", "-t", "v1", "-q"];

    let first = context.skeg(&args).success();
    assert_snapshot!(first.filter(&first.stdout), @r#"{"builds":[{"imageName":"base","tag":"[REGISTRY]/[UNIQUE]/base:v1@sha256:[DIGEST]"},{"imageName":"api","tag":"[REGISTRY]/[UNIQUE]/api:v1@sha256:[DIGEST]"},{"imageName":"web","tag":"[REGISTRY]/[UNIQUE]/web:v1@sha256:[DIGEST]"}]}"#);
    for (image, reference) in first.builds() {
        let (tag, digest) = reference.split_once('@').unwrap();
        assert_eq!(tag, format!("{repo}/{image}:v1"));
        assert_eq!(registry.manifest(tag).digest, digest, "the digest is the pushed index's");
        assert_eq!(registry.platforms(&reference), BOTH);
        for (platform, arch) in [("linux/amd64", "x86_64"), ("linux/arm64", "aarch64")] {
            let lines = if image == "base" { arch.to_owned() } else { format!("{arch}\n{arch}") };
            assert_eq!(
                registry.file(&reference, platform, "arch"),
                lines,
                "{image}: the RUN step ran on {platform}"
            );
            if image != "base" {
                assert_eq!(registry.file(&reference, platform, "name"), image);
            }
        }
        assert!(
            registry.find(&format!("{repo}/{image}:cache")).is_some(),
            "the cache of {image} was exported"
        );
    }

    let again = context.skeg(&args).success();
    assert_eq!(again.stdout, first.stdout, "building again changes nothing, digests included");
}

#[test]
fn the_flag_beats_the_artifact_and_the_artifact_beats_the_project() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let registry = Registry::of(&engines);
    let repo = context.repo();
    context
        .build_section(
            "platforms: [linux/amd64, linux/arm64]\n\
             artifacts:\n\
             - {image: project}\n\
             - {image: artifact, platforms: [linux/arm64]}",
        )
        .write("Dockerfile", "FROM busybox\nRUN uname -m > /arch\n");
    let args = ["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1", "-q"];

    let output = context.skeg(&args).success();
    assert_eq!(registry.platforms(&output.reference("project")), BOTH);
    let artifact = output.reference("artifact");
    assert_eq!(registry.config(&artifact, "linux/arm64")["architecture"], "arm64");
    assert_eq!(registry.file(&artifact, "linux/arm64", "arch"), "aarch64");

    let output = context.skeg(&[&args[..], &["--platform", "linux/amd64"]].concat()).success();
    for image in ["project", "artifact"] {
        let manifest = registry.manifest(&output.reference(image));
        assert!(manifest.json["manifests"].is_null(), "one platform is a plain manifest, not an index");
        assert_eq!(registry.config(&output.reference(image), "linux/amd64")["architecture"], "amd64");
    }
}

#[test]
fn the_run_is_shown_line_by_line_with_a_table_at_the_end() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    context.remember_nothing();
    let repo = context.repo();
    context.app("FROM busybox\nCOPY app.txt /\nRUN echo from the step\n");
    let output = context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"]).success();
    assert_eq!(output.stdout, "", "standard output is for data");
    output
        .clone()
        .says_once("builder tcp://")
        .says_once("(flag --builder)")
        .says_once(" | from the step")
        .says_once(&format!(" - app -> {repo}/app:v1"))
        .says_once("Built 1 image in ")
        .never_says("\x1b[");
    let table: Vec<&str> =
        output.stderr.lines().skip_while(|line| !line.starts_with("IMAGE")).take(2).collect();
    assert!(
        table[0].contains("PLATFORMS") && table[0].contains("DIGEST") && table[0].contains("STEPS"),
        "{output}"
    );
    assert!(table[1].contains(&format!("{repo}/app:v1")) && table[1].ends_with("pushed"), "{output}");

    let again = context.skeg(&["build", "--builder", &engines.buildkit, "-d", &repo, "-t", "v1"]).success();
    again.says("CACHED").says("3/3").never_says(" | from the step");
}
