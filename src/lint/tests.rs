use super::*;
use crate::config::{LoadOptions, read};

/// A project in a folder of its own.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    /// The `build` section's artifacts and whatever follows, and files by path; a path with a slash at its end is a
    /// folder.
    fn new(artifacts: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text =
            format!("apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts:\n{artifacts}\n");
        for (path, content) in files.iter().copied().chain([("skaffold.yaml", text.as_str())]) {
            let path = folder.path().join(path);
            if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
                fs_err::create_dir_all(&path).unwrap();
                continue;
            }
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        }
        Self { folder }
    }

    fn run(&self, ignored: &[&str]) -> Vec<(String, &'static str)> {
        let options = LoadOptions { cwd: self.folder.path().to_owned(), ..LoadOptions::default() };
        let project = read(&options, &mut std::io::empty()).unwrap();
        let facts = Facts::gather(&project, self.folder.path());
        let ignored: Vec<String> = ignored.iter().map(|id| (*id).to_owned()).collect();
        let place = |finding: &Finding| {
            let (line, column) = finding.place.line_column();
            format!("{}:{line}:{column}", finding.place.path.display())
        };
        run(&facts, &ignored).iter().map(|finding| (place(finding), finding.rule.id)).collect()
    }

    /// Where a rule finds something.
    fn places(&self, rule: &str) -> Vec<String> {
        self.run(&[]).into_iter().filter(|(_, id)| *id == rule).map(|(place, _)| place).collect()
    }
}

const ONE: &str = "  - image: a";

/// A project of one artifact with this Dockerfile.
fn dockerfile(text: &str) -> Case {
    Case::new(ONE, &[("Dockerfile", text)])
}

