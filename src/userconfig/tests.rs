use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn files(&self, own: &str, skaffold: &str) -> Files {
        let locations = self.locations();
        fs_err::write(locations.own.as_ref().unwrap(), own).unwrap();
        fs_err::write(locations.skaffold.as_ref().unwrap(), skaffold).unwrap();
        Files::load(&locations).unwrap()
    }

    fn locations(&self) -> Locations {
        Locations { own: Some(self.0.path().join("own")), skaffold: Some(self.0.path().join("skaffold")) }
    }
}

fn text(files: &Files, context: Option<&str>, key: &str) -> Option<(String, &'static str, Option<String>)> {
    let found = files.effective(context).text(key)?;
    let file = if found.place.file.ends_with("own") { "own" } else { "skaffold" };
    Some((found.value, file, found.place.context))
}

#[test]
fn patterns_match_as_go_does() {
    for (pattern, context, expected) in [
        ("kind-dev", "kind-dev", true),
        ("kind", "my-kind-dev", true),
        ("kind-dev", "kind", false),
        ("^kind", "my-kind", false),
        ("^kind-.*$", "kind-dev", true),
        ("kind-[", "kind-[", true),
        ("kind-[", "kind-a", false),
        ("", "anything", true),
        ("arn:aws:eks:eu:1:cluster/a+b", "arn:aws:eks:eu:1:cluster/a+b", true),
        ("a|b", "xbx", true),
    ] {
        assert_eq!(matches(pattern, context), expected, "{pattern} {context}");
    }
}

const OWN: &str = "\
global:
  default-repo: own-global
  insecure-registries: [g1, g2]
  cache-flags: [mode=max]
  cache-repo: c
  some-new-key: 1
kubeContexts:
- kube-context: kind-.*
  default-repo: own-kind
  cache-tag: t
  insecure-registries: [k1]
  cache-flags: []
- kube-context: kind-dev
  default-repo: own-dev
  cache-repo: ''
";

const SKAFFOLD: &str = "\
global:
  default-repo: sk-global
  debug-helpers-registry: ''
  local-cluster: no
  survey:
    disable-prompt: true
    user-surveys: [{id: a, taken: true}]
kubeContexts:
- kube-context: kind-dev
  default-repo: sk-dev
  insecure-registries: [s1]
  buildx-builder: remote
  k3d-disable-load: true
";

#[test]
fn the_last_matching_entry_lies_over_global() {
    let folder = Folder::new();
    let files = folder.files(OWN, SKAFFOLD);
    let own =
        |value: &str, context: Option<&str>| Some((value.to_owned(), "own", context.map(str::to_owned)));
    let sk =
        |value: &str, context: Option<&str>| Some((value.to_owned(), "skaffold", context.map(str::to_owned)));

    assert_eq!(text(&files, None, "default-repo"), own("own-global", None));
    assert_eq!(text(&files, Some("prod"), "default-repo"), own("own-global", None));
    assert_eq!(text(&files, Some("kind-ci"), "default-repo"), own("own-kind", Some("kind-.*")));
    // The whole last entry wins, not each of its keys (Skaffold: config/util.go).
    assert_eq!(text(&files, Some("kind-dev"), "default-repo"), own("own-dev", Some("kind-dev")));
    assert_eq!(text(&files, Some("kind-dev"), "cache-tag"), None);
    assert_eq!(text(&files, Some("kind-ci"), "cache-tag"), own("t", Some("kind-.*")));
    // Empty means none in the own file, nothing at all in Skaffold's.
    assert_eq!(text(&files, Some("kind-dev"), "cache-repo"), own("", Some("kind-dev")));
    assert_eq!(text(&files, None, "debug-helpers-registry"), None);
    // Keys the own file lacks come from Skaffold's.
    assert_eq!(text(&files, Some("kind-dev"), "buildx-builder"), sk("remote", Some("kind-dev")));
    assert_eq!(text(&files, Some("kind-ci"), "buildx-builder"), None);
    let dev = files.effective(Some("kind-dev"));
    assert_eq!(dev.flag("local-cluster").map(|f| f.value), Some(false));
    assert_eq!(dev.flag("k3d-disable-load").map(|f| f.value), Some(true));
    assert_eq!(dev.flag("survey.disable-prompt").map(|f| f.value), Some(true));
}

