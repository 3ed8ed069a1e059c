use std::path::PathBuf;

use super::*;
use crate::config::{self, LoadOptions, Project};
use crate::engine::{Context, Secret, SecretSource};
use crate::settings::{Cluster, Flags, Origin, ProjectLayer, Sourced, Sources};

/// A project in a temporary folder: `app` and `web` require `base`; `tool` stands alone.
struct Fixture {
    dir: tempfile::TempDir,
    environment: Environment,
    project: Project,
    settings: Settings,
    push: bool,
}

const PROJECT: &str = "\
apiVersion: skaffold/v4beta11
kind: Config
build:
  platforms: [linux/amd64]
  artifacts:
    - {image: base, context: base}
    - image: team/app
      context: app
      requires: [{image: base, alias: BASE}]
      docker:
        buildArgs: {VERSION: '{{.IMAGE_TAG}}-{{.CHANNEL}}', FROM_ENV: null}
        cacheFrom: [team/app:cache]
        secrets: [{id: tok, env: CHANNEL}]
        network: bridge
        cliFlags: ['--label=by={{.IMAGE_NAME}}', --cgroup-parent=x]
    - image: web
      context: web
      requires: [{image: base}]
      docker: {network: host, addHost: ['db:10.0.0.1']}
    - {image: tool, context: tool, docker: {dockerfile: other/Dockerfile.tool}}
.skeg:
  artifacts:
    - image: tool
      docker: {contexts: {lib: ../lib, img: 'docker-image://x'}, outputs: ['type=oci,dest=t.tar'], provenance: max}
";

impl Fixture {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["base", "app", "web", "tool"] {
            fs_err::create_dir(dir.path().join(folder)).unwrap();
            fs_err::write(dir.path().join(folder).join("Dockerfile"), "FROM scratch\n").unwrap();
        }
        fs_err::write(dir.path().join("web/Dockerfile"), "FROM scratch\nARG SKAFFOLD_RUN_MODE\n").unwrap();
        fs_err::create_dir(dir.path().join("other")).unwrap();
        fs_err::write(dir.path().join("other/Dockerfile.tool"), "FROM scratch\n").unwrap();
        fs_err::write(dir.path().join("skaffold.yaml"), text).unwrap();
        let mut environment = Environment { cwd: dir.path().to_path_buf(), ..Environment::default() };
        for (name, value) in [("CHANNEL", "beta"), ("FROM_ENV", "e")] {
            environment.vars.insert(name.to_owned(), value.to_owned());
        }
        let options = LoadOptions { cwd: dir.path().to_path_buf(), ..LoadOptions::default() };
        let project = config::load(&options, &mut std::io::empty()).unwrap();
        let settings =
            Sources::gather(Flags::default(), &environment).unwrap().resolve(&ProjectLayer::default());
        assert_eq!(settings.cluster.value, Cluster::Remote);
        Self { dir, environment, project, settings, push: true }
    }

    /// The plan for the artifacts with these names; each is on the builder its place in `builder_of` says.
    fn plan(&self, wanted: &[&str], builder_of: &[usize], nodes: usize) -> Result<Plan> {
        let artifacts: Vec<Artifact<'_>> = self
            .project
            .artifacts()
            .map(|(module, index, artifact)| Artifact {
                module,
                index,
                artifact,
                recipe: Recipe::Docker(artifact.docker.as_ref().unwrap()),
                overlay: module.overlay.docker(&artifact.image).cloned().unwrap_or_default(),
                tagged: format!("r.io/{}:v1", artifact.image),
                push: self.push,
            })
            .collect();
        let wanted: Vec<usize> =
            (0..artifacts.len()).filter(|i| wanted.contains(&artifacts[*i].image())).collect();
        let builders: Vec<BuilderFacts> = ["one", "two"]
            .iter()
            .map(|name| BuilderFacts {
                name: (*name).into(),
                exports_cache: true,
                in_daemon: false,
                nodes: vec![vec![]; nodes],
            })
            .collect();
        plan(&Inputs {
            artifacts: &artifacts,
            wanted: &wanted,
            settings: &self.settings,
            environment: &self.environment,
            builders: &builders,
            builder_of,
            done: &BTreeMap::new(),
            run_mode: "build",
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

const ALL: &[&str] = &["base", "team/app", "web", "tool"];

fn definition(run: &PlannedRun) -> &Definition {
    let Job::Builder { definition, .. } = &run.job else { panic!("{run:?}") };
    definition
}

fn target<'a>(plan: &'a Plan, name: &str) -> &'a Target {
    let mut targets = plan.runs.iter().flat_map(|run| &definition(run).targets);
    targets.find(|t| t.name == name).unwrap_or_else(|| panic!("no target {name}"))
}

#[test]
fn one_builder_gets_everything_in_one_definition() {
    let fixture = Fixture::new(PROJECT);
    let plan = fixture.plan(ALL, &[0; 4], 1).unwrap();
    assert_eq!(plan.runs.len(), 1);
    let names: Vec<&str> = definition(&plan.runs[0]).targets.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["base", "app", "web", "tool"]);

    let app = target(&plan, "app");
    assert_eq!(app.image, "team/app");
    assert_eq!(app.tags, ["r.io/team/app:v1"]);
    assert_eq!(app.contexts["r.io/base:v1"], NamedContext::Target("base".into()));
    let args: Vec<(&str, &str)> = app.args.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(args, [("BASE", "r.io/base:v1"), ("FROM_ENV", "e"), ("VERSION", "v1-beta")]);
    assert_eq!(app.secrets, [Secret { id: "tok".into(), source: SecretSource::Env("CHANNEL".into()) }]);
    assert_eq!((app.network.as_deref(), app.entitlements.len()), (None, 0), "bridge is the usual network");
    assert_eq!(app.labels["by"], "app");
    assert_eq!(app.extra_flags, ["--cgroup-parent=x"]);
    assert_eq!(app.platforms, ["linux/amd64"]);
    assert_eq!(app.context, Context::Local(fixture.path("app")));
    assert_eq!(app.cache_to[0].get("ref"), Some("team/app:cache"));
    assert_eq!(app.provenance, None);
    assert_eq!(app.outputs, [Output::Push { insecure: false }]);

    let web = target(&plan, "web");
    assert_eq!(
        (web.network.as_deref(), web.entitlements.as_slice()),
        (Some("host"), &["network.host".to_owned()][..])
    );
    assert_eq!(web.args["SKAFFOLD_RUN_MODE"], "build");
    assert_eq!(web.args["base"], "r.io/base:v1", "without alias the image is the argument's name");
    assert!(!app.args.contains_key("SKAFFOLD_RUN_MODE"), "its Dockerfile does not declare it");

    let tool = target(&plan, "tool");
    assert_eq!(
        tool.dockerfile,
        Dockerfile::File(fixture.path("other/Dockerfile.tool")),
        "found in the working folder"
    );
    let lib = fixture.dir.path().parent().unwrap().join("lib");
    assert_eq!(tool.contexts["lib"], NamedContext::Source(lib.to_string_lossy().into_owned()));
    assert_eq!(tool.contexts["img"], NamedContext::Source("docker-image://x".into()));
    assert_eq!(tool.provenance.as_deref(), Some("mode=max"));
    assert_eq!(tool.outputs, [Output::Push { insecure: false }, Output::Other("type=oci,dest=t.tar".into())]);
}