/// Rules of Dockerfiles: what fires, where, and what is like it and does not.
#[test]
fn dockerfiles() {
    for (rule, fires, place, silent) in [
        (
            "copy-before-install",
            "FROM a:1\nCOPY . .\nRUN npm ci\n",
            "2:1",
            "FROM a:1\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n",
        ),
        (
            "copy-before-install",
            "FROM a:1\nADD ./ /x/\nRUN set -e; cd /x && pip install -r requirements.txt\n",
            "2:1",
            "FROM a:1\nCOPY . .\nRUN pip install .\n",
        ),
        (
            "copy-before-install",
            "FROM a:1\nCOPY . .\nRUN apt-get update && apt-get -y install curl\n",
            "2:1",
            "FROM a:1 AS b\nCOPY . .\nFROM a:1\nRUN npm ci\n",
        ),
        (
            "copy-before-install",
            "FROM a:1\nCOPY . .\nRUN [\"yarn\", \"install\"]\n",
            "2:1",
            "FROM a:1\nCOPY . .\nRUN go build ./...\n",
        ),
        (
            "no-cache-mount",
            "FROM a:1\nRUN true && \\\n  npm ci\n",
            "3:3",
            "FROM a:1\nRUN --mount=type=cache,target=/root/.npm npm ci\n",
        ),
        (
            "no-cache-mount",
            "FROM a:1\nRUN CGO_ENABLED=0 go build -o /app .\n",
            "2:19",
            "FROM a:1\nRUN echo npm ci\n",
        ),
        ("no-cache-mount", "FROM a:1\nRUN ./mvnw package\n", "2:5", "FROM a:1\nRUN yarn build\n"),
        (
            "chown-layer",
            "FROM a:1\nCOPY x /x\nRUN chown -R me /x\n",
            "3:5",
            "FROM a:1\nCOPY --chown=me x /x\nRUN chown me /x\n",
        ),
        (
            "apt-update-alone",
            "FROM a:1\nRUN apt-get update\nRUN apt-get install -y git\n",
            "2:5",
            "FROM a:1\nRUN apt-get update && apt-get install -y git\n",
        ),
        (
            "clone-in-run",
            "FROM a:1\nRUN git clone https://x/y.git\n",
            "2:5",
            "FROM a:1\nRUN git clone --branch v1 https://x/y.git\n",
        ),
        (
            "clone-in-run",
            "FROM a:1\nRUN git clone https://x/y.git\n",
            "2:5",
            "FROM a:1\nRUN git clone https://x/y && git checkout 0123456789012345678901234567890123456789\n",
        ),
        (
            "unchecked-download",
            "FROM a:1\nADD https://x/y.tgz /y/\n",
            "2:5",
            "FROM a:1\nADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 https://x/y.tgz /y/\nADD https://x/y.git /z/\n",
        ),
        (
            "piped-script",
            "FROM a:1\nRUN curl -fsSL https://x/y | sh\n",
            "2:5",
            "FROM a:1\nRUN curl -o y https://x/y\n",
        ),
        (
            "piped-script",
            "FROM a:1\nRUN true \\\n && wget -O- https://x/y | sudo bash -\n",
            "3:5",
            "FROM a:1\nRUN curl https://x/y | tar x\n",
        ),
        ("unpinned-base", "FROM alpine\n", "1:6", "FROM alpine:3.20\n"),
        ("unpinned-base", "FROM alpine:latest AS x\n", "1:6", "FROM scratch\n"),
        ("unpinned-base", "ARG B=reg.example:5000/alpine\nFROM $B\n", "2:6", "ARG B\nFROM $B\n"),
        (
            "unpinned-base",
            "FROM a\nFROM golang\n",
            "2:6",
            "FROM alpine:3 AS x\nFROM x\nFROM b@sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
        ),
        (
            "secret-variable",
            "FROM a:1\nENV A=1 API_TOKEN=x\n",
            "2:9",
            "FROM a:1\nENV API_TOKEN=\nENV TOKEN_FILE=/x\n",
        ),
        ("secret-variable", "ARG DB_PASSWORD=x\nFROM a:1\n", "1:5", "FROM a:1\nARG DB_PASSWORD\n"),
        ("secret-file", "FROM a:1\nCOPY conf/.env /x/\n", "2:6", "FROM a:1\nCOPY .env.example /x/\n"),
        ("unreadable-dockerfile", "FROM a:1\nFOO\n", "2:1", "FROM a:1\n"),
    ] {
        assert_eq!(dockerfile(fires).places(rule), [format!("Dockerfile:{place}")], "{rule}: {fires}");
        assert_eq!(dockerfile(silent).places(rule), [""; 0], "{rule}: {silent}");
    }
}

