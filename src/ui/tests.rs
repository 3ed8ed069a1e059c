//! Scripted runs, seen through both displays.

use std::io;

use insta::assert_snapshot;

use super::*;
use crate::event::{Level, StepState};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A writer whose content the test keeps a hold of.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<u8>>>);

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn started(image: &str) -> Event {
    Event::ArtifactStarted { image: image.into() }
}

/// The step's name is its identity: `app [linux/arm64 2/3] RUN make`.
fn step(whole: &str, state: StepState) -> Event {
    let (image, name) = whole.split_once(' ').unwrap();
    let image = if image == "-" { "" } else { image };
    Event::Step { image: image.into(), step: whole.into(), name: name.into(), state }
}

fn begin(whole: &str) -> Event {
    step(whole, StepState::Started)
}

fn done(whole: &str, millis: u64) -> Event {
    step(whole, StepState::Done(ms(millis)))
}

fn log(whole: &str, line: &str) -> Event {
    Event::StepLog { image: String::new(), step: whole.into(), line: line.into() }
}

fn moved(whole: &str, what: &str, current: u64, total: u64) -> Event {
    Event::StepProgress { step: whole.into(), what: what.into(), current, total }
}

fn message(level: Level, text: &str) -> Event {
    Event::Message { level, text: text.into() }
}

fn built(image: &str, platforms: &[&str], fate: &str, millis: u64) -> Event {
    let tag = format!("localhost:5000/{image}:v1");
    let pushed = fate == "pushed";
    Event::ArtifactDone {
        image: image.into(),
        reference: if pushed { format!("{tag}@{DIGEST}") } else { tag },
        platforms: platforms.iter().map(|p| (*p).to_owned()).collect(),
        digest: pushed.then(|| DIGEST.into()),
        fate: fate.into(),
        time: ms(millis),
        cached_steps: 2,
        steps: 5,
    }
}

const MAKE_ARM: &str = "app [linux/arm64 build 2/3] RUN make";
const MAKE_AMD: &str = "app [linux/amd64 build 2/3] RUN make";
const NPM: &str = "web [2/4] RUN npm ci";
const METADATA: &str = "web [internal] load metadata for docker.io/library/node:24";

/// Two artifacts, one of them for two platforms, that build well; seconds and events.
fn good_run() -> Vec<(u64, Event)> {
    vec![
        (0, Event::Tagged { image: "app".into(), tag: "localhost:5000/app:v1".into() }),
        (0, Event::Tagged { image: "web".into(), tag: "localhost:5000/web:v1".into() }),
        (0, Event::Builder { name: "remote".into(), reason: "user config, context kind-dev".into() }),
        (0, Event::Builder { name: "remote".into(), reason: "user config, context kind-dev".into() }),
        (0, message(Level::Debug, "docker-buildx bake --file -")),
        (0, message(Level::Info, "no cache yet at localhost:5000/app:cache")),
        (100, started("app")),
        (100, started("web")),
        (150, begin("app [internal] load build definition from Dockerfile")),
        (160, done("app [internal] load build definition from Dockerfile", 10)),
        (160, begin(METADATA)),
        (200, step("app [linux/amd64 build 1/3] FROM busybox", StepState::Cached)),
        (200, step("app [linux/amd64 build 1/3] FROM busybox", StepState::Cached)),
        (300, begin(MAKE_AMD)),
        (300, begin(MAKE_ARM)),
        (900, log(MAKE_ARM, "cc -o main main.c")),
        (950, log(MAKE_AMD, "cc -o main main.c")),
        (1000, log(MAKE_AMD, "10%\r 50%\r\u{1b}[32m100%\u{1b}[0m")),
        (2000, done(MAKE_AMD, 1700)),
        (3000, done(METADATA, 2840)),
        (3100, begin("web [1/4] FROM node:24")),
        (3200, moved("web [1/4] FROM node:24", "sha256:aa", 12_000_000, 40_000_000)),
        (15_500, done("web [1/4] FROM node:24", 12_400)),
        (15_600, begin(NPM)),
        (15_650, done(NPM, 50)),
        (15_660, done(NPM, 50)),
        (16_000, done(MAKE_ARM, 15_700)),
        (16_100, begin("app exporting to image")),
        (16_500, done("app exporting to image", 400)),
        (16_600, built("app", &["linux/amd64", "linux/arm64"], "pushed", 16_500)),
        (16_700, built("web", &["linux/amd64"], "cache only", 16_600)),
        (16_800, Event::BuildDone { time: ms(16_800) }),
    ]
}

