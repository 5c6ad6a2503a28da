//! Sorts captured packets into flows and puts their client's side together.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use gasket_core::facts::Protocol;
use serde::Serialize;

use crate::assembly::Assembly;
use crate::packet::{Datagram, Frame, Segment};

/// A flow as the consumer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Number of the flow, unique within one run.
    pub id: u64,
    /// Transport.
    pub protocol: Protocol,
    /// Who opened it.
    pub client: SocketAddr,
    /// Where it goes.
    pub server: SocketAddr,
}

/// Takes what the flows say. Times are nanoseconds since the epoch.
pub trait Consumer {
    /// A flow's first packet came.
    fn opened(&mut self, flow: Flow, time_ns: u64);
    /// The client's next bytes of a TCP connection, in order.
    fn stream(&mut self, flow: Flow, time_ns: u64, bytes: &[u8]);
    /// The client's side is over: by FIN, reset, gap, or the capture's end; of UDP by the last only.
    fn ended(&mut self, flow: Flow);
    /// The client's next datagram.
    fn datagram(&mut self, flow: Flow, time_ns: u64, bytes: &[u8]);
    /// A datagram of the server.
    fn reply(&mut self, flow: Flow, time_ns: u64, bytes: &[u8]);
}

/// What was seen and what could not be followed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// TCP connections.
    pub tcp_flows: u64,
    /// Pairs of addresses and ports that exchanged datagrams.
    pub udp_flows: u64,
    /// TCP connections whose beginning the capture does not have.
    pub begun_before: u64,
    /// TCP connections of which a part is missing, so that inspection stopped there.
    pub gaps: u64,
    /// Fragments, which are not put together.
    pub fragments: u64,
    /// Packets whose headers contradict themselves.
    pub malformed: u64,
    /// Packets that are neither TCP nor UDP.
    pub other_transport: u64,
    /// Frames that carry no IP.
    pub not_ip: u64,
    /// Datagrams to multicast and broadcast addresses: they do not leave the local network.
    pub local: u64,
}

/// Both ends, the lower first, so that both directions meet in one entry.
type Pair = (Protocol, SocketAddr, SocketAddr);

fn pair(protocol: Protocol, a: SocketAddr, b: SocketAddr) -> Pair {
    (protocol, a.min(b), a.max(b))
}

#[derive(Debug)]
struct Connection {
    flow: Flow,
    /// Sequence number of the client's SYN, to tell a new connection from a repeated SYN.
    syn: Option<u32>,
    assembly: Assembly,
    over: bool,
}

/// The flows of one capture.
#[derive(Debug)]
pub struct Flows {
    tcp: HashMap<Pair, Connection>,
    udp: HashMap<Pair, Flow>,
    next_id: u64,
    /// What was seen so far.
    pub counts: Counts,
}

impl Flows {
    /// Flows numbered from `first_id` on.
    pub fn new(first_id: u64) -> Self {
        Self {
            tcp: HashMap::new(),
            udp: HashMap::new(),
            next_id: first_id,
            counts: Counts::default(),
        }
    }

    /// The number the next flow would have.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Takes one frame.
    pub fn push(&mut self, time_ns: u64, frame: Frame<'_>, consumer: &mut impl Consumer) {
        match frame {
            Frame::Tcp(segment) => self.segment(time_ns, &segment, consumer),
            Frame::Udp(datagram) => self.datagram(time_ns, &datagram, consumer),
            Frame::Fragment => self.counts.fragments += 1,
            Frame::OtherTransport => self.counts.other_transport += 1,
            Frame::NotIp => self.counts.not_ip += 1,
            Frame::Malformed => self.counts.malformed += 1,
        }
    }

    /// The capture is over: so are all connections, in the order in which they began.
    pub fn finish(&mut self, consumer: &mut impl Consumer) {
        let mut open: Vec<_> = self.tcp.drain().map(|(_, connection)| connection).collect();
        open.sort_unstable_by_key(|connection| connection.flow.id);
        for mut connection in open {
            connection.close(&mut self.counts, consumer);
        }
        let mut open: Vec<_> = self.udp.drain().map(|(_, flow)| flow).collect();
        open.sort_unstable_by_key(|flow| flow.id);
        for flow in open {
            consumer.ended(flow);
        }
    }

    fn segment(&mut self, time_ns: u64, segment: &Segment<'_>, consumer: &mut impl Consumer) {
        let key = pair(Protocol::Tcp, segment.from, segment.to);
        let opening = segment.syn && !segment.ack;
        let known = self.tcp.get(&key);
        if known.is_none() && segment.rst {
            return;
        }
        let begins = known.is_none_or(|connection| {
            // The ports are used again.
            opening && connection.over && connection.syn != Some(segment.sequence)
                || opening && connection.syn.is_some_and(|syn| syn != segment.sequence)
        });
        if begins {
            let (client, server) = ends(segment);
            let connection = self.open_connection(client, server);
            consumer.opened(connection.flow, time_ns);
            if let Some(mut former) = self.tcp.insert(key, connection) {
                former.close(&mut self.counts, consumer);
            }
        }
        let Some(connection) = self.tcp.get_mut(&key) else {
            return;
        };
        connection.push(time_ns, segment, &mut self.counts, consumer);
    }

