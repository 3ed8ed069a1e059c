use std::collections::{BTreeMap, BTreeSet};

use super::*;

#[derive(Default)]
struct Given {
    target: Option<&'static str>,
    args: &'static [(&'static str, &'static str)],
    folders: &'static [&'static str],
    others: &'static [&'static str],
    platform: Option<&'static str>,
}

/// Images named `trigger…` copy `triggered`; those of `unknown…` are not known; others have no triggers.
fn onbuild(reference: &str) -> Option<Vec<String>> {
    match reference {
        name if name.starts_with("unknown") => None,
        name if name.starts_with("trigger") => {
            Some(vec!["ARG PLUGIN".to_owned(), "COPY triggered /".to_owned(), "RUN true".to_owned()])
        }
        name if name.starts_with("borrow") => Some(vec!["COPY --from=tools /x /".to_owned()]),
        name if name.starts_with("broken") => Some(vec!["COPY a b\nCOPY c d".to_owned()]),
        _ => Some(vec![]),
    }
}

fn analysis(text: &str, given: &Given) -> Analysis {
    let args = given.args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let kinds = [(given.folders, ContextKind::Folder), (given.others, ContextKind::Other)];
    let contexts: BTreeMap<String, ContextKind> =
        kinds.iter().flat_map(|(names, kind)| names.iter().map(|name| ((*name).to_owned(), *kind))).collect();
    let options = Options {
        target: given.target,
        args: &args,
        platform: given.platform.unwrap_or("linux/amd64"),
        build_platform: "linux/arm64",
        contexts: &contexts,
        onbuild: &onbuild,
    };
    analyze(text, &options)
}

