//! The APK pipeline: from Kotlin, resources and native libraries to a signed APK, and the app's tests on the JVM.

mod aar;
mod api;
mod build;
mod dex_file;
mod error;
mod files;
mod jar;
mod jdk;
mod kotlin;
mod libraries;
mod manifest;
pub(crate) mod native;
mod pack;
mod project;
mod reproduce;
mod resources;
mod screens;
mod shrink;
mod sign;
mod step;
mod style;
mod surroundings;
mod tool;
mod unit_test;
mod unused;
mod verify;
mod zip;

use std::path::PathBuf;
use std::process::ExitCode;

use error::Result;
pub(crate) use style::Mode;
use unit_test::{Tally, Which};

use crate::report::Outcome;

/// `cargo xtask lock`: resolves `android/libraries.list` into `android/libraries.lock`.
pub(crate) fn lock() -> ExitCode {
    close(libraries::lock(&products()))
}

/// `cargo xtask apk [--twice | --debug [--without-native]]`: the signed APK.
pub(crate) fn apk(arguments: &[String]) -> ExitCode {
    match build::Options::parse(arguments) {
        Ok(options) => close(build::run(&options, &products(), &target())),
        Err(wrong) => {
            eprintln!("xtask: {wrong}");
            ExitCode::from(2)
        }
    }
}

/// `cargo xtask android-test [FILTER]`: the app's tests on the JVM.
pub(crate) fn android_test(filter: &str) -> ExitCode {
    close(unit_test::run(&products(), Which::Everyday(filter)).and_then(told))
}

/// `cargo xtask screens [FILTER]`: every screen in every look, as pictures and a page of them.
pub(crate) fn screens(filter: &str) -> ExitCode {
    close(screens::run(&products(), filter).and_then(told))
}

fn told(tally: Tally) -> Result<()> {
    let Tally {
        passed,
        failed,
        skipped,
        failures,
    } = tally;
    for line in failures {
        println!("{line}");
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    match failed {
        0 => Ok(()),
        _ => Err(error::Error::Missing("tests failed".into())),
    }
}

/// `cargo xtask kotlin-style [--fix]`: ktlint and detekt.
pub(crate) fn kotlin_style(mode: Mode) -> ExitCode {
    close(style::run(&products(), mode))
}

/// The style of Kotlin as a step of all tests.
pub(crate) fn check_style() -> Outcome {
    match style::run(&products(), Mode::Check) {
        Ok(()) => Outcome::Passed,
        Err(error) => error.into_outcome(),
    }
}

/// The app's tests as a step of all tests, and how many there were.
pub(crate) fn check() -> (Outcome, Tally) {
    match unit_test::run(&products(), Which::Everyday("")) {
        Ok(tally) if tally.failed == 0 => (Outcome::Passed, tally),
        Ok(tally) => {
            let told = tally.failures.join("\n");
            (
                Outcome::Failed(format!("{} failed\n{told}", tally.failed)),
                tally,
            )
        }
        Err(error) => (error.into_outcome(), Tally::default()),
    }
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
