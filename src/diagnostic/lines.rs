//! Reports for programs: one line a finding, for `grep` and editors' problem matchers ([`lines`]), or one JSON value
//! a line ([`json_lines`]).

use std::fmt::Write as _;

use serde::Serialize;

use super::{Excerpt, Report, printable};

/// How bad what a report tells is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// What was asked for is not done.
    Error,
    /// It is done, but not quite as one may think.
    Warning,
}

impl Severity {
    /// The word in a line: `error`, `warning`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A line for each finding, `file:line:column: error: title: cause (cure; cure)`, without `file:line:column: ` where no
/// place is known; further places, notes and a tool's output follow in lines of their own. Ends in a newline, has no
/// colours; nothing is wrapped or cut.
pub fn lines(report: &Report, severity: Severity) -> String {
    let mut text = String::new();
    for finding in report.findings() {
        line(&mut text, finding, severity);
    }
    text
}

/// `file:line:column: title: cause (cure; cure)`, for a message that has a word of its own in front (`warning:`).
pub fn headline(report: &Report) -> String {
    head(report, "")
}

fn head(finding: &Report, word: &str) -> String {
    let mut text = String::new();
    if let Some(place) = finding.excerpts.first() {
        _ = write!(text, "{}: ", position(place));
    }
    _ = write!(text, "{word}{}", one_line(&finding.title));
    for cause in &finding.causes {
        _ = write!(text, ": {}", one_line(cause));
    }
    if !finding.hints.is_empty() {
        let hints: Vec<String> = finding.hints.iter().map(|hint| one_line(hint)).collect();
        _ = write!(text, " ({})", hints.join("; "));
    }
    text
}

fn line(text: &mut String, finding: &Report, severity: Severity) {
    _ = writeln!(text, "{}", head(finding, &format!("{}: ", severity.word())));
    for place in finding.excerpts.iter().skip(1).filter(|place| !place.label.is_empty()) {
        _ = writeln!(text, "{}: note: {}", position(place), one_line(&place.label));
    }
    for note in &finding.notes {
        _ = writeln!(text, "note: {}", one_line(note));
    }
    for line in &finding.output {
        _ = writeln!(text, "{}", format!("  {}", printable(line)).trim_end());
    }
}

fn position(place: &Excerpt) -> String {
    let (line, column) = place.line_column();
    format!("{}:{line}:{column}", one_line(&place.path.display().to_string()))
}

fn one_line(text: &str) -> String {
    text.lines().map(printable).map(|line| line.trim().to_owned()).collect::<Vec<_>>().join(" ")
}

/// A JSON object a line for each finding: `severity`, `title`; `file`, `line`, `column`, `endLine`, `endColumn` where a
/// place is known (from 1, columns in characters, the end is the first place behind); `causes`, `notes`, `hints`,
/// `output` and `related` (further places, each with a `label`) where there are any. Ends in a newline.
pub fn json_lines(report: &Report, severity: Severity) -> String {
    let mut text = String::new();
    for finding in report.findings() {
        let mut places = finding.excerpts.iter();
        let value = Finding {
            severity: severity.word(),
            place: places.next().map(Place::of),
            title: one_line(&finding.title),
            causes: finding.causes.iter().map(|cause| one_line(cause)).collect(),
            notes: finding.notes.iter().map(|note| one_line(note)).collect(),
            hints: finding.hints.iter().map(|hint| one_line(hint)).collect(),
            output: finding.output.iter().map(|line| printable(line)).collect(),
            related: places
                .map(|place| Related { place: Place::of(place), label: one_line(&place.label) })
                .collect(),
        };
        // Texts and numbers only: they always serialise.
        if let Ok(line) = serde_json::to_string(&value) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

#[derive(Serialize)]
struct Finding {
    severity: &'static str,
    #[serde(flatten)]
    place: Option<Place>,
    title: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Place {
    fn of(excerpt: &Excerpt) -> Self {
        let (line, column) = excerpt.line_column();
        let (end_line, end_column) = excerpt.end_line_column();
        Self { file: excerpt.path.display().to_string(), line, column, end_line, end_column }
    }
}

#[derive(Serialize)]
struct Related {
    #[serde(flatten)]
    place: Place,
    label: String,
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::diagnostic::Kind;

    const TEXT: &str = "build:\n  artefacts:\n  - image: größer\n";

    fn excerpt(part: &str, label: &str) -> Excerpt {
        let start = TEXT.find(part).unwrap();
        Excerpt {
            path: "skaffold.yaml".into(),
            text: TEXT.into(),
            span: start..start + part.len(),
            label: label.into(),
        }
    }

    fn finding() -> Report {
        Report::config("unknown key `artefacts`\nin `build`")
            .at(excerpt("artefacts", "here"))
            .at(excerpt("größer\n", "used there"))
            .cause("the schema\thas none")
            .hint("did you mean `artifacts`?")
            .hint("or remove it")
    }

    #[test]
    fn a_line_for_each_finding() {
        assert_snapshot!(lines(&finding(), Severity::Error), @"
        skaffold.yaml:2:3: error: unknown key `artefacts` in `build`: the schema    has none (did you mean `artifacts`?; or remove it)
        skaffold.yaml:3:12: note: used there
        ");
        let two = Report {
            parts: vec![finding(), Report::config("no `kind`").at(excerpt("build", ""))],
            ..Report::config("2 errors in skaffold.yaml")
        };
        assert_snapshot!(lines(&two, Severity::Warning), @"
        skaffold.yaml:2:3: warning: unknown key `artefacts` in `build`: the schema    has none (did you mean `artifacts`?; or remove it)
        skaffold.yaml:3:12: note: used there
        skaffold.yaml:1:1: warning: no `kind`
        ");
    }

    #[test]
    fn without_a_place_and_with_output() {
        let mut report = Report::new(Kind::Tool, "push failed").output(["\x1b[31mdenied\x1b[0m\r".into()]);
        report.notes.push("api was built".into());
        assert_snapshot!(lines(&report, Severity::Error), @"
        error: push failed
        note: api was built
          denied
        ");
        assert_snapshot!(
            json_lines(&report, Severity::Error),
            @r#"{"severity":"error","title":"push failed","notes":["api was built"],"output":["denied"]}"#
        );
    }

    #[test]
    fn json_has_whole_places() {
        assert_snapshot!(json_lines(&finding(), Severity::Warning), @r#"{"severity":"warning","file":"skaffold.yaml","line":2,"column":3,"endLine":2,"endColumn":12,"title":"unknown key `artefacts` in `build`","causes":["the schema    has none"],"hints":["did you mean `artifacts`?","or remove it"],"related":[{"file":"skaffold.yaml","line":3,"column":12,"endLine":3,"endColumn":18,"label":"used there"}]}"#);
    }

    proptest! {
        #[test]
        fn any_span_of_any_text_has_a_line(
            text in "(\\PC|[\t\r\n é日\u{301}]){0,40}",
            start in 0usize..60,
            end in 0usize..60,
        ) {
            let report = Report::config("t").at(Excerpt {
                path: "f".into(),
                text: text.as_str().into(),
                span: start..end,
                label: String::new(),
            });
            let line = lines(&report, Severity::Error);
            prop_assert!(line.starts_with("f:") && line.ends_with(": error: t\n"));
            let value: serde_json::Value = serde_json::from_str(&json_lines(&report, Severity::Error)).unwrap();
            let at = |line: &str, column: &str| (value[line].as_u64().unwrap(), value[column].as_u64().unwrap());
            prop_assert!(at("line", "column") <= at("endLine", "endColumn"));
        }
    }
}
