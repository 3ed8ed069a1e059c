use super::*;
use crate::builder::Builder;
use crate::diagnostic::Kind;
use crate::engine::progress::Decoder;
use crate::event::Bus;

fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rawjson");
    fs_err::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap()
}

fn definition() -> Definition {
    let target = Target {
        name: "default_".to_owned(),
        image: "app".to_owned(),
        context: Context::Local("/project".into()),
        dockerfile: Dockerfile::Inline("FROM busybox\nRUN echo one && echo two >&2 && exit 7\n".to_owned()),
        platforms: vec!["linux/amd64".to_owned(), "linux/s390x".to_owned()],
        ..Target::default()
    };
    Definition { targets: vec![target] }
}

fn reported(text: &str) -> Report {
    let definition = definition();
    let bus = Bus::default();
    let mut decoder = Decoder::new(&definition, &bus);
    text.lines().for_each(|line| decoder.line(line));
    let transcript = decoder.finish();
    let choice = Choice { builder: Builder::Classic, reason: "flag --builder".to_owned(), warning: None };
    *report(&Run {
        definition: &definition,
        transcript: &transcript,
        builder: &choice,
        plugin: Path::new("/docker-buildx"),
        cwd: Path::new("/project"),
    })
}

#[test]
fn captured_failures_are_explained() {
    let rows = [
        // sample, kind, words of the title, words of a cure
        ("run", Kind::Tool, "`RUN echo one && echo two >&2 && exit 7` failed with exit code 7", ""),
        ("copy", Kind::Config, "`nope.txt` is not in the build context", "/project"),
        ("base", Kind::Config, "base image docker.io/nosuch/image:1 does not exist", "requires"),
        ("syn", Kind::Config, "unknown instruction: RUNN (did you mean RUN?)", ""),
        ("secret", Kind::User, "wants secret foo", "docker.secrets: [{id: foo"),
        ("net", Kind::User, "does not allow network.host", "--allow-insecure-entitlement network.host"),
        (
            "authb",
            Kind::User,
            "does not let you pull auth.test:5000/private:1",
            "docker login auth.test:5000",
        ),
        (
            "push-denied",
            Kind::User,
            "does not let you push auth.test:5000/t:1",
            "docker login auth.test:5000",
        ),
        ("push-readonly", Kind::Tool, "could not be pushed", "read-only"),
        ("push-refused", Kind::Tool, "registry registry.test:5000 does not answer", "as the builder sees it"),
        (
            "cache-export",
            Kind::Tool,
            "cache could not be exported to registry.test:5000",
            "ignore-error=true",
        ),
    ];
    for (name, kind, title, cure) in rows {
        let report = reported(&sample(name));
        assert_eq!(report.kind, kind, "{name}: {report:?}");
        assert!(
            report.title.starts_with("artifact app: ") && report.title.contains(title),
            "{name}: {}",
            report.title
        );
        assert!(
            cure.is_empty() || report.hints.iter().any(|h| h.contains(cure)),
            "{name}: {:?}",
            report.hints
        );
        assert!(!report.causes.iter().any(|c| c.starts_with("pushed")), "{name}: nothing was pushed");
    }
}

