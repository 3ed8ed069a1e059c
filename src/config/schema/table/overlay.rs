//! Our own section of the project file, which has no versions.

use super::Kind::{Many, One, Pairs, Text, TextMap, Texts};
use super::{Type, field};

pub(super) static OVERLAY: Type = Type {
    name: "Overlay",
    doc: "What `skeg` is told beyond Skaffold's schema. Skaffold takes no notice of keys that begin with a dot.",
    fields: &[
        field("builder", Text,
            "Builder of all images: instance of buildx, Docker context, address, `none` or `classic`."),
        field("cacheTag", Text, "Tag of references to cached layers, such as `main`. May be a template."),
        field("cacheRepo", Text, "Registry and path of cached layers, such as `example.com/cache`."),
        field("cacheFlags", Texts,
            "Attributes of cache exports, such as `[mode=max]`; an empty list turns exports off."),
        field("baseImageMaxAge", Text,
            "How old the known digest of a base image may be before its registry is asked again, such as `24h`."),
        field("provenance", Text, "Provenance attestation: `min`, `max`, `true`, `false`, or a value of buildx."),
        field("sbom", Text, "SBOM attestation: `true`, `false`, or a value of buildx."),
        field("artifacts", Many(&OVERLAY_ARTIFACT), "What is said of single images."),
        field("profiles", Many(&OVERLAY_PROFILE), "What is said when a profile is active."),
    ],
};

pub(super) static OVERLAY_ARTIFACT: Type = Type {
    name: "OverlayArtifact",
    doc: "What is said of one image.",
    fields: &[
        field("image", Text, "Name of the image, as its artifact has it.").required(),
        field("docker", One(&OVERLAY_DOCKER), "What its build gets."),
    ],
};

pub(super) static OVERLAY_DOCKER: Type = Type {
    name: "OverlayDocker",
    doc: "What the build of one image gets beyond the `docker` section of its artifact.",
    fields: &[
        field("cacheTo", Texts,
            "Images to keep layers in; also typed entries of buildx. May be templates. An empty list turns \
             it off."),
        field("builder", Text, "Its builder, instead of that of all images."),
        field("contexts", TextMap,
            "Named contexts: a folder, URL, `docker-image://NAME` or `oci-layout://FOLDER` each."),
        field("dockerfileInline", Text, "Text of the Dockerfile, instead of a file."),
        field("labels", TextMap, "Labels of the image."),
        field("annotations", Pairs, "OCI annotations, as buildx writes them: `index:NAME=VALUE`."),
        field("ulimits", Pairs, "Limits of RUN steps: `NAME=SOFT:HARD`, such as `nofile=1024`."),
        field("shmSize", Text, "Size of `/dev/shm` in RUN steps, such as `64m`."),
        field("entitlements", Texts,
            "What RUN steps may do: `network.host`, `security.insecure`, or `device=NAME`."),
        field("outputs", Texts, "Where the result goes instead, such as `type=oci,dest=web.tar`."),
        field("provenance", Text, "Provenance attestation, instead of that of all images."),
        field("sbom", Text, "SBOM attestation, instead of that of all images."),
    ],
};

pub(super) static OVERLAY_PROFILE: Type = Type {
    name: "OverlayProfile",
    doc: "What is said when a profile is active; takes the place of what the section itself says.",
    fields: &[
        field("name", Text, "Name of the profile, as `--profile` has it.").required(),
        field("builder", Text, "Builder of all images."),
        field("cacheTag", Text, "Tag of references to cached layers."),
        field("cacheRepo", Text, "Registry and path of cached layers."),
        field("cacheFlags", Texts, "Attributes of cache exports."),
        field("baseImageMaxAge", Text, "How old the known digest of a base image may be."),
        field("provenance", Text, "Provenance attestation."),
        field("sbom", Text, "SBOM attestation."),
        field("artifacts", Many(&OVERLAY_ARTIFACT), "Laid over the artifacts of the same images."),
    ],
};
