//! What reached the fake internet, read live from tcpdump.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::world::World;

/// Where marks are sent: an address no test talks to otherwise.
pub(crate) const MARK_ADDRESS: &str = "198.51.100.250:9";

/// How long a mark may take through tcpdump.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// TCP: the sequence number of the first payload byte, and whether it is a first SYN.
    Tcp { sequence: u32, syn: bool },
    /// UDP.
    Udp,
    /// Anything else: no ports, no payload.
    Other,
}

/// One packet.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) transport: Transport,
    pub(crate) payload: Vec<u8>,
    /// All of it, from the IP header on.
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            destination,
            transport,
            payload,
            bytes: _,
        } = self;
        let text = String::from_utf8_lossy(&payload[..payload.len().min(60)]);
        write!(
            f,
            "{source} > {destination} {transport:?} {} bytes {text:?}",
            payload.len()
        )
    }
}

#[derive(Debug, Default)]
struct Shared {
    packets: Mutex<Vec<Packet>>,
    grown: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Vec<Packet>> {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running capture on all interfaces of a world.
#[derive(Debug)]
pub(crate) struct Capture<'a> {
    world: &'a World,
    shared: Arc<Shared>,
    tcpdump: Child,
    marks: AtomicU32,
}

impl<'a> Capture<'a> {
    /// Starts tcpdump and returns once it captures.
    pub(crate) fn start(world: &'a World) -> Self {
        // Each packet is handed on at once. In that mode a slot of the ring is as large as the
        // snapshot length: 4 KiB gives 16,384 slots in 64 MiB, more than a burst of a test.
        let options = ["--immediate-mode", "-s", "4096", "-B", "65536"];
        let (tcpdump, stream, keep_stderr) = listen(world, &options);
        let shared = Arc::new(Shared::default());
        let sink = Arc::clone(&shared);
        thread::spawn(move || {
            // The end of the stream is the end of the world: nothing to report.
            let _ = read_pcap(stream, |packet| {
                sink.lock().push(packet);
                sink.grown.notify_all();
            });
            drop(keep_stderr);
        });
        Self {
            world,
            shared,
            tcpdump,
            marks: AtomicU32::new(0),
        }
    }

    /// Everything captured until now: sends a mark and waits until it, and so all before it, is in.
    pub(crate) fn packets(&self) -> Vec<Packet> {
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        let mark = format!("mark {number}.");
        self.world
            .run_ok(&[World::PEER, "mark", MARK_ADDRESS, &mark]);
        let arrived = |packets: &mut Vec<Packet>| {
            packets
                .iter()
                .any(|packet| packet.payload == mark.as_bytes())
        };
        let (packets, timeout) = self
            .shared
            .grown
            .wait_timeout_while(self.shared.lock(), PATIENCE, |packets| !arrived(packets))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "the capture lost the mark");
        let mark_address: SocketAddr = MARK_ADDRESS.parse().expect("an address");
        packets
            .iter()
            .filter(|packet| packet.destination != mark_address)
            .cloned()
            .collect()
    }

    /// Forgets what was captured until now.
    pub(crate) fn clear(&self) {
        self.packets();
        self.shared.lock().clear();
    }
}

impl Drop for Capture<'_> {
    fn drop(&mut self) {
        // The world ends what runs inside; this is only the outer process.
        let _ = self.tcpdump.kill();
        let _ = self.tcpdump.wait();
    }
}

/// Starts tcpdump on all interfaces of a world, and returns once it captures: the process, what it writes, for [`read_pcap`],
/// and the lines that it says from then on, which must not be dropped before it has ended.
pub(crate) fn listen(
    world: &World,
    options: &[&str],
) -> (
    Child,
    BufReader<ChildStdout>,
    impl Iterator<Item = String> + use<>,
) {
    let mut command = world.inside(&["tcpdump", "-i", "any", "-n", "-U", "-Z", "root", "-w", "-"]);
    command
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut tcpdump = command.spawn().expect("tcpdump starts");
    let errors = BufReader::new(tcpdump.stderr.take().expect("piped"));
    let mut said = errors.lines().map_while(Result::ok);
    let listening = said.find(|line| line.contains("listening on"));
    assert!(listening.is_some(), "tcpdump does not listen");
    let stream = BufReader::new(tcpdump.stdout.take().expect("piped"));
    (tcpdump, stream, said)
}

/// Packets to or from `address`.
pub(crate) fn concerning(packets: &[Packet], address: IpAddr) -> Vec<&Packet> {
    let ends =
        |packet: &&Packet| packet.source.ip() == address || packet.destination.ip() == address;
    packets.iter().filter(ends).collect()
}

/// Packets with `text` anywhere in them, headers included.
pub(crate) fn showing<'a>(packets: &'a [Packet], text: &[u8]) -> Vec<&'a Packet> {
    let shows = |packet: &&Packet| packet.bytes.windows(text.len()).any(|part| part == text);
    packets.iter().filter(shows).collect()
}

/// Connections begun to `destination`.
pub(crate) fn dials(packets: &[Packet], destination: SocketAddr) -> usize {
    let syns = packets.iter().filter(|packet| {
        packet.destination == destination
            && matches!(packet.transport, Transport::Tcp { syn: true, .. })
    });
    // A SYN sent twice is one dial.
    syns.map(|packet| packet.source)
        .collect::<BTreeSet<_>>()
        .len()
}

