//! The one renderer of [`Report`]s.

use super::Report;

/// Turns a report into the text shown on standard error; with ANSI colours when `colour` is set.
pub fn render(report: &Report, colour: bool) -> String {
    let _ = colour;
    format!("error: {report}\n")
}
