//! `docs/compatibility.md` speaks of everything there is, and what it says of names holds: commands, flags and where
//! they are taken, sections and their keys.

use std::collections::BTreeSet;

use clap::{Arg, Command};
use serde_json::Value;
use skeg::config::schema::{Version, schema};

const DOC: &str = include_str!("../docs/compatibility.md");

/// Flags of Skaffold 2.24, by its own table of them.
const SKAFFOLD: &str = "filename module user profile namespace default-repo cache-artifacts cache-file \
    remote-cache-dir sync-remote-cache insecure-registry enable-rpc wait-for-connection event-log-file last-log-file \
    rpc-port rpc-http-port label toot tail force skip-tests cleanup no-prune no-prune-children port-forward \
    status-check iterative-status-check tolerate-failures-until-deadline fast-fail-status-check render-only \
    render-output config kube-context kubeconfig tag platform minikube-profile profile-auto-activation auto \
    propagate-profiles trigger auto-build auto-sync auto-deploy watch-image watch-poll-interval mute-logs \
    wait-for-deletions wait-for-deletions-max env-file wait-for-deletions-delay build-image detect-minikube \
    build-artifacts images auto-create-config assume-yes build-concurrency digest-source load-images hydration-dir \
    resource-selector-rules-file docker-network enable-platform-node-affinity enable-gke-arm-node-toleration \
    disable-multi-platform-build check-cluster-node-platforms cloud-run-project cloud-run-location \
    keep-running-on-failure set set-value-file status-check-selectors verbosity color force-colors interactive \
    update-check timestamps loud debugging protocols post-renderer analyze skip-build compose-file \
    default-kustomization artifact generate-manifests skip-unreachable-dirs";

/// Its commands.
const COMMANDS: &str = "run dev debug build test deploy delete render apply verify exec init version fix completion \
    config diagnose options help schema find-configs credits survey filter generate-pipeline inspect lint lsp";

/// The flags of its commands that are here: those of every command that reads a project (`all`), and their own. A
/// letter stands behind a slash.
const TAKEN: &[(&str, &str)] = &[
    ("", "verbosity/v color force-colors interactive update-check timestamps"),
    (
        "build",
        "all profile/p namespace/n default-repo/d cache-artifacts cache-file insecure-registry enable-rpc \
         wait-for-connection event-log-file last-log-file rpc-port rpc-http-port toot skip-tests config/c kube-context \
         kubeconfig tag/t platform minikube-profile profile-auto-activation propagate-profiles mute-logs build-image/b \
         detect-minikube build-concurrency disable-multi-platform-build check-cluster-node-platforms quiet/q output/o \
         file-output dry-run push",
    ),
    (
        "test",
        "all profile/p enable-rpc wait-for-connection event-log-file last-log-file rpc-port rpc-http-port config/c \
         profile-auto-activation propagate-profiles build-artifacts/a images/i",
    ),
    (
        "diagnose",
        "all profile/p config/c profile-auto-activation propagate-profiles yaml-only enable-templating output/o",
    ),
    ("fix", "all version overwrite output/o"),
    ("lint", "all format"),
    ("find-configs", "directory/d output/o"),
    ("version", "output/o"),
    ("schema list", "output/o"),
    ("config set", "config/c kube-context/k global/g survey/s id/i"),
    ("config unset", "config/c kube-context/k global/g survey/s id/i"),
    ("config list", "config/c kube-context/k all/a"),
    ("inspect modules list", "filename/f format/o remote-cache-dir all/a"),
    ("inspect profiles list", "filename/f format/o remote-cache-dir build-env module/m"),
    ("inspect build-env list", "filename/f format/o remote-cache-dir profile/p module/m"),
    (
        "inspect build-env add local",
        "filename/f format/o profile/p module/m push tryImportMissing useDockerCLI useBuildkit concurrency",
    ),
    (
        "inspect build-env add googleCloudBuild",
        "filename/f format/o profile/p module/m projectId diskSizeGb machineType timeout concurrency logging \
         logStreamingOption workerPool",
    ),
    (
        "inspect build-env add cluster",
        "filename/f format/o profile/p module/m pullSecretPath pullSecretName pullSecretMountPath namespace \
         dockerConfigPath dockerConfigSecretName serviceAccount runAsUser randomPullSecret randomDockerConigSecret \
         timeout concurrency",
    ),
    (
        "inspect build-env modify googleCloudBuild",
        "filename/f format/o profile/p module/m strict projectId diskSizeGb machineType timeout concurrency logging \
         logStreamingOption workerPool",
    ),
    ("inspect tests list", "filename/f format/o profile/p module/m propagate-profiles"),
    ("inspect namespaces list", "filename/f format/o profile/p module/m"),
    ("inspect executionModes list", "filename/f format/o profile/p module/m propagate-profiles"),
    ("inspect jobManifestPaths list", "filename/f format/o profile/p module/m propagate-profiles"),
    ("inspect jobManifestPaths modify", "all format/o output"),
    ("inspect config-dependencies add", "filename/f format/o module/m"),
];
const ALL: &str = "filename/f module/m user/u remote-cache-dir sync-remote-cache assume-yes";

