//! The order of keys in a map (Go's yaml.v3: `sorter.go`).

use std::cmp::Ordering;

/// Compares two keys: letters after anything else, but before it behind a digit; runs of digits by their value.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return a.len().cmp(&b.len()) };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => a[at].cmp(&b[at]),
        (false, false) => {
            let digits = a[..at].iter().rev().take_while(|c| c.is_numeric()).count();
            let (a_run, b_run) = (run(&a[at - digits..]), run(&b[at - digits..]));
            let value = |run: &[char]| run.iter().position(|c| *c != '0').unwrap_or(run.len());
            let (a_value, b_value) = (&a_run[value(a_run)..], &b_run[value(b_run)..]);
            (a_value.len().cmp(&b_value.len()))
                .then_with(|| a_value.cmp(b_value))
                .then_with(|| a_run.len().cmp(&b_run.len()))
                .then_with(|| a[at].cmp(&b[at]))
        }
        (a_is_letter, _) => {
            let behind_digit = at > 0 && a[at - 1].is_numeric();
            if a_is_letter == behind_digit { Ordering::Less } else { Ordering::Greater }
        }
    }
}

/// The digits that a text begins with.
fn run(text: &[char]) -> &[char] {
    let end = text.iter().position(|c| !c.is_numeric()).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn keys_are_in_natural_order() {
        let sorted = [
            "", "-a", "1", "2", "10", "A", "B", "a", "a-b", "a.b", "a0", "a1", "a1b", "a1-", "a2", "a10",
            "a010", "ab", "b",
        ];
        let mut keys = sorted;
        keys.reverse();
        keys.sort_by(|a, b| natural(a, b));
        assert_eq!(keys, sorted);
    }
}
