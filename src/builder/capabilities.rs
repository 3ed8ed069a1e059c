//! What a builder can do, as far as its driver tells.

use super::Builder;
use super::store::Driver;

/// Whether a builder can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Yes,
    /// It cannot.
    No,
    /// It can when the docker daemon keeps its images in containerd ([`crate::docker::Info::containerd_images`]).
    WithContainerdImages,
}

impl Support {
    /// The answer once the docker daemon has been asked.
    #[must_use]
    pub const fn given(self, containerd_images: bool) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::WithContainerdImages => containerd_images,
        }
    }
}

/// What a builder can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// What runs its BuildKit; `None` = the classic builder, which is not BuildKit.
    pub driver: Option<Driver>,
    /// Builds several platforms into one index.
    pub multi_platform: Support,
    /// Writes cache to a registry, a folder or a cloud (an inline cache every BuildKit can write).
    pub cache_export: Support,
    /// Writes `type=oci` and `type=docker` archives.
    pub archives: Support,
    /// The result is in the docker daemon at once, without being transferred there.
    pub builds_in_daemon: bool,
    /// The platforms the user gave to each node (empty = what the node says itself). One entry a node, so two or
    /// more entries mean that nodes must not write one cache reference.
    pub nodes: Vec<Vec<String>>,
}

impl Capabilities {
    /// The capabilities of `builder` (buildx: `Features` of each driver).
    pub(super) fn of(builder: &Builder) -> Self {
        let all = |driver: Driver, nodes: Vec<Vec<String>>| Self {
            driver: Some(driver),
            multi_platform: Support::Yes,
            cache_export: Support::Yes,
            archives: Support::Yes,
            builds_in_daemon: false,
            nodes,
        };
        match builder {
            Builder::Named(instance) if instance.driver != Driver::Docker => {
                let nodes = instance.nodes.iter().map(|node| node.platforms.clone()).collect();
                all(instance.driver.clone(), nodes)
            }
            Builder::Address(_) => all(Driver::Remote, vec![vec![]]),
            Builder::Named(_) | Builder::DockerContext { .. } => Self {
                driver: Some(Driver::Docker),
                multi_platform: Support::WithContainerdImages,
                cache_export: Support::WithContainerdImages,
                archives: Support::WithContainerdImages,
                builds_in_daemon: true,
                nodes: vec![vec![]],
            },
            Builder::Classic => Self {
                driver: None,
                multi_platform: Support::No,
                cache_export: Support::No,
                archives: Support::No,
                builds_in_daemon: true,
                nodes: vec![vec![]],
            },
        }
    }

    /// The builder can export a cache of this kind (`registry`, `local`, `inline`, …).
    pub fn exports(&self, kind: &str) -> Support {
        match (&self.driver, kind) {
            (Some(_), "inline") => Support::Yes,
            _ => self.cache_export,
        }
    }

    /// Whether several nodes share the work.
    pub fn is_multi_node(&self) -> bool {
        self.nodes.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Address;
    use crate::builder::store::{Instance, Node};

    fn named(driver: &str, platforms: &[&[&str]]) -> Builder {
        let nodes = platforms
            .iter()
            .map(|platforms| Node {
                platforms: platforms.iter().map(|p| (*p).to_owned()).collect(),
                ..Node::default()
            })
            .collect();
        Builder::Named(Instance { name: "x".into(), driver: Driver::from(driver), nodes })
    }

    #[test]
    fn drivers_tell_what_they_can() {
        use Support::{No, WithContainerdImages as Ask, Yes};
        let address = Address { endpoint: "tcp://h:1".into(), tls: std::collections::BTreeMap::new() };
        let context = Builder::DockerContext { name: "default".into(), in_force: true };
        for (builder, multi, registry, inline, in_daemon) in [
            (named("remote", &[&[]]), Yes, Yes, Yes, false),
            (named("docker-container", &[&[]]), Yes, Yes, Yes, false),
            (named("kubernetes", &[&[]]), Yes, Yes, Yes, false),
            (named("cloud", &[&[]]), Yes, Yes, Yes, false),
            (named("docker", &[&[]]), Ask, Ask, Yes, true),
            (Builder::Address(address), Yes, Yes, Yes, false),
            (context, Ask, Ask, Yes, true),
            (Builder::Classic, No, No, No, true),
        ] {
            let can = Capabilities::of(&builder);
            assert_eq!(
                (can.multi_platform, can.exports("registry"), can.exports("inline"), can.builds_in_daemon),
                (multi, registry, inline, in_daemon),
                "{builder:?}"
            );
            assert!(!can.is_multi_node());
        }
    }

    #[test]
    fn nodes_keep_their_platforms() {
        let can = Capabilities::of(&named("remote", &[&["linux/amd64"], &["linux/arm64"]]));
        assert!(can.is_multi_node());
        assert_eq!(can.nodes, [["linux/amd64"], ["linux/arm64"]]);
    }

    #[test]
    fn the_daemons_answer_decides_the_open_questions() {
        assert!(Support::Yes.given(false) && !Support::No.given(true));
        assert!(Support::WithContainerdImages.given(true) && !Support::WithContainerdImages.given(false));
    }
}
