//! The words of BuildKit and registries, and what they mean: one table.

use super::{Run, is_lost, relative};
use crate::builder::Builder;
use crate::diagnostic::{Excerpt, Kind};
use crate::engine::progress::FailedStep;
use crate::engine::{CacheRef, Context, Target};
use crate::image::Reference;
use crate::image::platform::{architecture_of, native_architecture};

/// A title shows so much of an instruction (characters).
const COMMAND: usize = 100;

/// What a message of BuildKit's means.
#[derive(Debug, PartialEq)]
pub(super) struct Class {
    pub(super) kind: Kind,
    /// What happened, continuing "artifact app: …".
    pub(super) what: String,
    /// BuildKit's own words add nothing to `what`.
    pub(super) said: bool,
    pub(super) hints: Vec<String>,
    /// The place in the project file, where it is that which is to be changed.
    pub(super) place: Option<Excerpt>,
}

/// The command that frees the builder's cache.
fn prune(builder: &Builder) -> String {
    match builder {
        Builder::Address(address) => format!("buildctl --addr {address} prune"),
        builder => format!("docker buildx prune --builder {builder}"),
    }
}

/// The text between `before` and the next of `ends`.
fn between<'a>(text: &'a str, before: &str, ends: &[char]) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    Some(rest[..rest.find(ends).unwrap_or(rest.len())].trim()).filter(|found| !found.is_empty())
}

/// What stands for a registry that no message names.
const UNKNOWN_REGISTRY: &str = "REGISTRY";

/// The registry a cache lies in.
fn cache_registry(cache: &CacheRef) -> Option<String> {
    Some(Reference::parse(cache.get("ref")?).ok()?.domain().to_owned())
}

/// The cache that could not be exported to `host`; the first one where that cannot be told.
fn refused_export<'a>(target: Option<&'a Target>, host: &str) -> Option<&'a CacheRef> {
    let exports = &target?.cache_to;
    exports.iter().find(|cache| cache_registry(cache).as_deref() == Some(host)).or(exports.first())
}

/// The registry a message is about: of the URL in it, else of the reference after `before`.
fn registry(message: &str, before: &str) -> String {
    let of_url = between(message, "https://", &['/', '"', ' '])
        .or_else(|| between(message, "http://", &['/', '"', ' ']));
    let host = match (of_url, between(message, before, &[':', ' ', '/'])) {
        (Some("auth.docker.io" | "registry-1.docker.io"), _) => "docker.io",
        (Some(host), _) | (None, Some(host)) => host,
        (None, None) => UNKNOWN_REGISTRY,
    };
    host.to_owned()
}

