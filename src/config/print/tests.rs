use super::*;
use crate::config::document::decode;
use crate::config::model;
use crate::yaml::parse;

/// The tree on one line: lists in brackets, mappings in braces, in the order they are written.
fn line(node: &Node) -> String {
    match &node.data {
        Data::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", line(key), line(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Data::Seq(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", ")),
        Data::Null => "null".into(),
        _ => node.text().unwrap().into_owned(),
    }
}

fn printed(text: &str) -> String {
    let node = parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0);
    let node = to_node(&decode(&node).unwrap()).unwrap();
    let Data::Map(entries) = &node.data else { panic!() };
    let rest = entries.iter().skip(2).map(|(key, value)| format!("{}: {}\n", line(key), line(value)));
    rest.collect()
}

#[test]
fn version_and_kind_are_always_there_and_nothing_else() {
    let node = to_node(&model::SkaffoldConfig::default()).unwrap();
    assert_eq!(line(&node), "{apiVersion: , kind: }");
    assert_eq!(
        printed(
            "metadata: {}\nbuild: {artifacts: [], hooks: {before: []}}\ndeploy: {statusCheckDeadlineSeconds: 0}"
        ),
        ""
    );
}

#[test]
fn keys_come_in_the_order_of_the_schema() {
    for (text, expected) in [
        (
            "build: {local: {concurrency: 0, push: false}, tagPolicy: {sha256: {}}, artifacts: [{requires: [{alias: A, image: b}], docker: {ssh: default, noCache: true, buildArgs: {}}, image: a}], hooks: {before: [{os: [linux], command: [x]}]}}",
            "build: {hooks: {before: [{command: [x], os: [linux]}]}, artifacts: [{image: a, docker: {noCache: true, ssh: default}, requires: [{image: b, alias: A}]}], tagPolicy: {sha256: {}}, local: {push: false, concurrency: 0}}\n",
        ),
        (
            "profiles: [{patches: [{value: {b: 1, a: }, path: /x}], deploy: {kubectl: {}}, name: p}]\ncustomActions: [{containers: [], name: a}, {containers: [{args: [x], name: n}], name: b}]\nverify: [{name: v}, {container: {env: [{name: E}], image: i}, timeout: 3, executionMode: {local: {}}}]\nportForward: [{port: 80, resourceType: pod}]\ntest: [{structureTests: [t], image: a, custom: [{}]}]",
            "test: [{image: a, custom: [{command: }], structureTests: [t]}]\nportForward: [{resourceType: pod, port: 80}]\nverify: [{name: v, container: {name: , image: }}, {name: , timeout: 3, container: {name: , image: i, env: [{name: E, value: }]}, executionMode: {local: {}}}]\ncustomActions: [{name: a, containers: []}, {name: b, containers: [{name: n, image: , args: [x]}]}]\nprofiles: [{name: p, patches: [{path: /x, value: {a: null, b: 1}}], deploy: {kubectl: {}}}]\n",
        ),
        (
            "deploy: {docker: {useCompose: true}, logs: {jsonParse: {fields: [a]}, prefix: none}, statusCheck: false, kubectl: {hooks: {after: [{container: {containerName: c}}]}}}",
            "deploy: {docker: {useCompose: true, images: []}, kubectl: {hooks: {after: [{container: {command: [], podName: , containerName: c}}]}}, statusCheck: false, logs: {prefix: none, jsonParse: {fields: [a]}}}\n",
        ),
        (
            "requires: [{git: {sync: false}, configs: [x]}, {activeProfiles: [{activatedBy: [p]}]}, {googleCloudBuildRepoV2: {}}]\nresourceSelector: {deny: [{image: [.*]}]}",
            "requires: [{configs: [x], git: {repo: , sync: false}}, {activeProfiles: [{name: , activatedBy: [p]}]}, {googleCloudBuildRepoV2: {projectID: , region: , connection: , repo: }}]\nresourceSelector: {deny: [{groupKind: , image: [.*]}]}\n",
        ),
    ] {
        assert_eq!(printed(text), expected, "{text}");
    }
}

#[test]
fn free_keys_come_in_natural_order_and_keep_empty_values() {
    assert_eq!(
        printed("build: {artifacts: [{image: a, docker: {buildArgs: {V10: a, V9: '', Z: , a: b}}}]}"),
        "build: {artifacts: [{image: a, docker: {buildArgs: {V9: , V10: a, Z: null, a: b}}}]}\n"
    );
    assert_eq!(
        printed("metadata: {labels: {b: x, a: ''}, name: n}"),
        "metadata: {name: n, labels: {a: , b: x}}\n"
    );
}

