//! One line of a selection, compiled: a field, how to compare, and with what.

use std::net::IpAddr;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex_lite::{Regex, RegexBuilder};

use super::error::{Problem, unknown};
use super::field::{Field, Kind};
use super::record::{Record, Value};
use super::yaml::{Entry, Node};

const MODIFIERS: [&str; 7] = [
    "contains",
    "startswith",
    "endswith",
    "re",
    "cidr",
    "base64offset",
    "all",
];

/// Bytes that a compiled regular expression may take. What it costs is the length of the text times that of the
/// expression, and a path may have 32 KiB.
const REGEX_MAX: usize = 16 * 1024;

/// `field|modifiers: values`.
#[derive(Debug)]
pub(super) struct Matcher {
    pub(super) field: Field,
    pub(super) test: Test,
}

/// How a field is compared. A list of values means any of them, unless `all` was asked for.
#[derive(Debug)]
pub(super) enum Test {
    Text(TextTest),
    Regexes { regexes: Vec<Regex>, all: bool },
    Numbers(Vec<u64>),
    Flag(bool),
    Addresses(Vec<IpAddr>),
    Networks(Vec<Network>),
}

/// Where in the text the literals are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Whole,
    Start,
    End,
    Anywhere,
}

/// Literals, compared without regard to ASCII letter case.
#[derive(Debug)]
pub(super) struct TextTest {
    pub(super) place: Place,
    /// In lower case.
    pub(super) literals: Vec<Vec<u8>>,
    pub(super) all: bool,
    /// For [`Place::Anywhere`]: one automaton for any, one a literal for `all`.
    automata: Vec<AhoCorasick>,
}

/// An address range (RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    pub(crate) base: IpAddr,
    pub(crate) prefix: u8,
}

impl Matcher {
    /// Compiles one line of a selection.
    pub(super) fn read(entry: &Entry) -> Result<Self, Problem> {
        let at = |text: String| Problem::at(entry.line, text);
        let mut words = entry.key.split('|');
        let name = words.next().unwrap_or_default();
        let field = Field::named(name).map_err(at)?;
        let mut modifiers: Vec<&str> = words.collect();
        if let Some(wrong) = modifiers.iter().find(|word| !MODIFIERS.contains(word)) {
            return Err(at(unknown("modifier", wrong, &MODIFIERS)));
        }
        let before = modifiers.len();
        modifiers.retain(|word| *word != "all");
        let all = modifiers.len() != before;
        let test = Test::read(field, &modifiers, all, &entry.value)?;
        Ok(Self { field, test })
    }

    /// Whether the field of this event passes the test. An absent field never does.
    pub(super) fn matches(&self, record: &Record<'_>) -> bool {
        self.passes(record.value(self.field))
    }

    /// How often it may search a text that may be long.
    pub(super) fn searches(&self) -> usize {
        match (self.field.kind(), &self.test) {
            (Kind::LongText, Test::Text(test)) => test.automata.len(),
            (_, Test::Regexes { regexes, .. }) => regexes.len(),
            _ => 0,
        }
    }

    /// Whether a text in the matcher's field would pass the test.
    pub(super) fn matches_text(&self, text: &str) -> bool {
        self.passes(&Value::Text(text.as_bytes().into()))
    }

    fn passes(&self, value: &Value<'_>) -> bool {
        match (&self.test, value) {
            (Test::Text(test), Value::Text(text)) => test.passes(std::iter::once(&**text)),
            (Test::Text(test), Value::Texts(texts)) => {
                test.passes(texts.iter().map(String::as_bytes))
            }
            (Test::Regexes { regexes, all }, Value::Text(text)) => {
                let text = String::from_utf8_lossy(text);
                any_or_all(regexes, *all, |regex| regex.is_match(&text))
            }
            (Test::Regexes { regexes, all }, Value::Texts(texts)) => {
                any_or_all(regexes, *all, |regex| {
                    texts.iter().any(|text| regex.is_match(text))
                })
            }
            (Test::Numbers(numbers), Value::Number(number)) => numbers.contains(number),
            (Test::Flag(wanted), Value::Flag(flag)) => wanted == flag,
            (Test::Addresses(addresses), Value::Address(address)) => addresses.contains(address),
            (Test::Networks(networks), Value::Address(address)) => {
                networks.iter().any(|network| network.contains(*address))
            }
            _ => false,
        }
    }
}

fn any_or_all<T>(items: &[T], all: bool, passes: impl FnMut(&T) -> bool) -> bool {
    if all {
        items.iter().all(passes)
    } else {
        items.iter().any(passes)
    }
}

