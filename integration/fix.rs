//! `skeg fix`: the samples of `testdata/fix` (`NAME.yaml` becomes `NAME.fixed.yaml`), and where the new text goes.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use skeg::config::{self, LoadOptions, SkaffoldConfig};

use crate::support::{TestContext, skeg};

const LATEST: &str = "skaffold/v4beta14";

/// Names, texts before and texts after.
fn samples() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fix");
    let mut samples: Vec<_> = fs_err::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|file| {
            file.strip_suffix(".yaml").filter(|name| !name.ends_with(".fixed")).map(String::from)
        })
        .map(|name| {
            let read = |file: String| fs_err::read_to_string(folder.join(file)).unwrap();
            (name.clone(), read(format!("{name}.yaml")), read(format!("{name}.fixed.yaml")))
        })
        .collect();
    samples.sort();
    assert!(samples.len() >= 17, "{}", samples.len());
    samples
}

/// What stands behind the `#`s; texts in the samples have none.
fn comments(text: &str) -> BTreeSet<&str> {
    text.lines().filter_map(|line| line.split_once("# ").map(|(_, comment)| comment)).collect()
}

fn models(text: &str) -> Vec<SkaffoldConfig> {
    let options =
        LoadOptions { filename: Some("-".into()), cwd: PathBuf::from("/nowhere"), ..LoadOptions::default() };
    let project =
        config::load(&options, &mut text.as_bytes()).unwrap_or_else(|report| panic!("{report:?}\n{text}"));
    project.modules.into_iter().map(|module| module.model).collect()
}

#[test]
fn samples_keep_comments_and_meaning() {
    let context = TestContext::new();
    for (name, before, after) in samples() {
        let file = format!("{name}.yaml");
        context.write(&file, &before);
        let output = context.skeg(&["fix", "-f", &file]).success();
        assert_eq!(output.stdout, after, "{name}");
        assert_eq!(output.stderr, "", "{name}");
        assert_eq!(comments(&before), comments(&after), "{name}");
        assert_eq!(models(&before), models(&after), "{name}");
        context.write(&file, &after);
        let again = context.skeg(&["fix", "-f", &file]).success();
        assert_eq!(again.stdout, format!("config is already version {LATEST}\n"), "{name}");
    }
}

#[test]
fn the_plan_stays() {
    let mut context = TestContext::new();
    context.set("CI", "1");
    context.write_at("docker/cli-plugins/docker-buildx", "#!/bin/sh\nexit 1\n");
    let plugin = context.path("docker/cli-plugins/docker-buildx").display().to_string();
    context.run("chmod", &["+x", &plugin]).success();
    context
        .write("api/Dockerfile.dev", "FROM scratch AS prod\n")
        .write("web/Dockerfile", "FROM scratch\n")
        .write(
            "skaffold.yaml",
            "\
# The shop.
.skeg: {builder: 'tcp://127.0.0.1:1'}
apiVersion: skaffold/v1beta9
kind: Config
build:
  tagPolicy: {envTemplate: {template: '{{.IMAGE_NAME}}:v1'}}
  artifacts:
  # The API.
  - image: api
    context: api
    docker: {dockerfile: Dockerfile.dev, target: prod, buildArgs: {VERSION: 1.10, CI: '{{.CI}}'}}
  - {image: web, context: web}
profiles:
- name: dev
  build:
    artifacts:
    - image: api
      context: api
      docker: {dockerfile: Dockerfile.dev, buildArgs: {VERSION: dev}}
",
        );
    let plans = || {
        [
            &["build", "--print", "-d", "example.com"][..],
            &["build", "--print", "-d", "example.com", "-p", "dev"],
        ]
        .map(|args| context.skeg(args).success().stdout)
    };
    let before = plans();
    assert!(before[0].contains("\"VERSION\": \"1.10\""), "{}", before[0]);
    assert!(before[1].contains("\"VERSION\": \"dev\""), "{}", before[1]);
    context.skeg(&["fix", "--overwrite"]).success();
    assert_eq!(plans(), before);
}

