//! Edits that must not lead to a build.

use super::Expect::{Changes, Keeps};
use super::{Row, check};

#[test]
fn files_that_are_not_read() {
    check(&[
        Row {
            name: "ignored-file",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write(".dockerignore", "**/*.log\n");
                p.write("src/x.log", "one");
            },
            edit: |p| p.write("src/x.log", "two"),
        },
        Row {
            name: "new-ignored-file",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write(".dockerignore", "**/*.log\n");
            },
            edit: |p| p.write("src/sub/x.log", "new"),
        },
        Row {
            name: "new-file-in-an-ignored-folder",
            expect: Keeps,
            before: |p| {
                p.dockerfile("COPY . /all");
                p.write("a.txt", "one");
                p.write(".dockerignore", "node_modules\n");
                p.write("node_modules/a/index.js", "one");
            },
            edit: |p| p.write("node_modules/b/index.js", "two"),
        },
        Row {
            name: "ignored-by-the-dockerfiles-own",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("Dockerfile.dockerignore", "**/x.log\n");
                p.write("src/x.log", "one");
            },
            edit: |p| p.write("src/x.log", "two"),
        },
        Row {
            name: "ignore-file-that-does-not-count",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("Dockerfile.dockerignore", "**/x.log\n");
                p.write(".dockerignore", "one\n");
            },
            edit: |p| p.write(".dockerignore", "**/a.txt\n"),
        },
        Row {
            name: "readme",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("README.md", "one");
            },
            edit: |p| p.write("README.md", "two"),
        },
        Row {
            name: "new-folder-beside-the-copied",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| p.write("docs/new.md", "new"),
        },
        Row {
            name: "not-matched-by-the-glob",
            expect: Keeps,
            before: |p| {
                p.dockerfile("COPY *.go /");
                p.write("a.go", "one");
            },
            edit: |p| p.write("a.go.orig", "new"),
        },
        Row {
            name: "excluded",
            expect: Keeps,
            before: |p| {
                p.src();
                p.dockerfile("COPY --exclude=*.md src /");
                p.write("src/read.md", "one");
            },
            edit: |p| p.write("src/read.md", "two"),
        },
        Row {
            name: "stage-nobody-reaches",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("Dockerfile", "FROM scratch AS tests\nCOPY tests /\nFROM scratch\nCOPY src /\n");
                p.write("tests/x", "one");
            },
            edit: |p| p.write("tests/x", "two"),
        },
        Row {
            name: "stage-after-the-target",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("Dockerfile", "FROM scratch AS wanted\nCOPY src /\nFROM wanted\nCOPY more /\n");
                p.write("more/x", "one");
                p.docker = "target: wanted".to_owned();
            },
            edit: |p| p.write("more/x", "two"),
        },
        Row {
            name: "another-dockerfile",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("Dockerfile.dev", "FROM scratch\n");
            },
            edit: |p| p.write("Dockerfile.dev", "FROM scratch\nLABEL a=b\n"),
        },
        Row {
            name: "outside-of-the-context",
            expect: Keeps,
            before: |p| {
                p.context += "/context";
                p.write("context/Dockerfile", "FROM scratch\nCOPY . /\n");
                p.write("other/x", "one");
            },
            edit: |p| p.write("other/x", "two"),
        },
        Row {
            name: "link-to-what-is-not-read",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("elsewhere", "one");
                p.symlink("../elsewhere", "src/link");
            },
            edit: |p| p.write("elsewhere", "two"),
        },
        Row {
            name: "mode-of-what-is-not-read",
            expect: Keeps,
            before: |p| {
                p.src();
                p.write("run.sh", "one");
                p.chmod("run.sh", 0o644);
            },
            edit: |p| p.chmod("run.sh", 0o755),
        },
        Row {
            name: "neighbour-that-changes",
            expect: Changes("a.txt"),
            before: |p| p.src(),
            edit: |p| p.write("src/a.txt", "two"),
        },
    ]);
}

#[test]
fn files_that_stay_what_they_are() {
    check(&[
        Row {
            name: "touched",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| p.sh("touch src/a.txt Dockerfile src"),
        },
        Row { name: "older", expect: Keeps, before: |p| p.src(), edit: |p| p.modified("src/a.txt", 0) },
        Row {
            name: "same-bytes-written",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| p.write("src/a.txt", "one"),
        },
        Row {
            name: "edited-and-edited-back",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| {
                p.write("src/a.txt", "another");
                p.write("src/a.txt", "one");
            },
        },
        Row {
            name: "equal-file-moved-over",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| {
                p.write("new", "one");
                p.rename("new", "src/a.txt");
            },
        },
        Row {
            name: "linked-from-elsewhere",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| p.hard_link("src/a.txt", "elsewhere/link"),
        },
        Row {
            name: "another-owner",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| p.sh("chown -R 1234:1234 src"),
        },
        Row {
            name: "folder-made-anew",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| p.sh("cp -r src new && rm -r src && mv new src"),
        },
        Row {
            name: "there-and-gone-again",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| {
                p.write("src/.a.txt.swp", "editor");
                p.remove("src/.a.txt.swp");
            },
        },
        Row {
            name: "link-made-anew",
            expect: Keeps,
            before: |p| {
                p.src();
                p.symlink("a.txt", "src/link");
            },
            edit: |p| p.symlink("a.txt", "src/link"),
        },
        Row {
            name: "renamed-and-back",
            expect: Keeps,
            before: |p| p.src(),
            edit: |p| {
                p.rename("src/sub", "src/x");
                p.rename("src/x", "src/sub");
            },
        },
        Row {
            name: "neighbour-that-changes",
            expect: Changes("b.txt"),
            before: |p| p.src(),
            edit: |p| p.write("src/sub/b.txt", "another"),
        },
    ]);
}
