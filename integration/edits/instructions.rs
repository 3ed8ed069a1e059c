//! Edits of what instructions read, of ignore files and of Dockerfiles, that must lead to a build.

use super::Expect::{Builds, Changes};
use super::{Row, check};

#[test]
fn what_instructions_read() {
    check(&[
        Row {
            name: "glob-matches-new-file",
            expect: Changes("c.go"),
            before: |p| {
                p.dockerfile("COPY *.go /");
                p.write("a.go", "one");
            },
            edit: |p| p.write("c.go", "three"),
        },
        Row {
            name: "glob-of-folders",
            expect: Changes("two/x"),
            before: |p| {
                p.dockerfile("COPY s*/x /");
                p.write("s-one/x", "one");
            },
            edit: |p| p.write("s-two/x", "two"),
        },
        Row {
            name: "source-is-a-link",
            expect: Changes("real.txt|link"),
            before: |p| {
                p.dockerfile("COPY link /");
                p.write("real.txt", "one");
                p.symlink("real.txt", "link");
            },
            edit: |p| p.write("real.txt", "two"),
        },
        Row {
            name: "source-below-a-link",
            expect: Changes("x"),
            before: |p| {
                p.dockerfile("COPY current/x /");
                p.write("v1/x", "one");
                p.symlink("v1", "current");
            },
            edit: |p| p.write("v1/x", "two"),
        },
        Row {
            name: "link-above-source-retargeted",
            expect: Changes("current|x"),
            before: |p| {
                p.dockerfile("COPY current/x /");
                p.write("v1/x", "one");
                p.write("v2/x", "two");
                p.symlink("v1", "current");
            },
            edit: |p| p.symlink("v2", "current"),
        },
        Row {
            name: "stage-copied-from",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.write(
                    "Dockerfile",
                    "FROM scratch AS one\nCOPY src /\nFROM scratch\nCOPY --from=one / /out\n",
                );
            },
            edit: |p| p.write("src/a.txt", "another"),
        },
        Row {
            name: "stage-by-number",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.write("Dockerfile", "FROM scratch\nCOPY src /\nFROM scratch\nCOPY --from=0 / /out\n");
            },
            edit: |p| p.write("src/a.txt", "another"),
        },
        Row {
            name: "stage-built-upon",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.write(
                    "Dockerfile",
                    "FROM scratch AS one\nCOPY src /\nFROM one AS two\nFROM two\nLABEL a=b\n",
                );
            },
            edit: |p| p.write("src/a.txt", "another"),
        },
        Row {
            name: "stage-named-by-argument",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.write("Dockerfile", "ARG KIND=full\nFROM scratch AS slim\nFROM scratch AS full\nCOPY src /\nFROM ${KIND}\nLABEL a=b\n");
            },
            edit: |p| p.write("src/a.txt", "another"),
        },
        Row {
            name: "mounted-file",
            expect: Changes("tool.txt"),
            before: |p| {
                p.write("tool.txt", "one");
                let base = p.busybox();
                p.write(
                    "Dockerfile",
                    &format!("FROM {base}\nRUN --mount=type=bind,source=tool.txt,target=/t cat /t > /out\n"),
                );
            },
            edit: |p| p.write("tool.txt", "two"),
        },
        Row {
            name: "mounted-context",
            expect: Changes("deep.txt"),
            before: |p| {
                p.write("x/deep.txt", "one");
                let base = p.busybox();
                p.write(
                    "Dockerfile",
                    &format!("FROM {base}\nRUN --mount=target=/t cat /t/x/deep.txt > /out\n"),
                );
            },
            edit: |p| p.write("x/deep.txt", "two"),
        },
        Row {
            name: "mounted-stage",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                let base = p.busybox();
                p.write(
                    "Dockerfile",
                    &format!("FROM scratch AS one\nCOPY src /\nFROM {base}\nRUN --mount=from=one,target=/t cat /t/a.txt > /out\n"),
                );
            },
            edit: |p| p.write("src/a.txt", "another"),
        },
        Row {
            name: "unpacked-archive",
            expect: Changes("files.tar"),
            before: |p| {
                p.dockerfile("ADD files.tar /");
                p.write("x", "one");
                p.sh("tar -cf files.tar x");
            },
            edit: |p| {
                p.write("x", "two");
                p.sh("tar -cf files.tar x");
            },
        },
        Row {
            name: "file-with-space-in-json-form",
            expect: Changes("a b.txt"),
            before: |p| {
                p.dockerfile("COPY [\"a b.txt\", \"/\"]");
                p.write("a b.txt", "one");
            },
            edit: |p| p.write("a b.txt", "two"),
        },
        Row {
            name: "source-named-by-argument",
            expect: Changes("one.txt"),
            before: |p| {
                p.dockerfile("ARG WHICH=one\nCOPY ${WHICH}.txt /");
                p.write("one.txt", "one");
            },
            edit: |p| p.write("one.txt", "another"),
        },
        Row {
            name: "source-named-by-environment",
            expect: Changes("one.txt"),
            before: |p| {
                p.dockerfile("ENV WHICH=one\nCOPY $WHICH.txt /");
                p.write("one.txt", "one");
            },
            edit: |p| p.write("one.txt", "another"),
        },
        Row {
            name: "source-by-platform",
            expect: Changes("amd64.txt"),
            before: |p| {
                p.fields = "platforms: [linux/amd64]".to_owned();
                p.dockerfile("ARG TARGETARCH\nCOPY $TARGETARCH.txt /");
                p.write("amd64.txt", "one");
            },
            edit: |p| p.write("amd64.txt", "another"),
        },
        Row {
            name: "kept-parents",
            expect: Changes("x.txt"),
            before: |p| {
                p.dockerfile("COPY --parents src/*/x.txt /");
                p.write("src/one/x.txt", "one");
            },
            edit: |p| p.write("src/two/x.txt", "two"),
        },
        Row {
            name: "excluded-but-for-some",
            expect: Changes("b.txt"),
            before: |p| {
                p.src();
                p.dockerfile("COPY --exclude=*.md src /");
                p.write("src/read.md", "one");
            },
            edit: |p| p.write("src/sub/b.txt", "another"),
        },
    ]);
}

