//! What every parser promises of any input. A target takes bytes and panics where a promise is broken.

mod beacons;
mod facts;
mod files;
mod guard;
pub(crate) mod input;
mod phone;
mod proof;
mod quic;
mod streams;
mod wire;

/// A function that looks at any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also its folder under `tests/fuzz/corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("beacons", beacons::beacons),
    ("bundle", proof::bundle),
    ("capture", files::capture),
    ("coap", wire::coap_message),
    ("config", files::config),
    ("content", facts::content),
    ("device_event", files::device_event),
    ("dns_message", wire::dns_message),
    ("dns_stream", streams::dns),
    ("event", proof::event),
    ("facts", facts::matching),
    ("fragments", wire::fragments),
    ("guard", guard::guard),
    ("history", proof::history),
    ("http", streams::http),
    ("pack", files::pack),
    ("packet", wire::packet),
    ("phone", phone::phone),
    ("places", files::places),
    ("quic", quic::initials),
    ("rules", files::rules),
    ("tls", streams::tls),
];
