use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::config::{LoadOptions, Project, load};
use crate::hooks::step::tests::Transcript;

/// A project in a folder of its own, and what its tests said.
struct Bench {
    dir: tempfile::TempDir,
    environment: Environment,
    transcript: Transcript,
    cancel: CancellationToken,
}

impl Bench {
    fn new(test: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(dir.path()).unwrap();
        let text = format!(
            "apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n  - image: one\n  - image: two\n{test}"
        );
        fs_err::write(root.join("skaffold.yaml"), text).unwrap();
        let vars = [
            ("PATH".to_owned(), format!("{}:/usr/bin:/bin", root.join("bin").display())),
            ("IMAGE".into(), "of the environment".into()),
            ("WORD".into(), "hello".into()),
            // No daemon: whoever asks for one fails.
            ("DOCKER_HOST".into(), "unix:///nowhere/docker.sock".into()),
            ("DOCKER_CONFIG".into(), root.join("docker").display().to_string()),
        ];
        let environment = Environment { vars: vars.into(), cwd: root, ..Environment::default() };
        Self { dir, environment, transcript: Transcript::default(), cancel: CancellationToken::new() }
    }

    fn path(&self, path: &str) -> PathBuf {
        fs_err::canonicalize(self.dir.path()).unwrap().join(path)
    }

