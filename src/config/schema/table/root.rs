//! The top of a document: its name, what it requires, its profiles, ports and selectors.

use super::build::BUILD_CONFIG;
use super::deploy::DEPLOY_CONFIG;
use super::manifests::RENDER_CONFIG;
use super::test::{ACTION, TEST_CASE, VERIFY_TEST_CASE};
use super::Kind::{Any, Bool, Many, One, Port, Text, TextMap, Texts, Whole};
use super::{Type, field};

pub(super) static SKAFFOLD_CONFIG: Type = Type {
    name: "SkaffoldConfig",
    doc: "One document of a project file. A file may hold several, separated by `---`.",
    fields: &[
        field("apiVersion", Text,
            "Version of the schema that the document is written in, `skaffold/v4beta14` being the \
             newest.")
            .required(),
        field("kind", Text, "Always `Config`.").until("v1beta7").default("Config"),
        field("kind", Text, "Always `Config`.").since("v1beta8").required().default("Config"),
        field("metadata", One(&METADATA), "Name and notes of this document.").since("v1beta13"),
        field("requires", Many(&CONFIG_DEPENDENCY),
            "Other documents that this one builds on; they come first.")
            .since("v2beta11"),
        field("build", One(&BUILD_CONFIG), "Images to build, and how."),
        field("test", Many(&TEST_CASE), "Tests of built images.").since("v1alpha4"),
        field("manifests", One(&RENDER_CONFIG),
            "Where the Kubernetes manifests come from and how they are rendered.")
            .since("v3alpha1"),
        field("deploy", One(&DEPLOY_CONFIG), "How the application reaches the cluster."),
        field("portForward", Many(&PORT_FORWARD_RESOURCE),
            "Ports of resources to forward to this machine, beyond those found automatically.")
            .since("v1beta12"),
        field("resourceSelector", One(&RESOURCE_SELECTOR_CONFIG),
            "Kinds of resources whose images and labels are rewritten, for custom resources.")
            .since("v2beta28"),
        field("verify", Many(&VERIFY_TEST_CASE),
            "Containers that check the deployed application, run by `verify`.")
            .since("v3alpha1"),
        field("customActions", Many(&ACTION), "Groups of containers that are run by name, with `exec NAME`.")
            .since("v4beta5"),
        field("profiles", Many(&PROFILE),
            "Named changes to the rest of the document, for an environment or a task.")
            .since("v1alpha2"),
    ],
};

pub(super) static METADATA: Type = Type {
    name: "Metadata",
    doc: "Name and notes of a document.",
    fields: &[
        field("name", Text,
            "Name that `requires` and `--module` know the document by, such as `backend`. Must be unique \
             among all files."),
        field("labels", TextMap, "Labels for other tools; they change nothing here.").since("v3alpha1"),
        field("annotations", TextMap, "Annotations for other tools; they change nothing here.")
            .since("v3alpha1"),
    ],
};

pub(super) static CONFIG_DEPENDENCY: Type = Type {
    name: "ConfigDependency",
    doc: "Documents that this one builds on, and the profiles to use there.",
    fields: &[
        field("configs", Texts,
            "Names (`metadata.name`) of the documents wanted from that file. All of them when empty."),
        field("path", Text,
            "Project file, or a folder holding a `skaffold.yaml`, relative to this file. This file \
             itself when nothing is given.")
            .one_of(),
        field("git", One(&GIT_INFO), "Takes the file from a git repository.").since("v2beta12").one_of(),
        field("googleCloudStorage", One(&GOOGLE_CLOUD_STORAGE_INFO),
            "Takes the file from a bucket of Google Cloud Storage.")
            .since("v4beta7").one_of(),
        field("googleCloudBuildRepoV2", One(&GOOGLE_CLOUD_BUILD_REPO_V2_INFO),
            "Takes the file from a repository that is connected to Google Cloud Build.")
            .since("v4beta10").one_of(),
        field("activeProfiles", Many(&PROFILE_DEPENDENCY), "Profiles to activate in the documents wanted."),
    ],
};

pub(super) static GIT_INFO: Type = Type {
    name: "GitInfo",
    doc: "A project file in a git repository.",
    fields: &[
        field("repo", Text, "Address of the repository, such as `https://github.com/example/shop.git`.")
            .required(),
        field("path", Text,
            "File or folder in the repository, such as `deploy/skaffold.yaml`. Defaults to \
             `skaffold.yaml` at its top."),
        field("ref", Text, "Branch, tag or commit, such as `v1.2.0`. Defaults to `master`, else `main`."),
        field("sync", Bool,
            "Whether a copy that was fetched before is brought up to date. On unless set to `false`."),
    ],
};

pub(super) static GOOGLE_CLOUD_STORAGE_INFO: Type = Type {
    name: "GoogleCloudStorageInfo",
    doc: "A project file in a bucket of Google Cloud Storage.",
    fields: &[
        field("source", Text, "Bucket and folder, such as `gs://my-bucket/shop/*`."),
        field("path", Text, "File or folder in what was fetched. Defaults to `skaffold.yaml` at its top."),
        field("sync", Bool,
            "Whether a copy that was fetched before is brought up to date. On unless set to `false`."),
    ],
};

pub(super) static GOOGLE_CLOUD_BUILD_REPO_V2_INFO: Type = Type {
    name: "GoogleCloudBuildRepoV2Info",
    doc: "A project file in a repository that is connected to Google Cloud Build.",
    fields: &[
        field("projectID", Text, "Google Cloud project that has the connection.").required(),
        field("region", Text, "Region of the connection, such as `europe-west1`.").required(),
        field("connection", Text, "Name of the connection.").required(),
        field("repo", Text, "Name of the repository in the connection.").required(),
        field("path", Text, "File or folder in the repository. Defaults to `skaffold.yaml` at its top."),
        field("ref", Text, "Branch, tag or commit. Defaults to `master`, else `main`."),
        field("sync", Bool,
            "Whether a copy that was fetched before is brought up to date. On unless set to `false`."),
    ],
};

