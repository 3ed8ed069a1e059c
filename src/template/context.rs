//! The variables a template sees.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// The variables a template sees: the environment, and what the place of use adds; and the time it is for it. Cheap to
/// clone.
#[derive(Clone)]
pub struct Context {
    variables: Arc<BTreeMap<String, String>>,
    now: Timestamp,
}

/// No variables, and the clock read once: whatever is expanded with one context sees one time.
impl Default for Context {
    fn default() -> Self {
        Self { variables: Arc::default(), now: Timestamp::now() }
    }
}

impl Context {
    /// The given variables; a later one of the same name wins.
    pub fn new<K: AsRef<str>, V: AsRef<str>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::default().with(variables)
    }

    /// Adds variables, over those of the same name.
    #[must_use]
    pub fn with<K: AsRef<str>, V: AsRef<str>>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let added =
            pairs.into_iter().map(|(name, value)| (name.as_ref().to_owned(), value.as_ref().to_owned()));
        Arc::make_mut(&mut self.variables).extend(added);
        self
    }

    /// Makes this the time it is.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// The time it is.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// All variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

thread_local! {
    /// The engine's functions are plain pointers with nothing of their own: what is being expanded lies here.
    static CURRENT: RefCell<Context> = RefCell::default();
}

/// Makes the context the one [`current`] returns until the guard is dropped.
pub(super) struct Scope {
    outer: Context,
}

impl Scope {
    pub(super) fn enter(context: &Context) -> Self {
        Self { outer: CURRENT.replace(context.clone()) }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        CURRENT.set(std::mem::take(&mut self.outer));
    }
}

/// The context of the template that is being expanded on this thread.
pub(super) fn current() -> Context {
    CURRENT.with_borrow(Clone::clone)
}
