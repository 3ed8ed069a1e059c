//! The `build` section without its artifacts.

use super::artifact::ARTIFACT;
use super::hooks::BUILD_HOOKS;
use super::kaniko::{KANIKO_BUILD_CONTEXT, KANIKO_CACHE};
use super::kubernetes::{TOLERATION, VOLUME};
use super::Kind::{Bool, Many, Objects, One, Text, TextMap, Texts, Values, Whole, Words};
use super::{Type, field};

pub(super) static BUILD_CONFIG: Type = Type {
    name: "BuildConfig",
    doc: "Images to build, how they are tagged, and what builds them.",
    fields: &[
        field("hooks", One(&BUILD_HOOKS), "Commands to run before and after the whole build.")
            .since("v4beta7"),
        field("artifacts", Many(&ARTIFACT), "The images to build."),
        field("insecureRegistries", Texts,
            "Registries spoken to over http, or without checking certificates, such as \
             `registry.local:5000`.")
            .since("v1beta8"),
        field("tagPolicy", Text, "Way to tag images: `gitCommit` or `sha256`.")
            .until("v1alpha1").instead("write `tagPolicy: {gitCommit: {}}` or `tagPolicy: {sha256: {}}`"),
        field("tagPolicy", One(&TAG_POLICY),
            "How images are tagged. By the commit (`gitCommit`) when nothing is given.")
            .since("v1alpha2"),
        field("platforms", Texts,
            "Platforms to build all images for, such as `linux/amd64`. Each artifact and `--platform` \
             may say otherwise.")
            .since("v2beta27"),
        field("local", One(&LOCAL_BUILD), "Builds on this machine. The default.").one_of(),
        field("googleCloudBuild", One(&GOOGLE_CLOUD_BUILD), "Builds in Google Cloud Build.").one_of(),
        field("cluster", One(&CLUSTER_DETAILS), "Builds in pods of the cluster.").since("v1beta7").one_of(),
        field("acr", One(&AZURE_CONTAINER_BUILD), "Builds in Azure Container Registry.")
            .since("v1alpha5").until("v1alpha5").one_of()
            .instead("remove it; Azure Container Registry builds are not supported since skaffold/v1beta1"),
        field("kaniko", One(&KANIKO_BUILD), "Builds with kaniko in pods of the cluster.")
            .since("v1alpha2").until("v1beta6").one_of()
            .instead("write `build.cluster`, and `kaniko` in each artifact"),
        field("executionEnvironment", One(&EXECUTION_ENVIRONMENT), "Where plugins build.")
            .since("v1beta5").until("v1beta8").instead("write `local` or `googleCloudBuild`"),
    ],
};

pub(super) static EXECUTION_ENVIRONMENT: Type = Type {
    name: "ExecutionEnvironment",
    doc: "Where plugins build.",
    fields: &[
        field("name", Text, "`local` or `googleCloudBuild`."),
        field("properties", Values, "Settings of the place, as in the section of that name."),
    ],
};

pub(super) static TAG_POLICY: Type = Type {
    name: "TagPolicy",
    doc: "How images are tagged: at most one of these.",
    fields: &[
        field("gitCommit", One(&GIT_TAGGER), "Tags by the commit of the artifact's folder.").one_of(),
        field("sha256", One(&SHA_TAGGER), "Tags everything `latest`; the digest tells images apart.")
            .one_of(),
        field("envTemplate", One(&ENV_TEMPLATE_TAGGER), "Tags by a template over the environment.").one_of(),
        field("dateTime", One(&DATE_TIME_TAGGER), "Tags by the time of the build.").one_of(),
        field("customTemplate", One(&CUSTOM_TEMPLATE_TAGGER), "Tags by a template over other taggers.")
            .since("v2beta6").one_of(),
        field("inputDigest", One(&INPUT_DIGEST), "Tags by a digest of the files the image is built from.")
            .since("v2beta14").one_of(),
    ],
};

pub(super) static GIT_TAGGER: Type = Type {
    name: "GitTagger",
    doc: "Tags by the commit.",
    fields: &[
        field("variant", Words(&["Tags", "CommitSha", "AbbrevCommitSha", "TreeSha", "AbbrevTreeSha"]),
            "What becomes the tag: the git tag or abbreviated commit (`Tags`, the default), or the \
             commit or tree, in full or abbreviated.")
            .since("v1beta9"),
        field("prefix", Text, "Text before the tag, such as `dev-`.").since("v2beta3"),
        field("ignoreChanges", Bool, "Leaves out `-dirty` when files are changed but not committed.")
            .since("v2beta11").default("false"),
    ],
};

