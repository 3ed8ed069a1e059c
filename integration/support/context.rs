//! A project in a temporary folder and the pinned environment in which programs see it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::addresses::variable;
use super::{Engines, Output, Running};

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A home, a project and an environment that belong to one test alone.
///
/// Without engines nothing can be reached: the docker daemon is a socket that does not exist.
pub(crate) struct TestContext {
    root: tempfile::TempDir,
    unique: String,
    registry: Option<String>,
    environment: BTreeMap<String, String>,
    buildx: Option<PathBuf>,
    filters: Vec<(String, String)>,
}

impl TestContext {
    /// A context from which no engine can be reached.
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("skeg-").tempdir().unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = root.path().file_name().unwrap().to_string_lossy().to_lowercase();
        let unique = format!("t{}n{number}", folder.replace(|c: char| !c.is_ascii_alphanumeric(), ""));
        for folder in ["home", "project", "docker", "config", "cache", "tmp"] {
            fs_err::create_dir(root.path().join(folder)).unwrap();
        }
        let mut context = Self {
            unique: unique.clone(),
            registry: None,
            environment: BTreeMap::new(),
            buildx: None,
            filters: vec![(unique, "[UNIQUE]".to_owned())],
            root,
        };
        let path = |name: &str| context.root.path().join(name).display().to_string();
        let pinned = [
            ("HOME", path("home")),
            ("XDG_CONFIG_HOME", path("config")),
            ("XDG_CACHE_HOME", path("cache")),
            ("SKEG_CACHE_DIR", path("cache/skeg")),
            ("TMPDIR", path("tmp")),
            ("DOCKER_CONFIG", path("docker")),
            ("DOCKER_HOST", format!("unix://{}", path("no-docker.sock"))),
            ("KUBECONFIG", path("kubeconfig")),
            // Nothing but this machine can be reached.
            ("HTTPS_PROXY", "http://127.0.0.1:1".to_owned()),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("LC_ALL", "C".to_owned()),
            ("TZ", "UTC".to_owned()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_CEILING_DIRECTORIES", context.root.path().display().to_string()),
            ("GIT_AUTHOR_NAME", "Tester".to_owned()),
            ("GIT_AUTHOR_EMAIL", "tester@example.com".to_owned()),
            ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z".to_owned()),
            ("GIT_COMMITTER_NAME", "Tester".to_owned()),
            ("GIT_COMMITTER_EMAIL", "tester@example.com".to_owned()),
            ("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z".to_owned()),
        ];
        context.environment.extend(pinned.map(|(name, value)| (name.to_owned(), value)));
        context.filters.push((context.project().display().to_string(), "[PROJECT]".to_owned()));
        context.filters.push((context.root.path().display().to_string(), "[ROOT]".to_owned()));
        context
    }

    /// A context that reaches the engines: the docker daemon, the plugin in a docker configuration of its own, and
    /// names in the registry that no other test uses.
    pub(crate) fn with(engines: &Engines) -> Self {
        let mut context = Self::new();
        let plugins = context.path("docker/cli-plugins");
        fs_err::create_dir(&plugins).unwrap();
        std::os::unix::fs::symlink(&engines.buildx, plugins.join("docker-buildx")).unwrap();
        fs_err::copy(engines.docker_config.join("config.json"), context.path("docker/config.json")).unwrap();
        context.set("DOCKER_HOST", &engines.docker_host);
        context.registry = Some(engines.registry.clone());
        context.buildx = Some(engines.buildx.clone());
        for (address, word) in [
            (&engines.registry_readonly, "[READONLY]"),
            (&engines.registry, "[REGISTRY]"),
            (&engines.buildkit, "[BUILDKIT]"),
            (&engines.buildkit2, "[BUILDKIT2]"),
            (&engines.buildkit_unix, "[BUILDKIT-SOCKET]"),
            (&engines.docker_host, "[DOCKER]"),
        ] {
            context.hide(address, word);
        }
        context
    }

    /// Lets `word` stand for `text` in filtered output.
    pub(crate) fn hide(&mut self, text: &str, word: &str) {
        self.filters.push((text.to_owned(), word.to_owned()));
    }

    /// Sets a variable for all programs of this test.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Lets every build build: for tests that build the same inputs again and mean it.
    pub(crate) fn remember_nothing(&mut self) {
        self.set("SKEG_CACHE_ARTIFACTS", "false");
    }

    /// A name that no other test has.
    pub(crate) fn unique(&self) -> &str {
        &self.unique
    }

    /// Where this test's images go in the plain registry: `host:port/unique`.
    pub(crate) fn repo(&self) -> String {
        format!("{}/{}", self.registry.as_deref().unwrap(), self.unique)
    }

    /// A path below the test's own folder, where `home`, `project`, `docker`, `config`, `cache` and `tmp` are.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// The project's folder, in which programs run.
    pub(crate) fn project(&self) -> PathBuf {
        self.path("project")
    }

