use super::*;

#[test]
fn paths_are_ignored_as_moby_does() {
    let rows: &[(&str, &str, bool)] = &[
        ("node_modules", "node_modules/a/b.js", true),
        ("node_modules", "web/node_modules/a.js", false),
        ("**/node_modules", "web/node_modules/a.js", true),
        ("**/node_modules", "node_modules", true),
        ("*.log", "a.log", true),
        ("*.log", "sub/a.log", false),
        ("*/*.log", "sub/a.log", true),
        ("build/", "build", true),
        ("/build", "build/x", true),
        ("./rel", "rel", true),
        ("a/../b", "b", true),
        ("  spaced  ", "spaced", true),
        ("{a,b}.txt", "a.txt", false),
        ("a?c", "abc", true),
        ("a?c", "a/c", false),
        ("[a-c]x", "bx", true),
        ("[^a-c]x", "bx", false),
        ("a\\*b", "a*b", true),
        ("a\\*b", "axb", false),
        // `\\b` and `\\w` are no letters for Go: nothing is left out for certain
        ("\\b", "b", false),
        ("src\\bin", "srcbin", false),
        ("*\n!\\w", "x", false),
        ("**", "anything/at/all", true),
        ("docs/**", "docs/a/b", true),
        ("**/*.go", "a/b/c.go", true),
        ("**.go", "a/b/c.go", true),
        ("a/**/b", "a/b", true),
        ("a/**/b", "a/x/y/b", true),
        ("*\n!src", "src/main.rs", false),
        ("*\n!src", "other", true),
        ("*\n!src/keep", "src/keep/x", false),
        ("*\n!src/keep", "src/other", true),
        ("src\n!src/*.md\nsrc/README.md", "src/README.md", true),
        ("src\n!src/*.md\nsrc/README.md", "src/x.md", false),
        ("# comment\n#x", "#x", false),
        (" #x", "#x", true),
        ("\u{feff}bom", "bom", true),
        ("crlf\r\nnext", "crlf", true),
        ("! kept\n", "kept", false),
        ("a+b(c)", "a+b(c)", true),
    ];
    for (patterns, path, expected) in rows {
        let rules = Rules::parse(patterns.as_bytes()).unwrap();
        assert_eq!(rules.ignores(path.as_bytes()), *expected, "{patterns:?} {path}");
    }
}

#[test]
fn what_buildkit_refuses() {
    for (text, line) in [("a\n!", 2), ("[", 1), ("a\\", 1), ("[]a]", 1), ("[-]", 1)] {
        let error = Rules::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
    }
}

#[test]
fn only_exceptions_make_ignored_folders_interesting() {
    let below = |patterns: &str, folder: &str| {
        Rules::parse(patterns.as_bytes()).unwrap().may_keep_below(folder.as_bytes())
    };
    assert!(!below("a", "a"));
    assert!(below("a\n!a/b/c", "a"));
    assert!(below("a\n!a/b/c", "a/b"));
    assert!(!below("a\n!a/b/c", "a/x"));
    assert!(!below("a\n!ab", "a"));
    assert!(below("a\n!**/*.md", "a/b"));
    assert!(below("a\n!a/*/c", "a/b"));
    assert!(!below("a\n!b/*", "a"));
}
