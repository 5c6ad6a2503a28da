//! Speaks Java: the whole boundary between the engine and the app. What Java sees is
//! `app.gasket.bridge.Native` and `app.gasket.bridge.Host`.
//!
//! Packets never cross. An engine is known to Java by a number, so that a stale one is an error and
//! not a dangling pointer. Whatever fails or panics here reaches Java as an exception; whatever Java
//! throws at an up-call is caught and means "no".

mod capture;
mod evidence;
mod failure;
mod host;
mod java;
mod known;
#[cfg(feature = "probes")]
mod probe;
mod rules;

use std::collections::BTreeMap;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use gasket_core::config::Config;
use gasket_core::event::Event;
use gasket_core::facts::Happening;
use gasket_core::guard::Answer;
use gasket_engine::{EVENTS_AT_A_TIME, Engine};
use jni::objects::{JByteArray, JClass, JString};
use jni::sys::{jboolean, jint, jlong};
use jni::{Env, NativeMethod, native_method};
use log::LevelFilter;
use serde::de::DeserializeOwned;

use capture::scan;
use evidence::evidence;
use failure::{Failure, Throw};
use host::JavaHost;
use java::{Host, Stream};
use known::{add_identifier, learned, set_identifier_key, set_learned, set_places};
use rules::{hindsight, rules, target};

/// The engines that run, by handle. Handles are not used twice.
static ENGINES: Mutex<Engines> = Mutex::new(Engines {
    last: 0,
    running: BTreeMap::new(),
    left: BTreeMap::new(),
});

struct Engines {
    last: jlong,
    running: BTreeMap<jlong, Arc<Engine>>,
    /// Those that were stopped and may have more to tell.
    left: BTreeMap<jlong, Arc<Engine>>,
}

/// The methods of `app.gasket.bridge.Native`, exported by name: the VM finds them by itself.
#[expect(
    dead_code,
    reason = "the symbols are what counts; nothing is registered"
)]
const NATIVE: [NativeMethod; 19] = [
    native_method! {
        java_type = app.gasket.bridge.Native,
        type_map = { Host => app.gasket.bridge.Host },
        error_policy = Throw,
        static extern fn start(host: Host, tun_fd: jint, config: JString) -> jlong,
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn replace_tun(engine: jlong, fd: jint),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn set_config(engine: jlong, config: JString),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn device_event(engine: jlong, event: JString),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn answer(engine: jlong, question: jlong, allow: jboolean),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn next_events(engine: jlong, timeout_ms: jlong) -> jbyte[],
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn stop(engine: jlong) -> jbyte[],
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn init_logging(level: jint),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn set_places(file: jbyte[]),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn set_identifier_key(key: jbyte[]),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn add_identifier(identifiers: JString, kind: JString, value: JString, now_s: jlong) -> JString,
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn set_learned(engine: jlong, key: jbyte[], state: jbyte[]),
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn learned(engine: jlong) -> jbyte[],
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn rules(files: JString) -> JString,
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn hindsight(file: JString, text: JString, lines: JString) -> JString,
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn target(typed: JString) -> JString,
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        type_map = { Stream => java.io.InputStream },
        error_policy = Throw,
        static extern fn scan(capture: Stream, config: JString, most_bytes: jlong) -> jbyte[],
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn evidence(asked: JString) -> jbyte[],
    },
    native_method! {
        java_type = app.gasket.bridge.Native,
        error_policy = Throw,
        static extern fn version() -> JString,
    },
];

fn start<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    host: Host<'local>,
    tun_fd: jint,
    config: JString<'local>,
) -> Result<jlong, Failure> {
    let tun = take_fd(tun_fd)?;
    let host = JavaHost::new(env, &host)?;
    let config = read_config(env, &config)?;
    let engine = Engine::start(
        Arc::new(host),
        tun,
        config,
        gasket_core::rules::Pack::embedded(),
        known::places(),
    )
    .map_err(|error| Failure::State(error.to_string()))?;
    let mut engines = engines();
    // Whoever did not want what the engines before had to tell does not come back for it.
    engines.left.clear();
    engines.last += 1;
    let handle = engines.last;
    engines.running.insert(handle, Arc::new(engine));
    Ok(handle)
}

fn replace_tun<'local>(
    _: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
    fd: jint,
) -> Result<(), Failure> {
    let tun = take_fd(fd)?;
    running(engine)?
        .replace_tun(tun)
        .map_err(|error| Failure::State(format!("the new tunnel cannot be used: {error}")))
}

fn set_config<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
    config: JString<'local>,
) -> Result<(), Failure> {
    let config = read_config(env, &config)?;
    running(engine)?.set_config(config);
    Ok(())
}

fn device_event<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
    event: JString<'local>,
) -> Result<(), Failure> {
    let text = read_text(env, "the device event", &event)?;
    let event = Happening::from_json(&text).map_err(|error| {
        Failure::Argument(format!(
            "device event: {error}. Write one JSON object, as in {{\"kind\": \"boot\"}}"
        ))
    })?;
    running(engine)?.device_event(event);
    Ok(())
}

