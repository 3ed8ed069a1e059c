//! `skeg why`

use super::cache::Format;
use super::{DefinitionArgs, Origins, ProjectArgs, TargetArgs};
use crate::settings::Flags;

/// Say why an image would be built: everything that is different from its last build
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skeg why app                  Which files, arguments, bases, … changed since app was built
  skeg why app -o json          The same, for programs
  skeg why app --offline        Without asking whether base images moved

Give the flags that were given to `skeg build`: they decide the image too.")]
pub struct WhyArgs {
    /// The image, by its name in the project file
    #[arg(value_name = "IMAGE")]
    pub image: String,
    /// How to print
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub output: Format,
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// What decides the images.
    #[command(flatten)]
    pub definition: DefinitionArgs,
    /// Which registry and cluster the images are for.
    #[command(flatten)]
    pub target: TargetArgs,
}

impl WhyArgs {
    /// The flags that settings are made of, each with its origin.
    pub fn flags(&self, origins: &Origins) -> Flags {
        self.definition.flags(origins, self.target.flags(&self.project, origins))
    }
}
