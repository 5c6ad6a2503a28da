//! The APK pipeline: from Kotlin, resources and native libraries to a signed APK, and the app's tests on the JVM.

mod error;
mod files;
mod libraries;
mod tool;
mod zip;

use std::path::PathBuf;
use std::process::ExitCode;

use error::Result;

/// `cargo xtask lock`: resolves `android/libraries.list` into `android/libraries.lock`.
pub(crate) fn lock() -> ExitCode {
    close(libraries::lock(&products()))
}

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

fn close(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
