//! What the analysis of a Dockerfile leaves out must not matter: random Dockerfiles, ignore files and trees are built by
//! the real BuildKit, edited where the key stays the same, and built again. Another image is a miss.
//!
//! `SKEG_PROPERTY_CASES` sets how many cases are compared, `SKEG_PROPERTY_SEED` which ones, and `SKEG_PROPERTY_ONLY`
//! repeats one of them by its number.

mod case;
mod dice;
mod grammar;
mod shrink;
mod tree;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use self::case::{Builder, Image, Key};
use self::dice::Dice;
use self::tree::Edit;
use crate::support::{TestContext, engines, variable};

/// Compared where nothing else is asked for. Takes about half a minute.
const CASES: usize = 100;
/// Builds at the same time.
const WORKERS: usize = 4;
/// Edits that are tried on one tree, and those that are kept because the key stays the same.
const EDITS: (usize, usize) = (16, 4);
/// One case of so many is also built with an edit that changes the key.
const NARROW: usize = 3;

/// What came of all cases.
#[derive(Debug, Default)]
struct Tally {
    /// Made, whatever came of them.
    made: usize,
    /// Built, edited without another key, and built again.
    compared: usize,
    /// Of these, those that read something.
    reading: usize,
    /// Edits in all compared cases.
    edits: usize,
    /// BuildKit refused the first build, by reason.
    refused: BTreeMap<String, usize>,
    /// No edit kept the key.
    all_read: usize,
    /// The whole context counts.
    wide: usize,
    /// Edits that changed the key and were built; and of these, those that made the same image.
    keyed: usize,
    keyed_same: usize,
    misses: Vec<String>,
}

#[test]
fn an_edit_that_does_not_change_the_key_does_not_change_the_image() {
    let engines = engines!();
    let context = TestContext::with(&engines);
    let number = |name: &str| variable(name).map(|value| value.parse::<usize>().expect(name));
    let seed = number("SKEG_PROPERTY_SEED").unwrap_or_else(|| {
        usize::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
    });
    let wanted = number("SKEG_PROPERTY_CASES").unwrap_or(CASES);
    let only = number("SKEG_PROPERTY_ONLY");
    let builder = Builder::new(&context, &engines.buildkit);
    let busybox = format!("{}/library/busybox", engines.registry);

    let start = Instant::now();
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(only.unwrap_or(0));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let done = {
                        let tally = tally.lock().unwrap();
                        only.map_or(tally.compared >= wanted, |only| number > only) || tally.misses.len() >= 5
                    };
                    if done {
                        break;
                    }
                    play(&builder, &busybox, seed as u64, number, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let refused: usize = tally.refused.values().sum();
    eprintln!(
        "seed {seed}: {} cases compared ({} that read files) after {} edits that keep the key, {} misses, in {:.0?}\n\
         of {} made, BuildKit refused {refused}, {} read everything, {} count the whole context\n\
         of {} edits that change the key, {} make the same image",
        tally.compared,
        tally.reading,
        tally.edits,
        tally.misses.len(),
        start.elapsed(),
        tally.made,
        tally.all_read,
        tally.wide,
        tally.keyed,
        tally.keyed_same,
    );
    if variable("SKEG_PROPERTY_REFUSED").is_some() {
        let mut refused: Vec<_> = tally.refused.iter().collect();
        refused.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        refused.iter().take(40).for_each(|(reason, count)| eprintln!("{count:5} {reason}"));
    }
    assert!(tally.misses.is_empty(), "SKEG_PROPERTY_SEED={seed}\n{}", tally.misses.join("\n"));
}

/// Makes one case and tries it.
fn play(builder: &Builder<'_>, busybox: &str, seed: u64, number: usize, tally: &Mutex<Tally>) {
    let mut dice = Dice::new(seed, number);
    let case = grammar::case(&mut dice, busybox);
    let miss = |what: &str, case: &case::Case, edits: &[Edit]| {
        let miss = format!("SKEG_PROPERTY_ONLY={number}: {what}\n{}", case.row(edits));
        tally.lock().unwrap().misses.push(miss);
    };
    tally.lock().unwrap().made += 1;

    let key = builder.key(&case);
    let before = builder.build(&case);
    if let Image::Refused(reason) = &before {
        *tally.lock().unwrap().refused.entry(reason.clone()).or_default() += 1;
        return;
    }
    let Key::Known(_, read, wide) = &key else {
        miss(&format!("BuildKit builds it, but not skeg: {key:?}"), &case, &[]);
        return;
    };
    tally.lock().unwrap().wide += usize::from(*wide);

    let mut edited = case.clone();
    let mut edits = vec![];
    let mut keyed = None;
    for _ in 0..EDITS.0 {
        let edit = edited.tree.edit(&mut dice);
        let mut tree = edited.tree.clone();
        tree.apply(&edit);
        if tree == edited.tree || edits.len() == EDITS.1 {
            continue;
        }
        let next = edited.with(tree);
        if builder.key(&next) == key {
            edits.push(edit);
            edited = next;
        } else if edits.is_empty() && keyed.is_none() {
            keyed = Some(next);
        }
    }
    if let Some(keyed) = keyed.filter(|_| number.is_multiple_of(NARROW)) {
        let same = builder.build(&keyed) == before;
        let mut tally = tally.lock().unwrap();
        tally.keyed += 1;
        tally.keyed_same += usize::from(same);
    }
    if edits.is_empty() {
        tally.lock().unwrap().all_read += 1;
        return;
    }
    let after = builder.build(&edited);
    {
        let mut tally = tally.lock().unwrap();
        tally.compared += 1;
        tally.reading += usize::from(*read > 0);
        tally.edits += edits.len();
    }
    if before != after {
        match shrink::is_miss(builder, &case, &edits) {
            Some(true) => {
                let (case, edits) = shrink::shrink(builder, case, edits);
                let mut edited = case.clone();
                for edit in &edits {
                    edited.tree.apply(edit);
                }
                let (before, after) = (builder.build(&case), builder.build(&edited));
                miss(&format!("{before:?} became {after:?}"), &case, &edits);
            }
            _ => miss(&format!("{before:?} became {after:?}, but not again"), &case, &edits),
        }
    }
}