#[test]
fn ignore_files() {
    check(&[
        Row {
            name: "ignore-file-created",
            expect: Changes(".dockerignore|a.txt"),
            before: |p| p.src(),
            edit: |p| p.write(".dockerignore", "**/a.txt\n"),
        },
        Row {
            name: "ignore-file-gets-an-exception",
            expect: Changes(".dockerignore|a.txt"),
            before: |p| {
                p.src();
                p.write(".dockerignore", "src/*\n!src/sub\n");
            },
            edit: |p| p.write(".dockerignore", "src/*\n!src/sub\n!src/a.txt\n"),
        },
        Row {
            name: "ignore-file-removed",
            expect: Changes(".dockerignore|a.txt"),
            before: |p| {
                p.src();
                p.write(".dockerignore", "**/a.txt\n");
            },
            edit: |p| p.remove(".dockerignore"),
        },
        Row {
            name: "ignore-file-of-the-dockerfile-created",
            expect: Changes("Dockerfile.dockerignore|a.txt"),
            before: |p| {
                p.src();
                p.write(".dockerignore", "**/a.txt\n");
            },
            edit: |p| p.write("Dockerfile.dockerignore", "**/b.txt\n"),
        },
        Row {
            name: "ignore-file-of-the-dockerfile-edited",
            expect: Changes("Dockerfile.dockerignore|a.txt"),
            before: |p| {
                p.src();
                p.write("Dockerfile.dockerignore", "**/a.txt\n");
            },
            edit: |p| p.write("Dockerfile.dockerignore", "**/b.txt\n"),
        },
        Row {
            name: "ignore-file-of-the-dockerfile-emptied",
            expect: Changes("Dockerfile.dockerignore|a.txt"),
            before: |p| {
                p.src();
                p.write(".dockerignore", "**/a.txt\n");
                p.write("Dockerfile.dockerignore", "**/a.txt\n");
            },
            edit: |p| p.write("Dockerfile.dockerignore", ""),
        },
        Row {
            name: "file-kept-by-an-exception",
            expect: Changes("keep.txt"),
            before: |p| {
                p.dockerfile("COPY . /all");
                p.write(".dockerignore", "*\n!deep/**/keep.txt\n");
                p.write("deep/down/keep.txt", "one");
            },
            edit: |p| p.write("deep/down/keep.txt", "two"),
        },
        Row {
            name: "file-below-an-ignored-folder-kept",
            expect: Changes("new.txt"),
            before: |p| {
                p.dockerfile("COPY . /all");
                p.write(".dockerignore", "vendor\n!vendor/ours\n");
                p.write("vendor/theirs/x", "one");
                p.write("vendor/ours/x", "one");
            },
            edit: |p| p.write("vendor/ours/new.txt", "new"),
        },
        Row {
            name: "anchored-pattern-leaves-the-deep-one",
            expect: Changes("notes.md"),
            before: |p| {
                p.dockerfile("COPY . /all");
                p.write(".dockerignore", "*.md\n");
                p.write("docs/notes.md", "one");
            },
            edit: |p| p.write("docs/notes.md", "two"),
        },
    ]);
}

