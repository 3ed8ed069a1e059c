//! The real `skeg` against real engines: registries, BuildKits and Docker daemons that `integration/engines` starts.
//!
//! `integration/test` runs everything. A test that needs an engine which is not there says so and passes; with
//! `SKEG_TEST_REQUIRE_ENGINES=1`, which `integration/test` sets, it fails.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::missing_panics_doc,
    reason = "a test that panics has failed, which is what is meant"
)]

mod support;

mod artifact_cache;
mod builder_kinds;
mod cache;
mod classic_builder;
mod compatibility;
mod config;
mod contexts;
mod custom;
mod diagnose;
mod dry_run;
mod edits;
mod engine;
mod environment;
mod errors;
mod faults;
mod fields;
mod fix;
mod fuzz;
mod gitlab;
mod hooks;
mod inspect;
mod interrupt;
mod lint;
mod lost;
mod modules;
mod output;
mod platforms;
mod print;
mod project;
mod property;
mod registries;
mod registry_client;
mod requires;
mod scheduling;
mod secrets;
mod tags;
mod testing;
mod why;
