//! The settings as lines to read: each value with its origin.

use std::fmt;

use super::{Origin, Settings, Sourced};

/// One value of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcedLine {
    /// The name, as the user config or the flag calls it.
    pub name: &'static str,
    /// The value as text; of a list its items separated by commas.
    pub value: String,
    /// The value is a number or boolean, not a text.
    pub literal: bool,
    /// Where it comes from.
    pub origin: Origin,
}

impl fmt::Display for SourcedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.name, self.value, self.origin)
    }
}

impl Settings {
    /// Every value there is, in a fixed order; a list that was put together from several places has a line per item.
    /// Values nobody gave are left out.
    pub fn sourced_lines(&self) -> Vec<SourcedLine> {
        type Line = Option<SourcedLine>;
        fn line<T>(
            name: &'static str,
            sourced: Option<&Sourced<T>>,
            value: fn(&T) -> String,
            literal: bool,
        ) -> Line {
            let sourced = sourced?;
            Some(SourcedLine { name, value: value(&sourced.value), literal, origin: sourced.origin.clone() })
        }
        fn text<T: ToString>(name: &'static str, value: Option<&Sourced<T>>) -> Line {
            line(name, value, T::to_string, false)
        }
        fn literal<T: ToString>(name: &'static str, value: Option<&Sourced<T>>) -> Line {
            line(name, value, T::to_string, true)
        }
        fn list(name: &'static str, value: Option<&Sourced<Vec<String>>>) -> Line {
            line(name, value, |items| items.join(","), false)
        }
        let mut lines = vec![
            text("kube-context", self.kube_context.as_ref()),
            text("cluster", Some(&self.cluster)),
            literal("cluster-load-disabled", Some(&self.cluster_load_disabled)),
            text("default-repo", self.default_repo.as_ref()),
            literal("multi-level-repo", self.multi_level_repo.as_ref()),
        ];
        lines.extend(self.insecure_registries.iter().map(|one| text("insecure-registries", Some(one))));
        lines.extend([
            text("builder", self.builder.as_ref()),
            text("cache-tag", self.cache_tag.as_ref()),
            text("cache-repo", self.cache_repo.as_ref()),
            list("cache-flags", self.cache_flags.as_ref()),
            text("provenance", self.provenance.as_ref()),
            text("sbom", self.sbom.as_ref()),
            literal("push", self.push.as_ref()),
            list("platform", self.platforms.as_ref()),
            literal("build-concurrency", self.build_concurrency.as_ref()),
        ]);
        lines.into_iter().flatten().collect()
    }
}
