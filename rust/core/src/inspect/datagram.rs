//! The datagrams of one UDP flow, from the app: which of them are judged, and as what.

use super::coap;
use super::quic::{InitialStep, Initials};
use super::{ClientHello, Said};

/// Datagrams of no known protocol that are judged; the rest passes.
const RAW_JUDGED: u32 = 4;

/// Times a QUIC hello may stay unread before the flow passes: a client whose version the server
/// does not know tries again with another.
const UNREAD_HELLOS: u32 = 4;

/// What to do with a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "matched on at once, never stored"
)]
pub enum DatagramStep<'a> {
    /// Hold it, behind those already held: a QUIC hello is incomplete.
    NeedMore,
    /// Judge it, together with all that are held. If it may pass, the caller releases them all.
    Judge(Said<'a>),
    /// It and all further datagrams of the flow may pass.
    Pass,
}

/// Recognises QUIC and CoAP in the datagrams of one five-tuple. DNS is not looked for.
#[derive(Debug)]
pub struct DatagramInspector {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing known yet.
    Fresh { judged: u32 },
    /// Every datagram is judged, for ever.
    Coap,
    /// The same, as no protocol known here.
    Raw,
    /// A QUIC hello is arriving, or one could not be read.
    Quic {
        initials: Box<Initials>,
        held: bool,
        unread: u32,
    },
    /// Nothing more to inspect.
    Done,
}

impl DatagramInspector {
    /// Most datagrams that may have to be held before a step decides.
    pub const HOLD_DATAGRAMS: usize = super::quic::HELLO_DATAGRAMS - 1;

    /// Most bytes of datagrams that may have to be held before a step decides.
    pub const HOLD_BYTES: usize = super::quic::HELLO_BYTES;

    /// An inspector before the flow's first datagram.
    pub fn new(destination_port: u16) -> Self {
        let state = match destination_port {
            coap::PORT => State::Coap,
            _ => State::Fresh { judged: 0 },
        };
        Self { state }
    }

    /// An inspector of ICMP echo requests: whatever they carry is judged.
    pub fn of_echo() -> Self {
        Self { state: State::Raw }
    }

    /// Looks at the app's next datagram (the payload of UDP, or an ICMP message).
    pub fn push<'a>(&mut self, datagram: &'a [u8]) -> DatagramStep<'a> {
        match &mut self.state {
            State::Done => DatagramStep::Pass,
            State::Raw => DatagramStep::Judge(Said::Raw(datagram)),
            State::Coap => {
                DatagramStep::Judge(coap::parse(datagram).map_or(Said::Raw(datagram), Said::Coap))
            }
            State::Quic {
                initials,
                held,
                unread,
            } => {
                let step = initials.push(datagram);
                *held = step == InitialStep::NeedMore;
                match step {
                    InitialStep::NeedMore => DatagramStep::NeedMore,
                    InitialStep::Hello(hello) => {
                        self.state = State::Done;
                        DatagramStep::Judge(Said::Quic(hello))
                    }
                    InitialStep::NotQuic => {
                        self.state = State::Done;
                        DatagramStep::Pass
                    }
                    InitialStep::Undecipherable(_) => {
                        *unread += 1;
                        **initials = Initials::new();
                        if *unread == UNREAD_HELLOS {
                            self.state = State::Done;
                        }
                        DatagramStep::Judge(unread_hello())
                    }
                }
            }
            State::Fresh { judged } => {
                let mut initials = Box::<Initials>::default();
                match initials.push(datagram) {
                    InitialStep::NotQuic if coap::looks_like_request(datagram) => {
                        self.state = State::Coap;
                        self.push(datagram)
                    }
                    InitialStep::NotQuic => {
                        *judged += 1;
                        if *judged == RAW_JUDGED {
                            self.state = State::Done;
                        }
                        DatagramStep::Judge(Said::Raw(datagram))
                    }
                    InitialStep::NeedMore => {
                        self.state = State::Quic {
                            initials,
                            held: true,
                            unread: 0,
                        };
                        DatagramStep::NeedMore
                    }
                    InitialStep::Hello(hello) => {
                        self.state = State::Done;
                        DatagramStep::Judge(Said::Quic(hello))
                    }
                    InitialStep::Undecipherable(_) => {
                        let initials = Box::default();
                        self.state = State::Quic {
                            initials,
                            held: false,
                            unread: 1,
                        };
                        DatagramStep::Judge(unread_hello())
                    }
                }
            }
        }
    }

    /// Gives what is held to judge, because no datagram has come for so long that the app may be
    /// waiting for an answer; `None` if nothing is held. A hello that is completed later is still
    /// judged.
    pub fn overdue(&mut self) -> Option<Said<'static>> {
        match &mut self.state {
            State::Quic { held, .. } => std::mem::take(held).then(unread_hello),
            _ => None,
        }
    }
}

