//! Changing the file on disk so that nothing is ever lost: a lock around read-change-write, and a rename of a
//! finished, synced file over the old one.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Report, Result};

/// The text of a file; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>> {
    match fs_err::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Box::new(Report::config("the user config cannot be read").cause(error))),
    }
}

/// Hands the file's text (empty where there is none) to `change` and writes what it returns; `None` leaves the file
/// alone. Concurrent calls, also of other processes, come one after the other.
///
/// The file gets mode 0600, its folders are made as needed. One that is a symbolic link stays one: its target is
/// written.
pub(crate) fn update(path: &Path, change: impl FnOnce(&str) -> Result<Option<String>>) -> Result<()> {
    let target = follow_links(path);
    let lock = lock(&target).map_err(|error| cannot_write(path, &error))?;
    let text = read(&target)?.unwrap_or_default();
    if let Some(changed) = change(&text)? {
        replace(&target, &changed).map_err(|error| cannot_write(path, &error))?;
    }
    drop(lock);
    Ok(())
}

fn cannot_write(path: &Path, error: &io::Error) -> Box<Report> {
    let report = Report::user(format!("{} cannot be written", path.display())).cause(error);
    Box::new(report.hint("name another file with `--config FILE` or the variable SKEG_CONFIG"))
}

/// Where a chain of symbolic links ends, also when nothing is there yet.
fn follow_links(path: &Path) -> PathBuf {
    let mut target = path.to_owned();
    // As many links as Linux itself follows; a loop then fails when the file is opened.
    for _ in 0..40 {
        let Ok(next) = fs_err::read_link(&target) else { break };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    target
}

/// Takes the lock of `target`: a sibling file, because the file itself is replaced while the lock is held. It stays
/// there; removing it would let two holders in.
fn lock(target: &Path) -> io::Result<fs_err::File> {
    if let Some(folder) = target.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let mut name = target.as_os_str().to_owned();
    name.push(".lock");
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(PathBuf::from(name))?;
    file.file().lock()?;
    Ok(file)
}

fn replace(target: &Path, text: &str) -> io::Result<()> {
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made with mode 0600 by the crate.
    let mut file = tempfile::Builder::new().prefix(".config-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    // The rename itself is on disk only when the folder is; a folder cannot be opened everywhere.
    if let Ok(folder) = fs_err::File::open(folder) {
        drop(folder.sync_all());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_change_leaves_the_file_alone_and_a_new_file_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/config.yaml");
        update(&path, |text| {
            assert_eq!(text, "");
            Ok(Some("one\n".into()))
        })
        .unwrap();
        assert!(update(&path, |_| Err(Box::new(Report::config("no")))).is_err());
        update(&path, |_| Ok(None)).unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("one\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |p: &Path| fs_err::metadata(p).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
            update(&path, |_| Ok(Some("two\n".into()))).unwrap();
            assert_eq!(mode(&path), 0o600);
        }
        let names: Vec<_> =
            fs_err::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "only the file and its lock remain: {names:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_file_is_written_through_even_when_its_target_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("config.yaml");
        fs_err::os::unix::fs::symlink("dotfiles/skeg.yaml", &link).unwrap();
        for text in ["one\n", "two\n"] {
            update(&link, |_| Ok(Some(text.into()))).unwrap();
            assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
            let target = folder.path().join("dotfiles/skeg.yaml");
            assert_eq!(fs_err::read_to_string(target).unwrap(), text);
        }
    }
}
