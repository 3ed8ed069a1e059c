//! Reads the layer table of `docs/architecture.md` and fails on an import that goes up.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Layers {
    level: BTreeMap<String, u32>,
    sideways: Vec<(String, String)>,
}

fn read_table(text: &str) -> Layers {
    let mut layers = Layers { level: BTreeMap::new(), sideways: vec![] };
    let rows = text
        .lines()
        .skip_while(|l| !l.starts_with("| layer | rooms"))
        .skip(2)
        .take_while(|l| l.starts_with('|'));
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let level = cells[0].split_whitespace().next().unwrap().parse().unwrap();
        for room in cells[1].split(',').map(str::trim) {
            layers.level.insert(room.to_owned(), level);
        }
        for pair in cells[2].split([';', ',']).map(str::trim).filter(|c| !c.is_empty()) {
            let (from, to) = pair.split_once('→').expect("a sideways cell is `from → to`");
            layers.sideways.push((from.trim().to_owned(), to.trim().to_owned()));
        }
    }
    layers
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every `crate::room` in code (comment lines left out, braces after `crate::` included).
fn rooms_used(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    let code: String =
        text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for part in code.split("crate::").skip(1) {
        let names: String = if let Some(list) = part.strip_prefix('{') {
            list.split('}').next().unwrap_or_default().to_owned()
        } else {
            part.to_owned()
        };
        let braces = part.starts_with('{');
        for item in names.split(',') {
            let name: String =
                item.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            rooms.push(name);
            if !braces {
                break;
            }
        }
    }
    rooms
}

#[test]
fn no_import_goes_up() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let layers = read_table(&fs_err::read_to_string(root.join("docs/architecture.md")).unwrap());
    assert!(layers.level.len() > 10, "the table was not found");
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(root.join("src")).unwrap();
        let room = relative.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let Some(&level) = layers.level.get(&room) else {
            wrong.push(format!("src/{room} is not in the table"));
            continue;
        };
        for used in rooms_used(&fs_err::read_to_string(&file).unwrap()) {
            let Some(&other) = layers.level.get(&used) else { continue };
            let allowed = used == room
                || other < level
                || layers.sideways.iter().any(|(from, to)| *from == room && *to == used);
            if !allowed {
                wrong.push(format!("{} uses {used}, which is not below {room}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_each_form() {
    let text = "use crate::event::Bus;\nuse crate::{ui, config::model};\n// crate::build\nfn f() { crate::git::x() }";
    assert_eq!(rooms_used(text), ["event", "ui", "config", "git"]);
}
