//! Resource records: addresses, aliases, the address hints of SVCB and HTTPS records (RFC 9460), and
//! the EDNS pseudo-record (RFC 6891).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::name;
use super::wire::{CLASS_IN, Malformed};

/// The type of a record or question, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordType(pub u16);

impl RecordType {
    /// IPv4 address (RFC 1035).
    pub const A: Self = Self(1);
    /// Canonical name (RFC 1035).
    pub const CNAME: Self = Self(5);
    /// IPv6 address (RFC 3596).
    pub const AAAA: Self = Self(28);
    /// EDNS pseudo-record (RFC 6891).
    pub const OPT: Self = Self(41);
    /// General service binding (RFC 9460).
    pub const SVCB: Self = Self(64);
    /// Service binding of HTTP (RFC 9460).
    pub const HTTPS: Self = Self(65);
    /// Question for whatever there is (RFC 8482).
    pub const ANY: Self = Self(255);
}

/// The part of a message a record stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Answer.
    Answer,
    /// Authority.
    Authority,
    /// Additional.
    Additional,
}

/// A resource record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub section: Section,
    /// Owner name, written as [`Question::name`](super::message::Question::name).
    pub owner: String,
    /// Seconds it may be kept; 0 where the sign bit is set (RFC 2181 section 8).
    pub ttl: u32,
    /// What it says.
    pub value: Value,
}

/// What a record says, as far as addresses follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A or AAAA.
    Address(IpAddr),
    /// CNAME: the canonical name of the owner.
    Alias(String),
    /// SVCB or HTTPS.
    Service {
        /// Target name; empty stands for the owner itself (or, in alias mode, for no service).
        target: String,
        /// Addresses of `ipv4hint` and `ipv6hint`.
        hints: Vec<IpAddr>,
    },
    /// Any other type or class.
    Other(RecordType),
}

/// The fixed part of an OPT record (RFC 6891 section 6.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edns {
    /// Octets of a UDP message that the sender takes, as written; see [`Message::udp_limit`](super::message::Message::udp_limit).
    pub udp_len: u16,
    /// The high eight bits of the response code.
    pub extended_code: u8,
    /// Version; 0 is the only one there is.
    pub version: u8,
    /// DNSSEC OK (RFC 3225).
    pub dnssec_ok: bool,
}

/// How a name is read: it may be left unwritten.
type ReadName = fn(&[u8], usize) -> Result<(String, usize), Malformed>;

/// A record whose data has not been looked at.
pub(super) struct RawRecord {
    pub(super) section: Section,
    owner: usize,
    /// Whether the owner is the root.
    pub(super) is_of_root: bool,
    pub(super) record_type: RecordType,
    class: u16,
    ttl: u32,
    start: usize,
    pub(super) end: usize,
}

impl RawRecord {
    pub(super) fn read(octets: &[u8], at: usize, section: Section) -> Result<Self, Malformed> {
        let owner = at;
        let mut is_of_root = true;
        let at = name::walk(octets, owner, |_| is_of_root = false)?;
        let record_type = RecordType(read_u16(octets, at)?);
        let class = read_u16(octets, at + 2)?;
        let ttl = u32::from(read_u16(octets, at + 4)?) << 16 | u32::from(read_u16(octets, at + 6)?);
        let start = at + 10;
        let end = start + usize::from(read_u16(octets, at + 8)?);
        if end > octets.len() {
            return Err(Malformed::Short);
        }
        Ok(Self {
            section,
            owner,
            is_of_root,
            record_type,
            class,
            ttl,
            start,
            end,
        })
    }

    /// The record with its data read.
    pub(super) fn record(self, octets: &[u8]) -> Result<Record, Malformed> {
        let value = self.value(octets, name::read)?;
        let (owner, _) = name::read(octets, self.owner)?;
        Ok(Record {
            section: self.section,
            owner,
            ttl: if self.ttl > i32::MAX as u32 {
                0
            } else {
                self.ttl
            },
            value,
        })
    }

    pub(super) fn edns(&self) -> Edns {
        let [extended_code, version, flags, _] = self.ttl.to_be_bytes();
        Edns {
            udp_len: self.class,
            extended_code,
            version,
            dnssec_ok: flags & 0x80 != 0,
        }
    }

    /// Whether its data can be read.
    pub(super) fn check(&self, octets: &[u8]) -> Result<(), Malformed> {
        self.value(octets, name::skip).map(|_| ())
    }

    fn value(&self, octets: &[u8], read: ReadName) -> Result<Value, Malformed> {
        let rdata = &octets[self.start..self.end];
        if self.class != CLASS_IN {
            return Ok(Value::Other(self.record_type));
        }
        match self.record_type {
            RecordType::A => <[u8; 4]>::try_from(rdata)
                .map(|address| Value::Address(Ipv4Addr::from(address).into()))
                .map_err(|_| Malformed::RecordData),
            RecordType::AAAA => <[u8; 16]>::try_from(rdata)
                .map(|address| Value::Address(Ipv6Addr::from(address).into()))
                .map_err(|_| Malformed::RecordData),
            RecordType::CNAME => match read(octets, self.start)? {
                (target, end) if end == self.end => Ok(Value::Alias(target)),
                _ => Err(Malformed::RecordData),
            },
            RecordType::SVCB | RecordType::HTTPS => self.service(octets, read),
            other => Ok(Value::Other(other)),
        }
    }

    /// RFC 9460 section 2.2: priority, target name, then parameters of key, length and value.
    fn service(&self, octets: &[u8], read: ReadName) -> Result<Value, Malformed> {
        const IPV4_HINT: u16 = 4;
        const IPV6_HINT: u16 = 6;

        // The target follows the priority, which says nothing about addresses.
        let (target, at) = read(octets, self.start + 2)?;
        let mut parameters = octets.get(at..self.end).ok_or(Malformed::RecordData)?;
        let mut hints = Vec::new();
        while let [k0, k1, l0, l1, rest @ ..] = parameters {
            let len = usize::from(u16::from_be_bytes([*l0, *l1]));
            let (value, rest) = rest.split_at_checked(len).ok_or(Malformed::RecordData)?;
            match u16::from_be_bytes([*k0, *k1]) {
                IPV4_HINT => hints.extend(addresses(value, |raw: [u8; 4]| raw.into())?),
                IPV6_HINT => hints.extend(addresses(value, |raw: [u8; 16]| raw.into())?),
                _ => {}
            }
            parameters = rest;
        }
        if parameters.is_empty() {
            Ok(Value::Service { target, hints })
        } else {
            Err(Malformed::RecordData)
        }
    }
}

/// A non-empty list of addresses of `N` octets each.
fn addresses<const N: usize>(
    list: &[u8],
    address: impl Fn([u8; N]) -> IpAddr,
) -> Result<impl Iterator<Item = IpAddr>, Malformed> {
    let (list, rest) = list.as_chunks::<N>();
    if list.is_empty() || !rest.is_empty() {
        return Err(Malformed::RecordData);
    }
    Ok(list.iter().map(move |raw| address(*raw)))
}

pub(super) fn read_u16(octets: &[u8], at: usize) -> Result<u16, Malformed> {
    match octets.get(at..at + 2) {
        Some(&[high, low]) => Ok(u16::from_be_bytes([high, low])),
        _ => Err(Malformed::Short),
    }
}
