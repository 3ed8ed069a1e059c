//! Random input for everything that reads what a user wrote: no panic, no hang, and no input takes a second.
//!
//! Inputs are pieces of the grammar glued together, and samples with changes. `SKEG_FUZZ_CASES` is how many of them each
//! reader gets (10,000 if it is not set); `SKEG_FUZZ_SEED` is where they start, a number that a run prints.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use skeg::config::{self, LoadOptions};
use skeg::diagnostic::{self, Report, Severity, render};
use skeg::dockerfile::{self, Dockerfile};
use skeg::ignorefile::Rules;
use skeg::image::Reference;
use skeg::template::{self, ValueTemplate};
use skeg::yaml::{self, Source};

use crate::support::variable;

const CASES: u32 = 10_000;
const SEED: u64 = 4;
/// No input takes longer. One that does is tried again, for the machine may have been busy.
const LIMIT: Duration = Duration::from_secs(1);
const TRIES: usize = 3;
/// An input that is not done by then hangs.
const HANGS: Duration = Duration::from_secs(20);

/// An input.
#[derive(Clone)]
struct Input(Vec<u8>);

impl Input {
    fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// A change to an input.
#[derive(Debug, Clone)]
enum Change {
    Insert(Index, &'static str),
    Replace(Index, usize, &'static str),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Byte(Index, u8),
    SwapLines(Index, Index),
    CopyLine(Index, Index),
    DropLine(Index),
    /// Two columns to the right, or to the left.
    MoveLine(Index, bool),
    Cut(Index),
}

impl Change {
    fn any(pieces: &'static [&'static str]) -> impl Strategy<Value = Self> {
        let at = any::<Index>;
        prop_oneof![
            4 => (at(), select(pieces)).prop_map(|(at, piece)| Self::Insert(at, piece)),
            3 => (at(), 1usize..12, select(pieces)).prop_map(|(at, length, piece)| Self::Replace(at, length, piece)),
            2 => (at(), 1usize..24).prop_map(|(at, length)| Self::Remove(at, length)),
            1 => (at(), 1usize..16, 2usize..48).prop_map(|(at, length, times)| Self::Repeat(at, length, times)),
            1 => (at(), any::<u8>()).prop_map(|(at, byte)| Self::Byte(at, byte)),
            1 => (at(), at()).prop_map(|(one, other)| Self::SwapLines(one, other)),
            1 => (at(), at()).prop_map(|(one, other)| Self::CopyLine(one, other)),
            1 => at().prop_map(Self::DropLine),
            1 => (at(), any::<bool>()).prop_map(|(at, right)| Self::MoveLine(at, right)),
            1 => at().prop_map(Self::Cut),
        ]
    }

    fn apply(&self, text: &mut Vec<u8>) {
        let places = text.len() + 1;
        let range = |at: &Index, length: usize| at.index(places)..(at.index(places) + length).min(places - 1);
        match self {
            Self::Insert(at, piece) => drop(text.splice(range(at, 0), piece.bytes())),
            Self::Replace(at, length, piece) => drop(text.splice(range(at, *length), piece.bytes())),
            Self::Remove(at, length) => drop(text.drain(range(at, *length))),
            Self::Repeat(at, length, times) => {
                let repeated = text[range(at, *length)].repeat(*times);
                drop(text.splice(range(at, 0), repeated));
            }
            Self::Byte(at, byte) => text.insert(at.index(places), *byte),
            Self::SwapLines(one, other) => lines(text, |lines| {
                let (one, other) = (one.index(lines.len()), other.index(lines.len()));
                lines.swap(one, other);
            }),
            Self::CopyLine(one, other) => lines(text, |lines| {
                let line = lines[one.index(lines.len())].clone();
                lines.insert(other.index(lines.len()), line);
            }),
            Self::DropLine(at) => lines(text, |lines| {
                lines.remove(at.index(lines.len()));
            }),
            Self::MoveLine(at, right) => lines(text, |lines| {
                let at = at.index(lines.len());
                let line = &mut lines[at];
                match right {
                    true => drop(line.splice(..0, *b"  ")),
                    false if line.starts_with(b"  ") => drop(line.drain(..2)),
                    false => {}
                }
            }),
            Self::Cut(at) => text.truncate(at.index(places)),
        }
    }
}

/// Changes a text as lines, of which there is one at least.
fn lines(text: &mut Vec<u8>, change: impl Fn(&mut Vec<Vec<u8>>)) {
    let mut lines: Vec<Vec<u8>> = text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines);
    *text = lines.join(&b'\n');
}

/// Pieces of a grammar, up to so many of them; and samples with changes, where there are samples.
fn inputs(
    pieces: &'static [&'static str],
    longest: usize,
    samples: &[Vec<u8>],
) -> impl Strategy<Value = Input> + use<> {
    let glued = vec(select(pieces), 0..longest).prop_map(|pieces| pieces.concat().into_bytes());
    let samples = if samples.is_empty() { vec![vec![]] } else { samples.to_vec() };
    let weight = if samples[0].is_empty() { 0 } else { 3 };
    let text = prop_oneof![2 => glued, weight.max(1) => select(samples)];
    (text, vec(Change::any(pieces), 0..5)).prop_map(|(mut text, changes)| {
        for change in &changes {
            change.apply(&mut text);
        }
        Input(text)
    })
}

