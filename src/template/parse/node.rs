//! What a template says.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::template::functions::Function;

/// Bytes of the template's text.
pub(in crate::template) type Place = Range<usize>;

/// A template that has been read.
pub(in crate::template) struct Template {
    pub(in crate::template) body: Vec<Node>,
    /// What `define` and `block` define.
    pub(in crate::template) defined: BTreeMap<String, Vec<Node>>,
}

/// A piece of a template.
pub(in crate::template) enum Node {
    Text(String),
    Action(Pipeline),
    /// `if` and its `else if`s.
    If {
        branches: Vec<Branch>,
        otherwise: Vec<Node>,
    },
    /// `with` and its `else with`s.
    With {
        branches: Vec<Branch>,
        otherwise: Vec<Node>,
    },
    Range {
        over: Branch,
        otherwise: Vec<Node>,
    },
    /// `template`, and where a `block` stands.
    Call {
        name: String,
        dot: Option<Pipeline>,
        place: Place,
    },
    Break,
    Continue,
}

/// A condition (or what is looped over) and what it governs.
pub(in crate::template) struct Branch {
    pub(in crate::template) when: Pipeline,
    pub(in crate::template) then: Vec<Node>,
}

/// `$x, $y := command | command`.
pub(in crate::template) struct Pipeline {
    /// Variables that get the value; two in `range` only.
    pub(in crate::template) variables: Vec<String>,
    /// `=`, not `:=`.
    pub(in crate::template) assigns: bool,
    pub(in crate::template) commands: Vec<Command>,
    pub(in crate::template) place: Place,
}

/// A function or value, with arguments.
pub(in crate::template) struct Command {
    pub(in crate::template) words: Vec<Operand>,
}

/// A word of a command.
pub(in crate::template) struct Operand {
    pub(in crate::template) term: Term,
    pub(in crate::template) place: Place,
}

/// What a word says.
pub(in crate::template) enum Term {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Nil,
    Dot,
    /// `.A.B`.
    Field(Vec<String>),
    /// `$x.A.B`, with its dollar.
    Variable(String, Vec<String>),
    Function(&'static Function),
    /// `(…)`.
    Pipeline(Box<Pipeline>),
    /// `(…).A.B`, `now.Year`.
    Chain(Box<Operand>, Vec<String>),
}
