//! What went wrong, and the Java exception it becomes.

use std::any::Any;
use std::fmt;

use jni::errors::ErrorPolicy;
use jni::objects::{JString, JThrowable};
use jni::{Env, errors};

use crate::java::{IllegalArgument, IllegalState};

/// Why a native method did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was passed is wrong: `IllegalArgumentException`.
    Argument(String),
    /// It could not be done: `IllegalStateException`.
    State(String),
    /// JNI itself failed: the exception that is pending, or else `IllegalStateException`.
    Jni(errors::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(message) | Self::State(message) => f.write_str(message),
            Self::Jni(error) => write!(f, "the Java VM refused a call: {error}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<errors::Error> for Failure {
    fn from(error: errors::Error) -> Self {
        Self::Jni(error)
    }
}

/// Has every failure and every panic of a native method thrown in Java.
pub(crate) struct Throw;

impl<T: Default> ErrorPolicy<T, Failure> for Throw {
    type Captures<'frame: 'method, 'method> = ();

    fn on_error<'frame: 'method, 'method>(
        env: &mut Env<'frame>,
        (): &mut Self::Captures<'frame, 'method>,
        failure: Failure,
    ) -> errors::Result<T> {
        if !env.exception_check() {
            throw(env, &failure)?;
        }
        Ok(T::default())
    }

    fn on_panic<'frame: 'method, 'method>(
        env: &mut Env<'frame>,
        (): &mut Self::Captures<'frame, 'method>,
        payload: Box<dyn Any + Send>,
    ) -> errors::Result<T> {
        let said = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = format!("a bug in Gasket's core: {}", said.unwrap_or("no message"));
        throw(env, &Failure::State(message))?;
        Ok(T::default())
    }
}

fn throw(env: &mut Env<'_>, failure: &Failure) -> errors::Result<()> {
    let message = JString::from_str(env, failure.to_string())?;
    let exception: JThrowable<'_> = match failure {
        Failure::Argument(_) => IllegalArgument::new(env, &message)?.into(),
        Failure::State(_) | Failure::Jni(_) => IllegalState::new(env, &message)?.into(),
    };
    match env.throw(exception) {
        // That it is pending now is what was wanted.
        Ok(()) | Err(errors::Error::JavaException) => Ok(()),
        Err(error) => Err(error),
    }
}