pub(super) static PROFILE_DEPENDENCY: Type = Type {
    name: "ProfileDependency",
    doc: "A profile to activate in the documents that are required.",
    fields: &[
        field("name", Text, "Name of the profile there.").required(),
        field("activatedBy", Texts,
            "Profiles of this document of which one must be active. Always activated when empty."),
    ],
};

pub(super) static PROFILE: Type = Type {
    name: "Profile",
    doc: "Named changes to a document. Sections given here are laid over those of the document.",
    fields: &[
        field("name", Text, "Name that `--profile` knows it by, such as `production`.").required(),
        field("activation", Many(&ACTIVATION),
            "Conditions that activate the profile without being asked for; one of them is enough.")
            .since("v1beta4"),
        field("requiresAllActivations", Bool,
            "Asks for all the conditions of `activation` to hold instead of one.")
            .since("v3alpha1").default("false"),
        field("patches", Many(&JSON_PATCH),
            "Single changes by path, made after the sections are laid over the document.")
            .since("v1beta4"),
        field("build", One(&BUILD_CONFIG), "Laid over the `build` section; lists are replaced as a whole."),
        field("test", Many(&TEST_CASE), "Replaces the `test` section.").since("v1alpha4"),
        field("manifests", One(&RENDER_CONFIG),
            "Laid over the `manifests` section; lists are replaced as a whole.")
            .since("v3alpha1"),
        field("deploy", One(&DEPLOY_CONFIG),
            "Laid over the `deploy` section; lists are replaced as a whole."),
        field("portForward", Many(&PORT_FORWARD_RESOURCE), "Replaces the `portForward` section.")
            .since("v1beta12"),
        field("resourceSelector", One(&RESOURCE_SELECTOR_CONFIG),
            "Laid over the `resourceSelector` section.")
            .since("v2beta28"),
        field("verify", Many(&VERIFY_TEST_CASE), "Replaces the `verify` section.").since("v3alpha1"),
        field("customActions", Many(&ACTION), "Replaces the `customActions` section.").since("v4beta5"),
    ],
};

pub(super) static ACTIVATION: Type = Type {
    name: "Activation",
    doc: "Condition of a profile; everything that is set must hold. A text that begins with `!` is \
          negated.",
    fields: &[
        field("env", Text,
            "`NAME=VALUE` that must hold in the environment; the value may be a regular expression, such \
             as `ENV=prod|staging`."),
        field("kubeContext", Text,
            "Name of the kube-context, or a regular expression for it, such as `minikube`."),
        field("command", Text, "Command that runs, or a regular expression for it, such as `dev|debug`."),
    ],
};

pub(super) static JSON_PATCH: Type = Type {
    name: "JSONPatch",
    doc: "One change by path, as in JSON Patch (RFC 6902).",
    fields: &[
        field("op", Text, "What to do: `replace`, `add`, `remove`, `move`, `copy` or `test`.")
            .default("replace"),
        field("path", Text,
            "Place to change, such as `/build/artifacts/0/docker/target`; a `-` at the end of a list \
             appends.")
            .required(),
        field("from", Text, "Place that `move` and `copy` take the value from."),
        field("value", Any, "The new value, of any type."),
    ],
};

pub(super) static PORT_FORWARD_RESOURCE: Type = Type {
    name: "PortForwardResource",
    doc: "A port of a resource to forward to this machine.",
    fields: &[
        field("resourceType", Text,
            "Kind of the resource: `service`, `deployment`, `pod`, `replicaset`, `statefulset`, \
             `daemonset`, `job` and so on."),
        field("resourceName", Text, "Name of the resource. May be a template."),
        field("namespace", Text,
            "Namespace of the resource. May be a template. Defaults to the current one, or all \
             namespaces that were deployed to."),
        field("port", Whole, "Port of the resource, such as `8080`.").until("v2beta9"),
        field("port", Port,
            "Port of the resource: a number such as `8080`, or the name of a port such as `http`.")
            .since("v2beta10"),
        field("address", Text, "Address of this machine to listen on.").since("v2alpha1"),
        field("localPort", Whole,
            "Port of this machine to listen on. Defaults to `port`, or the next one that is free."),
    ],
};

pub(super) static RESOURCE_SELECTOR_CONFIG: Type = Type {
    name: "ResourceSelectorConfig",
    doc: "Kinds of resources whose images and labels are rewritten.",
    fields: &[
        field("allow", Many(&RESOURCE_FILTER), "Resources to rewrite beyond the usual ones."),
        field("deny", Many(&RESOURCE_FILTER), "Resources to leave as they are."),
    ],
};

pub(super) static RESOURCE_FILTER: Type = Type {
    name: "ResourceFilter",
    doc: "A kind of resource, and the places in it that hold images and labels.",
    fields: &[
        field("groupKind", Text, "Kind and group, such as `Rollout.argoproj.io`; `.*` takes all.").required(),
        field("image", Texts,
            "Paths of images in the resource, such as `.spec.template.spec.containers.*.image`."),
        field("labels", Texts, "Paths of labels in the resource, such as `.metadata.labels`."),
        field("podSpec", Texts, "Paths of pod specs in the resource, such as `.spec.template.spec`.")
            .since("v3alpha1"),
    ],
};
