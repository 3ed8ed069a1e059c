//! Tests of images, and containers that check or do something.

use super::kubernetes::CONTAINER;
use super::Kind::{Bool, Many, One, Text, Texts, Whole};
use super::{Type, field};

pub(super) static TEST_CASE: Type = Type {
    name: "TestCase",
    doc: "Tests of one image.",
    fields: &[
        field("image", Text, "Name of the image, as its artifact has it.").required(),
        field("context", Text, "Folder that the files of the tests are relative to.")
            .since("v2beta14").default("."),
        field("custom", Many(&CUSTOM_TEST), "Commands that test the image.").since("v2beta13"),
        field("structureTests", Texts, "Files of container-structure-test, such as `./test/*.yaml`."),
        field("structureTestsArgs", Texts, "More arguments of container-structure-test.").since("v2beta18"),
    ],
};

pub(super) static CUSTOM_TEST: Type = Type {
    name: "CustomTest",
    doc: "A command that tests an image. It finds the image in `IMAGE`.",
    fields: &[
        field("command", Text, "Command to run, such as `./test.sh`.").required(),
        field("timeoutSeconds", Whole, "Limit in seconds; 0 means none."),
        field("dependencies", One(&CUSTOM_TEST_DEPENDENCIES),
            "Files that make it run again when they change."),
    ],
};

pub(super) static CUSTOM_TEST_DEPENDENCIES: Type = Type {
    name: "CustomTestDependencies",
    doc: "Files that make a test run again: either `command` or `paths`.",
    fields: &[
        field("command", Text, "Command that prints the files as a JSON list.").one_of(),
        field("paths", Texts, "Patterns of those files.").one_of(),
        field("ignore", Texts, "Patterns of files to leave out; only with `paths`."),
    ],
};

pub(super) static VERIFY_TEST_CASE: Type = Type {
    name: "VerifyTestCase",
    doc: "A container that checks the deployed application: it succeeds when it ends with 0.",
    fields: &[
        field("name", Text, "Name of the check, unique in the document.").required(),
        field("timeout", Whole, "Limit in seconds. None when not given.").since("v4beta6"),
        field("container", One(&CONTAINER),
            "The container to run, of which name, image, command, arguments and plain variables are \
             used.")
            .until("v4beta3").required(),
        field("container", One(&VERIFY_CONTAINER), "The container to run.").since("v4beta4").required(),
        field("executionMode", One(&VERIFY_EXECUTION_MODE_CONFIG),
            "Where the container runs. In Docker when not given.")
            .since("v4beta4"),
    ],
};

pub(super) static VERIFY_CONTAINER: Type = Type {
    name: "VerifyContainer",
    doc: "A container to run once.",
    fields: &[
        field("name", Text, "Name of the container.").required(),
        field("image", Text, "Image, one of this project or any other.").required(),
        field("command", Texts, "Program, instead of the image's own."),
        field("args", Texts, "Arguments of the program."),
        field("env", Many(&VERIFY_ENV_VAR), "Variables of the container."),
    ],
};

pub(super) static VERIFY_ENV_VAR: Type = Type {
    name: "VerifyEnvVar",
    doc: "A variable of a container.",
    fields: &[
        field("name", Text, "Name of the variable.").required(),
        field("value", Text, "Its value."),
    ],
};

pub(super) static VERIFY_EXECUTION_MODE_CONFIG: Type = Type {
    name: "VerifyExecutionModeConfig",
    doc: "Where the container of a check runs: at most one of these.",
    fields: &[
        field("local", One(&LOCAL_VERIFIER), "In Docker, on this machine.").one_of(),
        field("kubernetesCluster", One(&KUBERNETES_CLUSTER_VERIFIER), "As a job of the cluster.").one_of(),
    ],
};

pub(super) static LOCAL_VERIFIER: Type = Type {
    name: "LocalVerifier",
    doc: "Runs containers in Docker, on this machine.",
    fields: &[
        field("useLocalImages", Bool, "Uses images of this machine instead of pulling them.")
            .since("v4beta8").default("false"),
    ],
};

pub(super) static KUBERNETES_CLUSTER_VERIFIER: Type = Type {
    name: "KubernetesClusterVerifier",
    doc: "Runs containers as jobs of the cluster.",
    fields: &[
        field("overrides", Text,
            "JSON that is laid over the job, such as `{\"spec\": {\"backoffLimit\": 0}}`."),
        field("jobManifestPath", Text, "Manifest of the job to start from."),
    ],
};

pub(super) static ACTION: Type = Type {
    name: "Action",
    doc: "Containers that are run together by name, with `exec NAME`.",
    fields: &[
        field("name", Text, "Name of the action, unique in the document.").required(),
        field("failFast", Bool, "Whether all containers stop when one fails. On unless set to `false`."),
        field("timeout", Whole, "Limit in seconds. None when not given."),
        field("executionMode", One(&ACTION_EXECUTION_MODE_CONFIG),
            "Where the containers run. In Docker when not given."),
        field("containers", Many(&VERIFY_CONTAINER), "The containers to run.").required(),
    ],
};

pub(super) static ACTION_EXECUTION_MODE_CONFIG: Type = Type {
    name: "ActionExecutionModeConfig",
    doc: "Where the containers of an action run: at most one of these.",
    fields: &[
        field("local", One(&LOCAL_VERIFIER), "In Docker, on this machine.").one_of(),
        field("kubernetesCluster", One(&KUBERNETES_CLUSTER_VERIFIER), "As jobs of the cluster.").one_of(),
    ],
};
