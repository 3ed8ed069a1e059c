//! Flags that decide what the images are, for every verb that builds or explains.

use clap::ArgAction;

use super::Origins;
use super::project::{list, nillable, text};
use crate::image::platform;
use crate::settings::Flags;

/// What decides the images.
#[derive(Debug, clap::Args)]
pub struct DefinitionArgs {
    /// Platforms to build for
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',', value_parser = platform, help_heading = "What to build")]
    pub platform: Vec<String>,
    /// Build one platform only, also where several are asked for
    #[arg(long, action = ArgAction::Set, default_value_t = false, help_heading = "What to build")]
    pub disable_multi_platform_build: bool,
    /// The tag of every image, instead of the project's tag policy
    #[arg(short, long, value_name = "TAG", help_heading = "What to build")]
    pub tag: Option<String>,

    /// Builder: buildx instance, docker context, address, `none` or `classic`
    #[arg(long, value_name = "BUILDER", help_heading = "How to build")]
    pub builder: Option<String>,
    /// Attest how the images were built
    #[arg(long, value_name = "MODE", help_heading = "How to build")]
    pub provenance: Option<String>,
    /// Attest what the images contain
    #[arg(long, value_name = "GENERATOR", help_heading = "How to build")]
    pub sbom: Option<String>,
    /// Where to remember what was built, instead of the cache folder
    #[arg(long, value_name = "FILE", help_heading = "How to build")]
    pub cache_file: Option<String>,
    /// Ask no registry whether base images moved
    #[arg(long, action = ArgAction::Set, default_value_t = false, help_heading = "How to build")]
    pub offline: bool,

    /// Push the images; `--push=false` never does
    #[arg(long, action = ArgAction::Set, help_heading = "Where the images go")]
    pub push: Option<bool>,
}

impl DefinitionArgs {
    /// The flags that settings are made of, on top of `others`.
    pub(super) fn flags(&self, origins: &Origins, others: Flags) -> Flags {
        let platforms = list(&self.platform);
        Flags {
            builder: nillable(origins, "builder", self.builder.as_ref()),
            push: self.push.map(|push| origins.sourced("push", push)),
            platforms: (!platforms.is_empty()).then(|| origins.sourced("platform", platforms)),
            provenance: text(origins, "provenance", self.provenance.as_ref()),
            sbom: text(origins, "sbom", self.sbom.as_ref()),
            single_platform: self.disable_multi_platform_build,
            ..others
        }
    }
}

/// What `--platform` takes: platforms, `all`, and nothing.
fn platform(text: &str) -> Result<String, String> {
    if text.is_empty() || platform::is_known(text) {
        Ok(text.to_owned())
    } else {
        Err(format!("it is not a platform; {}", platform::FORM))
    }
}
