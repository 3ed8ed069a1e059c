//! v2beta8 to v2beta9: automatic sync is a switch, and flags of kaniko have names.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, given, list, map, text};
use crate::yaml::{Data, Node, Span};

/// How a flag of kaniko's executor is set in the schema.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// True or false.
    Switch(&'static str),
    /// A text.
    Value(&'static str),
    /// A list, from a flag that is repeated.
    List(&'static str),
    /// A mapping, from `key=value`, repeated.
    Pairs(&'static str),
    /// A text in the section `cache`.
    Cache(&'static str),
    /// The section `cache` itself.
    Caching,
}

/// The flags of kaniko that skaffold/v2beta9 has names for.
const FLAGS: &[(&str, Form)] = &[
    ("--build-arg", Form::Pairs("buildArgs")),
    ("--cache", Form::Caching),
    ("--cache-repo", Form::Cache("repo")),
    ("--cache-ttl", Form::Cache("ttl")),
    ("--cleanup", Form::Switch("cleanup")),
    ("--digest-file", Form::Value("digestFile")),
    ("--dockerfile", Form::Value("dockerfile")),
    ("--force", Form::Switch("force")),
    ("--image-name-with-digest-file", Form::Value("imageNameWithDigestFile")),
    ("--insecure", Form::Switch("insecure")),
    ("--insecure-pull", Form::Switch("insecurePull")),
    ("--insecure-registry", Form::List("insecureRegistry")),
    ("--label", Form::Pairs("label")),
    ("--log-format", Form::Value("logFormat")),
    ("--log-timestamp", Form::Switch("logTimestamp")),
    ("--no-push", Form::Switch("noPush")),
    ("--oci-layout-path", Form::Value("ociLayoutPath")),
    ("--registry-certificate", Form::Pairs("registryCertificate")),
    ("--registry-mirror", Form::Value("registryMirror")),
    ("--reproducible", Form::Switch("reproducible")),
    ("--single-snapshot", Form::Switch("singleSnapshot")),
    ("--skip-tls-verify", Form::Switch("skipTLS")),
    ("--skip-tls-verify-pull", Form::Switch("skipTLSVerifyPull")),
    ("--skip-tls-verify-registry", Form::List("skipTLSVerifyRegistry")),
    ("--skip-unused-stages", Form::Switch("skipUnusedStages")),
    ("--snapshotMode", Form::Value("snapshotMode")),
    ("--tarPath", Form::Value("tarPath")),
    ("--target", Form::Value("target")),
    ("--use-new-run", Form::Switch("useNewRun")),
    ("--verbosity", Form::Value("verbosity")),
    ("--whitelist-var-run", Form::Switch("whitelistVarRun")),
    ("-f", Form::Value("dockerfile")),
    ("-v", Form::Value("verbosity")),
];

/// `auto: {}` becomes `auto: true`.
pub(super) fn sync(sync: &mut Node, _: &mut Scene<'_>) {
    match sync.get_mut("auto") {
        Some(auto) if matches!(auto.data, Data::Map(_)) => auto.data = Data::Bool(true),
        Some(auto) if auto.is_null() => drop(sync.remove("auto")),
        _ => {}
    }
}

/// `flags` become settings with names; those without are left out.
pub(super) fn kaniko(kaniko: &mut Node, scene: &mut Scene<'_>) {
    let Some(flags) = kaniko.remove("flags") else { return };
    let mut flags = flags.items().iter().peekable();
    while let Some(flag) = flags.next() {
        let Some(written) = flag.text().filter(|text| !text.is_empty()) else { continue };
        let (name, value) = match written.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(text(value, &flag.span))),
            None => (written.into_owned(), None),
        };
        let form = FLAGS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form);
        let is_switch = matches!(form, Some(Form::Switch(_) | Form::Caching) | None);
        let is_flag = |node: &&Node| node.text().is_some_and(|text| text.starts_with('-'));
        let value = match value {
            // `--flag value` as two items.
            None if !is_switch => flags.next_if(|next| !is_flag(next)).cloned(),
            value => value,
        };
        let done = form.is_some_and(|form| set(kaniko, form, flag, value));
        if !done {
            let why = "flags of kaniko are settings now, and none stands for this one";
            scene.warnings.push(dropped(&name, why, flag.span.excerpt("")));
        }
    }
}

/// Sets what a flag sets. False = it can't be set so.
fn set(kaniko: &mut Node, form: Form, flag: &Node, value: Option<Node>) -> bool {
    let span = &flag.span;
    let on = match value.as_ref().map(|value| value.text().unwrap_or_default().into_owned()).as_deref() {
        None | Some("true" | "1" | "t" | "T" | "TRUE" | "True") => Some(true),
        Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Some(false),
        Some(_) => None,
    };
    match (form, value) {
        (Form::Switch(name), _) => {
            let Some(on) = on else { return false };
            kaniko.set(text(name, span), Node::new(Data::Bool(on), span.clone()));
        }
        (Form::Caching, _) => {
            let Some(on) = on else { return false };
            if !on {
                kaniko.remove("cache");
            } else if given(kaniko, "cache").is_none() {
                kaniko.set(text("cache", span), map(vec![], span));
            }
        }
        (_, None) => return false,
        (Form::Value(name), Some(value)) => kaniko.set(text(name, span), value),
        (Form::List(name), Some(value)) => {
            if given(kaniko, name).is_none() {
                kaniko.set(text(name, span), list(vec![], span));
            }
            let Some(Data::Seq(items)) = kaniko.get_mut(name).map(|list| &mut list.data) else {
                return false;
            };
            items.push(value);
        }
        (Form::Pairs(name), Some(pair)) => {
            let pair = pair.text().unwrap_or_default().into_owned();
            let Some((key, value)) = pair.split_once('=') else { return false };
            put(kaniko, name, key, text(value, span), span);
        }
        (Form::Cache(name), Some(value)) => put(kaniko, "cache", name, value, span),
    }
    true
}

/// Puts an entry into the mapping of this name, which is made where there is none.
fn put(kaniko: &mut Node, name: &str, key: &str, value: Node, span: &Span) {
    if given(kaniko, name).is_none() {
        kaniko.set(text(name, span), map(vec![], span));
    }
    if let Some(section) = kaniko.get_mut(name) {
        section.set(text(key, span), value);
    }
}
