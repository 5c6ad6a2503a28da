//! What the app knows and the engines are to use: places of addresses, the user's own identifiers, what
//! was learned before.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gasket_core::config::Config;
use gasket_core::inspect::content::known::{IdentifierKey, KnownIdentifiers, kind_named};
use gasket_core::memory::Memory;
use gasket_core::tables::Places;
use jni::Env;
use jni::objects::{JByteArray, JClass, JString};
use jni::sys::jlong;

use crate::failure::Failure;
use crate::{read_text, running};

static PLACES: Mutex<Option<Arc<Places>>> = Mutex::new(None);
static KEY: Mutex<Option<IdentifierKey>> = Mutex::new(None);

/// Countries and networks of addresses, for the engines started from now on; the app has them as an asset,
/// because each ABI's library would carry them otherwise.
pub(crate) fn set_places<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    file: JByteArray<'local>,
) -> Result<(), Failure> {
    let file = read_bytes(env, "the file of places", &file)?;
    let known = Places::parse(file).map_err(|error| Failure::Argument(error.to_string()))?;
    *lock(&PLACES) = Some(Arc::new(known));
    Ok(())
}

pub(crate) fn places() -> Option<Arc<Places>> {
    lock(&PLACES).clone()
}

/// The key of the user's own identifiers, for the configs read from now on.
pub(crate) fn set_identifier_key<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    key: JByteArray<'local>,
) -> Result<(), Failure> {
    *lock(&KEY) = Some(read_key(env, "the identifiers' key", &key)?);
    Ok(())
}

/// The config's `known_identifiers` with one more, as JSON; `identifiers` is what there is, empty for none.
pub(crate) fn add_identifier<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    identifiers: JString<'local>,
    kind: JString<'local>,
    value: JString<'local>,
    now_s: jlong,
) -> Result<JString<'local>, Failure> {
    let document = read_text(env, "the known identifiers", &identifiers)?;
    let kind = read_text(env, "the kind", &kind)?;
    let value = read_text(env, "the value", &value)?;
    let mut known = match document.is_empty() {
        true => KnownIdentifiers::default(),
        false => serde_json::from_str(&document)
            .map_err(|error| Failure::Argument(format!("the known identifiers: {error}")))?,
    };
    let kind = kind_named(&kind).map_err(Failure::Argument)?;
    let key = lock(&KEY).clone().ok_or_else(no_key)?;
    known
        .add(&key, kind, &value, u64::try_from(now_s).ok())
        .map_err(|error| Failure::Argument(error.to_string()))?;
    let json = serde_json::to_string(&known)
        .map_err(|error| Failure::State(format!("identifiers cannot be written: {error}")))?;
    Ok(JString::from_str(env, json)?)
}

/// Has an engine go on with what one before had learned, or begin anew with an empty `state`.
pub(crate) fn set_learned<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
    key: JByteArray<'local>,
    state: JByteArray<'local>,
) -> Result<(), Failure> {
    let key = read_key(env, "the key of what was learned", &key)?;
    let state = read_bytes(env, "what was learned", &state)?;
    let learned = match state.is_empty() {
        true => Memory::new(&key),
        false => Memory::restore(&state, &key)
            .map_err(|error| Failure::Argument(format!("what was learned: {error}")))?,
    };
    running(engine)?.set_memory(learned);
    Ok(())
}

/// What an engine has learned, to be kept; null where it has ended or does not answer.
pub(crate) fn learned<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    engine: jlong,
) -> Result<JByteArray<'local>, Failure> {
    match running(engine).ok().and_then(|engine| engine.memory()) {
        Some(state) => Ok(env.byte_array_from_slice(&state)?),
        None => Ok(JByteArray::null()),
    }
}

/// Gives the config its key. One that needs a key and gets none is refused: what the user typed in would go
/// out unseen.
pub(crate) fn unlock(config: &mut Config) -> Result<(), Failure> {
    if !config.is_locked() {
        return Ok(());
    }
    let key = lock(&KEY).clone().ok_or_else(no_key)?;
    config
        .unlock(key)
        .map_err(|error| Failure::Argument(error.to_string()))
}

fn no_key() -> Failure {
    Failure::Argument(
        "there is no key for known_identifiers. Call setIdentifierKey with it first".to_owned(),
    )
}

fn read_key(env: &Env<'_>, what: &str, key: &JByteArray<'_>) -> Result<IdentifierKey, Failure> {
    let bytes = read_bytes(env, what, key)?;
    IdentifierKey::new(&bytes).map_err(|error| Failure::Argument(error.to_string()))
}

fn read_bytes(env: &Env<'_>, what: &str, bytes: &JByteArray<'_>) -> Result<Vec<u8>, Failure> {
    if bytes.is_null() {
        return Err(Failure::Argument(format!("{what} is null")));
    }
    Ok(env.convert_byte_array(bytes)?)
}

fn lock<T>(known: &Mutex<Option<T>>) -> MutexGuard<'_, Option<T>> {
    // It is replaced as a whole: whole after any panic.
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
