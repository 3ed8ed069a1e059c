//! Carries a template out (Go: `text/template`, `exec.go`).

mod command;

use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;

use super::context::Context;
use super::fmt;
use super::functions::Wrong;
use super::functions::call::{LONGEST, too_long};
use super::parse::{Branch, Node, Pipeline, Place, Template};
use super::value::{Value, Whole};

/// Blocks, parentheses and templates inside each other.
const DEEPEST: usize = 200;
/// What a template may do: an action, an item, or 64 bytes of text are a step.
const STEPS: usize = 500_000;

/// Why a template was not carried out to its end, and where.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) wrong: Wrong,
    pub(super) place: Place,
}

/// A template that was carried out.
pub(super) struct Done {
    pub(super) text: String,
    /// The first value that was not there and was printed: its name, where it has one, and where.
    pub(super) missing: Option<(Option<Rc<str>>, Place)>,
}

/// What comes after a node.
enum Flow {
    On,
    Break,
    Continue,
}

/// A run of a template.
pub(super) struct Run<'r> {
    template: &'r Template,
    /// Variables of the environment, and the time.
    pub(super) context: &'r Context,
    /// Patterns that were used.
    pub(super) patterns: HashMap<String, Regex>,
    text: String,
    missing: Option<(Option<Rc<str>>, Place)>,
    /// `$`, `$x` and their values; the last of a name counts.
    variables: Vec<(&'r str, Value)>,
    /// Where the variables of this template begin: it sees no others.
    floor: usize,
    depth: usize,
    steps: usize,
}

/// Carries a template out, with `dot` as `.` and `$`.
///
/// # Errors
/// What went wrong.
pub(super) fn run(template: &Template, context: &Context, dot: &Value) -> Result<Done, Failure> {
    let mut run = Run {
        template,
        context,
        patterns: HashMap::new(),
        text: String::new(),
        missing: None,
        variables: vec![("$", dot.clone())],
        floor: 0,
        depth: 0,
        steps: 0,
    };
    run.list(&template.body, dot)?;
    Ok(Done { text: run.text, missing: run.missing })
}

