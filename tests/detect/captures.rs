//! Other people's captures, read in place: the requests and datagrams of their clients.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket, UdpPacket};

/// What a client sent.
#[derive(Debug, Clone)]
pub(crate) enum Sent {
    /// All bytes of one connection.
    Stream(Vec<u8>),
    /// One datagram.
    Datagram(Vec<u8>),
}

/// One thing that a client sent.
#[derive(Debug, Clone)]
pub(crate) struct Captured {
    /// The file it is from.
    pub(crate) file: String,
    pub(crate) to: SocketAddr,
    pub(crate) sent: Sent,
}

/// The folder with captures: `$GASKET_CAPTURES`, or `shared/captures` beside the repository or above.
pub(crate) fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("GASKET_CAPTURES") {
        return Some(PathBuf::from(named)).filter(|folder| folder.is_dir());
    }
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above
        .map(|folder| folder.join("shared/captures"))
        .find(|folder| folder.is_dir())
}

/// Everything in the folder that clients sent.
///
/// # Panics
/// Where a file cannot be read.
pub(crate) fn read(folder: &Path) -> Vec<Captured> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a readable folder")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "pcap")
        })
        .collect();
    paths.sort();
    paths.iter().flat_map(|path| file(path)).collect()
}

fn file(path: &Path) -> Vec<Captured> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut flows = Flows {
        name: name.unwrap_or_default(),
        ..Flows::default()
    };
    assert!(
        records(&bytes, |link, packet| flows.packet(link, packet)),
        "{} is no pcap",
        path.display()
    );
    flows.finish()
}

/// Hands out the packets of a classic capture file with their link type; whether it is one.
fn records(bytes: &[u8], mut each: impl FnMut(u32, &[u8])) -> bool {
    let little = match bytes.get(..4) {
        Some([0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1]) => true,
        Some([0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d]) => false,
        _ => return false,
    };
    let word = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    };
    let link = word(20).unwrap_or_default();
    let mut at = 24;
    while let Some(len) = word(at + 8) {
        let Some(packet) = bytes.get(at + 16..at + 16 + len as usize) else {
            break;
        };
        each(link, packet);
        at += 16 + len as usize;
    }
    true
}

/// Payloads of one direction by sequence number.
type Segments = BTreeMap<u32, Vec<u8>>;

#[derive(Default)]
struct Flows {
    name: String,
    order: Vec<(SocketAddr, SocketAddr)>,
    /// Segments by sequence number; whether the first SYN of it was sent by this side.
    streams: BTreeMap<(SocketAddr, SocketAddr), (bool, Segments)>,
    datagrams: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
}

impl Flows {
    fn packet(&mut self, link: u32, packet: &[u8]) {
        const ETHERNET: u32 = 1;
        let inner = match (link, packet.get(12..14)) {
            (ETHERNET, Some([0x08, 0x00] | [0x86, 0xdd])) => &packet[14..],
            (ETHERNET, _) => return,
            _ => packet,
        };
        match inner.first().map(|first| first >> 4) {
            Some(4) => {
                if let Ok(ip) = Ipv4Packet::new_checked(inner) {
                    let ends = (IpAddr::from(ip.src_addr()), IpAddr::from(ip.dst_addr()));
                    self.transport(ip.next_header(), ends, ip.payload());
                }
            }
            Some(6) => {
                if let Ok(ip) = Ipv6Packet::new_checked(inner) {
                    let ends = (IpAddr::from(ip.src_addr()), IpAddr::from(ip.dst_addr()));
                    self.transport(ip.next_header(), ends, ip.payload());
                }
            }
            _ => {}
        }
    }

    fn transport(&mut self, protocol: IpProtocol, (from, to): (IpAddr, IpAddr), payload: &[u8]) {
        match protocol {
            IpProtocol::Tcp => {
                let Ok(tcp) = TcpPacket::new_checked(payload) else {
                    return;
                };
                let key = ((from, tcp.src_port()).into(), (to, tcp.dst_port()).into());
                if !self.streams.contains_key(&key) {
                    self.order.push(key);
                }
                let stream = self.streams.entry(key).or_default();
                stream.0 |= tcp.syn() && !tcp.ack();
                if !tcp.payload().is_empty() {
                    stream
                        .1
                        .entry(tcp.seq_number().0 as u32)
                        .or_insert(tcp.payload().to_vec());
                }
            }
            IpProtocol::Udp => {
                let Ok(udp) = UdpPacket::new_checked(payload) else {
                    return;
                };
                let (from, to) = ((from, udp.src_port()).into(), (to, udp.dst_port()).into());
                self.datagrams.push((from, to, udp.payload().to_vec()));
            }
            _ => {}
        }
    }

    fn finish(self) -> Vec<Captured> {
        let Self {
            name,
            order,
            streams,
            datagrams,
        } = self;
        // Who began: by its SYN, or, where the capture began later, by the higher port.
        let is_client = |key: &(SocketAddr, SocketAddr)| {
            let began = |key| streams.get(key).is_some_and(|stream| stream.0);
            began(key) || (!began(&(key.1, key.0)) && key.0.port() > key.1.port())
        };
        let stream = |key: &(SocketAddr, SocketAddr)| {
            let bytes = joined(&streams.get(key)?.1);
            (is_client(key) && !bytes.is_empty()).then(|| Captured {
                file: name.clone(),
                to: key.1,
                sent: Sent::Stream(bytes),
            })
        };
        let of_streams = order.iter().filter_map(stream);
        let of_datagrams = datagrams.iter().filter_map(|(from, to, payload)| {
            let question = from.port() > to.port() && to.port() != 53 && !payload.is_empty();
            question.then(|| Captured {
                file: name.clone(),
                to: *to,
                sent: Sent::Datagram(payload.clone()),
            })
        });
        of_streams.chain(of_datagrams).collect()
    }
}

/// Segments in order; what is sent twice counts once, and behind a gap nothing counts.
fn joined(segments: &BTreeMap<u32, Vec<u8>>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut next: Option<u32> = None;
    for (sequence, bytes) in segments {
        let expected = *next.get_or_insert(*sequence);
        let known = expected.wrapping_sub(*sequence) as usize;
        if known > (1 << 20) {
            break;
        }
        if let Some(fresh) = bytes.get(known..) {
            all.extend(fresh);
            next = Some(expected.wrapping_add(fresh.len() as u32));
        }
    }
    all
}
