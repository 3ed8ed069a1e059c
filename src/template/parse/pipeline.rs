//! What stands in an action.

use super::node::{Command, Operand, Pipeline, Term};
use super::token::{Fault, Kind};
use super::{Parser, literal};
use crate::diagnostic::nearest;

impl Parser<'_> {
    /// Declarations and commands, up to and with the token that ends them.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipeline, Fault> {
        self.skip_space();
        let start = self.peek().place.start;
        let (variables, assigns) = self.declarations(context)?;
        let mut commands: Vec<Command> = vec![];
        loop {
            self.skip_space();
            let token = self.peek();
            match token.kind {
                kind if kind == end => {
                    if commands.is_empty() {
                        return Err((format!("{context} is empty"), start..token.place.end));
                    }
                    self.at += 1;
                    let end = commands.last().and_then(|c| c.words.last()).map_or(start, |w| w.place.end);
                    return Ok(Pipeline { variables, assigns, commands, place: start..end });
                }
                Kind::Word
                | Kind::Field
                | Kind::Variable
                | Kind::Dot
                | Kind::Quoted
                | Kind::Raw
                | Kind::Char
                | Kind::Number
                | Kind::LeftParen => {
                    let first = commands.is_empty();
                    let command = self.command()?;
                    if let Some(word) = command.words.first()
                        && !first
                        && is_constant(&word.term)
                    {
                        let reason = "only a function or a method takes what a pipe passes on";
                        return Err((reason.to_owned(), word.place.clone()));
                    }
                    commands.push(command);
                }
                _ => return self.unexpected(context),
            }
        }
    }

    /// `$x :=`, `$x =`, and in `range` `$i, $x :=`.
    fn declarations(&mut self, context: &str) -> Result<(Vec<String>, bool), Fault> {
        let mut names = vec![];
        while self.kind() == Kind::Variable {
            let before = self.at;
            let token = self.peek();
            let name = self.written(&token).to_owned();
            self.at += 1;
            self.skip_space();
            let next = self.peek();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    self.at += 1;
                    names.push(name);
                    let assigns = next.kind == Kind::Assign;
                    let unknown = |name: &&String| !self.variables.contains(name);
                    if assigns && let Some(name) = names.iter().find(unknown) {
                        return Err((
                            format!("variable `{name}` is not declared; `:=` does that"),
                            token.place,
                        ));
                    }
                    self.variables.extend(names.iter().cloned());
                    return Ok((names, assigns));
                }
                Kind::Other if self.written(&next) == "," && context == "`range`" && names.is_empty() => {
                    self.at += 1;
                    self.skip_space();
                    names.push(name);
                }
                Kind::Other if self.written(&next) == "," => {
                    return Err(("only `range` declares two variables".to_owned(), next.place));
                }
                _ if names.is_empty() => {
                    self.at = before;
                    break;
                }
                _ => return self.unexpected(context),
            }
        }
        if names.is_empty() { Ok((names, false)) } else { self.unexpected(context) }
    }

    /// Words up to an end, or up to and with a pipe. (Go minds no pipe at the end.)
    fn command(&mut self) -> Result<Command, Fault> {
        let mut words = vec![];
        loop {
            self.skip_space();
            words.extend(self.operand()?);
            match self.kind() {
                Kind::Space => {}
                Kind::Close | Kind::RightParen => break,
                Kind::Pipe => {
                    self.at += 1;
                    break;
                }
                _ => return self.unexpected("a command"),
            }
        }
        if words.is_empty() { self.unexpected("a command") } else { Ok(Command { words }) }
    }

    /// A term and the fields after it.
    fn operand(&mut self) -> Result<Option<Operand>, Fault> {
        let start = self.peek().place.start;
        let Some(term) = self.term()? else { return Ok(None) };
        let mut fields = vec![];
        while self.kind() == Kind::Field {
            let token = self.peek();
            fields.push(self.written(&token)[1..].to_owned());
            self.at += 1;
        }
        let end = self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(start, |t| t.place.end);
        let place = start..end;
        let term = match term {
            term if fields.is_empty() => term,
            Term::Field(names) => Term::Field([names, fields].concat()),
            Term::Variable(name, names) => Term::Variable(name, [names, fields].concat()),
            term if is_constant(&term) => {
                return Err((format!("a constant has no field `{}`", fields.concat()), place));
            }
            term => Term::Chain(Box::new(Operand { term, place: place.clone() }), fields),
        };
        Ok(Some(Operand { term, place }))
    }

    fn term(&mut self) -> Result<Option<Term>, Fault> {
        let token = self.peek();
        let written = self.written(&token);
        let at = token.place.clone();
        let fault = |reason: String| (reason, at);
        let term = match token.kind {
            Kind::Word => match written {
                "true" | "false" => Term::Bool(written == "true"),
                "nil" => Term::Nil,
                name => match self.functions.find(name) {
                    Some(function) => Term::Function(function),
                    None if self.keyword().is_some() => return self.unexpected("a command"),
                    None => {
                        let near = nearest(name, self.functions.names());
                        let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
                        return Err(fault(format!("there is no function `{name}`{near}")));
                    }
                },
            },
            Kind::Dot => Term::Dot,
            Kind::Field => Term::Field(vec![written[1..].to_owned()]),
            Kind::Variable if self.variables.iter().any(|known| known == written) => {
                Term::Variable(written.to_owned(), vec![])
            }
            Kind::Variable => return Err(fault(format!("variable `{written}` is not declared"))),
            Kind::Quoted | Kind::Raw => Term::Text(literal::text(written).map_err(fault)?),
            Kind::Char => Term::Int(literal::character(written).map_err(fault)?),
            Kind::Number => literal::number(written).map_err(fault)?,
            Kind::LeftParen => {
                self.at += 1;
                let inside = |parser: &mut Self| parser.pipeline("`(…)`", Kind::RightParen);
                return Ok(Some(Term::Pipeline(Box::new(self.deeper(inside)?))));
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(term))
    }
}

/// What takes no arguments.
const fn is_constant(term: &Term) -> bool {
    matches!(term, Term::Bool(_) | Term::Int(_) | Term::Float(_) | Term::Text(_) | Term::Nil | Term::Dot)
}
