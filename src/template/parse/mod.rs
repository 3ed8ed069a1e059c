//! Reads a template (Go: `text/template/parse`).

mod literal;
mod node;
mod pipeline;
mod token;

use std::collections::BTreeMap;

pub(super) use literal::integer;
pub(super) use node::{Branch, Command, Node, Operand, Pipeline, Place, Template, Term};
pub(super) use token::Fault;

use self::token::{Kind, Token};
use super::functions::Set;

/// Blocks and parentheses inside each other.
const DEEPEST: usize = 64;

const KEYWORDS: &[&str] =
    &["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

/// Reads a template that may use these functions.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn parse(text: &str, functions: Set) -> Result<Template, Fault> {
    let mut parser = Parser {
        text,
        tokens: token::tokens(text)?,
        at: 0,
        functions,
        variables: vec!["$".to_owned()],
        loops: 0,
        depth: 0,
        defined: BTreeMap::new(),
    };
    let (body, last) = parser.list(true)?;
    if let Last::End(place) | Last::Else(place, _) = last {
        let word = parser.text.get(place.clone()).unwrap_or_default();
        return Err((format!("unexpected `{word}`: no block is open here"), place));
    }
    Ok(Template { body, defined: parser.defined })
}

/// What ends a list of nodes.
enum Last {
    End(Place),
    /// `else`, with the keyword that follows it in the same action.
    Else(Place, Option<&'static str>),
    /// The template does.
    Nothing,
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    functions: Set,
    /// Variables that are known here.
    variables: Vec<String>,
    /// `range`s around this place.
    loops: usize,
    depth: usize,
    defined: BTreeMap<String, Vec<Node>>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token {
        let end = Token { kind: Kind::End, place: self.text.len()..self.text.len() };
        self.tokens.get(self.at).cloned().unwrap_or(end)
    }

    fn kind(&self) -> Kind {
        self.tokens.get(self.at).map_or(Kind::End, |token| token.kind)
    }

    fn written(&self, token: &Token) -> &'a str {
        self.text.get(token.place.clone()).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while self.kind() == Kind::Space {
            self.at += 1;
        }
    }

