//! Cell identities: single integers mean nothing, so several must stand side by side.

use super::super::IdentifierKind;
use super::Evidence;
use super::key::{CellPart, cell_part};
use super::number;
use super::value::Match;

/// Largest area code (3GPP TS 23.003): 16 bits for LAC, 24 for the TAC of NR.
const AREA_MAX: u64 = 0xff_ffff;
/// Largest cell identity: 36 bits, the NCI of NR.
const CELL_MAX: u64 = (1 << 36) - 1;
/// What Android reports for "unavailable" (`CellInfo.UNAVAILABLE`, and 16 bits of ones).
const UNAVAILABLE: [u64; 3] = [0x7fff_ffff, 0xffff, 0x7fff_ffff_ffff_ffff];

/// Looks for a cell among keys and values that stood side by side.
pub(super) fn find(fields: &[(String, String)]) -> Option<Match> {
    let mut country = None;
    let mut network = None;
    let mut area = None;
    let mut cell = None;
    let mut perhaps = None;
    for (key, value) in fields {
        let value = value.trim();
        let Ok(number) = value.parse::<u64>() else {
            continue;
        };
        let Some(part) = cell_part(key) else { continue };
        let number = Some(number).filter(|n| !UNAVAILABLE.contains(n));
        match part {
            CellPart::Country => country = number.filter(|&n| is_country(n)).or(country),
            CellPart::Network => network = number.filter(|&n| n < 1000).or(network),
            CellPart::CountryAndNetwork => {
                if let (5..=6, Some(head), Some(tail)) =
                    (value.len(), value.get(..3), value.get(3..))
                    && let (Ok(head), Ok(tail)) = (head.parse(), tail.parse())
                    && is_country(head)
                {
                    (country, network) = (Some(head), Some(tail));
                }
            }
            CellPart::Area => area = number.filter(|n| (1..=AREA_MAX).contains(n)).or(area),
            CellPart::Cell => cell = number.filter(|n| (1..=CELL_MAX).contains(n)).or(cell),
            CellPart::PerhapsCell => {
                perhaps = number.filter(|n| (1..=CELL_MAX).contains(n)).or(perhaps);
            }
        }
    }
    let placed = country.is_some() && network.is_some();
    let evidence = match (placed || country.is_some(), area, cell, perhaps) {
        (true, Some(_), Some(_), _) | (true, Some(_), _, Some(_)) => Evidence::CellWhole,
        (true, Some(_), None, None) | (true, _, Some(_), _) => Evidence::CellPart,
        (false, Some(_), Some(_), _) | (false, Some(_), _, Some(_)) => Evidence::CellPart,
        // The ZZHC body names the cell beside the SIM, and the network only by the IMSI.
        (false, _, Some(_), _) if beside_sim(fields) => Evidence::CellPart,
        (true, None, None, Some(_)) if placed => Evidence::CellDoubtful,
        _ => return None,
    };
    let parts = [country, network, area, cell.or(perhaps)];
    let value = parts
        .iter()
        .flatten()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join("-");
    Some((IdentifierKind::Cell, value, evidence))
}

fn is_country(mcc: u64) -> bool {
    u16::try_from(mcc).is_ok_and(number::operational_country)
}

fn beside_sim(fields: &[(String, String)]) -> bool {
    let of_sim = |key: &str| {
        key.get(..4).is_some_and(|head| {
            head.get(..3)
                .is_some_and(|sim| sim.eq_ignore_ascii_case("sim"))
        }) && key.as_bytes().get(3).is_some_and(u8::is_ascii_digit)
    };
    fields.iter().filter(|(key, _)| of_sim(key)).count() >= 2
}
