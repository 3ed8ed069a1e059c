//! The table against the model, the samples, the files that are checked in, and itself.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::Value;

use super::{sample, validator};
use crate::config::schema::table::{Field, Kind, OVERLAY, ROOT, Type};
use crate::config::schema::{Version, project_file, schema};
use crate::config::{model, overlay};
use crate::yaml::{Source, from_node, parse};

/// All types of all versions.
fn types() -> Vec<&'static Type> {
    let mut types: Vec<&'static Type> = vec![ROOT, OVERLAY];
    let mut next = 0;
    while let Some(of) = types.get(next) {
        let below: Vec<_> = of.fields.iter().filter_map(Field::type_below).collect();
        for below in below {
            if !types.iter().any(|known| std::ptr::eq(*known, below)) {
                types.push(below);
            }
        }
        next += 1;
    }
    types
}

#[test]
fn rows_are_sound() {
    let latest = sample::types(Version::LATEST);
    let types = types();
    assert!(types.len() > 110, "{}", types.len());
    for (index, of) in types.iter().enumerate() {
        assert!(types[..index].iter().all(|other| other.name != of.name), "{} twice", of.name);
        assert!(of.doc.ends_with('.'), "{}", of.name);
        for (index, field) in of.fields.iter().enumerate() {
            let name = format!("{}.{}", of.name, field.key);
            assert!(field.doc.ends_with('.'), "{name}");
            assert!(field.since <= field.until, "{name}");
            for later in of.fields[index + 1..].iter().filter(|later| later.key == field.key) {
                assert_eq!(field.until.next(), Some(later.since), "{name}: a row ends where the next begins");
                assert!(later.since > field.since, "{name}");
            }
            let gone =
                field.until < Version::LATEST || latest.iter().all(|(known, ..)| known.name != of.name);
            assert!(field.instead.is_empty() || gone, "{name}");
            let default = field.default;
            let fits = match field.kind {
                _ if default.is_empty() => true,
                Kind::Text => true,
                Kind::Words(words) => words.contains(&default),
                Kind::Whole => default.parse::<i64>().is_ok(),
                Kind::Bool => default == "false",
                Kind::Texts => serde_json::from_str::<Vec<String>>(default).is_ok(),
                _ => false,
            };
            assert!(fits, "{name}: {default}");
        }
    }
}

/// The fields of a struct, taken from what it asks a deserializer for.
fn fields_of<T: for<'de> Deserialize<'de>>() -> Vec<&'static str> {
    #[derive(Debug)]
    struct Asked(&'static [&'static str]);
    impl fmt::Display for Asked {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?}", self.0)
        }
    }
    impl std::error::Error for Asked {}
    impl de::Error for Asked {
        fn custom<M: fmt::Display>(_: M) -> Self {
            Self(&[])
        }
    }
    struct Ask;
    impl<'de> Deserializer<'de> for Ask {
        type Error = Asked;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
            Err(Asked(&[]))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Asked> {
            Err(Asked(fields))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let Err(Asked(fields)) = T::deserialize(Ask) else { panic!("nothing was asked for") };
    fields.to_vec()
}

macro_rules! structs {
    ($room:ident: $($name:ident)*) => { vec![$((stringify!($name), fields_of::<$room::$name>())),*] };
}

#[test]
fn the_model_has_the_keys_of_the_latest_version() {
    let mut structs = structs![model:
        Action ActionExecutionModeConfig Activation Artifact ArtifactDependency BazelArtifact BazelPlatformMapping
        BuildConfig BuildHooks BuildpackArtifact BuildpackDependencies BuildpackVolume CloudRunDeploy
        CloudRunDeployHooks ClusterDetails ConfigDependency ContainerHook CustomArtifact CustomDependencies
        CustomTemplateTagger CustomTest CustomTestDependencies DateTimeTagger DeployConfig DeployHookItem
        DeployHooks DockerArtifact DockerConfig DockerDeploy DockerSecret DockerfileDependency EnvTemplateTagger
        GitInfo GitTagger GoogleCloudBuild GoogleCloudBuildRepoV2Info GoogleCloudStorageInfo Helm HelmDeployFlags
        HelmPackaged HelmRelease HostHook JSONParseConfig JSONPatch JibArtifact KanikoArtifact KanikoCache
        KoArtifact KoDependencies KptDeploy KubectlDeploy KubectlFlags KubernetesClusterVerifier Kustomize
        LegacyHelmDeploy LocalBuild LocalVerifier LogsConfig Metadata NamedContainerHook
        PlatformEmulatorInstallStep PortForwardResource PostRenderHookItem PostRenderHostHook Profile
        ProfileDependency RemoteManifest RenderConfig RenderHookItem RenderHooks ResourceFilter
        ResourceRequirement ResourceRequirements ResourceSelectorConfig SkaffoldConfig Sync SyncHookItem SyncHooks
        SyncRule TagPolicy TaggerComponent TestCase Transformer Validator VerifyContainer VerifyEnvVar
        VerifyExecutionModeConfig VerifyTestCase
    ];
    structs.extend(structs![overlay: Overlay OverlayArtifact OverlayDocker OverlayProfile]);
    let sections = types().into_iter().filter(|of| of.name.starts_with("Overlay"));
    let latest = sample::types(Version::LATEST).into_iter().map(|(of, ..)| of).chain(sections);
    let mut seen = 0;
    for of in latest.filter(|of| !of.fields.is_empty()) {
        let known = structs.iter().find(|(name, _)| *name == of.name);
        let (_, fields) = known.unwrap_or_else(|| panic!("the model has no {}", of.name));
        let mut fields = fields.clone();
        let mut keys: Vec<&str> = of.fields_in(Version::LATEST).map(|field| field.key).collect();
        fields.sort_unstable();
        keys.sort_unstable();
        assert_eq!(fields, keys, "{}", of.name);
        seen += 1;
    }
    assert_eq!(seen, structs.len());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The documents of the files below a folder of `testdata/config`, as the schema sees them, by file.
fn samples(folder: &str) -> Vec<(String, Vec<Value>)> {
    fn files(folder: PathBuf) -> Vec<PathBuf> {
        let mut found = vec![];
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(files(path));
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                found.push(path);
            }
        }
        found
    }
    let base = root().join("testdata/config").join(folder);
    let mut samples: Vec<_> = files(base.clone())
        .into_iter()
        .filter_map(|path| {
            let name = path.strip_prefix(&base).unwrap().display().to_string();
            let source = Source::from_bytes(&path, &fs_err::read(&path).unwrap()).ok()?;
            let trees = parse(&source).ok()?;
            let documents = trees.iter().filter(|tree| !tree.is_null());
            Some((name, documents.map(|tree| from_node(tree).unwrap()).collect()))
        })
        .collect();
    samples.sort_by(|(a, _), (b, _)| a.cmp(b));
    samples
}

