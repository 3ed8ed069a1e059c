//! What may be handed to git and the tools of Google Cloud: nothing that they would take for an option, a command or
//! a rule.

use std::path::Path;

use crate::config::paths::absolute;
use crate::diagnostic::Excerpt;

/// The address of a repository, a path made absolute. `fetched`: the file that names it was fetched itself, so it may
/// not name anything of this machine.
///
/// # Errors
/// In words.
pub(in crate::config) fn repository(
    written: &str,
    dir: &Path,
    fetched: bool,
) -> Result<String, &'static str> {
    word(written)?;
    if let Some((helper, _)) = written.split_once("::")
        && matches!(helper, "ext" | "fd")
    {
        return Err("such an address runs a command");
    }
    let local = is_local(written);
    if fetched && (local || written.starts_with("file:")) {
        return Err("a fetched file may not name a repository of this machine");
    }
    Ok(if local { absolute(dir, written).to_string_lossy().into_owned() } else { written.to_owned() })
}

/// As git tells a path from `host:path`: no colon before the first slash.
fn is_local(address: &str) -> bool {
    let first = address.split('/').next().unwrap_or_default();
    !first.contains(':')
}

/// A branch, tag or commit: what git takes for the name of a reference (`git check-ref-format`), and nothing that
/// would say more than that.
///
/// # Errors
/// In words.
pub(in crate::config) fn reference(written: &str) -> Result<(), &'static str> {
    word(written)?;
    if written.contains(':') || written.starts_with('+') {
        return Err("it would be a rule of `git fetch`");
    }
    let bad = written.chars().any(|c| matches!(c, ' ' | '~' | '^' | '?' | '*' | '[' | '\\'))
        || ["..", "@{", "//", "/."].iter().any(|part| written.contains(part))
        || written.starts_with(['/', '.'])
        || written.ends_with(['/', '.'])
        || written.to_ascii_lowercase().ends_with(".lock")
        || written == "@";
    if bad { Err("name a branch, a tag or a commit") } else { Ok(()) }
}

/// A bucket: `gs://bucket/folder`.
///
/// # Errors
/// In words.
pub(in crate::config) fn bucket(written: &str) -> Result<(), &'static str> {
    word(written)?;
    match written.strip_prefix("gs://") {
        Some(rest) if !rest.is_empty() && !rest.contains(['*', '?', '[']) => Ok(()),
        _ => Err("write `gs://BUCKET/FOLDER`"),
    }
}

/// A text that a tool takes for what it is.
///
/// # Errors
/// In words.
pub(in crate::config) fn word(written: &str) -> Result<(), &'static str> {
    if written.is_empty() {
        return Err("it is empty");
    }
    if written.starts_with('-') {
        return Err("it would be an option");
    }
    if written.chars().any(char::is_control) {
        return Err("it holds a control character");
    }
    Ok(())
}

/// An address without the password, for messages.
pub(in crate::config) fn without_password(address: &str) -> String {
    match login(address) {
        Some(login) => address.replacen(&format!("{login}@"), "", 1),
        None => address.to_owned(),
    }
}

/// A place that does not show the password of an address that is written there.
pub(in crate::config) fn hide_password(mut place: Excerpt, address: &str) -> Excerpt {
    if let Some(login) = login(address) {
        // As long as before, so that everything else stays where it is.
        place.text = place.text.replace(login, &"*".repeat(login.len())).into();
    }
    place
}

/// Who logs in, where that holds a secret: `git@host` is a name, but what stands alone before an https host is a
/// token.
fn login(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (login, _) = rest[..end].rsplit_once('@')?;
    (!login.is_empty() && (login.contains(':') || scheme.starts_with("http"))).then_some(login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_would_misread_is_refused() {
        for (address, expected) in [
            ("https://example.com/x.git", Ok("https://example.com/x.git")),
            ("git@example.com:team/x.git", Ok("git@example.com:team/x.git")),
            ("ssh://git@example.com/x", Ok("ssh://git@example.com/x")),
            ("/srv/git/x", Ok("/srv/git/x")),
            ("../x", Ok("/p/x")),
            ("x:y", Ok("x:y")),
            ("", Err("it is empty")),
            ("--upload-pack=touch /tmp/x", Err("it would be an option")),
            ("ext::sh -c touch% /tmp/x", Err("such an address runs a command")),
            ("fd::17", Err("such an address runs a command")),
            ("https://a\nb", Err("it holds a control character")),
        ] {
            let taken = repository(address, Path::new("/p/q"), false);
            assert_eq!(taken, expected.map(str::to_owned), "{address}");
        }
        for address in ["/srv/git/x", "../x", "file:///srv/git/x"] {
            assert!(repository(address, Path::new("/p/q"), true).is_err(), "{address}");
        }
        assert!(repository("https://example.com/x", Path::new("/p"), true).is_ok());
    }

    #[test]
    fn references_are_names() {
        for good in
            ["main", "v1.2.3", "release/2026-01", "refs/heads/x", "deadbeef", "a+b", "feature#1", "äöü"]
        {
            assert_eq!(reference(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "a:b",
            "+main",
            "main~1",
            "main^",
            "a b",
            "a..b",
            "x*",
            "@{1}",
            "@",
            "/a",
            "a/",
            "a.lock",
            "a//b",
            "a/.b",
            "a\\b",
            "a\tb",
            "HEAD@{1}",
        ] {
            assert!(reference(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn buckets_are_addresses() {
        for (written, good) in [
            ("gs://b/f", true),
            ("gs://b", true),
            ("gs://", false),
            ("/x", false),
            ("gs://b/*", false),
            ("-r", false),
        ] {
            assert_eq!(bucket(written).is_ok(), good, "{written}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        for (address, shown) in [
            ("https://u:p@h/x@y", "https://h/x@y"),
            ("https://token@h/x", "https://h/x"),
            ("ssh://git@h/x", "ssh://git@h/x"),
            ("ssh://git:p@h/x", "ssh://h/x"),
            ("git@h:x", "git@h:x"),
            ("https://h/x?a=b@c", "https://h/x?a=b@c"),
            ("/a", "/a"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
