use serde_json::json;

use super::{Context, ValueTemplate, expand, expand_if_defined, go_json};
use crate::diagnostic::Kind;

fn context() -> Context {
    Context::new([
        ("IMAGE_NAME", "gcr.io/me/app"),
        ("IMAGE_TAG", "v1.2"),
        ("FOO", "foo"),
        ("PATHS", "a:b:c"),
        ("EMPTY", ""),
        ("SPACED", "  x y  "),
        ("N", "7"),
        ("UNICODE", "héllo wörld"),
    ])
}

/// The tables of testdata/template, whose heads say how to read them.
const TABLES: &[(&str, &str)] = &[
    ("actions", include_str!("../../testdata/template/actions.txt")),
    ("builtins", include_str!("../../testdata/template/builtins.txt")),
    ("crypto", include_str!("../../testdata/template/crypto.txt")),
    ("dates", include_str!("../../testdata/template/dates.txt")),
    ("dicts", include_str!("../../testdata/template/dicts.txt")),
    ("encoding", include_str!("../../testdata/template/encoding.txt")),
    ("lists", include_str!("../../testdata/template/lists.txt")),
    ("literals", include_str!("../../testdata/template/literals.txt")),
    ("math", include_str!("../../testdata/template/math.txt")),
    ("printf", include_str!("../../testdata/template/printf.txt")),
    ("strings", include_str!("../../testdata/template/strings.txt")),
];

#[test]
fn templates_print_what_go_prints() {
    let mut rows = 0;
    for (table, text) in TABLES {
        let lines: Vec<&str> =
            text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        for row in lines.chunks(2) {
            let [template, expected] = row else { panic!("{table}: {row:?} has no result") };
            let (mark, expected) = expected.split_once(' ').unwrap_or((expected, ""));
            let result = expand(&template.replace('⏎', "\n"), &context());
            match (mark.trim_start_matches('~'), result) {
                ("=", Ok(text)) => assert_eq!(text.replace('\n', "⏎"), expected, "{table}: {template}"),
                ("!", Err(error)) => {
                    assert_eq!(error.reason.replace('\n', "⏎"), expected, "{table}: {template}");
                    assert!(error.to_string().contains(&error.template), "{error}");
                    let inside = error.template.get(error.span.clone());
                    assert!(inside.is_some(), "{table}: {template}: {:?}", error.span);
                }
                (_, result) => panic!("{table}: {template}: {result:?} instead of {mark} {expected}"),
            }
            rows += 1;
        }
    }
    assert!(rows >= 500, "{rows} rows");
}

#[test]
fn every_function_is_in_a_table() {
    let texts: String = TABLES.iter().map(|(_, text)| *text).collect();
    // These see what is outside, and have tests of their own.
    let outside = ["cmd", "getHostByName"];
    for name in super::functions::PROJECT.names().filter(|name| !outside.contains(name)) {
        let used = texts.match_indices(name).any(|(at, _)| {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            !texts[..at].ends_with(is_word) && !texts[at + name.len()..].starts_with(is_word)
        });
        assert!(used, "{name}");
    }
}

#[test]
fn errors_name_the_place() {
    let rows = [
        ("{{.FOO}}-{{.MISSING}}", ".MISSING"),
        ("{{.FOO}}-{{upper .MISSING | lower}}", "upper .MISSING"),
        ("a {{nosuch 1}}", "nosuch"),
        ("é {{if .FOO}}x", "if"),
        ("{{print (index (list) 3)}}", "index (list) 3"),
        ("{{.FOO.bar.baz}}", ".FOO.bar.baz"),
        ("{{range .FOO}}{{end}}", ".FOO"),
        ("{{ \"a", "\""),
        ("{{template \"x\"}}", "template"),
        ("{{$x}}", "$x"),
        ("{{(div 1 0)}}", "div 1 0"),
    ];
    for (template, place) in rows {
        let error = expand(template, &context()).expect_err(template);
        assert_eq!(&template[error.span], place, "{template}");
    }
    let error = expand("a\nb {{upper 5}}\nc", &context()).unwrap_err();
    assert!(error.to_string().ends_with("(line 2, column 5)"), "{error}");
    let error = expand("{{.MISSING}}", &context()).unwrap_err();
    assert_eq!(error.undefined.as_deref(), Some("MISSING"));
}

