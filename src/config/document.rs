//! One file's documents: dot keys taken off, version known, keys and types checked against it, brought to the latest
//! version, and read.

use std::sync::Arc;

use super::model::SkaffoldConfig;
use super::overlay::{OVERLAY_KEY, Overlay};
use super::schema::{self, Version};
use super::upgrade;
use crate::diagnostic::{Report, Result, nearest};
use crate::yaml::{self, Data, Node, Rules, Source};

/// A key and its value.
type Entry = (Node, Node);

/// A document as it stands in its file, before profiles.
#[derive(Debug)]
pub(super) struct Document {
    /// The content without dot keys, in the latest version. What was moved there still stands where it was written.
    pub(super) tree: Node,
    /// The key and value of `.skeg`.
    pub(super) overlay: Option<Entry>,
    /// The typed content.
    pub(super) model: SkaffoldConfig,
    /// What was left out on the way, each with its place.
    pub(super) warnings: Vec<Report>,
}

impl Document {
    /// The names that `-p` may use for this document.
    pub(super) fn profile_names(&self) -> impl Iterator<Item = String> {
        let own = self.model.profiles.iter().map(|profile| profile.name.clone());
        let overlay = self.overlay.iter().flat_map(|(_, node)| super::tree::names(node.get("profiles")));
        own.chain(overlay).filter(|name| !name.is_empty())
    }
}

/// Reads the documents of a file; empty ones are skipped, and each may be of another version. All errors of a file are
/// in one report.
pub(super) fn documents(source: &Arc<Source>) -> Result<Vec<Document>> {
    let trees: Vec<Node> = yaml::parse(source)?.into_iter().filter(|tree| !tree.is_null()).collect();
    if trees.is_empty() {
        return Err(Box::new(
            Report::config(format!("{} holds no configuration", source.path.display()))
                .hint(format!("write at least `apiVersion: {}` and `kind: Config`", Version::LATEST)),
        ));
    }
    let mut documents = vec![];
    let mut errors = vec![];
    for tree in trees {
        match document(tree) {
            Ok(document) => documents.push(document),
            Err(mut reports) => errors.append(&mut reports),
        }
    }
    yaml::refuse(errors).map(|()| documents)
}

/// Reads a document of the latest version. Checked, it has nothing that the model has not; changed by a profile's
/// patches, it may.
pub(super) fn decode(tree: &Node) -> Result<SkaffoldConfig> {
    let rules = Rules {
        empty_is_absent: true,
        lenient: &["KanikoArtifact", "ClusterDetails"],
        verbatim: &["HelmValues"],
        ..Rules::default()
    };
    yaml::from_node_with(tree, &rules)
}

/// Takes out the sections of a document whose name begins with a dot: they are nobody's but their author's.
pub(super) fn take_dotted(entries: &mut Vec<Entry>) -> Vec<Entry> {
    let is_dotted = |(key, _): &mut Entry| key.text().is_some_and(|name| name.starts_with('.'));
    entries.extract_if(.., is_dotted).collect()
}

fn document(mut tree: Node) -> Result<Document, Vec<Report>> {
    let one = |report: Box<Report>| vec![*report];
    let (version, overlay) = checked(&mut tree)?;
    let mut warnings = schema::prune(&mut tree, version);
    warnings.append(&mut upgrade::upgrade(&mut tree, version, Version::LATEST).map_err(one)?);
    let model = decode(&tree).map_err(one)?;
    Ok(Document { tree, overlay, model, warnings })
}

/// Takes the dot keys off a document and checks it against its own version; answers the version, and `.skeg`.
pub(super) fn checked(tree: &mut Node) -> Result<(Version, Option<Entry>), Vec<Report>> {
    let one = |report: Box<Report>| vec![*report];
    let Data::Map(entries) = &mut tree.data else {
        let title = format!("a document must be a mapping, not {}", tree.describe());
        return Err(vec![Report::config(title).at(tree.head())]);
    };
    let overlay =
        take_dotted(entries).into_iter().find(|(key, _)| key.text().is_some_and(|name| name == OVERLAY_KEY));
    let version = version(tree).map_err(one)?;
    let mut errors = schema::check(tree, version);
    // Read here too, so that its errors show although no profile needs it yet.
    if let Some(Err(report)) = overlay.as_ref().map(|(_, node)| Overlay::read(node)) {
        errors.push(*report);
    }
    if errors.is_empty() { Ok((version, overlay)) } else { Err(errors) }
}

