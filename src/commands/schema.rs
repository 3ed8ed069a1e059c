//! `skeg schema`

use serde_json::{Value, json};

use crate::cli::{SchemaArgs, SchemaFormat, SchemaVerb};
use crate::config::schema::{self, Version};
use crate::diagnostic::{Kind, Report, Result, nearest};

/// Runs the verb and returns the text to print. Error: there is no such version.
pub fn run(args: &SchemaArgs) -> Result<String> {
    match &args.verb {
        SchemaVerb::List(args) => Ok(list(args.output)),
        SchemaVerb::Get(args) => Ok(pretty(&schema::schema(version(&args.version)?))),
    }
}

fn list(format: SchemaFormat) -> String {
    let mut versions = Version::all().map(|version| version.to_string());
    match format {
        SchemaFormat::Plain => versions.fold(String::new(), |text, version| text + &version + "\n"),
        SchemaFormat::Json => format!("{}\n", json!({ "versions": versions.by_ref().collect::<Vec<_>>() })),
    }
}

/// The version of this name, with or without `skaffold/`.
fn version(text: &str) -> Result<Version> {
    let name = text.strip_prefix("skaffold/").unwrap_or(text);
    let known = Version::all().find(|version| version.name() == name);
    known.ok_or_else(|| {
        let report = Report::new(Kind::Usage, format!("there is no schema {text:?}"));
        let near = nearest(name, Version::all().rev().map(Version::name));
        let report = match near {
            Some(near) => report.hint(format!("did you mean `{near}`?")),
            None => report,
        };
        Box::new(report.hint("run `skeg schema list` to see all versions"))
    })
}

fn pretty(schema: &Value) -> String {
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema::tests::validator::objections;
    use crate::userconfig;

    #[test]
    fn versions_are_listed() {
        let plain = list(SchemaFormat::Plain);
        assert_eq!(plain.lines().count(), 72);
        assert!(plain.starts_with("skaffold/v1alpha1\nskaffold/v1alpha2\n"), "{plain}");
        assert!(plain.ends_with("skaffold/v4beta14\n"), "{plain}");
        let json = list(SchemaFormat::Json);
        assert!(json.starts_with(r#"{"versions":["skaffold/v1alpha1","#) && json.ends_with("]}\n"), "{json}");
    }

    #[test]
    fn versions_are_found_by_both_names() {
        assert_eq!(version("v2beta9").unwrap(), Version::of("v2beta9"));
        assert_eq!(version("skaffold/v1").unwrap(), Version::of("v1"));
        let report = version("v2beta99").unwrap_err();
        assert_eq!(report.kind, Kind::Usage);
        assert_eq!(report.title, "there is no schema \"v2beta99\"");
        assert_eq!(report.hints.len(), 2);
        assert_eq!(version("").unwrap_err().hints, ["run `skeg schema list` to see all versions"]);
    }

    #[test]
    fn a_user_config_that_is_read_is_valid() {
        let schema = userconfig::schema();
        for (document, valid) in [
            (json!(null), true),
            (json!({ "global": null, "kubeContexts": null }), true),
            (
                json!({ "global": { "default-repo": "", "survey": { "disable-prompt": true }, "new": 1 } }),
                true,
            ),
            (
                json!({ "kubeContexts": [{ "kube-context": "a", "cache-flags": [], "local-cluster": "on" }] }),
                true,
            ),
            (json!({ "global": { "insecure-registries": "a" } }), false),
            (json!({ "global": { "multi-level-repo": "perhaps" } }), false),
            (json!({ "global": { "survey": { "disable-prompt": [] } } }), false),
            (json!({ "kubeContexts": {} }), false),
        ] {
            assert_eq!(objections(&schema, &document).is_empty(), valid, "{document}");
        }
    }

    /// Run with `SKEG_UPDATE_SCHEMA=1` to write the files.
    #[test]
    fn the_files_that_are_checked_in_are_up_to_date() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        #[expect(clippy::disallowed_methods, reason = "a switch of this test, not of the program")]
        let update = std::env::var_os("SKEG_UPDATE_SCHEMA").is_some();
        for (name, schema) in [
            ("skaffold.schema.json", schema::project_file()),
            ("user-config.schema.json", userconfig::schema()),
        ] {
            let path = folder.join(name);
            if update {
                fs_err::create_dir_all(&folder).unwrap();
                fs_err::write(&path, pretty(&schema)).unwrap();
            }
            let file = fs_err::read_to_string(&path).unwrap_or_default();
            assert!(
                file == pretty(&schema),
                "schema/{name} is stale: run the tests with SKEG_UPDATE_SCHEMA=1"
            );
        }
    }
}
