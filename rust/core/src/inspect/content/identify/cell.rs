//! Cell identities: single integers mean nothing, so several must stand side by side.

use super::super::IdentifierKind;
use super::Evidence;
use super::names::Named;
use super::value::Match;
use crate::tables::operators;

/// Largest area code (3GPP TS 23.003): 16 bits for LAC, 24 for the TAC of NR.
const AREA_MAX: u64 = 0xff_ffff;
/// Largest cell identity: 36 bits, the NCI of NR.
const CELL_MAX: u64 = (1 << 36) - 1;
/// What Android reports for "unavailable" (`CellInfo.UNAVAILABLE`, and 16 bits of ones).
const UNAVAILABLE: [u64; 3] = [0x7fff_ffff, 0xffff, 0x7fff_ffff_ffff_ffff];

/// The parts of a cell's identity that stood side by side.
#[derive(Debug, Default)]
pub(super) struct Parts {
    country: Option<u64>,
    network: Option<u64>,
    area: Option<u64>,
    cell: Option<u64>,
    perhaps: Option<u64>,
}

impl Parts {
    /// Takes the value of a key that names a part.
    pub(super) fn take(&mut self, named: Named, value: &str) {
        let value = value.trim_ascii();
        let Ok(number) = value.parse::<u64>() else {
            return;
        };
        let number = Some(number).filter(|n| !UNAVAILABLE.contains(n));
        let cell = number.filter(|n| (1..=CELL_MAX).contains(n));
        match named {
            Named::Country => self.country = number.filter(|&n| is_country(n)).or(self.country),
            Named::Network => self.network = number.filter(|&n| n < 1000).or(self.network),
            Named::CountryAndNetwork => {
                if let (5..=6, Some(head), Some(tail)) =
                    (value.len(), value.get(..3), value.get(3..))
                    && let (Ok(head), Ok(tail)) = (head.parse(), tail.parse())
                    && is_country(head)
                {
                    (self.country, self.network) = (Some(head), Some(tail));
                }
            }
            Named::Area => {
                self.area = number.filter(|n| (1..=AREA_MAX).contains(n)).or(self.area);
            }
            Named::Cell => self.cell = cell.or(self.cell),
            Named::PerhapsCell => self.perhaps = cell.or(self.perhaps),
            _ => {}
        }
    }

    /// What they make together.
    pub(super) fn found(&self, beside_sim: impl Fn() -> bool) -> Option<Match> {
        let placed = self.country.is_some() && self.network.is_some();
        let evidence = match (self.country.is_some(), self.area, self.cell, self.perhaps) {
            (true, Some(_), Some(_), _) | (true, Some(_), _, Some(_)) => Evidence::CellWhole,
            (true, Some(_), None, None) | (true, _, Some(_), _) => Evidence::CellPart,
            (false, Some(_), Some(_), _) | (false, Some(_), _, Some(_)) => Evidence::CellPart,
            // The ZZHC body names the cell beside the SIM, and the network only by the IMSI.
            (false, _, Some(_), _) if beside_sim() => Evidence::CellPart,
            (true, None, None, Some(_)) if placed => Evidence::CellDoubtful,
            _ => return None,
        };
        let parts = [
            self.country,
            self.network,
            self.area,
            self.cell.or(self.perhaps),
        ];
        Some((IdentifierKind::Cell, written(&parts), evidence))
    }
}

