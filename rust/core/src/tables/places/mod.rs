//! `places.bin`: country and network of addresses, names of networks, public suffixes. Searched in
//! place: nothing is unpacked.

mod ranges;
mod reserved;
mod suffixes;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::bytes::{last_not_greater, number, size};
use ranges::Ranges;
use reserved::{Block, block_of};
use suffixes::Suffixes;

/// What the file begins with; the digit is the version of the layout.
const MAGIC: &[u8; 8] = b"GSKTPLC1";

/// Parts of the file, whose lengths follow the magic number, four bytes each.
const PARTS: usize = 13;

/// Bytes of a pair: country, network.
const PAIR: usize = 3;

/// ISO 3166 code of the registration of an address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// Two capital letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an address is registered and whose network it is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Where it is registered, which need not be where the machine stands.
    pub country: Option<Country>,
    /// The autonomous system that announces it; only large ones are in the file.
    pub asn: Option<u32>,
}

/// A network as it is told to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Number of the autonomous system.
    pub asn: u32,
    /// Who runs it, where known.
    pub name: Option<String>,
}

/// The file, checked.
#[derive(Clone)]
pub struct Places {
    file: Cow<'static, [u8]>,
    starts: [usize; PARTS + 1],
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({} bytes)", self.file.len())
    }
}

/// Why a file is not one of places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacesError {
    /// It does not begin as such a file does, or is of another version.
    Magic,
    /// It is shorter or longer than its own table of contents says.
    Length {
        /// What the table of contents adds up to.
        expected: usize,
        /// What there is.
        found: usize,
    },
    /// A part contradicts itself.
    Part(&'static str),
}

impl fmt::Display for PlacesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Magic => "it does not begin with GSKTPLC1".to_owned(),
            Self::Length { expected, found } => {
                format!("it has {found} bytes; its table of contents adds up to {expected}")
            }
            Self::Part(part) => format!("its {part} contradict themselves"),
        };
        write!(
            f,
            "not a file of places of this version: {what}. Use the places.bin that came with this build"
        )
    }
}

impl std::error::Error for PlacesError {}

/// The parts in the order of the file.
#[derive(Clone, Copy)]
enum Part {
    Countries,
    Networks,
    NameEnds,
    Names,
    Pairs,
    /// Three parts of IPv4, then three of IPv6.
    V4,
    SuffixBlocks = 11,
    Suffixes,
}

/// Where the three parts of the IPv6 ranges begin, after those of IPv4.
const V6: usize = Part::V4 as usize + 3;

impl Places {
    /// Checks the whole file once, so that every look-up has an answer. Takes about 2 ms.
    ///
    /// # Errors
    /// The file is of another kind or version, cut short, or damaged so that look-ups would fail.
    pub fn parse(file: impl Into<Cow<'static, [u8]>>) -> Result<Self, PlacesError> {
        let file = file.into();
        if !file.starts_with(MAGIC) {
            return Err(PlacesError::Magic);
        }
        let head = MAGIC.len() + 4 * PARTS;
        let mut starts = [head; PARTS + 1];
        let mut end = head;
        for (part, start) in starts.iter_mut().skip(1).enumerate() {
            let length = size(&file, MAGIC.len() + 4 * part, 4).unwrap_or(0);
            end = end.saturating_add(length);
            *start = end;
        }
        if end != file.len() {
            return Err(PlacesError::Length {
                expected: end,
                found: file.len(),
            });
        }
        let places = Self { file, starts };
        places.check()?;
        Ok(places)
    }

