//! The way from the target through the stages it reaches.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::Reference;

use super::analysis::{Analysis, Base, ContextKind, Options, Read, Wide};
use super::expand;
use super::lines::{self, File, Instruction};
use super::scope::{Globals, Scope};
use super::stages::{self, Named, Stage};
use super::steps::{self, Step};

/// Repositories of frontends that read a Dockerfile as this room does.
const FRONTENDS: [&str; 2] = ["docker/dockerfile", "docker/dockerfile-upstream"];

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    Scratch,
    Stage(usize),
    Named(Named<'a>),
    Image(String),
}

/// A stage whose names are resolved.
struct Prepared<'a> {
    /// The named context that stands for the whole stage.
    replaced: Option<Named<'a>>,
    base: Origin<'a>,
    platform: Option<String>,
    /// The triggers of the base, then its own, with their lines.
    steps: Vec<(Step, usize)>,
}

/// The state of an analysis.
pub(super) struct Walk<'a> {
    pub(super) options: &'a Options<'a>,
    pub(super) escape: char,
    stages: &'a [Stage<'a>],
    globals: Globals,
    prepared: BTreeMap<usize, Prepared<'a>>,
    pub(super) found: Analysis,
}

/// Analyses a file. An error where nothing of it can be used.
pub(super) fn run(file: &File, options: &Options<'_>) -> Result<Analysis, Wide> {
    let escape = file.directives.escape;
    let (globals, stages) = stages::split(file)?;
    let wanted = options.target.filter(|target| !target.is_empty());
    let target = target(&stages, wanted)?;
    let last = stages.last().and_then(|stage| stage.name.as_deref());
    let globals = Globals::new(globals, options, wanted.or(last).unwrap_or("default"), escape)?;
    let mut walk = Walk {
        options,
        escape,
        stages: &stages,
        globals,
        prepared: BTreeMap::new(),
        found: Analysis::default(),
    };
    walk.frontend(file);
    walk.settings(file);
    let mut left = vec![target];
    while let Some(index) = left.pop() {
        if !walk.prepared.contains_key(&index) {
            left.extend(walk.prepare(index));
        }
    }
    walk.visit(target);
    Ok(walk.found)
}

