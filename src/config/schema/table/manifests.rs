//! The `manifests` section, and what helm shares with `deploy`.

use super::hooks::RENDER_HOOKS;
use super::Kind::{Bool, Many, One, Text, TextMap, Texts, Values};
use super::{Type, field};

pub(super) static RENDER_CONFIG: Type = Type {
    name: "RenderConfig",
    doc: "Where the Kubernetes manifests come from, and what is done to them.",
    fields: &[
        field("rawYaml", Texts,
            "Files of manifests, patterns or URLs, such as `k8s/*.yaml`. That pattern is the default \
             when the document names no manifests at all."),
        field("remoteManifests", Many(&REMOTE_MANIFEST),
            "Resources that are already in a cluster, to deploy with the images of this project.")
            .since("v4beta1"),
        field("kustomize", One(&KUSTOMIZE), "Renders kustomizations."),
        field("helm", One(&HELM), "Renders charts of helm."),
        field("kpt", Texts, "Renders packages of kpt, given as folders."),
        field("hooks", One(&RENDER_HOOKS), "Commands to run before and after rendering."),
        field("transform", Many(&TRANSFORMER), "Functions of kpt that change the manifests."),
        field("validate", Many(&VALIDATOR), "Functions of kpt that check the manifests."),
        field("output", Text, "Folder that the result is written to."),
    ],
};

pub(super) static REMOTE_MANIFEST: Type = Type {
    name: "RemoteManifest",
    doc: "A resource that is already in a cluster.",
    fields: &[
        field("manifest", Text, "Kind, and name with its namespace, such as `deployment/web`."),
        field("kubeContext", Text, "Kube-context of that cluster."),
    ],
};

pub(super) static KUSTOMIZE: Type = Type {
    name: "Kustomize",
    doc: "Kustomizations to render.",
    fields: &[
        field("paths", Texts, "Folders that hold them, or URLs. May be templates.").default("[\".\"]"),
        field("buildArgs", Texts, "More arguments of `kustomize build`."),
    ],
};

pub(super) static TRANSFORMER: Type = Type {
    name: "Transformer",
    doc: "A function of kpt that changes manifests.",
    fields: &[
        field("name", Text, "Name of the function, such as `set-namespace`.").required(),
        field("configMap", Texts, "Its settings, as `KEY:VALUE`."),
    ],
};

pub(super) static VALIDATOR: Type = Type {
    name: "Validator",
    doc: "A function of kpt that checks manifests.",
    fields: &[
        field("name", Text, "Name of the function, such as `kubeval`.").required(),
        field("configMap", Texts, "Its settings, as `KEY:VALUE`."),
    ],
};

pub(super) static HELM: Type = Type {
    name: "Helm",
    doc: "Charts of helm to render.",
    fields: &[
        field("flags", One(&HELM_DEPLOY_FLAGS), "More flags of helm."),
        field("releases", Many(&HELM_RELEASE), "The charts, as releases.").required(),
    ],
};

pub(super) static HELM_DEPLOY_FLAGS: Type = Type {
    name: "HelmDeployFlags",
    doc: "More flags of helm, by command.",
    fields: &[
        field("global", Texts, "Flags of every command, such as `--debug`."),
        field("install", Texts, "Flags of `helm install`."),
        field("upgrade", Texts, "Flags of `helm upgrade`."),
        field("depBuild", Texts, "Flags of `helm dep build`.").since("v4beta13"),
        field("template", Texts, "Flags of `helm template`.").since("v4beta13"),
    ],
};

