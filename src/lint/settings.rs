//! Rules about what the project file says.

use super::Problem;
use super::facts::Facts;
use crate::yaml::Key;

/// Arguments that need no `ARG`: proxies, and what BuildKit itself reads.
fn is_known_to_all(name: &str) -> bool {
    name.starts_with("BUILDKIT_")
        || ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}

pub(super) fn no_cache(facts: &Facts<'_>) -> Vec<Problem> {
    let built = facts.images.iter().filter(|image| image.docker().is_some_and(|docker| docker.no_cache));
    let problem = |image: &super::facts::Image<'_>| {
        Problem::new(
            image.locate_docker("noCache"),
            "every step runs each time, also those whose files did not change",
            "remove `noCache`; where one step must run each time, give it an argument that changes",
        )
    };
    built.map(problem).collect()
}

pub(super) fn pull_parent(facts: &Facts<'_>) -> Vec<Problem> {
    let pulled = facts.images.iter().filter(|image| image.docker().is_some_and(|docker| docker.pull_parent));
    let problem = |image: &super::facts::Image<'_>| {
        Problem::new(
            image.locate_docker("pullParent"),
            "every build asks the registries for its bases, and builds again where a tag moved",
            "pin the bases by digest and remove `pullParent`",
        )
    };
    pulled.map(problem).collect()
}

pub(super) fn changing_argument(facts: &Facts<'_>) -> Vec<Problem> {
    const CHANGING: &[&str] = &[
        "now",
        "uuidv4",
        "randAlpha",
        "randAlphaNum",
        "randNumeric",
        "randAscii",
        "randBytes",
        "randInt",
        "shuffle",
        "bcrypt",
        "htpasswd",
        "encryptAES",
        "genPrivateKey",
        "genCA",
        "genCAWithKey",
        "genSelfSignedCert",
        "genSelfSignedCertWithKey",
        "genSignedCert",
        "genSignedCertWithKey",
    ];
    let mut problems = vec![];
    for image in &facts.images {
        let Some(docker) = image.docker() else { continue };
        for (name, value) in &docker.build_args {
            let text = value.as_deref().filter(|text| text.contains("{{")).unwrap_or_default();
            let word = text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| CHANGING.contains(word));
            if let Some(word) = word {
                problems.push(Problem::new(
                    image.locate(&["docker".into(), "buildArgs".into(), name.clone().into()]),
                    format!("`{word}` gives {name} another value in each build, so every step behind its ARG runs again"),
                    "use something that only changes when the sources do, or a label (`.skeg.artifacts[].docker.labels`)",
                ));
            }
        }
    }
    problems
}

pub(super) fn changing_tag(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for module in &facts.project.modules {
        let dated = module.model.build.tag_policy.as_ref().is_some_and(|policy| policy.date_time.is_some());
        if dated {
            problems.push(Problem::new(
                module.locate(&["build".into(), "tagPolicy".into(), "dateTime".into()]),
                "an image that did not change gets another tag in each build, so whatever uses it is deployed again",
                "use `inputDigest` or `gitCommit`",
            ));
        }
    }
    problems
}

pub(super) fn latest_pushed(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for module in &facts.project.modules {
        let build = &module.model.build;
        let latest = build.tag_policy.as_ref().is_some_and(|policy| policy.sha256.is_some());
        let pushed = build.local.as_ref().is_none_or(|local| local.push == Some(true));
        if latest && pushed {
            problems.push(Problem::new(
                module.locate(&["build".into(), "tagPolicy".into(), "sha256".into()]),
                "every image is pushed as `latest`: each push takes the tag from the image before it, also from other branches",
                "use `gitCommit` or `inputDigest`",
            ));
        }
    }
    problems
}

pub(super) fn insecure_registry(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for module in &facts.project.modules {
        for (index, registry) in module.model.build.insecure_registries.iter().enumerate() {
            let host = registry.split(['/', ':']).next().unwrap_or_default();
            if ["localhost", "127.0.0.1", "host"].contains(&host) || host.ends_with(".localhost") {
                continue;
            }
            problems.push(Problem::new(
                module.locate(&["build".into(), "insecureRegistries".into(), index.into()]),
                format!("credentials and images go to {registry} readable and changeable on the way"),
                "give the registry a certificate; SSL_CERT_FILE names an authority of your own",
            ));
        }
    }
    problems
}

