//! The docker daemon's classic builder, for who has no BuildKit.

mod command;
mod transcript;