impl Test {
    fn read(field: Field, modifiers: &[&str], all: bool, node: &Node) -> Result<Self, Problem> {
        let what = field.name();
        let at = |text: String| Problem::at(node.line, text);
        let items = node.items();
        if items.is_empty() {
            return Err(at(format!("{what} has no value to compare with")));
        }
        let text = matches!(field.kind(), Kind::Text | Kind::LongText);
        if all && (!text || modifiers.is_empty()) {
            return Err(at(format!(
                "`all` on {what} needs contains, startswith, endswith or re beside it"
            )));
        }
        match (field.kind(), modifiers) {
            (Kind::Text | Kind::LongText, []) => Self::text(what, Place::Whole, all, items),
            (Kind::Text | Kind::LongText, ["contains"]) => {
                Self::text(what, Place::Anywhere, all, items)
            }
            (Kind::Text | Kind::LongText, ["startswith"]) => {
                Self::text(what, Place::Start, all, items)
            }
            (Kind::Text | Kind::LongText, ["endswith"]) => Self::text(what, Place::End, all, items),
            (Kind::Text | Kind::LongText, ["base64offset", "contains"]) if !all => {
                let literals = literals(what, items)?;
                let variants = literals.iter().flat_map(|plain| base64_offsets(plain));
                TextTest::new(Place::Anywhere, variants.collect(), false)
                    .map(Self::Text)
                    .map_err(at)
            }
            (Kind::Text, ["re"]) => Self::regexes(what, all, items),
            (Kind::LongText, ["re"]) => Err(at(format!(
                "re on {what}, which may be long, is too slow; use contains"
            ))),
            (Kind::Choice(words), []) => {
                let literals = literals(what, items)?;
                for (literal, item) in literals.iter().zip(items) {
                    let word = String::from_utf8_lossy(literal);
                    if !words.contains(&&*word) {
                        return Err(Problem::at(item.line, unknown(what, &word, words)));
                    }
                }
                TextTest::new(Place::Whole, literals, false)
                    .map(Self::Text)
                    .map_err(at)
            }
            (Kind::Number(largest), []) => {
                let numbers = items.iter().map(|item| item.number(what, largest));
                Ok(Self::Numbers(numbers.collect::<Result<_, _>>()?))
            }
            (Kind::Flag, []) => match items {
                [item] => item.flag(what).map(Self::Flag),
                _ => Err(at(format!("{what} takes one value, true or false"))),
            },
            (Kind::Address, []) => {
                let addresses = items.iter().map(|item| {
                    let text = item.text(what)?;
                    text.parse().map_err(|_| {
                        Problem::at(
                            item.line,
                            format!("`{text}` is no IP address; for a range use {what}|cidr"),
                        )
                    })
                });
                Ok(Self::Addresses(addresses.collect::<Result<_, _>>()?))
            }
            (Kind::Address, ["cidr"]) => {
                let networks = items.iter().map(|item| {
                    let text = item.text(what)?;
                    Network::parse(text).ok_or_else(|| {
                        Problem::at(item.line, format!("`{text}` is no network; write it as 192.0.2.0/24, with no bit set behind the prefix"))
                    })
                });
                Ok(Self::Networks(networks.collect::<Result<_, _>>()?))
            }
            _ => Err(at(format!(
                "{what} cannot be compared by `{}`; valid here: {}",
                modifiers.join("|"),
                match field.kind() {
                    Kind::Text =>
                        "contains, startswith, endswith, re, base64offset|contains, each but the last with all",
                    Kind::LongText =>
                        "contains, startswith, endswith, base64offset|contains, each but the last with all",
                    Kind::Address => "no modifier, or cidr",
                    Kind::Choice(_) | Kind::Number(_) | Kind::Flag => "no modifier",
                }
            ))),
        }
    }

    fn text(what: &str, place: Place, all: bool, items: &[Node]) -> Result<Self, Problem> {
        let literals = literals(what, items)?;
        let line = items.first().map_or(0, |item| item.line);
        TextTest::new(place, literals, all)
            .map(Self::Text)
            .map_err(|text| Problem::at(line, text))
    }

    fn regexes(what: &str, all: bool, items: &[Node]) -> Result<Self, Problem> {
        let regexes = items.iter().map(|item| {
            let regex = RegexBuilder::new(item.text(what)?)
                .size_limit(REGEX_MAX)
                .build();
            regex.map_err(|error| {
                Problem::at(item.line, format!("not a regular expression: {error}"))
            })
        });
        Ok(Self::Regexes {
            regexes: regexes.collect::<Result<_, _>>()?,
            all,
        })
    }
}

impl TextTest {
    fn new(place: Place, mut literals: Vec<Vec<u8>>, all: bool) -> Result<Self, String> {
        for literal in &mut literals {
            literal.make_ascii_lowercase();
        }
        let automata = match (place, all) {
            (Place::Anywhere, true) => literals.iter().map(|one| automaton([one])).collect(),
            (Place::Anywhere, false) => automaton(&literals).map(|one| vec![one]),
            _ => Ok(Vec::new()),
        };
        Ok(Self {
            place,
            automata: automata?,
            literals,
            all,
        })
    }

    fn passes<'a>(&self, mut texts: impl Iterator<Item = &'a [u8]> + Clone) -> bool {
        if self.place == Place::Anywhere {
            return self
                .automata
                .iter()
                .all(|one| texts.clone().any(|text| one.is_match(text)));
        }
        if self.all {
            self.literals
                .iter()
                .all(|literal| texts.clone().any(|text| self.place.holds(text, literal)))
        } else {
            texts.any(|text| self.literals.iter().any(|one| self.place.holds(text, one)))
        }
    }
}

