//! From arguments to [`Flags`], so that settings know nothing of clap.

use super::{BuildArgs, Origins};
use crate::settings::{Flags, Sourced};

impl BuildArgs {
    /// The flags that settings are made of, each with its origin. An empty value counts as not given, except where it
    /// cancels a configured one.
    pub fn flags(&self, origins: &Origins) -> Flags {
        let nillable = |flag: &str, value: &Option<String>| -> Option<Sourced<String>> {
            value.as_ref().map(|value| origins.sourced(flag, value.clone()))
        };
        let text = |flag: &str, value: &Option<String>| nillable(flag, value).filter(|v| !v.value.is_empty());
        let list = |values: &[String]| -> Vec<String> {
            values.iter().filter(|value| !value.is_empty()).cloned().collect()
        };
        let platforms = list(&self.platform);
        Flags {
            kube_context: text("kube-context", &self.kube_context),
            kubeconfig: text("kubeconfig", &self.kubeconfig),
            config: text("config", &self.config),
            default_repo: nillable("default-repo", &self.default_repo),
            insecure_registries: list(&self.insecure_registry)
                .into_iter()
                .map(|registry| origins.sourced("insecure-registry", registry))
                .collect(),
            builder: nillable("builder", &self.builder),
            push: self.push.map(|push| origins.sourced("push", push)),
            platforms: (!platforms.is_empty()).then(|| origins.sourced("platform", platforms)),
            provenance: text("provenance", &self.provenance),
            sbom: text("sbom", &self.sbom),
            cache_tag: nillable("cache-tag", &self.cache_tag),
            cache_repo: nillable("cache-repo", &self.cache_repo),
            cache_flags: self.cache_flags.as_ref().map(|flags| origins.sourced("cache-flags", list(flags))),
            build_concurrency: self.build_concurrency.map(|n| origins.sourced("build-concurrency", n)),
            minikube_profile: text("minikube-profile", &self.minikube_profile),
            single_platform: self.disable_multi_platform_build,
            detect_minikube: Some(origins.sourced("detect-minikube", self.detect_minikube)),
        }
    }
}
