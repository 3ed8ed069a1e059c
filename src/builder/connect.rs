//! From what a user asks for to what a build run needs: [`Detector`] reads the world once, chooses builders and says
//! how they are reached.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio::sync::Mutex;

use super::instance::{self, PrivateInstance};
use super::store::{self, Store};
use super::{Address, Builder, Choice, Decision, Inputs, decide};
use crate::diagnostic::Result;
use crate::docker::Daemon;
use crate::docker::config::{self, DockerConfig, DockerContext};
use crate::docker::plugin::{self, Disk, Search};
use crate::settings::Sourced;
use crate::settings::env::{self, Environment};

/// Everything a choice of builders depends on, read from disk once; nothing is started and nobody is asked until a
/// choice needs it.
#[derive(Debug)]
pub struct Detector {
    env: Environment,
    docker: DockerConfig,
    context: DockerContext,
    store: Store,
    plugin: Search,
    daemon: Arc<Daemon>,
    /// Stands in for the cache folder where that cannot be written.
    scratch: OnceLock<tempfile::TempDir>,
    chosen: Mutex<Vec<(Option<Sourced<String>>, Choice)>>,
}

/// How `docker-buildx` is told to use a builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The plugin, called directly.
    pub plugin: PathBuf,
    /// The value for `--builder`.
    pub builder: String,
    /// Variables on top of the process's environment. An empty value stands for an unset variable, as docker reads
    /// it.
    pub env: BTreeMap<String, String>,
}

impl Detector {
    /// Reads docker's configuration, its contexts and buildx's builders, and looks for the plugin. `env` holds what
    /// `skaffold.env` added. Errors are broken files and a docker context that does not exist.
    pub fn new(env: &Environment) -> Result<Self> {
        let docker = DockerConfig::load(env)?;
        let context = docker.context_in_force(env)?;
        let store = Store::load(&store::folder(&docker.dir, env))?;
        let plugin = plugin::buildx(&docker, env, &Disk);
        let daemon = Arc::new(Daemon::new(context.clone(), env));
        Ok(Self {
            env: env.clone(),
            docker,
            context,
            store,
            plugin,
            daemon,
            scratch: OnceLock::new(),
            chosen: Mutex::default(),
        })
    }

    /// Takes the plugin to be there: for those who only plan what it would be told.
    pub fn assume_plugin(&mut self) {
        self.plugin.found.get_or_insert_default();
    }

    /// The builder for what is asked for (the artifact's own builder, else the settings'; see [`decide`]). The docker
    /// daemon is asked only where there is no plugin. A second call with the same request costs nothing.
    pub async fn choose(&self, requested: Option<&Sourced<String>>) -> Result<Choice> {
        let mut chosen = self.chosen.lock().await;
        if let Some((_, choice)) = chosen.iter().find(|(asked, _)| asked.as_ref() == requested) {
            return Ok(choice.clone());
        }
        let inputs = Inputs {
            requested,
            env: &self.env,
            docker: &self.docker,
            context: &self.context,
            store: &self.store,
            plugin: &self.plugin,
            files: &Disk,
        };
        let choice = match decide(&inputs)? {
            Decision::Chosen(choice) => choice,
            Decision::IfDaemonAnswers { then, mut otherwise } => match self.daemon.ping().await {
                Ok(()) => then,
                Err(report) => {
                    otherwise.causes.extend(report.causes);
                    return Err(otherwise);
                }
            },
        };
        chosen.push((requested.cloned(), choice.clone()));
        Ok(choice)
    }