/// Types of the schema whose keys the document names one by one.
const TYPES: &str = "SkaffoldConfig ConfigDependency BuildConfig Artifact DockerArtifact CustomArtifact LocalBuild \
    TagPolicy TestCase RenderConfig DeployConfig";

/// What stands in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the tables below a heading or line, cell by cell.
fn rows(after: &str) -> Vec<Vec<&'static str>> {
    let (_, text) = DOC.split_once(after).unwrap_or_else(|| panic!("no {after:?}"));
    let table = text.lines().skip_while(|line| !line.starts_with('|'));
    let lines = table.take_while(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

fn flags(command: &Command, all: &mut BTreeSet<String>) {
    all.extend(command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))));
    command.get_subcommands().for_each(|command| flags(command, all));
}

/// The flag of a command, or one that it has from those above it.
fn find<'a>(root: &'a Command, path: &str, long: &str) -> Option<&'a Arg> {
    let mut command = root;
    let mut found = None;
    for name in std::iter::once("").chain(path.split_whitespace()) {
        if !name.is_empty() {
            command = command.find_subcommand(name).unwrap_or_else(|| panic!("no command {path}"));
        }
        let is = |arg: &&Arg| {
            arg.get_long() == Some(long) || arg.get_all_aliases().unwrap_or_default().contains(&long)
        };
        found = command.get_arguments().find(is).or(found.filter(|arg: &&Arg| arg.is_global_set()));
    }
    found
}

/// The commands that have no commands below them, by their paths.
fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
    if !command.has_subcommands() {
        found.push(path.to_owned());
    }
    for below in command.get_subcommands() {
        leaves(below, format!("{path} {}", below.get_name()).trim(), found);
    }
}

#[test]
fn everything_is_spoken_of() {
    let spoken: BTreeSet<&str> = quoted(DOC).collect();
    let mut wanted = BTreeSet::new();
    flags(&skeg::cli::command(), &mut wanted);
    wanted.extend(SKAFFOLD.split_whitespace().map(|flag| format!("--{flag}")));
    let missing: Vec<&String> = wanted.iter().filter(|name| !spoken.contains(name.as_str())).collect();
    assert_eq!(missing, [] as [&String; 0], "not in docs/compatibility.md");
}

#[test]
fn commands_are_there_unless_the_table_says_not_yet() {
    let command = skeg::cli::command();
    let mut named = BTreeSet::from(["help"]);
    for row in rows("## Commands") {
        let mut above = None;
        for name in quoted(row[0]) {
            let mut words: Vec<&str> = name.split(' ').collect();
            // `config set`, `unset`
            if command.find_subcommand(words[0]).is_none() {
                words.splice(0..0, above);
            }
            let found = words.iter().try_fold(&command, |command, word| command.find_subcommand(word));
            assert_eq!(found.is_none() && name != "help", row[1] == "not yet", "{name}");
            above = command.find_subcommand(words[0]).map(|_| words[0]);
            named.insert(words[0]);
        }
    }
    let ours = command.get_subcommands().map(Command::get_name);
    let missing: Vec<&str> =
        ours.chain(COMMANDS.split_whitespace()).filter(|name| !named.contains(name)).collect();
    assert_eq!(missing, [] as [&str; 0], "commands that are not in docs/compatibility.md");
}

