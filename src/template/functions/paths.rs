//! Paths (sprig: file paths; Go: packages `path` and `path/filepath`).

use super::{Function, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function("base", "s", |c| Ok(base(c.text(0)).into())),
    function("dir", "s", |c| Ok(dir(c.text(0)).into())),
    function("clean", "s", |c| Ok(clean(c.text(0)).into())),
    function("ext", "s", |c| Ok(ext(c.text(0)).into())),
    function("isAbs", "s", |c| Ok(c.text(0).starts_with('/').into())),
    function("osBase", "s", |c| Ok(base(&slashes(c.text(0))).into())),
    function("osDir", "s", |c| Ok(native(&dir(&slashes(c.text(0)))).into())),
    function("osClean", "s", |c| Ok(native(&clean(&slashes(c.text(0)))).into())),
    function("osExt", "s", |c| Ok(ext(&slashes(c.text(0))).into())),
    function("osIsAbs", "s", |c| Ok(std::path::Path::new(c.text(0)).is_absolute().into())),
];

/// The system's path with slashes.
fn slashes(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}

/// The path with the system's separators.
fn native(path: &str) -> String {
    if cfg!(windows) { path.replace('/', "\\") } else { path.to_owned() }
}

/// The last part.
fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

/// All but the last part.
fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |at| &path[..=at]))
}

/// From the last dot of the last part on.
fn ext(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rfind('.').map_or("", |at| &name[at..])
}

/// The shortest path that means the same.
fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
