//! Which fields are templates, and where in the file a template's fault stands.

use serde_json::Value;

use super::Module;
use super::model::{Artifact, HelmRelease, SkaffoldConfig, TagPolicy};
use crate::diagnostic::{Excerpt, Report, Result};
use crate::template::{self, TemplateError};
use crate::yaml::{Key, Node, path_text};

/// A field whose texts are templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateField {
    /// Its path: `[]` is any item of a list, `{}` any text below a mapping.
    pub path: &'static str,
    /// `diagnose --enable-templating` expands it (Skaffold: fields tagged `skaffold:"template"`); others are expanded
    /// where they are used.
    pub shown: bool,
}

const fn shown(path: &'static str) -> TemplateField {
    TemplateField { path, shown: true }
}

const fn used(path: &'static str) -> TemplateField {
    TemplateField { path, shown: false }
}

/// Every field whose texts are templates.
pub const TEMPLATE_FIELDS: &[TemplateField] = &[
    shown("build.artifacts[].docker.buildArgs{}"),
    shown("build.artifacts[].ko.env[]"),
    shown("build.artifacts[].ko.flags[]"),
    shown("build.artifacts[].ko.labels{}"),
    shown("build.artifacts[].ko.ldflags[]"),
    shown("build.tagPolicy.envTemplate.template"),
    shown("build.tagPolicy.customTemplate.components[].envTemplate.template"),
    shown("manifests.kustomize.paths[]"),
    shown("manifests.helm.releases[].name"),
    shown("manifests.helm.releases[].chartPath"),
    shown("manifests.helm.releases[].valuesFiles[]"),
    shown("manifests.helm.releases[].namespace"),
    shown("manifests.helm.releases[].version"),
    shown("manifests.helm.releases[].setValues{}"),
    shown("manifests.helm.releases[].setValueTemplates{}"),
    shown("deploy.helm.releases[].name"),
    shown("deploy.helm.releases[].chartPath"),
    shown("deploy.helm.releases[].valuesFiles[]"),
    shown("deploy.helm.releases[].namespace"),
    shown("deploy.helm.releases[].version"),
    shown("deploy.helm.releases[].setValues{}"),
    shown("deploy.helm.releases[].setValueTemplates{}"),
    shown("deploy.kubectl.defaultNamespace"),
    shown("portForward[].resourceName"),
    shown("portForward[].namespace"),
    used("build.artifacts[].docker.cliFlags[]"),
    used("build.artifacts[].docker.cacheFrom[]"),
    used("build.artifacts[].docker.cacheTo[]"),
    used("build.artifacts[].docker.network"),
    used("build.artifacts[].custom.buildCommand"),
    used("build.artifacts[].custom.dependencies.dockerfile.buildArgs{}"),
    used("build.artifacts[].kaniko.buildArgs{}"),
    used("build.artifacts[].kaniko.env[]"),
    used("build.artifacts[].buildpacks.env[]"),
    used("build.tagPolicy.customTemplate.template"),
    used("manifests.helm.releases[].repo"),
    used("manifests.helm.releases[].packaged.version"),
    used("manifests.helm.releases[].packaged.appVersion"),
    used("deploy.helm.releases[].repo"),
    used("deploy.helm.releases[].packaged.version"),
    used("deploy.helm.releases[].packaged.appVersion"),
    used("test[].custom[].command"),
];

/// The field that stands at a path, if it is a template.
pub fn template_field(path: &[Key]) -> Option<&'static TemplateField> {
    let text = path_text(path);
    TEMPLATE_FIELDS.iter().find(|field| is_at(field.path, &text))
}

/// Whether a path is one of those a pattern of [`TEMPLATE_FIELDS`] stands for.
fn is_at(pattern: &str, path: &str) -> bool {
    if let Some(above) = pattern.strip_suffix("{}") {
        return path.match_indices(['.', '[']).any(|(at, _)| is_at(above, &path[..at]));
    }
    let (mut pattern, mut path) = (pattern, path);
    while let Some((before, after)) = pattern.split_once("[]") {
        let Some(item) = path.strip_prefix(before).and_then(|rest| rest.strip_prefix('[')) else {
            return false;
        };
        let Some((index, rest)) = item.split_once(']') else { return false };
        if !index.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        (pattern, path) = (after, rest);
    }
    pattern == path
}