    fn check(&self) -> Result<(), PlacesError> {
        let fail = |part| Err(PlacesError::Part(part));
        let countries = self.part(Part::Countries as usize);
        if !countries.iter().all(u8::is_ascii_uppercase) || !countries.len().is_multiple_of(2) {
            return fail("countries");
        }
        let networks = self.part(Part::Networks as usize);
        let asn = |at: usize| number(networks, at * 4, 4);
        let count = networks.len() / 4;
        if !networks.len().is_multiple_of(4) || !(1..count).all(|at| asn(at - 1) < asn(at)) {
            return fail("networks");
        }
        let names = self.part(Part::Names as usize);
        if self.part(Part::NameEnds as usize).len() != count * 3
            || std::str::from_utf8(names).is_err()
            || !(0..count).all(|at| self.name(at).is_some())
        {
            return fail("names of networks");
        }
        let pairs = self.part(Part::Pairs as usize);
        let holds = |pair: &[u8]| {
            size(pair, 0, 1).is_some_and(|country| country <= countries.len() / 2)
                && size(pair, 1, 2).is_some_and(|network| network <= count)
        };
        if !pairs.len().is_multiple_of(PAIR) || !pairs.chunks(PAIR).all(holds) {
            return fail("pairs of country and network");
        }
        let pairs = pairs.len() / PAIR;
        if !self.ranges(Part::V4 as usize).is_sound(pairs) {
            return fail("ranges of IPv4");
        }
        if !self.ranges(V6).is_sound(pairs) {
            return fail("ranges of IPv6");
        }
        if !self.suffixes().is_sound() {
            return fail("public suffixes");
        }
        Ok(())
    }

    /// Country and network of an address; of none that is reserved, private or a group's.
    pub fn place(&self, address: IpAddr) -> Place {
        let pair = match block_of(address) {
            Block::Reserved => None,
            Block::V4(block) => self.ranges(Part::V4 as usize).find(block),
            Block::V6(block) => self.ranges(V6).find(block),
        };
        pair.map_or_else(Place::default, |pair| self.pair(pair))
    }

    /// Who runs an autonomous system.
    pub fn network_name(&self, asn: u32) -> Option<&str> {
        let networks = self.part(Part::Networks as usize);
        let at = |index: usize| number(networks, index * 4, 4).unwrap_or(u64::MAX);
        let index = last_not_greater(networks.len() / 4, |index| at(index).cmp(&asn.into()))?;
        let name = self.name(index)?;
        (at(index) == u64::from(asn) && !name.is_empty()).then_some(name)
    }

    /// An autonomous system as it is told.
    pub fn network(&self, asn: u32) -> Network {
        Network {
            asn,
            name: self.network_name(asn).map(str::to_owned),
        }
    }

    /// The part of a host name that somebody can register: its public suffix (the private ones
    /// count, too) and one label more. The name itself where it has no more, or is an address.
    ///
    /// Upper and lower case are the same; internationalised labels must be in their ASCII form.
    pub fn registrable<'a>(&self, host: &'a str) -> &'a str {
        if host.parse::<IpAddr>().is_ok() {
            return host;
        }
        self.suffixes().registrable(host)
    }

    fn pair(&self, index: u32) -> Place {
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        let pairs = self.part(Part::Pairs as usize);
        let field = |offset: usize, width: usize| {
            let index = size(pairs, at.checked_mul(PAIR)? + offset, width)?;
            index.checked_sub(1)
        };
        let country = field(0, 1).and_then(|at| {
            let code = self
                .part(Part::Countries as usize)
                .get(2 * at..2 * at + 2)?;
            Some(Country(code.try_into().ok()?))
        });
        let asn = field(1, 2).and_then(|at| {
            let asn = number(self.part(Part::Networks as usize), 4 * at, 4)?;
            u32::try_from(asn).ok()
        });
        Place { country, asn }
    }

    fn name(&self, index: usize) -> Option<&str> {
        let ends = self.part(Part::NameEnds as usize);
        let start = match index.checked_sub(1) {
            Some(before) => size(ends, before * 3, 3)?,
            None => 0,
        };
        let name = self
            .part(Part::Names as usize)
            .get(start..size(ends, index * 3, 3)?)?;
        std::str::from_utf8(name).ok()
    }

    fn ranges(&self, first: usize) -> Ranges<'_> {
        Ranges {
            blocks: self.part(first),
            lengths: self.part(first + 1),
            values: self.part(first + 2),
        }
    }

    fn suffixes(&self) -> Suffixes<'_> {
        Suffixes {
            blocks: self.part(Part::SuffixBlocks as usize),
            rules: self.part(Part::Suffixes as usize),
        }
    }

    fn part(&self, part: usize) -> &[u8] {
        let bounds = self.starts.get(part).zip(self.starts.get(part + 1));
        bounds
            .and_then(|(start, end)| self.file.get(*start..*end))
            .unwrap_or_default()
    }
}
