//! What holds when a document does not say (Skaffold: `schema/defaults/defaults.go`). Applied after profiles;
//! nothing is filled in below `profiles`.

use super::model::{
    Artifact, BuildConfig, BuildpackDependencies, CustomDependencies, GitTagger, GoogleCloudBuild,
    KanikoArtifact, LocalBuild, SkaffoldConfig, Sync,
};

const KANIKO_IMAGE: &str = "gcr.io/kaniko-project/executor:latest";

/// Fills in the defaults.
pub(super) fn set(config: &mut SkaffoldConfig) {
    build(&mut config.build);
    or(&mut config.deploy.logs.prefix, "container");
    if let Some(helm) = &mut config.deploy.helm {
        helm.concurrency.get_or_insert(1);
    }
    for forward in &mut config.port_forward {
        if matches!(forward.local_port, None | Some(0)) {
            forward.local_port = forward.port.as_ref().and_then(serde_json::Value::as_i64);
        }
        or(&mut forward.address, "127.0.0.1");
    }
    for test in &mut config.test {
        or(&mut test.context, ".");
    }
}

fn build(build: &mut BuildConfig) {
    if build.local.is_none() && build.google_cloud_build.is_none() && build.cluster.is_none() {
        build.local = Some(LocalBuild::default());
    }
    let policy = build.tag_policy.get_or_insert_default();
    let chosen = policy.git_commit.is_some()
        || policy.env_template.is_some()
        || policy.date_time.is_some()
        || policy.custom_template.is_some()
        || policy.sha256.is_some()
        || policy.input_digest.is_some();
    if !chosen {
        policy.git_commit = Some(GitTagger::default());
    }
    for artifact in &mut build.artifacts {
        artifact_defaults(artifact, build.cluster.is_some());
    }
    if let Some(local) = build.local.as_mut().filter(|_| !build.artifacts.is_empty()) {
        local.concurrency.get_or_insert(1);
    }
    if let Some(cloud) = &mut build.google_cloud_build {
        google_cloud(cloud);
    }
    if let Some(cluster) = &mut build.cluster {
        or(&mut cluster.timeout, "20m");
        or(&mut cluster.pull_secret_mount_path, "/secret");
        if cluster.pull_secret_path.is_some() {
            or(&mut cluster.pull_secret_name, "kaniko-secret");
        }
        if let Some(docker) = &mut cluster.docker_config {
            or(&mut docker.secret_name, "docker-cfg");
        }
    }
}

fn artifact_defaults(artifact: &mut Artifact, cluster: bool) {
    or(&mut artifact.context, ".");
    sync(artifact);
    if cluster && artifact.custom.is_none() && artifact.buildpacks.is_none() {
        artifact.kaniko.get_or_insert_default();
    } else if !artifact.has_kind() {
        artifact.docker.get_or_insert_default();
    }
    if let Some(docker) = &mut artifact.docker {
        or(&mut docker.dockerfile, "Dockerfile");
    } else if let Some(kaniko) = &mut artifact.kaniko {
        kaniko_defaults(kaniko);
    } else if let Some(custom) = &mut artifact.custom {
        custom
            .dependencies
            .get_or_insert_with(|| CustomDependencies { paths: vec![".".into()], ..Default::default() });
    } else if let Some(buildpacks) = &mut artifact.buildpacks {
        or(&mut buildpacks.project_descriptor, "project.toml");
        let everything = || BuildpackDependencies { paths: vec![".".into()], ignore: vec![] };
        buildpacks.dependencies.get_or_insert_with(everything);
        if buildpacks.builder.is_none() && buildpacks.buildpacks.is_empty() {
            buildpacks.builder = Some("gcr.io/buildpacks/builder:v1".into());
            buildpacks.trust_builder = true;
        }
    }
    for dependency in &mut artifact.requires {
        if dependency.alias.is_none() {
            dependency.alias = Some(dependency.image.clone());
        }
    }
}

fn sync(artifact: &mut Artifact) {
    let automatic = artifact.buildpacks.is_some();
    match &mut artifact.sync {
        Some(sync) if sync.manual.is_empty() && sync.infer.is_empty() && sync.auto.is_none() => {
            if automatic || artifact.jib.is_some() {
                sync.auto = Some(true);
            } else {
                sync.infer = vec!["**/*".into()];
            }
        }
        None if automatic => artifact.sync = Some(Sync { auto: Some(true), ..Sync::default() }),
        _ => {}
    }
}

