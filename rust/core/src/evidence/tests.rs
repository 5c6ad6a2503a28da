use smoltcp::wire::{IpAddress, Ipv4Packet, Ipv6Packet, TcpPacket, UdpPacket};

use super::*;
use crate::chain::{Chain, Kind};
use crate::event::{Destination, EVENT_SCHEMA, MatchedRule, NameSource, RequestLine, Subject};
use crate::facts::Protocol;
use crate::inspect::content::{Basis, BoundsHit, Finding, IdentifierKind};
use crate::owner::Owner;
use crate::policy::{Decision, Reason};
use crate::receipt::{Language, Scene, Setting};
use crate::rules::Pack;

/// Names and contents.
type Entries = Vec<(String, Vec<u8>)>;

const IMEI: &str = "350000001234562";

fn event() -> Event {
    Event {
        schema: EVENT_SCHEMA,
        time_ms: 1_553_150_000_123,
        flow: 7,
        subject: Subject::Request,
        app: Some(Owner {
            uid: 10_123,
            packages: vec!["com.example.<b>".to_owned()],
            system: true,
        }),
        destination: Destination {
            address: "203.0.113.7".parse().expect("an address"),
            port: 80,
            protocol: Protocol::Tcp,
            name: Some("registration.example".to_owned()),
            name_source: Some(NameSource::Dns),
            country: Some("ZZ".to_owned()),
            network: None,
        },
        request: Some(RequestLine {
            method: "POST".to_owned(),
            path: "/x".to_owned(),
        }),
        verdict: Decision::Block,
        reason: Reason::RuleMatched,
        rules: vec![MatchedRule {
            id: "1b210107-04cb-49db-ba05-8aef7ecc53e4".to_owned(),
            title: "Handset self-registration".to_owned(),
            family: "Example".to_owned(),
        }],
        findings: vec![Finding {
            kind: IdentifierKind::Imei,
            masked: "35••••••••••••2".to_owned(),
            path: "base64 → json:IMEI1".to_owned(),
            confidence: 95,
            basis: Basis::Likeness,
        }],
        bounds_hit: BoundsHit::default(),
        dialled: false,
        bytes_left: 0,
        flow_bytes_left: 0,
        device_event: None,
        answered: false,
        beacon: None,
        asked: None,
    }
}

fn made(event: &Event, record: Option<&str>, links: &[&str]) -> Bundle {
    let pack = Pack::embedded();
    let rule = pack.rule(&event.rules[0].id).expect("a rule that ships");
    let text = Pack::source(&rule.file).expect("its file");
    bundle(&Material {
        event,
        record,
        line: Some(1),
        setting: Setting {
            language: Language::English,
            scene: Scene::Phone,
            time: "07:12",
            date: None,
            app: None,
            country: None,
            confidence: None,
            nameless: false,
        },
        written_time: "2019-03-21 07:12:03 +01:00",
        rule: Some((rule, text)),
        links,
        version: "0.0.0",
    })
}

fn chained() -> (Event, String, Vec<String>) {
    let event = event();
    let record = json(&event);
    let mut chain = Chain::default();
    chain.link(1, 1, Kind::Start, None);
    let links = vec![
        chain.link(2, 1, Kind::Event, Some(hash(record.as_bytes()))),
        chain.link(3, 1, Kind::Stop, None),
    ];
    (event, record, links)
}