fn target(stages: &[Stage<'_>], wanted: Option<&str>) -> Result<usize, Wide> {
    let Some(wanted) = wanted else { return Ok(stages.len() - 1) };
    let name = wanted.to_lowercase();
    let index = || wanted.parse().ok().filter(|index| *index < stages.len());
    stages.iter().rposition(|stage| stage.name.as_ref() == Some(&name)).or_else(index).ok_or_else(|| {
        let reason = format!("it has no stage `{wanted}`");
        Wide { reason, line: stages[0].line }
    })
}

impl<'a> Walk<'a> {
    pub(super) fn widen(&mut self, line: usize, reason: impl ToString) {
        self.found.wide.get_or_insert_with(|| Wide { reason: reason.to_string(), line });
    }

    pub(super) fn read(&mut self, read: Read) {
        let same = |other: &Read| {
            (&other.context, &other.pattern, &other.exclude) == (&read.context, &read.pattern, &read.exclude)
        };
        if !self.found.reads.iter().any(same) {
            self.found.reads.push(read);
        }
    }

    fn base(&mut self, base: Base) {
        let same = |other: &Base| (&other.reference, &other.platform) == (&base.reference, &base.platform);
        if !self.found.bases.iter().any(same) {
            self.found.bases.push(base);
        }
    }

    fn frontend(&mut self, file: &File) {
        let given = self.options.args.get("BUILDKIT_SYNTAX");
        let given = given.map(|line| (line.trim().split(' ').next().unwrap_or_default().to_owned(), 1));
        let Some((image, line)) = given.or_else(|| file.directives.syntax.clone()) else { return };
        let repository = Reference::parse(&image).ok().map(|reference| {
            let name = reference.familiar();
            name[..name.find([':', '@']).unwrap_or(name.len())].to_owned()
        });
        if !repository.is_some_and(|name| FRONTENDS.contains(&name.as_str())) {
            self.widen(line, format!("the frontend `{image}` may read it in its own way"));
        }
        self.base(Base { reference: image.clone(), line, platform: None, stage: None });
        self.found.syntax = Some(image);
    }

    /// What changes a build without being named in a stage.
    fn settings(&mut self, file: &File) {
        let always = |name: &&String| name.starts_with("BUILDKIT_") || *name == "SOURCE_DATE_EPOCH";
        self.found.args = self.options.args.keys().filter(always).cloned().collect();
        if self.options.platform.starts_with("windows") {
            self.widen(1, "images for Windows have other paths");
        }
        let epoch = match self.options.args.get("SOURCE_DATE_EPOCH") {
            Some(given) => Ok(given.clone()),
            None => self.globals.scope.expand("$SOURCE_DATE_EPOCH", self.escape),
        };
        if !epoch.is_ok_and(|epoch| epoch.chars().all(|c| c.is_ascii_digit())) {
            self.widen(1, "SOURCE_DATE_EPOCH is no number");
        }
        let scans = |instruction: &&Instruction| {
            instruction.keyword == "ARG" && instruction.rest.contains("BUILDKIT_SBOM_SCAN_CONTEXT")
        };
        if let Some(scan) = file.instructions.iter().find(scans) {
            self.widen(scan.line, "the SBOM may list the whole context");
        }
    }

    /// Resolves a stage's names. Returns the stages it needs.
    fn prepare(&mut self, index: usize) -> Vec<usize> {
        let stage = &self.stages[index];
        let mut prepared = Prepared { replaced: None, base: Origin::Scratch, platform: None, steps: vec![] };
        let replaced =
            stage.name.as_deref().map_or(Ok(None), |name| stages::named(self.options.contexts, name));
        match replaced {
            Ok(named) => prepared.replaced = named,
            Err(reason) => self.widen(stage.line, reason),
        }
        if prepared.replaced.is_some() {
            self.prepared.insert(index, prepared);
            return vec![];
        }
        self.prepare_base(stage, index, &mut prepared);
        for trigger in self.triggers(&prepared.base, stage.line) {
            prepared.steps.extend(self.step(&trigger));
        }
        for instruction in stage.instructions {
            prepared.steps.extend(self.step(instruction));
        }
        let mut needed = vec![];
        if let Origin::Stage(base) = prepared.base {
            needed.push(base);
        }
        for (step, line) in &prepared.steps {
            let froms = match step {
                Step::Copy(copy) => vec![(copy.from.as_deref(), true)],
                Step::Run(mounts) => mounts.iter().map(|mount| (mount.from.as_deref(), false)).collect(),
                _ => vec![],
            };
            for (from, by_index) in froms.into_iter().filter_map(|(from, copy)| Some((from?, copy))) {
                match self.from(from, index, by_index) {
                    Ok(Origin::Stage(other)) => needed.push(other),
                    Ok(_) => {}
                    Err(reason) => self.widen(*line, reason),
                }
            }
        }
        self.prepared.insert(index, prepared);
        needed
    }

    fn prepare_base(&mut self, stage: &Stage<'_>, index: usize, prepared: &mut Prepared<'a>) {
        let used = [Some(&stage.base), stage.platform.as_ref()];
        let used = used.into_iter().flatten().flat_map(|word| expand::names(word, self.escape));
        let counted = self.globals.closure(used);
        self.found.args.extend(counted);
        if let Some(platform) = &stage.platform {
            match self.globals.scope.expand(platform, self.escape) {
                Ok(platform) if platform.is_empty() || platform.starts_with("windows") => {
                    self.widen(stage.line, "FROM has a platform that is empty or Windows");
                }
                Ok(platform) => prepared.platform = Some(platform),
                Err(problem) => self.widen(stage.line, problem),
            }
        }
        match self.globals.scope.expand(&stage.base, self.escape) {
            Ok(name) => {
                let lower = name.to_lowercase();
                let earlier =
                    self.stages[..index].iter().rposition(|stage| stage.name.as_ref() == Some(&lower));
                match earlier.map_or_else(|| self.outside(&name), |stage| Ok(Origin::Stage(stage))) {
                    Ok(origin) => prepared.base = origin,
                    Err(reason) => self.widen(stage.line, reason),
                }
            }
            Err(problem) => self.widen(stage.line, problem),
        }
    }

    /// What a name means that is no stage's.
    fn outside(&self, name: &str) -> Result<Origin<'a>, String> {
        if name == "scratch" {
            return Ok(Origin::Scratch);
        }
        if let Some(named) = stages::named(self.options.contexts, name)? {
            return Ok(Origin::Named(named));
        }
        let reference = Reference::parse(name).map_err(|_| "a base is no image reference".to_owned())?;
        Ok(Origin::Image(reference.as_str().to_owned()))
    }

    /// What `COPY --from` or a mount's `from` means in a stage. Only `COPY` takes indexes.
    pub(super) fn from(&self, from: &str, stage: usize, by_index: bool) -> Result<Origin<'a>, String> {
        if from.contains(['$', '\'', '"', '\\', '`']) {
            return Err("`from` has a variable or quotes".to_owned());
        }
        let lower = from.to_lowercase();
        let found = match from.parse::<usize>() {
            Ok(_) if !by_index => return Err(format!("a mount is from `{from}`, an index")),
            Ok(index) => Some(index),
            Err(_) => self.stages.iter().rposition(|stage| stage.name.as_ref() == Some(&lower)),
        };
        match found {
            Some(index) if index < stage => Ok(Origin::Stage(index)),
            Some(_) => Err(format!("`{from}` is not a stage before")),
            None => self.outside(from),
        }
    }

    /// The `ONBUILD` triggers that a base brings.
    fn triggers(&mut self, base: &Origin<'_>, line: usize) -> Vec<Instruction> {
        let asked = match base {
            Origin::Stage(index) => {
                let own = self.stages[*index].instructions.iter();
                let own: Vec<_> = own
                    .filter(|instruction| instruction.keyword == "ONBUILD")
                    .filter_map(|instruction| self.step(instruction))
                    .collect();
                return own
                    .into_iter()
                    .filter_map(|(step, _)| match step {
                        Step::Onbuild(trigger) => Some(trigger),
                        _ => None,
                    })
                    .collect();
            }
            Origin::Image(reference) => reference.as_str(),
            Origin::Named(Named { name, kind: ContextKind::Other }) => name,
            Origin::Named(_) | Origin::Scratch => return vec![],
        };
        let Some(triggers) = (self.options.onbuild)(asked) else {
            self.widen(line, format!("the ONBUILD triggers of {asked} are not known"));
            return vec![];
        };
        let read =
            triggers.iter().map(|trigger| lines::read_trigger(trigger, line)).collect::<Result<_, _>>();
        read.unwrap_or_else(|wide: Wide| {
            self.widen(wide.line, wide.reason);
            vec![]
        })
    }

    fn step(&mut self, instruction: &Instruction) -> Option<(Step, usize)> {
        match steps::parse(instruction, self.escape) {
            Ok(step) => Some((step, instruction.line)),
            Err(reason) => {
                self.widen(instruction.line, reason);
                None
            }
        }
    }

    /// Goes through the prepared stages in the order of the file, as BuildKit does: bases come first.
    fn visit(&mut self, target: usize) {
        let prepared = std::mem::take(&mut self.prepared);
        let replaced: BTreeMap<usize, Named<'a>> =
            prepared.iter().filter_map(|(index, stage)| Some((*index, stage.replaced?))).collect();
        let mut scopes: BTreeMap<usize, Scope> = BTreeMap::new();
        for (index, prepared) in prepared {
            let stage = &self.stages[index];
            self.found.stages.push(stage.name.clone().unwrap_or_else(|| index.to_string()));
            let whole = match (&prepared.replaced, &prepared.base) {
                (Some(named), _) => (index == target).then_some(*named),
                (None, Origin::Stage(base)) => replaced.get(base).copied(),
                (None, Origin::Named(named)) => Some(*named),
                (None, Origin::Scratch | Origin::Image(_)) => None,
            };
            if let Some(Named { name, kind: ContextKind::Folder }) = whole {
                self.read(Read {
                    context: Some(name.to_owned()),
                    pattern: String::new(),
                    follow: true,
                    exclude: vec![],
                    line: stage.line,
                    instruction: "FROM",
                });
            }
            let other = |named: &Named<'_>| named.kind == ContextKind::Other;
            let mut scope = match &prepared.base {
                Origin::Stage(base) => scopes.get(base).cloned().unwrap_or_default(),
                Origin::Image(_) => Scope::over(true),
                Origin::Named(named) => Scope::over(other(named)),
                Origin::Scratch => Scope::over(prepared.replaced.as_ref().is_some_and(other)),
            };
            self.needs(&prepared.base, index, stage.line, prepared.platform);
            for (step, line) in &prepared.steps {
                let done = match step {
                    Step::Arg(declared) => {
                        let names: BTreeSet<String> = declared.iter().map(|(name, _)| name.clone()).collect();
                        self.found.args.extend(self.globals.closure(names.clone()));
                        self.found.args.extend(names);
                        scope.arg(declared, self.options.args, &self.globals.scope, self.escape)
                    }
                    Step::Env(pairs) => scope.env(pairs, self.escape),
                    Step::Copy(copy) => self.copy(copy, &scope, index, *line, &replaced),
                    Step::Run(mounts) => {
                        mounts.iter().try_for_each(|mount| self.mount(mount, &scope, index, *line, &replaced))
                    }
                    Step::Onbuild(_) | Step::Other => Ok(()),
                };
                if let Err(problem) = done {
                    self.widen(*line, problem);
                }
            }
            scopes.insert(index, scope);
        }
    }

    /// Notes the image that files come from, if it is one.
    pub(super) fn needs(&mut self, origin: &Origin<'_>, stage: usize, line: usize, platform: Option<String>) {
        if let Origin::Image(reference) = origin {
            let stage = self.stages[stage].name.clone();
            self.base(Base { reference: reference.clone(), line, platform, stage });
        }
    }
}
