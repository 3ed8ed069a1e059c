//! The machine-read result of a build, byte for byte Skaffold's (`app/flags/build_output.go`,
//! `graph/artifact_graph.go`).

use serde::{Deserialize, Serialize};

use crate::config::model;

/// One built image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The image name as in the project file.
    #[serde(rename = "imageName")]
    pub image_name: String,
    /// The reference to deploy.
    pub tag: String,
    /// The artifact's `runtimeType`, left out when there is none.
    #[serde(rename = "runtimeType", default, skip_serializing_if = "String::is_empty")]
    pub runtime_type: String,
}

impl Build {
    /// What is told of an artifact whose image is `tag`.
    pub fn of(artifact: &model::Artifact, tag: String) -> Self {
        let runtime_type = artifact.runtime_type.clone().unwrap_or_default();
        Self { image_name: artifact.image.clone(), tag, runtime_type }
    }
}

/// All built images; `None` = the build failed, or there was nothing to build (`{"builds":null}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Builds {
    /// In the order of the project's artifacts.
    // Without this, a text that says nothing of builds would be taken for a build that failed.
    #[serde(deserialize_with = "Option::deserialize")]
    pub builds: Option<Vec<Build>>,
}
