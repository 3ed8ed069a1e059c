//! The `deploy` section.

use super::hooks::{CLOUD_RUN_DEPLOY_HOOKS, DEPLOY_HOOKS};
use super::manifests::{HELM_DEPLOY_FLAGS, HELM_RELEASE};
use super::Kind::{Bool, Many, One, Text, TextMap, Texts, Whole, Words};
use super::{Type, field};

pub(super) static DEPLOY_CONFIG: Type = Type {
    name: "DeployConfig",
    doc: "How the application reaches the cluster. Several deployers may be used together.",
    fields: &[
        field("name", Text, "Name of the deployment.").until("v1alpha1").instead("remove it"),
        field("docker", One(&DOCKER_DEPLOY), "Runs containers in Docker, on this machine.").since("v2beta23"),
        field("helm", One(&HELM_DEPLOY), "Installs charts with helm.").until("v2beta29"),
        field("helm", One(&LEGACY_HELM_DEPLOY), "Installs charts with helm.").since("v3alpha1"),
        field("kpt", One(&KPT_DEPLOY), "Applies packages with kpt.").since("v2beta7"),
        field("kubectl", One(&KUBECTL_DEPLOY), "Applies manifests with kubectl. The default."),
        field("kustomize", One(&KUSTOMIZE_DEPLOY), "Applies kustomizations with kubectl.")
            .since("v1alpha2").until("v2beta29")
            .instead("list the folders under `manifests.kustomize.paths`"),
        field("cloudrun", One(&CLOUD_RUN_DEPLOY), "Deploys to Google Cloud Run.").since("v3alpha1"),
        field("statusCheck", Bool,
            "Whether to wait until everything deployed is ready. On unless set to `false`.")
            .since("v2beta16"),
        field("statusCheckDeadlineSeconds", Whole, "Limit of that wait in seconds. Defaults to `600`.")
            .since("v1beta13"),
        field("tolerateFailuresUntilDeadline", Bool,
            "Goes on waiting until the limit although something failed.")
            .since("v4beta1").default("false"),
        field("kubeContext", Text, "Kube-context to deploy to. Defaults to the current one.")
            .since("v1beta16"),
        field("logs", One(&LOGS_CONFIG), "How the logs of containers are shown.").since("v2beta6"),
    ],
};

pub(super) static DOCKER_DEPLOY: Type = Type {
    name: "DockerDeploy",
    doc: "Runs containers in Docker, on this machine.",
    fields: &[
        field("useCompose", Bool, "Runs them with docker compose.").default("false"),
        field("images", Texts, "Images to run, as their artifacts have them.").required(),
    ],
};

pub(super) static LEGACY_HELM_DEPLOY: Type = Type {
    name: "LegacyHelmDeploy",
    doc: "Installs charts with helm.",
    fields: &[
        field("concurrency", Whole, "Releases to install at the same time; 0 means no limit.")
            .since("v4beta12").default("1"),
        field("releases", Many(&HELM_RELEASE), "The charts, as releases."),
        field("flags", One(&HELM_DEPLOY_FLAGS), "More flags of helm."),
        field("hooks", One(&DEPLOY_HOOKS), "Commands to run before and after."),
    ],
};

pub(super) static HELM_DEPLOY: Type = Type {
    name: "HelmDeploy",
    doc: "Installs charts with helm.",
    fields: &[
        field("releases", Many(&HELM_RELEASE), "The charts, as releases.").required(),
        field("flags", One(&HELM_DEPLOY_FLAGS), "More flags of helm.").since("v1beta6"),
        field("hooks", One(&DEPLOY_HOOKS), "Commands to run before and after.").since("v2beta22"),
    ],
};

