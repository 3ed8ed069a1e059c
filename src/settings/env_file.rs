//! `skaffold.env`: variables laid under the process's own, in the format of Go's godotenv, which Skaffold reads it
//! with (`cmd.go`).

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::env::Environment;
use crate::diagnostic::{Excerpt, Report, Result};

/// The file in the working folder.
const NAME: &str = "skaffold.env";

impl Environment {
    /// Lays the variables of the working folder's `skaffold.env` under those already set and remembers their names.
    /// No file: nothing happens.
    ///
    /// Errors: the file cannot be read, or a line is neither blank, comment nor `KEY=VALUE`.
    pub fn load_env_file(&mut self) -> Result<()> {
        let path = self.cwd.join(NAME);
        let text = match fs_err::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(Box::new(Report::config(format!("{NAME} cannot be read")).cause(error)));
            }
        };
        for (name, value) in parse(&text)? {
            if !self.vars.contains_key(&name) {
                self.from_env_file.insert(name.clone());
                self.vars.insert(name, value);
            }
        }
        Ok(())
    }
}

/// The variables of the text; the last of equal names wins.
fn parse(text: &str) -> Result<BTreeMap<String, String>> {
    let text = text.replace("\r\n", "\n");
    let mut reader = Reader { text: text.trim_start_matches('\u{feff}'), at: 0, vars: BTreeMap::new() };
    while reader.skip_blank() {
        let name = reader.name()?;
        let value = reader.value()?;
        reader.vars.insert(name, value);
    }
    Ok(reader.vars)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    vars: BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes to the next line that says something; `false` at the end.
    fn skip_blank(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return !trimmed.is_empty();
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    /// Reads up to and with the `=` (or `:`), and the blanks after it.
    fn name(&mut self) -> Result<String> {
        let blank = |c: char| c.is_whitespace() && c != '\n';
        if let Some(after) = self.rest().strip_prefix("export").filter(|after| after.starts_with(blank)) {
            self.at = self.text.len() - after.trim_start_matches(blank).len();
        }
        let rest = self.rest();
        let line = self.at..self.at + rest.find('\n').unwrap_or(rest.len());
        let end = rest.find(['=', ':', '\n']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        if !rest[end..].starts_with(['=', ':']) {
            return Err(self.error("this line sets no variable", line, "expected KEY=VALUE"));
        }
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return Err(self.error(
                "this is no name of a variable",
                line,
                "letters, digits, `_` and `.` only",
            ));
        }
        self.at += end + 1;
        self.at += self.rest().len() - self.rest().trim_start_matches(blank).len();
        Ok(name.to_owned())
    }

    fn value(&mut self) -> Result<String> {
        let rest = self.rest();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
            self.at += line.len();
            // A `#` begins a comment only after a blank.
            let comment = line
                .char_indices()
                .find(|&(at, c)| c == '#' && line[..at].chars().next_back().is_some_and(char::is_whitespace));
            let value = comment.map_or(line, |(at, _)| &line[..at]);
            return Ok(self.expand(value.trim()));
        };
        // Quoted values may go over lines; a backslash before the quote keeps it.
        let mut previous = quote;
        for (at, c) in rest.char_indices().skip(1) {
            if c == quote && previous != '\\' {
                let inner = &rest[1..at];
                let opened = self.at;
                self.at += at + 1;
                let after = self.rest();
                let after = &after[..after.find('\n').unwrap_or(after.len())];
                if !after.trim().is_empty() && !after.trim_start().starts_with('#') {
                    let span = opened..self.at + after.len();
                    return Err(self.error("text after a quoted value", span, "quote the whole value"));
                }
                self.at += after.len();
                return Ok(if quote == '"' { self.expand(&unescape(inner)) } else { inner.to_owned() });
            }
            previous = c;
        }
        let line = self.at..self.at + rest.find('\n').unwrap_or(rest.len());
        Err(self.error("this quote is never closed", line, "opened here"))
    }

    /// Puts the values of variables that stand further up in the file for `$NAME` and `${NAME}`; unknown ones are
    /// empty, `\$` is a dollar sign.
    fn expand(&self, value: &str) -> String {
        let mut out = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = rest.find('$') {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            if let Some(before) = before.strip_suffix('\\') {
                out.push_str(before);
                out.push('$');
                rest = after;
                continue;
            }
            out.push_str(before);
            let braced = after.strip_prefix('{');
            let name_at = braced.unwrap_or(after);
            let length = name_at
                .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
                .unwrap_or(name_at.len());
            if length == 0 {
                out.push('$');
                rest = after;
                continue;
            }
            out.push_str(self.vars.get(&name_at[..length]).map_or("", String::as_str));
            rest = &name_at[length..];
            if braced.is_some() {
                rest = rest.strip_prefix('}').unwrap_or(rest);
            }
        }
        out.push_str(rest);
        out
    }

    /// The excerpt shows the name of a variable, never its value: that may be a secret.
    fn error(&self, title: &str, span: Range<usize>, label: &str) -> Box<Report> {
        let line = self.text[..span.start.min(self.text.len())].matches('\n').count() + 1;
        let redacted: String = self
            .text
            .split_inclusive('\n')
            .map(|line| match line.find('=') {
                Some(at) if line[at + 1..].trim().len() > 1 => {
                    let end = if line.ends_with('\n') { "…\n" } else { "…" };
                    format!("{}{end}", &line[..=at])
                }
                _ => line.to_owned(),
            })
            .collect();
        let start: usize = redacted.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let length = redacted[start..].find('\n').unwrap_or(redacted.len() - start);
        Box::new(Report::config(format!("{NAME}: {title}")).at(Excerpt {
            path: Path::new(NAME).to_owned(),
            text: Arc::from(redacted),
            span: start..start + length,
            label: label.to_owned(),
        }))
    }
}