    fn open_connection(&mut self, client: SocketAddr, server: SocketAddr) -> Connection {
        self.counts.tcp_flows += 1;
        Connection {
            flow: self.number(Protocol::Tcp, client, server),
            syn: None,
            assembly: Assembly::default(),
            over: false,
        }
    }

    fn number(&mut self, protocol: Protocol, client: SocketAddr, server: SocketAddr) -> Flow {
        let id = self.next_id;
        self.next_id += 1;
        Flow {
            id,
            protocol,
            client,
            server,
        }
    }

    fn datagram(&mut self, time_ns: u64, datagram: &Datagram<'_>, consumer: &mut impl Consumer) {
        if stays_local(datagram.to.ip()) {
            self.counts.local += 1;
            return;
        }
        let key = pair(Protocol::Udp, datagram.from, datagram.to);
        let flow = match self.udp.get(&key) {
            Some(flow) => *flow,
            None => {
                let (client, server) = guessed_ends(datagram.from, datagram.to);
                let flow = self.number(Protocol::Udp, client, server);
                self.counts.udp_flows += 1;
                self.udp.insert(key, flow);
                consumer.opened(flow, time_ns);
                flow
            }
        };
        if datagram.from == flow.client {
            consumer.datagram(flow, time_ns, datagram.payload);
        } else {
            consumer.reply(flow, time_ns, datagram.payload);
        }
    }
}

impl Connection {
    fn push(
        &mut self,
        time_ns: u64,
        segment: &Segment<'_>,
        counts: &mut Counts,
        consumer: &mut impl Consumer,
    ) {
        if self.over {
            return;
        }
        if segment.rst {
            return self.close(counts, consumer);
        }
        if segment.from != self.flow.client {
            return;
        }
        let mut sequence = segment.sequence;
        if segment.syn {
            self.syn = Some(sequence);
            self.assembly.begin_after(sequence);
            sequence = sequence.wrapping_add(1);
        }
        if !self.assembly.has_begun() && !segment.payload.is_empty() {
            counts.begun_before += 1;
        }
        let mut out = Vec::new();
        let pushed = self.assembly.push(sequence, segment.payload, &mut out);
        if !out.is_empty() {
            consumer.stream(self.flow, time_ns, &out);
        }
        if pushed.is_err() {
            return self.close(counts, consumer);
        }
        if segment.fin {
            let length = segment.payload.len() + segment.missing;
            self.assembly.finish(sequence.wrapping_add(length as u32));
        }
        if self.assembly.is_complete() {
            self.close(counts, consumer);
        }
    }

    fn close(&mut self, counts: &mut Counts, consumer: &mut impl Consumer) {
        if self.over {
            return;
        }
        self.over = true;
        if self.assembly.has_gap() {
            counts.gaps += 1;
        }
        self.assembly = Assembly::default();
        consumer.ended(self.flow);
    }
}

/// Client and server of the connection that `segment` belongs to.
fn ends(segment: &Segment<'_>) -> (SocketAddr, SocketAddr) {
    match (segment.syn, segment.ack) {
        (true, false) => (segment.from, segment.to),
        (true, true) => (segment.to, segment.from),
        _ => guessed_ends(segment.from, segment.to),
    }
}

/// Client and server where no SYN tells: servers sit on the lower, registered port; between two
/// ephemeral ports (RFC 6335: from 49152; Linux: from 32768) the first speaker is the client.
fn guessed_ends(from: SocketAddr, to: SocketAddr) -> (SocketAddr, SocketAddr) {
    const EPHEMERAL: u16 = 32_768;
    let speaker_serves = from.port() < EPHEMERAL && from.port() < to.port();
    let listener_registered = to.port() < 1024;
    if speaker_serves && !listener_registered {
        (to, from)
    } else {
        (from, to)
    }
}

