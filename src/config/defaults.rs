//! What holds when a document does not say (Skaffold: `schema/defaults/defaults.go`). Applied after profiles;
//! nothing is filled in below `profiles`.

use super::Project;
use super::model::{
    Artifact, BuildConfig, BuildpackDependencies, CustomDependencies, GitTagger, GoogleCloudBuild,
    KanikoArtifact, KubectlDeploy, LocalBuild, SkaffoldConfig, Sync,
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
        if forward.local_port == 0 {
            let number = forward.port.as_ref().and_then(serde_json::Value::as_i64);
            forward.local_port = number.unwrap_or_default();
        }
        or(&mut forward.address, "127.0.0.1");
    }
    for test in &mut config.test {
        or(&mut test.context, ".");
    }
}

/// What is rendered and how it is deployed when a project does not say: `k8s/*.yaml`, by kubectl. For verbs that render
/// or deploy; only of a project of one document (Skaffold: `runner/runcontext`, `defaults.SetDefaultRenderer` and
/// `SetDefaultDeployer`).
pub fn set_deployer(project: &mut Project) {
    let [module] = &mut project.modules[..] else { return };
    let SkaffoldConfig { manifests, deploy, .. } = &mut module.model;
    if manifests.kpt.is_empty() {
        if !manifests.raw_yaml.is_empty() {
            if deploy.cloudrun.is_none() {
                deploy.kubectl.get_or_insert_default();
            }
        } else if manifests.kustomize.is_none()
            && manifests.helm.is_none()
            && deploy.helm.is_none()
            && deploy.docker.is_none()
            && deploy.cloudrun.is_none()
        {
            manifests.raw_yaml = vec!["k8s/*.yaml".into()];
        }
    }
    if deploy.docker.is_none()
        && deploy.helm.is_none()
        && deploy.kpt.is_none()
        && deploy.kubectl.is_none()
        && deploy.cloudrun.is_none()
    {
        deploy.kubectl = Some(KubectlDeploy::default());
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
    use crate::config::document::decode;
    use crate::config::model::ArtifactKind;
    use crate::config::{LoadOptions, read};
    use crate::yaml::{Source, parse};

    fn defaulted(text: &str) -> SkaffoldConfig {
        let node = parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0);
        let mut config = decode(&node).unwrap();
        set(&mut config);
        config
    }

    /// Each of these texts, with what is asked of it and what is to come out.
    fn check<T>(rows: &[(&str, T, &str)], answer: impl Fn(&SkaffoldConfig, &T) -> String) {
        for (text, question, expected) in rows {
            assert_eq!(answer(&defaulted(text), question), *expected, "{text}");
        }
    }

    fn text(value: Option<&String>) -> String {
        value.map_or_else(|| "none".to_owned(), Clone::clone)
    }

    #[test]
    fn an_empty_document_builds_nothing_locally_and_tags_by_git() {
        let config = defaulted("kind: Config");
        assert_eq!(config.build.local, Some(LocalBuild::default()));
        assert!(config.build.tag_policy.unwrap().git_commit.is_some());
        assert_eq!(config.deploy.logs.prefix.as_deref(), Some("container"));
        assert!(config.test.is_empty() && config.port_forward.is_empty() && config.deploy.helm.is_none());
        assert_eq!((config.deploy.kubectl, config.manifests.raw_yaml.len()), (None, 0));
    }

    #[test]
    fn sections_of_build() {
        type Ask = fn(&BuildConfig) -> String;
        let builder: Ask = |build| {
            let local = build.local.as_ref().map(|local| format!("local {:?}", local.concurrency));
            let cloud = build.google_cloud_build.as_ref().map(|_| "cloud".to_owned());
            let cluster = build.cluster.as_ref().map(|_| "cluster".to_owned());
            [local, cloud, cluster].into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        let tagger: Ask = |build| {
            let policy = build.tag_policy.as_ref().unwrap();
            let taggers = [
                ("gitCommit", policy.git_commit.is_some()),
                ("sha256", policy.sha256.is_some()),
                ("envTemplate", policy.env_template.is_some()),
                ("dateTime", policy.date_time.is_some()),
                ("customTemplate", policy.custom_template.is_some()),
                ("inputDigest", policy.input_digest.is_some()),
            ];
            taggers.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()
        };
        let cloud: Ask = |build| {
            let cloud = build.google_cloud_build.as_ref().unwrap();
            let images = [
                &cloud.docker_image,
                &cloud.maven_image,
                &cloud.gradle_image,
                &cloud.kaniko_image,
                &cloud.pack_image,
                &cloud.ko_image,
            ];
            images.map(|image| text(image.as_ref())).join(" ")
        };
        let cluster: Ask = |build| {
            let cluster = build.cluster.as_ref().unwrap();
            let docker = cluster.docker_config.as_ref().map(|docker| text(docker.secret_name.as_ref()));
            [
                text(cluster.timeout.as_ref()),
                text(cluster.pull_secret_mount_path.as_ref()),
                text(cluster.pull_secret_name.as_ref()),
                text(docker.as_ref()),
            ]
            .join(" ")
        };
        let rows: &[(&str, Ask, &str)] = &[
            ("build: {}", builder, "local None"),
            ("build: {local: {}}", builder, "local None"),
            ("build: {artifacts: [{image: a}]}", builder, "local Some(1)"),
            ("build: {artifacts: [{image: a}], local: {concurrency: 0}}", builder, "local Some(0)"),
            ("build: {artifacts: [{image: a}], local: {concurrency: 4}}", builder, "local Some(4)"),
            ("build: {googleCloudBuild: {}}", builder, "cloud"),
            ("build: {cluster: {}}", builder, "cluster"),
            ("build: {tagPolicy: {}}", tagger, "gitCommit"),
            ("build: {tagPolicy: {sha256: {}}}", tagger, "sha256"),
            ("build: {tagPolicy: {envTemplate: {template: x}}}", tagger, "envTemplate"),
            ("build: {tagPolicy: {dateTime: {}}}", tagger, "dateTime"),
            ("build: {tagPolicy: {customTemplate: {template: x}}}", tagger, "customTemplate"),
            ("build: {tagPolicy: {inputDigest: {}}}", tagger, "inputDigest"),
            (
                "build: {googleCloudBuild: {}}",
                cloud,
                "gcr.io/cloud-builders/docker gcr.io/cloud-builders/mvn gcr.io/cloud-builders/gradle \
                 gcr.io/kaniko-project/executor:latest gcr.io/k8s-skaffold/pack gcr.io/k8s-skaffold/skaffold",
            ),
            (
                "build: {googleCloudBuild: {dockerImage: d, mavenImage: m, gradleImage: g, kanikoImage: k, packImage: p, koImage: o}}",
                cloud,
                "d m g k p o",
            ),
            ("build: {cluster: {}}", cluster, "20m /secret none none"),
            (
                "build: {cluster: {pullSecretPath: /p, dockerConfig: {}}}",
                cluster,
                "20m /secret kaniko-secret docker-cfg",
            ),
            (
                "build: {cluster: {timeout: 1h, pullSecretMountPath: /m, pullSecretPath: p, pullSecretName: n, dockerConfig: {secretName: s}}}",
                cluster,
                "1h /m n s",
            ),
        ];
        check(rows, |config, ask| ask(&config.build));
    }

    #[test]
    fn artifacts() {
        type Ask = fn(&Artifact) -> String;
        let kinds: Ask = |artifact| {
            let docker =
                artifact.docker.as_ref().map(|docker| format!("docker {}", text(docker.dockerfile.as_ref())));
            let kaniko =
                artifact.kaniko.as_ref().map(|kaniko| format!("kaniko {}", text(kaniko.dockerfile.as_ref())));
            let kind = match artifact.kind() {
                ArtifactKind::Docker | ArtifactKind::Kaniko => None,
                kind => Some(kind.to_string()),
            };
            [kind, docker, kaniko].into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        let sync: Ask = |artifact| {
            let sync = artifact.sync.as_ref();
            sync.map_or_else(
                || "none".to_owned(),
                |sync| format!("{:?} {:?} {}", sync.auto, sync.infer, sync.manual.len()),
            )
        };
        let context: Ask = |artifact| text(artifact.context.as_ref());
        let alias: Ask = |artifact| {
            artifact
                .requires
                .iter()
                .map(|required| text(required.alias.as_ref()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let kaniko: Ask = |artifact| {
            let kaniko = artifact.kaniko.as_ref().unwrap();
            format!(
                "{} {} {} {:?} {} {:?} {:?}",
                text(kaniko.image.as_ref()),
                text(kaniko.init_image.as_ref()),
                text(kaniko.digest_file.as_ref()),
                kaniko.copy_max_retries,
                text(kaniko.copy_timeout.as_ref()),
                kaniko.build_context_compression_level,
                kaniko.cache.as_ref().map(|cache| cache.cache_run_layers),
            )
        };
        let custom: Ask = |artifact| {
            let dependencies = artifact.custom.as_ref().unwrap().dependencies.as_ref().unwrap();
            format!("{:?} {:?}", dependencies.paths, dependencies.command)
        };
        let buildpacks: Ask = |artifact| {
            let pack = artifact.buildpacks.as_ref().unwrap();
            format!(
                "{} {} {} {:?}",
                text(pack.builder.as_ref()),
                pack.trust_builder,
                text(pack.project_descriptor.as_ref()),
                pack.dependencies.as_ref().map(|dependencies| &dependencies.paths),
            )
        };
        let rows: &[(&str, Ask, &str)] = &[
            ("{image: a}", context, "."),
            ("{image: a, context: ''}", context, "."),
            ("{image: a, context: web}", context, "web"),
            ("{image: a}", kinds, "docker Dockerfile"),
            ("{image: a, docker: {dockerfile: D}}", kinds, "docker D"),
            ("{image: a, docker: {dockerfile: ''}}", kinds, "docker Dockerfile"),
            ("{image: a, jib: {}}", kinds, "jib"),
            ("{image: a, bazel: {target: //:x.tar}}", kinds, "bazel"),
            ("{image: a, ko: {}}", kinds, "ko"),
            ("{image: a, kaniko: {}}", kinds, "kaniko Dockerfile"),
            ("{image: a}", sync, "none"),
            ("{image: a, sync: {}}", sync, "None [\"**/*\"] 0"),
            ("{image: a, sync: {infer: [x]}}", sync, "None [\"x\"] 0"),
            ("{image: a, sync: {manual: [{src: a, dest: b}]}}", sync, "None [] 1"),
            ("{image: a, sync: {auto: false}}", sync, "Some(false) [] 0"),
            ("{image: a, sync: {hooks: {before: [{host: {command: [a]}}]}}}", sync, "None [\"**/*\"] 0"),
            ("{image: a, jib: {}}", sync, "none"),
            ("{image: a, jib: {}, sync: {}}", sync, "Some(true) [] 0"),
            ("{image: a, buildpacks: {}}", sync, "Some(true) [] 0"),
            ("{image: a, buildpacks: {}, sync: {}}", sync, "Some(true) [] 0"),
            ("{image: a, buildpacks: {}, sync: {auto: false}}", sync, "Some(false) [] 0"),
            (
                "{image: a, requires: [{image: b}, {image: c, alias: C}, {image: d, alias: ''}]}",
                alias,
                "b C d",
            ),
            (
                "{image: a, kaniko: {}}",
                kaniko,
                "gcr.io/kaniko-project/executor:latest gcr.io/k8s-skaffold/skaffold-helpers/busybox \
                 /dev/termination-log Some(3) 5m Some(1) None",
            ),
            (
                "{image: a, kaniko: {image: k, initImage: i, digestFile: d, copyMaxRetries: 0, copyTimeout: 1m, buildContextCompressionLevel: 0, cache: {}}}",
                kaniko,
                "k i d Some(0) 1m Some(0) Some(Some(true))",
            ),
            (
                "{image: a, kaniko: {cache: {cacheRunLayers: false}, image: k, initImage: i, digestFile: d}}",
                kaniko,
                "k i d Some(3) 5m Some(1) Some(Some(false))",
            ),
            ("{image: a, custom: {buildCommand: make}}", custom, "[\".\"] None"),
            ("{image: a, custom: {buildCommand: make, dependencies: {}}}", custom, "[] None"),
            (
                "{image: a, custom: {buildCommand: make, dependencies: {command: ls}}}",
                custom,
                "[] Some(\"ls\")",
            ),
            (
                "{image: a, buildpacks: {}}",
                buildpacks,
                "gcr.io/buildpacks/builder:v1 true project.toml Some([\".\"])",
            ),
            ("{image: a, buildpacks: {builder: b}}", buildpacks, "b false project.toml Some([\".\"])"),
            (
                "{image: a, buildpacks: {buildpacks: [x], projectDescriptor: p, dependencies: {}}}",
                buildpacks,
                "none false p Some([])",
            ),
        ];
        for (artifact, ask, expected) in rows {
            let config = defaulted(&format!("build: {{artifacts: [{artifact}]}}"));
            assert_eq!(ask(&config.build.artifacts[0]), *expected, "{artifact}");
        }
        for (artifact, expected) in [
            ("{image: a}", "kaniko Dockerfile"),
            // Next to another kind too, which validation then refuses.
            ("{image: a, docker: {}}", "docker Dockerfile, kaniko none"),
            ("{image: a, jib: {}}", "kaniko Dockerfile"),
            ("{image: a, custom: {buildCommand: make}}", "custom"),
            ("{image: a, buildpacks: {}}", "buildpacks"),
        ] {
            let config = defaulted(&format!("build: {{cluster: {{}}, artifacts: [{artifact}]}}"));
            assert_eq!(kinds(&config.build.artifacts[0]), expected, "in a cluster: {artifact}");
        }
    }

    #[test]
    fn the_other_sections() {
        type Ask = fn(&SkaffoldConfig) -> String;
        let ports: Ask = |config| {
            let shown = config.port_forward.iter();
            let shown = shown.map(|f| format!("{} {}", f.local_port, f.address.as_deref().unwrap()));
            shown.collect::<Vec<_>>().join(", ")
        };
        let prefix: Ask = |config| text(config.deploy.logs.prefix.as_ref());
        let helm: Ask = |config| {
            format!(
                "{:?} {}",
                config.deploy.helm.as_ref().map(|h| h.concurrency),
                config.manifests.helm.is_some()
            )
        };
        let tests: Ask = |config| text(config.test[0].context.as_ref());
        let profile: Ask = |config| format!("{:?}", config.profiles[0].build);
        let rows: &[(&str, Ask, &str)] = &[
            ("portForward: [{port: 80}]", ports, "80 127.0.0.1"),
            ("portForward: [{port: '80'}]", ports, "80 127.0.0.1"),
            ("portForward: [{port: http}]", ports, "0 127.0.0.1"),
            ("portForward: [{port: 80, localPort: 0}]", ports, "80 127.0.0.1"),
            ("portForward: [{port: 80, localPort: 8080, address: 0.0.0.0}]", ports, "8080 0.0.0.0"),
            ("deploy: {}", prefix, "container"),
            ("deploy: {logs: {prefix: ''}}", prefix, "container"),
            ("deploy: {logs: {prefix: none}}", prefix, "none"),
            ("deploy: {helm: {}}", helm, "Some(Some(1)) false"),
            ("deploy: {helm: {concurrency: 0}}", helm, "Some(Some(0)) false"),
            ("manifests: {helm: {releases: [{name: a}]}}", helm, "None true"),
            ("test: [{image: a}]", tests, "."),
            ("test: [{image: a, context: ''}]", tests, "."),
            ("test: [{image: a, context: t}]", tests, "t"),
            (
                "profiles: [{name: a, build: {}}]",
                profile,
                "BuildConfig { hooks: BuildHooks { before: [], after: [] }, artifacts: [], insecure_registries: [], \
                 tag_policy: None, platforms: [], local: None, google_cloud_build: None, cluster: None }",
            ),
        ];
        check(rows, |config, ask| ask(config));
    }

    #[test]
    fn renderer_and_deployer() {
        let deployer = |text: &str| {
            let text = format!("apiVersion: skaffold/v4beta14\nkind: Config\n{text}");
            let options =
                LoadOptions { filename: Some("-".into()), cwd: "/p".into(), ..LoadOptions::default() };
            let mut project = read(&options, &mut text.as_bytes()).unwrap();
            set_deployer(&mut project);
            let model = &project.modules[0].model;
            let kubectl = if model.deploy.kubectl.is_some() { "kubectl" } else { "" };
            format!("{} {kubectl}", model.manifests.raw_yaml.join(" "))
        };
        for (text, expected) in [
            ("", "k8s/*.yaml kubectl"),
            ("deploy: {kubectl: {}}", "k8s/*.yaml kubectl"),
            ("manifests: {rawYaml: [a.yaml, b.yaml]}", "a.yaml b.yaml kubectl"),
            ("manifests: {rawYaml: [a.yaml]}\ndeploy: {cloudrun: {}}", "a.yaml "),
            ("manifests: {rawYaml: [a.yaml]}\ndeploy: {helm: {}}", "a.yaml kubectl"),
            ("manifests: {kpt: [d]}", " kubectl"),
            ("manifests: {kpt: [d]}\ndeploy: {kpt: {}}", " "),
            ("manifests: {kpt: [d], rawYaml: [a.yaml]}\ndeploy: {helm: {}}", "a.yaml "),
            ("manifests: {kustomize: {}}", " kubectl"),
            ("manifests: {helm: {releases: [{name: a}]}}", " kubectl"),
            ("deploy: {helm: {}}", " "),
            ("deploy: {docker: {images: [a]}}", " "),
            ("deploy: {cloudrun: {}}", " "),
            ("deploy: {kpt: {}}", "k8s/*.yaml "),
            ("---\napiVersion: skaffold/v4beta14\nkind: Config", " "),
        ] {
            assert_eq!(deployer(text), expected, "{text}");
        }
    }
}
