//! The table at the end of a run. Pure.

use super::board::{Artifact, Built, End};
use super::text::{BAD, DIM, GOOD, NAME, Paint, columns, middle, short_digest, time};

const GAP: &str = "  ";
const HEADINGS: [&str; 6] = ["IMAGE", "PLATFORMS", "DIGEST", "TIME", "STEPS", "RESULT"];
/// An image's name is not cut below this width.
const NARROWEST_NAME: usize = 16;

/// How a table is to be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) paint: Paint,
    /// Columns there are; `None` = any number, and digests in full (logs are searched, terminals are looked at).
    pub(super) width: Option<usize>,
}

/// One line per artifact under a line of headings.
pub(super) fn table(artifacts: &[Artifact], setting: Setting) -> Vec<String> {
    let mut rows: Vec<[String; 6]> = artifacts.iter().map(|artifact| row(artifact, setting)).collect();
    rows.insert(0, HEADINGS.map(str::to_owned));
    if let Some(width) = setting.width {
        fit(&mut rows, artifacts, width);
    }
    let widths = widths(&rows);
    rows.iter()
        .enumerate()
        .map(|(i, row)| line(row, widths, (i > 0).then(|| &artifacts[i - 1].end), setting.paint))
        .collect()
}

fn row(artifact: &Artifact, setting: Setting) -> [String; 6] {
    let dash = || "-".to_owned();
    match &artifact.end {
        End::Well(built) => [
            built.reference.split('@').next().unwrap_or_default().to_owned(),
            if built.platforms.is_empty() { dash() } else { built.platforms.join(", ") },
            match (&built.digest, setting.width) {
                (Some(digest), Some(_)) => short_digest(digest).to_owned(),
                (Some(digest), None) => digest.clone(),
                (None, _) => dash(),
            },
            time(built.time),
            steps(built),
            built.fate.clone(),
        ],
        End::Failed => [artifact.image.clone(), dash(), dash(), dash(), dash(), "failed".to_owned()],
        End::NotYet => [artifact.image.clone(), dash(), dash(), dash(), dash(), "not built".to_owned()],
    }
}

fn steps(built: &Built) -> String {
    if built.steps == 0 { "-".to_owned() } else { format!("{}/{} cached", built.cached_steps, built.steps) }
}

/// Makes rows narrower: first platforms become their number, then names lose their middle.
fn fit(rows: &mut [[String; 6]], artifacts: &[Artifact], width: usize) {
    if total(widths(rows)) > width {
        for (row, artifact) in rows.iter_mut().skip(1).zip(artifacts) {
            if let End::Well(built) = &artifact.end
                && built.platforms.len() > 1
            {
                row[1] = format!("{} platforms", built.platforms.len());
            }
        }
    }
    let widths = widths(rows);
    let excess = total(widths).saturating_sub(width);
    if excess > 0 {
        let name = widths[0].saturating_sub(excess).max(NARROWEST_NAME);
        for row in rows.iter_mut() {
            row[0] = middle(&row[0], name).into_owned();
        }
    }
}

fn widths(rows: &[[String; 6]]) -> [usize; 6] {
    std::array::from_fn(|i| rows.iter().map(|row| columns(&row[i])).max().unwrap_or_default())
}

fn total(widths: [usize; 6]) -> usize {
    widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1)
}

