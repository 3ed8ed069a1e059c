//! Finds the `docker-buildx` plugin and the `docker` command as docker and the shell would, without starting them.

use std::path::{Path, PathBuf};

use super::config::DockerConfig;
use crate::diagnostic::Report;
use crate::settings::env::{self, Environment};

/// Where docker looks for plugins after its own folders.
const SYSTEM_FOLDERS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// What detection asks the file system; tests answer from a list.
pub trait Files {
    /// Something is there (a file, a folder, a socket).
    fn exists(&self, path: &Path) -> bool;
    /// A file that can be started is there.
    fn is_program(&self, path: &Path) -> bool;
}

/// The real file system.
#[derive(Debug, Clone, Copy)]
pub struct Disk;

impl Files for Disk {
    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    #[cfg(unix)]
    fn is_program(&self, path: &Path) -> bool {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    }

    #[cfg(not(unix))]
    fn is_program(&self, path: &Path) -> bool {
        path.is_file()
    }
}

/// The result of a search for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The program.
    pub found: Option<PathBuf>,
    /// The folders that were looked into, in order, up to the one that held it. The folders of `PATH` are left out.
    pub folders: Vec<PathBuf>,
}

/// Looks for `docker-buildx` as docker does: `cliPluginsExtraDirs`, `<docker config>/cli-plugins`, the four system
/// folders (docker CLI: `manager.getPluginDirs`), then `PATH`.
pub fn buildx(docker: &DockerConfig, env: &Environment, files: &dyn Files) -> Search {
    let name = format!("docker-buildx{}", std::env::consts::EXE_SUFFIX);
    let candidates = docker
        .plugin_dirs
        .iter()
        .cloned()
        .chain([docker.dir.join("cli-plugins")])
        .chain(SYSTEM_FOLDERS.iter().map(PathBuf::from));
    let mut folders = vec![];
    for folder in candidates {
        let program = folder.join(&name);
        folders.push(folder);
        if files.is_program(&program) {
            return Search { found: Some(program), folders };
        }
    }
    Search { found: on_path(&name, env, files), folders }
}

/// The `docker` command.
pub fn docker(env: &Environment, files: &dyn Files) -> Option<PathBuf> {
    on_path(&format!("docker{}", std::env::consts::EXE_SUFFIX), env, files)
}

/// The first program called `name` in a folder of `PATH`.
pub fn on_path(name: &str, env: &Environment, files: &dyn Files) -> Option<PathBuf> {
    std::env::split_paths(env.get(env::PATH)?)
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| env.cwd.join(folder).join(name))
        .find(|program| files.is_program(program))
}

impl Search {
    /// Adds to `report` what was looked for and how to get the plugin.
    pub(crate) fn explain(&self, report: Report) -> Report {
        let folders: Vec<String> = self.folders.iter().map(|folder| folder.display().to_string()).collect();
        report
            .cause(format!("there is no docker-buildx in {} or in a folder of PATH", folders.join(", ")))
            .hint(INSTALL)
    }
}

/// How to get the plugin.
pub(crate) const INSTALL: &str = "install the buildx plugin (package docker-buildx-plugin or docker-buildx), or put the docker-buildx program in ~/.docker/cli-plugins";

#[cfg(test)]
mod tests {
    use super::*;

    struct Listed(&'static [&'static str]);

    impl Files for Listed {
        fn exists(&self, path: &Path) -> bool {
            self.is_program(path)
        }
        fn is_program(&self, path: &Path) -> bool {
            self.0.iter().any(|known| Path::new(known) == path)
        }
    }

    #[test]
    fn the_plugin_is_looked_for_in_dockers_order() {
        let docker = DockerConfig {
            dir: "/d".into(),
            plugin_dirs: vec!["/extra".into(), "/more".into()],
            ..DockerConfig::default()
        };
        let env = Environment {
            vars: [("PATH".to_owned(), "/usr/bin::bin".to_owned())].into(),
            cwd: "/w".into(),
            ..Environment::default()
        };
        let everywhere: &[&str] = &[
            "/extra/docker-buildx",
            "/more/docker-buildx",
            "/d/cli-plugins/docker-buildx",
            "/usr/local/lib/docker/cli-plugins/docker-buildx",
            "/usr/local/libexec/docker/cli-plugins/docker-buildx",
            "/usr/lib/docker/cli-plugins/docker-buildx",
            "/usr/libexec/docker/cli-plugins/docker-buildx",
            "/usr/bin/docker-buildx",
            "/w/bin/docker-buildx",
        ];
        for (index, want) in everywhere.iter().enumerate() {
            let search = buildx(&docker, &env, &Listed(&everywhere[index..]));
            assert_eq!(search.found.as_deref(), Some(Path::new(want)));
            assert_eq!(search.folders.len(), (index + 1).min(7));
        }
        let search = buildx(&docker, &env, &Listed(&[]));
        assert_eq!((search.found.clone(), search.folders.len()), (None, 7));
        let report = search.explain(Report::user("x"));
        assert!(report.causes[0].contains("/extra, /more, /d/cli-plugins, /usr/local/lib"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_started_is_no_program() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("docker-buildx");
        fs_err::write(&file, "").unwrap();
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Disk.exists(&file) && !Disk.is_program(&file));
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Disk.is_program(&file));
        assert!(!Disk.is_program(dir.path()), "a folder");
    }
}
