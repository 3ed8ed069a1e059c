//! Rules about files that the project file names.

use std::path::Path;

use super::Problem;
use super::facts::Facts;
use crate::config::{Module, absolute};
use crate::ignorefile::Rules;

/// After so many entries a pattern is taken to match something.
const PATIENCE: usize = 50_000;

/// Is there anything below `root` that a pattern matches?
fn matches_any(root: &Path, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let fixed = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{'])).count();
    let root = if pattern.starts_with('/') { Path::new("/") } else { root };
    let base = absolute(root, parts[..fixed].join("/"));
    if fixed == parts.len() {
        return base.exists();
    }
    let Ok(rules) = Rules::of_patterns(&[parts[fixed..].join("/")]) else { return true };
    let mut left = PATIENCE;
    below(&base, "", &rules, &mut left)
}

/// Looks for a match in a folder and below it; `path` is the folder's, from where the pattern begins.
fn below(folder: &Path, path: &str, rules: &Rules, left: &mut usize) -> bool {
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        if *left == 0 {
            return true;
        }
        *left -= 1;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if rules.ignores(path.as_bytes()) || is_folder && below(&entry.path(), &path, rules, left) {
            return true;
        }
    }
    false
}

fn is_local(path: &str) -> bool {
    !path.is_empty() && !path.contains("://") && !path.contains("{{")
}

pub(super) fn sync(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for image in &facts.images {
        let (Some(sync), Some(context)) = (&image.artifact.sync, &image.context) else { continue };
        let manual = sync.manual.iter().map(|rule| &rule.src).enumerate().map(|(i, src)| ("manual", i, src));
        let infer = sync.infer.iter().enumerate().map(|(i, src)| ("infer", i, src));
        for (key, index, pattern) in manual.chain(infer) {
            if is_local(pattern) && !pattern.contains('{') && !matches_any(context, pattern) {
                problems.push(Problem::new(
                    image.locate(&["sync".into(), key.into(), index.into()]),
                    format!(
                        "`{pattern}` matches nothing in the context of {}, so nothing is synced by it",
                        image.artifact.image
                    ),
                    "correct the pattern; it is relative to the context",
                ));
            }
        }
    }
    problems
}

pub(super) fn manifests(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    let mut look = |module: &Module, place: Vec<crate::yaml::Key>, path: &str, what: &str| {
        if is_local(path) && !matches_any(&module.dir, path) {
            problems.push(Problem::new(
                module.locate(&place),
                format!("{what} `{path}` is not there"),
                "correct the path, or remove it",
            ));
        }
    };
    for module in &facts.project.modules {
        let manifests = &module.model.manifests;
        for (index, path) in manifests.raw_yaml.iter().enumerate() {
            look(module, vec!["manifests".into(), "rawYaml".into(), index.into()], path, "the manifest");
        }
        for (index, path) in manifests.kustomize.iter().flat_map(|kustomize| &kustomize.paths).enumerate() {
            let place = vec!["manifests".into(), "kustomize".into(), "paths".into(), index.into()];
            look(module, place, path, "the kustomization");
        }
        let rendered = manifests.helm.iter().flat_map(|helm| &helm.releases);
        for (index, release) in rendered.enumerate() {
            let place = |key: &'static str| {
                vec!["manifests".into(), "helm".into(), "releases".into(), index.into(), key.into()]
            };
            if let Some(chart) = &release.chart_path {
                look(module, place("chartPath"), chart, "the chart");
            }
            for (file, path) in release.values_files.iter().enumerate() {
                let place = [place("valuesFiles"), vec![file.into()]].concat();
                look(module, place, path, "the values file");
            }
        }
    }
    problems
}

pub(super) fn structure_tests(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for module in &facts.project.modules {
        for (index, test) in module.model.test.iter().enumerate() {
            let folder = absolute(&module.dir, test.context.as_deref().unwrap_or("."));
            for (file, pattern) in test.structure_tests.iter().enumerate() {
                if is_local(pattern) && !matches_any(&folder, pattern) && !matches_any(&module.dir, pattern) {
                    problems.push(Problem::new(
                        module.locate(&["test".into(), index.into(), "structureTests".into(), file.into()]),
                        format!("`{pattern}` matches nothing, so nothing is tested by it"),
                        "correct the pattern",
                    ));
                }
            }
        }
    }
    problems
}