/// Judges a whole identity in one value: `460-03-4301-27447297`, with more behind it or not.
pub(super) fn joined(value: &str) -> Option<Match> {
    let mut numbers = value
        .split(['-', ':', ',', '_', '|', ';', '.', '/', ' '])
        .map(|part| part.trim().parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    let (mcc, mnc, area, cell) = (next()?, next()?, next()?, next()?);
    let fits = is_country(mcc)
        && mnc < 1000
        && (1..=AREA_MAX).contains(&area)
        && (1..=CELL_MAX).contains(&cell)
        && !UNAVAILABLE.contains(&area)
        && !UNAVAILABLE.contains(&cell);
    fits.then(|| {
        let parts = [Some(mcc), Some(mnc), Some(area), Some(cell)];
        (IdentifierKind::Cell, written(&parts), Evidence::CellWhole)
    })
}

fn written(parts: &[Option<u64>]) -> String {
    parts
        .iter()
        .flatten()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join("-")
}

fn is_country(mcc: u64) -> bool {
    u16::try_from(mcc).is_ok_and(operators::is_country)
}

/// Whether two or more of `keys` are of a SIM's slot: `SIM1…`.
pub(super) fn beside_sim<'a>(keys: impl Iterator<Item = &'a str>) -> bool {
    keys.filter(|key| {
        let key = key.as_bytes();
        key.get(..3)
            .is_some_and(|sim| sim.eq_ignore_ascii_case(b"sim"))
            && key.get(3).is_some_and(u8::is_ascii_digit)
    })
    .count()
        >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the parts make together, none of them beside a SIM.
    fn together(fields: &[(Named, &str)]) -> Option<(String, Evidence)> {
        let mut parts = Parts::default();
        for (named, value) in fields {
            parts.take(*named, value);
        }
        let found = parts.found(|| false);
        found.map(|(_, value, evidence)| (value, evidence))
    }

    #[test]
    fn parts_mean_something_together() {
        use Evidence::{CellDoubtful, CellPart, CellWhole};
        use Named::{Area, Cell, Country, CountryAndNetwork, Network, PerhapsCell};
        let (mcc, mnc, lac) = ((Country, "242"), (Network, "01"), (Area, "4301"));
        let (cid, perhaps) = ((Cell, "27447297"), (PerhapsCell, "27447297"));
        let cases: [(&[(Named, &str)], _); 13] = [
            (&[], None),
            (
                &[mcc, mnc, lac, cid],
                Some(("242-1-4301-27447297", CellWhole)),
            ),
            (
                &[mcc, mnc, lac, perhaps],
                Some(("242-1-4301-27447297", CellWhole)),
            ),
            (
                &[(CountryAndNetwork, "24201"), lac],
                Some(("242-1-4301", CellPart)),
            ),
            (&[mcc, cid], Some(("242-27447297", CellPart))),
            (&[lac, cid], Some(("4301-27447297", CellPart))),
            (&[lac, perhaps], Some(("4301-27447297", CellPart))),
            (&[mcc, mnc, perhaps], Some(("242-1-27447297", CellDoubtful))),
            (
                &[mcc, (Network, "999"), perhaps],
                Some(("242-999-27447297", CellDoubtful)),
            ),
            (&[mcc, (Network, "1000"), perhaps], None),
            (&[mcc, perhaps], None),
            (&[mnc, perhaps], None),
            (&[cid], None),
        ];
        for (fields, expected) in cases {
            let expected = expected.map(|(value, evidence)| (value.to_owned(), evidence));
            assert_eq!(together(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_whole_identity_in_one_value() {
        let found = joined("460-03-4301-27447297").map(|(_, value, _)| value);
        assert_eq!(found.as_deref(), Some("460-3-4301-27447297"));
        assert!(joined("460,999,16777215,68719476735,x").is_some());
        for other in [
            "460-03-4301",
            "460-1000-4301-27447297",
            "460-03-0-27447297",
            "460-03-16777216-27447297",
            "460-03-4301-0",
            "460-03-4301-68719476736",
            "460-03-65535-27447297",
            "460-03-4301-2147483647",
            "860-03-4301-27447297",
        ] {
            assert_eq!(joined(other), None, "{other}");
        }
    }

    #[test]
    fn keys_of_a_sims_slot() {
        assert!(beside_sim(["SIM1IMSI", "x", "sim2"].into_iter()));
        for keys in [["SIM1IMSI", "x"], ["simple", "similar"], ["abc1", "abd2"]] {
            assert!(!beside_sim(keys.into_iter()), "{keys:?}");
        }
    }
}
