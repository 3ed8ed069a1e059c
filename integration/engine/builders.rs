//! Builders against real engines (`integration/engines up`): addresses, the docker daemon, and that nothing of the
//! user's is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use skeg::builder::connect::{Connection, Detector};
use skeg::settings::env::Environment;
use skeg::settings::{Origin, Sourced};

use crate::support::engine;

/// A private copy of the engines' docker configuration, and the environment that names it.
struct Home {
    dir: tempfile::TempDir,
    env: Environment,
}

impl Home {
    /// `None`, said so, when no engines run.
    fn new() -> Option<Self> {
        let mut env = Environment::of_process();
        engine("SKEG_TEST_ENGINES")?;
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("docker");
        fs_err::create_dir_all(config.join("cli-plugins")).unwrap();
        fs_err::write(config.join("config.json"), "{\n\t\"currentContext\": \"default\"\n}\n").unwrap();
        #[cfg(unix)]
        fs_err::os::unix::fs::symlink(
            env.get("SKEG_TEST_BUILDX").unwrap(),
            config.join("cli-plugins/docker-buildx"),
        )
        .unwrap();
        let mut set = |name: &str, path: PathBuf| {
            env.vars.insert(name.to_owned(), path.to_string_lossy().into_owned());
        };
        set("DOCKER_CONFIG", config);
        set("SKEG_CACHE_DIR", dir.path().join("cache"));
        for name in ["BUILDX_BUILDER", "BUILDX_CONFIG", "BUILDKIT_HOST", "DOCKER_CONTEXT"] {
            env.vars.remove(name);
        }
        let context = dir.path().join("context");
        fs_err::create_dir_all(&context).unwrap();
        fs_err::write(context.join("Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n").unwrap();
        Some(Self { dir, env })
    }

    fn get(&self, name: &str) -> String {
        self.env.get(name).unwrap_or_else(|| panic!("{name} is not set")).to_owned()
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("docker")
    }

    /// The plugin with this home's environment; its output, standard error included.
    fn buildx(&self, connection: Option<&Connection>, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(self.get("SKEG_TEST_BUILDX"));
        command.args(arguments).current_dir(self.dir.path()).env_clear().envs(&self.env.vars);
        if let Some(connection) = connection {
            command.args(["--builder", &connection.builder]).envs(&connection.env);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        (output.status.success(), text.into_owned())
    }

    /// Builds the context with what `--builder value` leads to; `None` asks for nothing.
    async fn build(&self, value: Option<&str>) -> Connection {
        let detector = Detector::new(&self.env).unwrap();
        let asked = value.map(|value| Sourced::new(value.to_owned(), Origin::Flag("--builder".into())));
        let choice = detector.choose(asked.as_ref()).await.unwrap();
        let connection = detector.connection(&choice).unwrap().unwrap();
        let context = self.dir.path().join("context");
        let (ok, output) = self.buildx(
            Some(&connection),
            &["build", "--progress=plain", "--output=type=cacheonly", &context.to_string_lossy()],
        );
        assert!(ok, "{choice}: {output}");
        connection
    }

    /// What must stay as it is: docker's config file, and buildx's instances and choices, by path.
    fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let buildx = self.config().join("buildx");
        let mut files = vec![self.config().join("config.json"), buildx.join("current")];
        for folder in ["instances", "defaults"] {
            if let Ok(entries) = fs_err::read_dir(buildx.join(folder)) {
                files.extend(entries.map(|entry| entry.unwrap().path()));
            }
        }
        files.into_iter().filter_map(|path| Some((path.clone(), fs_err::read(path).ok()?))).collect()
    }
}

#[tokio::test]
async fn addresses_build() {
    let Some(home) = Home::new() else { return };
    home.build(Some(&home.get("SKEG_TEST_BUILDKIT_TCP"))).await;
    home.build(Some(&home.get("SKEG_TEST_BUILDKIT_UNIX"))).await;
    let tls = |name: &str| home.get(&format!("SKEG_TEST_BUILDKIT_TLS{name}"));
    let address = format!("{}?cacert={}&cert={}&key={}", tls(""), tls("_CACERT"), tls("_CERT"), tls("_KEY"));
    home.build(Some(&address)).await;
    // an address of the environment, and the server's name beside another host
    let mut by_name = Home::new().unwrap();
    let address = address.replacen("localhost", "127.0.0.1", 1) + "&servername=localhost";
    by_name.env.vars.insert("BUILDKIT_HOST".to_owned(), address);
    by_name.build(None).await;
    assert!(!home.config().join("buildx/instances").exists(), "the user's folder");
}

#[tokio::test]
async fn nothing_of_the_users_is_written() {
    let Some(mut home) = Home::new() else { return };
    let address = home.get("SKEG_TEST_BUILDKIT_TCP");
    for arguments in [
        vec!["create", "--name", "remote", "--driver", "remote", &address],
        vec!["create", "--name", "second", "--driver", "remote", &home.get("SKEG_TEST_BUILDKIT2_TCP")],
        vec!["use", "--default", "second"],
    ] {
        let (ok, output) = home.buildx(None, &arguments);
        assert!(ok, "{arguments:?}: {output}");
    }
    let before = home.snapshot();
    assert_eq!(before.len(), 5, "{:?}", before.keys());

    for value in [Some("remote"), Some(address.as_str()), Some("default"), None] {
        home.build(value).await;
        assert_eq!(home.snapshot(), before, "{value:?}");
    }
    // the alias leads to what `buildx use` chose, also from another docker host
    let (ok, output) = home.buildx(None, &["install"]);
    assert!(ok, "{output}");
    let before = home.snapshot();
    assert_eq!(home.build(None).await.builder, "second");
    assert_eq!(home.snapshot(), before);
    home.env.vars.insert("DOCKER_HOST".to_owned(), "tcp://127.0.0.1:1".to_owned());
    let detector = Detector::new(&home.env).unwrap();
    assert_eq!(
        detector.choose(None).await.unwrap().to_string(),
        "builder default (docker daemon at tcp://127.0.0.1:1)"
    );
    home.build(Some("remote")).await;
    assert_eq!(home.snapshot(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn addresses_behind_other_programs_build() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(mut home) = Home::new() else { return };
    // each of them would run `buildctl dial-stdio` on the far side
    let far_side = format!(
        "#!/bin/sh\nexec {} --addr {} dial-stdio\n",
        home.get("SKEG_TEST_BUILDCTL"),
        home.get("SKEG_TEST_BUILDKIT_UNIX")
    );
    let bin = home.dir.path().join("bin");
    fs_err::create_dir_all(&bin).unwrap();
    for program in ["ssh", "docker", "kubectl"] {
        fs_err::write(bin.join(program), &far_side).unwrap();
        fs_err::set_permissions(bin.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", bin.display(), home.get("PATH"));
    home.env.vars.insert("PATH".to_owned(), path);
    for address in
        ["ssh://me@far", "docker-container://bk", "kube-pod://bk-0?namespace=ci&container=buildkitd"]
    {
        home.build(Some(address)).await;
    }
}

#[test]
fn two_at_once_share_a_private_instance() {
    let Some(home) = Home::new() else { return };
    let address = home.get("SKEG_TEST_BUILDKIT_TCP");
    let build = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(home.build(Some(&address)))
    };
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(build), scope.spawn(build));
        (one.join().unwrap(), two.join().unwrap())
    });
    assert_eq!(one, two);
    let instances = Path::new(&one.env["BUILDX_CONFIG"]).join("instances");
    assert_eq!(fs_err::read_dir(instances).unwrap().count(), 1);
}

#[tokio::test]
async fn the_docker_daemon_answers() {
    let Some(home) = Home::new() else { return };
    let detector = Detector::new(&home.env).unwrap();
    let choice = detector.choose(None).await.unwrap();
    let daemon = detector.daemon(&choice).unwrap();
    let info = daemon.info().await.unwrap();
    assert!(!info.version.is_empty());
    assert!(info.platform.starts_with("linux/") && !info.platform.contains('_'), "{info:?}");
    assert!(info.containerd_images, "moby keeps its images in containerd by default: {info:?}");
    assert_eq!(daemon.image_id("skeg-test/nobody:1").await.unwrap(), None);

    let name = format!("skeg-test/builders-{}", std::process::id());
    let context = home.dir.path().join("context");
    let (ok, output) = home.buildx(
        detector.connection(&choice).unwrap().as_ref(),
        &["build", "--load", "--provenance=false", "-t", &format!("{name}:1"), &context.to_string_lossy()],
    );
    assert!(ok, "{output}");
    let id = daemon.image_id(&format!("{name}:1")).await.unwrap().unwrap();
    assert!(id.starts_with("sha256:"));
    daemon.tag(&id, &name, "2").await.unwrap();
    assert_eq!(daemon.image_id(&format!("{name}:2")).await.unwrap(), Some(id));
}
