//! Latitude and longitude.

use super::super::IdentifierKind;
use super::Evidence;
use super::value::Match;

/// A coordinate in degrees, and the decimals it was written with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Degrees {
    value: f64,
    decimals: usize,
}

/// Longest coordinate: sign, three digits, point, and what a double prints behind it.
const NUMBER_MAX: usize = 24;

impl Degrees {
    /// Reads a decimal fraction, or an integer of millionths or ten-millionths of a degree.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        let text = text.strip_suffix('°').unwrap_or(text);
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let simple = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if digits.is_empty() || digits.len() > NUMBER_MAX || !simple {
            return None;
        }
        let value: f64 = text.parse().ok()?;
        match digits.split_once('.') {
            Some((_, fraction)) => Some(Self {
                value,
                decimals: fraction.len(),
            }),
            None if digits.len() >= 7 => {
                let scale = if value.abs() > 180e6 { 1e7 } else { 1e6 };
                Some(Self {
                    value: value / scale,
                    decimals: 6,
                })
            }
            None => None,
        }
    }

    fn text(self) -> String {
        format!("{:.5}", self.value)
    }
}

/// Judges latitude and longitude that stood side by side under their own keys.
pub(super) fn sides(latitude: Degrees, longitude: Degrees) -> Option<Match> {
    if latitude.value.abs() > 90.0
        || longitude.value.abs() > 180.0
        || is_origin(latitude, longitude)
    {
        return None;
    }
    let (fine, coarse) = (
        latitude.decimals.max(longitude.decimals),
        latitude.decimals.min(longitude.decimals),
    );
    let evidence = if fine >= 3 && coarse >= 1 {
        Evidence::PlacePair
    } else {
        Evidence::PlaceCoarse
    };
    Some(found(latitude, longitude, evidence))
}

/// Judges two numbers in one value, in either order; `sure` if the key names a place.
pub(super) fn pair(value: &str, sure: bool) -> Option<Match> {
    let (first, second) = numbers(value)?;
    let (fine, coarse) = (
        first.decimals.max(second.decimals),
        first.decimals.min(second.decimals),
    );
    let fits = |a: Degrees, b: Degrees| a.value.abs() <= 90.0 && b.value.abs() <= 180.0;
    let small = first.value.abs() <= 1.0 && second.value.abs() <= 1.0;
    if !(fits(first, second) || fits(second, first)) || is_origin(first, second) {
        return None;
    }
    let evidence = match (sure, fine, coarse) {
        (true, 3.., 2..) => Evidence::PlaceText,
        // Fractions of a screen's width.
        (false, _, 4..) if !small => Evidence::PerhapsPlace,
        _ => Evidence::PlaceCoarse,
    };
    Some(found(first, second, evidence))
}

/// Judges two numbers that no key names.
pub(super) fn unkeyed(value: &str) -> Option<Match> {
    let (kind, text, evidence) = pair(value, false)?;
    (evidence == Evidence::PerhapsPlace).then_some((kind, text, Evidence::BarePlace))
}

fn numbers(value: &str) -> Option<(Degrees, Degrees)> {
    if !value.as_bytes().contains(&b'.') {
        return None;
    }
    let value = value.trim_matches(|c: char| c.is_ascii_whitespace() || "[](){}\"".contains(c));
    let value = value.strip_prefix("geo:").unwrap_or(value);
    if value.len() > 2 * NUMBER_MAX + 4 {
        return None;
    }
    let (first, second) = value
        .split_once([',', ';', '|'])
        .or_else(|| value.split_once(' '))?;
    let fraction = |text: &str| text.contains('.').then(|| Degrees::of(text)).flatten();
    Some((fraction(first)?, fraction(second)?))
}

/// What a sender puts where it has no value.
fn is_origin(first: Degrees, second: Degrees) -> bool {
    first.value.abs() < 1e-6 || second.value.abs() < 1e-6
}

