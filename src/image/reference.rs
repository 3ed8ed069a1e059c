//! The grammar of references (distribution's `reference` specification).

use std::sync::LazyLock;

use regex::Regex;

/// Docker Hub's domain, which familiar names leave out.
const DOCKER_HUB: &str = "docker.io";
/// The longest path, `library/` included where Docker Hub means it, that a registry takes.
const LONGEST_PATH: usize = 255;

static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$",
    )
});
static COMPONENT: LazyLock<Regex> = LazyLock::new(|| regex(r"^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$"));
static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$"));
static DIGEST: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$"));

#[expect(clippy::expect_used, reason = "the patterns are constants")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

/// Why a text is no reference. `Display` names the text and the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an image reference: {reason}")]
pub struct ParseError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// A reference, `[domain/]path[:tag][@digest]`, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    text: String,
    name_end: usize,
    path_start: usize,
    tag: Option<(usize, usize)>,
    digest: Option<usize>,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// Any part breaks the grammar; upper-case letters in the name are the usual mistake.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let fail = |reason| Err(ParseError { text: text.to_owned(), reason });
        if text.is_empty() {
            return fail("it is empty");
        }
        let (before_digest, digest) = match text.find('@') {
            Some(at) => (&text[..at], Some(at + 1)),
            None => (text, None),
        };
        if digest.is_some_and(|at| !DIGEST.is_match(&text[at..])) {
            return fail("its digest is not `sha256:` and hexadecimal digits");
        }
        // A colon after the last slash begins the tag; one before it belongs to a port.
        let last_slash = before_digest.rfind('/').map_or(0, |at| at + 1);
        let (name_end, tag) = match before_digest[last_slash..].find(':') {
            Some(at) => (last_slash + at, Some((last_slash + at + 1, before_digest.len()))),
            None => (before_digest.len(), None),
        };
        if tag.is_some_and(|(from, to)| !TAG.is_match(&text[from..to])) {
            return fail(
                "its tag may have 128 of letters, digits, `_`, `.` and `-`, and begins with no `.` or `-`",
            );
        }
        let name = &text[..name_end];
        let path_start = match name.split_once('/') {
            Some((first, _)) if is_domain(first) => first.len() + 1,
            _ => 0,
        };
        if path_start > 0 && !DOMAIN.is_match(&name[..path_start - 1]) {
            return fail("its registry is not a host name");
        }
        let path = &name[path_start..];
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return fail("its name must be lower case");
        }
        if !path.split('/').all(|component| COMPONENT.is_match(component)) {
            return fail("its name may have lower-case letters, digits and single separators");
        }
        let reference = Self { text: text.to_owned(), name_end, path_start, tag, digest };
        if reference.library().len() + reference.path().len() > LONGEST_PATH {
            return fail("its name is longer than 255 characters");
        }
        Ok(reference)
    }

    /// The reference as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Domain and path as written, without tag and digest.
    pub fn name(&self) -> &str {
        &self.text[..self.name_end]
    }

    /// The registry's host (and port); `docker.io` where none is written.
    pub fn domain(&self) -> &str {
        if self.path_start == 0 { DOCKER_HUB } else { &self.text[..self.path_start - 1] }
    }

    /// The path as written (`library/` is not added).
    pub fn path(&self) -> &str {
        &self.text[self.path_start..self.name_end]
    }

    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.tag.map(|(from, to)| &self.text[from..to])
    }

    /// The digest (`sha256:…`).
    pub fn digest(&self) -> Option<&str> {
        self.digest.map(|at| &self.text[at..])
    }

    /// The reference with domain, `library/` and, without tag or digest, `latest`.
    pub fn normalized(&self) -> String {
        let domain = if self.domain() == "index.docker.io" { DOCKER_HUB } else { self.domain() };
        let library = self.library();
        let rest = &self.text[self.name_end..];
        let rest = if rest.is_empty() { ":latest" } else { rest };
        format!("{domain}/{library}{}{rest}", self.path())
    }

    /// What stands before the path where Docker Hub keeps an official image.
    fn library(&self) -> &'static str {
        let hub = [DOCKER_HUB, "index.docker.io"].contains(&self.domain());
        if hub && !self.path().contains('/') { "library/" } else { "" }
    }

    /// The reference as people write it: without `docker.io/` and `library/`; tag and digest as they are.
    pub fn familiar(&self) -> String {
        let rest = &self.text[self.name_end..];
        match self.domain() {
            DOCKER_HUB | "index.docker.io" => {
                let official = self.path().strip_prefix("library/").filter(|name| !name.contains('/'));
                format!("{}{rest}", official.unwrap_or(self.path()))
            }
            domain => format!("{domain}/{}{rest}", self.path()),
        }
    }
}

