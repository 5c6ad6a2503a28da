//! Decoy addresses for names that a rule blocks.
//!
//! A blocked name is answered with an address of our own. The app connects to it, into the tunnel
//! and no further, and its request can be read and shown, while neither the question nor the payload
//! leaves the device.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Names remembered at most. About 200 bytes each with a typical name, so 0.2 MiB; a phone has some
/// tens of blocked names in use at a time.
pub const NAMES_MAX: usize = 1024;

/// Seconds that an app may keep a decoy: short, so that an unblocked name works again at once.
pub const TTL: u32 = 10;

/// First address of 198.18.0.0/15, reserved for benchmarking (RFC 2544): nothing is ever there.
const V4_BASE: u32 = u32::from_be_bytes([198, 18, 0, 0]);

/// First address of 2001:2::/48, the same for IPv6 (RFC 5180).
const V6_BASE: u128 = 0x2001_0002 << 96;

/// Host numbers of the IPv4 range, its first and last address left out.
const NUMBERS: std::ops::RangeInclusive<u32> = 1..=(1 << 17) - 2;

/// A number must be free again before all have been given out once.
const _: () = assert!(NAMES_MAX < *NUMBERS.end() as usize);

/// Address family of a decoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4, for A questions.
    V4,
    /// IPv6, for AAAA questions.
    V6,
}

/// Which name has which decoy.
///
/// A name has one host number, the same in both families. Numbers are given out in turn over the
/// whole range, so the number of a forgotten name stands for no other name until some 130,000 more
/// names have been blocked: an app that kept an old decoy is not taken for the wrong one.
#[derive(Debug)]
pub struct Decoys {
    by_name: BTreeMap<Arc<str>, Decoy>,
    by_number: BTreeMap<u32, Arc<str>>,
    by_use: BTreeMap<u64, Arc<str>>,
    uses: u64,
    next_number: u32,
}

#[derive(Debug)]
struct Decoy {
    number: u32,
    last_use: u64,
}

impl Default for Decoys {
    fn default() -> Self {
        Self {
            by_name: BTreeMap::new(),
            by_number: BTreeMap::new(),
            by_use: BTreeMap::new(),
            uses: 0,
            next_number: *NUMBERS.start(),
        }
    }
}

impl Decoys {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The decoy of `name` (lower case, no trailing dot): always the same while the name is among
    /// the last [`NAMES_MAX`] asked for.
    pub fn address_for(&mut self, name: &str, family: Family) -> IpAddr {
        let number = self.number_of(name);
        match family {
            Family::V4 => Ipv4Addr::from(V4_BASE + number).into(),
            Family::V6 => Ipv6Addr::from(V6_BASE + u128::from(number)).into(),
        }
    }

    /// The name whose decoy `address` is.
    #[must_use]
    pub fn name_of(&self, address: IpAddr) -> Option<&str> {
        let number = match address {
            IpAddr::V4(address) => u32::from(address).checked_sub(V4_BASE)?,
            IpAddr::V6(address) => u128::from(address).checked_sub(V6_BASE)?.try_into().ok()?,
        };
        self.by_number.get(&number).map(|name| &**name)
    }

    /// Whether `address` lies in the decoy ranges, given out or not. Such an address is never
    /// dialled: whatever stood behind it would be no benchmark.
    #[must_use]
    pub fn contains(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => u32::from(address) >> 17 == V4_BASE >> 17,
            IpAddr::V6(address) => u128::from(address) >> 80 == V6_BASE >> 80,
        }
    }

    fn number_of(&mut self, name: &str) -> u32 {
        self.uses += 1;
        if let Some((name, decoy)) = self.by_name.get_key_value(name) {
            let (name, number) = (Arc::clone(name), decoy.number);
            self.by_use.remove(&decoy.last_use);
            self.insert(name, number);
            return number;
        }
        if self.by_name.len() >= NAMES_MAX {
            self.forget_oldest();
        }
        let number = self.free_number();
        self.insert(name.into(), number);
        number
    }

    fn insert(&mut self, name: Arc<str>, number: u32) {
        let last_use = self.uses;
        self.by_use.insert(last_use, Arc::clone(&name));
        self.by_number.insert(number, Arc::clone(&name));
        self.by_name.insert(name, Decoy { number, last_use });
    }

    fn forget_oldest(&mut self) {
        if let Some((_, name)) = self.by_use.pop_first()
            && let Some(decoy) = self.by_name.remove(&name)
        {
            self.by_number.remove(&decoy.number);
        }
    }

    fn free_number(&mut self) -> u32 {
        loop {
            let number = self.next_number;
            self.next_number = if number == *NUMBERS.end() {
                *NUMBERS.start()
            } else {
                number + 1
            };
            if !self.by_number.contains_key(&number) {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_decoy_in_both_families() {
        let mut decoys = Decoys::new();
        let v4 = decoys.address_for("a.example", Family::V4);
        let v6 = decoys.address_for("a.example", Family::V6);
        let other = decoys.address_for("b.example", Family::V4);
        assert_eq!(v4, IpAddr::from([198, 18, 0, 1]));
        assert_eq!(v6, "2001:2::1".parse::<IpAddr>().unwrap());
        assert_ne!(v4, other);
        assert_eq!(decoys.address_for("a.example", Family::V4), v4);
        assert_eq!(decoys.name_of(v4), Some("a.example"));
        assert_eq!(decoys.name_of(v6), Some("a.example"));
        assert_eq!(decoys.name_of(other), Some("b.example"));
    }

    #[test]
    fn the_ranges_end_where_they_should() {
        for (address, inside) in [
            ("198.17.255.255", false),
            ("198.18.0.0", true),
            ("198.19.255.255", true),
            ("198.20.0.0", false),
            ("2001:1:ffff:ffff:ffff:ffff:ffff:ffff", false),
            ("2001:2::", true),
            ("2001:2:0:ffff:ffff:ffff:ffff:ffff", true),
            ("2001:2:1::", false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(Decoys::contains(address), inside, "{address}");
            assert_eq!(Decoys::new().name_of(address), None, "{address}");
        }
    }

    #[test]
    fn the_least_recently_asked_name_is_forgotten_and_its_number_rests() {
        let mut decoys = Decoys::new();
        let first = decoys.address_for("first.example", Family::V4);
        let second = decoys.address_for("second.example", Family::V4);
        for n in 2..NAMES_MAX {
            decoys.address_for(&format!("{n}.example"), Family::V4);
        }
        assert_eq!(decoys.address_for("first.example", Family::V4), first);
        decoys.address_for("one-more.example", Family::V4);
        assert_eq!(decoys.name_of(first), Some("first.example"));
        assert_eq!(decoys.name_of(second), None);
        assert!(Decoys::contains(second));
        assert_ne!(decoys.address_for("second.example", Family::V4), second);
        for len in [
            decoys.by_name.len(),
            decoys.by_number.len(),
            decoys.by_use.len(),
        ] {
            assert_eq!(len, NAMES_MAX);
        }
    }

    #[test]
    fn numbers_in_use_are_skipped_when_the_range_wraps() {
        let mut decoys = Decoys::new();
        let kept = decoys.address_for("kept.example", Family::V4);
        decoys.next_number = *NUMBERS.end();
        let last = decoys.address_for("last.example", Family::V4);
        let wrapped = decoys.address_for("wrapped.example", Family::V4);
        assert_eq!(last, IpAddr::from([198, 19, 255, 254]));
        assert_eq!(wrapped, IpAddr::from([198, 18, 0, 2]));
        assert_eq!(decoys.name_of(kept), Some("kept.example"));
    }
}
