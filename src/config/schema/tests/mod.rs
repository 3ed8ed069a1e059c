//! Every version against documents made from the table, and the table against everything that must agree with it.

mod agreement;
pub(crate) mod sample;
pub(crate) mod validator;

use serde_json::{Value, json};

use super::table::ROOT;
use super::{Version, check, prune, schema, type_of};
use validator::objections;

use crate::config::document::decode;
use crate::config::upgrade::upgrade;
use crate::diagnostic::Report;
use crate::yaml::{Key, Node, Source, from_node, parse};

fn tree(document: &Value) -> Node {
    parse(&Source::new("skaffold.yaml", &document.to_string())).unwrap().remove(0)
}

fn errors(document: &Value, version: Version) -> Vec<Report> {
    check(&tree(document), version)
}

/// What a report points at.
fn shown(report: &Report) -> &str {
    let excerpt = &report.excerpts[0];
    excerpt.text[excerpt.span.clone()].trim_matches('"')
}

#[test]
fn every_version_reads_every_key_of_its_own() {
    for version in Version::all() {
        let json = schema(version);
        let mut set = vec![];
        for document in sample::documents(version) {
            assert_eq!(errors(&document, version), [], "{version}");
            assert_eq!(prune(&mut tree(&document), version), [], "{version}");
            assert_eq!(objections(&json, &document), [""; 0], "{version}");
            collect(&document, ROOT, version, &mut set);
        }
        for (of, ..) in sample::types(version) {
            for field in of.fields_in(version).filter(|field| !field.ours) {
                assert!(set.contains(&(of.name, field.key)), "{version} {}.{}", of.name, field.key);
            }
        }
    }
}

#[test]
fn every_version_reaches_the_latest() {
    let schema = schema(Version::LATEST);
    let mut refused = vec![];
    for version in Version::all() {
        for mut document in sample::documents(version) {
            let mut tree = tree(&document);
            if let Err(report) = upgrade(&mut tree, version, Version::LATEST) {
                assert!(!report.excerpts.is_empty(), "{version} {}", report.title);
                assert!(remove_what_has_no_place(&mut document), "{version} {}", report.title);
                refused.push(version.name());
                tree = self::tree(&document);
                upgrade(&mut tree, version, Version::LATEST).unwrap();
            }
            assert_eq!(check(&tree, Version::LATEST), [], "{version}");
            assert!(decode(&tree).is_ok(), "{version}");
            let document: Value = from_node(&tree).unwrap();
            assert_eq!(objections(&schema, &document), [""; 0], "{version}");
        }
    }
    refused.dedup();
    assert_eq!((refused.len(), refused[0], refused[1], refused[23]), (24, "v1alpha5", "v2beta7", "v2beta29"));
}

/// Takes the settings out that no later version can express, which are errors: `build.acr`, and functions of kpt.
fn remove_what_has_no_place(node: &mut Value) -> bool {
    let mut removed = false;
    match node {
        Value::Object(entries) => {
            removed |= entries.remove("acr").is_some();
            if let Some(functions) = entries.get_mut("fn").and_then(Value::as_object_mut) {
                removed |= functions.remove("image").is_some() | functions.remove("fnPath").is_some();
            }
            for value in entries.values_mut() {
                removed |= remove_what_has_no_place(value);
            }
        }
        Value::Array(items) => {
            for item in items {
                removed |= remove_what_has_no_place(item);
            }
        }
        _ => {}
    }
    removed
}

/// The keys that a document sets, with the types they belong to.
fn collect(node: &Value, of: &super::Type, version: Version, set: &mut Vec<(&'static str, &'static str)>) {
    for (key, value) in node.as_object().unwrap() {
        let field = of.field_in(key, version).unwrap();
        set.push((of.name, field.key));
        if let Some(below) = field.type_below() {
            match value {
                Value::Array(items) => items.iter().for_each(|item| collect(item, below, version, set)),
                _ => collect(value, below, version, set),
            }
        }
    }
}

#[test]
fn no_version_reads_keys_of_others() {
    let mut refused = 0;
    let mut skipped = 0;
    for version in Version::all() {
        for (of, steps, lenient) in sample::types(version) {
            let mut others: Vec<&str> = of.fields.iter().map(|field| field.key).collect();
            others.dedup();
            for key in others.into_iter().filter(|key| of.field_in(key, version).is_none()) {
                let document = sample::around(&steps, json!({ key: {} }));
                let place = document.to_string().rfind(&format!("\"{key}\"")).unwrap();
                let mut tree = tree(&document);
                let errors = check(&tree, version);
                let report = if lenient {
                    assert_eq!(errors, [], "{version} {}.{key}", of.name);
                    skipped += 1;
                    prune(&mut tree, version).remove(0)
                } else {
                    assert_eq!(errors.len(), 1, "{version} {}.{key}", of.name);
                    assert_eq!(errors[0].hints.len(), 1, "{version} {}.{key}", of.name);
                    let title = &errors[0].title;
                    assert!(
                        title.contains(" needs skaffold/") || title.contains(" was last known in "),
                        "{title}"
                    );
                    refused += 1;
                    errors[0].clone()
                };
                assert!((place..place + 2).contains(&report.excerpts[0].span.start), "{version} {report:?}");
                assert_eq!(shown(&report), key, "{version} {}.{key}", of.name);
            }
        }
    }
    assert!(refused > 6_000, "{refused}");
    assert!(skipped > 400, "{skipped}");
}

