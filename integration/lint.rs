//! `skeg lint`: findings with place and cure, for people and programs.

use insta::assert_snapshot;

use crate::support::TestContext;

fn project() -> TestContext {
    let context = TestContext::new();
    context
        .build_section("artifacts:\n- image: web\n  docker: {noCache: true}")
        .write("Dockerfile", "FROM node\nCOPY . .\nRUN npm ci\n")
        .write("node_modules/x", "");
    context
}

#[test]
fn findings_are_advice() {
    let context = project();
    let output = context.skeg(&["lint"]).success();
    assert_snapshot!(output.stdout, @r"
    Dockerfile:1:6: stale: node (latest) is another image every few weeks: builds differ by their day, and nothing says why [unpinned-base]
      help: name a version, and a digest where builds must be repeatable: `image:1.2@sha256:…`
    Dockerfile:2:1: slow: every change of any file makes npm fetch everything again (line 3) [copy-before-install]
      help: copy what lists the dependencies first (`COPY package.json package-lock.json ./`), install, then copy the rest
    Dockerfile:2:1: slow: node_modules is read, sent to the builder and copied; every change there builds again [no-ignore-file]
      help: write a .dockerignore with node_modules
    Dockerfile:3:5: slow: when this step runs again, npm downloads everything again [no-cache-mount]
      help: keep its downloads: `RUN --mount=type=cache,target=/root/.npm …`
    skaffold.yaml:6:23: uncached: every step runs each time, also those whose files did not change [no-cache]
      help: remove `noCache`; where one step must run each time, give it an argument that changes
    ");
    assert_eq!(output.stderr, "");
}

#[test]
fn strict_fails_and_nothing_to_find_does_not() {
    let context = project();
    let output = context.skeg(&["lint", "--strict"]);
    assert_eq!((output.status.code(), output.stderr.as_str()), (Some(1), ""), "{output}");
    let all = "unpinned-base,copy-before-install,no-ignore-file,no-cache-mount,no-cache";
    let output = context.skeg(&["lint", "--strict", "--ignore", all]).success();
    assert_eq!(output.stdout, "");
}

#[test]
fn programs_get_json_lines() {
    let context = project();
    for flag in [["-o", "json"], ["--format", "json"]] {
        let output = context.skeg(&["lint", flag[0], flag[1]]).success();
        let lines: Vec<serde_json::Value> =
            output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 5, "{output}");
        assert_eq!(
            (&lines[4]["rule"], &lines[4]["line"], &lines[4]["column"]),
            (&"no-cache".into(), &6.into(), &23.into())
        );
        assert_eq!((&lines[4]["concern"], &lines[4]["file"]), (&"uncached".into(), &"skaffold.yaml".into()));
    }
}

#[test]
fn an_unknown_rule_is_an_error_and_the_known_ones_are_listed() {
    let context = project();
    let error = context.skeg(&["lint", "--ignore", "unpined-base"]).fails(127).error();
    assert!(error.contains("unpinned-base"), "{error}");
    assert!(context.skeg(&["lint", "--rules"]).success().stdout.lines().count() >= 20);
}

#[test]
fn profiles_count() {
    let context = project();
    context.append(
        "profiles: [{name: quick, patches: [{op: remove, path: /build/artifacts/0/docker/noCache}]}]\n",
    );
    let said = context.skeg(&["lint", "-p", "quick"]).success().stdout;
    assert!(!said.contains("[no-cache]"), "{said}");
}

#[test]
fn what_is_wrong_is_a_line_for_editors_too() {
    let context = TestContext::new();
    let head = "apiVersion: skaffold/v4beta14\nkind: Config\n";
    let lint = |text: String| {
        context.write("skaffold.yaml", text);
        let output = context.skeg(&["lint", "-o", "json"]);
        assert_eq!((output.status.code(), output.stderr.as_str()), (Some(2), ""), "{output}");
        let told = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let of = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            (of("severity") + &of("rule"), line["line"].as_u64().unwrap(), line["column"].as_u64().unwrap())
        };
        output.stdout.lines().map(told).collect::<Vec<_>>()
    };
    let unread =
        lint(format!("{head}build:\n  artefacts: []\n  artifacts:\n  - {{image: a, dokcer: {{}}}}\n"));
    assert_eq!(unread, [("error".to_owned(), 4, 3), ("error".to_owned(), 6, 16)]);
    context.write("Dockerfile", "FROM scratch\n");
    let refused =
        lint(format!("{head}build:\n  artifacts:\n  - {{image: 'a:v1', docker: {{noCache: true}}}}\n"));
    assert_eq!(refused, [("no-cache".to_owned(), 5, 39), ("error".to_owned(), 5, 13)]);
    let plain = context.skeg(&["lint", "--color=never"]).says(":5:13: error: ");
    assert_eq!((plain.status.code(), plain.stdout.contains(":5:39: uncached: ")), (Some(2), true), "{plain}");
    for verb in [&["why", "a"][..], &["lint"]] {
        let output = context.skeg(&[verb, &["-o", "json", "-f", "none.yaml"]].concat());
        assert_eq!(output.status.code(), Some(3), "{output}");
        let line: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!((&line["severity"], output.stderr.as_str()), (&"error".into(), ""), "{output}");
    }
}

#[test]
fn what_is_found_is_not_warned_of_too() {
    let context = TestContext::new();
    context.write(
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  local: {useDockerCLI: true}\n",
    );
    let output = context.skeg(&["lint"]).success();
    assert!(output.stdout.contains("[ignored-setting]"), "{}", output.stdout);
    assert_eq!(output.stderr, "");
    let output = context.skeg(&["lint", "--ignore", "ignored-setting"]).success();
    assert!(output.stderr.contains("`useDockerCLI` has no effect"), "{}", output.stderr);
}