pub(super) static HELM_RELEASE: Type = Type {
    name: "HelmRelease",
    doc: "A release of a chart.",
    fields: &[
        field("name", Text, "Name of the release. May be a template.").required(),
        field("chartPath", Text, "Folder of the chart. May be a template.").one_of(),
        field("remoteChart", Text,
            "Name of a chart in a repository, such as `bitnami/redis`, its URL, or `oci://` reference.")
            .since("v2beta13").one_of(),
        field("valuesFiles", Texts, "Files of values, relative to the project file. May be templates.")
            .since("v1alpha3"),
        field("valuesFilePath", Text, "File of values, relative to the project file.")
            .until("v1alpha2").instead("write a list under `valuesFiles`"),
        field("values", TextMap, "Keys of the chart that get an image of this project.")
            .until("v2beta3").instead("set images with `setValueTemplates`"),
        field("artifactOverrides", TextMap,
            "Keys of the chart that get an image of this project: `KEY: IMAGE`.")
            .since("v2beta4").until("v2beta5"),
        field("artifactOverrides", Values,
            "Keys of the chart that get an image of this project: `KEY: IMAGE`, nested or with dots.")
            .since("v2beta6").until("v2beta29")
            .instead("set images with `setValueTemplates` (`image: \"{{.IMAGE_FULLY_QUALIFIED}}\"`)"),
        field("namespace", Text, "Namespace of the release. May be a template. Defaults to the current one."),
        field("version", Text, "Version of the chart. May be a template."),
        field("setValues", TextMap, "Values, as `--set` takes them: `KEY: VALUE`.")
            .since("v1alpha2").until("v2beta5"),
        field("setValues", Values, "Values, as `--set` takes them, nested or with dots. May be templates.")
            .since("v2beta6"),
        field("setValueTemplates", TextMap,
            "Values that are templates, over the environment and the images: `KEY: TEMPLATE`.")
            .since("v1alpha2").until("v2beta5"),
        field("setValueTemplates", Values,
            "Values that are templates, over the environment and the images, such as `image: \
             \"{{.IMAGE_FULLY_QUALIFIED}}\"`.")
            .since("v2beta6"),
        field("setFiles", TextMap, "Values that are the contents of files: `KEY: FILE`.").since("v1beta15"),
        field("createNamespace", Bool, "Whether the namespace is made when it is not there.")
            .since("v2beta8"),
        field("wait", Bool, "Waits until everything of the release is ready.")
            .since("v1alpha2").default("false"),
        field("recreatePods", Bool, "Restarts the pods when the release is upgraded.")
            .since("v1alpha2").default("false"),
        field("skipBuildDependencies", Bool, "Leaves out `helm dep build`.")
            .since("v1beta4").default("false"),
        field("skipTests", Bool, "Leaves out the chart's tests.").since("v4beta1").default("false"),
        field("useHelmSecrets", Bool, "Uses the secrets plugin of helm.").since("v1beta7").default("false"),
        field("repo", Text, "Address of the repository that has the chart.").since("v2beta13"),
        field("upgradeOnChange", Bool,
            "Whether a release that exists is upgraded when something changed. On, except for remote \
             charts.")
            .since("v2beta5"),
        field("overrides", Values, "Values, as they would stand in a file of values.").since("v1alpha2"),
        field("packaged", One(&HELM_PACKAGED), "Packages the chart first, with these versions.")
            .since("v1alpha2"),
        field("dependsOn", Texts, "Releases that are installed before this one.").since("v4beta12"),
        field("imageStrategy", One(&HELM_IMAGE_STRATEGY), "How images are given to the chart.")
            .since("v1alpha2").until("v2beta29").instead("set images with `setValueTemplates`"),
        field("remote", Bool, "Whether `chartPath` names a chart in a repository.")
            .since("v1beta11").until("v2beta12").default("false")
            .instead("write `remoteChart` in place of `chartPath`"),
    ],
};

pub(super) static HELM_PACKAGED: Type = Type {
    name: "HelmPackaged",
    doc: "Versions of a chart that is packaged.",
    fields: &[
        field("version", Text, "Version of the chart. May be a template."),
        field("appVersion", Text, "Version of the application. May be a template."),
    ],
};

pub(super) static HELM_IMAGE_STRATEGY: Type = Type {
    name: "HelmImageStrategy",
    doc: "How images are given to a chart: at most one of these.",
    fields: &[
        field("fqn", One(&HELM_FQN_CONFIG), "As one value: the image's full name. The default.").one_of(),
        field("helm", One(&HELM_CONVENTION_CONFIG), "As several values: repository and tag.").one_of(),
    ],
};

pub(super) static HELM_FQN_CONFIG: Type = Type {
    name: "HelmFQNConfig",
    doc: "Gives an image as its full name.",
    fields: &[
        field("property", Text, "Key that the name goes to."),
    ],
};

pub(super) static HELM_CONVENTION_CONFIG: Type = Type {
    name: "HelmConventionConfig",
    doc: "Gives an image as repository and tag.",
    fields: &[
        field("explicitRegistry", Bool, "Gives the registry as a value of its own.")
            .since("v1beta13").default("false"),
    ],
};
