//! `skeg options`

use crate::cli;

/// The flags that every command takes, with their defaults.
pub fn run() -> String {
    let command = cli::command();
    let mut rows = vec![];
    for arg in command.get_arguments().filter(|arg| arg.is_global_set() && !arg.is_hide_set()) {
        let Some(long) = arg.get_long() else { continue };
        let short = arg.get_short().map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
        let value = arg.get_value_names().and_then(<[_]>::first).map(|name| format!(" {name}"));
        let default = arg.get_default_values().first().and_then(|value| value.to_str());
        let default = default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        rows.push((format!("  {short}--{long}{}", value.unwrap_or_default()), format!("{help}{default}")));
    }
    let width = rows.iter().map(|(flag, _)| flag.len()).max().unwrap_or_default();
    let lines = rows.iter().map(|(flag, help)| format!("{flag:width$}  {help}\n"));
    format!("Every command takes these flags:\n\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_flags_of_every_command_are_listed_and_no_others() {
        let text = super::run();
        for flag in ["-v, --verbosity LEVEL", "--color WHEN", "--timestamps", "[default: warning]"] {
            assert!(text.contains(flag), "{flag}: {text}");
        }
        assert!(!text.contains("--default-repo") && !text.contains("--update-check"), "{text}");
    }
}
