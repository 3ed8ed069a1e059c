use super::*;
use crate::settings::{Origin, Sourced};

fn env(line: &[&str], vars: &[(&str, &str)]) -> Environment {
    Environment {
        args: ["skeg"].iter().chain(line).map(std::ffi::OsString::from).collect(),
        vars: vars.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect(),
        ..Environment::default()
    }
}

fn run(line: &[&str], vars: &[(&str, &str)]) -> Parsed {
    match parse(&env(line, vars)) {
        Ok(Request::Run(parsed)) => *parsed,
        other => panic!("{line:?}: {other:?}"),
    }
}

fn build(line: &[&str], vars: &[(&str, &str)]) -> (BuildArgs, Origins) {
    let line: Vec<_> = ["build"].iter().chain(line).copied().collect();
    let Parsed { args, origins } = run(&line, vars);
    match args.verb {
        Verb::Build(args) => (*args, origins),
        other => panic!("{other:?}"),
    }
}

fn fails(line: &[&str], vars: &[(&str, &str)]) -> Box<Report> {
    parse(&env(line, vars)).unwrap_err()
}

#[test]
fn the_command_is_sound() {
    command().debug_assert();
}

#[test]
fn booleans_are_gos() {
    for (word, expected) in
        [("--push", true), ("--push=true", true), ("--push=0", false), ("--push=F", false)]
    {
        assert_eq!(build(&[word], &[]).0.definition.push, Some(expected), "{word}");
    }
    let (args, _) = build(&[], &[]);
    assert_eq!((args.definition.push, args.quiet, args.target.detect_minikube), (None, false, true));
    assert!(build(&["-q"], &[]).0.quiet);
    assert!(!build(&["-q=false"], &[]).0.quiet);
    let (args, _) = build(&["-qd", "repo", "--detect-minikube=false"], &[]);
    assert_eq!(
        (args.quiet, args.target.default_repo.as_deref(), args.target.detect_minikube),
        (true, Some("repo"), false)
    );
    assert_eq!(fails(&["build", "--push=maybe"], &[]).kind.exit_code(), 127);
    assert_eq!(fails(&["build", "--push", "true"], &[]).kind.exit_code(), 127);
}

#[test]
fn lists_take_commas_and_repetition() {
    let (args, origins) =
        build(&["-p", "a,-b", "--profile=c", "-m=x", "--platform", "linux/amd64,linux/arm64"], &[]);
    assert_eq!(args.project.selection.profile, ["a", "-b", "c"]);
    assert_eq!(args.project.selection.module, ["x"]);
    assert_eq!(args.flags(&origins).platforms.unwrap().value, ["linux/amd64", "linux/arm64"]);
    assert_eq!(build(&["-p", "-b"], &[]).0.project.selection.profile, ["-b"]);
    let (args, _) =
        build(&["-t", "a", "--cache-flags=x", "-t", "b", "--cache-flags", "y", "--push", "--push=0"], &[]);
    assert_eq!((args.definition.tag.as_deref(), args.definition.push), (Some("b"), Some(false)));
    assert_eq!(args.cache_flags.unwrap(), ["x", "y"]);
    let (args, origins) = build(&["--cache-flags=", "--platform="], &[]);
    let flags = args.flags(&origins);
    assert_eq!(flags.cache_flags.unwrap().value, Vec::<String>::new());
    assert_eq!(flags.platforms, None);
    let all = build(&["--platform", "all,windows(10.0)/amd64,arm64"], &[]);
    assert_eq!(all.0.flags(&all.1).platforms.unwrap().value.len(), 3);
    let wrong = fails(&["build", "--platform=linux/amd46"], &[]);
    assert_eq!((wrong.kind.exit_code(), wrong.title.contains("is not a platform")), (127, true), "{wrong:?}");
}

#[test]
fn profiles_and_remote_configs_have_flags_and_variables() {
    let (args, _) = build(&[], &[]);
    assert!(args.project.profile_auto_activation && args.project.selection.propagate_profiles);
    assert_eq!((args.project.sync_remote_cache, args.project.remote_cache_dir), (None, None));
    let vars = [
        ("SKAFFOLD_PROFILE_AUTO_ACTIVATION", "false"),
        ("SKEG_SYNC_REMOTE_CACHE", "missing"),
        ("SKAFFOLD_REMOTE_CACHE_DIR", "/r"),
        ("SKAFFOLD_MODULE", "a,b"),
    ];
    let (args, _) = build(&["--sync-remote-cache=never"], &vars);
    assert!(!args.project.profile_auto_activation);
    assert_eq!(args.project.sync_remote_cache, Some(SyncRemoteCache::Never));
    assert_eq!(build(&[], &vars).0.project.sync_remote_cache, Some(SyncRemoteCache::Missing));
    assert_eq!(
        (args.project.remote_cache_dir.as_deref(), args.project.selection.module.len()),
        (Some("/r"), 2)
    );
    assert_eq!(fails(&["build", "--sync-remote-cache=often"], &[]).kind.exit_code(), 127);
}

