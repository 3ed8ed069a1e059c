//! Relative paths of documents outside the root file become absolute (Skaffold: `parser/config.go`, the fields it
//! tags as file paths; `dockerfile`, secrets and chart names stay).

use std::path::{Component, Path, PathBuf};

use super::model::{Artifact, DeployHooks, HelmRelease, HostHook, RenderConfig, SkaffoldConfig};

/// Is this build context fetched by BuildKit (a git URL or an http tarball) instead of read from a folder?
pub fn is_remote_context(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// `path` below `base`, with `.` and `..` taken out of the text (as Go's `filepath.Join` does; links are not
/// followed). An absolute path stays what it is.
pub fn absolute(base: &Path, path: impl AsRef<Path>) -> PathBuf {
    let mut whole = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            component => whole.push(component),
        }
    }
    whole
}

/// Makes the file paths of a document absolute. Empty paths, absolute paths and URLs stay.
pub(super) fn make_absolute(config: &mut SkaffoldConfig, base: &Path) {
    let base = Base(base);
    base.hooks(config.build.hooks.before.iter_mut().chain(&mut config.build.hooks.after));
    config.build.artifacts.iter_mut().for_each(|artifact| base.artifact(artifact));
    for test in &mut config.test {
        base.option(&mut test.context);
        base.list(&mut test.structure_tests);
    }
    base.manifests(&mut config.manifests);
    let deploy = &mut config.deploy;
    if let Some(helm) = &mut deploy.helm {
        helm.releases.iter_mut().for_each(|release| base.release(release));
        base.deploy_hooks(&mut helm.hooks);
    }
    if let Some(kubectl) = &mut deploy.kubectl {
        base.deploy_hooks(&mut kubectl.hooks);
    }
    if let Some(cloudrun) = &mut deploy.cloudrun {
        base.hooks(cloudrun.hooks.before.iter_mut().chain(&mut cloudrun.hooks.after));
    }
}

#[derive(Clone, Copy)]
struct Base<'b>(&'b Path);

impl Base<'_> {
    fn text(self, path: &mut String) {
        if !path.is_empty() && !is_remote_context(path) && Path::new(path).is_relative() {
            *path = absolute(self.0, &*path).to_string_lossy().into_owned();
        }
    }

    fn option(self, path: &mut Option<String>) {
        if let Some(path) = path {
            self.text(path);
        }
    }

    fn list(self, paths: &mut [String]) {
        for path in paths {
            self.text(path);
        }
    }

    fn hooks<'h>(self, hooks: impl Iterator<Item = &'h mut HostHook>) {
        for hook in hooks {
            self.option(&mut hook.dir);
        }
    }

    fn deploy_hooks(self, hooks: &mut DeployHooks) {
        for item in hooks.before.iter_mut().chain(&mut hooks.after) {
            self.hooks(item.host.iter_mut());
        }
    }

    fn artifact(self, artifact: &mut Artifact) {
        self.option(&mut artifact.context);
        self.hooks(artifact.hooks.before.iter_mut().chain(&mut artifact.hooks.after));
        if let Some(sync) = &mut artifact.sync {
            let items = sync.hooks.before.iter_mut().chain(&mut sync.hooks.after);
            for item in items {
                self.hooks(item.host.iter_mut());
            }
        }
        if let Some(kaniko) = &mut artifact.kaniko {
            self.option(&mut kaniko.context_sub_path);
        }
        if let Some(buildpacks) = &mut artifact.buildpacks {
            buildpacks.volumes.iter_mut().for_each(|volume| self.text(&mut volume.host));
        }
    }

    fn manifests(self, manifests: &mut RenderConfig) {
        self.list(&mut manifests.raw_yaml);
        self.list(&mut manifests.kpt);
        if let Some(kustomize) = &mut manifests.kustomize {
            self.list(&mut kustomize.paths);
        }
        if let Some(helm) = &mut manifests.helm {
            helm.releases.iter_mut().for_each(|release| self.release(release));
        }
        for item in &mut manifests.hooks.before {
            self.hooks(item.host.iter_mut());
        }
        for item in &mut manifests.hooks.after {
            if let Some(hook) = &mut item.host {
                self.option(&mut hook.dir);
            }
        }
    }

    fn release(self, release: &mut HelmRelease) {
        self.option(&mut release.chart_path);
        self.list(&mut release.values_files);
        release.set_files.values_mut().for_each(|path| self.text(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, from_node, parse};

    #[test]
    fn paths_are_joined_and_cleaned_as_text() {
        for (path, joined) in [
            ("a", "/p/a"),
            ("./a/../b", "/p/b"),
            ("../x", "/x"),
            ("../../../x", "/x"),
            (".", "/p"),
            ("/y/./z", "/y/z"),
        ] {
            assert_eq!(absolute(Path::new("/p"), path), Path::new(joined), "{path}");
        }
    }

    #[test]
    fn only_file_paths_change() {
        let text = "
build:
  artifacts:
  - {image: a, context: ../svc, docker: {dockerfile: x/Dockerfile, secrets: [{id: s, src: secret.txt}]}}
  - {image: b, context: 'https://example.com/x.git', hooks: {before: [{command: [a], dir: d}]}}
manifests: {rawYaml: [k8s/*.yaml, 'https://x/y.yaml'], kustomize: {paths: [.]}}
deploy: {helm: {releases: [{name: r, chartPath: chart, remoteChart: r/c, valuesFiles: [v.yaml], setFiles: {k: f}}]}}
";
        let node = parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0);
        let mut config: SkaffoldConfig = from_node(&node).unwrap();
        make_absolute(&mut config, Path::new("/p/q"));
        let [a, b] = &config.build.artifacts[..] else { panic!() };
        assert_eq!(a.context.as_deref(), Some("/p/svc"));
        let docker = a.docker.as_ref().unwrap();
        assert_eq!(docker.dockerfile.as_deref(), Some("x/Dockerfile"));
        assert_eq!(docker.secrets[0].src.as_deref(), Some("secret.txt"));
        assert_eq!(b.context.as_deref(), Some("https://example.com/x.git"));
        assert_eq!(b.hooks.before[0].dir.as_deref(), Some("/p/q/d"));
        assert_eq!(config.manifests.raw_yaml, ["/p/q/k8s/*.yaml", "https://x/y.yaml"]);
        assert_eq!(config.manifests.kustomize.unwrap().paths, ["/p/q"]);
        let release = &config.deploy.helm.unwrap().releases[0];
        assert_eq!(release.chart_path.as_deref(), Some("/p/q/chart"));
        assert_eq!(release.remote_chart.as_deref(), Some("r/c"));
        assert_eq!((&*release.values_files[0], &*release.set_files["k"]), ("/p/q/v.yaml", "/p/q/f"));
    }
}
