//! One connection: where it goes, how many bytes it carries, how long it stays.

use std::net::SocketAddr;

use gasket_core::facts::{NameSource, Protocol};

use super::{Flow, Month};
use crate::apps::{How, Talk};
use crate::draw::Draw;
use crate::life::{HOUR, MINUTE, Net};

/// What becomes of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    /// Nobody answers.
    Away,
}

/// Bytes of a connection.
struct Bytes {
    sent: u64,
    received: u64,
    inside: Option<(u64, u64)>,
}

impl Month<'_> {
    /// Connects once, where there is a network, and tells when the connection ends.
    pub(super) fn connect(
        &mut self,
        app: usize,
        talk: &Talk,
        at: u64,
        outcome: Outcome,
        draw: &mut Draw,
    ) -> Option<u64> {
        let stays = draw.seconds(talk.stays);
        let (up, down) = (talk.up.draw(draw), talk.down.draw(draw));
        self.carry(app, talk, (at, at + stays), (up, down), outcome, draw)
    }

    /// The same with times and payload given.
    pub(super) fn carry(
        &mut self,
        app: usize,
        talk: &Talk,
        (start, end): (u64, u64),
        (up, down): (u64, u64),
        outcome: Outcome,
        draw: &mut Draw,
    ) -> Option<u64> {
        let segment = self.life.network(start)?;
        let habits = &self.life.habits;
        let dest = &self.dests[talk.to];
        // Many networks give one family only.
        let v6 =
            habits.ipv6 && !dest.v6.is_empty() && (segment.net == Net::Mobile || start % 5 < 2);
        let addresses = if v6 { &dest.v6 } else { &dest.v4 };
        // An answer of DNS is kept for some minutes; the next one is another of the set.
        let turn = (start / (7 * MINUTE)).wrapping_mul(0x9e37_79b9) >> 7;
        let address = SocketAddr::new(addresses[turn as usize % addresses.len()], talk.port);
        let named = dest
            .name
            .as_ref()
            .and(match (habits.encrypted_dns, talk.how) {
                // By what is said first.
                (true, How::Tls) => Some(NameSource::Tls),
                (true, How::Quic) => Some(NameSource::Quic),
                (true, How::Http) => Some(NameSource::Http),
                (true, How::Tcp | How::Udp) => None,
                // Resolved before Gasket ran, or by the app itself.
                (false, How::Tls) if draw.chance(0.06) => Some(NameSource::Tls),
                (false, _) => Some(NameSource::Dns),
            });
        let met = self.met.insert((app, talk.to), start);
        let resumed =
            met.is_some_and(|met| start.saturating_sub(met) < 24 * HOUR) && draw.chance(0.55);
        let bytes = match outcome {
            Outcome::Answered => answered(talk.how, (up, down), resumed, habits.large_hello, draw),
            Outcome::Away => away(talk.how, draw),
        };
        let end = match outcome {
            Outcome::Answered => end.max(start + 60),
            Outcome::Away => start + draw.seconds((3.0, 30.0)),
        };
        let end = end.min(segment.span.to);
        self.flows.push(Flow {
            start,
            end,
            app,
            dest: talk.to,
            address,
            protocol: match talk.how {
                How::Quic | How::Udp => Protocol::Udp,
                _ => Protocol::Tcp,
            },
            named,
            unowned: draw.chance(0.003),
            sent: bytes.sent,
            received: bytes.received,
            inside: bytes.inside,
        });
        Some(end)
    }
}

fn answered(
    how: How,
    (up, down): (u64, u64),
    resumed: bool,
    large: bool,
    draw: &mut Draw,
) -> Bytes {
    let between = |draw: &mut Draw, low: f64, high: f64| draw.between(low, high) as u64;
    match how {
        How::Tls => {
            let key = if large { 1180 } else { 0 };
            let hello = between(draw, 500.0, 640.0) + key + u64::from(resumed) * 250;
            let answer = if resumed {
                between(draw, 220.0, 330.0)
            } else {
                between(draw, 2700.0, 5200.0)
            };
            // The frames that begin HTTP/2, and session tickets.
            let asked = up + between(draw, 70.0, 130.0);
            let told = down + between(draw, 60.0, 110.0) + draw.below(3) as u64 * 260;
            Bytes {
                sent: hello + between(draw, 64.0, 130.0) + asked,
                received: answer + key + told,
                inside: Some((asked, told)),
            }
        }
        How::Quic => {
            let hello = if large { 2400 } else { 1200 };
            let answer = if resumed {
                between(draw, 1250.0, 1700.0)
            } else {
                between(draw, 2600.0, 5000.0)
            };
            // Acknowledgements are datagrams, too.
            Bytes {
                sent: hello + between(draw, 90.0, 350.0) + up + up / 35 + down / 60,
                received: answer + down + down / 35 + up / 60,
                inside: None,
            }
        }
        How::Http | How::Tcp | How::Udp => Bytes {
            sent: up,
            received: down,
            inside: None,
        },
    }
}

fn away(how: How, draw: &mut Draw) -> Bytes {
    let sent = match how {
        // Datagrams are sent before anybody answers, and again.
        How::Quic => 1200 * (2 + draw.below(4)) as u64,
        How::Udp => 48 * (1 + draw.below(3)) as u64,
        _ => 0,
    };
    Bytes {
        sent,
        received: 0,
        inside: None,
    }
}