#[test]
fn a_bundle_holds_what_it_says_and_verifies() {
    let (event, record, links) = chained();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let bundle = made(&event, Some(&record), &links);
    let verified = verify(&bundle.bytes, Some(&bundle.fingerprint));
    assert_eq!(verified.faults, []);
    assert!(verified.is_in_chain);
    assert_eq!(verified.event, Some(event.clone()));
    assert_eq!(verified.chain_head, Some(hash(links[1].as_bytes())));
    let entries = archive::read(&bundle.bytes).expect("whole");
    let text = |wanted: &str| {
        let (_, bytes) = entries
            .iter()
            .find(|(name, _)| name == wanted)
            .expect(wanted);
        String::from_utf8_lossy(bytes).into_owned()
    };
    let page = text(name::PAGE);
    assert!(
        page.contains("reconstruction") && page.contains("not a recording"),
        "{page}"
    );
    assert!(
        page.contains("com.example.&lt;b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    for outside in ["<script", "src=\"", "<link", "<img", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(
        text(name::TEXT).contains("https://"),
        "the rule's references"
    );
    assert!(text(name::RULE).contains("evidence:"));
    assert_eq!(text(name::EVENT), record);
    assert!(text(name::COMPLAINT).contains("[YOUR NAME]"));
    // The same material, the same bytes; another fingerprint is noticed.
    assert_eq!(made(&event, Some(&record), &links), bundle);
    assert_eq!(
        verify(&bundle.bytes, Some("0")).faults,
        [Fault::Fingerprint]
    );
}

#[test]
fn every_changed_byte_of_a_bundle_is_noticed() {
    let (event, record, links) = chained();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let bundle = made(&event, Some(&record), &links).bytes;
    for at in (0..bundle.len()).step_by(97) {
        let mut changed = bundle.clone();
        changed[at] ^= 1;
        assert_ne!(verify(&changed, None).faults, [], "byte {at}");
    }
}

/// Somebody who repairs the archive's own checksums still meets the manifest, and the chain behind it.
#[test]
fn what_was_repacked_is_told_by_name() {
    let (event, record, links) = chained();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let bundle = made(&event, Some(&record), &links);
    let entries = archive::read(&bundle.bytes).expect("whole");
    let repacked = |change: &dyn Fn(&mut Entries)| {
        let mut entries = entries.clone();
        change(&mut entries);
        let pairs: Vec<_> = entries.iter().map(|(n, b)| (&**n, b.clone())).collect();
        verify(&archive::write(&pairs), None).faults
    };
    let at = |wanted: &str| entries.iter().position(|(n, _)| n == wanted).expect(wanted);
    let page = at(name::PAGE);
    assert_eq!(repacked(&|_| ()), []);
    let entry = name::PAGE.to_owned();
    assert_eq!(
        repacked(&|e| e[page].1.push(b' ')),
        [Fault::Changed {
            entry: entry.clone()
        }]
    );
    assert_eq!(
        repacked(&|e| drop(e.remove(page))),
        [Fault::Missing { entry }]
    );
    let entry = "more".to_owned();
    let put_in = repacked(&|e| e.push(("more".to_owned(), Vec::new())));
    assert_eq!(put_in, [Fault::Unknown { entry }]);
    assert_eq!(repacked(&|e| drop(e.remove(0))), [Fault::NoManifest]);
    let other_record = repacked(&|e| {
        let new =
            String::from_utf8_lossy(&e[at(name::EVENT)].1).replace("\"flow\":7", "\"flow\":8");
        e[at(name::EVENT)].1 = new.into_bytes();
    });
    assert!(
        other_record.contains(&Fault::OtherEvent),
        "{other_record:?}"
    );
    let shorter = repacked(&|e| {
        let first = links[0].to_owned() + "\n";
        e[at(name::CHAIN)].1 = first.into_bytes();
    });
    assert!(shorter.contains(&Fault::Head), "{shorter:?}");
}

/// A name or path with an identifier in it goes into the record; not into the bundle.
#[test]
fn what_the_record_left_in_clear_is_masked() {
    let mut event = event();
    event.destination.name = Some(format!("d{IMEI}.example"));
    event.request = Some(RequestLine {
        method: "GET".to_owned(),
        path: "/00:00:5e:00:53:2a/A0000012345678".to_owned(),
    });
    let record = json(&event);
    let mut chain = Chain::default();
    let link = chain.link(2, 1, Kind::Event, Some(hash(record.as_bytes())));
    for subject in [Subject::Request, Subject::DnsQuestion, Subject::Hello] {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            event.subject = subject;
            event.destination.protocol = protocol;
            let bundle = made(&event, Some(&record), &[&link]);
            let text = String::from_utf8_lossy(&bundle.bytes);
            for secret in [IMEI, "00:00:5e:00:53:2a", "A0000012345678"] {
                assert!(!text.contains(secret), "{subject:?} {protocol:?} {secret}");
            }
            assert!(text.contains("masked further"), "and says so");
            assert_eq!(verify(&bundle.bytes, None).faults, []);
        }
    }
}

fn link(byte: &str) -> Link {
    Link::try_from(byte.repeat(32)).expect("a link")
}

fn stated() -> StatedHead {
    StatedHead {
        line: 12,
        line_link: link("ab"),
        turn: 3,
        turn_link: link("0C"),
    }
}

/// As the app has it.
fn quoted(record: &str, sentence: &str, facts: &[String]) -> Bundle {
    let pack = Pack::embedded();
    let rule = pack.rule(&event().rules[0].id).expect("a rule that ships");
    let text = Pack::source(&rule.file).expect("its file");
    let quoted = Quoted {
        record,
        line: 7,
        written_time: "2019-03-21 07:12:03 +01:00",
        language: "de\"><script>",
        sentence,
        sender: Some("com.example.<b>"),
        to: "registration.example",
        facts,
        rule: Some((rule, text)),
        head: &stated(),
        version: "0.0.0",
    };
    quoted.bundle().expect("a record")
}

fn text_of(bundle: &Bundle, wanted: &str) -> String {
    let entries = archive::read(&bundle.bytes).expect("whole");
    let found = entries.iter().find(|(name, _)| name == wanted);
    let (_, bytes) = found.expect(wanted);
    String::from_utf8_lossy(bytes).into_owned()
}

/// Links that are none of ours: the head is only named.
#[test]
fn a_stated_head_is_repeated_and_not_vouched_for() {
    let event = event();
    let record = json(&event);
    // LineCheckTest of the app has the same.
    let shown = "12/3 4c5b7024abe037594e40f159794b02808503ff76dd19aeaa24cb8cfcda005944";
    assert_eq!(stated().to_string(), shown);
    let bundle = quoted(
        &record,
        "Blocked. Nothing left the phone.",
        &["To: x".to_owned()],
    );
    let verified = verify(&bundle.bytes, Some(&bundle.fingerprint));
    assert_eq!(verified.faults, []);
    assert_eq!(verified.event, Some(event.clone()));
    assert_eq!(verified.stated_head, Some(stated()));
    assert_eq!((verified.chain_head, verified.is_in_chain), (None, false));
    assert_eq!(text_of(&bundle, name::EVENT), record);
    for page in [name::PAGE, name::TEXT] {
        let text = text_of(&bundle, page);
        for said in [
            shown,
            "Blocked. Nothing left the phone.",
            "line 7 of the history on the phone, byte for byte",
            "Nothing in this bundle shows that the line is in that history",
            "--expect FINGERPRINT",
            "https://",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        for not_there in ["chain.jsonl", "pcapng", "<script", "<b>"] {
            assert!(
                not_there == "<b>" || !text.contains(not_there),
                "{not_there}: {text}"
            );
        }
    }
    assert!(text_of(&bundle, name::RULE).contains("evidence:"));
    let letter = text_of(&bundle, name::COMPLAINT);
    assert!(letter.contains("com.example.<b> tried to send or sent data to registration.example"));
    assert!(!letter.contains("packets"), "{letter}");
    // The control: a history that is chained as ours names none.
    let verified = verify(&made(&event, Some(&record), &[]).bytes, None);
    assert_eq!((verified.stated_head, verified.faults), (None, vec![]));
    // One that is no head leaves no manifest that can be read.
    let mut entries = archive::read(&bundle.bytes).expect("whole");
    let manifest = String::from_utf8_lossy(&entries[0].1).replace("abab", "abax");
    entries[0].1 = manifest.into_bytes();
    let pairs: Vec<_> = entries.iter().map(|(n, b)| (&**n, b.clone())).collect();
    let faults = verify(&archive::write(&pairs), None).faults;
    assert_eq!(faults, [Fault::NoManifest]);
}

/// Words that were made outside, of the event as it was.
#[test]
fn what_is_quoted_is_masked() {
    let mut event = event();
    event.destination.name = Some(format!("d{IMEI}.example"));
    let record = json(&event);
    let facts = [format!("To: d{IMEI}.example")];
    let bundle = quoted(
        &record,
        &format!("To {IMEI}. Nothing left the phone."),
        &facts,
    );
    let all = String::from_utf8_lossy(&bundle.bytes);
    assert!(!all.contains(IMEI), "{all}");
    assert!(
        record.contains(IMEI) && facts[0].contains(IMEI),
        "the control"
    );
    assert!(
        text_of(&bundle, name::TEXT).contains("masked further"),
        "and says so"
    );
    let verified = verify(&bundle.bytes, None);
    assert_eq!(verified.faults, []);
    let name = verified.event.expect("still an event").destination.name;
    assert_eq!(name, Some(format!("{}.example", "•".repeat(16))));
}

#[test]
fn what_is_no_json_is_refused() {
    let head = stated();
    let quoted = |record| {
        let quoted = Quoted {
            record,
            line: 1,
            written_time: "",
            language: "en",
            sentence: "",
            sender: None,
            to: "",
            facts: &[],
            rule: None,
            head: &head,
            version: "0.0.0",
        };
        quoted.bundle().map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(quoted("{}"), Ok(()));
    for wrong in ["", "no event", "{\"a\":\"", "{} {}"] {
        let told = quoted(wrong).expect_err(wrong);
        assert!(told.starts_with("the record: "), "{told}");
    }
    assert_eq!(Link::try_from("0g".repeat(32)), Err(NoLink));
    assert_eq!(Link::try_from("00".to_owned()), Err(NoLink));
    assert_eq!(Link::try_from("ä".repeat(32)), Err(NoLink));
}

/// The packets of a file, by its own block lengths.
fn packets(file: &[u8]) -> Vec<Vec<u8>> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes"));
    let (mut at, mut packets) = (0, Vec::new());
    while at < file.len() {
        let len = word(at + 4) as usize;
        assert_eq!(word(at + len - 4) as usize, len);
        if word(at) == 6 {
            packets.push(file[at + 28..at + 28 + word(at + 20) as usize].to_vec());
        }
        at += len;
    }
    packets
}

#[test]
fn packets_hold_their_checksums_and_the_whole_request() {
    let mut event = event();
    event.findings = vec![event.findings[0].clone(); 100];
    for address in ["203.0.113.7", "2001:db8::7"] {
        for (subject, protocol) in [
            (Subject::Request, Protocol::Tcp),
            (Subject::Hello, Protocol::Tcp),
            (Subject::Request, Protocol::Udp),
            (Subject::DnsQuestion, Protocol::Udp),
        ] {
            event.destination.address = address.parse().expect("an address");
            event.destination.protocol = protocol;
            event.subject = subject;
            let packets = packets(&pcapng::file(&event));
            let payload: Vec<u8> = packets
                .iter()
                .flat_map(|packet| checked_payload(packet))
                .collect();
            assert_eq!(payload, request::payload(&event), "{subject:?}");
            assert_eq!(payload.is_empty(), subject == Subject::Hello);
            assert!(!packets.is_empty());
        }
    }
}

/// The payload of a packet whose checksums hold.
fn checked_payload(packet: &[u8]) -> Vec<u8> {
    if packet[0] >> 4 == 4 {
        let ip = Ipv4Packet::new_checked(packet).expect("IPv4");
        assert!(ip.verify_checksum());
        let (from, to) = (ip.src_addr().into(), ip.dst_addr().into());
        upper(ip.next_header(), ip.payload(), from, to)
    } else {
        let ip = Ipv6Packet::new_checked(packet).expect("IPv6");
        let (from, to) = (ip.src_addr().into(), ip.dst_addr().into());
        upper(ip.next_header(), ip.payload(), from, to)
    }
}

fn upper(
    protocol: smoltcp::wire::IpProtocol,
    bytes: &[u8],
    from: IpAddress,
    to: IpAddress,
) -> Vec<u8> {
    if protocol == smoltcp::wire::IpProtocol::Tcp {
        let tcp = TcpPacket::new_checked(bytes).expect("TCP");
        assert!(tcp.verify_checksum(&from, &to));
        tcp.payload().to_vec()
    } else {
        let udp = UdpPacket::new_checked(bytes).expect("UDP");
        assert!(udp.checksum() != 0 && udp.verify_checksum(&from, &to));
        udp.payload().to_vec()
    }
}
