//! Answers of several platforms as one, and small questions about a text.

use super::{Analysis, lines, stages, words};

impl Analysis {
    /// Adds what another platform reads. When one of the two is not certain, the whole is not.
    pub fn merge(&mut self, other: Self) {
        fn add<T: PartialEq>(own: &mut Vec<T>, other: Vec<T>) {
            for item in other {
                if !own.contains(&item) {
                    own.push(item);
                }
            }
        }
        add(&mut self.reads, other.reads);
        add(&mut self.bases, other.bases);
        add(&mut self.volatile, other.volatile);
        add(&mut self.stages, other.stages);
        self.wide = self.wide.take().or(other.wide);
        self.secrets.extend(other.secrets);
        self.ssh.extend(other.ssh);
        self.args.extend(other.args);
        self.syntax = self.syntax.take().or(other.syntax);
    }
}

/// Whether a stage (and not only what stands before the first one) declares an argument of this name. A text that cannot
/// be read may.
pub fn declares_in_stage(text: &str, name: &str) -> bool {
    let Ok(file) = lines::read(text) else { return true };
    let mut in_stage = false;
    for instruction in &file.instructions {
        match instruction.keyword {
            "FROM" => in_stage = true,
            "ARG" | "ONBUILD" if in_stage => {
                let declared = words::declarations(&instruction.rest, file.directives.escape);
                if instruction.keyword == "ONBUILD"
                    || declared.is_ok_and(|d| d.iter().any(|(n, _)| n == name))
                {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// Whether images of this Dockerfile may carry ONBUILD triggers. A text that cannot be read may.
pub fn has_triggers(text: &str) -> bool {
    let triggers = |file: &lines::File| file.instructions.iter().any(|i| i.keyword == "ONBUILD");
    lines::read(text).map_or(true, |file| triggers(&file) || stages::split(&file).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_stages_are_told_from_those_before() {
        let text = "ARG BASE\nFROM $BASE\nARG OTHER\nRUN true\n";
        assert!(!declares_in_stage(text, "BASE"));
        assert!(declares_in_stage(text, "OTHER"));
        assert!(declares_in_stage("ARG BASE\nFROM $BASE\narg A \\\n BASE=1\n", "BASE"));
        assert!(declares_in_stage("no Dockerfile", "BASE"));
    }

    #[test]
    fn triggers() {
        assert!(has_triggers("FROM x\nonbuild COPY . .\n"));
        assert!(!has_triggers("FROM x\nCOPY . .\n"));
    }
}