/// The version that a document says it is written in. Errors: none said, one that nobody knows.
pub(super) fn version(document: &Node) -> Result<Version> {
    let report = |title: String| {
        Report::config(title).at(document.locate(&["apiVersion".into()]).unwrap_or_else(|| document.head()))
    };
    let Some(written) = document.get("apiVersion").map_or(Some("".into()), Node::text) else {
        return Err(Box::new(
            report("apiVersion must be text".into()).hint(format!("write `apiVersion: {}`", Version::LATEST)),
        ));
    };
    if written.is_empty() {
        return Err(Box::new(
            report("apiVersion is missing".into()).hint(format!(
                "begin the document with `apiVersion: {}` and `kind: Config`",
                Version::LATEST
            )),
        ));
    }
    if let Some(version) = Version::parse(&written) {
        return Ok(version);
    }
    if Version::is_newer(&written) {
        return Err(Box::new(
            report(format!(
                "apiVersion {written} is not known; the newest that is read is {}",
                Version::LATEST
            ))
            .hint(format!("write `apiVersion: {}`", Version::LATEST)),
        ));
    }
    let known: Vec<String> = Version::all().rev().map(|version| version.to_string()).collect();
    // What is much longer is no misspelled version.
    let near = Some(&written).filter(|text| text.len() < 2 * Version::LATEST.to_string().len());
    let hint = match near.and_then(|text| nearest(text, known.iter().map(String::as_str))) {
        Some(near) => format!("did you mean `{near}`?"),
        None if document.get("metadata").is_some() => {
            "this looks like a Kubernetes manifest; name the project file with `--filename`".into()
        }
        None => format!("read are {} to {}; `skeg schema list` shows all", Version::OLDEST, Version::LATEST),
    };
    Err(Box::new(report(format!("apiVersion {written} is not known")).hint(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Document>> {
        documents(&Source::new("skaffold.yaml", text))
    }

    #[test]
    fn versions_are_recognized() {
        const NEWEST: &str = "the newest that is read is skaffold/v4beta14";
        for (written, outcome) in [
            ("skaffold/v4beta1", Ok(())),
            ("skaffold/v4beta14", Ok(())),
            ("'skaffold/v4beta14' # quoted", Ok(())),
            ("skaffold/v4beta15", Err(format!("apiVersion skaffold/v4beta15 is not known; {NEWEST}"))),
            ("skaffold/v9", Err(format!("apiVersion skaffold/v9 is not known; {NEWEST}"))),
            ("skaffold/v4", Err(format!("apiVersion skaffold/v4 is not known; {NEWEST}"))),
            ("skaffold/v5alpha1", Err(format!("apiVersion skaffold/v5alpha1 is not known; {NEWEST}"))),
            ("skaffold/v2beta30", Err("apiVersion skaffold/v2beta30 is not known".into())),
            ("skaffold/v4beta", Err("apiVersion skaffold/v4beta is not known".into())),
            ("Skaffold/v4beta1", Err("apiVersion Skaffold/v4beta1 is not known".into())),
            ("v1", Err("apiVersion v1 is not known".into())),
            ("1", Err("apiVersion 1 is not known".into())),
            ("''", Err("apiVersion is missing".into())),
            ("", Err("apiVersion is missing".into())),
            ("[a]", Err("apiVersion must be text".into())),
        ] {
            let outcome_now = read(&format!("apiVersion: {written}\nkind: Config\n")).map(drop);
            assert_eq!(outcome_now.map_err(|report| report.title), outcome, "{written}");
        }
    }

    #[test]
    fn hints_name_what_was_meant() {
        for (document, hint) in [
            ("apiVersion: skaffold/v4beat14", "did you mean `skaffold/v4beta14`?"),
            ("apiVersion: skaffold/v2bet29", "did you mean `skaffold/v2beta29`?"),
            (
                "apiVersion: apps/v1\nmetadata: {}",
                "this looks like a Kubernetes manifest; name the project file with `--filename`",
            ),
            (
                "apiVersion: helm",
                "read are skaffold/v1alpha1 to skaffold/v4beta14; `skeg schema list` shows all",
            ),
            ("kind: Config", "begin the document with `apiVersion: skaffold/v4beta14` and `kind: Config`"),
        ] {
            assert_eq!(read(document).unwrap_err().hints, [hint], "{document}");
        }
    }

    #[test]
    fn a_file_may_mix_versions_and_holds_empty_documents() {
        let documents = read(
            "# comment\n---\napiVersion: skaffold/v4beta1\nkind: Anything\n---\n---\n\
             apiVersion: skaffold/v4beta14\nkind: Config\nbuild: {hooks: {}}\n---\n# end\n",
        )
        .unwrap();
        assert_eq!(documents.len(), 2);
        let report =
            read("apiVersion: skaffold/v4beta1\nbuild: {hooks: {}}\n---\napiVersion: nothing\n").unwrap_err();
        assert_eq!(report.title, "2 errors in skaffold.yaml");
        assert_eq!(report.excerpts.iter().map(|e| e.line_column().0).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn what_a_version_skips_is_told_and_changes_nothing() {
        let artifact = "kaniko: {destination: [x], wrong: 1, cache: {more: 2, repo: r}}";
        let text = |version: &str| {
            format!("apiVersion: {version}\nkind: Config\nbuild: {{artifacts: [{{image: a, {artifact}}}]}}\n")
        };
        let titles = |document: &Document| -> Vec<String> {
            document.warnings.iter().map(|warning| warning.title.clone()).collect()
        };
        let place = "build.artifacts[0].kaniko";
        let newest = read(&text("skaffold/v4beta14")).unwrap().remove(0);
        assert_eq!(
            titles(&newest),
            [
                format!("`{place}.wrong` is not known in skaffold/v4beta14, and is skipped"),
                format!("`{place}.cache.more` is not known in skaffold/v4beta14, and is skipped"),
            ]
        );
        let kaniko = |document: &Document| document.model.build.artifacts[0].kaniko.clone().unwrap();
        assert_eq!(kaniko(&newest).destination, ["x"]);
        let older = read(&text("skaffold/v4beta10")).unwrap().remove(0);
        assert_eq!(titles(&older).len(), 3);
        assert!(kaniko(&older).destination.is_empty());
        assert_eq!(kaniko(&older).cache.unwrap().repo.as_deref(), Some("r"));
    }
}
