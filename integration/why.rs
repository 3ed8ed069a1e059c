//! `skeg why`: what is different since the last build, by kind.

use crate::support::{Engines, Registry, TestContext, engines};

const DOCKERFILE: &str = "ARG BASE\nFROM scratch AS files\nCOPY src/ /src/\nFROM $BASE\nARG VERSION\nCOPY --from=files / /\n\
    COPY *.cfg /\nRUN --mount=type=bind,source=tool,target=/t true\n";

/// An edit, and what is said of it.
struct Row {
    name: &'static str,
    edit: fn(&mut TestContext, &Engines),
    /// Parts of one line of the text, in this order.
    line: &'static [&'static str],
    /// The end of a reason's name, and its change, in the JSON.
    reason: (&'static str, &'static str),
}

/// What the project file says of `app`; the parts that rows change.
fn project(context: &TestContext, fields: &str, docker: &str, overlay: &str) {
    context
        .build_section(&format!(
            "artifacts:\n- image: app\n  context: app\n{fields}  docker:\n    buildArgs: {{BASE: '{}/base:1', VERSION: '1'}}\n    \
             secrets: [{{id: TOKEN, env: TOKEN}}]\n{docker}",
            context.repo()
        ))
        .append(&format!(".skeg:\n  artifacts:\n  - image: app\n    docker: {{labels: {{team: shop}}}}\n{overlay}"));
}

fn rows() -> Vec<Row> {
    vec![
        Row {
            name: "a file changed",
            edit: |context, _| {
                context.write("app/src/main.go", "another");
            },
            line: &["src/main.go", "changed", "COPY src/", "Dockerfile:3"],
            reason: ("src/main.go", "changed"),
        },
        Row {
            name: "a file added",
            edit: |context, _| {
                context.write("app/src/new.go", "new");
            },
            line: &["src/new.go", "added", "COPY src/", "Dockerfile:3"],
            reason: ("src/new.go", "added"),
        },
        Row {
            name: "a file removed",
            edit: |context, _| fs_err::remove_file(context.project().join("app/a.cfg")).unwrap(),
            line: &["a.cfg", "removed", "COPY *.cfg", "Dockerfile:7"],
            reason: ("a.cfg", "removed"),
        },
        Row {
            name: "a mode",
            edit: |context, _| {
                context.run("chmod", &["+x", "app/src/main.go"]).success();
            },
            line: &["src/main.go", "COPY src/", "Dockerfile:3"],
            reason: ("src/main.go", ""),
        },
        Row {
            name: "a mounted file",
            edit: |context, _| {
                context.write("app/tool", "another");
            },
            line: &["tool", "changed", "RUN --mount", "Dockerfile:8"],
            reason: ("tool", "changed"),
        },
        Row {
            name: "the Dockerfile",
            edit: |context, _| {
                context.write("app/Dockerfile", format!("{DOCKERFILE}LABEL a=b\n"));
            },
            line: &["Dockerfile", "changed"],
            reason: ("Dockerfile", "changed"),
        },
        Row {
            name: "the ignore file",
            edit: |context, _| {
                context.write("app/.dockerignore", "**/*.log\n");
            },
            line: &[".dockerignore", "added"],
            reason: (".dockerignore", "added"),
        },
        Row {
            name: "an argument",
            edit: |context, _| {
                let path = context.project().join("skaffold.yaml");
                let text = fs_err::read_to_string(&path).unwrap().replace("VERSION: '1'", "VERSION: '2'");
                fs_err::write(path, text).unwrap();
            },
            line: &["VERSION", "changed"],
            reason: ("VERSION", "changed"),
        },
        Row {
            name: "the target",
            edit: |context, _| project(context, "", "    target: files\n", ""),
            line: &["target"],
            reason: ("", ""),
        },
        Row {
            name: "the platforms",
            edit: |context, _| project(context, "  platforms: [linux/arm64]\n", "", ""),
            line: &["platform"],
            reason: ("", ""),
        },
        Row {
            name: "the network",
            edit: |context, _| project(context, "", "    network: none\n", ""),
            line: &["network"],
            reason: ("", ""),
        },
        Row {
            name: "a label",
            edit: |context, _| {
                let path = context.project().join("skaffold.yaml");
                let text = fs_err::read_to_string(&path).unwrap().replace("team: shop", "team: bank");
                fs_err::write(path, text).unwrap();
            },
            line: &["team", "changed"],
            reason: ("team", "changed"),
        },
        Row {
            name: "an annotation",
            edit: |context, _| {
                let path = context.project().join("skaffold.yaml");
                let text = fs_err::read_to_string(&path)
                    .unwrap()
                    .replace("labels:", "annotations: {org.example.who: me}, labels:");
                fs_err::write(path, text).unwrap();
            },
            line: &["org.example.who", "added"],
            reason: ("org.example.who", "added"),
        },
        Row {
            name: "a secret",
            edit: |context, _| context.set("TOKEN", "s3cret-two"),
            line: &["TOKEN", "changed"],
            reason: ("TOKEN", "changed"),
        },
        Row {
            name: "the base",
            edit: |context, engines| {
                Registry::of(engines).push_base(&format!("{}/base:1", context.repo()), "two");
            },
            line: &["base:1", "moved"],
            reason: ("base:1", ""),
        },
    ]
}

