//! The root file, and projects of several documents and files as a table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::diagnostic::Report;

const MINIMAL: &str = "apiVersion: skaffold/v4beta14\nkind: Config\nmetadata: {name: x}\n";

/// A folder with these files, and the outcome of reading it.
fn read_in(files: &[&str], filename: Option<&str>, stdin: &str) -> Result<(String, PathBuf)> {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, MINIMAL.replace('x', &file.replace(['/', '.'], "-"))).unwrap();
    }
    let options =
        LoadOptions { filename: filename.map(Into::into), cwd: dir.path().into(), ..LoadOptions::default() };
    let project = load(&options, &mut stdin.as_bytes())?;
    let module = &project.modules[0];
    assert_eq!(module.dir, dir.path());
    Ok((module.name.clone().unwrap(), module.source.path.clone()))
}

#[test]
fn the_root_file_is_found() {
    for (files, filename, name, shown) in [
        (&["skaffold.yml", "skaffold.yaml", "skeg.yaml"][..], None, "skaffold-yaml", "skaffold.yaml"),
        (&["skaffold.yml", "skeg.yaml"], None, "skaffold-yml", "skaffold.yml"),
        (&["skeg.yaml"], None, "skeg-yaml", "skeg.yaml"),
        (&["skaffold.yaml", "d/other.yaml"], Some("d/other.yaml"), "d-other-yaml", "d/other.yaml"),
        (&["d/a.yaml"], Some("./d/../d/a.yaml"), "d-a-yaml", "./d/../d/a.yaml"),
        (&["d/skaffold.yml"], Some("d/skaffold.yaml"), "d-skaffold-yml", "d/skaffold.yml"),
        (&["d/skaffold.yaml"], Some("d"), "d-skaffold-yaml", "d/skaffold.yaml"),
        (&["skaffold.yaml"], Some("-"), "x", "<stdin>"),
    ] {
        let found = read_in(files, filename, MINIMAL);
        assert_eq!(found, Ok((name.into(), shown.into())), "{files:?} {filename:?}");
    }
}

#[test]
fn a_root_file_that_cannot_be_read_is_named() {
    for (filename, title) in [
        (Some("a.yaml"), "the project file a.yaml does not exist"),
        (Some("other.yaml"), "the project file other.yaml does not exist"),
        (Some(""), "`--filename` is empty"),
        (Some("-"), "<stdin> holds no configuration"),
    ] {
        let report = read_in(&["skaffold.yml"], filename, "").unwrap_err();
        assert_eq!(report.title, title);
        assert!(!report.hints.is_empty(), "{title}");
    }
    let report = read_in(&["k8s/app.yaml"], None, "").unwrap_err();
    assert!(report.title.starts_with("no project file in /"), "{}", report.title);
    assert_eq!(report.causes, ["looked for skaffold.yaml, skaffold.yml, skeg.yaml"]);
}

#[test]
fn what_is_not_written_down_is_shown_at_the_nearest_thing_that_is() {
    let text = format!(
        "{MINIMAL}build:\n  artifacts:\n  - image: a\n    jib:\n      type: maven\n.skeg: {{builder: b}}\n"
    );
    let options = LoadOptions { filename: Some("-".into()), cwd: "/p".into(), ..LoadOptions::default() };
    let project = load(&options, &mut text.as_bytes()).unwrap();
    let module = &project.modules[0];
    for (path, shown) in [
        (&["jib".into()][..], "jib"),
        (&["jib".into(), "type".into()], "maven"),
        (&["context".into()], "image: a"),
        (&["docker".into(), "dockerfile".into()], "image: a"),
    ] {
        let excerpt = module.locate_artifact(0, path);
        assert_eq!(&excerpt.text[excerpt.span], shown, "{path:?}");
    }
    assert_eq!(module.locate(&[".skeg".into(), "builder".into()]).line_column(), (9, 18));
    assert_eq!(module.locate(&["deploy".into()]).line_column(), (1, 1));
}

