//! The one renderer of [`Report`]s: title, places, causes, output, notes, cures, in this order (`docs/style.md`).

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use super::{Excerpt, Report};

/// Source lines longer than this are trimmed around the caret (columns).
const WIDTH: usize = 120;
const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const HELP: Style = AnsiColor::BrightCyan.on_default().bold();
const EMPHASIS: Style = Style::new().bold();

/// Turns a report into the text shown on standard error, ending in a newline; with ANSI colours when `colour` is
/// set. Paths are shown as the user named them. Never fails: a span outside its text is moved inside.
pub fn render(report: &Report, colour: bool) -> String {
    let paint = |style: Style, text: &str| {
        if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    };
    let mut out = String::new();

    let title = lines_of(&report.title);
    let head = title.first().map_or("", String::as_str);
    _ = writeln!(out, "{} {}", paint(ERROR, "error:"), paint(EMPHASIS, head));
    for line in title.iter().skip(1) {
        _ = writeln!(out, "  {line}");
    }

    for group in report.excerpts.chunk_by(|a, b| a.path == b.path && a.text == b.text) {
        out.push_str(&places(group, colour));
    }
    for cause in &report.causes {
        labelled(&mut out, &paint(EMPHASIS, "caused by:"), cause);
    }
    if !report.output.is_empty() {
        out.push('\n');
        for line in &report.output {
            _ = writeln!(out, "{}", format!("  {}", printable(line)).trim_end());
        }
        out.push('\n');
    }
    for note in &report.notes {
        labelled(&mut out, &paint(EMPHASIS, "note:"), note);
    }
    for hint in &report.hints {
        labelled(&mut out, &paint(HELP, "help:"), hint);
    }
    out
}

/// What a terminal would show of one line of a tool's output: the text after the last carriage return, without
/// escape sequences and control characters, tabs as spaces.
pub fn printable(line: &str) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    let line = line.rsplit('\r').next().unwrap_or_default();
    let stripped = anstream::adapter::strip_str(line).to_string();
    stripped.replace('\t', "    ").replace(char::is_control, "")
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(|line| printable(line).trim_end().to_owned()).collect()
}

/// `label text`, further lines of the text indented.
fn labelled(out: &mut String, label: &str, text: &str) {
    for (i, line) in lines_of(text).iter().enumerate() {
        _ = if i == 0 { writeln!(out, "{label} {line}") } else { writeln!(out, "  {line}") };
    }
}

