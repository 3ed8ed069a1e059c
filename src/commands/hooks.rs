//! The hooks around a whole build.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use crate::build::artifact::Artifact;
use crate::build::plan::Plan;
use crate::config::Module;
use crate::diagnostic::Result;
use crate::event::Bus;
use crate::hooks::{Hooks, variables};
use crate::settings::Settings;
use crate::settings::env::Environment;

/// What hooks see of the run.
pub fn run_wide<'a>(settings: &'a Settings, environment: &'a Environment) -> variables::RunWide<'a> {
    variables::RunWide {
        kube_context: settings.kube_context.as_ref().map(|context| context.value.as_str()),
        namespaces: &[],
        run_id: None,
        default_repo: settings.default_repo.as_ref().map(|repo| repo.value.as_str()),
        multi_level_repo: settings.multi_level_repo.as_ref().map(|multi| multi.value),
        work_dir: Some(&environment.cwd),
    }
}

/// `build.hooks` of the configs that have something to build.
pub struct BuildHooks<'a> {
    modules: Vec<&'a Module>,
    variables: Vec<(String, String)>,
    runner: Hooks<'a>,
}

impl<'a> BuildHooks<'a> {
    /// The hooks of those configs whose artifacts are in the plan.
    pub fn of(
        artifacts: &'a [Artifact<'a>],
        plan: &Plan,
        settings: &Settings,
        environment: &'a Environment,
        bus: &'a Bus,
        cancel: &'a CancellationToken,
    ) -> Self {
        let built = plan.runs.iter().flat_map(|run| &run.delivers).map(|(index, _)| artifacts[*index].module);
        let modules: BTreeMap<*const Module, &Module> = built.map(|m| (std::ptr::from_ref(m), m)).collect();
        // In the order of the project, which is that of its artifacts.
        let mut ordered: Vec<&Module> = Vec::new();
        for artifact in artifacts {
            if modules.contains_key(&std::ptr::from_ref(artifact.module))
                && !ordered.iter().any(|module| std::ptr::eq(*module, artifact.module))
            {
                ordered.push(artifact.module);
            }
        }
        Self {
            modules: ordered,
            variables: variables::run_variables(&run_wide(settings, environment)),
            runner: Hooks { environment, bus, cancel },
        }
    }

    /// Runs those before the build.
    pub async fn before(&self) -> Result<()> {
        for module in &self.modules {
            self.run(module, "before").await?;
        }
        Ok(())
    }

    /// Runs those after the build.
    pub async fn after(&self) -> Result<()> {
        for module in &self.modules {
            self.run(module, "after").await?;
        }
        Ok(())
    }

    async fn run(&self, module: &Module, key: &'static str) -> Result<()> {
        let hooks = &module.model.build.hooks;
        let hooks = if key == "before" { &hooks.before } else { &hooks.after };
        let locate =
            |at: usize| Some(module.locate(&["build".into(), "hooks".into(), key.into(), at.into()]));
        let folder = &self.runner.environment.cwd;
        self.runner.run(hooks, &self.variables, folder, &format!("{key}-build hook"), "", &locate).await
    }
}