/// What a schema has against a document of the version that it says it is of.
fn objections(document: &Value) -> Vec<String> {
    let version = document["apiVersion"].as_str().and_then(Version::parse);
    let Some(version) = version else { return vec!["no version".into()] };
    let schema = if version == Version::LATEST { project_file() } else { schema(version) };
    validator::objections(&schema, document)
}

#[test]
fn valid_samples_are_valid_for_the_schema() {
    // Fine until the profile is used, which a schema cannot know.
    const BUT: &[&str] = &["valid/incomplete-inactive-profile.yaml"];
    let whole = project_file();
    assert_eq!(validator::objections(&whole, &Value::Null), [""; 0], "an empty document");
    for folder in ["valid", "corpus/valid", "versions/valid"] {
        for (name, documents) in samples(folder) {
            for document in documents {
                let name = format!("{folder}/{name}");
                let objections = objections(&document);
                assert_eq!(objections.is_empty(), !BUT.contains(&name.as_str()), "{name}: {objections:?}");
                // The schema for editors has nothing against files of older versions.
                let older = document["apiVersion"] != Version::LATEST.to_string();
                assert!(!older || validator::objections(&whole, &document).is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn invalid_samples_are_invalid_for_the_schema() {
    // What is wrong with these is beyond a schema (relations between values, files, flags, what upgrading finds), or
    // is nothing for the verb that they are for.
    const BUT: &[&str] = &[
        "corpus/invalid/circle-over-documents.yaml",
        "corpus/invalid/names-twice.yaml",
        "corpus/invalid/profile-gives-what-is-wrong.yaml",
        "invalid/different-profiles.yaml",
        "invalid/duplicate-images.yaml",
        "invalid/image-names.yaml",
        "invalid/network.yaml",
        "invalid/overlay-unknown-image.yaml",
        "invalid/patches.yaml",
        "invalid/requires-bad-alias.yaml",
        "invalid/requires-cycle.yaml",
        "invalid/requires-git.yaml",
        "invalid/requires-missing-file.yaml",
        "invalid/requires-unknown-image.yaml",
        "invalid/same-name-twice.yaml",
        "invalid/unknown-module.yaml",
        "invalid/unknown-profile.yaml",
        "invalid/wrong-builder.yaml",
        "rules/cloud-run-region-not-for-build.yaml",
        "rules/cloud-run-region.yaml",
        "rules/custom-ignore.yaml",
        "rules/helm-circle.yaml",
        "rules/image-names.yaml",
        "rules/kinds-and-builders-cloud.yaml",
        "rules/kinds-and-builders-cluster.yaml",
        "rules/kinds-and-builders-local.yaml",
        "rules/ko-sync.yaml",
        "rules/manifests-missing-not-for-build.yaml",
        "rules/manifests-missing-usual.yaml",
        "rules/manifests-missing.yaml",
        "rules/networks.yaml",
        "rules/platforms.yaml",
        "rules/ports.yaml",
        "rules/required-images-circles.yaml",
        "rules/required-images.yaml",
        "rules/sync-strip.yaml",
        "rules/try-import-with-sha256.yaml",
        "rules/verify-nothing.yaml",
        "rules/worker-pool.yaml",
        "versions/invalid/v1alpha5-acr.yaml",
        "versions/invalid/v2beta29-kpt-functions.yaml",
        "versions/invalid/v2beta29-namespaces-that-differ.yaml",
        "versions/invalid/v4beta11-patch-beyond-the-list.yaml",
        "versions/invalid/v4beta11-patch-into-nothing.yaml",
        "versions/invalid/v4beta11-patch-test-fails.yaml",
    ];
    let mut fine = vec![];
    for folder in ["corpus/invalid", "invalid", "rules", "versions/invalid"] {
        fine.extend(
            samples(folder)
                .into_iter()
                .filter(|(_, documents)| {
                    !documents.is_empty() && documents.iter().all(|document| objections(document).is_empty())
                })
                .map(|(name, _)| format!("{folder}/{name}")),
        );
    }
    assert_eq!(fine, BUT);
}
