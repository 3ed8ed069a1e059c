//! What the text of the kubeconfig files says: the current context, and whether a context is a minikube. Nothing is
//! run and nobody is asked.

use std::io;
use std::path::{Path, PathBuf};

use super::env::Environment;
use super::{Origin, Sourced};
use crate::diagnostic::{Report, Result};
use crate::userconfig::tree::{self, Tree};

/// The files' texts, in the order in which they count.
#[derive(Debug, Default)]
pub(super) struct Kubeconfig {
    files: Vec<(PathBuf, String)>,
}

impl Kubeconfig {
    /// Reads the file of `--kubeconfig`, else those of KUBECONFIG, else `~/.kube/config`. Missing ones are passed over,
    /// but not one that a flag names.
    ///
    /// Errors: a file cannot be read.
    pub(super) fn read(flag: Option<&Sourced<String>>, env: &Environment) -> Result<Self> {
        let paths = flag.map_or_else(|| env.kubeconfig_files(), |flag| vec![env.cwd.join(&flag.value)]);
        let mut files = Vec::new();
        for path in paths {
            match fs_err::read_to_string(&path) {
                Ok(text) => files.push((path, text)),
                Err(error) if error.kind() == io::ErrorKind::NotFound && flag.is_none() => {}
                Err(error) => {
                    let mut report = Report::user("the kubeconfig cannot be read").cause(error);
                    report = match flag {
                        Some(flag) => report.hint(format!("correct the path ({})", flag.origin)),
                        None => report
                            .hint("name another file with `--kubeconfig FILE` or the variable KUBECONFIG"),
                    };
                    return Err(Box::new(report));
                }
            }
        }
        Ok(Self { files })
    }

    /// The current context: of the first file that names one, as kubectl merges them.
    pub(super) fn current_context(&self, env: &Environment) -> Option<Sourced<String>> {
        self.files.iter().find_map(|(path, text)| {
            let context = current_context(path, text)?;
            Some(Sourced::new(context, Origin::Detected(format!("current-context of {}", env.tilde(path)))))
        })
    }

    /// The namespace that a context names: of the first file that has the context.
    pub(super) fn namespace(&self, context: &str) -> Option<String> {
        let named = |(path, text): &(PathBuf, String)| {
            let root = tree::parse(path, text).ok()?;
            let entry = named(&root, "contexts", context)?;
            Some(entry.get("context").and_then(|context| context.get("namespace")?.text().map(str::to_owned)))
        };
        self.files.iter().find_map(named)?.filter(|namespace| !namespace.is_empty())
    }

    /// Whether minikube made the context or the cluster it means: it marks both with an extension.
    ///
    /// Skaffold runs `minikube profile list` to know this, which takes seconds and starts the docker client.
    pub(super) fn is_minikube(&self, context: &str) -> bool {
        const MARK: &str = "minikube.sigs.k8s.io";
        // Looking for the mark in the text first spares parsing in all other cases.
        self.files.iter().filter(|(_, text)| text.contains(MARK)).any(|(path, text)| {
            let Ok(root) = tree::parse(path, text) else { return false };
            let named = |list: &str, name: &str| named(&root, list, name);
            let marked = |entry: Option<&Tree>| {
                entry.and_then(|e| e.get("extensions")).and_then(Tree::items).is_some_and(|items| {
                    items.iter().any(|i| {
                        i.get("extension").and_then(|e| e.get("provider")).and_then(Tree::text) == Some(MARK)
                    })
                })
            };
            let Some(entry) = named("contexts", context) else { return false };
            let entry = entry.get("context");
            let cluster =
                entry.and_then(|e| e.get("cluster")).and_then(Tree::text).and_then(|c| named("clusters", c));
            marked(entry) || marked(cluster.as_ref().and_then(|c| c.get("cluster")))
        })
    }
}

