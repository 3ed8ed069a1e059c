//! Edits of what is not a file of the context: the project file, the environment, secrets, bases.

use super::Expect::{Builds, Changes, Keeps};
use super::{Row, check};

#[test]
fn arguments_and_targets() {
    check(&[
        Row {
            name: "argument",
            expect: Changes("build argument VERSION"),
            before: |p| {
                p.dockerfile("ARG VERSION\nLABEL version=$VERSION");
                p.docker = "buildArgs: {VERSION: '1'}".to_owned();
            },
            edit: |p| p.docker = "buildArgs: {VERSION: '2'}".to_owned(),
        },
        Row {
            name: "argument-added",
            expect: Changes("build argument VERSION"),
            before: |p| p.dockerfile("ARG VERSION=0\nLABEL version=$VERSION"),
            edit: |p| p.docker = "buildArgs: {VERSION: '2'}".to_owned(),
        },
        Row {
            name: "argument-removed",
            expect: Changes("build argument VERSION"),
            before: |p| {
                p.dockerfile("ARG VERSION=0\nLABEL version=$VERSION");
                p.docker = "buildArgs: {VERSION: '2'}".to_owned();
            },
            edit: |p| p.docker.clear(),
        },
        Row {
            name: "argument-of-the-environment",
            expect: Changes("build argument EDIT_PASSED"),
            before: |p| {
                p.dockerfile("ARG EDIT_PASSED\nLABEL value=$EDIT_PASSED");
                p.docker = "buildArgs: {EDIT_PASSED: null}".to_owned();
                p.variables.insert("EDIT_PASSED".to_owned(), "one".to_owned());
            },
            edit: |p| {
                p.variables.insert("EDIT_PASSED".to_owned(), "two".to_owned());
            },
        },
        Row {
            name: "argument-of-a-template",
            expect: Changes("build argument VALUE"),
            before: |p| {
                p.dockerfile("ARG VALUE\nLABEL value=$VALUE");
                p.docker = "buildArgs: {VALUE: 'is-{{.EDIT_TEMPLATE}}'}".to_owned();
                p.variables.insert("EDIT_TEMPLATE".to_owned(), "one".to_owned());
            },
            edit: |p| {
                p.variables.insert("EDIT_TEMPLATE".to_owned(), "two".to_owned());
            },
        },
        Row {
            name: "argument-that-chooses-a-file",
            expect: Changes("build argument WHICH"),
            before: |p| {
                p.dockerfile("ARG WHICH\nCOPY $WHICH /x");
                p.docker = "buildArgs: {WHICH: a}".to_owned();
                p.write("a", "one");
                p.write("b", "two");
            },
            edit: |p| p.docker = "buildArgs: {WHICH: b}".to_owned(),
        },
        Row {
            name: "argument-that-chooses-a-stage",
            expect: Changes("build argument KIND"),
            before: |p| {
                p.src();
                p.write("Dockerfile", "ARG KIND=slim\nFROM scratch AS slim\nLABEL a=b\nFROM slim AS full\nCOPY src /\nFROM ${KIND}\nLABEL c=d\n");
                p.docker = "buildArgs: {KIND: slim}".to_owned();
            },
            edit: |p| p.docker = "buildArgs: {KIND: full}".to_owned(),
        },
        Row {
            name: "argument-by-flag",
            expect: Changes("build argument VERSION|cliFlags"),
            before: |p| {
                p.dockerfile("ARG VERSION\nLABEL version=$VERSION");
                p.docker = "cliFlags: ['--build-arg=VERSION=1']".to_owned();
            },
            edit: |p| p.docker = "cliFlags: ['--build-arg=VERSION=2']".to_owned(),
        },
        Row {
            name: "target",
            expect: Changes("target"),
            before: |p| {
                p.src();
                p.write(
                    "Dockerfile",
                    "FROM scratch AS one\nCOPY src /one\nFROM scratch AS two\nCOPY src /two\n",
                );
                p.docker = "target: one".to_owned();
            },
            edit: |p| p.docker = "target: two".to_owned(),
        },
        Row {
            name: "platforms",
            expect: Changes("platform"),
            before: |p| {
                p.src();
                p.fields = "platforms: [linux/amd64]".to_owned();
            },
            edit: |p| p.fields = "platforms: [linux/amd64, linux/arm64]".to_owned(),
        },
        Row {
            name: "other-platform",
            expect: Changes("platform"),
            before: |p| {
                p.src();
                p.fields = "platforms: [linux/amd64]".to_owned();
            },
            edit: |p| p.fields = "platforms: [linux/arm64]".to_owned(),
        },
        Row {
            name: "order-of-arguments",
            expect: Keeps,
            before: |p| {
                p.dockerfile("ARG A\nARG B\nLABEL value=$A$B");
                p.docker = "buildArgs: {A: '1', B: '2'}".to_owned();
            },
            edit: |p| p.docker = "buildArgs: {B: '2', A: '1'}".to_owned(),
        },
        Row {
            name: "argument-spelled-otherwise",
            expect: Keeps,
            before: |p| {
                p.dockerfile("ARG A\nLABEL value=$A");
                p.docker = "buildArgs: {A: '{{.EDIT_SPELLED}}'}".to_owned();
                p.variables.insert("EDIT_SPELLED".to_owned(), "one".to_owned());
            },
            edit: |p| p.docker = "buildArgs: {A: one}".to_owned(),
        },
        Row {
            name: "variable-nobody-reads",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| {
                p.variables.insert("EDIT_UNREAD".to_owned(), "two".to_owned());
            },
        },
    ]);
}

