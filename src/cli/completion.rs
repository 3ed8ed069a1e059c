//! `skeg completion`

use clap::ValueEnum;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  source <(skeg completion bash)                                  This shell only
  skeg completion zsh > \"${fpath[1]}/_skeg\"                       Every zsh
  skeg completion powershell | Out-String | Invoke-Expression     This PowerShell only
  skeg completion fish > ~/.config/fish/completions/skeg.fish     Every fish")]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Shells there are scripts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// fish
    Fish,
    /// zsh
    Zsh,
    /// PowerShell
    Powershell,
    /// Elvish
    Elvish,
}
