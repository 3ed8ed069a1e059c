//! Files by patterns.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::ignorefile::Rules;
use crate::inputs::alternatives;

/// The files that a pattern finds, sorted: folders stand for all files in them, `*` stays in a folder, `**` does not
/// (in Skaffold it does not reach deeper, and absolute patterns are none). A path that exists is no pattern.
///
/// # Errors
/// The pattern is malformed, or a folder cannot be read.
pub(super) fn find(base: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let path = crate::config::absolute(base, pattern);
    if path.is_file() {
        return Ok(vec![path]);
    }
    if !path.exists() {
        let patterns = alternatives(pattern);
        if patterns.len() > 1 {
            let found: Result<Vec<_>, _> = patterns.iter().map(|pattern| find(base, pattern)).collect();
            let found: BTreeSet<PathBuf> = found?.into_iter().flatten().collect();
            return Ok(found.into_iter().collect());
        }
    }
    let mut root = path.clone();
    if !path.is_dir() {
        // The pattern begins with the first element that is no plain name.
        root =
            path.iter().take_while(|name| !name.to_string_lossy().contains(['*', '?', '[', '\\'])).collect();
        if root == path {
            return Ok(vec![]);
        }
    }
    let rest = path.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().into_owned();
    let rest = if rest.is_empty() { "**".to_owned() } else { rest };
    let rules = Rules::of_patterns(&[rest]).map_err(|error| format!("it {}", error.reason))?;
    let mut found = vec![];
    walk(&root, &root, &rules, &mut found).map_err(|error| error.to_string())?;
    found.sort();
    Ok(found)
}

fn walk(root: &Path, folder: &Path, rules: &Rules, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // Links to folders are not followed: they may lead back.
        if entry.file_type()?.is_dir() {
            walk(root, &path, rules, found)?;
        } else if path.is_file()
            && let Ok(below) = path.strip_prefix(root)
            && rules.ignores(below.as_os_str().as_encoded_bytes())
        {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_find_files_and_folders_all_that_is_in_them() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(dir.path()).unwrap();
        for file in ["a.yaml", "b.json", "sub/c.yaml", "sub/deep/d.yaml", "odd[1].yaml", "other/e.yaml"] {
            fs_err::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs_err::write(root.join(file), "").unwrap();
        }
        std::os::unix::fs::symlink(&root, root.join("sub/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("a.yaml"), root.join("sub/link.yaml")).unwrap();
        let cases: &[(&str, &[&str])] = &[
            ("a.yaml", &["a.yaml"]),
            ("./sub/../a.yaml", &["a.yaml"]),
            ("*.yaml", &["a.yaml", "odd[1].yaml"]),
            ("odd[1].yaml", &["odd[1].yaml"]),
            ("sub", &["sub/c.yaml", "sub/deep/d.yaml", "sub/link.yaml"]),
            ("s*", &["sub/c.yaml", "sub/deep/d.yaml", "sub/link.yaml"]),
            ("sub/*.yaml", &["sub/c.yaml", "sub/link.yaml"]),
            ("**/d.yaml", &["sub/deep/d.yaml"]),
            ("{*.json,sub/*,sub/c}.yaml", &["sub/c.yaml", "sub/link.yaml"]),
            ("{a,b}.{yaml,json}", &["a.yaml", "b.json"]),
            ("missing.yaml", &[]),
            ("missing/*.yaml", &[]),
            ("*.toml", &[]),
        ];
        for (pattern, expected) in cases {
            let expected: Vec<PathBuf> = expected.iter().map(|file| root.join(file)).collect();
            assert_eq!(find(&root, pattern).unwrap(), expected, "{pattern}");
            let absolute = root.join(pattern);
            assert_eq!(find(Path::new("/"), &absolute.to_string_lossy()).unwrap(), expected, "{pattern}");
        }
        assert!(find(&root, "[a").unwrap_err().starts_with("it "));
    }
}
