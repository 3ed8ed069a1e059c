use super::*;

struct World {
    folder: tempfile::TempDir,
    env: Environment,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let env = Environment {
            cwd: folder.path().join("project"),
            home: Some(folder.path().to_owned()),
            config_dir: Some(folder.path().join(".config")),
            ..Environment::default()
        };
        fs_err::create_dir(&env.cwd).unwrap();
        Self { folder, env }
    }

    #[must_use]
    fn file(self, path: &str, text: &str) -> Self {
        let path = self.folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
        self
    }

    fn settings(&self, flags: Flags, project: &ProjectLayer) -> Settings {
        resolve(flags, &self.env, project).unwrap()
    }
}

fn flag<T>(name: &str, value: T) -> Sourced<T> {
    Sourced::new(value, Origin::Flag(name.to_owned()))
}

const OWN: &str = "\
global:
  buildx-builder: everywhere
  default-repo: gcr.io/global
  insecure-registries: [a.io, b.io]
  cache-flags: [mode=max]
kubeContexts:
- kube-context: kind-.*
  buildx-builder: remote
  kind-disable-load: true
  insecure-registries: [k.io, a.io]
  cache-flags: []
";

fn world() -> World {
    World::new()
        .file(".config/skeg/config.yaml", OWN)
        .file(".skaffold/config", "global:\n  cache-tag: sk\n  default-repo: sk\n")
        .file(".kube/config", "current-context: kind-dev\n")
}

#[test]
fn each_layer_gives_way_to_the_one_above() {
    let world = world();
    let project =
        ProjectLayer { builder: Some("project".into()), cache_tag: Some("pt".into()), ..Default::default() };
    let builder = |flags: Flags, project: &ProjectLayer| {
        world.settings(flags, project).builder.map(|b| (b.value, b.origin.to_string()))
    };
    let named = |name: &str| Flags { builder: Some(flag("--builder", name.to_owned())), ..Flags::default() };
    assert_eq!(builder(named("f"), &project), Some(("f".into(), "flag --builder".into())));
    assert_eq!(builder(Flags::default(), &project), Some(("project".into(), "project .skeg.builder".into())));
    let none = ProjectLayer::default();
    assert_eq!(
        builder(Flags::default(), &none),
        Some(("remote".into(), "user config, context kind-.*".into()))
    );
    let elsewhere =
        Flags { kube_context: Some(flag("--kube-context", "prod".to_owned())), ..Flags::default() };
    assert_eq!(builder(elsewhere, &none), Some(("everywhere".into(), "user config, global".into())));
    // Empty says none, whatever lies below.
    assert_eq!(builder(named(""), &project), None);
}

#[test]
fn the_context_comes_from_flag_project_or_kubeconfig() {
    let world = world();
    let project = ProjectLayer { kube_context: Some("k3d-x".into()), ..Default::default() };
    let flags =
        Flags { kube_context: Some(flag("--kube-context", "minikube".to_owned())), ..Flags::default() };
    let of = |flags: Flags, project: &ProjectLayer| {
        let settings = world.settings(flags, project);
        (settings.kube_context.unwrap().value, settings.cluster.value)
    };
    assert_eq!(of(flags, &project), ("minikube".into(), Cluster::Local));
    assert_eq!(of(Flags::default(), &project), ("k3d-x".into(), Cluster::K3d));
    assert_eq!(of(Flags::default(), &ProjectLayer::default()), ("kind-dev".into(), Cluster::Kind));
    let bare = World::new().settings(Flags::default(), &ProjectLayer::default());
    assert_eq!((bare.kube_context, bare.cluster.value), (None, Cluster::Remote));
}

