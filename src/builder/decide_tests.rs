use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::builder::store::{Driver, Instance, Node};
use crate::docker::config::{Contexts, DEFAULT_HOST, Endpoint};

/// One row of the table: the world, and what comes out.
#[derive(Default)]
struct World {
    /// The artifact's or the settings' builder and who says so.
    requested: Option<(&'static str, Origin)>,
    env: &'static [(&'static str, &'static str)],
    /// Names of variables that `skaffold.env` set.
    from_file: &'static [&'static str],
    docker_config: &'static str,
    contexts: &'static [&'static str],
    instances: &'static [(&'static str, &'static str)],
    /// Files of buildx's folder: `current`, `defaults/…`.
    store_files: &'static [(&'static str, &'static str)],
    no_plugin: bool,
}

struct Existing;

impl Files for Existing {
    fn exists(&self, path: &Path) -> bool {
        path.starts_with("/pem")
    }
    fn is_program(&self, _: &Path) -> bool {
        false
    }
}

/// The decision as text: the line for the user with the kind of builder before it, or the error with its hints.
fn run(world: &World) -> String {
    let env = Environment {
        vars: world.env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        from_env_file: world.from_file.iter().map(|name| (*name).to_owned()).collect(),
        home: Some("/home/me".into()),
        cwd: "/work".into(),
        ..Environment::default()
    };
    let text = if world.docker_config.is_empty() { "{}" } else { world.docker_config };
    let mut docker = DockerConfig::parse(Path::new("/home/me/.docker/config.json"), text).unwrap();
    docker.contexts = world
        .contexts
        .iter()
        .map(|name| ((*name).to_owned(), Endpoint { host: format!("tcp://{name}:2375"), tls: None }))
        .collect::<Contexts>();
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in world.store_files {
        let path = dir.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    for (name, driver) in world.instances {
        let path = dir.path().join("instances").join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        let text = match *driver {
            "broken" => "{".to_owned(),
            driver => format!(
                r#"{{"Name":"{name}","Driver":"{driver}","Nodes":[{{"Name":"{name}0","Endpoint":"e"}}]}}"#
            ),
        };
        fs_err::write(path, text).unwrap();
    }
    let plugin = Search {
        found: (!world.no_plugin).then(|| PathBuf::from("/p/docker-buildx")),
        folders: vec!["/home/me/.docker/cli-plugins".into()],
    };
    let requested = world.requested.clone().map(|(value, origin)| Sourced::new(value.to_owned(), origin));
    let context = docker.context_in_force(&env).unwrap();
    let inputs = Inputs {
        requested: requested.as_ref(),
        env: &env,
        docker: &docker,
        context: &context,
        store: &Store::load(dir.path()).unwrap(),
        plugin: &plugin,
        files: &Existing,
    };
    let kind = |choice: &Choice| {
        let kind = match &choice.builder {
            Builder::Named(instance) => format!("{}: ", instance.driver),
            Builder::DockerContext { in_force: true, .. } => "context: ".to_owned(),
            Builder::DockerContext { in_force: false, .. } => "other context: ".to_owned(),
            Builder::Address(address) if address.tls.is_empty() => "address: ".to_owned(),
            Builder::Address(_) => "TLS address: ".to_owned(),
            Builder::Classic => String::new(),
        };
        format!("{kind}{choice}{}", if choice.warning.is_some() { ", warned" } else { "" })
    };
    match decide(&inputs) {
        Ok(Decision::Chosen(choice)) => kind(&choice),
        Ok(Decision::IfDaemonAnswers { then, .. }) => format!("if the daemon answers: {}", kind(&then)),
        Err(report) => format!("error: {report} -> {}", report.hints.join(" | ")),
    }
}

fn flag() -> Origin {
    Origin::Flag("--builder".into())
}

fn user_config() -> Origin {
    Origin::UserConfig { file: "/c".into(), context: Some("kind-dev".into()) }
}

const ALIAS: &str = r#"{"aliases":{"builder":"buildx"}}"#;
const CHOSEN: &str = r#"{"Key":"unix:///var/run/docker.sock","Name":"remote","Global":false}"#;
const CHOSEN_FOR_FAR: &str = r#"{"Key":"far","Name":"remote","Global":false}"#;
const REMOTE: &[(&str, &str)] = &[("remote", "remote")];
const TWO: &[(&str, &str)] = &[("remote", "remote"), ("box", "docker-container")];

#[test]
fn the_whole_table() {
    let rows: Vec<(&str, World, &str)> = vec![
        // 1. what is asked for
        (
            "an instance by flag",
            World { requested: Some(("remote", flag())), instances: TWO, ..World::default() },
            "remote: builder remote (flag --builder)",
        ),
        (
            "an instance by user config",
            World { requested: Some(("remote", user_config())), instances: TWO, ..World::default() },
            "remote: builder remote (user config, context kind-dev)",
        ),
        (
            "an artifact's own",
            World {
                requested: Some(("box", Origin::Project(".skeg.artifacts[0].docker.builder".into()))),
                instances: TWO,
                ..World::default()
            },
            "docker-container: builder box (project .skeg.artifacts[0].docker.builder)",
        ),
        (
            "case does not matter to buildx",
            World { requested: Some(("Remote", flag())), instances: REMOTE, ..World::default() },
            "remote: builder remote (flag --builder)",
        ),
        (
            "an explicit builder needs no alias and hides it",
            World {
                requested: Some(("box", flag())),
                instances: TWO,
                docker_config: ALIAS,
                store_files: &[("current", CHOSEN)],
                ..World::default()
            },
            "docker-container: builder box (flag --builder)",
        ),
        (
            "a request before BUILDX_BUILDER",
            World {
                requested: Some(("box", flag())),
                env: &[("BUILDX_BUILDER", "remote")],
                instances: TWO,
                ..World::default()
            },
            "docker-container: builder box (flag --builder)",
        ),
        (
            "BUILDX_BUILDER",
            World { env: &[("BUILDX_BUILDER", "remote")], instances: TWO, ..World::default() },
            "remote: builder remote (environment BUILDX_BUILDER)",
        ),
        (
            "BUILDX_BUILDER of skaffold.env",
            World {
                env: &[("BUILDX_BUILDER", "remote")],
                from_file: &["BUILDX_BUILDER"],
                instances: TWO,
                ..World::default()
            },
            "remote: builder remote (skaffold.env BUILDX_BUILDER)",
        ),
        (
            "BUILDX_BUILDER before BUILDKIT_HOST",
            World {
                env: &[("BUILDX_BUILDER", "remote"), ("BUILDKIT_HOST", "tcp://h:1")],
                instances: TWO,
                ..World::default()
            },
            "remote: builder remote (environment BUILDX_BUILDER)",
        ),
        (
            "BUILDKIT_HOST",
            World { env: &[("BUILDKIT_HOST", "tcp://h:1234")], ..World::default() },
            "address: builder tcp://h:1234 (environment BUILDKIT_HOST)",
        ),
        (
            "BUILDKIT_HOST before the alias",
            World {
                env: &[("BUILDKIT_HOST", "unix:///run/bk.sock")],
                docker_config: ALIAS,
                instances: REMOTE,
                store_files: &[("current", CHOSEN)],
                ..World::default()
            },
            "address: builder unix:///run/bk.sock (environment BUILDKIT_HOST)",
        ),
        (
            "BUILDKIT_HOST is an address, never a name",
            World { env: &[("BUILDKIT_HOST", "remote")], instances: REMOTE, ..World::default() },
            "error: remote is not the address of a buildkitd",
        ),
        (
            "an empty request is none",
            World { requested: Some(("", flag())), env: &[("BUILDX_BUILDER", "")], ..World::default() },
            "context: builder default (docker daemon at unix:///var/run/docker.sock)",
        ),
        (
            "an address",
            World { requested: Some(("tcp://h:1234", flag())), ..World::default() },
            "address: builder tcp://h:1234 (flag --builder)",
        ),
        (
            "an address with TLS shows none of it",
            World {
                requested: Some(("tcp://h:1?cacert=/pem/ca&cert=/pem/c&key=/pem/k", user_config())),
                ..World::default()
            },
            "TLS address: builder tcp://h:1 (user config, context kind-dev)",
        ),
        (
            "ssh",
            World { requested: Some(("ssh://me@far", flag())), ..World::default() },
            "address: builder ssh://me@far (flag --builder)",
        ),
        (
            "a container",
            World { requested: Some(("docker-container://bk", flag())), ..World::default() },
            "address: builder docker-container://bk (flag --builder)",
        ),
        (
            "a pod",
            World { requested: Some(("kube-pod://bk-0?namespace=ci", flag())), ..World::default() },
            "address: builder kube-pod://bk-0?namespace=ci (flag --builder)",
        ),
        (
            "a malformed address",
            World { requested: Some(("tcp://h", user_config())), ..World::default() },
            "error: tcp://h is not the address of a buildkitd: it needs a host and a port: it is asked for by user config, context kind-dev",
        ),
        (
            "a relative TLS path",
            World { requested: Some(("tcp://h:1?cacert=ca.pem", flag())), ..World::default() },
            "error: the TLS parameters of tcp://h:1?cacert=ca.pem do not fit: cacert=ca.pem is a relative path",
        ),
        (
            "a missing TLS file",
            World { requested: Some(("tcp://h:1?cacert=/none/ca", flag())), ..World::default() },
            "error: the TLS parameters of tcp://h:1?cacert=/none/ca do not fit: the file /none/ca (cacert) does not exist",
        ),
        (
            "classic",
            World { requested: Some(("classic", flag())), ..World::default() },
            "builder classic (flag --builder)",
        ),
        (
            "none, also without the plugin",
            World { requested: Some(("none", user_config())), no_plugin: true, ..World::default() },
            "builder classic (user config, context kind-dev)",
        ),
        (
            "a docker context that is not in force",
            World { requested: Some(("far", flag())), contexts: &["far"], ..World::default() },
            "other context: builder far (flag --builder)",
        ),
        (
            "the docker context in force",
            World {
                requested: Some(("far", flag())),
                contexts: &["far"],
                env: &[("DOCKER_CONTEXT", "far")],
                ..World::default()
            },
            "context: builder far (flag --builder)",
        ),
        (
            "the default docker context",
            World { requested: Some(("default", flag())), ..World::default() },
            "context: builder default (flag --builder)",
        ),
        (
            "the default docker context while another is in force",
            World {
                requested: Some(("default", flag())),
                contexts: &["far"],
                docker_config: r#"{"currentContext":"far"}"#,
                ..World::default()
            },
            "other context: builder default (flag --builder)",
        ),
        (
            "an instance hides a docker context of its name",
            World {
                requested: Some(("remote", flag())),
                contexts: &["remote"],
                instances: REMOTE,
                ..World::default()
            },
            "remote: builder remote (flag --builder)",
        ),
        (
            "a name that is nearly one",
            World { requested: Some(("remtoe", flag())), instances: TWO, ..World::default() },
            "error: builder \"remtoe\" does not exist: it is asked for by flag --builder -> did you mean \"remote\"? | run `docker buildx create --name remtoe --driver docker-container`",
        ),
        (
            "a name that is nearly a docker context's",
            World { requested: Some(("farr", flag())), contexts: &["far"], ..World::default() },
            "error: builder \"farr\" does not exist: it is asked for by flag --builder -> did you mean \"far\"?",
        ),
        (
            "a name like no other",
            World { requested: Some(("ci", user_config())), instances: TWO, ..World::default() },
            "error: builder \"ci\" does not exist: it is asked for by user config, context kind-dev -> the builders that exist are box, remote, default, classic | run `docker buildx create --name ci",
        ),
        (
            "the command to make it uses BUILDKIT_HOST",
            World {
                requested: Some(("ci", flag())),
                env: &[("BUILDKIT_HOST", "tcp://bk:1234")],
                ..World::default()
            },
            "or `docker buildx create --name ci --driver remote tcp://bk:1234`",
        ),
        (
            "an address without its scheme",
            World { requested: Some(("localhost:1234", flag())), ..World::default() },
            "for the address of a buildkitd write `tcp://localhost:1234`",
        ),
        (
            "a socket without its scheme",
            World { requested: Some(("/run/bk.sock", flag())), ..World::default() },
            "for the socket of a buildkitd write `unix:///run/bk.sock`",
        ),
        (
            "a name that buildx would refuse",
            World { requested: Some(("my builder", flag())), ..World::default() },
            "the name of a builder begins with a letter",
        ),
        (
            "an instance whose file is broken",
            World { requested: Some(("bad", flag())), instances: &[("bad", "broken")], ..World::default() },
            "instances/bad:1:1: a buildx builder is broken",
        ),
        (
            "an instance without the plugin",
            World {
                requested: Some(("remote", flag())),
                instances: REMOTE,
                no_plugin: true,
                ..World::default()
            },
            "error: builder remote needs docker-buildx, which is not installed: there is no docker-buildx in /home/me/.docker/cli-plugins or in a folder of PATH: it is asked for by flag --builder -> install the buildx plugin",
        ),
        (
            "an address without the plugin",
            World { env: &[("BUILDKIT_HOST", "tcp://h:1")], no_plugin: true, ..World::default() },
            "error: builder tcp://h:1 needs docker-buildx",
        ),
        // 2. the alias
        (
            "the alias and the user's choice",
            World {
                docker_config: ALIAS,
                instances: REMOTE,
                store_files: &[("current", CHOSEN)],
                ..World::default()
            },
            "remote: builder remote (selected by docker buildx use)",
        ),
        (
            "the alias without a choice",
            World { docker_config: ALIAS, instances: REMOTE, ..World::default() },
            "context: builder default (docker daemon at unix:///var/run/docker.sock)",
        ),
        (
            "the alias and a choice for another docker context",
            World {
                docker_config: ALIAS,
                instances: REMOTE,
                contexts: &["far"],
                env: &[("DOCKER_CONTEXT", "far")],
                store_files: &[("current", CHOSEN)],
                ..World::default()
            },
            "context: builder far (docker context)",
        ),
        (
            "the alias and a choice for this docker context",
            World {
                docker_config: r#"{"aliases":{"builder":"buildx"},"currentContext":"far"}"#,
                instances: REMOTE,
                contexts: &["far"],
                store_files: &[("current", CHOSEN_FOR_FAR)],
                ..World::default()
            },
            "remote: builder remote (selected by docker buildx use)",
        ),
        (
            "the alias and a choice that was removed",
            World { docker_config: ALIAS, store_files: &[("current", CHOSEN)], ..World::default() },
            "context: builder default (docker daemon at unix:///var/run/docker.sock)",
        ),
        (
            "the alias and a broken choice",
            World {
                docker_config: ALIAS,
                instances: &[("remote", "broken")],
                store_files: &[("current", CHOSEN)],
                ..World::default()
            },
            "instances/remote:1:1: a buildx builder is broken",
        ),
        (
            "the alias without the plugin",
            World { docker_config: ALIAS, no_plugin: true, ..World::default() },
            "error: docker's builder is set to buildx, and the plugin is missing",
        ),
        (
            "an alias to something else",
            World {
                docker_config: r#"{"aliases":{"builder":"other"}}"#,
                instances: REMOTE,
                store_files: &[("current", CHOSEN)],
                ..World::default()
            },
            "context: builder default (docker daemon at unix:///var/run/docker.sock)",
        ),
        // 3. the plugin
        (
            "the plugin without the alias ignores buildx use",
            World { instances: REMOTE, store_files: &[("current", CHOSEN)], ..World::default() },
            "context: builder default (docker daemon at unix:///var/run/docker.sock)",
        ),
        (
            "the plugin and DOCKER_HOST",
            World { env: &[("DOCKER_HOST", "tcp://h:2376")], ..World::default() },
            "context: builder default (docker daemon at tcp://h:2376)",
        ),
        (
            "the plugin and a docker context",
            World { docker_config: r#"{"currentContext":"far"}"#, contexts: &["far"], ..World::default() },
            "context: builder far (docker context)",
        ),
        // 4. and 5.
        (
            "no plugin",
            World { no_plugin: true, ..World::default() },
            "if the daemon answers: builder classic (no docker-buildx, docker daemon at unix:///var/run/docker.sock), warned",
        ),
        (
            "no plugin, another daemon",
            World { no_plugin: true, env: &[("DOCKER_HOST", "tcp://h:1")], ..World::default() },
            "if the daemon answers: builder classic (no docker-buildx, docker daemon at tcp://h:1), warned",
        ),
    ];
    assert!(rows.len() >= 50);
    for (what, world, want) in rows {
        let got = run(&world);
        assert!(got.contains(want), "{what}:\n  got  {got}\n  want {want}");
        if !want.starts_with("error") && !got.starts_with("error") {
            assert_eq!(got, want, "{what}");
        }
    }
}

#[test]
fn nothing_at_all_lists_what_was_looked_for_and_two_cures() {
    let env = Environment { home: Some("/home/me".into()), ..Environment::default() };
    let docker = DockerConfig::default();
    let context = docker.context_in_force(&env).unwrap();
    let inputs = Inputs {
        requested: None,
        env: &env,
        docker: &docker,
        context: &context,
        store: &[Instance {
            name: "unused".into(),
            driver: Driver::Remote,
            nodes: vec![Node { driver_opts: BTreeMap::new(), ..Node::default() }],
        }]
        .into_iter()
        .collect(),
        plugin: &Search { found: None, folders: vec!["/a".into(), "/b".into()] },
        files: &Existing,
    };
    let Ok(Decision::IfDaemonAnswers { then, otherwise }) = decide(&inputs) else {
        panic!("the daemon decides")
    };
    assert!(then.warning.unwrap().contains("no secrets, ssh, cache export"));
    assert_eq!(otherwise.causes.len(), 3);
    assert!(otherwise.causes[1].contains("/a, /b"));
    assert!(otherwise.causes[2].contains(DEFAULT_HOST));
    assert_eq!(otherwise.hints.len(), 2);
}