fn stays_local(address: IpAddr) -> bool {
    match address {
        // The netmask is not known; a private network's .255 is its broadcast address nearly always.
        IpAddr::V4(v4) => {
            v4.is_multicast() || v4.is_broadcast() || (v4.is_private() && v4.octets()[3] == 255)
        }
        IpAddr::V6(v6) => v6.is_multicast(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::craft::{ACK, FIN, RST, SYN, tcp, udp, v4, v6};
    use crate::packet::read;

    #[derive(Debug, Default)]
    struct Notes(Vec<String>);

    impl Consumer for Notes {
        fn opened(&mut self, flow: Flow, _: u64) {
            self.0
                .push(format!("{} opened to {}", flow.id, flow.server));
        }
        fn stream(&mut self, flow: Flow, _: u64, bytes: &[u8]) {
            self.0
                .push(format!("{} said {}", flow.id, bytes.escape_ascii()));
        }
        fn ended(&mut self, flow: Flow) {
            self.0.push(format!("{} ended", flow.id));
        }
        fn datagram(&mut self, flow: Flow, _: u64, bytes: &[u8]) {
            self.0
                .push(format!("{} sent {}", flow.id, bytes.escape_ascii()));
        }
        fn reply(&mut self, flow: Flow, _: u64, bytes: &[u8]) {
            self.0
                .push(format!("{} got {}", flow.id, bytes.escape_ascii()));
        }
    }

    fn story(packets: &[Vec<u8>]) -> (Vec<String>, Counts) {
        let mut flows = Flows::new(1);
        let mut notes = Notes::default();
        for (time, packet) in packets.iter().enumerate() {
            flows.push(time as u64, read(101, packet), &mut notes);
        }
        flows.finish(&mut notes);
        (notes.0, flows.counts)
    }

    #[test]
    fn a_connection_from_syn_to_fin() {
        let (client, server) = (v4(1, 40_000), v4(2, 80));
        let (notes, counts) = story(&[
            tcp(client, server, 9, SYN, b""),
            tcp(server, client, 70, SYN | ACK, b""),
            tcp(client, server, 14, ACK, b"/ HT"),
            tcp(client, server, 10, ACK, b"GET "),
            tcp(server, client, 71, ACK, b"200"),
            tcp(client, server, 18, FIN | ACK, b"TP"),
            tcp(client, server, 18, FIN | ACK, b"TP"),
        ]);
        assert_eq!(
            notes,
            [
                "1 opened to 192.0.2.2:80",
                "1 said GET / HT",
                "1 said TP",
                "1 ended"
            ]
        );
        assert_eq!(
            counts,
            Counts {
                tcp_flows: 1,
                ..Counts::default()
            }
        );
    }

    #[test]
    fn ports_used_again_are_a_new_connection() {
        let (client, server) = (v6(1, 40_000), v6(2, 80));
        let (notes, counts) = story(&[
            tcp(client, server, 9, SYN, b""),
            tcp(client, server, 9, SYN, b""),
            tcp(client, server, 10, ACK, b"one"),
            tcp(server, client, 1, RST, b""),
            tcp(client, server, 500, SYN, b""),
            tcp(client, server, 501, ACK, b"two"),
        ]);
        assert_eq!(
            notes,
            [
                "1 opened to [2001:db8::2]:80",
                "1 said one",
                "1 ended",
                "2 opened to [2001:db8::2]:80",
                "2 said two",
                "2 ended"
            ]
        );
        assert_eq!(counts.tcp_flows, 2);
    }

    #[test]
    fn a_connection_begun_before_the_capture_is_tried() {
        let (client, server) = (v4(1, 40_000), v4(2, 8080));
        let (notes, counts) = story(&[
            tcp(server, client, 5, ACK, b"old answer"),
            tcp(client, server, 100, ACK, b"POST"),
        ]);
        assert_eq!(notes[0], "1 opened to 192.0.2.2:8080");
        assert_eq!(notes[1], "1 said POST");
        assert_eq!(counts.begun_before, 1);
    }

    #[test]
    fn a_missing_part_is_counted_and_ends_it() {
        let (client, server) = (v4(1, 40_000), v4(2, 80));
        let (notes, counts) = story(&[
            tcp(client, server, 9, SYN, b""),
            tcp(client, server, 10, ACK, b"GET"),
            tcp(client, server, 20, FIN | ACK, b"late"),
        ]);
        assert_eq!(notes[1..], ["1 said GET", "1 ended"]);
        assert_eq!(counts.gaps, 1);
    }

    #[test]
    fn datagrams_go_both_ways_and_multicast_stays_home() {
        let (client, server) = (v4(1, 40_000), v4(2, 53));
        let multicast = SocketAddr::from(([239, 255, 255, 250], 1900));
        let (notes, counts) = story(&[
            udp(client, server, b"q"),
            udp(server, client, b"a"),
            udp(client, multicast, b"M-SEARCH"),
        ]);
        assert_eq!(
            notes,
            ["1 opened to 192.0.2.2:53", "1 sent q", "1 got a", "1 ended"]
        );
        assert_eq!((counts.udp_flows, counts.local), (1, 1));
    }

    #[test]
    fn an_answer_without_its_question_is_still_the_servers() {
        let (client, server) = (v4(1, 40_000), v4(2, 53));
        let (notes, _) = story(&[udp(server, client, b"a")]);
        assert_eq!(notes, ["1 opened to 192.0.2.2:53", "1 got a", "1 ended"]);
    }
}
