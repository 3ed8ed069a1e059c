//! `skeg test`

use super::compat::CompatibilityArgs;
use super::{Origins, ProjectArgs, TargetArgs};
use crate::settings::Flags;

/// Run the project's tests of images that were built
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skeg build --file-output images.json   Build, and keep the result
  skeg test -a images.json               Test what was built
  skeg build -q | skeg test -a -         Both in one line
  skeg test -i app=r.io/me/app:v1        Test an image by name")]
pub struct TestArgs {
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,

    /// The result of `skeg build --file-output`; `-` reads standard input
    #[arg(short = 'a', long, value_name = "FILE", help_heading = "What to test")]
    pub build_artifacts: Option<String>,
    /// Images to test: NAME:TAG, or NAME=REFERENCE
    #[arg(short, long, value_name = "IMAGE", value_delimiter = ',', help_heading = "What to test")]
    pub images: Vec<String>,
    /// The tag of every image, instead of the one it was built with
    #[arg(short, long, value_name = "TAG", help_heading = "What to test")]
    pub tag: Option<String>,

    /// Which registry and cluster the images are for.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Flags that do nothing.
    #[command(flatten)]
    pub compatibility: CompatibilityArgs,
}

impl TestArgs {
    /// The flags that settings are made of; see [`TargetArgs::flags`].
    pub fn flags(&self, origins: &Origins) -> Flags {
        self.target.flags(&self.project, origins)
    }
}