fn number<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    variable(name).map_or(otherwise, |value| value.parse().ok().expect("a number"))
}

/// Gives inputs to a reader, which says whether it took one. Both must happen, or the inputs are no good.
fn fuzz(
    what: &'static str,
    inputs: impl Strategy<Value = Input> + Send + 'static,
    read: impl Fn(&Input) -> bool + Send + 'static,
) {
    let seed = number("SKEG_FUZZ_SEED", SEED);
    fuzz_within(what, number("SKEG_FUZZ_CASES", CASES), seed, LIMIT, inputs, read);
}

/// As [`fuzz`], so many inputs from a seed on, none of which may take longer than the limit.
fn fuzz_within(
    what: &'static str,
    cases: u32,
    seed: u64,
    limit: Duration,
    inputs: impl Strategy<Value = Input> + Send + 'static,
    read: impl Fn(&Input) -> bool + Send + 'static,
) {
    let current = Arc::new(Mutex::new((Instant::now(), Input(vec![]))));
    let shown = Arc::clone(&current);
    let work = move || {
        let taken = AtomicUsize::new(0);
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        let mut start = [0; 32];
        start[..8].copy_from_slice(&seed.to_le_bytes());
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &start));
        let result = runner.run(&inputs, |input| {
            for _ in 0..TRIES {
                let begin = Instant::now();
                *shown.lock().unwrap() = (begin, input.clone());
                let accepted = read(&input);
                if begin.elapsed() < limit {
                    taken.fetch_add(usize::from(accepted), Ordering::Relaxed);
                    return Ok(());
                }
            }
            Err(TestCaseError::fail(format!("took longer than {limit:?}, {TRIES} times")))
        });
        (result.map_err(|error| error.to_string()), taken.into_inner())
    };
    let begin = Instant::now();
    // The stack of a program's first thread, not the smaller one of a test.
    let worker = std::thread::Builder::new().stack_size(8 << 20).spawn(work).unwrap();
    while !worker.is_finished() {
        std::thread::sleep(Duration::from_millis(20));
        // Not held while panicking, nor poisoned by a reader that panics: that happens outside of it.
        let (since, input) = current.lock().unwrap().clone();
        assert!(since.elapsed() < HANGS, "{what}: seed {seed}: hangs on {input:?}");
    }
    let (result, taken) = worker.join().unwrap();
    eprintln!("{what}: {cases} inputs, seed {seed}: {taken} taken, in {:.1?}", begin.elapsed());
    if let Err(error) = result {
        panic!("{what}: seed {seed}: {error}");
    }
    let cases = cases as usize;
    assert!(cases < 1000 || (cases / 100..cases).contains(&taken), "{what}: {taken} of {cases} were taken");
}

/// Whether something was read; an error can be shown.
fn shown<T>(result: Result<T, Box<Report>>) -> bool {
    match result {
        Ok(_) => true,
        Err(report) => {
            assert!(!render(&report, false).is_empty());
            false
        }
    }
}

/// All files of a folder of `testdata`.
fn samples(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
    let mut paths: Vec<_> = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().filter(|path| path.is_file()).map(|path| fs_err::read(path).unwrap()).collect()
}

