//! The files of `manifests.rawYaml` are there (Skaffold: `validation.go`, `validateManifests`).

use std::path::{Component, Path, PathBuf};

use regex::Regex;

use super::Findings;
use crate::config::{Module, absolute};
use crate::diagnostic::nearest;

/// What holds when no manifests are named; need not be there.
const USUAL: &str = "k8s/*.yaml";

pub(super) fn check(module: &Module, found: &mut Findings) {
    let patterns = &module.model.manifests.raw_yaml;
    if module.remote || patterns.iter().eq([USUAL]) {
        return;
    }
    for (index, pattern) in patterns.iter().enumerate() {
        if pattern.contains("://") || any_match(&absolute(&module.dir, pattern)) {
            continue;
        }
        let hint = beside(&module.dir, pattern).map_or_else(
            || format!("paths are relative to {}", module.dir.display()),
            |name| format!("did you mean `{name}`?"),
        );
        found.add(
            module.locate(&["manifests".into(), "rawYaml".into(), index.into()]),
            format!("no manifest matches {pattern}"),
            hint,
        );
    }
}

/// Is there a file that the pattern means? An element is matched by Go's `filepath.Match`: nothing matches a slash.
fn any_match(pattern: &Path) -> bool {
    let mut places = vec![PathBuf::new()];
    for component in pattern.components() {
        let Component::Normal(name) = component else {
            for place in &mut places {
                place.push(component);
            }
            continue;
        };
        let text = name.to_string_lossy();
        if !text.contains(['*', '?', '[', '\\']) {
            for place in &mut places {
                place.push(name);
            }
            places.retain(|place| place.exists());
            continue;
        }
        let Some(glob) = glob(&text) else { return false };
        places = places
            .iter()
            .filter_map(|place| fs_err::read_dir(place).ok())
            .flat_map(|entries| entries.filter_map(Result::ok))
            .filter(|entry| glob.is_match(&entry.file_name().to_string_lossy()))
            .map(|entry| entry.path())
            .collect();
    }
    !places.is_empty()
}

/// A pattern of one name; `None` when it is malformed.
fn glob(pattern: &str) -> Option<Regex> {
    let mut text = String::from("^(?s:");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            '\\' => text.push_str(&regex::escape(characters.next()?.encode_utf8(&mut [0; 4]))),
            '[' => {
                text.push('[');
                let mut first = true;
                loop {
                    match characters.next()? {
                        '^' if first => text.push('^'),
                        ']' => break,
                        '-' => text.push('-'),
                        '\\' => text.push_str(&regex::escape(characters.next()?.encode_utf8(&mut [0; 4]))),
                        character => text.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
                    }
                    first = false;
                }
                text.push(']');
            }
            character => text.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
        }
    }
    text.push_str(")$");
    Regex::new(&text).ok()
}

/// A name in the folder of a path that is nearly the path's.
fn beside(dir: &Path, path: &str) -> Option<String> {
    let path = Path::new(path);
    let folder = absolute(dir, path.parent()?);
    let names: Vec<String> = fs_err::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let near = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_go() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["k8s/web.yaml", "k8s/db.yml", "k8s/deep/x.yaml", "a[1].yaml"] {
            let path = dir.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        for (pattern, expected) in [
            ("k8s/web.yaml", true),
            ("k8s/*.yaml", true),
            ("k8s/*.y?l", true),
            ("k8s/*.y?ml", true),
            ("k8s/*.y?", false),
            ("k8s/**.yaml", true),
            ("k8s/**/*.yaml", true),
            ("**/x.yaml", false),
            ("*/*/x.yaml", true),
            ("k8s/[vw]eb.yaml", true),
            ("k8s/[^w]eb.yaml", false),
            ("k8s/[a-z]b.yml", true),
            ("k8s/[", false),
            ("a\\[1].yaml", true),
            ("a[1].yaml", false),
            ("k8s", true),
            ("./k8s/../k8s/web.yaml", true),
            ("k8s/other.yaml", false),
            ("nowhere/*.yaml", false),
        ] {
            assert_eq!(any_match(&absolute(dir.path(), pattern)), expected, "{pattern}");
        }
        assert_eq!(beside(dir.path(), "k8s/wep.yaml").as_deref(), Some("k8s/web.yaml"));
        assert_eq!(beside(dir.path(), "nowhere/web.yaml"), None);
    }
}
