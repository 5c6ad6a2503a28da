//! Which rules are worth evaluating. Each rule has literals of which one must occur if the rule
//! is to match; an event is searched for all literals of all rules at once, so that the cost
//! depends on the event and not on the number of rules.

mod literals;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use super::condition::Condition;
use super::detection::{Detection, Selection};
use super::field::Field;
use super::matcher::{Matcher, Network, Place, Test, masked};
use super::record::{Record, Value};
use literals::Literals;

/// Shortest literal, in bytes, that counts: a shorter one occurs in nearly everything.
const SHORTEST: usize = 3;

/// Something literal in an event without which a rule cannot match.
#[derive(Debug, Clone)]
enum Atom<'a> {
    Whole(Field, &'a [u8]),
    End(Field, &'a [u8]),
    Part(Field, &'a [u8]),
    Number(Field, u64),
    Address(IpAddr),
    Network(Network),
}

/// Literals of which one must occur, and how rare the commonest of them is, in bytes.
#[derive(Debug)]
struct Needed<'a> {
    rarity: usize,
    atoms: Vec<Atom<'a>>,
}

/// Most rules of one pack: 25 times what ships, and one cache line of bits for each 512.
pub(super) const MOST_RULES: usize = 1024;

/// Longest literal that is looked up as a whole: DNS names have at most 253 letters.
const LONGEST_LOOKED_UP: usize = 256;

/// Positions of rules in the pack; on the stack, so that looking costs no allocation.
#[derive(Debug, Clone)]
pub(super) struct RuleSet {
    bits: [u64; MOST_RULES / 64],
}

impl RuleSet {
    pub(super) const fn new() -> Self {
        Self {
            bits: [0; MOST_RULES / 64],
        }
    }

    fn insert(&mut self, rule: usize) {
        if let Some(word) = self.bits.get_mut(rule / 64) {
            *word |= 1 << (rule % 64);
        }
    }

    fn extend<'a>(&mut self, rules: impl IntoIterator<Item = &'a usize>) {
        rules.into_iter().for_each(|rule| self.insert(*rule));
    }

    /// The positions in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.bits.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < 64).then_some(at * 64 + bit as usize)
            })
        })
    }
}

/// Literals of one text field and the rules that they stand for. Whole texts, and ends that begin
/// with a dot (a domain and all below it), are looked up; the rest is searched for at once.
#[derive(Debug, Default)]
pub(super) struct TextIndex {
    whole: HashMap<Vec<u8>, Vec<usize>>,
    ends: HashMap<Vec<u8>, Vec<usize>>,
    longest: usize,
    parts: Literals,
    /// Rules that look at the field in a way that has no literal.
    unindexed: Vec<usize>,
}

/// The literals of all rules.
#[derive(Debug, Default)]
pub(super) struct Prefilter {
    texts: BTreeMap<Field, TextIndex>,
    numbers: HashMap<(Field, u64), Vec<usize>>,
    addresses: HashMap<IpAddr, Vec<usize>>,
    networks: Networks<Vec<usize>>,
}

impl Prefilter {
    /// Enters a rule; `false` if it has no literal that must occur.
    pub(super) fn add(&mut self, rule: usize, detection: &Detection) -> bool {
        let Some(needed) = needed(&detection.condition, &detection.selections) else {
            return false;
        };
        for atom in needed.atoms {
            match atom {
                Atom::Whole(field, text) => {
                    self.texts.entry(field).or_default().add_whole(text, rule)
                }
                Atom::End(field, text) => self.texts.entry(field).or_default().add_end(text, rule),
                Atom::Part(field, text) => {
                    self.texts.entry(field).or_default().add_part(text, rule)
                }
                Atom::Number(field, number) => {
                    self.numbers.entry((field, number)).or_default().push(rule);
                }
                Atom::Address(address) => self.addresses.entry(address).or_default().push(rule),
                Atom::Network(network) => self.networks.entry(network).push(rule),
            }
        }
        true
    }

    /// Makes ready for events, when all rules are in.
    pub(super) fn finish(&mut self) {
        self.texts.values_mut().for_each(TextIndex::finish);
    }

    /// The rules that may match, in ascending order.
    pub(super) fn candidates(&self, record: &Record<'_>) -> RuleSet {
        let mut found = RuleSet::new();
        for (field, index) in &self.texts {
            match record.value(*field) {
                Value::Text(text) => index.find(text, &mut found),
                Value::Texts(texts) => {
                    for text in *texts {
                        index.find(text.as_bytes(), &mut found);
                    }
                }
                _ => {}
            }
        }
        for field in [Field::AppUid, Field::DstPort, Field::DstAsn] {
            if let Value::Number(number) = record.value(field) {
                found.extend(self.numbers.get(&(field, *number)).into_iter().flatten());
            }
        }
        if let Value::Address(address) = record.value(Field::DstIp) {
            found.extend(self.addresses.get(address).into_iter().flatten());
            found.extend(self.networks.holding(*address).flatten());
        }
        found
    }
}

/// Networks, found in one look-up for each length of prefix.
#[derive(Debug, Default)]
pub(crate) struct Networks<T> {
    by_network: HashMap<Network, T>,
    prefixes: BTreeSet<u8>,
}

impl<T: Default> Networks<T> {
    /// What is kept for the network; made if there is none.
    pub(crate) fn entry(&mut self, network: Network) -> &mut T {
        self.prefixes.insert(network.prefix);
        self.by_network.entry(network).or_default()
    }
}

impl<T> Networks<T> {
    /// What is kept for each network that the address is in, the widest first.
    pub(crate) fn holding(&self, address: IpAddr) -> impl DoubleEndedIterator<Item = &T> {
        self.prefixes.iter().filter_map(move |&prefix| {
            let base = masked(address, prefix);
            self.by_network.get(&Network { base, prefix })
        })
    }
}

