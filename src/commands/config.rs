//! `skeg config set|unset|list`

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::cli::{self, ConfigArgs, ConfigVerb, Key, ListArgs, SetArgs, Target, UnsetArgs};
use crate::diagnostic::{Report, Result};
use crate::settings::env::Environment;
use crate::settings::{self, Flags, Origin, ProjectLayer, Sourced, Sources};
use crate::userconfig::{self, Change, Effective, Files, Found, Merge, Place, Scope, Value};

/// What a verb has to say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// For standard output.
    pub data: String,
    /// For standard error, a line each.
    pub notes: Vec<String>,
}

/// Runs the verb.
///
/// Errors: an unknown key, a value the key does not take, a file that cannot be read or written or is wrong.
pub fn run(args: &ConfigArgs, env: &Environment) -> Result<Said> {
    match &args.verb {
        ConfigVerb::Set(SetArgs { key: Key { id: Some(_), .. }, .. })
        | ConfigVerb::Unset(UnsetArgs { key: Key { id: Some(_), .. }, .. }) => {
            Ok(Said { data: String::new(), notes: vec!["nothing is kept of surveys".to_owned()] })
        }
        ConfigVerb::Set(args) => {
            let key = key(&args.key)?;
            let change = Change::setting(key, &args.value)?;
            change_file(key, &change, &args.target, env)
        }
        ConfigVerb::Unset(args) => change_file(key(&args.key)?, &Change::Unset, &args.target, env),
        ConfigVerb::List(args) if args.all => list_all(args, env),
        ConfigVerb::List(args) => list(args, env),
    }
}

fn key(given: &Key) -> Result<&'static userconfig::Key> {
    let name = given.name.as_str();
    if given.survey { userconfig::find_key(&format!("survey.{name}")) } else { userconfig::find_key(name) }
}

/// The kube-context meant, with where it comes from; `None` = global.
fn context(target: &Target, env: &Environment) -> Result<Option<Sourced<String>>> {
    match target.kube_context.as_ref().filter(|context| !context.is_empty()) {
        _ if target.global => Ok(None),
        Some(context) => Ok(Some(Sourced::new(context.clone(), Origin::Flag("--kube-context".to_owned())))),
        None => settings::current_context(None, env),
    }
}

fn change_file(key: &userconfig::Key, change: &Change, target: &Target, env: &Environment) -> Result<Said> {
    let locations = settings::locations(target.config.as_deref(), env);
    let path = locations.own.clone().ok_or_else(|| {
        let report = Report::user("there is no home folder to keep the user config in");
        Box::new(report.hint("name a file with `--config FILE` or the variable SKEG_CONFIG"))
    })?;
    let context = context(target, env)?.map(|context| context.value);
    let scope = context.clone().map_or(Scope::Global, Scope::Context);

    let before = Files::load(&locations)?;
    let changed = userconfig::change(&path, &scope, key, change)?;
    let after = Files::load(&locations)?;

    let file = env.tilde(&path);
    let whom = match &context {
        Some(context) => format!("for context {context} in {file}"),
        None => format!("for all contexts in {file}"),
    };
    let name = key.name;
    let mut notes = vec![match (change, changed) {
        (Change::Unset, true) => format!("unset {name} {whom}"),
        (Change::Unset, false) => format!("{name} was not set {whom}"),
        (Change::Append(items), true) => format!("added {} to {name} {whom}", items.join(", ")),
        (Change::Append(items), false) => format!("{name} holds {} already {whom}", items.join(", ")),
        (change, true) => format!("set {name} to {} {whom}", described(change)),
        (change, false) => format!("{name} is {} already {whom}", described(change)),
    }];
    if let Some(context) = &context {
        notes.extend(hidden_entry(&before, &after, &path, context, env));
    }
    notes.extend(other_value(&after, key, change, context.as_deref(), &path, env));
    Ok(Said { data: String::new(), notes })
}

fn described(change: &Change) -> String {
    match change {
        Change::Text(text) => userconfig::scalar(text),
        Change::Flag(flag) => flag.to_string(),
        Change::Append(items) => items.join(", "),
        Change::Empty => "the empty list".to_owned(),
        Change::Unset => "nothing".to_owned(),
    }
}

/// Only one entry is in force for a context, the last that matches: a new one can put another out of force.
fn hidden_entry(
    before: &Files,
    after: &Files,
    path: &std::path::Path,
    context: &str,
    env: &Environment,
) -> Option<String> {
    let was = before.entry_in_force(path, context);
    let is = after.entry_in_force(path, context);
    if was == is {
        return None;
    }
    let file = env.tilde(path);
    match (was, is) {
        (Some(was), Some(is)) => Some(format!(
            "note: entry {is} of {file} now takes the place of entry {was} for context {context}; only the last entry \
             that matches counts"
        )),
        _ => None,
    }
}

