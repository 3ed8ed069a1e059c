//! One artifact of the `build` section.

use super::hooks::{BUILD_HOOKS, SYNC_HOOKS};
use super::kaniko::KANIKO_ARTIFACT;
use super::Kind::{Any, Bool, Many, One, Text, TextMap, Texts, Values, Words};
use super::{Type, field};

pub(super) static ARTIFACT: Type = Type {
    name: "Artifact",
    doc: "One image to build: its name, its folder, and at most one way to build it.",
    fields: &[
        field("image", Text, "Name of the image without tag, such as `example.com/shop/web`.")
            .since("v1alpha4").required(),
        field("imageName", Text, "Name of the image without tag, such as `example.com/shop/web`.")
            .until("v1alpha3").required().instead("write `image`"),
        field("context", Text,
            "Folder that the image is built from, relative to the project file; also a git URL or the \
             URL of a tarball.")
            .since("v1alpha4").default("."),
        field("workspace", Text, "Folder that the image is built from, relative to the project file.")
            .until("v1alpha3").instead("write `context`"),
        field("sync", TextMap, "Files to copy into running containers: a pattern, and the folder there.")
            .since("v1alpha4").until("v1beta9").instead("write a list under `sync.manual`"),
        field("sync", One(&SYNC),
            "Changed files are copied into running containers instead of building again. `{}` copies \
             what the Dockerfile copies.")
            .since("v1beta10"),
        field("dockerfilePath", Text, "Dockerfile, relative to the folder.")
            .until("v1alpha1").instead("write `docker.dockerfile`"),
        field("buildArgs", TextMap, "Arguments of the Dockerfile's `ARG`s.")
            .until("v1alpha1").instead("write `docker.buildArgs`"),
        field("docker", One(&DOCKER_ARTIFACT), "Builds from a Dockerfile. The default.")
            .since("v1alpha2").one_of(),
        field("bazel", One(&BAZEL_ARTIFACT), "Builds with Bazel.").since("v1alpha2").one_of(),
        field("ko", One(&KO_ARTIFACT), "Builds a Go program with ko.").since("v2beta26").one_of(),
        field("jib", One(&JIB_ARTIFACT), "Builds a Java program with Jib.").since("v1beta14").one_of(),
        field("jibMaven", One(&JIB_MAVEN_ARTIFACT), "Builds a Java program with Jib for Maven.")
            .since("v1alpha4").until("v1beta13").one_of().instead("write `jib` with `type: maven`"),
        field("jibGradle", One(&JIB_GRADLE_ARTIFACT), "Builds a Java program with Jib for Gradle.")
            .since("v1alpha4").until("v1beta13").one_of().instead("write `jib` with `type: gradle`"),
        field("kaniko", One(&KANIKO_ARTIFACT), "Builds from a Dockerfile with kaniko, in the cluster.")
            .since("v1beta7").one_of(),
        field("buildpacks", One(&BUILDPACK_ARTIFACT),
            "Builds with Cloud Native Buildpacks, without a Dockerfile.")
            .since("v2beta5").one_of(),
        field("buildpack", One(&BUILDPACK_ARTIFACT),
            "Builds with Cloud Native Buildpacks, without a Dockerfile.")
            .since("v1").until("v2beta4").one_of().instead("write `buildpacks`"),
        field("custom", One(&CUSTOM_ARTIFACT), "Builds with a command of your own.")
            .since("v1beta10").one_of(),
        field("plugin", One(&BUILDER_PLUGIN), "Builds with a plugin.")
            .since("v1beta5").until("v1beta8")
            .instead("write the builder's own section, such as `docker` or `bazel`"),
        field("requires", Many(&ARTIFACT_DEPENDENCY),
            "Images of this project that this one is built on; they are built first.")
            .since("v2beta9"),
        field("hooks", One(&BUILD_HOOKS), "Commands to run before and after this image is built.")
            .since("v2beta20"),
        field("platforms", Texts,
            "Platforms to build this image for, such as `linux/arm64`, instead of those of \
             `build.platforms`.")
            .since("v2beta27"),
        field("runtimeType", Text,
            "Language runtime of the image, for debugging: `go`, `jvm`, `nodejs`, `python` or \
             `netcore`.")
            .since("v4beta2"),
    ],
};

