//! The `gasket` command from outside: one test binary.

mod commands;
mod evidence;
mod folder;
mod identifiers;
mod learned;
mod namespace;
mod outside;
mod packs;
mod rules;
mod seek;
mod tampering;
