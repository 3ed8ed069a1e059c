//! Several reports about one file become one.

use crate::diagnostic::{Report, Result};

/// Ends with what was found wrong, if anything was.
///
/// # Errors
/// The reports as one ([`join`]).
pub fn refuse(reports: Vec<Report>) -> Result<()> {
    join(reports).map_or(Ok(()), |report| Err(Box::new(report)))
}

/// A hint up to this length is told at the place itself.
const SHORT: usize = 60;

/// One report out of several: a single one is returned as it is; else each one's title and short hint become the
/// label at its place, in the order of the places, and the other hints follow once each. One that was joined before is
/// taken apart, one that stands twice is told once. `None` when there is nothing to report.
pub fn join(reports: Vec<Report>) -> Option<Report> {
    let alone = |mut report: Report| match std::mem::take(&mut report.parts) {
        parts if parts.is_empty() => vec![report],
        parts => parts,
    };
    let mut reports = reports.into_iter().flat_map(alone).fold(vec![], |mut reports: Vec<Report>, report| {
        if !reports.contains(&report) {
            reports.push(report);
        }
        reports
    });
    if reports.len() < 2 {
        return reports.pop();
    }
    reports.sort_by_key(|report| {
        report.excerpts.first().map(|excerpt| (excerpt.path.clone(), excerpt.span.start))
    });
    let first = &reports[0];
    let one_file = first.excerpts.first().map(|excerpt| &excerpt.path).filter(|path| {
        reports.iter().all(|report| report.excerpts.first().is_some_and(|excerpt| excerpt.path == **path))
    });
    let count = reports.len();
    let mut whole = Report::new(
        first.kind,
        match one_file {
            Some(path) => format!("{count} errors in {}", path.display()),
            None => format!("{count} errors in the project's files"),
        },
    );
    whole.parts.clone_from(&reports);
    for mut report in reports {
        if let [hint] = &report.hints[..]
            && hint.chars().count() <= SHORT
        {
            report.title = format!("{}; {hint}", report.title);
            report.hints.clear();
        }
        let mut excerpts = report.excerpts.into_iter();
        match excerpts.next() {
            Some(mut excerpt) => {
                excerpt.label = report.title;
                whole.excerpts.push(excerpt);
            }
            None => whole.causes.push(report.title),
        }
        whole.excerpts.extend(excerpts);
        whole.causes.extend(report.causes);
        for hint in report.hints {
            if !whole.hints.contains(&hint) {
                whole.hints.push(hint);
            }
        }
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Source;

    #[test]
    fn one_report_stays_itself_and_several_become_labels_in_file_order() {
        assert_eq!(join(vec![]), None);
        let source = Source::new("a.yaml", "one\ntwo\n");
        let at = |start: usize, title: &str| Report::config(title).at(source.excerpt(start..start + 3, ""));
        let cure = "a cure that is told once, at the end, because it is longer than a line has room for";
        assert_eq!(join(vec![at(0, "first")]).unwrap().title, "first");
        assert_eq!(join(vec![at(0, "first"), at(0, "first")]).unwrap().title, "first");
        let whole = join(vec![at(4, "second").hint(cure), at(0, "first").hint("cure")]).unwrap();
        assert_eq!(whole.title, "2 errors in a.yaml");
        assert_eq!(
            whole.excerpts.iter().map(|e| e.label.as_str()).collect::<Vec<_>>(),
            ["first; cure", "second"]
        );
        assert_eq!(whole.hints, [cure]);
        let again = join(vec![whole, at(0, "third")]).unwrap();
        assert_eq!(again.title, "3 errors in a.yaml");
        let titles: Vec<&str> = again.findings().iter().map(|part| part.title.as_str()).collect();
        assert_eq!(titles, ["first", "third", "second"]);
        assert_eq!(again.findings()[0].hints, ["cure"]);
    }
}
