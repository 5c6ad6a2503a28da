//! The polite sinkhole on the wire: the program has its answer, and nobody outside sees anything at all.

use serde_json::json;

use crate::capture::{Capture, Transport};
use crate::servers::{self, BASE};
use crate::world::{Way, World};
use crate::zzhc::{self, CONTENT_TYPE};

/// The rules of the registration at its name and at its address.
const RULES: [&str; 2] = [
    "1b210107-04cb-49db-ba05-8aef7ecc53e4",
    "cb8cf077-f7ad-4cf5-a027-97e0f6a1e733",
];

#[test]
fn an_answered_registration_leaves_nothing_outside() {
    let Some(world) = World::open("an_answered_registration_leaves_nothing_outside", &BASE) else {
        return;
    };
    servers::dns(&world);
    servers::web(&world);
    let capture = Capture::start(&world);
    let body = zzhc::wrapped_base64(&zzhc::registration());
    let post = |url: &str| {
        let words = [
            "curl",
            "-sS",
            "--fail",
            "-4",
            "-H",
            CONTENT_TYPE,
            "--data-binary",
            &body,
            url,
        ];
        words.map(str::to_owned)
    };
    for (url, rule) in [
        ("http://zzhc.vnet.cn/", RULES[0]),
        ("http://42.99.2.15:9999/", RULES[1]),
    ] {
        let words = post(url);
        let outside = || {
            let packets = capture.packets();
            packets
                .into_iter()
                .filter(|packet| packet.transport != Transport::Other)
                .collect::<Vec<_>>()
        };
        // The control: without Gasket it is all there to see, and with it a block fails the program.
        capture.clear();
        world.expect(Way::Direct, &words);
        assert!(!outside().is_empty(), "{url}");
        world.file("config.json", r#"{"version": 1}"#);
        assert!(!world.run(Way::Gasket, &words).status.success(), "{url}");

        let answering = json!({"version": 1, "rules": {RULES[0]: "answer", RULES[1]: "answer"}});
        world.file("config.json", answering.to_string());
        capture.clear();
        let answered = world.run(Way::Gasket, &words);
        let said = world.checked(Way::Gasket, &words, &answered);
        assert_eq!(
            said, r#"{"resultCode":"0","resultDesc":"Success"}"#,
            "{url}"
        );
        let seen = outside();
        assert!(seen.is_empty(), "outside saw {seen:#?}");

        let events = world.events();
        let told = events.iter().find(|event| event["answered"] == true);
        let told = told.unwrap_or_else(|| panic!("no event tells of the answer: {events:#?}"));
        assert_eq!(told["verdict"], "block");
        assert_eq!(
            (&told["bytes_left"], &told["dialled"]),
            (&json!(0), &json!(false))
        );
        let rules = told["rules"].as_array().expect("rules");
        assert!(rules.iter().any(|told| told["id"] == rule), "{told:#}");
    }
}
