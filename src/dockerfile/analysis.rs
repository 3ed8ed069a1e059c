//! What an analysis is asked, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use super::{lines, walk};

/// What a build is told besides its Dockerfile. One platform at a time: arguments may decide what is read.
pub struct Options<'a> {
    /// The stage to build: a name in any case, or an index; `None` = the last.
    pub target: Option<&'a str>,
    /// Build arguments as given.
    pub args: &'a BTreeMap<String, String>,
    /// The platform to build for, `os/arch[/variant]`.
    pub platform: &'a str,
    /// The builder's platform.
    pub build_platform: &'a str,
    /// Named contexts.
    pub contexts: &'a BTreeMap<String, ContextKind>,
    /// The `ONBUILD` triggers of a base: of an image by its reference as the Dockerfile has it, variables expanded; of a
    /// named context that is no folder by its name. `None` = not known.
    pub onbuild: &'a dyn Fn(&str) -> Option<Vec<String>>,
}

/// What a named context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextKind {
    /// A local folder, whose files count.
    Folder,
    /// Anything else: an image, a repository, a target of the same build.
    Other,
}

/// What a build of a Dockerfile reads. When [`Self::wide`] is set, only `reads` is to be relied on: everything else may
/// lack what was not understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Analysis {
    /// What is read of local contexts, each once, in the order of the file.
    pub reads: Vec<Read>,
    /// Images that are pulled, each once per platform, in the order of the file: the frontend, bases of stages, and what
    /// `COPY --from` and `RUN --mount=from=` name. Neither `scratch`, nor stages, nor named contexts.
    pub bases: Vec<Base>,
    /// What may change although no file does.
    pub volatile: Vec<Volatile>,
    /// Set when the analysis is not certain: `reads` then holds all of the main context and of every folder.
    pub wide: Option<Wide>,
    /// Ids of the secrets that are mounted.
    pub secrets: BTreeSet<String>,
    /// Ids of the ssh sockets that are mounted.
    pub ssh: BTreeSet<String>,
    /// Names of the build arguments that count: declared or used by what is reached, and the given ones that change every
    /// build. Others have no influence.
    pub args: BTreeSet<String>,
    /// The stages that are reached, in the order of the file, by name or else index.
    pub stages: Vec<String>,
    /// The image of the frontend, of `# syntax=` or the argument `BUILDKIT_SYNTAX`.
    pub syntax: Option<String>,
}

/// Something that is read of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The named context; `None` = the main one.
    pub context: Option<String>,
    /// Path from the context's root, cleaned; empty = all of it. Parts may hold `*`, `?` and `[…]` as Go's
    /// `filepath.Match` reads them (never escapes, never negated classes), and `**` as a whole part stands for any number
    /// of folders. What matches is read with all that is in it. With `--parents` the folders on the way are created in the
    /// image with their modes: those count as well.
    pub pattern: String,
    /// Whether symbolic links on the way, and one that the pattern itself matches, lead to what is read.
    pub follow: bool,
    /// What is left out, in the syntax of ignore files without exceptions, from the context's root.
    pub exclude: Vec<String>,
    /// First line of the instruction, from 1.
    pub line: usize,
    /// `COPY`, `ADD`, `RUN` or `FROM`; empty where nothing better is known than that all may be read.
    pub instruction: &'static str,
}

/// An image that is pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The reference as written, variables expanded.
    pub reference: String,
    /// First line of the instruction, from 1.
    pub line: usize,
    /// What `FROM --platform` says, variables expanded; `None` = the platform that is built for (the frontend's: the
    /// builder's).
    pub platform: Option<String>,
    /// The name of the stage that needs it.
    pub stage: Option<String>,
}

/// Something that may change although no local file does: `ADD` of a URL without checksum or of a repository without a
/// whole commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volatile {
    /// The source, without passwords and query.
    pub what: String,
    /// First line of the instruction, from 1.
    pub line: usize,
}

/// Why an analysis is not certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wide {
    /// A sentence fragment for messages. Holds no values of build arguments.
    pub reason: String,
    /// The line, from 1.
    pub line: usize,
}

/// What a build reads, by BuildKit's rules (`frontend/dockerfile`). Never an error: a text that BuildKit refuses, or might
/// read in another way, reads everything, and BuildKit says why.
pub fn analyze(text: &str, options: &Options<'_>) -> Analysis {
    let mut found = lines::read(text)
        .and_then(|file| walk::run(&file, options))
        .unwrap_or_else(|wide| Analysis { wide: Some(wide), ..Analysis::default() });
    if let Some(wide) = &found.wide {
        let folders = options.contexts.iter().filter(|(_, kind)| **kind == ContextKind::Folder);
        let names = std::iter::once(None).chain(folders.map(|(name, _)| Some(name.clone())));
        let line = wide.line;
        found.reads = names
            .map(|context| Read {
                context,
                pattern: String::new(),
                follow: true,
                exclude: vec![],
                line,
                instruction: "",
            })
            .collect();
    }
    found
}
