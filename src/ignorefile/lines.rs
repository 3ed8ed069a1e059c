//! From an ignore file's bytes to its patterns (moby: `ignorefile.ReadAll`).

use super::Error;

/// A line of this many bytes or more is refused.
const LINE_LIMIT: usize = 64 * 1024;

/// How much of a pattern an error shows, in characters.
const SHOWN: usize = 80;

/// The patterns of an ignore file, each with its line from 1.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(usize, Vec<u8>)>, Error> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut patterns = vec![];
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let number = index + 1;
        if line.len() >= LINE_LIMIT {
            let reason = format!("the line is longer than {} KiB", LINE_LIMIT / 1024);
            return Err(Error { line: number, pattern: shown(line), reason });
        }
        if line.starts_with(b"#") {
            continue;
        }
        let line = trimmed(line);
        if line.is_empty() {
            continue;
        }
        patterns.push((
            number,
            match line.strip_prefix(b"!") {
                Some(rest) => [b"!".to_vec(), anchored(trimmed(rest))].concat(),
                None => anchored(line),
            },
        ));
    }
    Ok(patterns)
}

/// A pattern in its shortest form, without a leading slash.
fn anchored(pattern: &[u8]) -> Vec<u8> {
    if pattern.is_empty() {
        return vec![];
    }
    let mut pattern = clean(pattern);
    if pattern.len() > 1 && pattern[0] == b'/' {
        pattern.remove(0);
    }
    pattern
}

/// The shortest path that means the same: no empty elements, no `.`, `..` taken back where something stands before
/// it; `.` for nothing (Go: `filepath.Clean`).
pub(super) fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut elements: Vec<&[u8]> = vec![];
    for element in path.split(|b| *b == b'/') {
        match element {
            b"" | b"." => {}
            b".." if elements.last().is_some_and(|last| *last != b"..") => {
                elements.pop();
            }
            b".." if rooted => {}
            element => elements.push(element),
        }
    }
    let relative = elements.join(&b'/');
    match (rooted, relative.is_empty()) {
        (true, _) => [b"/", &relative[..]].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => relative,
    }
}

/// Without Unicode white space at both ends; bytes that are not UTF-8 are no space.
pub(super) fn trimmed(mut bytes: &[u8]) -> &[u8] {
    if let Some(first) = bytes.utf8_chunks().next() {
        bytes = &bytes[first.valid().len() - first.valid().trim_start().len()..];
    }
    if let Some(last) = bytes.utf8_chunks().last()
        && last.invalid().is_empty()
    {
        bytes = &bytes[..bytes.len() - (last.valid().len() - last.valid().trim_end().len())];
    }
    bytes
}

/// A pattern as an error shows it.
pub(super) fn shown(pattern: &[u8]) -> String {
    let text = String::from_utf8_lossy(pattern);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