#[test]
fn options() {
    check(&[
        Row {
            name: "label",
            expect: Changes("label"),
            before: |p| {
                p.src();
                p.skeg = "labels: {team: shop}".to_owned();
            },
            edit: |p| p.skeg = "labels: {team: bank}".to_owned(),
        },
        Row {
            name: "label-by-flag",
            expect: Changes("label|cliFlags"),
            before: |p| p.src(),
            edit: |p| p.docker = "cliFlags: ['--label=team=shop']".to_owned(),
        },
        Row {
            name: "annotation",
            expect: Changes("annotation"),
            before: |p| {
                p.src();
                p.skeg = "annotations: {org.example.who: me}".to_owned();
            },
            edit: |p| p.skeg = "annotations: {org.example.who: you}".to_owned(),
        },
        Row {
            name: "network",
            expect: Builds("network"),
            before: |p| p.src(),
            edit: |p| p.docker = "network: none".to_owned(),
        },
        Row {
            name: "host",
            expect: Builds("host"),
            before: |p| {
                p.src();
                p.docker = "addHost: ['db:10.1.2.3']".to_owned();
            },
            edit: |p| p.docker = "addHost: ['db:10.1.2.4']".to_owned(),
        },
        Row {
            // BuildKit takes the step from its cache all the same.
            name: "host-a-step-sees",
            expect: Builds("host"),
            before: |p| {
                let base = p.busybox();
                p.write("Dockerfile", &format!("FROM {base}\nRUN grep db /etc/hosts > /seen\n"));
                p.docker = "addHost: ['db:10.1.2.3']".to_owned();
            },
            edit: |p| p.docker = "addHost: ['db:10.1.2.4']".to_owned(),
        },
        Row {
            name: "limits",
            expect: Builds("ulimit"),
            before: |p| p.src(),
            edit: |p| p.skeg = "ulimits: ['nofile=111:222']".to_owned(),
        },
        Row {
            name: "shared-memory",
            expect: Builds("shm"),
            before: |p| p.src(),
            edit: |p| p.skeg = "shmSize: 16m".to_owned(),
        },
        Row {
            name: "file-of-a-named-context",
            expect: Changes("lib.txt"),
            before: |p| {
                p.dockerfile("COPY --from=lib lib.txt /");
                p.context += "/context";
                p.docker = "dockerfile: ../Dockerfile".to_owned();
                p.folder("context");
                p.write("lib/lib.txt", "one");
                p.skeg = "contexts: {lib: file-of-a-named-context/lib}".to_owned();
            },
            edit: |p| p.write("lib/lib.txt", "two"),
        },
        Row {
            name: "named-context-elsewhere",
            expect: Changes("context|lib"),
            before: |p| {
                p.dockerfile("COPY --from=lib lib.txt /");
                p.write("one/lib.txt", "one");
                p.write("two/lib.txt", "two");
                p.skeg = "contexts: {lib: named-context-elsewhere/one}".to_owned();
            },
            edit: |p| p.skeg = "contexts: {lib: named-context-elsewhere/two}".to_owned(),
        },
        Row {
            name: "file-nobody-copies-of-a-named-context",
            expect: Keeps,
            before: |p| {
                p.dockerfile("COPY --from=lib lib.txt /");
                p.write("lib/lib.txt", "one");
                p.write("lib/README.md", "one");
                p.skeg = "contexts: {lib: file-nobody-copies-of-a-named-context/lib}".to_owned();
            },
            edit: |p| p.write("lib/README.md", "two"),
        },
        Row {
            name: "cache-references",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| {
                p.docker =
                    "cacheFrom: ['cache-references:main'], cacheTo: ['cache-references:main']".to_owned();
            },
        },
        Row {
            name: "order-of-labels",
            expect: Keeps,
            before: |p| {
                p.src();
                p.skeg = "labels: {a: b, c: d}".to_owned();
            },
            edit: |p| p.skeg = "labels: {c: d, a: b}".to_owned(),
        },
        Row { name: "bystander", expect: Keeps, before: |p| p.src(), edit: |_| {} },
    ]);
}