/// Looks up what `message` means; `at` is the failing instruction in the Dockerfile.
pub(super) fn classify(
    message: &str,
    step: Option<&FailedStep>,
    target: Option<&Target>,
    at: Option<&Excerpt>,
    run: &Run<'_>,
) -> Class {
    let lower = message.to_lowercase();
    let has = |words: &str| lower.contains(words);
    let any = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let class =
        |kind, what: String, said: bool, hints: Vec<String>| Class { kind, what, said, hints, place: None };
    let builder = &run.builder.builder;
    let name = step.map_or("", |s| s.name.as_str());

    let denied = any(&[
        "401 unauthorized",
        "403 forbidden",
        "access denied",
        "authorization failed",
        "insufficient_scope",
        "no basic auth",
        "denied:",
        "unauthorized",
    ]);
    let log_has =
        |words: &str| step.is_some_and(|s| s.log.iter().any(|line| line.to_lowercase().contains(words)));

    if has("exec format error") || log_has("exec format error") || is_foreign(name, message, target) {
        let platform = platform_of(name).or_else(|| foreign_platform(target));
        let programs = platform.map_or("this program".to_owned(), |p| format!("{p} programs"));
        let node = match builder {
            Builder::Named(instance) => instance.name.as_str(),
            _ => "NAME",
        };
        let install = platform.map_or("all", architecture_of);
        let platform = platform.unwrap_or("OS/ARCH");
        return class(
            Kind::User,
            format!("the builder cannot run {programs} (exec format error)"),
            true,
            vec![
                format!(
                    "add emulation to the builder's machine: `docker run --privileged --rm tonistiigi/binfmt --install {install}`"
                ),
                format!(
                    "or add a node of that platform to the builder: `docker buildx create --append --name {node} --platform {platform} ENDPOINT`"
                ),
                "or cross-compile: `FROM --platform=$BUILDPLATFORM …` for the stage that runs programs"
                    .to_owned(),
            ],
        );
    }
    if has("no space left on device") || log_has("no space left on device") {
        return class(
            Kind::Tool,
            format!("no space is left on builder {builder}"),
            false,
            vec![
                format!("free its build cache: `{}`", prune(builder)),
                "or give its disk more room".to_owned(),
            ],
        );
    }
    if is_lost(message) {
        return class(
            Kind::Tool,
            format!("the connection to builder {builder} was lost"),
            false,
            vec![
                "look at the log of its buildkitd: it may have been stopped, or killed for its memory"
                    .to_owned(),
                "then build again; finished steps are in its cache".to_owned(),
            ],
        );
    }
    if name.starts_with("exporting cache")
        || has("error writing layer blob")
        || has("error writing manifest blob")
    {
        let host = registry(message, "exporting cache to ");
        let export = refused_export(target, &host);
        let host = match host.as_str() {
            UNKNOWN_REGISTRY => export.and_then(cache_registry).unwrap_or(host),
            _ => host,
        };
        let mut hints = vec![];
        if denied {
            hints.push(format!("log in: `docker login {host}`, with an account that may write there"));
        }
        let place = export.and_then(|cache| cache.place.clone());
        let cures = match &place {
            // What is typed out is not touched by the settings.
            Some(_) => [
                "let the build go on without it: add `,ignore-error=true` to the entry",
                "or export none: remove the entry",
            ],
            None => [
                "let the build go on without it: `skeg config set cache-flags mode=max,ignore-error=true`",
                "or export none: `skeg config set cache-flags \"\"`",
            ],
        };
        hints.extend(cures.map(str::to_owned));
        let what = format!("its cache could not be exported to {host}");
        return Class { place, ..class(Kind::Tool, what, false, hints) };
    }
    if any(&[
        "cache export is not supported for the docker driver",
        "cache export feature is currently not supported for docker driver",
    ]) {
        return class(
            Kind::User,
            "the docker daemon's builder cannot export this cache".to_owned(),
            false,
            vec![
                "turn on docker's containerd image store".to_owned(),
                "or use another builder: `docker buildx create --name skeg --driver docker-container` and `skeg config set buildx-builder skeg`".to_owned(),
                "or export none: `skeg config set cache-flags \"\"`".to_owned(),
            ],
        );
    }
    if any(&[
        "does not currently support exporting manifest lists",
        "multi-platform build is not supported for the docker driver",
    ]) {
        return class(
            Kind::User,
            "the docker daemon cannot hold an image of several platforms".to_owned(),
            true,
            vec![
                "push it: `--push`".to_owned(),
                "or build one platform: `--platform linux/amd64`".to_owned(),
                "or turn on docker's containerd image store".to_owned(),
            ],
        );
    }
    if any(&["server gave http response to https client", "http response to https"]) {
        let host = registry(message, "failed to push ");
        return class(
            Kind::User,
            format!("registry {host} speaks http, and https was tried"),
            false,
            vec![
                format!(
                    "say so: `--insecure-registry {host}`, or `skeg config set insecure-registries {host}` (for pushes and caches)"
                ),
                format!(
                    "to pull from it, its builder must know: `[registry.\"{host}\"] http = true` in buildkitd.toml"
                ),
            ],
        );
    }
    if any(&["x509:", "certificate signed by unknown authority", "tls: failed to verify certificate"]) {
        let host = registry(message, "failed to push ");
        return class(
            Kind::User,
            format!("the certificate of {host} is not trusted"),
            false,
            vec![
                format!(
                    "give the builder its authority: `[registry.\"{host}\"] ca = [\"/path/ca.pem\"]` in buildkitd.toml"
                ),
                format!("or, for a test registry: `--insecure-registry {host}`"),
            ],
        );
    }
    if has("failed to push") {
        let reference = between(message, "failed to push ", &[' '])
            .unwrap_or("the image")
            .trim_end_matches(':')
            .to_owned();
        let host = registry(message, "failed to push ");
        if denied {
            return class(
                Kind::User,
                format!("{host} does not let you push {reference}"),
                false,
                vec![
                    format!("log in: `docker login {host}`, with an account that may write there"),
                    "or push elsewhere: `--default-repo REGISTRY/PATH`".to_owned(),
                ],
            );
        }
        if any(&["connection refused", "no such host", "i/o timeout", "deadline exceeded"]) {
            return class(
                Kind::Tool,
                format!("registry {host} does not answer"),
                false,
                vec![
                    format!("check the address, as the builder sees it: {builder} pushes, not this machine"),
                    "or push elsewhere: `--default-repo REGISTRY/PATH`".to_owned(),
                ],
            );
        }
        let hints = if has("405 method not allowed") {
            vec!["the registry is read-only; push elsewhere: `--default-repo REGISTRY/PATH`".to_owned()]
        } else {
            vec![]
        };
        return class(Kind::Tool, format!("{reference} could not be pushed"), false, hints);
    }
    if let Some(reference) = between(message, "failed to resolve source metadata for ", &[' ']) {
        let reference = reference.trim_end_matches(':');
        let host = registry(message, "failed to resolve source metadata for ");
        if denied {
            return class(
                Kind::User,
                format!("{host} does not let you pull {reference}"),
                false,
                vec![
                    format!("log in: `docker login {host}`"),
                    "check the name: some registries deny what does not exist".to_owned(),
                ],
            );
        }
        if has("not found") {
            return class(
                Kind::Config,
                format!("the base image {reference} does not exist"),
                true,
                vec![
                    "check its name and tag".to_owned(),
                    "if another artifact of this project builds it, name that in `requires`".to_owned(),
                ],
            );
        }
        return class(
            Kind::Tool,
            format!("the base image {reference} could not be looked up"),
            false,
            vec![format!("check that builder {builder} reaches {host}")],
        );
    }
    if has("not found") && any(&["failed to calculate checksum", "failed to compute cache key"]) {
        let path = between(message, ": \"", &['"']).unwrap_or("a source").trim_start_matches('/').to_owned();
        let context = match target.map(|t| &t.context) {
            Some(Context::Local(path)) => relative(path, run.cwd).display().to_string(),
            Some(Context::Remote(url)) => url.clone(),
            None => "the context".to_owned(),
        };
        return class(
            Kind::Config,
            format!("`{path}` is not in the build context"),
            true,
            vec![
                format!("sources are relative to the context ({context})"),
                "see that no .dockerignore leaves it out".to_owned(),
            ],
        );
    }
    if any(&[
        "dockerfile parse error",
        "unknown instruction",
        "failed to parse stage name",
        "failed to process \"",
        "base name (",
    ]) {
        let what = message
            .rsplit(" line ")
            .next()
            .and_then(|r| r.split_once(": "))
            .map_or(message, |(_, what)| what);
        return class(Kind::Config, format!("the Dockerfile cannot be read: {what}"), true, vec![]);
    }
    if has("target stage \"") && has("could not be found") {
        let missing = class(
            Kind::Config,
            "its Dockerfile has no such stage".to_owned(),
            false,
            vec!["correct `docker.target`, or name the stage with `FROM … AS NAME`".to_owned()],
        );
        return Class { place: target.and_then(|target| target.stage_place.clone()), ..missing };
    }
    if let Some(id) =
        between(message, "secret ", &[':']).filter(|_| has("not found") && lower.starts_with("secret "))
    {
        return class(
            Kind::User,
            format!("the Dockerfile wants secret {id}, and the project gives none"),
            true,
            vec![format!(
                "add it to the artifact: `docker.secrets: [{{id: {id}, env: NAME}}]` or `{{id: {id}, src: FILE}}`"
            )],
        );
    }
    if any(&["empty ssh agent socket", "no ssh key", "ssh_auth_sock"]) {
        return class(
            Kind::User,
            "it wants an ssh agent, and none runs here".to_owned(),
            false,
            vec![
                "start one and add a key: `eval $(ssh-agent) && ssh-add`".to_owned(),
                "or name a key file: `docker.ssh: default=/path/to/key`".to_owned(),
            ],
        );
    }
    if any(&["is not allowed", "granting entitlement"])
        && any(&["network.host", "security.insecure", "entitlement"])
    {
        let what = if has("security.insecure") { "security.insecure" } else { "network.host" };
        return class(
            Kind::User,
            format!("builder {builder} does not allow {what}"),
            false,
            vec![format!(
                "allow it where its buildkitd starts: `buildkitd --allow-insecure-entitlement {what}`, or `insecure-entitlements = [\"{what}\"]` in buildkitd.toml"
            )],
        );
    }
    if has("no builder \"") {
        return class(
            Kind::User,
            format!("there is no builder {builder}"),
            true,
            vec![
                format!("make it: `docker buildx create --name {builder} --driver docker-container`"),
                "or see what there is: `docker buildx ls`".to_owned(),
            ],
        );
    }
    if has("context deadline exceeded") && name.contains("waiting for connection")
        || lower == "context deadline exceeded"
    {
        return class(
            Kind::User,
            format!("builder {builder} does not answer"),
            false,
            vec![
                "check that its buildkitd runs, and its certificates where it uses TLS".to_owned(),
                format!("or choose another builder: it comes from {}", run.builder.reason),
            ],
        );
    }
    if any(&["cannot connect to the docker daemon", "failed to connect to the docker api"]) {
        return class(
            Kind::User,
            "the docker daemon does not answer".to_owned(),
            false,
            vec![
                "start docker".to_owned(),
                "or use a builder that needs none: `--builder tcp://HOST:PORT`".to_owned(),
            ],
        );
    }
    if has("unknown flag") || has("unknown shorthand") {
        return class(
            Kind::User,
            "docker-buildx does not know a flag".to_owned(),
            false,
            vec![format!("update it ({}); bake with rawjson progress came with 0.13", run.plugin.display())],
        );
    }
    if any(&["failed to read dockerfile", "unable to prepare context"]) {
        return class(
            Kind::Config,
            "its context or Dockerfile cannot be read".to_owned(),
            false,
            vec!["check `context` and `docker.dockerfile`".to_owned()],
        );
    }
    if let Some(code) = between(message, "exit code: ", &[' ']) {
        let command = instruction(name, at);
        let platform = platform_of(name).map(|p| format!(" ({p})")).unwrap_or_default();
        return class(
            Kind::Tool,
            format!("`{command}` failed with exit code {code}{platform}"),
            true,
            vec![],
        );
    }
    class(Kind::Tool, "the build failed".to_owned(), false, vec![])
}

