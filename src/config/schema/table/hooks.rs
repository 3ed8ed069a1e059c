//! Commands around the phases.

use super::Kind::{Bool, Many, One, Text, Texts};
use super::{Type, field};

pub(super) static BUILD_HOOKS: Type = Type {
    name: "BuildHooks",
    doc: "Commands before and after a build.",
    fields: &[
        field("before", Many(&HOST_HOOK), "Commands to run before."),
        field("after", Many(&HOST_HOOK), "Commands to run after."),
    ],
};

pub(super) static HOST_HOOK: Type = Type {
    name: "HostHook",
    doc: "A command on this machine.",
    fields: &[
        field("command", Texts, "Program and arguments, such as `[sh, -c, ./check.sh]`.").required(),
        field("os", Texts, "Systems to run on: `linux`, `darwin`, `windows`. All when empty."),
        field("dir", Text, "Folder to run in. Defaults to that of the project.").since("v2beta27"),
    ],
};

pub(super) static CONTAINER_HOOK: Type = Type {
    name: "ContainerHook",
    doc: "A command in the container that files are copied into.",
    fields: &[
        field("command", Texts, "Program and arguments, such as `[nginx, -s, reload]`.").required(),
    ],
};

pub(super) static NAMED_CONTAINER_HOOK: Type = Type {
    name: "NamedContainerHook",
    doc: "A command in a container of the application.",
    fields: &[
        field("command", Texts, "Program and arguments, such as `[rake, db:migrate]`.").required(),
        field("podName", Text, "Name of the pod; a pattern, such as `web-*`.").required(),
        field("containerName", Text,
            "Name of the container; a pattern. The first one of the pod when not given."),
    ],
};

pub(super) static SYNC_HOOKS: Type = Type {
    name: "SyncHooks",
    doc: "Commands before and after files are copied into containers.",
    fields: &[
        field("before", Many(&SYNC_HOOK_ITEM), "Commands to run before."),
        field("after", Many(&SYNC_HOOK_ITEM), "Commands to run after."),
    ],
};

pub(super) static SYNC_HOOK_ITEM: Type = Type {
    name: "SyncHookItem",
    doc: "A command: on this machine, or in the container.",
    fields: &[
        field("host", One(&HOST_HOOK), "Runs on this machine.").one_of(),
        field("container", One(&CONTAINER_HOOK), "Runs in the container that files are copied into.")
            .one_of(),
    ],
};

pub(super) static DEPLOY_HOOKS: Type = Type {
    name: "DeployHooks",
    doc: "Commands before and after a deployment.",
    fields: &[
        field("before", Many(&DEPLOY_HOOK_ITEM), "Commands to run before."),
        field("after", Many(&DEPLOY_HOOK_ITEM), "Commands to run after."),
    ],
};

pub(super) static DEPLOY_HOOK_ITEM: Type = Type {
    name: "DeployHookItem",
    doc: "A command: on this machine, or in a container.",
    fields: &[
        field("host", One(&HOST_HOOK), "Runs on this machine.").one_of(),
        field("container", One(&NAMED_CONTAINER_HOOK), "Runs in a container of the application.").one_of(),
    ],
};

pub(super) static CLOUD_RUN_DEPLOY_HOOKS: Type = Type {
    name: "CloudRunDeployHooks",
    doc: "Commands before and after a deployment to Cloud Run.",
    fields: &[
        field("before", Many(&HOST_HOOK), "Commands to run before."),
        field("after", Many(&HOST_HOOK), "Commands to run after."),
    ],
};

pub(super) static RENDER_HOOKS: Type = Type {
    name: "RenderHooks",
    doc: "Commands before and after manifests are rendered.",
    fields: &[
        field("before", Many(&RENDER_HOOK_ITEM), "Commands to run before."),
        field("after", Many(&RENDER_HOOK_ITEM), "Commands to run after.").until("v4beta8"),
        field("after", Many(&POST_RENDER_HOOK_ITEM), "Commands to run after; they may change the manifests.")
            .since("v4beta9"),
    ],
};

pub(super) static RENDER_HOOK_ITEM: Type = Type {
    name: "RenderHookItem",
    doc: "A command before rendering.",
    fields: &[
        field("host", One(&HOST_HOOK), "Runs on this machine."),
    ],
};

pub(super) static POST_RENDER_HOOK_ITEM: Type = Type {
    name: "PostRenderHookItem",
    doc: "A command after rendering.",
    fields: &[
        field("host", One(&POST_RENDER_HOST_HOOK), "Runs on this machine."),
    ],
};

pub(super) static POST_RENDER_HOST_HOOK: Type = Type {
    name: "PostRenderHostHook",
    doc: "A command on this machine that may change the manifests.",
    fields: &[
        field("command", Texts, "Program and arguments.").required(),
        field("os", Texts, "Systems to run on: `linux`, `darwin`, `windows`. All when empty."),
        field("dir", Text, "Folder to run in. Defaults to that of the project."),
        field("withChange", Bool,
            "Gives the manifests to the command and takes what it prints in their place.")
            .default("false"),
    ],
};
