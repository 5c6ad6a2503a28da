//! What every parser promises of any input. A target takes bytes and panics where a promise is broken.

use gasket_cli::capture::Capture;
use gasket_core::config::Config;
use gasket_core::dns::message::Message;
use gasket_core::facts::Trigger;
use gasket_core::inspect::content::{self, Parts};
use gasket_core::inspect::stream::{StreamInspector, StreamStep};
use gasket_core::inspect::tls::{HelloReader, HelloStep};
use gasket_core::inspect::{Said, coap};
use gasket_core::packet::Ip;
use gasket_core::rules::Pack;

/// A function that looks at any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also its folder under `tests/fuzz/corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("capture", capture),
    ("coap", coap_message),
    ("config", config),
    ("content", examined),
    ("device_event", device_event),
    ("dns_message", dns_message),
    ("http", http),
    ("packet", packet),
    ("rules", rules),
    ("tls", tls),
];

/// Damage lies within the file.
fn capture(data: &[u8]) {
    let outcome = Capture::open(data).and_then(|mut capture| {
        while capture.next()?.is_some() {}
        Ok(())
    });
    if let Err(damage) = outcome {
        assert!(damage.offset <= data.len() as u64, "{damage}");
    }
}

/// The payload is the end of the message.
fn coap_message(data: &[u8]) {
    if let Ok(message) = coap::parse(data) {
        assert!(data.ends_with(message.payload));
    }
}

/// What is accepted is written and read back the same; what is refused is refused at a place in it.
fn config(data: &[u8]) {
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

/// A finding shows three characters of its value at most.
fn examined(data: &[u8]) {
    let content = content::examine(&Parts {
        body: data,
        ..Parts::default()
    });
    for finding in &content.findings {
        let shown = finding.masked.chars().filter(|&c| c != '•').count();
        assert!(shown <= 3, "{} characters are shown", shown);
        assert!(finding.confidence <= 100);
    }
}

/// Only an object is an event.
fn device_event(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && Trigger::from_json(text).is_ok()
    {
        assert!(text.trim_start().starts_with('{'), "not an object: {text}");
    }
}

/// Each record takes 11 octets at least.
fn dns_message(data: &[u8]) {
    if let Ok(message) = Message::parse(data) {
        assert!(message.records().count() <= data.len() / 11);
    }
}

/// The units do not depend on how the stream was cut, up to where no protocol is known.
fn http(data: &[u8]) {
    assert_eq!(units(data, data.len().max(1)), units(data, 7));
}

/// Length and text of each unit before the first of no known protocol.
fn units(stream: &[u8], piece: usize) -> Vec<(usize, String)> {
    let mut inspector = StreamInspector::new();
    let mut units = Vec::new();
    let (mut start, mut end) = (0, 0);
    loop {
        let held = stream.get(start..end).unwrap_or_default();
        let ended = end == stream.len();
        match inspector.step(held, ended) {
            StreamStep::Pass => return units,
            StreamStep::Judge {
                said: Said::Raw(_), ..
            } => return units,
            StreamStep::Judge { len, said } => {
                assert!(len <= held.len());
                units.push((len, format!("{said:?}")));
                start += len;
            }
            StreamStep::NeedMore | StreamStep::Expects => {
                assert!(
                    held.len() < StreamInspector::HOLD_MAX,
                    "held without a verdict"
                );
                if ended {
                    return units;
                }
                end = (end + piece).min(stream.len());
            }
        }
    }
}

/// A payload is part of its packet.
fn packet(data: &[u8]) {
    if let Ok(ip) = Ip::parse(data) {
        assert!(ip.payload.len() < data.len());
        let _ = ip.upper();
    }
}

/// A refusal names a line of the file.
fn rules(data: &[u8]) {
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

/// A hello is the same however it arrives.
fn tls(data: &[u8]) {
    let at_once = HelloReader::new().read(data);
    let mut reader = HelloReader::new();
    for end in 1..data.len() {
        let step = reader.read(data.get(..end).unwrap_or_default());
        if step != HelloStep::NeedMore {
            assert_eq!(step, at_once);
            return;
        }
    }
    assert_eq!(reader.read(data), at_once);
}
