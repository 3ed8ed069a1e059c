//! The settings as lines to read: each value with its origin.

use super::{Origin, Settings, Sourced};

/// One value of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcedLine {
    /// The name, as the user config or the flag calls it.
    pub name: &'static str,
    /// The value as text; of a list its items separated by commas.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl Settings {
    /// Every value there is, in a fixed order; a list that was put together from several places has a line per item.
    /// Values nobody gave are left out.
    pub fn sourced_lines(&self) -> Vec<SourcedLine> {
        fn text(name: &'static str, value: Option<&Sourced<impl ToString>>) -> Option<SourcedLine> {
            let Sourced { value, origin } = value?;
            Some(SourcedLine { name, value: value.to_string(), origin: origin.clone() })
        }
        fn list(name: &'static str, value: Option<&Sourced<Vec<String>>>) -> Option<SourcedLine> {
            let Sourced { value, origin } = value?;
            Some(SourcedLine { name, value: value.join(","), origin: origin.clone() })
        }
        let mut lines = vec![
            text("kube-context", self.kube_context.as_ref()),
            text("cluster", Some(&self.cluster)),
            text("cluster-load-disabled", Some(&self.cluster_load_disabled)),
            text("default-repo", self.default_repo.as_ref()),
            text("multi-level-repo", self.multi_level_repo.as_ref()),
        ];
        lines.extend(self.insecure_registries.iter().map(|one| text("insecure-registries", Some(one))));
        lines.extend([
            text("builder", self.builder.as_ref()),
            text("cache-tag", self.cache_tag.as_ref()),
            text("cache-repo", self.cache_repo.as_ref()),
            list("cache-flags", self.cache_flags.as_ref()),
            text("provenance", self.provenance.as_ref()),
            text("sbom", self.sbom.as_ref()),
            text("push", self.push.as_ref()),
            list("platform", self.platforms.as_ref()),
            text("build-concurrency", self.build_concurrency.as_ref()),
        ]);
        lines.into_iter().flatten().collect()
    }
}
