//! One artifact of a project, and what a test does to it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{self as unix, PermissionsExt as _};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::support::{Engines, Registry, TestContext};

/// An artifact: its folder, and what the project file says of it.
pub(super) struct Place {
    name: &'static str,
    project: PathBuf,
    repo: String,
    engines: Engines,
    /// The context, relative to the project.
    pub(super) context: String,
    /// Fields of the artifact (`platforms: [linux/amd64]`).
    pub(super) fields: String,
    /// Fields of its `docker:` (`target: a, network: none`).
    pub(super) docker: String,
    /// Fields of its `docker:` in `.skeg`.
    pub(super) skeg: String,
    /// Variables that the programs see from now on.
    pub(super) variables: BTreeMap<String, String>,
}

impl Place {
    pub(super) fn new(context: &TestContext, engines: &Engines, name: &'static str) -> Self {
        fs_err::create_dir_all(context.project().join(name)).unwrap();
        Self {
            name,
            project: context.project(),
            repo: context.repo(),
            engines: engines.clone(),
            context: name.to_owned(),
            fields: String::new(),
            docker: String::new(),
            skeg: String::new(),
            variables: BTreeMap::new(),
        }
    }

    /// Its entry under `build.artifacts`.
    pub(super) fn artifact(&self) -> String {
        let Self { name, context, fields, docker, .. } = self;
        let comma = if fields.is_empty() { "" } else { ", " };
        format!("- {{image: {name}, context: {context}{comma}{fields}, docker: {{{docker}}}}}\n")
    }

    /// Its entry under `.skeg.artifacts`.
    pub(super) fn overlay(&self) -> String {
        format!("  - {{image: {}, docker: {{{}}}}}\n", self.name, self.skeg)
    }

    /// busybox by a name that nobody has to look up elsewhere.
    pub(super) fn busybox(&self) -> String {
        format!("{}/library/busybox", self.engines.registry)
    }

    /// A base image of this artifact alone.
    pub(super) fn base(&self) -> String {
        format!("{}/{}-base:latest", self.repo, self.name)
    }

    /// Pushes a version of the base image.
    pub(super) fn push_base(&self, version: &str) {
        Registry::of(&self.engines).push_base(&self.base(), version);
    }

    /// The digest of the base image that is pushed now.
    pub(super) fn base_digest(&self) -> String {
        Registry::of(&self.engines).manifest(&self.base()).digest
    }

    /// A path in its folder. Any bytes.
    pub(super) fn path(&self, path: impl AsRef<[u8]>) -> PathBuf {
        self.project.join(self.name).join(OsStr::from_bytes(path.as_ref()))
    }

    pub(super) fn write(&self, path: impl AsRef<[u8]>, content: &str) {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    /// `FROM scratch` and these lines.
    pub(super) fn dockerfile(&self, lines: &str) {
        self.write("Dockerfile", &format!("FROM scratch\n{lines}\n"));
    }

    /// A folder `src` with `a.txt` and `sub/b.txt`, all of it copied.
    pub(super) fn src(&self) {
        self.dockerfile("COPY src /");
        self.write("src/a.txt", "one");
        self.write("src/sub/b.txt", "two");
    }

    pub(super) fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() && !path.is_symlink() {
            fs_err::remove_dir_all(path).unwrap();
        } else {
            fs_err::remove_file(path).unwrap();
        }
    }

    pub(super) fn rename(&self, from: &str, to: &str) {
        fs_err::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(super) fn folder(&self, path: &str) {
        fs_err::create_dir_all(self.path(path)).unwrap();
    }

    pub(super) fn chmod(&self, path: &str, mode: u32) {
        fs_err::set_permissions(self.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(super) fn symlink(&self, target: &str, path: &str) {
        let path = self.path(path);
        if path.is_symlink() {
            fs_err::remove_file(&path).unwrap();
        }
        unix::symlink(target, path).unwrap();
    }

    pub(super) fn hard_link(&self, from: &str, path: &str) {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::hard_link(self.path(from), path).unwrap();
    }

    /// Sets a modification time, some seconds after the year 2020 began.
    pub(super) fn modified(&self, path: &str, seconds: u64) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800 + seconds);
        fs_err::File::options().append(true).open(self.path(path)).unwrap().set_modified(time).unwrap();
    }

    /// Runs a shell line in its folder.
    pub(super) fn sh(&self, line: &str) {
        let status = Command::new("sh").args(["-ec", line]).current_dir(self.path("")).status().unwrap();
        assert!(status.success(), "{line}");
    }
}
