//! `skeg inspect namespaces list`

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Inspector;
use super::failure::Failure;
use crate::cli::inspect::NamespacesArgs;
use crate::config::{Project, model};
use crate::yaml::{Node, Source, parse};

/// What kubectl works in when nobody says otherwise.
const DEFAULT: &str = "default";

impl Inspector<'_> {
    /// The Deployments of a rendered manifest and the namespaces they would be in (Skaffold:
    /// `inspect/namespaces/list.go`).
    pub(super) fn namespaces(&self, args: &NamespacesArgs) -> Result<Value, Failure> {
        let project = self.select(&args.selection)?;
        let bytes = fs_err::read(self.absolute(&args.manifest))
            .map_err(|error| Failure::unknown(error.to_string()))?;
        let documents = parse(&Source::from_bytes(&args.manifest, &bytes)?)?;
        let otherwise = default_namespace(&project);
        let mut resources: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for document in &documents {
            let text = |node: Option<&Node>| node.and_then(Node::text).unwrap_or_default().into_owned();
            if text(document.get("kind")) != "Deployment" {
                continue;
            }
            let metadata = |key: &str| text(document.get("metadata").and_then(|metadata| metadata.get(key)));
            let namespace = Some(metadata("namespace")).filter(|name| !name.is_empty());
            let kind = format!("{}, Kind=Deployment", text(document.get("apiVersion")));
            resources.entry(kind).or_default().push(json!({
                "name": metadata("name"),
                "namespace": namespace.unwrap_or_else(|| otherwise.clone()),
            }));
        }
        Ok(json!({ "resourceToInfoMap": resources }))
    }
}

/// The namespace of resources that name none.
fn default_namespace(project: &Project) -> String {
    let kubectl = project.modules.iter().filter_map(|module| module.model.deploy.kubectl.as_ref());
    kubectl.filter_map(of_kubectl).next_back().unwrap_or(DEFAULT).to_owned()
}

fn of_kubectl(kubectl: &model::KubectlDeploy) -> Option<&str> {
    let flags = [&kubectl.flags.global, &kubectl.flags.apply];
    let given = flags.into_iter().filter_map(|flags| of_flags(flags)).next_back();
    given.or(kubectl.default_namespace.as_deref())
}

/// The last `-n NAME`, `--namespace NAME`, `-n=NAME` or `--namespace=NAME`; a flag may hold its value after a space.
fn of_flags(flags: &[String]) -> Option<&str> {
    let mut words = flags.iter().flat_map(|flag| flag.split_whitespace());
    let mut found = None;
    while let Some(word) = words.next() {
        let name = match word.split_once('=') {
            Some(("-n" | "--namespace", name)) => Some(name),
            None if matches!(word, "-n" | "--namespace") => words.next(),
            _ => None,
        };
        found = name.or(found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_flag_counts() {
        for (flags, expected) in [
            (&["-n", "a"][..], Some("a")),
            (&["--namespace=b", "-n", "c"], Some("c")),
            (&["--namespace b"], Some("b")),
            (&["-n=x"], Some("x")),
            (&["--context", "n"], None),
            (&["-n"], None),
        ] {
            let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
            assert_eq!(of_flags(&flags), expected, "{flags:?}");
        }
    }

    #[test]
    fn flags_of_apply_come_after_those_of_every_call_and_before_the_default() {
        let list = |name: &str| vec!["-n".to_owned(), name.to_owned()];
        let mut kubectl = model::KubectlDeploy { default_namespace: Some("d".into()), ..Default::default() };
        assert_eq!(of_kubectl(&kubectl), Some("d"));
        kubectl.flags.global = list("g");
        assert_eq!(of_kubectl(&kubectl), Some("g"));
        kubectl.flags.apply = list("a");
        assert_eq!(of_kubectl(&kubectl), Some("a"));
    }
}