impl TextIndex {
    /// Enters what the matcher looks for.
    pub(super) fn add(&mut self, matcher: &Matcher, rule: usize) {
        let Test::Text(test) = &matcher.test else {
            self.unindexed.push(rule);
            return;
        };
        for literal in &test.literals {
            match test.place {
                Place::Whole => self.add_whole(literal, rule),
                Place::End => self.add_end(literal, rule),
                Place::Start | Place::Anywhere => self.add_part(literal, rule),
            }
        }
    }

    fn add_whole(&mut self, text: &[u8], rule: usize) {
        if text.len() > LONGEST_LOOKED_UP {
            return self.add_part(text, rule);
        }
        self.longest = self.longest.max(text.len());
        self.whole.entry(text.to_vec()).or_default().push(rule);
    }

    fn add_end(&mut self, text: &[u8], rule: usize) {
        if text.first() != Some(&b'.') || text.len() > LONGEST_LOOKED_UP {
            return self.add_part(text, rule);
        }
        self.longest = self.longest.max(text.len());
        self.ends.entry(text.to_vec()).or_default().push(rule);
    }

    fn add_part(&mut self, text: &[u8], rule: usize) {
        if text.is_empty() {
            self.unindexed.push(rule);
        } else {
            self.parts.add(text, rule);
        }
    }

    pub(super) fn finish(&mut self) {
        self.parts.finish();
    }

    pub(super) fn find(&self, text: &[u8], found: &mut RuleSet) {
        found.extend(&self.unindexed);
        self.look_up(text, found);
        self.parts.find(text, &mut |rule| found.insert(rule));
    }

    /// Looks up the text, and each end of it that begins with a dot.
    fn look_up(&self, text: &[u8], found: &mut RuleSet) {
        if self.longest == 0 {
            return;
        }
        // Of a longer text only an end can be meant.
        let end = text.get(text.len().saturating_sub(self.longest)..);
        let Some(end) = end.filter(|end| !end.is_empty()) else {
            return;
        };
        let mut buffer = [0; LONGEST_LOOKED_UP];
        let Some(lower) = buffer.get_mut(..end.len()) else {
            return;
        };
        lower.copy_from_slice(end);
        lower.make_ascii_lowercase();
        if text.len() == lower.len() {
            found.extend(self.whole.get(&*lower).into_iter().flatten());
        }
        if self.ends.is_empty() {
            return;
        }
        for (at, _) in lower.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
            let rules = lower.get(at..).and_then(|tail| self.ends.get(tail));
            found.extend(rules.into_iter().flatten());
        }
    }
}

fn needed<'a>(condition: &Condition, selections: &'a [Selection]) -> Option<Needed<'a>> {
    match condition {
        Condition::Selection(index) => {
            let groups = &selections.get(*index)?.groups;
            any_of(
                groups
                    .iter()
                    .map(|group| rarest(group.iter().map(needed_by))),
            )
        }
        Condition::Not(_) => None,
        Condition::All(parts) => rarest(parts.iter().map(|part| needed(part, selections))),
        Condition::Any(parts) => any_of(parts.iter().map(|part| needed(part, selections))),
    }
}

fn rarest<'a>(parts: impl Iterator<Item = Option<Needed<'a>>>) -> Option<Needed<'a>> {
    parts.flatten().max_by_key(|needed| needed.rarity)
}

fn any_of<'a>(parts: impl Iterator<Item = Option<Needed<'a>>>) -> Option<Needed<'a>> {
    let mut parts = parts.collect::<Option<Vec<_>>>()?;
    let rarity = parts.iter().map(|needed| needed.rarity).min()?;
    let atoms = parts.iter_mut().flat_map(|needed| needed.atoms.drain(..));
    Some(Needed {
        rarity,
        atoms: atoms.collect(),
    })
}

fn needed_by(matcher: &Matcher) -> Option<Needed<'_>> {
    let field = matcher.field;
    let needed = match &matcher.test {
        Test::Text(test) => {
            let literals: Vec<&[u8]> = if test.all {
                test.literals
                    .iter()
                    .max_by_key(|one| one.len())
                    .map(|one| &**one)
                    .into_iter()
                    .collect()
            } else {
                test.literals.iter().map(|one| &**one).collect()
            };
            let atom = match test.place {
                Place::Whole => Atom::Whole,
                Place::End => Atom::End,
                Place::Start | Place::Anywhere => Atom::Part,
            };
            // Two letters are all of a country: it is looked up whole, as a number is.
            let country = field == Field::DstCountry && test.place == Place::Whole;
            let shortest = literals.iter().map(|one| one.len()).min()?;
            Needed {
                rarity: if country { SHORTEST } else { shortest },
                atoms: literals.into_iter().map(|one| atom(field, one)).collect(),
            }
        }
        Test::Numbers(numbers) if field != Field::TriggerAge => Needed {
            rarity: SHORTEST,
            atoms: numbers
                .iter()
                .map(|number| Atom::Number(field, *number))
                .collect(),
        },
        Test::Addresses(addresses) => Needed {
            rarity: 2 * SHORTEST,
            atoms: addresses.iter().copied().map(Atom::Address).collect(),
        },
        Test::Networks(networks) => Needed {
            rarity: SHORTEST,
            atoms: networks.iter().copied().map(Atom::Network).collect(),
        },
        Test::Numbers(_) | Test::Flag(_) | Test::Regexes { .. } => return None,
    };
    let telling = !matches!(field, Field::Proto | Field::Trigger | Field::HttpMethod);
    (telling && needed.rarity >= SHORTEST).then_some(needed)
}
