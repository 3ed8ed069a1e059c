//! What a program answered.

use std::process::ExitStatus;

/// The result of a program, with the texts as they came.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// The command, for messages.
    pub(crate) command: String,
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// What varies, and the word that stands for it.
    pub(super) filters: Vec<(String, String)>,
}

impl Output {
    /// The program must have ended well.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }

    /// The program must have ended with this code and shown one error.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        assert_eq!(
            self.stderr.lines().filter(|line| line.starts_with("error:")).count(),
            1,
            "one error\n{self}"
        );
        self
    }

    /// The error as it was shown, without what varies.
    pub(crate) fn error(&self) -> String {
        let from = self.stderr.lines().skip_while(|line| !line.starts_with("error:"));
        self.filter(&from.collect::<Vec<_>>().join("\n"))
    }

    /// Standard error must hold this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is missing\n{self}");
        self
    }

    /// Standard error must hold this text exactly once.
    #[track_caller]
    pub(crate) fn says_once(self, text: &str) -> Self {
        assert_eq!(self.stderr.matches(text).count(), 1, "`{text}` once\n{self}");
        self
    }

    /// Standard error must not hold this text.
    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "`{text}` is there\n{self}");
        self
    }

    /// The result that `-q` wrote: image name and reference of each build.
    #[track_caller]
    pub(crate) fn builds(&self) -> Vec<(String, String)> {
        let value: serde_json::Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error})\n{self}"));
        let text = |build: &serde_json::Value, key: &str| build[key].as_str().unwrap_or_default().to_owned();
        let builds = value["builds"].as_array().unwrap_or_else(|| panic!("no builds\n{self}"));
        builds.iter().map(|build| (text(build, "imageName"), text(build, "tag"))).collect()
    }

    /// What is said of an image under `Checking cache...`: `Found Locally`, `Not found. Building (first build)`, ….
    pub(crate) fn cache_line(&self, image: &str) -> &str {
        let begin = format!(" - {image}: ");
        let after = self.stderr.split_once("Checking cache...").map_or("", |(_, after)| after);
        after.lines().find_map(|line| line.strip_prefix(&begin)).unwrap_or("(no line)")
    }

    /// The image must have been built, for a reason that holds one of these texts (`a|b`).
    #[track_caller]
    pub(crate) fn builds_because(self, image: &str, reason: &str) -> Self {
        let line = self.cache_line(image);
        assert!(
            is_built_because(line, reason),
            "{image}: Not found. Building ({reason}), but: {line}\n{self}"
        );
        self
    }

    /// The image must not have been built.
    #[track_caller]
    pub(crate) fn finds(self, image: &str, how: &str) -> Self {
        let line = self.cache_line(image);
        assert_eq!(line, how, "{image}\n{self}");
        self
    }

    /// The reference that one image got.
    #[track_caller]
    pub(crate) fn reference(&self, image: &str) -> String {
        let found = self.builds().into_iter().find(|(name, _)| name == image);
        found.unwrap_or_else(|| panic!("no {image}\n{self}")).1
    }

    /// The digest that one pushed image got.
    #[track_caller]
    pub(crate) fn digest(&self, image: &str) -> String {
        let reference = self.reference(image);
        reference.split_once('@').unwrap_or_else(|| panic!("{reference} has no digest")).1.to_owned()
    }

    /// A text without what varies from run to run.
    pub(crate) fn filter(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.filters {
            text = text.replace(from, to);
        }
        for (pattern, to) in [
            (r"sha256:[0-9a-f]{64}", "sha256:[DIGEST]"),
            (r"\b[0-9a-f]{64}\b", "[HEX]"),
            (r"\b\d+m\d\ds\b|\b\d+\.\d+ ?s\b|\b\d+ms\b", "[TIME]"),
            (r"\b(127\.0\.0\.1|localhost|\[::1\]):\d{4,5}\b", "[ADDRESS]"),
            (r"/blobs/uploads/\S*:", "/blobs/uploads/[UPLOAD]:"),
            // As long as what they stand under, which varies.
            (r"\^+", "^"),
            (r"[ \t]+(\n|$)", "$1"),
        ] {
            text = regex::Regex::new(pattern).unwrap().replace_all(&text, to).into_owned();
        }
        text
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}\n-- stdout\n{}\n-- stderr\n{}", self.command, self.status, self.stdout, self.stderr)
    }
}

/// Whether a cache line says that an image is built, for a reason that holds one of these texts (`a|b`).
pub(crate) fn is_built_because(line: &str, reason: &str) -> bool {
    let said = line.strip_prefix("Not found. Building (").and_then(|said| said.strip_suffix(')'));
    said.is_some_and(|said| reason.split('|').any(|text| said.to_lowercase().contains(&text.to_lowercase())))
}