#[test]
fn secrets() {
    check(&[
        Row {
            name: "secret-file",
            expect: Builds("secret token"),
            before: |p| {
                let base = p.busybox();
                p.write(
                    "Dockerfile",
                    &format!(
                        "FROM {base}\nRUN --mount=type=secret,id=token wc -c /run/secrets/token > /size\n"
                    ),
                );
                p.write("secret/token", "s3cret-one");
                p.docker = "secrets: [{id: token, src: secret-file/secret/token}]".to_owned();
            },
            edit: |p| p.write("secret/token", "s3cret-two"),
        },
        Row {
            name: "secret-file-of-the-same-time",
            expect: Builds("secret token"),
            before: |p| {
                p.dockerfile("LABEL a=b");
                p.write("secret/token", "s3cret-one");
                p.modified("secret/token", 0);
                p.docker =
                    "secrets: [{id: token, src: secret-file-of-the-same-time/secret/token}]".to_owned();
            },
            edit: |p| {
                p.write("secret/token", "s3cret-two");
                p.modified("secret/token", 0);
            },
        },
        Row {
            name: "secret-variable",
            expect: Builds("secret TOKEN"),
            before: |p| {
                p.dockerfile("LABEL a=b");
                p.docker = "secrets: [{id: TOKEN, env: EDIT_TOKEN}]".to_owned();
                p.variables.insert("EDIT_TOKEN".to_owned(), "s3cret-one".to_owned());
            },
            edit: |p| {
                p.variables.insert("EDIT_TOKEN".to_owned(), "s3cret-two".to_owned());
            },
        },
        Row {
            name: "secret-added",
            expect: Builds("secret token"),
            before: |p| {
                p.dockerfile("LABEL a=b");
                p.write("secret/token", "s3cret-one");
            },
            edit: |p| p.docker = "secrets: [{id: token, src: secret-added/secret/token}]".to_owned(),
        },
        Row {
            name: "secret-under-another-name",
            expect: Builds("secret"),
            before: |p| {
                p.dockerfile("LABEL a=b");
                p.write("secret/token", "s3cret-one");
                p.docker = "secrets: [{id: one, src: secret-under-another-name/secret/token}]".to_owned();
            },
            edit: |p| {
                p.docker = "secrets: [{id: two, src: secret-under-another-name/secret/token}]".to_owned();
            },
        },
        Row {
            name: "secret-touched",
            expect: Keeps,
            before: |p| {
                p.dockerfile("LABEL a=b");
                p.write("secret/token", "s3cret-one");
                p.docker = "secrets: [{id: token, src: secret-touched/secret/token}]".to_owned();
            },
            edit: |p| p.modified("secret/token", 0),
        },
    ]);
}

#[test]
fn bases() {
    check(&[
        Row {
            name: "base-moved",
            expect: Changes("moved"),
            before: |p| {
                p.push_base("one");
                p.write("Dockerfile", &format!("FROM {}\nLABEL a=b\n", p.base()));
            },
            edit: |p| p.push_base("two"),
        },
        Row {
            name: "base-copied-from-moved",
            expect: Builds("moved"),
            before: |p| {
                p.push_base("one");
                p.dockerfile(&format!("COPY --from={} /bin/true /", p.base()));
            },
            edit: |p| p.push_base("two"),
        },
        Row {
            name: "base-of-an-argument-moved",
            expect: Changes("moved"),
            before: |p| {
                p.push_base("one");
                p.write("Dockerfile", "ARG BASE\nFROM $BASE\nLABEL a=b\n");
                p.docker = format!("buildArgs: {{BASE: '{}'}}", p.base());
            },
            edit: |p| p.push_base("two"),
        },
        Row {
            name: "named-context-image-moved",
            expect: Changes("moved"),
            before: |p| {
                p.push_base("one");
                p.write("Dockerfile", "FROM tools\nLABEL a=b\n");
                p.skeg = format!("contexts: {{tools: 'docker-image://{}'}}", p.base());
            },
            edit: |p| p.push_base("two"),
        },
        Row {
            name: "base-mounted-moved",
            expect: Builds("moved"),
            before: |p| {
                p.push_base("one");
                let (base, own) = (p.busybox(), p.base());
                p.write(
                    "Dockerfile",
                    &format!("FROM {base}\nRUN --mount=from={own},target=/t ls /t/bin/true > /x\n"),
                );
            },
            edit: |p| p.push_base("two"),
        },
        Row {
            name: "base-pinned",
            expect: Keeps,
            before: |p| {
                p.push_base("one");
                let digest = p.base_digest();
                p.write("Dockerfile", &format!("FROM {}@{digest}\nLABEL a=b\n", p.base()));
            },
            edit: |p| p.push_base("two"),
        },
        Row {
            name: "base-of-an-unreached-stage-moved",
            expect: Keeps,
            before: |p| {
                p.push_base("one");
                p.write(
                    "Dockerfile",
                    &format!("FROM {} AS tests\nRUN exit 9\nFROM scratch\nLABEL a=b\n", p.base()),
                );
            },
            edit: |p| p.push_base("two"),
        },
        Row {
            name: "base-pushed-again",
            expect: Keeps,
            before: |p| {
                p.push_base("one");
                p.write("Dockerfile", &format!("FROM {}\nLABEL a=b\n", p.base()));
            },
            edit: |p| p.push_base("one"),
        },
    ]);
}
