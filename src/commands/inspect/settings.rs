//! Flags as keys of the project file.

use crate::cli::inspect::{ClusterArgs, GoogleCloudBuildArgs, LocalArgs};
use crate::yaml::Data;

/// A value and where it goes below a way to build.
pub(super) struct Setting {
    pub(super) path: &'static [&'static str],
    pub(super) value: Data,
}

/// The flags that were given.
struct Given(Vec<Setting>);

impl Given {
    fn put(&mut self, path: &'static [&'static str], value: Option<Data>) {
        self.0.extend(value.map(|value| Setting { path, value }));
    }

    fn text(&mut self, path: &'static [&'static str], value: Option<&String>) {
        let value = value.filter(|text| !text.is_empty());
        self.put(path, value.map(|text| Data::String(text.clone())));
    }

    fn flag(&mut self, path: &'static [&'static str], value: Option<bool>) {
        self.put(path, value.map(Data::Bool));
    }

    /// A number; one below zero says nothing (Skaffold's defaults are -1).
    fn number(&mut self, path: &'static [&'static str], value: Option<i64>) {
        self.put(path, value.filter(|number| *number >= 0).map(|number| Data::Int(number.into())));
    }
}

pub(super) fn local(args: &LocalArgs) -> Vec<Setting> {
    let mut given = Given(vec![]);
    given.flag(&["push"], args.push);
    given.flag(&["tryImportMissing"], args.try_import_missing);
    given.flag(&["useDockerCLI"], args.use_docker_cli);
    given.flag(&["useBuildkit"], args.use_buildkit);
    given.number(&["concurrency"], args.concurrency);
    given.0
}

pub(super) fn google_cloud(args: &GoogleCloudBuildArgs) -> Vec<Setting> {
    let mut given = Given(vec![]);
    given.text(&["projectId"], args.project_id.as_ref());
    given.number(&["diskSizeGb"], args.disk_size_gb.filter(|size| *size > 0));
    given.text(&["machineType"], args.machine_type.as_ref());
    given.text(&["timeout"], args.timeout.as_ref());
    given.text(&["logging"], args.logging.as_ref());
    given.text(&["logStreamingOption"], args.log_streaming_option.as_ref());
    given.number(&["concurrency"], args.concurrency);
    given.text(&["workerPool"], args.worker_pool.as_ref());
    given.0
}

pub(super) fn cluster(args: &ClusterArgs) -> Vec<Setting> {
    let mut given = Given(vec![]);
    given.number(&["concurrency"], args.concurrency);
    given.text(&["dockerConfig", "path"], args.docker_config_path.as_ref());
    given.text(&["dockerConfig", "secretName"], args.docker_config_secret_name.as_ref());
    given.text(&["namespace"], args.namespace.as_ref());
    given.text(&["pullSecretMountPath"], args.pull_secret_mount_path.as_ref());
    given.text(&["pullSecretName"], args.pull_secret_name.as_ref());
    given.text(&["pullSecretPath"], args.pull_secret_path.as_ref());
    given.flag(&["randomDockerConfigSecret"], args.random_docker_config_secret);
    given.flag(&["randomPullSecret"], args.random_pull_secret);
    given.number(&["runAsUser"], args.run_as_user);
    given.text(&["serviceAccount"], args.service_account.as_ref());
    given.text(&["timeout"], args.timeout.as_ref());
    given.0
}
