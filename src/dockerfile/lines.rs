//! From text to instructions: directives, continued lines, comments, here-documents (BuildKit:
//! `frontend/dockerfile/parser`).

use super::analysis::Wide;
use super::expand::{self, Pieces};
use super::words;

/// Every instruction BuildKit knows.
const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// What the comments at the top say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directives {
    /// What escapes, and continues lines: `\` or a backquote.
    pub(super) escape: char,
    /// The image of the frontend and its line.
    pub(super) syntax: Option<(String, usize)>,
}

/// A Dockerfile in instructions.
#[derive(Debug)]
pub(super) struct File {
    pub(super) directives: Directives,
    pub(super) instructions: Vec<Instruction>,
}

/// An instruction, its lines joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Its first line, from 1.
    pub(super) line: usize,
    /// In upper case.
    pub(super) keyword: &'static str,
    /// `--name` or `--name=value`, quotes removed.
    pub(super) flags: Vec<String>,
    /// What follows the flags.
    pub(super) rest: String,
    /// The bodies of its here-documents with their last lines, each after a line break.
    pub(super) bodies: String,
}

/// Reads a text. The error says why BuildKit refuses it, or why it may read it in another way.
pub(super) fn read(text: &str) -> Result<File, Wide> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let directives = directives(text)?;
    let instructions = instructions(text, directives.escape)?;
    Ok(File { directives, instructions })
}

/// Reads the trigger of an `ONBUILD`: one instruction. Directives have no meaning there.
pub(super) fn read_trigger(text: &str, line: usize) -> Result<Instruction, Wide> {
    let refused = |reason: String| Wide { reason: format!("a trigger of ONBUILD: {reason}"), line };
    let mut found = instructions(text, '\\').map_err(|wide| refused(wide.reason))?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) if !matches!(one.keyword, "ONBUILD" | "FROM" | "MAINTAINER") => {
            Ok(Instruction { line, ..one })
        }
        _ => Err(refused("it is not one instruction that may be a trigger".to_owned())),
    }
}

fn directives(text: &str) -> Result<Directives, Wide> {
    let mut found = Directives { escape: '\\', syntax: None };
    if text.starts_with("#!") {
        // BuildKit's two readers of directives disagree on whether they come after this line.
        return Err(Wide { reason: "it begins with `#!`".to_owned(), line: 1 });
    }
    let space = [' ', '\t', '\r', '\n', '\x0c'];
    let mut seen: Vec<String> = vec![];
    for (index, raw) in text.split('\n').enumerate() {
        let refuse = |reason: String| Err(Wide { reason, line: index + 1 });
        let trimmed = raw.trim_start();
        let Some((key, value)) = trimmed.strip_prefix('#').and_then(|body| body.split_once('=')) else {
            break;
        };
        let key = key.trim_start().trim_end_matches(space).to_ascii_lowercase();
        if !["syntax", "escape", "check"].contains(&key.as_str()) || value.is_empty() {
            break;
        }
        if trimmed.len() != raw.len() {
            return refuse(format!("the directive `{key}` is indented"));
        }
        if seen.contains(&key) {
            return refuse(format!("the directive `{key}` is given twice"));
        }
        match (key.as_str(), value.trim_matches(space)) {
            (_, "") => return refuse(format!("the directive `{key}` has no value")),
            ("escape", "\\") => found.escape = '\\',
            ("escape", "`") => found.escape = '`',
            ("escape", _) => {
                return refuse("the escape character is neither `\\` nor a backquote".to_owned());
            }
            ("syntax", value) => {
                let image = value.split(' ').next().unwrap_or_default();
                found.syntax = Some((image.to_owned(), index + 1));
            }
            _ => {}
        }
        seen.push(key);
    }
    Ok(found)
}

fn instructions(text: &str, escape: char) -> Result<Vec<Instruction>, Wide> {
    let mut found = vec![];
    let mut lines = text.split_inclusive('\n').zip(1..);
    while let Some((raw, line)) = lines.next() {
        let first = end(raw).trim_start();
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let (part, mut goes_on) = continued(first, escape);
        let mut joined = part.to_owned();
        while goes_on {
            let Some((raw, _)) = lines.next() else { break };
            let next = end(raw);
            // Comments and empty lines between the lines of an instruction are no part of it.
            if next.trim_start().is_empty() || next.trim_start().starts_with('#') {
                continue;
            }
            let (part, again) = continued(next, escape);
            joined.push_str(part);
            goes_on = again;
        }
        let refuse = |reason: String| Wide { reason, line };
        let (keyword, arguments) = words::split_keyword(&joined);
        let keyword = known(keyword).ok_or_else(|| refuse(format!("`{keyword}` is no instruction")))?;
        let (flags, rest) = words::flags(arguments).map_err(refuse)?;
        let mut bodies = String::new();
        if takes_heredocs(keyword, &rest).map_err(refuse)? {
            for heredoc in heredocs(&joined).map_err(refuse)? {
                bodies.push('\n');
                loop {
                    let Some((raw, _)) = lines.next() else {
                        return Err(refuse(format!("the here-document {} has no end", heredoc.name)));
                    };
                    let last = if heredoc.tabs { end(raw).trim_start_matches('\t') } else { end(raw) };
                    if last == heredoc.name {
                        bodies.push_str(&heredoc.name);
                        break;
                    }
                    bodies.push_str(raw);
                }
            }
        }
        found.push(Instruction { line, keyword, flags, rest, bodies });
    }
    Ok(found)
}

fn known(keyword: &str) -> Option<&'static str> {
    KEYWORDS.into_iter().find(|known| known.eq_ignore_ascii_case(keyword))
}

fn end(raw: &str) -> &str {
    raw.trim_end_matches(['\r', '\n'])
}

/// A line without the escape character that continues it, and whether it had one. Two are an escaped one.
fn continued(line: &str, escape: char) -> (&str, bool) {
    match line.trim_end_matches([' ', '\t']).strip_suffix(escape) {
        Some(before) if !before.ends_with(escape) => (before, true),
        _ => (line, false),
    }
}

fn takes_heredocs(keyword: &str, rest: &str) -> Result<bool, String> {
    match keyword {
        "ADD" | "COPY" | "RUN" => Ok(words::json(rest)?.is_none()),
        "ONBUILD" => {
            let (inner, arguments) = words::split_keyword(rest);
            match known(inner) {
                None | Some("ONBUILD") => Ok(false),
                Some(inner) => takes_heredocs(inner, &words::flags(arguments)?.1),
            }
        }
        _ => Ok(false),
    }
}

struct Heredoc {
    name: String,
    /// Whether tabs before its last line are allowed (`<<-`).
    tabs: bool,
}

fn heredocs(line: &str) -> Result<Vec<Heredoc>, String> {
    // A line that is not well quoted has none: its quotes are the shell's business.
    let pieces = expand::pieces(line, Pieces::Raw).unwrap_or_default();
    pieces.iter().filter_map(|word| heredoc(word).transpose()).collect()
}

/// Whether a source of `COPY` or `ADD` is a here-document.
pub(super) fn is_heredoc(word: &str) -> bool {
    matches!(heredoc(word), Ok(Some(_)))
}

fn heredoc(word: &str) -> Result<Option<Heredoc>, String> {
    let Some(rest) = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<") else {
        return Ok(None);
    };
    let (rest, tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let mut names = expand::pieces(rest, Pieces::Unquoted)?;
    match (names.pop(), names.is_empty()) {
        (Some(name), true) => Ok(Some(Heredoc { name, tabs })),
        _ => Ok(None),
    }
}
