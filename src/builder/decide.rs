//! The rules by which a builder is chosen: a pure function of what is asked for and what is there.

use super::store::{Store, is_name};
use super::{Address, Builder, Choice};
use crate::diagnostic::{Report, Result, nearest};
use crate::docker::config::{DEFAULT_CONTEXT, DockerConfig, DockerContext};
use crate::docker::plugin::{self, Files, Search};
use crate::settings::env::{self, Environment};
use crate::settings::{Origin, Sourced};

/// Everything the choice depends on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// What is asked for: the artifact's `.skeg` builder, else `Settings::builder`.
    pub requested: Option<&'a Sourced<String>>,
    /// `BUILDX_BUILDER` and `BUILDKIT_HOST` are read from here.
    pub env: &'a Environment,
    /// docker's configuration.
    pub docker: &'a DockerConfig,
    /// The docker context in force.
    pub context: &'a DockerContext,
    /// buildx's builders.
    pub store: &'a Store,
    /// Where the plugin is.
    pub plugin: &'a Search,
    /// TLS files of addresses are looked for here.
    pub files: &'a dyn Files,
}

/// The answer of [`decide`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// This builder.
    Chosen(Choice),
    /// It depends on whether the daemon of the docker context in force answers.
    IfDaemonAnswers {
        /// The choice when it does.
        then: Choice,
        /// The error when it does not.
        otherwise: Box<Report>,
    },
}

/// Chooses the builder:
///
/// 1. what is asked for: `requested`, then `BUILDX_BUILDER`, then `BUILDKIT_HOST`;
/// 2. docker's `aliases.builder` is `buildx` (`docker buildx install`): the builder the user selected;
/// 3. the plugin is there: the docker context's own builder, as `docker build` does;
/// 4. a docker daemon answers: its classic builder, with a warning;
/// 5. an error that lists what was looked for.
pub fn decide(inputs: &Inputs<'_>) -> Result<Decision> {
    let from_env = |name: &str| {
        inputs.env.get(name).map(|value| {
            let from_file = inputs.env.from_env_file.contains(name);
            let origin = if from_file { Origin::EnvFile(name.into()) } else { Origin::Env(name.into()) };
            Sourced::new(value.to_owned(), origin)
        })
    };
    let requested = inputs
        .requested
        .filter(|requested| !requested.value.trim().is_empty())
        .cloned()
        .or_else(|| from_env(env::BUILDX_BUILDER))
        .or_else(|| from_env(env::BUILDKIT_HOST));
    if let Some(requested) = requested {
        let builder = explicit(inputs, &requested)?;
        return Ok(Decision::Chosen(Choice { builder, reason: requested.origin.to_string(), warning: None }));
    }

    if inputs.docker.aliases.get("builder").is_some_and(|plugin| plugin == "buildx") {
        if inputs.plugin.found.is_none() {
            let report = Report::user("docker's builder is set to buildx, and the plugin is missing").cause(
                format!("{} has aliases.builder = buildx", inputs.docker.dir.join("config.json").display()),
            );
            return Err(Box::new(
                inputs.plugin.explain(report).hint("or run `docker buildx uninstall` to remove the alias"),
            ));
        }
        let choice = match inputs.store.selected(inputs.context.buildx_key())? {
            Some(instance) => Choice {
                builder: Builder::Named(instance.clone()),
                reason: "selected by docker buildx use".to_owned(),
                warning: None,
            },
            None => own_builder(inputs.context),
        };
        return Ok(Decision::Chosen(choice));
    }

    if inputs.plugin.found.is_some() {
        return Ok(Decision::Chosen(own_builder(inputs.context)));
    }

    let host = &inputs.context.endpoint.host;
    let classic = Choice {
        builder: Builder::Classic,
        reason: format!("no docker-buildx, docker daemon at {host}"),
        warning: Some(format!(
            "docker-buildx is not installed, so the docker daemon's classic builder is used: no secrets, ssh, cache export, \
             several platforms, named contexts or parallel steps; to build with BuildKit, {}",
            plugin::INSTALL
        )),
    };
    let nothing = Report::user("there is nothing to build with")
        .cause("no builder is asked for (--builder, SKEG_BUILDER, .skeg.builder, `skeg config set buildx-builder`, BUILDX_BUILDER, BUILDKIT_HOST)");
    let nothing = inputs.plugin.explain(nothing).cause(format!("no docker daemon answers at {host}"));
    let nothing = nothing.hint("or start docker");
    Ok(Decision::IfDaemonAnswers { then: classic, otherwise: Box::new(nothing) })
}

