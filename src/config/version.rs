//! The versions of the schema: which are read, and which keys came when.

use crate::diagnostic::{Report, Result, nearest};
use crate::yaml::{Node, Rules, from_node_with};

use super::model::SkaffoldConfig;

/// What every version begins with.
const PREFIX: &str = "skaffold/";
/// The first and the last `v4beta` that is read.
const OLDEST: u8 = 1;
const NEWEST: u8 = 14;

/// A version that is read: `skaffold/v4beta<n>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u8);

/// Keys that came after v4beta1, by struct: the first `v4beta` that has them.
const SINCE: &[(&str, &str, u8)] = &[
    ("Artifact", "runtimeType", 2),
    ("CloudRunDeploy", "hooks", 2),
    ("KanikoArtifact", "ignorePaths", 2),
    ("VerifyTestCase", "executionMode", 4),
    ("SkaffoldConfig", "customActions", 5),
    ("Profile", "customActions", 5),
    ("VerifyTestCase", "timeout", 6),
    ("BuildConfig", "hooks", 7),
    ("ConfigDependency", "googleCloudStorage", 7),
    ("KptDeploy", "force", 8),
    ("LocalVerifier", "useLocalImages", 8),
    ("PostRenderHostHook", "withChange", 9),
    ("BazelArtifact", "platforms", 10),
    ("ConfigDependency", "googleCloudBuildRepoV2", 10),
    ("KanikoArtifact", "copyMaxRetries", 10),
    ("KanikoArtifact", "copyTimeout", 10),
    ("KanikoArtifact", "destination", 11),
    ("ClusterDetails", "labels", 12),
    ("GoogleCloudBuild", "bucket", 12),
    ("HelmRelease", "dependsOn", 12),
    ("KanikoArtifact", "buildContextCompressionLevel", 12),
    ("KanikoArtifact", "imagePullSecret", 12),
    ("KanikoCache", "cacheRunLayers", 12),
    ("LegacyHelmDeploy", "concurrency", 12),
    ("HelmDeployFlags", "depBuild", 13),
    ("HelmDeployFlags", "template", 13),
    ("BuildpackArtifact", "buildArgs", 14),
];

/// Keys that people still write although they moved before v4, by struct, and where they went.
const MOVED: &[(&str, &str, &str)] = &[
    ("KubectlDeploy", "manifests", "list the manifests under `manifests.rawYaml`"),
    ("DeployConfig", "kustomize", "list the folders under `manifests.kustomize.paths`"),
    (
        "HelmRelease",
        "artifactOverrides",
        "set the image with `setValueTemplates` (`image: \"{{.IMAGE_FULLY_QUALIFIED}}\"`)",
    ),
    ("HelmRelease", "imageStrategy", "set the image with `setValueTemplates`"),
    ("Artifact", "imageName", "write `image`"),
    ("Artifact", "workspace", "write `context`"),
    ("Artifact", "buildpack", "write `buildpacks`"),
    ("DockerArtifact", "dockerfilePath", "write `dockerfile`"),
    ("DockerArtifact", "secret", "write a list under `secrets`"),
];

impl Version {
    /// The version a document says it is written in. Errors: none said, one that is not read yet, an unknown one.
    pub(super) fn of(document: &Node) -> Result<Self> {
        let report = |title: String| {
            Report::config(title)
                .at(document.locate(&["apiVersion".into()]).unwrap_or_else(|| document.head()))
        };
        let written = document.get("apiVersion").and_then(Node::text).unwrap_or_default();
        if written.is_empty() {
            return Err(Box::new(report("apiVersion is missing".into()).hint(format!(
                "begin the document with `apiVersion: {PREFIX}v4beta{NEWEST}` and `kind: Config`"
            ))));
        }
        let version = written.strip_prefix(PREFIX).unwrap_or_default();
        if let Some(minor) = minor(version, "v4beta") {
            if (OLDEST..=NEWEST).contains(&minor) {
                return Ok(Self(minor));
            }
            return Err(Box::new(
                report(format!(
                    "apiVersion {written} is not known; the newest that is read is {PREFIX}v4beta{NEWEST}"
                ))
                .hint(format!("write `apiVersion: {PREFIX}v4beta{NEWEST}`")),
            ));
        }
        if is_older(version) {
            return Err(Box::new(
                report(format!(
                    "apiVersion {written} is not read yet; {PREFIX}v4beta{OLDEST} to v4beta{NEWEST} are, older ones are coming"
                ))
                .hint("run `skaffold fix --overwrite` to write the file in the newest version"),
            ));
        }
        let report = report(format!("apiVersion {written} is not known"));
        let known: Vec<String> = (OLDEST..=NEWEST).map(|n| format!("{PREFIX}v4beta{n}")).collect();
        let hint = match nearest(&written, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if !written.starts_with(PREFIX) && document.get("metadata").is_some() => {
                "this looks like a Kubernetes manifest; name the project file with `--filename`".into()
            }
            None => format!("read are {PREFIX}v4beta{OLDEST} to {PREFIX}v4beta{NEWEST}"),
        };
        Err(Box::new(report.hint(hint)))
    }

