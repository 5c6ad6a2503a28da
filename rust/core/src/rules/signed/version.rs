//! How old a pack is.

use std::fmt;
use std::str::FromStr;

use crate::rules::PACK_VERSION;

/// The day a pack's rules were last changed, and which of that day's packs it is. A later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) revision: u16,
}

impl Version {
    /// The version of that day's revision; `None` for a day that no calendar has.
    pub fn new(year: u16, month: u8, day: u8, revision: u16) -> Option<Self> {
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=days).contains(&day) && (2000..10_000).contains(&year)).then_some(Self {
            year,
            month,
            day,
            revision,
        })
    }

    /// That of the rules that ship: no revision.
    pub(super) fn built_in() -> Self {
        // A constant, and a test reads it.
        let version = PACK_VERSION.date.parse();
        version.expect("the date of the rules that ship is one")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)?;
        match self.revision {
            0 => Ok(()),
            revision => write!(f, ".{revision}"),
        }
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (date, revision) = match text.split_once('.') {
                Some((date, revision)) => (date, revision.parse().ok()?),
                None => (text, 0),
            };
            let mut parts = date.split('-');
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            let is_date = [year.len(), month.len(), day.len()] == [4, 2, 2];
            if !is_date || parts.next().is_some() {
                return None;
            }
            Self::new(
                year.parse().ok()?,
                month.parse().ok()?,
                day.parse().ok()?,
                revision,
            )
        };
        // Only what is written as it is told, so that two texts are never one version.
        read().filter(|version| version.to_string() == text).ok_or(
            "a version is a day and, where it has several, a revision: 2026-11-28 or 2026-11-28.1",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_days_with_revisions() {
        for text in [
            "2026-11-28",
            "2026-11-28.1",
            "2024-02-29",
            "2026-11-28.65535",
        ] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "2026-13-01",
            "2025-02-29",
            "1999-01-01",
            "2026-11-28.0",
            "2026-11-28.01",
            "2026-11-28.65536",
            "2026-11-28-1",
            "+026-11-28",
            "2026-+1-28",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        let order = ["2025-12-31.9", "2026-01-01", "2026-01-01.1", "2026-01-02"];
        let order = order.map(|text| text.parse::<Version>().unwrap());
        assert!(order.is_sorted());
        assert_eq!(Version::built_in().to_string(), PACK_VERSION.date);
    }
}
