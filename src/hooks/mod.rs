//! Commands a project runs on this machine before and after a phase.
