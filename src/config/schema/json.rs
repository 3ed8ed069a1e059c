//! JSON schemas (draft-07) of the project file, for editors. The definitions bear the names that Skaffold's have.
//!
//! They accept what the loader accepts, so texts may be numbers and everything may be left empty. What goes beyond
//! JSON schemas (images that are built twice, circles, templates) only the loader finds.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::table::{Field, Kind, MAY_BE_EMPTY, OVERLAY, ROOT, Type};
use super::version::Version;

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema of documents of one version, without what only `skeg` knows.
pub fn schema(version: Version) -> Value {
    Schema { version, ours: false }.whole(
        format!("A project file of {version}"),
        format!("Documents whose `apiVersion` is `{version}`."),
    )
}

/// The schema of documents of the latest version, with what only `skeg` knows.
pub fn project_file() -> Value {
    let version = Version::LATEST;
    Schema { version, ours: true }.whole(
        "A project file of skeg".to_owned(),
        format!(
            "Documents whose `apiVersion` is `{version}`, with what `skeg` knows beyond Skaffold's schema. Older \
             documents are read too: `skeg fix` writes them in this version, and `skeg schema get VERSION` prints \
             their schema."
        ),
    )
}

struct Schema {
    version: Version,
    /// With what only `skeg` knows.
    ours: bool,
}

impl Schema {
    fn whole(&self, title: String, description: String) -> Value {
        let mut types = BTreeMap::new();
        self.collect(ROOT, false, &mut types);
        if self.ours {
            self.collect(OVERLAY, false, &mut types);
        }
        let definitions: Map<String, Value> = types
            .into_iter()
            .map(|(name, (of, lenient))| (name.to_owned(), self.definition(of, lenient)))
            .collect();
        // An empty document is skipped.
        let mut documents = vec![reference(ROOT), nothing()];
        if self.ours {
            // Editors propose what stands in `enum`.
            let known: Vec<String> = Version::all().rev().map(|version| version.to_string()).collect();
            let version = json!({ "enum": known, "not": { "const": self.version.to_string() } });
            documents.push(json!({ "required": ["apiVersion"], "properties": { "apiVersion": version } }));
        }
        json!({
            "$schema": DRAFT,
            "title": title,
            "description": description,
            "type": ["object", "null"],
            "anyOf": documents,
            "definitions": definitions,
        })
    }

    /// A type and all types below it, each with whether unknown keys are skipped there.
    fn collect(
        &self,
        of: &'static Type,
        lenient: bool,
        types: &mut BTreeMap<&'static str, (&'static Type, bool)>,
    ) {
        let lenient = lenient || of.is_lenient(self.version);
        if types.insert(of.name, (of, lenient)).is_none() {
            for below in self.fields(of).filter_map(Field::type_below) {
                self.collect(below, lenient, types);
            }
        }
    }

    fn fields(&self, of: &'static Type) -> impl Iterator<Item = &'static Field> {
        of.fields_in(self.version).filter(|field| self.ours || !field.ours)
    }

    fn definition(&self, of: &'static Type, lenient: bool) -> Value {
        let mut properties: Map<String, Value> =
            self.fields(of).map(|field| (field.key.to_owned(), property(field))).collect();
        let mut definition = json!({ "type": "object", "description": of.doc });
        let required: Vec<_> =
            self.fields(of).filter(|field| field.required).map(|field| field.key).collect();
        if !required.is_empty() {
            definition["required"] = required.into();
        }
        if of.name == ROOT.name {
            properties["apiVersion"]["const"] = self.version.to_string().into();
            if self.ours {
                let doc = "What `skeg` is told beyond Skaffold's schema.";
                properties.insert(
                    ".skeg".to_owned(),
                    json!({ "description": doc, "anyOf": [reference(OVERLAY), nothing()] }),
                );
            }
            // Keys that begin with a dot are for anchors and other tools.
            definition["patternProperties"] = json!({ "^\\.": true });
        }
        definition["properties"] = properties.into();
        if !lenient {
            definition["additionalProperties"] = false.into();
        }
        let group: Vec<_> = self.fields(of).filter(|field| field.one_of).map(|field| field.key).collect();
        if group.len() > 1 {
            // Editors take a key's description from these if all of them hold; the last one never does.
            let never = json!({ "not": {} });
            definition["anyOf"] =
                group.iter().map(|key| without_others(key, &group)).chain([never]).collect();
        }
        definition
    }
}