#[test]
fn every_flag_of_skaffolds_commands_is_taken() {
    let command = skeg::cli::command();
    let mut missing = vec![];
    for (path, own) in TAKEN {
        let common = if own.starts_with("all ") { ALL } else { "" };
        for flag in common.split_whitespace().chain(own.split_whitespace().filter(|flag| *flag != "all")) {
            let (long, letter) = flag.split_once('/').unwrap_or((flag, ""));
            let found = find(&command, path, long);
            if !found.is_some_and(|arg| letter.is_empty() || arg.get_short() == letter.chars().next()) {
                missing.push(format!("{path} --{flag}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
    let (mut there, table) = (vec![], TAKEN.iter().map(|(path, _)| *path).collect::<Vec<_>>());
    leaves(&command, "", &mut there);
    // Without flags there, or only here.
    let others = ["schema get", "completion", "options", "why", "cache status", "cache prune"];
    there.retain(|path| !table.contains(&path.as_str()) && !others.contains(&path.as_str()));
    assert_eq!(there, [""; 0], "without a line in the table of this test");
}

#[test]
fn flags_are_taken_where_the_tables_say() {
    let command = skeg::cli::command();
    for (table, commands) in [
        ("Of every command:", &[""][..]),
        ("Which project (", &["build", "test", "diagnose", "lint", "why"]),
        ("Building (", &["build"]),
        ("Of single commands:", &[]),
        ("Without effect;", &["build", "test"]),
    ] {
        for row in rows(table) {
            let (of, named) = match row[0].split_once(": ") {
                Some((of, named)) => (quoted(of).collect(), named),
                None => (commands.to_vec(), row[0]),
            };
            for group in named.split("; ") {
                let mut letter = None;
                for name in quoted(group) {
                    let Some(long) = name.strip_prefix("--") else {
                        letter = name.strip_prefix('-').and_then(|name| name.chars().next());
                        continue;
                    };
                    if matches!(long, "help" | "version") && of == [""] {
                        continue;
                    }
                    assert!(!of.is_empty(), "{name}: of which command?");
                    for path in &of {
                        let mut below = vec![];
                        leaves(&command, "", &mut below);
                        below.retain(|leaf| leaf == path || leaf.starts_with(&format!("{path} ")));
                        if path.is_empty() {
                            below = vec![String::new()];
                        }
                        let mut takes = below.iter().filter_map(|leaf| find(&command, leaf, long));
                        assert!(
                            takes.any(|arg| letter.is_none() || arg.get_short() == letter),
                            "{path} {name} {letter:?}"
                        );
                    }
                    letter = None;
                }
            }
        }
    }
}

#[test]
fn flags_that_are_not_there_yet_are_not_there() {
    let (_, text) = DOC.split_once("Of commands that are not there yet:").unwrap();
    let (text, _) = text.split_once("not yet").unwrap();
    let mut ours = BTreeSet::new();
    flags(&skeg::cli::command(), &mut ours);
    let there: Vec<&str> = quoted(text).filter(|flag| ours.contains(*flag)).collect();
    assert_eq!(there, [""; 0]);
    assert!(quoted(text).count() > 30);
}

#[test]
fn keys_of_the_schema_have_rows() {
    let schema = schema(Version::LATEST);
    let table = rows("Sections and groups of fields.");
    let spoken: BTreeSet<&str> =
        table.iter().flat_map(|row| quoted(row[0])).flat_map(|name| name.split('.')).collect();
    let mut missing = vec![];
    for name in TYPES.split_whitespace() {
        let keys =
            schema["definitions"][name]["properties"].as_object().unwrap_or_else(|| panic!("no {name}"));
        missing.extend(
            keys.keys().filter(|key| !spoken.contains(key.as_str())).map(|key| format!("{name}.{key}")),
        );
    }
    assert_eq!(missing, [""; 0], "not in the table of docs/compatibility.md");

    let known: BTreeSet<&String> = schema["definitions"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|of| of["properties"].as_object())
        .flat_map(|keys| keys.keys())
        .collect();
    let unknown: Vec<&&str> = spoken.iter().filter(|name| !known.contains(&(**name).to_owned())).collect();
    assert_eq!(unknown, [&""; 0], "no key of the schema");
    assert_eq!(schema["definitions"]["SkaffoldConfig"]["type"], Value::from("object"));
}