#[test]
fn insecure_registries_append_and_cache_flags_replace() {
    let folder = Folder::new();
    let files = folder.files(OWN, SKAFFOLD);
    let items = |context| -> Vec<(String, Option<String>)> {
        let found = files.effective(context).items("insecure-registries");
        found.into_iter().map(|f| (f.value, f.place.context)).collect()
    };
    let kind = Some("kind-.*".to_owned());
    assert_eq!(items(Some("kind-ci")), [("k1".into(), kind), ("g1".into(), None), ("g2".into(), None)]);
    assert_eq!(items(Some("kind-dev")), [("g1".into(), None), ("g2".into(), None)]);
    let flags = |context| files.effective(context).list("cache-flags").map(|f| f.value);
    assert_eq!(flags(Some("kind-ci")), Some(vec![]));
    assert_eq!(flags(None), Some(vec!["mode=max".to_owned()]));
    assert_eq!(folder.files("", SKAFFOLD).effective(None).list("cache-flags"), None);
}

#[test]
fn missing_files_hold_nothing() {
    let folder = Folder::new();
    let files = Files::load(&folder.locations()).unwrap();
    assert_eq!(files.effective(Some("x")).iter().count(), 0);
    assert_eq!(Files::load(&Locations::default()).unwrap().contents().count(), 0);
}

#[test]
fn contents_keep_unknown_keys() {
    let folder = Folder::new();
    let files = folder.files(OWN, SKAFFOLD);
    let contents: Vec<_> = files.contents().collect();
    assert!(contents[0].1.contains("  some-new-key: 1\n"));
    assert!(contents[1].1.contains("      - id: a\n        taken: true\n"), "{}", contents[1].1);
}

#[test]
fn an_unknown_key_is_named_with_its_neighbours() {
    let report = find_key("buildx-bulider").unwrap_err();
    assert_eq!(report.hints[0], "did you mean `buildx-builder`?");
    assert!(report.hints[1].contains("default-repo, multi-level-repo"));
    assert!(find_key("cache-flags").is_ok());
}

#[test]
fn concurrent_changes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    let list = Key::find("insecure-registries").unwrap();
    std::thread::scope(|scope| {
        for writer in 0..20 {
            let path = &path;
            scope.spawn(move || {
                for round in 0..2 {
                    let item = Change::Append(vec![format!("r{writer}-{round}")]);
                    assert!(change(path, &Scope::Global, list, &item).unwrap());
                    let context = Scope::Context(format!("ctx-{writer}"));
                    let tag = Change::Text(format!("t{round}"));
                    assert!(change(path, &context, Key::find("cache-tag").unwrap(), &tag).unwrap());
                }
            });
        }
    });
    let files = Files::load(&Locations { own: Some(path), skaffold: None }).unwrap();
    assert_eq!(files.effective(None).items("insecure-registries").len(), 40);
    for writer in 0..20 {
        let found = files.effective(Some(&format!("ctx-{writer}"))).text("cache-tag").unwrap();
        assert_eq!(found.value, "t1");
        assert!(
            !change(
                &found.place.file,
                &Scope::Context(format!("ctx-{writer}")),
                Key::find("cache-tag").unwrap(),
                &Change::Text("t1".into())
            )
            .unwrap()
        );
    }
}

#[test]
fn a_corrupt_file_is_reported_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    let corrupt = "global:\n  default-repo: [oops\n";
    fs_err::write(&path, corrupt).unwrap();
    let report = change(&path, &Scope::Global, Key::find("cache-tag").unwrap(), &Change::Text("x".into()))
        .unwrap_err();
    assert_eq!(report.kind, crate::diagnostic::Kind::Config);
    assert_eq!(report.excerpts[0].path, path);
    assert_eq!(fs_err::read_to_string(&path).unwrap(), corrupt);
    assert!(Files::load(&Locations { own: Some(path), skaffold: None }).is_err());
}
