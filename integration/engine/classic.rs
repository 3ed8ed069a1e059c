//! The classic builder against a real docker daemon (`integration/engines up`).

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use skeg::builder::Detector;
use skeg::diagnostic::{Kind, Result};
use skeg::engine::{
    CacheRef, Classic, Context, Definition, Dockerfile, NamedContext, Outcome, Output, Target,
};
use skeg::event::{Bus, Event, StepState, Subscriber};
use skeg::settings::env::Environment;
use skeg::settings::{Origin, Sourced};
use tokio_util::sync::CancellationToken;

use crate::support::engine;

/// Remembers what was told.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

impl Subscriber for Heard {
    fn on(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Heard {
    /// The states of the image's steps as text, and their output.
    fn steps(&self, image: &str) -> Vec<String> {
        let told = self.0.lock().unwrap();
        let mine = told.iter().filter_map(|event| match event {
            Event::Step { image: of, name, state, .. } if of == image => {
                let state = match state {
                    StepState::Done(_) => "done".to_owned(),
                    StepState::Failed(_) => "failed".to_owned(),
                    other => format!("{other:?}").to_lowercase(),
                };
                Some(format!("{name}: {state}"))
            }
            Event::StepLog { image: of, line, .. } if of == image => Some(format!("> {line}")),
            _ => None,
        });
        mine.collect()
    }
}

struct Daemon {
    env: Environment,
    dir: tempfile::TempDir,
    registry: String,
    /// Unlike any other run's, so that nothing comes from the cache unasked.
    run: String,
}

impl Daemon {
    fn new() -> Option<Self> {
        let env = Environment::of_process();
        engine("SKEG_TEST_ENGINES")?;
        let registry = env.get("SKEG_TEST_REGISTRY").unwrap().to_owned();
        let run = format!("{}-{}", std::process::id(), std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos());
        Some(Self { env, dir: tempfile::tempdir().unwrap(), registry, run })
    }

    /// A target whose context is a folder with this Dockerfile.
    fn target(&self, name: &str, dockerfile: &str) -> Target {
        let context = self.dir.path().join(name);
        fs_err::create_dir_all(&context).unwrap();
        fs_err::write(context.join("Dockerfile"), dockerfile).unwrap();
        fs_err::write(context.join("stamp"), &self.run).unwrap();
        Target {
            name: name.into(),
            image: format!("skeg/{name}"),
            dockerfile: Dockerfile::File(context.join("Dockerfile")),
            context: Context::Local(context),
            tags: vec![format!("{}/classic/{name}:{}", self.registry, self.run)],
            // the test daemon has no bridge
            network: Some("host".into()),
            ..Target::default()
        }
    }

    async fn build(&self, targets: Vec<Target>, cancel: &CancellationToken) -> (Result<Outcome>, Heard) {
        let heard = Heard::default();
        (self.build_heard_by(targets, cancel, &heard).await, heard)
    }

    async fn build_heard_by(
        &self,
        targets: Vec<Target>,
        cancel: &CancellationToken,
        heard: &Heard,
    ) -> Result<Outcome> {
        let detector = Detector::new(&self.env).unwrap();
        let asked = Sourced::new("classic".to_owned(), Origin::Flag("--builder".into()));
        let choice = detector.choose(Some(&asked)).await.unwrap();
        let bus = Bus::new(vec![Box::new(heard.clone())]);
        let classic = Classic::new(&detector, &choice).unwrap();
        classic.build(&Definition { targets }, &bus, cancel).await.map_err(|failure| failure.report)
    }

    fn docker(arguments: &[&str]) -> String {
        let output = Command::new("docker").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

#[tokio::test]
async fn a_base_and_its_dependant_are_built_and_pushed() {
    let Some(daemon) = Daemon::new() else { return };
    let base = daemon.target("base", "FROM busybox\nCOPY stamp /stamp\n");
    let mut app = daemon
        .target("app", "ARG BASE\nFROM $BASE\nARG WHO\nRUN echo \"hello $WHO\" && cat /stamp > /copy\n");
    app.args = [("BASE", base.tags[0].as_str()), ("WHO", "you")].map(|(k, v)| (k.into(), v.into())).into();
    app.contexts = [(base.tags[0].clone(), NamedContext::Target("base".into()))].into();
    app.labels = [("run".to_owned(), daemon.run.clone())].into();
    app.outputs = vec![Output::Push { insecure: true }];
    let tag = app.tags[0].clone();

    let targets = vec![base, app];
    let (outcome, heard) = daemon.build(targets.clone(), &CancellationToken::new()).await;
    let outcome = outcome.unwrap();
    let (base, app) = (&outcome.targets["base"], &outcome.targets["app"]);
    assert_eq!((base.digest.as_ref(), base.steps), (None, 2));
    assert_eq!(
        base.config_digest.as_deref(),
        Some(Daemon::docker(&["inspect", "-f", "{{.Id}}", &targets[0].tags[0]]).as_str())
    );
    assert_eq!((app.steps, app.cached_steps), (4 + 1, 0), "a LABEL is added for the label");
    let steps = heard.steps("skeg/app");
    assert!(steps.contains(&"> hello you".to_owned()), "{steps:?}");
    assert_eq!(steps.last().unwrap(), &format!("pushing {tag}: done"));

    // the digest can be pulled
    let digest = app.digest.as_deref().unwrap();
    let repository = tag.rsplit_once(':').unwrap().0;
    Daemon::docker(&["pull", &format!("{repository}@{digest}")]);

    let (again, heard) = daemon.build(targets, &CancellationToken::new()).await;
    let again = &again.unwrap().targets["app"];
    assert_eq!(again.digest.as_deref(), Some(digest));
    assert!(again.cached_steps >= 2, "{:?}", heard.steps("skeg/app"));
}

#[tokio::test]
async fn a_dockerfile_given_as_text() {
    let Some(daemon) = Daemon::new() else { return };
    let mut target = daemon.target("inline", "");
    target.dockerfile = Dockerfile::Inline("FROM scratch\nCOPY stamp /\n".into());
    let (outcome, _) = daemon.build(vec![target], &CancellationToken::new()).await;
    assert_eq!(outcome.unwrap().targets["inline"].steps, 2);
}

#[tokio::test]
async fn failures_say_where_and_why() {
    let Some(daemon) = Daemon::new() else { return };
    let good = daemon.target("good", "FROM busybox\nCOPY stamp /\n");
    let good = Target { outputs: vec![Output::Push { insecure: true }], ..good };

    let bad =
        daemon.target("bad", "FROM busybox\nCOPY stamp /\n\n# why\nRUN echo one; \\\n  echo two; exit 7\n");
    let (outcome, heard) = daemon.build(vec![good, bad], &CancellationToken::new()).await;
    let report = outcome.unwrap_err();
    assert_eq!(report.title, "artifact skeg/bad: `RUN echo one; …` failed with exit code 7");
    assert_eq!(report.kind, Kind::Tool);
    assert_eq!(report.excerpts[0].line_column(), (5, 1));
    assert_eq!(report.output, ["one", "two"]);
    assert!(report.causes.is_empty(), "{report:?}");
    assert!(heard.steps("skeg/bad").last().unwrap().ends_with("exit 7: failed"));
    assert!(heard.0.lock().unwrap().contains(&Event::ArtifactFailed { image: "skeg/bad".into() }));

    let missing = daemon.target("missing", "FROM busybox\nCOPY nothing /\n");
    let report = daemon.build(vec![missing], &CancellationToken::new()).await.0.unwrap_err();
    assert_eq!(report.excerpts[0].line_column(), (2, 1));
    assert!(report.hints[0].contains(".dockerignore"), "{report:?}");

    let mut denied = daemon.target("denied", "FROM busybox\nCOPY stamp /\n");
    denied.tags = vec![format!("{}/classic:1", daemon.env.get("SKEG_TEST_AUTH_REGISTRY").unwrap())];
    denied.outputs = vec![Output::Push { insecure: true }];
    let report = daemon.build(vec![denied], &CancellationToken::new()).await.0.unwrap_err();
    assert!(report.title.ends_with("could not be pushed"), "{report:?}");
    assert!(report.hints[0].starts_with("run `docker login localhost:"), "{report:?}");

    let mut many = daemon.target("many", "FROM busybox\n");
    many.platforms = vec!["linux/amd64".into(), "linux/arm64".into()];
    many.cache_to = vec![CacheRef::parse("type=inline").unwrap()];
    let (outcome, heard) = daemon.build(vec![many], &CancellationToken::new()).await;
    assert_eq!(outcome.unwrap_err().causes.len(), 2);
    assert!(heard.steps("skeg/many").is_empty(), "nothing is built");
}

#[tokio::test]
async fn cancelling_ends_the_build_at_once() {
    let Some(daemon) = Daemon::new() else { return };
    let slow = daemon.target("slow", "FROM busybox\nCOPY stamp /\nRUN echo begun; sleep 300\n");
    let cancel = CancellationToken::new();
    let heard = Heard::default();
    let (stopper, told) = (cancel.clone(), heard.clone());
    let cancelled = tokio::spawn(async move {
        while !told.steps("skeg/slow").contains(&"> begun".to_owned()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stopper.cancel();
        Instant::now()
    });
    let outcome = daemon.build_heard_by(vec![slow], &cancel, &heard).await;
    assert!(cancelled.await.unwrap().elapsed() < Duration::from_secs(20));
    assert_eq!(outcome.unwrap_err().kind, Kind::Interrupted);
    assert!(
        heard.steps("skeg/slow").last().unwrap().ends_with("sleep 300: cancelled"),
        "{:?}",
        heard.steps("skeg/slow")
    );
}
