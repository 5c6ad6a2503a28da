//! Drives the target that `GASKET_FUZZ_TARGET` names by libFuzzer: `cargo xtask fuzz`.

#![no_main]

use std::sync::LazyLock;

use gasket_tests::fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let wanted = std::env::var("GASKET_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    found.expect("GASKET_FUZZ_TARGET names no target").1
});

fuzz_target!(|data: &[u8]| (*TARGET)(data));
