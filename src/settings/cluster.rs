//! What kind of cluster a kube-context means, without asking it (Skaffold: `config/util.go`, `cluster/minikube.go`).

use super::{Cluster, Flags, Origin, Sourced};

/// What is known of the cluster beside its kube-context's name.
pub(super) struct Clues<'a> {
    /// The flags that decide.
    pub(super) flags: &'a Flags,
    /// The user config's `local-cluster`.
    pub(super) local_cluster: Option<Sourced<bool>>,
    /// The kube-context in force.
    pub(super) context: Option<&'a str>,
}

/// The kind of cluster. `is_minikube` is asked only when nothing else decides.
pub(super) fn kind(clues: &Clues<'_>, is_minikube: impl FnOnce(&str) -> bool) -> Sourced<Cluster> {
    let named = clues.context.map_or(Cluster::Remote, by_name);
    let local = if named == Cluster::Remote { Cluster::Local } else { named };
    if let Some(profile) = &clues.flags.minikube_profile {
        return Sourced::new(local, profile.origin.clone());
    }
    if let Some(said) = &clues.local_cluster {
        return Sourced::new(if said.value { local } else { Cluster::Remote }, said.origin.clone());
    }
    let Some(context) = clues.context else {
        return Sourced::new(Cluster::Remote, Origin::Detected("no kube context".to_owned()));
    };
    let detect = clues.flags.detect_minikube.as_ref().is_none_or(|flag| flag.value);
    if named == Cluster::Remote && detect && is_minikube(context) {
        return Sourced::new(
            Cluster::Local,
            Origin::Detected(format!("kube context {context} is a minikube")),
        );
    }
    Sourced::new(named, Origin::Detected(format!("kube context {context}")))
}

/// What the name alone says.
fn by_name(context: &str) -> Cluster {
    if context.starts_with("kind-") || context.ends_with("@kind") {
        Cluster::Kind
    } else if context.starts_with("k3d-") {
        Cluster::K3d
    } else if matches!(context, "minikube" | "docker-for-desktop" | "docker-desktop") {
        Cluster::Local
    } else {
        Cluster::Remote
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_kinds() {
        // profile flag, local-cluster, context, is a minikube, --detect-minikube=false -> kind
        type Row = (Option<&'static str>, Option<bool>, Option<&'static str>, bool, bool, Cluster);
        let table: &[Row] = &[
            (None, None, None, true, false, Cluster::Remote),
            (None, None, Some("minikube"), false, false, Cluster::Local),
            (None, None, Some("docker-desktop"), false, false, Cluster::Local),
            (None, None, Some("docker-for-desktop"), false, false, Cluster::Local),
            (None, None, Some("rancher-desktop"), false, false, Cluster::Remote),
            (None, None, Some("orbstack"), false, false, Cluster::Remote),
            (None, None, Some("kind-dev"), false, false, Cluster::Kind),
            (None, None, Some("dev@kind"), false, false, Cluster::Kind),
            (None, None, Some("mankind-dev"), false, false, Cluster::Remote),
            (None, None, Some("k3d-dev"), false, false, Cluster::K3d),
            (None, None, Some("work"), true, false, Cluster::Local),
            (None, None, Some("work"), true, true, Cluster::Remote),
            (None, Some(true), Some("prod"), false, false, Cluster::Local),
            (None, Some(true), None, false, false, Cluster::Local),
            (None, Some(true), Some("kind-dev"), false, false, Cluster::Kind),
            (None, Some(false), Some("kind-dev"), false, false, Cluster::Remote),
            (None, Some(false), Some("minikube"), true, false, Cluster::Remote),
            (Some("p"), Some(false), Some("prod"), false, false, Cluster::Local),
        ];
        for &(profile, local, context, minikube, undetected, expected) in table {
            let flags = Flags {
                minikube_profile: profile
                    .map(|p| Sourced::new(p.to_owned(), Origin::Flag("--minikube-profile".into()))),
                detect_minikube: undetected
                    .then(|| Sourced::new(false, Origin::Flag("--detect-minikube".into()))),
                ..Flags::default()
            };
            let local_cluster = local.map(|value| Sourced::new(value, Origin::Default));
            let found = kind(&Clues { flags: &flags, local_cluster, context }, |_| minikube);
            assert_eq!(found.value, expected, "{profile:?} {local:?} {context:?} {minikube} {undetected}");
        }
    }
}
