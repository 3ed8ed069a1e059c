//! `cliFlags` of an artifact: flags of `docker build` that a [`Target`] has a place for are put there; the others are
//! kept, and such a target is built by a call of its own.

use super::{CacheRef, Output, Secret, SecretSource, Target};
use crate::diagnostic::{Report, Result};

/// Puts `flags` (one argument of `docker build` each, as Skaffold passes them on) into `target`.
///
/// # Errors
/// A flag that lacks its value, or whose value cannot be read.
pub fn apply(target: &mut Target, flags: &[String]) -> Result<()> {
    let mut flags = flags.iter().map(|f| f.trim()).filter(|f| !f.is_empty()).flat_map(pieces).peekable();
    while let Some(flag) = flags.next() {
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) if name.starts_with('-') => (name.to_owned(), Some(value.to_owned())),
            _ => (flag.clone(), None),
        };
        if is_switch(&name) {
            let on = inline.as_deref().is_none_or(|v| v != "false" && v != "0");
            match name.as_str() {
                "--no-cache" => target.no_cache = on,
                "--pull" => target.pull = on,
                "--push" if on => add_output(target, Output::Push { insecure: false }),
                "--load" if on => add_output(target, Output::Load),
                // What these ask for is how BuildKit works anyway, or none of an engine's business.
                _ => {}
            }
            continue;
        }
        if !is_known(&name) {
            target.extra_flags.push(flag.clone());
            // A value in an argument of its own stays behind its flag.
            if inline.is_none() && flags.peek().is_some_and(|next| !next.starts_with('-')) {
                target.extra_flags.extend(flags.next());
            }
            continue;
        }
        let value = match inline {
            Some(value) => value,
            None => flags.next().ok_or_else(|| {
                Box::new(Report::config(format!("flag {name} of artifact {} has no value", target.image)))
            })?,
        };
        set(target, &name, value)?;
    }
    Ok(())
}

/// `--label a=b` in one list entry is two arguments; anything else is one.
fn pieces(flag: &str) -> Vec<String> {
    match flag.split_once(char::is_whitespace) {
        Some((name, value)) if name.starts_with('-') && !name.contains('=') => {
            vec![name.to_owned(), value.trim().to_owned()]
        }
        _ => vec![flag.to_owned()],
    }
}

fn is_switch(name: &str) -> bool {
    matches!(
        name,
        "--no-cache"
            | "--pull"
            | "--push"
            | "--load"
            | "--force-rm"
            | "--rm"
            | "--compress"
            | "-q"
            | "--quiet"
    )
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "--label"
            | "--annotation"
            | "--build-arg"
            | "--build-context"
            | "--add-host"
            | "--ulimit"
            | "--shm-size"
            | "--allow"
            | "--sbom"
            | "--provenance"
            | "--attest"
            | "--cache-from"
            | "--cache-to"
            | "--no-cache-filter"
            | "--network"
            | "--output"
            | "-o"
            | "--platform"
            | "--secret"
            | "--ssh"
            | "--target"
            | "--tag"
            | "-t"
            | "--progress"
    )
}

fn set(target: &mut Target, name: &str, value: String) -> Result<()> {
    let pair = |value: &str| match value.split_once('=') {
        Some((key, value)) => (key.to_owned(), value.to_owned()),
        None => (value.to_owned(), String::new()),
    };
    match name {
        "--label" => target.labels.extend([pair(&value)]),
        "--annotation" => target.annotations.push(value),
        "--build-arg" => target.args.extend([pair(&value)]),
        "--build-context" => {
            let (name, source) = pair(&value);
            target.contexts.insert(name, super::NamedContext::Source(source));
        }
        "--add-host" => target.add_hosts.push(value),
        "--ulimit" => target.ulimits.push(value),
        "--shm-size" => target.shm_size = Some(value),
        "--allow" => target.entitlements.push(value),
        "--sbom" => target.sbom = attestation(value),
        "--provenance" => target.provenance = attestation(value),
        "--attest" => attest(target, &value)?,
        "--cache-from" => target.cache_from.push(cache(target, name, &value)?),
        "--cache-to" => target.cache_to.push(cache(target, name, &value)?),
        "--no-cache-filter" => target.no_cache_filter.extend(value.split(',').map(str::to_owned)),
        "--network" => {
            if value == "host" {
                target.entitlements.push("network.host".to_owned());
            }
            target.network = Some(value);
        }
        "--output" | "-o" => add_output(target, Output::Other(value)),
        "--platform" => target.platforms = value.split(',').map(str::to_owned).collect(),
        "--secret" => {
            let secret = secret(&value).map_err(|e| bad(target, name, &e))?;
            target.secrets.push(secret);
        }
        "--ssh" => target.ssh.push(value),
        "--target" => target.stage = Some(value),
        "--tag" | "-t" => target.tags.push(value),
        // How progress is shown is not the artifact's to say.
        _ => {}
    }
    Ok(())
}

