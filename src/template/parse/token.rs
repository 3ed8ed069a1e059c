//! A template's words (Go: `text/template/parse`, whose grammar this is).

use super::node::Place;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Outside of actions, trimmed as the markers beside it say.
    Text,
    /// `{{`, with its trim marker.
    Open,
    /// `}}`, with its trim marker.
    Close,
    Space,
    /// A name: a keyword, a function, `true`, `nil`.
    Word,
    /// `.Name`.
    Field,
    /// `$`, `$name`.
    Variable,
    Dot,
    /// `"…"`, as written.
    Quoted,
    /// `` `…` ``, as written.
    Raw,
    /// `'…'`, as written.
    Char,
    Number,
    Pipe,
    /// `=`.
    Assign,
    /// `:=`.
    Declare,
    LeftParen,
    RightParen,
    /// Any other character.
    Other,
    /// The end of the template.
    End,
}

/// A token and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// What is wrong and where.
pub(in crate::template) type Fault = (String, Place);

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The tokens of a template.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { text, at: 0, parens: 0, tokens: vec![] };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    parens: usize,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token { kind, place: self.at..self.at + length });
        self.at += length;
    }

    fn fault<T>(&self, reason: impl Into<String>, start: usize) -> Result<T, Fault> {
        let end = self.peek().map_or(self.at, |c| self.at + c.len_utf8());
        Err((reason.into(), start..end.max(start)))
    }

    fn run(&mut self) -> Result<(), Fault> {
        let mut trims = false;
        loop {
            let rest = self.rest();
            let length = rest.find("{{").unwrap_or(rest.len());
            let open = rest.get(length..).unwrap_or_default();
            let text = rest.get(..length).unwrap_or_default();
            let start = if trims { text.len() - text.trim_start_matches(SPACE).len() } else { 0 };
            let shown = text.get(start..).unwrap_or_default();
            let shown = if trims_left(open) { shown.trim_end_matches(SPACE) } else { shown };
            if !shown.is_empty() {
                let start = self.at + start;
                self.tokens.push(Token { kind: Kind::Text, place: start..start + shown.len() });
            }
            self.at += length;
            if open.is_empty() {
                self.push(Kind::End, 0);
                return Ok(());
            }
            trims = self.action()?;
        }
    }

    /// From `{{` to `}}`; gives whether what follows is trimmed.
    fn action(&mut self) -> Result<bool, Fault> {
        let start = self.at;
        let marker = if trims_left(self.rest()) { 4 } else { 2 };
        let inside = self.rest().get(marker..).unwrap_or_default();
        if let Some(comment) = inside.strip_prefix("/*") {
            let Some(length) = comment.find("*/") else { return self.fault("unclosed comment", start) };
            self.at += marker + length + 4;
            let Some((length, trims)) = closes(self.rest()) else {
                return self.fault("the comment ends before the action does", start);
            };
            self.at += length;
            return Ok(trims);
        }
        self.push(Kind::Open, marker);
        self.parens = 0;
        loop {
            if let Some((length, trims)) = closes(self.rest()) {
                if self.parens > 0 {
                    return self.fault("unclosed left parenthesis", start);
                }
                self.push(Kind::Close, length);
                return Ok(trims);
            }
            let Some(c) = self.peek() else { return self.fault("unclosed action", start) };
            self.token(c)?;
        }
    }

    fn token(&mut self, c: char) -> Result<(), Fault> {
        let at = self.at;
        match c {
            c if SPACE.contains(&c) => {
                let rest = self.rest();
                // The space before the marker of ` -}}` belongs to the marker.
                let length = (1..=rest.len()).find(|i| {
                    !rest[*i..].starts_with(SPACE) || closes(&rest[*i..]).is_some_and(|(_, trims)| trims)
                });
                self.push(Kind::Space, length.unwrap_or(1));
            }
            '=' => self.push(Kind::Assign, 1),
            ':' if self.rest().starts_with(":=") => self.push(Kind::Declare, 2),
            ':' => return self.fault("`:` stands for nothing; a variable is declared by `:=`", at),
            '|' => self.push(Kind::Pipe, 1),
            '"' => self.quoted('"', Kind::Quoted, "unterminated text: a `\"` is missing")?,
            '\'' => self.quoted('\'', Kind::Char, "unterminated character: a `'` is missing")?,
            '`' => match self.rest()[1..].find('`') {
                Some(length) => self.push(Kind::Raw, length + 2),
                None => return self.fault("unterminated text: a `` ` `` is missing", at),
            },
            '(' => {
                self.parens += 1;
                self.push(Kind::LeftParen, 1);
            }
            ')' if self.parens == 0 => return self.fault("unexpected right parenthesis", at),
            ')' => {
                self.parens -= 1;
                self.push(Kind::RightParen, 1);
            }
            '$' => self.name(1, Kind::Variable)?,
            '.' if !self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                self.name(1, Kind::Field)?;
            }
            '.' | '+' | '-' | '0'..='9' => self.number()?,
            c if is_name(c) => self.name(0, Kind::Word)?,
            c if c.is_ascii_graphic() => self.push(Kind::Other, 1),
            c => return self.fault(format!("unexpected character {c:?}"), at),
        }
        Ok(())
    }

    /// A name after `prefix` bytes; a lone `.` or `$` is a token of its own.
    fn name(&mut self, prefix: usize, kind: Kind) -> Result<(), Fault> {
        let rest = self.rest();
        let name = &rest[prefix..];
        let length = prefix + name.find(|c| !is_name(c)).unwrap_or(name.len());
        let kind = if length == 1 && kind == Kind::Field { Kind::Dot } else { kind };
        self.push(kind, length);
        let next = self.peek();
        let ends =
            next.is_none_or(|c| SPACE.contains(&c) || ".,|:)(".contains(c)) || closes(self.rest()).is_some();
        match next {
            Some(c) if !ends => self.fault(format!("unexpected character {c:?} after a name"), self.at),
            _ => Ok(()),
        }
    }

    fn quoted(&mut self, quote: char, kind: Kind, reason: &str) -> Result<(), Fault> {
        let mut chars = self.rest().char_indices().skip(1);
        loop {
            match chars.next() {
                Some((_, '\\')) if chars.clone().next().is_some_and(|(_, c)| c != '\n') => {
                    chars.next();
                }
                Some((i, c)) if c == quote => {
                    self.push(kind, i + 1);
                    return Ok(());
                }
                Some((_, c)) if c != '\n' && c != '\\' => {}
                _ => return self.fault(reason, self.at),
            }
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let mut end = usize::from(rest.starts_with(['+', '-']));
        let accept = |end: &mut usize, set: &str| {
            let taken = rest[*end..].starts_with(|c| set.contains(c));
            *end += usize::from(taken);
            taken
        };
        let run = |end: &mut usize, set: &str| while accept(end, set) {};
        let mut digits = "0123456789_";
        if accept(&mut end, "0") {
            if accept(&mut end, "xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if accept(&mut end, "oO") {
                digits = "01234567_";
            } else if accept(&mut end, "bB") {
                digits = "01_";
            }
        }
        run(&mut end, digits);
        if accept(&mut end, ".") {
            run(&mut end, digits);
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if accept(&mut end, exponent) {
            accept(&mut end, "+-");
            run(&mut end, "0123456789_");
        }
        let imaginary = accept(&mut end, "i");
        let next = rest[end..].chars().next();
        if imaginary || next.is_some_and(is_name) || matches!(next, Some('+' | '-')) {
            let start = self.at;
            self.at += end;
            let reason = if imaginary { "imaginary numbers are not offered" } else { "bad number" };
            return self.fault(reason, start);
        }
        self.push(Kind::Number, end);
        Ok(())
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// `{{- `, the marker that trims what is before the action.
fn trims_left(rest: &str) -> bool {
    rest.strip_prefix("{{-").is_some_and(|rest| rest.starts_with(SPACE))
}

/// The length of `}}` or ` -}}`, and whether what follows is trimmed.
fn closes(rest: &str) -> Option<(usize, bool)> {
    if rest.starts_with("}}") {
        return Some((2, false));
    }
    let trims = rest.starts_with(SPACE) && rest[1..].starts_with("-}}");
    trims.then_some((4, true))
}
