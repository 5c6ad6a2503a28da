//! What reaches the fake internet, searched as it goes by: nothing is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use flate2::read::GzDecoder;

use super::forms::BLOCKED_NAME;
use super::places;
use crate::capture::{Transport, listen, read_pcap};
use crate::process::processes_of;
use crate::world::World;

/// Bytes of a stream that are looked at again together with what follows.
const TAIL: usize = 64;

/// Of what looks like gzip, so many bytes are gathered before they are unpacked.
const PACKED_MAX: usize = 1024;

/// Streams remembered; of a connection that ends without saying so nothing else is forgotten.
const STREAMS_MAX: usize = 20_000;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Leaks, each with what it was recognised by.
    pub(super) leaks: Vec<String>,
    /// Where leaks were seen that were sent straight.
    pub(super) controls: BTreeSet<IpAddr>,
    /// Packets and payload bytes looked at.
    pub(super) packets: u64,
    pub(super) bytes: u64,
    streams: BTreeMap<(SocketAddr, SocketAddr), Stream>,
}

#[derive(Debug, Default)]
struct Stream {
    /// The sequence number that comes next; `None` where the beginning was not seen.
    next: Option<u32>,
    tail: Vec<u8>,
    /// What may be gzip, from its first byte on.
    packed: Option<Vec<u8>>,
}

/// A running capture.
#[derive(Debug)]
pub(super) struct Wire {
    tcpdump: Child,
    seen: Arc<Mutex<Seen>>,
    said: Option<thread::JoinHandle<String>>,
    reading: Option<thread::JoinHandle<()>>,
}

impl Wire {
    pub(super) fn tap(world: &World) -> Self {
        let (tcpdump, stream, lines) = listen(world, &["-s", "0", "-B", "131072"]);
        let said = thread::spawn(move || lines.collect::<Vec<_>>().join("\n"));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let sink = Arc::clone(&seen);
        let reading = thread::spawn(move || {
            // The end of the stream is the end of the capture.
            let _ = read_pcap(stream, |packet| {
                let mut seen = sink.lock().unwrap_or_else(PoisonError::into_inner);
                seen.look(
                    packet.source,
                    packet.destination,
                    packet.transport,
                    &packet.payload,
                    &packet.bytes,
                );
            });
        });
        Self {
            tcpdump,
            seen,
            said: Some(said),
            reading: Some(reading),
        }
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the capture, once all of it was looked at; packets that it has lost.
    pub(super) fn end(&mut self) -> u64 {
        for process in processes_of(self.tcpdump.id(), "tcpdump") {
            process.signal("INT");
        }
        let _ = self.tcpdump.wait();
        if let Some(reading) = self.reading.take() {
            reading.join().expect("the capture is read");
        }
        let said = self
            .said
            .take()
            .map_or_else(String::new, |said| said.join().unwrap_or_default());
        let dropped = said
            .lines()
            .find_map(|line| line.strip_suffix(" packets dropped by kernel"));
        dropped
            .and_then(|number| number.trim().parse().ok())
            .unwrap_or(u64::MAX)
    }
}

impl Seen {
    fn look(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        transport: Transport,
        payload: &[u8],
        whole: &[u8],
    ) {
        self.packets += 1;
        self.bytes += payload.len() as u64;
        let address = destination.ip();
        let hit = match transport {
            Transport::Tcp {
                syn: true,
                sequence,
            } => {
                if self.streams.len() > STREAMS_MAX {
                    self.streams.clear();
                }
                let next = sequence.wrapping_add(1);
                self.streams.insert(
                    (source, destination),
                    Stream {
                        next: Some(next),
                        ..Stream::default()
                    },
                );
                None
            }
            Transport::Tcp { sequence, .. } if !payload.is_empty() => {
                let stream = self.streams.entry((source, destination)).or_default();
                stream.look(sequence, payload)
            }
            Transport::Tcp { .. } => None,
            Transport::Udp => search(payload),
            Transport::Other => search(whole),
        };
        let is_silent_tcp = matches!(transport, Transport::Tcp { .. }) && payload.is_empty();
        let hit = hit.map(str::to_owned).or_else(|| {
            let only_dialled = places::is_leak(address) && is_silent_tcp;
            let is_told = places::is_control(address) && !is_silent_tcp;
            let forbidden = places::is_leak(address) || places::is_forbidden(address);
            (is_told || forbidden && !only_dialled).then(|| "its address".to_owned())
        });
        let Some(hit) = hit else { return };
        // Only where it goes to counts: from the controls' own address Gasket's sockets could come as well.
        if places::is_control(address) {
            self.controls.insert(address);
        } else {
            let text = String::from_utf8_lossy(&payload[..payload.len().min(80)]).into_owned();
            self.leaks.push(format!(
                "{source} > {destination} {transport:?} by {hit}: {text:?}"
            ));
        }
    }
}

impl Stream {
    /// Looks at a segment together with the end of what came before it.
    fn look(&mut self, sequence: u32, payload: &[u8]) -> Option<&'static str> {
        // What was sent before is known; after a hole what came before it does not count.
        let known = self.next.map_or(0, |next| next.wrapping_sub(sequence));
        let fresh = match usize::try_from(known) {
            Ok(known) if known <= payload.len() => &payload[known..],
            Ok(known) if known < 1 << 30 => return None,
            _ => {
                self.tail.clear();
                payload
            }
        };
        let length = u32::try_from(payload.len()).expect("a segment");
        self.next = Some(sequence.wrapping_add(length));
        self.tail.extend_from_slice(fresh);
        let hit = search(&self.tail);
        let unpacked = self.unpack(fresh.len());
        let from = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..from);
        hit.or(unpacked)
    }

    /// Gathers what looks like gzip and searches what is in it.
    fn unpack(&mut self, fresh: usize) -> Option<&'static str> {
        let packed = match &mut self.packed {
            Some(packed) => {
                packed.extend_from_slice(&self.tail[self.tail.len() - fresh..]);
                packed
            }
            None => {
                let at = self
                    .tail
                    .windows(3)
                    .position(|part| part == [0x1f, 0x8b, 8])?;
                self.packed.insert(self.tail[at..].to_vec())
            }
        };
        let mut document = Vec::new();
        // What can be read before the end, or the damage, counts.
        let _ = GzDecoder::new(&packed[..])
            .take(1 << 16)
            .read_to_end(&mut document);
        let hit = search(&document);
        if packed.len() > PACKED_MAX || hit.is_some() {
            self.packed = None;
        }
        hit
    }
}

/// What no packet may hold: how the documents and names of leaks begin, as they are sent.
const NEEDLES: [&[u8]; 8] = [
    b"{\"LEAKE",
    b"eyJMRUF",
    b"7b224c45414b45",
    b"%22LEAKED",
    b"359999",
    b"/leak/",
    b".tracker.test",
    b"\x07tracker\x04test",
];

fn search(bytes: &[u8]) -> Option<&'static str> {
    debug_assert_eq!(BLOCKED_NAME, "tracker.test");
    for (at, byte) in bytes.iter().enumerate() {
        if !matches!(byte, b'{' | b'e' | b'7' | b'%' | b'3' | b'/' | b'.' | 7) {
            continue;
        }
        let rest = &bytes[at..];
        if let Some(needle) = NEEDLES.iter().find(|needle| rest.starts_with(needle)) {
            return Some(std::str::from_utf8(needle).expect("ASCII"));
        }
    }
    None
}
