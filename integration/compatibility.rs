//! `docs/compatibility.md` speaks of everything there is: each command, flag and section.

use std::collections::BTreeSet;

use clap::Command;

/// Flags of Skaffold 2.24, by its own table of them.
const SKAFFOLD: &str = "filename module profile namespace default-repo cache-artifacts cache-file remote-cache-dir \
    sync-remote-cache insecure-registry enable-rpc wait-for-connection event-log-file last-log-file rpc-port \
    rpc-http-port label toot tail force skip-tests cleanup no-prune no-prune-children port-forward status-check \
    iterative-status-check tolerate-failures-until-deadline fast-fail-status-check render-only render-output config \
    kube-context kubeconfig tag platform minikube-profile profile-auto-activation auto propagate-profiles trigger \
    auto-build auto-sync auto-deploy watch-image watch-poll-interval mute-logs wait-for-deletions \
    wait-for-deletions-max env-file wait-for-deletions-delay build-image detect-minikube build-artifacts images \
    auto-create-config assume-yes build-concurrency digest-source load-images hydration-dir \
    resource-selector-rules-file docker-network enable-platform-node-affinity enable-gke-arm-node-toleration \
    disable-multi-platform-build check-cluster-node-platforms cloud-run-project cloud-run-location \
    keep-running-on-failure set set-value-file status-check-selectors verbosity color force-colors interactive \
    update-check timestamps";
/// Its commands.
const COMMANDS: &str = "run dev debug build test deploy delete render apply verify exec init version fix completion \
    config diagnose options schema find-configs credits filter generate-pipeline inspect lint lsp";
/// Sections and kinds of artifacts.
const SECTIONS: &str = "apiVersion kind metadata requires build.artifacts build.local build.googleCloudBuild \
    build.cluster build.tagPolicy test manifests deploy portForward resourceSelector verify customActions profiles \
    docker bazel ko jib kaniko buildpacks custom sync hooks platforms runtimeType";

fn flags(command: &Command, all: &mut BTreeSet<String>) {
    all.extend(command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))));
    command.get_subcommands().for_each(|command| flags(command, all));
}

#[test]
fn everything_is_spoken_of() {
    let text = include_str!("../docs/compatibility.md");
    let spoken: BTreeSet<&str> = text.split('`').skip(1).step_by(2).collect();
    let mut wanted = BTreeSet::new();
    flags(&skeg::cli::command(), &mut wanted);
    wanted.extend(SKAFFOLD.split_whitespace().map(|flag| format!("--{flag}")));
    wanted.extend(SECTIONS.split_whitespace().map(str::to_owned));
    let missing: Vec<&String> = wanted.iter().filter(|name| !spoken.contains(name.as_str())).collect();
    assert_eq!(missing, [] as [&String; 0], "not in docs/compatibility.md");

    let command = skeg::cli::command();
    let ours = command.get_subcommands().map(Command::get_name);
    let missing: Vec<&str> = ours
        .chain(COMMANDS.split_whitespace())
        .filter(|name| !spoken.iter().any(|spoken| spoken.split(' ').next() == Some(name)))
        .collect();
    assert_eq!(missing, [] as [&str; 0], "commands that are not in docs/compatibility.md");
}