/// A note when what is in force is not what was just written.
fn other_value(
    files: &Files,
    key: &userconfig::Key,
    change: &Change,
    context: Option<&str>,
    path: &std::path::Path,
    env: &Environment,
) -> Option<String> {
    let effective = files.effective(context);
    let (_, found) = effective.iter().find(|(known, _)| *known == key)?;
    let here = Place { file: path.to_owned(), context: context.map(str::to_owned) };
    let appended = key.merge == Merge::Append && *change != Change::Unset;
    if found.place == here || appended {
        return None;
    }
    let whom = context.map_or_else(|| "all contexts".to_owned(), |context| format!("context {context}"));
    Some(format!("note: in force for {whom} is {} ({})", inline(&found.value), place(&found.place, env)))
}

fn place(place: &Place, env: &Environment) -> String {
    Origin::UserConfig { file: place.file.clone(), context: place.context.clone() }.place(env)
}

/// A value in one line of YAML.
fn inline(value: &Value) -> String {
    match value {
        Value::Text(text) => userconfig::scalar(text),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| userconfig::scalar(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Records(_) => "a list of records".to_owned(),
    }
}

/// The values in force as YAML, with each one's place as a comment.
fn list(args: &ListArgs, env: &Environment) -> Result<Said> {
    let files = Files::load(&settings::locations(args.target.config.as_deref(), env))?;
    let context = context(&args.target, env)?;
    let effective = files.effective(context.as_ref().map(|context| context.value.as_str()));
    let mut data = String::new();
    if let Some(context) = &context {
        let value = userconfig::scalar(&context.value);
        put(&mut data, &format!("kube-context: {value}"), &context.origin.place(env));
    }
    entries(&mut data, &effective, env);
    if data.is_empty() {
        data.push_str("{}\n");
    }
    Ok(Said { data, notes: vec![] })
}

/// A line with a comment behind it.
fn put(data: &mut String, line: &str, comment: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(data, "{line}  # {comment}");
}

fn entries(data: &mut String, effective: &Effective, env: &Environment) {
    let rows: Vec<(&userconfig::Key, &Found<Value>)> = effective.iter().collect();
    for (index, (key, found)) in rows.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| rows[before].0);
        let (group, name) = key.path();
        if let Some(group) = group
            && previous.is_none_or(|previous| previous.path().0 != Some(group))
        {
            let _ = writeln!(data, "{group}:");
        }
        let pad = if group.is_some() { "  " } else { "" };
        let comment = place(&found.place, env);
        match &found.value {
            // An appended list has a row per place, under one name. An empty part of one says nothing.
            Value::List(items) if !items.is_empty() => {
                if previous != Some(key) {
                    let _ = writeln!(data, "{pad}{name}:");
                }
                for item in items {
                    put(data, &format!("{pad}- {}", userconfig::scalar(item)), &comment);
                }
            }
            Value::List(_) if rows.iter().filter(|(other, _)| other == key).count() > 1 => {
                // The other rows have the items.
                if previous != Some(key) {
                    let _ = writeln!(data, "{pad}{name}:");
                }
            }
            Value::Records(lines) => {
                put(data, &format!("{pad}{name}:"), &comment);
                lines.lines().for_each(|line| {
                    let _ = writeln!(data, "{pad}{line}");
                });
            }
            value => put(data, &format!("{pad}{name}: {}", inline(value)), &comment),
        }
    }
}

/// Both files whole, and the settings they add up to together with the environment.
fn list_all(args: &ListArgs, env: &Environment) -> Result<Said> {
    let flag = |name: &str, value: &Option<String>| {
        value.clone().filter(|v| !v.is_empty()).map(|v| Sourced::new(v, Origin::Flag(format!("--{name}"))))
    };
    let environment = cli::flags_of_environment(env)?;
    let kube_context = flag("kube-context", &args.target.kube_context).or(environment.kube_context.clone());
    let config = flag("config", &args.target.config);
    let sources = Sources::gather(Flags { kube_context, config, ..environment }, env)?;

    let mut data = String::from("files:\n");
    let mut any = false;
    for (path, content) in sources.files().contents() {
        any = true;
        let _ = writeln!(data, "- path: {}", userconfig::scalar(&PathBuf::from(path).to_string_lossy()));
        for line in content.lines().filter(|&line| line != "null") {
            let _ = writeln!(data, "  {line}");
        }
    }
    if !any {
        data = String::from("files: []\n");
    }
    data.push_str("settings:\n");
    let mut previous = "";
    for line in sources.resolve(&ProjectLayer::default()).sourced_lines() {
        let value = if line.literal { line.value.clone() } else { userconfig::scalar(&line.value) };
        let comment = line.origin.place(env);
        if line.name == "insecure-registries" {
            if previous != line.name {
                let _ = writeln!(data, "  {}:", line.name);
            }
            put(&mut data, &format!("  - {value}"), &comment);
        } else {
            put(&mut data, &format!("  {}: {value}", line.name), &comment);
        }
        previous = line.name;
    }
    Ok(Said { data, notes: vec![] })
}

#[cfg(test)]
mod tests;
