//! The `gasket` command from outside: one test binary.

mod commands;
mod identifiers;
mod namespace;
mod outside;
mod rules;
