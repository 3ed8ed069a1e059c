//! Addresses as buildx takes them: a remote-driver instance in a private `BUILDX_CONFIG`, written natively.
//! The user's buildx folder is never written to.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::builder::Address;
use crate::diagnostic::{Report, Result};
use crate::docker::config::sha256_hex;
use crate::settings::env::SKEG_CACHE_DIR;

/// An instance that stands for an [`Address`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateInstance {
    /// The builder's name: the same for the same address and TLS options.
    pub name: String,
    /// The value for `BUILDX_CONFIG`.
    pub folder: PathBuf,
}

/// The file of an instance as buildx writes it (buildx: `store.NodeGroup`).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceFile<'a> {
    name: &'a str,
    driver: &'a str,
    nodes: [NodeFile<'a>; 1],
    dynamic: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NodeFile<'a> {
    name: String,
    endpoint: &'a str,
    platforms: Option<()>,
    driver_opts: Option<&'a BTreeMap<String, String>>,
    flags: Option<()>,
    files: Option<()>,
}

/// Makes sure that the private folder holds an instance for `address`, and returns its name and the folder.
///
/// The folder lies below `cache_dir`, one for each of the user's buildx folders (`users_buildx`): the registry
/// credentials that buildx keeps in `config/<registry>/…/config.json` there are linked, so that they count for the
/// private builders too. Files appear by renaming, so any number of processes may do this at once.
pub fn ensure(address: &Address, cache_dir: &Path, users_buildx: &Path) -> Result<PrivateInstance> {
    let users = sha256_hex(&users_buildx.to_string_lossy());
    let folder = cache_dir.join("buildx").join(&users[..12]);
    let name = name_of(address);
    let write = || -> std::io::Result<()> {
        let instances = folder.join("instances");
        make_private_folder(&instances)?;
        let path = instances.join(&name);
        let text = file_of(&name, address)?;
        // Not inside `instances`, where buildx takes every file for a builder. Written although it may be there: buildx
        // has to write into this folder too, and would not say well that it cannot.
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(&text)?;
        if fs_err::read(&path).ok().as_deref() != Some(text.as_slice()) {
            file.persist(&path)?;
        }
        link_credentials(&users_buildx.join("config"), &folder.join("config"))
    };
    write().map_err(|error| {
        Report::user(format!("the builder {address} cannot be written down for docker-buildx"))
            .cause(error)
            .hint(format!("make {} writable, or set {SKEG_CACHE_DIR} to another folder", cache_dir.display()))
    })?;
    Ok(PrivateInstance { name, folder })
}

/// A name that buildx takes and that tells addresses and TLS options apart.
fn name_of(address: &Address) -> String {
    let options = address.tls.iter().map(|(key, value)| format!("{key}={value}"));
    let identity: Vec<String> = std::iter::once(address.endpoint.clone()).chain(options).collect();
    format!("skeg-{}", &sha256_hex(&identity.join("\n"))[..12])
}

fn file_of(name: &str, address: &Address) -> std::io::Result<Vec<u8>> {
    let node = NodeFile {
        name: format!("{name}0"),
        endpoint: &address.endpoint,
        platforms: None,
        driver_opts: (!address.tls.is_empty()).then_some(&address.tls),
        flags: None,
        files: None,
    };
    Ok(serde_json::to_vec(&InstanceFile { name, driver: "remote", nodes: [node], dynamic: false })?)
}

/// Makes `to` hold a link to each `config.json` below `from` and to nothing else. buildx does not follow links to
/// folders here, so the folders are real.
fn link_credentials(from: &Path, to: &Path) -> std::io::Result<()> {
    let wanted = configs_below(from)?;
    if wanted.is_empty() && !to.exists() {
        return Ok(());
    }
    for stale in configs_below(to)?.difference(&wanted) {
        // gone already when another process was faster
        fs_err::remove_file(to.join(stale)).or_else(ignore(std::io::ErrorKind::NotFound))?;
    }
    for config in &wanted {
        let (source, link) = (from.join(config), to.join(config));
        if fs_err::read_link(&link).is_ok_and(|target| target == source) {
            continue;
        }
        make_private_folder(link.parent().unwrap_or(to))?;
        symlink(&source, &link).or_else(ignore(std::io::ErrorKind::AlreadyExists))?;
    }
    Ok(())
}

fn ignore(kind: std::io::ErrorKind) -> impl Fn(std::io::Error) -> std::io::Result<()> {
    move |error| if error.kind() == kind { Ok(()) } else { Err(error) }
}

/// The paths, relative to `root`, of the files called `config.json` below it.
fn configs_below(root: &Path) -> std::io::Result<std::collections::BTreeSet<PathBuf>> {
    let mut found = std::collections::BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = match fs_err::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if entry.file_name() == "config.json" {
                found.insert(path);
            }
        }
    }
    Ok(found)
}

fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

#[cfg(unix)]
fn symlink(source: &Path, link: &Path) -> std::io::Result<()> {
    fs_err::os::unix::fs::symlink(source, link)
}

