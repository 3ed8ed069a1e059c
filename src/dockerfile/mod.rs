//! What a Dockerfile declares, without building it.

use parse_dockerfile::Instruction;

/// Why a Dockerfile cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

/// What a Dockerfile declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    args: Vec<String>,
    stages: Vec<String>,
}

impl Dockerfile {
    /// Reads a Dockerfile's text.
    ///
    /// # Errors
    /// The text is no Dockerfile.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let file = parse_dockerfile::parse(text).map_err(|error| ParseError {
            line: error.line(),
            column: error.column(),
            reason: error.to_string(),
        })?;
        let (mut args, mut stages) = (vec![], vec![]);
        for instruction in &file.instructions {
            match instruction {
                Instruction::Arg(arg) => args.extend(declared(&arg.arguments.value)),
                Instruction::From(from) => {
                    stages.extend(from.as_.as_ref().map(|(_, name)| name.value.to_string()));
                }
                _ => {}
            }
        }
        Ok(Self { args, stages })
    }

    /// Whether an `ARG` of this name stands before the first stage or in any stage.
    pub fn declares_arg(&self, name: &str) -> bool {
        self.args.iter().any(|arg| arg == name)
    }

    /// The names of the stages that have one, in the order of the file.
    pub fn stages(&self) -> &[String] {
        &self.stages
    }
}

/// The names of an `ARG` instruction, which may declare several: `A B=1 C="x y"`. Space inside of quotes separates
/// nothing; names never hold quotes.
fn declared(arguments: &str) -> Vec<String> {
    let mut names = vec![];
    let mut quote = None;
    let mut escaped = false;
    let mut word = String::new();
    for c in arguments.chars().chain([' ']) {
        match quote {
            _ if escaped => escaped = false,
            _ if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => {
                let name = word.split('=').next().unwrap_or_default();
                if !name.is_empty() {
                    names.push(name.to_owned());
                }
                word.clear();
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn args_of_all_stages_and_their_names() {
        let file = Dockerfile::parse(
            "# syntax=docker/dockerfile:1\nARG BASE=alpine\nFROM ${BASE} AS build\n\
             arg MODE=x OTHER=\"a B=1 c\" \\\n  # a comment\n  LAST\nRUN <<EOF\nARG NOT_THIS\nEOF\n\
             FROM --platform=linux/amd64 scratch\nARG SKAFFOLD_RUN_MODE\nFROM build as final\n",
        )
        .unwrap();
        for name in ["BASE", "MODE", "OTHER", "LAST", "SKAFFOLD_RUN_MODE"] {
            assert!(file.declares_arg(name), "{name}: {file:?}");
        }
        for name in ["NOT_THIS", "B", "x", "", "mode"] {
            assert!(!file.declares_arg(name), "{name}: {file:?}");
        }
        assert_eq!(file.stages(), ["build", "final"]);
    }

    #[test]
    fn what_is_no_dockerfile() {
        let error = Dockerfile::parse("FROM alpine\nRUNN x\n").unwrap_err();
        assert_eq!(error.line, 2, "{error}");
    }
}
