//! A Dockerfile instruction by instruction, for those who judge how it is written.

use super::lines;
use super::steps::{self, Step};
use super::{ParseError, Wide};

/// An instruction as it is written; variables are not expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Its first line, from 1.
    pub line: usize,
    /// In upper case.
    pub keyword: &'static str,
    /// How many `FROM`s stand before it, itself counted: 0 = before the first stage.
    pub stage: usize,
    /// `--name` or `--name=value`.
    pub flags: Vec<String>,
    /// What follows the flags, lines joined, with the bodies of here-documents.
    pub text: String,
    /// What it does, for those instructions that read something or set variables.
    pub action: Action,
}

/// What an instruction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `COPY` and `ADD`: copies these from the context, or from a stage or image.
    Copy {
        /// Where from; `None` = the context.
        from: Option<String>,
        /// The sources.
        sources: Vec<String>,
        /// It has a checksum.
        checked: bool,
    },
    /// `ARG` and `ENV`: names, and values where they are given.
    Variables(Vec<(String, Option<String>)>),
    /// `RUN`: the types of what it mounts, and where.
    Run(Vec<Mount>),
    /// Anything else.
    Other,
}

/// What a `RUN` mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// `bind`, `cache`, `secret`, `ssh`, `tmpfs`.
    pub kind: String,
    /// The place in the container, where it is said.
    pub target: Option<String>,
}

/// The instructions of a Dockerfile in the order of the text.
///
/// # Errors
/// The text is no Dockerfile.
pub fn outline(text: &str) -> Result<Vec<Instruction>, ParseError> {
    let refused = |wide: Wide| ParseError { line: wide.line, reason: wide.reason };
    let file = lines::read(text).map_err(refused)?;
    let mut stage = 0;
    let mut outlined = Vec::with_capacity(file.instructions.len());
    for instruction in &file.instructions {
        stage += usize::from(instruction.keyword == "FROM");
        let step = steps::parse(instruction, file.directives.escape)
            .map_err(|reason| ParseError { line: instruction.line, reason })?;
        outlined.push(Instruction {
            line: instruction.line,
            keyword: instruction.keyword,
            stage,
            flags: instruction.flags.clone(),
            text: format!("{}{}", instruction.rest, instruction.bodies),
            action: action(step),
        });
    }
    Ok(outlined)
}

fn action(step: Step) -> Action {
    match step {
        Step::Arg(names) => Action::Variables(names),
        Step::Env(pairs) => {
            Action::Variables(pairs.into_iter().map(|(name, value)| (name, Some(value))).collect())
        }
        Step::Copy(copy) => {
            Action::Copy { from: copy.from, sources: copy.sources, checked: copy.checksum.is_some() }
        }
        Step::Run(mounts) => Action::Run(mounts.into_iter().map(mount).collect()),
        Step::Onbuild(_) | Step::Other => Action::Other,
    }
}

fn mount(mount: steps::Mount) -> Mount {
    let value = |names: &[&str]| {
        let found = mount.fields.iter().rev().find(|(key, _)| names.contains(&key.as_str()));
        found.map(|(_, value)| value.clone())
    };
    Mount {
        kind: value(&["type"]).unwrap_or_else(|| "bind".to_owned()),
        target: value(&["target", "dst", "destination"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_tell_their_stage_and_what_they_do() {
        let text = "ARG V=1\nFROM a AS b\nENV K=v L=w\nRUN --mount=type=cache,target=/c \\\n  make\nFROM b\nCOPY --from=b x y /z/\nADD --checksum=sha256:00 https://x/y /\nUSER u\n";
        let found = outline(text).unwrap();
        let short: Vec<_> = found.iter().map(|i| (i.line, i.keyword, i.stage)).collect();
        assert_eq!(
            short,
            [
                (1, "ARG", 0),
                (2, "FROM", 1),
                (3, "ENV", 1),
                (4, "RUN", 1),
                (6, "FROM", 2),
                (7, "COPY", 2),
                (8, "ADD", 2),
                (9, "USER", 2)
            ]
        );
        assert_eq!(found[0].action, Action::Variables(vec![("V".into(), Some("1".into()))]));
        let Action::Run(mounts) = &found[3].action else { panic!() };
        assert_eq!(mounts[0], Mount { kind: "cache".into(), target: Some("/c".into()) });
        let copy =
            Action::Copy { from: Some("b".into()), sources: vec!["x".into(), "y".into()], checked: false };
        assert_eq!(found[5].action, copy);
        assert!(matches!(&found[6].action, Action::Copy { checked: true, .. }));
        assert_eq!(outline("RUN x\nfoo").unwrap_err().line, 2);
    }
}
