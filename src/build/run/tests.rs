use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::build::plan::{BuilderFacts, Inputs, plan};
use crate::config::{self, LoadOptions, Project};
use crate::engine::Definition;
use crate::settings::{Flags, ProjectLayer, Sources};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A registry that has everything.
fn registry() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            while !request.ends_with(b"\r\n\r\n") {
                match client.read(&mut buffer) {
                    Ok(count @ 1..) => request.extend(&buffer[..count]),
                    _ => break,
                }
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\nDocker-Content-Digest: {DIGEST}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            drop(client.write_all(answer.as_bytes()));
        }
    });
    address
}

/// Artifacts that commands build: `yaml` is the list of artifacts.
struct Fixture {
    dir: tempfile::TempDir,
    environment: Environment,
    project: Project,
    registry: String,
}

impl Fixture {
    fn new(yaml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts:\n{yaml}");
        fs_err::write(dir.path().join("skaffold.yaml"), text).unwrap();
        let environment = Environment {
            cwd: dir.path().to_path_buf(),
            vars: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
            ..Environment::default()
        };
        let options = LoadOptions { cwd: dir.path().to_path_buf(), ..LoadOptions::default() };
        let project = config::load(&options, &mut std::io::empty()).unwrap();
        Self { dir, environment, project, registry: registry() }
    }

    fn settings(&self) -> Settings {
        Sources::gather(Flags::default(), &self.environment).unwrap().resolve(&ProjectLayer::default())
    }

