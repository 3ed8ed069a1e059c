//! What rules look at: the project, and the Dockerfile and context of each artifact.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Module, Project, absolute, is_remote_context, model};
use crate::diagnostic::Excerpt;
use crate::dockerfile::{self, Action, Instruction, ParseError};
use crate::ignorefile::Rules;
use crate::yaml::{Key, Source};

/// A project and what its artifacts are made of.
pub struct Facts<'a> {
    /// The project.
    pub(super) project: &'a Project,
    /// Its artifacts, in order.
    pub(super) images: Vec<Image<'a>>,
}

/// An artifact.
pub(super) struct Image<'a> {
    pub(super) module: &'a Module,
    index: usize,
    pub(super) artifact: &'a model::Artifact,
    /// Its context, if that is a folder.
    pub(super) context: Option<PathBuf>,
    /// Its Dockerfile, if it is built from one that is there.
    pub(super) file: Option<File>,
    /// What its ignore file leaves out.
    pub(super) ignore: Option<Rules>,
}

/// A Dockerfile.
pub(super) struct File {
    source: Arc<Source>,
    /// Its instructions; none when it cannot be read.
    pub(super) instructions: Vec<Instruction>,
    pub(super) error: Option<ParseError>,
}

impl<'a> Facts<'a> {
    /// Reads the Dockerfiles and ignore files of a project. What is missing is no error here.
    pub fn gather(project: &'a Project, cwd: &Path) -> Self {
        let images = project.artifacts();
        let images = images.map(|(module, index, artifact)| Image::gather(module, index, artifact, cwd));
        Self { project, images: images.collect() }
    }

    /// The Dockerfiles, each with its artifact.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Image<'a>, &File)> {
        self.images.iter().filter_map(|image| Some((image, image.file.as_ref()?)))
    }
}

impl<'a> Image<'a> {
    fn gather(module: &'a Module, index: usize, artifact: &'a model::Artifact, cwd: &Path) -> Self {
        let written = artifact.context.as_deref().unwrap_or(".");
        let context = (!is_remote_context(written)).then(|| absolute(&module.dir, written));
        let context = context.filter(|folder| folder.is_dir());
        let mut image = Self { module, index, artifact, context, file: None, ignore: None };
        let (Some(docker), Some(context)) = (&artifact.docker, &image.context) else { return image };
        let inline =
            module.overlay.docker(&artifact.image).and_then(|docker| docker.dockerfile_inline.clone());
        let name = docker.dockerfile.as_deref().unwrap_or("Dockerfile");
        let path = [absolute(context, name), absolute(cwd, name)].into_iter().find(|path| path.is_file());
        image.ignore = ignore_file(context, path.as_deref());
        let read = |path: PathBuf| {
            let text = fs_err::read_to_string(&path).ok()?;
            Some(File::new(path.strip_prefix(cwd).unwrap_or(&path), &text))
        };
        image.file = match inline {
            Some(text) => Some(File::new(Path::new("dockerfileInline"), &text)),
            None => path.and_then(read),
        };
        image
    }

    /// Where something of the artifact stands in the project file.
    pub(super) fn locate(&self, path: &[Key]) -> Excerpt {
        self.module.locate_artifact(self.index, path)
    }

    /// Where a field of its `docker` section stands.
    pub(super) fn locate_docker(&self, field: &'static str) -> Excerpt {
        self.locate(&["docker".into(), field.into()])
    }

    /// Its `docker` section.
    pub(super) fn docker(&self) -> Option<&'a model::DockerArtifact> {
        self.artifact.docker.as_ref()
    }

    /// The instruction that copies the whole context, if there is one.
    pub(super) fn copies_all(&self) -> Option<&Instruction> {
        self.file.as_ref()?.instructions.iter().find(|instruction| instruction.copies_all())
    }

    /// Does the ignore file leave out a path of the context?
    pub(super) fn ignores(&self, path: &str) -> bool {
        self.ignore.as_ref().is_some_and(|rules| rules.ignores(path.as_bytes()))
    }
}

/// The rules beside the Dockerfile, else those of the context. One that cannot be read is BuildKit's to complain about.
fn ignore_file(context: &Path, dockerfile: Option<&Path>) -> Option<Rules> {
    let beside = dockerfile.map(|path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".dockerignore");
        PathBuf::from(name)
    });
    let mut candidates = beside.into_iter().chain([context.join(".dockerignore")]);
    let bytes = candidates.find_map(|path| fs_err::read(path).ok())?;
    Some(Rules::parse(&bytes).unwrap_or_default())
}

impl File {
    fn new(shown: &Path, text: &str) -> Self {
        let source = Source::new(shown, text);
        match dockerfile::outline(&source.text) {
            Ok(instructions) => Self { source, instructions, error: None },
            Err(error) => Self { source, instructions: vec![], error: Some(error) },
        }
    }

    /// A line of the file, without the space around its text.
    pub(super) fn line(&self, line: usize) -> Excerpt {
        let start = self.offset(line);
        let text = self.source.text.get(start..).unwrap_or_default();
        let text = text.lines().next().unwrap_or_default();
        let indent = text.len() - text.trim_start().len();
        self.source.excerpt(start + indent..start + indent + text.trim().len(), "")
    }

    /// Where a word stands in an instruction, which may have several lines; its first line when it is not found.
    pub(super) fn word(&self, instruction: &Instruction, word: &str) -> Excerpt {
        let start = self.offset(instruction.line);
        let next = self.instructions.iter().map(|other| other.line).find(|line| *line > instruction.line);
        let end = next.map_or(self.source.text.len(), |line| self.offset(line));
        let text = self.source.text.get(start..end).unwrap_or_default();
        match text.find(word) {
            Some(at) if !word.is_empty() => self.source.excerpt(start + at..start + at + word.len(), ""),
            _ => self.line(instruction.line),
        }
    }

    /// The byte that a line, from 1, begins at.
    fn offset(&self, line: usize) -> usize {
        let before = self.source.text.split_inclusive('\n').take(line.saturating_sub(1));
        before.map(str::len).sum()
    }

    /// Does an `ARG` of this name stand anywhere?
    pub(super) fn declares(&self, name: &str) -> bool {
        let mut args = self.instructions.iter().filter(|instruction| instruction.keyword == "ARG");
        args.any(|arg| arg.variables().iter().any(|(declared, _)| declared == name))
    }

    /// Does a word occur anywhere?
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.source.text.split([' ', '\t', '\n', '\r', '=', ',', '"']).any(|found| found == word)
    }

    /// The names of the stages, as they are written.
    pub(super) fn stages(&self) -> impl Iterator<Item = &str> {
        let froms = self.instructions.iter().filter(|instruction| instruction.keyword == "FROM");
        froms.filter_map(|from| {
            let mut words = from.text.split_whitespace().skip(1);
            words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next())
        })
    }
}

impl Instruction {
    /// What it copies from the context; nothing for all but `COPY` and `ADD`.
    pub(super) fn copied(&self) -> &[String] {
        match &self.action {
            Action::Copy { from: None, sources, .. } => sources,
            _ => &[],
        }
    }

    /// Does it copy the whole context?
    pub(super) fn copies_all(&self) -> bool {
        self.copied().iter().any(|source| matches!(source.as_str(), "." | "./" | "/" | "./." | "*"))
    }

    /// The variables it sets.
    pub(super) fn variables(&self) -> &[(String, Option<String>)] {
        match &self.action {
            Action::Variables(variables) => variables,
            _ => &[],
        }
    }
}
