//! Commands a project runs on this machine before and after a phase.
//!
//! [`Hooks`] runs them, [`variables`] says what they see in their environment, and [`step`] shows any command of this
//! machine as a step of the run (custom builds and tests use it too), [`list`] asks a command for files.

mod list;
mod run;
pub mod step;
pub mod variables;

pub use list::list;
pub use run::Hooks;