pub(super) static SHA_TAGGER: Type = Type {
    name: "ShaTagger",
    doc: "Tags everything `latest`. Has no settings.",
    fields: &[
    ],
};

pub(super) static ENV_TEMPLATE_TAGGER: Type = Type {
    name: "EnvTemplateTagger",
    doc: "Tags by a template over the environment.",
    fields: &[
        field("template", Text,
            "Template of the tag, such as `{{.RELEASE}}`; it knows the environment and `IMAGE_NAME`.")
            .required(),
    ],
};

pub(super) static DATE_TIME_TAGGER: Type = Type {
    name: "DateTimeTagger",
    doc: "Tags by the time of the build.",
    fields: &[
        field("format", Text, "Layout of the time, written as Go writes layouts.")
            .default("2006-01-02_15-04-05.999_MST"),
        field("timezone", Text,
            "Time zone, such as `UTC` or `Europe/Berlin`. Defaults to that of this machine."),
    ],
};

pub(super) static CUSTOM_TEMPLATE_TAGGER: Type = Type {
    name: "CustomTemplateTagger",
    doc: "Tags by a template over other taggers.",
    fields: &[
        field("template", Text,
            "Template of the tag, such as `{{.DATE}}_{{.SHA}}`, with the names of the components.")
            .required(),
        field("components", Many(&TAGGER_COMPONENT), "Taggers that the template may name."),
    ],
};

pub(super) static TAGGER_COMPONENT: Type = Type {
    name: "TaggerComponent",
    doc: "A tagger with a name: at most one of the taggers.",
    fields: &[
        field("name", Text, "Name in the template, such as `SHA`."),
        field("gitCommit", One(&GIT_TAGGER), "Tags by the commit of the artifact's folder.").one_of(),
        field("sha256", One(&SHA_TAGGER), "Always `latest`.").one_of(),
        field("envTemplate", One(&ENV_TEMPLATE_TAGGER), "A template over the environment.").one_of(),
        field("dateTime", One(&DATE_TIME_TAGGER), "The time of the build.").one_of(),
        field("customTemplate", One(&CUSTOM_TEMPLATE_TAGGER),
            "A template over other taggers; not possible inside a `customTemplate`.")
            .one_of(),
        field("inputDigest", One(&INPUT_DIGEST), "A digest of the files the image is built from.")
            .since("v2beta14").one_of(),
    ],
};

pub(super) static INPUT_DIGEST: Type = Type {
    name: "InputDigest",
    doc: "Tags by a digest of the files an image is built from. Has no settings.",
    fields: &[
    ],
};

pub(super) static LOCAL_BUILD: Type = Type {
    name: "LocalBuild",
    doc: "Builds on this machine, through BuildKit.",
    fields: &[
        field("push", Bool,
            "Whether images are pushed. By default they are, unless the cluster is a local one.")
            .since("v1alpha4"),
        field("skipPush", Bool, "Whether images are kept on this machine.")
            .until("v1alpha3").instead("write `push`, which says the opposite"),
        field("tryImportMissing", Bool, "Pulls an image that was built elsewhere before building it.")
            .since("v2beta8").default("false"),
        field("useDockerCLI", Bool, "Builds with the program `docker` instead of its API.")
            .since("v1alpha2").default("false"),
        field("useBuildkit", Bool, "Whether Docker builds with BuildKit.").since("v1alpha2"),
        field("concurrency", Whole, "Artifacts to build at the same time; 0 means no limit.")
            .since("v2alpha2").default("1"),
    ],
};

