//! An error in the log is a failure.

use std::cell::RefCell;

use log::{Level, LevelFilter, Log, Metadata, Record};

thread_local! {
    static ERROR: RefCell<Option<String>> = const { RefCell::new(None) };
}

struct Errors;

static ERRORS: Errors = Errors;

impl Log for Errors {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() == Level::Error
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            ERROR.with_borrow_mut(|error| *error = Some(record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// Listens from now on, and forgets what was heard before on this thread.
pub(super) fn listen() {
    if log::set_logger(&ERRORS).is_ok() {
        log::set_max_level(LevelFilter::Error);
    }
    ERROR.take();
}

/// The last error that was logged on this thread.
pub(super) fn error() -> Option<String> {
    ERROR.take()
}
