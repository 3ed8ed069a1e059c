//! A case: a tree with a Dockerfile in it, what `skeg` says of it, and what BuildKit makes of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use skeg::build::known::{Aspect, Own, Surroundings, of_target};
use skeg::engine::{Context, Dockerfile, NamedContext, Target};
use skeg::inputs::Scanner;
use skeg::settings::env::Environment;
use skeg::state::Database;

use super::tree::{Edit, Node, Tree, on_disk};
use crate::support::TestContext;

/// A build without its result.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) tree: Tree,
    /// The path of the Dockerfile in the tree.
    pub(super) dockerfile: String,
    pub(super) target: Option<String>,
    pub(super) args: BTreeMap<String, String>,
    pub(super) platform: Option<String>,
    pub(super) contexts: BTreeMap<String, Source>,
}

/// What a named context is.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A folder of the tree.
    Folder(String),
}

/// What `skeg` says of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// The key, how many files are read, and whether that is the whole context for lack of certainty.
    Known(String, usize, bool),
    /// It is built each time.
    Always,
    /// It cannot be built.
    Refused(String),
}

/// What BuildKit makes of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Image {
    /// The digest; times are not in it.
    Built(String),
    /// Why there is none.
    Refused(String),
}

/// Where cases are built.
pub(super) struct Builder<'a> {
    pub(super) context: &'a TestContext,
    next: AtomicUsize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(context: &'a TestContext, address: &str) -> Self {
        context.create_builder("property", address, &[]);
        Self { context, next: AtomicUsize::new(0) }
    }

    /// Writes the tree into a new folder.
    fn written<T>(&self, tree: &Tree, then: impl FnOnce(&Path, &str) -> T) -> T {
        let suffix = format!("{}-{}", self.context.unique(), self.next.fetch_add(1, Ordering::Relaxed));
        let root = self.context.path("tmp").join(&suffix);
        fs_err::create_dir(&root).unwrap();
        tree.write(&root, &suffix);
        let result = then(&root, &suffix);
        fs_err::remove_dir_all(&root).unwrap();
        result
    }

    /// What `skeg` says of the case.
    pub(super) fn key(&self, case: &Case) -> Key {
        self.written(&case.tree, |root, suffix| {
            let target = Target {
                image: "app".to_owned(),
                context: Context::Local(on_disk(root, "context", suffix)),
                dockerfile: Dockerfile::File(on_disk(root, &case.dockerfile, suffix)),
                stage: case.target.clone(),
                args: case.args.clone(),
                platforms: case.platforms().map(str::to_owned).collect(),
                contexts: case
                    .contexts
                    .iter()
                    .map(|(name, Source::Folder(folder))| {
                        let folder = on_disk(root, folder, suffix).display().to_string();
                        (name.clone(), NamedContext::Source(folder))
                    })
                    .collect(),
                ..Target::default()
            };
            let database = Database::none();
            let surroundings = Surroundings {
                scanner: &Scanner::new(&database),
                environment: &Environment {
                    cwd: on_disk(root, "elsewhere", suffix),
                    ..Environment::default()
                },
                base: &|_| Some("sha256:0".to_owned()),
                onbuild: &|_, _| Some(vec![]),
                salt: Some([0; 32]),
            };
            match of_target(&target, &Own::default(), &surroundings) {
                Err(report) => Key::Refused(format!("{report:?}")),
                Ok(found) if found.always.is_some() || !found.unknown_bases.is_empty() => Key::Always,
                Ok(found) => {
                    let read = found.facts().names(Aspect::File).count();
                    Key::Known(found.key(), read, found.wide.is_some())
                }
            }
        })
    }

    /// Builds the case.
    pub(super) fn build(&self, case: &Case) -> Image {
        self.written(&case.tree, |root, suffix| {
            let path = |path: &str| on_disk(root, path, suffix).display().to_string();
            let metadata = root.join("metadata.json").display().to_string();
            let dockerfile = path(&case.dockerfile);
            // The times of files are no part of what is compared.
            let output = format!(
                "type=image,name=property/{suffix},push=false,rewrite-timestamp=true,source-date-epoch=0"
            );
            let mut args: Vec<String> =
                ["build", "--builder", "property", "--progress=plain", "--provenance=false"]
                    .map(str::to_owned)
                    .to_vec();
            for (flag, value) in
                [("-f", dockerfile), ("--output", output), ("--metadata-file", metadata.clone())]
            {
                args.extend([flag.to_owned(), value]);
            }
            for (flag, value) in [("--target", &case.target), ("--platform", &case.platform)] {
                args.extend(value.iter().flat_map(|value| [flag.to_owned(), value.clone()]));
            }
            for (name, value) in &case.args {
                args.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
            }
            for (name, Source::Folder(folder)) in &case.contexts {
                args.extend(["--build-context".to_owned(), format!("{name}={}", path(folder))]);
            }
            args.push(path("context"));
            let output = self.context.buildx(&args.iter().map(String::as_str).collect::<Vec<_>>());
            if !output.status.success() {
                let why = output.stderr.lines().rev().find(|line| line.starts_with("ERROR"));
                return Image::Refused(why.unwrap_or(&output.stderr).to_owned());
            }
            let metadata: Value = serde_json::from_slice(&fs_err::read(metadata).unwrap()).unwrap();
            Image::Built(metadata["containerimage.digest"].as_str().unwrap().to_owned())
        })
    }
}

impl Case {
    fn platforms(&self) -> impl Iterator<Item = &str> {
        self.platform.iter().flat_map(|platforms| platforms.split(','))
    }

    /// The same build of another tree.
    pub(super) fn with(&self, tree: Tree) -> Self {
        Self { tree, ..self.clone() }
    }

    /// The case and its edits as a row of `integration/edits`.
    pub(super) fn row(&self, edits: &[Edit]) -> String {
        let mut text = String::new();
        let Self { target, args, platform, contexts, dockerfile, .. } = self;
        writeln!(text, "// Dockerfile {dockerfile}, target {target:?}, args {args:?}, platform {platform:?}, contexts {contexts:?}").unwrap();
        text.push_str("before: |p| {\n");
        for (path, node) in &self.tree.0 {
            put(&mut text, path, node);
        }
        text.push_str("},\nedit: |p| {\n");
        for edit in edits {
            match edit {
                Edit::Put(path, node) => put(&mut text, path, node),
                Edit::Remove(path) => writeln!(text, "    p.remove({:?});", relative(path)).unwrap(),
                Edit::Rename(from, to) => {
                    writeln!(text, "    p.rename({:?}, {:?});", relative(from), relative(to)).unwrap();
                }
            }
        }
        text.push_str("},\n");
        text
    }
}

/// A path from the artifact's folder.
fn relative(path: &str) -> String {
    path.strip_prefix("context/").map_or_else(|| format!("../{path}"), str::to_owned)
}

fn put(text: &mut String, path: &str, node: &Node) {
    let path = relative(path);
    match node {
        Node::File(mode, content) => {
            writeln!(text, "    p.write({path:?}, {content:?});").unwrap();
            if *mode != 0o644 {
                writeln!(text, "    p.chmod({path:?}, 0o{mode:o});").unwrap();
            }
        }
        Node::Folder(mode) => {
            writeln!(text, "    p.folder({path:?});").unwrap();
            if *mode != 0o755 {
                writeln!(text, "    p.chmod({path:?}, 0o{mode:o});").unwrap();
            }
        }
        Node::Link(target) => writeln!(text, "    p.symlink({target:?}, {path:?});").unwrap(),
        Node::Pipe => writeln!(text, "    p.sh(\"mkfifo '{path}'\");").unwrap(),
    }
}