    fn script(&self, path: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn project(&self) -> Project {
        let options = LoadOptions { cwd: self.environment.cwd.clone(), ..LoadOptions::default() };
        load(&options, &mut std::io::empty()).unwrap()
    }

    async fn run(&self, images: &[Image]) -> Result<()> {
        let project = self.project();
        let bus = self.transcript.bus();
        let cases = cases(&project, images, &bus);
        Tester { environment: &self.environment, bus: &bus, cancel: &self.cancel }.run(&cases).await
    }

    /// The output of the tests.
    fn output(&self) -> Vec<String> {
        self.transcript.lines().iter().filter_map(|line| line.strip_prefix("| ").map(str::to_owned)).collect()
    }
}

fn image(name: &str) -> Image {
    Image { name: name.into(), reference: format!("{name}:0123"), pushed: false }
}

#[tokio::test]
async fn custom_tests_run_in_their_folder_with_the_image() {
    let bench = Bench::new(
        "test:\n- image: one\n  context: sub\n  custom:\n  - command: 'pwd; echo $IMAGE $TEST_CONTEXT {{.WORD}}'\n  - command: ./own.sh\n    timeoutSeconds: 60\n",
    );
    bench.script("sub/own.sh", "echo own >&2");
    bench.run(&[image("one")]).await.unwrap();
    let sub = bench.path("sub");
    let sub = sub.display();
    assert_eq!(bench.output(), [sub.to_string(), format!("one:0123 {sub} hello"), "own".into()]);
    let lines = bench.transcript.lines();
    assert_eq!(lines[0], "started one[test] pwd; echo $IMAGE $TEST_CONTEXT {{.WORD}}");
    assert!(lines.last().unwrap().starts_with("message: 2 tests passed in "), "{lines:?}");
}

#[tokio::test]
async fn tests_follow_the_images_and_others_are_skipped() {
    let bench = Bench::new(
        "test:\n- image: two\n  custom: [{command: echo a $IMAGE}]\n- image: one\n  custom: [{command: echo b $IMAGE}]\n- image: three\n  custom: [{command: echo c}]\n- image: two\n  custom: [{command: echo d $IMAGE}]\n",
    );
    bench.run(&[image("one"), image("two")]).await.unwrap();
    assert_eq!(bench.output(), ["b one:0123", "a two:0123", "d two:0123"]);
    assert_eq!(bench.transcript.lines()[0], "message: tests of three skipped: it was not built");
}

#[tokio::test]
async fn the_first_failure_ends_it_with_code_output_and_place() {
    let bench = Bench::new(
        "test:\n- image: one\n  custom:\n  - command: 'true'\n  - command: 'echo boom; exit 3'\n  - command: echo never\n",
    );
    let report = bench.run(&[image("one")]).await.unwrap_err();
    assert_eq!(report.kind, Kind::Tool);
    assert_eq!(report.title, "test of one `echo boom; exit 3` failed with exit code 3");
    assert_eq!(report.output, ["boom"]);
    assert_eq!(report.excerpts[0].line_column(), (11, 14));
    assert_eq!(bench.output(), ["boom"]);
}

#[tokio::test]
async fn what_cannot_be_run_comes_with_its_cure() {
    let cases = [
        ("custom: [{command: ./missing.sh}]", Kind::Tool, "check the path"),
        ("custom: [{command: ./plain.sh}]", Kind::Tool, "chmod +x"),
        ("custom: [{command: 'echo {{.NOBODY}}'}]", Kind::Config, "two braces"),
        ("context: nowhere\n  custom: [{command: 'true'}]", Kind::Config, "correct the `context`"),
        ("structureTests: [nothing/*.yaml]", Kind::Config, "it is looked for in"),
        ("structureTests: ['a[']", Kind::Config, ""),
        ("structureTests: [plain.sh]", Kind::User, "https://github.com/GoogleContainerTools/"),
    ];
    for (test, kind, cure) in cases {
        let bench = Bench::new(&format!("test:\n- image: one\n  {test}\n"));
        fs_err::write(bench.path("plain.sh"), "#!/bin/sh\n").unwrap();
        let report = bench.run(&[image("one")]).await.unwrap_err();
        assert_eq!((report.kind, report.excerpts.len()), (kind, 1), "{report:?}");
        assert!(cure.is_empty() || report.hints.iter().any(|hint| hint.contains(cure)), "{report:?}");
    }
}

#[tokio::test]
async fn a_test_that_does_not_end_is_stopped_with_all_it_started() {
    let bench = Bench::new(
        "test:\n- image: one\n  custom:\n  - command: 'sleep 61.5 & echo $!; wait'\n    timeoutSeconds: 1\n",
    );
    let begun = Instant::now();
    let report = bench.run(&[image("one")]).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(report.kind, Kind::Tool);
    assert_eq!(report.title, "test of one `sleep 61.5 & echo $!; wait` was stopped: it did not end in 1 s");
    assert_eq!(report.excerpts[0].line_column(), (11, 21));
    let stat = Path::new("/proc").join(&bench.output()[0]).join("stat");
    for _ in 0..100 {
        if !fs_err::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("what the test started still runs");
}

#[tokio::test]
async fn an_interruption_is_no_failure() {
    let bench = Bench::new("test:\n- image: one\n  custom: [{command: sleep 60, timeoutSeconds: 50}]\n");
    bench.cancel.cancel();
    let report = bench.run(&[image("one")]).await.unwrap_err();
    assert_eq!(
        (report.kind, report.title.as_str()),
        (Kind::Interrupted, "interrupted: test of one `sleep 60`")
    );
}

#[tokio::test]
async fn structure_tests_need_the_image_in_the_daemon() {
    let bench = Bench::new("test:\n- image: one\n  structureTests: [a.yaml]\n");
    bench.script("bin/container-structure-test", "echo never");
    fs_err::write(bench.path("a.yaml"), "").unwrap();
    let report = bench.run(&[image("one")]).await.unwrap_err();
    assert_eq!(report.title, "docker daemon at unix:///nowhere/docker.sock does not answer");
    assert_eq!(bench.output(), [""; 0]);
}

#[tokio::test]
async fn what_tests_depend_on() {
    let bench = Bench::new(concat!(
        "test:\n- image: one\n  context: sub\n  structureTests: ['t/*.yaml']\n  custom:\n",
        "  - command: a\n    dependencies: {paths: ['**/*.go', x], ignore: [vendor]}\n",
        "  - command: b\n    dependencies: {command: \"printf '[\\\"b.txt\\\", \\\"/abs\\\"]'\"}\n",
        "  - command: c\n",
    ));
    let project = bench.project();
    let images = [image("one")];
    let cases = cases(&project, &images, &Bus::default());
    let all = dependencies(&cases[0], &bench.environment, &bench.cancel).await.unwrap();
    let sub = bench.path("sub");
    assert_eq!(
        all,
        [
            Dependencies::Patterns {
                patterns: vec![sub.join("t/*.yaml")],
                context: sub.clone(),
                ignore: vec![]
            },
            Dependencies::Patterns {
                patterns: vec![sub.join("**/*.go"), sub.join("x")],
                context: sub.clone(),
                ignore: vec!["vendor".into()],
            },
            Dependencies::Listed(vec![bench.path("b.txt"), "/abs".into()]),
        ]
    );
}