#[test]
fn what_is_not_defined_can_stay() {
    for (template, kept) in [
        ("{{.FOO}}", "foo"),
        ("{{.MISSING}}-{{.FOO}}", "{{.MISSING}}-{{.FOO}}"),
        ("{{if .MISSING}}a{{end}}b", "b"),
        ("plain", "plain"),
    ] {
        assert_eq!(expand_if_defined(template, &context()).as_deref(), Ok(kept), "{template}");
    }
    assert!(expand_if_defined("{{", &context()).is_err());
    assert!(expand_if_defined("{{upper .MISSING}}", &context()).is_err());
}

#[test]
fn errors_and_debug_output_hold_no_values() {
    let context = Context::new([("TOKEN", "s3cret")]);
    assert_eq!(format!("{context:?}"), r#"{"TOKEN"}"#);
    for template in [
        "{{.TOKEN.field}}",
        "{{range .TOKEN}}{{end}}",
        "{{.TOKEN 1}}",
        "{{index .TOKEN .TOKEN}}",
        "{{eq .TOKEN 1}}",
        "{{b64dec .TOKEN}}",
        "{{first .TOKEN}}",
        "{{semver .TOKEN}}",
        "{{dig .TOKEN 1 2}}",
        "{{mustToDate \"2006\" .TOKEN}}",
        "{{mustFromJson .TOKEN}}",
        "{{mustRegexMatch (print .TOKEN \"(\") \"\"}}",
        "{{date \"2006\" .TOKEN}}",
        "{{urlParse (print \":\" .TOKEN)}}",
        "{{decryptAES .TOKEN .TOKEN}}",
        "{{genCAWithKey .TOKEN 1 .TOKEN}}",
        "{{genSelfSignedCert .TOKEN (list .TOKEN) nil 1}}",
        "{{buildCustomCert .TOKEN .TOKEN}}",
    ] {
        let error = expand(template, &context).expect_err(template).to_string();
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn cmd_runs_a_program_with_the_variables() {
    let run = |template| expand(template, &context());
    assert_eq!(run(r#"{{cmd "sh" "-c" "echo \" $FOO \""}}"#).as_deref(), Ok("foo"));
    assert_eq!(run(r#"{{cmd "printf" "%s-%s" "a" .FOO | upper}}"#).as_deref(), Ok("A-FOO"));
    assert_eq!(run(r#"{{cmd "sh" "-c" "cat"}}|"#).as_deref(), Ok("|"));
    let error = run(r#"{{cmd "sh" "-c" "echo broken >&2; exit 3"}}"#).unwrap_err().to_string();
    assert!(error.contains("broken") && error.contains('3'), "{error}");
    let error = run(r#"{{cmd "no-such-program-anywhere"}}"#).unwrap_err().reason;
    assert!(error.contains("`no-such-program-anywhere` cannot be run"), "{error}");
    let error = run(r#"{{cmd "sh" "-c" "yes"}}"#).unwrap_err().reason;
    assert!(error.contains("prints more than"), "{error}");
    assert!(run("{{cmd}}").is_err() && run("{{cmd 5}}").is_err());
}

#[test]
fn a_host_has_an_address() {
    assert_eq!(expand(r#"{{getHostByName "127.0.0.1"}}"#, &context()).as_deref(), Ok("127.0.0.1"));
}

#[test]
fn later_variables_win() {
    let context = Context::new(&std::collections::BTreeMap::from([("A".to_owned(), "1".to_owned())]));
    let over = context.clone().with([("A", "2".to_owned()), ("B", "3".to_owned())]);
    assert_eq!(expand("{{.A}}{{.B}}", &over).unwrap(), "23");
    assert_eq!(expand("{{.A}}", &context).unwrap(), "1");
}

#[test]
fn differences_from_sprig() {
    let context = Context::default();
    for (template, expected) in [
        // In any order there.
        (r#"{{keys (dict "b" 1 "a" 2)}} {{values (dict "b" 1 "a" 2)}}"#, "[a b] [2 1]"),
        // Half a character there.
        (r#"{{trunc 2 "aé"}}|{{trunc -1 "aé"}}|{{substr 0 2 "aé"}}|{{substr 2 3 "aéb"}}"#, "a||a|"),
        (r#"{{abbrev 5 "aaéhello"}}"#, "aa..."),
        (r#"{{initials "Élan vital"}}|{{nospace "é à"}}"#, "Év|éà"),
    ] {
        assert_eq!(expand(template, &context).unwrap(), expected, "{template}");
    }
    assert!(expand(r#"{{wrap 2 "éé é"}}"#, &context).unwrap().contains('é'));
}

#[test]
fn a_variable_may_be_called_env() {
    let context = Context::new([("A", "1"), ("Env", "own")]);
    assert_eq!(expand("{{.Env}} {{.A}}", &context).unwrap(), "own 1");
    assert_eq!(expand("{{.Env.A}}", &Context::new([("A", "1")])).unwrap(), "1");
    assert!(expand("{{.Env.A}}", &context).is_err());
}

#[test]
fn the_time_is_the_contexts() {
    let context = Context::default().at("2024-03-05T07:08:09Z".parse().unwrap());
    let rows = [
        (r#"{{dateInZone "2006-01-02T15:04:05" now "UTC"}}"#, "2024-03-05T07:08:09"),
        ("{{now.UTC}}", "2024-03-05 07:08:09 +0000 UTC"),
        (r#"{{ago (toDate "2006-01-02T15:04:05Z07:00" "2024-03-05T06:06:07Z")}}"#, "1h2m2s"),
        (r"{{durationRound (now.AddDate 0 -3 0)}}", "3mo"),
    ];
    for (template, expected) in rows {
        assert_eq!(expand(template, &context).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn output_templates() {
    let builds = json!({"builds": [
        {"imageName": "app", "tag": "r.io/app:v1@sha256:ab", "runtimeType": "go"},
        {"imageName": "<web>", "tag": "web:v2", "runtimeType": ""},
    ]});
    let all = r#"{"builds":[{"imageName":"app","tag":"r.io/app:v1@sha256:ab","runtimeType":"go"},{"imageName":"\u003cweb\u003e","tag":"web:v2","runtimeType":""}]}"#;
    let rows = [
        ("{{json .}}", all),
        ("{{ json . }}", all),
        ("{{json .}}\n", &format!("{all}\n")),
        ("{{. | json}}", all),
        ("{{range .Builds}}{{.ImageName}}={{.Tag}}\n{{end}}", "app=r.io/app:v1@sha256:ab\n<web>=web:v2\n"),
        (
            "{{range .Builds}}{{json .}}{{break}}{{end}}",
            r#"{"imageName":"app","tag":"r.io/app:v1@sha256:ab","runtimeType":"go"}"#,
        ),
        ("{{(index .Builds 0).Tag}}", "r.io/app:v1@sha256:ab"),
        (
            "{{len .Builds}}{{range .Builds}}{{if .RuntimeType}}{{json .RuntimeType}}{{end}}{{end}}",
            r#"2"go""#,
        ),
        ("{{(index .Builds 1)}}", "{<web> web:v2 }"),
        (r#"{{printf "%+v" (index .Builds 1)}}"#, "{ImageName:<web> Tag:web:v2 RuntimeType:}"),
        (r"{{slice (index .Builds 0).Tag 0 4}}", "r.io"),
    ];
    for (template, expected) in rows {
        let rendered = ValueTemplate::parse(template).unwrap_or_else(|e| panic!("{e}")).render(&builds);
        assert_eq!(rendered.as_deref(), Ok(expected), "{template}");
    }
    // Left out where there is none, and a field all the same.
    let plain = json!({"builds": [{"imageName": "a", "tag": "a:1"}]});
    for (template, expected) in [
        ("{{range .Builds}}{{.Tag}}:{{.RuntimeType}}{{end}}", "a:1:"),
        ("{{json .Builds}}", r#"[{"imageName":"a","tag":"a:1"}]"#),
    ] {
        let rendered = ValueTemplate::parse(template).ok().unwrap().render(&plain);
        assert_eq!(rendered.as_deref(), Ok(expected), "{template}");
    }
    let failed = json!({"builds": null});
    for (template, expected) in [("{{json .}}", r#"{"builds":null}"#), ("{{range .Builds}}x{{end}}", "")] {
        assert_eq!(
            ValueTemplate::parse(template).ok().unwrap().render(&failed).as_deref(),
            Ok(expected),
            "{template}"
        );
    }
}

#[test]
fn wrong_output_templates() {
    for template in ["{{json .", "{{jsn .}}", "{{range .Builds}}", "{{.A}}\n  {{nope}}", "{{upper .A}}"] {
        let report = ValueTemplate::parse(template).err().expect(template);
        assert_eq!(report.kind, Kind::Usage);
        assert!(!report.causes.is_empty() && !report.hints.is_empty());
    }
    let report = ValueTemplate::parse("a\n  {{nope .}}").err().unwrap();
    assert_eq!(report.excerpts[0].line_column(), (2, 5), "{report:?}");
    for template in ["{{.builds}}", "{{.Builds.Tag}}", "{{range .Builds}}{{.Tags}}{{end}}"] {
        let value = json!({"builds": [{"tag": "a"}]});
        let report = ValueTemplate::parse(template).ok().unwrap().render(&value).unwrap_err();
        assert_eq!(report.kind, Kind::Usage);
        assert_eq!(report.excerpts.len(), 1);
    }
}

#[test]
fn json_is_escaped_as_go_escapes_it() {
    assert_eq!(
        go_json(&json!({"a<": "b>&\u{2028}\u{2029}é\"\n"})),
        "{\"a\\u003c\":\"b\\u003e\\u0026\\u2028\\u2029é\\\"\\n\"}"
    );
    // Go's spelling of control characters, too.
    assert_eq!(go_json(&json!("\u{8}\u{c}\u{1}\u{7f}")), "\"\\b\\f\\u0001\u{7f}\"");
}

#[test]
fn what_is_inside_each_other_has_a_bound() {
    let nested = |depth: usize| format!("{{{{{}.FOO{}}}}}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(expand(&nested(64), &context()).unwrap(), "foo");
    assert_eq!(expand(&nested(40).repeat(3), &context()).unwrap(), "foofoofoo");
    let error = expand(&nested(100_000), &context()).unwrap_err();
    assert_eq!(error.reason, "nested more than 64 levels deep");
    assert!(ValueTemplate::parse(&nested(100_000)).is_err());
    let blocks = |depth: usize| format!("{}x{}", "{{if true}}".repeat(depth), "{{end}}".repeat(depth));
    assert_eq!(expand(&blocks(64), &context()).unwrap(), "x");
    assert!(expand(&blocks(10_000), &context()).is_err());
    // The deepest that is carried out: templates, blocks and parentheses.
    let body = format!(
        "{}{}{{{{template \"t\" {}.{}}}}}{}",
        "{{define \"t\"}}",
        "{{with .}}".repeat(30),
        "(".repeat(30),
        ")".repeat(30),
        "{{end}}".repeat(31)
    );
    let error = expand(&format!("{body}{{{{template \"t\" 1}}}}"), &context()).unwrap_err();
    assert_eq!(error.reason, "blocks, parentheses and templates are too deep inside each other");
}

#[test]
fn what_is_done_has_a_bound() {
    let rows = [
        r#"{{$x := "a"}}{{range until 1000}}{{$x = print $x $x}}{{end}}"#,
        r#"{{$x := dict}}{{range until 90000}}{{$x = dict "a" $x}}{{end}}{{$x}}"#,
        r#"{{$d := dict}}{{range until 90000}}{{$n := dict}}{{$_ := set $n "a" $d}}{{$d = $n}}{{end}}{{toJson $d}}"#,
        r#"{{range until 100000}}{{repeat 1000000 "a"}}{{end}}"#,
        r#"{{range $i := until 1000}}{{regexMatch (printf "(a{%d}){%d}" $i $i) "a"}}{{end}}"#,
        r"{{range until 100000}}{{range until 100000}}{{end}}{{end}}",
        r#"{{define "a"}}{{template "b"}}{{template "b"}}{{end}}{{define "b"}}{{template "c"}}{{template "c"}}{{end}}{{define "c"}}{{range until 99999}}{{end}}{{end}}{{template "a"}}"#,
    ];
    for template in rows {
        let start = std::time::Instant::now();
        assert!(expand(template, &context()).is_err(), "{template}");
        assert!(start.elapsed().as_secs() < 20, "{template}");
    }
}
