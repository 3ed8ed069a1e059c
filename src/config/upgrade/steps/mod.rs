//! The steps: what the next version of each version moved, renamed and lost. A version that is not here differs from
//! its successor only in what it lacks.

mod v1alpha1;
mod v1alpha2;
mod v1alpha3;
mod v1alpha5;
mod v1beta13;
mod v1beta6;
mod v1beta7;
mod v1beta8;
mod v1beta9;
mod v2alpha1;
mod v2alpha2;
mod v2beta10;
mod v2beta12;
mod v2beta22;
mod v2beta27;
mod v2beta29;
mod v2beta7;
mod v2beta8;
mod v3;
mod v4beta3;

use super::change::Change::{Drop, Rename, Reshape};
use super::change::Step;
use crate::config::schema::Version;

const fn step(from: &str, changes: &'static [super::change::Change]) -> Step {
    Step { from: Version::of(from), changes }
}

/// All steps, the oldest first.
pub(super) static STEPS: &[Step] = &[
    step(
        "v1alpha1",
        &[
            Drop("deploy/name", "a deployment has no name any more"),
            Reshape { at: "", keys: &[], run: v1alpha1::pipeline },
        ],
    ),
    step(
        "v1alpha2",
        &[
            Reshape { at: "build/kaniko", keys: &["gcsBucket"], run: v1alpha2::kaniko },
            Reshape { at: "deploy/helm/releases/*", keys: &["valuesFilePath"], run: v1alpha2::release },
        ],
    ),
    step(
        "v1alpha3",
        &[
            Rename("build/artifacts/*/imageName", "image"),
            Rename("build/artifacts/*/workspace", "context"),
            Rename("build/artifacts/*/docker/dockerfilePath", "dockerfile"),
            Rename("deploy/kustomize/kustomizePath", "path"),
            Reshape { at: "build/local", keys: &["skipPush"], run: v1alpha3::local },
        ],
    ),
    step("v1alpha5", &[Reshape { at: "build", keys: &["acr"], run: v1alpha5::build }]),
    step("v1beta6", &[Reshape { at: "", keys: v1beta6::KEYS, run: v1beta6::pipeline }]),
    step("v1beta7", &[Reshape { at: "", keys: &[], run: v1beta7::document }]),
    step(
        "v1beta8",
        &[
            Reshape { at: "build/artifacts/*", keys: &["plugin"], run: v1beta8::artifact },
            Reshape { at: "build", keys: &["executionEnvironment"], run: v1beta8::build },
        ],
    ),
    step("v1beta9", &[Reshape { at: "build/artifacts/*", keys: &["sync"], run: v1beta9::artifact }]),
    step(
        "v1beta13",
        &[Reshape { at: "build/artifacts/*", keys: &["jibMaven", "jibGradle"], run: v1beta13::artifact }],
    ),
    step(
        "v2alpha1",
        &[Reshape { at: "build/artifacts/*/kaniko", keys: &["buildContext"], run: v2alpha1::kaniko }],
    ),
    step(
        "v2alpha2",
        &[
            Reshape { at: "deploy/kustomize", keys: &["path"], run: v2alpha2::kustomize },
            Drop("build/artifacts/*/buildpack/forcePull", "there is no such setting any more"),
        ],
    ),
    step("v2beta3", &[Rename("deploy/helm/releases/*/values", "artifactOverrides")]),
    step(
        "v2beta4",
        &[
            Rename("build/artifacts/*/buildpack", "buildpacks"),
            Rename("build/cluster/pullSecret", "pullSecretPath"),
        ],
    ),
    step("v2beta7", &[Reshape { at: "deploy/kpt", keys: &["applyDir", "live"], run: v2beta7::kpt }]),
    step(
        "v2beta8",
        &[
            Reshape { at: "build/artifacts/*/sync", keys: &["auto"], run: v2beta8::sync },
            Reshape { at: "build/artifacts/*/kaniko", keys: &["flags"], run: v2beta8::kaniko },
        ],
    ),
    step(
        "v2beta10",
        &[
            Reshape { at: "build/artifacts/*/kaniko", keys: &["volumeMounts"], run: v2beta10::kaniko },
            Reshape { at: "build/cluster", keys: &["volumes"], run: v2beta10::cluster },
        ],
    ),
    step(
        "v2beta12",
        &[Reshape { at: "deploy/helm/releases/*", keys: &["remote", "chartPath"], run: v2beta12::release }],
    ),
    step(
        "v2beta16",
        &[Drop(
            "build/artifacts/*/docker/secret/dst",
            "the `RUN --mount=type=secret` of the Dockerfile says where a secret is seen",
        )],
    ),
    step("v2beta22", &[Reshape { at: "build/artifacts/*/docker", keys: &["secret"], run: v2beta22::docker }]),
    step(
        "v2beta27",
        &[Reshape { at: "build/artifacts/*", keys: &["ko/platforms", "platforms"], run: v2beta27::artifact }],
    ),
    step("v2beta29", &[Reshape { at: "", keys: v2beta29::KEYS, run: v2beta29::pipeline }]),
    step("v3", &[Reshape { at: "", keys: v3::KEYS, run: v3::pipeline }]),
    step("v4beta3", &[Reshape { at: "verify/*/container", keys: &["*"], run: v4beta3::container }]),
    step("v4beta4", &[Drop("build/artifacts/*/kaniko/noPush", "images are always pushed")]),
    step("v4beta7", &[Rename("deploy/kpt/false", "force")]),
];
