//! Rules about the sections around the artifacts: how they are built, test, deploy, ports, verify, actions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::{Findings, below};
use crate::config::model::{ActionExecutionModeConfig, HelmRelease, TestCase};
use crate::config::{Module, Project};
use crate::diagnostic::{Excerpt, Report, nearest};
use crate::image::platform;
use crate::yaml::Key;

#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static WORKER_POOL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("projects/[^/]*/locations/[^/]*/workerPools/[^/]*").expect("a valid pattern")
});

const FORWARDED: &[&str] = &[
    "container",
    "pod",
    "deployment",
    "service",
    "replicaset",
    "replicationcontroller",
    "statefulset",
    "daemonset",
    "cronjob",
    "job",
];
const LOG_PREFIXES: &[&str] = &["auto", "container", "podAndContainer", "none"];

pub(super) fn check(module: &Module, found: &mut Findings) {
    builder(module, found);
    for (index, test) in module.model.test.iter().enumerate() {
        tests(module, index, test, found);
    }
    ports(module, found);
    logs(module, found);
    let model = &module.model;
    if let Some(helm) = &model.deploy.helm {
        releases(module, &helm.releases, found);
    }
    for (index, action) in model.custom_actions.iter().enumerate() {
        if let ActionExecutionModeConfig { local: Some(_), kubernetes_cluster: Some(_) } =
            action.execution_mode
        {
            let path =
                ["customActions".into(), index.into(), "executionMode".into(), "kubernetesCluster".into()];
            found.add(
                module.locate(&path),
                format!("the action {} runs both `local` and in a `kubernetesCluster`", action.name),
                "keep one of them",
            );
        }
    }
}

fn builder(module: &Module, found: &mut Findings) {
    let build = &module.model.build;
    platforms(module, &["build".into()], &build.platforms, found);
    for (index, artifact) in build.artifacts.iter().enumerate() {
        let path = ["build".into(), "artifacts".into(), index.into()];
        platforms(module, &path, &artifact.platforms, found);
    }
    let sha256 = build.tag_policy.as_ref().is_some_and(|policy| policy.sha256.is_some());
    if sha256 && build.local.as_ref().is_some_and(|local| local.try_import_missing) {
        found.add(
            module.locate(&["build".into(), "local".into(), "tryImportMissing".into()]),
            "`tryImportMissing` does not go with the tag policy `sha256`",
            "choose another tag policy: with this one every image has the same tag",
        );
    }
    let pool = build.google_cloud_build.as_ref().and_then(|cloud| cloud.worker_pool.as_deref());
    if let Some(pool) = pool.filter(|pool| !WORKER_POOL.is_match(pool)) {
        found.add(
            module.locate(&["build".into(), "googleCloudBuild".into(), "workerPool".into()]),
            format!("{pool:?} is no worker pool"),
            "write `projects/PROJECT/locations/LOCATION/workerPools/POOL`",
        );
    }
}

/// Platforms have names that are known (Skaffold: `platform.Parse`).
fn platforms(module: &Module, section: &[Key], platforms: &[String], found: &mut Findings) {
    for (index, text) in platforms.iter().enumerate() {
        if !platform::is_known(text) {
            found.add(
                module.locate(&below(section, ["platforms".into(), index.into()])),
                format!("`{text}` is not a platform"),
                platform::FORM,
            );
        }
    }
}

fn tests(module: &Module, index: usize, test: &TestCase, found: &mut Findings) {
    for (position, custom) in test.custom.iter().enumerate() {
        let Some(dependencies) = &custom.dependencies else { continue };
        let mut add = |key: &'static str, title: &str, hint: &str| {
            let path = [
                "test".into(),
                index.into(),
                "custom".into(),
                position.into(),
                "dependencies".into(),
                key.into(),
            ];
            found.add(module.locate(&path), title, hint);
        };
        if dependencies.command.is_some() && !dependencies.paths.is_empty() {
            add("command", "a test depends on both `command` and `paths`", "keep one of them");
        }
        if !dependencies.ignore.is_empty() && dependencies.paths.is_empty() {
            add("ignore", "a test has `ignore` without `paths`", "`ignore` belongs to `paths`");
        }
    }
}

fn ports(module: &Module, found: &mut Findings) {
    for (index, forward) in module.model.port_forward.iter().enumerate() {
        let kind = forward.resource_type.as_deref().unwrap_or_default();
        if FORWARDED.contains(&kind.to_lowercase().as_str()) {
            continue;
        }
        let known = || format!("one of {}", FORWARDED.join(", "));
        let (title, hint) = if kind.is_empty() {
            ("a forwarded port has no `resourceType`".to_owned(), known())
        } else {
            let near = nearest(kind, FORWARDED.iter().copied());
            let hint = near.map_or_else(known, |near| format!("did you mean `{near}`?"));
            (format!("ports of a {kind:?} cannot be forwarded"), hint)
        };
        found.add(module.locate(&["portForward".into(), index.into(), "resourceType".into()]), title, hint);
    }
}

