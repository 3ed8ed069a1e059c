//! Types of Kubernetes, as versions up to v2beta10 (build pods) and v4beta3 (checks) read them: their keys are the
//! names of Go's fields in lower case, and embedded structs have a key of their own.

use super::Kind::{Any, Bool, Many, Objects, Text, Texts, Values, Whole};
use super::{Type, field};

pub(super) static TOLERATION: Type = Type {
    name: "Toleration",
    doc: "A taint of nodes that a pod puts up with.",
    fields: &[
        field("key", Text, "Key of the taint. Any when not given."),
        field("operator", Text, "`Equal` or `Exists`.").default("Equal"),
        field("value", Text, "Value of the taint."),
        field("effect", Text, "`NoSchedule`, `PreferNoSchedule` or `NoExecute`. Any when not given."),
        field("tolerationseconds", Whole, "How long the pod stays on a node that gets the taint `NoExecute`."),
    ],
};

pub(super) static VOLUME: Type = Type {
    name: "Volume",
    doc: "A volume of a pod.",
    fields: &[
        field("name", Text, "Name that mounts know it by."),
        field("volumesource", Values,
            "What it is, in lower-case keys of Kubernetes, such as `{emptydir: {}}`."),
    ],
};

pub(super) static VOLUME_MOUNT: Type = Type {
    name: "VolumeMount",
    doc: "A volume mounted into a container.",
    fields: &[
        field("name", Text, "Name of the volume."),
        field("readonly", Bool, "Mounts it for reading only.").default("false"),
        field("recursivereadonly", Text, "Whether what is mounted below it is for reading only too."),
        field("mountpath", Text, "Folder of the container to mount it at."),
        field("subpath", Text, "Folder of the volume to mount."),
        field("mountpropagation", Text, "Whether mounts are seen by node and container."),
        field("subpathexpr", Text, "Folder of the volume to mount, with variables."),
    ],
};

pub(super) static ENV_VAR: Type = Type {
    name: "EnvVar",
    doc: "A variable of a container.",
    fields: &[
        field("name", Text, "Name of the variable.").required(),
        field("value", Text, "Its value."),
        field("valuefrom", Values, "Where its value comes from, in lower-case keys of Kubernetes."),
    ],
};

pub(super) static CONTAINER: Type = Type {
    name: "Container",
    doc: "A container of Kubernetes. Name, image, command, arguments and plain variables are used.",
    fields: &[
        field("name", Text, "Name of the container.").required(),
        field("image", Text, "Image, one of this project or any other.").required(),
        field("command", Texts, "Program, instead of the image's own."),
        field("args", Texts, "Arguments of the program."),
        field("workingdir", Text, "Has no effect."),
        field("ports", Objects, "Has no effect."),
        field("envfrom", Objects, "Has no effect."),
        field("env", Many(&ENV_VAR), "Variables of the container."),
        field("resources", Values, "Has no effect."),
        field("resizepolicy", Objects, "Has no effect."),
        field("restartpolicy", Text, "Has no effect."),
        field("volumemounts", Objects, "Has no effect."),
        field("volumedevices", Objects, "Has no effect."),
        field("livenessprobe", Values, "Has no effect."),
        field("readinessprobe", Values, "Has no effect."),
        field("startupprobe", Values, "Has no effect."),
        field("lifecycle", Values, "Has no effect."),
        field("terminationmessagepath", Text, "Has no effect."),
        field("terminationmessagepolicy", Text, "Has no effect."),
        field("imagepullpolicy", Text, "Has no effect."),
        field("securitycontext", Any, "Has no effect."),
        field("stdin", Bool, "Has no effect."),
        field("stdinonce", Bool, "Has no effect."),
        field("tty", Bool, "Has no effect."),
    ],
};
