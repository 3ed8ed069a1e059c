//! What `COPY`, `ADD` and the mounts of `RUN` read.

use std::collections::BTreeMap;

use super::analysis::{ContextKind, Read, Volatile};
use super::expand::Problem;
use super::pattern;
use super::remote;
use super::scope::Scope;
use super::stages::Named;
use super::steps::{Copy, Mount};
use super::walk::{Origin, Walk};

/// A context whose files count.
enum Local {
    Main,
    Folder(String),
}

impl Local {
    fn name(self) -> Option<String> {
        match self {
            Self::Main => None,
            Self::Folder(name) => Some(name),
        }
    }
}

impl Walk<'_> {
    /// A `COPY` or `ADD`: its sources, where they are of a local context.
    pub(super) fn copy(
        &mut self,
        copy: &Copy,
        scope: &Scope,
        stage: usize,
        line: usize,
        replaced: &BTreeMap<usize, Named<'_>>,
    ) -> Result<(), Problem> {
        let Some(context) = self.context(copy.from.as_deref(), stage, line, true, replaced) else {
            return Ok(());
        };
        let context = context.name();
        for source in &copy.sources {
            let source = scope.expand(source, self.escape)?;
            if copy.instruction == "ADD" && !self.is_local(&source, copy, scope, line)? {
                continue;
            }
            let (pattern, folder) = if copy.parents {
                parents(&source)
            } else {
                let path = pattern::clean(&source);
                (pattern::globs(&path), path)
            };
            self.read(Read {
                context: context.clone(),
                pattern,
                follow: true,
                exclude: pattern::excludes(&copy.exclude, &folder),
                line,
                instruction: copy.instruction,
            });
        }
        Ok(())
    }

    /// Whether a source of `ADD` is of the context. Others are noted where they may change.
    fn is_local(&mut self, source: &str, copy: &Copy, scope: &Scope, line: usize) -> Result<bool, Problem> {
        let origin = remote::origin(source);
        let checksum = copy.checksum.as_ref().map(|checksum| scope.expand(checksum, self.escape));
        let checksum = checksum.and_then(Result::ok).unwrap_or_default();
        let fixed = match origin {
            remote::Origin::Local => return Ok(true),
            remote::Origin::Unclear => {
                return Err(Problem::Refused("a source of ADD is a file or a repository".to_owned()));
            }
            remote::Origin::Http => !checksum.is_empty(),
            remote::Origin::Git(pinned) => pinned || remote::is_commit(&checksum),
        };
        if !fixed {
            self.found.volatile.push(Volatile { what: remote::shown(source), line });
        }
        Ok(false)
    }

    /// A mount: what it reads of local contexts, and its secret or socket.
    pub(super) fn mount(
        &mut self,
        mount: &Mount,
        scope: &Scope,
        stage: usize,
        line: usize,
        replaced: &BTreeMap<usize, Named<'_>>,
    ) -> Result<(), Problem> {
        let escape = self.escape;
        let field = |names: &[&str]| {
            let written = mount.fields.iter().rev().find(|(key, _)| names.contains(&key.as_str()));
            written.map_or(Ok(String::new()), |(_, value)| scope.expand(value, escape))
        };
        let kind = field(&["type"])?.to_ascii_lowercase();
        let source = || field(&["source", "src"]);
        match kind.as_str() {
            "secret" => {
                let target = field(&["target", "dst", "destination"])?;
                let base = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let id = [source()?, field(&["id"])?, base.to_owned()].into_iter().find(|id| !id.is_empty());
                let id = id.ok_or_else(|| Problem::Refused("a secret has no id".to_owned()))?;
                self.found.secrets.insert(id);
            }
            "ssh" => {
                let id = field(&["id"])?;
                self.found.ssh.insert(if id.is_empty() { "default".to_owned() } else { id });
            }
            "tmpfs" => {}
            "cache" if mount.from.is_none() => {}
            "" | "bind" | "cache" => {
                if let Some(context) = self.context(mount.from.as_deref(), stage, line, false, replaced) {
                    self.read(Read {
                        context: context.name(),
                        pattern: pattern::literal(&pattern::clean(&source()?)),
                        follow: true,
                        exclude: vec![],
                        line,
                        instruction: "RUN",
                    });
                }
            }
            _ => return Err(Problem::Refused("a mount has a type that is not known".to_owned())),
        }
        Ok(())
    }

    /// The local context that files are taken from, if they are from one.
    fn context(
        &mut self,
        from: Option<&str>,
        stage: usize,
        line: usize,
        by_index: bool,
        replaced: &BTreeMap<usize, Named<'_>>,
    ) -> Option<Local> {
        let Some(from) = from else { return Some(Local::Main) };
        // What cannot be resolved has been noted when the stage was prepared.
        let origin = self.from(from, stage, by_index).ok()?;
        self.needs(&origin, stage, line, None);
        let named = match origin {
            Origin::Named(named) => named,
            Origin::Stage(index) => *replaced.get(&index)?,
            Origin::Scratch | Origin::Image(_) => return None,
        };
        (named.kind == ContextKind::Folder).then(|| Local::Folder(named.name.to_owned()))
    }
}

/// The pattern of a source with `--parents`, and the folder its exclusions count from: what stands before `/./`.
fn parents(source: &str) -> (String, String) {
    let (folder, rest) = source.split_once("/./").unwrap_or(("", source));
    let folder = pattern::clean(folder);
    let known = pattern::globs(&folder);
    // A pattern that is certain has no `**`.
    let whole = !known.ends_with("**");
    let rest = if whole { pattern::deep(&pattern::clean(rest)) } else { String::new() };
    (pattern::join(&known, &rest), folder)
}