impl Place {
    /// Whether the literal stands in this place of the text, letter case ignored.
    pub(super) fn holds(self, text: &[u8], literal: &[u8]) -> bool {
        let length = literal.len();
        let part = match self {
            Self::Whole => Some(text),
            Self::Start => text.get(..length),
            Self::End => text.len().checked_sub(length).and_then(|at| text.get(at..)),
            Self::Anywhere => {
                return text
                    .windows(length.max(1))
                    .any(|part| part.eq_ignore_ascii_case(literal));
            }
        };
        part.is_some_and(|part| part.eq_ignore_ascii_case(literal))
    }
}

/// An automaton for any of the literals, letter case ignored.
fn automaton<L: AsRef<[u8]>>(literals: impl IntoIterator<Item = L>) -> Result<AhoCorasick, String> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        // Half the time of what the builder chooses from 100 literals on (measured on a 2 KB body).
        .kind(Some(AhoCorasickKind::DFA))
        // What it looks for first are bytes that are rare in text, and are in everything else.
        .prefilter(false)
        .build(literals)
        .map_err(|error| format!("too many values for one matcher: {error}"))
}

/// The values as bytes, Sigma's escapes undone (`\*`, `\?`, `\\`).
fn literals(what: &str, items: &[Node]) -> Result<Vec<Vec<u8>>, Problem> {
    items
        .iter()
        .map(|item| {
            let text = item.text(what)?;
            unescape(text).ok_or_else(|| {
                Problem::at(
                    item.line,
                    format!(
                        "the wildcard in '{text}' is no part of our subset; use contains, \
                         startswith, endswith or re, or write \\* and \\? for the characters"
                    ),
                )
            })
        })
        .collect()
}

/// `None` where there is a wildcard.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' | '?' => return None,
            '\\' => plain.push(
                letters
                    .next_if(|next| matches!(next, '*' | '?' | '\\'))
                    .unwrap_or('\\'),
            ),
            _ => plain.push(letter),
        }
    }
    Some(plain.into_bytes())
}

/// What of the base64 of a text containing `plain` depends on `plain` alone, for the three ways
/// it can stand in the groups of three bytes.
fn base64_offsets(plain: &[u8]) -> [Vec<u8>; 3] {
    [0, 1, 2].map(|offset| {
        let mut shifted = vec![0; offset];
        shifted.extend_from_slice(plain);
        // A letter of base64 is ours alone where all six of its bits are.
        let first = (offset * 8).div_ceil(6);
        let end = shifted.len() * 8 / 6;
        (first..end)
            .map(|letter| base64_letter(&shifted, letter))
            .collect()
    })
}

fn base64_letter(bytes: &[u8], letter: usize) -> u8 {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = letter * 6;
    let byte = |index| bytes.get(index).copied().map_or(0, u16::from);
    let pair = byte(bit / 8) << 8 | byte(bit / 8 + 1);
    let six = (pair >> (10 - bit % 8)) & 0x3f;
    ALPHABET.get(usize::from(six)).copied().unwrap_or_default()
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (base, prefix) = text.split_once('/')?;
        let base: IpAddr = base.parse().ok()?;
        let prefix: u8 = prefix.parse().ok()?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        (prefix <= longest && masked(base, prefix) == base).then_some(Self { base, prefix })
    }

    pub(crate) fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.base.is_ipv4() && masked(address, self.prefix) == self.base
    }
}

/// The address with all bits behind the prefix cleared: the first of its range.
pub(crate) fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32u32.saturating_sub(prefix))
                .unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX
                .checked_shl(128u32.saturating_sub(prefix))
                .unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_fingerprints_are_the_measured_ones() {
        let text = |key: &[u8]| base64_offsets(key).map(|part| String::from_utf8(part).unwrap());
        assert_eq!(
            text(b"SIM1ICCID"),
            ["U0lNMUlDQ0lE", "NJTTFJQ0NJR", "TSU0xSUNDSU"]
        );
        assert_eq!(
            text(b"SIM1LTEIMSI"),
            ["U0lNMUxURUlNU0", "NJTTFMVEVJTVNJ", "TSU0xTFRFSU1TS"]
        );
    }

    #[test]
    fn networks_contain_their_addresses_and_no_others() {
        for (network, address, inside) in [
            ("203.107.1.0/24", "203.107.1.65", true),
            ("203.107.1.0/24", "203.107.2.65", false),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "::1", false),
            ("192.0.2.1/32", "192.0.2.1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("::/0", "2001:db8::1", true),
        ] {
            let network = Network::parse(network).unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
        for wrong in [
            "192.0.2.1/24",
            "192.0.2.0",
            "192.0.2.0/33",
            "x/8",
            "::/129",
            "::/-1",
        ] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn escapes_are_undone_and_wildcards_refused() {
        assert_eq!(unescape(r"a\*b\?c\\d\e\").unwrap(), br"a*b?c\d\e\");
        assert_eq!(unescape("a*"), None);
        assert_eq!(unescape(r"a\\*"), None);
    }
}