#[test]
fn an_empty_default_repo_cancels_and_an_empty_context_says_nothing() {
    for line in [&["-d", ""][..], &["--default-repo="], &["-d="]] {
        let (args, origins) = build(line, &[]);
        assert_eq!(args.flags(&origins).default_repo.unwrap().value, "", "{line:?}");
    }
    let (args, origins) = build(&["--kube-context="], &[]);
    assert_eq!(args.flags(&origins).kube_context, None);
    assert_eq!(args.flags(&origins).default_repo, None);
}

#[test]
fn numbers_may_be_negative_and_dash_is_a_file() {
    assert_eq!(build(&["--build-concurrency=-1"], &[]).0.build_concurrency, Some(-1));
    assert_eq!(build(&["--build-concurrency", "-1"], &[]).0.build_concurrency, Some(-1));
    assert_eq!(build(&["-f", "-"], &[]).0.project.filename.as_deref(), Some("-"));
}

#[test]
fn flags_win_over_skeg_variables_and_those_over_skaffolds() {
    let vars = [
        ("SKEG_BUILDER", "ours"),
        ("SKAFFOLD_BUILDER", "theirs"),
        ("SKAFFOLD_DEFAULT_REPO", ""),
        ("SKAFFOLD_PLATFORM", "linux/amd64,linux/arm64"),
        ("SKAFFOLD_PUSH", "true"),
        ("SKAFFOLD_TAG", ""),
        ("SKAFFOLD_PROFILE", "a,-b"),
        ("SKEG_CONFIG", "/x"),
        ("SKEG_VERBOSITY", "debug"),
    ];
    let (args, origins) = build(&["--push=false"], &vars);
    assert_eq!(args.definition.builder.as_deref(), Some("ours"));
    assert_eq!(origins.of("builder"), Origin::Env("SKEG_BUILDER".into()));
    assert_eq!(args.target.default_repo.as_deref(), Some(""));
    assert_eq!(args.definition.platform, ["linux/amd64", "linux/arm64"]);
    assert_eq!(args.project.selection.profile, ["a", "-b"]);
    assert_eq!((args.definition.push, origins.of("push")), (Some(false), Origin::Flag("--push".into())));
    assert_eq!((args.definition.tag, origins.of("tag")), (None, Origin::Default));
    assert_eq!(args.target.config, None);
    assert_eq!(run(&["build"], &vars).args.global.verbosity, Verbosity::Debug);
    let (args, origins) = build(&["--builder", "flag"], &vars);
    assert_eq!(
        (args.definition.builder.as_deref(), origins.of("builder")),
        (Some("flag"), Origin::Flag("--builder".into()))
    );
    assert_eq!(run(&["build", "-v", "info"], &vars).args.global.verbosity, Verbosity::Info);
    assert_eq!(run(&["-v", "info", "build"], &vars).args.global.verbosity, Verbosity::Info);
}

#[test]
fn variables_of_skaffold_env_say_so() {
    let mut env = env(&["build"], &[("SKAFFOLD_BUILDER", "b")]);
    env.from_env_file.insert("SKAFFOLD_BUILDER".into());
    let Ok(Request::Run(parsed)) = parse(&env) else { panic!() };
    assert_eq!(parsed.origins.of("builder"), Origin::EnvFile("SKAFFOLD_BUILDER".into()));
}

#[test]
fn only_the_verb_that_runs_takes_variables() {
    let vars = [("SKAFFOLD_OUTPUT", "{{.X}}"), ("SKAFFOLD_GLOBAL", "true"), ("SKAFFOLD_KUBE_CONTEXT", "c")];
    assert_eq!(build(&[], &vars).0.output, "{{.X}}");
    let Verb::Config(config) = run(&["config", "set", "default-repo", "x"], &vars).args.verb else {
        panic!()
    };
    let ConfigVerb::Set(set) = config.verb else { panic!() };
    assert_eq!((set.target.global, set.target.kube_context), (false, None));
}