/// `place: title` and the rest, in one line.
fn compact(report: &Report) -> String {
    let mut text = String::new();
    for excerpt in &report.excerpts {
        let (line, column) = excerpt.line_column();
        write!(
            text,
            "{}:{line}:{column} `{}`| ",
            excerpt.path.display(),
            &excerpt.text[excerpt.span.clone()]
        )
        .unwrap();
    }
    text.push_str(&report.title);
    for cause in &report.causes {
        write!(text, "| {cause}").unwrap();
    }
    for hint in &report.hints {
        write!(text, "| {hint}").unwrap();
    }
    text
}

/// A project, as `FILE` lines followed by their texts; `%` stands for a document's first lines, which end with its
/// name.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text.replace('%', "apiVersion: skaffold/v4beta14\nkind: Config\nmetadata: "))
                .unwrap();
        }
        Self(dir)
    }

    /// `name[profiles]@folder` of each module, then warnings; or the error. Flags are `-p x`, `-m x`, `-c context`.
    fn load(&self, flags: &str) -> String {
        let mut options = LoadOptions {
            cwd: self.0.path().into(),
            command: "build".into(),
            kube_context: Some("kind-dev".into()),
            ..LoadOptions::default()
        };
        let mut words = flags.split_whitespace();
        while let Some(word) = words.next() {
            let mut list = || words.next().unwrap().split(',').map(str::to_owned).collect();
            match word {
                "-p" => options.profiles = list(),
                "-m" => options.modules = list(),
                "-c" => options.kube_context = words.next().map(str::to_owned),
                "-f" => options.filename = words.next().map(str::to_owned),
                "--no-propagation" => options.propagate_profiles = false,
                "--no-activation" => options.auto_activation = false,
                _ => panic!("{word}"),
            }
        }
        let said = match load(&options, &mut std::io::empty()) {
            Ok(project) => {
                let names = project.modules.iter().map(|module| {
                    let dir = module.dir.strip_prefix(self.0.path()).unwrap();
                    let name = module.name.as_deref().unwrap_or("-");
                    let profiles = module.active_profiles.join(",");
                    let profiles = if profiles.is_empty() { profiles } else { format!("[{profiles}]") };
                    let dir =
                        if dir == Path::new("") { String::new() } else { format!("@{}", dir.display()) };
                    format!("{name}{profiles}{dir}")
                });
                let mut text = names.collect::<Vec<_>>().join(" ");
                for warning in &project.warnings {
                    write!(text, " ({})", compact(warning)).unwrap();
                }
                text
            }
            Err(report) => compact(&report),
        };
        said.replace(self.0.path().to_str().unwrap(), "<project>")
    }
}

