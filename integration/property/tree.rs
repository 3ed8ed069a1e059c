//! Trees of files: made at random, edited at random, written to disk.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::dice::Dice;

/// Names in use. Few, so that patterns, links and new files meet each other.
const NAMES: [&str; 28] = [
    "a", "b", "c.txt", "d.go", "e.go", "src", "lib", "amd64", "a", "b", "src", "c.txt", ".h", "x y", "é",
    "n[1]", "s*r", "q?", "-d", "!n", "a.b", "foo", "foo.md", "sr", "#h", "b\\s", "abc", "A",
];

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Permissions and content.
    File(u32, String),
    /// Permissions.
    Folder(u32),
    /// Target.
    Link(String),
    /// A named pipe.
    Pipe,
}

/// Everything that a case has on disk. The first element of a path is the folder of a context.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tree(pub(super) BTreeMap<String, Node>);

/// A change of a tree. What it needs may be missing; then it changes nothing.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Put(String, Node),
    Remove(String),
    Rename(String, String),
}

/// Any of the names.
pub(super) fn name(dice: &mut Dice) -> String {
    dice.pick(&NAMES).to_owned()
}

/// The path of the folder above.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Tree {
    /// Adds a file.
    pub(super) fn file(&mut self, path: &str, content: String) {
        self.apply(&Edit::Put(path.to_owned(), Node::File(0o644, content)));
    }

    /// Fills a context at random.
    pub(super) fn grow(&mut self, context: &str, count: usize, dice: &mut Dice) {
        self.0.insert(context.to_owned(), Node::Folder(0o755));
        for _ in 0..count {
            let path = self.free(context, dice);
            let node = self.node(context, &path, dice);
            self.apply(&Edit::Put(path, node));
        }
    }

    /// Paths in a context, relative to it.
    pub(super) fn paths(&self, context: &str) -> Vec<String> {
        let prefix = format!("{context}/");
        self.0.keys().filter_map(|path| Some(path.strip_prefix(&prefix)?.to_owned())).collect()
    }

    /// Whether links lead from a path to something that is there.
    pub(super) fn resolves(&self, context: &str, path: &str) -> bool {
        let mut left: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let mut at: Vec<String> = vec![];
        for _ in 0..60 {
            let Some(part) = left.pop() else { return true };
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    at.pop();
                    continue;
                }
                _ => at.push(part),
            }
            match self.0.get(&format!("{context}/{}", at.join("/"))) {
                Some(Node::Link(target)) => {
                    at.pop();
                    if target.starts_with('/') {
                        at.clear();
                    }
                    left.extend(target.rsplit('/').map(str::to_owned));
                }
                Some(Node::Folder(_)) => {}
                Some(_) => return left.is_empty(),
                None => return false,
            }
        }
        false
    }

    /// A path that may be free, in one of the folders.
    fn free(&self, context: &str, dice: &mut Dice) -> String {
        let inside = |path: &str| path == context || path.starts_with(&format!("{context}/"));
        let folders: Vec<&String> = self
            .0
            .iter()
            .filter(|(path, node)| matches!(node, Node::Folder(_)) && inside(path))
            .map(|(path, _)| path)
            .collect();
        let folder = dice.pick(&folders);
        format!("{folder}/{}", name(dice))
    }

    /// Something for this path.
    fn node(&self, context: &str, path: &str, dice: &mut Dice) -> Node {
        match dice.below(100) {
            0..52 => Node::File(dice.pick(&[0o644, 0o644, 0o644, 0o755, 0o600]), content(dice)),
            52..75 => Node::Folder(dice.pick(&[0o755, 0o755, 0o755, 0o700, 0o1777])),
            75..99 => Node::Link(self.target(context, path, dice)),
            _ => Node::Pipe,
        }
    }

    /// Where a link at this path might point.
    fn target(&self, context: &str, path: &str, dice: &mut Dice) -> String {
        let known = self.paths(context);
        let depth = path.matches('/').count() - 1;
        let some = |dice: &mut Dice| if known.is_empty() { name(dice) } else { dice.pick(&known) };
        match dice.below(100) {
            0..45 => format!("{}{}", "../".repeat(depth), some(dice)),
            45..60 => format!("/{}", some(dice)),
            60..75 => name(dice),
            75..85 => dice.pick(&[".", "..", "/", "../..", "./", "../../../a", "/../src"]).to_owned(),
            85..90 => path.rsplit('/').next().unwrap_or_default().to_owned(),
            _ => format!("{}/{}", some(dice), name(dice)),
        }
    }

    /// A change at random, of anything.
    pub(super) fn edit(&self, dice: &mut Dice) -> Edit {
        let contexts: Vec<String> = self.0.keys().filter(|path| !path.contains('/')).cloned().collect();
        let paths: Vec<String> = self.0.keys().filter(|path| path.contains('/')).cloned().collect();
        let fresh = |dice: &mut Dice| {
            let context = dice.pick(&contexts);
            let path =
                if dice.percent(4) { format!("{context}/.dockerignore") } else { self.free(&context, dice) };
            let node = self.node(&context, &path, dice);
            (path, node)
        };
        if paths.is_empty() || dice.percent(22) {
            let (path, node) = fresh(dice);
            return Edit::Put(path, node);
        }
        let path = if dice.percent(3) { dice.pick(&contexts) } else { dice.pick(&paths) };
        let node = &self.0[&path];
        let context = path.split('/').next().unwrap_or_default();
        match (dice.below(10), node) {
            (_, Node::Folder(mode)) if !path.contains('/') => Edit::Put(path, Node::Folder(mode ^ 0o022)),
            (0, _) => Edit::Remove(path),
            (1, _) => Edit::Rename(path.clone(), fresh(dice).0),
            (2, _) => Edit::Put(path.clone(), self.node(context, &path, dice)),
            (_, Node::File(mode, _)) if dice.percent(70) => Edit::Put(path, Node::File(*mode, content(dice))),
            (_, Node::File(mode, text)) => Edit::Put(path, Node::File(mode ^ 0o100, text.clone())),
            (3..7, Node::Folder(mode)) => Edit::Put(path, Node::Folder(mode ^ 0o011)),
            (_, Node::Folder(_)) => {
                let path = format!("{path}/{}", name(dice));
                let node = self.node(context, &path, dice);
                Edit::Put(path, node)
            }
            (_, Node::Link(_)) => Edit::Put(path.clone(), Node::Link(self.target(context, &path, dice))),
            (_, Node::Pipe) => Edit::Remove(path),
        }
    }

    /// Applies a change.
    pub(super) fn apply(&mut self, edit: &Edit) {
        let below =
            |path: &str, other: &str| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        let in_folder = |tree: &Self, path: &str| {
            !path.contains('/') || matches!(tree.0.get(parent(path)), Some(Node::Folder(_)))
        };
        match edit {
            Edit::Put(path, node) if in_folder(self, path) => {
                if !matches!(node, Node::Folder(_)) {
                    self.0.retain(|other, _| !below(path, other));
                }
                self.0.insert(path.clone(), node.clone());
            }
            Edit::Put(..) => {}
            Edit::Remove(path) => self.0.retain(|other, _| other != path && !below(path, other)),
            Edit::Rename(from, to) => {
                if from == to || below(from, to) || !in_folder(self, to) || !self.0.contains_key(from) {
                    return;
                }
                let moved: Vec<(String, Node)> = self
                    .0
                    .iter()
                    .filter(|(path, _)| *path == from || below(from, path))
                    .map(|(path, node)| (format!("{to}{}", &path[from.len()..]), node.clone()))
                    .collect();
                self.apply(&Edit::Remove(from.clone()));
                self.apply(&Edit::Remove(to.clone()));
                self.0.extend(moved);
            }
        }
    }

    /// Writes everything below a folder. `suffix` is added to the names of the contexts: BuildKit keeps what it was sent
    /// by the name of the folder, and must not mix up two versions.
    pub(super) fn write(&self, root: &Path, suffix: &str) {
        for (path, node) in &self.0 {
            let path = on_disk(root, path, suffix);
            match node {
                Node::File(_, content) => fs_err::write(&path, content).unwrap(),
                Node::Folder(_) => fs_err::create_dir_all(&path).unwrap(),
                Node::Link(target) => symlink(target, &path).unwrap(),
                Node::Pipe => {
                    rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o644.into()).unwrap();
                }
            }
        }
        // Folders may end up without write permission: at last, from below.
        for (path, node) in self.0.iter().rev() {
            if let Node::File(mode, _) | Node::Folder(mode) = node {
                let path = on_disk(root, path, suffix);
                fs_err::set_permissions(path, std::fs::Permissions::from_mode(*mode)).unwrap();
            }
        }
    }
}

/// Where a path of a tree is on disk.
pub(super) fn on_disk(root: &Path, path: &str, suffix: &str) -> PathBuf {
    let (context, rest) = path.split_once('/').unwrap_or((path, ""));
    let context = root.join(format!("{context}-{suffix}"));
    if rest.is_empty() { context } else { context.join(rest) }
}

fn content(dice: &mut Dice) -> String {
    dice.pick(&["one", "two", "six", "longer", ""]).to_owned()
}
