//! The ClientHello inside QUIC Initial packets: version 1 (RFC 9000, RFC 9001) and version 2
//! (RFC 9369). Initials are encrypted with keys anyone can derive from the connection ID in them.

mod crypto;

use aes::Aes128;
use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, Payload};
use hkdf::Hkdf;
use sha2::Sha256;

use self::crypto::CryptoStream;
use super::ClientHello;
use super::reader::Reader;

/// Datagrams in which a hello must be complete. Browsers need two for a post-quantum key share.
pub const HELLO_DATAGRAMS: usize = 8;

/// Bytes of datagrams in which a hello must be complete.
pub const HELLO_BYTES: usize = 16 * 1024;

/// Times that keys are derived for one hello: for the client's connection ID, for the server's after a Retry, and for
/// another version. A datagram has room for a thousand packets that each want their own, and they cost more than all else.
const KEYS_MAX: usize = 4;

/// A client's first datagrams are at least this long (RFC 9000, section 14.1).
const CLIENT_DATAGRAM_MIN: usize = 1200;
/// Longest connection ID of these versions (RFC 9000, section 17.2).
const CID_MAX: usize = 20;

/// What the datagrams so far turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitialStep {
    /// Not the start of a QUIC connection.
    NotQuic,
    /// The hello is not complete yet.
    NeedMore,
    /// The hello.
    Hello(ClientHello),
    /// QUIC, but its hello cannot be read, for this reason.
    Undecipherable(&'static str),
}

/// Puts a ClientHello together from the datagrams of one client.
#[derive(Debug, Default)]
pub struct Initials {
    /// The keys that opened the latest Initial, with what they were derived from.
    keys: Option<Keys>,
    /// How often keys were derived.
    derived: usize,
    crypto: CryptoStream,
    datagrams: usize,
    bytes: usize,
}

impl Initials {
    /// Before the first datagram.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the client's next datagram. Outcomes other than [`InitialStep::NeedMore`] are final,
    /// and NeedMore comes fewer than [`HELLO_DATAGRAMS`] times.
    pub fn push(&mut self, datagram: &[u8]) -> InitialStep {
        let step = self.read(datagram);
        match step {
            InitialStep::NotQuic if self.datagrams == 0 => return step,
            InitialStep::NeedMore | InitialStep::NotQuic => {}
            InitialStep::Hello(_) | InitialStep::Undecipherable(_) => return step,
        }
        self.datagrams += 1;
        self.bytes += datagram.len();
        if self.datagrams >= HELLO_DATAGRAMS || self.bytes >= HELLO_BYTES {
            return InitialStep::Undecipherable("no complete hello in the first datagrams");
        }
        InitialStep::NeedMore
    }

    /// Reads the packets coalesced in a datagram (RFC 9000, section 12.2).
    fn read(&mut self, datagram: &[u8]) -> InitialStep {
        if datagram.is_empty() {
            return InitialStep::NotQuic;
        }
        let mut rest = datagram;
        let mut first = true;
        while !rest.is_empty() {
            let packet = match LongPacket::parse(rest) {
                Ok(packet) => packet,
                // What follows a good packet and is none itself is padding, or not for this stack.
                Err(_) if !first => break,
                Err(Refused::NotQuic) => return InitialStep::NotQuic,
                Err(Refused::Version(_)) if datagram.len() < CLIENT_DATAGRAM_MIN => {
                    return InitialStep::NotQuic;
                }
                Err(Refused::Version(why) | Refused::Broken(why)) => {
                    return InitialStep::Undecipherable(why);
                }
            };
            match packet.kind {
                Kind::Initial => {
                    if let Err(why) = self.read_initial(&packet) {
                        return InitialStep::Undecipherable(why);
                    }
                }
                Kind::ZeroRtt => {}
                Kind::Handshake | Kind::Retry if first => {
                    return InitialStep::Undecipherable("no Initial before other packets");
                }
                Kind::Handshake | Kind::Retry => {}
            }
            rest = packet.after;
            first = false;
        }
        match self.crypto.hello() {
            Ok(Some(hello)) => InitialStep::Hello(hello),
            Ok(None) => InitialStep::NeedMore,
            Err(why) => InitialStep::Undecipherable(why),
        }
    }

