//! A buildkitd that belongs to one test: it can be wiped, killed, filled up and misconfigured.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Engines, eventually};

/// A private buildkitd. It lives in process and mount namespaces of its own, so that its end is also the end of its
/// containers and mounts.
pub(crate) struct Buildkitd {
    engines: Engines,
    folder: tempfile::TempDir,
    port: u16,
    size: Option<&'static str>,
    process: Option<Child>,
}

impl Buildkitd {
    /// Starts one that sees the engines' registries as the shared ones do.
    pub(crate) fn start(engines: &Engines) -> Self {
        Self::with(engines, None, "")
    }

    /// Starts one whose storage is this small (`24m`).
    pub(crate) fn of_size(engines: &Engines, size: &'static str) -> Self {
        Self::with(engines, Some(size), "")
    }

    /// Starts one that takes the plain registry for one with TLS.
    pub(crate) fn expecting_tls(engines: &Engines) -> Self {
        Self::with(engines, None, &format!("[registry.\"{}\"]\n  http = false\n", engines.registry))
    }

    fn with(engines: &Engines, size: Option<&'static str>, registry: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("skeg-bk-").tempdir().unwrap();
        // Free now, and nobody else is likely to be given it before the daemon takes it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let plain = format!("[registry.\"{}\"]\n  http = true\n", engines.registry);
        let registry = if registry.is_empty() { &plain } else { registry };
        let path = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "root = \"{root}\"\n[grpc]\n  address = [\"unix://{socket}\", \"tcp://127.0.0.1:{port}\"]\n\
             [worker.oci]\n  enabled = true\n  networkMode = \"host\"\n[worker.containerd]\n  enabled = false\n\
             [registry.\"docker.io\"]\n  mirrors = [\"{mirror}\"]\n{registry}",
            root = path("root"),
            socket = path("sock"),
            mirror = engines.registry,
        );
        fs_err::create_dir(folder.path().join("root")).unwrap();
        fs_err::write(folder.path().join("config.toml"), config).unwrap();
        let mut daemon = Self { engines: engines.clone(), folder, port, size, process: None };
        daemon.restart();
        daemon
    }

    /// Kills the daemon where it runs, with all that it runs, and starts it on the same storage and addresses.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let root = self.folder.path().join("root");
        let mut script = String::new();
        if let Some(size) = self.size {
            script = format!("mount -t tmpfs -o size={size} tmpfs '{}' && ", root.display());
        }
        script.push_str("exec \"$0\" --config \"$1\"");
        let log = fs_err::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new("unshare");
        command.args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child=KILL",
            "--mount-proc",
            "sh",
            "-c",
            &script,
        ]);
        command.arg(self.engines.tool("buildkitd")).arg(self.folder.path().join("config.toml"));
        // Its own runc comes first, as for the shared ones.
        let path = self.engines.tool("").display().to_string();
        command
            .env_clear()
            .env("PATH", format!("{path}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
        command.env("HOME", self.folder.path());
        let (log, _) = log.into_parts();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        self.process = Some(command.spawn().unwrap());
        let ready = eventually(Duration::from_secs(30), || self.buildctl(&["debug", "workers"]).is_some());
        assert!(ready, "the private buildkitd does not answer");
    }

    /// Kills the daemon with all that it runs.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// `tcp://…`
    pub(crate) fn tcp(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// `unix://…`
    pub(crate) fn unix(&self) -> String {
        format!("unix://{}", self.folder.path().join("sock").display())
    }

    /// Forgets all that was ever built.
    pub(crate) fn wipe(&self) {
        self.buildctl(&["prune", "--all"]).expect("buildctl prune");
        let left = self.buildctl(&["du", "--format", "{{json .}}"]).unwrap_or_default();
        assert!(matches!(left.trim(), "" | "null" | "[]"), "the cache is not empty: {left}");
    }

    fn buildctl(&self, args: &[&str]) -> Option<String> {
        let output =
            Command::new(&self.engines.buildctl).args(["--addr", &self.unix()]).args(args).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Buildkitd {
    fn drop(&mut self) {
        self.kill();
    }
}
