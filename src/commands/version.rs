//! `skeg version`

use serde_json::{Value, json};

use crate::cli::VersionArgs;
use crate::diagnostic::Result;

/// The text to print. `render` runs a Go template over a value; it is not called for the default template, so that
/// asking for the version costs nothing.
pub fn run(args: &VersionArgs, render: impl FnOnce(&str, &Value) -> Result<String>) -> Result<String> {
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    match args.output.as_str() {
        "{{.Version}}\n" => Ok(format!("{version}\n")),
        template => render(template, &facts(version)).map_err(|mut report| {
            report.hints = vec!["fields are `.Version`, `.ConfigVersion` and `.Platform`".to_owned()];
            report
        }),
    }
}

/// The fields a template can show, named as Skaffold's (`version/version.go`).
fn facts(version: &str) -> Value {
    let architecture = crate::image::platform::native_architecture();
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    json!({
        "Version": version,
        "ConfigVersion": "skaffold/v4beta14",
        "Platform": format!("{system}/{architecture}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_needs_no_template() {
        let args = VersionArgs { output: "{{.Version}}\n".into() };
        let text = run(&args, |_, _| panic!("rendered")).unwrap();
        assert_eq!(text, format!("v{}\n", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn a_template_sees_version_and_platform() {
        let args = VersionArgs { output: "{{.Platform}}".into() };
        let text = run(&args, |template, facts| Ok(format!("{template} {}", facts["Platform"]))).unwrap();
        assert!(text.starts_with("{{.Platform}} \"") && text.contains('/'), "{text}");
    }

    #[test]
    fn a_template_that_is_wrong_is_told_the_fields() {
        for template in ["{{.GitVersion}}", "{{.Version"] {
            let render =
                |text: &str, value: &Value| crate::template::ValueTemplate::parse(text)?.render(value);
            let report = run(&VersionArgs { output: template.into() }, render).unwrap_err();
            assert_eq!(report.hints, ["fields are `.Version`, `.ConfigVersion` and `.Platform`"], "{report}");
        }
    }
}