#[cfg(windows)]
fn symlink(source: &Path, link: &Path) -> std::io::Result<()> {
    fs_err::os::windows::fs::symlink_file(source, link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::store::{Driver, Store};

    fn address(endpoint: &str, tls: &[(&str, &str)]) -> Address {
        Address {
            endpoint: endpoint.to_owned(),
            tls: tls.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        }
    }

    #[test]
    fn the_file_is_the_one_buildx_writes() {
        let plain = address("tcp://127.0.0.1:1234", &[]);
        assert_eq!(
            String::from_utf8(file_of("remote", &plain).unwrap()).unwrap(),
            r#"{"Name":"remote","Driver":"remote","Nodes":[{"Name":"remote0","Endpoint":"tcp://127.0.0.1:1234","Platforms":null,"DriverOpts":null,"Flags":null,"Files":null}],"Dynamic":false}"#
        );
        let tls = address("tcp://h:1", &[("cacert", "/a/ca.pem"), ("servername", "bk.example")]);
        let text = String::from_utf8(file_of("remote", &tls).unwrap()).unwrap();
        assert!(text.contains(r#""DriverOpts":{"cacert":"/a/ca.pem","servername":"bk.example"}"#), "{text}");
    }

    #[test]
    fn names_are_stable_and_tell_addresses_apart() {
        let names: std::collections::BTreeSet<String> = [
            address("tcp://h:1", &[]),
            address("tcp://h:2", &[]),
            address("tcp://h:1", &[("cacert", "/a")]),
            address("tcp://h:1", &[("cacert", "/b")]),
            address("tcp://h:1", &[("cacert", "/a"), ("servername", "x")]),
        ]
        .iter()
        .map(name_of)
        .collect();
        assert_eq!(names.len(), 5);
        assert!(names.iter().all(|name| name.len() == 17 && crate::builder::store::is_name(name)));
        assert!(names.contains(&name_of(&address("tcp://h:1", &[]))));
    }

    #[test]
    fn an_instance_is_written_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let given = address("tcp://h:1", &[("cacert", "/a/ca.pem")]);
        let made = ensure(&given, dir.path(), Path::new("/home/me/.docker/buildx")).unwrap();
        let store = Store::load(&made.folder).unwrap();
        let instance = store.get(&made.name).unwrap().unwrap();
        assert_eq!(instance.driver, Driver::Remote);
        assert_eq!(instance.nodes[0].endpoint, "tcp://h:1");
        assert_eq!(instance.nodes[0].driver_opts, given.tls);

        let path = made.folder.join("instances").join(&made.name);
        let before = path.metadata().unwrap().modified().unwrap();
        assert_eq!(ensure(&given, dir.path(), Path::new("/home/me/.docker/buildx")).unwrap(), made);
        assert_eq!(path.metadata().unwrap().modified().unwrap(), before);

        fs_err::write(&path, "half a fi").unwrap();
        ensure(&given, dir.path(), Path::new("/home/me/.docker/buildx")).unwrap();
        assert!(Store::load(&made.folder).unwrap().get(&made.name).unwrap().is_some());
        assert_eq!(fs_err::read_dir(made.folder.join("instances")).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(made.folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn many_at_once_do_not_disturb_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let users = dir.path().join("users");
        fs_err::create_dir_all(users.join("config/registry.test")).unwrap();
        fs_err::write(users.join("config/registry.test/config.json"), "{}").unwrap();
        let given = address("tcp://h:1", &[]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let made = ensure(&given, &dir.path().join("cache"), &users).unwrap();
                        assert!(Store::load(&made.folder).unwrap().get(&made.name).unwrap().is_some());
                    }
                });
            }
        });
    }

    #[cfg(unix)]
    #[test]
    fn the_users_scoped_credentials_are_linked_and_unlinked() {
        let dir = tempfile::tempdir().unwrap();
        let users = dir.path().join("buildx");
        let config = |name: &str| users.join("config").join(name).join("config.json");
        for name in ["one.test", "two.test/team@push"] {
            fs_err::create_dir_all(config(name).parent().unwrap()).unwrap();
            fs_err::write(config(name), name).unwrap();
        }
        let given = address("tcp://h:1", &[]);
        let made = ensure(&given, &dir.path().join("cache"), &users).unwrap();
        let linked = |name: &str| made.folder.join("config").join(name).join("config.json");
        assert_eq!(fs_err::read_to_string(linked("two.test/team@push")).unwrap(), "two.test/team@push");
        assert!(linked("one.test").is_symlink(), "never copied");
        assert!(linked("one.test").parent().unwrap().symlink_metadata().unwrap().is_dir(), "a real folder");

        fs_err::remove_file(config("one.test")).unwrap();
        ensure(&given, &dir.path().join("cache"), &users).unwrap();
        assert!(!linked("one.test").is_symlink() && linked("two.test/team@push").is_symlink());

        let other = ensure(&given, &dir.path().join("cache"), &dir.path().join("elsewhere")).unwrap();
        assert_ne!(other.folder, made.folder);
        assert!(!other.folder.join("config").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_with_a_cure() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let report = ensure(&address("tcp://h:1", &[]), file.path(), Path::new("/x")).unwrap_err();
        assert!(report.hints[0].contains("SKEG_CACHE_DIR"));
    }
}