    /// How the plugin is told to use the chosen builder; `None` for the classic builder, which is not reached through
    /// it. An address becomes an instance in a private folder below the cache folder.
    pub fn connection(&self, choice: &Choice) -> Result<Option<Connection>> {
        // a choice other than classic is only made with a plugin
        let Some(plugin) = self.plugin.found.clone() else { return Ok(None) };
        let mut env = self.child_env();
        let builder = match &choice.builder {
            Builder::Classic => return Ok(None),
            Builder::Named(instance) => instance.name.clone(),
            Builder::DockerContext { name, in_force } => {
                if !in_force {
                    // buildx refuses the builder of a docker context that is not in force
                    env.insert(env::DOCKER_CONTEXT.to_owned(), name.clone());
                    env.insert(env::DOCKER_HOST.to_owned(), String::new());
                }
                name.clone()
            }
            Builder::Address(address) => {
                let cache = self.env.cwd.join(self.env.skeg_cache_dir());
                let made = instance::ensure(address, &cache, &self.store.dir)
                    .or_else(|report| self.ensure_for_this_run(address).unwrap_or(Err(report)))?;
                env.insert(env::BUILDX_CONFIG.to_owned(), made.folder.to_string_lossy().into_owned());
                made.name
            }
        };
        Ok(Some(Connection { plugin, builder, env }))
    }

    /// An instance in a folder that lives as long as this, for cache folders that cannot be written; `None` = there
    /// is no such folder either.
    fn ensure_for_this_run(&self, address: &Address) -> Option<Result<PrivateInstance>> {
        if self.scratch.get().is_none() {
            let made = tempfile::Builder::new().prefix("skeg-").tempdir().ok()?;
            // Somebody else may have been quicker; one folder is enough.
            let _unused = self.scratch.set(made);
        }
        Some(instance::ensure(address, self.scratch.get()?.path(), &self.store.dir))
    }

    /// The daemon that results of the chosen builder are loaded into: of the docker context whose builder it is, else
    /// of the docker context in force.
    pub fn daemon(&self, choice: &Choice) -> Result<Arc<Daemon>> {
        if let Builder::DockerContext { name, in_force: false } = &choice.builder
            && let Some(context) = self.docker.context(name, &self.env)?
        {
            return Ok(Arc::new(Daemon::new(context, &self.env)));
        }
        Ok(self.daemon.clone())
    }

    /// The daemon of the docker context in force.
    pub fn daemon_in_force(&self) -> Arc<Daemon> {
        self.daemon.clone()
    }

    /// The working folder.
    pub(crate) fn cwd(&self) -> &Path {
        &self.env.cwd
    }

    /// The `docker` command, which the classic builder needs.
    pub fn docker_command(&self) -> Option<PathBuf> {
        plugin::docker(&self.env, &Disk)
    }

