//! Image references as registries write them, and the default-repo rule. Pure.

pub mod default_repo;
pub mod platform;
mod reference;

pub use reference::{ParseError, Reference};

/// Whether two references name the same image in the same registry (`app:v1`, `docker.io/library/app:v1`).
pub fn same(a: &str, b: &str) -> bool {
    match (Reference::parse(a), Reference::parse(b)) {
        (Ok(a), Ok(b)) => a.normalized() == b.normalized(),
        _ => a == b,
    }
}