impl<'r> Run<'r> {
    /// Counts steps.
    ///
    /// # Errors
    /// There were too many.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Wrong> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > STEPS { Err("the template does too much".into()) } else { Ok(()) }
    }

    fn at<T>(result: Result<T, Wrong>, place: &Place) -> Result<T, Failure> {
        result.map_err(|wrong| Failure { wrong, place: place.clone() })
    }

    fn deeper<T>(
        &mut self,
        place: &Place,
        inside: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.depth == DEEPEST {
            let reason = "blocks, parentheses and templates are too deep inside each other";
            return Self::at(Err(reason.into()), place);
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn list(&mut self, nodes: &'r [Node], dot: &Value) -> Result<Flow, Failure> {
        for node in nodes {
            match self.node(node, dot)? {
                Flow::On => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, node: &'r Node, dot: &Value) -> Result<Flow, Failure> {
        match node {
            Node::Text(text) => Self::at(self.write(text), &(0..0))?,
            Node::Action(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                // An action that declares prints nothing.
                if pipeline.variables.is_empty() {
                    self.print(&value, &pipeline.place)?;
                }
            }
            Node::If { branches, otherwise } => return self.choose(branches, otherwise, dot, false),
            Node::With { branches, otherwise } => return self.choose(branches, otherwise, dot, true),
            Node::Range { over, otherwise } => return self.range(over, otherwise, dot),
            Node::Call { name, dot: given, place } => self.call(name, given.as_ref(), dot, place)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn write(&mut self, text: &str) -> Result<(), Wrong> {
        self.spend(1 + text.len() / 64)?;
        if self.text.len() + text.len() > LONGEST {
            return Err(too_long());
        }
        self.text.push_str(text);
        Ok(())
    }

    fn print(&mut self, value: &Value, place: &Place) -> Result<(), Failure> {
        let name = match value {
            Value::Missing(name) => Some(Rc::clone(name)),
            Value::Nil => None,
            value => {
                let text = Self::at(fmt::print(std::slice::from_ref(value)), place)?;
                return Self::at(self.write(&text), place);
            }
        };
        self.missing.get_or_insert((name, place.clone()));
        Self::at(self.write(fmt::NO_VALUE), place)
    }

    /// `if` and `with`: the first branch whose value is not empty.
    fn choose(
        &mut self,
        branches: &'r [Branch],
        otherwise: &'r [Node],
        dot: &Value,
        is_with: bool,
    ) -> Result<Flow, Failure> {
        let known = self.variables.len();
        let mut chosen = (otherwise, dot.clone());
        for branch in branches {
            let value = self.pipeline(&branch.when, dot)?;
            if value.is_true() {
                chosen = (&branch.then, if is_with { value } else { dot.clone() });
                break;
            }
        }
        let place = branches.first().map_or(0..0, |branch| branch.when.place.clone());
        let flow = self.deeper(&place, |run| run.list(chosen.0, &chosen.1));
        self.variables.truncate(known);
        flow
    }

    fn range(&mut self, over: &'r Branch, otherwise: &'r [Node], dot: &Value) -> Result<Flow, Failure> {
        let known = self.variables.len();
        let place = &over.when.place;
        // The variables get each item in turn, not the list.
        let names = &over.when.variables;
        let value = self.commands(&over.when, dot)?;
        let pairs: Box<dyn Iterator<Item = (Value, Value)>> = match value {
            Value::Missing(_) | Value::Nil => Box::new(std::iter::empty()),
            Value::List(list) => Box::new(
                (0..list.items.len())
                    .map_while(move |i| list.items.get(i).map(|item| (Value::size(i), item.clone()))),
            ),
            Value::Map(map) if matches!(map.shape, super::value::Shape::Struct { .. }) => {
                return Self::at(Err("`range` takes a list, a map or a number".into()), place);
            }
            Value::Map(map) => {
                Box::new(map.pairs().into_iter().map(|(key, value)| (Value::Text(key), value)))
            }
            Value::Int(_, Whole::Plain | Whole::Wide | Whole::Unsigned | Whole::Byte) if names.len() > 1 => {
                return Self::at(Err("`range` over a number has one variable".into()), place);
            }
            Value::Int(count, of) => Box::new((0..count).map(move |i| (Value::Nil, Value::Int(i, of)))),
            other => {
                let reason = format!("`range` takes a list, a map or a number and got {}", other.describe());
                return Self::at(Err(reason.into()), place);
            }
        };
        let flow = self.deeper(place, |run| {
            let mut turned = false;
            for (key, item) in pairs {
                turned = true;
                Self::at(run.spend(1), place)?;
                let values = if names.len() > 1 { vec![key, item.clone()] } else { vec![item.clone()] };
                for (name, value) in names.iter().zip(values) {
                    run.bind(name, value, over.when.assigns);
                }
                let flow = run.list(&over.then, &item)?;
                run.variables.truncate(known);
                if matches!(flow, Flow::Break) {
                    break;
                }
            }
            if turned { Ok(Flow::On) } else { run.list(otherwise, dot) }
        });
        self.variables.truncate(known);
        flow
    }

    fn call(
        &mut self,
        name: &str,
        given: Option<&'r Pipeline>,
        dot: &Value,
        place: &Place,
    ) -> Result<(), Failure> {
        let Some(body) = self.template.defined.get(name) else {
            return Self::at(Err(format!("template `{name}` is not defined").into()), place);
        };
        Self::at(self.spend(1), place)?;
        let dot = match given {
            Some(pipeline) => self.pipeline(pipeline, dot)?,
            None => Value::Nil,
        };
        let outer = std::mem::replace(&mut self.floor, self.variables.len());
        self.variables.push(("$", dot.clone()));
        self.deeper(place, |run| run.list(body, &dot))?;
        self.variables.truncate(self.floor);
        self.floor = outer;
        Ok(())
    }

    fn bind(&mut self, name: &'r str, value: Value, assigns: bool) {
        let known = self.variables.get_mut(self.floor..).unwrap_or_default();
        match known.iter_mut().rev().find(|(known, _)| assigns && *known == name) {
            Some((_, old)) => *old = value,
            None => self.variables.push((name, value)),
        }
    }

    fn variable(&self, name: &str) -> Value {
        let known = self.variables.get(self.floor..).unwrap_or_default();
        let value = known.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        value.unwrap_or(Value::Nil)
    }

    /// The value of a pipeline, which its variables get, too.
    fn pipeline(&mut self, pipeline: &'r Pipeline, dot: &Value) -> Result<Value, Failure> {
        let value = self.commands(pipeline, dot)?;
        for name in &pipeline.variables {
            self.bind(name, value.clone(), pipeline.assigns);
        }
        Ok(value)
    }
}
