//! Artifacts that kaniko builds.

use super::kubernetes::{ENV_VAR, VOLUME_MOUNT};
use super::Kind::{Bool, Many, Objects, One, Text, TextMap, Texts, Whole};
use super::{Type, field};

pub(super) static KANIKO_ARTIFACT: Type = Type {
    name: "KanikoArtifact",
    doc: "An image that is built from a Dockerfile with kaniko, in the cluster. Keys that are not known \
          are ignored from skaffold/v2beta11 on.",
    fields: &[
        field("buildArgs", TextMap, "Arguments of the Dockerfile's `ARG`s. Values may be templates."),
        field("buildContext", One(&KANIKO_BUILD_CONTEXT), "How the sources get to the pod.")
            .until("v2alpha1").instead("remove it; the sources are sent to the pod directly"),
        field("buildContextCompressionLevel", Whole, "Level of gzip for sending the sources: 0 (none) to 9.")
            .since("v4beta12").default("1"),
        field("cache", One(&KANIKO_CACHE), "Cache of layers. Off when not given."),
        field("cleanup", Bool, "Cleans the file system at the end of the build.")
            .since("v2beta9").default("false"),
        field("contextSubPath", Text, "Folder in the sources to build in.").since("v3alpha1"),
        field("copyMaxRetries", Whole, "How often sending the sources is tried again.")
            .since("v4beta10").default("3"),
        field("copyTimeout", Text, "Limit of sending the sources, such as `5m`. Defaults to `5m`.")
            .since("v4beta10"),
        field("destination", Texts, "More names to push the image as.").since("v4beta11"),
        field("digestFile", Text, "File in the pod that the image's digest is written to.").since("v2beta9"),
        field("dockerfile", Text, "Dockerfile, relative to the artifact's folder.").default("Dockerfile"),
        field("env", Many(&ENV_VAR), "Variables of kaniko's container.").since("v2alpha1").until("v2beta10"),
        field("env", Objects,
            "Variables of kaniko's container, as Kubernetes writes them: `{name: A, value: b}`.")
            .since("v2beta11"),
        field("flags", Texts, "More flags of kaniko.")
            .until("v2beta8").instead("write the flags as keys of their own, such as `cleanup: true`"),
        field("force", Bool, "Builds even outside of a container.").since("v2beta9").default("false"),
        field("ignorePaths", Texts, "Paths that kaniko leaves out of layers.").since("v4beta2"),
        field("image", Text, "Image of kaniko itself. Defaults to `gcr.io/kaniko-project/executor`."),
        field("imageFSExtractRetry", Text, "How often unpacking the base image is tried again, as a number.")
            .since("v2beta21"),
        field("imageNameWithDigestFile", Text,
            "File in the pod that the image's name and digest are written to.")
            .since("v2beta9"),
        field("imagePullSecret", Text, "Secret of the cluster that kaniko's image is pulled with.")
            .since("v4beta12"),
        field("initImage", Text, "Image of the container that receives the sources.").since("v2alpha2"),
        field("insecure", Bool, "Pushes over http.").since("v2beta9").default("false"),
        field("insecurePull", Bool, "Pulls over http.").since("v2beta9").default("false"),
        field("insecureRegistry", Texts, "Registries spoken to over http.").since("v2beta9"),
        field("label", TextMap, "Labels of the image.").since("v2beta9"),
        field("logFormat", Text, "Format of the log: `text`, `color` or `json`.").since("v2beta9"),
        field("logTimestamp", Bool, "Adds times to the log.").since("v2beta9").default("false"),
        field("noPush", Bool, "Builds without pushing.")
            .since("v2beta9").until("v4beta4").default("false").instead("remove it"),
        field("ociLayoutPath", Text, "Folder in the pod that the image is written to as an OCI layout.")
            .since("v2beta9"),
        field("pushRetry", Text, "How often pushing is tried again, as a number.").since("v2beta20"),
        field("registryCertificate", TextMap, "Certificates to trust, by registry.").since("v2beta9"),
        field("registryMirror", Text, "Mirror to use instead of Docker Hub.").since("v2beta9"),
        field("reproducible", Bool, "Leaves times out of the image.").since("v1beta13").default("false"),
        field("singleSnapshot", Bool, "Makes one layer at the end instead of one for each step.")
            .since("v2beta9").default("false"),
        field("skipTLS", Bool, "Pushes without checking certificates.").since("v1beta16").default("false"),
        field("skipTLSVerifyPull", Bool, "Pulls without checking certificates.")
            .since("v2beta9").default("false"),
        field("skipTLSVerifyRegistry", Texts, "Registries whose certificates are not checked.")
            .since("v2beta9"),
        field("skipUnusedStages", Bool, "Builds only the stages that the target needs.")
            .since("v2beta9").default("false"),
        field("snapshotMode", Text, "How changed files are found: `full`, `redo` or `time`.")
            .since("v2beta9"),
        field("tarPath", Text, "File in the pod that the image is written to as a tarball.").since("v2beta9"),
        field("target", Text, "Stage of the Dockerfile to build. Defaults to the last one."),
        field("useNewRun", Bool, "Finds changed files in another, faster way.")
            .since("v2beta9").default("false"),
        field("verbosity", Text,
            "Level of the log: `panic`, `fatal`, `error`, `warn`, `info`, `debug` or `trace`.")
            .since("v2beta9"),
        field("volumeMounts", Many(&VOLUME_MOUNT), "Volumes of `build.cluster.volumes` to mount.")
            .since("v2alpha3").until("v2beta10"),
        field("volumeMounts", Objects,
            "Volumes of `build.cluster.volumes` to mount, as Kubernetes writes them.")
            .since("v2beta11"),
        field("whitelistVarRun", Bool, "Leaves `/var/run` out of layers.").since("v2beta9").default("false"),
    ],
};

pub(super) static KANIKO_CACHE: Type = Type {
    name: "KanikoCache",
    doc: "Cache of layers, in a registry.",
    fields: &[
        field("cacheCopyLayers", Bool, "Keeps the layers of COPY steps too.")
            .since("v2beta25").default("false"),
        field("cacheRunLayers", Bool, "Keeps the layers of RUN steps. On unless set to `false`.")
            .since("v4beta12"),
        field("hostPath", Text, "Folder of the node that holds base images.").since("v1beta11"),
        field("repo", Text,
            "Registry and path of the cached layers. Derived from the image's name when not given."),
        field("ttl", Text, "How long layers are kept, such as `24h`.").since("v2beta9"),
    ],
};

pub(super) static KANIKO_BUILD_CONTEXT: Type = Type {
    name: "KanikoBuildContext",
    doc: "How the sources get to the pod.",
    fields: &[
        field("gcsBucket", Text, "Bucket of Google Cloud Storage that the sources are sent through."),
        field("localDir", One(&LOCAL_DIR), "Sends the sources to the pod directly.").since("v1alpha4"),
    ],
};

pub(super) static LOCAL_DIR: Type = Type {
    name: "LocalDir",
    doc: "Sends the sources to the pod directly.",
    fields: &[
        field("initImage", Text, "Image of the container that receives the sources.")
            .since("v1beta7").instead("write `kaniko.initImage`"),
    ],
};