/// One line; `end` is `None` for the headings.
fn line(row: &[String; 6], widths: [usize; 6], end: Option<&End>, paint: Paint) -> String {
    let mut out = String::new();
    for (i, cell) in row.iter().enumerate() {
        let padding = " ".repeat(widths[i].saturating_sub(columns(cell)));
        let style = match (end, i) {
            (None, _) => Some(DIM),
            (Some(_), 0) => Some(NAME),
            (Some(End::Failed), 5) => Some(BAD),
            (Some(End::Well(_)), 5) => Some(GOOD),
            _ => None,
        };
        let cell = style.map_or_else(|| cell.clone(), |style| paint.on(style, cell));
        if i > 0 {
            out.push_str(GAP);
        }
        if HEADINGS[i] == "TIME" {
            out.push_str(&padding);
            out.push_str(&cell);
        } else {
            out.push_str(&cell);
            out.push_str(&padding);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use insta::assert_snapshot;

    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn artifact(image: &str, end: End) -> Artifact {
        Artifact { image: image.into(), begun: Duration::ZERO, done: 0, cached: 0, end }
    }

    fn built(reference: &str, platforms: &[&str], digest: bool, millis: u64, fate: &str) -> End {
        End::Well(Built {
            reference: if digest { format!("{reference}@{DIGEST}") } else { reference.to_owned() },
            platforms: platforms.iter().map(|p| (*p).to_owned()).collect(),
            digest: digest.then(|| DIGEST.to_owned()),
            fate: fate.into(),
            time: Duration::from_millis(millis),
            cached_steps: 7,
            steps: 9,
        })
    }

    fn sample() -> Vec<Artifact> {
        vec![
            artifact(
                "app",
                built(
                    "localhost:5000/team/app:v1-2-gabc",
                    &["linux/amd64", "linux/arm64"],
                    true,
                    12_340,
                    "pushed",
                ),
            ),
            artifact("worker", built("worker:v1", &["linux/amd64"], true, 125_000, "loaded")),
            artifact("base", built("日本/base:v1", &[], false, 90, "cache only")),
            artifact("web", End::Failed),
        ]
    }

    fn set(width: Option<usize>) -> String {
        table(&sample(), Setting { paint: Paint { colour: false }, width }).join("\n")
    }

    #[test]
    fn full_digests_in_logs() {
        assert_snapshot!(set(None), @"
        IMAGE                              PLATFORMS                 DIGEST                                                                    TIME  STEPS       RESULT
        localhost:5000/team/app:v1-2-gabc  linux/amd64, linux/arm64  sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  12.3s  7/9 cached  pushed
        worker:v1                          linux/amd64               sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  2m05s  7/9 cached  loaded
        日本/base:v1                       -                         -                                                                         0.1s  7/9 cached  cache only
        web                                -                         -                                                                            -  -           failed
        ");
    }

    #[test]
    fn short_digests_on_a_wide_terminal() {
        assert_snapshot!(set(Some(140)), @"
        IMAGE                              PLATFORMS                 DIGEST                TIME  STEPS       RESULT
        localhost:5000/team/app:v1-2-gabc  linux/amd64, linux/arm64  sha256:0123456789ab  12.3s  7/9 cached  pushed
        worker:v1                          linux/amd64               sha256:0123456789ab  2m05s  7/9 cached  loaded
        日本/base:v1                       -                         -                     0.1s  7/9 cached  cache only
        web                                -                         -                        -  -           failed
        ");
    }

    #[test]
    fn platforms_are_counted_on_a_narrow_terminal() {
        assert_snapshot!(set(Some(110)), @"
        IMAGE                              PLATFORMS    DIGEST                TIME  STEPS       RESULT
        localhost:5000/team/app:v1-2-gabc  2 platforms  sha256:0123456789ab  12.3s  7/9 cached  pushed
        worker:v1                          linux/amd64  sha256:0123456789ab  2m05s  7/9 cached  loaded
        日本/base:v1                       -            -                     0.1s  7/9 cached  cache only
        web                                -            -                        -  -           failed
        ");
    }

    #[test]
    fn names_lose_their_middle_on_a_very_narrow_one() {
        assert_snapshot!(set(Some(80)), @"
        IMAGE             PLATFORMS    DIGEST                TIME  STEPS       RESULT
        localhos…-2-gabc  2 platforms  sha256:0123456789ab  12.3s  7/9 cached  pushed
        worker:v1         linux/amd64  sha256:0123456789ab  2m05s  7/9 cached  loaded
        日本/base:v1      -            -                     0.1s  7/9 cached  cache only
        web               -            -                        -  -           failed
        ");
    }

    #[test]
    fn styles_do_not_disturb_the_columns() {
        let styled = table(&sample(), Setting { paint: Paint { colour: true }, width: Some(140) }).join("\n");
        assert!(styled.contains("\x1b[32mpushed\x1b[0m"), "{styled}");
        assert_eq!(anstream::adapter::strip_str(&styled).to_string(), set(Some(140)));
    }
}
