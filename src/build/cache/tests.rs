use super::*;

/// One row: what differs from "artifact `app` tagged `app:v1`, pushed, by a builder that can export".
#[derive(Default, Clone)]
struct Row<'a> {
    from: &'a [&'a str],
    to: Option<&'a [&'a str]>,
    tag: Option<&'a str>,
    repo: Option<&'a str>,
    flags: Option<&'a [&'a str]>,
    default_repo: Option<&'a str>,
    tagged: Option<&'a str>,
    image: Option<&'a str>,
    load: bool,
    cannot_export: bool,
    split: &'a [&'a str],
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

fn run(row: &Row<'_>) -> Result<Caches> {
    let from = strings(row.from);
    let to = row.to.map(strings);
    let flags = row.flags.map(strings);
    let split = strings(row.split);
    let variables = template::Context::new([("BRANCH", "main"), ("IMAGE_TAG", "v1")]);
    resolve(&Inputs {
        image: row.image.unwrap_or("app"),
        tagged: row.tagged.unwrap_or("app:v1"),
        cache_from: &from,
        cache_to: to.as_deref(),
        places: &[],
        artifacts: &BTreeSet::from(["app", "base", "gcr.io/p/web"]),
        cache_tag: row.tag,
        cache_repo: row.repo,
        cache_flags: flags.as_deref(),
        default_repo: row.default_repo,
        multi_level: None,
        pushing: !row.load,
        builder: "box",
        can_export: !row.cannot_export,
        split: &split,
        variables: &variables,
    })
}

fn show(caches: &Caches) -> String {
    let from: Vec<String> = caches.from.iter().map(ToString::to_string).collect();
    let to: Vec<String> = caches
        .to
        .iter()
        .map(ToString::to_string)
        .chain(caches.to_by_platform.iter().map(|(p, c)| format!("{p}: {c}")))
        .collect();
    format!("{} -> {}", from.join(" "), to.join(" ")).replace("type=registry,ref=", "@").trim().to_owned()
}

const MAX: &str = ",mode=max,image-manifest=true,oci-mediatypes=true";

