//! From a project and its settings to images: the artifact graph, the plan (pure), and the run of the plan.

pub mod artifact;
pub mod artifacts_file;
pub mod cache;
pub mod custom;
pub mod destination;
pub mod graph;
pub mod known;
pub mod output;
pub mod plan;
pub mod run;