/// Whether the first component of a name is a registry: it has a dot or port, or is `localhost`, or has upper case.
fn is_domain(component: &str) -> bool {
    component.contains(['.', ':'])
        || component == "localhost"
        || component.chars().any(|c| c.is_ascii_uppercase())
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let rows = [
            ("app", "docker.io", "app", None, None, "docker.io/library/app:latest", "app"),
            ("app:v1", "docker.io", "app", Some("v1"), None, "docker.io/library/app:v1", "app:v1"),
            ("me/app", "docker.io", "me/app", None, None, "docker.io/me/app:latest", "me/app"),
            (
                "docker.io/library/app:x",
                "docker.io",
                "library/app",
                Some("x"),
                None,
                "docker.io/library/app:x",
                "app:x",
            ),
            ("localhost/app", "localhost", "app", None, None, "localhost/app:latest", "localhost/app"),
            (
                "localhost:5000/app",
                "localhost:5000",
                "app",
                None,
                None,
                "localhost:5000/app:latest",
                "localhost:5000/app",
            ),
            (
                "r.io/a/b/c:1.2-x_y",
                "r.io",
                "a/b/c",
                Some("1.2-x_y"),
                None,
                "r.io/a/b/c:1.2-x_y",
                "r.io/a/b/c:1.2-x_y",
            ),
            (
                "[::1]:5000/app:v",
                "[::1]:5000",
                "app",
                Some("v"),
                None,
                "[::1]:5000/app:v",
                "[::1]:5000/app:v",
            ),
        ];
        for (text, domain, path, tag, digest, normalized, familiar) in rows {
            let r = Reference::parse(text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!((r.domain(), r.path(), r.tag(), r.digest()), (domain, path, tag, digest), "{text}");
            assert_eq!((r.normalized().as_str(), r.familiar().as_str()), (normalized, familiar), "{text}");
        }
        let both = format!("r.io/app:v1@{digest}");
        let r = Reference::parse(&both).unwrap();
        assert_eq!((r.name(), r.tag(), r.digest()), ("r.io/app", Some("v1"), Some(digest.as_str())));
    }

    #[test]
    fn what_is_no_reference() {
        for text in [
            "",
            "App",
            "me/App",
            "app:",
            "app:-x",
            "app@sha256:xyz",
            "app@sha256:abc",
            "/app",
            "app/",
            "a//b",
            "-app",
            "app_",
            "a__b__",
            "r.io:port/app",
            "app:v 1",
            "http://r.io/app",
            "a...b",
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
        assert!(Reference::parse("a__b/c.d-e--f").is_ok());
    }

    #[test]
    fn the_length_is_that_of_the_path() {
        for (before, most) in [("r.io/", 255), ("", 247), ("docker.io/", 247), ("me/", 252)] {
            assert!(Reference::parse(&format!("{before}{}", "a".repeat(most))).is_ok(), "{before}");
            assert!(Reference::parse(&format!("{before}{}", "a".repeat(most + 1))).is_err(), "{before}");
        }
    }

    #[test]
    fn only_an_official_image_is_familiar_without_library() {
        let familiar = |text| Reference::parse(text).unwrap().familiar();
        assert_eq!(familiar("docker.io/library/app"), "app");
        assert_eq!(familiar("docker.io/library/a/b:v1"), "library/a/b:v1");
    }
}
