//! Where results go: pushed, or loaded into the docker daemon (Skaffold: `config/util.go:227-293`, decided here
//! without asking any API server).

use crate::settings::{Cluster, Origin, Settings, Sourced};

/// Whether a config's images are pushed, and who decided.
pub fn push(settings: &Settings, local_push: Option<bool>) -> Sourced<bool> {
    if let Some(push) = &settings.push {
        return push.clone();
    }
    if let Some(push) = local_push {
        return Sourced::new(push, Origin::Project("build.local.push".into()));
    }
    let push = match settings.cluster.value {
        Cluster::Remote => true,
        Cluster::Local => false,
        Cluster::Kind | Cluster::K3d => settings.cluster_load_disabled.value,
    };
    Sourced::new(push, settings.cluster.origin.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(cluster: Cluster, load_disabled: bool, flag: Option<bool>) -> Settings {
        Settings {
            kube_context: None,
            default_repo: None,
            multi_level_repo: None,
            insecure_registries: vec![],
            builder: None,
            cache_tag: None,
            cache_repo: None,
            cache_flags: None,
            provenance: None,
            sbom: None,
            push: flag.map(|p| Sourced::new(p, Origin::Flag("--push".into()))),
            platforms: None,
            single_platform: false,
            build_concurrency: None,
            base_image_max_age: None,
            cluster: Sourced::new(cluster, Origin::Default),
            cluster_load_disabled: Sourced::new(load_disabled, Origin::Default),
        }
    }

    #[test]
    fn the_flag_beats_the_project_and_the_project_beats_the_cluster() {
        let rows = [
            // cluster, load disabled, flag, build.local.push -> push
            (Cluster::Remote, false, None, None, true),
            (Cluster::Remote, false, None, Some(false), false),
            (Cluster::Remote, false, Some(true), Some(false), true),
            (Cluster::Remote, false, Some(false), Some(true), false),
            (Cluster::Local, false, None, None, false),
            (Cluster::Local, false, None, Some(true), true),
            (Cluster::Local, false, Some(true), None, true),
            (Cluster::Kind, false, None, None, false),
            (Cluster::Kind, true, None, None, true),
            (Cluster::K3d, false, None, None, false),
            (Cluster::K3d, true, None, Some(false), false),
            (Cluster::K3d, true, None, None, true),
        ];
        for (cluster, disabled, flag, local, expected) in rows {
            let result = push(&settings(cluster, disabled, flag), local);
            assert_eq!(result.value, expected, "{cluster:?} {disabled} {flag:?} {local:?}");
        }
    }
}
