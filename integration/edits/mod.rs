//! Edits between two builds: those that must lead to a build, and those that must not. Each row is an artifact of its
//! own; many share a project and a run, so every row that stays as it is stands beside others that do not.
//!
//! What `skeg` answers is compared with a full build of the same tree: a copy of the project, in which no engine has
//! any state to be wrong with, built by docker-buildx alone.

mod instructions;
mod must_not;
mod must_rebuild;
mod place;
mod runs;
mod settings;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::place::Place;
use crate::support::{Engines, Output, TestContext, engines, is_built_because};

/// One edit.
struct Row {
    /// The artifact's name, and its folder.
    name: &'static str,
    expect: Expect,
    /// Makes the project of the first build.
    before: fn(&mut Place),
    /// Changes it.
    edit: fn(&mut Place),
}

/// What an edit must lead to. A reason is a part of what is said, or several (`a|b`).
#[derive(Clone, Copy)]
enum Expect {
    /// A build for this reason that makes another image.
    Changes(&'static str),
    /// A build for this reason; what BuildKit makes of it may be the image there was.
    Builds(&'static str),
    /// No build.
    Keeps,
}

/// Builds the rows' artifacts, edits them, builds again, and checks every row against a full build; at last, that a
/// third build starts no builder for any of them.
fn check(rows: &[Row]) {
    let engines = engines!();
    let mut context = TestContext::with(&engines);
    let mut places: Vec<Place> = rows.iter().map(|row| Place::new(&context, &engines, row.name)).collect();
    apply(&mut context, &mut places, rows.iter().map(|row| row.before));
    let first = Built::run(&context, &engines);
    let missed: Vec<_> = rows.iter().map(|row| (row.name, first.output.cache_line(row.name))).collect();
    assert!(
        missed.iter().all(|(_, line)| is_built_because(line, "first build")),
        "{missed:#?}\n{}",
        first.output
    );

    apply(&mut context, &mut places, rows.iter().map(|row| row.edit));
    let second = Built::run(&context, &engines);
    let truth = full_build(&context, &engines);
    let mut wrong = vec![];
    for Row { name, expect, .. } in rows {
        let line = second.output.cache_line(name);
        let (before, after, full) = (&first.digests[*name], &second.digests[*name], &truth[*name]);
        let (said, meant) = match expect {
            Expect::Changes(reason) => (is_built_because(line, reason), before != full),
            Expect::Builds(reason) => (is_built_because(line, reason), true),
            Expect::Keeps => (line == "Found Remotely", before == full),
        };
        if !said {
            wrong.push(format!("{name}: said: {line}"));
        }
        if after != full {
            wrong.push(format!("{name}: is {after}, but a full build makes {full}"));
        }
        if !meant {
            wrong.push(format!("{name}: the row is wrong: before {before}, then {full}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", second.output);

    no_builder(&context);
    let third = Built::run(&context, &engines);
    assert_eq!(third.digests, second.digests);
    assert!(!context.path("tmp/started").exists(), "a builder was started\n{}", third.output);
}

/// Runs the rows' functions and writes the project file.
fn apply(context: &mut TestContext, places: &mut [Place], steps: impl Iterator<Item = fn(&mut Place)>) {
    for (place, step) in places.iter_mut().zip(steps) {
        step(place);
        for (name, value) in &place.variables {
            context.set(name, value);
        }
    }
    let artifacts: String = places.iter().map(Place::artifact).collect();
    let overlays: String = places.iter().map(Place::overlay).collect();
    context
        .build_section(&format!("artifacts:\n{artifacts}"))
        .append(&format!(".skeg:\n  artifacts:\n{overlays}"));
}

/// A build of the project with a push, and its digests.
struct Built {
    output: Output,
    digests: BTreeMap<String, String>,
}

impl Built {
    fn run(context: &TestContext, engines: &Engines) -> Self {
        Self::with(context, engines, &[])
    }

    #[track_caller]
    fn with(context: &TestContext, engines: &Engines, more: &[&str]) -> Self {
        let result = context.path("tmp/result.json").display().to_string();
        let args = ["build", "--builder", &engines.buildkit, "-d", &context.repo(), "--file-output", &result];
        let tag: &[&str] = if more.contains(&"-t") { &[] } else { &["-t", "v1"] };
        let output = context.skeg(&[&args[..], tag, more].concat()).success();
        let json: Value = serde_json::from_slice(&fs_err::read(result).unwrap()).unwrap();
        let digests = json["builds"].as_array().unwrap().iter().map(|build| {
            let digest = build["tag"].as_str().unwrap().split_once('@').unwrap().1;
            (build["imageName"].as_str().unwrap().to_owned(), digest.to_owned())
        });
        Self { digests: digests.collect(), output }
    }

    /// The digest of the one artifact `app`.
    fn app(&self) -> &str {
        &self.digests["app"]
    }
}

/// The digests of a full build of the project as it is, made by docker-buildx in a copy of the project.
fn full_build(context: &TestContext, engines: &Engines) -> BTreeMap<String, String> {
    let copy = tempfile::Builder::new().prefix("full-").tempdir_in(context.path("tmp")).unwrap();
    let target = copy.path().display().to_string();
    context.run("cp", &["-a", ".", &target]).success();
    let printed = context
        .skeg(&["build", "--print", "--builder", &engines.buildkit, "-d", &context.repo(), "-t", "v1"])
        .success()
        .stdout
        .replace(&context.project().display().to_string(), &target);
    let mut definition: Value = serde_json::from_str(&printed).unwrap();
    for (_, target) in definition["target"].as_object_mut().unwrap() {
        let tag = format!("{}-full", target["tags"][0].as_str().unwrap());
        target["tags"] = json!([tag]);
        // A copy of what is only required is pushed as well.
        target["output"] = json!(["type=image,push=true"]);
        for cache in ["cache-from", "cache-to"] {
            target.as_object_mut().unwrap().remove(cache);
        }
    }
    let file = context.write_at("tmp/full.json", definition.to_string()).display().to_string();
    let metadata = context.path("tmp/metadata.json").display().to_string();
    if !context.path("docker/buildx/instances/full").exists() {
        context.create_builder("full", &engines.buildkit, &[]);
    }
    let allow = ["--allow", "network.host", "--allow", "fs=*"];
    let args = ["bake", "--builder", "full", "--progress=plain", "-f", &file, "--metadata-file", &metadata];
    context.buildx(&[&args[..], &allow].concat()).success();
    let metadata: Value = serde_json::from_slice(&fs_err::read(metadata).unwrap()).unwrap();
    let digest = |value: &Value| value["containerimage.digest"].as_str().unwrap().to_owned();
    metadata.as_object().unwrap().iter().map(|(name, value)| (name.clone(), digest(value))).collect()
}

/// Puts something in docker-buildx's place that leaves a trace and fails.
fn no_builder(context: &TestContext) {
    wrap_builder(context, "touch \"$TMPDIR/started\"; exit 1");
}

/// Puts a script in docker-buildx's place. `$BUILDX` is the real one.
fn wrap_builder(context: &TestContext, script: &str) {
    let plugin = context.path("docker/cli-plugins/docker-buildx");
    let real = fs_err::read_link(&plugin).unwrap();
    fs_err::remove_file(&plugin).unwrap();
    let text = format!("#!/bin/sh\nBUILDX='{}'\n{script}\n", real.display());
    context.write_at("docker/cli-plugins/docker-buildx", text);
    context.run("chmod", &["+x", &plugin.display().to_string()]).success();
}