fn logs(module: &Module, found: &mut Findings) {
    let prefix = module.model.deploy.logs.prefix.as_deref().unwrap_or_default();
    if !prefix.is_empty() && !LOG_PREFIXES.contains(&prefix) {
        found.add(
            module.locate(&["deploy".into(), "logs".into(), "prefix".into()]),
            format!("{prefix:?} is no prefix of logs"),
            format!("one of {}", LOG_PREFIXES.join(", ")),
        );
    }
}

/// Releases that are deployed have different names, and depend on each other without a circle (Skaffold:
/// `helm/dependencygraph.go`). Those that are only rendered may share a name: they come one after the other.
fn releases(module: &Module, releases: &[HelmRelease], found: &mut Findings) {
    let place = |index: usize, rest: &[Key]| {
        let item = ["deploy".into(), "helm".into(), "releases".into(), index.into()];
        module.locate(&below(&item, rest.iter().cloned()))
    };
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, release) in releases.iter().enumerate().filter(|(_, release)| !release.name.is_empty()) {
        if let Some(first) = names.get(&*release.name) {
            found.twice(
                place(index, &["name".into()]),
                place(*first, &["name".into()]),
                format!("two releases are named {}", release.name),
                "give each release its own name",
            );
        } else {
            names.insert(&release.name, index);
        }
    }
    for (index, release) in releases.iter().enumerate() {
        for (position, dependency) in release.depends_on.iter().enumerate() {
            if !names.contains_key(&**dependency) {
                let near = nearest(dependency, names.keys().copied());
                let hint = near.map_or_else(
                    || "`dependsOn` names releases of the same section".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                found.add(
                    place(index, &["dependsOn".into(), position.into()]),
                    format!("the release {} depends on {dependency}, which is no release", release.name),
                    hint,
                );
            }
        }
    }
    let dependencies = |name: &str| {
        let release = names.get(name).map(|index| &releases[*index]);
        release.into_iter().flat_map(|release| release.depends_on.iter().map(String::as_str)).collect()
    };
    let mut done = BTreeSet::new();
    for name in names.keys() {
        let Some(cycle) = super::graph::cycle(name, &dependencies, &mut vec![], &mut done) else { continue };
        let way = cycle.join(" → ");
        let mut report = Report::config(format!("releases depend on each other in a circle: {way}"))
            .hint("remove one of these `dependsOn`");
        report.excerpts = cycle
            .windows(2)
            .filter_map(|pair| {
                let index = *names.get(pair[0])?;
                let position = releases[index].depends_on.iter().position(|name| name == pair[1])?;
                let label = format!("{} depends on {}", pair[0], pair[1]);
                Some(Excerpt { label, ..place(index, &["dependsOn".into(), position.into()]) })
            })
            .collect();
        found.reports.push(report);
    }
}

/// Names that results are told by are given once in the whole project: of verify tests, of actions, and of the containers
/// of each (Skaffold: `validateVerifyTests`, `validateCustomActions`).
pub(super) fn check_names(project: &Project, found: &mut Findings) {
    let mut names = Names { seen: BTreeMap::new(), found };
    for module in &project.modules {
        for (index, test) in module.model.verify.iter().enumerate() {
            let path = ["verify".into(), index.into()];
            names.check("verify tests", &test.name, module, below(&path, ["name".into()]));
            let container = below(&path, ["container".into(), "name".into()]);
            names.check("containers of verify tests", &test.container.name, module, container);
        }
        for (index, action) in module.model.custom_actions.iter().enumerate() {
            let path = ["customActions".into(), index.into()];
            names.check("actions", &action.name, module, below(&path, ["name".into()]));
            for (position, container) in action.containers.iter().enumerate() {
                let path = below(&path, ["containers".into(), position.into(), "name".into()]);
                names.check("containers of actions", &container.name, module, path);
            }
        }
    }
}

/// Where each name of a kind was given first.
struct Names<'p, 'f> {
    seen: BTreeMap<(&'static str, &'p str), Excerpt>,
    found: &'f mut Findings,
}

impl<'p> Names<'p, '_> {
    fn check(&mut self, what: &'static str, name: &'p str, module: &Module, path: Vec<Key>) {
        if name.is_empty() {
            return;
        }
        let place = module.locate(&path);
        if let Some(first) = self.seen.get(&(what, name)) {
            let title = format!("two {what} are named {name}");
            self.found.twice(place, first.clone(), title, "give each its own name");
        } else {
            self.seen.insert((what, name), place);
        }
    }
}

/// There is something to verify.
pub(super) fn check_verify(project: &Project, found: &mut Findings) {
    if project.modules.iter().all(|module| module.model.verify.is_empty())
        && let Some(module) = project.modules.last()
    {
        found.add(
            module.locate(&["verify".into()]),
            "the project has nothing to verify",
            "describe tests in the `verify` section",
        );
    }
}

/// Cloud Run wants a region.
pub(super) fn check_region(module: &Module, found: &mut Findings) {
    if module.model.deploy.cloudrun.as_ref().is_some_and(|run| run.region.is_none()) {
        found.add(
            module.locate(&["deploy".into(), "cloudrun".into()]),
            "`deploy.cloudrun` has no `region`",
            "set `region`, or give `--cloud-run-location`",
        );
    }
}
