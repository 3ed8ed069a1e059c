//! Profiles that activate themselves: by a variable, the kube-context or the verb.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use regex::Regex;

use crate::config::model::{Activation, Profile};
use crate::diagnostic::{Excerpt, Report, Result};
use crate::yaml::{self, Key, Node};

/// What conditions are compared with.
pub(in crate::config) struct Circumstances<'c> {
    /// The verb: `build`, `dev`, ….
    pub(in crate::config) command: &'c str,
    /// The environment.
    pub(in crate::config) vars: &'c BTreeMap<String, String>,
    ask: Box<dyn Fn() -> Result<String> + 'c>,
    kube_context: OnceCell<String>,
}

impl<'c> Circumstances<'c> {
    /// `kube_context` answers the context, `""` where there is none; it is asked at most once, and only when a
    /// condition wants to know.
    pub(in crate::config) fn new(
        command: &'c str,
        vars: &'c BTreeMap<String, String>,
        kube_context: impl Fn() -> Result<String> + 'c,
    ) -> Self {
        Self { command, vars, ask: Box::new(kube_context), kube_context: OnceCell::new() }
    }

    /// The kube-context; `""` where there is none.
    ///
    /// # Errors
    /// The kubeconfig cannot be read.
    pub(in crate::config) fn kube_context(&self) -> Result<&str> {
        if let Some(known) = self.kube_context.get() {
            return Ok(known);
        }
        let context = (self.ask)()?;
        Ok(self.kube_context.get_or_init(|| context))
    }
}

/// The profiles of a document that activate themselves.
#[derive(Debug, Default)]
pub(in crate::config) struct Activated {
    /// Their names, each once, in the order of the file.
    pub(in crate::config) names: Vec<String>,
    /// Those among them whose condition looks at the kube-context, and where.
    pub(in crate::config) by_context: Vec<(String, Excerpt)>,
    /// What the user should know.
    pub(in crate::config) warnings: Vec<Report>,
}

/// The profiles that activate themselves: one entry of `activation` holds, or all do where the profile says
/// `requiresAllActivations`. Entries behind the one that decides are not looked at, and do not count as a reason.
///
/// # Errors
/// `env` without `=`; the kubeconfig cannot be read. All of them in one report.
pub(in crate::config) fn activated(
    tree: &Node,
    profiles: &[Profile],
    circumstances: &Circumstances<'_>,
) -> Result<Activated> {
    let mut found = Activated::default();
    let mut errors = vec![];
    for (index, profile) in profiles.iter().enumerate() {
        let mut active = false;
        let mut by_context = None;
        for (at, activation) in profile.activation.iter().enumerate() {
            let place = |key: &'static str| {
                let path = ["profiles".into(), index.into(), "activation".into(), at.into(), key.into()];
                tree.locate(&path).unwrap_or_else(|| tree.head())
            };
            let condition = Condition { activation, circumstances, place: &place };
            active = condition.holds(&mut found.warnings, &mut errors)?;
            if active && activation.kube_context.is_some() {
                by_context.get_or_insert_with(|| place("kubeContext"));
            }
            if active != profile.requires_all_activations {
                break;
            }
        }
        if active && !found.names.contains(&profile.name) {
            found.names.push(profile.name.clone());
            found.by_context.extend(by_context.map(|place| (profile.name.clone(), place)));
        }
    }
    yaml::refuse(errors).map(|()| found)
}

/// One entry of `activation`.
struct Condition<'a> {
    activation: &'a Activation,
    circumstances: &'a Circumstances<'a>,
    place: &'a dyn Fn(&'static str) -> Excerpt,
}

impl Condition<'_> {
    /// Whether all its fields hold; an entry without any does.
    fn holds(&self, warnings: &mut Vec<Report>, errors: &mut Vec<Report>) -> Result<bool> {
        let Self { activation, circumstances, place } = *self;
        let mut holds = true;
        if let Some(env) = &activation.env {
            match env.split_once('=') {
                Some((name, pattern)) => {
                    let value = circumstances.vars.get(name).map_or("", String::as_str);
                    holds &= if pattern.is_empty() {
                        value.is_empty()
                    } else {
                        self.matches("env", pattern, value, warnings)
                    };
                }
                None => errors.push(
                    Report::config(format!("`env: {env}` is no condition"))
                        .at(Excerpt { label: "no `=`".into(), ..place("env") })
                        .hint(format!(
                            "write `{env}=PATTERN`, `{env}=!PATTERN`, or `{env}=` for a variable that is not set"
                        )),
                ),
            }
        }
        if let Some(pattern) = &activation.command {
            holds &= self.matches("command", pattern, circumstances.command, warnings);
        }
        if let Some(pattern) = &activation.kube_context {
            let context =
                circumstances.kube_context().map_err(|report| Box::new(report.at(place("kubeContext"))))?;
            holds &= self.matches("kubeContext", pattern, context, warnings);
        }
        Ok(holds)
    }

    /// Whether a value is the pattern's text, or the pattern is found somewhere in it; `!` turns the answer around. A
    /// pattern that is no regular expression is compared as a text only.
    fn matches(&self, key: &'static str, pattern: &str, value: &str, warnings: &mut Vec<Report>) -> bool {
        let (negated, pattern) = match pattern.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, pattern),
        };
        if negated && pattern.is_empty() {
            warnings.push(
                Report::config("a condition that never holds: `!` alone excludes every value")
                    .at((self.place)(key))
                    .hint("write `!PATTERN`, or `.` for any value"),
            );
        }
        let found = value == pattern
            || if let Ok(regex) = Regex::new(pattern) {
                regex.is_match(value)
            } else {
                let title = format!("`{pattern}` is no regular expression, and is compared as a text");
                let report = Report::config(title).at((self.place)(key));
                warnings.push(report.hint("write `\\` before characters that mean themselves"));
                false
            };
        found != negated
    }
}

/// A profile that the kube-context activated may not choose another one: what it was activated for is then not where
/// it deploys. `active` are the profiles that were applied, `chosen` is the `deploy.kubeContext` they lead to.
///
/// # Errors
/// The two differ; or the kubeconfig cannot be read.
pub(in crate::config) fn keeps_context(
    activated: &Activated,
    active: &[String],
    circumstances: &Circumstances<'_>,
    tree: &Node,
    chosen: Option<&str>,
) -> Result<()> {
    let Some((name, place)) = activated.by_context.iter().find(|(name, _)| active.contains(name)) else {
        return Ok(());
    };
    let (Some(chosen), context) = (chosen, circumstances.kube_context()?) else { return Ok(()) };
    if chosen == context {
        return Ok(());
    }
    let context = if context.is_empty() { "no kube-context" } else { context };
    let mut report = Report::config(format!(
        "profile `{name}` is active for {context}, but the project deploys to {chosen}"
    ));
    if let Some(excerpt) = tree.locate(&[Key::from("deploy"), "kubeContext".into()]) {
        report = report.at(Excerpt { label: "chosen here".into(), ..excerpt });
    }
    Err(Box::new(
        report
            .at(Excerpt { label: "activated here".into(), ..place.clone() })
            .hint("remove `deploy.kubeContext`, or correct the `activation`")
            .hint(format!("or say where to deploy: `--kube-context {chosen}`")),
    ))
}