pub(super) static KPT_DEPLOY: Type = Type {
    name: "KptDeploy",
    doc: "Applies packages with kpt.",
    fields: &[
        field("dir", Text, "Folder of the package."),
        field("applyDir", Text, "Folder to apply from. A hidden one when not given.")
            .until("v2beta7").instead("write `live.apply.dir`"),
        field("applyFlags", Texts, "More flags of `kpt live apply`.").since("v3alpha1"),
        field("flags", Texts, "More flags of every command of kpt.").since("v3alpha1"),
        field("name", Text, "Name of the inventory.").since("v3alpha1"),
        field("inventoryID", Text, "Identifier of the inventory.").since("v3alpha1"),
        field("namespace", Text, "Namespace of the inventory.").since("v3alpha1"),
        field("false", Bool, "Takes over an inventory that is there; later versions call it `force`.")
            .since("v3alpha1").until("v4beta7").default("false").instead("write `force`"),
        field("force", Bool, "Takes over an inventory that is there.").since("v4beta8").default("false"),
        field("defaultNamespace", Text, "Namespace of resources that name none.").since("v3alpha1"),
        field("fn", One(&KPT_FN), "Functions to run over the manifests.")
            .until("v2beta29")
            .instead("write `manifests.kpt`, `manifests.transform` and `manifests.validate`"),
        field("live", One(&KPT_LIVE), "How the result is applied.")
            .until("v2beta29").instead("write its settings in `deploy.kpt` itself"),
    ],
};

pub(super) static KPT_FN: Type = Type {
    name: "KptFn",
    doc: "Functions of kpt to run over manifests.",
    fields: &[
        field("fnPath", Text, "Folder of the functions."),
        field("image", Text, "Image of a function to run."),
        field("networkName", Text, "Network of the functions."),
        field("globalScope", Bool, "Lets functions change resources of other folders too.").default("false"),
        field("network", Bool, "Lets functions use the network.").default("false"),
        field("mount", Texts, "Folders to mount into the functions."),
        field("sinkDir", Text, "Folder that the result is written to.").since("v2beta8"),
    ],
};

pub(super) static KPT_LIVE: Type = Type {
    name: "KptLive",
    doc: "How kpt applies manifests.",
    fields: &[
        field("apply", One(&KPT_LIVE_APPLY), "How they are applied.").until("v2beta7"),
        field("apply", One(&KPT_APPLY_INVENTORY), "The inventory.").since("v2beta8"),
        field("inventoryID", Text, "Identifier of the inventory.")
            .until("v2beta7").instead("write `live.apply.inventoryID`"),
        field("inventoryNamespace", Text, "Namespace of the inventory.")
            .until("v2beta7").instead("write `live.apply.inventoryNamespace`"),
        field("options", One(&KPT_APPLY_OPTIONS), "How they are applied.").since("v2beta8"),
    ],
};

pub(super) static KPT_APPLY_INVENTORY: Type = Type {
    name: "KptApplyInventory",
    doc: "An inventory of kpt.",
    fields: &[
        field("dir", Text, "Folder to apply from. A hidden one when not given."),
        field("inventoryID", Text, "Identifier of the inventory."),
        field("inventoryNamespace", Text, "Namespace of the inventory."),
    ],
};

pub(super) static KPT_APPLY_OPTIONS: Type = Type {
    name: "KptApplyOptions",
    doc: "How kpt applies manifests.",
    fields: &[
        field("pollPeriod", Text, "Time between two looks at the resources, such as `2s`."),
        field("prunePropagationPolicy", Text,
            "How resources are removed: `Background`, `Foreground` or `Orphan`."),
        field("pruneTimeout", Text, "Limit of the wait for resources to be removed."),
        field("reconcileTimeout", Text, "Limit of the wait for resources to be ready."),
    ],
};

pub(super) static KPT_LIVE_APPLY: Type = Type {
    name: "KptLiveApply",
    doc: "How kpt applies manifests.",
    fields: &[
        field("pollPeriod", Text, "Time between two looks at the resources, such as `2s`.")
            .instead("write `live.options.pollPeriod`"),
        field("prunePropagationPolicy", Text,
            "How resources are removed: `Background`, `Foreground` or `Orphan`."),
        field("pruneTimeout", Text, "Limit of the wait for resources to be removed."),
        field("reconcileTimeout", Text, "Limit of the wait for resources to be ready."),
    ],
};

