//! What TLS carries for an app, told from its handshake by the lengths of its records (RFC 8446, section 5; RFC 5246,
//! section 6.2). Nothing is decrypted, and no more kept than counts.

/// Content types of records.
const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
/// A record's head.
const HEAD: usize = 5;
/// What a record has around the app's bytes in TLS 1.3: the content's type and the tag of each cipher there is. Earlier
/// versions have some bytes more.
const SEALED: u64 = 17;
/// After the handshake, a server that speaks TLS 1.3 sends tickets, which look like data: so many at most are left out,
const TICKETS_MAX: u8 = 2;
/// where they have no more bytes than this.
const TICKET_MAX: u64 = 400;

/// The records of one connection so far.
#[derive(Debug, Default)]
pub(super) struct Records {
    up: Half,
    down: Half,
    stage: Stage,
    tickets: u8,
    sent: u64,
    received: u64,
}

/// How far the handshake has come.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Hello,
    /// The server has sent what only TLS 1.3 hides before the client's end of the handshake.
    Hidden,
    /// The handshake is over, in TLS 1.3 or earlier.
    Open { is_hidden: bool },
    /// It is no TLS, or no longer.
    Other,
    /// The client did not begin with TLS.
    Plain,
}

/// What is read of one direction.
#[derive(Debug, Default)]
struct Half {
    /// The head of the next record, as far as it has come.
    head: [u8; HEAD],
    have: u8,
    /// Bytes of the record under way that are still to come.
    left: u16,
    ended_clear: bool,
    has_begun: bool,
}

impl Half {
    /// The next record that begins in `bytes`, which are then shorter: its content type and its length.
    fn next(&mut self, bytes: &mut &[u8]) -> Option<(u8, u16)> {
        let skipped = usize::from(self.left).min(bytes.len());
        *bytes = bytes.get(skipped..)?;
        self.left -= skipped as u16;
        while usize::from(self.have) < HEAD {
            let (first, rest) = bytes.split_first()?;
            *self.head.get_mut(usize::from(self.have))? = *first;
            self.have += 1;
            *bytes = rest;
        }
        let [kind, _, _, high, low] = self.head;
        self.have = 0;
        self.left = u16::from_be_bytes([high, low]);
        Some((kind, self.left))
    }
}

impl Records {
    /// Further bytes of the app have left.
    pub(super) fn sent(&mut self, mut bytes: &[u8]) {
        while !self.is_lost()
            && let Some((kind, len)) = self.up.next(&mut bytes)
        {
            let has_begun = std::mem::replace(&mut self.up.has_begun, true);
            self.stage = match (self.stage, kind) {
                (_, CHANGE_CIPHER_SPEC) => {
                    self.up.ended_clear = true;
                    continue;
                }
                // Sealed, but not hidden: the end of a handshake before TLS 1.3.
                (Stage::Hello, HANDSHAKE) if self.up.ended_clear => {
                    Stage::Open { is_hidden: false }
                }
                (stage, HANDSHAKE) => stage,
                // The end of the handshake.
                (Stage::Hidden, APPLICATION_DATA) => Stage::Open { is_hidden: true },
                (Stage::Hello | Stage::Open { .. }, APPLICATION_DATA) => {
                    self.sent += u64::from(len).saturating_sub(SEALED);
                    continue;
                }
                // An alert.
                (stage, 21) => stage,
                _ if !has_begun => Stage::Plain,
                _ => Stage::Other,
            };
        }
    }

    /// Further bytes of the server have come.
    pub(super) fn received(&mut self, mut bytes: &[u8]) {
        while !self.is_lost()
            && let Some((kind, len)) = self.down.next(&mut bytes)
        {
            let len = u64::from(len).saturating_sub(SEALED);
            match (self.stage, kind) {
                (Stage::Hello, APPLICATION_DATA) => self.stage = Stage::Hidden,
                (Stage::Open { is_hidden }, APPLICATION_DATA) => {
                    let is_ticket = is_hidden && self.tickets < TICKETS_MAX && len <= TICKET_MAX;
                    match is_ticket {
                        true => self.tickets += 1,
                        false => {
                            self.tickets = TICKETS_MAX;
                            self.received += len;
                        }
                    }
                }
                (_, 20..=23) => {}
                _ => self.stage = Stage::Other,
            }
        }
    }

