//! From arguments to [`Flags`], so that settings know nothing of clap.

use super::project::{list, nillable, text};
use super::{BuildArgs, Origins};
use crate::settings::Flags;

impl BuildArgs {
    /// The flags that settings are made of; see [`super::TargetArgs::flags`].
    pub fn flags(&self, origins: &Origins) -> Flags {
        let platforms = list(&self.platform);
        Flags {
            builder: nillable(origins, "builder", self.builder.as_ref()),
            push: self.push.map(|push| origins.sourced("push", push)),
            platforms: (!platforms.is_empty()).then(|| origins.sourced("platform", platforms)),
            provenance: text(origins, "provenance", self.provenance.as_ref()),
            sbom: text(origins, "sbom", self.sbom.as_ref()),
            cache_tag: nillable(origins, "cache-tag", self.cache_tag.as_ref()),
            cache_repo: nillable(origins, "cache-repo", self.cache_repo.as_ref()),
            cache_flags: self.cache_flags.as_ref().map(|flags| origins.sourced("cache-flags", list(flags))),
            build_concurrency: self.build_concurrency.map(|n| origins.sourced("build-concurrency", n)),
            single_platform: self.disable_multi_platform_build,
            ..self.target.flags(origins)
        }
    }
}
