//! The fields that are templates, filled in (Skaffold: the fields of `schema/latest/config.go` tagged
//! `skaffold:"template"`).

use crate::config::model::{HelmRelease, SkaffoldConfig};
use crate::template::{self, Context};

/// What Go's templates print for a variable that is not set.
const NO_VALUE: &str = "<no value>";

/// Fills in every template of a document. One that cannot be filled in yet, since its variables only exist in a build
/// or a deployment, stays what it is.
pub fn fill_in(config: &mut SkaffoldConfig, variables: &Context) {
    let filler = Filler(variables);
    if let Some(tagger) = config.build.tag_policy.as_mut().and_then(|policy| policy.env_template.as_mut()) {
        filler.text(&mut tagger.template);
    }
    for artifact in &mut config.build.artifacts {
        if let Some(docker) = &mut artifact.docker {
            docker.build_args.values_mut().for_each(|value| filler.option(value));
        }
        if let Some(ko) = &mut artifact.ko {
            filler.list(&mut ko.env);
            filler.list(&mut ko.flags);
            filler.list(&mut ko.ldflags);
            ko.labels.values_mut().for_each(|value| filler.text(value));
        }
    }
    let manifests = &mut config.manifests;
    if let Some(kustomize) = &mut manifests.kustomize {
        filler.list(&mut kustomize.paths);
    }
    let rendered = manifests.helm.iter_mut().flat_map(|helm| &mut helm.releases);
    let deployed = config.deploy.helm.iter_mut().flat_map(|helm| &mut helm.releases);
    rendered.chain(deployed).for_each(|release| filler.release(release));
    if let Some(kubectl) = &mut config.deploy.kubectl {
        filler.option(&mut kubectl.default_namespace);
    }
    for forward in &mut config.port_forward {
        filler.option(&mut forward.resource_name);
        filler.option(&mut forward.namespace);
    }
}

struct Filler<'v>(&'v Context);

impl Filler<'_> {
    fn text(&self, text: &mut String) {
        if text.contains("{{")
            && let Ok(filled) = template::expand(text, self.0)
            && !filled.contains(NO_VALUE)
        {
            *text = filled;
        }
    }

    fn option(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn list(&self, texts: &mut [String]) {
        for text in texts {
            self.text(text);
        }
    }

    fn release(&self, release: &mut HelmRelease) {
        self.text(&mut release.name);
        self.option(&mut release.chart_path);
        self.list(&mut release.values_files);
        self.option(&mut release.namespace);
        self.option(&mut release.version);
        for values in [&mut release.set_values, &mut release.set_value_templates].into_iter().flatten() {
            self.value(values);
        }
    }

    fn value(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => self.text(text),
            serde_json::Value::Array(items) => {
                for item in items {
                    self.value(item);
                }
            }
            serde_json::Value::Object(entries) => {
                for value in entries.values_mut() {
                    self.value(value);
                }
            }
            _ => {}
        }
    }
}
