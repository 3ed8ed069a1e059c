//! `inputDigest`: a digest of the files an artifact reads, bit for bit Skaffold's (`tag/input_digest.go`).

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::diagnostic::{Report, Result};

/// What the digest is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The context, as the project file has it.
    pub workspace: String,
    /// The files, links and empty folders that are read, each as often as it counts, joined to the workspace: their
    /// order is that of these texts. The Dockerfile counts twice: as a file of the context and as it is configured.
    pub paths: Vec<String>,
    /// What relative paths are relative to.
    pub folder: PathBuf,
}

/// The digest: 64 hexadecimal digits.
///
/// # Errors
/// A file that is there cannot be read. One that is not there does not count.
pub(super) fn digest(sources: &Sources) -> Result<String> {
    let mut paths = sources.paths.clone();
    paths.sort();
    let workspace = sources.folder.join(&sources.workspace);
    let mut digests = Vec::with_capacity(paths.len());
    for path in &paths {
        let file = sources.folder.join(path);
        // Go finds no way from a relative path to an absolute one, or back.
        let has_way = Path::new(path).is_absolute() == Path::new(&sources.workspace).is_absolute();
        let name = if has_way { relative(&workspace, &file) } else { path.clone() };
        match of_file(&file, &name) {
            Ok(digest) => digests.push(digest),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Box::new(
                    Report::user(format!("{path} cannot be read"))
                        .cause(error)
                        .hint("make it readable, or leave it out of the context by `.dockerignore`"),
                ));
            }
        }
    }
    // Go writes a list as `["a","b"]`, one that was never filled as `null`, and ends it with a newline.
    let list =
        if digests.is_empty() { "null".to_owned() } else { serde_json::Value::from(digests).to_string() };
    Ok(hex(&Sha256::digest(format!("{list}\n"))))
}

/// The MD5 of the path and, for a regular file, its content.
fn of_file(file: &Path, name: &str) -> std::io::Result<String> {
    let mut hash = Md5::new();
    hash.update(name);
    if fs_err::symlink_metadata(file)?.is_file() {
        let mut file = fs_err::File::open(file)?;
        let mut chunk = [0; 16 << 10];
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                length => hash.update(&chunk[..length]),
            }
        }
    }
    Ok(hex(&hash.finalize()))
}