fn answer<'local>(
    _: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
    question: jlong,
    allow: jboolean,
) -> Result<(), Failure> {
    let answer = if allow {
        Answer::LetThrough
    } else {
        Answer::Block
    };
    // No question has a negative number, and nobody knows one that never was.
    running(engine)?.answer(u64::try_from(question).unwrap_or(0), answer);
    Ok(())
}

/// A JSON array of events; null once the engine has ended and all it had to tell was fetched.
fn next_events<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
    timeout_ms: jlong,
) -> Result<JByteArray<'local>, Failure> {
    let Ok(engine) = running(engine) else {
        let left = engines().left.remove(&engine);
        return left.map_or(Ok(JByteArray::null()), |left| hand_over(env, engine, left));
    };
    let timeout = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
    let events = engine.next_events(timeout);
    if events.is_empty() && !engine.is_running() {
        return Ok(JByteArray::null());
    }
    to_java(env, &events)
}

/// What a stopped engine had to tell; the rest is for the next call: all that an engine keeps would not fit into a phone's
/// Java memory.
fn hand_over<'local>(
    env: &mut Env<'local>,
    handle: jlong,
    engine: Arc<Engine>,
) -> Result<JByteArray<'local>, Failure> {
    let events = engine.next_events(Duration::ZERO);
    if events.len() == EVENTS_AT_A_TIME {
        engines().left.insert(handle, engine);
    }
    to_java(env, &events)
}

fn to_java<'local>(env: &mut Env<'local>, events: &[Event]) -> Result<JByteArray<'local>, Failure> {
    let json = serde_json::to_vec(events)
        .map_err(|error| Failure::State(format!("events cannot be written: {error}")))?;
    Ok(env.byte_array_from_slice(&json)?)
}

/// The events that nobody had fetched, of many the first, and the rest by `next_events`; an unknown handle has none.
fn stop<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
) -> Result<JByteArray<'local>, Failure> {
    // Out of the map in a statement of its own, so that others may use theirs while this one ends.
    let stopped = engines().running.remove(&engine);
    let Some(stopped) = stopped else {
        return to_java(env, &[]);
    };
    stopped.end();
    hand_over(env, engine, stopped)
}

/// 0 is off, 1 only errors, 5 everything. Until the first call nothing is logged.
fn init_logging<'local>(
    _: &mut Env<'local>,
    _: JClass<'local>,
    level: jint,
) -> Result<(), Failure> {
    static ONCE: Once = Once::new();
    let filter = usize::try_from(level)
        .ok()
        .and_then(|level| LevelFilter::iter().nth(level));
    let Some(filter) = filter else {
        return Err(Failure::Argument(format!(
            "log level {level} is out of range. Use 0 (off) to 5 (trace)"
        )));
    };
    ONCE.call_once(|| {
        #[cfg(target_os = "android")]
        android_logger::init_once(
            android_logger::Config::default()
                .with_tag("gasket")
                .with_max_level(LevelFilter::Trace),
        );
        // The default hook prints to standard error, which a phone throws away.
        std::panic::set_hook(Box::new(|info| log::error!("{info}")));
    });
    log::set_max_level(filter);
    Ok(())
}

fn version<'local>(env: &mut Env<'local>, _: JClass<'local>) -> Result<JString<'local>, Failure> {
    Ok(JString::from_str(env, env!("CARGO_PKG_VERSION"))?)
}

fn engines() -> MutexGuard<'static, Engines> {
    // A map and a counter are whole after any panic.
    ENGINES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn running(handle: jlong) -> Result<Arc<Engine>, Failure> {
    let engine = engines().running.get(&handle).cloned();
    engine.ok_or_else(|| {
        Failure::State(format!(
            "there is no engine {handle}: it was stopped or never started"
        ))
    })
}

/// Takes over a descriptor that Java has detached: it is closed whatever happens next.
fn take_fd(fd: jint) -> Result<OwnedFd, Failure> {
    if fd < 0 {
        return Err(Failure::Argument(format!(
            "{fd} is not a file descriptor. Pass what ParcelFileDescriptor.detachFd() returns"
        )));
    }
    // SAFETY: not negative, and Java passes what `detachFd` returned, which nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn read_config(env: &Env<'_>, text: &JString<'_>) -> Result<Config, Failure> {
    let text = read_text(env, "the config", text)?;
    let mut config =
        Config::from_json(&text).map_err(|error| Failure::Argument(error.to_string()))?;
    known::unlock(&mut config)?;
    Ok(config)
}

/// Reads `text` as JSON of that type; `what` it is, for the message.
fn read_json<T: DeserializeOwned>(
    env: &Env<'_>,
    what: &str,
    text: &JString<'_>,
) -> Result<T, Failure> {
    let text = read_text(env, what, text)?;
    serde_json::from_str(&text).map_err(|error| Failure::Argument(format!("{what}: {error}")))
}

fn read_text(env: &Env<'_>, what: &str, text: &JString<'_>) -> Result<String, Failure> {
    if text.is_null() {
        return Err(Failure::Argument(format!("{what} is null")));
    }
    Ok(text.try_to_string(env)?)
}
