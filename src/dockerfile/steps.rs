//! The instructions that decide what is read, with their flags and arguments taken apart.

use super::lines::{self, Instruction, is_heredoc};
use super::words::{self, Flags};

/// An instruction of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Names, and defaults as written.
    Arg(Vec<(String, Option<String>)>),
    /// Names and values as written.
    Env(Vec<(String, String)>),
    Copy(Copy),
    Run(Vec<Mount>),
    /// The instruction that stages from this one run.
    Onbuild(Instruction),
    /// Anything that reads nothing and sets no variable.
    Other,
}

/// A `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copy {
    /// `COPY` or `ADD`.
    pub(super) instruction: &'static str,
    pub(super) from: Option<String>,
    /// As written; here-documents left out.
    pub(super) sources: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) parents: bool,
    pub(super) checksum: Option<String>,
}

/// A `--mount` of a `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// Keys in lower case and values as written; `from` is not among them.
    pub(super) fields: Vec<(String, String)>,
    pub(super) from: Option<String>,
}

/// Takes an instruction apart. The error says what is not understood.
pub(super) fn parse(instruction: &Instruction, escape: char) -> Result<Step, String> {
    let Instruction { keyword, flags, rest, bodies, line } = instruction;
    match *keyword {
        "ARG" | "ENV" | "ONBUILD" if !flags.is_empty() => Err(format!("{keyword} takes no flags")),
        "ARG" => words::declarations(rest, escape).map(Step::Arg),
        "ENV" => words::assignments(rest, escape).map(Step::Env),
        "COPY" | "ADD" => copy(keyword, flags, rest).map(Step::Copy),
        "RUN" => {
            let flags = Flags::check(flags, &["network", "security"], &[], &["mount", "device"])?;
            flags.values("mount").iter().map(|value| mount(value)).collect::<Result<_, _>>().map(Step::Run)
        }
        "ONBUILD" => {
            let trigger =
                lines::read_trigger(&format!("{rest}{bodies}"), *line).map_err(|wide| wide.reason)?;
            Ok(Step::Onbuild(trigger))
        }
        _ => Ok(Step::Other),
    }
}

fn copy(instruction: &'static str, flags: &[String], rest: &str) -> Result<Copy, String> {
    let flags = match instruction {
        "ADD" => Flags::check(
            flags,
            &["chown", "chmod", "checksum"],
            &["link", "keep-git-dir", "unpack"],
            &["exclude"],
        )?,
        _ => Flags::check(flags, &["chown", "chmod", "from"], &["link", "parents"], &["exclude"])?,
    };
    let mut sources = match words::json(rest)? {
        Some(list) => list,
        None => words::fields(rest).into_iter().map(str::to_owned).collect(),
    };
    sources
        .pop()
        .filter(|_| !sources.is_empty())
        .ok_or_else(|| format!("{instruction} has no destination"))?;
    sources.retain(|source| !is_heredoc(source));
    Ok(Copy {
        instruction,
        from: flags.value("from").filter(|from| !from.is_empty()).map(str::to_owned),
        sources,
        exclude: flags.values("exclude").iter().map(|&pattern| pattern.to_owned()).collect(),
        parents: flags.on("parents"),
        checksum: flags.value("checksum").filter(|checksum| !checksum.is_empty()).map(str::to_owned),
    })
}

fn mount(value: &str) -> Result<Mount, String> {
    const KEYS: [&str; 18] = [
        "type",
        "source",
        "src",
        "target",
        "dst",
        "destination",
        "readonly",
        "ro",
        "readwrite",
        "rw",
        "required",
        "size",
        "id",
        "sharing",
        "mode",
        "uid",
        "gid",
        "env",
    ];
    if value.is_empty() || value.contains(['"', '\n']) {
        return Err("a mount is empty or quoted".to_owned());
    }
    let mut found = Mount { fields: vec![], from: None };
    for field in value.split(',') {
        let (key, value) = field.split_once('=').map_or((field, None), |(key, value)| (key, Some(value)));
        let key = key.to_ascii_lowercase();
        match value {
            Some(from) if key == "from" => {
                found.from = (!from.is_empty()).then(|| from.to_owned());
            }
            Some(value) if KEYS.contains(&key.as_str()) => found.fields.push((key, value.to_owned())),
            None if matches!(key.as_str(), "ro" | "readonly" | "rw" | "readwrite" | "required") => {}
            _ => return Err(format!("a mount has the field `{key}`, which is not known in this form")),
        }
    }
    Ok(found)
}