/// Expands the templates of a document that `diagnose --enable-templating` shows. A text that would print a variable
/// that is not defined stays as it is (Skaffold: `pkg/skaffold/tags/tags.go`).
///
/// # Errors
/// The first template that is wrong or fails, with its place.
pub fn expand_templates(module: &mut Module, context: &template::Context) -> Result<()> {
    let mut failed = None;
    visit(&mut module.model, &mut |path, text| {
        if failed.is_some() {
            return;
        }
        match template::expand_if_defined(text, context) {
            Ok(expanded) => *text = expanded,
            Err(error) => failed = Some((path.to_vec(), error)),
        }
    });
    let Some((path, error)) = failed else { return Ok(()) };
    let title = format!("the template in `{}` cannot be expanded", path_text(&path));
    Err(Box::new(Report::config(title).at(module.locate_template(&path, &error)).cause(error)))
}

impl Module {
    /// Where the fault of the template at a path stands: the action, where it can be found in the file, else what
    /// [`Module::locate`] gives.
    pub fn locate_template(&self, path: &[Key], error: &TemplateError) -> Excerpt {
        let node = self.scalar(path);
        node.and_then(|node| template_place(node, error)).unwrap_or_else(|| self.locate(path))
    }

    /// The scalar at a path, as it is written.
    pub fn scalar(&self, path: &[Key]) -> Option<&Node> {
        self.tree.at(path).filter(|node| node.is_scalar())
    }
}

/// The place of a template's fault in the scalar that holds the template. What quotes, escapes and folded lines make
/// of a text is not undone: the part of the template that is wrong is looked for as it is, and then its line. `None`: it
/// is not found.
pub fn template_place(node: &Node, error: &TemplateError) -> Option<Excerpt> {
    let source = &node.span.source;
    let written = source.text.get(node.span.start..node.span.end)?;
    let at = |range: std::ops::Range<usize>| {
        source.excerpt(node.span.start + range.start..node.span.start + range.end, "")
    };
    // What is missing at the end is shown at the last character.
    let start = error.span.start.min(error.template.len());
    let wrong = error.template.get(error.span.clone()).unwrap_or_default();
    let wrong = if wrong.trim().is_empty() { error.template.get(start..)?.trim_end() } else { wrong };
    let wrong = wrong.lines().next().unwrap_or_default();
    if let Some(offset) = written.find(error.template.trim_end())
        && !wrong.is_empty()
    {
        return Some(at(offset + start..offset + start + wrong.len()));
    }
    // A line that is folded ends after a word.
    for wrong in [wrong, wrong.split_whitespace().next().unwrap_or_default()] {
        let before = error.template.match_indices(wrong).take_while(|(at, _)| *at < start).count();
        if let Some((offset, _)) = written.match_indices(wrong).nth(before).filter(|_| !wrong.is_empty()) {
            return Some(at(offset..offset + wrong.len()));
        }
    }
    // The first line of a text in several is the one after `|` or `>`.
    let line = error.template.get(..start)?.matches('\n').count();
    let block = written.starts_with(['|', '>']);
    let mut offset = 0;
    for (index, text) in written.split_inclusive('\n').enumerate() {
        if (block || line > 0) && index == line + usize::from(block) {
            let indent = text.len() - text.trim_start().len();
            return Some(at(offset + indent..offset + text.trim_end().len().max(indent)));
        }
        offset += text.len();
    }
    None
}

/// Calls `each` with every text that [`TEMPLATE_FIELDS`] says is shown, and its path.
fn visit(model: &mut SkaffoldConfig, each: &mut dyn FnMut(&[Key], &mut String)) {
    let mut visitor = Visitor { path: vec![], each };
    visitor.within("build", |visitor| {
        visitor.items("artifacts", &mut model.build.artifacts, Visitor::artifact);
        if let Some(policy) = &mut model.build.tag_policy {
            visitor.within("tagPolicy", |visitor| visitor.tag_policy(policy));
        }
    });
    visitor.within("manifests", |visitor| {
        if let Some(kustomize) = &mut model.manifests.kustomize {
            visitor.within("kustomize", |visitor| visitor.texts("paths", &mut kustomize.paths));
        }
        if let Some(helm) = &mut model.manifests.helm {
            visitor.within("helm", |visitor| visitor.items("releases", &mut helm.releases, Visitor::release));
        }
    });
    visitor.within("deploy", |visitor| {
        if let Some(helm) = &mut model.deploy.helm {
            visitor.within("helm", |visitor| visitor.items("releases", &mut helm.releases, Visitor::release));
        }
        if let Some(kubectl) = &mut model.deploy.kubectl {
            visitor.within("kubectl", |visitor| {
                visitor.option("defaultNamespace", &mut kubectl.default_namespace);
            });
        }
    });
    visitor.items("portForward", &mut model.port_forward, |visitor, resource| {
        visitor.option("resourceName", &mut resource.resource_name);
        visitor.option("namespace", &mut resource.namespace);
    });
}

struct Visitor<'v> {
    path: Vec<Key>,
    each: &'v mut dyn FnMut(&[Key], &mut String),
}

