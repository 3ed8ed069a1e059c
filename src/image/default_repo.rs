//! Moving images to the user's registry (Skaffold: `docker/default_repo.go:26-90`).

use std::sync::LazyLock;

use regex::Regex;

use super::{ParseError, Reference};

/// The longest name the rule makes; the rest is cut.
const LONGEST: usize = 255;

/// A registry's domain and a project of it (by Google's rules for projects' names): what two names share when one
/// project holds them.
static PROJECT: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the pattern is a constant")]
    Regex::new(r"^[a-zA-Z0-9.-]+(?::[0-9]+)?/[a-z][a-z0-9-]{4,28}[a-z0-9](?:/|$)")
        .expect("a constant pattern")
});

/// Moves `image` (with its tag and digest) to `repo`; its name becomes lower case then. An empty repo changes nothing.
///
/// `multi_level` keeps the path's slashes; `None` = only for Google's registries, which are known to take them.
/// Elsewhere the whole name becomes one component with `/`, `.`, `_`, `:` and `@` as `_`.
///
/// An image that is below `repo` already stays as it is. (Skaffold compares raw text there, so that
/// `gcr.io/foobarx/y` counts as below `gcr.io/foobar`; here a prefix ends at a slash.)
///
/// # Errors
/// `image` is no reference.
pub fn substitute(repo: &str, multi_level: Option<bool>, image: &str) -> Result<String, ParseError> {
    let image = sanitize(image);
    let repo = repo.trim_end_matches('/');
    if repo.is_empty() {
        return Ok(image);
    }
    let image = lower(&image);
    let reference = Reference::parse(&image)?;
    let name = reference.name();
    let rest = &image[name.len()..];
    if below(name, repo).is_some() {
        return Ok(image);
    }
    let repo_project = project(repo);
    if multi_level.unwrap_or(repo_project.is_some_and(is_google)) {
        let shared = repo_project.filter(|shared| project(name) == Some(*shared));
        let tail = shared.and_then(|prefix| below(name, prefix)).unwrap_or(name);
        return Ok(format!("{}{rest}", cut(&format!("{repo}/{tail}"))));
    }
    let flat: String = name.chars().map(|c| if "/._:@".contains(c) { '_' } else { c }).collect();
    Ok(format!("{}{rest}", cut(&format!("{repo}/{flat}"))))
}

/// The name as registries take it: without ko's scheme, lower case (Skaffold: `SanitizeImageName`).
pub fn sanitize(image: &str) -> String {
    image.strip_prefix("ko://").map_or_else(|| image.to_owned(), lower)
}

/// The same with its name in lower case; tags may be of any.
fn lower(image: &str) -> String {
    let path = image.rfind('/').map_or(0, |slash| slash + 1);
    let end = image[path..].find([':', '@']).map_or(image.len(), |end| path + end);
    image[..end].to_lowercase() + &image[end..]
}

/// What of `name` is below `prefix`.
fn below<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = name.strip_prefix(prefix)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

fn project(name: &str) -> Option<&str> {
    PROJECT.find(name).map(|found| found.as_str().trim_end_matches('/'))
}

/// Whether a project is in one of Google's registries.
fn is_google(project: &str) -> bool {
    let domain = project.split('/').next().unwrap_or_default();
    domain.ends_with("gcr.io") || domain.ends_with("-docker.pkg.dev")
}

fn cut(name: &str) -> &str {
    name.get(..LONGEST).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let rows: &[(&str, Option<bool>, &str, &str)] = &[
            ("", None, "gcr.io/p/app:v1", "gcr.io/p/app:v1"),
            // below the repo already
            ("gcr.io/proj-abc", None, "gcr.io/proj-abc/app", "gcr.io/proj-abc/app"),
            ("localhost:5000", None, "localhost:5000/app:v1", "localhost:5000/app:v1"),
            ("r.io/team", None, "r.io/team/app", "r.io/team/app"),
            ("r.io/team/", None, "r.io/team/app", "r.io/team/app"),
            // a prefix ends at a slash
            ("gcr.io/foobar", None, "gcr.io/foobarx/y", "gcr.io/foobar/gcr.io/foobarx/y"),
            ("r.io/team", None, "r.io/teamx/app", "r.io/team/r_io_teamx_app"),
            // Google's registries keep the path
            ("gcr.io/proj-abc/sub", None, "gcr.io/proj-abc/app", "gcr.io/proj-abc/sub/app"),
            ("gcr.io/other-p", None, "gcr.io/proj-abc/app", "gcr.io/other-p/gcr.io/proj-abc/app"),
            ("gcr.io", None, "quay.io/a/b/app", "gcr.io/quay_io_a_b_app"),
            ("eu.gcr.io/proj-abc", None, "app", "eu.gcr.io/proj-abc/app"),
            ("us-docker.pkg.dev/proj-abc/repo", None, "app", "us-docker.pkg.dev/proj-abc/repo/app"),
            // others are one level
            ("localhost:5000", None, "gcr.io/proj-abc/app", "localhost:5000/gcr_io_proj-abc_app"),
            ("r.io/team", None, "app", "r.io/team/app"),
            ("r.io/team", None, "quay.io/a/b.c_d", "r.io/team/quay_io_a_b_c_d"),
            ("r.io", None, "localhost:5000/app", "r.io/localhost_5000_app"),
            // unless said otherwise
            ("r.io/team", Some(true), "quay.io/a/b", "r.io/team/quay.io/a/b"),
            ("gcr.io/proj-abc", Some(false), "quay.io/a/b", "gcr.io/proj-abc/quay_io_a_b"),
            ("r.io/project-a/sub", Some(true), "r.io/project-a/app", "r.io/project-a/sub/app"),
            // tag and digest stay
            ("r.io", None, "me/app:v1", "r.io/me_app:v1"),
            (
                "x",
                None,
                "r/x:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "x/r_x:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            ),
            // registries know lower case only, but for tags
            ("r.io", None, "Me/My_App:V1", "r.io/me_my_app:V1"),
            ("r.io", None, "APP", "r.io/app"),
            ("gcr.io/proj-abc", None, "GCR.io/proj-abc/A", "gcr.io/proj-abc/a"),
            ("", None, "APP:x", "APP:x"),
            // ko
            ("r.io", None, "ko://github.com/Me/App", "r.io/github_com_me_app"),
            ("", None, "ko://github.com/Me/App", "github.com/me/app"),
            ("", None, "ko://github.com/Me/App:V1", "github.com/me/app:V1"),
        ];
        for (repo, multi_level, image, expected) in rows {
            assert_eq!(substitute(repo, *multi_level, image).as_deref(), Ok(*expected), "{image} to {repo}");
        }
    }

    #[test]
    fn long_names_are_cut() {
        let image = format!("r.io/{}", vec!["a".repeat(40); 6].join("/"));
        assert_eq!(substitute("localhost:5000", None, &image).unwrap().len(), 255);
    }

    #[test]
    fn no_reference_is_an_error() {
        assert!(substitute("r.io", None, "a//b").is_err());
    }
}
