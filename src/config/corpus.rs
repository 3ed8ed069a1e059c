//! Samples that say themselves what must come out, in comments that begin with `#>` (or, where a comment cannot stand in
//! the file, in `NAME.expect` beside it):
//!
//! ```text
//! #> profiles: a,-b            --profile
//! #> modules: x                --module
//! #> verb: fix                 checked for this verb, not for `build`
//! #> error 4:3: part of title  every finding, in order (`other.yaml:4:3` in another file, `error: title` without a place)
//! #> warning 4:3: title        every warning, in order
//! #> told 4: part of title      among what is told of upgrading and profiles (`4:3` says the column too)
//! #> image web by docker from web
//! #> path.to[0].value = text   what is written there in the newest version's words; lists and mappings as in JSON, unquoted
//! #> path.to[0] absent
//! ```
//!
//! Images and values are those of all documents; `@1 ` in front of a path means the second document.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::diagnostic::Report;
use crate::yaml::Data;

/// What a sample says must come out, in its order.
#[derive(Default)]
struct Expectation {
    profiles: Vec<String>,
    modules: Vec<String>,
    verb: String,
    errors: Vec<String>,
    warnings: Vec<String>,
    told: Vec<String>,
    images: Vec<String>,
    values: Vec<String>,
}

impl Expectation {
    fn of(path: &Path) -> Self {
        let beside = PathBuf::from(format!("{}.expect", path.display()));
        let bytes = fs_err::read(if beside.exists() { &beside } else { path }).unwrap();
        let mut expected = Self::default();
        for line in String::from_utf8_lossy(&bytes).lines().filter_map(|line| line.strip_prefix("#> ")) {
            let list = |names: &str| names.split(',').map(str::to_owned).collect();
            match line.split_once(' ').unwrap_or((line, "")) {
                ("profiles:", names) => expected.profiles = list(names),
                ("modules:", names) => expected.modules = list(names),
                ("verb:", name) => expected.verb = name.to_owned(),
                ("error", text) => expected.errors.push(text.to_owned()),
                ("error:", text) => expected.errors.push(format!(": {text}")),
                ("warning", text) => expected.warnings.push(text.to_owned()),
                ("told", text) => expected.told.push(text.to_owned()),
                ("image", text) => expected.images.push(text.to_owned()),
                _ => expected.values.push(line.to_owned()),
            }
        }
        expected
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/config").join(name)
}

/// The samples below a folder: files, and folders with a project file (whose other files are theirs).
fn samples(folder: &Path) -> Vec<PathBuf> {
    let mut paths = vec![];
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.join("skaffold.yaml").exists() {
            paths.push(path.join("skaffold.yaml"));
        } else if path.is_dir() {
            paths.extend(samples(&path));
        } else if path.extension().is_some_and(|extension| extension != "expect") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
}

/// `line:column: title`, the file in front where it is not the sample itself.
fn told(report: &Report, name: &str) -> Vec<String> {
    let finding = |finding: &Report| {
        let Some(place) = finding.excerpts.first() else { return format!(": {}", finding.title) };
        let (line, column) = place.line_column();
        let file = place.path.display().to_string();
        let file = if file == name { String::new() } else { format!("{file}:") };
        format!("{file}{line}:{column}: {}", finding.title)
    };
    report.findings().iter().map(finding).collect()
}

/// A node in one line.
fn flow(node: &Node) -> String {
    match &node.data {
        Data::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Data::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", flow(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Data::Null => "null".into(),
        _ => node.text().unwrap_or_default().into_owned(),
    }
}

/// `a.b[0].c` as keys; `"a.b"` in quotes is one key.
fn keys(path: &str) -> Vec<Key> {
    let mut keys = vec![];
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some((name, after)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            keys.push(Key::from(name.to_owned()));
            rest = after;
        } else if let Some((index, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            keys.push(Key::from(index.parse::<usize>().unwrap()));
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            keys.push(Key::from(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    keys
}

/// What is at the path of an expectation, written as the expectation.
fn value(project: &Project, expected: &str) -> String {
    let (index, rest) = match expected.strip_prefix('@').and_then(|rest| rest.split_once(' ')) {
        Some((index, rest)) => (Some(index), rest),
        None => (None, expected),
    };
    let path = rest.strip_suffix(" absent").or_else(|| rest.split_once(" = ").map(|(path, _)| path));
    let path = path.unwrap_or_else(|| panic!("no expectation: {expected}"));
    let module = &project.modules[index.map_or(0, |index| index.parse().unwrap())];
    let found = module.tree.at(&keys(path)).map(flow);
    let index = index.map(|index| format!("@{index} ")).unwrap_or_default();
    found.map_or_else(|| format!("{index}{path} absent"), |found| format!("{index}{path} = {found}"))
}

/// What comes out of a sample, written as its expectations; only the values that it speaks of.
fn outcome(path: &Path, expected: &Expectation) -> Expectation {
    let name = path.file_name().unwrap().to_str().unwrap();
    let options = LoadOptions {
        filename: Some(name.to_owned()),
        cwd: path.parent().unwrap().to_owned(),
        profiles: expected.profiles.clone(),
        modules: expected.modules.clone(),
        ..LoadOptions::default()
    };
    let mut outcome = Expectation::default();
    let loaded = read(&options, &mut std::io::empty())
        .and_then(|project| validate_for(&project, Demands::of(&expected.verb)).map(|()| project));
    match loaded {
        Ok(project) => {
            outcome.warnings = warnings(&project).iter().flat_map(|report| told(report, name)).collect();
            outcome.told = project.warnings.iter().flat_map(|report| told(report, name)).collect();
            outcome.images = project
                .artifacts()
                .map(|(_, _, artifact)| {
                    let context = artifact.context.as_deref().unwrap_or_default();
                    let context = context.replace(path.parent().unwrap().to_str().unwrap(), "<here>");
                    format!("{} by {} from {context}", artifact.image, artifact.kind())
                })
                .collect();
            outcome.values = expected.values.iter().map(|line| value(&project, line)).collect();
        }
        Err(report) => outcome.errors = told(&report, name),
    }
    outcome
}

/// Checks the samples of a folder, and tells all that come out otherwise than they say.
fn check(name: &str, least: usize) -> Vec<Expectation> {
    let paths = samples(&folder(name));
    assert!(paths.len() >= least, "{} samples in {name}", paths.len());
    let mut wrong = String::new();
    let mut all = vec![];
    for path in paths {
        let expected = Expectation::of(&path);
        let mut found = outcome(&path, &expected);
        // All that is said must be told; more may be.
        let tells = |line: &String, found: &String| {
            let (place, title) = line.split_once(": ").unwrap_or(("", line));
            found.strip_prefix(place).is_some_and(|rest| rest.starts_with(':') && rest.contains(title))
        };
        if expected.told.iter().all(|line| found.told.iter().any(|told| tells(line, told))) {
            found.told.clone_from(&expected.told);
        }
        for (what, expected, found) in [
            ("error ", &expected.errors, &found.errors),
            ("warning ", &expected.warnings, &found.warnings),
            ("told ", &expected.told, &found.told),
            ("image ", &expected.images, &found.images),
            ("", &expected.values, &found.values),
        ] {
            let same = |(expected, found): (&String, &String)| {
                let (place, title) = expected.split_once(": ").unwrap_or(("", expected));
                found
                    .strip_prefix(place)
                    .is_some_and(|found| found.starts_with(": ") && found.contains(title))
            };
            let right = match what {
                "error " => expected.len() == found.len() && expected.iter().zip(found).all(same),
                _ => expected == found,
            };
            if !right {
                let shown = path.strip_prefix(folder("")).unwrap().display();
                writeln!(wrong, "{shown}").unwrap();
                let line = |line: &String| format!("#> {what}{line}\n").replace("error :", "error:");
                for (word, lines) in [("said ", expected), ("found", found)] {
                    lines.iter().try_for_each(|text| write!(wrong, "  {word} {}", line(text))).unwrap();
                }
            }
        }
        let says = expected.errors.len() + expected.images.len() + expected.values.len();
        if says == 0 {
            writeln!(wrong, "{}: says nothing", path.display()).unwrap();
        }
        all.push(expected);
    }
    assert!(wrong.is_empty(), "{wrong}");
    all
}

#[test]
fn every_rule_is_found_at_its_place() {
    let samples = check("rules", 20);
    let index = regex::Regex::new(r"\[\d+\]").unwrap();
    let told: Vec<String> = samples
        .iter()
        .flat_map(|sample| &sample.errors)
        .map(|error| index.replace_all(error, "[]").into_owned())
        .collect();
    let untold: Vec<String> = validate::rules()
        .into_iter()
        .filter(|rule| {
            !told.iter().any(|error| error.split_once(": ").is_some_and(|(_, title)| title.starts_with(rule)))
        })
        .collect();
    assert_eq!(untold, [] as [String; 0], "without a sample");
}

#[test]
fn samples_of_the_newest_versions_come_out_as_they_say() {
    let valid = check("corpus/valid", 45);
    assert!(valid.iter().all(|sample| sample.errors.is_empty()));
    let invalid = check("corpus/invalid", 20);
    assert!(invalid.iter().all(|sample| !sample.errors.is_empty()));
}

#[test]
fn samples_of_every_version_come_out_as_they_say() {
    let valid = check("versions/valid", 70);
    assert!(valid.iter().all(|sample| sample.errors.is_empty()));
    let invalid = check("versions/invalid", 25);
    assert!(invalid.iter().all(|sample| !sample.errors.is_empty()));
}
