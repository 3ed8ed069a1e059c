//! Errors as programs read them.

use serde_json::{Value, json};

use crate::diagnostic::{Kind, Report};

/// What went wrong, with Skaffold's code for it (`proto/v1/skaffold.proto`, `StatusCode`).
pub(super) struct Failure {
    code: &'static str,
    message: String,
}

impl Failure {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Something that Skaffold has no code for.
    pub(super) fn unknown(message: impl Into<String>) -> Self {
        Self::new("INSPECT_UNKNOWN_ERR", message)
    }

    pub(super) fn json(&self) -> Value {
        json!({ "errorCode": self.code, "errorMessage": self.message })
    }
}

/// What reading a project found wrong: the message has a line for each thing, the first place in front, cures
/// behind.
impl From<Box<Report>> for Failure {
    fn from(report: Box<Report>) -> Self {
        let title = report.findings().first().map_or("", |first| first.title.as_str());
        let code = match report.kind {
            Kind::Usage if report.title.contains("module") => "CONFIG_BAD_FILTER_ERR",
            Kind::Usage if report.title.contains("profile") => "CONFIG_PROFILES_NOT_FOUND_ERR",
            Kind::User => "CONFIG_FILE_NOT_FOUND_ERR",
            Kind::Config if title.starts_with("a required project file") => "CONFIG_DEPENDENCY_NOT_FOUND_ERR",
            Kind::Config | Kind::Tool => "CONFIG_FILE_PARSING_ERR",
            _ => "INSPECT_UNKNOWN_ERR",
        };
        let line = |report: &Report| {
            let place = report.excerpts.first().map(|excerpt| {
                let (line, column) = excerpt.line_column();
                format!("{}:{line}:{column}: ", excerpt.path.display())
            });
            let hints: String = report.hints.iter().flat_map(|hint| ["; ", hint]).collect();
            format!("{}{report}{hints}", place.unwrap_or_default())
        };
        Self::new(code, report.findings().iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}
