use serde_json::json;

use super::{Context, ValueTemplate, expand, go_json};
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
    ])
}

#[test]
fn templates_expand_as_in_go() {
    let rows = [
        ("plain { text }", "plain { text }"),
        ("{{.IMAGE_NAME}}:{{.IMAGE_TAG}}", "gcr.io/me/app:v1.2"),
        ("{{ .FOO }}-{{- .IMAGE_TAG -}} x", "foo-v1.2x"),
        (r#"{{default "x" .MISSING}}"#, "x"),
        (r#"{{default "x" .FOO}}"#, "foo"),
        (r#"{{.EMPTY | default "none"}}"#, "none"),
        (r"{{if .MISSING}}a{{else}}b{{end}}", "b"),
        (r"{{with .FOO}}[{{.}}]{{end}}", "[foo]"),
        (r#"{{if eq .FOO "foo"}}yes{{end}}"#, "yes"),
        ("{{.FOO | quote}} {{.FOO | squote}}", "\"foo\" 'foo'"),
        (r#"{{quote "a\"b\\c\n"}}"#, r#""a\"b\\c\n""#),
        ("{{upper .FOO}}{{lower \"ABC\"}}", "FOOabc"),
        (r#"{{title "hello big-world"}}"#, "Hello Big-World"),
        ("[{{trim .SPACED}}][{{nospace .SPACED}}]", "[x y][xy]"),
        (r#"{{trimPrefix "v" .IMAGE_TAG}}"#, "1.2"),
        (r#"{{trimSuffix ".2" .IMAGE_TAG}}"#, "v1"),
        (r#"{{trimAll "-" "--a-b--"}}"#, "a-b"),
        (r#"{{.IMAGE_TAG | replace "." "-"}}"#, "v1-2"),
        (r#"{{trunc 3 "abcdef"}} {{trunc -2 "abcdef"}}"#, "abc ef"),
        (r#"{{substr 1 3 "abcdef"}}"#, "bc"),
        (
            r#"{{contains "me" .IMAGE_NAME}} {{hasPrefix "gcr" .IMAGE_NAME}} {{hasSuffix "x" .FOO}}"#,
            "true true false",
        ),
        (r#"{{splitList ":" .PATHS | join "+"}}"#, "a+b+c"),
        (r#"{{range $i, $p := splitList ":" .PATHS}}{{$i}}{{$p}} {{end}}"#, "0a 1b 2c "),
        (r#"{{index (splitList ":" .PATHS) 1}}"#, "b"),
        (r#"{{join "," (list 1 "b" true)}}"#, "1,b,true"),
        (r#"{{env "FOO"}}{{env "MISSING"}}"#, "foo"),
        (r#"{{sha256sum ""}}"#, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (r#"{{b64enc "hi"}} {{b64dec "aGk="}}"#, "aGk= hi"),
        (r#"{{toJson (list 1 "<a>")}}"#, r#"[1,"\u003ca\u003e"]"#),
        (r#"{{ternary "a" "b" (eq .FOO "foo")}}"#, "a"),
        (r"{{coalesce .MISSING .EMPTY .FOO}} {{empty .EMPTY}}", "foo true"),
        (
            "{{add 1 2 3}} {{sub 5 3}} {{mul 2 3 4}} {{div 7 2}} {{mod 7 2}} {{add (int .N) 1}}",
            "6 2 24 3 1 8",
        ),
        (r#"{{regexMatch "^v[0-9]" .IMAGE_TAG}} {{regexReplaceAll "[^a-z]+" "a1b2" "-"}}"#, "true a-b-"),
        (r#"{{indent 2 "a\nb"}}"#, "  a\n  b"),
        (r#"{{repeat 3 "ab"}}"#, "ababab"),
        (r#"{{kebabcase "MyBig_app1Name"}} {{snakecase "MyApp"}}"#, "my-big-app1-name my_app"),
        (r#"{{dateInZone "2006-01-02 15:04 MST" 0 "UTC"}}"#, "1970-01-01 00:00 UTC"),
        (r#"{{define "t"}}<{{.}}>{{end}}{{template "t" .FOO}}"#, "<foo>"),
        (r#"{{printf "%s-%05d" .FOO 42}}"#, "foo-00042"),
        (r"{{/* nothing */}}x{{`raw {{`}}", "xraw {{"),
        (r#"{{$x := "a"}}{{$x = "b"}}{{$x}}"#, "b"),
        (r"{{$.FOO}}", "foo"),
    ];
    for (template, expected) in rows {
        assert_eq!(expand(template, &context()).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn what_cannot_be_expanded_says_why() {
    let rows = [
        ("{{ .X ", "unclosed action"),
        ("{{", "unclosed action"),
        ("{{if .FOO}}a", "unexpected"),
        ("{{end}}", "unexpected"),
        ("{{nosuch .FOO}}", "nosuch"),
        ("{{.MISSING}}", "variable MISSING is not defined"),
        (r#"{{default "x" .OPTIONAL}}-{{ .MISSING }}"#, "variable MISSING is not defined"),
        (r#"{{print ".NOT" .FOO}}{{.ALSO_MISSING}}"#, "variable ALSO_MISSING is not defined"),
        ("{{upper .MISSING}}", "variable MISSING is not defined"),
        ("{{.MISSING | lower}}", "variable MISSING is not defined"),
        ("{{upper}}", "it takes 1 arguments and got 0"),
        ("{{div 1 0}}", "the result is no number"),
        (r#"{{int "many"}}"#, "it takes a whole number"),
        (r#"{{regexMatch "(" .FOO}}"#, "regex"),
        (r#"{{b64dec "%"}}"#, "it is not base64"),
        (r#"{{repeat 10000000 "x"}}"#, "longer than"),
        (r#"{{dateInZone "2006" 0 "Mars/Olympus"}}"#, "Mars/Olympus"),
        (r#"{{cmd "no-such-program-anywhere"}}"#, "`no-such-program-anywhere` cannot be run"),
    ];
    for (template, expected) in rows {
        let error = expand(template, &context()).expect_err(template).to_string();
        assert!(error.contains(expected) && error.contains(template), "{template}: {error}");
    }
}

#[test]
fn errors_and_debug_output_hold_no_values() {
    let context = Context::new([("TOKEN", "s3cret")]);
    assert_eq!(format!("{context:?}"), r#"{"TOKEN"}"#);
    for template in
        ["{{.TOKEN.field}}", "{{range .TOKEN}}{{end}}", "{{int .TOKEN}}", "{{.TOKEN 1}}", "{{add .TOKEN 1}}"]
    {
        let error = expand(template, &context).expect_err(template).to_string();
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn cmd_runs_a_program_with_the_variables() {
    let run = |template| expand(template, &context());
    assert_eq!(run(r#"{{cmd "sh" "-c" "echo \" $FOO \""}}"#).as_deref(), Ok("foo"));
    let error = run(r#"{{cmd "sh" "-c" "echo broken >&2; exit 3"}}"#).unwrap_err().to_string();
    assert!(error.contains("broken") && error.contains('3'), "{error}");
}

#[test]
fn later_variables_win() {
    let context = Context::new(&std::collections::BTreeMap::from([("A".to_owned(), "1".to_owned())]));
    let over = context.clone().with([("A", "2".to_owned()), ("B", "3".to_owned())]);
    assert_eq!(expand("{{.A}}{{.B}}", &over).unwrap(), "23");
    assert_eq!(expand("{{.A}}", &context).unwrap(), "1");
}

#[test]
fn output_templates() {
    let builds = json!({"builds": [
        {"imageName": "app", "tag": "r.io/app:v1@sha256:ab", "runtimeType": "go"},
        {"imageName": "<web>", "tag": "web:v2"},
    ]});
    let all = r#"{"builds":[{"imageName":"app","tag":"r.io/app:v1@sha256:ab","runtimeType":"go"},{"imageName":"\u003cweb\u003e","tag":"web:v2"}]}"#;
    let rows = [
        ("{{json .}}", all),
        ("{{ json . }}", all),
        ("{{json .}}\n", &format!("{all}\n")),
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
    ];
    for (template, expected) in rows {
        let rendered = ValueTemplate::parse(template).unwrap_or_else(|e| panic!("{e}")).render(&builds);
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
    for template in ["{{json .", "{{jsn .}}", "{{range .Builds}}", "{{.A}}\n  {{nope}}"] {
        let report = ValueTemplate::parse(template).err().expect(template);
        assert_eq!(report.kind, Kind::Usage);
        assert!(!report.causes.is_empty() && !report.hints.is_empty());
    }
    let report = ValueTemplate::parse("a\n  {{nope .}}").err().unwrap();
    assert_eq!(report.excerpts[0].line_column().0, 2, "{report:?}");
    for template in ["{{.builds}}", "{{.Builds.Tag}}"] {
        let report = ValueTemplate::parse(template).ok().unwrap().render(&json!({"builds": []})).unwrap_err();
        assert_eq!(report.kind, Kind::Usage);
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
fn parentheses_have_a_bound() {
    let nested = |depth: usize| format!("{{{{{}.FOO{}}}}}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(expand(&nested(64), &context()).unwrap(), "foo");
    assert_eq!(expand(&nested(40).repeat(3), &context()).unwrap(), "foofoofoo");
    let error = expand(&nested(100_000), &context()).unwrap_err();
    assert_eq!(error.reason, "template nested more than 64 levels deep");
    assert!(ValueTemplate::parse(&nested(100_000)).is_err());
}
