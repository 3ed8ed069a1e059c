use super::*;
use crate::cli::{Request, Verb};

struct World {
    folder: tempfile::TempDir,
    env: Environment,
}

impl World {
    /// A home with the kube-context `kind-dev`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_owned();
        let config_dir = Some(home.join(".config"));
        let env = Environment { cwd: home.clone(), home: Some(home), config_dir, ..Environment::default() };
        let world = Self { folder, env };
        world.write(".kube/config", "current-context: kind-dev\n");
        world
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn own(&self) -> String {
        fs_err::read_to_string(self.folder.path().join(".config/skeg/config.yaml")).unwrap_or_default()
    }

    fn try_run(&self, line: &[&str]) -> Result<Said> {
        let args = ["skeg", "config"].iter().chain(line).map(std::ffi::OsString::from).collect();
        let env = Environment { args, ..self.env.clone() };
        let Request::Run(parsed) = cli::parse(&env)? else { panic!("{line:?}") };
        let Verb::Config(args) = &parsed.args.verb else { panic!("{line:?}") };
        run(args, &env)
    }

    fn run(&self, line: &[&str]) -> Said {
        self.try_run(line).unwrap()
    }

    fn notes(&self, line: &[&str]) -> Vec<String> {
        let said = self.run(line);
        assert_eq!(said.data, "");
        said.notes
    }
}

#[test]
fn set_writes_the_current_context_another_one_or_all() {
    let world = World::new();
    assert_eq!(
        world.notes(&["set", "buildx-builder", "remote"]),
        ["set buildx-builder to remote for context kind-dev in ~/.config/skeg/config.yaml"]
    );
    assert_eq!(world.notes(&["set", "-k", "prod", "default-repo", "gcr.io/x"]).len(), 1);
    assert_eq!(
        world.notes(&["set", "--global", "local-cluster", "1"]),
        ["set local-cluster to true for all contexts in ~/.config/skeg/config.yaml"]
    );
    world.run(&["set", "-g", "--survey", "disable-prompt", "true"]);
    assert_eq!(
        world.own(),
        "kubeContexts:\n  - kube-context: kind-dev\n    buildx-builder: remote\n  - kube-context: prod\n    \
         default-repo: gcr.io/x\nglobal:\n  local-cluster: true\n  survey:\n    disable-prompt: true\n"
    );
    assert_eq!(
        world.notes(&["set", "buildx-builder", "remote"]),
        ["buildx-builder is remote already for context kind-dev in ~/.config/skeg/config.yaml"]
    );
}

#[test]
fn without_a_context_it_is_global() {
    let world = World::new();
    world.write(".kube/config", "clusters: []\n");
    world.run(&["set", "cache-tag", "c"]);
    assert_eq!(world.own(), "global:\n  cache-tag: c\n");
    assert_eq!(world.run(&["list"]).data, "cache-tag: c  # ~/.config/skeg/config.yaml, global\n");
    assert_eq!(
        world.notes(&["unset", "cache-tag"]),
        ["unset cache-tag for all contexts in ~/.config/skeg/config.yaml"]
    );
    assert_eq!(world.run(&["list"]).data, "{}\n");
}

#[test]
fn what_is_in_force_elsewhere_is_said() {
    let world = World::new();
    world.write(".skaffold/config", "global:\n  default-repo: sk\n");
    assert_eq!(
        world.notes(&["unset", "default-repo"]),
        [
            "default-repo was not set for context kind-dev in ~/.config/skeg/config.yaml",
            "note: in force for context kind-dev is sk (~/.skaffold/config, global)",
        ]
    );
    world.write(".config/skeg/config.yaml", "kubeContexts:\n- kube-context: kind-.*\n  cache-tag: t\n");
    assert_eq!(
        world.notes(&["set", "buildx-builder", "b"])[1],
        "note: entry kind-dev of ~/.config/skeg/config.yaml now takes the place of entry kind-.* for context kind-dev; \
         only the last entry that matches counts"
    );
    world.write(
        ".config/skeg/config.yaml",
        "kubeContexts:\n- kube-context: kind-dev\n  cache-tag: a\n- kube-context: kind-.*\n  cache-tag: b\n",
    );
    assert_eq!(
        world.notes(&["set", "cache-tag", "c"])[1],
        "note: in force for context kind-dev is b (~/.config/skeg/config.yaml, context kind-.*)"
    );
    assert!(fs_err::read_to_string(world.folder.path().join(".skaffold/config")).unwrap().contains("sk"));
}