#[test]
fn twice_is_the_same() {
    let fixture = Fixture::new(PROJECT);
    assert_eq!(fixture.plan(ALL, &[0; 4], 1).unwrap(), fixture.plan(ALL, &[0; 4], 1).unwrap());
}

#[test]
fn what_is_only_required_is_linked_and_goes_nowhere() {
    let plan = Fixture::new(PROJECT).plan(&["web"], &[0; 4], 1).unwrap();
    assert_eq!(plan.runs[0].delivers, [(2, "web".to_owned())]);
    assert!(target(&plan, "base").outputs.is_empty() && target(&plan, "base").cache_to.is_empty());
}

#[test]
fn without_a_push_results_are_loaded_and_caches_stay() {
    let mut fixture = Fixture::new(PROJECT);
    fixture.push = false;
    let plan = fixture.plan(ALL, &[0; 4], 1).unwrap();
    assert_eq!(target(&plan, "app").outputs, [Output::Load]);
    assert!(target(&plan, "app").cache_to.is_empty());
    assert_eq!(target(&plan, "tool").outputs, [Output::Other("type=oci,dest=t.tar".into())]);
}

#[test]
fn across_builders_the_base_comes_by_its_pushed_digest() {
    let fixture = Fixture::new(PROJECT);
    let mut plan = fixture.plan(&["web"], &[0, 0, 1, 1], 1).unwrap();
    assert_eq!(plan.runs.len(), 2, "the base first");
    assert_eq!(plan.runs[0].delivers, [(0, "base".to_owned())], "delivered, since another builder needs it");
    let run = &mut plan.runs[1];
    assert_eq!(run.external, [(0, "r.io/base:v1".to_owned())]);
    run.pin(&BTreeMap::from([(0, "r.io/base:v1@sha256:abc".to_owned())]));
    assert_eq!(
        definition(run).targets[0].contexts["r.io/base:v1"],
        NamedContext::Source("docker-image://r.io/base:v1@sha256:abc".into())
    );
    let mut fixture = fixture;
    fixture.push = false;
    let error = fixture.plan(&["web"], &[0, 0, 1, 1], 1).unwrap_err();
    assert!(error.title.contains("nobody pushes"), "{error:?}");
}