    /// What docker's programs must be told beyond the process's own environment: the variables of `skaffold.env`, and
    /// folders given as relative paths.
    pub fn child_env(&self) -> BTreeMap<String, String> {
        let from_file = self.env.from_env_file.iter();
        let mut env: BTreeMap<String, String> =
            from_file.filter_map(|name| Some((name.clone(), self.env.vars.get(name)?.clone()))).collect();
        for (name, folder) in
            [(env::DOCKER_CONFIG, config::folder(&self.env)), (env::BUILDX_CONFIG, self.store.dir.clone())]
        {
            if self.env.get(name).is_some() {
                env.insert(name.to_owned(), folder.to_string_lossy().into_owned());
            }
        }
        env
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Origin;

    /// A home with a plugin, a remote builder and a docker context `far`.
    fn home() -> (tempfile::TempDir, Environment) {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, text).unwrap();
            path
        };
        let plugin = write(".docker/cli-plugins/docker-buildx", "");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs_err::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        write(".docker/config.json", "{}");
        write(
            ".docker/buildx/instances/remote",
            r#"{"Name":"remote","Driver":"remote","Nodes":[{"Name":"remote0","Endpoint":"tcp://h:1"}]}"#,
        );
        let id = config::sha256_hex("far");
        write(
            &format!(".docker/contexts/meta/{id}/meta.json"),
            r#"{"Name":"far","Endpoints":{"docker":{"Host":"tcp://127.0.0.1:1"}}}"#,
        );
        let env = Environment {
            home: Some(dir.path().to_owned()),
            cache_dir: Some(dir.path().join("cache")),
            cwd: dir.path().to_owned(),
            ..Environment::default()
        };
        (dir, env)
    }

    fn asked(value: &str) -> Sourced<String> {
        Sourced::new(value.to_owned(), Origin::Flag("--builder".into()))
    }

    fn set(env: &mut Environment, name: &str, value: &str) {
        env.vars.insert(name.to_owned(), value.to_owned());
    }

    #[tokio::test]
    async fn a_named_builder_needs_nothing_but_its_name() {
        let (dir, env) = home();
        let detector = Detector::new(&env).unwrap();
        let choice = detector.choose(Some(&asked("remote"))).await.unwrap();
        assert_eq!(choice.to_string(), "builder remote (flag --builder)");
        let connection = detector.connection(&choice).unwrap().unwrap();
        assert_eq!(connection.builder, "remote");
        assert_eq!(connection.plugin, dir.path().join(".docker/cli-plugins/docker-buildx"));
        assert!(connection.env.is_empty());
        assert_eq!(detector.choose(Some(&asked("remote"))).await.unwrap(), choice);
        assert_eq!(detector.daemon(&choice).unwrap().host(), config::DEFAULT_HOST);
    }

    #[tokio::test]
    async fn an_address_becomes_a_private_instance() {
        let (dir, env) = home();
        let detector = Detector::new(&env).unwrap();
        let choice = detector.choose(Some(&asked("tcp://h:1234"))).await.unwrap();
        let connection = detector.connection(&choice).unwrap().unwrap();
        let folder = Path::new(&connection.env["BUILDX_CONFIG"]);
        assert!(folder.starts_with(dir.path().join("cache/skeg/buildx")));
        assert!(folder.join("instances").join(&connection.builder).is_file());
        assert_eq!(fs_err::read_dir(dir.path().join(".docker/buildx/instances")).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn another_docker_context_is_put_in_force_for_the_child() {
        let (_dir, mut env) = home();
        set(&mut env, "DOCKER_HOST", "tcp://h:2375");
        let detector = Detector::new(&env).unwrap();
        let choice = detector.choose(Some(&asked("far"))).await.unwrap();
        let connection = detector.connection(&choice).unwrap().unwrap();
        assert_eq!(connection.builder, "far");
        assert_eq!(
            (connection.env["DOCKER_CONTEXT"].as_str(), connection.env["DOCKER_HOST"].as_str()),
            ("far", "")
        );
        assert_eq!(detector.daemon(&choice).unwrap().host(), "tcp://127.0.0.1:1");

        let own = detector.choose(None).await.unwrap();
        assert!(detector.connection(&own).unwrap().unwrap().env.is_empty());
        assert_eq!(detector.daemon(&own).unwrap().host(), "tcp://h:2375");
    }

    #[tokio::test]
    async fn what_skaffold_env_says_reaches_the_child() {
        let (dir, mut env) = home();
        fs_err::rename(dir.path().join(".docker"), dir.path().join("dcfg")).unwrap();
        set(&mut env, "DOCKER_CONFIG", "dcfg");
        set(&mut env, "AWS_PROFILE", "ci");
        env.from_env_file.extend(["DOCKER_CONFIG".to_owned(), "AWS_PROFILE".to_owned()]);
        let detector = Detector::new(&env).unwrap();
        let choice = detector.choose(Some(&asked("remote"))).await.unwrap();
        let connection = detector.connection(&choice).unwrap().unwrap();
        assert_eq!(connection.env["DOCKER_CONFIG"], dir.path().join("dcfg").to_string_lossy());
        assert_eq!(connection.env["AWS_PROFILE"], "ci");
    }

    #[tokio::test]
    async fn without_plugin_and_daemon_the_error_says_why_the_daemon_does_not_answer() {
        let (dir, mut env) = home();
        fs_err::remove_dir_all(dir.path().join(".docker/cli-plugins")).unwrap();
        set(&mut env, "DOCKER_HOST", "unix:///nowhere/docker.sock");
        let detector = Detector::new(&env).unwrap();
        if detector.plugin.found.is_some() {
            return; // this machine has the plugin in a system folder
        }
        let report = detector.choose(None).await.unwrap_err();
        assert_eq!(report.title, "there is nothing to build with");
        assert!(report.causes.iter().any(|cause| cause.contains("/nowhere/docker.sock")));
        let classic = detector.choose(Some(&asked("classic"))).await.unwrap();
        assert_eq!(detector.connection(&classic).unwrap(), None);
    }
}
