//! The database of what is known from earlier runs, shared by processes.