/// Rules of the project file: what fires, at `§`, and what is like it and does not. The files are the same for all.
#[test]
fn settings() {
    let files = [
        ("Dockerfile", "ARG USED\nFROM alpine:3 AS base\nFROM --platform=linux/amd64 base AS last\n"),
        ("src/a.ts", ""),
        ("k8s/a.yaml", ""),
        ("t/a.yaml", ""),
        ("chart/Chart.yaml", ""),
    ];
    for (rule, fires, silent) in [
        ("no-cache", "  - {image: a, docker: {noCache: §true}}", ONE),
        (
            "pull-parent",
            "  - {image: a, docker: {pullParent: §true}}",
            "  - {image: a, docker: {pullParent: false}}",
        ),
        (
            "changing-argument",
            "  - {image: a, docker: {buildArgs: {USED: §'{{now}}'}}}",
            "  - {image: a, docker: {buildArgs: {USED: '{{.VERSION}}'}}}",
        ),
        (
            "changing-tag",
            "  - image: a\n  tagPolicy: {§dateTime: {}}",
            "  - image: a\n  tagPolicy: {gitCommit: {}}",
        ),
        (
            "latest-pushed",
            "  - image: a\n  tagPolicy: {§sha256: {}}\n  local: {push: true}",
            "  - image: a\n  tagPolicy: {sha256: {}}\n  local: {push: false}",
        ),
        (
            "whole-context",
            "  - {image: a, §custom: {buildCommand: x}}",
            "  - {image: a, custom: {buildCommand: x, dependencies: {paths: [src]}}}",
        ),
        (
            "secret-argument",
            "  - {image: a, docker: {buildArgs: {NPM_TOKEN: §x}}}",
            "  - {image: a, docker: {buildArgs: {TOKENS: x}}}",
        ),
        (
            "insecure-registry",
            "  - image: a\n  insecureRegistries: ['localhost:5000', §reg.example]",
            "  - image: a\n  insecureRegistries: ['localhost:5000', '127.0.0.1']",
        ),
        (
            "host-network",
            "  - {image: a, docker: {network: §host}}",
            "  - {image: a, docker: {network: none}}",
        ),
        (
            "unused-argument",
            "  - {image: a, docker: {buildArgs: {UNUSED: §x}}}",
            "  - {image: a, docker: {buildArgs: {USED: x, http_proxy: y, BUILDKIT_INLINE_CACHE: z}}}",
        ),
        (
            "unused-alias",
            "  - {image: a, requires: [{§image: b, alias: B}]}\n  - {image: b, context: src}",
            "  - {image: a, requires: [{image: b, alias: USED}]}\n  - {image: b, context: src}",
        ),
        (
            "unknown-target",
            "  - {image: a, docker: {target: §frist}}",
            "  - {image: a, docker: {target: LAST}}",
        ),
        (
            "ignored-setting",
            "  - image: a\n  local: {useDockerCLI: §true}",
            "  - image: a\n  local: {useBuildkit: true}",
        ),
        ("ignored-setting", "  - {image: a, docker: {squash: §true}}", ONE),
        ("test-without-image", "  - image: a\ntest: [{image: §b}]", "  - image: a\ntest: [{image: a}]"),
        (
            "test-without-files",
            "  - image: a\ntest: [{image: a, structureTests: [§x/*.yaml]}]",
            "  - image: a\ntest: [{image: a, structureTests: [t/*]}]",
        ),
        (
            "sync-without-files",
            "  - {image: a, sync: {manual: [{§src: 'src/*.js', dest: .}]}}",
            "  - {image: a, sync: {manual: [{src: 'src/**/*.ts', dest: .}], infer: ['**/*']}}",
        ),
        (
            "sync-without-files",
            "  - {image: a, sync: {infer: [§lib]}}",
            "  - {image: a, sync: {infer: [src]}}",
        ),
        (
            "manifest-without-files",
            "  - image: a\nmanifests: {rawYaml: [§k8s/*.yml]}",
            "  - image: a\nmanifests: {rawYaml: ['k8s/*.yaml', 'https://x/y.yaml']}",
        ),
        (
            "manifest-without-files",
            "  - image: a\nmanifests: {helm: {releases: [{name: r, chartPath: chart, valuesFiles: [§v]}]}}",
            "  - image: a\nmanifests: {helm: {releases: [{name: r, chartPath: chart}]}, kustomize: {paths: [k8s]}}",
        ),
        (
            "built-twice",
            "  - image: a\n  - image: §b",
            "  - image: a\n  - {image: b, docker: {target: base}}",
        ),
        (
            "nested-context",
            "  - §image: a\n    docker: {dockerfile: all}\n  - {image: b, context: src}",
            "  - image: a\n  - {image: b, context: src}",
        ),
    ] {
        let files: Vec<_> = files.into_iter().chain([("all", "FROM a:1\nCOPY . .\n")]).collect();
        let before = &fires[..fires.find('§').unwrap()];
        // Four lines stand above the artifacts.
        let line = 5 + before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        let case = Case::new(&fires.replace('§', ""), &files);
        assert_eq!(case.places(rule), [format!("skaffold.yaml:{line}:{column}")], "{rule}: {fires}");
        assert_eq!(Case::new(silent, &files).places(rule), [""; 0], "{rule}: {silent}");
    }
}