#[test]
fn words_that_were_not_captured_are_explained() {
    let rows = [
        (
            "failed to solve: process \"/bin/sh -c x\" did not complete successfully: exit code: 1: write /x: no space left on device",
            Kind::Tool,
            "no space is left",
            "docker buildx prune",
        ),
        (
            "failed to solve: Unavailable: error reading from server: EOF",
            Kind::Tool,
            "connection to builder",
            "buildkitd",
        ),
        ("no builder \"nope\" found", Kind::User, "no builder", "docker buildx create"),
        ("context deadline exceeded", Kind::User, "does not answer", "buildkitd"),
        (
            "Cache export is not supported for the docker driver.",
            Kind::User,
            "cannot export this cache",
            "containerd image store",
        ),
        (
            "docker exporter does not currently support exporting manifest lists",
            Kind::User,
            "several platforms",
            "--push",
        ),
        (
            "failed to solve: failed to push r.io/app:v1: failed to do request: Head \"https://r.io/v2/app/blobs/x\": http: server gave HTTP response to HTTPS client",
            Kind::User,
            "registry r.io speaks http",
            "--insecure-registry r.io",
        ),
        (
            "failed to solve: failed to push r.io/app:v1: failed to do request: Head \"https://r.io/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
            Kind::User,
            "certificate of r.io is not trusted",
            "buildkitd.toml",
        ),
        (
            "failed to solve: failed to push docker.io/me/app:v1: push access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            Kind::User,
            "docker.io does not let you push",
            "docker login docker.io",
        ),
        (
            "failed to solve: process \"/bin/sh -c x\" did not complete successfully: exit code: 255",
            Kind::User,
            "cannot run linux/s390x programs",
            "--install s390x",
        ),
        ("unknown flag: --progresss", Kind::User, "does not know a flag", "update it"),
        (
            "failed to convert agent config {default [] false}: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set",
            Kind::User,
            "ssh agent",
            "ssh-add",
        ),
        (
            "failed to solve: target stage \"prod\" could not be found",
            Kind::Config,
            "no such stage",
            "docker.target",
        ),
        (
            "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct",
            Kind::User,
            "docker daemon does not answer",
            "start docker",
        ),
    ];
    for (text, kind, title, cure) in rows {
        let report = reported(&format!("ERROR: {text}"));
        assert_eq!(report.kind, kind, "{text}: {report:?}");
        assert!(report.title.contains(title), "{text}: {}", report.title);
        assert!(report.hints.iter().any(|h| h.contains(cure)), "{text}: {:?}", report.hints);
    }
}

#[test]
fn the_place_is_the_marked_line_and_the_output_is_the_steps() {
    let report = reported(&sample("run"));
    let excerpt = &report.excerpts[0];
    assert_eq!(excerpt.line_column(), (2, 1));
    assert_eq!(&excerpt.text[excerpt.span.clone()], "RUN echo one && echo two >&2 && exit 7");
    let mut output = report.output.clone();
    output.sort();
    assert_eq!(output, ["one", "two"]);
}

#[test]
fn a_title_shows_one_line_of_an_instruction() {
    let long = format!("RUN {}", "x".repeat(200));
    let rows: &[(&str, &str, &str)] = &[
        // the step's name, the instruction as it is written, the title
        ("[2/3] RUN make", "RUN make", "RUN make"),
        ("[2/3] RUN make", "", "RUN make"),
        ("RUN make", "", "RUN make"),
        ("[2/3] RUN a && b", "RUN a \\\n && b", "RUN a …"),
        ("[2/3] RUN a  b", "RUN a `\r\n b", "RUN a …"),
        ("[2/3] RUN <<EOF (set -e...)", "RUN <<EOF\nset -e\nEOF", "RUN <<EOF …"),
        ("[2/3] RUN <<EOF (set -e...)", "", "RUN <<EOF (set -e...)"),
    ];
    for (name, written, title) in rows {
        let excerpt = (!written.is_empty()).then(|| Excerpt {
            path: "Dockerfile".into(),
            text: (*written).into(),
            span: 0..written.len(),
            label: String::new(),
        });
        assert_eq!(instruction(name, excerpt.as_ref()), *title, "{written}");
    }
    assert_eq!(instruction(&long, None), format!("{} …", &long[..100]));
}

#[test]
fn files_below_the_working_folder_are_shown_relative_to_it() {
    for (path, shown) in [("/p/app/Dockerfile", "app/Dockerfile"), ("/other/x", "/other/x"), ("/p", "/p")] {
        assert_eq!(relative(Path::new(path), Path::new("/p")), Path::new(shown));
    }
}

#[test]
fn a_registry_that_hangs_up_is_no_lost_builder() {
    assert!(is_lost("rpc error: code = Unavailable desc = error reading from server: EOF"));
    assert!(!is_lost("failed to push r.io/a:1: failed to do request: Put: read: connection reset by peer"));
}

/// Two builds of one project may upload the same content at the same time.
#[test]
fn a_registry_that_mixes_up_uploads_is_told_from_others() {
    let refused = "405 Method Not Allowed: Method not allowed";
    let sample = sample("push-readonly");
    assert!(sample.contains(refused));
    let is_race = |message: &str| {
        let definition = definition();
        let bus = Bus::default();
        let mut decoder = Decoder::new(&definition, &bus);
        sample.replace(refused, message).lines().for_each(|line| decoder.line(line));
        is_upload_race(&decoder.finish())
    };
    assert!(!is_race(refused));
    assert!(is_race("404 Not Found: blob upload unknown to registry"));
    assert!(is_race("400 Bad Request: provided digest did not match uploaded content"));
}
