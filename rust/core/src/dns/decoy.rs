//! Decoy addresses for names that a rule blocks.
//!
//! A blocked name is answered with an address of our own. The app connects to it, into the tunnel
//! and no further, and its request can be read and shown, while neither the question nor the payload
//! leaves the device.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::memory::Asker;

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
/// A name has one host number, the same in both families and for all apps. Numbers are given out in turn over the
/// whole range, so the number of a forgotten name stands for no other name until some 130,000 more
/// names have been blocked: an app that kept an old decoy is not taken for the wrong one. Where there is no more room,
/// the app that has asked for the most names loses one of them; a name is forgotten once nobody has it.
#[derive(Debug)]
pub struct Decoys {
    by_name: BTreeMap<Arc<str>, Decoy>,
    by_number: BTreeMap<u32, Arc<str>>,
    by_asker: BTreeMap<Asker, Asked>,
    /// Names of all askers, those that several have asked for as often.
    asked: usize,
    uses: u64,
    next_number: u32,
}

#[derive(Debug)]
struct Decoy {
    number: u32,
    askers: usize,
}

/// What one app has asked for.
#[derive(Debug, Default)]
struct Asked {
    last_use: BTreeMap<Arc<str>, u64>,
    by_use: BTreeMap<u64, Arc<str>>,
}

impl Default for Decoys {
    fn default() -> Self {
        Self {
            by_name: BTreeMap::new(),
            by_number: BTreeMap::new(),
            by_asker: BTreeMap::new(),
            asked: 0,
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
    /// the last that `asker` has asked for, of which there are [`NAMES_MAX`] among all askers.
    pub fn address_for(&mut self, asker: Asker, name: &str, family: Family) -> IpAddr {
        let number = self.number_of(asker, name);
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

    fn number_of(&mut self, asker: Asker, name: &str) -> u32 {
        self.uses += 1;
        let has = |asked: &Asked| asked.last_use.contains_key(name);
        if !self.by_asker.get(&asker).is_some_and(has) {
            if self.asked >= NAMES_MAX {
                self.forget_one();
            }
            self.asked += 1;
            if let Some(decoy) = self.by_name.get_mut(name) {
                decoy.askers += 1;
            }
        }
        let (name, number) = match self.by_name.get_key_value(name) {
            Some((name, decoy)) => (Arc::clone(name), decoy.number),
            None => self.insert(name.into()),
        };
        let asked = self.by_asker.entry(asker).or_default();
        if let Some(before) = asked.last_use.insert(Arc::clone(&name), self.uses) {
            asked.by_use.remove(&before);
        }
        asked.by_use.insert(self.uses, name);
        number
    }

    fn insert(&mut self, name: Arc<str>) -> (Arc<str>, u32) {
        let number = self.free_number();
        self.by_number.insert(number, Arc::clone(&name));
        let decoy = Decoy { number, askers: 1 };
        self.by_name.insert(Arc::clone(&name), decoy);
        (name, number)
    }

    /// Takes the name asked for longest ago from whoever has the most.
    fn forget_one(&mut self) {
        let most = self.by_asker.iter_mut();
        let Some((_, asked)) = most.max_by_key(|(_, asked)| asked.by_use.len()) else {
            return;
        };
        let Some((_, name)) = asked.by_use.pop_first() else {
            return;
        };
        asked.last_use.remove(&name);
        self.by_asker.retain(|_, asked| !asked.by_use.is_empty());
        self.asked -= 1;
        if let Some(decoy) = self.by_name.get_mut(&name) {
            decoy.askers -= 1;
            if decoy.askers == 0 {
                self.by_number.remove(&decoy.number);
                self.by_name.remove(&name);
            }
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
        let v4 = decoys.address_for(None, "a.example", Family::V4);
        let v6 = decoys.address_for(None, "a.example", Family::V6);
        let other = decoys.address_for(None, "b.example", Family::V4);
        assert_eq!(v4, IpAddr::from([198, 18, 0, 1]));
        assert_eq!(v6, "2001:2::1".parse::<IpAddr>().unwrap());
        assert_ne!(v4, other);
        assert_eq!(decoys.address_for(None, "a.example", Family::V4), v4);
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
        let first = decoys.address_for(None, "first.example", Family::V4);
        let second = decoys.address_for(None, "second.example", Family::V4);
        for n in 2..NAMES_MAX {
            decoys.address_for(None, &format!("{n}.example"), Family::V4);
        }
        assert_eq!(decoys.address_for(None, "first.example", Family::V4), first);
        decoys.address_for(None, "one-more.example", Family::V4);
        assert_eq!(decoys.name_of(first), Some("first.example"));
        assert_eq!(decoys.name_of(second), None);
        assert!(Decoys::contains(second));
        assert_ne!(
            decoys.address_for(None, "second.example", Family::V4),
            second
        );
        for len in [
            decoys.by_name.len(),
            decoys.by_number.len(),
            decoys.by_asker[&None].by_use.len(),
            decoys.by_asker[&None].last_use.len(),
            decoys.asked,
        ] {
            assert_eq!(len, NAMES_MAX);
        }
    }

    #[test]
    fn numbers_in_use_are_skipped_when_the_range_wraps() {
        let mut decoys = Decoys::new();
        let kept = decoys.address_for(None, "kept.example", Family::V4);
        decoys.next_number = *NUMBERS.end();
        let last = decoys.address_for(None, "last.example", Family::V4);
        let wrapped = decoys.address_for(None, "wrapped.example", Family::V4);
        assert_eq!(last, IpAddr::from([198, 19, 255, 254]));
        assert_eq!(wrapped, IpAddr::from([198, 18, 0, 2]));
        assert_eq!(decoys.name_of(kept), Some("kept.example"));
    }

    /// One app asks for more names than there is room for, the other's among them.
    #[test]
    fn a_flood_of_one_app_forgets_no_name_of_another() {
        let mut decoys = Decoys::new();
        let mine = decoys.address_for(Some(1), "mine.example", Family::V4);
        assert_eq!(
            decoys.address_for(Some(2), "mine.example", Family::V4),
            mine
        );
        let theirs = decoys.address_for(Some(2), "theirs.example", Family::V4);
        for n in 0..2 * NAMES_MAX {
            decoys.address_for(Some(2), &format!("{n}.example"), Family::V4);
        }
        assert_eq!(decoys.name_of(mine), Some("mine.example"));
        assert_eq!(decoys.name_of(theirs), None);
        assert_eq!(decoys.asked, NAMES_MAX);
        assert_eq!(decoys.by_name.len(), NAMES_MAX);
        assert_eq!(decoys.by_number.len(), NAMES_MAX);
    }
}
