//! `skeg completion`

use clap_complete::aot::{Bash, Elvish, Fish, PowerShell, Zsh, generate};

use crate::cli::{self, CompletionArgs, Shell};

/// The completion script of a shell.
pub fn run(args: &CompletionArgs) -> String {
    let mut command = cli::command();
    let mut script = Vec::new();
    match args.shell {
        Shell::Bash => generate(Bash, &mut command, "skeg", &mut script),
        Shell::Fish => generate(Fish, &mut command, "skeg", &mut script),
        Shell::Zsh => generate(Zsh, &mut command, "skeg", &mut script),
        Shell::Powershell => generate(PowerShell, &mut command, "skeg", &mut script),
        Shell::Elvish => generate(Elvish, &mut command, "skeg", &mut script),
    }
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_knows_verbs_and_flags() {
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh, Shell::Powershell, Shell::Elvish] {
            let script = run(&CompletionArgs { shell });
            for word in ["completion", "default-repo", "unset"] {
                assert!(script.contains(word), "{shell:?}: {word}");
            }
        }
    }
}
