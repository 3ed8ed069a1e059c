//! What hooks see in their environment: `SKAFFOLD_` and the name (Skaffold: `hooks/env.go`). Pure.
//!
//! Skaffold's `RPC_PORT` and `HTTP_PORT` are never set: there is no such server.

use std::path::Path;

use crate::image::Reference;
use crate::settings::env::SKAFFOLD_PREFIX;

/// What every hook of a run is told. What is not known is not set.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunWide<'a> {
    /// `KUBE_CONTEXT`: the kube-context in force.
    pub kube_context: Option<&'a str>,
    /// `NAMESPACES`, separated by commas.
    pub namespaces: &'a [String],
    /// `RUN_ID`, of runs that deploy.
    pub run_id: Option<&'a str>,
    /// `DEFAULT_REPO`.
    pub default_repo: Option<&'a str>,
    /// `MULTI_LEVEL_REPO`, where somebody said so.
    pub multi_level_repo: Option<bool>,
    /// `WORK_DIR`: the folder the program was started in, absolute.
    pub work_dir: Option<&'a Path>,
}

/// What the hooks of one artifact's build are told.
#[derive(Debug, Clone, Copy)]
pub struct OfBuild<'a> {
    /// The tagged reference: `IMAGE`, and in parts `IMAGE_REPO` (domain and path) and `IMAGE_TAG`.
    pub tagged: &'a str,
    /// `PUSH_IMAGE`: `true` when the image is pushed.
    pub push: bool,
    /// `BUILD_CONTEXT`: the artifact's folder, absolute.
    pub context: &'a Path,
}

/// The variables of hooks that belong to no artifact (`build.hooks`).
pub fn run_variables(run: &RunWide<'_>) -> Vec<(String, String)> {
    let known = [
        ("KUBE_CONTEXT", run.kube_context.map(str::to_owned)),
        ("NAMESPACES", Some(run.namespaces.join(",")).filter(|list| !list.is_empty())),
        ("RUN_ID", run.run_id.map(str::to_owned)),
        ("DEFAULT_REPO", run.default_repo.map(str::to_owned)),
        ("MULTI_LEVEL_REPO", run.multi_level_repo.map(|yes| yes.to_string())),
        ("WORK_DIR", run.work_dir.map(|folder| folder.to_string_lossy().into_owned())),
    ];
    known.into_iter().filter_map(|(name, value)| Some(variable(name, value?))).collect()
}

/// The variables of an artifact's build hooks: the run's, and those of its image.
pub fn build_variables(run: &RunWide<'_>, build: &OfBuild<'_>) -> Vec<(String, String)> {
    let (repo, tag) = repo_and_tag(build.tagged);
    let mut variables = run_variables(run);
    variables.extend([
        variable("IMAGE", build.tagged.to_owned()),
        variable("PUSH_IMAGE", build.push.to_string()),
        variable("IMAGE_REPO", repo),
        variable("IMAGE_TAG", tag),
        variable("BUILD_CONTEXT", build.context.to_string_lossy().into_owned()),
    ]);
    variables
}

/// `IMAGE_REPO` and `IMAGE_TAG` as hooks and custom builds see them: the *whole* name, and the tag (empty where there
/// is none). Docker build arguments have other ideas of `IMAGE_REPO`, which is Skaffold's way.
pub fn repo_and_tag(tagged: &str) -> (String, String) {
    Reference::parse(tagged).map_or_else(
        |_| (tagged.to_owned(), String::new()),
        |reference| (reference.name().to_owned(), reference.tag().unwrap_or_default().to_owned()),
    )
}

fn variable(name: &str, value: String) -> (String, String) {
    (format!("{SKAFFOLD_PREFIX}{name}"), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(variables: &[(String, String)]) -> Vec<String> {
        variables.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn what_is_not_known_is_not_set() {
        assert!(run_variables(&RunWide::default()).is_empty());
        let namespaces = ["a".to_owned(), "b".to_owned()];
        let run = RunWide {
            kube_context: Some("kind-dev"),
            namespaces: &namespaces,
            run_id: Some("1234"),
            default_repo: Some("reg.test/team"),
            multi_level_repo: Some(false),
            work_dir: Some(Path::new("/p")),
        };
        assert_eq!(
            lines(&run_variables(&run)),
            [
                "SKAFFOLD_KUBE_CONTEXT=kind-dev",
                "SKAFFOLD_NAMESPACES=a,b",
                "SKAFFOLD_RUN_ID=1234",
                "SKAFFOLD_DEFAULT_REPO=reg.test/team",
                "SKAFFOLD_MULTI_LEVEL_REPO=false",
                "SKAFFOLD_WORK_DIR=/p",
            ]
        );
    }

    #[test]
    fn builds_are_told_of_their_image() {
        let run = RunWide { work_dir: Some(Path::new("/p")), ..RunWide::default() };
        let build =
            OfBuild { tagged: "localhost:5000/team/app:v1", push: true, context: Path::new("/p/app") };
        assert_eq!(
            lines(&build_variables(&run, &build)),
            [
                "SKAFFOLD_WORK_DIR=/p",
                "SKAFFOLD_IMAGE=localhost:5000/team/app:v1",
                "SKAFFOLD_PUSH_IMAGE=true",
                "SKAFFOLD_IMAGE_REPO=localhost:5000/team/app",
                "SKAFFOLD_IMAGE_TAG=v1",
                "SKAFFOLD_BUILD_CONTEXT=/p/app",
            ]
        );
    }

    #[test]
    fn names_are_whole_and_tags_may_be_missing() {
        let parts = |text| repo_and_tag(text);
        assert_eq!(parts("gcr.io/p/app:1"), ("gcr.io/p/app".into(), "1".into()));
        assert_eq!(parts("localhost:5000/app"), ("localhost:5000/app".into(), String::new()));
        assert_eq!(parts("app:1@sha256:".to_owned().as_str()).1, "");
    }
}