#[test]
fn wrong_values_are_refused_by_parser_and_schema() {
    let version = Version::LATEST;
    let schema = schema(version);
    let mut count = 0;
    for (of, steps, _) in sample::types(version) {
        for field in of.fields_in(version).filter(|field| !field.ours) {
            for wrong in sample::wrong(field.kind) {
                let document = sample::around(&steps, json!({ field.key: wrong }));
                let reports = errors(&document, version);
                assert_eq!(reports.len(), 1, "{document}");
                let title = &reports[0].title;
                assert!(title.contains(" must be ") || title.contains(" is empty"), "{title}");
                count += 1;
            }
        }
    }
    assert!(count > 1_000, "{count}");
    // A schema does not say which of several errors is meant: here nothing but the one value is wrong.
    let mut seen: Vec<*const super::Field> = vec![];
    for document in sample::documents(version) {
        for (place, field) in places(&document, ROOT, version, String::new()) {
            if seen.contains(&std::ptr::from_ref(field)) {
                continue;
            }
            seen.push(field);
            for wrong in sample::wrong(field.kind) {
                let mut document = document.clone();
                *document.pointer_mut(&place).unwrap() = wrong.clone();
                assert!(!objections(&schema, &document).is_empty(), "{place} {wrong}");
            }
        }
    }
}

/// Every value of a document whose key has a type, by JSON pointer.
fn places(
    node: &Value,
    of: &super::Type,
    version: Version,
    above: String,
) -> Vec<(String, &'static super::Field)> {
    let mut found = vec![];
    for (key, value) in node.as_object().unwrap() {
        let field = of.field_in(key, version).unwrap();
        let place = format!("{above}/{key}");
        match (field.type_below(), value) {
            (Some(below), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    found.extend(places(item, below, version, format!("{place}/{index}")));
                }
            }
            (Some(below), value) => found.extend(places(value, below, version, place.clone())),
            _ => {}
        }
        found.push((place, field));
    }
    found
}

#[test]
fn unknown_keys_are_refused_by_parser_and_schema() {
    let version = Version::LATEST;
    let schema = schema(version);
    for (of, steps, lenient) in sample::types(version) {
        let document = sample::around(&steps, json!({ "zzzzz": 1 }));
        assert_eq!(errors(&document, version).len(), usize::from(!lenient), "{}", of.name);
    }
    let mut seen: Vec<*const super::Field> = vec![];
    for document in sample::documents(version) {
        for (place, field) in places(&document, ROOT, version, String::new()) {
            if seen.contains(&std::ptr::from_ref(field)) {
                continue;
            }
            seen.push(field);
            let strict = !place.contains("/kaniko") && !place.contains("/cluster");
            let Some(value) = document.pointer(&place).filter(|value| value.is_object() && strict) else {
                continue;
            };
            if field.type_below().is_some() {
                let mut more = value.clone();
                more["zzzzz"] = 1.into();
                let mut document = document.clone();
                *document.pointer_mut(&place).unwrap() = more;
                assert!(!objections(&schema, &document).is_empty(), "{place}");
            }
        }
    }
}

#[test]
fn what_may_be_left_empty_or_written_otherwise() {
    let latest = Version::LATEST;
    let schema = schema(latest);
    for (of, steps, _) in sample::types(latest) {
        for field in of.fields_in(latest) {
            let document = sample::around(&steps, json!({ field.key: null }));
            assert_eq!(errors(&document, latest), [], "{document}");
        }
    }
    let whole = |section: Value| {
        let mut document = json!({ "apiVersion": latest.to_string(), "kind": "Config" });
        document.as_object_mut().unwrap().extend(section.as_object().unwrap().clone());
        document
    };
    for section in [
        json!({ "build": null }),
        json!({ "build": { "artifacts": [{ "image": 7, "docker": null }], "local": null } }),
        json!({ "build": { "artifacts": [{ "image": "a", "docker": { "buildArgs": { "A": 1, "B": null, "C": true } } }] } }),
        json!({ "build": { "artifacts": [{ "image": "a", "jib": { "type": "Maven" } }] } }),
        json!({ "portForward": [{ "port": 80 }, { "port": "http" }, { "port": null }] }),
        json!({ ".anchors": [1, 2], "metadata": { "name": 5 } }),
    ] {
        let document = whole(section);
        let mut without_dots = document.clone();
        without_dots.as_object_mut().unwrap().retain(|key, _| !key.starts_with('.'));
        assert_eq!(errors(&without_dots, latest), []);
        assert_eq!(objections(&schema, &document), [""; 0], "{document}");
    }
    for words in ["yes", "Off", "n"] {
        assert_eq!(errors(&json!({ "build": { "local": { "push": words } } }), latest), []);
    }
}

