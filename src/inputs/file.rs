//! Single files that a build is told of: the Dockerfile, the ignore file.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// So many links may lead to each other.
const MOST_LINKS: usize = 255;

/// An ignore file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreFile {
    /// Its path by its name, not where links lead to.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A whole file. What is no file is not opened: a pipe would be waited for, for ever, and what is read of it is gone.
///
/// # Errors
/// It is not there, cannot be read, or is no regular file (or a link to one).
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs_err::metadata(path)?.is_file() {
        return fs_err::read(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is no regular file", path.display())))
}

/// The ignore file in force: `<Dockerfile>.dockerignore`, else the context's. BuildKit sees the folder that holds it and
/// nothing else, so a link is followed as if that folder were the root.
///
/// # Errors
/// It is there and cannot be read, or is no regular file.
pub fn ignore_file(context: &Path, dockerfile: Option<&Path>) -> io::Result<Option<IgnoreFile>> {
    let own = dockerfile.and_then(|path| {
        let mut name = path.file_name()?.to_owned();
        name.push(".dockerignore");
        Some((path.parent()?, name))
    });
    for (folder, name) in own.into_iter().chain([(context, OsString::from(".dockerignore"))]) {
        let path = folder.join(&name);
        // Most are no links, and need no more than one look.
        let real = match fs_err::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => inside(folder, Path::new(&name)),
            _ => path.clone(),
        };
        match read(&real) {
            Ok(bytes) => return Ok(Some(IgnoreFile { path, bytes })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Where a path leads to if `root` is the root of all links.
fn inside(root: &Path, path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    let mut links = 0;
    let mut rest: Vec<OsString> = names(path);
    while let Some(name) = rest.pop() {
        if name == ".." {
            found.pop();
            continue;
        }
        match fs_err::read_link(root.join(&found).join(&name)) {
            Ok(target) if links < MOST_LINKS => {
                links += 1;
                if target.has_root() {
                    found.clear();
                }
                rest.extend(names(&target));
            }
            _ => found.push(name),
        }
    }
    root.join(found)
}

/// The names of a path and its `..`, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let name = |component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    };
    path.components().rev().filter_map(name).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn links_to_an_ignore_file_stay_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("context");
        fs_err::create_dir_all(root.join("sub")).unwrap();
        fs_err::write(root.join("rules"), "rules").unwrap();
        fs_err::write(root.join("sub/rules"), "below").unwrap();
        fs_err::write(folder.path().join("rules"), "outside").unwrap();
        let link = root.join(".dockerignore");
        fs_err::os::unix::fs::symlink("/sub", root.join("folder")).unwrap();
        for (target, content) in [
            ("rules", Some("rules")),
            ("/rules", Some("rules")),
            ("../rules", Some("rules")),
            ("../../../sub/../rules", Some("rules")),
            ("folder/rules", Some("below")),
            ("/folder/../rules", Some("rules")),
            ("nothing", None),
            (".dockerignore", None),
        ] {
            fs_err::os::unix::fs::symlink(target, &link).unwrap();
            let found = ignore_file(&root, None).map(|file| file.map(|file| file.bytes));
            // A link to itself leads nowhere.
            let found = found.ok().flatten().map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(found.as_deref(), content, "{target}");
            fs_err::remove_file(&link).unwrap();
        }
        assert_eq!(ignore_file(&root, None).unwrap(), None);
        fs_err::write(root.join("sub/app.Dockerfile.dockerignore"), "own").unwrap();
        fs_err::write(&link, "context's").unwrap();
        let of = |dockerfile: &str| ignore_file(&root, Some(&root.join(dockerfile))).unwrap().unwrap().bytes;
        assert_eq!((of("sub/app.Dockerfile"), of("sub/other")), (b"own".to_vec(), b"context's".to_vec()));
    }
}