    /// Bytes that TLS carried for the app, sent and received; `None` where it is no TLS, or the handshake is not over.
    pub(super) fn inside(&self) -> Option<(u64, u64)> {
        matches!(self.stage, Stage::Open { .. }).then_some((self.sent, self.received))
    }

    /// Whether the client spoke, and not TLS: all that is carried is the app's.
    pub(super) fn is_plain(&self) -> bool {
        self.stage == Stage::Plain
    }

    fn is_lost(&self) -> bool {
        matches!(self.stage, Stage::Other | Stage::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, len: u16) -> Vec<u8> {
        let [high, low] = len.to_be_bytes();
        let mut record = vec![kind, 3, 3, high, low];
        record.resize(HEAD + usize::from(len), 0xaa);
        record
    }

    #[test]
    fn what_does_not_begin_with_tls_is_plain() {
        let mut records = Records::default();
        records.sent(b"GET");
        assert!(!records.is_plain(), "not yet known");
        records.sent(b" / HTTP/1.1\r\n\r\n");
        records.received(b"HTTP/1.1 200 OK\r\n\r\n");
        assert!(records.is_plain());
        // TLS that goes on as something else is not.
        let mut records = Records::default();
        records.sent(&record(HANDSHAKE, 300));
        assert!(!records.is_plain());
        records.sent(b"GET / HTTP/1.1\r\n\r\n");
        assert!(!records.is_plain() && records.inside().is_none());
    }

    /// Flights of records, by turns of the client and the server.
    fn inside(flights: &[&[(u8, u16)]], piece: usize) -> Option<(u64, u64)> {
        let mut records = Records::default();
        for (turn, flight) in flights.iter().enumerate() {
            let bytes: Vec<u8> = flight
                .iter()
                .flat_map(|(kind, len)| record(*kind, *len))
                .collect();
            for piece in bytes.chunks(piece) {
                match turn % 2 {
                    0 => records.sent(piece),
                    _ => records.received(piece),
                }
            }
        }
        records.inside()
    }

    #[test]
    fn however_it_is_cut_the_handshake_is_left_out() {
        // TLS 1.3: hello; hello, certificates and end; end, request; two tickets, answer.
        let new: [&[_]; 4] = [
            &[(22, 512)],
            &[(22, 122), (20, 1), (23, 2800), (23, 281), (23, 53)],
            &[(20, 1), (23, 53), (23, 717)],
            &[(23, 250), (23, 250), (23, 217)],
        ];
        // Resumed: no certificates.
        let resumed: [&[_]; 4] = [
            &[(22, 760)],
            &[(22, 128), (20, 1), (23, 23), (23, 53)],
            &[(20, 1), (23, 53), (23, 717)],
            &[(23, 250), (23, 517)],
        ];
        // TLS 1.2: hello; hello, certificates; key, end, request; end, answer.
        let old: [&[_]; 4] = [
            &[(22, 200)],
            &[(22, 66), (22, 2540), (22, 338), (22, 4)],
            &[(22, 70), (20, 1), (22, 40), (23, 717)],
            &[(20, 1), (22, 40), (23, 217)],
        ];
        for piece in [1, 3, 5, 7, 100, 1400, 100_000] {
            assert_eq!(inside(&new, piece), Some((700, 200)), "{piece}");
            assert_eq!(inside(&resumed, piece), Some((700, 500)), "{piece}");
            assert_eq!(inside(&old, piece), Some((700, 200)), "{piece}");
        }
        assert_eq!(inside(&new[..2], 100), None, "the handshake is not over");
    }

    #[test]
    fn what_is_no_tls_is_not_counted() {
        let mut records = Records::default();
        records.sent(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        records.received(b"HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(records.inside(), None);
    }
}