#[test]
fn dockerfiles() {
    check(&[
        Row {
            name: "instruction-added",
            expect: Changes("Dockerfile"),
            before: |p| p.src(),
            edit: |p| p.dockerfile("COPY src /\nENV MORE=1"),
        },
        Row {
            name: "heredoc-edited",
            expect: Changes("Dockerfile"),
            before: |p| p.dockerfile("COPY <<END /x\none\nEND"),
            edit: |p| p.dockerfile("COPY <<END /x\ntwo\nEND"),
        },
        Row {
            name: "dockerfile-outside-of-the-context",
            expect: Changes("app.Dockerfile"),
            before: |p| {
                p.context += "/context";
                p.docker = "dockerfile: ../deploy/app.Dockerfile".to_owned();
                p.write("context/a.txt", "one");
                p.write("deploy/app.Dockerfile", "FROM scratch\nCOPY a.txt /\n");
            },
            edit: |p| p.write("deploy/app.Dockerfile", "FROM scratch\nCOPY a.txt /b.txt\n"),
        },
        Row {
            name: "ignore-file-outside-of-the-context",
            expect: Changes("dockerignore|b.txt"),
            before: |p| {
                p.context += "/context";
                p.docker = "dockerfile: ../deploy/app.Dockerfile".to_owned();
                p.write("context/a.txt", "one");
                p.write("context/b.txt", "two");
                p.write("deploy/app.Dockerfile", "FROM scratch\nCOPY . /\n");
            },
            edit: |p| p.write("deploy/app.Dockerfile.dockerignore", "b.txt\n"),
        },
        Row {
            name: "another-dockerfile-chosen",
            expect: Changes("Dockerfile"),
            before: |p| {
                p.src();
                p.write("other.Dockerfile", "FROM scratch\nCOPY src /other\n");
            },
            edit: |p| p.docker = "dockerfile: other.Dockerfile".to_owned(),
        },
        Row {
            name: "inline-dockerfile-edited",
            expect: Changes("Dockerfile"),
            before: |p| {
                p.src();
                p.skeg = "dockerfileInline: \"FROM scratch\\nCOPY src /\\n\"".to_owned();
            },
            edit: |p| p.skeg = "dockerfileInline: \"FROM scratch\\nCOPY src /other\\n\"".to_owned(),
        },
        Row {
            name: "dockerfile-replaced-by-a-link",
            expect: Changes("Dockerfile"),
            before: |p| {
                p.src();
                p.write("docker/prod", "FROM scratch\nCOPY src /prod\n");
            },
            edit: |p| {
                p.remove("Dockerfile");
                p.symlink("docker/prod", "Dockerfile");
            },
        },
        Row {
            name: "same-size-same-time-dockerfile",
            expect: Changes("Dockerfile"),
            before: |p| {
                p.dockerfile("LABEL value=one");
                p.modified("Dockerfile", 0);
            },
            edit: |p| {
                p.dockerfile("LABEL value=two");
                p.modified("Dockerfile", 0);
            },
        },
        Row {
            name: "comment-in-the-dockerfile",
            expect: Builds("Dockerfile"),
            before: |p| p.src(),
            edit: |p| p.dockerfile("# nothing\nCOPY src /"),
        },
    ]);
}