/// The path from one place to another, by their names alone (Go: `filepath.Rel`).
fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (names(from), names(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let path: Vec<&str> = std::iter::repeat_n("..", from.len() - common)
        .chain(to[common..].iter().map(String::as_str))
        .collect();
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

/// The names of a path without `.` and `..`.
fn names(path: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                names.pop();
            }
            Component::Normal(name) => names.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    names
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Thing {
        File(&'static str),
        Folder,
        Link(&'static str),
    }
    use Thing::{File, Folder, Link};

    type Row =
        (&'static str, &'static [(&'static str, Thing)], &'static str, &'static [&'static str], &'static str);

    /// Computed apart from this program: `md5(relative path + content)` of each, `sha256` of their JSON list.
    #[test]
    fn digests_of_trees() {
        let rows: &[Row] = &[
            (
                "one Dockerfile",
                &[("Dockerfile", File("FROM scratch\n"))],
                ".",
                &["Dockerfile", "Dockerfile"],
                "7c0c3ae9cd9676d0e541dd4684cf718d18bc9aad6ad387957953da99bfe2b2f5",
            ),
            (
                "three files",
                &[("Dockerfile", File("FROM busybox\nCOPY f g /\n")), ("f", File("1")), ("g", File("2"))],
                ".",
                &["Dockerfile", "f", "g", "Dockerfile"],
                "0e2a8552d453db701b2342628d455ee4cf9525e2ea46e100d64473b20b6cffd8",
            ),
            (
                "a context in a folder",
                &[("app/Dockerfile", File("FROM scratch\nCOPY a /\n")), ("app/a", File("hello\n"))],
                "app",
                &["app/Dockerfile", "app/a", "Dockerfile"],
                "cfcacb6df99e7008c742c08e1ebfa8b591ef735d3206983404c6165527f72e73",
            ),
            (
                "another Dockerfile in the working folder",
                &[("Dockerfile", File("FROM x\n")), ("app/Dockerfile", File("FROM scratch\n"))],
                "app",
                &["app/Dockerfile", "Dockerfile"],
                "dde262718fed39e8a25699e573e633732572883de9b46d97ff2aa5c531ffc76c",
            ),
            (
                "an empty file",
                &[("Dockerfile", File("FROM scratch\nCOPY e /\n")), ("e", File(""))],
                ".",
                &["Dockerfile", "e", "Dockerfile"],
                "5d43a52c6b13ef63fe4cf75a20c2dc7e734c49cfb963a9127387f81e2e5fb418",
            ),
            (
                "an empty folder",
                &[("Dockerfile", File("FROM scratch\nCOPY d /\n")), ("d", Folder)],
                ".",
                &["Dockerfile", "d", "Dockerfile"],
                "6e11eb0c29a53f46a10231860cbac765f4613cde87e52fc6de1c3c83d8b85f2d",
            ),
            (
                "a link",
                &[("Dockerfile", File("FROM scratch\nCOPY l /\n")), ("f", File("1")), ("l", Link("f"))],
                ".",
                &["Dockerfile", "l", "Dockerfile"],
                "637418e1fded32bd5bdefffeab34076a3bf33ff4852ca1cf5f18e1fdd6634c94",
            ),
            (
                "folders deep",
                &[
                    ("Dockerfile", File("FROM scratch\nCOPY . /\n")),
                    ("a/b/c/d.txt", File("deep")),
                    ("a/z", File("z")),
                ],
                ".",
                &["Dockerfile", "a/b/c/d.txt", "a/z", "Dockerfile"],
                "68326d2cfbce4269ab253317effdddd968f9c98a6d031b34426af6607e21b4d8",
            ),
            (
                "order by the joined path",
                &[
                    ("app/Dockerfile", File("FROM scratch\n")),
                    ("app/a-b", File("1")),
                    ("app/a/b", File("2")),
                    ("app/a.b", File("3")),
                ],
                "app",
                &["app/Dockerfile", "app/a/b", "app/a-b", "app/a.b", "Dockerfile"],
                "d4b2b385998bc6a33e48e038d1aa822fc2b146d884d587be65dccc86df49e1af",
            ),
            (
                "names that are no ASCII",
                &[("Dockerfile", File("FROM scratch\nCOPY . /\n")), ("ä ö", File("ü"))],
                ".",
                &["Dockerfile", "ä ö", "Dockerfile"],
                "897e0c5722e60d45d83d5164834863c5e7f5d2e428a4e9d57810121f02788924",
            ),
            (
                "a file that is gone",
                &[("Dockerfile", File("FROM scratch\n")), ("f", File("1"))],
                ".",
                &["Dockerfile", "f", "gone", "Dockerfile"],
                "989d3d7d7213ae8d4762a9e749cfa1cecf998e8ae64588dd89e6dcc3db3a92f1",
            ),
            (
                "a required context",
                &[
                    ("base/Dockerfile", File("FROM scratch\n")),
                    ("base/b", File("1")),
                    ("app/Dockerfile", File("FROM base\n")),
                    ("app/a", File("2")),
                ],
                "app",
                &["app/Dockerfile", "app/a", "base/Dockerfile", "base/b", "Dockerfile"],
                "4f662495b96f2baa0532098f697fcda0c4ce14d03685334bc2b1ccfc0b021a1e",
            ),
            (
                "carriage returns and no last newline",
                &[("Dockerfile", File("FROM scratch\r\nCOPY x /")), ("x", File("a\r\nb"))],
                ".",
                &["Dockerfile", "x", "Dockerfile"],
                "4ff654343c0db7c363643d5c16a0f2dc5a6d3988adef56cab62c2dc680e9af7a",
            ),
        ];
        for (name, files, workspace, paths, expected) in rows {
            let folder = tempfile::tempdir().unwrap();
            for (path, thing) in *files {
                let path = folder.path().join(path);
                fs_err::create_dir_all(path.parent().unwrap()).unwrap();
                match thing {
                    File(content) => fs_err::write(path, content).unwrap(),
                    Folder => fs_err::create_dir(path).unwrap(),
                    Link(target) => std::os::unix::fs::symlink(target, path).unwrap(),
                }
            }
            let sources = Sources {
                workspace: (*workspace).to_owned(),
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
                folder: folder.path().to_owned(),
            };
            assert_eq!(digest(&sources).unwrap(), *expected, "{name}");
        }
    }

    #[test]
    fn paths_are_relative_by_name() {
        for (from, to, expected) in [
            ("/w", "/w/a/b", "a/b"),
            ("/w/app", "/w/Dockerfile", "../Dockerfile"),
            ("/w/./app/", "/w/app/x/../y", "y"),
            ("/w", "/w", "."),
            ("/a/b", "/c", "../../c"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), expected);
        }
    }
}
