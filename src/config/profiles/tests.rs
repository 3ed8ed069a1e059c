//! Tables: which profiles are active, what their sections and patches make of a document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::config::model::SkaffoldConfig;
use crate::yaml::{Data, Source, from_node, parse};

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn tree(text: &str) -> Node {
    parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0)
}

fn flow(node: &Node) -> String {
    match &node.data {
        Data::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Data::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|(k, v)| format!("{}: {}", flow(k), flow(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Data::Null => "~".into(),
        _ => node.text().unwrap().into_owned(),
    }
}

/// `line:column shown: title`, then labels, causes and hints.
fn compact(report: &Report) -> String {
    let mut text = String::new();
    for excerpt in &report.excerpts {
        let (line, column) = excerpt.line_column();
        let shown = &excerpt.text[excerpt.span.clone()];
        write!(text, "{line}:{column} `{shown}` {}| ", excerpt.label).unwrap();
    }
    text.push_str(&report.title);
    for cause in &report.causes {
        write!(text, "| {cause}").unwrap();
    }
    for hint in &report.hints {
        write!(text, "| {hint}").unwrap();
    }
    text
}

#[test]
fn selection_follows_the_order_of_the_command_line() {
    let known = strings(&["a", "b", "c"]);
    for (auto, requested, active) in [
        (&[][..], &["a", "b"][..], &["a", "b"][..]),
        (&[], &["b", "a", "b"], &["b", "a"]),
        (&[], &["-a", "a"], &["a"]),
        (&[], &["a", "-a"], &[]),
        (&[], &["x", "a", "-y"], &["a"]),
        (&[], &[], &[]),
        (&["c", "a"], &[], &["c", "a"]),
        (&["c"], &["a"], &["c", "a"]),
        (&["c"], &["c", "a"], &["c", "a"]),
        (&["c", "a"], &["-c"], &["a"]),
        (&["c", "a"], &["-c", "c"], &["a", "c"]),
        (&["c"], &["c", "-c"], &[]),
    ] {
        assert_eq!(
            select(strings(auto), &known, &strings(requested)),
            strings(active),
            "{auto:?} {requested:?}"
        );
    }
}

/// The profiles that activate themselves, with warnings, or the errors.
fn activate(profiles: &str, command: &str, context: Result<&str>) -> String {
    let text = format!("profiles:\n{profiles}");
    let tree = tree(&text);
    let config: SkaffoldConfig = from_node(&tree).unwrap();
    let vars = [("SET", "yes"), ("STAGE", "pre-production"), ("EMPTY", "")];
    let vars: BTreeMap<String, String> = vars.map(|(name, value)| (name.into(), value.into())).into();
    let asked = std::cell::Cell::new(0);
    let circumstances = Circumstances::new(command, &vars, || {
        asked.set(asked.get() + 1);
        context.clone().map(str::to_owned)
    });
    let answer = match activated(&tree, &config.profiles, &circumstances) {
        Ok(found) => {
            let mut text = found.names.join(",");
            for warning in &found.warnings {
                write!(text, " ({})", compact(warning)).unwrap();
            }
            text
        }
        Err(report) => compact(&report),
    };
    assert!(asked.get() <= 1, "the kubeconfig is asked once");
    assert!(asked.get() == 0 || profiles.contains("kubeContext"));
    answer
}

#[test]
fn profiles_activate_themselves() {
    for (activation, expected) in [
        // Variables.
        ("[{env: SET=yes}]", "p"),
        ("[{env: SET=y}]", "p"),
        ("[{env: 'SET=^y.s$'}]", "p"),
        ("[{env: 'SET=^es'}]", ""),
        ("[{env: SET=!yes}]", ""),
        ("[{env: SET=!no}]", "p"),
        ("[{env: SET=}]", ""),
        ("[{env: EMPTY=}]", "p"),
        ("[{env: UNSET=}]", "p"),
        ("[{env: UNSET=!x}]", "p"),
        ("[{env: 'STAGE=(dev|production)'}]", "p"),
        ("[{env: 'A=B=C'}]", ""),
        // Verbs.
        ("[{command: build}]", "p"),
        ("[{command: '(dev|build)'}]", "p"),
        ("[{command: dev}]", ""),
        ("[{command: '!dev'}]", "p"),
        ("[{command: b}]", "p"),
        // The kube-context.
        ("[{kubeContext: kind-dev}]", "p"),
        ("[{kubeContext: 'kind-.*'}]", "p"),
        ("[{kubeContext: '!gke_.*'}]", "p"),
        ("[{kubeContext: minikube}]", ""),
        // Entries are alternatives, their fields are not; an entry without any holds.
        ("[{env: SET=no}, {command: build}]", "p"),
        ("[{env: SET=no, command: build}]", ""),
        ("[{env: SET=yes, command: build, kubeContext: dev}]", "p"),
        ("[{}]", "p"),
        ("[]", ""),
        ("[{env: SET=yes}, {command: dev}]\n  requiresAllActivations: true", ""),
        ("[{env: SET=yes}, {command: build}]\n  requiresAllActivations: true", "p"),
        ("[]\n  requiresAllActivations: true", ""),
        // What is no pattern is compared as a text, and said.
        (
            "[{command: 'b['}]",
            " (3:26 `'b['` | `b[` is no regular expression, and is compared as a text| write `\\` before characters that mean themselves)",
        ),
        (
            "[{env: SET=!}]",
            " (3:22 `SET=!` | a condition that never holds: `!` alone excludes every value| write `!PATTERN`, or `.` for any value)",
        ),
        // Fields are all looked at, entries up to the one that decides.
        ("[{command: build}, {env: SET}]", "p"),
        ("[{command: dev}, {env: SET}]\n  requiresAllActivations: true", ""),
        (
            "[{command: dev, env: SET}]",
            "3:36 `SET` no `=`| `env: SET` is no condition| write `SET=PATTERN`, `SET=!PATTERN`, or `SET=` for a variable that is not set",
        ),
    ] {
        let profiles = format!("- name: p\n  activation: {activation}\n");
        assert_eq!(activate(&profiles, "build", Ok("kind-dev")), expected, "{activation}");
    }
    let two = "- {name: b, activation: [{command: build}]}\n- {name: a, activation: [{env: SET=yes}]}\n";
    assert_eq!(activate(two, "build", Ok("")), "b,a");
    let wrong = "- {name: b, activation: [{env: X}]}\n- {name: a, activation: [{env: Y}]}\n";
    let both = activate(wrong, "build", Ok(""));
    assert!(both.contains("2:32") && both.contains("3:32"), "{both}");
}

#[test]
fn a_kubeconfig_that_cannot_be_read_is_an_error_where_it_is_wanted() {
    let unreadable = || Err(Box::new(Report::user("the kubeconfig cannot be read")));
    let wanted = "- {name: p, activation: [{kubeContext: x}]}\n";
    assert_eq!(activate(wanted, "build", unreadable()), "2:40 `x` | the kubeconfig cannot be read");
    let decided = "- {name: p, activation: [{command: build}, {kubeContext: x}]}\n";
    assert_eq!(activate(decided, "build", unreadable()), "p");
}

#[test]
fn a_profile_may_not_leave_the_context_that_activated_it() {
    let text = "deploy: {kubeContext: other}\nprofiles:\n- name: p\n  activation: [{kubeContext: dev}]\n";
    let tree = tree(text);
    let config: SkaffoldConfig = from_node(&tree).unwrap();
    let vars = BTreeMap::new();
    for (context, active, chosen, expected) in [
        (
            "kind-dev",
            &["p"][..],
            Some("other"),
            "1:23 `other` chosen here| 4:30 `dev` activated here| profile `p` is active for kind-dev, but the project deploys to other| remove `deploy.kubeContext`, or correct the `activation`| or say where to deploy: `--kube-context other`",
        ),
        ("kind-dev", &["p"], Some("kind-dev"), "ok"),
        ("kind-dev", &["p"], None, "ok"),
        ("kind-dev", &[], Some("other"), "ok"),
        ("minikube", &["p"], Some("other"), "ok"),
    ] {
        let circumstances = Circumstances::new("build", &vars, || Ok(context.to_owned()));
        let found = activated(&tree, &config.profiles, &circumstances).unwrap();
        let result = keeps_context(&found, &strings(active), &circumstances, &tree, chosen);
        let said = result.map_or_else(|report| compact(&report), |()| "ok".to_owned());
        assert_eq!(said, expected, "{context} {active:?} {chosen:?}");
    }
}

/// The document after profile `p`, as compact flow text, or the error.
fn apply_to(base: &str, profile: &str) -> (String, Vec<Report>) {
    let text = format!("{base}\nprofiles:\n- name: p\n  {}\n", profile.replace('\n', "\n  "));
    let mut node = tree(&text);
    match apply(&mut node, &["p".into()]) {
        Ok(warnings) => {
            node.remove("profiles");
            (flow(&node), warnings)
        }
        Err(report) => (compact(&report), vec![]),
    }
}

fn applied(base: &str, profile: &str) -> String {
    apply_to(base, profile).0
}

#[test]
fn of_alternatives_the_ignored_ones_are_told() {
    let (_, warnings) = apply_to("kind: x", "build: {tagPolicy: {envTemplate: {template: x}, sha256: {}}}");
    let said: Vec<_> = warnings.iter().map(compact).collect();
    assert_eq!(
        said,
        [
            "4:23 `envTemplate` not used| 4:51 `sha256` used| profile `p` sets both `build.tagPolicy.sha256` and `build.tagPolicy.envTemplate`; the first is used| leave one of them"
        ]
    );
}

#[test]
fn of_equal_names_the_last_one_counts_and_that_is_told() {
    let text = "profiles:\n- {name: p, build: {platforms: [a]}}\n- {name: p, build: {platforms: [b]}}\n";
    let mut node = tree(text);
    let warnings = apply(&mut node, &["p".into()]).unwrap();
    assert_eq!(flow(node.get("build").unwrap()), "{platforms: [b]}");
    assert_eq!(
        compact(&warnings[0]),
        "2:10 `p` not applied| 3:10 `p` applied| two profiles are named `p`; only the last one is applied| give each profile a name of its own"
    );
}

const BASE: &str =
    "build: {artifacts: [{image: a, context: x}, {image: b/c, docker: {target: t}}], local: {push: false}}";

/// A patch as flow entries, and what becomes of `build.artifacts` (or the whole error).
#[test]
fn patches_change_what_is_written() {
    for (patches, expected) in [
        // replace, which is also what is meant when nothing is said.
        (
            "{path: /build/artifacts/0/context, value: y}",
            "[{image: a, context: y}, {image: b/c, docker: {target: t}}]",
        ),
        (
            "{op: replace, path: /build/artifacts/1/docker, value: {target: u}}",
            "[{image: a, context: x}, {image: b/c, docker: {target: u}}]",
        ),
        (
            "{op: replace, path: /build/artifacts/0, value: {image: z}}",
            "[{image: z}, {image: b/c, docker: {target: t}}]",
        ),
        ("{path: /build/artifacts/0/context}", "[{image: a, context: ~}, {image: b/c, docker: {target: t}}]"),
        (
            "{path: /build/artifacts/0/context, value: y}, {path: /build/artifacts/0/context, value: z}",
            "[{image: a, context: z}, {image: b/c, docker: {target: t}}]",
        ),
        // add
        (
            "{op: add, path: /build/artifacts/0/docker, value: {target: u}}",
            "[{image: a, context: x, docker: {target: u}}, {image: b/c, docker: {target: t}}]",
        ),
        (
            "{op: add, path: /build/artifacts/0/context, value: y}",
            "[{image: a, context: y}, {image: b/c, docker: {target: t}}]",
        ),
        (
            "{op: add, path: /build/artifacts/-, value: {image: z}}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}}, {image: z}]",
        ),
        (
            "{op: add, path: /build/artifacts/2, value: {image: z}}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}}, {image: z}]",
        ),
        (
            "{op: add, path: /build/artifacts/0, value: {image: z}}",
            "[{image: z}, {image: a, context: x}, {image: b/c, docker: {target: t}}]",
        ),
        (
            "{op: add, path: /build/artifacts/1, value: {image: z}}",
            "[{image: a, context: x}, {image: z}, {image: b/c, docker: {target: t}}]",
        ),
        // remove
        ("{op: remove, path: /build/artifacts/0}", "[{image: b/c, docker: {target: t}}]"),
        ("{op: remove, path: /build/artifacts/0/context}", "[{image: a}, {image: b/c, docker: {target: t}}]"),
        // copy and move take the place of what is there.
        (
            "{op: copy, from: /build/artifacts/0, path: /build/artifacts/1}",
            "[{image: a, context: x}, {image: a, context: x}]",
        ),
        (
            "{op: copy, from: /build/artifacts/0, path: /build/artifacts/2}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}}, {image: a, context: x}]",
        ),
        (
            "{op: copy, from: /build/artifacts/0, path: /build/artifacts/-}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}}, {image: a, context: x}]",
        ),
        (
            "{op: copy, from: /build/artifacts/0/context, path: /build/artifacts/1/context}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}, context: x}]",
        ),
        (
            "{op: move, from: /build/artifacts/0/context, path: /build/artifacts/1/context}",
            "[{image: a}, {image: b/c, docker: {target: t}, context: x}]",
        ),
        (
            "{op: move, from: /build/artifacts/0, path: /build/artifacts/-}",
            "[{image: b/c, docker: {target: t}}, {image: a, context: x}]",
        ),
        (
            "{op: move, from: /build/artifacts/0, path: /build/artifacts/0}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}}]",
        ),
        // test
        (
            "{op: test, path: /build/artifacts/0/context, value: x}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}}]",
        ),
        (
            "{op: test, path: /build/artifacts/0, value: {context: x, image: a}}",
            "[{image: a, context: x}, {image: b/c, docker: {target: t}}]",
        ),
        // Segments that choose; `~1` is a slash, `~0` a tilde.
        (
            "{path: /build/artifacts/image=a/context, value: y}",
            "[{image: a, context: y}, {image: b/c, docker: {target: t}}]",
        ),
        (
            "{path: /build/artifacts/image=b~1c/docker/target, value: y}",
            "[{image: a, context: x}, {image: b/c, docker: {target: y}}]",
        ),
        (
            "{path: /build/image=a/context, value: y}",
            "[{image: a, context: y}, {image: b/c, docker: {target: t}}]",
        ),
        ("{op: remove, path: /build/artifacts/image=a}", "[{image: b/c, docker: {target: t}}]"),
        (
            "{op: add, path: /build/artifacts/image=a/platforms, value: [p]}",
            "[{image: a, context: x, platforms: [p]}, {image: b/c, docker: {target: t}}]",
        ),
        (
            "{op: add, path: '/build/artifacts/0/a~1b~0c', value: y}",
            "[{image: a, context: x, a/b~c: y}, {image: b/c, docker: {target: t}}]",
        ),
        // Several that are chosen are all patched.
        (
            "{op: add, path: /build/artifacts/0/image, value: b/c}, {op: add, path: /build/artifacts/image=b~1c/context, value: y}",
            "[{image: b/c, context: y}, {image: b/c, docker: {target: t}, context: y}]",
        ),
        (
            "{op: add, path: /build/artifacts/0/image, value: b/c}, {op: remove, path: /build/artifacts/image=b~1c}",
            "[]",
        ),
        // Errors: what is reached, and what may have been meant.
        (
            "{path: /build/artifacts/3/context, value: y}",
            "4:20 `/build/artifacts/3/context` `/build/artifacts` has 2 items: 0 to 1| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/3/context to replace| did you mean `/build/artifacts/1/context`?",
        ),
        (
            "{path: /build/artefacts/0/context, value: y}",
            "4:20 `/build/artefacts/0/context` `/build` has no `artefacts`| 1:1 `build` this is `/build`| profile `p`: there is no /build/artefacts/0/context to replace| did you mean `/build/artifacts/0/context`?",
        ),
        (
            "{path: /biuld/artifacts, value: y}",
            "4:20 `/biuld/artifacts` the document has no `biuld`| profile `p`: there is no /biuld/artifacts to replace| did you mean `/build/artifacts`?",
        ),
        (
            "{path: /build/artifacts/1/context, value: y}",
            "4:20 `/build/artifacts/1/context` `/build/artifacts/1` has no `context`| 1:46 `image: b/c` this is `/build/artifacts/1`| profile `p`: there is no /build/artifacts/1/context to replace| `context` is not written there; it only has its default value| to set it, write `op: add`",
        ),
        (
            "{path: /build/tagPolicy/gitCommit, value: {}}",
            "4:20 `/build/tagPolicy/gitCommit` `/build` has no `tagPolicy`| 1:1 `build` this is `/build`| profile `p`: there is no /build/tagPolicy/gitCommit to replace| `tagPolicy` is not written there; it only has its default value| there is artifacts, local",
        ),
        (
            "{op: add, path: /build/tagPolicy/gitCommit/prefix, value: {}}",
            "4:29 `/build/tagPolicy/gitCommit/prefix` `/build` has no `tagPolicy`| 1:1 `build` this is `/build`| profile `p`: there is no /build/tagPolicy/gitCommit/prefix to add to| `tagPolicy` is not written there; it only has its default value| there is artifacts, local",
        ),
        (
            "{path: /build/artifacts/1/noCache, value: y}",
            "4:20 `/build/artifacts/1/noCache` `/build/artifacts/1` has no `noCache`| 1:46 `image: b/c` this is `/build/artifacts/1`| profile `p`: there is no /build/artifacts/1/noCache to replace| to set what is not there, write `op: add`",
        ),
        (
            "{op: remove, path: /build/artifacts/1/noCache}",
            "4:32 `/build/artifacts/1/noCache` `/build/artifacts/1` has no `noCache`| 1:46 `image: b/c` this is `/build/artifacts/1`| profile `p`: there is no /build/artifacts/1/noCache to remove| there is image, docker",
        ),
        (
            "{op: add, path: /build/artifacts/4, value: {image: z}}",
            "4:29 `/build/artifacts/4` `/build/artifacts` has 2 items: 0 to 1| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/4 to add to| did you mean `/build/artifacts/1`?",
        ),
        (
            "{path: /build/artifacts/-, value: {image: z}}",
            "4:20 `/build/artifacts/-` `/build/artifacts` is a list; its items are counted from 0| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/- to replace| `-` means behind the last item, for `op: add` only",
        ),
        (
            "{path: /build/artifacts/a/context, value: y}",
            "4:20 `/build/artifacts/a/context` `/build/artifacts` is a list; its items are counted from 0| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/a/context to replace| did you mean `/build/artifacts/image=a/context`?",
        ),
        (
            "{path: /build/artifacts/-1/context, value: y}",
            "4:20 `/build/artifacts/-1/context` `/build/artifacts` is a list; its items are counted from 0| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/-1/context to replace",
        ),
        (
            "{path: /build/artifacts/image=b~1d/context, value: y}",
            "4:20 `/build/artifacts/image=b~1d/context` nothing in `/build/artifacts` has `image=b/d`| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/image=b~1d/context to replace| did you mean `/build/artifacts/image=b~1c/context`?",
        ),
        (
            "{path: /build/artifacts/0/context/deeper, value: y}",
            "4:20 `/build/artifacts/0/context/deeper` `/build/artifacts/0/context` is the text \"x\"| 1:41 `x` this is `/build/artifacts/0/context`| profile `p`: there is no /build/artifacts/0/context/deeper to replace",
        ),
        (
            "{op: move, from: /build/artifacts/7, path: /build/artifacts/0}",
            "4:30 `/build/artifacts/7` `/build/artifacts` has 2 items: 0 to 1| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/7 to move| did you mean `/build/artifacts/1`?",
        ),
        (
            "{op: move, from: /build/artifacts/1, path: /build/artifacts/1/docker/x}",
            "4:56 `/build/artifacts/1/docker/x` | profile `p`: /build/artifacts/1 cannot move into itself| use `op: copy`, or another `path`",
        ),
        (
            "{op: copy, from: /build/artifacts/0, path: /build/artifacts/5}",
            "4:56 `/build/artifacts/5` `/build/artifacts` has 2 items: 0 to 1| 1:9 `artifacts` this is `/build/artifacts`| profile `p`: there is no /build/artifacts/5 to copy| did you mean `/build/artifacts/1`?",
        ),
        (
            "{op: test, path: /build/artifacts/0/context, value: y}",
            "4:30 `/build/artifacts/0/context` wants the text \"y\"| 1:41 `x` is the text \"x\"| profile `p`: the test of /build/artifacts/0/context fails",
        ),
        (
            "{op: replcae, path: /build, value: y}",
            "4:18 `replcae` | profile `p`: `replcae` is no operation of a patch| did you mean `replace`?",
        ),
        (
            "{op: append, path: /build, value: y}",
            "4:18 `append` | profile `p`: `append` is no operation of a patch| there are add, copy, move, remove, replace, test",
        ),
        (
            "{op: add, path: /build/x}",
            "4:29 `/build/x` | profile `p` adds /build/x without a `value`| say what to add: `value: …`",
        ),
        ("{op: remove}", "4:14 `op: remove` | a patch of profile `p` has no `path`| write `path: /build/…`"),
        (
            "{op: move, path: /build}",
            "4:14 `op: move` | a patch of profile `p` has no `from`| write `from: /build/…`",
        ),
        (
            "{path: build.artifacts, value: y}",
            "4:20 `build.artifacts` | `build.artifacts` is no path of a patch (profile `p`)| begin it with `/`: `/build/artifacts`",
        ),
        (
            "{path: /, value: y}",
            "4:20 `/` | `/` is no path of a patch (profile `p`)| name something in the document, such as `/build/artifacts/0`",
        ),
        (
            "{op: add, path: /.skeg/builder, value: y}",
            "4:29 `/.skeg/builder` the document has no `.skeg`| profile `p`: there is no /.skeg/builder to add to| change `.skeg` in its own profiles: `.skeg.profiles`",
        ),
    ] {
        let said = applied(BASE, &format!("patches: [{patches}]"));
        let artifacts = said
            .strip_prefix("{build: {artifacts: ")
            .and_then(|text| text.strip_suffix(", local: {push: false}}}"));
        assert_eq!(artifacts.unwrap_or(&said), expected, "{patches}");
    }
}

#[test]
fn patches_come_after_the_sections_and_in_their_order() {
    let profile = "patches:\n- {op: add, path: /build/artifacts/-, value: {image: c}}\n- {op: remove, path: /build/artifacts/0}\nbuild: {artifacts: [{image: z}]}";
    assert_eq!(applied(BASE, profile), "{build: {artifacts: [{image: c}], local: {push: false}}}");
    let empty = "build:\n  artifacts:";
    let first = "patches: [{op: add, path: /build/artifacts/-, value: {image: c}}]";
    assert_eq!(applied(empty, first), "{build: {artifacts: [{image: c}]}}");
    let below = "patches: [{op: add, path: /build, value: {platforms: [x]}}]";
    assert_eq!(applied("build:", below), "{build: {platforms: [x]}}");
}

#[test]
fn what_a_patch_puts_stands_where_the_patch_is() {
    let text = "build: {artifacts: [{image: a}]}\nprofiles:\n- name: p\n  patches:\n  - op: add\n    path: /build/artifacts/0/docker\n    value:\n      target: t\n  - op: copy\n    from: /build/artifacts/0/image\n    path: /build/artifacts/0/context\n";
    let mut node = tree(text);
    apply(&mut node, &["p".into()]).unwrap();
    let at = |path: &[&'static str]| {
        let mut keys = vec!["build".into(), "artifacts".into(), 0.into()];
        keys.extend(path.iter().map(|key| Key::from(*key)));
        node.locate(&keys).unwrap().line_column()
    };
    assert_eq!(at(&["docker"]), (6, 11));
    assert_eq!(at(&["docker", "target"]), (8, 15));
    assert_eq!(at(&["context"]), (11, 11));
}

#[test]
fn sections_are_laid_over_by_skaffolds_rules() {
    for (base, profile, expected) in [
        // Lists replace when they are not empty.
        (
            "build: {artifacts: [{image: a}]}",
            "build: {artifacts: [{image: b}]}",
            "{build: {artifacts: [{image: b}]}}",
        ),
        ("build: {artifacts: [{image: a}]}", "build: {artifacts: []}", "{build: {artifacts: [{image: a}]}}"),
        ("build: {artifacts: [{image: a}]}", "build: {artifacts: }", "{build: {artifacts: [{image: a}]}}"),
        ("build: {artifacts: [{image: a}]}", "build:", "{build: {artifacts: [{image: a}]}}"),
        ("build: ", "build: {artifacts: [{image: b}]}", "{build: {artifacts: [{image: b}]}}"),
        (
            "kind: Config",
            "build: {platforms: [linux/arm64]}",
            "{kind: Config, build: {platforms: [linux/arm64]}}",
        ),
        // Optional sections replace as a whole.
        (
            "build: {local: {push: false, concurrency: 2}}",
            "build: {local: {push: true}}",
            "{build: {local: {push: true}}}",
        ),
        ("build: {local: {push: false}}", "build: {local: {}}", "{build: {local: {}}}"),
        ("build: {local: {push: false}}", "build: {local: }", "{build: {local: {push: false}}}"),
        (
            "deploy: {kubectl: {}}",
            "deploy: {helm: {releases: []}}",
            "{deploy: {kubectl: {}, helm: {releases: []}}}",
        ),
        // Alternatives: the first takes the place of all.
        (
            "build: {local: {}, artifacts: [{image: a}]}",
            "build: {cluster: {}, googleCloudBuild: {}}",
            "{build: {artifacts: [{image: a}], googleCloudBuild: {}}}",
        ),
        (
            "build: {tagPolicy: {gitCommit: {}}}",
            "build: {tagPolicy: {envTemplate: {template: x}, sha256: {}}}",
            "{build: {tagPolicy: {sha256: {}}}}",
        ),
        (
            "build: {tagPolicy: {gitCommit: {}}}",
            "build: {tagPolicy: {}}",
            "{build: {tagPolicy: {gitCommit: {}}}}",
        ),
        (
            "kind: x",
            "build: {tagPolicy: {envTemplate: {template: x}, sha256: {}}}",
            "{kind: x, build: {tagPolicy: {sha256: {}}}}",
        ),
        // Zero values override nothing, except where the model tells them from absence.
        (
            "deploy: {kubeContext: a, statusCheckDeadlineSeconds: 5, tolerateFailuresUntilDeadline: true}",
            "deploy: {kubeContext: '', statusCheckDeadlineSeconds: 0, tolerateFailuresUntilDeadline: false}",
            "{deploy: {kubeContext: a, statusCheckDeadlineSeconds: 5, tolerateFailuresUntilDeadline: true}}",
        ),
        ("deploy: {statusCheck: true}", "deploy: {statusCheck: false}", "{deploy: {statusCheck: false}}"),
        // Plain sections merge key by key.
        (
            "deploy: {logs: {prefix: none}}",
            "deploy: {logs: {jsonParse: {fields: [a]}}}",
            "{deploy: {logs: {prefix: none, jsonParse: {fields: [a]}}}}",
        ),
        (
            "build: {hooks: {before: [{command: [a]}]}}",
            "build: {hooks: {after: [{command: [b]}]}}",
            "{build: {hooks: {before: [{command: [a]}], after: [{command: [b]}]}}}",
        ),
        (
            "manifests: {rawYaml: [a]}",
            "manifests: {kustomize: {paths: [b]}}",
            "{manifests: {rawYaml: [a], kustomize: {paths: [b]}}}",
        ),
        // The profile's own keys are no sections.
        ("kind: x", "activation: [{env: A=b}]\nrequiresAllActivations: true", "{kind: x}"),
    ] {
        assert_eq!(applied(base, profile), expected, "{base} + {profile}");
    }
}