/// `\n` and `\r` are line ends, any other character after a backslash is itself; `\$` waits for [`Reader::expand`].
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('$') => out.push_str("\\$"),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_godotenv_does() {
        for (line, name, value) in [
            ("A=b", "A", "b"),
            ("A = b ", "A", "b"),
            ("export A=b", "A", "b"),
            ("exported=b", "exported", "b"),
            ("A: b", "A", "b"),
            ("A=", "A", ""),
            ("A=b # why", "A", "b"),
            ("A=b#c", "A", "b#c"),
            ("A= # only a comment", "A", "# only a comment"),
            ("A=\"b # c\" # why", "A", "b # c"),
            ("A='b $X \\n'", "A", "b $X \\n"),
            ("A=\"b\\nc\\\"d\"", "A", "b\nc\"d"),
            ("A='two\nlines'", "A", "two\nlines"),
            ("X=1\nA=${X}2$X", "A", "121"),
            ("X=1\nA=\"$X-$NONE-\\$X\"", "A", "1--$X"),
            ("A=$(date) $5x $", "A", "$(date) x $"),
            ("A=http://h:80/?a=b", "A", "http://h:80/?a=b"),
            ("\u{feff}A=b\r\nB=c\r\n", "A", "b"),
            ("# c\n\n  A=1\nA=2\n", "A", "2"),
            ("a.b=1", "a.b", "1"),
        ] {
            assert_eq!(parse(line).unwrap().get(name).map(String::as_str), Some(value), "{line:?}");
        }
    }

    #[test]
    fn a_broken_line_is_named_and_no_value_is_shown() {
        for (text, line) in [
            ("TOKEN=secret\nnonsense\n", 2),
            ("TOKEN=secret\nA-B=secret\n", 2),
            ("\nTOKEN='secret\n", 2),
            ("TOKEN=\"secret\" secret\n", 1),
            ("TOKEN=secret\n\n=x\n", 3),
        ] {
            let report = parse(text).unwrap_err();
            assert_eq!(report.excerpts[0].line_column().0, line, "{text:?}");
            assert!(!format!("{report:?}").contains("secret"), "{report:?}");
        }
    }

    #[test]
    fn the_process_environment_wins_and_names_are_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let mut env = Environment { cwd: folder.path().to_owned(), ..Environment::default() };
        env.load_env_file().unwrap();
        assert!(env.vars.is_empty());
        fs_err::write(folder.path().join(NAME), "A=file\nB=file\nEMPTY=file\n").unwrap();
        env.vars.insert("A".into(), "process".into());
        env.vars.insert("EMPTY".into(), String::new());
        env.load_env_file().unwrap();
        assert_eq!((env.get("A"), env.get("B"), env.get("EMPTY")), (Some("process"), Some("file"), None));
        assert_eq!(env.from_env_file.iter().collect::<Vec<_>>(), ["B"]);
    }
}
