//! `skeg lint`

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::json;

use super::project;
use crate::cli::{LintArgs, LintFormat, Origins};
use crate::config;
use crate::diagnostic::{Kind, Report, Result, nearest};
use crate::event::Bus;
use crate::lint::{Facts, Finding, RULES, run as apply};
use crate::settings::env::Environment;

/// What to print, and the exit code: an error where the project is wrong, which is looked at as far as it goes.
///
/// # Errors
/// The project cannot be read; a rule that is not known.
pub fn run(
    args: &LintArgs,
    origins: &Origins,
    environment: &Environment,
    bus: &Bus,
) -> Result<(String, Result<ExitCode>)> {
    if args.rules {
        return Ok((rules(), Ok(ExitCode::SUCCESS)));
    }
    if let Some(id) = args.ignore.iter().find(|id| !RULES.iter().any(|rule| rule.id == **id)) {
        let mut report = Report::new(Kind::Usage, format!("there is no rule `{id}`"));
        let near = nearest(id, RULES.iter().map(|rule| rule.id));
        report.hints.extend(near.map(|near| format!("did you mean `{near}`?")));
        return Err(Box::new(report.hint("`skeg lint --rules` lists them")));
    }
    let options = project::options(&args.project, "lint", origins, environment, bus);
    let project = config::read(&options, &mut std::io::stdin())?;
    let facts = Facts::gather(&project, &environment.cwd);
    let findings = apply(&facts, &args.ignore);
    project::warn_unless(&project, bus, |report| {
        let place = report.excerpts.first().map(|place| (&place.path, place.span.start));
        findings.iter().any(|finding| Some((&finding.place.path, finding.place.span.start)) == place)
    });
    let text = match args.output {
        LintFormat::Plain => plain(&findings),
        LintFormat::Json => findings.iter().map(json_line).collect(),
    };
    let found = u8::from(args.strict && !findings.is_empty());
    Ok((text, config::validate(&project).map(|()| ExitCode::from(found))))
}

fn rules() -> String {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let line = |rule: &crate::lint::Rule| {
        format!("{:width$}  {:8}  {}\n", rule.id, rule.concern.to_string(), rule.finds)
    };
    RULES.iter().map(line).collect()
}

fn plain(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { rule, place, message, cure } in findings {
        let (line, column) = place.line_column();
        let path = place.path.display();
        // Writing to a text does not fail.
        let _written = writeln!(
            text,
            "{path}:{line}:{column}: {}: {message} [{}]\n  help: {cure}",
            rule.concern, rule.id
        );
    }
    text
}

fn json_line(finding: &Finding) -> String {
    let Finding { rule, place, message, cure } = finding;
    let (line, column) = place.line_column();
    let value = json!({
        "rule": rule.id,
        "concern": rule.concern.to_string(),
        "file": place.path.display().to_string(),
        "line": line,
        "column": column,
        "message": message,
        "cure": cure,
    });
    format!("{value}\n")
}