pub(super) static ARTIFACT_DEPENDENCY: Type = Type {
    name: "ArtifactDependency",
    doc: "An image of this project that another one is built on.",
    fields: &[
        field("image", Text, "Name of that image, as its artifact has it.").required(),
        field("alias", Text,
            "Build argument that carries its full name, such as `BASE`. Defaults to the name of the \
             image."),
    ],
};

pub(super) static BUILDER_PLUGIN: Type = Type {
    name: "BuilderPlugin",
    doc: "A plugin that builds, and its settings.",
    fields: &[
        field("name", Text, "`docker` or `bazel`."),
        field("properties", Values, "Settings, as in the section of that name."),
        field("contents", Any, "Settings, as bytes."),
    ],
};

pub(super) static SYNC: Type = Type {
    name: "Sync",
    doc: "How changed files are copied into running containers: at most one of `manual`, `infer` and \
          `auto`.",
    fields: &[
        field("manual", Many(&SYNC_RULE), "Copies by rules that say what goes where.").one_of(),
        field("infer", Texts,
            "Patterns of files that go where the Dockerfile copies them, such as `**/*.css`.")
            .since("v1beta13").one_of(),
        field("auto", One(&AUTO), "Lets the builder find out what to copy.")
            .since("v2beta1").until("v2beta8").one_of(),
        field("auto", Bool,
            "Lets the builder find out what to copy (jib and buildpacks, where it is the default).")
            .since("v2beta9").one_of(),
        field("hooks", One(&SYNC_HOOKS), "Commands to run before and after files are copied.")
            .since("v2beta20"),
    ],
};

pub(super) static AUTO: Type = Type {
    name: "Auto",
    doc: "Lets the builder find out what to copy. Has no settings.",
    fields: &[
    ],
};

pub(super) static SYNC_RULE: Type = Type {
    name: "SyncRule",
    doc: "Files to copy, and where to.",
    fields: &[
        field("src", Text,
            "Pattern of files, relative to the folder of the artifact, such as `src/**/*.js`.")
            .required(),
        field("dest", Text,
            "Folder in the container, absolute or relative to its working folder, such as `/app`.")
            .required(),
        field("strip", Text, "Leading part of the path to leave out, such as `src/`."),
    ],
};

pub(super) static DOCKER_ARTIFACT: Type = Type {
    name: "DockerArtifact",
    doc: "An image that is built from a Dockerfile.",
    fields: &[
        field("dockerfile", Text, "Dockerfile, relative to the artifact's folder.")
            .since("v1alpha4").default("Dockerfile"),
        field("dockerfilePath", Text, "Dockerfile, relative to the artifact's folder.")
            .until("v1alpha3").instead("write `dockerfile`"),
        field("target", Text, "Stage of the Dockerfile to build. Defaults to the last one."),
        field("buildArgs", TextMap,
            "Arguments of the Dockerfile's `ARG`s. Values may be templates; one without value is taken \
             from the environment."),
        field("network", Text, "Network of RUN steps: `host`, `none`, `bridge`, or `container:NAME`.")
            .since("v1beta10"),
        field("addHost", Texts, "More names that RUN steps know, as `HOST:IP`.").since("v2beta15"),
        field("cacheFrom", Texts,
            "Images to take layers from, such as `example.com/shop/web:cache`; also typed entries of \
             buildx."),
        field("cacheTo", Texts,
            "Images to keep layers in, such as `example.com/shop/web:cache`; also typed entries of \
             buildx. An empty list turns it off. Only known to skeg.")
            .since("v4beta1").ours(),
        field("cliFlags", Texts,
            "More flags of `docker build`, such as `--label=team=shop`. May be templates.")
            .since("v2beta21"),
        field("pullParent", Bool, "Asks the registry for newer base images.")
            .since("v2beta26").default("false"),
        field("noCache", Bool, "Builds every step anew.").since("v1beta10").default("false"),
        field("squash", Bool, "Makes one layer of all new layers.").since("v2beta11").default("false"),
        field("secrets", Many(&DOCKER_SECRET),
            "Secrets for RUN steps that mount them by `--mount=type=secret`.")
            .since("v2beta23"),
        field("secret", One(&DOCKER_SECRET),
            "A secret for RUN steps that mount it by `--mount=type=secret`.")
            .since("v2beta8").until("v2beta22").instead("write a list under `secrets`"),
        field("ssh", Text,
            "SSH agent or keys for RUN steps that mount them by `--mount=type=ssh`, such as `default`.")
            .since("v2beta10"),
    ],
};

