//! Paths and wildcards of sources.

/// A path from the root of a context: cleaned, without `..` that leave it, and without a slash at its ends.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Two cleaned paths.
pub(super) fn join(parent: &str, rest: &str) -> String {
    match (parent, rest) {
        ("", path) | (path, "") => path.to_owned(),
        (parent, rest) => format!("{parent}/{rest}"),
    }
}

/// Whether a path is one name and no pattern.
pub(super) fn is_literal(path: &str) -> bool {
    !path.contains(['*', '?', '[', '\\'])
}

/// What a path reads that BuildKit takes literally, as a pattern: the folder above a name with wildcards.
pub(super) fn literal(path: &str) -> String {
    up_to(path, is_literal)
}

/// The pattern of a source of `COPY` or `ADD` (Go: `filepath.Match`). Where a part has a meaning that depends on how the
/// pattern is split (escapes, classes that may match a slash), everything in the folder above is taken.
pub(super) fn globs(path: &str) -> String {
    let mut plain = path.to_owned();
    while plain.contains("**") {
        plain = plain.replace("**", "*");
    }
    up_to(&plain, |part| !part.contains('\\') && classes_are_plain(part))
}

/// The pattern of a source with `--parents` (moby: `patternmatcher`), where `**` stands for any folders.
pub(super) fn deep(path: &str) -> String {
    if path.starts_with('!') {
        return "**".to_owned();
    }
    up_to(path, |part| {
        (part == "**" || !part.contains("**")) && !part.contains('\\') && classes_are_plain(part)
    })
}

/// The parts before the first that is not certain, and then anything: what is below, and what links in it point to.
fn up_to(path: &str, is_certain: impl Fn(&str) -> bool) -> String {
    let certain: Vec<&str> = path.split('/').take_while(|part| is_certain(part)).collect();
    let is_whole = certain.len() == path.split('/').count();
    certain.into_iter().chain((!is_whole).then_some("**")).collect::<Vec<_>>().join("/")
}

/// Whether every `[…]` is closed, not negated, and without ranges that hold a slash. `part` has no escapes.
fn classes_are_plain(part: &str) -> bool {
    let mut left = part;
    while let Some(open) = left.find('[') {
        let Some(class) = left[open + 1..].split_once(']').map(|(class, _)| class) else { return false };
        let chars: Vec<char> = class.chars().collect();
        let range = |three: &[char]| three[1] == '-' && (three[0]..=three[2]).contains(&'/');
        let odd_dash = class.starts_with('-') || class.ends_with('-');
        if chars.is_empty() || chars[0] == '^' || odd_dash || chars.windows(3).any(range) {
            return false;
        }
        left = &left[open + 1 + class.len() + 1..];
    }
    true
}

/// Patterns of `--exclude`, which count from a source's folder, as patterns from the root of the context. None where
/// they would not exclude exactly the same: leaving out less is safe.
pub(super) fn excludes(patterns: &[String], folder: &str) -> Vec<String> {
    // What an exception brings back depends on every pattern before it.
    if !is_literal(folder)
        || folder.starts_with('!')
        || patterns.iter().any(|p| p.trim_start().starts_with('!'))
    {
        return vec![];
    }
    let moved = patterns.iter().filter_map(|pattern| {
        let pattern = pattern.trim();
        let uncertain = pattern.contains(['$', '\'', '"', '\\', '`'])
            || pattern.starts_with('/')
            || pattern.split('/').any(|part| part == "..");
        let cleaned = clean(pattern);
        (!uncertain && !cleaned.is_empty()).then(|| join(folder, &cleaned))
    });
    moved.collect()
}
