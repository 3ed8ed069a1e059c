//! Writing a file of the user's so that it is never half of one: a finished file takes the place of the old one.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Report, Result};

/// Mode of a file that is made.
#[cfg(unix)]
const MODE: u32 = 0o644;

/// Puts `content` in the place of a file, with the old file's mode; a new one gets that of `like`, or 0644. A symbolic link stays one: its
/// target is written. What is no regular file (a pipe, a device) is written to.
///
/// # Errors
/// The report names the file as `shown`; the old one is untouched then.
pub fn replace(path: &Path, shown: &Path, content: &[u8], like: Option<&Path>) -> Result<()> {
    let outcome = match fs_err::metadata(path) {
        Ok(known) if known.is_file() => put(path, content, Some(known.permissions())),
        Ok(known) if known.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        Ok(_) => {
            fs_err::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(content))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let like = like.and_then(|like| fs_err::metadata(like).ok());
            put(path, content, like.map(|like| like.permissions()))
        }
        Err(error) => Err(error),
    };
    outcome.map_err(|error| {
        // The title has the path; the error is to say why only.
        let cause = error.get_ref().map_or_else(|| error.to_string(), ToString::to_string);
        Box::new(Report::user(format!("{} cannot be written", shown.display())).cause(cause))
    })
}

fn put(path: &Path, content: &[u8], permissions: Option<std::fs::Permissions>) -> io::Result<()> {
    let target = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let mut file = tempfile::Builder::new().prefix(".skeg-").tempfile_in(&folder)?;
    file.write_all(content)?;
    #[cfg(unix)]
    let permissions = permissions.or_else(|| {
        use std::os::unix::fs::PermissionsExt as _;
        Some(std::fs::Permissions::from_mode(MODE))
    });
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs_err::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_or_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        replace(&file, Path::new("a"), b"one", None).unwrap();
        replace(&file, Path::new("a"), b"two", None).unwrap();
        assert_eq!(fs_err::read(&file).unwrap(), b"two");
        let missing = folder.path().join("no/a");
        let report = replace(&missing, Path::new("no/a"), b"x", None).unwrap_err();
        assert_eq!(report.title, "no/a cannot be written");
        assert!(replace(folder.path(), Path::new("."), b"x", None).is_err());
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn modes_and_links_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a"), folder.path().join("link"));
        let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
        replace(&file, &file, b"one", None).unwrap();
        assert_eq!(mode(&file), 0o644);
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        fs_err::os::unix::fs::symlink("a", &link).unwrap();
        replace(&link, &link, b"two", None).unwrap();
        assert_eq!((fs_err::read(&file).unwrap(), mode(&file)), (b"two".to_vec(), 0o640));
        assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
        let copy = folder.path().join("copy");
        replace(&copy, &copy, b"two", Some(&file)).unwrap();
        assert_eq!(mode(&copy), 0o640);
    }
}
