//! What a Dockerfile declares, and what a build of it reads. Pure: nothing is built, nothing is asked.
//!
//! The text is read as BuildKit reads it (`frontend/dockerfile`), by the line, with continued lines, here-documents and
//! flags; `analysis` holds question and answer, `walk` goes through the stages that the target reaches.

mod analysis;
mod expand;
mod lines;
mod outline;
mod pattern;
mod reads;
mod remote;
mod scope;
mod stages;
mod steps;
#[cfg(test)]
mod tests;
mod union;
mod walk;
mod words;

pub use analysis::{Analysis, Base, ContextKind, Options, Read, Volatile, Wide, analyze};
pub use outline::{Action, Instruction, Mount, outline};
pub use union::{declares_in_stage, has_triggers};

/// Why a Dockerfile cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ParseError {
    /// From 1.
    pub line: usize,
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
        let refused = |wide: Wide| ParseError { line: wide.line, reason: wide.reason };
        let file = lines::read(text).map_err(refused)?;
        let (_, stages) = stages::split(&file).map_err(refused)?;
        let mut args = vec![];
        for instruction in file.instructions.iter().filter(|instruction| instruction.keyword == "ARG") {
            let declared = words::declarations(&instruction.rest, file.directives.escape);
            let declared = declared.map_err(|reason| ParseError { line: instruction.line, reason })?;
            args.extend(declared.into_iter().map(|(name, _)| name));
        }
        Ok(Self { args, stages: stages.into_iter().filter_map(|stage| stage.name).collect() })
    }

    /// Whether an `ARG` of this name stands before the first stage or in any stage.
    pub fn declares_arg(&self, name: &str) -> bool {
        self.args.iter().any(|arg| arg == name)
    }

    /// The names of the stages that have one, in lower case, in the order of the file.
    pub fn stages(&self) -> &[String] {
        &self.stages
    }
}
