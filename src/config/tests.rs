//! The samples of `testdata/config`: all valid ones load, all invalid ones say what is wrong.
//!
//! A first line `# profiles: a,-b` or `# modules: x` stands for the flags.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::diagnostic::{Report, Result};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/config")
}

/// The samples of a folder: files, and folders that hold a project.
fn list(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs_err::read_dir(samples().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn load_sample(path: &Path) -> Result<Project> {
    let (cwd, filename) = if path.is_dir() {
        (path.to_path_buf(), None)
    } else {
        (path.parent().unwrap().to_path_buf(), Some(path.file_name().unwrap().to_str().unwrap().to_owned()))
    };
    let file = if path.is_dir() { path.join("skaffold.yaml") } else { path.to_path_buf() };
    let bytes = fs_err::read(file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let flag = |name: &str| -> Vec<String> {
        let line = text.lines().next().and_then(|line| line.strip_prefix(&format!("# {name}: ")));
        line.map(|names| names.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let options = LoadOptions {
        filename,
        cwd,
        profiles: flag("profiles"),
        modules: flag("modules"),
        sync_remote_cache: SyncRemoteCache::Never,
        ..LoadOptions::default()
    };
    load(&options, &mut std::io::empty())
}

/// `path:line:col: title`, then the other places, causes and hints, one a line.
fn compact(report: &Report) -> String {
    let mut text = String::new();
    let place = |excerpt: &Excerpt| {
        let (line, column) = excerpt.line_column();
        let shown = excerpt.text.get(excerpt.span.clone()).unwrap_or("(outside)");
        format!("{}:{line}:{column} `{shown}`", excerpt.path.display())
    };
    let mut excerpts = report.excerpts.iter();
    match excerpts.next() {
        Some(excerpt) => {
            write!(text, "{}: {}", place(excerpt), report.title).unwrap();
            if !excerpt.label.is_empty() && !report.title.contains(&excerpt.label) {
                write!(text, " ({})", excerpt.label).unwrap();
            }
        }
        None => text.push_str(&report.title),
    }
    for excerpt in excerpts {
        write!(text, "\n  at {}: {}", place(excerpt), excerpt.label).unwrap();
    }
    for cause in &report.causes {
        write!(text, "\n  because {cause}").unwrap();
    }
    for hint in &report.hints {
        write!(text, "\n  hint: {hint}").unwrap();
    }
    text.replace(samples().to_str().unwrap(), "<samples>")
}

/// What matters of a project, a few lines.
fn summary(project: &Project) -> String {
    let mut text = String::new();
    for module in &project.modules {
        let build = &module.model.build;
        let tagger = build.tag_policy.as_ref().map(|policy| format!("{policy:?}"));
        let tagger = tagger.as_deref().and_then(|text| text.split_once("Some(").map(|(before, _)| before));
        let tagger = tagger.and_then(|text| text.rsplit([' ', '{']).nth(1)).unwrap_or_default();
        let local = build.local.as_ref().map(|local| format!("local push {:?}", local.push));
        writeln!(
            text,
            "  {} in {}: profiles {:?}, {}, {tagger} {}",
            module.describe(),
            module.dir.display(),
            module.active_profiles,
            local.unwrap_or_else(|| "elsewhere".into()),
            build.platforms.join(","),
        )
        .unwrap();
        for artifact in &build.artifacts {
            let dockerfile = artifact.docker.as_ref().and_then(|docker| docker.dockerfile.as_deref());
            let args = artifact.docker.as_ref().map(|docker| &docker.build_args);
            writeln!(
                text,
                "    {} by {} from {} {} {:?}",
                artifact.image,
                artifact.kind(),
                artifact.context.as_deref().unwrap(),
                dockerfile.unwrap_or_default(),
                args.into_iter().flatten().collect::<Vec<_>>(),
            )
            .unwrap();
        }
        if module.overlay != Overlay::default() {
            let docker = module.overlay.artifacts.iter().map(|a| (&a.image, &a.docker.builder));
            writeln!(
                text,
                "    overlay: {:?} {:?} {:?}",
                module.overlay.builder,
                module.overlay.cache_flags,
                docker.collect::<Vec<_>>()
            )
            .unwrap();
        }
    }
    for warning in &project.warnings {
        writeln!(text, "  warning: {}", compact(warning)).unwrap();
    }
    text.replace(samples().to_str().unwrap(), "<samples>")
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(samples().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_valid_sample_loads() {
    let paths = list("valid");
    assert!(paths.len() >= 25);
    let mut text = String::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        match load_sample(&path) {
            Ok(project) => write!(text, "{name}\n{}", summary(&project)).unwrap(),
            Err(report) => panic!("{name}: {}", compact(&report)),
        }
    }
    snapshot("valid", &text);
}

#[test]
fn every_invalid_sample_says_what_is_wrong() {
    let paths = list("invalid");
    assert!(paths.len() >= 25);
    let mut text = String::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        match load_sample(&path) {
            Ok(_) => panic!("{name} loads"),
            Err(report) => writeln!(text, "{}\n", compact(&report)).unwrap(),
        }
    }
    snapshot("invalid", &text);
}