#[test]
fn ignore_files() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "\n", "\n", "\n!", "!", "/", "/", "*", "**", "**/", "/**", "?", "a", "ab", "node_modules", ".log",
        ".", "..", "./", "#", " ", "\t", "\r", "\u{feff}", "[", "]", "[a-z]", "[^a]", "[a", "[z-a]",
        "[[:alpha:]]", "[[:", "\\", "\\d", "\\Q", "\\E", "\\pL", "\\p{", "\\x4", "\\x{41}", "{2}", "{1000}",
        "{1,", "}", "|", "(", ")", "^", "$", "+", "é", "\u{fffd}", "\u{a0}", "-", "&&", "~~", "*a*a*a*a*a*a",
    ];
    const PATHS: &[&str] =
        &["a", "ab", "a/ab", "node_modules/a/b.log", "é/\u{fffd}", "a\na/b", ".", "aaaaaaaaaaaaaaaaaaaaa"];
    const LONGEST_NAME: usize = 255;
    fuzz("ignore files", inputs(PIECES, 30, &[]), |input| {
        let Ok(rules) = Rules::parse(&input.0) else { return false };
        let lines = input.0.split(|b| *b == b'\n').map(|line| &line[..line.len().min(LONGEST_NAME)]).take(4);
        for path in PATHS.iter().map(|path| path.as_bytes()).chain(lines) {
            rules.ignores(path);
            let (ignored, below) = rules.enter(&rules.root(), path);
            if ignored && rules.may_keep_below(path) {
                rules.enter(&below, &[path, b"/a"].concat());
            }
        }
        true
    });
}

#[test]
fn image_references() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "docker.io", "index.docker.io", "localhost", "registry.example.com", ":5000", "/", "/", "library",
        "app", "a", "0", ":", ":latest", ":v1.2_3-x", "@", "@sha256:", "sha512:", ".", "..", "-", "--", "_",
        "__", "___", "A", "[::1]", "[", "]", "é", " ", "\n", "%", "$", "{{.TAG}}",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ];
    let samples = [
        "app",
        "team/app:v1",
        "localhost:5000/a/b@sha256:0123456789abcdef0123456789abcdef",
        "docker.io/library/x",
    ];
    fuzz("image references", inputs(PIECES, 10, &samples.map(Into::into)), |input| {
        let text = input.text();
        let Ok(reference) = Reference::parse(&text) else { return false };
        assert_eq!(reference.as_str(), text);
        assert!(reference.name().ends_with(reference.path()) && !reference.domain().is_empty());
        let same = |other: &str| {
            assert_eq!(Reference::parse(other).unwrap().normalized(), reference.normalized(), "{other}");
        };
        same(&reference.normalized());
        // A path on Docker Hub may begin like a registry's name, which its familiar form then is.
        let first = reference.path().split('/').next().unwrap_or_default();
        if !first.contains('.') && first != "localhost" {
            same(&reference.familiar());
        }
        true
    });
}

#[rustfmt::skip]
const YAML: &[&str] = &[
    "\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "- ", ": ", ":", "? ", "a", "b: c", "'", "\"", "\\",
    "\\u00e9", "\\x", "|\n", ">-\n", "|2\n", "{", "}", "[", "]", ", ", "&a ", "*a", "<<: *a", "<<: ",
    "!!str ", "!!int ", "!x ", "!<", "%YAML 1.2\n", "---\n", "...\n", "# c", "null", "~", "true", "yes",
    "1.10", "0x1F", "0o7", "1e400", ".inf", "-.nan", "2020-01-01", "\t", "\r\n", "\u{feff}", "é", "日本",
    "\u{0}", "\u{2028}", "@", "`", "%", "=",
];

#[test]
fn yaml_documents() {
    let samples: Vec<_> = [samples("config/valid"), samples("config/invalid")].concat();
    fuzz("YAML", inputs(YAML, 40, &samples), |input| {
        let Ok(source) = Source::from_bytes("a.yaml", &input.0) else { return false };
        shown(yaml::parse(&source))
    });
}

