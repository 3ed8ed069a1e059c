use super::*;
use crate::event::Bus;
use crate::state::Database;

/// The key of the build arguments alone.
fn key(text: &str, args: &[(&str, &str)]) -> String {
    let database = Database::open(Path::new("/nowhere/state.db"), &Bus::default());
    let surroundings = Surroundings {
        scanner: &Scanner::new(&database),
        environment: &Environment::default(),
        base: &|_| None,
        onbuild: &|_, _| None,
        salt: None,
    };
    let own = Own { aliases: ["BASE".to_owned()].into(), ..Own::default() };
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut ingredients = Ingredients::default();
    arguments(&mut ingredients, &Target { args, ..Target::default() }, &own, text, &surroundings);
    ingredients.key()
}

/// What a required image is counts by its key.
#[test]
fn the_tag_of_a_required_image_counts_only_where_a_stage_can_read_it() {
    let from = "ARG BASE\nFROM $BASE\nARG LEVEL\nRUN make\n";
    let read = "ARG BASE\nFROM $BASE\nARG BASE\nRUN echo $BASE\n";
    let (one, two) = ([("BASE", "base:1"), ("LEVEL", "9")], [("BASE", "base:2"), ("LEVEL", "9")]);
    assert_eq!(key(from, &one), key(from, &two));
    assert_ne!(key(read, &one), key(read, &two));
    assert_ne!(key(from, &one), key(from, &[("BASE", "base:1"), ("LEVEL", "8")]));
}
