//! Sources of `ADD` that are not files of the context (BuildKit: `dfgitutil`, `util/gitutil`).

/// Where a source comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The context.
    Local,
    /// A file behind a URL.
    Http,
    /// A repository; `true` = at one commit.
    Git(bool),
    /// The context or a repository, as the version of the frontend decides.
    Unclear,
}

/// Where a source, expanded, comes from.
pub(super) fn origin(source: &str) -> Origin {
    let Some((scheme, rest)) = source.split_once("://") else { return scp(source) };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "git" | "ssh" => Origin::Git(is_pinned(source)),
        "http" | "https" if path.ends_with(".git") => Origin::Git(is_pinned(source)),
        _ if scheme == "http" || scheme == "https" => Origin::Http,
        _ => Origin::Local,
    }
}

/// `user@host:path`.
fn scp(source: &str) -> Origin {
    let word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    match source.split_once('@').and_then(|(user, rest)| Some((user, rest.split_once(':')?.0))) {
        Some(("git", host)) if word(host, "-.") => Origin::Git(is_pinned(source)),
        Some((user, host)) if word(user, "-_") && word(host, "-.") => Origin::Unclear,
        _ => Origin::Local,
    }
}

/// Whether the reference or a checksum is a whole commit.
fn is_pinned(source: &str) -> bool {
    let (address, fragment) = source.split_once('#').unwrap_or((source, ""));
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let named = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut pins =
        named.filter(|(key, _)| matches!(*key, "ref" | "commit" | "checksum")).map(|(_, value)| value);
    is_commit(fragment.split(':').next().unwrap_or_default()) || pins.any(is_commit)
}

/// Whether a text is the whole name of a commit.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// A source for messages: without user, password, and query, which may be secret.
pub(super) fn shown(source: &str) -> String {
    let (address, fragment) = source.split_once('#').unwrap_or((source, ""));
    let address = address.split('?').next().unwrap_or_default();
    let address = match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    };
    if fragment.is_empty() { address } else { format!("{address}#{fragment}") }
}