#[test]
fn project_files() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "\n", "\n  ", "\n    ", "\n  - ", "\n- ", ": ", "apiVersion: skaffold/v4beta14\nkind: Config\n",
        "apiVersion: skaffold/v1\n", "apiVersion: ", "kind: Config\n", "metadata: {name: a}\n", "build:\n",
        "  artifacts:\n", "  - image: app\n", "    docker: {dockerfile: D, target: t}\n", "    docker:\n",
        "    context: x\n", "    requires: [{image: app, alias: A}]\n", "    custom: {buildCommand: make}\n",
        "    buildArgs: {A: '{{.B}}'}\n", "  tagPolicy: {sha256: {}}\n", "  tagPolicy:\n",
        "    envTemplate: {template: '{{.X}}'}\n", "  local: {push: true}\n", "  platforms: [linux/amd64]\n",
        "profiles:\n", "- name: p\n", "  patches:\n",
        "  - {op: replace, path: /build/artifacts/0/image, value: x}\n", "  - {op: remove, path: /build}\n",
        "  activation: [{command: dev}]\n", "requires:\n", "- path: other\n", "- configs: [a]\n",
        "manifests: {rawYaml: [k.yaml]}\n", "deploy: {kubectl: {}}\n", "test:\n", "- image: app\n",
        ".skeg:\n", "  builder: b\n", "  artifacts: [{image: app}]\n", "---\n", "null", "{}", "[]", "1",
        "true", "''", "&a ", "*a", "<<: *a", "é", "{{", "}}",
    ];
    let folder = tempfile::tempdir().unwrap();
    let samples = [samples("config/valid"), samples("config/valid"), samples("config/invalid")].concat();
    // Nothing is fetched from anywhere.
    let mut nowhere = skeg::settings::env::Environment::default();
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY"] {
        nowhere.vars.insert(proxy.into(), "http://127.0.0.1:1".into());
    }
    fuzz("project files", inputs(PIECES, 30, &samples), move |input| {
        let text = input.text();
        let names = text.lines().filter_map(|line| line.trim_start().strip_prefix("- name: "));
        let mut options = LoadOptions {
            filename: Some("-".into()),
            cwd: folder.path().into(),
            profiles: vec![],
            modules: vec![],
            propagate_profiles: false,
            sync_remote_cache: config::SyncRemoteCache::Never,
            environment: nowhere.clone(),
            ..LoadOptions::default()
        };
        let taken = shown(config::load(&options, &mut &*input.0));
        options.profiles = names.map(str::to_owned).collect();
        if !options.profiles.is_empty() {
            shown(config::load(&options, &mut &*input.0));
        }
        taken
    });
}

/// All samples of project files, in all folders below `testdata/config`.
fn project_samples(folder: &Path, samples: &mut Vec<Vec<u8>>) {
    let mut paths: Vec<_> = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            project_samples(&path, samples);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            samples.push(fs_err::read(path).unwrap());
        }
    }
}

/// Through the whole loader: every sample with changes to bytes, words and lines, and the head of one sample with the tail
/// of another; with and without its profiles, for every verb, its warnings, and its errors in each form.
#[test]
fn mutated_project_files() {
    const CASES: u32 = 20_000;
    const LIMIT: Duration = Duration::from_millis(200);
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "\n---\n", ": ", "- ", "{", "}", "[", "]", ", ", "'", "\"", "#", "~",
        "&a ", "*a", "<<: *a", "|\n", "!!str ", "null", "true", "0", "-1", "99999999999999999999", "1.10", "''", "é",
        "{{.A}}", "{{", "\t", "\r", "\u{0}", "v4beta14", "v2beta29", "v1beta9", "v1alpha1", "apiVersion", "kind",
        "artifacts", "image", "context", "docker", "kaniko", "custom", "sync", "manual", "infer", "requires", "alias",
        "tagPolicy", "sha256", "local", "cluster", "profiles", "name", "patches", "op", "path", "value", "from",
        "/build/artifacts/0/image", "/build/artifacts/-", "/deploy/helm/releases/0/artifactOverrides/image", "activation",
        "manifests", "rawYaml", "deploy", "kubectl", "helm", "releases", "kustomize", "portForward", "test", "verify",
        "container", "customActions", ".skeg", "builder",
    ];
    const VERBS: [&str; 4] = ["build", "fix", "verify", "deploy"];
    let mut samples = vec![];
    project_samples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/config"), &mut samples);
    assert!(samples.len() > 250, "{} samples", samples.len());
    let folder = tempfile::tempdir().unwrap();
    let (cases, seed) = (number("SKEG_FUZZ_CASES", CASES), number("SKEG_FUZZ_SEED", SEED));
    let workers = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap().min(8));
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (samples, folder) = (samples.clone(), folder.path());
            scope.spawn(move || {
                let half = |(one, other, head, tail): (Vec<u8>, Vec<u8>, Index, Index)| {
                    [&one[..head.index(one.len() + 1)], &other[tail.index(other.len() + 1)..]].concat()
                };
                let two = (select(samples.clone()), select(samples.clone()), any::<Index>(), any::<Index>());
                let text = prop_oneof![4 => select(samples), 1 => two.prop_map(half)];
                let inputs = (text, vec(Change::any(PIECES), 0..4)).prop_map(|(mut text, changes)| {
                    for change in &changes {
                        change.apply(&mut text);
                    }
                    Input(text)
                });
                let cwd = folder.to_owned();
                let read = move |input: &Input| {
                    let text = input.text();
                    let names = text
                        .split("name: ")
                        .skip(1)
                        .filter_map(|rest| rest.split([',', '}', '\n', '\r']).next());
                    let mut options = LoadOptions {
                        filename: Some("-".into()),
                        cwd: cwd.clone(),
                        ..LoadOptions::default()
                    };
                    let taken = told(&options, input, VERBS[input.0.len() % VERBS.len()]);
                    options.profiles = names.map(str::to_owned).collect();
                    told(&options, input, "build");
                    taken
                };
                let share = cases / workers + u32::from(worker < cases % workers);
                fuzz_within("mutated project files", share, seed + u64::from(worker), LIMIT, inputs, read);
            });
        }
    });
}

