//! `{a,b}` in patterns.

/// The patterns that a pattern with `{a,b}` stands for, in their order; itself where it has no such thing. Braces that
/// are not closed, and those behind a backslash, mean themselves.
pub fn alternatives(pattern: &str) -> Vec<String> {
    let Some((before, inside, behind)) = split(pattern) else { return vec![pattern.to_owned()] };
    let behind = alternatives(behind);
    let choices = inside.into_iter().flat_map(alternatives);
    choices.flat_map(|choice| behind.iter().map(move |rest| format!("{before}{choice}{rest}"))).collect()
}

/// What is before the first braces, the choices between them, and the rest.
fn split(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let mut depth = 0;
    let mut open = 0;
    let mut begin = 0;
    let mut choices = vec![];
    let mut is_escaped = false;
    for (at, byte) in pattern.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'{' => {
                depth += 1;
                if depth == 1 {
                    (open, begin) = (at, at + 1);
                }
            }
            b',' if depth == 1 => {
                choices.push(&pattern[begin..at]);
                begin = at + 1;
            }
            b'}' if depth == 1 => {
                choices.push(&pattern[begin..at]);
                return Some((&pattern[..open], choices, &pattern[at + 1..]));
            }
            b'}' if depth > 1 => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_is_a_pattern() {
        for (pattern, expected) in [
            ("a/*.go", &["a/*.go"][..]),
            ("src/**/*.{ts,js}", &["src/**/*.ts", "src/**/*.js"]),
            ("{a,b}/{c,{d,e}f}", &["a/c", "a/df", "a/ef", "b/c", "b/df", "b/ef"]),
            ("a{,.x}", &["a", "a.x"]),
            ("{a}", &["a"]),
            ("{a,b", &["{a,b"]),
            ("a}b", &["a}b"]),
            (r"\{a,b\}{c,\,}", &[r"\{a,b\}c", r"\{a,b\}\,"]),
        ] {
            assert_eq!(alternatives(pattern), expected, "{pattern}");
        }
    }
}
