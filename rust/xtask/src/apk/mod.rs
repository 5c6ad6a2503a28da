//! The APK pipeline: from Rust, Kotlin and resources to a signed APK.

mod error;
mod files;
pub(crate) mod native;
#[expect(
    dead_code,
    reason = "the steps after the native libraries use more of it"
)]
mod tool;

use std::path::PathBuf;

/// The folder of all build products of the Android side.
fn products() -> PathBuf {
    target().join("android")
}

/// Cargo's folder of build products.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => crate::root().join(folder),
        None => crate::root().join("target"),
    }
}
