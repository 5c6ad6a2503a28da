//! What an own rule is about: a name or a range of addresses, as a user types it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Serialize, Serializer};

use super::read::name_problem;
use crate::rules::{Network, masked};

/// A name with all names below it, or a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// In lower case, without trailing dot.
    Name(String),
    /// One address is a range of its full length.
    Addresses {
        /// The first of them.
        base: IpAddr,
        /// Bits that all of them share.
        prefix: u8,
    },
}

impl Target {
    /// Reads a host name, an address, or a range of addresses such as 192.0.2.0/24.
    ///
    /// # Errors
    /// What is wrong and what to write instead, in words for the user.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        if let Ok(address) = address.parse() {
            return Self::range(text, address, prefix);
        }
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        match name_problem(&name) {
            Some(problem) => Err(format!("\"{text}\" {problem}")),
            None if ends_in_number(&name) => Err(format!(
                "\"{text}\" is neither a name nor an address; an IPv4 address has four numbers up to 255"
            )),
            None => Ok(Self::Name(name)),
        }
    }

    fn range(text: &str, address: IpAddr, prefix: Option<&str>) -> Result<Self, String> {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) => digits
                .parse()
                .ok()
                .filter(|prefix| *prefix <= longest)
                .ok_or_else(|| {
                    format!("\"{text}\": behind the slash belongs a number from 0 to {longest}")
                })?,
        };
        let base = masked(address, prefix);
        if base == address {
            Ok(Self::Addresses { base, prefix })
        } else {
            Err(format!(
                "\"{text}\" begins within the range that it means; write {base}/{prefix}, or {address} alone"
            ))
        }
    }

    /// The range, where it is one.
    pub(crate) fn network(&self) -> Option<Network> {
        match self {
            Self::Name(_) => None,
            Self::Addresses { base, prefix } => Some(Network {
                base: *base,
                prefix: *prefix,
            }),
        }
    }
}

/// Whether a machine would read it as an IPv4 address, or fail to (WHATWG URL, "ends in a number").
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|byte| byte.is_ascii_digit()) || name.parse::<Ipv4Addr>().is_ok()
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Addresses { base, prefix } => {
                let is_one = *prefix == if base.is_ipv4() { 32 } else { 128 };
                match is_one {
                    true => write!(f, "{base}"),
                    false => write!(f, "{base}/{prefix}"),
                }
            }
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        json.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_and_written_in_one_way() {
        for (typed, read) in [
            (" Tracker.Example. ", "tracker.example"),
            ("_x.ads.example", "_x.ads.example"),
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7/32", "203.0.113.7"),
            ("203.0.113.0/24", "203.0.113.0/24"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("2001:db8:0::1", "2001:db8::1"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            let target = Target::parse(typed).unwrap();
            assert_eq!(target.to_string(), read);
            assert_eq!(Target::parse(read), Ok(target));
        }
    }

    #[test]
    fn what_is_neither_is_refused_with_the_remedy() {
        for (typed, words) in [
            ("", "is empty"),
            ("*.tracker.example", "leave \"*.\" out"),
            ("https://tracker.example/x", "leave out scheme, port, path"),
            ("a..example", "empty label"),
            ("192.0.2.300", "neither a name nor an address"),
            ("192.0.2", "neither a name nor an address"),
            ("192.0.2.0/33", "a number from 0 to 32"),
            ("192.0.2.0/", "a number from 0 to 32"),
            ("2001:db8::/129", "a number from 0 to 128"),
            ("192.0.2.7/24", "write 192.0.2.0/24, or 192.0.2.7 alone"),
            ("example/24", "leave out scheme, port, path"),
        ] {
            let problem = Target::parse(typed).unwrap_err();
            assert!(problem.contains(words), "{typed}: {problem}");
        }
    }
}
