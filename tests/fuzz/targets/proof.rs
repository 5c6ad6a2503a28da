//! What others may hand over as proof: events, bundles, logs and their chains.

use gasket_core::chain::{self, Chain, Kind};
use gasket_core::event::Event;
use gasket_core::evidence::{self, Material};
use gasket_core::receipt::{Language, Receipt, Scene, Setting};

use super::input::Input;

/// Any event can be told in any language without a character that controls the terminal, and its bundle is found as it was written.
pub(super) fn event(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Event>(data) else {
        return;
    };
    for &language in Language::ALL {
        for scene in [Scene::Phone, Scene::Computer, Scene::Recording] {
            let setting = setting(language, scene);
            let receipt = Receipt::of(&event, &setting);
            let sentence = receipt.sentence();
            let texts = receipt.details().chain(receipt.why.as_deref());
            for text in texts.chain([&*sentence]) {
                assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
            }
        }
    }
    let bundle = evidence::bundle(&Material {
        event: &event,
        record: std::str::from_utf8(data).ok(),
        line: Some(1),
        setting: setting(Language::ALL[0], Scene::Phone),
        written_time: "2026-01-05 07:12 +01:00",
        rule: None,
        links: &[],
        version: "0.1.0",
    });
    let verified = evidence::verify(&bundle.bytes, Some(&bundle.fingerprint));
    assert_eq!(verified.faults, [], "{event:?}");
    assert!(verified.event.is_some());
}

fn setting(language: Language, scene: Scene) -> Setting<'static> {
    Setting {
        language,
        scene,
        time: "07:12",
        date: None,
        app: None,
        country: None,
        confidence: None,
        nameless: false,
    }
}

/// What has no fault has a manifest, and an event in it.
pub(super) fn bundle(data: &[u8]) {
    let verified = evidence::verify(data, None);
    if verified.faults.is_empty() {
        assert!(verified.fingerprint.is_some() && verified.event.is_some());
    }
    for fault in verified.faults {
        if let evidence::Fault::File { offset } = fault {
            assert!(offset <= data.len());
        }
    }
}

/// Two fields: a log, and a chain somebody may have written. Whoever writes on after them gets a chain of which only the start
/// can be wrong; and a log with a chain of its own has no fault, until one of its bytes is changed.
pub(super) fn history(data: &[u8]) {
    let mut input = Input(data);
    let log = input.long_field();
    let foreign = String::from_utf8_lossy(input.long_field());
    let checked = chain::check(log, &foreign, None);
    assert!(checked.links.len() <= foreign.lines().count());

    let mut going_on = Chain::after(&foreign);
    let run = going_on.next_run();
    let link = going_on.link(1, run, Kind::Event, Some(chain::hash(log)));
    assert_eq!(going_on.head(), chain::hash(link.as_bytes()));

    let mut own = Chain::default();
    let mut links = own.begin(1, 1, b"") + "\n";
    let mut whole = Vec::new();
    for line in chain::lines(log) {
        whole.extend_from_slice(line);
        whole.push(b'\n');
        links += &own.link(2, 1, Kind::Event, Some(chain::hash(line)));
        links.push('\n');
    }
    assert_eq!(chain::check(&whole, &links, Some(own.head())).faults, []);
    let at = usize::from(input.word());
    if let Some(byte) = whole.get_mut(at) {
        *byte ^= input.byte().max(1);
        assert!(!chain::check(&whole, &links, None).faults.is_empty());
    }
}
