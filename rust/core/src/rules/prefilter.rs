//! Which rules are worth evaluating. Each rule has literals of which one must occur if the rule
//! is to match; an event is searched for all literals of all rules at once, so that the cost
//! depends on the event and not on the number of rules.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use aho_corasick::AhoCorasick;

use super::condition::Condition;
use super::detection::{Detection, Selection};
use super::field::Field;
use super::matcher::{Matcher, Network, Place, Test, automaton, masked};
use super::record::{Record, Value};

/// Shortest literal, in bytes, that counts: a shorter one occurs in nearly everything.
const SHORTEST: usize = 3;

/// Something literal in an event without which a rule cannot match.
#[derive(Debug, Clone)]
enum Atom<'a> {
    Whole(Field, &'a [u8]),
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

/// Literals of one text field and the rules that they stand for.
#[derive(Debug, Default)]
pub(super) struct TextIndex {
    whole: HashMap<Vec<u8>, Vec<usize>>,
    longest: usize,
    parts: Vec<(Vec<u8>, usize)>,
    automaton: Option<AhoCorasick>,
    /// Rules that look at the field in a way that has no literal.
    unindexed: Vec<usize>,
}

/// The literals of all rules.
#[derive(Debug, Default)]
pub(super) struct Prefilter {
    texts: BTreeMap<Field, TextIndex>,
    numbers: HashMap<(Field, u64), Vec<usize>>,
    addresses: HashMap<IpAddr, Vec<usize>>,
    networks: HashMap<Network, Vec<usize>>,
    prefixes: BTreeSet<u8>,
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
                Atom::Part(field, text) => {
                    self.texts.entry(field).or_default().add_part(text, rule)
                }
                Atom::Number(field, number) => {
                    self.numbers.entry((field, number)).or_default().push(rule);
                }
                Atom::Address(address) => self.addresses.entry(address).or_default().push(rule),
                Atom::Network(network) => {
                    self.prefixes.insert(network.prefix);
                    self.networks.entry(network).or_default().push(rule);
                }
            }
        }
        true
    }

    /// Builds the automata, when all rules are in.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        self.texts.values_mut().try_for_each(TextIndex::finish)
    }

    /// The rules that may match, in ascending order.
    pub(super) fn candidates(&self, record: &Record<'_>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
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
            for &prefix in &self.prefixes {
                let network = Network {
                    base: masked(*address, prefix),
                    prefix,
                };
                found.extend(self.networks.get(&network).into_iter().flatten());
            }
        }
        found
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
                Place::Start | Place::End | Place::Anywhere => self.add_part(literal, rule),
            }
        }
    }

    fn add_whole(&mut self, text: &[u8], rule: usize) {
        self.longest = self.longest.max(text.len());
        self.whole.entry(text.to_vec()).or_default().push(rule);
    }

    fn add_part(&mut self, text: &[u8], rule: usize) {
        self.parts.push((text.to_vec(), rule));
    }

    pub(super) fn finish(&mut self) -> Result<(), String> {
        self.automaton = match self.parts.as_slice() {
            [] => None,
            parts => Some(automaton(parts.iter().map(|(text, _)| text))?),
        };
        Ok(())
    }

    pub(super) fn find(&self, text: &[u8], found: &mut BTreeSet<usize>) {
        found.extend(&self.unindexed);
        if text.len() <= self.longest {
            let lower = text.to_ascii_lowercase();
            found.extend(self.whole.get(&lower).into_iter().flatten());
        }
        if let Some(automaton) = &self.automaton {
            let hits = automaton.find_overlapping_iter(text);
            found.extend(hits.filter_map(|hit| {
                self.parts
                    .get(hit.pattern().as_usize())
                    .map(|(_, rule)| *rule)
            }));
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
                _ => Atom::Part,
            };
            Needed {
                rarity: literals.iter().map(|one| one.len()).min()?,
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
