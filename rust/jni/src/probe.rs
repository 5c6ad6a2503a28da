//! What tests of the boundary need besides it: panics on demand, and a verdict where no engine can
//! run. Only with the feature `probes`.

use std::sync::atomic::{AtomicBool, Ordering};

use gasket_core::Instant;
use gasket_core::guard::{Guard, Limits};
use gasket_core::rules::Pack;
use jni::objects::{JByteArray, JClass, JString};
use jni::{Env, NativeMethod, native_method};

use crate::failure::{Failure, Throw};

static ARMED: AtomicBool = AtomicBool::new(false);

/// The methods of `app.gasket.bridge.Probe`.
#[expect(
    dead_code,
    reason = "the symbols are what counts; nothing is registered"
)]
const PROBE: [NativeMethod; 3] = [
    native_method! {
        java_type = app.gasket.bridge.Probe,
        error_policy = Throw,
        static extern fn panic_here(),
    },
    native_method! {
        java_type = app.gasket.bridge.Probe,
        error_policy = Throw,
        static extern fn panic_at_next_protect(),
    },
    native_method! {
        java_type = app.gasket.bridge.Probe,
        error_policy = Throw,
        static extern fn events_of(config: JString, packet: jbyte[]) -> jbyte[],
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

/// What a guard with these settings tells of one packet.
fn events_of<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    config: JString<'local>,
    packet: JByteArray<'local>,
) -> Result<JByteArray<'local>, Failure> {
    let config = crate::read_config(env, &config)?;
    let packet = env.convert_byte_array(&packet)?;
    let limits = Limits {
        flows: 1,
        owners: false,
    };
    let mut guard = Guard::new(Instant::ZERO, 0, 1, config, Pack::embedded(), limits, None);
    guard.handle_packet(Instant::ZERO, &packet);
    let events: Vec<_> = std::iter::from_fn(|| guard.poll_event()).collect();
    crate::to_java(env, &events)
}
