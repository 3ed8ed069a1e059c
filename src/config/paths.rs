//! Relative paths of documents outside the root file become absolute (Skaffold: `parser/config.go`, the fields it
//! tags as file paths; `dockerfile`, secrets and chart names stay).

use std::path::{Component, Path, PathBuf};

use super::model::{Artifact, DeployHooks, HelmRelease, HostHook, RenderConfig, SkaffoldConfig};
use crate::yaml::Key;

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
pub fn make_absolute(config: &mut SkaffoldConfig, base: &Path) {
    file_paths(config, &mut |_, path| {
        if Path::new(path).is_relative() {
            *path = absolute(base, &*path).to_string_lossy().into_owned();
        }
    });
}

/// Shows each file path of a document, with where it stands (Skaffold: the fields tagged `filepath`, but for those
/// of profiles, which have been applied). Empty paths and URLs are none.
pub(super) fn file_paths(config: &mut SkaffoldConfig, visit: &mut dyn FnMut(&[Key], &mut String)) {
    let mut walk = Walk { place: vec![], visit };
    walk.list("requires", &mut config.requires, |walk, required| walk.option("path", &mut required.path));
    walk.within("build", |walk| {
        walk.host_hooks(&mut config.build.hooks.before, &mut config.build.hooks.after);
        walk.list("artifacts", &mut config.build.artifacts, Walk::artifact);
    });
    walk.list("test", &mut config.test, |walk, test| {
        walk.option("context", &mut test.context);
        walk.texts("structureTests", &mut test.structure_tests);
    });
    walk.within("manifests", |walk| walk.manifests(&mut config.manifests));
    walk.within("deploy", |walk| {
        if let Some(helm) = &mut config.deploy.helm {
            walk.within("helm", |walk| {
                walk.list("releases", &mut helm.releases, Walk::release);
                walk.deploy_hooks(&mut helm.hooks);
            });
        }
        if let Some(kubectl) = &mut config.deploy.kubectl {
            walk.within("kubectl", |walk| walk.deploy_hooks(&mut kubectl.hooks));
        }
        if let Some(cloudrun) = &mut config.deploy.cloudrun {
            walk.within("cloudrun", |walk| {
                walk.host_hooks(&mut cloudrun.hooks.before, &mut cloudrun.hooks.after);
            });
        }
    });
}

struct Walk<'v> {
    place: Vec<Key>,
    visit: &'v mut dyn FnMut(&[Key], &mut String),
}

impl Walk<'_> {
    fn within(&mut self, key: impl Into<Key>, then: impl FnOnce(&mut Self)) {
        self.place.push(key.into());
        then(self);
        self.place.pop();
    }

    fn list<T>(&mut self, key: &'static str, items: &mut [T], mut then: impl FnMut(&mut Self, &mut T)) {
        self.within(key, |walk| {
            for (index, item) in items.iter_mut().enumerate() {
                walk.within(index, |walk| then(walk, item));
            }
        });
    }

    fn text(&mut self, key: impl Into<Key>, path: &mut String) {
        if !path.is_empty() && !path.contains("://") {
            self.within(key, |walk| (walk.visit)(&walk.place, path));
        }
    }

    fn option(&mut self, key: &'static str, path: &mut Option<String>) {
        if let Some(path) = path {
            self.text(key, path);
        }
    }

    fn texts(&mut self, key: &'static str, paths: &mut [String]) {
        self.within(key, |walk| {
            paths.iter_mut().enumerate().for_each(|(index, path)| walk.text(index, path));
        });
    }

    fn host_hooks(&mut self, before: &mut [HostHook], after: &mut [HostHook]) {
        self.within("hooks", |walk| {
            walk.list("before", before, |walk, hook| walk.option("dir", &mut hook.dir));
            walk.list("after", after, |walk, hook| walk.option("dir", &mut hook.dir));
        });
    }

    /// Hooks that run here or in a container: the folders of those that run here.
    fn hooks<'h>(
        &mut self,
        before: impl Iterator<Item = Option<&'h mut Option<String>>>,
        after: impl Iterator<Item = Option<&'h mut Option<String>>>,
    ) {
        self.within("hooks", |walk| {
            walk.hosts("before", before);
            walk.hosts("after", after);
        });
    }

    fn hosts<'h>(&mut self, key: &'static str, dirs: impl Iterator<Item = Option<&'h mut Option<String>>>) {
        self.within(key, |walk| {
            for (index, dir) in dirs.enumerate() {
                let Some(dir) = dir else { continue };
                walk.within(index, |walk| walk.within("host", |walk| walk.option("dir", dir)));
            }
        });
    }

    fn deploy_hooks(&mut self, hooks: &mut DeployHooks) {
        self.hooks(
            hooks.before.iter_mut().map(|item| item.host.as_mut().map(|hook| &mut hook.dir)),
            hooks.after.iter_mut().map(|item| item.host.as_mut().map(|hook| &mut hook.dir)),
        );
    }

    fn artifact(&mut self, artifact: &mut Artifact) {
        if !artifact.context.as_deref().is_some_and(is_remote_context) {
            self.option("context", &mut artifact.context);
        }
        self.host_hooks(&mut artifact.hooks.before, &mut artifact.hooks.after);
        if let Some(sync) = &mut artifact.sync {
            let before = sync.hooks.before.iter_mut();
            let before = before.map(|item| item.host.as_mut().map(|hook| &mut hook.dir));
            let after = sync.hooks.after.iter_mut();
            let after = after.map(|item| item.host.as_mut().map(|hook| &mut hook.dir));
            self.within("sync", |walk| walk.hooks(before, after));
        }
        if let Some(kaniko) = &mut artifact.kaniko {
            self.within("kaniko", |walk| walk.option("contextSubPath", &mut kaniko.context_sub_path));
        }
        if let Some(buildpacks) = &mut artifact.buildpacks {
            self.within("buildpacks", |walk| {
                walk.list("volumes", &mut buildpacks.volumes, |walk, volume| {
                    walk.text("host", &mut volume.host);
                });
            });
        }
    }

    fn manifests(&mut self, manifests: &mut RenderConfig) {
        self.texts("rawYaml", &mut manifests.raw_yaml);
        self.texts("kpt", &mut manifests.kpt);
        if let Some(kustomize) = &mut manifests.kustomize {
            self.within("kustomize", |walk| walk.texts("paths", &mut kustomize.paths));
        }
        if let Some(helm) = &mut manifests.helm {
            self.within("helm", |walk| walk.list("releases", &mut helm.releases, Walk::release));
        }
        let hooks = &mut manifests.hooks;
        self.hooks(
            hooks.before.iter_mut().map(|item| item.host.as_mut().map(|hook| &mut hook.dir)),
            hooks.after.iter_mut().map(|item| item.host.as_mut().map(|hook| &mut hook.dir)),
        );
    }

    fn release(&mut self, release: &mut HelmRelease) {
        self.option("chartPath", &mut release.chart_path);
        self.texts("valuesFiles", &mut release.values_files);
        self.within("setFiles", |walk| {
            release.set_files.iter_mut().for_each(|(key, path)| walk.text(key.clone(), path));
        });
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