#[test]
fn lists_append_empty_and_forget() {
    let world = World::new();
    world.run(&["set", "-g", "insecure-registries", "a.io"]);
    world.run(&["set", "insecure-registries", "b.io"]);
    assert_eq!(
        world.notes(&["set", "insecure-registries", "c.io"]),
        ["added c.io to insecure-registries for context kind-dev in ~/.config/skeg/config.yaml"]
    );
    world.run(&["set", "-g", "cache-flags", "mode=max,compression=zstd"]);
    world.run(&["set", "cache-flags", ""]);
    let file = "~/.config/skeg/config.yaml";
    assert_eq!(
        world.run(&["list"]).data,
        format!(
            "kube-context: kind-dev  # current-context of ~/.kube/config\n\
             insecure-registries:\n\
             - b.io  # {file}, context kind-dev\n\
             - c.io  # {file}, context kind-dev\n\
             - a.io  # {file}, global\n\
             cache-flags: []  # {file}, context kind-dev\n"
        )
    );
    world.run(&["unset", "cache-flags"]);
    assert!(
        world
            .run(&["list"])
            .data
            .contains("cache-flags:\n- mode=max  # ~/.config/skeg/config.yaml, global\n")
    );
}

#[test]
fn list_shows_groups_and_records_of_skaffolds_file() {
    let world = World::new();
    world.write(
        ".skaffold/config",
        "global:\n  survey:\n    disable-prompt: true\n    user-surveys:\n    - id: x\n      taken: true\n  update:\n    \
         last-prompted: '2024'\n  collect-metrics: false\n",
    );
    let said = world.run(&["list", "-g"]).data;
    assert_eq!(
        said,
        "collect-metrics: false  # ~/.skaffold/config, global\n\
         survey:\n  disable-prompt: true  # ~/.skaffold/config, global\n  user-surveys:  # ~/.skaffold/config, global\n  \
         - id: x\n    taken: true\nupdate:\n  last-prompted: \"2024\"  # ~/.skaffold/config, global\n"
    );
    // What is printed is YAML again.
    crate::userconfig::tree::parse(std::path::Path::new("out"), &said).unwrap();
}

#[test]
fn all_shows_both_files_and_the_settings() {
    let mut world = World::new();
    world.write(".skaffold/config", "global:\n  default-repo: sk\n  insecure-registries: [a.io]\n");
    world.write(
        ".config/skeg/config.yaml",
        "global:\n  newer: {key: 1}\nkubeContexts:\n- kube-context: prod\n  cache-tag: t\n",
    );
    world.env.vars.insert("SKEG_BUILDER".into(), "remote".into());
    let data = world.run(&["list", "--all", "-k", "prod"]).data;
    crate::userconfig::tree::parse(std::path::Path::new("out"), &data).unwrap();
    let home = world.folder.path().display().to_string();
    insta::assert_snapshot!(data.replace(&home, "HOME"), @r"
    files:
    - path: HOME/.config/skeg/config.yaml
      global:
        newer:
          key: 1
      kubeContexts:
        - kube-context: prod
          cache-tag: t
    - path: HOME/.skaffold/config
      global:
        default-repo: sk
        insecure-registries:
          - a.io
    settings:
      kube-context: prod  # flag --kube-context
      cluster: remote  # kube context prod
      cluster-load-disabled: false  # default
      default-repo: sk  # ~/.skaffold/config, global
      insecure-registries:
      - a.io  # ~/.skaffold/config, global
      builder: remote  # environment SKEG_BUILDER
      cache-tag: t  # ~/.config/skeg/config.yaml, context prod
    ");
}

#[test]
fn unknown_keys_and_bad_values_are_usage_errors() {
    let world = World::new();
    let report = world.try_run(&["set", "bulidx-builder", "x"]).unwrap_err();
    assert_eq!(report.kind.exit_code(), 127);
    assert_eq!(report.hints[0], "did you mean `buildx-builder`?");
    assert!(report.hints[1].contains("cache-flags"));
    assert!(world.try_run(&["set", "local-cluster", "perhaps"]).is_err());
    assert!(world.try_run(&["set", "-g", "-k", "x", "cache-tag", "y"]).is_err());
    assert_eq!(world.own(), "");
}

#[test]
fn another_file_is_the_only_one() {
    let world = World::new();
    world.write(".skaffold/config", "global:\n  default-repo: sk\n");
    world.run(&["set", "-g", "-c", "mine", "cache-tag", "t"]);
    assert_eq!(world.own(), "");
    assert_eq!(world.run(&["list", "-g", "-c", "mine"]).data, "cache-tag: t  # ~/mine, global\n");
}

#[test]
fn surveys_are_accepted_and_nothing_comes_of_them() {
    let world = World::new();
    world.run(&["set", "-g", "-s", "disable-prompt", "true"]);
    let before = world.own();
    assert!(before.contains("survey:") && before.contains("disable-prompt: true"), "{before}");
    assert_eq!(world.notes(&["set", "-s", "-i", "helm", "taken", "true"]), ["nothing is kept of surveys"]);
    assert_eq!(world.notes(&["unset", "--survey", "--id=helm", "taken"]), ["nothing is kept of surveys"]);
    assert_eq!(world.own(), before);
}
