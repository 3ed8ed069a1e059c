//! `skeg diagnose`

use clap::ArgAction;

use super::compat::IdleArgs;
use super::project::nillable;
use super::{Origins, ProjectArgs, TargetArgs};
use crate::settings::Flags;

/// Show what skeg makes of a project: its configs as they are in force, and what its builds read
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skeg diagnose                       What builds what, from how many files, and what would be slow
  skeg diagnose --yaml-only -p prod   The configs as they are in force with profile prod
  skeg diagnose --yaml-only -o all.yaml

Nothing is built, and no builder, daemon, registry or cluster is asked.")]
pub struct DiagnoseArgs {
    /// Only print the configs, with profiles and defaults applied
    #[arg(long, action = ArgAction::Set, default_value_t = false)]
    pub yaml_only: bool,
    /// Fill in the templates of the printed configs
    #[arg(long, action = ArgAction::Set, default_value_t = false)]
    pub enable_templating: bool,
    /// Where to write the configs, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Builder: buildx instance, docker context, address, `none` or `classic`
    #[arg(long, value_name = "BUILDER", help_heading = "How to build")]
    pub builder: Option<String>,
    /// Which project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Which registry and cluster the images are for.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Flags that do nothing.
    #[command(flatten)]
    pub idle: IdleArgs,
}

impl DiagnoseArgs {
    /// The flags that settings are made of, each with its origin.
    pub fn flags(&self, origins: &Origins) -> Flags {
        Flags {
            builder: nillable(origins, "builder", self.builder.as_ref()),
            ..self.target.flags(&self.project, origins)
        }
    }
}