pub(super) static DOCKER_SECRET: Type = Type {
    name: "DockerSecret",
    doc: "A secret for RUN steps: from a file (`src`) or a variable (`env`).",
    fields: &[
        field("id", Text, "Name that RUN steps know it by.").required(),
        field("src", Text, "File that holds it.").one_of(),
        field("env", Text, "Variable of the environment that holds it.").since("v2beta24").one_of(),
        field("dst", Text, "File that it becomes in the build.")
            .until("v2beta16")
            .instead("remove it; the place is chosen by the Dockerfile's `--mount=type=secret,target=…`"),
    ],
};

pub(super) static BAZEL_ARTIFACT: Type = Type {
    name: "BazelArtifact",
    doc: "An image that is built with Bazel.",
    fields: &[
        field("target", Text, "Target that makes the image's tarball, such as `//web:image.tar`.").required(),
        field("args", Texts, "More arguments of `bazel build`, such as `--config=release`.").since("v1beta1"),
        field("platforms", Many(&BAZEL_PLATFORM_MAPPING),
            "What platforms are called in the Bazel workspace.")
            .since("v4beta10"),
    ],
};

pub(super) static BAZEL_PLATFORM_MAPPING: Type = Type {
    name: "BazelPlatformMapping",
    doc: "What a platform is called in the Bazel workspace.",
    fields: &[
        field("platform", Text, "Platform, such as `linux/arm64`.").required(),
        field("target", Text, "Bazel's platform, such as `//platforms:linux-arm64`.").required(),
    ],
};

pub(super) static JIB_ARTIFACT: Type = Type {
    name: "JibArtifact",
    doc: "A Java program that is built with Jib.",
    fields: &[
        field("project", Text,
            "Module of Maven, or project of Gradle, in a build of several, such as `:web`."),
        field("args", Texts, "More arguments of Maven or Gradle, such as `-DskipTests`."),
        field("type", Words(&["maven", "gradle"]),
            "Kind of the build. Found out by its files when not given."),
        field("fromImage", Text, "Base image, instead of the one the build names.").since("v2beta9"),
    ],
};

pub(super) static JIB_MAVEN_ARTIFACT: Type = Type {
    name: "JibMavenArtifact",
    doc: "A Java program that is built with Jib for Maven.",
    fields: &[
        field("module", Text, "Module, in a build of several."),
        field("profile", Text, "Maven profile to activate."),
        field("args", Texts, "More arguments of Maven.").since("v1beta5"),
    ],
};

pub(super) static JIB_GRADLE_ARTIFACT: Type = Type {
    name: "JibGradleArtifact",
    doc: "A Java program that is built with Jib for Gradle.",
    fields: &[
        field("project", Text, "Project, in a build of several."),
        field("args", Texts, "More arguments of Gradle.").since("v1beta5"),
    ],
};

pub(super) static KO_ARTIFACT: Type = Type {
    name: "KoArtifact",
    doc: "A Go program that is built with ko.",
    fields: &[
        field("fromImage", Text, "Base image. Defaults to that of ko."),
        field("dependencies", One(&KO_DEPENDENCIES), "Files that make it build again when they change."),
        field("dir", Text, "Folder to run Go in, relative to the artifact's folder."),
        field("env", Texts, "Variables for `go build`, as `NAME=VALUE`. May be templates."),
        field("flags", Texts, "More flags of `go build`, such as `-trimpath`. May be templates."),
        field("labels", TextMap, "Labels of the image. Values may be templates."),
        field("ldflags", Texts, "Flags of the linker, such as `-s -w`. May be templates."),
        field("main", Text, "Package that has `main`, such as `./cmd/server`. Defaults to `.`."),
        field("platforms", Texts, "Platforms to build for, such as `linux/amd64`.")
            .until("v2beta27").instead("write `platforms` in the artifact itself"),
    ],
};