/// The entry of a list with this name.
fn named<'t>(root: &'t Tree, list: &str, name: &str) -> Option<&'t Tree> {
    root.get(list)?.items()?.iter().find(|entry| entry.get("name").and_then(Tree::text) == Some(name))
}

/// The `current-context` of one file's text.
///
/// Reads the one line at the left edge that holds it: these files may hold megabytes of certificates. Only a file
/// that has no such line but mentions the key (JSON, for one) is parsed.
fn current_context(path: &Path, text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start_matches(['"', '\'']).starts_with("current-context"));
    let found = match line {
        Some(line) => tree::parse(path, line).ok()?.get("current-context")?.text()?.to_owned(),
        None if text.contains("current-context") => {
            tree::parse(path, text).ok()?.get("current-context")?.text()?.to_owned()
        }
        None => return None,
    };
    Some(found).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIKUBE: &str = "\
apiVersion: v1
clusters:
- cluster:
    extensions:
    - extension:
        last-update: Mon, 03 Feb 2025 10:00:00 UTC
        provider: minikube.sigs.k8s.io
        version: v1.35.0
      name: cluster_info
    server: https://192.168.49.2:8443
  name: team
- cluster:
    server: https://example.com
  name: prod
contexts:
- context: {cluster: team, user: team}
  name: team
- context: {cluster: prod, user: prod}
  name: prod
current-context: team
";

    #[test]
    fn the_current_context_is_read_from_the_text() {
        for (text, expected) in [
            ("apiVersion: v1\ncurrent-context: kind-dev\nkind: Config\n", Some("kind-dev")),
            ("current-context: \"a b\"  # mine\n", Some("a b")),
            ("current-context: 'it''s'\n", Some("it's")),
            (
                "current-context: arn:aws:eks:eu-west-1:1:cluster/x\n",
                Some("arn:aws:eks:eu-west-1:1:cluster/x"),
            ),
            ("current-context: \"\"\n", None),
            ("current-context:\n", None),
            ("current-context: null\n", None),
            ("clusters: []\n", None),
            ("", None),
            ("{\"kind\": \"Config\", \"current-context\": \"json\"}", Some("json")),
            ("{\n  \"kind\": \"Config\",\n  \"current-context\": \"json\"\n}\n", Some("json")),
            (
                "users:\n- name: x\n  user:\n    token: |\n      current-context: no\ncurrent-context: yes-this\n",
                Some("yes-this"),
            ),
            (MINIKUBE, Some("team")),
        ] {
            assert_eq!(current_context(Path::new("config"), text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_first_file_that_names_a_context_wins_and_missing_ones_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs_err::write(folder.path().join(name), text).unwrap();
        write("a", "current-context: ''\n");
        write("b", "current-context: two\n");
        write("c", "current-context: three\n");
        let mut env = Environment {
            cwd: folder.path().to_owned(),
            home: Some(folder.path().into()),
            ..Default::default()
        };
        env.vars.insert("KUBECONFIG".into(), "missing:a:b:c".into());
        let context = |flag: Option<&str>, env: &Environment| {
            let flag = flag.map(|f| Sourced::new(f.to_owned(), Origin::Flag("--kubeconfig".into())));
            Kubeconfig::read(flag.as_ref(), env)
                .map(|k| k.current_context(env).map(|c| (c.value, c.origin.to_string())))
        };
        assert_eq!(context(None, &env).unwrap(), Some(("two".into(), "current-context of ~/b".into())));
        assert_eq!(context(Some("c"), &env).unwrap().unwrap().0, "three");
        assert!(context(Some("missing"), &env).unwrap_err().hints[0].contains("--kubeconfig"));
        env.vars.clear();
        assert_eq!(context(None, &env).unwrap(), None);
    }

    #[test]
    fn minikube_marks_its_clusters() {
        let config = Kubeconfig { files: vec![("config".into(), MINIKUBE.into())] };
        assert!(config.is_minikube("team"));
        assert!(!config.is_minikube("prod"));
        assert!(!config.is_minikube("other"));
    }
}
