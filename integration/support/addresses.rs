//! Where the engines are: the variables that `integration/engines env` prints.

use std::path::{Path, PathBuf};

/// The engines that `integration/engines up` starts, and their tools.
#[derive(Debug, Clone)]
pub(crate) struct Engines {
    /// A registry without TLS or password (`host:port`).
    pub(crate) registry: String,
    /// The same storage, read-only.
    pub(crate) registry_readonly: String,
    /// `tcp://…` of the first buildkitd.
    pub(crate) buildkit: String,
    /// `unix://…` of the same.
    pub(crate) buildkit_unix: String,
    /// `tcp://…` of the second buildkitd.
    pub(crate) buildkit2: String,
    /// `unix://…` of the docker daemon.
    pub(crate) docker_host: String,
    /// The docker configuration folder with the plugin.
    pub(crate) docker_config: PathBuf,
    /// docker-buildx.
    pub(crate) buildx: PathBuf,
    /// buildctl; buildkitd is beside it.
    pub(crate) buildctl: PathBuf,
    /// crane.
    pub(crate) crane: PathBuf,
}

impl Engines {
    /// The engines; `None`, said aloud, where there are none.
    pub(crate) fn find() -> Option<Self> {
        engine("SKEG_TEST_ENGINES")?;
        Some(Self {
            registry: engine("SKEG_TEST_REGISTRY")?,
            registry_readonly: engine("SKEG_TEST_REGISTRY_READONLY")?,
            buildkit: engine("SKEG_TEST_BUILDKIT_TCP")?,
            buildkit_unix: engine("SKEG_TEST_BUILDKIT_UNIX")?,
            buildkit2: engine("SKEG_TEST_BUILDKIT2_TCP")?,
            docker_host: engine("DOCKER_HOST")?,
            docker_config: engine("DOCKER_CONFIG")?.into(),
            buildx: engine("SKEG_TEST_BUILDX")?.into(),
            buildctl: engine("SKEG_TEST_BUILDCTL")?.into(),
            crane: engine("SKEG_TEST_CRANE")?.into(),
        })
    }

    /// A tool that was built together with buildctl.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.buildctl.parent().unwrap_or(Path::new("/")).join(name)
    }
}

/// One variable of `integration/engines env`; `None`, said aloud, where its engine does not run. Only the old docker
/// daemon may be missing when engines are required: it is started when asked for.
pub(crate) fn engine(name: &str) -> Option<String> {
    let value = variable(name);
    if value.is_none() {
        let required = variable("SKEG_TEST_REQUIRE_ENGINES").is_some() && !name.contains("_OLD_");
        assert!(!required, "{name} is not set: start the engines (integration/engines up)");
        eprintln!("skipped: needs engines ({name} is not set; see integration/README.md)");
    }
    value
}

/// The one place where tests read the environment they were started with.
#[expect(clippy::disallowed_methods, reason = "engines and counts are the environment of the test run")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