fn kaniko_defaults(kaniko: &mut KanikoArtifact) {
    or(&mut kaniko.image, KANIKO_IMAGE);
    or(&mut kaniko.dockerfile, "Dockerfile");
    or(&mut kaniko.init_image, "gcr.io/k8s-skaffold/skaffold-helpers/busybox");
    or(&mut kaniko.digest_file, "/dev/termination-log");
    or(&mut kaniko.copy_timeout, "5m");
    kaniko.copy_max_retries.get_or_insert(3);
    kaniko.build_context_compression_level.get_or_insert(1);
    if let Some(cache) = &mut kaniko.cache {
        cache.cache_run_layers.get_or_insert(true);
    }
}

fn google_cloud(cloud: &mut GoogleCloudBuild) {
    or(&mut cloud.docker_image, "gcr.io/cloud-builders/docker");
    or(&mut cloud.maven_image, "gcr.io/cloud-builders/mvn");
    or(&mut cloud.gradle_image, "gcr.io/cloud-builders/gradle");
    or(&mut cloud.kaniko_image, KANIKO_IMAGE);
    or(&mut cloud.pack_image, "gcr.io/k8s-skaffold/pack");
    or(&mut cloud.ko_image, "gcr.io/k8s-skaffold/skaffold");
}

fn or(value: &mut Option<String>, default: &str) {
    if value.is_none() {
        *value = Some(default.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, from_node, parse};

    fn defaulted(text: &str) -> SkaffoldConfig {
        let node = parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0);
        let mut config = from_node(&node).unwrap();
        set(&mut config);
        config
    }

    #[test]
    fn an_empty_document_builds_nothing_locally_and_tags_by_git() {
        let config = defaulted("kind: Config");
        assert_eq!(config.build.local, Some(LocalBuild::default()));
        assert!(config.build.tag_policy.unwrap().git_commit.is_some());
        assert_eq!(config.deploy.logs.prefix.as_deref(), Some("container"));
    }

    #[test]
    fn artifacts_get_context_kind_and_aliases() {
        let config = defaulted(
            "build: {artifacts: [{image: a, requires: [{image: b}, {image: c, alias: C}]}, {image: b, context: x, jib: {}, sync: {}}, {image: c, buildpacks: {}}]}",
        );
        let [a, b, c] = &config.build.artifacts[..] else { panic!() };
        assert_eq!(a.context.as_deref(), Some("."));
        assert_eq!(a.docker.as_ref().unwrap().dockerfile.as_deref(), Some("Dockerfile"));
        let aliases: Vec<_> = a.requires.iter().map(|r| r.alias.as_deref().unwrap()).collect();
        assert_eq!(aliases, ["b", "C"]);
        assert_eq!((b.context.as_deref(), b.docker.is_none()), (Some("x"), true));
        assert_eq!(b.sync.as_ref().unwrap().auto, Some(true));
        let buildpacks = c.buildpacks.as_ref().unwrap();
        assert_eq!((buildpacks.builder.is_some(), buildpacks.trust_builder), (true, true));
        assert_eq!(c.sync.as_ref().unwrap().auto, Some(true));
        assert_eq!(config.build.local.unwrap().concurrency, Some(1));
    }

    #[test]
    fn what_is_said_stays() {
        let config = defaulted(
            "build: {tagPolicy: {sha256: {}}, googleCloudBuild: {dockerImage: x}, artifacts: [{image: a, docker: {dockerfile: D}, sync: {infer: [x]}}]}",
        );
        assert_eq!(config.build.local, None);
        assert!(config.build.tag_policy.unwrap().git_commit.is_none());
        let cloud = config.build.google_cloud_build.unwrap();
        assert_eq!(
            (cloud.docker_image.as_deref(), cloud.kaniko_image.as_deref()),
            (Some("x"), Some(KANIKO_IMAGE))
        );
        let artifact = &config.build.artifacts[0];
        assert_eq!(artifact.docker.as_ref().unwrap().dockerfile.as_deref(), Some("D"));
        assert_eq!(artifact.sync.as_ref().unwrap().infer, ["x"]);
    }

    #[test]
    fn ports_are_forwarded_to_themselves() {
        let config = defaulted(
            "portForward: [{port: 80}, {port: http}, {port: 80, localPort: 8080, address: 0.0.0.0}]",
        );
        let ports: Vec<_> =
            config.port_forward.iter().map(|f| (f.local_port, f.address.as_deref().unwrap())).collect();
        assert_eq!(ports, [(Some(80), "127.0.0.1"), (None, "127.0.0.1"), (Some(8080), "0.0.0.0")]);
    }
}