#[test]
fn table() {
    let d = Row::default();
    let rows: Vec<(&str, Row<'_>, String)> = vec![
        ("nothing configured", d.clone(), "->".into()),
        // --- the name's tag
        (
            "own tag stays",
            Row { from: &["app:cache"], ..d.clone() },
            format!("@app:cache -> @app:cache{MAX}"),
        ),
        (
            "own digest stays, and cannot be exported to",
            Row { from: &[DIGEST], ..d.clone() },
            format!("@{DIGEST} ->"),
        ),
        (
            "untagged self gets the artifact's tag, not exported over it",
            Row { from: &["app"], ..d.clone() },
            "@app:v1 ->".into(),
        ),
        (
            "untagged self with cache-tag",
            Row { from: &["app"], tag: Some("cache"), ..d.clone() },
            format!("@app:cache -> @app:cache{MAX}"),
        ),
        (
            "own tag beats cache-tag",
            Row { from: &["app:x"], tag: Some("cache"), ..d.clone() },
            format!("@app:x -> @app:x{MAX}"),
        ),
        (
            "untagged other artifact stays as is",
            Row { from: &["base"], ..d.clone() },
            format!("@base -> @base{MAX}"),
        ),
        (
            "untagged other artifact with cache-tag",
            Row { from: &["base"], tag: Some("c"), ..d.clone() },
            format!("@base:c -> @base:c{MAX}"),
        ),
        (
            "untagged third party stays as is",
            Row { from: &["ghcr.io/x/y"], ..d.clone() },
            format!("@ghcr.io/x/y -> @ghcr.io/x/y{MAX}"),
        ),
        (
            "untagged third party with cache-tag",
            Row { from: &["ghcr.io/x/y"], tag: Some("c"), ..d.clone() },
            format!("@ghcr.io/x/y:c -> @ghcr.io/x/y:c{MAX}"),
        ),
        (
            "a port is no tag",
            Row { from: &["localhost:5000/x"], tag: Some("c"), ..d.clone() },
            format!("@localhost:5000/x:c -> @localhost:5000/x:c{MAX}"),
        ),
        // --- templates
        (
            "cache-tag is a template",
            Row { from: &["app"], tag: Some("c-{{.BRANCH}}"), ..d.clone() },
            format!("@app:c-main -> @app:c-main{MAX}"),
        ),
        (
            "entry is a template",
            Row { from: &["app:{{.BRANCH}}"], ..d.clone() },
            format!("@app:main -> @app:main{MAX}"),
        ),
        (
            "typed entry is a template",
            Row { from: &["type=gha,scope={{.BRANCH}}"], ..d.clone() },
            "type=gha,scope=main ->".into(),
        ),
        (
            "cacheTo is a template",
            Row { to: Some(&["type=local,dest=/c/{{.BRANCH}}"]), ..d.clone() },
            "-> type=local,dest=/c/main".into(),
        ),
        // --- the repo
        (
            "default-repo moves own artifact",
            Row { from: &["app:c"], default_repo: Some("r.io"), tagged: Some("r.io/app:v1"), ..d.clone() },
            format!("@r.io/app:c -> @r.io/app:c{MAX}"),
        ),
        (
            "default-repo and own tag collide",
            Row { from: &["app"], default_repo: Some("r.io"), tagged: Some("r.io/app:v1"), ..d.clone() },
            "@r.io/app:v1 ->".into(),
        ),
        (
            "default-repo moves other artifacts",
            Row { from: &["gcr.io/p/web:c"], default_repo: Some("r.io"), ..d.clone() },
            format!("@r.io/gcr_io_p_web:c -> @r.io/gcr_io_p_web:c{MAX}"),
        ),
        (
            "default-repo leaves third parties",
            Row { from: &["golang:1"], default_repo: Some("r.io"), ..d.clone() },
            format!("@golang:1 -> @golang:1{MAX}"),
        ),
        (
            "cache-repo beats default-repo",
            Row { from: &["app:c"], repo: Some("cache.io"), default_repo: Some("r.io"), ..d.clone() },
            format!("@cache.io/app:c -> @cache.io/app:c{MAX}"),
        ),
        (
            "cache-repo leaves third parties",
            Row { from: &["golang:1"], repo: Some("cache.io"), ..d.clone() },
            format!("@golang:1 -> @golang:1{MAX}"),
        ),
        (
            "cache-repo with the artifact's tag does not collide",
            Row { from: &["app"], repo: Some("cache.io"), ..d.clone() },
            format!("@cache.io/app:v1 -> @cache.io/app:v1{MAX}"),
        ),
        (
            "typed refs are never moved",
            Row { from: &["type=registry,ref=app:c"], repo: Some("cache.io"), ..d.clone() },
            format!("@app:c -> @app:c{MAX}"),
        ),
        // --- a reference of its own
        (
            "cache-tag alone",
            Row { tag: Some("cache"), ..d.clone() },
            format!("@app:cache -> @app:cache{MAX}"),
        ),
        (
            "cache-repo alone",
            Row { repo: Some("cache.io"), ..d.clone() },
            format!("@cache.io/app:v1 -> @cache.io/app:v1{MAX}"),
        ),
        (
            "cache-tag and cache-repo",
            Row { tag: Some("c"), repo: Some("cache.io/team"), ..d.clone() },
            format!("@cache.io/team/app:c -> @cache.io/team/app:c{MAX}"),
        ),
        (
            "cache-tag and default-repo",
            Row { tag: Some("c"), default_repo: Some("r.io"), tagged: Some("r.io/app:v1"), ..d.clone() },
            format!("@r.io/app:c -> @r.io/app:c{MAX}"),
        ),
        (
            "cache-tag that is the tag itself",
            Row { tag: Some("{{.IMAGE_TAG}}"), ..d.clone() },
            "@app:v1 ->".into(),
        ),
        // --- several
        (
            "only the first is exported",
            Row { from: &["app:c", "base:c"], ..d.clone() },
            format!("@app:c @base:c -> @app:c{MAX}"),
        ),
        (
            "the first registry reference counts",
            Row { from: &["type=gha", "app:c"], ..d.clone() },
            format!("type=gha @app:c -> @app:c{MAX}"),
        ),
        // --- cacheTo
        (
            "cacheTo by name",
            Row { from: &["app:a"], to: Some(&["app:b"]), ..d.clone() },
            format!("@app:a -> @app:b{MAX}"),
        ),
        (
            "cacheTo by name gets cache-tag",
            Row { to: Some(&["app"]), tag: Some("c"), ..d.clone() },
            format!("@app:c -> @app:c{MAX}"),
        ),
        (
            "cacheTo by name is moved",
            Row { to: Some(&["app:c"]), default_repo: Some("r.io"), ..d.clone() },
            format!("-> @r.io/app:c{MAX}"),
        ),
        (
            "cacheTo typed passes through",
            Row { to: Some(&["type=registry,ref=x/y:c,mode=min"]), ..d.clone() },
            "-> @x/y:c,mode=min".into(),
        ),
        (
            "two cacheTo do not mix",
            Row { to: Some(&["app:a", "app:b"]), ..d.clone() },
            format!("-> @app:a{MAX} @app:b{MAX}"),
        ),
        (
            "empty cacheTo exports nothing",
            Row { from: &["app:c"], to: Some(&[]), ..d.clone() },
            "@app:c ->".into(),
        ),
        (
            "s3 passes through",
            Row { to: Some(&["type=s3,region=eu,bucket=b,name=n"]), ..d.clone() },
            "-> type=s3,region=eu,bucket=b,name=n".into(),
        ),
        ("inline passes through", Row { to: Some(&["type=inline"]), ..d.clone() }, "-> type=inline".into()),
        (
            "azblob passes through",
            Row { from: &["type=azblob,name=n"], to: Some(&["type=azblob,name=n,mode=max"]), ..d.clone() },
            "type=azblob,name=n -> type=azblob,name=n,mode=max".into(),
        ),
        (
            "a quoted field keeps its comma",
            Row { to: Some(&["type=local,\"dest=/a,b\""]), ..d.clone() },
            "-> type=local,\"dest=/a,b\"".into(),
        ),
        // --- cache-flags
        (
            "cache-flags replace the attributes",
            Row { from: &["app:c"], flags: Some(&["mode=min", "compression=zstd"]), ..d.clone() },
            "@app:c -> @app:c,mode=min,compression=zstd".into(),
        ),
        (
            "cache-flags with a type",
            Row { from: &["app:c"], flags: Some(&["type=registry", "mode=max"]), ..d.clone() },
            "@app:c -> @app:c,mode=max".into(),
        ),
        (
            "cache-flags in one string",
            Row { from: &["app:c"], flags: Some(&["mode=max,ignore-error=true"]), ..d.clone() },
            "@app:c -> @app:c,mode=max,ignore-error=true".into(),
        ),
        (
            "a ref in cache-flags does not accumulate",
            Row { from: &["app:c"], flags: Some(&["mode=max", "ref=old"]), ..d.clone() },
            "@app:c -> @app:c,mode=max".into(),
        ),
        (
            "empty cache-flags turn it off",
            Row { from: &["app:c"], flags: Some(&[]), ..d.clone() },
            "@app:c ->".into(),
        ),
        (
            "empty cache-flags leave typed exports",
            Row { to: Some(&["type=gha"]), flags: Some(&[]), ..d.clone() },
            "-> type=gha".into(),
        ),
        // --- when not
        ("not pushing: import only", Row { from: &["app:c"], load: true, ..d.clone() }, "@app:c ->".into()),
        (
            "not pushing: a typed registry export waits for a push",
            Row { to: Some(&["type=registry,ref=a:c"]), load: true, ..d.clone() },
            "->".into(),
        ),
        (
            "not pushing: a local export is done",
            Row { to: Some(&["type=local,dest=/c"]), load: true, ..d.clone() },
            "-> type=local,dest=/c".into(),
        ),
        (
            "a builder that cannot export",
            Row { from: &["app:c"], cannot_export: true, ..d.clone() },
            "@app:c ->".into(),
        ),
        // --- several nodes
        (
            "one reference a platform",
            Row { from: &["app:c"], split: &["linux/amd64", "linux/arm64"], ..d.clone() },
            format!(
                "@app:c-linux-amd64 @app:c-linux-arm64 @app:c -> linux/amd64: @app:c-linux-amd64{MAX} linux/arm64: @app:c-linux-arm64{MAX}"
            ),
        ),
        (
            "one reference a platform, typed",
            Row {
                to: Some(&["type=registry,ref=x:c,mode=max"]),
                split: &["linux/amd64", "linux/arm/v7"],
                ..d.clone()
            },
            "-> linux/amd64: @x:c-linux-amd64,mode=max linux/arm/v7: @x:c-linux-arm-v7,mode=max".into(),
        ),
    ];
    assert!(rows.len() >= 40);
    for (name, row, expected) in rows {
        let caches = run(&row).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(show(&caches), expected, "{name}");
        assert_eq!(run(&row).unwrap(), caches, "{name}: twice gives the same");
    }
}

const DIGEST: &str = "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn what_is_not_exported_is_said() {
    let caches = run(&Row { from: &["app"], ..Row::default() }).unwrap();
    assert_eq!(caches.notes.len(), 1, "{caches:?}");
}

#[test]
fn wrong_entries_are_errors_that_name_the_artifact() {
    let d = Row::default();
    for row in [
        Row { from: &["UPPER"], ..d.clone() },
        Row { from: &["app:{{.MISSING}}"], ..d.clone() },
        Row { from: &["type=registry,app"], ..d.clone() },
        Row { to: Some(&["ref=app:c"]), ..d.clone() },
        Row { to: Some(&["type=ftp,ref=app:c"]), ..d.clone() },
        Row { to: Some(&["app"]), ..d.clone() },
        Row { to: Some(&[DIGEST]), ..d.clone() },
        Row { to: Some(&["type=local,dest=/app"]), cannot_export: true, ..d.clone() },
        Row { from: &["app:c"], flags: Some(&["mode"]), ..d.clone() },
        Row { from: &["app"], tag: Some("not a tag"), ..d.clone() },
    ] {
        let error = run(&row).expect_err("an error");
        assert!(error.to_string().contains("app") || error.to_string().contains("cache-flags"), "{error}");
    }
}