/// One step fails, which cancels another.
fn bad_run() -> Vec<(u64, Event)> {
    let quick = "web [1/4] COPY . .";
    let cache = "app importing cache manifest from localhost:5000/app:cache";
    vec![
        (0, started("app")),
        (0, started("web")),
        (100, begin(cache)),
        (150, step(cache, StepState::Failed("localhost:5000/app:cache: not found".into()))),
        (200, begin(MAKE_ARM)),
        (200, begin(NPM)),
        (300, log(NPM, "added 3 packages")),
        (350, begin(quick)),
        (400, log(MAKE_ARM, "main.c:1: error: expected ';'")),
        (
            500,
            step(
                MAKE_ARM,
                StepState::Failed("process \"/bin/sh -c make\" did not complete: exit code: 2".into()),
            ),
        ),
        (510, step(NPM, StepState::Cancelled)),
        (510, step(quick, StepState::Cancelled)),
        (510, step("web [4/4] CMD x", StepState::Cancelled)),
        (520, Event::ArtifactFailed { image: "app".into() }),
        (520, Event::BuildDone { time: ms(520) }),
    ]
}

/// What the plain display writes when it gets the script, and a tick every half second.
fn plain(script: Vec<(u64, Event)>, options: Options, colour: bool) -> String {
    let capture = Capture::default();
    let epoch = options.timestamps.then(|| SystemTime::UNIX_EPOCH + Duration::from_hours(490_896));
    let mut plain = Plain::new(Box::new(capture.clone()), Words::new(options, Paint { colour }), epoch);
    let mut clock = 0;
    for (at, event) in script {
        while clock + 500 <= at {
            clock += 500;
            plain.tick(ms(clock));
        }
        plain.on(&event, ms(at));
    }
    let bytes = capture.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn plain_good_run() {
    assert_snapshot!(plain(good_run(), Options::default(), false), @"
    Generating tags...
     - app -> localhost:5000/app:v1
     - web -> localhost:5000/web:v1
    builder remote (user config, context kind-dev)
    no cache yet at localhost:5000/app:cache
    [app linux/amd64 build 1/3] FROM busybox  CACHED
    [app linux/arm64 build 2/3] RUN make
    [app linux/arm64 build 2/3] | cc -o main main.c
    [app linux/amd64 build 2/3] RUN make
    [app linux/amd64 build 2/3] | cc -o main main.c
    [app linux/amd64 build 2/3] | 100%
    [app linux/amd64 build 2/3] done 1.7s
    [web internal] load metadata for docker.io/library/node:24
    [web internal] done 2.8s
    [web 1/4] FROM node:24
    still running: [app linux/arm64 build 2/3] RUN make (15s), [web 1/4] FROM node:24 (12.0 MB / 40.0 MB, 12s)
    [web 1/4] done 12.4s
    [web 2/4] RUN npm ci
    [app linux/arm64 build 2/3] done 15.7s
    [app] exporting to image  0.4s
    [app] done in 16.5s: pushed, 2/5 steps cached
    [web] done in 16.6s: cache only, 2/5 steps cached

    IMAGE                  PLATFORMS                 DIGEST                                                                    TIME  STEPS       RESULT
    localhost:5000/app:v1  linux/amd64, linux/arm64  sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  16.5s  2/5 cached  pushed
    localhost:5000/web:v1  linux/amd64               -                                                                        16.6s  2/5 cached  cache only

    Built 2 images in 16.8s
    ");
}

#[test]
fn plain_bad_run() {
    assert_snapshot!(plain(bad_run(), Options::default(), false), @r#"
    [app] importing cache manifest from localhost:5000/app:cache  failed: localhost:5000/app:cache: not found
    [web 2/4] RUN npm ci
    [web 2/4] | added 3 packages
    [app linux/arm64 build 2/3] RUN make
    [app linux/arm64 build 2/3] | main.c:1: error: expected ';'
    [app linux/arm64 build 2/3] failed: process "/bin/sh -c make" did not complete: exit code: 2
    [web 2/4] cancelled
    [app] failed

    IMAGE  PLATFORMS  DIGEST  TIME  STEPS  RESULT
    app    -          -          -  -      failed
    web    -          -          -  -      not built

    Built 0 of 2 images in 0.5s
    "#);
}

/// What a report of a step that wrote "one" and "two" shows after these events.
fn plain_report(script: Vec<Event>, quiet: bool) -> String {
    let capture = Capture::default();
    let words = Words::new(Options { quiet, ..Options::default() }, Paint { colour: false });
    let mut plain = Plain::new(Box::new(capture.clone()), words, None);
    for event in [started("web"), started("app"), begin(MAKE_ARM), begin(NPM)] {
        plain.on(&event, ms(0));
    }
    for line in ["zero", "one", "two"] {
        plain.on(&log(MAKE_ARM, line), ms(10));
    }
    for event in &script {
        plain.on(event, ms(20));
    }
    capture.0.lock().unwrap().clear();
    plain.report(&Report::tool("it failed").output(["one".into(), "two".into()]).hint("repair it"), ms(30));
    let bytes = capture.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn plain_report_repeats_no_output_that_stands_right_above_it() {
    let whole = "error: it failed\n\n  one\n  two\n\nhelp: repair it\n";
    let short = "error: it failed\nhelp: repair it\n";
    let failed = || step(MAKE_ARM, StepState::Failed("exit code: 2".into()));
    let ends = vec![failed(), step(NPM, StepState::Cancelled), Event::ArtifactFailed { image: "app".into() }];
    assert_eq!(plain_report(vec![], false), short);
    assert_eq!(plain_report(ends, false), short);
    assert_eq!(plain_report(vec![failed()], true), whole, "nothing was shown");
    for between in [log(NPM, "added"), log(MAKE_ARM, "three"), message(Level::Info, "hello"), done(NPM, 400)]
    {
        assert_eq!(plain_report(vec![between.clone(), failed()], false), whole, "{between:?}");
    }
    assert_eq!(plain_report(vec![log(NPM, "two"), failed()], false), whole, "another step's");
}

#[test]
fn plain_verbose_run_with_timestamps() {
    let options = Options { verbosity: Verbosity::Debug, timestamps: true, ..Options::default() };
    let script = good_run().into_iter().take(16).collect();
    assert_snapshot!(plain(script, options, false), @"
    2026-01-01T00:00:00Z Generating tags...
    2026-01-01T00:00:00Z  - app -> localhost:5000/app:v1
    2026-01-01T00:00:00Z  - web -> localhost:5000/web:v1
    2026-01-01T00:00:00Z builder remote (user config, context kind-dev)
    2026-01-01T00:00:00Z docker-buildx bake --file -
    2026-01-01T00:00:00Z no cache yet at localhost:5000/app:cache
    2026-01-01T00:00:00Z [app internal] load build definition from Dockerfile  0.0s
    2026-01-01T00:00:00Z [app linux/amd64 build 1/3] FROM busybox  CACHED
    2026-01-01T00:00:00Z [app linux/arm64 build 2/3] RUN make
    2026-01-01T00:00:00Z [app linux/arm64 build 2/3] | cc -o main main.c
    ");
}

#[test]
fn plain_quiet_run() {
    let mut script = good_run();
    script.insert(9, (150, message(Level::Warn, "the classic builder cannot export a cache")));
    let options = Options { quiet: true, ..Options::default() };
    assert_snapshot!(plain(script, options, false), @"warning: the classic builder cannot export a cache");
}

#[test]
fn plain_colours() {
    let script = vec![
        (0, Event::Builder { name: "remote".into(), reason: "flag --builder".into() }),
        (0, message(Level::Warn, "careful")),
        (0, started("app")),
        (1, step("app [1/2] FROM busybox", StepState::Cached)),
        (2, begin("app [2/2] RUN a")),
        (3, log("app [2/2] RUN a", "\u{1b}[31mred\u{1b}[0m")),
        (4, step("app [2/2] RUN a", StepState::Failed("exit code: 1".into()))),
    ];
    assert_snapshot!(plain(script, Options::default(), true).replace('\u{1b}', "ESC"), @"
    builder remote ESC[2m(flag --builder)ESC[0m
    ESC[1mESC[33mwarning:ESC[0m careful
    ESC[2m[app 1/2]ESC[0m FROM busybox  ESC[36mCACHEDESC[0m
    ESC[2m[app 2/2]ESC[0m RUN a
    ESC[2m[app 2/2]ESC[0m ESC[2m|ESC[0m red
    ESC[2m[app 2/2]ESC[0m ESC[1mESC[91mfailedESC[0m: exit code: 1
    ");
}

#[test]
fn plain_says_what_it_waits_for() {
    let push = "app exporting to image";
    let script = vec![
        (0, started("app")),
        (0, started("web")),
        (9_000, begin(push)),
        (12_000, moved(push, "pushing sha256:aa", 1_500_000, 34_000_000)),
        (24_000, begin("web [1/4] FROM a")),
        (24_000, begin("web [2/4] FROM b")),
        (24_000, begin("web [3/4] FROM c")),
        (40_000, done(push, 31_000)),
    ];
    assert_snapshot!(plain(script, Options::default(), false), @"
    waiting for the builder: app, web (2s)
    [app] exporting to image
    still running: [app] exporting to image (pushing 1.5 MB / 34.0 MB, 12s)
    [web 1/4] FROM a
    [web 2/4] FROM b
    [web 3/4] FROM c
    still running: [app] exporting to image (pushing 1.5 MB / 34.0 MB, 27s), [web 1/4] FROM a (12s), [web 2/4] FROM b (12s), and 1 more
    [app] done 31.0s
    ");
}

const COLUMNS: u16 = 90;

/// The live display on a terminal.
struct Stage {
    live: Live,
    capture: Capture,
    terminal: vt100::Parser,
}

impl Stage {
    fn new(rows: u16) -> Self {
        let capture = Capture::default();
        let size = move || Size { rows: rows.into(), columns: COLUMNS.into() };
        let words = Words::new(Options::default(), Paint { colour: false });
        let live = Live::new(Box::new(capture.clone()), Box::new(size), words);
        Self {
            live,
            capture,
            terminal: vt100::Parser::new(rows.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0),
        }
    }

    /// What stands on the terminal now.
    fn screen(&mut self) -> String {
        let bytes = std::mem::take(&mut *self.capture.0.lock().unwrap());
        // a terminal's line discipline turns a newline into carriage return and newline
        self.terminal.process(String::from_utf8(bytes).unwrap().replace('\n', "\r\n").as_bytes());
        self.terminal.screen().contents()
    }

    /// Plays the script up to a moment (milliseconds), then draws.
    fn play(&mut self, script: &mut Vec<(u64, Event)>, until: u64) -> String {
        let rest = script.split_off(script.partition_point(|(at, _)| *at <= until));
        for (at, event) in std::mem::replace(script, rest) {
            self.live.on(&event, ms(at));
        }
        self.live.tick(ms(until));
        self.screen()
    }
}

#[test]
fn live_good_run() {
    let (mut stage, mut script) = (Stage::new(30), good_run());
    assert_snapshot!(stage.play(&mut script, 130), @"
    Generating tags...
     - app -> localhost:5000/app:v1
     - web -> localhost:5000/web:v1
    builder remote (user config, context kind-dev)
    no cache yet at localhost:5000/app:cache
    app                                                                                    0s
    web                                                                                    0s
    ");
    assert_snapshot!(stage.play(&mut script, 1500), @"
    Generating tags...
     - app -> localhost:5000/app:v1
     - web -> localhost:5000/web:v1
    builder remote (user config, context kind-dev)
    no cache yet at localhost:5000/app:cache
    app  2 steps, 1 cached                                                                 1s
      linux/amd64 build 2/3 RUN make  100%                                                 1s
      linux/arm64 build 2/3 RUN make  cc -o main main.c                                    1s
    web                                                                                    1s
      internal load metadata for docker.io/library/node:24                                 1s
    ");
    assert_snapshot!(stage.play(&mut script, 12_000), @"
    Generating tags...
     - app -> localhost:5000/app:v1
     - web -> localhost:5000/web:v1
    builder remote (user config, context kind-dev)
    no cache yet at localhost:5000/app:cache
    app  3 steps, 1 cached                                                                11s
      linux/arm64 build 2/3 RUN make  cc -o main main.c                                   11s
    web  1 step                                                                           11s
      1/4 FROM node:24  12.0 MB / 40.0 MB                                                  8s
    ");
    assert_snapshot!(stage.play(&mut script, 16_600), @"
    Generating tags...
     - app -> localhost:5000/app:v1
     - web -> localhost:5000/web:v1
    builder remote (user config, context kind-dev)
    no cache yet at localhost:5000/app:cache
    [app] done in 16.5s: pushed, 2/5 steps cached
    web  3 steps                                                                          16s
    ");
    assert_snapshot!(stage.play(&mut script, 20_000), @"
    Generating tags...
     - app -> localhost:5000/app:v1
     - web -> localhost:5000/web:v1
    builder remote (user config, context kind-dev)
    no cache yet at localhost:5000/app:cache
    [app] done in 16.5s: pushed, 2/5 steps cached
    [web] done in 16.6s: cache only, 2/5 steps cached

    IMAGE                  PLATFORMS    DIGEST                TIME  STEPS       RESULT
    localhost:5000/app:v1  2 platforms  sha256:0123456789ab  16.5s  2/5 cached  pushed
    localhost:5000/web:v1  linux/amd64  -                    16.6s  2/5 cached  cache only

    Built 2 images in 16.8s
    ");
}

#[test]
fn live_failure_leaves_a_clean_terminal() {
    let (mut stage, mut script) = (Stage::new(30), bad_run());
    script.pop();
    assert_snapshot!(stage.play(&mut script, 450), @"
    app                                                                                    0s
      linux/arm64 build 2/3 RUN make  main.c:1: error: expected ';'                        0s
    web                                                                                    0s
      2/4 RUN npm ci  added 3 packages                                                     0s
    ");
    stage.play(&mut script, 1000);
    stage.live.close(ms(1000));
    stage.live.print("error: building `app` failed\nhelp: repair it\n", ms(1000));
    assert_snapshot!(stage.screen(), @"
    [app] failed
    error: building `app` failed
    help: repair it
    ");
}

#[test]
fn live_keeps_to_the_height_of_the_terminal() {
    let mut stage = Stage::new(10);
    let mut script = vec![];
    for image in ["one", "two", "three", "four"] {
        script.push((0, started(image)));
        script.push((0, begin(&format!("{image} [1/2] RUN first"))));
        script.push((0, begin(&format!("{image} [2/2] RUN second && {}", "and then ".repeat(20)))));
        script.push((
            1,
            log(&format!("{image} [1/2] RUN first"), "日本語 output that goes on and on ".repeat(5).as_str()),
        ));
    }
    assert_snapshot!(stage.play(&mut script, 3000), @"
    one  RUN first                                                                         3s
    two  RUN first                                                                         3s
    three  RUN first                                                                       3s
    four  RUN first                                                                        3s
    ");
}

#[test]
fn live_names_what_belongs_to_no_artifact_and_who_waits() {
    let mut stage = Stage::new(20);
    let mut script = vec![
        (0, started("app")),
        (0, started("web")),
        (0, begin("- [internal] load remote bake definitions")),
        (0, begin("base exporting cache to registry")),
        (100, begin("web [internal] load metadata for docker.io/library/node:24")),
    ];
    assert_snapshot!(stage.play(&mut script, 2500), @"
    [internal] load remote bake definitions                                                2s
    [base] exporting cache to registry                                                     2s
    app  waiting for the builder                                                           2s
    web                                                                                    2s
      internal load metadata for docker.io/library/node:24                                 2s
    ");
}

#[test]
fn live_shows_messages_outside_of_builds_at_once() {
    let mut stage = Stage::new(10);
    stage.live.on(&message(Level::Info, "one"), ms(0));
    assert_eq!(stage.screen(), "one");
}

#[test]
fn a_ui_is_an_ordinary_subscriber() {
    let ui = Ui::new(Options { quiet: true, ..Options::default() }, &Environment::default());
    let bus = crate::event::Bus::new(vec![Box::new(ui.clone())]);
    bus.emit(started("app"));
    assert!(ui.shared.ticking.load(Ordering::Relaxed));
    assert!(!ui.colour());
}
