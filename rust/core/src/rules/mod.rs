//! The rule pack: Sigma rules on the facts of a flow.
//!
//! A rule is one YAML file under `rust/core/rules/`, in a strict subset of Sigma over a fixed
//! taxonomy of fields. Rules are compiled once; [`Pack::matching`] then evaluates only those of
//! which a literal occurs in the event.

mod answer;
mod condition;
mod detection;
mod error;
mod field;
mod imported;
mod listing;
mod matcher;
pub(crate) mod nearest;
mod prefilter;
pub(crate) mod record;
mod remembered;
mod rule;
mod sample;
pub mod signed;
mod version;
mod words;
mod yaml;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use crate::facts::Facts;
use field::Field;
use matcher::Test;
use prefilter::{MOST_RULES, Prefilter, RuleSet, TextIndex};
use record::Record;

pub use answer::Answer;
pub use error::PackError;
pub use imported::{Imported, LARGEST_FILE, MOST_FILES};
pub use listing::listing;
pub(crate) use matcher::{Network, masked};
pub(crate) use prefilter::Networks;
pub use remembered::{Hindsight, HindsightError, hindsight};
pub use rule::{Action, Confidence, Example, Level, Rule, Samples, Status};
pub use sample::Sample;
pub use version::{PACK_VERSION, PackVersion};

// `SOURCES`: file name and text of every rule, by build.rs.
include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// All rules, the gravest first, and the indexes over them.
#[derive(Debug, Default)]
pub struct Pack {
    rules: Vec<Rule>,
    prefilter: Prefilter,
    named: Named,
}

/// What rules name in so many words, whatever else they ask for.
#[derive(Debug, Default)]
struct Named {
    ports: BTreeSet<u16>,
    addresses: BTreeSet<IpAddr>,
    networks: Networks<()>,
    packages: TextIndex,
    hosts: TextIndex,
}

/// Most times that all rules of a pack together may search the body of one request: what all of them take in the worst
/// case, where each of them finds all but the last of what it looks for, stays well below a second.
const MOST_SEARCHES: usize = 2048;

const NOTHING_LITERAL: &str = "nothing literal must occur for it to match, so that every event \
     would have to be evaluated; each alternative of the condition needs a text of three bytes or \
     more (not in a regular expression), a number or an address";