    fn read_initial(&mut self, packet: &LongPacket<'_>) -> Result<(), &'static str> {
        let payload = self.open(packet).ok_or("Initial does not decrypt")?;
        read_frames(&payload, &mut self.crypto)
    }

    /// Decrypts an Initial. After a Retry the keys come from the new connection ID; after the
    /// server's first packet the connection ID is the server's, but the keys stay (RFC 9001,
    /// section 5.2).
    fn open(&mut self, packet: &LongPacket<'_>) -> Option<Vec<u8>> {
        let known = self
            .keys
            .as_ref()
            .filter(|keys| keys.version == packet.version);
        if let Some(keys) = known
            && let Some(payload) = keys.open(packet)
        {
            return Some(payload);
        }
        if known.is_some_and(|keys| keys.connection_id == packet.destination) {
            return None;
        }
        self.derived += 1;
        if self.derived > KEYS_MAX {
            return None;
        }
        let keys = Keys::derive(packet.version, packet.destination)?;
        let payload = keys.open(packet)?;
        self.keys = Some(keys);
        Some(payload)
    }
}

/// A version whose Initials can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    fn of(number: u32) -> Result<Self, &'static str> {
        match number {
            1 => Ok(Self::One),
            0x6b33_43cf => Ok(Self::Two),
            0 => Err("version negotiation from a client"),
            // RFC 9000, section 15: reserved to exercise version negotiation.
            number if number & 0x0f0f_0f0f == 0x0a0a_0a0a => Err("reserved QUIC version"),
            _ => Err("unknown QUIC version"),
        }
    }

    /// RFC 9001, section 5.2; RFC 9369, section 3.3.1.
    fn salt(self) -> [u8; 20] {
        match self {
            Self::One => [
                0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
                0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
            ],
            Self::Two => [
                0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
                0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
            ],
        }
    }

    /// The labels of key, IV and header protection key.
    fn labels(self) -> [&'static str; 3] {
        match self {
            Self::One => ["quic key", "quic iv", "quic hp"],
            Self::Two => ["quicv2 key", "quicv2 iv", "quicv2 hp"],
        }
    }

    /// RFC 9000, section 17.2; RFC 9369, section 3.2, counts from one further.
    fn kind(self, first: u8) -> Kind {
        let bits = first >> 4;
        let bits = if self == Self::Two {
            bits.wrapping_sub(1)
        } else {
            bits
        };
        match bits & 3 {
            0 => Kind::Initial,
            1 => Kind::ZeroRtt,
            2 => Kind::Handshake,
            _ => Kind::Retry,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
}

enum Refused {
    NotQuic,
    /// A long header of a version that cannot be read.
    Version(&'static str),
    Broken(&'static str),
}

/// A packet with a long header (RFC 9000, section 17.2).
struct LongPacket<'a> {
    version: Version,
    kind: Kind,
    destination: &'a [u8],
    /// The packet, still protected.
    bytes: &'a [u8],
    /// Where its packet number is.
    number_at: usize,
    /// The rest of the datagram.
    after: &'a [u8],
}

impl<'a> LongPacket<'a> {
    fn parse(datagram: &'a [u8]) -> Result<Self, Refused> {
        const LONG_AND_FIXED: u8 = 0xc0;
        let mut reader = Reader::new(datagram);
        let first = reader.u8().ok_or(Refused::NotQuic)?;
        if first & LONG_AND_FIXED != LONG_AND_FIXED {
            return Err(Refused::NotQuic);
        }
        let version = reader.u32().ok_or(Refused::NotQuic)?;
        let destination = reader.vec8().ok_or(Refused::NotQuic)?;
        let source = reader.vec8().ok_or(Refused::NotQuic)?;
        if destination.len() > CID_MAX || source.len() > CID_MAX {
            return Err(Refused::NotQuic);
        }
        let version = Version::of(version).map_err(Refused::Version)?;
        let kind = version.kind(first);
        if kind == Kind::Retry {
            let (bytes, after) = (datagram, &[][..]);
            return Ok(Self {
                version,
                kind,
                destination,
                bytes,
                number_at: 0,
                after,
            });
        }
        let cut_short = || Refused::Broken("QUIC packet cut short");
        if kind == Kind::Initial {
            let token = reader.varint().ok_or_else(cut_short)?;
            usize::try_from(token)
                .ok()
                .and_then(|len| reader.take(len))
                .ok_or_else(cut_short)?;
        }
        let len = reader.varint().ok_or_else(cut_short)?;
        let number_at = datagram.len() - reader.rest().len();
        usize::try_from(len)
            .ok()
            .and_then(|len| reader.take(len))
            .ok_or_else(cut_short)?;
        let after = reader.rest();
        let bytes = datagram
            .get(..datagram.len() - after.len())
            .unwrap_or_default();
        Ok(Self {
            version,
            kind,
            destination,
            bytes,
            number_at,
            after,
        })
    }
}

/// The client's Initial keys (RFC 9001, section 5).
struct Keys {
    version: Version,
    connection_id: Vec<u8>,
    aead: Aes128Gcm,
    iv: [u8; 12],
    header: Aes128,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Keys {
    fn derive(version: Version, connection_id: &[u8]) -> Option<Self> {
        let (_, initial) = Hkdf::<Sha256>::extract(Some(&version.salt()), connection_id);
        let client: [u8; 32] = expand_label(&initial, "client in")?;
        let client = Hkdf::<Sha256>::from_prk(&client).ok()?;
        let [key, iv, header] = version.labels();
        let key: [u8; 16] = expand_label(&client, key)?;
        let header: [u8; 16] = expand_label(&client, header)?;
        Some(Self {
            version,
            connection_id: connection_id.to_vec(),
            aead: Aes128Gcm::new(&key.into()),
            iv: expand_label(&client, iv)?,
            header: Aes128::new(&header.into()),
        })
    }

    /// The mask over the first byte and the packet number (RFC 9001, section 5.4.3).
    fn mask(&self, sample: [u8; 16]) -> [u8; 16] {
        let mut block = Block::<Aes128>::from(sample);
        self.header.encrypt_block(&mut block);
        block.into()
    }

    /// The nonce of a packet (RFC 9001, section 5.3).
    fn nonce(&self, number: u64) -> [u8; 12] {
        let mut nonce = self.iv;
        for (byte, number) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= number;
        }
        nonce
    }

    /// Removes header protection and decrypts (RFC 9001, sections 5.3 and 5.4).
    fn open(&self, packet: &LongPacket<'_>) -> Option<Vec<u8>> {
        const NUMBER_MAX: usize = 4;
        let (header, rest) = packet.bytes.split_at_checked(packet.number_at)?;
        let sample = rest.get(NUMBER_MAX..)?.first_chunk()?;
        let [first_mask, number_mask @ ..] = self.mask(*sample);
        let mut header = header.to_vec();
        let first = header.first_mut()?;
        *first ^= first_mask & 0x0f;
        let (number, sealed) = rest.split_at_checked(usize::from(*first & 3) + 1)?;
        header.extend(
            number
                .iter()
                .zip(number_mask)
                .map(|(byte, mask)| byte ^ mask),
        );
        let number = header.get(packet.number_at..)?;
        // Truncated numbers are whole ones here: a first flight does not count to 256.
        let number = number
            .iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte));
        let nonce = self.nonce(number).into();
        self.aead
            .decrypt(
                &nonce,
                Payload {
                    msg: sealed,
                    aad: &header,
                },
            )
            .ok()
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446, section 7.1).
fn expand_label<const N: usize>(secret: &Hkdf<Sha256>, label: &str) -> Option<[u8; N]> {
    const PREFIX: &str = "tls13 ";
    let mut info = u16::try_from(N).ok()?.to_be_bytes().to_vec();
    info.push(u8::try_from(PREFIX.len() + label.len()).ok()?);
    info.extend_from_slice(PREFIX.as_bytes());
    info.extend_from_slice(label.as_bytes());
    info.push(0);
    let mut out = [0; N];
    secret.expand(&info, &mut out).ok()?;
    Some(out)
}

/// Reads the frames an Initial may carry (RFC 9000, section 12.4 and 19).
fn read_frames(payload: &[u8], crypto: &mut CryptoStream) -> Result<(), &'static str> {
    let mut reader = Reader::new(payload);
    while let Some(kind) = reader.varint() {
        let read = match kind {
            // PADDING, PING
            0 | 1 => Some(()),
            2 | 3 => skip_ack(&mut reader, kind == 3),
            6 => {
                let frame = crypto_frame(&mut reader);
                if let Some((offset, bytes)) = frame {
                    crypto.add(offset, bytes)?;
                }
                frame.map(|_| ())
            }
            // CONNECTION_CLOSE of the transport
            0x1c => skip_close(&mut reader),
            _ => return Err("frame that is not allowed in an Initial"),
        };
        read.ok_or("QUIC frame cut short")?;
    }
    if reader.is_empty() {
        Ok(())
    } else {
        Err("QUIC frame cut short")
    }
}

fn crypto_frame<'a>(reader: &mut Reader<'a>) -> Option<(u64, &'a [u8])> {
    let offset = reader.varint()?;
    let len = usize::try_from(reader.varint()?).ok()?;
    Some((offset, reader.take(len)?))
}

fn skip_ack(reader: &mut Reader<'_>, ecn: bool) -> Option<()> {
    let _largest = reader.varint()?;
    let _delay = reader.varint()?;
    let ranges = reader.varint()?;
    let _first_range = reader.varint()?;
    for _ in 0..ranges {
        let _gap = reader.varint()?;
        let _range = reader.varint()?;
    }
    for _ in 0..if ecn { 3 } else { 0 } {
        let _count = reader.varint()?;
    }
    Some(())
}

fn skip_close(reader: &mut Reader<'_>) -> Option<()> {
    let _error = reader.varint()?;
    let _frame_kind = reader.varint()?;
    let reason = usize::try_from(reader.varint()?).ok()?;
    reader.take(reason)?;
    Some(())
}

#[cfg(test)]
pub(super) mod tests;
