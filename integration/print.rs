//! `skeg build --print`: what BuildKit would be told, without asking anybody.

use insta::assert_snapshot;

use crate::support::TestContext;

/// Everything at once; neither the builder nor docker can be reached.
fn project() -> TestContext {
    let mut context = TestContext::new();
    context.set("TOKEN", "s3cret");
    context.set("CI_BRANCH", "main");
    // Something that can be started, which it must not be.
    context.write_at("docker/cli-plugins/docker-buildx", "#!/bin/sh\ntouch \"$TMPDIR/started\"\nexit 1\n");
    let plugin = context.path("docker/cli-plugins/docker-buildx").display().to_string();
    context.run("chmod", &["+x", &plugin]).success();
    context
        .build_section(
            "platforms: [linux/amd64, linux/arm64]\n\
             artifacts:\n\
             - {image: team/base, context: base}\n\
             - image: team/api\n  context: api\n  requires: [{image: team/base, alias: BASE}]\n  docker:\n    \
             dockerfile: ../Dockerfile.api\n    target: prod\n    buildArgs: {VERSION: '{{.CI_BRANCH}}'}\n    \
             cacheFrom: ['team/api', 'busybox']\n    secrets: [{id: token, env: TOKEN}]\n    \
             cliFlags: ['--annotation', 'index:a=b']\n\
             - {image: web, context: web, platforms: [linux/amd64]}",
        )
        .append(".skeg:\n  builder: tcp://127.0.0.1:1\n  cacheTag: cache-{{.CI_BRANCH}}\n  artifacts:\n  - image: web\n    docker: {labels: {a: b}, contexts: {lib: lib}}\n")
        .write("base/Dockerfile", "FROM busybox\n")
        .write("Dockerfile.api", "ARG BASE\nFROM $BASE AS prod\nARG SKAFFOLD_RUN_MODE\n")
        .write("api/x", "")
        .write("web/Dockerfile", "FROM busybox\n")
        .write("lib/x", "");
    context
}

#[test]
fn the_definition_is_the_same_each_time() {
    let context = project();
    let args = ["build", "--print", "-t", "v1", "-d", "registry.example.com/shop"];
    let first = context.skeg(&args).success();
    for _ in 0..5 {
        assert_eq!(context.skeg(&args).success().stdout, first.stdout);
    }
    assert!(!context.path("tmp/started").exists(), "docker-buildx was started");
    assert_eq!(first.stderr, "");
    assert!(!first.stdout.contains("s3cret"), "{first}");
    assert_snapshot!(first.filter(&first.stdout), @r#"
    {
      "group": {
        "default": {
          "targets": [
            "base",
            "api",
            "web"
          ]
        }
      },
      "target": {
        "base": {
          "context": "[PROJECT]/base",
          "dockerfile": "[PROJECT]/base/Dockerfile",
          "tags": [
            "registry.example.com/shop/team_base:v1"
          ],
          "platforms": [
            "linux/amd64",
            "linux/arm64"
          ],
          "cache-from": [
            "type=registry,ref=registry.example.com/shop/team_base:cache-main"
          ],
          "cache-to": [
            "type=registry,ref=registry.example.com/shop/team_base:cache-main,mode=max,image-manifest=true,oci-mediatypes=true"
          ],
          "attest": [
            "type=provenance,disabled=true",
            "type=sbom,disabled=true"
          ],
          "output": [
            "type=image,push=true"
          ]
        },
        "api": {
          "context": "[PROJECT]/api",
          "dockerfile": "[PROJECT]/Dockerfile.api",
          "target": "prod",
          "args": {
            "BASE": "registry.example.com/shop/team_base:v1",
            "SKAFFOLD_RUN_MODE": "build",
            "VERSION": "main"
          },
          "tags": [
            "registry.example.com/shop/team_api:v1"
          ],
          "platforms": [
            "linux/amd64",
            "linux/arm64"
          ],
          "contexts": {
            "registry.example.com/shop/team_base:v1": "target:base"
          },
          "cache-from": [
            "type=registry,ref=registry.example.com/shop/team_api:cache-main",
            "type=registry,ref=busybox:cache-main"
          ],
          "cache-to": [
            "type=registry,ref=registry.example.com/shop/team_api:cache-main,mode=max,image-manifest=true,oci-mediatypes=true"
          ],
          "secret": [
            "id=token,env=TOKEN"
          ],
          "annotations": [
            "index:a=b"
          ],
          "attest": [
            "type=provenance,disabled=true",
            "type=sbom,disabled=true"
          ],
          "output": [
            "type=image,push=true"
          ]
        },
        "web": {
          "context": "[PROJECT]/web",
          "dockerfile": "[PROJECT]/web/Dockerfile",
          "tags": [
            "registry.example.com/shop/web:v1"
          ],
          "platforms": [
            "linux/amd64"
          ],
          "contexts": {
            "lib": "[PROJECT]/lib"
          },
          "cache-from": [
            "type=registry,ref=registry.example.com/shop/web:cache-main"
          ],
          "cache-to": [
            "type=registry,ref=registry.example.com/shop/web:cache-main,mode=max,image-manifest=true,oci-mediatypes=true"
          ],
          "labels": {
            "a": "b"
          },
          "attest": [
            "type=provenance,disabled=true",
            "type=sbom,disabled=true"
          ],
          "output": [
            "type=image,push=true"
          ]
        }
      }
    }
    "#);
}

#[test]
fn only_what_is_asked_for_is_printed_with_what_it_requires() {
    let context = project();
    let output = context.skeg(&["build", "--print", "-t", "v1", "-b", "api", "--push=false"]).success();
    let printed: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let targets: Vec<&String> = printed["target"].as_object().unwrap().keys().collect();
    assert_eq!(targets, ["base", "api"], "{output}");
    assert!(!output.stdout.contains("\"web\""), "{output}");
}
