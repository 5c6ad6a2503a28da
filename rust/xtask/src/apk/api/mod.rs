//! The public API of Android: which classes and members there are, and since when.

mod check;
mod class_file;
mod database;
mod stubs;

pub(crate) use check::check;
pub(crate) use class_file::ClassFile;
pub(crate) use database::Database;
pub(crate) use stubs::build as build_stubs;