pub(super) fn host_network(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for image in &facts.images {
        if image.docker().is_some_and(|docker| docker.network.as_deref() == Some("host")) {
            problems.push(Problem::new(
                image.locate_docker("network"),
                "RUN steps reach every service of the machine that builds, and what they find there is in no cache key",
                "remove `network: host`; give proxies as build arguments and hosts by `addHost`",
            ));
        }
    }
    problems
}

pub(super) fn unused_argument(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (image, file) in facts.files() {
        let Some(docker) = image.docker().filter(|_| file.error.is_none()) else { continue };
        let unused = |name: &&String| !is_known_to_all(name) && !file.declares(name);
        for name in docker.build_args.keys().filter(unused) {
            problems.push(Problem::new(
                image.locate(&["docker".into(), "buildArgs".into(), name.clone().into()]),
                format!("the Dockerfile of {} has no `ARG {name}`", image.artifact.image),
                format!("declare `ARG {name}` in the stage that uses it, or remove the argument"),
            ));
        }
    }
    problems
}

pub(super) fn unused_alias(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (image, file) in facts.files().filter(|(_, file)| file.error.is_none()) {
        for (index, required) in image.artifact.requires.iter().enumerate() {
            let alias = required.alias.as_deref().unwrap_or(&required.image);
            if !file.declares(alias) && !file.mentions(&required.image) {
                problems.push(Problem::new(
                    image.locate(&["requires".into(), index.into()]),
                    format!(
                        "{} waits for {} and is built again with it, but its Dockerfile does not use it",
                        image.artifact.image, required.image
                    ),
                    format!(
                        "begin a stage with it (`ARG {alias}` and `FROM ${alias}`), or remove the requirement"
                    ),
                ));
            }
        }
    }
    problems
}

pub(super) fn unknown_target(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (image, file) in facts.files().filter(|(_, file)| file.error.is_none()) {
        let Some(target) = image.docker().and_then(|docker| docker.target.as_deref()) else { continue };
        let number = target.parse::<usize>().is_ok();
        let templated = target.contains("{{");
        if !number && !templated && !file.stages().any(|stage| stage.eq_ignore_ascii_case(target)) {
            let stages: Vec<&str> = file.stages().collect();
            problems.push(Problem::new(
                image.locate_docker("target"),
                format!("the Dockerfile of {} has no stage `{target}`", image.artifact.image),
                match stages.as_slice() {
                    [] => format!("name a stage: `FROM … AS {target}`"),
                    stages => format!("its stages: {}", stages.join(", ")),
                },
            ));
        }
    }
    problems
}

pub(super) fn ignored(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for module in &facts.project.modules {
        let Some(local) = &module.model.build.local else { continue };
        let place = |key: &'static str| module.locate(&[Key::from("build"), "local".into(), key.into()]);
        if local.use_docker_cli {
            problems.push(Problem::new(
                place("useDockerCLI"),
                "every build goes through BuildKit's own client already",
                "remove it",
            ));
        }
        if local.try_import_missing {
            problems.push(Problem::new(
                place("tryImportMissing"),
                "an image is not taken over for its tag alone: a tag does not prove what it was built from",
                "remove it; `cacheFrom`, or `.skeg.cacheTag`, takes over the layers of others",
            ));
        }
    }
    for image in &facts.images {
        if image.docker().is_some_and(|docker| docker.squash) {
            problems.push(Problem::new(
                image.locate_docker("squash"),
                "BuildKit cannot squash, so the build is refused",
                "copy the result into a small last stage instead",
            ));
        }
    }
    problems
}

pub(super) fn test_without_image(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for module in &facts.project.modules {
        for (index, test) in module.model.test.iter().enumerate() {
            if !test.image.is_empty() && facts.project.artifact(&test.image).is_none() {
                problems.push(Problem::new(
                    module.locate(&["test".into(), index.into(), "image".into()]),
                    format!("no artifact is named {}: `skeg test` runs these tests only for an image given by hand", test.image),
                    "write the image's name as it is under `build.artifacts`",
                ));
            }
        }
    }
    problems
}