impl Pack {
    /// The pack that this build ships, parsed on first use.
    pub fn embedded() -> Arc<Self> {
        static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| {
            // What is compiled in is the same on every device, and the tests have parsed it.
            Arc::new(Pack::parse(SOURCES).expect("the embedded pack parses"))
        });
        Arc::clone(&PACK)
    }

    /// The text of a rule file that this build ships, by its name ([`Rule::file`]).
    pub fn source(file: &str) -> Option<&'static str> {
        let source = SOURCES.iter().find(|(name, _)| *name == file);
        source.map(|(_, text)| *text)
    }

    /// Parses rule files, given as pairs of file name and text.
    ///
    /// # Errors
    /// [`PackError`] with file and line of the first thing that is wrong.
    pub fn parse(sources: &[(&str, &str)]) -> Result<Self, PackError> {
        Self::check(sources).map_err(|mut errors| errors.swap_remove(0))
    }

    /// Like [`Self::parse`], but says everything that is wrong.
    ///
    /// # Errors
    /// At least one [`PackError`]; those of one file stand together.
    pub fn check(sources: &[(&str, &str)]) -> Result<Self, Vec<PackError>> {
        let mut rules = Vec::new();
        let mut errors = Vec::new();
        for (file, text) in sources {
            match Rule::read(file, text) {
                Ok(rule) => rules.push(rule),
                Err(problems) => {
                    errors.extend(problems.into_iter().map(|problem| problem.in_file(file)));
                }
            }
        }
        rules.sort_by(|left, right| {
            let key = |rule: &Rule| Reverse((rule.level, rule.action, rule.confidence));
            (key(left), &left.id).cmp(&(key(right), &right.id))
        });
        errors.extend(twins(&rules));
        if let Some(rule) = rules.get(MOST_RULES) {
            errors.push(rule.refused(&format!("one rule too many: a pack holds {MOST_RULES}")));
        }
        let mut searches = 0;
        let mut within = |rule: &&Rule| {
            searches += rule.detection.searches();
            searches <= MOST_SEARCHES
        };
        if let Some(rule) = rules.iter().find(|rule| !within(rule)) {
            errors.push(rule.refused(&format!(
                "one search too many: all rules of a pack may search the body {MOST_SEARCHES} times"
            )));
        }
        let mut prefilter = Prefilter::default();
        let mut named = Named::default();
        for (at, rule) in rules.iter().enumerate() {
            if !prefilter.add(at, &rule.detection) {
                errors.push(rule.refused(NOTHING_LITERAL));
            }
            named.add(at, rule);
        }
        prefilter.finish();
        named.finish();
        if errors.is_empty() {
            Ok(Self {
                rules,
                prefilter,
                named,
            })
        } else {
            Err(errors)
        }
    }

    /// All rules, the gravest first.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The rules that match, the gravest first.
    pub fn matching(&self, facts: &Facts<'_>) -> Vec<&Rule> {
        let record = Record::of(facts);
        self.prefilter
            .candidates(&record)
            .iter()
            .filter_map(|at| self.rules.get(at))
            .filter(|rule| rule.detection.matches(&record))
            .collect()
    }

    /// Whether a rule could match what goes to this port, once its payload is known.
    pub fn names_port(&self, port: u16) -> bool {
        self.named.ports.contains(&port)
    }

    /// Whether a rule could match what goes to this address, once its payload is known.
    pub fn names_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.named.addresses.contains(&address)
            || self.named.networks.holding(address).next().is_some()
    }

    /// Whether a rule could match what this package sends, once its payload is known.
    pub fn names_package(&self, package: &str) -> bool {
        let fields = [Field::AppPackage];
        self.names(&self.named.packages, &fields, package, &|_| true)
    }

    /// Whether one of the wanted rules names this host, whatever else it asks for.
    pub fn names_host(&self, host: &str, wanted: impl Fn(&Rule) -> bool) -> bool {
        self.names(&self.named.hosts, &Field::HOSTS, host, &wanted)
    }

    fn names(
        &self,
        index: &TextIndex,
        fields: &[Field],
        text: &str,
        wanted: &dyn Fn(&Rule) -> bool,
    ) -> bool {
        let mut found = RuleSet::new();
        index.find(text.as_bytes(), &mut found);
        let mut rules = found.iter().filter_map(|at| self.rules.get(at));
        rules.any(|rule| {
            let mut lines = rule.detection.affirmed();
            wanted(rule)
                && lines.any(|line| fields.contains(&line.field) && line.matches_text(text))
        })
    }
}

/// Rules that share an id.
fn twins(rules: &[Rule]) -> Vec<PackError> {
    let mut first: BTreeMap<&str, &Rule> = BTreeMap::new();
    let mut errors = Vec::new();
    for rule in rules {
        if let Some(twin) = first.insert(&rule.id, rule) {
            errors.push(twin.refused(&twin_of(&rule.file)));
        }
    }
    errors
}

fn twin_of(file: &str) -> String {
    format!("its id is also that of {file}; make a new one")
}

impl Named {
    fn add(&mut self, at: usize, rule: &Rule) {
        for line in rule.detection.affirmed() {
            match &line.test {
                Test::Numbers(numbers) if line.field == Field::DstPort => {
                    self.ports
                        .extend(numbers.iter().filter_map(|port| u16::try_from(*port).ok()));
                }
                Test::Addresses(addresses) => self.addresses.extend(addresses),
                Test::Networks(networks) => {
                    networks
                        .iter()
                        .for_each(|one| *self.networks.entry(*one) = ());
                }
                _ if line.field == Field::AppPackage => self.packages.add(line, at),
                _ if Field::HOSTS.contains(&line.field) => self.hosts.add(line, at),
                _ => {}
            }
        }
    }

    fn finish(&mut self) {
        self.packages.finish();
        self.hosts.finish();
    }
}

#[cfg(test)]
pub(crate) mod tests;