#[test]
fn projects_of_several_documents_and_files() {
    /// What it is about, its files, and what the flags make of them.
    type Project =
        (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);
    let table: &[Project] = &[
        (
            "documents of one file",
            &[(
                "skaffold.yaml",
                "%{name: a}\n---\n%{name: b}\nrequires: [{configs: [a]}]\n---\n%{name: c}\nrequires: [{configs: [b]}]\n",
            )],
            &[
                ("", "a b c"),
                ("-m a", "a"),
                ("-m b", "a b"),
                ("-m c", "a b c"),
                ("-m a,c", "a b c"),
                ("-m other", "the project has no module `other`| known: a, b, c"),
                ("-m A", "the project has no module `A`| did you mean `a`?"),
            ],
        ),
        (
            "what is required comes first, also when it stands later",
            &[(
                "skaffold.yaml",
                "%{name: a}\nrequires: [{configs: [c]}]\n---\n%{name: b}\n---\n%{name: c}\n",
            )],
            &[("", "c a b"), ("-m b", "b"), ("-m a", "c a")],
        ),
        (
            "a folder's file by each of its names",
            &[
                (
                    "skaffold.yaml",
                    "%{name: root}\nrequires: [{path: x}, {path: y/other.yaml}, {path: ./z/../z}]\n",
                ),
                ("x/skaffold.yml", "%{name: x}\nrequires: [{path: ../z/skaffold.yaml}]\n"),
                ("y/other.yaml", "%{name: y}\nrequires: [{path: ../z, configs: [z2]}]\n"),
                ("z/skaffold.yaml", "%{name: z1}\n---\n%{name: z2}\n"),
            ],
            &[
                ("", "z1@z z2@z x@x y@y root"),
                ("-m x", "z1@z z2@z x@x"),
                ("-m y", "z2@z y@y"),
                ("-m z1", "z1@z"),
                ("-f y/other.yaml", "z2@z y"),
            ],
        ),
        (
            "cycles end",
            &[
                ("skaffold.yaml", "%{name: a}\nrequires: [{path: b}]\n"),
                ("b/skaffold.yaml", "%{name: b}\nrequires: [{path: ..}, {}]\n"),
            ],
            &[("", "b@b a"), ("-m b", "a b@b")],
        ),
        (
            "empty entries mean the file itself",
            &[(
                "skaffold.yaml",
                "%{name: a}\nrequires: [{}, {path: }, {path: ''}, {path: skaffold.yaml}]\n---\n%{name: b}\n",
            )],
            &[("", "b a")],
        ),
        (
            "names that are not there do nothing, and are told",
            &[
                (
                    "skaffold.yaml",
                    "%{name: a}\nrequires:\n- path: b\n  configs: [bb]\n- path: b\n  activeProfiles: [{name: prdo}]\n",
                ),
                ("b/skaffold.yaml", "%{name: b}\nprofiles: [{name: prod}]\n"),
            ],
            &[(
                "",
                "b@b a (skaffold.yaml:6:13 `bb`| b/skaffold.yaml has no config `bb`| did you mean `b`?) (skaffold.yaml:8:21 `name: prdo`| b/skaffold.yaml has no profile `prdo`| did you mean `prod`?)",
            )],
        ),
        (
            "duplicate names",
            &[
                ("skaffold.yaml", "%{name: a}\nrequires: [{path: b}]\n"),
                ("b/skaffold.yaml", "%{name: a}\n"),
                ("one/skaffold.yaml", "%{name: a}\n---\n%{name: a}\n"),
            ],
            &[
                (
                    "",
                    "b/skaffold.yaml:3:18 `a`| skaffold.yaml:3:18 `a`| two configurations are named `a`| give each `metadata.name` once",
                ),
                (
                    "-f one",
                    "one/skaffold.yaml:7:18 `a`| one/skaffold.yaml:3:18 `a`| two configurations are named `a`| give each `metadata.name` once",
                ),
            ],
        ),
        (
            "what is missing",
            &[
                ("skaffold.yaml", "%{name: a}\nrequires: [{path: b}]\n"),
                ("two/skaffold.yaml", "%{name: a}\nrequires:\n- path: ../empty\n"),
                ("empty/other.yaml", ""),
                ("three/skaffold.yaml", "%{name: a}\nrequires:\n- path: b\n  git: {repo: x}\n"),
                ("four/skaffold.yaml", "%{name: a}\nrequires:\n- path: ../bad.yaml\n"),
                ("bad.yaml", "%{name: a\n"),
                ("five/skaffold.yaml", "%{name: a}\nrequires: [{path: b}, {path: c}]\n"),
            ],
            &[
                (
                    "-f five",
                    "five/skaffold.yaml:4:19 `b`| five/skaffold.yaml:4:30 `c`| 2 errors in five/skaffold.yaml",
                ),
                (
                    "",
                    "skaffold.yaml:4:19 `b`| a required project file is missing: b does not exist| correct the path; it is relative to the folder of this file",
                ),
                (
                    "-f two",
                    "two/skaffold.yaml:5:9 `../empty`| a required project file is missing: ../empty holds no skaffold.yaml| correct the path; it is relative to the folder of this file",
                ),
                (
                    "-f three",
                    "three/skaffold.yaml:6:3 `git`| `requires[0]` has both `path` and `git`| keep one of path, git",
                ),
            ],
        ),
        (
            "profiles of required documents",
            &[
                (
                    "skaffold.yaml",
                    "%{name: a}\nrequires:\n- path: b\n  activeProfiles: [{name: always}, {name: linked, activatedBy: [dev, prod]}]\nprofiles: [{name: dev}, {name: other}]\n",
                ),
                (
                    "b/skaffold.yaml",
                    "%{name: b}\nprofiles: [{name: always}, {name: linked}, {name: dev}, {name: far}]\n",
                ),
            ],
            &[
                ("", "b[always]@b a"),
                ("-p dev", "b[always,linked,dev]@b a[dev]"),
                ("-p other", "b[always]@b a[other]"),
                ("-p far", "b[always,far]@b a"),
                ("-p dev --no-propagation", "b[always,linked]@b a[dev]"),
                ("-p far --no-propagation", "b[always]@b a"),
                ("-p -always", "b@b a"),
                ("-p dev,-dev", "b[always]@b a"),
                ("-p nobody", "the project has no profile `nobody`| known: always, dev, far, linked, other"),
                ("-p -alwyas", "the project has no profile `alwyas`| did you mean `always`?"),
            ],
        ),
        (
            "activation in every document",
            &[
                (
                    "skaffold.yaml",
                    "%{name: a}\nrequires: [{path: b}]\nprofiles: [{name: k, activation: [{kubeContext: kind}]}]\n",
                ),
                (
                    "b/skaffold.yaml",
                    "%{name: b}\nprofiles: [{name: c, activation: [{command: build}]}, {name: k}]\n",
                ),
            ],
            &[
                ("", "b[c]@b a[k]"),
                ("-c other", "b[c]@b a"),
                ("-p -c", "b@b a[k]"),
                ("-p k", "b[c,k]@b a[k]"),
                ("--no-activation", "b@b a"),
                ("--no-activation -p c", "b[c]@b a"),
            ],
        ),
        (
            "one document with different profiles",
            &[(
                "skaffold.yaml",
                "%{name: a}\nrequires: [{configs: [c], activeProfiles: [{name: p}]}]\n---\n%{name: b}\nrequires: [{configs: [c]}]\n---\n%{name: c}\nprofiles: [{name: p}]\n",
            )],
            &[
                (
                    "",
                    "skaffold.yaml:13:18 `c`| a configuration is required several times with different profiles| once with profiles p, once with no profile| give every `requires` entry that reaches it the same `activeProfiles`",
                ),
                ("-p p", "c[p] a b"),
            ],
        ),
        (
            "patches may change what is required",
            &[
                (
                    "skaffold.yaml",
                    "%{name: a}\nrequires: [{path: b}]\nprofiles:\n- name: p\n  patches: [{path: /requires/0/path, value: c}]\n- name: none\n  patches: [{op: remove, path: /requires/0}]\n- name: bad\n  patches: [{op: add, path: /requires/0/paht, value: c}]\n",
                ),
                ("b/skaffold.yaml", "%{name: b}\n"),
                ("c/skaffold.yaml", "%{name: c}\n"),
            ],
            &[
                ("", "b@b a"),
                ("-p p", "c@c a[p]"),
                ("-p none", "a[none]"),
                (
                    "-p bad",
                    "skaffold.yaml:11:29 `/requires/0/paht`| unknown key `paht` in `requires[0]`| did you mean `path`?",
                ),
            ],
        ),
    ];
    let (mut cases, mut wrong) = (0, vec![]);
    for (about, files, runs) in table {
        let folder = Folder::new(files);
        for (flags, expected) in *runs {
            let said = folder.load(flags);
            if said != *expected {
                wrong.push(format!("{about}: `{flags}`\n   is {said}\n  not {expected}"));
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 35, "{cases}");
}

#[test]
fn forty_modules_come_in_order() {
    let mut files = vec![("skaffold.yaml".to_owned(), "%{name: root}\nrequires:\n".to_owned())];
    for number in 0..40 {
        writeln!(files[0].1, "- path: m{number}").unwrap();
        files.push((
            format!("m{number}/skaffold.yaml"),
            format!("%{{name: m{number}}}\nrequires: [{{path: ../base}}]\n"),
        ));
    }
    files.push(("base/skaffold.yaml".into(), "%{name: base}\n".into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut expected = vec!["base@base".to_owned()];
    expected.extend((0..40).map(|number| format!("m{number}@m{number}")));
    expected.push("root".into());
    assert_eq!(Folder::new(&files).load(""), expected.join(" "));
}