/// Whether a project is read and holds to the rules of a verb. All that is to be told of it can be.
fn told(options: &LoadOptions, input: &Input, verb: &str) -> bool {
    let project = config::read(options, &mut &*input.0);
    let checked = project.and_then(|project| {
        config::validate_for(&project, config::Demands::of(verb))?;
        Ok(config::warnings(&project))
    });
    let (reports, taken) = match checked {
        Ok(warnings) => (warnings, true),
        Err(report) => (vec![*report], false),
    };
    for report in reports {
        assert!(!render(&report, false).is_empty());
        let lines = diagnostic::lines(&report, Severity::Error);
        assert!(lines.ends_with('\n') && !lines.contains("\n\n"), "{lines}");
        for line in diagnostic::json_lines(&report, Severity::Warning).lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
        }
    }
    taken
}

#[test]
fn templates() {
    // Not `cmd`, which runs programs.
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "{{", "}}", "{{", "}}", "{{-", "-}}", "{{.NAME}}", "{{.Builds}}", "{{range .Builds}}",
        "{{range $i, $b := .Builds}}", "{{end}}", "{{else}}", "{{if .NAME}}", "{{with .NAME}}",
        "{{/* c */}}", "{{json .}}", "{{$x := 1}}", "{{define \"t\"}}", "{{template \"t\" .}}",
        "{{template \"t\"}}", "{{block \"t\" .}}", "{{break}}", "{{continue}}", ".NAME", ".", "$", "$x",
        ":=", " | ", "(", ")", " ", "\"a\"", "\"", "`b`", "`", "'c'", "\\", "1", "-7", "0x1F", "1e9",
        "9223372036854775807", "default ", "upper ", "trunc ", "substr 1 3 ", "repeat 3 ", "indent 2 ",
        "replace \"a\" \"b\" ", "splitList \",\" ", "join \"-\" ", "list 1 2 ", "printf \"%s %d %v\" ",
        "printf ", "%[1]d", "%*d", "index ", "len ", "slice ", "eq ", "and ", "not ", "int ", "add ", "div ",
        "mod ", "date \"2006-01-02\" ", "now ", "dateInZone ", "toJson ", "regexMatch \"a+\" ",
        "regexReplaceAll \"(a)\" ", "b64dec ", "sha256sum ", "quote ", "env \"X\" ", "title ", "snakecase ",
        "é", "日", "\n", "text", "dict \"a\" ", "set $x \"k\" ", "$x", "$x := dict", "until ", "untilStep 0 ",
        "seq ", "concat $x ", "append ", "chunk 2 ", "slice ", "merge ", "dig ", "deepCopy ", "fromJson ",
        "toPrettyJson ", "wrap ", "abbrev ", "camelcase ", "kebabcase ", "nindent ", "splitn ", "regexFind ",
        "regexSplit \"[a-\" ", "\"(a{9}){9}\"", "round 1.5 ", "divf ", "mulf 1e300 ", "atoi ", "toDecimal ",
        "semver ", "semverCompare \"^1.x\" ", ".Major", ".Year", ".Format ", "toDate \"2006\" ",
        "dateModify ", "durationRound ", "duration ", "urlParse ", "urlJoin ", "b32dec ", "clean ", "quote ",
        "typeOf ", "deepEqual ", "{{else if ", "{{else with ", "{{define \"u\"}}", "{{template \"u\" $}}",
        "{{range until 9999}}", "'\\''", "\"\\u00e9\"", "0b1", "1_0", ".5", "nil", "%#v", "%[2]*.[1]*f",
        "%+q", "%x", "%08.3f", "\"%1000000d\"", "js ", "html ", "urlquery ", "expandenv \"${A\" ", "uuidv4",
        "randAlpha ", "shuffle ", "cat ", "pluck \"a\" ", "ternary 1 2 ", "coalesce ", "{{- ", " -}}",
    ];
    let samples = [
        "{{$d := dict}}{{range $i := until 3}}{{$_ := set $d (toString $i) $d}}{{end}}{{$d.a}}",
        "{{define \"u\"}}{{with .}}{{template \"u\" .}}{{end}}{{end}}{{template \"u\" .NAME}}",
        "{{range $k, $v := dict \"a\" 1 \"b\" (list 1 \"x\")}}{{$k}}{{printf \"%v|%q\" $v $k}}{{break}}{{else}}z{{end}}",
        "{{.NAME}}-{{.TAG | default \"none\" | upper}}",
        "{{range .Builds}}{{.ImageName}}={{.Tag}}\n{{end}}",
        "{{if eq .NAME \"a\"}}{{printf \"%05d\" 7}}{{else}}{{trunc 3 .TAG}}{{end}}",
        "{{$x := list 1 2 3}}{{range $i, $v := $x}}{{$i}}:{{$v}} {{end}}",
        "{{date \"2006-01-02\" now}} {{substr 0 2 \"héllo\"}} {{indent 2 \"a\\nb\"}}",
    ];
    let variables = template::Context::new([("NAME", "a"), ("TAG", "v1.0-é"), ("EMPTY", "")]);
    let value =
        serde_json::json!({"builds": [{"imageName": "app", "tag": "app:v1"}, {"imageName": "é", "tag": ""}]});
    fuzz("templates", inputs(PIECES, 16, &samples.map(Into::into)), move |input| {
        let text = input.text();
        let taken = template::expand(&text, &variables).is_ok();
        shown(ValueTemplate::parse(&text).and_then(|template| template.render(&value)));
        taken
    });
}