const OLD: &str = "# kept\napiVersion: skaffold/v3\nkind: Config\n";
const NEW: &str = "# kept\napiVersion: skaffold/v4beta14\nkind: Config\n";

fn names(context: &TestContext) -> Vec<String> {
    let entries = fs_err::read_dir(context.project()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn text(context: &TestContext, file: &str) -> String {
    fs_err::read_to_string(context.project().join(file)).unwrap()
}

#[test]
fn overwriting_keeps_a_backup_and_the_mode() {
    let context = TestContext::new();
    context.write("skaffold.yml", OLD);
    let file = context.project().join("skaffold.yml");
    fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    // The name that is not there stands for the one that is.
    let output = context.skeg(&["fix", "--overwrite", "-f", "skaffold.yaml"]).success();
    assert_eq!(
        output.stdout,
        format!(
            "Backed up previous skaffold.yaml at  skaffold.yml.v2\n\
             New config at version {LATEST} generated and written to skaffold.yml\n"
        )
    );
    assert_eq!((text(&context, "skaffold.yml"), text(&context, "skaffold.yml.v2")), (NEW.into(), OLD.into()));
    for name in ["skaffold.yml", "skaffold.yml.v2"] {
        let mode = fs_err::metadata(context.project().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{name}");
    }
    // Nothing to do: the backup is still the old one.
    let again = context.skeg(&["fix", "--overwrite"]).success();
    assert_eq!(again.stdout, format!("config is already version {LATEST}\n"));
    assert_eq!(text(&context, "skaffold.yml.v2"), OLD);
    assert_eq!(names(&context), ["skaffold.yml", "skaffold.yml.v2"]);
}

#[test]
fn the_new_text_goes_where_it_is_wanted() {
    let context = TestContext::new();
    context.write("sub/skaffold.yaml", OLD).write("other.yaml", "old");
    assert_eq!(context.skeg(&["fix", "-f", "sub"]).success().stdout, NEW);
    let piped = context.run_with_input(skeg(), &["fix", "-f", "-"], OLD).success();
    assert_eq!(piped.stdout, NEW);
    for target in ["new.yaml", "other.yaml"] {
        let output = context.skeg(&["fix", "-f", "sub/skaffold.yaml", "-o", target]).success();
        assert_eq!(
            output.stdout,
            format!("New config at version {LATEST} generated and written to {target}\n")
        );
        assert_eq!(text(&context, target), NEW);
    }
    assert_eq!(text(&context, "sub/skaffold.yaml"), OLD);
    let older = context.skeg(&["fix", "-f", "sub", "--version", "v4beta2"]).success();
    assert_eq!(older.stdout, NEW.replace("v4beta14", "v4beta2"));
    // What is no file is written to.
    let printed = context.skeg(&["fix", "-f", "sub", "-o", "/dev/stdout"]).success();
    assert!(printed.stdout.starts_with(NEW), "{printed}");
}

#[test]
fn arguments_that_do_not_go_together_write_nothing() {
    let context = TestContext::new();
    context.write("skaffold.yaml", OLD);
    for (args, message) in [
        (&["--overwrite", "-o", "new.yaml"][..], "--overwrite and --output/-o cannot be used together"),
        (&["--overwrite", "-f", "-"], "standard input cannot be overwritten"),
        (&["--version", "skaffold/v4beta41"], "there is no version skaffold/v4beta41"),
        (&["-p", "x"], "unexpected argument '-p'"),
        (&["skaffold.yaml"], "unexpected argument 'skaffold.yaml'"),
    ] {
        context.skeg(&[&["fix"], args].concat()).fails(127).says(message);
    }
    context.skeg(&["fix", "--version", "skaffold/v2beta9"]).fails(2).says("which is older");
    context.skeg(&["fix", "-f", "missing.yaml"]).fails(3).says("missing.yaml does not exist");
    assert_eq!(names(&context), ["skaffold.yaml"]);
    assert_eq!(text(&context, "skaffold.yaml"), OLD);
}

#[test]
fn what_cannot_be_written_leaves_everything_as_it_was() {
    let context = TestContext::new();
    context.write("skaffold.yaml", OLD);
    context.skeg(&["fix", "-o", "no/new.yaml"]).fails(3).says("no/new.yaml cannot be written");
    context.skeg(&["fix", "-o", "."]).fails(3).says(". cannot be written");
    // A folder where the backup should be.
    context.write("skaffold.yaml.v2/file", "");
    context.skeg(&["fix", "--overwrite"]).fails(3).says("skaffold.yaml.v2 cannot be written");
    assert_eq!(text(&context, "skaffold.yaml"), OLD);
    assert_eq!(names(&context), ["skaffold.yaml", "skaffold.yaml.v2"]);
}

#[test]
fn a_file_that_is_wrong_is_not_written() {
    let context = TestContext::new();
    for (config, message) in [
        ("build: {artefacts: []}", "skaffold.yaml:3:9: unknown key `artefacts`"),
        ("build:\n\tartifacts: []", "a tab where YAML wants spaces"),
        ("build: {artifacts: [{image: a}, {image: a}]}", "two artifacts build the image a"),
    ] {
        let old = format!("apiVersion: skaffold/v2beta29\nkind: Config\n{config}\n");
        context.write("skaffold.yaml", &old);
        let output = context.skeg(&["fix", "--overwrite"]).fails(2);
        let title = message.rsplit(": ").next().unwrap();
        assert!(output.stderr.contains(title), "{output}");
        assert_eq!(output.stdout, "");
        assert_eq!(text(&context, "skaffold.yaml"), old);
    }
    // Of older versions only the schema is known: a file that cannot be loaded may get one step further.
    let old = "apiVersion: skaffold/v2beta1\nkind: Config\nbuild: {artifacts: [{image: a}, {image: a}]}\n";
    context.write("skaffold.yaml", old);
    context.skeg(&["fix", "--version", "v2beta2"]).success();
    assert_eq!(names(&context), ["skaffold.yaml"]);
}

#[test]
fn what_is_left_out_is_said_with_its_place() {
    let context = TestContext::new();
    context.write(
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta10\nkind: Config\nbuild:\n  cluster: {}\n  artifacts:\n  - image: a\n    kaniko:\n      wrong: 1 # why\n      skipTLS: true\n",
    );
    let output = context.skeg(&["fix"]).success();
    assert!(output.stderr.contains("skaffold.yaml:8:7: "), "{output}");
    assert!(output.stderr.contains("kaniko.wrong"), "{output}");
    assert!(output.stdout.contains("    kaniko:\n      # why\n      skipTLS: true\n"), "{output}");
}

#[test]
fn images_that_other_files_build_may_be_required() {
    let context = TestContext::new();
    let artifact = "build:\n  artifacts:\n  - image: shop\n    requires:\n    - {image: base, alias: BASE}\n";
    let elsewhere = format!(
        "apiVersion: skaffold/v2beta29\nkind: Config\nmetadata: {{name: shop}}\nrequires:\n- path: ../base\n{artifact}"
    );
    context.write("skaffold.yaml", &elsewhere);
    let output = context.skeg(&["fix"]).success();
    assert_eq!(output.stdout, elsewhere.replace("v2beta29", "v4beta14"));
    // Nothing but this file could build it.
    context.write("skaffold.yaml", format!("apiVersion: skaffold/v2beta29\nkind: Config\n{artifact}"));
    let output = context.skeg(&["fix"]).fails(2);
    assert!(output.stderr.contains("shop requires base, which no artifact builds"), "{}", output.stderr);
}
