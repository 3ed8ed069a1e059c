//! Edits of files that must lead to a build.

use super::Expect::Changes;
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
            // BuildKit, when it is sent the folder for the second time, overlooks it.
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
