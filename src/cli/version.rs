//! `skeg version`

/// Print the version
#[derive(Debug, clap::Args)]
pub struct VersionArgs {
    /// Go template; the fields are Version, ConfigVersion and Platform
    #[arg(short, long, value_name = "TEMPLATE", default_value = "{{.Version}}\n", hide_default_value = true)]
    pub output: String,
}