fn found(first: Degrees, second: Degrees, evidence: Evidence) -> Match {
    let text = format!("{},{}", first.text(), second.text());
    (IdentifierKind::Location, text, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Evidence::*;

    fn told(found: Option<Match>) -> Option<(String, Evidence)> {
        found.map(|(_, text, evidence)| (text, evidence))
    }

    /// With its sign, it has one character more than [`NUMBER_MAX`].
    const LONGEST: &str = "-59.913870000000000000000";

    #[test]
    fn coordinates() {
        for (text, expected) in [
            ("59.91387", Some(("59.91387", 5))),
            (" +10.5\u{b0} ", Some(("10.50000", 1))),
            (LONGEST, Some(("-59.91387", 21))),
            ("59913870", Some(("59.91387", 6))),
            ("599138700", Some(("59.91387", 6))),
            ("180000000", Some(("180.00000", 6))),
            ("-180000001", Some(("-18.00000", 6))),
            ("1000000", Some(("1.00000", 6))),
            ("100000", None),
            ("59.9138700000000000000000", None),
            ("5.0e1", None),
            ("5.0.1", None),
            ("-", None),
            ("", None),
        ] {
            let found = Degrees::of(text).map(|degrees| (degrees.text(), degrees.decimals));
            let expected = expected.map(|(text, decimals)| (text.to_owned(), decimals));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn two_keys() {
        for (latitude, longitude, expected) in [
            ("59.914", "10.8", Some(PlacePair)),
            ("59.91", "10.75", Some(PlaceCoarse)),
            ("90.000", "180.000", Some(PlacePair)),
            ("-90.000", "-180.000", Some(PlacePair)),
            ("90.001", "10.752", None),
            ("59.914", "180.001", None),
            ("0.000", "0.000", None),
            ("0.000", "10.752", None),
            ("59.914", "0.000", None),
            ("0.000001", "10.752", Some(PlacePair)),
            ("59.914", "0.000001", Some(PlacePair)),
        ] {
            let of = |text| Degrees::of(text).unwrap();
            let found = told(sides(of(latitude), of(longitude)));
            let evidence = found.map(|(_, evidence)| evidence);
            assert_eq!(evidence, expected, "{latitude} {longitude}");
        }
    }

    #[test]
    fn two_numbers_in_one_value() {
        let longest = format!("{LONGEST}, {LONGEST}");
        let longer = format!("{LONGEST},  {LONGEST}");
        for (value, under_place, under_other) in [
            ("59.9138,10.7522", Some(PlaceText), Some(PerhapsPlace)),
            ("[59.9138, 10.7522]", Some(PlaceText), Some(PerhapsPlace)),
            (" \"59.9138 10.7522\" ", Some(PlaceText), Some(PerhapsPlace)),
            ("geo:59.9138,10.7522", Some(PlaceText), Some(PerhapsPlace)),
            ("59.9138,150.7522", Some(PlaceText), Some(PerhapsPlace)),
            ("150.7522|59.9138", Some(PlaceText), Some(PerhapsPlace)),
            ("0.5138;59.7522", Some(PlaceText), Some(PerhapsPlace)),
            ("59.9138,0.7522", Some(PlaceText), Some(PerhapsPlace)),
            (&longest, Some(PlaceText), Some(PerhapsPlace)),
            ("0.5138,0.7522", Some(PlaceText), Some(PlaceCoarse)),
            ("1.0000,1.0000", Some(PlaceText), Some(PlaceCoarse)),
            ("59.914,10.75", Some(PlaceText), Some(PlaceCoarse)),
            ("59.9138,10.752", Some(PlaceText), Some(PlaceCoarse)),
            ("59.91,10.75", Some(PlaceCoarse), Some(PlaceCoarse)),
            ("95.9138,100.7522", None, None),
            ("59.9138,180.7522", None, None),
            ("0.0000,10.7522", None, None),
            ("59.9138", None, None),
            ("59,10", None, None),
            (&longer, None, None),
        ] {
            let evidence = |sure| told(pair(value, sure)).map(|(_, evidence)| evidence);
            assert_eq!(evidence(true), under_place, "{value}");
            assert_eq!(evidence(false), under_other, "{value}");
            let bare = (under_other == Some(PerhapsPlace)).then_some(BarePlace);
            let found = told(unkeyed(value)).map(|(_, evidence)| evidence);
            assert_eq!(found, bare, "{value}");
        }
        let text = told(pair("59.9138,10.7522", true)).map(|(text, _)| text);
        assert_eq!(text.as_deref(), Some("59.91380,10.75220"));
    }
}