#[test]
fn kaniko_and_cluster_are_sorted_by_name() {
    assert_eq!(
        printed(
            "build: {artifacts: [{image: a, kaniko: {target: t, cache: {repo: r, cacheCopyLayers: true}, env: [{value: v, name: n}], skipTLS: true}}], cluster: {volumes: [{name: v, emptyDir: {}}], timeout: 20m, HTTP_PROXY: p, tolerations: [{operator: Exists, key: k}], dockerConfig: {secretName: s, path: p}}}"
        ),
        "build: {artifacts: [{image: a, kaniko: {cache: {cacheCopyLayers: true, repo: r}, env: [{name: n, value: v}], skipTLS: true, target: t}}], cluster: {HTTP_PROXY: p, dockerConfig: {path: p, secretName: s}, timeout: 20m, tolerations: [{key: k, operator: Exists}], volumes: [{emptyDir: {}, name: v}]}}\n"
    );
}

/// Skaffold drops them, and prints their names in lower case.
#[test]
fn words_of_kubernetes_are_kept() {
    let text = "build: {artifacts: [{image: a, kaniko: {env: [{name: n, valueFrom: {fieldRef: {fieldPath: p}}}]}}], cluster: {tolerations: [{key: k, tolerationSeconds: 5}]}}\n";
    assert_eq!(printed(text), text);
}

#[test]
fn values_of_helm_are_flat_but_overrides_are_not() {
    assert_eq!(
        printed(
            "manifests: {helm: {releases: [{name: r, setValues: {image: {tag: 1, list: [a, {b: true}]}, none: , e: {}, big: 1000000.0, version: 1.10, on: True}, setValueTemplates: {x: {}, v: 2.50}, overrides: {b: {c: 1}, a: []}}]}}"
        ),
        "manifests: {helm: {releases: [{name: r, setValues: {big: 1000000.0, image.list[0]: a, image.list[1].b: true, image.tag: 1, none: <nil>, on: true, version: 1.10}, setValueTemplates: {v: 2.50}, overrides: {a: [], b: {c: 1}}}]}}\n"
    );
}

#[test]
fn what_says_nothing_is_left_out_and_what_is_a_statement_is_not() {
    assert_eq!(
        printed(
            "build: {googleCloudBuild: {diskSizeGb: 0}, local: {push: false, concurrency: 0, tryImportMissing: false}}\nmanifests: {transform: [], validate: [], kpt: [], helm: {releases: [{overrides: {}}]}}\nportForward: [{localPort: 0}]"
        ),
        "build: {local: {push: false, concurrency: 0}, googleCloudBuild: {}}\nmanifests: {helm: {releases: [{}]}, transform: [], validate: []}\nportForward: [{}]\n"
    );
}

#[test]
fn what_must_be_there_is_printed_empty_and_ports_are_numbers() {
    assert_eq!(
        printed(
            "build: {artifacts: [{image: a, bazel: {platforms: [{platform: p}]}, sync: {hooks: {before: [{container: {}}]}}}]}\nportForward: [{port: '080'}, {port: http}, {port: 0}]"
        ),
        "build: {artifacts: [{image: a, sync: {hooks: {before: [{container: {command: []}}]}}, bazel: {platforms: [{platform: p, target: }]}}]}\nportForward: [{port: 80}, {port: http}, {}]\n"
    );
}

/// What is printed reads as what it was printed from.
#[test]
fn printing_loses_nothing() {
    let text = "
apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: m, annotations: {a: b}}
build:
  hooks: {after: [{command: [x], dir: d}]}
  artifacts:
  - {image: a, context: c, sync: {manual: [{src: a, dest: b, strip: c}], hooks: {before: [{host: {command: [x]}}]}}, docker: {cacheTo: [], secrets: [{id: s, env: E}]}, runtimeType: go}
  - {image: b, jib: {type: maven, args: [-x]}, platforms: [linux/amd64]}
  - {image: c, buildpacks: {builder: b, volumes: [{host: h, target: t, options: ro}], trustBuilder: true}}
  - {image: d, custom: {buildCommand: x, dependencies: {dockerfile: {path: p, buildArgs: {A: }}, ignore: [i]}}}
  - {image: e, ko: {ldflags: [-s], labels: {a: b}, dependencies: {paths: [p]}}}
  - {image: f, bazel: {target: //a.tar, platforms: [{platform: linux/arm64, target: //p}]}}
  tagPolicy: {customTemplate: {template: '{{.G}}', components: [{name: G, gitCommit: {variant: TreeSha}}, {name: D, dateTime: {}}]}}
  googleCloudBuild: {projectId: p, diskSizeGb: 10, platformEmulatorInstallStep: {image: i, args: [a]}}
manifests: {rawYaml: [a], remoteManifests: [{manifest: m}], kustomize: {paths: [k], buildArgs: [x]}, kpt: [k], transform: [{name: t, configMap: [a]}], validate: [], output: o}
deploy: {helm: {concurrency: 2, flags: {global: [x]}}, kpt: {inventoryID: i, force: true}, cloudrun: {projectid: p}, kubeContext: k}
profiles: [{name: p, activation: [{env: A=b}], requiresAllActivations: true, patches: [{op: add, path: /x, value: [1, 1.5, text]}]}]
";
    let node = parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0);
    let config = decode(&node).unwrap();
    let again = decode(&to_node(&config).unwrap()).unwrap();
    assert_eq!(config, again);
}
