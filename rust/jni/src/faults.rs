//! Panics on demand, so that tests see what becomes of one. Only with the feature `faults`.

use std::sync::atomic::{AtomicBool, Ordering};

use jni::objects::JClass;
use jni::{Env, NativeMethod, native_method};

use crate::failure::{Failure, Throw};

static ARMED: AtomicBool = AtomicBool::new(false);

/// The methods of `app.gasket.bridge.Faults`.
#[expect(
    dead_code,
    reason = "the symbols are what counts; nothing is registered"
)]
const FAULTS: [NativeMethod; 2] = [
    native_method! {
        java_type = app.gasket.bridge.Faults,
        error_policy = Throw,
        static extern fn panic_here(),
    },
    native_method! {
        java_type = app.gasket.bridge.Faults,
        error_policy = Throw,
        static extern fn panic_at_next_protect(),
    },
];

fn panic_here<'local>(_: &mut Env<'local>, _: JClass<'local>) -> Result<(), Failure> {
    panic!("asked for at the boundary");
}

fn panic_at_next_protect<'local>(_: &mut Env<'local>, _: JClass<'local>) -> Result<(), Failure> {
    ARMED.store(true, Ordering::SeqCst);
    Ok(())
}

/// Panics, once, if Java asked for it.
pub(crate) fn panic_if_armed() {
    assert!(
        !ARMED.swap(false, Ordering::SeqCst),
        "asked for in the engine's thread"
    );
}