#[test]
fn lists_append_or_replace() {
    let world = world();
    let flags = Flags {
        insecure_registries: vec![flag("--insecure-registry", "f.io".to_owned())],
        ..Flags::default()
    };
    let settings = world.settings(flags, &ProjectLayer::default());
    let registries: Vec<_> =
        settings.insecure_registries.iter().map(|r| format!("{} ({})", r.value, r.origin)).collect();
    assert_eq!(
        registries,
        [
            "f.io (flag --insecure-registry)",
            "k.io (user config, context kind-.*)",
            "a.io (user config, context kind-.*)",
            "b.io (user config, global)",
        ]
    );
    assert_eq!(settings.cache_flags.unwrap().value, Vec::<String>::new());
    assert!(settings.cluster_load_disabled.value);
    let project = ProjectLayer { cache_flags: Some(vec!["mode=min".into()]), ..Default::default() };
    assert_eq!(world.settings(Flags::default(), &project).cache_flags.unwrap().value, ["mode=min"]);
}

#[test]
fn skaffolds_file_fills_what_ours_does_not_say() {
    let world = world();
    let settings = world.settings(Flags::default(), &ProjectLayer::default());
    assert_eq!(settings.default_repo.unwrap().value, "gcr.io/global");
    let tag = settings.cache_tag.unwrap();
    assert_eq!(tag.value, "sk");
    assert_eq!(tag.origin.place(&world.env), "~/.skaffold/config, global");
    // --config names the only file.
    let one = Flags { config: Some(flag("--config", "../other".to_owned())), ..Flags::default() };
    assert_eq!(world.settings(one.clone(), &ProjectLayer::default()).cache_tag, None);
    let world = world.file("other", "global: {cache-tag: o}\n");
    assert_eq!(world.settings(one, &ProjectLayer::default()).cache_tag.unwrap().value, "o");
}

#[test]
fn variables_move_the_files() {
    let mut world =
        world().file("mine", "global: {cache-repo: r}\n").file("theirs", "global: {cache-tag: t}\n");
    world.env.vars.insert(env::SKEG_CONFIG.into(), "../mine".into());
    world.env.vars.insert(env::SKAFFOLD_CONFIG.into(), "../theirs".into());
    let settings = world.settings(Flags::default(), &ProjectLayer::default());
    assert_eq!(settings.cache_repo.unwrap().value, "r");
    assert_eq!(settings.cache_tag.unwrap().value, "t");
    assert_eq!(settings.default_repo, None);
}

#[test]
fn a_minikube_of_any_name_is_local() {
    let world = World::new()
        .file(".kube/config", "current-context: team\n")
        .file(".minikube/profiles/team/config.json", "{}");
    assert_eq!(world.settings(Flags::default(), &ProjectLayer::default()).cluster.value, Cluster::Local);
    let no = Flags { detect_minikube: Some(flag("--detect-minikube", false)), ..Flags::default() };
    assert_eq!(world.settings(no, &ProjectLayer::default()).cluster.value, Cluster::Remote);
}

#[test]
fn every_value_has_a_line_with_its_origin() {
    let world = world();
    let flags = Flags {
        platforms: Some(flag("--platform", vec!["linux/amd64".into(), "linux/arm64".into()])),
        build_concurrency: Some(flag("--build-concurrency", 0)),
        push: Some(flag("--push", true)),
        ..Flags::default()
    };
    let lines: Vec<String> = world
        .settings(flags, &ProjectLayer::default())
        .sourced_lines()
        .into_iter()
        .map(|line| line.to_string())
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    kube-context: kind-dev (current-context of ~/.kube/config)
    cluster: kind (kube context kind-dev)
    cluster-load-disabled: true (user config, context kind-.*)
    default-repo: gcr.io/global (user config, global)
    insecure-registries: k.io (user config, context kind-.*)
    insecure-registries: a.io (user config, context kind-.*)
    insecure-registries: b.io (user config, global)
    builder: remote (user config, context kind-.*)
    cache-tag: sk (user config, global)
    cache-flags:  (user config, context kind-.*)
    push: true (flag --push)
    platform: linux/amd64,linux/arm64 (flag --platform)
    build-concurrency: 0 (flag --build-concurrency)
    ");
}

#[test]
fn negative_concurrency_is_the_projects() {
    let flags = Flags { build_concurrency: Some(flag("--build-concurrency", -1)), ..Flags::default() };
    assert_eq!(World::new().settings(flags, &ProjectLayer::default()).build_concurrency, None);
}
