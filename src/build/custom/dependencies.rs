//! Which files make a custom artifact build again, as the project says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::config::{absolute, model};
use crate::diagnostic::{Excerpt, Result};
use crate::hooks::list;
use crate::inputs::alternatives;
use crate::settings::env::Environment;

/// The files an artifact reads, in the way the project says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependencies {
    /// What these patterns find, folders with all that is in them.
    Paths {
        /// Patterns relative to the artifact's folder; `*` stays in a folder, `**` does not, `.` is everything. One
        /// that finds nothing is an error in Skaffold (`build/list/list.go`).
        paths: Vec<String>,
        /// Patterns of what does not count, relative to the artifact's folder; a folder is left out with all that is
        /// in it. In Skaffold there are no `!` exceptions.
        ignore: Vec<String>,
    },
    /// These files and folders, absolute, sorted, each once. They need not exist.
    Listed(Vec<PathBuf>),
    /// What a build of this Dockerfile reads.
    Dockerfile {
        /// The file, relative to the artifact's folder.
        path: String,
        /// Its build arguments (templates); `None` = the environment's.
        args: BTreeMap<String, Option<String>>,
    },
}

/// The dependencies of the custom artifact `image`, whose section is `given` (Skaffold:
/// `build/custom/dependencies.go`, which looks at `dockerfile`, `command` and `paths` in this order).
///
/// Without `dependencies`, the artifact reads its whole folder. So it does where the section names nothing: in Skaffold
/// such an artifact reads nothing, and is never built again.
///
/// `command` prints a JSON array of paths relative to `context`, the artifact's folder, where it runs, in the system's
/// shell (Skaffold's knows no quotes).
///
/// # Errors
/// Those of [`list`]; `locate` tells where the field of `dependencies` is written.
pub async fn dependencies(
    image: &str,
    given: Option<&model::CustomDependencies>,
    context: &Path,
    environment: &Environment,
    cancel: &CancellationToken,
    locate: &dyn Fn(&'static str) -> Option<Excerpt>,
) -> Result<Dependencies> {
    let Some(given) = given else { return Ok(everything(vec![])) };
    if let Some(dockerfile) = &given.dockerfile {
        return Ok(Dependencies::Dockerfile {
            path: text(dockerfile.path.as_deref()).unwrap_or("Dockerfile").to_owned(),
            args: dockerfile.build_args.clone(),
        });
    }
    if let Some(command) = text(given.command.as_deref()) {
        let what = format!("the dependencies of artifact {image}");
        let listed = list(command, &what, context, environment, cancel)
            .await
            .map_err(|report| Box::new(report.at_some(locate("command"))))?;
        let mut paths: Vec<PathBuf> = listed.into_iter().map(|path| absolute(context, path)).collect();
        paths.sort();
        paths.dedup();
        return Ok(Dependencies::Listed(paths));
    }
    let each = |patterns: &[String]| patterns.iter().flat_map(|pattern| alternatives(pattern)).collect();
    let ignore = each(&given.ignore);
    if given.paths.is_empty() {
        return Ok(everything(ignore));
    }
    Ok(Dependencies::Paths { paths: each(&given.paths), ignore })
}

fn everything(ignore: Vec<String>) -> Dependencies {
    Dependencies::Paths { paths: vec![".".to_owned()], ignore }
}

fn text(given: Option<&str>) -> Option<&str> {
    given.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Kind;

    fn environment(cwd: &Path) -> Environment {
        Environment {
            vars: [("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("EXTRA".into(), "lib".into())].into(),
            cwd: cwd.to_owned(),
            ..Environment::default()
        }
    }

    async fn of(yaml: &str, cwd: &Path) -> Result<Dependencies> {
        let source = crate::yaml::Source::new("x.yaml", yaml);
        let node = crate::yaml::parse(&source).unwrap().remove(0);
        let given: model::CustomDependencies = crate::yaml::from_node(&node).unwrap();
        let locate = |field: &'static str| {
            let text: std::sync::Arc<str> = yaml.into();
            let start = yaml.find(field)?;
            Some(Excerpt {
                path: "x.yaml".into(),
                text,
                span: start..start + field.len(),
                label: String::new(),
            })
        };
        let (context, cancel) = (cwd.join("app"), CancellationToken::new());
        dependencies("app", Some(&given), &context, &environment(cwd), &cancel, &locate).await
    }

    fn paths(paths: &[&str], ignore: &[&str]) -> Dependencies {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Dependencies::Paths { paths: owned(paths), ignore: owned(ignore) }
    }

    #[tokio::test]
    async fn each_way_to_say_it() {
        let root = Path::new("/");
        let cases = [
            ("{paths: ['**/*.go', go.mod], ignore: [vendor]}", paths(&["**/*.go", "go.mod"], &["vendor"])),
            ("{ignore: [out]}", paths(&["."], &["out"])),
            (
                "{paths: ['src/*.{ts,js}', '{a,b}/{c,{d,e}}'], ignore: ['{x,y}/**']}",
                paths(&["src/*.ts", "src/*.js", "a/c", "a/d", "a/e", "b/c", "b/d", "b/e"], &["x/**", "y/**"]),
            ),
            ("{paths: []}", paths(&["."], &[])),
            (
                "{dockerfile: {path: build/Dockerfile, buildArgs: {A: '1'}}}",
                Dependencies::Dockerfile {
                    path: "build/Dockerfile".into(),
                    args: [("A".to_owned(), Some("1".to_owned()))].into(),
                },
            ),
            ("{dockerfile: {}}", Dependencies::Dockerfile { path: "Dockerfile".into(), args: [].into() }),
        ];
        for (yaml, expected) in cases {
            assert_eq!(of(yaml, root).await.unwrap(), expected, "{yaml}");
        }
        let cancel = CancellationToken::new();
        let none = dependencies("app", None, root, &environment(root), &cancel, &|_| None).await;
        assert_eq!(none.unwrap(), paths(&["."], &[]));
    }

    #[tokio::test]
    async fn a_command_lists_paths_below_the_context() {
        let dir = tempfile::tempdir().unwrap();
        let script = "#!/bin/sh\necho noise >&2\nprintf '[\"main.go\", \"%s\",\\n \"../b\", \"/etc/x\", \"./main.go\"]' $EXTRA\n";
        fs_err::create_dir(dir.path().join("app")).unwrap();
        fs_err::write(dir.path().join("app/deps.sh"), script).unwrap();
        let listed = of("{command: 'sh ./deps.sh'}", dir.path()).await.unwrap();
        let mut expected = ["/etc/x", "app/lib", "app/main.go", "b"].map(|path| dir.path().join(path));
        expected.sort();
        assert_eq!(listed, Dependencies::Listed(expected.into()));
    }

    #[tokio::test]
    async fn what_is_no_list_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs_err::create_dir(dir.path().join("app")).unwrap();
        let of = async |yaml: &str| of(yaml, dir.path()).await.unwrap_err();
        let failed = of("{command: 'echo out; echo why >&2; exit 2'}").await;
        assert_eq!(
            failed.title,
            "`echo out; echo why >&2; exit 2`, which lists the dependencies of artifact app, failed with exit code 2"
        );
        assert_eq!(failed.output, ["out", "why"]);
        assert_eq!(failed.excerpts[0].line_column(), (1, 2));
        for (yaml, printed) in [
            ("{command: 'echo [\"main.go\"]'}", "it printed `[main.go]`"),
            ("{command: 'true'}", "it printed nothing"),
            ("{command: 'echo {}'}", "it printed `{}`"),
        ] {
            let report = of(yaml).await;
            assert_eq!(report.kind, Kind::Tool);
            assert!(report.title.ends_with(" printed no JSON array of paths"), "{}", report.title);
            assert_eq!(report.causes[0], printed);
        }
    }

    #[tokio::test]
    async fn an_interruption_does_not_wait_for_the_command() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let given = model::CustomDependencies {
            command: Some("sleep 60".into()),
            ..model::CustomDependencies::default()
        };
        let root = Path::new("/");
        let result = dependencies("app", Some(&given), root, &environment(root), &cancel, &|_| None).await;
        assert_eq!(result.unwrap_err().kind, Kind::Interrupted);
    }
}
