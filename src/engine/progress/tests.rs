use std::sync::{Arc, Mutex};

use super::*;
use crate::engine::{NamedContext, Output, Target};
use crate::event::{Level, Subscriber};

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Event>>>);

impl Subscriber for Seen {
    fn on(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

fn decode_sample(definition: &Definition, text: &str) -> (Vec<Event>, Transcript) {
    let seen = Seen::default();
    let bus = Bus::new(vec![Box::new(seen.clone())]);
    let mut decoder = Decoder::new(definition, &bus);
    text.lines().for_each(|line| decoder.line(line));
    let transcript = decoder.finish();
    let events = seen.0.lock().unwrap().clone();
    (events, transcript)
}

/// A base and a service on it, two platforms; the service is pushed and its cache exported.
fn two_platforms() -> (Vec<Event>, Transcript) {
    let base = Target { name: "base".into(), image: "shop/base".into(), ..Target::default() };
    let app = Target {
        name: "app".into(),
        image: "shop/app".into(),
        tags: vec!["registry.test:5000/raw-app:v1".into()],
        contexts: [("registry.test:5000/raw-base:v1".to_owned(), NamedContext::Target("base".into()))].into(),
        outputs: vec![Output::Push { insecure: false }],
        ..Target::default()
    };
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rawjson/two-platforms.jsonl");
    decode_sample(&Definition { targets: vec![base, app] }, &fs_err::read_to_string(folder).unwrap())
}

#[test]
fn steps_belong_to_their_artifacts_and_count_once() {
    let (events, transcript) = two_platforms();
    let of = |name: &str| &transcript.targets[name];
    // One RUN of the base for each platform; RUN, COPY, RUN of the service for each (FROM does not count).
    assert_eq!((of("base").steps, of("base").cached_steps), (2, 0));
    assert_eq!((of("app").steps, of("app").cached_steps), (6, 0));
    let runs = events.iter().filter_map(|event| match event {
        Event::Step { image, name, state: StepState::Done(_), .. } if name.contains("RUN uname") => {
            Some((image.as_str(), name.as_str()))
        }
        _ => None,
    });
    assert_eq!(
        runs.collect::<std::collections::BTreeSet<_>>(),
        [
            ("shop/app", "[linux/amd64 stage-0 3/4] RUN uname -m"),
            ("shop/app", "[linux/arm64 stage-0 3/4] RUN uname -m")
        ]
        .into()
    );
}

#[test]
fn each_step_ends_once() {
    let (events, _) = two_platforms();
    let mut ended = std::collections::HashMap::new();
    for event in &events {
        if let Event::Step { step, name, state, .. } = event
            && !matches!(state, StepState::Started)
        {
            *ended.entry((step, name)).or_insert(0) += 1;
        }
    }
    assert!(ended.values().all(|count| *count == 1), "{ended:?}");
}

#[test]
fn logs_come_line_by_line_with_their_step() {
    let (events, _) = two_platforms();
    let lines: Vec<&str> = events
        .iter()
        .filter_map(|e| if let Event::StepLog { line, .. } = e { Some(line.as_str()) } else { None })
        .collect();
    assert_eq!(lines.iter().filter(|l| **l == "hello").count(), 2);
    assert!(lines.contains(&"x86_64") && lines.contains(&"aarch64"), "{lines:?}");
}

#[test]
fn a_cache_that_is_not_there_is_one_quiet_line() {
    let (events, transcript) = two_platforms();
    let said: Vec<&str> = events
        .iter()
        .filter_map(|e| match e {
            Event::Message { level: Level::Info, text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, ["shop/app: no cache yet at registry.test:5000/raw-app:cache"]);
    assert!(transcript.failed.is_empty());
}

#[test]
fn a_push_is_told_by_its_manifest() {
    let (_, transcript) = two_platforms();
    assert_eq!(transcript.pushed.keys().collect::<Vec<_>>(), ["app"]);
    assert!(transcript.push_begun);
}

#[test]
fn times_are_differences_of_one_clock() {
    let rows = [
        (Some("2026-11-21T05:42:27.716Z"), Some("2026-11-21T05:42:27.806Z"), 90),
        (Some("2026-11-21T23:59:59.900Z"), Some("2026-11-22T00:00:00.100Z"), 200),
        (None, Some("2026-11-22T00:00:00.100Z"), 0),
    ];
    for (from, to, milliseconds) in rows {
        let expected = Duration::from_millis(milliseconds);
        assert!(elapsed(from, to).abs_diff(expected) < Duration::from_micros(1), "{from:?} {to:?}");
    }
}

#[test]
fn text_that_is_no_json_is_kept_without_noise() {
    let text =
        "WARNING: No output specified with remote driver.\nDockerfile:2\n{broken\nERROR: target a: failed\n";
    let (_, transcript) = decode_sample(&Definition::default(), text);
    assert_eq!(transcript.text, ["Dockerfile:2", "{broken", "ERROR: target a: failed"]);
}

#[test]
fn dockerfile_steps_are_told_from_others() {
    for name in ["[2/3] RUN x", "[linux/arm64 2/3] COPY a b", "[linux/arm/v7 build 10/12] RUN x"] {
        assert!(is_dockerfile_step(name), "{name}");
    }
    for name in
        ["[internal] load .dockerignore", "[1/3] FROM busybox", "exporting to image", "[auth] x/y:pull"]
    {
        assert!(!is_dockerfile_step(name), "{name}");
    }
}

#[test]
fn bases_are_those_the_build_looked_up_itself() {
    let definition = Definition { targets: vec![Target { name: "app".into(), ..Target::default() }] };
    let digest = format!("sha256:{}", "a".repeat(64));
    let foreign = format!("[1/2] FROM registry.test/mirror/busybox:latest@{digest}");
    // One step, told by both names: the other build has the same image from somewhere else.
    let names = [
        "[internal] load metadata for docker.io/library/busybox:latest".to_owned(),
        "[internal] load metadata for docker.io/library/tools:1".to_owned(),
        format!("[1/2] FROM docker.io/library/busybox:latest@{digest}"),
        foreign,
        format!("FROM docker.io/library/tools:1@{digest}"),
    ];
    let told = names.iter().enumerate().map(|(number, name)| {
        serde_json::json!({"vertexes": [{"digest": number.to_string(), "name": name, "completed": "2026-01-01T00:00:00Z"}]})
            .to_string()
    });
    let (_, transcript) = decode_sample(&definition, &told.collect::<Vec<_>>().join("\n"));
    assert_eq!(
        transcript.targets["app"].bases,
        ["docker.io/library/busybox:latest", "docker.io/library/tools:1"]
            .map(|reference| (reference.to_owned(), digest.clone()))
            .into()
    );
}
