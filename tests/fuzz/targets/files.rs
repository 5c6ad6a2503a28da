//! What a person or the app's shell writes: captures, settings, rules, device events.

use gasket_cli::capture::Capture;
use gasket_core::config::Config;
use gasket_core::facts::Trigger;
use gasket_core::rules::Pack;

/// Damage lies within the file.
pub(super) fn capture(data: &[u8]) {
    let outcome = Capture::open(data).and_then(|mut capture| {
        while capture.next()?.is_some() {}
        Ok(())
    });
    if let Err(damage) = outcome {
        assert!(damage.offset <= data.len() as u64, "{damage}");
    }
}

/// What is accepted is written and read back the same; what is refused is refused at a place in it.
pub(super) fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Config::from_json(text) {
        Ok(config) => {
            let written = serde_json::to_string(&config).expect("a config is JSON");
            assert_eq!(Config::from_json(&written), Ok(config));
        }
        Err(error) => assert!(error.line <= text.split('\n').count(), "{error}"),
    }
}

/// Only an object is an event.
pub(super) fn device_event(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && Trigger::from_json(text).is_ok()
    {
        assert!(text.trim_start().starts_with('{'), "not an object: {text}");
    }
}

/// A refusal names a line of the file.
pub(super) fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Pack::parse(&[("rule.yml", text)]) {
        Ok(pack) => assert_eq!(pack.rules().len(), 1),
        Err(error) => {
            let lines = text.split('\n').count() + 1;
            assert!(error.line.is_none_or(|line| line <= lines), "{error}");
        }
    }
}