    /// Reads a document of this version strictly: keys that the version does not have are errors too, except in
    /// the kaniko and cluster sections, where Skaffold skips them.
    pub(super) fn decode(self, document: &Node) -> Result<SkaffoldConfig> {
        // Up to v4beta3 this was a whole Kubernetes container, of which only what is here was ever used.
        let containers = self < Self(4);
        let lenient: &[&str] = if containers {
            &["KanikoArtifact", "ClusterDetails", "VerifyContainer"]
        } else {
            &["KanikoArtifact", "ClusterDetails"]
        };
        let note = |name: &str, key: &str| self.note(name, key);
        from_node_with(document, &Rules { empty_is_absent: true, lenient, note: &note, ..Rules::default() })
    }

    /// Why a key may not stand in a document of this version, or where it went.
    fn note(self, name: &str, key: &str) -> Option<String> {
        if let Some((.., since)) = SINCE.iter().find(|(n, k, _)| (*n, *k) == (name, key)) {
            return (self < Self(*since)).then(|| {
                format!(
                    "`{key}` needs `apiVersion: {PREFIX}v4beta{since}` or later (this is v4beta{})",
                    self.0
                )
            });
        }
        if (name, key) == ("KptDeploy", "false") {
            return (self >= Self(8)).then(|| "write `force`".to_owned());
        }
        MOVED.iter().find(|(n, k, _)| (*n, *k) == (name, key)).map(|(.., cure)| (*cure).to_owned())
    }
}

/// The number after a prefix: 3 of `v4beta3`.
fn minor(version: &str, prefix: &str) -> Option<u8> {
    let number = version.strip_prefix(prefix)?;
    let plain = !number.starts_with(['0', '+']) && !number.is_empty();
    plain.then(|| number.parse().ok()).flatten()
}

/// Is this one of the 58 versions before v4?
fn is_older(version: &str) -> bool {
    const SERIES: &[(&str, u8)] =
        &[("v1alpha", 5), ("v1beta", 17), ("v2alpha", 4), ("v2beta", 29), ("v3alpha", 1)];
    matches!(version, "v1" | "v3")
        || SERIES.iter().any(|(prefix, last)| minor(version, prefix).is_some_and(|n| n <= *last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse};

    fn node(text: &str) -> Node {
        parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0)
    }

    #[test]
    fn versions() {
        for (written, outcome) in [
            ("skaffold/v4beta1", Ok(1)),
            ("skaffold/v4beta14", Ok(14)),
            (
                "skaffold/v4beta15",
                Err(
                    "apiVersion skaffold/v4beta15 is not known; the newest that is read is skaffold/v4beta14",
                ),
            ),
            (
                "skaffold/v2beta29",
                Err(
                    "apiVersion skaffold/v2beta29 is not read yet; skaffold/v4beta1 to v4beta14 are, older ones are coming",
                ),
            ),
            (
                "skaffold/v1",
                Err(
                    "apiVersion skaffold/v1 is not read yet; skaffold/v4beta1 to v4beta14 are, older ones are coming",
                ),
            ),
            ("skaffold/v2beta30", Err("apiVersion skaffold/v2beta30 is not known")),
            ("skaffold/v4beta", Err("apiVersion skaffold/v4beta is not known")),
            ("v1", Err("apiVersion v1 is not known")),
            ("''", Err("apiVersion is missing")),
        ] {
            let read =
                Version::of(&node(&format!("apiVersion: {written}\n"))).map(|v| v.0).map_err(|r| r.title);
            assert_eq!(read, outcome.map_err(String::from), "{written}");
        }
    }

    #[test]
    fn keys_belong_to_versions() {
        let hooks = node("build: {hooks: {before: [{command: [a]}]}}");
        assert!(Version(7).decode(&hooks).is_ok());
        let report = Version(6).decode(&hooks).unwrap_err();
        assert_eq!(report.hints, ["`hooks` needs `apiVersion: skaffold/v4beta7` or later (this is v4beta6)"]);

        let kpt = node("deploy: {kpt: {false: true}}");
        assert_eq!(Version(7).decode(&kpt).unwrap().deploy.kpt.map(|kpt| kpt.force), Some(true));
        assert_eq!(Version(8).decode(&kpt).unwrap_err().hints, ["write `force`"]);

        let container = node("verify: [{name: a, container: {name: a, image: b, workingdir: /}}]");
        assert!(Version(3).decode(&container).is_ok());
        assert!(Version(4).decode(&container).is_err());

        let kaniko =
            node("build: {artifacts: [{image: a, kaniko: {noPush: true, cache: {x: y}}}], cluster: {x: y}}");
        assert!(Version(14).decode(&kaniko).is_ok());

        let moved = node("deploy: {kubectl: {manifests: [k8s/*.yaml]}}");
        assert_eq!(
            Version(14).decode(&moved).unwrap_err().hints,
            ["list the manifests under `manifests.rawYaml`"]
        );
    }

    #[test]
    fn every_key_of_the_table_is_a_key_of_its_struct() {
        let all = include_str!("model/mod.rs").to_owned()
            + include_str!("model/artifact.rs")
            + include_str!("model/build.rs")
            + include_str!("model/deploy.rs")
            + include_str!("model/hooks.rs")
            + include_str!("model/manifests.rs")
            + include_str!("model/verify.rs");
        for (name, key, _) in SINCE {
            let body =
                all.split(&format!("pub struct {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
            let snake: String = key
                .chars()
                .flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
                .collect();
            assert!(body.contains(&format!("pub {snake}:")), "{name}.{key}");
        }
    }
}
