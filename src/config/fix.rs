//! A project file in a later version of the schema, as its author would have written it (Skaffold: `cmd/fix.go`).

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use super::document::{Document, take_dotted, version};
use super::modules::{File, LoadOptions, root_file};
use super::overlay::{self, Overlay};
use super::schema::{self, Version};
use super::upgrade::upgrade;
use super::validate::{Demands, validate_for};
use super::{Module, Project, defaults};
use crate::diagnostic::{Report, Result};
use crate::yaml::{self, BOM, Data, Node};

/// What [`fix`] makes of a project file.
#[derive(Debug)]
pub struct Fixed {
    /// The file, absolute; `None` = standard input.
    pub path: Option<PathBuf>,
    /// The file as messages name it.
    pub shown: PathBuf,
    /// Its new text; `None` = all of its documents are of the wanted version already.
    pub text: Option<String>,
    /// What was left out and why.
    pub warnings: Vec<Report>,
}

/// Brings all documents of the project file that the options name to the version `to`. Comments and format stay as they
/// are, also sections whose name begins with a dot, aliases, and what profiles patch. A file that would not be valid in
/// the latest version is an error; of older versions, only keys and types are known.
///
/// # Errors
/// The file cannot be read or is wrong; a document is of a later version, or says what has no place in the new one; the
/// new document breaks a rule.
pub fn fix(options: &LoadOptions, to: Version, stdin: &mut dyn Read) -> Result<Fixed> {
    let file = root_file(options, stdin)?;
    let mut fixed = Fixed {
        path: file.path.is_absolute().then(|| file.path.clone()),
        shown: file.source.path.clone(),
        text: None,
        warnings: vec![],
    };
    let mut trees = yaml::parse(&file.source)?;
    let mut errors = vec![];
    let mut is_changed = false;
    for tree in trees.iter_mut().filter(|tree| !tree.is_null()) {
        let from = version(tree)?;
        is_changed |= from != to;
        match bring(tree, from, to) {
            Ok(warnings) => fixed.warnings.extend(warnings),
            Err(report) => errors.push(*report),
        }
    }
    yaml::refuse(errors)?;
    if !is_changed {
        return Ok(Fixed { warnings: vec![], ..fixed });
    }
    if to == Version::LATEST {
        check(&file)?;
    }
    let rewritten = yaml::rewrite(&file.source, &trees);
    if !rewritten.comments_kept {
        fixed.warnings.push(Report::config(format!(
            "{} was written anew: its comments and its format are lost",
            file.source.path.display()
        )));
    }
    let bom = if file.source.bom { String::from(BOM) } else { String::new() };
    fixed.text = Some(bom + &rewritten.text);
    Ok(fixed)
}

/// Brings one document to another version; sections whose name begins with a dot stay where they are.
fn bring(tree: &mut Node, from: Version, to: Version) -> Result<Vec<Report>> {
    let Data::Map(entries) = &mut tree.data else { return Ok(vec![]) };
    let dotted = take_dotted(entries);
    let mut warnings = schema::prune(tree, from);
    warnings.append(&mut upgrade(tree, from, to)?);
    for (key, value) in dotted {
        let below = tree.entries().iter().position(|(other, _)| other.span.start > key.span.start);
        tree.insert(below.unwrap_or(usize::MAX), key, value);
    }
    Ok(warnings)
}

/// Looks for what is wrong with the documents in the latest version, profiles left alone.
fn check(file: &File) -> Result<()> {
    let modules = file.documents.iter().enumerate().map(|(index, document)| module(file, index, document));
    let project = Project { modules: modules.collect::<Result<_>>()?, ..Project::default() };
    validate_for(&project, Demands::of("fix"))
}

fn module(file: &File, index: usize, document: &Document) -> Result<Module> {
    let mut model = document.model.clone();
    defaults::set(&mut model);
    let mut tree = document.tree.clone();
    let overlay = match &document.overlay {
        Some(section) => overlay::put_back(&mut tree, section.clone())?,
        None => Overlay::default(),
    };
    Ok(Module {
        name: model.metadata.name.clone(),
        source: Arc::clone(&file.source),
        file: file.path.clone(),
        index,
        model,
        overlay,
        active_profiles: vec![],
        dir: file.path.parent().map(PathBuf::from).unwrap_or_default(),
        remote: false,
        root: true,
        tree,
    })
}
