//! `skeg options`

/// List the flags that every command takes
#[derive(Debug, clap::Args)]
pub struct OptionsArgs;