    fn artifacts(&self) -> Vec<Artifact<'_>> {
        let artifacts = self.project.artifacts().map(|(module, index, artifact)| Artifact {
            module,
            index,
            artifact,
            recipe: match &artifact.custom {
                Some(custom) => Recipe::Custom(custom),
                None => Recipe::Docker(artifact.docker.as_ref().unwrap()),
            },
            overlay: crate::config::OverlayDocker::default(),
            tagged: format!("{}/{}:v1", self.registry, artifact.image),
            push: true,
        });
        artifacts.collect()
    }

    /// Builds everything, after `change` has changed the plan.
    async fn run(
        &self,
        limit: Option<usize>,
        cancel: &CancellationToken,
        change: impl FnOnce(&mut Plan),
    ) -> Ended {
        let (artifacts, settings) = (self.artifacts(), self.settings());
        let all: Vec<usize> = (0..artifacts.len()).collect();
        let mut plan = plan(&Inputs {
            artifacts: &artifacts,
            wanted: &all,
            settings: &settings,
            environment: &self.environment,
            builders: &[],
            builder_of: &all,
            done: &BTreeMap::new(),
            run_mode: "build",
        })
        .unwrap();
        change(&mut plan);
        let registry = registry::Client::new(registry::Options::default(), &self.environment);
        self.with(&artifacts, &settings, &registry, limit, cancel, async |runner| {
            runner.run(plan, &BTreeMap::new()).await
        })
        .await
    }

    async fn with<T>(
        &self,
        artifacts: &[Artifact<'_>],
        settings: &Settings,
        registry: &registry::Client,
        limit: Option<usize>,
        cancel: &CancellationToken,
        then: impl AsyncFnOnce(&Runner<'_>) -> T,
    ) -> T {
        let wide = RunWide {
            kube_context: None,
            namespaces: &[],
            run_id: None,
            default_repo: None,
            multi_level_repo: None,
            work_dir: None,
        };
        then(&Runner {
            artifacts,
            engines: &[],
            daemon: None,
            registry,
            settings,
            environment: &self.environment,
            bus: &Bus::default(),
            cancel,
            hooks: &wide,
            limit,
            found: &[],
        })
        .await
    }

    async fn build(&self, limit: Option<usize>) -> Ended {
        self.run(limit, &CancellationToken::new(), |_| {}).await
    }

    /// What the commands noted.
    fn order(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.dir.path().join("order")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn names(ended: &Ended) -> Vec<&str> {
    ended.delivered.values().map(|delivered| delivered.build.image_name.as_str()).collect()
}

/// How many commands that note `+` and `-` ran at the same time.
fn most_at_once(order: &[String]) -> usize {
    let mut now = 0_usize;
    let counts = order.iter().map(|line| {
        now = if line == "+" { now + 1 } else { now - 1 };
        now
    });
    counts.max().unwrap_or(0)
}

#[tokio::test]
async fn so_many_commands_at_once() {
    let one = |name: &str| {
        format!(
            "  - {{image: {name}, custom: {{buildCommand: 'echo + >> order; sleep 0.4; echo - >> order'}}}}\n"
        )
    };
    let yaml = ["a", "b", "c", "d"].map(one).concat();
    for (limit, expected) in [(None, 1), (Some(1), 1), (Some(2), 2), (Some(3), 3), (Some(0), 4)] {
        let fixture = Fixture::new(&yaml);
        let ended = fixture.build(limit).await;
        assert!(ended.failure.is_none(), "{:?}", ended.failure);
        assert_eq!(names(&ended), ["a", "b", "c", "d"]);
        assert_eq!(most_at_once(&fixture.order()), expected, "{limit:?}");
    }
}

#[tokio::test]
async fn builders_and_commands_share_the_limit() {
    let fixture = Fixture::new(
        "  - {image: a, custom: {buildCommand: make}}\n  - image: b\n  - image: c\n  - image: d\n",
    );
    let (artifacts, settings) = (fixture.artifacts(), fixture.settings());
    let registry = registry::Client::new(registry::Options::default(), &fixture.environment);
    let run = |job: Job, artifacts: &[usize]| PlannedRun {
        job,
        delivers: artifacts.iter().map(|a| (*a, String::new())).collect(),
        external: vec![],
    };
    let bake =
        |artifacts: &[usize]| run(Job::Builder { builder: 0, definition: Definition::default() }, artifacts);
    let command = || run(Job::Custom, &[0]);
    for (limit, next, busy, expected) in [
        (None, bake(&[1, 2]), vec![bake(&[3]), command()], true),
        (None, command(), vec![bake(&[1, 2, 3])], true),
        (None, command(), vec![command()], false),
        (Some(0), command(), vec![command(), bake(&[1, 2, 3])], true),
        (Some(2), bake(&[1, 2]), vec![], true),
        (Some(2), bake(&[1, 2]), vec![command()], false),
        (Some(2), bake(&[1]), vec![command()], true),
        (Some(2), bake(&[1]), vec![bake(&[2, 3])], false),
        (Some(1), command(), vec![bake(&[2])], false),
    ] {
        let busy: Vec<Busy> = busy.iter().map(Busy::of).collect();
        let cancel = CancellationToken::new();
        let may = fixture
            .with(&artifacts, &settings, &registry, limit, &cancel, async |runner| {
                runner.may_start(&next, &BTreeMap::new(), &busy)
            })
            .await;
        assert_eq!(may, expected, "{limit:?} {next:?}");
    }
}

#[tokio::test]
async fn what_is_required_comes_first_and_under_its_digest() {
    let fixture = Fixture::new(
        "  - {image: top, custom: {buildCommand: 'echo top $BASE >> order'}, requires: [{image: base, alias: BASE}]}\n\
         \x20 - {image: base, custom: {buildCommand: 'echo base >> order'}}\n",
    );
    let ended = fixture.build(None).await;
    assert!(ended.failure.is_none(), "{:?}", ended.failure);
    let base = format!("{}/base:v1@{DIGEST}", fixture.registry);
    assert_eq!(fixture.order(), ["base".to_owned(), format!("top {base}")]);
    assert_eq!(ended.delivered[&1].build.tag, base);
}

#[tokio::test]
async fn one_failure_stops_what_runs_and_starts_nothing_more() {
    let fixture = Fixture::new(
        "  - {image: good, custom: {buildCommand: 'true'}}\n\
         \x20 - {image: bad, custom: {buildCommand: 'sleep 1; echo why; exit 3'}}\n\
         \x20 - {image: bad-slow, custom: {buildCommand: 'sleep 60; touch ended'}}\n\
         \x20 - {image: next, custom: {buildCommand: touch ended}, requires: [{image: bad-slow, alias: B}]}\n\
         \x20 - {image: last, custom: {buildCommand: touch ended}, requires: [{image: bad, alias: B}]}\n",
    );
    let begun = Instant::now();
    let ended = fixture.build(Some(0)).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(!fixture.path("ended").exists());
    assert_eq!(names(&ended), ["good"], "what was built counts");
    let report = ended.failure.unwrap();
    assert_eq!(report.kind, Kind::Tool);
    assert!(report.title.starts_with("buildCommand of artifact bad `sleep 1;"), "{}", report.title);
    assert_eq!(report.output, ["why"]);
    assert_eq!(report.notes, ["built: good", "stopped: bad-slow", "never started: next, last"]);
}

#[tokio::test]
async fn an_interruption_tells_each_artifact_once() {
    let fixture = Fixture::new(
        "  - {image: good, custom: {buildCommand: 'true'}}\n\
         \x20 - {image: slow, custom: {buildCommand: 'touch begun; sleep 60'}}\n\
         \x20 - {image: other, custom: {buildCommand: 'sleep 60'}}\n\
         \x20 - {image: next, custom: {buildCommand: 'true'}, requires: [{image: slow, alias: B}]}\n",
    );
    let cancel = CancellationToken::new();
    let soon = async {
        while !fixture.path("begun").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(fixture.run(Some(0), &cancel, |_| {}), soon);
    let report = ended.failure.unwrap();
    assert_eq!((report.kind, report.title.as_str()), (Kind::Interrupted, "interrupted"));
    assert_eq!(report.notes, ["built: good", "stopped: slow, other", "never started: next"]);

    let nothing = fixture.run(None, &cancel, |_| {}).await.failure.unwrap();
    assert_eq!(nothing.notes, ["never started: good, slow, other, next"]);
}

#[tokio::test]
async fn hooks_run_around_each_command() {
    let one = |name: &str| {
        format!(
            "  - image: {name}\n    custom: {{buildCommand: echo {name} >> order}}\n    hooks:\n      \
             before: [{{command: [sh, -c, echo before {name} >> order]}}]\n      \
             after: [{{command: [sh, -c, echo after {name} >> order]}}]\n"
        )
    };
    let fixture = Fixture::new(&(one("a") + &one("b")));
    assert!(fixture.build(None).await.failure.is_none());
    assert_eq!(fixture.order(), ["before a", "a", "after a", "before b", "b", "after b"]);
}

#[tokio::test]
async fn what_has_no_end_with_its_hooks_is_not_remembered() {
    // `failed`'s own hook fails; `late` is built when that happens, and its hook must not begin.
    let fixture = Fixture::new(
        "  - {image: plain, custom: {buildCommand: 'true'}}\n\
         \x20 - image: failed\n    custom: {buildCommand: sleep 1}\n    hooks: {after: [{command: [sh, -c, exit 4]}]}\n\
         \x20 - image: late\n    custom: {buildCommand: 'true'}\n    hooks: {after: [{command: [sleep, '60']}]}\n\
         \x20 - {image: next, custom: {buildCommand: 'true'}, requires: [{image: failed, alias: F}]}\n",
    );
    let ended = fixture.build(Some(0)).await;
    assert_eq!(names(&ended), ["plain"]);
    let report = ended.failure.unwrap();
    assert_eq!(report.title, "after-build hook of artifact failed `sh -c exit 4` failed with exit code 4");
    assert_eq!(
        report.notes,
        ["built: plain", "built, but its hooks did not all run: failed, late", "never started: next"]
    );
}

#[tokio::test]
async fn a_hook_that_fails_before_the_build_starts_nothing() {
    let fixture = Fixture::new(
        "  - image: first\n    custom: {buildCommand: touch ran}\n    hooks:\n      before: [{command: ['false']}]\n      \
         after: [{command: [touch, ran]}]\n  - {image: second, custom: {buildCommand: touch ran}}\n",
    );
    let ended = fixture.build(None).await;
    assert!(ended.delivered.is_empty() && !fixture.path("ran").exists());
    let report = ended.failure.unwrap();
    assert!(report.title.contains("before-build hook of artifact first"), "{}", report.title);
    assert_eq!(report.notes, ["never started: second"]);
}

#[tokio::test]
async fn a_plan_that_cannot_be_carried_out_is_no_success() {
    let fixture = Fixture::new("  - {image: app, custom: {buildCommand: 'true'}}\n");
    let cancel = CancellationToken::new();
    let ended = fixture.run(None, &cancel, |plan| plan.runs[0].external.push((7, "x".into()))).await;
    assert_eq!(ended.failure.unwrap().kind, Kind::Internal);
}

/// What another artifact is made from is built with it, and so are its hooks, unless it was found.
#[tokio::test]
async fn a_run_builds_what_it_is_linked_to() {
    let fixture =
        Fixture::new("  - image: base\n  - {image: app, requires: [{image: base}]}\n  - image: other\n");
    fs_err::write(fixture.path("Dockerfile"), "FROM scratch\n").unwrap();
    let (artifacts, settings) = (fixture.artifacts(), fixture.settings());
    let builder =
        BuilderFacts { name: "one".into(), exports_cache: true, in_daemon: false, nodes: vec![vec![]] };
    let plan = plan(&Inputs {
        artifacts: &artifacts,
        wanted: &[1, 2],
        settings: &settings,
        environment: &fixture.environment,
        builders: &[builder],
        builder_of: &[0; 3],
        done: &BTreeMap::new(),
        run_mode: "build",
    })
    .unwrap();
    let registry = registry::Client::new(registry::Options::default(), &fixture.environment);
    let cancel = CancellationToken::new();
    for (found, expected) in [(&[][..], &[0, 1, 2][..]), (&[0], &[1, 2])] {
        let builds = fixture
            .with(&artifacts, &settings, &registry, None, &cancel, async |runner| {
                Runner { found, ..*runner }.builds(&plan.runs[0])
            })
            .await;
        assert_eq!(builds, expected);
    }
}