#[test]
fn each_kind_of_change_is_named() {
    let engines = engines!();
    let mut wrong = vec![];
    for row in rows() {
        let mut context = TestContext::with(&engines);
        context.set("TOKEN", "s3cret-one");
        ask(&mut context, &engines);
        Registry::of(&engines).push_base(&format!("{}/base:1", context.repo()), "one");
        project(&context, "", "", "");
        context
            .write("app/Dockerfile", DOCKERFILE)
            .write("app/src/main.go", "one")
            .write("app/a.cfg", "one")
            .write("app/tool", "one");
        context.skeg(&["build"]).success();
        let current = context.skeg(&["why", "app"]).success();
        if !current.stdout.contains("current") {
            wrong.push(format!("{}: nothing is different, but:\n{current}", row.name));
        }
        (row.edit)(&mut context, &engines);
        let text = context.skeg(&["why", "app"]).success();
        if !text.stdout.lines().any(|line| holds_in_order(line, row.line)) {
            wrong.push(format!("{}: no line with {:?}:\n{text}", row.name, row.line));
        }
        let output = context.skeg(&["why", "app", "-o", "json"]).success();
        let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let reasons = json["reasons"].as_array().cloned().unwrap_or_default();
        let named = reasons.iter().any(|reason| {
            let part = |key: &str| reason[key].as_str().unwrap_or_default().to_owned();
            !part("kind").is_empty()
                && part("name").ends_with(row.reason.0)
                && part("change").contains(row.reason.1)
        });
        if !named || json["image"] != "app" || json["hit"] != false {
            wrong.push(format!("{}: {:?} is not in {json:#}", row.name, row.reason));
        }
        for shown in [&text.stdout, &text.stderr, &output.stdout, &output.stderr] {
            assert!(!shown.contains("s3cret"), "{text}\n{output}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What flags would say, for all verbs.
fn ask(context: &mut TestContext, engines: &Engines) {
    let repo = context.repo();
    context.set("SKEG_DEFAULT_REPO", &repo);
    context.set("SKEG_TAG", "v1");
    context.set("SKEG_BUILDER", &engines.buildkit);
}

fn holds_in_order(line: &str, parts: &[&str]) -> bool {
    let mut rest = line;
    parts.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[test]
fn several_changes_are_all_named() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    ask(&mut context, &engines);
    context.build_section("artifacts:\n- image: app").write("Dockerfile", "FROM scratch\nCOPY src /\n");
    for number in 0..30 {
        context.write(&format!("src/{number:02}.txt"), "one");
    }
    context.skeg(&["build"]).success();
    for number in 0..30 {
        context.write(&format!("src/{number:02}.txt"), "another");
    }
    let output = context.skeg(&["why", "app"]).success();
    for number in 0..30 {
        assert!(output.stdout.contains(&format!("src/{number:02}.txt")), "{output}");
    }
    context.skeg(&["build"]).success().builds_because("app", "+27 more|+28 more|+29 more");
}

#[test]
fn what_is_required_is_named() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    ask(&mut context, &engines);
    context
        .build_section(
            "artifacts:\n- {image: app, context: app, requires: [{image: base, alias: BASE}]}\n- {image: base, context: base}",
        )
        .write("app/Dockerfile", "ARG BASE\nFROM $BASE\nLABEL a=b\n")
        .write("base/Dockerfile", "FROM scratch\nCOPY x /\n")
        .write("base/x", "one");
    context.skeg(&["build"]).success();
    context.write("base/x", "two");
    let output = context.skeg(&["why", "app"]).success();
    assert!(output.stdout.lines().any(|line| line.contains("base")), "{output}");
    let output = context.skeg(&["why", "base"]).success();
    assert!(
        output.stdout.lines().any(|line| holds_in_order(line, &["x", "changed", "COPY x", "Dockerfile:2"])),
        "{output}"
    );
}

#[test]
fn without_a_build_there_is_nothing_to_compare_with() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    ask(&mut context, &engines);
    context.app("FROM scratch\nCOPY app.txt /\n");
    let output = context.skeg(&["why", "app"]).success();
    assert!(output.stdout.contains("first build") || output.stdout.contains("never"), "{output}");
    let error = context.skeg(&["why", "ap"]).fails(2).error();
    assert!(error.contains("ap"), "{error}");
}

#[test]
fn asking_starts_nothing_and_changes_nothing() {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    ask(&mut context, &engines);
    context.app("FROM scratch\nCOPY app.txt /\n");
    context.skeg(&["build"]).success();
    context.write("app.txt", "another");
    let plugin = context.path("docker/cli-plugins/docker-buildx");
    let real = fs_err::read_link(&plugin).unwrap();
    fs_err::remove_file(&plugin).unwrap();
    context.write_at("docker/cli-plugins/docker-buildx", "#!/bin/sh\ntouch \"$TMPDIR/started\"\nexit 1\n");
    context.run("chmod", &["+x", &plugin.display().to_string()]).success();
    for _ in 0..2 {
        let output = context.skeg(&["why", "app"]).success();
        assert!(output.stdout.contains("app.txt"), "{output}");
    }
    assert!(!context.path("tmp/started").exists(), "docker-buildx was started");
    fs_err::remove_file(&plugin).unwrap();
    std::os::unix::fs::symlink(real, &plugin).unwrap();
    context.skeg(&["build"]).success().builds_because("app", "app.txt");
}