/// QUIC to an unknown name.
fn unread_hello() -> Said<'static> {
    Said::Quic(ClientHello::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::coap::tests::{message as coap_message, registration};
    use crate::inspect::quic::tests::{USUAL, crypto, padded};
    use crate::inspect::tls::tests::{message, sni};
    use crate::testing::Random;

    fn named(name: &str) -> Said<'static> {
        let server_name = Some(name.to_owned());
        Said::Quic(ClientHello {
            server_name,
            ..ClientHello::default()
        })
    }

    fn nameless() -> DatagramStep<'static> {
        DatagramStep::Judge(Said::Quic(ClientHello::default()))
    }

    fn raw(datagram: &[u8]) -> DatagramStep<'_> {
        DatagramStep::Judge(Said::Raw(datagram))
    }

    fn other_version(mut datagram: Vec<u8>) -> Vec<u8> {
        datagram[1..5].copy_from_slice(&[0x1a; 4]);
        datagram
    }

    #[test]
    fn quic_is_held_until_its_hello_and_then_passes() {
        let hello = message(&sni(b"a.example"));
        let one = padded(USUAL, &crypto(20, &hello[20..]));
        let two = padded(USUAL, &crypto(0, &hello[..20]));
        let mut inspector = DatagramInspector::new(443);
        assert_eq!(inspector.push(&one), DatagramStep::NeedMore);
        assert_eq!(
            inspector.push(&two),
            DatagramStep::Judge(named("a.example"))
        );
        assert_eq!(inspector.push(b"anything"), DatagramStep::Pass);
        assert_eq!(inspector.push(&registration()), DatagramStep::Pass);
        assert_eq!(inspector.overdue(), None);
    }

    #[test]
    fn a_hello_that_does_not_come_is_nameless() {
        let ping = padded(USUAL, &[1]);
        let mut inspector = DatagramInspector::new(443);
        for _ in 0..DatagramInspector::HOLD_DATAGRAMS {
            assert_eq!(inspector.push(&ping), DatagramStep::NeedMore);
        }
        assert_eq!(inspector.push(&ping), nameless());
    }

    #[test]
    fn what_is_held_is_bounded() {
        let ping = padded(USUAL, &[&[1], &[0; 4000][..]].concat());
        let mut inspector = DatagramInspector::new(443);
        let mut held = 0;
        while inspector.push(&ping) == DatagramStep::NeedMore {
            held += ping.len();
        }
        assert!(held < DatagramInspector::HOLD_BYTES);
    }

    #[test]
    fn an_overdue_hello_is_nameless_and_still_read_later() {
        let hello = message(&sni(b"a.example"));
        let mut inspector = DatagramInspector::new(443);
        let one = padded(USUAL, &crypto(0, &hello[..20]));
        assert_eq!(inspector.push(&one), DatagramStep::NeedMore);
        assert_eq!(
            inspector.overdue(),
            Some(Said::Quic(ClientHello::default()))
        );
        assert_eq!(inspector.overdue(), None);
        let two = padded(USUAL, &crypto(20, &hello[20..40]));
        assert_eq!(inspector.push(&two), DatagramStep::NeedMore);
        assert_eq!(
            inspector.overdue(),
            Some(Said::Quic(ClientHello::default()))
        );
        let three = padded(USUAL, &crypto(40, &hello[40..]));
        assert_eq!(
            inspector.push(&three),
            DatagramStep::Judge(named("a.example"))
        );
    }

    #[test]
    fn nothing_is_overdue_once_it_is_judged() {
        let good = padded(USUAL, &crypto(0, &message(&sni(b"a.example"))));
        let mut inspector = DatagramInspector::new(443);
        for _ in 0..UNREAD_HELLOS - 1 {
            assert_eq!(inspector.push(&other_version(good.clone())), nameless());
            assert_eq!(inspector.overdue(), None);
        }
    }

    #[test]
    fn after_version_negotiation_the_hello_is_read() {
        let good = padded(USUAL, &crypto(0, &message(&sni(b"a.example"))));
        let mut inspector = DatagramInspector::new(443);
        assert_eq!(inspector.push(&other_version(good.clone())), nameless());
        assert_eq!(
            inspector.push(&good),
            DatagramStep::Judge(named("a.example"))
        );
        // Not for ever.
        let mut inspector = DatagramInspector::new(443);
        for _ in 0..UNREAD_HELLOS {
            assert_eq!(inspector.push(&other_version(good.clone())), nameless());
        }
        assert_eq!(inspector.push(&good), DatagramStep::Pass);
        // A version that the server knows goes on with short headers.
        let mut inspector = DatagramInspector::new(443);
        assert_eq!(inspector.push(&other_version(good.clone())), nameless());
        assert_eq!(inspector.push(&[0x40; 50]), DatagramStep::Pass);
    }

    #[test]
    fn coap_is_judged_for_ever() {
        let bytes = registration();
        for port in [coap::PORT, 5700] {
            let mut inspector = DatagramInspector::new(port);
            for _ in 0..20 {
                let DatagramStep::Judge(Said::Coap(found)) = inspector.push(&bytes) else {
                    panic!("not judged");
                };
                assert_eq!(found.host.as_deref(), Some("m.fxltsbl.com"));
            }
            for text in [&b"broken"[..], b"DEVICE-ID 12345", b"{\"imei\":1}"] {
                assert_eq!(inspector.push(text), raw(text));
            }
            let response = coap_message(0x45, &[], b"hi");
            assert!(matches!(
                inspector.push(&response),
                DatagramStep::Judge(Said::Coap(_))
            ));
        }
    }

    #[test]
    fn on_the_coap_port_nothing_passes_unjudged() {
        let mut inspector = DatagramInspector::new(coap::PORT);
        for _ in 0..20 {
            assert_eq!(inspector.push(b"\x01\x02"), raw(b"\x01\x02"));
        }
        assert!(matches!(
            inspector.push(&registration()),
            DatagramStep::Judge(Said::Coap(_))
        ));
    }

    #[test]
    fn other_datagrams_are_raw_and_then_pass() {
        let mut inspector = DatagramInspector::new(9999);
        for datagram in [&b"a"[..], b"", b"{\"imei\":1}", b"d"] {
            assert_eq!(inspector.push(datagram), raw(datagram));
        }
        assert_eq!(inspector.push(b"e"), DatagramStep::Pass);
    }

    #[test]
    fn known_protocols_are_recognised_after_others() {
        let mut inspector = DatagramInspector::new(9999);
        assert_eq!(inspector.push(b"a"), raw(b"a"));
        let good = padded(USUAL, &crypto(0, &message(&sni(b"a.example"))));
        assert_eq!(
            inspector.push(&good),
            DatagramStep::Judge(named("a.example"))
        );
        let mut inspector = DatagramInspector::new(9999);
        assert_eq!(inspector.push(b"a"), raw(b"a"));
        assert!(matches!(
            inspector.push(&registration()),
            DatagramStep::Judge(Said::Coap(_))
        ));
    }

    #[test]
    fn mutations_do_not_panic_and_are_not_held_for_ever() {
        let mut random = Random::new(9);
        let hello = message(&sni(b"a.example"));
        let samples = [
            padded(USUAL, &crypto(0, &hello)),
            padded(USUAL, &crypto(0, &hello[..9])),
            registration(),
            b"text".to_vec(),
        ];
        for round in 0..2_000 {
            let mut inspector = DatagramInspector::new([443, coap::PORT][round % 2]);
            let mut waited = 0;
            for _ in 0..12 {
                let mut datagram = samples[random.below(samples.len())].clone();
                random.mutate(&mut datagram);
                waited = match inspector.push(&datagram) {
                    DatagramStep::NeedMore => waited + 1,
                    _ => 0,
                };
                assert!(waited <= DatagramInspector::HOLD_DATAGRAMS);
            }
        }
    }
}