/// `context:pattern -exclude`, one a read; `WIDE line: reason` where the analysis is not certain.
fn reads(text: &str, given: &Given) -> String {
    let found = analysis(text, given);
    if let Some(wide) = &found.wide {
        let folders = given.folders.len();
        assert_eq!(found.reads.len(), folders + 1, "{text}: {found:?}");
        assert!(found.reads.iter().all(|read| read.pattern.is_empty() && read.exclude.is_empty()));
        return format!("WIDE {}: {}", wide.line, wide.reason);
    }
    let shown = found.reads.iter().map(|read| {
        let context = read.context.as_ref().map(|name| format!("{name}:")).unwrap_or_default();
        let pattern = if read.pattern.is_empty() { "." } else { &read.pattern };
        let mut words = vec![format!("{context}{pattern}")];
        words.extend(read.exclude.iter().map(|pattern| format!("-{pattern}")));
        words.join(" ")
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Rows of a Dockerfile and what it reads; a row of `WIDE` is compared up to the reason's beginning.
fn check(given: &Given, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let found = reads(text, given);
        let matches =
            if expected.starts_with("WIDE") { found.starts_with(expected) } else { found == *expected };
        assert!(matches, "{text}\n  found:    {found}\n  expected: {expected}");
    }
}

#[test]
fn sources() {
    check(
        &Given::default(),
        &[
            ("FROM scratch\nCOPY a b\n", "a"),
            ("FROM scratch\nCOPY a b /c/\nADD d /\n", "a, b, d"),
            ("FROM scratch\nCOPY . /\n", "."),
            ("FROM scratch\nCOPY / /\n", "."),
            ("FROM scratch\nCOPY ./ /\nCOPY a/.. /x\n", "."),
            ("FROM scratch\nCOPY /abs/./x//y/ ../../up /\n", "abs/x/y, up"),
            ("FROM scratch\nCOPY *.go go.* src/?/[ab].c /\n", "*.go, go.*, src/?/[ab].c"),
            ("FROM scratch\nCOPY a** /\n", "a*"),
            ("FROM scratch\nCOPY src/[^a]x /\n", "src/**"),
            ("FROM scratch\nCOPY src/a[!-~]x/y src2/[a /\n", "src/**, src2/**"),
            ("FROM scratch\nCOPY s/a\\\\*b /\n", "s/**"),
            ("FROM scratch\nCOPY arr[[]0].txt /\n", "arr[[]0].txt"),
            ("FROM scratch\nCOPY [\"a b\", \"c\", \"/\"]\n", "a b, c"),
            ("FROM scratch\nCOPY --chown=1:2 [ \"a\",\"/\" ]\n", "a"),
            ("FROM scratch\nCOPY [a b] /\n", "**, b]"),
            ("FROM scratch\nCOPY [\"a\", 1, \"/\"]\n", "WIDE 2: a JSON array"),
            ("FROM scratch\nCOPY [\"\\ud800\", \"/\"]\n", "WIDE 2: a JSON array"),
            ("FROM scratch\nCOPY \"a\" 'b' /\n", "a, b"),
            ("FROM scratch\nCOPY \"a b\" /\n", "WIDE 2: a double quote"),
            ("FROM scratch\nCOPY a\n", "WIDE 2: COPY has no destination"),
            ("from scratch\ncopy a b\nAdd c d\n", "a, c"),
            ("FROM scratch\nCOPY --link --chmod=755 --chown=$U:x a b\n", "a"),
            ("FROM scratch\nCOPY --link=false a b\n", "a"),
            ("FROM scratch\nCOPY --link=maybe a b\n", "WIDE 2: the flag --link"),
            ("FROM scratch\nCOPY --chmod a b\n", "WIDE 2: the flag --chmod"),
            ("FROM scratch\nCOPY --chmod=1 --chmod=2 a b\n", "WIDE 2: the flag --chmod is given twice"),
            ("FROM scratch\nCOPY --future a b\n", "WIDE 2: the flag --future"),
            ("FROM scratch\nADD --from=x a b\n", "WIDE 2: the flag --from"),
            ("FROM scratch\nADD --unpack=true --keep-git-dir a.tar /\n", "a.tar"),
            ("FROM scratch\nCOPY --chown=ü a b\n", "WIDE 2: a flag is not in ASCII"),
            ("FROM scratch\nCOPY täst ü*/ß /\n", "täst, ü*/ß"),
            ("FROM scratch\nCOPY -- a b\n", "a"),
            ("FROM scratch\nCOPY a a ./a b\n", "a"),
            ("FROM scratch\nRUN echo COPY a b\nCMD [\"COPY\", \"a\"]\nLABEL x=\"COPY a b\"\n", ""),
            ("FROM scratch\nWORKDIR /x\nUSER 1\nSHELL [\"sh\"]\nCOPY a .\n", "a"),
        ],
    );
}

#[test]
fn parents_and_exclusions() {
    check(
        &Given::default(),
        &[
            ("FROM scratch\nCOPY --parents a/b.txt ./c/d /\n", "a/b.txt, c/d"),
            ("FROM scratch\nCOPY --parents **/*.go /\n", "**/*.go"),
            ("FROM scratch\nCOPY --parents src/**/x /\n", "src/**/x"),
            ("FROM scratch\nCOPY --parents src/./lib/*.c /\n", "src/lib/*.c"),
            ("FROM scratch\nCOPY --parents /x/*/./**/y /\n", "x/*/**/y"),
            ("FROM scratch\nCOPY --parents x/[^a]/./y /\n", "x/**"),
            ("FROM scratch\nCOPY --parents src/a**b /\n", "src/**"),
            ("FROM scratch\nCOPY --parents !x /\n", "**"),
            ("FROM scratch\nCOPY --parents ./ /\n", "."),
            ("FROM scratch\nCOPY --parents=false **/x /\n", "*/x"),
            ("FROM scratch\nCOPY --exclude=*.md --exclude=**/node_modules . /\n", ". -*.md -**/node_modules"),
            ("FROM scratch\nCOPY --exclude=*.md a/b /\n", "a/b -a/b/*.md"),
            ("FROM scratch\nCOPY --exclude=*.md a /x\nCOPY a /y\n", "a -a/*.md, a"),
            ("FROM scratch\nCOPY --exclude=*.md a* /\n", "a*"),
            ("FROM scratch\nCOPY --exclude=x --exclude=!x/y . /\n", "."),
            (
                "FROM scratch\nCOPY --exclude=/x --exclude=../y --exclude=. --exclude=$Z --exclude=ok . /\n",
                ". -ok",
            ),
            ("FROM scratch\nCOPY --parents --exclude=b/* a/./. /\n", "a -a/b/*"),
            ("FROM scratch\nCOPY --parents --exclude=a/b a /\n", "a -a/b"),
            ("FROM scratch\nADD --exclude=t . /\n", ". -t"),
        ],
    );
}

#[test]
fn lines_are_joined_as_buildkit_joins_them() {
    check(
        &Given::default(),
        &[
            ("FROM scratch\nCOPY a \\\n  b \\\n  /c\n", "a, b"),
            ("FROM scratch\nCOPY a \\\n# a comment\n\n   # another\n  b /c\n", "a, b"),
            ("FROM scratch\nCOPY a\\\nb /c\n", "ab"),
            ("FROM scratch\nCOPY a \\ \t\n b\nCOPY c d\n", "a, c"),
            ("FROM scratch\r\nCOPY a \\\r\n b\r\n", "a"),
            ("\u{feff}FROM scratch\nCOPY a b", "a"),
            ("# escape=`\nFROM scratch\nCOPY a `\n b\nCOPY x/c\\d /\n", "a, x/**"),
            ("# a comment\n# escape=`\nFROM scratch\nCOPY a \\\n b /\n", "a, b"),
            ("#escape = `\nFROM scratch\nCOPY \"a`\"\" b `\n /\n", "a\", b"),
            ("# escape=x\nFROM scratch\n", "WIDE 1: the escape character"),
            ("# escape=`\n# escape=`\nFROM scratch\n", "WIDE 2: the directive `escape` is given twice"),
            (" # escape=`\nFROM scratch\n", "WIDE 1: the directive `escape` is indented"),
            ("#!/usr/bin/env x\nFROM scratch\n", "WIDE 1: it begins"),
            ("# check=skip=all;error=true\nFROM scratch\nCOPY a b\n", "a"),
            ("FROM scratch\n   COPY a b\n", "a"),
            ("FROM scratch\nCOPY a \\", "WIDE 2: COPY has no destination"),
            ("FROM scratch\nRUN echo \\\\\nCOPY a b\n", "a"),
            ("FROM scratch\nC\\\nOPY a b\n", "a"),
            ("", "WIDE 1: it has no FROM"),
            ("RUN x\nFROM scratch\n", "WIDE 1: RUN stands before"),
            ("FROM scratch\nCOPI a b\n", "WIDE 2: `COPI` is no instruction"),
            ("FROM scratch AS\n", "WIDE 1: FROM is neither"),
            ("FROM scratch AS 1x\n", "WIDE 1: `1x` is no name"),
        ][..],
    );
}

#[test]
fn heredocs() {
    check(
        &Given::default(),
        &[
            ("FROM scratch\nCOPY <<EOF /x\nCOPY no /\nEOF\nCOPY a b\n", "a"),
            ("FROM scratch\nCOPY a <<'E' <<-\"F\" /x/\nno\nE\n\tno\n\tF\nCOPY c d\n", "a, c"),
            ("FROM scratch\nRUN <<EOF\nCOPY no /\nEOF\nCOPY a b\n", "a"),
            (
                "FROM scratch\nRUN cat <<EOF > /x && python3 <<PY\nCOPY no /\nEOF\nADD no /\nPY\nCOPY a b\n",
                "a",
            ),
            ("FROM scratch\nRUN cat <<EOF\\\n > /x\nCOPY no /\nEOF\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN --mount=target=/y,source=z <<EOF\nx\nEOF\n", "z"),
            ("FROM scratch\nRUN echo '<<EOF'\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN echo \"it's <<EOF\"\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN echo it's <<EOF\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN cat <<<word\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN [\"cat\", \"<<EOF\"]\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN x 3<<EOF\nCOPY no /\nEOF\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN echo $((1<<EOF))\nCOPY a b\n", "a"),
            ("FROM scratch\nRUN <<EOF\nno end\n", "WIDE 2: the here-document EOF has no end"),
            ("FROM scratch\nCMD <<EOF\nCOPY a b\n", "a"),
        ],
    );
}

#[test]
fn variables() {
    let given = Given { args: &[("GIVEN", "given"), ("OVER", "over"), ("SPACE", "a b")], ..Given::default() };
    check(
        &given,
        &[
            ("FROM scratch\nARG A=x\nCOPY $A ${A}/y /\n", "x, x/y"),
            ("FROM scratch\nCOPY a$A/b /\n", "a/b"),
            ("FROM alpine\nCOPY $A/b /\n", "WIDE 2: the value of $A is not known"),
            ("FROM alpine\nARG A\nCOPY ${A:-d} /\n", "WIDE 3: the value of $A"),
            ("FROM alpine\nARG A=\nCOPY ${A:-d} ${A-e}x /\n", "d, x"),
            ("FROM alpine\nARG GIVEN\nCOPY $GIVEN /\n", "given"),
            ("FROM alpine\nARG OVER=default\nCOPY $OVER /\n", "over"),
            ("ARG G=g\nFROM alpine\nARG G\nCOPY $G /\n", "g"),
            ("ARG G=g\nFROM scratch\nCOPY x$G /\n", "x"),
            ("ARG G=g\nFROM alpine\nARG G=own\nCOPY $G /\n", "own"),
            ("ARG A=1\nARG B=${A}2 C=${B}3\nFROM alpine\nARG C\nCOPY $C /\n", "123"),
            ("FROM scratch\nARG A=1\nARG B=$A/2\nCOPY $B /\n", "1/2"),
            ("FROM scratch\nARG A=1 B=$A/2\nCOPY x /\n", "x"),
            ("FROM scratch\nARG A=1 B=$A/2\nCOPY $B /\n", "WIDE 3: the value of $B"),
            ("FROM alpine\nARG A=$HOME/x\nCOPY a /\n", "a"),
            ("FROM alpine\nARG A=$HOME/x\nCOPY $A /\n", "WIDE 3: the value of $A"),
            ("FROM alpine\nENV A=1 B=x$A\nCOPY y$B /\n", "WIDE 3: the value of $B"),
            ("FROM scratch\nENV A=1\nENV A=2 B=x$A\nCOPY $B /\n", "x1"),
            ("FROM scratch\nENV A some \"thing\" x\nCOPY $A /\n", "some thing x"),
            ("FROM scratch\nENV A='x  y' B=z\\ w\nCOPY $A $B /\n", "x  y, z w"),
            ("FROM scratch\nENV A\nCOPY x /\n", "WIDE 2: ENV sets a name without"),
            ("FROM scratch\nENV $A=1\nCOPY x /\n", "x"),
            ("FROM alpine\nENV $A=1\nCOPY x /\n", "WIDE 2: the value of $A"),
            ("FROM scratch\nARG A=arg\nENV A=env\nCOPY $A /\n", "env"),
            ("FROM scratch\nENV A=env\nARG A=env\nCOPY $A /\n", "env"),
            ("FROM scratch\nENV A=env\nARG A=arg\nCOPY $A /\n", "WIDE 4: the value of $A"),
            ("FROM scratch\nENV A=env\nARG A\nCOPY $A /\n", "env"),
            ("FROM alpine AS a\nENV A=env\nARG B=b\nFROM a\nCOPY $A $B /\n", "env, b"),
            ("FROM alpine AS a\nENV A=env\nFROM scratch\nCOPY x$A /\n", "x"),
            ("FROM scratch\nARG SPACE\nCOPY $SPACE /\n", "a b"),
            ("FROM scratch\nCOPY $PATH/x /\n", "WIDE 2: the value of $PATH"),
            ("FROM scratch\nARG \"A=b\"\nCOPY x /\n", "WIDE 2: ARG declares"),
            ("FROM scratch\nARG A=x\nCOPY \\$A '$A' \"$A\" /\n", "$A, x"),
            ("# escape=`\nFROM scratch\nARG A=x\nCOPY `$A /\n", "$A"),
            ("FROM scratch\nARG A=x\nCOPY ${A /\n", "WIDE 3: "),
            ("FROM scratch\nCOPY ${A:?needed} /\n", "WIDE 2: $A is required"),
            ("FROM alpine\nCOPY x $HOME/y\n", "x"),
            ("FROM alpine AS a\nFROM scratch\nCOPY --from=a $HOME /\n", ""),
            (
                "FROM alpine\nARG TARGETARCH TARGETOS TARGETVARIANT\nCOPY $TARGETOS/$TARGETARCH$TARGETVARIANT /\n",
                "linux/amd64",
            ),
            ("FROM scratch\nARG BUILDPLATFORM\nCOPY bin/$BUILDPLATFORM /\n", "bin/linux/arm64"),
            ("FROM scratch\nCOPY x$TARGETARCH /\n", "x"),
            ("FROM scratch AS last\nARG TARGETSTAGE\nCOPY $TARGETSTAGE /\n", "last"),
        ],
    );
    let arm = Given { platform: Some("linux/arm/v7"), ..Given::default() };
    check(
        &arm,
        &[
            ("FROM scratch\nARG TARGETARCH\nARG TARGETVARIANT\nCOPY $TARGETARCH$TARGETVARIANT /\n", "armv7"),
            ("FROM scratch\nARG TARGETPLATFORM\nCOPY $TARGETPLATFORM /\n", "linux/arm/v7"),
            ("FROM base-arm AS arm\nCOPY a /\nFROM base-amd64 AS amd64\nCOPY b /\nFROM $TARGETARCH\n", "a"),
        ],
    );
    let replaced = Given { args: &[("TARGETARCH", "mine")], ..Given::default() };
    check(&replaced, &[("FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /\n", "mine")]);
    let windows = Given { platform: Some("windows/amd64"), ..Given::default() };
    check(&windows, &[("FROM scratch\nCOPY a /\n", "WIDE 1: images for Windows")]);
}

#[test]
fn expansion() {
    let lookup = |name: &str| match name {
        "V" => expand::Variable::Set("a.b.c"),
        "P" => expand::Variable::Set("x/y/x"),
        "E" => expand::Variable::Set(""),
        "U" => expand::Variable::Unknown,
        _ => expand::Variable::Unset,
    };
    let rows = [
        ("$V", "a.b.c"),
        ("${V}", "a.b.c"),
        ("x$V-y", "xa.b.c-y"),
        ("$Vx", ""),
        ("${V:-d}${E:-d}${N:-d}", "a.b.cdd"),
        ("${V-d}${E-d}${N-d}", "a.b.cd"),
        ("${V:+d}${E:+d}${N:+d}", "d"),
        ("${V+d}${E+d}${N+d}", "dd"),
        ("${V?m}${E?m}${V:?m}", "a.b.ca.b.c"),
        ("${V#*.}", "b.c"),
        ("${V##*.}", "c"),
        ("${V%.*}", "a.b"),
        ("${V%%.*}", "a"),
        ("${V#x}${V%x}", "a.b.ca.b.c"),
        ("${V#?}", ".b.c"),
        ("${V#a\\*}", "a.b.c"),
        ("${V/./-}", "a-b.c"),
        ("${V//./-}", "a-b-c"),
        ("${V/b*/}", "a."),
        ("${P/x\\/y/z}", "z/x"),
        ("${P//x/$}", "!the replacement"),
        ("${P//x/[\\$]}", "!the replacement"),
        ("${P/x/\\$1}", "\\$1/y/x"),
        ("${V#\\a}", "!a pattern escapes"),
        ("${N:-${E:-${V%.c}}}", "a.b"),
        ("${N:-'a}b'}", "a}b"),
        ("${N:-\"$V\"}", "a.b.c"),
        ("'$V'\"$V\"\\$V", "$Va.b.c$V"),
        ("\"a\\\"b\\n\"", "a\"b\\n"),
        ("a\\ b\\", "a b"),
        ("$", "$"),
        ("a$/b", "a$/b"),
        ("$1x", "x"),
        ("${}", "!`${` is followed"),
        ("${V", "!${V"),
        ("${V:-", "!a `}` is missing"),
        ("${V/a", "!a `/` is missing"),
        ("${V^^}", "!${V"),
        ("${V:0}", "!${V"),
        ("${N:?}", "!$N is required"),
        ("'a", "!a single quote"),
        ("\"a", "!a double quote"),
        ("$U", "!the value of $U"),
        ("${U:+x}", "!the value of $U"),
        ("$é", "!the value of $é"),
    ];
    for (word, expected) in rows {
        let found = expand::expand(word, '\\', &lookup).unwrap_or_else(|problem| format!("!{problem}"));
        let matches = match expected.strip_prefix('!') {
            Some(_) => found.starts_with(expected),
            None => found == expected,
        };
        assert!(matches, "{word}: {found}, expected {expected}");
    }
    assert_eq!(expand::expand("a\\b`$V", '`', &lookup).unwrap(), "a\\b$V");
    assert!(expand::expand(&"${N:-".repeat(5000), '\\', &lookup).is_err());
    let names: Vec<String> = expand::names("${A:-$B}${C:+${D#$E}}", '\\').into_iter().collect();
    assert_eq!(names, ["A", "B", "C", "D", "E"]);
}

#[test]
fn stages_that_are_reached() {
    let text = "FROM alpine AS one\nCOPY a /\nFROM one AS two\nCOPY b /\nFROM alpine AS three\nCOPY c /\n\
                FROM scratch\nCOPY --from=two /x /\n";
    let at = |target| Given { target: Some(target), ..Given::default() };
    check(&Given::default(), &[(text, "a, b")]);
    check(&at(""), &[(text, "a, b")]);
    check(&at("one"), &[(text, "a")]);
    check(&at("THREE"), &[(text, "c")]);
    check(&at("1"), &[(text, "a, b")]);
    check(&at("nine"), &[(text, "WIDE 1: it has no stage `nine`")]);
    check(&at("9"), &[(text, "WIDE 1: it has no stage `9`")]);
    check(
        &Given::default(),
        &[
            ("FROM alpine AS A\nCOPY a /\nFROM scratch\nCOPY --from=a x /\n", "a"),
            ("FROM alpine AS a\nCOPY a /\nFROM A\n", "a"),
            ("FROM alpine\nCOPY a /\nFROM scratch\nCOPY --from=0 x /\n", "a"),
            ("FROM alpine\nCOPY a /\nFROM scratch\nCOPY --from=1 x /\n", "WIDE 4: `1` is not a stage before"),
            ("FROM scratch\nCOPY --from=b x /\nFROM scratch AS b\nFROM scratch\n", ""),
            ("FROM scratch AS t\nCOPY --from=b x /\nFROM t AS b\n", "WIDE 2: `b` is not a stage before"),
            ("FROM alpine AS a\nCOPY a /\nFROM scratch\nRUN --mount=from=a,target=/a x\n", "a"),
            ("FROM alpine AS a\nCOPY a /\nFROM scratch\nRUN --mount=type=tmpfs,from=a,target=/a x\n", "a"),
            (
                "FROM alpine AS a\nCOPY a /\nFROM scratch\nRUN --mount=from=0,target=/a x\n",
                "WIDE 4: a mount is from `0`",
            ),
            ("FROM alpine AS a\nCOPY --from=$X y /\nCOPY --future z /\nFROM scratch\nCOPY b /\n", "b"),
            (
                "ARG X=a\nFROM alpine AS a\nFROM scratch\nCOPY --from=$X y /\n",
                "WIDE 4: `from` has a variable",
            ),
            ("ARG X=a\nFROM alpine AS a\nCOPY a /\nFROM $X\n", "a"),
            ("FROM alpine AS a\nCOPY x /\nFROM alpine AS a\nCOPY y /\nFROM a\n", "y"),
            ("FROM $NONE\n", "WIDE 1: a base is no image reference"),
            ("FROM Upper\n", "WIDE 1: a base is no image reference"),
            ("FROM scratch\nCOPY --from= a /\n", "a"),
            ("FROM scratch\nCOPY --from=scratch a /\n", ""),
        ],
    );
}

#[test]
fn mounts() {
    check(
        &Given::default(),
        &[
            ("FROM scratch\nRUN --mount=type=bind,target=/x cmd\n", "."),
            ("FROM scratch\nRUN --mount=target=/x cmd\n", "."),
            (
                "FROM scratch\nRUN --mount=type=bind,source=a/../b,target=/x --mount=src=/c,dst=/y,ro cmd\n",
                "b, c",
            ),
            ("FROM scratch\nRUN --mount=\"type=bind,source=a b,target=/x\" cmd\n", "a b"),
            ("FROM scratch\nARG S=x\nRUN --mount=source=$S,target=/x cmd\n", "x"),
            ("FROM alpine\nRUN --mount=source=$S,target=/x cmd\n", "WIDE 2: the value of $S"),
            ("FROM scratch\nRUN --mount=source=a/b*,target=/x cmd\n", "a/**"),
            ("FROM scratch\nRUN --mount=type=cache,target=/x,source=a,id=i,sharing=locked cmd\n", ""),
            ("FROM scratch\nRUN --mount=type=tmpfs,target=/x,size=1m cmd\n", ""),
            ("FROM scratch\nRUN --mount=type=secret,id=s,env=S --mount=TYPE=ssh,required cmd\n", ""),
            ("FROM scratch\nRUN --mount=type=$T,target=/x cmd\nARG T\n", "."),
            ("FROM scratch\nRUN --mount=type=other,target=/x cmd\n", "WIDE 2: a mount has a type"),
            ("FROM scratch\nRUN --mount=target=/x,future=1 cmd\n", "WIDE 2: a mount has the field"),
            ("FROM scratch\nRUN --mount=target=/x,from cmd\n", "WIDE 2: a mount has the field"),
            ("FROM scratch\nRUN --mount=target=/x,from=$A cmd\n", "WIDE 2: `from` has a variable"),
            ("FROM scratch\nRUN --mount= cmd\n", "WIDE 2: a mount is empty"),
            ("FROM scratch\nRUN --network=none --security=sandbox --device=x cmd\n", ""),
            ("FROM scratch\nRUN --mount=source=a,target=/x [\"cmd\"]\n", "a"),
            ("FROM scratch\nRUN --future cmd\n", "WIDE 2: the flag --future"),
        ],
    );
    let text = "FROM alpine\nARG N=n\nRUN --mount=type=secret,id=one --mount=type=secret,target=/run/$N.txt \
                --mount=type=secret,source=three --mount=type=ssh --mount=type=ssh,id=$N x\n\
                FROM alpine AS not\nRUN --mount=type=secret,id=no x\n";
    let found = analysis(text, &Given { target: Some("0"), ..Given::default() });
    assert_eq!(found.secrets, set(&["n.txt", "one", "three"]));
    assert_eq!(found.ssh, set(&["default", "n"]));
    assert_eq!(found.wide, None);
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn named_contexts() {
    let given = Given {
        folders: &[
            "lib",
            "alpine",
            "build",
            "ghcr.io/a/b:v1",
            "node@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ],
        others: &["image", "unknown"],
        ..Given::default()
    };
    check(
        &given,
        &[
            ("FROM scratch\nCOPY --from=lib a b /\n", "lib:a, lib:b"),
            ("FROM scratch\nCOPY --from=LIB a /\n", "WIDE 2: a base is no image"),
            ("FROM scratch\nCOPY --from=image a /\n", ""),
            ("FROM scratch\nCOPY --from=image $UNSET /\n", ""),
            ("FROM lib\nCOPY a /\n", "lib:., a"),
            ("FROM alpine:latest\nCOPY $X/a /\n", "alpine:., a"),
            ("FROM docker.io/library/alpine\n", "alpine:."),
            ("FROM alpine:3.20\n", ""),
            ("FROM ghcr.io/a/b:v1\n", "ghcr.io/a/b:v1:."),
            ("FROM image\nCOPY $X /\n", "WIDE 2: the value of $X"),
            ("FROM unknown\n", "WIDE 1: the ONBUILD triggers of unknown"),
            ("FROM scratch\nCOPY --from=unknown a /\n", ""),
            ("FROM scratch AS build\nCOPY no /\nFROM build\nCOPY a /\n", "build:., a"),
            ("FROM scratch AS build\nCOPY no /\nFROM scratch\nCOPY --from=build a /\n", "build:a"),
            ("FROM scratch AS build\nCOPY no /\nFROM scratch\nCOPY --from=0 a /\n", "build:a"),
            ("FROM scratch AS build\nCOPY no /\n", "build:."),
            ("FROM other AS alpine\nCOPY a /\nFROM alpine\n", "alpine:."),
            ("FROM other AS stage\nCOPY a /\nFROM stage\n", "a"),
            ("FROM scratch\nRUN --mount=from=lib,source=x,target=/x cmd\n", "lib:x"),
            ("FROM scratch\nRUN --mount=type=cache,from=lib,target=/x cmd\n", "lib:."),
            ("FROM scratch\nCOPY --from=lib --parents --exclude=b a/./c /\n", "lib:a/c -a/b"),
            ("FROM scratch AS image\nONBUILD COPY x /\nFROM image\nCOPY a /\n", "x, a"),
        ],
    );
    let odd = Given {
        folders: &["docker.io/library/alpine:latest"],
        others: &["lib::linux/amd64"],
        ..Given::default()
    };
    check(
        &odd,
        &[
            ("FROM alpine\n", "WIDE 1: the named context `docker.io"),
            ("FROM scratch\nCOPY --from=lib a /\n", "WIDE 2: the named context `lib::"),
            ("FROM busybox\nCOPY a /\n", "a"),
        ],
    );
}

#[test]
fn triggers() {
    check(
        &Given::default(),
        &[
            ("FROM alpine\nONBUILD COPY a /\nCOPY b /\n", "b"),
            ("FROM alpine AS base\nONBUILD COPY a /\nONBUILD ADD c /\nFROM base\nCOPY b /\n", "a, c, b"),
            ("FROM alpine AS base\nONBUILD COPY a /\nFROM base AS mid\nFROM mid\nCOPY b /\n", "a, b"),
            ("FROM alpine AS base\nONBUILD COPY a /\nFROM scratch\nCOPY --from=base x /\n", ""),
            ("FROM alpine AS base\nARG A=x\nONBUILD COPY $A /\nFROM base\n", "x"),
            ("FROM alpine AS base\nONBUILD COPY <<EOF /x\nCOPY no /\nEOF\nFROM base\nCOPY b /\n", "b"),
            ("FROM alpine AS base\nONBUILD RUN --mount=source=s,target=/x y\nFROM base\n", "s"),
            ("FROM alpine AS base\nONBUILD ONBUILD COPY a /\nFROM base\n", "WIDE 2: a trigger of ONBUILD"),
            ("FROM alpine AS base\nONBUILD FROM x\nFROM base\n", "WIDE 2: a trigger of ONBUILD"),
            ("FROM alpine AS o\nCOPY o /\nFROM alpine AS base\nONBUILD COPY --from=o x /\nFROM base\n", "o"),
            ("FROM trigger\nCOPY a /\n", "triggered, a"),
            ("FROM trigger AS t\nFROM t\nCOPY a /\n", "triggered, a"),
            ("FROM unknown:1\nCOPY a /\n", "WIDE 1: the ONBUILD triggers of unknown:1 are not known"),
            ("FROM broken\n", "WIDE 1: a trigger of ONBUILD"),
            ("FROM alpine AS tools\nCOPY t /\nFROM borrow\n", "t"),
            ("FROM unknown AS u\nFROM scratch\nCOPY a /\n", "a"),
            ("FROM scratch\nCOPY --from=unknown a /\n", ""),
        ],
    );
    let found = analysis("FROM alpine\nFROM trigger\n", &Given::default());
    assert_eq!((found.reads[0].line, found.args), (2, set(&["PLUGIN"])));
}

#[test]
fn bases() {
    let given = Given { args: &[("TAG", "3")], others: &["ctx"], ..Given::default() };
    let rows: [(&str, &[&str]); 9] = [
        ("FROM alpine\n", &["1 alpine - -"]),
        ("FROM scratch\n", &[]),
        ("FROM ctx\n", &[]),
        ("ARG TAG=2\nFROM alpine:${TAG:-1} AS a\nFROM a\n", &["2 alpine:3 - a"]),
        (
            "FROM --platform=$BUILDPLATFORM golang AS b\nFROM golang\nCOPY --from=b x /\n",
            &["1 golang linux/arm64 b", "2 golang - -"],
        ),
        ("FROM --platform=linux/${TARGETARCH} x\n", &["1 x linux/amd64 -"]),
        ("FROM no\nFROM yes\nCOPY --from=img:1 a /\n", &["2 yes - -", "3 img:1 - -"]),
        (
            "FROM scratch AS s\nRUN --mount=from=img,target=/i --mount=type=cache,from=img2,target=/j x\n",
            &["2 img - s", "2 img2 - s"],
        ),
        (
            "# syntax=docker/dockerfile:1\nFROM a\nCOPY --from=a x /\n",
            &["1 docker/dockerfile:1 - -", "2 a - -"],
        ),
    ];
    for (text, expected) in rows {
        let found = analysis(text, &given);
        assert_eq!(found.wide, None, "{text}");
        let shown: Vec<String> = found
            .bases
            .iter()
            .map(|base| {
                let platform = base.platform.as_deref().unwrap_or("-");
                format!(
                    "{} {} {platform} {}",
                    base.line,
                    base.reference,
                    base.stage.as_deref().unwrap_or("-")
                )
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }
}

#[test]
fn frontends() {
    let rows = [
        ("# syntax=docker/dockerfile:1.7-labs\n", None, Some("docker/dockerfile:1.7-labs"), true),
        (
            "# syntax = docker.io/docker/dockerfile-upstream:master\n",
            None,
            Some("docker.io/docker/dockerfile-upstream:master"),
            true,
        ),
        ("#SYNTAX=docker/dockerfile:1 some words\n", None, Some("docker/dockerfile:1"), true),
        (
            "# syntax=docker/dockerfile@sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
            None,
            Some("docker/dockerfile@sha256:0000000000000000000000000000000000000000000000000000000000000000"),
            true,
        ),
        ("# syntax=earthly/dockerfile:1\n", None, Some("earthly/dockerfile:1"), false),
        ("# syntax=ghcr.io/docker/dockerfile:1\n", None, Some("ghcr.io/docker/dockerfile:1"), false),
        ("# check=skip=x\n# syntax=other\n", None, Some("other"), false),
        ("# a comment\n# syntax=other\n", None, None, true),
        ("\n# syntax=other\n", None, None, true),
        ("", Some("other:1 x"), Some("other:1"), false),
        ("# syntax=other\n", Some("docker/dockerfile:1"), Some("docker/dockerfile:1"), true),
        ("// syntax=other\n", None, None, false),
    ];
    for (head, given, syntax, certain) in rows {
        let args: BTreeMap<String, String> =
            given.map(|image| ("BUILDKIT_SYNTAX".to_owned(), image.to_owned())).into_iter().collect();
        let contexts = BTreeMap::new();
        let options = Options {
            target: None,
            args: &args,
            platform: "linux/amd64",
            build_platform: "linux/amd64",
            contexts: &contexts,
            onbuild: &onbuild,
        };
        let found = analyze(&format!("{head}FROM scratch\nCOPY a /\n"), &options);
        assert_eq!(found.syntax.as_deref(), syntax, "{head}");
        assert_eq!(found.wide.is_none(), certain, "{head}: {:?}", found.wide);
        assert_eq!(found.bases.first().map(|base| base.reference.as_str()), syntax, "{head}");
        assert_eq!(found.args.len(), args.len(), "{head}");
    }
}

#[test]
fn arguments_that_count() {
    let given = Given {
        args: &[
            ("BUILDKIT_INLINE_CACHE", "1"),
            ("SOURCE_DATE_EPOCH", "0"),
            ("HTTP_PROXY", "x"),
            ("UNUSED", "x"),
        ],
        ..Given::default()
    };
    let always = ["BUILDKIT_INLINE_CACHE", "SOURCE_DATE_EPOCH"];
    let rows: [(&str, &[&str]); 9] = [
        ("FROM scratch\n", &[]),
        ("ARG A=1\nFROM scratch\n", &[]),
        ("ARG A=1\nFROM x:$A\n", &["A"]),
        ("ARG A=1\nARG B=$A\nARG C\nFROM x:${B}\n", &["A", "B"]),
        ("ARG A=1\nARG B=$A\nFROM scratch\nARG B\nARG C=2\n", &["A", "B", "C"]),
        ("FROM x:$A\n", &[]),
        ("FROM --platform=$BUILDPLATFORM x\n", &["BUILDPLATFORM"]),
        ("ARG A\nFROM x:$A AS no\nARG N\nFROM scratch\nARG HTTP_PROXY\n", &["HTTP_PROXY"]),
        ("FROM scratch AS base\nARG A\nFROM base\nARG B C=1\n", &["A", "B", "C"]),
    ];
    for (text, expected) in rows {
        let found = analysis(text, &given);
        let expected: BTreeSet<String> =
            expected.iter().chain(&always).map(|name| (*name).to_owned()).collect();
        // A base of `x:` is refused, which leaves the rest of the answer as it is.
        assert_eq!(found.args, expected, "{text}");
    }
    let odd = Given { args: &[("SOURCE_DATE_EPOCH", "context")], ..Given::default() };
    check(&odd, &[("FROM scratch\n", "WIDE 1: SOURCE_DATE_EPOCH")]);
    check(
        &Given::default(),
        &[("FROM scratch\nARG BUILDKIT_SBOM_SCAN_CONTEXT=true\nCOPY a /\n", "WIDE 2: the SBOM")],
    );
}

#[test]
fn remote_sources() {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let rows = [
        ("https://example.com/a.tar", "", Some("https://example.com/a.tar")),
        ("https://me:secret@example.com/a?token=secret", "", Some("https://example.com/a")),
        ("http://example.com/a", "--checksum=sha256:00", None),
        ("https://example.com/a.git", "", Some("https://example.com/a.git")),
        ("https://example.com/a.git#main:sub", "", Some("https://example.com/a.git#main:sub")),
        ("https://example.com/a.git#SHA", "", None),
        ("https://example.com/a.git#SHA:sub", "", None),
        ("https://example.com/a.git?ref=SHA", "", None),
        ("https://example.com/a.git#v1", "--checksum=SHA", None),
        ("https://example.com/a.git#v1", "--checksum=0123456", Some("https://example.com/a.git#v1")),
        ("git@example.com:a/b.git", "", Some("git@example.com:a/b.git")),
        ("git@example.com:a/b.git#SHA", "", None),
        ("git://example.com/a", "", Some("git://example.com/a")),
        ("ssh://git@example.com/a#SHA", "", None),
        ("https://example.com/$V", "", Some("https://example.com/1")),
    ];
    for (source, flag, volatile) in rows {
        let text = format!("FROM scratch\nARG V=1\nADD {flag} {source} /\n").replace("SHA", sha);
        let found = analysis(&text, &Given::default());
        assert_eq!((found.wide, found.reads), (None, vec![]), "{text}");
        let shown: Vec<_> = found.volatile.iter().map(|one| (one.what.as_str(), one.line)).collect();
        assert_eq!(shown, volatile.map(|what| (what, 3)).into_iter().collect::<Vec<_>>(), "{text}");
    }
    check(
        &Given::default(),
        &[
            ("FROM scratch\nADD github.com/a/b /\n", "github.com/a/b"),
            ("FROM scratch\nADD me@host:x /\n", "WIDE 2: a source of ADD"),
            ("FROM scratch\nADD a https://x/y b /\n", "a, b"),
            ("FROM scratch\nADD ftp://x/y /\n", "ftp:/x/y"),
        ],
    );
}

#[test]
fn places() {
    let text = "# syntax=docker/dockerfile:1\n\nFROM alpine AS one\n\nCOPY a \\\n  b /\nADD c /\n\
                RUN --mount=source=d,target=/d x\nFROM one\n";
    let found = analysis(text, &Given::default());
    let shown: Vec<_> = found
        .reads
        .iter()
        .map(|read| (read.pattern.as_str(), read.line, read.instruction, read.follow))
        .collect();
    assert_eq!(
        shown,
        [("a", 5, "COPY", true), ("b", 5, "COPY", true), ("c", 7, "ADD", true), ("d", 8, "RUN", true)]
    );
    assert_eq!(found.stages, ["one", "1"]);
    let wide =
        analysis("FROM scratch\nCOPY a /\nCOPY --x b /\n", &Given { folders: &["f"], ..Given::default() });
    let whole: Vec<_> =
        wide.reads.iter().map(|read| (read.context.as_deref(), read.line, read.instruction)).collect();
    assert_eq!(whole, [(None, 3, ""), (Some("f"), 3, "")]);
}

#[test]
fn args_of_all_stages_and_their_names() {
    let file = Dockerfile::parse(
        "# syntax=docker/dockerfile:1\nARG BASE=alpine\nFROM ${BASE} AS build\n\
         arg MODE=x OTHER=\"a B=1 c\" \\\n  # a comment\n  LAST\nRUN cat <<EOF > x\nARG NOT_THIS\nEOF\n\
         FROM --platform=linux/amd64 scratch\nARG SKAFFOLD_RUN_MODE\nFROM build as final\n",
    )
    .unwrap();
    for name in ["BASE", "MODE", "OTHER", "LAST", "SKAFFOLD_RUN_MODE"] {
        assert!(file.declares_arg(name), "{name}: {file:?}");
    }
    for name in ["NOT_THIS", "B", "x", "", "mode"] {
        assert!(!file.declares_arg(name), "{name}: {file:?}");
    }
    assert_eq!(file.stages(), ["build", "final"]);
    let error = Dockerfile::parse("FROM alpine\nRUNN x\n").unwrap_err();
    assert_eq!(error.to_string(), "line 2: `RUNN` is no instruction");
}

/// Parts of which texts are made that look like Dockerfiles.
const PARTS: &str = r"(FROM |COPY |ADD |RUN |ARG |ENV |ONBUILD |scratch|alpine| AS |a|b|--from=|--mount=|--parents |--exclude=|type=|source=|,|<<|<<-|EOF|\n|\r\n|\n|\\|`|\$|\{|\}|:-|#|%|/|//|'|\x22|=| |\t|\[|\]|\*\*|\?|\./|\.\.|0|1|ü|\u{feff}|# escape=`\n|# syntax=docker/dockerfile:1\n|https://|git@|@|!){0,80}";

proptest::proptest! {
    /// Whatever the text: an answer, the same each time, whose lines are lines of the text.
    #[test]
    fn any_text_has_an_answer(text in PARTS, noise in ".{0,40}", args in proptest::collection::btree_map("[ab]", PARTS, 0..3)) {
        let contexts = BTreeMap::from([("a".to_owned(), ContextKind::Folder), ("b".to_owned(), ContextKind::Other)]);
        let options = Options { target: None, args: &args, platform: "linux/amd64", build_platform: "linux/amd64", contexts: &contexts, onbuild: &onbuild };
        for text in [text.clone(), noise, format!("FROM scratch\n{text}"), format!("FROM a AS b\nARG a=$b\nCOPY {text}")] {
            let found = analyze(&text, &options);
            proptest::prop_assert_eq!(&found, &analyze(&text, &options));
            let lines = text.split('\n').count().max(1);
            for line in found.reads.iter().map(|read| read.line).chain(found.wide.iter().map(|wide| wide.line)) {
                proptest::prop_assert!((1..=lines).contains(&line), "line {line} of {lines}");
            }
            for read in &found.reads {
                let parts: Vec<&str> = read.pattern.split('/').collect();
                proptest::prop_assert!(read.pattern.is_empty() || !parts.iter().any(|part| ["", ".", ".."].contains(part)), "{read:?}");
            }
            let _parsed = Dockerfile::parse(&text);
        }
    }
}