#[test]
fn dockerfiles() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "\n", "\n", "\\\n", "`\n", "FROM ", "FROM alpine\n",
        "FROM --platform=$BUILDPLATFORM golang:1 AS build\n", " AS ", "ARG ", "ARG A=1 B=\"x y\"\n",
        "ENV A=$B ${C:-d} ${E%.*}\n", "COPY ", "COPY --from=build --chown=1:1 --link a b /c/\n",
        "COPY [\"a b\", \"c\"]\n", "ADD https://example.com/x /x\n", "RUN ",
        "RUN --mount=type=bind,source=a,target=/a,from=build ls\n", "RUN <<EOF\n", "EOF\n", "<<-\"EOF\" ",
        "<<", "WORKDIR /a\n", "USER $U\n", "EXPOSE 80/tcp\n", "CMD [\"a\"]\n", "ENTRYPOINT a b\n",
        "LABEL a=b c=\"d\n", "ONBUILD COPY . .\n", "HEALTHCHECK CMD x\n", "SHELL [\"sh\", \"-c\"]\n",
        "STOPSIGNAL 9\n", "VOLUME /v\n", "MAINTAINER me\n", "# syntax=docker/dockerfile:1\n", "# escape=`\n",
        "# check=skip=all\n", "# comment\n", "#", "\"", "'", "[", "]", "{", "}", "$", "${", "${A", "\\", "=",
        "--", "--from=", "--exclude=*.x ", "--parents ", " ", "\t", "\r\n", "\u{feff}", "é", "*", "../",
        "scratch", "build",
    ];
    let samples = [
        "# syntax=docker/dockerfile:1\nARG BASE=alpine\nFROM ${BASE} AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN --mount=type=cache,target=/root/.cache go build -o /app \\\n  # why\n  ./cmd\nFROM scratch\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]\n",
        "# escape=`\nFROM windows AS w\nRUN dir `\n  c:\\\nADD --chown=a:b --chmod=755 x y \"z w\" /to/\nRUN <<EOF cat >a <<-'B'\none\nEOF\n\ttwo\n\tB\nONBUILD RUN x\n",
    ];
    fuzz("Dockerfiles", inputs(PIECES, 24, &samples.map(Into::into)), |input| {
        let text = input.text();
        // What it reads is worked out of any text: where that is not certain, it is everything.
        let options = dockerfile::Options {
            target: None,
            args: &BTreeMap::new(),
            platform: "linux/arm64",
            build_platform: "linux/amd64",
            contexts: &BTreeMap::new(),
            onbuild: &|_| Some(vec![text.to_string()]),
        };
        dockerfile::analyze(&text, &options);
        Dockerfile::parse(&text).is_ok_and(|file| {
            file.declares_arg("A");
            file.stages().len() < text.len()
        })
    });
}