/// A cache as buildx reads it: typed, or an image name.
fn cache(target: &Target, flag: &str, value: &str) -> Result<CacheRef> {
    if value.contains('=') {
        return CacheRef::parse(value).map_err(|cause| bad(target, flag, &cause));
    }
    Ok(CacheRef::registry(value))
}

fn bad(target: &Target, flag: &str, cause: &str) -> Box<Report> {
    Box::new(Report::config(format!("flag {flag} of artifact {} cannot be read", target.image)).cause(cause))
}

fn add_output(target: &mut Target, output: Output) {
    if !target.outputs.contains(&output) {
        target.outputs.push(output);
    }
}

/// buildx's values of `--provenance` and `--sbom`: a boolean, or attributes.
fn attestation(value: String) -> Option<String> {
    (value != "false").then_some(value)
}

/// `type=sbom,…` and `type=provenance,…`.
fn attest(target: &mut Target, value: &str) -> Result<()> {
    let fields: Vec<&str> = value.split(',').collect();
    let rest: Vec<&str> = fields.iter().filter(|f| !f.starts_with("type=")).copied().collect();
    let disabled = rest.contains(&"disabled=true");
    let attributes = if rest.is_empty() { "true".to_owned() } else { rest.join(",") };
    let attributes = (!disabled).then_some(attributes);
    match fields.iter().find_map(|f| f.strip_prefix("type=")) {
        Some("sbom") => target.sbom = attributes,
        Some("provenance") => target.provenance = attributes,
        _ => return Err(bad(target, "--attest", "it has neither type=sbom nor type=provenance")),
    }
    Ok(())
}

fn secret(value: &str) -> Result<Secret, String> {
    let mut id = None;
    let mut source = None;
    for (key, value) in value.split(',').filter_map(|f| f.split_once('=')) {
        match key {
            "id" => id = Some(value.to_owned()),
            "src" | "source" => source = Some(SecretSource::File(value.into())),
            "env" => source = Some(SecretSource::Env(value.to_owned())),
            _ => {}
        }
    }
    let id = id.ok_or("it has no id=…")?;
    let source = source.unwrap_or_else(|| SecretSource::Env(id.clone()));
    Ok(Secret { id, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(flags: &[&str]) -> Target {
        let flags: Vec<String> = flags.iter().map(|f| (*f).to_owned()).collect();
        let mut target = Target { image: "app".to_owned(), ..Target::default() };
        apply(&mut target, &flags).unwrap();
        target
    }

    #[test]
    fn known_flags_find_their_place_in_each_form() {
        for form in [vec!["--label=a=b"], vec!["--label", "a=b"], vec!["--label a=b"]] {
            assert_eq!(applied(&form).labels["a"], "b", "{form:?}");
        }
        let target = applied(&[
            "--annotation=index:x=y",
            "--build-context=lib=../lib",
            "--add-host=h:1.2.3.4",
            "--ulimit=nofile=1:2",
            "--shm-size=64m",
            "--allow=security.insecure",
            "--sbom=true",
            "--provenance=mode=max",
            "--cache-from=type=registry,ref=a:c",
            "--cache-to=type=inline",
            "--no-cache-filter=a,b",
            "--network=host",
            "--output=type=oci,dest=x.tar",
            "--platform=linux/amd64,linux/arm64",
            "--secret=id=s,src=f",
            "--ssh=default",
            "--target=prod",
            "--no-cache",
            "--pull=false",
        ]);
        assert_eq!(target.annotations, ["index:x=y"]);
        assert!(target.contexts.contains_key("lib"));
        assert_eq!((target.sbom.as_deref(), target.provenance.as_deref()), (Some("true"), Some("mode=max")));
        assert_eq!(target.cache_from[0].get("ref"), Some("a:c"));
        assert_eq!(target.cache_to[0].kind, "inline");
        assert_eq!(target.no_cache_filter, ["a", "b"]);
        assert_eq!(target.entitlements, ["security.insecure", "network.host"]);
        assert_eq!(target.platforms.len(), 2);
        assert!(target.no_cache && !target.pull);
        assert_eq!(target.stage.as_deref(), Some("prod"));
        assert!(target.extra_flags.is_empty());
    }

    #[test]
    fn unknown_flags_are_kept_with_their_values() {
        let target = applied(&["--cgroup-parent", "x", "--label=a=b", "--memory=1g", "--squash"]);
        assert_eq!(target.extra_flags, ["--cgroup-parent", "x", "--memory=1g", "--squash"]);
        assert_eq!(target.labels["a"], "b");
    }

    #[test]
    fn a_flag_without_its_value_is_an_error() {
        let mut target = Target::default();
        assert!(apply(&mut target, &["--label".to_owned()]).is_err());
        assert!(apply(&mut target, &["--attest=mode=max".to_owned()]).is_err());
        assert!(apply(&mut target, &["--cache-to=type=ftp".to_owned()]).is_err());
    }
}