pub(super) static KO_DEPENDENCIES: Type = Type {
    name: "KoDependencies",
    doc: "Files that make a ko artifact build again when they change.",
    fields: &[
        field("paths", Texts, "Patterns of those files.").default("[\"**/*.go\"]"),
        field("ignore", Texts, "Patterns of files to leave out."),
    ],
};

pub(super) static BUILDPACK_ARTIFACT: Type = Type {
    name: "BuildpackArtifact",
    doc: "An image that is built with Cloud Native Buildpacks.",
    fields: &[
        field("builder", Text, "Builder image, such as `gcr.io/buildpacks/builder:v1`."),
        field("runImage", Text, "Base image of the result. Defaults to that of the builder."),
        field("env", Texts, "Variables for the buildpacks, as `NAME=VALUE`. May be templates.")
            .since("v2alpha1"),
        field("buildpacks", Texts, "Buildpacks to use, in order. Those of the builder when empty.")
            .since("v2alpha3"),
        field("trustBuilder", Bool, "Lets the builder have registry credentials, which is faster.")
            .since("v2beta5").default("false"),
        field("clearCache", Bool, "Builds without what earlier builds left.")
            .since("v3alpha1").default("false"),
        field("projectDescriptor", Text,
            "File that describes the project, relative to the artifact's folder.")
            .since("v2beta5").default("project.toml"),
        field("dependencies", One(&BUILDPACK_DEPENDENCIES),
            "Files that make it build again when they change. All of the folder when not given."),
        field("volumes", Many(&BUILDPACK_VOLUME), "Folders of this machine to mount into the build.")
            .since("v2beta17"),
        field("buildArgs", Texts, "More flags of `pack build`.").since("v4beta14"),
        field("forcePull", Bool, "Pulls builder and base image even if they are there.")
            .until("v2alpha2").default("false")
            .instead("remove it; whether to pull is decided by the builder"),
    ],
};

pub(super) static BUILDPACK_DEPENDENCIES: Type = Type {
    name: "BuildpackDependencies",
    doc: "Files that make a buildpacks artifact build again when they change.",
    fields: &[
        field("paths", Texts, "Patterns of those files."),
        field("ignore", Texts, "Patterns of files to leave out."),
    ],
};

pub(super) static BUILDPACK_VOLUME: Type = Type {
    name: "BuildpackVolume",
    doc: "A folder of this machine in a build.",
    fields: &[
        field("host", Text, "Folder of this machine.").required(),
        field("target", Text, "Folder in the build.").required(),
        field("options", Text, "`ro` (the default), `rw` or `volume-opt=KEY=VALUE`, separated by commas."),
    ],
};

pub(super) static CUSTOM_ARTIFACT: Type = Type {
    name: "CustomArtifact",
    doc: "An image that a command builds. It finds name, tag and folder in `IMAGE` and \
          `BUILD_CONTEXT`.",
    fields: &[
        field("buildCommand", Text, "Command to run, such as `./build.sh`. May be a template."),
        field("dependencies", One(&CUSTOM_DEPENDENCIES),
            "Files that make it build again when they change. All of the folder when not given."),
    ],
};

pub(super) static CUSTOM_DEPENDENCIES: Type = Type {
    name: "CustomDependencies",
    doc: "Files that make a custom artifact build again: at most one of `dockerfile`, `command` and \
          `paths`.",
    fields: &[
        field("dockerfile", One(&DOCKERFILE_DEPENDENCY), "The files that a Dockerfile reads.").one_of(),
        field("command", Text,
            "Command that prints the files as a JSON list, such as `[\"a.go\", \"b.go\"]`.")
            .one_of(),
        field("paths", Texts, "Patterns of those files.").one_of(),
        field("ignore", Texts, "Patterns of files to leave out; only with `paths`."),
    ],
};

pub(super) static DOCKERFILE_DEPENDENCY: Type = Type {
    name: "DockerfileDependency",
    doc: "The files that a Dockerfile reads.",
    fields: &[
        field("path", Text, "The Dockerfile, relative to the artifact's folder."),
        field("buildArgs", TextMap, "Arguments of the Dockerfile's `ARG`s."),
    ],
};
