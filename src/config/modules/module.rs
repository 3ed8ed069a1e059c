//! A document becomes a module: profiles applied, defaults filled in, paths made absolute.

use std::sync::Arc;

use super::file::File;
use super::{LoadOptions, absolute};
use crate::config::document::decode;
use crate::config::model::SkaffoldConfig;
use crate::config::overlay::{self, Overlay};
use crate::config::paths::{file_paths, make_absolute};
use crate::config::profiles::{self, Circumstances};
use crate::config::remote::Fence;
use crate::config::{Module, defaults};
use crate::diagnostic::{Report, Result};
use crate::settings;
use crate::yaml::{self, Key, Node};

/// How documents become modules in this run.
pub(super) struct Maker<'o> {
    options: &'o LoadOptions,
    circumstances: Circumstances<'o>,
}

impl<'o> Maker<'o> {
    pub(super) fn new(options: &'o LoadOptions) -> Self {
        let circumstances =
            Circumstances::new(&options.command, &options.environment.vars, || options.current_context());
        Self { options, circumstances }
    }

    /// The document `index` of a file, with its own profiles and those of `requested`. What the user should know is
    /// added to `warnings`.
    ///
    /// # Errors
    /// An activation or a patch that is wrong; what the profiles made is no valid document; a path that leads out of
    /// what was fetched with the file.
    pub(super) fn module(
        &self,
        file: &Arc<File>,
        index: usize,
        requested: &[String],
        of_root: bool,
        warnings: &mut Vec<Report>,
    ) -> Result<Module> {
        let document = &file.documents[index];
        warnings.extend_from_slice(&document.warnings);
        let mut activated = profiles::Activated::default();
        if self.options.auto_activation {
            activated = profiles::activated(&document.tree, &document.model.profiles, &self.circumstances)?;
            warnings.append(&mut activated.warnings);
        }
        let known: Vec<String> = document.profile_names().collect();
        let active = profiles::select(activated.names.clone(), &known, requested);

        let mut tree = document.tree.clone();
        let mut overlay = document.overlay.clone();
        let mut model = if active.is_empty() {
            document.model.clone()
        } else {
            warnings.extend(profiles::apply(&mut tree, &active)?);
            if let Some((_, section)) = &mut overlay {
                overlay::apply_profiles(section, &active);
            }
            decode(&tree)?
        };
        if self.options.kube_context.is_none() {
            let chosen = model.deploy.kube_context.as_deref();
            profiles::keeps_context(&activated, &active, &self.circumstances, &tree, chosen)?;
        }
        defaults::set(&mut model);
        self.options.cluster(&mut model)?;
        let dir = if of_root { self.options.cwd.clone() } else { file.dir.clone() };
        if !of_root {
            make_absolute(&mut model, &dir);
        }
        if let Some(fence) = &file.fence {
            stays_inside(&mut model, fence, &tree)?;
        }
        let overlay = match overlay {
            Some(overlay) => {
                let errors = overlay::check_images(&overlay.1, &overlay::images(&document.tree));
                yaml::refuse(errors)?;
                overlay::put_back(&mut tree, overlay)?
            }
            None => Overlay::default(),
        };
        Ok(Module {
            name: model.metadata.name.clone(),
            source: Arc::clone(&file.source),
            file: file.path.clone(),
            index,
            model,
            overlay,
            active_profiles: active,
            dir,
            remote: file.remote,
            root: of_root,
            tree,
        })
    }
}

/// A fetched document reads nothing that was not fetched with it. Where hooks run and what volumes are mounted may be
/// any folder of this machine: the commands that see them are the document's anyway.
fn stays_inside(model: &mut SkaffoldConfig, fence: &Fence, tree: &Node) -> Result<()> {
    let mut errors = vec![];
    file_paths(model, &mut |place, path| {
        let anywhere = matches!(place.last(), Some(Key::Name(name)) if name == "dir" || name == "host");
        if let Err(cause) = fence.check(&absolute(&fence.root, &*path))
            && !anywhere
        {
            let excerpt = (0..=place.len()).rev().find_map(|length| tree.locate(&place[..length]));
            errors.push(
                Report::config(format!("`{}` {cause}", yaml::path_text(place)))
                    .at_some(excerpt)
                    .hint("a fetched file may name only what was fetched with it"),
            );
        }
    });
    yaml::refuse(errors)
}

impl LoadOptions {
    /// What a build in a cluster takes from this machine: the namespace of the kube-context, and the home folder.
    fn cluster(&self, model: &mut SkaffoldConfig) -> Result<()> {
        let Some(cluster) = &mut model.build.cluster else { return Ok(()) };
        if cluster.namespace.is_none() {
            let context = self.current_context()?;
            let named = settings::namespace_of(&context, self.kubeconfig.as_ref(), &self.environment)?;
            cluster.namespace = Some(named.unwrap_or_else(|| "default".to_owned()));
        }
        let docker_config = cluster.docker_config.as_mut().and_then(|config| config.path.as_mut());
        for path in cluster.pull_secret_path.iter_mut().chain(docker_config) {
            *path = self.environment.untilde(path);
        }
        Ok(())
    }

    /// The kube-context that profiles are compared with; `""` where there is none.
    fn current_context(&self) -> Result<String> {
        if let Some(context) = &self.kube_context {
            return Ok(context.clone());
        }
        let context = settings::current_context(self.kubeconfig.as_ref(), &self.environment)?;
        Ok(context.map(|context| context.value).unwrap_or_default())
    }
}
