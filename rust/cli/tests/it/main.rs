//! The `gasket` command from outside: one test binary.

mod commands;
mod namespace;
mod outside;
mod rules;
