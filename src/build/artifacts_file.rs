//! Images that were built before: what `--file-output` wrote, and what `--images` names (Skaffold:
//! `app/flags/build_output.go`, `app/flags/image.go`, `cmd/util.go`).

use std::collections::BTreeMap;
use std::path::Path;

use super::output::{Build, Builds};
use crate::diagnostic::{Excerpt, Kind, Report, Result};
use crate::image::Reference;

/// Reads what a build wrote. `path` is the file, for messages.
///
/// # Errors
/// The text is no such JSON, or the build it comes from failed (`{"builds":null}`).
pub fn parse(path: &Path, text: &str) -> Result<Vec<Build>> {
    let shown = path.display();
    let again = "write it anew: `skeg build --file-output FILE`, or `skeg build -q`";
    let builds: Builds = serde_json::from_str(text).map_err(|error| {
        let excerpt = Excerpt {
            path: path.to_owned(),
            text: text.into(),
            span: at(text, error.line(), error.column()),
            label: String::new(),
        };
        let what = if error.is_data() { "not the result of a build" } else { "not JSON" };
        // serde's own place says what the excerpt shows
        let words = error.to_string();
        let reason = words.split(" at line ").next().unwrap_or(&words);
        Report::config(format!("{shown} is {what}")).at(excerpt).cause(reason).hint(again)
    })?;
    builds.builds.ok_or_else(|| {
        Box::new(
            Report::user(format!("{shown} holds no images"))
                .cause("it says `\"builds\": null`: the build that wrote it failed")
                .hint("build again, and go on only when that succeeds"),
        )
    })
}

/// The images of `--images`: `NAME=REFERENCE`, or a reference that begins with the name.
///
/// # Errors
/// One of them is no reference.
pub fn of_flags(images: &[String]) -> Result<Vec<Build>> {
    images.iter().filter(|image| !image.is_empty()).map(|image| of_flag(image)).collect()
}

fn of_flag(image: &str) -> Result<Build> {
    let (name, text) = image.split_once('=').map_or((None, image), |(name, text)| (Some(name), text));
    let reference = Reference::parse(text).map_err(|error| {
        Report::new(Kind::Usage, format!("--images `{image}` names no image"))
            .cause(error)
            .hint("write NAME:TAG, or NAME=REGISTRY/NAME:TAG for an image that was moved to a registry")
    })?;
    let name = name.filter(|name| !name.is_empty()).unwrap_or(reference.name());
    Ok(Build { image_name: name.to_owned(), tag: text.to_owned(), runtime_type: String::new() })
}

/// The builds of the project's `images`, in its order, and then those of other images: from the file, else from the
/// flags; `tag` takes the place of every tag. (Skaffold: `mergeBuildArtifacts`.)
///
/// # Errors
/// There is none for an image of the project, or `tag` makes no valid reference.
pub fn merge(images: &[&str], file: Vec<Build>, flags: Vec<Build>, tag: Option<&str>) -> Result<Vec<Build>> {
    let mut others: Vec<String> = vec![];
    let mut known: BTreeMap<String, Build> = BTreeMap::new();
    for build in flags.into_iter().chain(file) {
        let name = build.image_name.clone();
        if !images.contains(&name.as_str()) && !others.contains(&name) {
            others.push(name.clone());
        }
        known.insert(name, build);
    }
    let mut missing: Vec<&str> = vec![];
    let mut all = vec![];
    for &name in images.iter().chain(&others.iter().map(String::as_str).collect::<Vec<_>>()) {
        let build = known.remove(name);
        match (build, tag) {
            (Some(build), None) => all.push(build),
            (Some(build), Some(tag)) => all.push(Build { tag: retagged(&build.tag, tag)?, ..build }),
            (None, Some(tag)) => all.push(Build {
                image_name: name.to_owned(),
                tag: retagged(name, tag)?,
                runtime_type: String::new(),
            }),
            (None, None) => missing.push(name),
        }
    }
    if missing.is_empty() {
        return Ok(all);
    }
    Err(Box::new(
        Report::user(format!("no tag is known for {}", missing.join(", ")))
            .hint("name the result of a build: `skeg build --file-output images.json`, then `-a images.json`")
            .hint(format!("or name the image: `-i {}:TAG`, or one tag for all with `-t TAG`", missing[0])),
    ))
}

/// `reference` with another tag, without digest.
fn retagged(reference: &str, tag: &str) -> Result<String> {
    let name = Reference::parse(reference).map_or(reference.to_owned(), |r| r.name().to_owned());
    let tagged = format!("{name}:{tag}");
    match Reference::parse(&tagged) {
        Ok(_) => Ok(tagged),
        Err(error) => Err(Box::new(
            Report::new(Kind::Usage, format!("`{tagged}` is not a valid image reference"))
                .cause(error)
                .hint("correct --tag"),
        )),
    }
}

