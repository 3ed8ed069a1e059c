//! The library's engine room against real engines, without the program around it.

mod builders;
mod classic;