impl Visitor<'_> {
    fn within(&mut self, key: impl Into<Key>, inside: impl FnOnce(&mut Self)) {
        self.path.push(key.into());
        inside(self);
        self.path.pop();
    }

    fn text(&mut self, key: impl Into<Key>, text: &mut String) {
        self.within(key, |visitor| (visitor.each)(&visitor.path, text));
    }

    fn option(&mut self, key: impl Into<Key>, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn items<T>(&mut self, key: &'static str, items: &mut [T], mut inside: impl FnMut(&mut Self, &mut T)) {
        self.within(key, |visitor| {
            for (index, item) in items.iter_mut().enumerate() {
                visitor.within(index, |visitor| inside(visitor, item));
            }
        });
    }

    fn texts(&mut self, key: &'static str, texts: &mut [String]) {
        self.items(key, texts, |visitor, text| (visitor.each)(&visitor.path, text));
    }

    /// Every text of a value, not the names in it.
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => (self.each)(&self.path, text),
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.within(index, |visitor| visitor.value(item));
                }
            }
            Value::Object(entries) => {
                for (key, value) in entries.iter_mut() {
                    self.within(key.clone(), |visitor| visitor.value(value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn artifact(&mut self, artifact: &mut Artifact) {
        if let Some(docker) = &mut artifact.docker {
            self.within("docker", |visitor| {
                visitor.within("buildArgs", |visitor| {
                    for (name, value) in &mut docker.build_args {
                        visitor.option(name.clone(), value);
                    }
                });
            });
        }
        if let Some(ko) = &mut artifact.ko {
            self.within("ko", |visitor| {
                visitor.texts("env", &mut ko.env);
                visitor.texts("flags", &mut ko.flags);
                visitor.within("labels", |visitor| {
                    for (name, value) in &mut ko.labels {
                        visitor.text(name.clone(), value);
                    }
                });
                visitor.texts("ldflags", &mut ko.ldflags);
            });
        }
    }

    fn tag_policy(&mut self, policy: &mut TagPolicy) {
        if let Some(tagger) = &mut policy.env_template {
            self.within("envTemplate", |visitor| visitor.text("template", &mut tagger.template));
        }
        let Some(custom) = &mut policy.custom_template else { return };
        self.within("customTemplate", |visitor| {
            visitor.items("components", &mut custom.components, |visitor, component| {
                if let Some(tagger) = &mut component.env_template {
                    visitor.within("envTemplate", |visitor| visitor.text("template", &mut tagger.template));
                }
            });
        });
    }

    fn release(&mut self, release: &mut HelmRelease) {
        self.text("name", &mut release.name);
        self.option("chartPath", &mut release.chart_path);
        self.texts("valuesFiles", &mut release.values_files);
        self.option("namespace", &mut release.namespace);
        self.option("version", &mut release.version);
        for (key, values) in
            [("setValues", &mut release.set_values), ("setValueTemplates", &mut release.set_value_templates)]
        {
            self.within(key, |visitor| visitor.value(&mut values.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LoadOptions, load};
    use super::*;

    const PROJECT: &str = r#"apiVersion: skaffold/v4beta13
kind: Config
build:
  tagPolicy:
    customTemplate:
      template: "{{.A}}"
      components:
      - name: A
        envTemplate: {template: "{{.FOO}}a"}
  artifacts:
  - image: app
    docker:
      buildArgs: {X: "{{.FOO}}b", Y: null, Z: "{{.MISSING}}"}
      cliFlags: ["{{.FOO}}"]
  - image: go
    ko:
      env: ["A={{.FOO}}c"]
      flags: ["{{.FOO}}d"]
      labels: {a.b: "{{.FOO}}e"}
      ldflags: ["{{.FOO}}f"]
manifests:
  kustomize: {paths: ["{{.FOO}}g"]}
  helm:
    releases: &releases
    - name: "{{.FOO}}h"
      chartPath: "{{.FOO}}i"
      valuesFiles: ["{{.FOO}}j"]
      namespace: "{{.FOO}}k"
      version: "{{.FOO}}l"
      setValues: {a: "{{.FOO}}m", b: {c: ["{{.FOO}}n", 1]}}
      setValueTemplates: {a: "{{.FOO}}o"}
      repo: "{{.FOO}}"
deploy:
  kubectl: {defaultNamespace: "{{.FOO}}p"}
  helm: {releases: *releases}
portForward:
- {resourceType: service, resourceName: "{{.FOO}}q", namespace: "{{.FOO}}r", port: 80}
"#;

    fn load_text(text: &str) -> Module {
        let options = LoadOptions { filename: Some("-".into()), cwd: "/p".into(), ..LoadOptions::default() };
        load(&options, &mut text.as_bytes()).unwrap().modules.remove(0)
    }

    fn context() -> template::Context {
        template::Context::new([("FOO", "foo-")])
    }

    #[test]
    fn exactly_the_tagged_fields_are_expanded() {
        let mut module = load_text(PROJECT);
        let mut seen: Vec<String> = vec![];
        visit(&mut module.model, &mut |path, text| {
            let field = template_field(path).unwrap_or_else(|| panic!("{}", path_text(path)));
            assert!(field.shown, "{}", field.path);
            seen.push(field.path.to_owned());
            assert!(text.contains("{{") || text == "1", "{text}");
        });
        let policies = ["build.tagPolicy.envTemplate.template"];
        for field in TEMPLATE_FIELDS.iter().filter(|f| f.shown && !policies.contains(&f.path)) {
            assert!(seen.iter().any(|path| path == field.path), "{}", field.path);
        }
        expand_templates(&mut module, &context()).unwrap();
        let model = &module.model;
        let docker = model.build.artifacts[0].docker.as_ref().unwrap();
        assert_eq!(docker.build_args["X"].as_deref(), Some("foo-b"));
        assert_eq!(docker.build_args["Z"].as_deref(), Some("{{.MISSING}}"));
        assert_eq!(docker.cli_flags, ["{{.FOO}}"]);
        let release = &model.manifests.helm.as_ref().unwrap().releases[0];
        assert_eq!((release.name.as_str(), release.repo.as_deref()), ("foo-h", Some("{{.FOO}}")));
        assert_eq!(release.set_values.0["b"]["c"][0], "foo-n");
    }

    #[test]
    fn paths_of_fields() {
        let path = |keys: &[&'static str]| -> Vec<Key> {
            let key = |key: &&'static str| key.parse::<usize>().map_or(Key::from(*key), Key::from);
            keys.iter().map(key).collect()
        };
        let known = |keys: &[&'static str]| template_field(&path(keys)).map(|field| field.path);
        assert_eq!(
            known(&["build", "artifacts", "12", "docker", "buildArgs", "A.B"]),
            Some("build.artifacts[].docker.buildArgs{}")
        );
        assert_eq!(known(&["test", "0", "custom", "3", "command"]), Some("test[].custom[].command"));
        for other in [
            &["build", "artifacts", "0", "docker", "buildArgs"][..],
            &["build", "artifacts", "0", "docker", "target"],
            &["build", "artifacts", "0", "ko", "env", "0", "x"],
            &["portForward", "0", "port"],
            &["test", "custom", "0", "command"],
        ] {
            assert_eq!(known(other), None, "{other:?}");
        }
    }

    /// Line and column of the fault, and what is under the caret.
    fn fault(value: &str) -> (usize, usize, String) {
        let text = format!(
            "apiVersion: skaffold/v4beta13\nkind: Config\nbuild:\n  artifacts:\n  - image: app\n    docker:\n      buildArgs:\n        X: {value}\n"
        );
        let mut module = load_text(&text);
        let report = expand_templates(&mut module, &context()).unwrap_err();
        let excerpt = &report.excerpts[0];
        let (line, column) = excerpt.line_column();
        (line, column, excerpt.text[excerpt.span.clone()].to_owned())
    }

    #[test]
    fn faults_point_into_the_scalar() {
        for (value, line, column, under) in [
            ("a-{{upper 5}}", 8, 16, "upper 5"),
            ("\"a-{{upper 5}}\"", 8, 17, "upper 5"),
            ("'a''b-{{upper 5}}'", 8, 20, "upper 5"),
            ("\"é\\n{{upper 5}}\"", 8, 18, "upper 5"),
            ("\"{{upper 5 \\u007c lower}}\"", 8, 15, "upper 5"),
            ("|\n          first\n          b {{upper 5}}\n          last", 10, 15, "upper 5"),
            (">-\n          first {{.FOO}}\n          {{ .FOO | trunc 1.5 }}", 10, 21, "trunc 1.5"),
            ("\"{{.FOO}}\n          {{upper\n          5}}\"", 9, 13, "upper"),
            ("x {{upper 1}} {{.FOO}}", 8, 16, "upper 1"),
            ("\"{{.FOO | nosuch}} nosuch\"", 8, 22, "nosuch"),
            ("'{{if .FOO}}x'", 8, 15, "if"),
            ("\"{{print \\\"a\\\" | upper 5}}\"", 8, 29, "upper 5"),
            ("\"{{upper \\\"a\\\" 5}}\"", 8, 15, "upper"),
            ("\"{{\\u002eFOO.bar}}\"", 8, 12, "\"{{\\u002eFOO.bar}}\""),
        ] {
            assert_eq!(fault(value), (line, column, under.to_owned()), "{value}");
        }
    }
}