pub(super) static GOOGLE_CLOUD_BUILD: Type = Type {
    name: "GoogleCloudBuild",
    doc: "Builds in Google Cloud Build.",
    fields: &[
        field("projectId", Text, "Google Cloud project. Guessed from the image's name when not given."),
        field("diskSizeGb", Whole, "Size of the worker's disk in GB.").since("v1alpha2"),
        field("machineType", Text, "Machine of the worker, such as `E2_HIGHCPU_8`.").since("v1alpha2"),
        field("timeout", Text, "Limit of a build, such as `1200s`.").since("v1alpha2"),
        field("logging", Words(&["LOGGING_UNSPECIFIED", "LEGACY", "GCS_ONLY"]), "Where logs are kept.")
            .since("v2beta3"),
        field("logStreamingOption", Words(&["STREAM_DEFAULT", "STREAM_ON", "STREAM_OFF"]),
            "When logs are written to the bucket.")
            .since("v2beta3"),
        field("dockerImage", Text, "Image that runs docker builds.")
            .since("v1alpha2").default("gcr.io/cloud-builders/docker"),
        field("kanikoImage", Text, "Image that runs kaniko builds.")
            .since("v1beta14").default("gcr.io/kaniko-project/executor"),
        field("mavenImage", Text, "Image that runs Maven builds.")
            .since("v1beta3").default("gcr.io/cloud-builders/mvn"),
        field("gradleImage", Text, "Image that runs Gradle builds.")
            .since("v1beta3").default("gcr.io/cloud-builders/gradle"),
        field("packImage", Text, "Image that runs buildpacks.")
            .since("v2alpha2").default("gcr.io/k8s-skaffold/pack"),
        field("koImage", Text, "Image that runs ko builds.")
            .since("v3alpha1").default("gcr.io/k8s-skaffold/skaffold"),
        field("bucket", Text, "Bucket the sources are uploaded to. Derived from the project when not given.")
            .since("v4beta12"),
        field("concurrency", Whole, "Artifacts to build at the same time; 0 means no limit.")
            .since("v1beta14").default("0"),
        field("workerPool", Text,
            "Private pool of workers, as `projects/PROJECT/locations/REGION/workerPools/POOL`.")
            .since("v2beta6"),
        field("region", Text, "Region to build in, such as `us-central1`.").since("v2beta29"),
        field("platformEmulatorInstallStep", One(&PLATFORM_EMULATOR_INSTALL_STEP),
            "Step that installs emulators, for images of other platforms.")
            .since("v3alpha1"),
        field("serviceAccount", Text, "Service account that builds run as.").since("v3alpha1"),
    ],
};

pub(super) static PLATFORM_EMULATOR_INSTALL_STEP: Type = Type {
    name: "PlatformEmulatorInstallStep",
    doc: "A step of a cloud build that installs emulators for other platforms.",
    fields: &[
        field("image", Text, "Image of the step, such as `tonistiigi/binfmt`.").required(),
        field("args", Texts, "Arguments, such as `[--install, all]`."),
        field("entrypoint", Text, "Program to run instead of the image's own."),
    ],
};

pub(super) static AZURE_CONTAINER_BUILD: Type = Type {
    name: "AzureContainerBuild",
    doc: "Builds in Azure Container Registry.",
    fields: &[
        field("subscriptionId", Text, "Azure subscription."),
        field("clientId", Text, "Client of the service principal."),
        field("clientSecret", Text, "Secret of the client."),
        field("tenantId", Text, "Tenant of the service principal."),
    ],
};