#[test]
fn several_nodes_export_a_cache_for_each_platform() {
    let mut fixture = Fixture::new(PROJECT);
    let platforms = vec!["linux/amd64".to_owned(), "arm64".to_owned()];
    fixture.settings.platforms = Some(Sourced::new(platforms, Origin::Default));
    let plan = fixture.plan(&["team/app"], &[0; 4], 2).unwrap();
    assert!(target(&plan, "app").cache_to.is_empty());
    let export = target(&plan, "app-cache-linux-arm64");
    assert_eq!(export.platforms, ["linux/arm64"]);
    assert_eq!(export.cache_to[0].get("ref"), Some("team/app:cache-linux-arm64"));
    assert!(export.outputs.is_empty() && export.tags.is_empty());
    assert_eq!(plan.runs[0].delivers, [(1, "app".to_owned())]);
}

#[test]
fn insecure_registries_are_told_to_pushes_and_caches() {
    let mut fixture = Fixture::new(&PROJECT.replace("team/app:cache", "r.io/cache:x"));
    fixture.settings.insecure_registries = vec![Sourced::new("http://r.io/".into(), Origin::Default)];
    let plan = fixture.plan(&["team/app"], &[0; 4], 1).unwrap();
    let app = target(&plan, "app");
    assert_eq!(app.outputs, [Output::Push { insecure: true }]);
    assert_eq!(app.cache_from[0].get("registry.insecure"), Some("true"));
}

#[test]
fn one_platform_of_several_where_asked_for() {
    let mut fixture = Fixture::new(PROJECT);
    let platforms = vec!["windows/amd64".to_owned(), "linux/s390x".to_owned()];
    fixture.settings.platforms = Some(Sourced::new(platforms, Origin::Default));
    fixture.settings.single_platform = true;
    assert_eq!(target(&fixture.plan(ALL, &[0; 4], 1).unwrap(), "tool").platforms, ["windows/amd64"]);
}

#[test]
fn all_platforms_are_the_builders_own() {
    let mut fixture = Fixture::new(&PROJECT.replace("[linux/amd64]", "[linux/s390x, ALL]"));
    assert_eq!(target(&fixture.plan(ALL, &[0; 4], 1).unwrap(), "tool").platforms, [] as [&str; 0]);
    fixture.settings.platforms = Some(Sourced::new(vec!["arm".to_owned()], Origin::Default));
    assert_eq!(target(&fixture.plan(ALL, &[0; 4], 1).unwrap(), "tool").platforms, ["linux/arm"]);
}

#[test]
fn what_cannot_be_built_is_said_before_anything_is() {
    let rows = [
        ("context: tool", "context: nowhere", "is not a folder"),
        ("other/Dockerfile.tool", "nothing", "has no Dockerfile"),
        ("env: CHANNEL", "env: UNSET", "secret tok of artifact team/app is missing"),
        ("env: CHANNEL", "src: no.txt", "secret tok of artifact team/app is missing"),
        ("network: bridge", "network: 'container:x'", "has no network"),
        ("network: bridge", "squash: true", "asks for squash"),
        ("{{.CHANNEL}}", "{{.UNSET}}", "build argument VERSION of artifact team/app"),
    ];
    for (from, to, words) in rows {
        let fixture = Fixture::new(&PROJECT.replace(from, to));
        let error = fixture.plan(ALL, &[0; 4], 1).expect_err(words);
        assert!(error.title.contains(words), "{from}: {error:?}");
        assert!(!error.excerpts.is_empty(), "{from}: it has a place");
    }
    let several =
        PROJECT.replace("context: tool", "context: nowhere").replace("context: web", "context: gone");
    let error = Fixture::new(&several).plan(ALL, &[0; 4], 1).unwrap_err();
    assert_eq!(error.title, "2 errors in skaffold.yaml");
    let labels: Vec<bool> = error.excerpts.iter().map(|e| e.label.contains("is not a folder")).collect();
    assert_eq!(labels, [true, true]);
}

#[test]
fn names_of_targets_are_short_and_unique() {
    let text = "\
apiVersion: skaffold/v4beta11
kind: Config
build:
  artifacts:
    - {image: a.io/x/app, context: app}
    - {image: b.io/x/app, context: app}
    - {image: default, context: web}
    - {image: c.io/y.z, context: web}
";
    let fixture = Fixture::new(text);
    let plan = fixture.plan(&["a.io/x/app", "b.io/x/app", "default", "c.io/y.z"], &[0; 4], 1).unwrap();
    let names: Vec<&str> = definition(&plan.runs[0]).targets.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["a_io_x_app", "b_io_x_app", "default_", "y_z"]);
}
