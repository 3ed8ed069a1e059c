//! A [`Definition`] as a bake file: JSON for `docker-buildx bake -f -`. It goes through standard input, never to disk.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Context, Definition, Dockerfile, NamedContext, Output, Secret, SecretSource, Target};

/// The definition as people read it (`skeg build --print`); `docker-buildx bake -f` takes it as it is.
pub fn print(definition: &Definition) -> String {
    let mut text = serde_json::to_string_pretty(&file(definition)).unwrap_or_default();
    text.push('\n');
    text
}

/// The bake file. Keys are in a fixed order, so equal definitions give equal text.
pub(super) fn file(definition: &Definition) -> Value {
    let linked: Vec<&str> = definition
        .targets
        .iter()
        .flat_map(|t| t.contexts.values())
        .filter_map(|c| if let NamedContext::Target(name) = c { Some(name.as_str()) } else { None })
        .collect();
    // What only serves others is built when they need it; naming it would make bake evaluate it twice.
    let asked: Vec<&str> = definition
        .targets
        .iter()
        .filter(|t| !t.outputs.is_empty() || !t.cache_to.is_empty() || !linked.contains(&t.name.as_str()))
        .map(|t| t.name.as_str())
        .collect();
    let targets: Map<String, Value> =
        definition.targets.iter().map(|t| (t.name.clone(), Value::Object(target(t)))).collect();
    json!({ "group": { "default": { "targets": asked } }, "target": targets })
}

/// What bake wants to be allowed: it asks for everything outside its working folder, and for entitlements.
/// The definition is ours, made from the user's own project file; the checks guard against bake files of strangers.
pub(super) fn allowed(definition: &Definition) -> Vec<String> {
    let mut allowed: Vec<String> = Vec::new();
    let mut allow = |what: String| {
        if !allowed.contains(&what) {
            allowed.push(what);
        }
    };
    for target in &definition.targets {
        if !target.ssh.is_empty() {
            allow("ssh".to_owned());
        }
        for entitlement in &target.entitlements {
            allow(entitlement.clone());
        }
    }
    allowed
}

fn target(target: &Target) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        let empty = match &value {
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Null | Value::Bool(false) => true,
            _ => false,
        };
        if !empty {
            map.insert(key.to_owned(), value);
        }
    };
    let text = |value: &str| Value::String(literal(value));
    let list = |values: &[String]| Value::Array(values.iter().map(|v| text(v)).collect());
    let optional = |value: &Option<String>| value.as_deref().map_or(Value::Null, text);
    put(
        "context",
        match &target.context {
            Context::Local(path) => text(&path.to_string_lossy()),
            Context::Remote(url) => text(url),
        },
    );
    match &target.dockerfile {
        Dockerfile::File(path) => put("dockerfile", text(&path.to_string_lossy())),
        Dockerfile::Inline(inline) => put("dockerfile-inline", text(inline)),
    }
    put("target", optional(&target.stage));
    put("args", target.args.iter().map(|(k, v)| (literal(k), text(v))).collect());
    put("tags", list(&target.tags));
    put("platforms", list(&target.platforms));
    put(
        "contexts",
        target
            .contexts
            .iter()
            .map(|(name, source)| {
                let source = match source {
                    NamedContext::Target(target) => format!("target:{target}"),
                    NamedContext::Source(source) => source.clone(),
                };
                (literal(name), text(&source))
            })
            .collect(),
    );
    put("cache-from", target.cache_from.iter().map(|c| text(&c.to_string())).collect());
    put("cache-to", target.cache_to.iter().map(|c| text(&c.to_string())).collect());
    put("secret", target.secrets.iter().map(|s| text(&secret(s))).collect());
    put("ssh", list(&target.ssh));
    put("labels", target.labels.iter().map(|(k, v)| (literal(k), text(v))).collect());
    put("annotations", list(&target.annotations));
    put("network", optional(&target.network));
    put("extra-hosts", extra_hosts(&target.add_hosts));
    put("ulimits", list(&target.ulimits));
    put("shm-size", optional(&target.shm_size));
    put("entitlements", list(&target.entitlements));
    put("no-cache", Value::Bool(target.no_cache));
    put("no-cache-filter", list(&target.no_cache_filter));
    put("pull", Value::Bool(target.pull));
    put("attest", attestations(target).iter().map(|a| text(a)).collect());
    put("output", outputs(target).iter().map(|o| text(o)).collect());
    map
}

/// `host:ip` entries as a map; several addresses of one host stand behind each other.
fn extra_hosts(entries: &[String]) -> Value {
    let mut hosts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (host, ip) in entries.iter().filter_map(|entry| entry.split_once([':', '='])) {
        hosts.entry(host).or_default().push(ip);
    }
    hosts.into_iter().map(|(host, ips)| (literal(host), Value::String(literal(&ips.join(","))))).collect()
}

