//! What the classic builder is told: the arguments of `docker build`, after everything it cannot do was refused.

use crate::diagnostic::{Report, Result};
use crate::docker::plugin;
use crate::engine::definition::{Context, Definition, Dockerfile, NamedContext, Output, Target};

/// Refuses what only BuildKit can do, before anything is built. The error names the artifact, every such request and
/// the cures.
pub(super) fn check(definition: &Definition) -> Result<()> {
    for target in &definition.targets {
        let (wishes, cures): (Vec<String>, Vec<&str>) = impossible(target, definition).into_iter().unzip();
        if wishes.is_empty() {
            continue;
        }
        let mut report =
            Report::user(format!("{} needs BuildKit: the classic builder cannot do this", target.image));
        report.causes = wishes;
        report.hints.push(format!("to build with BuildKit, {}", plugin::INSTALL));
        report.hints.push("or name a BuildKit builder with --builder".to_owned());
        report.hints.extend(cures.into_iter().map(|cure| format!("or {cure}")));
        report.hints.dedup();
        return Err(Box::new(report));
    }
    Ok(())
}

/// Each thing the target asks for that the classic builder has not, and how to do without.
fn impossible(target: &Target, definition: &Definition) -> Vec<(String, &'static str)> {
    let mut found = vec![];
    let mut want = |wanted: bool, wish: &str, cure| {
        if wanted {
            found.push((wish.to_owned(), cure));
        }
    };
    want(!target.secrets.is_empty(), "it has build secrets", "remove `secrets`");
    want(!target.ssh.is_empty(), "it forwards ssh", "remove `ssh`");
    want(!target.cache_to.is_empty(), "it exports cache (cacheTo)", "turn the export off (`cacheFlags: []`)");
    want(
        target.cache_from.iter().any(|cache| cache.kind != "registry"),
        "it imports a cache that is not an image (cacheFrom)",
        "name an image in `cacheFrom`",
    );
    want(!target.annotations.is_empty(), "it has annotations", "use labels instead");
    want(!target.entitlements.is_empty(), "it asks for entitlements", "remove `entitlements`");
    want(!target.no_cache_filter.is_empty(), "it builds some stages without cache", "use `noCache: true`");
    want(target.provenance.is_some(), "it asks for provenance", "turn `provenance` off");
    want(target.sbom.is_some(), "it asks for an SBOM", "turn `sbom` off");
    want(
        target.outputs.iter().any(|output| matches!(output, Output::Other(_))),
        "it has outputs of its own",
        "remove `outputs`",
    );
    want(
        matches!((&target.context, &target.dockerfile), (Context::Remote(_), Dockerfile::Inline(_))),
        "it has an inline Dockerfile for a remote context",
        "put the Dockerfile into the context",
    );
    if target.platforms.len() > 1 {
        let wish = format!("it is for several platforms ({})", target.platforms.join(", "));
        found.push((wish, "build one platform (`--platform`)"));
    }
    for (name, source) in &target.contexts {
        let is_tag = matches!(source, NamedContext::Target(base) if definition
            .targets.iter().any(|target| &target.name == base && target.tags.contains(name)));
        if !is_tag {
            found.push((
                format!("it has the named context {name}"),
                "write the image into FROM or COPY --from",
            ));
        }
    }
    found
}

