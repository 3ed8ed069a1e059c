//! v1beta13 to v1beta14: one `jib` for Maven and Gradle.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, filled, given, list, place, says_something, text};
use crate::yaml::{Data, Node};

pub(super) fn artifact(artifact: &mut Node, scene: &mut Scene<'_>) {
    let maven = given(artifact, "jibMaven").is_some();
    if !maven {
        artifact.remove("jibMaven");
    }
    if maven && given(artifact, "jibGradle").is_some() {
        if given(artifact, "jibGradle").is_some_and(says_something) {
            let why = "an artifact is built by one of the two, and `jibMaven` is there too";
            scene.warnings.push(dropped("jibGradle", why, place(artifact, "jibGradle")));
        }
        artifact.remove("jibGradle");
    }
    for (name, kind) in [("jibMaven", "maven"), ("jibGradle", "gradle")] {
        let Some(section) = artifact.get(name) else { continue };
        let span = match artifact.entry(name) {
            Some((key, _)) => key.span.clone(),
            None => section.span.clone(),
        };
        if section.is_null() {
            artifact.remove(name);
            continue;
        }
        artifact.rename(name, "jib");
        let Some(jib) = artifact.get_mut("jib").filter(|jib| matches!(jib.data, Data::Map(_))) else {
            continue;
        };
        jib.rename("module", "project");
        profile(jib);
        jib.set(text("type", &span), text(kind, &span));
    }
}

/// `profile: p` becomes two more `args`: `--activate-profiles p`.
fn profile(jib: &mut Node) {
    let Some(profile) = filled(jib.get("profile")).cloned() else {
        jib.remove("profile");
        return;
    };
    let span = profile.span.clone();
    let mut added = vec![text("--activate-profiles", &span), profile];
    if given(jib, "args").is_some() {
        jib.remove("profile");
        if let Some(Data::Seq(args)) = jib.get_mut("args").map(|args| &mut args.data) {
            args.append(&mut added);
        }
    } else {
        jib.remove("args");
        jib.rename("profile", "args");
        if let Some(args) = jib.get_mut("args") {
            *args = list(added, &span);
        }
    }
}