pub(super) static CLUSTER_DETAILS: Type = Type {
    name: "ClusterDetails",
    doc: "Builds in pods of the cluster. Keys that are not known are ignored from skaffold/v2beta11 \
          on.",
    fields: &[
        field("HTTPS_PROXY", Text, "Proxy of the build pods for https.").since("v1beta13"),
        field("HTTP_PROXY", Text, "Proxy of the build pods for http.").since("v1beta13"),
        field("annotations", TextMap, "Annotations of the build pods.").since("v2beta5"),
        field("concurrency", Whole, "Artifacts to build at the same time; 0 means no limit.")
            .since("v1beta14").default("0"),
        field("dockerConfig", One(&DOCKER_CONFIG),
            "Docker configuration, credentials included, to mount into the build pods."),
        field("labels", TextMap, "Labels of the build pods.").since("v4beta12"),
        field("namespace", Text, "Namespace of the build pods. Defaults to the current one."),
        field("nodeSelector", TextMap, "Labels that a node must have to run build pods.").since("v2beta18"),
        field("pullSecret", Text, "File with the key of a Google service account, to pull and push with.")
            .until("v2beta4").instead("write `pullSecretPath`"),
        field("pullSecretMountPath", Text,
            "Folder in the build pods that the secret is mounted at. Defaults to `/secret`.")
            .since("v1beta16"),
        field("pullSecretName", Text, "Secret of the cluster that holds the service account's key.")
            .default("kaniko-secret"),
        field("pullSecretPath", Text,
            "File with the key of a Google service account that the secret is made of.")
            .since("v2beta5"),
        field("randomDockerConfigSecret", Bool,
            "Gives the secret of `dockerConfig` a random name, so that parallel builds do not share it.")
            .since("v2alpha3").default("false"),
        field("randomPullSecret", Bool,
            "Gives the secret of `pullSecretPath` a random name, so that parallel builds do not share \
             it.")
            .since("v2alpha3").default("false"),
        field("resources", One(&RESOURCE_REQUIREMENTS), "Processors and memory of the build pods.")
            .since("v1beta8"),
        field("runAsUser", Whole, "Number of the user that the build pods run as.").since("v2beta3"),
        field("serviceAccount", Text, "Kubernetes service account of the build pods.").since("v2beta3"),
        field("timeout", Text, "Limit of a build, such as `30m`. Defaults to `20m`."),
        field("tolerations", Many(&TOLERATION), "Taints of nodes that the build pods put up with.")
            .since("v2beta5").until("v2beta10"),
        field("tolerations", Objects,
            "Taints of nodes that the build pods put up with, as Kubernetes writes them.")
            .since("v2beta11"),
        field("volumes", Many(&VOLUME), "Volumes of the build pods, for `volumeMounts` of the artifacts.")
            .since("v2alpha3").until("v2beta10"),
        field("volumes", Objects,
            "Volumes of the build pods, as Kubernetes writes them, for `volumeMounts` of the artifacts.")
            .since("v2beta11"),
    ],
};

pub(super) static DOCKER_CONFIG: Type = Type {
    name: "DockerConfig",
    doc: "A Docker configuration for build pods.",
    fields: &[
        field("path", Text, "File it is read from, such as `~/.docker/config.json`."),
        field("secretName", Text, "Secret of the cluster that holds it. Defaults to `docker-cfg`."),
    ],
};

pub(super) static RESOURCE_REQUIREMENTS: Type = Type {
    name: "ResourceRequirements",
    doc: "What build pods get.",
    fields: &[
        field("limits", One(&RESOURCE_REQUIREMENT), "The most they may use."),
        field("requests", One(&RESOURCE_REQUIREMENT), "What they are promised."),
    ],
};

pub(super) static RESOURCE_REQUIREMENT: Type = Type {
    name: "ResourceRequirement",
    doc: "Amounts, as Kubernetes writes them.",
    fields: &[
        field("cpu", Text, "Processors, such as `500m`."),
        field("ephemeralStorage", Text, "Disk of the node, such as `2Gi`.").since("v1beta17"),
        field("memory", Text, "Memory, such as `1Gi`."),
        field("resourceStorage", Text, "Storage, such as `10Gi`.").since("v1beta17"),
    ],
};

pub(super) static KANIKO_BUILD: Type = Type {
    name: "KanikoBuild",
    doc: "Builds all images with kaniko in pods of the cluster.",
    fields: &[
        field("buildContext", One(&KANIKO_BUILD_CONTEXT), "How the sources get to the pods.")
            .since("v1alpha3"),
        field("gcsBucket", Text, "Bucket of Google Cloud Storage that the sources are sent through.")
            .until("v1alpha2").instead("write `buildContext.gcsBucket`"),
        field("cache", One(&KANIKO_CACHE), "Cache of layers.").since("v1beta1"),
        field("flags", Texts, "More flags of kaniko, such as `--verbosity=debug`.").since("v1beta2"),
        field("image", Text, "Image of kaniko itself.").since("v1alpha4"),
        field("pullSecret", Text, "File with the key of a Google service account, to pull and push with."),
        field("pullSecretName", Text, "Secret of the cluster that holds the service account's key.")
            .default("kaniko-secret"),
        field("namespace", Text, "Namespace of the build pods. Defaults to the current one."),
        field("timeout", Text, "Limit of a build, such as `30m`. Defaults to `20m`."),
        field("dockerConfig", One(&DOCKER_CONFIG),
            "Docker configuration, credentials included, to mount into the build pods.")
            .since("v1beta3"),
    ],
};