pub(super) static KUBECTL_DEPLOY: Type = Type {
    name: "KubectlDeploy",
    doc: "Applies manifests with kubectl.",
    fields: &[
        field("manifests", Many(&MANIFEST), "Files of manifests, and their parameters.").until("v1alpha1"),
        field("manifests", Texts, "Files of manifests, patterns or URLs.")
            .since("v1alpha2").until("v2beta29").default("[\"k8s/*.yaml\"]")
            .instead("list the manifests under `manifests.rawYaml`"),
        field("flags", One(&KUBECTL_FLAGS), "More flags of kubectl.").since("v1alpha2"),
        field("remoteManifests", Texts,
            "Resources that are already in the cluster, to deploy with the images of this project, such \
             as `deployment/web`.")
            .since("v1alpha2"),
        field("defaultNamespace", Text, "Namespace of resources that name none. May be a template.")
            .since("v2beta8"),
        field("hooks", One(&DEPLOY_HOOKS), "Commands to run before and after.").since("v2beta21"),
    ],
};

pub(super) static MANIFEST: Type = Type {
    name: "Manifest",
    doc: "Files of manifests, and their parameters.",
    fields: &[
        field("paths", Texts, "Files, or patterns."),
        field("parameters", TextMap, "Parameters of the manifests."),
    ],
};

pub(super) static KUBECTL_FLAGS: Type = Type {
    name: "KubectlFlags",
    doc: "More flags of kubectl, by command.",
    fields: &[
        field("global", Texts, "Flags of every command."),
        field("apply", Texts, "Flags of `kubectl apply`."),
        field("delete", Texts, "Flags of `kubectl delete`."),
        field("disableValidation", Bool, "Applies without checking the manifests first.")
            .since("v2alpha3").default("false"),
    ],
};

pub(super) static KUSTOMIZE_DEPLOY: Type = Type {
    name: "KustomizeDeploy",
    doc: "Applies kustomizations with kubectl.",
    fields: &[
        field("paths", Texts, "Folders that hold them, or URLs.").since("v2alpha3").default("[\".\"]"),
        field("path", Text, "Folder that holds the kustomization.")
            .since("v1alpha4").until("v2alpha2").default(".").instead("write a list under `paths`"),
        field("kustomizePath", Text, "Folder that holds the kustomization.")
            .until("v1alpha3").instead("write `path`"),
        field("flags", One(&KUBECTL_FLAGS), "More flags of kubectl."),
        field("buildArgs", Texts, "More arguments of `kustomize build`.").since("v1beta15"),
        field("defaultNamespace", Text, "Namespace of resources that name none. May be a template.")
            .since("v2beta8"),
        field("hooks", One(&DEPLOY_HOOKS), "Commands to run before and after.").since("v2beta22"),
    ],
};

pub(super) static CLOUD_RUN_DEPLOY: Type = Type {
    name: "CloudRunDeploy",
    doc: "Deploys to Google Cloud Run.",
    fields: &[
        field("projectid", Text, "Google Cloud project."),
        field("region", Text, "Region, such as `europe-west1`."),
        field("hooks", One(&CLOUD_RUN_DEPLOY_HOOKS), "Commands to run before and after.").since("v4beta2"),
    ],
};

pub(super) static LOGS_CONFIG: Type = Type {
    name: "LogsConfig",
    doc: "How the logs of containers are shown.",
    fields: &[
        field("prefix", Words(&["container", "podAndContainer", "auto", "none"]),
            "What each line begins with.")
            .default("container"),
        field("jsonParse", One(&JSON_PARSE_CONFIG), "How lines that are JSON are shown.").since("v2beta27"),
    ],
};

pub(super) static JSON_PARSE_CONFIG: Type = Type {
    name: "JSONParseConfig",
    doc: "How lines that are JSON are shown.",
    fields: &[
        field("fields", Texts, "Fields to show, such as `[severity, message]`. The whole line when empty."),
    ],
};