/// The builder that a docker context brings along.
fn own_builder(context: &DockerContext) -> Choice {
    let reason = if context.name == DEFAULT_CONTEXT {
        format!("docker daemon at {}", context.endpoint.host)
    } else {
        "docker context".to_owned()
    };
    Choice {
        builder: Builder::DockerContext { name: context.name.clone(), in_force: true },
        reason,
        warning: None,
    }
}

/// The builder that somebody asked for by name or address.
fn explicit(inputs: &Inputs<'_>, requested: &Sourced<String>) -> Result<Builder> {
    let value = requested.value.trim();
    if matches!(value, "none" | "classic") {
        return Ok(Builder::Classic);
    }
    let because = |mut report: Box<Report>| {
        report.causes.push(format!("it is asked for by {}", requested.origin));
        report
    };
    let builder = if value.contains("://") || is_from(requested, env::BUILDKIT_HOST) {
        Builder::Address(Address::parse(value, inputs.files).map_err(because)?)
    } else if let Some(instance) = inputs.store.get(value).map_err(because)? {
        Builder::Named(instance.clone())
    } else if value == DEFAULT_CONTEXT || inputs.docker.contexts.get(value).map_err(because)?.is_some() {
        Builder::DockerContext { name: value.to_owned(), in_force: value == inputs.context.name }
    } else {
        return Err(because(Box::new(unknown(inputs, value))));
    };
    if inputs.plugin.found.is_none() {
        let report = Report::user(format!("builder {builder} needs docker-buildx, which is not installed"));
        return Err(because(Box::new(inputs.plugin.explain(report))));
    }
    Ok(builder)
}

/// The value comes from this environment variable.
fn is_from(requested: &Sourced<String>, variable: &str) -> bool {
    matches!(&requested.origin, Origin::Env(name) | Origin::EnvFile(name) if name == variable)
}

/// The error for a builder that does not exist.
fn unknown(inputs: &Inputs<'_>, value: &str) -> Report {
    let report = Report::user(format!("builder \"{value}\" does not exist"));
    let contexts = inputs.docker.contexts.names().chain([DEFAULT_CONTEXT]);
    let known: Vec<&str> = inputs.store.names().chain(contexts).collect();
    let report = match nearest(value, known.iter().copied()) {
        Some(near) => report.hint(format!("did you mean \"{near}\"?")),
        None => report.hint(format!("the builders that exist are {}, classic", known.join(", "))),
    };
    if value.starts_with('/') {
        return report.hint(format!("for the socket of a buildkitd write `unix://{value}`"));
    }
    if value.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        return report.hint(format!("for the address of a buildkitd write `tcp://{value}`"));
    }
    if !is_name(value) {
        return report
            .hint("the name of a builder begins with a letter and holds letters, digits and . - _ only");
    }
    let host = inputs.env.get(env::BUILDKIT_HOST).map(crate::docker::config::redact);
    let host = host.as_deref().unwrap_or("tcp://HOST:1234");
    report
        .hint(format!("run `docker buildx create --name {value} --driver docker-container` to make it on the docker daemon"))
        .hint(format!("or `docker buildx create --name {value} --driver remote {host}` for a buildkitd that runs elsewhere"))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