    /// The keyword that stands here.
    fn keyword(&self) -> Option<&'static str> {
        let token = self.peek();
        let word = if token.kind == Kind::Word { self.written(&token) } else { "" };
        KEYWORDS.iter().copied().find(|keyword| *keyword == word)
    }

    fn unexpected<T>(&self, context: &str) -> Result<T, Fault> {
        let token = self.peek();
        let what = match token.kind {
            Kind::End => "end of the template".to_owned(),
            Kind::Close => "end of the action".to_owned(),
            _ => format!("`{}`", self.written(&token)),
        };
        Err((format!("unexpected {what} in {context}"), token.place))
    }

    fn close(&mut self, context: &str) -> Result<(), Fault> {
        self.skip_space();
        if self.kind() != Kind::Close {
            return self.unexpected(context);
        }
        self.at += 1;
        Ok(())
    }

    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == DEEPEST {
            return Err((format!("nested more than {DEEPEST} levels deep"), self.peek().place));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    /// Nodes up to `end`, `else` or the end of the template; `define` stands outside of all blocks only.
    fn list(&mut self, outermost: bool) -> Result<(Vec<Node>, Last), Fault> {
        let mut nodes = vec![];
        loop {
            let token = self.peek();
            self.at += 1;
            match token.kind {
                Kind::End => return Ok((nodes, Last::Nothing)),
                Kind::Text => nodes.push(Node::Text(self.written(&token).to_owned())),
                _ => {
                    self.skip_space();
                    let Some(keyword) = self.keyword() else {
                        nodes.push(Node::Action(self.pipeline("an action", Kind::Close)?));
                        continue;
                    };
                    let place = self.peek().place;
                    self.at += 1;
                    match keyword {
                        "end" => {
                            self.close("`end`")?;
                            return Ok((nodes, Last::End(place)));
                        }
                        "else" => return Ok((nodes, self.after_else(place)?)),
                        "define" if outermost => self.define(&place)?,
                        "define" => return Err(("`define` stands outside of all blocks".to_owned(), place)),
                        "template" => nodes.push(self.call(place)?),
                        "break" | "continue" => nodes.push(self.jump(keyword, place)?),
                        "block" => nodes.push(self.deeper(|parser| parser.block(place))?),
                        _ => nodes.push(self.deeper(|parser| parser.control(keyword, &place))?),
                    }
                }
            }
        }
    }

    fn after_else(&mut self, place: Place) -> Result<Last, Fault> {
        self.skip_space();
        let follows = self.keyword().filter(|keyword| matches!(*keyword, "if" | "with"));
        match follows {
            Some(_) => self.at += 1,
            None => self.close("`else`")?,
        }
        Ok(Last::Else(place, follows))
    }

    fn jump(&mut self, keyword: &str, place: Place) -> Result<Node, Fault> {
        self.close(&format!("`{keyword}`"))?;
        if self.loops == 0 {
            return Err((format!("`{keyword}` stands in no `range`"), place));
        }
        Ok(if keyword == "break" { Node::Break } else { Node::Continue })
    }

    fn define(&mut self, start: &Place) -> Result<(), Fault> {
        let name = self.template_name("`define`")?;
        self.close("`define`")?;
        self.definition("define", start, name)
    }

    /// The body of a template of its own, up to its `end`.
    fn definition(&mut self, keyword: &str, start: &Place, name: String) -> Result<(), Fault> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let loops = std::mem::take(&mut self.loops);
        let (body, last) = self.list(false)?;
        (self.variables, self.loops) = (variables, loops);
        ended(keyword, start, last)?;
        if self.defined.get(&name).is_none_or(|known| is_blank(known)) {
            self.defined.insert(name, body);
        } else if !is_blank(&body) {
            return Err((format!("template `{name}` is defined twice"), start.clone()));
        }
        Ok(())
    }

    fn template_name(&mut self, context: &str) -> Result<String, Fault> {
        self.skip_space();
        let token = self.peek();
        if !matches!(token.kind, Kind::Quoted | Kind::Raw) {
            return self.unexpected(context);
        }
        self.at += 1;
        literal::text(self.written(&token)).map_err(|reason| (reason, token.place))
    }

    fn call(&mut self, place: Place) -> Result<Node, Fault> {
        let name = self.template_name("`template`")?;
        self.skip_space();
        let dot = match self.kind() {
            Kind::Close => {
                self.at += 1;
                None
            }
            _ => Some(self.pipeline("`template`", Kind::Close)?),
        };
        Ok(Node::Call { name, dot, place })
    }

    fn block(&mut self, place: Place) -> Result<Node, Fault> {
        let name = self.template_name("`block`")?;
        let dot = Some(self.pipeline("`block`", Kind::Close)?);
        self.definition("block", &place, name.clone())?;
        Ok(Node::Call { name, dot, place })
    }

    /// `if`, `with`, `range`.
    fn control(&mut self, keyword: &'static str, start: &Place) -> Result<Node, Fault> {
        let known = self.variables.len();
        let is_range = keyword == "range";
        let context = format!("`{keyword}`");
        let mut branches = vec![];
        let mut otherwise = vec![];
        loop {
            let when = self.pipeline(&context, Kind::Close)?;
            self.loops += usize::from(is_range);
            let (then, last) = self.list(false)?;
            self.loops -= usize::from(is_range);
            branches.push(Branch { when, then });
            match last {
                Last::Else(_, Some(again)) if again == keyword => continue,
                Last::Else(place, Some(again)) => {
                    return Err((format!("unexpected `{again}` in `else` of `{keyword}`"), place));
                }
                Last::Else(_, None) => {
                    let (nodes, last) = self.list(false)?;
                    otherwise = nodes;
                    ended(keyword, start, last)?;
                }
                last => ended(keyword, start, last)?,
            }
            break;
        }
        self.variables.truncate(known);
        let over = if is_range { branches.pop() } else { None };
        Ok(match over {
            Some(over) => Node::Range { over, otherwise },
            None if keyword == "with" => Node::With { branches, otherwise },
            None => Node::If { branches, otherwise },
        })
    }
}

/// A block ends by `end`.
fn ended(keyword: &str, start: &Place, last: Last) -> Result<(), Fault> {
    match last {
        Last::End(_) => Ok(()),
        Last::Else(place, _) => Err((format!("unexpected `else` in `{keyword}`"), place)),
        Last::Nothing => Err((format!("`{keyword}` has no `{{{{end}}}}`"), start.clone())),
    }
}

/// Nothing but space.
fn is_blank(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}