/// The bytes at a place as serde tells it: line from 1, column in bytes, from 1 too.
fn at(text: &str, line: usize, column: usize) -> std::ops::Range<usize> {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut start = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = text[start..].chars().next().filter(|c| *c != '\n').map_or(start, |c| start + c.len_utf8());
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(name: &str, tag: &str) -> Build {
        Build { image_name: name.into(), tag: tag.into(), runtime_type: String::new() }
    }

    fn read(text: &str) -> Result<Vec<Build>> {
        parse(Path::new("out/images.json"), text)
    }

    #[test]
    fn what_a_build_wrote_is_read() {
        let builds = Builds {
            builds: Some(vec![
                build("app", "r.io/app:v1@sha256:12"),
                Build { runtime_type: "go".into(), ..build("lib", "lib:34") },
            ]),
        };
        assert_eq!(read(&serde_json::to_string(&builds).unwrap()).unwrap(), builds.builds.unwrap());
        assert_eq!(read("{\"builds\": [], \"more\": 1}\n").unwrap(), []);
    }

    #[test]
    fn what_is_no_result_says_where() {
        let report = read("{\"builds\":null}").unwrap_err();
        assert_eq!(report.title, "out/images.json holds no images");
        assert!(report.causes[0].contains("failed"), "{report:?}");
        let cases = [
            ("", "is not JSON", (1, 1)),
            ("{\"builds\":\n  [oops]}", "is not JSON", (2, 4)),
            ("{\"builds\": [{\"imageName\": \"é\",}]}", "is not JSON", (1, 31)),
            ("{\"builds\": {}}", "is not the result of a build", (1, 11)),
            ("{\"builds\": [{\"imageName\": \"a\"}]}", "is not the result of a build", (1, 30)),
        ];
        for (text, title, place) in cases {
            let report = read(text).unwrap_err();
            assert_eq!(report.kind, Kind::Config);
            assert!(report.title.ends_with(title), "{text}: {report:?}");
            assert_eq!(report.excerpts[0].line_column(), place, "{text}: {report:?}");
            assert!(!report.causes[0].contains("line"), "{report:?}");
        }
        let report = read("{}").unwrap_err();
        assert_eq!(report.title, "out/images.json is not the result of a build");
    }

    #[test]
    fn images_of_flags() {
        for (flag, name, tag) in [
            ("app:v1", "app", "app:v1"),
            ("r.io:5000/me/app:v1", "r.io:5000/me/app", "r.io:5000/me/app:v1"),
            ("app=r.io/app:v1", "app", "r.io/app:v1"),
            ("=r.io/app", "r.io/app", "r.io/app"),
        ] {
            assert_eq!(of_flags(&[flag.to_owned(), String::new()]).unwrap(), [build(name, tag)], "{flag}");
        }
        for wrong in ["App:v1", "app=", "app:"] {
            assert_eq!(of_flags(&[wrong.to_owned()]).unwrap_err().kind, Kind::Usage, "{wrong}");
        }
    }

    #[test]
    fn the_file_comes_before_the_flags_and_the_tag_before_both() {
        let images = ["base", "app"];
        let file = || vec![build("app", "app:file"), build("more", "more:file")];
        let flags =
            || vec![build("other", "other:flag"), build("app", "app:flag"), build("base", "base:flag")];
        let merged = |tag| merge(&images, file(), flags(), tag).unwrap();
        assert_eq!(
            merged(None),
            [
                build("base", "base:flag"),
                build("app", "app:file"),
                build("other", "other:flag"),
                build("more", "more:file"),
            ]
        );
        let tags: Vec<String> = merged(Some("v2")).into_iter().map(|build| build.tag).collect();
        assert_eq!(tags, ["base:v2", "app:v2", "other:v2", "more:v2"]);
        let digest = format!("r.io/app:v1@sha256:{}", "1".repeat(64));
        assert_eq!(
            merge(&["app", "new"], vec![build("app", &digest)], vec![], Some("v2")).unwrap(),
            [build("app", "r.io/app:v2"), build("new", "new:v2")]
        );
        assert_eq!(merge(&["app"], vec![], vec![], Some("a b")).unwrap_err().kind, Kind::Usage);
    }

    #[test]
    fn an_image_nobody_names_is_an_error() {
        let report = merge(&["one", "two", "three"], vec![build("two", "two:1")], vec![], None).unwrap_err();
        assert_eq!(report.title, "no tag is known for one, three");
        assert!(report.hints[1].contains("-i one:TAG"));
    }
}