#[test]
fn a_bad_variable_is_named_but_not_blamed_for_the_command_line() {
    for (vars, flag) in [
        ([("SKEG_PUSH", "maybe")], "--push"),
        ([("SKAFFOLD_BUILD_CONCURRENCY", "many")], "--build-concurrency"),
        ([("SKAFFOLD_VERBOSITY", "loud")], "--verbosity"),
    ] {
        let report = fails(&["build"], &vars);
        assert!(report.title.contains(vars[0].0), "{report}");
        assert!(report.title.contains(flag), "{report}");
        assert_eq!(report.kind, Kind::Usage);
    }
    let report = fails(&["build", "--push=what"], &[("SKEG_PUSH", "maybe")]);
    assert!(!report.title.contains("SKEG_PUSH") && report.title.contains("what"), "{report}");
    assert!(build(&["--push"], &[("SKEG_PUSH", "maybe")]).0.definition.push.unwrap());
}

#[test]
fn typos_get_the_nearest_flag_and_verb() {
    let report = fails(&["build", "--biulder", "x"], &[]);
    assert!(report.title.contains("--biulder"), "{report}");
    assert!(report.hints.iter().any(|hint| hint.contains("--builder")), "{report:?}");
    let report = fails(&["biuld"], &[]);
    assert!(report.hints.iter().any(|hint| hint.contains("build")), "{report:?}");
    assert_eq!(fails(&["config", "set", "x"], &[]).kind.exit_code(), 127);
}

#[test]
fn commands_of_skaffold_that_are_not_there_are_no_typos() {
    let report = fails(&["init"], &[]);
    assert_eq!((report.title.as_str(), report.kind), ("`skeg init` is not there yet", Kind::Usage));
    assert_eq!(report.hints, ["use `skaffold init`"]);
    assert_eq!(fails(&["run", "--tail"], &[]).hints, ["use `skeg build -q | skaffold deploy -a -`"]);
    assert!(fails(&["config", "delete", "x"], &[]).title.starts_with("unrecognized subcommand"));
}

#[test]
fn help_is_a_command_too() {
    for line in [&["help"][..], &["help", "build"], &["help", "inspect", "modules", "list"]] {
        let Ok(Request::Show(text)) = parse(&env(line, &[])) else { panic!("{line:?}") };
        assert!(text.contains("Usage: skeg"), "{text}");
    }
    assert_eq!(fails(&["config", "help"], &[]).kind, Kind::Usage);
}

#[test]
fn help_and_version_are_answers() {
    for line in [&[][..], &["--help"], &["build", "-h"], &["config"], &["config", "set", "--help"]] {
        let Ok(Request::Show(text)) = parse(&env(line, &[])) else { panic!("{line:?}") };
        assert!(text.contains("Usage:"), "{text}");
    }
    let Ok(Request::Show(text)) = parse(&env(&["--version"], &[])) else { panic!() };
    assert_eq!(text, format!("skeg v{}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_arguments_identity_is_its_long_name() {
    for verb in command().get_subcommands().chain([&command()]) {
        for arg in verb.get_arguments().filter(|arg| arg.get_long().is_some()) {
            assert_eq!(Some(arg.get_id().as_str().replace('_', "-").as_str()), arg.get_long());
        }
    }
}

#[test]
fn flags_without_effect_are_known() {
    let line = ["build", "--cache-artifacts=false", "-n", "ns", "--rpc-port=50051", "--toot"];
    let origins = run(&line, &[("SKAFFOLD_SKIP_TESTS", "true")]).origins;
    let idle: Vec<_> = origins.without_effect().map(|(flag, origin)| format!("{flag}: {origin}")).collect();
    assert_eq!(
        idle,
        [
            "namespace: flag --namespace",
            "rpc-port: flag --rpc-port",
            "skip-tests: environment SKAFFOLD_SKIP_TESTS",
            "toot: flag --toot",
        ]
    );
}

#[test]
fn test_takes_images_and_shares_flags_with_build() {
    let line =
        ["test", "-a", "-", "-i", "a:1,b=c:2", "--images=d", "-t", "v", "-p", "x", "-d", "r", "-c", "f"];
    let Parsed { args, origins } = run(&line, &[("SKAFFOLD_KUBE_CONTEXT", "kind-a")]);
    let Verb::Test(args) = args.verb else { panic!() };
    assert_eq!(args.build_artifacts.as_deref(), Some("-"));
    assert_eq!(args.images, ["a:1", "b=c:2", "d"]);
    assert_eq!(
        (args.tag.as_deref(), args.project.selection.profile.as_slice()),
        (Some("v"), &["x".to_owned()][..])
    );
    let flags = args.flags(&origins);
    assert_eq!(flags.default_repo.unwrap(), Sourced::new("r".into(), Origin::Flag("--default-repo".into())));
    assert_eq!(flags.config.unwrap().value, "f");
    assert_eq!(flags.kube_context.unwrap().origin, Origin::Env("SKAFFOLD_KUBE_CONTEXT".into()));
}