/// `${` and `%{` are templates in a bake file, also in its JSON form; doubled signs stand for themselves.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// The value of `--secret`: identity and source, never the content.
pub(super) fn secret(secret: &Secret) -> String {
    let source = match &secret.source {
        SecretSource::File(path) => format!("src={}", path.display()),
        SecretSource::Env(name) => format!("env={name}"),
    };
    format!("id={},{}", secret.id, csv(&source))
}

fn csv(field: &str) -> String {
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

/// Attestations are always said: BuildKit's default gives every rebuild that changes nothing a new digest.
pub(super) fn attestations(target: &Target) -> Vec<String> {
    let provenance = match &target.provenance {
        Some(value) if value.contains('=') => format!("type=provenance,{value}"),
        Some(_) => "type=provenance,mode=min".to_owned(),
        None => "type=provenance,disabled=true".to_owned(),
    };
    let sbom = match target.sbom.as_deref() {
        Some(value) if value.contains('=') => format!("type=sbom,{value}"),
        Some("true") => "type=sbom".to_owned(),
        Some(generator) => format!("type=sbom,generator={generator}"),
        None => "type=sbom,disabled=true".to_owned(),
    };
    vec![provenance, sbom]
}

/// The values of `--output`; a target without any stays in the build cache.
pub(super) fn outputs(target: &Target) -> Vec<String> {
    if target.outputs.is_empty() {
        return vec!["type=cacheonly".to_owned()];
    }
    target
        .outputs
        .iter()
        .map(|output| match output {
            Output::Push { insecure: true } => "type=image,push=true,registry.insecure=true".to_owned(),
            Output::Push { insecure: false } => "type=image,push=true".to_owned(),
            Output::Load => "type=docker".to_owned(),
            Output::Other(value) => value.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CacheRef;

    #[test]
    fn a_whole_target() {
        let base =
            Target { name: "base".into(), context: Context::Local("/p/base".into()), ..Target::default() };
        let app = Target {
            name: "app".into(),
            context: Context::Local("/p/app".into()),
            dockerfile: Dockerfile::File("/p/Dockerfile".into()),
            stage: Some("prod".into()),
            tags: vec!["r.io/app:v1".into()],
            args: [("A".to_owned(), "${HOME} %{if} $$ \"q\"".to_owned())].into(),
            platforms: vec!["linux/amd64".into(), "linux/arm64".into()],
            contexts: [("r.io/base:v1".to_owned(), NamedContext::Target("base".into()))].into(),
            cache_from: vec![CacheRef::parse("type=registry,ref=r.io/app:c").unwrap()],
            secrets: vec![
                Secret { id: "f".into(), source: SecretSource::File("/s,1".into()) },
                Secret { id: "e".into(), source: SecretSource::Env("TOKEN".into()) },
            ],
            ssh: vec!["default".into()],
            add_hosts: vec!["db:10.0.0.1".into(), "v6:::1".into(), "db:10.0.0.2".into()],
            entitlements: vec!["network.host".into()],
            network: Some("host".into()),
            provenance: Some("mode=max".into()),
            sbom: Some("true".into()),
            outputs: vec![Output::Push { insecure: true }, Output::Other("type=oci,dest=x.tar".into())],
            ..Target::default()
        };
        let definition = Definition { targets: vec![base, app] };
        let file = file(&definition);
        assert_eq!(
            file["target"]["app"],
            json!({
                "context": "/p/app",
                "dockerfile": "/p/Dockerfile",
                "target": "prod",
                "args": { "A": "$${HOME} %%{if} $$ \"q\"" },
                "tags": ["r.io/app:v1"],
                "platforms": ["linux/amd64", "linux/arm64"],
                "contexts": { "r.io/base:v1": "target:base" },
                "cache-from": ["type=registry,ref=r.io/app:c"],
                "secret": ["id=f,\"src=/s,1\"", "id=e,env=TOKEN"],
                "ssh": ["default"],
                "network": "host",
                "extra-hosts": { "db": "10.0.0.1,10.0.0.2", "v6": "::1" },
                "entitlements": ["network.host"],
                "attest": ["type=provenance,mode=max", "type=sbom"],
                "output": ["type=image,push=true,registry.insecure=true", "type=oci,dest=x.tar"],
            })
        );
        assert_eq!(file["target"]["base"]["output"], json!(["type=cacheonly"]));
        assert_eq!(
            file["target"]["base"]["attest"],
            json!(["type=provenance,disabled=true", "type=sbom,disabled=true"])
        );
        assert_eq!(
            file["group"]["default"]["targets"],
            json!(["app"]),
            "a base that goes nowhere is only linked"
        );
        assert_eq!(allowed(&definition), ["ssh", "network.host"]);
    }
}