/// The excerpts of one file under one ` --> path:line:column`.
fn places(excerpts: &[Excerpt], colour: bool) -> String {
    let Some(first) = excerpts.first() else { return String::new() };
    let path = first.path.display().to_string();
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let group = Group::with_level(Level::ERROR);
    let group = if first.text.trim().is_empty() {
        group.element(Origin::path(path))
    } else {
        let annotations = excerpts.iter().enumerate().map(|(i, excerpt)| {
            let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let label = printable(&excerpt.label.replace('\n', " "));
            kind.span(excerpt.shown()).label((!label.is_empty()).then_some(label))
        });
        group.element(Snippet::source(&*first.text).path(path).annotations(annotations))
    };
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::diagnostic::Kind;

    const PROJECT: &str = "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artefacts:\n  - image: app\n    docker:\n      dockerfile: Dockerfile.prod\n";

    fn excerpt(path: &str, text: &str, part: &str, label: &str) -> Excerpt {
        let start = text.find(part).unwrap();
        Excerpt { path: path.into(), text: text.into(), span: start..start + part.len(), label: label.into() }
    }

    #[test]
    fn a_title_alone() {
        let report = Report::user("no builder answers");
        assert_snapshot!(render(&report, false), @"error: no builder answers");
    }

    #[test]
    fn a_place_with_a_label() {
        let report = Report::config("unknown field `artefacts` in `build`").at(excerpt(
            "skaffold.yaml",
            PROJECT,
            "artefacts",
            "did you mean `artifacts`?",
        ));
        assert_snapshot!(render(&report, false), @"
        error: unknown field `artefacts` in `build`
         --> skaffold.yaml:4:3
          |
        4 |   artefacts:
          |   ^^^^^^^^^ did you mean `artifacts`?
        ");
    }

    #[test]
    fn a_place_without_a_label() {
        let report = Report::config("dockerfile not found").at(excerpt(
            "k8s/skaffold.yaml",
            PROJECT,
            "Dockerfile.prod",
            "",
        ));
        assert_snapshot!(render(&report, false), @"
        error: dockerfile not found
         --> k8s/skaffold.yaml:7:19
          |
        7 |       dockerfile: Dockerfile.prod
          |                   ^^^^^^^^^^^^^^^
        ");
    }

    #[test]
    fn causes_and_cures() {
        let report = Report::user("builder `remote` cannot be reached")
            .cause("tcp://10.0.0.1:1234")
            .cause("connection refused (os error 111)")
            .hint("start it, or choose another one with `--builder`")
            .hint(
                "run `docker buildx create --name remote --driver remote tcp://HOST:PORT`\nto make it anew",
            );
        assert_snapshot!(render(&report, false), @"
        error: builder `remote` cannot be reached
        caused by: tcp://10.0.0.1:1234
        caused by: connection refused (os error 111)
        help: start it, or choose another one with `--builder`
        help: run `docker buildx create --name remote --driver remote tcp://HOST:PORT`
          to make it anew
        ");
    }

    #[test]
    fn a_failed_step_with_its_last_output() {
        let dockerfile = "FROM golang:1.26\nCOPY . .\nRUN go build ./...\n";
        let report = Report::tool("building `app` for linux/arm64 failed: exit code 1")
            .at(excerpt("app/Dockerfile", dockerfile, "RUN go build ./...", "exit code 1"))
            .output(["# example.com/app".into(), "\x1b[31m./main.go:7:2:\x1b[0m\tundefined: foo\r".into()])
            .hint("run `skeg build -b app --platform linux/arm64` to build it alone");
        assert_snapshot!(render(&report, false), @"
        error: building `app` for linux/arm64 failed: exit code 1
         --> app/Dockerfile:3:1
          |
        3 | RUN go build ./...
          | ^^^^^^^^^^^^^^^^^^ exit code 1

          # example.com/app
          ./main.go:7:2:    undefined: foo

        help: run `skeg build -b app --platform linux/arm64` to build it alone
        ");
    }

    #[test]
    fn two_places_in_one_file() {
        let text = "profiles:\n- name: dev\n- name: prod\n- name: other\n- name: another\n- name: dev\n";
        let second = text.rfind("dev").unwrap();
        let report = Report::config("profile `dev` is declared twice")
            .at(Excerpt {
                path: "skaffold.yaml".into(),
                text: text.into(),
                span: second..second + 3,
                label: "here again".into(),
            })
            .at(excerpt("skaffold.yaml", text, "dev", "first here"));
        assert_snapshot!(render(&report, false), @"
        error: profile `dev` is declared twice
         --> skaffold.yaml:6:9
          |
        2 | - name: dev
          |         --- first here
        ...
        6 | - name: dev
          |         ^^^ here again
        ");
    }

    #[test]
    fn places_in_two_files() {
        let report = Report::config("image `app` is declared twice")
            .at(excerpt("b/skaffold.yaml", PROJECT, "app", "second"))
            .at(excerpt("a/skaffold.yaml", "build: {artifacts: [{image: app}]}", "app", "first"));
        assert_snapshot!(render(&report, false), @"
        error: image `app` is declared twice
         --> b/skaffold.yaml:5:12
          |
        5 |   - image: app
          |            ^^^ second
         --> a/skaffold.yaml:1:29
          |
        1 | build: {artifacts: [{image: app}]}
          |                             ^^^ first
        ");
    }

    #[test]
    fn a_span_over_several_lines() {
        let text = "FROM busybox\nRUN a \\\n && b \\\n && c\nCMD d\n";
        let report =
            Report::tool("exit code 2").at(excerpt("Dockerfile", text, "RUN a \\\n && b \\\n && c\n", ""));
        assert_snapshot!(render(&report, false), @r"
        error: exit code 2
         --> Dockerfile:2:1
          |
        2 | / RUN a \
        3 | |  && b \
        4 | |  && c
          | |_____^
        ");
    }

    #[test]
    fn a_long_line_is_trimmed_around_the_caret() {
        let text = format!("RUN {} && make {}", "echo padding; ".repeat(30), "; echo more".repeat(30));
        let report = Report::tool("exit code 2").at(excerpt("Dockerfile", &text, "make", "this one"));
        let rendered = render(&report, false);
        assert!(rendered.lines().all(|line| line.chars().count() <= WIDTH), "{rendered}");
        assert_snapshot!(rendered, @"
        error: exit code 2
         --> Dockerfile:1:429
          |
        1 | ...; echo padding; echo padding; echo padding;  && make ; echo more; echo more; echo more; echo more; echo more; ...
          |                                                    ^^^^ this one
        ");
    }

    #[test]
    fn wide_characters_and_tabs() {
        let text = "build:\n\tname: 日本語 x\n";
        let report = Report::config("tabs cannot indent").at(excerpt("skaffold.yaml", text, "x", "この"));
        assert_snapshot!(render(&report, false), @"
        error: tabs cannot indent
         --> skaffold.yaml:2:12
          |
        2 |     name: 日本語 x
          |                  ^ この
        ");
    }

    #[test]
    fn the_end_of_the_file_and_far_beyond() {
        let at =
            |span| Excerpt { path: "f.yaml".into(), text: "a: [1,\n".into(), span, label: String::new() };
        assert_snapshot!(render(&Report::config("unclosed list").at(at(7..7)), false), @"
        error: unclosed list
         --> f.yaml:1:8
          |
        1 | a: [1,
          |       ^
        ");
        assert_snapshot!(render(&Report::config("unclosed list").at(at(90..7000)), false), @"
        error: unclosed list
         --> f.yaml:1:8
          |
        1 | a: [1,
          |       ^
        ");
    }

    #[test]
    fn an_empty_file() {
        let empty = Excerpt { path: "-".into(), text: "".into(), span: 0..0, label: "nothing here".into() };
        assert_snapshot!(render(&Report::config("the project file is empty").at(empty), false), @"
        error: the project file is empty
        --> -
        ");
    }

    #[test]
    fn escapes_in_titles_and_causes_do_not_reach_the_terminal() {
        let report = Report::new(Kind::Tool, "push failed\nfor two images")
            .cause("\x1b]0;owned\x07denied: \x1b[2Jrequested access\nto the resource");
        assert_snapshot!(render(&report, false), @"
        error: push failed
          for two images
        caused by: denied: requested access
          to the resource
        ");
    }

    #[test]
    fn colours_on_demand() {
        let report = Report::config("unknown field `artefacts`")
            .at(excerpt("skaffold.yaml", PROJECT, "artefacts", "did you mean `artifacts`?"))
            .cause("it is not part of the schema")
            .output(["log".into()])
            .hint("remove it");
        assert_snapshot!(render(&report, true).replace('\x1b', "ESC"), @"
        ESC[1mESC[91merror:ESC[0m ESC[1munknown field `artefacts`ESC[0m
         ESC[1mESC[94m--> ESC[0mskaffold.yaml:4:3
          ESC[1mESC[94m|ESC[0m
        ESC[1mESC[94m4ESC[0m ESC[1mESC[94m|ESC[0m   artefacts:
          ESC[1mESC[94m|ESC[0m   ESC[1mESC[91m^^^^^^^^^ESC[0m ESC[1mESC[91mdid you mean `artifacts`?ESC[0m
        ESC[1mcaused by:ESC[0m it is not part of the schema

          log

        ESC[1mESC[96mhelp:ESC[0m remove it
        ");
    }

    proptest! {
        #[test]
        fn any_span_in_any_text_renders(
            text in "(\\PC|[\t\r\n é日\u{301}]){0,60}",
            spans in proptest::collection::vec((0usize..100, 0usize..100), 1..4),
        ) {
            let report = spans.iter().fold(Report::config("t"), |report, (start, end)| {
                report.at(Excerpt {
                    path: "f".into(),
                    text: text.as_str().into(),
                    span: *start..*end,
                    label: String::new(),
                })
            });
            prop_assert!(render(&report, false).starts_with("error: t\n"));
        }
    }
}
