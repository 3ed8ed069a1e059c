//! The order of keys in mappings whose keys are the user's.

use std::cmp::Ordering;

/// Compares as Go's yaml.v3 sorts keys (`sorter.go`): runs of digits by their value, letters after other characters
/// except behind a digit, capitals before small letters.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else { return a.len().cmp(&b.len()) };
    let (x, y) = (a[at], b[at]);
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (false, false) => {}
        (x_is_letter, _) => {
            let behind_digit = at > 0 && a[at - 1].is_numeric();
            return if x_is_letter == behind_digit { Ordering::Less } else { Ordering::Greater };
        }
    }
    let start = a[..at].iter().rposition(|c| !c.is_ascii_digit()).map_or(0, |index| index + 1);
    let (x_run, y_run) = (digits(&a[start..]), digits(&b[start..]));
    let value = |run: &str| run.trim_start_matches('0').to_owned();
    let (x_value, y_value) = (value(&x_run), value(&y_run));
    let by_value = x_value.len().cmp(&y_value.len()).then_with(|| x_value.cmp(&y_value));
    by_value.then_with(|| x_run.len().cmp(&y_run.len())).then_with(|| x.cmp(&y))
}

/// The digits that a text begins with.
fn digits(text: &[char]) -> String {
    text.iter().take_while(|c| c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_and_letters_come_last_but_behind_digits() {
        for pair in [
            ["a2", "a10"],
            ["a1b", "a1_"],
            ["_x", "a"],
            ["HTTPS_PROXY", "a"],
            ["HTTP_PROXY", "HTTPS_PROXY"],
            ["B", "a"],
            ["a", "ab"],
            ["a.b", "ab"],
            ["v1", "v01"],
            ["v1.2", "v1.10"],
            ["12", "100"],
            ["10", "100"],
            ["a-1", "a-b"],
        ] {
            assert_eq!(natural(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(natural(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(natural("x1", "x1"), Ordering::Equal);
    }
}