/// All of the group but `key` are absent.
fn without_others(key: &str, group: &[&str]) -> Value {
    let others: Map<String, Value> =
        group.iter().filter(|other| **other != key).map(|other| ((*other).to_owned(), nothing())).collect();
    json!({ "properties": others })
}

fn property(field: &Field) -> Value {
    let mut property = value(field.kind, field.required);
    if field.required && !MAY_BE_EMPTY.contains(&field.key) {
        // An empty one counts as none.
        let kinds = property["type"].as_array().cloned().unwrap_or_default();
        for (kind, least) in [("string", "minLength"), ("array", "minItems")] {
            if kinds.iter().any(|known| known == kind) {
                property[least] = 1.into();
            }
        }
    }
    property["description"] = field.doc.into();
    if !field.default.is_empty() {
        property["default"] = match field.kind {
            Kind::Text | Kind::Words(_) => field.default.into(),
            _ => serde_json::from_str(field.default).unwrap_or_else(|_| field.default.into()),
        };
    }
    property
}

/// What a value of a kind looks like; one that is required may not be left empty.
fn value(kind: Kind, required: bool) -> Value {
    let types = |names: &[&str]| {
        let null = (!required).then_some("null");
        json!({ "type": names.iter().copied().chain(null).collect::<Vec<_>>() })
    };
    match kind {
        Kind::Text => types(TEXT),
        Kind::Words(words) => {
            // The words are for editors to propose; case makes no difference.
            let others = with(types(&["string"]), "pattern", any_case(words).into());
            json!({ "anyOf": [{ "enum": words }, others] })
        }
        Kind::Whole => types(&["integer"]),
        // Patterns are for strings only: the booleans of YAML 1.1.
        Kind::Bool => with(types(&["boolean", "string"]), "pattern", BOOLEANS.into()),
        Kind::Port => types(&["integer", "string"]),
        Kind::Any => json!({}),
        Kind::Texts => with(types(&["array"]), "items", value(Kind::Text, true)),
        Kind::TextMap => with(types(&["object"]), "additionalProperties", value(Kind::Text, false)),
        Kind::Values => types(&["object"]),
        Kind::Objects => with(types(&["array"]), "items", json!({ "type": "object" })),
        Kind::Pairs => with(
            with(types(&["array", "object"]), "items", value(Kind::Text, true)),
            "additionalProperties",
            value(Kind::Text, false),
        ),
        Kind::One(below) if required => json!({ "anyOf": [reference(below)] }),
        Kind::One(below) => json!({ "anyOf": [reference(below), nothing()] }),
        Kind::Many(below) => with(types(&["array"]), "items", reference(below)),
    }
}

/// A pattern of these words in whatever case; JSON schemas have no flag for that.
fn any_case(words: &[&str]) -> String {
    let letter = |c: char| match c {
        'a'..='z' | 'A'..='Z' => format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase()),
        _ => c.to_string(),
    };
    let words: Vec<String> = words.iter().map(|word| word.chars().map(letter).collect()).collect();
    format!("^({})$", words.join("|"))
}

/// The types of a scalar that may stand where text is wanted.
const TEXT: &[&str] = &["string", "number", "boolean"];

const BOOLEANS: &str = "^([yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF)$";

fn nothing() -> Value {
    json!({ "type": "null" })
}

fn reference(of: &Type) -> Value {
    json!({ "$ref": format!("#/definitions/{}", of.name) })
}

fn with(mut schema: Value, key: &str, value: Value) -> Value {
    schema[key] = value;
    schema
}