/// The instruction a step runs, for a title: one line, of those that have more in the Dockerfile the first.
pub(in crate::engine) fn instruction(name: &str, at: Option<&Excerpt>) -> String {
    let written = at.and_then(|excerpt| excerpt.text.get(excerpt.span.clone()));
    let (line, more) = if let Some((first, _)) = written.and_then(|text| text.split_once('\n')) {
        (first.trim_end().trim_end_matches(['\\', '`']).trim_end(), true)
    } else {
        let command = name.split_once("] ").map_or(name, |(_, command)| command);
        (command.lines().next().unwrap_or_default(), false)
    };
    let end = line.char_indices().nth(COMMAND).map(|(at, _)| at);
    let shown = &line[..end.unwrap_or(line.len())];
    if more || end.is_some() { format!("{} …", shown.trim_end()) } else { shown.to_owned() }
}

/// The platform in a step's name: `[linux/arm64 build 2/3] RUN …`.
fn platform_of(name: &str) -> Option<&str> {
    let first = name.strip_prefix('[')?.split([' ', ']']).next()?;
    (first.contains('/') && first.chars().next().is_some_and(|c| c.is_ascii_alphabetic())).then_some(first)
}

/// A program of another machine that the kernel refuses without a word: runc ends with 255 and nothing was written.
fn is_foreign(name: &str, message: &str, target: Option<&Target>) -> bool {
    message.ends_with("exit code: 255")
        && platform_of(name)
            .or_else(|| foreign_platform(target))
            .is_some_and(|p| architecture_of(p) != native_architecture())
}

/// The one platform of the target that is not this machine's.
fn foreign_platform(target: Option<&Target>) -> Option<&str> {
    let mut foreign = target?.platforms.iter().filter(|p| architecture_of(p) != native_architecture());
    foreign.next().filter(|_| foreign.next().is_none()).map(String::as_str)
}