    /// Writes a file below the test's own folder.
    pub(crate) fn write_at(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, content).unwrap();
        path
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.write_at(&format!("project/{path}"), content);
        self
    }

    /// Writes `skaffold.yaml`: the header and what `build:` holds (indented or not).
    pub(crate) fn build_section(&self, section: &str) -> &Self {
        let mut text = "apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n".to_owned();
        for line in section.lines() {
            text.push_str("  ");
            text.push_str(line);
            text.push('\n');
        }
        self.write("skaffold.yaml", text)
    }

    /// Writes a project of one artifact `app` with this Dockerfile and one more file, `app.txt`, which is unlike
    /// any other test's or run's: steps after its COPY are in no cache.
    pub(crate) fn app(&self, dockerfile: &str) -> &Self {
        self.build_section("artifacts:\n- image: app")
            .write("Dockerfile", dockerfile)
            .write("app.txt", format!("hello {}\n", self.unique))
    }

    /// Adds text to `skaffold.yaml`.
    pub(crate) fn append(&self, text: &str) -> &Self {
        let path = self.project().join("skaffold.yaml");
        let before = fs_err::read_to_string(&path).unwrap();
        fs_err::write(path, format!("{before}{text}")).unwrap();
        self
    }

    /// Makes `name` the current kube-context. There is no such cluster.
    pub(crate) fn kube_context(&self, name: &str) -> &Self {
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {name}\ncontexts:\n- name: {name}\n  context: {{cluster: c, user: u}}\n\
             clusters:\n- name: c\n  cluster: {{server: 'https://127.0.0.1:1'}}\nusers:\n- name: u\n  user: {{}}\n"
        );
        self.write_at("kubeconfig", text);
        self
    }

    /// Writes docker's `config.json`.
    pub(crate) fn docker_config(&self, json: &str) -> &Self {
        self.write_at("docker/config.json", json);
        self
    }

    /// Makes the project a git repository with one commit of everything.
    pub(crate) fn git_init(&self) -> &Self {
        self.git(&["init", "-q", "-b", "main"]);
        self.git_commit("first")
    }

    /// Commits everything.
    pub(crate) fn git_commit(&self, message: &str) -> &Self {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self
    }

    /// Runs git in the project and returns what it printed, trimmed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.run("git", args).success().stdout.trim().to_owned()
    }

    /// Runs `skeg` in the project.
    pub(crate) fn skeg(&self, args: &[&str]) -> Output {
        self.run(skeg(), args)
    }

    /// Starts `skeg` in the project.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running::start(self.command(skeg(), args), self.filters.clone())
    }

    /// Runs docker-buildx, as the user would.
    pub(crate) fn buildx(&self, args: &[&str]) -> Output {
        self.run(self.buildx.as_ref().unwrap(), args)
    }

    /// Makes a buildx builder of the remote driver with a node.
    pub(crate) fn create_builder(&self, name: &str, address: &str, more: &[&str]) {
        let mut args = vec!["create", "--name", name, "--driver", "remote"];
        args.extend(more);
        args.push(address);
        self.buildx(&args).success();
    }

    /// Makes a builder of two nodes, each for one platform.
    pub(crate) fn create_two_nodes(&self, name: &str, amd64: &str, arm64: &str) {
        self.create_builder(name, amd64, &["--node", "amd", "--platform", "linux/amd64"]);
        let args = ["create", "--append", "--name", name, "--driver", "remote", "--node", "arm"];
        self.buildx(&[&args[..], &["--platform", "linux/arm64", arm64]].concat()).success();
    }

    /// Runs a program in the project.
    #[track_caller]
    pub(crate) fn run(&self, program: impl AsRef<Path>, args: &[&str]) -> Output {
        Running::start(self.command(program, args), self.filters.clone()).finish()
    }

    /// Runs a program in the project with this on its standard input.
    pub(crate) fn run_with_input(&self, program: impl AsRef<Path>, args: &[&str], input: &str) -> Output {
        let mut command = self.command(program, args);
        command.stdin(Stdio::piped());
        Running::start_with_input(command, self.filters.clone(), input).finish()
    }

    /// A command in the project with the pinned environment.
    pub(crate) fn command(&self, program: impl AsRef<Path>, args: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command.args(args).current_dir(self.project()).env_clear().envs(&self.environment);
        // Coverage data of an instrumented program goes where the caller wants it.
        if let Some(file) = variable("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", file);
        }
        command
    }

    /// The ids and command lines of all processes that this test's programs started and that still run.
    pub(crate) fn processes(&self) -> Vec<(i32, String)> {
        let marker = format!("SKEG_CACHE_DIR={}", self.environment["SKEG_CACHE_DIR"]).into_bytes();
        super::running::processes(&marker)
    }
}

/// The program under test.
pub(crate) fn skeg() -> &'static str {
    env!("CARGO_BIN_EXE_skeg")
}
