//! What reached the fake internet.

use std::net::SocketAddr;

use gasket_core::facts::Protocol;
use gasket_core::packet::{FiveTuple, Ip, Packet};

use gasket_capture::assembly::{Assembly, Gap};

/// What one peer of the fake internet saw of one client socket.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) protocol: Protocol,
    pub(super) server: SocketAddr,
    /// Packets towards the server, SYNs and empty ones included.
    pub(super) packets: u64,
    /// Payload towards the server, in order.
    pub(super) bytes: Vec<u8>,
}

/// All that reached it in one run.
#[derive(Debug, Default)]
pub(super) struct Wire {
    pub(super) sights: Vec<Sight>,
    /// Packets that are neither TCP nor UDP, in any direction.
    pub(super) others: u64,
}

impl Wire {
    /// Whether not one packet was seen.
    pub(super) fn is_silent(&self) -> bool {
        self.sights.is_empty() && self.others == 0
    }

    /// Whether nothing but name questions to `resolver` was seen.
    pub(super) fn is_silent_but_for(&self, resolver: SocketAddr) -> bool {
        let is_question =
            |sight: &Sight| sight.protocol == Protocol::Udp && sight.server == resolver;
        self.sights.iter().all(is_question) && self.others == 0
    }

    /// What `server` saw, all sockets together: connections or conversations, and payload.
    pub(super) fn at(&self, protocol: Protocol, server: SocketAddr) -> (usize, Vec<u8>) {
        let of_server = |sight: &&Sight| sight.protocol == protocol && sight.server == server;
        let there: Vec<_> = self.sights.iter().filter(of_server).collect();
        let bytes = there.iter().flat_map(|sight| sight.bytes.clone());
        (there.len(), bytes.collect())
    }
}

/// Puts captured packets together.
#[derive(Default)]
pub(super) struct Observer {
    wire: Wire,
    streams: Vec<(FiveTuple, Assembly)>,
}

impl Observer {
    /// Looks at one IP packet. Whoever sends first on a five-tuple is its client.
    pub(super) fn see(&mut self, packet: &[u8]) -> Result<(), Gap> {
        match Ip::parse(packet).and_then(|ip| ip.upper()) {
            Ok(Packet::Tcp(tuple, segment)) => {
                let Some(at) = self.client_side(tuple) else {
                    return Ok(());
                };
                let (stream, sight) = (&mut self.streams[at].1, &mut self.wire.sights[at]);
                let sequence = segment.seq_number().0.cast_unsigned();
                if segment.syn() {
                    stream.begin_after(sequence);
                }
                stream.push(sequence, segment.payload(), &mut sight.bytes)
            }
            Ok(Packet::Udp(tuple, payload)) => {
                if let Some(at) = self.client_side(tuple) {
                    self.wire.sights[at].bytes.extend_from_slice(payload);
                }
                Ok(())
            }
            _ => {
                self.wire.others += 1;
                Ok(())
            }
        }
    }

    /// Counts the packet and gives its place; `None` for one from server to client.
    fn client_side(&mut self, tuple: FiveTuple) -> Option<usize> {
        let back = FiveTuple {
            source: tuple.destination,
            destination: tuple.source,
            ..tuple
        };
        if self.streams.iter().any(|(known, _)| *known == back) {
            return None;
        }
        let known = self.streams.iter().position(|(known, _)| *known == tuple);
        let at = known.unwrap_or_else(|| {
            self.streams.push((tuple, Assembly::default()));
            self.wire.sights.push(Sight {
                protocol: tuple.protocol,
                server: tuple.destination,
                packets: 0,
                bytes: Vec::new(),
            });
            self.streams.len() - 1
        });
        self.wire.sights[at].packets += 1;
        Some(at)
    }

    /// All that was seen.
    pub(super) fn into_wire(self) -> Wire {
        self.wire
    }
}