#[test]
fn one_of_several_is_asked_for_by_the_schema() {
    let schema = schema(Version::LATEST);
    let is_valid = |document: Value| objections(&schema, &document).is_empty();
    let document = |artifact: Value| json!({ "apiVersion": "skaffold/v4beta14", "kind": "Config", "build": { "artifacts": [artifact] } });
    assert!(is_valid(document(json!({ "image": "a", "docker": {}, "jib": null }))));
    assert!(!is_valid(document(json!({ "image": "a", "docker": {}, "jib": {} }))));
    assert!(!is_valid(document(json!({ "docker": {} }))));
}

/// `title` and hints of the errors of a YAML document.
fn told(text: &str, version: &str) -> Vec<String> {
    let tree = parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0);
    let reports = check(&tree, Version::of(version));
    reports.into_iter().map(|report| format!("{}; {}", report.title, report.hints.join("; "))).collect()
}

#[test]
fn errors_name_the_version_and_the_cure() {
    for (version, text, expected) in [
        (
            "v2beta9",
            "build: {artifacts: [{image: a, docker: {ssh: default}}]}",
            "`build.artifacts[0].docker.ssh` needs skaffold/v2beta10 or newer; write `apiVersion: skaffold/v2beta10`",
        ),
        (
            "v2beta9",
            "build: {artifacts: [{image: a, docker: {ssh: default}}]}\nportForward: [{port: http}]",
            "`build.artifacts[0].docker.ssh` needs skaffold/v2beta10 or newer; write `apiVersion: skaffold/v2beta10`\n\
             `portForward[0].port` must be a whole number, not the text \"http\"; it may be so from skaffold/v2beta10 on",
        ),
        (
            "v2beta29",
            "manifests: {rawYaml: [a]}\ndeploy: {kustomize: {}}",
            "`manifests` needs skaffold/v3alpha1 or newer; leave it out, run `skeg fix --overwrite`, and put it back",
        ),
        (
            "v4beta6",
            "build: {hooks: {}}\ncustomActions: []\nverify: [{timeout: 1}]\ndeploy: {kpt: {force: true}}",
            "`build.hooks` needs skaffold/v4beta7 or newer; write `apiVersion: skaffold/v4beta8`\n\
             `deploy.kpt.force` needs skaffold/v4beta8 or newer; write `apiVersion: skaffold/v4beta8`",
        ),
        (
            "v4beta8",
            "deploy: {kpt: {false: true}}",
            "`deploy.kpt.false` was last known in skaffold/v4beta7; write `force`",
        ),
        (
            "v1alpha4",
            "build: {artifacts: [{imageName: a, workspace: b}]}",
            "`build.artifacts[0].imageName` was last known in skaffold/v1alpha3; write `image`\n\
             `build.artifacts[0].workspace` was last known in skaffold/v1alpha3; write `context`",
        ),
        (
            "v4beta14",
            "deploy: {kubectl: {manifests: [k8s/*.yaml]}}",
            "`deploy.kubectl.manifests` was last known in skaffold/v2beta29; list the manifests under `manifests.rawYaml`",
        ),
        (
            "v4beta14",
            "deploy: {helm: {releases: [{imageStrategy: {helm: {}}}]}}",
            "`deploy.helm.releases[0].imageStrategy` was last known in skaffold/v2beta29; set images with `setValueTemplates`",
        ),
        (
            "v2beta20",
            "deploy: {helm: {concurrency: 3}}",
            "`deploy.helm.concurrency` needs skaffold/v4beta12 or newer; write `apiVersion: skaffold/v4beta12`",
        ),
        (
            "v2beta7",
            "deploy: {kpt: {live: {apply: {dir: a}}}}",
            "`deploy.kpt.live.apply.dir` needs skaffold/v2beta8 or newer; write `apiVersion: skaffold/v2beta8`",
        ),
        (
            "v2beta8",
            "build: {artifacts: [{sync: {auto: true}}]}",
            "`build.artifacts[0].sync.auto` must be a mapping, not true; it may be so from skaffold/v2beta9 on",
        ),
        (
            "v2beta9",
            "build: {artifacts: [{sync: {auto: {}}}]}",
            "`build.artifacts[0].sync.auto` must be true or false, not a mapping; it could be so up to skaffold/v2beta8",
        ),
        (
            "v1alpha2",
            "build: {tagPolicy: sha256}",
            "`build.tagPolicy` must be a mapping, not the text \"sha256\"; write `tagPolicy: {gitCommit: {}}` or \
             `tagPolicy: {sha256: {}}`",
        ),
        (
            "v4beta14",
            "manifests: {rawYaml: k8s/*.yaml}",
            "`manifests.rawYaml` must be a list, not the text \"k8s/*.yaml\"; put `- ` before each item",
        ),
        (
            "v4beta14",
            "build: {artifacts: {image: a}}",
            "`build.artifacts` must be a list, not a mapping; put `- ` before each item",
        ),
        (
            "v4beta14",
            "build: {artifacts: [image:a]}",
            "`build.artifacts[0]` must be a mapping, not the text \"image:a\"; put a space behind the `:`",
        ),
        (
            "v1beta9",
            "build: {artifacts: [{sync: {manual: [{src: a, dest: b}]}}]}",
            "`build.artifacts[0].sync.manual` must be text, not a list; it may be so from skaffold/v1beta10 on",
        ),
        (
            "v2beta5",
            "deploy: {helm: {releases: [{name: a, setValues: {a: {b: c}}}]}}",
            "`deploy.helm.releases[0].setValues.a` must be text, not a mapping; it may be so from skaffold/v2beta6 on",
        ),
        ("v2beta6", "deploy: {helm: {releases: [{name: a, setValues: {a: {b: [c]}}}]}}", ""),
        (
            "v2beta10",
            "build: {cluster: {volumes: [{name: a, emptyDir: {}}]}, artifacts: [{kaniko: {volumeMounts: [{mountPath: /a}]}}]}",
            "unknown key `emptyDir` in `build.cluster.volumes[0]`; known keys: name, volumesource\n\
             unknown key `mountPath` in `build.artifacts[0].kaniko.volumeMounts[0]`; did you mean `mountpath`?",
        ),
        (
            "v2beta11",
            "build: {cluster: {volumes: [{name: a, emptyDir: {}}]}, artifacts: [{kaniko: {volumeMounts: [{mountPath: /a}]}}]}",
            "",
        ),
        (
            "v4beta3",
            "verify: [{name: a, container: {name: a, workingdir: /, imagePullPolicy: Always}}]",
            "unknown key `imagePullPolicy` in `verify[0].container`; did you mean `imagepullpolicy`?",
        ),
        (
            "v4beta4",
            "verify: [{name: a, container: {name: a, workingdir: /}}]",
            "`verify[0].container.workingdir` was last known in skaffold/v4beta3; remove it",
        ),
        (
            "v4beta14",
            "build: {artefacts: []}",
            "unknown key `artefacts` in `build`; did you mean `artifacts`?",
        ),
        (
            "v4beta14",
            "build: {tagPolicy: {sha256: {a: b}}}",
            "unknown key `a` in `build.tagPolicy.sha256`; no keys are known here",
        ),
        (
            "v4beta14",
            "build: {artifacts: [null, {image: a}]}",
            "`build.artifacts[0]` is empty; remove the item or give it a value",
        ),
        (
            "v4beta14",
            "build: {platforms: [a, ~]}",
            "`build.platforms[1]` is empty; remove the item or give it a value",
        ),
    ] {
        assert_eq!(told(text, version).join("\n"), expected, "{version} {text}");
    }
}

#[test]
fn types_are_found_by_path() {
    let name = |path: &[Key], version| type_of(path, Version::of(version)).map(|of| of.name);
    let docker = [Key::from("build"), "artifacts".into(), 0.into(), "docker".into()];
    assert_eq!(name(&docker, "v4beta14"), Some("DockerArtifact"));
    assert_eq!(name(&docker, "v1alpha1"), None);
    assert_eq!(name(&["deploy".into(), "helm".into()], "v2beta29"), Some("HelmDeploy"));
    assert_eq!(name(&["deploy".into(), "kubeContext".into()], "v4beta14"), None);
    assert_eq!(name(&[], "v1"), Some("SkaffoldConfig"));
}

#[test]
fn a_flood_of_errors_ends() {
    let keys: Vec<String> = (0..10_000).map(|index| format!("x{index}: 1\n")).collect();
    assert_eq!(told(&keys.concat(), "v4beta14").len(), 100);
    let long = format!("? {}\n: 1", "a".repeat(500_000));
    assert_eq!(told(&long, "v4beta14").len(), 1);
}