/// What `destination` was sent: one byte string per TCP connection, the datagrams as they came.
pub(crate) fn sent_to(packets: &[Packet], destination: SocketAddr) -> Vec<Vec<u8>> {
    let mut streams: BTreeMap<SocketAddr, Stream<'_>> = BTreeMap::new();
    let mut all = Vec::new();
    for packet in packets
        .iter()
        .filter(|packet| packet.destination == destination)
    {
        match packet.transport {
            Transport::Tcp {
                sequence,
                syn: true,
            } => {
                let first = sequence.wrapping_add(1);
                streams.insert(
                    packet.source,
                    Stream {
                        first,
                        segments: BTreeMap::new(),
                    },
                );
            }
            Transport::Tcp { sequence, .. } => {
                if let Some(stream) = streams.get_mut(&packet.source) {
                    let at = sequence.wrapping_sub(stream.first);
                    stream.segments.insert(at, &packet.payload);
                }
            }
            Transport::Udp => all.push(packet.payload.clone()),
            Transport::Other => {}
        }
    }
    all.extend(streams.into_values().map(Stream::joined));
    all
}

/// One direction of a TCP connection.
struct Stream<'a> {
    /// Sequence number of the first payload byte.
    first: u32,
    /// Segments by their distance from it.
    segments: BTreeMap<u32, &'a [u8]>,
}

impl Stream<'_> {
    /// The bytes in order, what was sent twice taken once.
    fn joined(self) -> Vec<u8> {
        let mut stream = Vec::new();
        for (at, segment) in self.segments {
            let known = stream
                .len()
                .saturating_sub(usize::try_from(at).expect("32 bits"));
            stream.extend_from_slice(segment.get(known..).unwrap_or_default());
        }
        stream
    }
}

/// Shows `each` every packet until tcpdump ends.
pub(crate) fn read_pcap(mut stream: impl Read, mut each: impl FnMut(Packet)) -> io::Result<()> {
    let mut head = [0; 24];
    stream.read_exact(&mut head)?;
    let link = u32::from_ne_bytes(head[20..24].try_into().expect("four bytes"));
    assert_eq!(link, LINUX_SLL2, "tcpdump -i any writes LINUX_SLL2");
    loop {
        let mut record = [0; 16];
        stream.read_exact(&mut record)?;
        let length = u32::from_ne_bytes(record[8..12].try_into().expect("four bytes"));
        let mut frame = vec![0; usize::try_from(length).expect("32 bits")];
        stream.read_exact(&mut frame)?;
        if let Some(packet) = parse(&frame) {
            each(packet);
        }
    }
}

/// Link type 276: twenty bytes before the packet (LINKTYPE_LINUX_SLL2).
const LINUX_SLL2: u32 = 276;

fn parse(frame: &[u8]) -> Option<Packet> {
    let ip = frame.get(20..)?;
    let packet = addressed(ip)?;
    Some(Packet {
        bytes: ip.to_vec(),
        ..packet
    })
}

fn addressed(ip: &[u8]) -> Option<Packet> {
    match ip.first()? >> 4 {
        4 => {
            let header = usize::from(ip[0] & 15) * 4;
            let length = usize::from(u16::from_be_bytes(ip.get(2..4)?.try_into().ok()?));
            let source = Ipv4Addr::from(<[u8; 4]>::try_from(ip.get(12..16)?).ok()?);
            let destination = Ipv4Addr::from(<[u8; 4]>::try_from(ip.get(16..20)?).ok()?);
            let body = ip.get(header..length.clamp(header, ip.len()))?;
            Some(transport(ip[9], source.into(), destination.into(), body))
        }
        6 => {
            let source = Ipv6Addr::from(<[u8; 16]>::try_from(ip.get(8..24)?).ok()?);
            let destination = Ipv6Addr::from(<[u8; 16]>::try_from(ip.get(24..40)?).ok()?);
            Some(transport(
                ip[6],
                source.into(),
                destination.into(),
                &ip[40..],
            ))
        }
        // ARP and the like: no addresses a test asks for.
        _ => None,
    }
}

fn transport(protocol: u8, source: IpAddr, destination: IpAddr, body: &[u8]) -> Packet {
    let port = |at: usize| {
        body.get(at..at + 2)
            .map_or(0, |b| u16::from_be_bytes([b[0], b[1]]))
    };
    let (transport, ports, payload) = match protocol {
        6 if body.len() >= 20 => {
            let header = usize::from(body[12] >> 4) * 4;
            let sequence = u32::from_be_bytes([body[4], body[5], body[6], body[7]]);
            // SYN without ACK.
            let syn = body[13] & 0x12 == 0x02;
            let payload = body.get(header..).unwrap_or_default();
            (
                Transport::Tcp { sequence, syn },
                (port(0), port(2)),
                payload,
            )
        }
        17 if body.len() >= 8 => (Transport::Udp, (port(0), port(2)), &body[8..]),
        _ => (Transport::Other, (0, 0), &[][..]),
    };
    Packet {
        source: SocketAddr::new(source, ports.0),
        destination: SocketAddr::new(destination, ports.1),
        transport,
        payload: payload.to_vec(),
        bytes: Vec::new(),
    }
}