/// The arguments of `docker` that build the target, in the order of Skaffold's (docker/image.go `ToCLIBuildArgs`).
/// A Dockerfile given as text is read from standard input.
pub(super) fn arguments(target: &Target) -> Vec<String> {
    let mut arguments = vec!["build".to_owned()];
    arguments.push(match &target.context {
        Context::Local(folder) => folder.to_string_lossy().into_owned(),
        Context::Remote(url) => url.clone(),
    });
    let mut flag = |name: &str, value: &str| arguments.extend([name.to_owned(), value.to_owned()]);
    match &target.dockerfile {
        Dockerfile::File(path) => flag("--file", &path.to_string_lossy()),
        Dockerfile::Inline(_) => flag("--file", "-"),
    }
    target.tags.iter().for_each(|tag| flag("-t", tag));
    target.args.iter().for_each(|(name, value)| flag("--build-arg", &format!("{name}={value}")));
    target.add_hosts.iter().for_each(|host| flag("--add-host", host));
    target
        .cache_from
        .iter()
        .filter_map(|cache| cache.get("ref"))
        .for_each(|image| flag("--cache-from", image));
    target.labels.iter().for_each(|(name, value)| flag("--label", &format!("{name}={value}")));
    target.ulimits.iter().for_each(|limit| flag("--ulimit", limit));
    target.shm_size.iter().for_each(|size| flag("--shm-size", size));
    arguments.extend(target.extra_flags.iter().cloned());
    let mut flag = |name: &str, value: &str| arguments.extend([name.to_owned(), value.to_owned()]);
    target.stage.iter().for_each(|stage| flag("--target", stage));
    target.network.iter().for_each(|network| flag("--network", network));
    if target.no_cache {
        arguments.push("--no-cache".to_owned());
    }
    if target.pull {
        arguments.push("--pull".to_owned());
    }
    // a failed RUN leaves its container behind otherwise
    arguments.push("--force-rm".to_owned());
    if let Some(platform) = target.platforms.first() {
        arguments.extend(["--platform".to_owned(), platform.clone()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::definition::{CacheRef, Secret, SecretSource};

    fn target(change: impl FnOnce(&mut Target)) -> Target {
        let mut target = Target {
            name: "app".into(),
            image: "example.com/app".into(),
            context: Context::Local("/w/app".into()),
            dockerfile: Dockerfile::File("/w/app/Dockerfile".into()),
            tags: vec!["example.com/app:1".into()],
            ..Target::default()
        };
        change(&mut target);
        target
    }

    fn cache(kind: &str, image: &str) -> CacheRef {
        CacheRef { kind: kind.into(), ..CacheRef::registry(image) }
    }

    #[test]
    fn arguments_are_in_upstreams_order() {
        assert_eq!(
            arguments(&target(|_| {})).join(" "),
            "build /w/app --file /w/app/Dockerfile -t example.com/app:1 --force-rm"
        );
        let full = target(|t| {
            t.args = [("B", "2"), ("A", "1 x")].map(|(k, v)| (k.into(), v.into())).into();
            t.add_hosts = vec!["h:1.2.3.4".into()];
            t.cache_from = vec![cache("registry", "example.com/app:0")];
            t.labels = [("l".to_owned(), "v".to_owned())].into();
            t.ulimits = vec!["nofile=9".into()];
            t.shm_size = Some("64m".into());
            t.extra_flags = vec!["--isolation=default".into()];
            t.stage = Some("prod".into());
            t.network = Some("host".into());
            t.no_cache = true;
            t.pull = true;
            t.platforms = vec!["linux/arm64".into()];
        });
        assert_eq!(
            arguments(&full),
            "build|/w/app|--file|/w/app/Dockerfile|-t|example.com/app:1|--build-arg|A=1 x|--build-arg|B=2|--add-host|h:1.2.3.4|--cache-from|example.com/app:0|--label|l=v|--ulimit|nofile=9|--shm-size|64m|--isolation=default|--target|prod|--network|host|--no-cache|--pull|--force-rm|--platform|linux/arm64"
                .split('|')
                .collect::<Vec<_>>()
        );
        let inline = target(|t| t.dockerfile = Dockerfile::Inline("FROM scratch".into()));
        assert_eq!(arguments(&inline)[1..4], ["/w/app", "--file", "-"]);
        let remote = target(|t| {
            t.context = Context::Remote("https://example.com/x.git#main".into());
            t.dockerfile = Dockerfile::File("sub/Dockerfile".into());
        });
        assert_eq!(arguments(&remote)[1..4], ["https://example.com/x.git#main", "--file", "sub/Dockerfile"]);
    }

    #[test]
    fn what_only_buildkit_can_do_is_refused_with_cures() {
        let base = target(|t| {
            t.name = "base".into();
            t.tags = vec!["example.com/base:1".into()];
        });
        let rows: Vec<(Target, &str, &str)> = vec![
            (
                target(|t| {
                    t.secrets = vec![Secret { id: "s".into(), source: SecretSource::Env("S3CRET".into()) }];
                }),
                "it has build secrets",
                "or remove `secrets`",
            ),
            (target(|t| t.ssh = vec!["default".into()]), "it forwards ssh", "or remove `ssh`"),
            (
                target(|t| t.cache_to = vec![cache("registry", "c:1")]),
                "it exports cache (cacheTo)",
                "or turn the export off",
            ),
            (
                target(|t| t.cache_from = vec![cache("gha", "")]),
                "not an image (cacheFrom)",
                "or name an image",
            ),
            (
                target(|t| t.platforms = vec!["linux/amd64".into(), "linux/arm64".into()]),
                "several platforms (linux/amd64, linux/arm64)",
                "or build one platform (`--platform`)",
            ),
            (
                target(|t| t.provenance = Some("mode=min".into())),
                "asks for provenance",
                "or turn `provenance` off",
            ),
            (target(|t| t.sbom = Some("true".into())), "asks for an SBOM", "or turn `sbom` off"),
            (target(|t| t.annotations = vec!["a=b".into()]), "it has annotations", "or use labels"),
            (
                target(|t| t.entitlements = vec!["network.host".into()]),
                "entitlements",
                "or remove `entitlements`",
            ),
            (
                target(|t| t.no_cache_filter = vec!["x".into()]),
                "some stages without cache",
                "or use `noCache",
            ),
            (
                target(|t| t.outputs = vec![Output::Other("type=oci,dest=x".into())]),
                "outputs of its own",
                "or remove `outputs`",
            ),
            (
                target(|t| {
                    t.contexts = [("src".to_owned(), NamedContext::Source("/w/src".into()))].into();
                }),
                "named context src",
                "or write the image into FROM",
            ),
            (
                target(|t| {
                    t.contexts = [("alias".to_owned(), NamedContext::Target("base".into()))].into();
                }),
                "named context alias",
                "or write the image into FROM",
            ),
            (
                target(|t| {
                    t.context = Context::Remote("https://example.com/x.git".into());
                    t.dockerfile = Dockerfile::Inline("FROM scratch".into());
                }),
                "inline Dockerfile",
                "or put the Dockerfile into the context",
            ),
        ];
        for (bad, cause, cure) in rows {
            let report = check(&Definition { targets: vec![base.clone(), bad] }).unwrap_err();
            assert_eq!(report.title, "example.com/app needs BuildKit: the classic builder cannot do this");
            assert!(report.causes[0].contains(cause), "{:?}", report.causes);
            assert!(report.hints.iter().any(|hint| hint.contains(cure)), "{:?}", report.hints);
            assert!(report.hints[0].contains("install the buildx plugin"));
        }
    }

    #[test]
    fn a_base_of_the_same_run_is_fine_by_its_tag() {
        let base = target(|t| {
            t.name = "base".into();
            t.tags = vec!["example.com/base:1".into()];
        });
        let app = target(|t| {
            t.contexts = [("example.com/base:1".to_owned(), NamedContext::Target("base".into()))].into();
            t.cache_from = vec![cache("registry", "example.com/app:0")];
            t.platforms = vec!["linux/amd64".into()];
            t.outputs = vec![Output::Push { insecure: false }, Output::Load];
        });
        check(&Definition { targets: vec![base, app] }).unwrap();
    }
}