#[test]
fn a_stage_is_fixed_to_a_platform_that_is_not_the_only_one() {
    let file = [("Dockerfile", "FROM --platform=linux/amd64 a:1\n")];
    let both = Case::new("  - {image: a, platforms: [linux/amd64, linux/arm64]}", &file);
    assert_eq!(both.places("foreign-platform"), ["Dockerfile:1:17"]);
    assert_eq!(
        Case::new("  - {image: a, platforms: [linux/amd64]}", &file).places("foreign-platform"),
        [""; 0]
    );
    let build = [("Dockerfile", "FROM --platform=$BUILDPLATFORM a:1\n")];
    let both = Case::new("  - {image: a, platforms: [linux/amd64, linux/arm64]}", &build);
    assert_eq!(both.places("foreign-platform"), [""; 0]);
}

#[test]
fn large_folders_belong_into_the_ignore_file() {
    let all = ("Dockerfile", "FROM a:1\nCOPY . .\n");
    let case = Case::new(ONE, &[all, (".git/x", ""), ("target/x", "")]);
    assert_eq!(case.places("no-ignore-file"), ["Dockerfile:2:1"]);
    assert_eq!(case.places("large-folder"), [""; 0]);
    let case = Case::new(ONE, &[all, (".git/x", ""), (".dockerignore", "*.md\n")]);
    assert_eq!(
        (case.places("no-ignore-file").len(), case.places("large-folder")),
        (0, vec!["Dockerfile:2:1".into()])
    );
    let case = Case::new(ONE, &[all, (".git/x", ""), (".dockerignore", ".git\n")]);
    assert_eq!(case.places("large-folder"), [""; 0]);
    // A folder of that name may be anything without Cargo.toml; what is not copied does not matter.
    assert_eq!(Case::new(ONE, &[all, ("target/x", "")]).places("no-ignore-file"), [""; 0]);
    let some = ("Dockerfile", "FROM a:1\nCOPY src src\n");
    assert_eq!(Case::new(ONE, &[some, (".git/x", "")]).places("no-ignore-file"), [""; 0]);
}

#[test]
fn secrets_in_a_copied_context_are_found() {
    let all = ("Dockerfile", "FROM a:1\nCOPY . .\n");
    assert_eq!(Case::new(ONE, &[all, (".env", "")]).places("secret-file"), ["Dockerfile:2:1"]);
    assert_eq!(
        Case::new(ONE, &[all, (".env", ""), (".dockerignore", ".env\n")]).places("secret-file"),
        [""; 0]
    );
}

#[test]
fn comments_and_flags_silence() {
    let case = dockerfile("# skeg-lint: ignore=unpinned-base\nFROM alpine\n\nFROM alpine\n");
    assert_eq!(case.run(&[]), [("Dockerfile:4:6".to_owned(), "unpinned-base")]);
    assert_eq!(case.run(&["unpinned-base"]), []);
    let case =
        dockerfile("FROM a:1\n# skeg-lint: ignore=no-cache-mount, apt-update-alone\nRUN apt-get update\n");
    assert_eq!(case.run(&[]), []);
    assert_eq!(dockerfile("FROM a:1\n# skeg-lint: ignore\nRUN apt-get update\n").run(&[]), []);
    assert_eq!(dockerfile("FROM a:1\n# skeg-lint: ignore=other\nRUN apt-get update\n").run(&[]).len(), 1);
}

#[test]
fn a_shared_dockerfile_is_blamed_once() {
    let case = Case::new(
        "  - image: a\n  - {image: b, docker: {target: x}}",
        &[("Dockerfile", "FROM alpine AS x\n")],
    );
    assert_eq!(case.places("unpinned-base"), ["Dockerfile:1:6"]);
}

#[test]
fn rules_have_unique_names_and_are_documented() {
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(names.len(), RULES.len());
    let page = include_str!("../../docs/lint.md");
    for rule in RULES {
        assert!(page.contains(&format!("| `{}` | {} |", rule.id, rule.concern)), "{}", rule.id);
    }
}
