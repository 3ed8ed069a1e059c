//! The table of keys the user's file may hold. Everything that knows keys (reading, setting, listing, help) reads
//! this table.

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string; a number or boolean in the file is taken as it is written.
    Text,
    /// `true` or `false`.
    Flag,
    /// A list of strings; `set` appends to it.
    List,
    /// Records other programs keep in the file; listed and removable, but not settable from the command line.
    Records,
}

/// What a kube-context's value does to the one of `global`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// It takes its place.
    Replace,
    /// Its items come first, the global ones after them (Skaffold: `config/util.go`, append of slices).
    Append,
}

/// One key of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The name; a dot means nesting (`survey.disable-prompt`).
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// How a kube-context's value meets the global one.
    pub merge: Merge,
    /// One line for the help text.
    pub doc: &'static str,
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, merge: Merge::Replace, doc }
}

/// Every key, Skaffold's first (`config/global_config.go`), then those only `skeg` knows.
pub static KEYS: &[Key] = &[
    key(
        "default-repo",
        Kind::Text,
        "Registry (and path) images are moved to; \"\" turns an inherited one off",
    ),
    key("multi-level-repo", Kind::Flag, "Keep the slashes of image names below default-repo"),
    key("local-cluster", Kind::Flag, "Say whether the cluster is local, instead of guessing from its name"),
    Key {
        name: "insecure-registries",
        kind: Kind::List,
        merge: Merge::Append,
        doc: "Registries spoken to over http; contexts add to global",
    },
    key("debug-helpers-registry", Kind::Text, "Registry of the debug helper images"),
    key("kind-disable-load", Kind::Flag, "Push for kind clusters instead of loading into their nodes"),
    key("k3d-disable-load", Kind::Flag, "Push for k3d clusters instead of loading into their nodes"),
    key("update-check", Kind::Flag, "Skaffold's update check (skeg never makes one)"),
    key("collect-metrics", Kind::Flag, "Skaffold's telemetry (skeg has none)"),
    key("survey.disable-prompt", Kind::Flag, "Skaffold's survey prompt (skeg has none)"),
    key("survey.last-taken", Kind::Text, "When Skaffold's survey was taken"),
    key("survey.last-prompted", Kind::Text, "When Skaffold last asked for its survey"),
    key("survey.user-surveys", Kind::Records, "Skaffold's further surveys"),
    key("update.last-prompted", Kind::Text, "When Skaffold last told of an update"),
    key(
        "buildx-builder",
        Kind::Text,
        "Builder: buildx instance, docker context, address, `none` or `classic`",
    ),
    key("cache-tag", Kind::Text, "Tag of registry cache references (a template)"),
    key("cache-repo", Kind::Text, "Registry (and path) of cache references, instead of default-repo"),
    // Replace, unlike insecure-registries: the flags are the attributes of one export. Appended, a context's
    // `mode=min` would meet the global `mode=max`, and a context could not turn exports off with an empty list.
    key("cache-flags", Kind::List, "Attributes of cache exports; contexts replace global"),
];

impl Key {
    /// The key of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The group a nested key stands in and its name there: `(Some("survey"), "disable-prompt")`.
    pub fn path(&self) -> (Option<&'static str>, &'static str) {
        match self.name.split_once('.') {
            Some((group, name)) => (Some(group), name),
            None => (None, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_only_lists_append() {
        for (index, key) in KEYS.iter().enumerate() {
            assert_eq!(KEYS.iter().position(|other| other.name == key.name), Some(index), "{}", key.name);
            assert!(key.merge == Merge::Replace || key.kind == Kind::List, "{}", key.name);
        }
        assert_eq!(Key::find("survey.disable-prompt").unwrap().path(), (Some("survey"), "disable-prompt"));
        assert_eq!(Key::find("kube-context"), None);
    }
}
