//! Edits of files that must lead to a build.

use super::Expect::{Builds, Changes};
use super::{Row, check};

#[test]
fn files() {
    check(&[
        Row {
            name: "content",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| p.write("src/a.txt", "another"),
        },
        Row {
            name: "same-size",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| p.write("src/a.txt", "two"),
        },
        Row {
            // Size and time are all that BuildKit compares when it is sent a folder for the second time.
            name: "same-size-same-time",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.modified("src/a.txt", 0);
            },
            edit: |p| {
                p.write("src/a.txt", "two");
                p.modified("src/a.txt", 0);
            },
        },
        Row {
            name: "older-file-moved-over",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| {
                p.write("new", "two");
                p.modified("new", 0);
                p.rename("new", "src/a.txt");
            },
        },
        Row {
            name: "same-time-file-moved-over",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.modified("src/a.txt", 7);
            },
            edit: |p| {
                p.write("new", "two");
                p.modified("new", 7);
                p.rename("new", "src/a.txt");
            },
        },
        Row {
            name: "two-files-swapped",
            expect: Changes("a.txt|c.txt"),
            before: |p| {
                p.src();
                p.write("src/c.txt", "six");
                p.modified("src/a.txt", 9);
                p.modified("src/c.txt", 9);
            },
            edit: |p| p.sh("mv src/a.txt t && mv src/c.txt src/a.txt && mv t src/c.txt"),
        },
        Row {
            name: "through-another-hard-link",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.hard_link("src/a.txt", "elsewhere/link");
            },
            edit: |p| p.write("elsewhere/link", "by the other name"),
        },
        Row {
            name: "emptied",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| p.write("src/a.txt", ""),
        },
        Row {
            name: "file-mode",
            expect: Changes("a.txt"),
            before: |p| {
                p.src();
                p.chmod("src/a.txt", 0o644);
            },
            edit: |p| p.chmod("src/a.txt", 0o755),
        },
        Row {
            name: "folder-mode",
            expect: Changes("sub"),
            before: |p| {
                p.src();
                p.chmod("src/sub", 0o755);
            },
            edit: |p| p.chmod("src/sub", 0o700),
        },
        Row {
            name: "name-that-is-no-text",
            expect: Changes("x"),
            before: |p| {
                p.src();
                p.write(b"src/\xff\xfex", "one");
            },
            edit: |p| p.write(b"src/\xff\xfex", "two"),
        },
        Row {
            name: "strange-name",
            expect: Changes("quoted"),
            before: |p| {
                p.src();
                p.write("src/a \"quoted\"\n [name]*", "one");
            },
            edit: |p| p.write("src/a \"quoted\"\n [name]*", "two"),
        },
        Row {
            name: "deleted",
            expect: Changes("b.txt"),
            before: |p| p.src(),
            edit: |p| p.remove("src/sub/b.txt"),
        },
        Row {
            name: "added",
            expect: Changes("c.txt"),
            before: |p| p.src(),
            edit: |p| p.write("src/sub/c.txt", "three"),
        },
    ]);
}

#[test]
fn kinds() {
    check(&[
        Row {
            name: "file-renamed",
            expect: Changes("a.txt|z.txt"),
            before: |p| p.src(),
            edit: |p| p.rename("src/a.txt", "src/z.txt"),
        },
        Row {
            name: "folder-renamed",
            expect: Changes("sub|other"),
            before: |p| p.src(),
            edit: |p| p.rename("src/sub", "src/other"),
        },
        Row {
            name: "letter-case",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| p.rename("src/a.txt", "src/A.txt"),
        },
        Row {
            name: "link-retargeted",
            expect: Changes("link"),
            before: |p| {
                p.src();
                p.symlink("a.txt", "src/link");
            },
            edit: |p| p.symlink("b.txt", "src/link"),
        },
        Row {
            name: "link-to-file",
            expect: Changes("link"),
            before: |p| {
                p.src();
                p.symlink("a.txt", "src/link");
            },
            edit: |p| {
                p.remove("src/link");
                p.write("src/link", "one");
            },
        },
        Row {
            name: "file-to-link",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| {
                p.remove("src/a.txt");
                p.symlink("sub/b.txt", "src/a.txt");
            },
        },
        Row {
            name: "dangling-link",
            expect: Changes("link"),
            before: |p| {
                p.src();
                p.symlink("/nowhere/one", "src/link");
            },
            edit: |p| p.symlink("/nowhere/two", "src/link"),
        },
        Row {
            name: "file-to-folder",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| {
                p.remove("src/a.txt");
                p.write("src/a.txt/inside", "one");
            },
        },
        Row {
            name: "folder-to-file",
            expect: Changes("sub"),
            before: |p| p.src(),
            edit: |p| {
                p.remove("src/sub");
                p.write("src/sub", "two");
            },
        },
        Row {
            name: "folder-to-link",
            expect: Changes("sub"),
            before: |p| {
                p.src();
                p.write("src/kept/b.txt", "two");
            },
            edit: |p| {
                p.remove("src/sub");
                p.symlink("kept", "src/sub");
            },
        },
        Row {
            name: "empty-folder-added",
            expect: Changes("empty"),
            before: |p| p.src(),
            edit: |p| p.folder("src/empty"),
        },
        Row {
            name: "empty-folder-deleted",
            expect: Changes("empty"),
            before: |p| {
                p.src();
                p.folder("src/empty");
            },
            edit: |p| p.remove("src/empty"),
        },
        Row {
            name: "last-file-deleted",
            expect: Changes("b.txt"),
            before: |p| p.src(),
            edit: |p| {
                p.remove("src/sub");
                p.folder("src/sub");
            },
        },
        Row {
            name: "hard-link-becomes-copy-and-changes",
            expect: Changes("link"),
            before: |p| {
                p.src();
                p.hard_link("src/a.txt", "src/link");
            },
            edit: |p| {
                p.remove("src/link");
                p.write("src/link", "own");
            },
        },
    ]);
}

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
