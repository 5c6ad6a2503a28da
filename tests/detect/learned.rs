//! Thirty days of some apps' traffic: random tokens that stay, planted in ordinary requests, among tokens that
//! do not stay or are not the user's.

mod traffic;

use std::collections::BTreeMap;

use gasket_core::config::{Config, RuleMode};
use gasket_core::facts::Facts;
use gasket_core::facts::Protocol;
use gasket_core::inspect::content::learned::Learned;
use gasket_core::inspect::content::{Basis, Examiner, Finding};
use gasket_core::inspect::stream::{StreamInspector, StreamStep};
use gasket_core::owner::Owner;
use gasket_core::policy::{Decision, Judge};
use gasket_core::rules::Pack;
use gasket_core::tables::Places;

use crate::captures::{Captured, Sent};
use crate::chance::Chance;
use crate::measure::Size;
use crate::score::Share;
use crate::shapes::shapes;
use crate::subject::{NOWHERE, facts};
use traffic::{CONTAINERS, HARMLESS, base, harmless, put, shared, token};

pub(crate) use traffic::FORMS;

/// 2026-01-01T00:00Z, in milliseconds.
const START_MS: u64 = 1_767_225_600_000;
const HOUR_MS: u64 = 3_600_000;
/// Apps of one phone that send in the open.
pub(crate) const APPS: usize = 12;

/// Names of identifiers in the requests of public SDKs and in web analytics, as remembered. The first
/// measurement found 26 of 48; the detector then learned how such names end, and three of them.
const TELLING: [&str; 20] = [
    "distinct_id",
    "anonymousId",
    "android_uuid",
    "uid",
    "hardware_uid",
    "anon_id",
    "umid",
    "utdid",
    "cuid",
    "guid",
    "qimei",
    "duid",
    "domain_userid",
    "network_userid",
    "player_id",
    "install_id",
    "visitorId",
    "installation_uuid",
    "randomized_device_token",
    "machineId",
];
const SILENT: [&str; 10] = [
    "z", "q7", "p", "x_a", "cd12", "u", "t0", "k2", "opaque", "blob",
];

/// What speaks for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    /// A telling name, one app, one receiver.
    Telling,
    /// A name that says nothing, one app, two receivers.
    TwoReceivers,
    /// A name that says nothing, two apps, one receiver.
    TwoApps,
    /// A name that says nothing, one app, one receiver: nothing shows that it is an identifier.
    Alone,
}

impl Case {
    pub(crate) const ALL: [Self; 4] = [
        Self::Telling,
        Self::TwoReceivers,
        Self::TwoApps,
        Self::Alone,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Telling => "telling name, one app, one receiver",
            Self::TwoReceivers => "name says nothing, two receivers",
            Self::TwoApps => "name says nothing, two apps",
            Self::Alone => "name says nothing, one app, one receiver (unreachable)",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfLearned {
    /// How long each phone was watched.
    pub(crate) days: u64,
    pub(crate) cases: BTreeMap<Case, Share>,
    /// Of the reachable cases.
    pub(crate) forms: BTreeMap<usize, Share>,
    /// Telling names that are not known as such.
    pub(crate) missed_names: BTreeMap<String, usize>,
    /// Requests with what does not stay or is not the user's.
    pub(crate) harmless: Share,
    /// Requests with what all users share, which looks the same.
    pub(crate) shared: Share,
    /// Requests of captures, one after another.
    pub(crate) captured: Option<Share>,
    /// Requests that were blocked for a learned token alone, with `identifiers` set to `block`.
    pub(crate) blocks: Share,
    /// What of the harmless alerted.
    pub(crate) told: BTreeMap<&'static str, usize>,
}

impl OfLearned {
    /// The cases in which something shows that it is an identifier.
    pub(crate) fn recall(&self) -> Share {
        let reachable = self.cases.iter().filter(|(case, _)| **case != Case::Alone);
        reachable.map(|(_, share)| *share).sum()
    }

    pub(crate) fn of_case(&self, case: Case) -> Share {
        self.cases.get(&case).copied().unwrap_or_default()
    }

    pub(crate) fn of_form(&self, form: usize) -> Share {
        self.forms.get(&form).copied().unwrap_or_default()
    }
}

/// One phone with its memory.
struct Phone {
    judge: Judge,
    examiner: Examiner,
    learned: Learned,
    places: Places,
    blocks: Share,
}

impl Phone {
    fn new(seed: u64) -> Self {
        let config = Config {
            identifiers: RuleMode::Block,
            ..Config::default()
        };
        let places = Places::parse(&include_bytes!("../../data/places.bin")[..]);
        Self {
            judge: Judge::new(config, Pack::embedded()),
            examiner: Examiner::default(),
            learned: Learned::unsaved(seed),
            places: places.expect("the file of this repository"),
            blocks: Share::default(),
        }
    }

    /// Whether a learned token alerts in what `app` sends.
    fn show(&mut self, app: Option<&Owner>, ms: u64, bytes: &[u8]) -> bool {
        let mut inspector = StreamInspector::new();
        let StreamStep::Judge { said, .. } = inspector.step(bytes, true) else {
            return false;
        };
        let facts = Facts {
            owner: app,
            said: Some(&said),
            ..facts(Protocol::Tcp, NOWHERE, None)
        };
        let content = self.judge.examine(
            facts,
            Some(&self.places),
            &mut self.examiner,
            &mut self.learned,
            ms,
        );
        let Some(content) = content else {
            return false;
        };
        let is_learned = |f: &&Finding| f.basis == Basis::Learned;
        let alerts = content
            .findings
            .iter()
            .filter(is_learned)
            .any(Finding::alerts);
        if alerts
            && content
                .findings
                .iter()
                .filter(|f| f.alerts())
                .all(|f| is_learned(&f))
        {
            let verdict = self.judge.judge(&Facts {
                content: Some(&content),
                ..facts
            });
            self.blocks.add(verdict.decision == Decision::Block);
        }
        alerts
    }
}

fn app(nth: usize) -> Owner {
    const NAMES: [&str; APPS] = [
        "amber", "birch", "candle", "delta", "ember", "fjord", "garden", "harbour", "island",
        "jacket", "kettle", "lantern",
    ];
    Owner {
        uid: 10_100 + nth as u32,
        packages: vec![format!("test.{}.phone", NAMES[nth % APPS])],
        system: false,
    }
}

/// One token, and who sends it where.
struct Planted {
    case: Case,
    form: usize,
    container: usize,
    key: &'static str,
    token: String,
    apps: Vec<usize>,
    hosts: Vec<String>,
    found: bool,
}

fn plant(chance: &mut Chance) -> Vec<Planted> {
    let mut all = Vec::new();
    for case in Case::ALL {
        for form in 0..FORMS.len() {
            for container in 0..CONTAINERS {
                let first = chance.below(APPS);
                let second = (first + 1 + chance.below(APPS - 1)) % APPS;
                let host = |chance: &mut Chance| {
                    format!("c{}.collect{}.test", chance.below(9), chance.below(999))
                };
                let names: &[&'static str] = match case {
                    Case::Telling => &TELLING,
                    _ => &SILENT,
                };
                let (one, other) = (host(chance), host(chance));
                all.push(Planted {
                    case,
                    form,
                    container,
                    key: names[chance.below(names.len())],
                    token: token(form, chance),
                    apps: if case == Case::TwoApps {
                        vec![first, second]
                    } else {
                        vec![first]
                    },
                    hosts: if case == Case::TwoReceivers {
                        vec![one, other]
                    } else {
                        vec![one]
                    },
                    found: false,
                });
            }
        }
    }
    all
}

/// Days of each phone.
const fn days(size: Size) -> u64 {
    if size.per_cell > Size::QUICK.per_cell {
        30
    } else {
        5
    }
}

/// Phones of the corpus.
const fn phones(size: Size) -> u64 {
    if size.per_cell > Size::QUICK.per_cell {
        4
    } else {
        1
    }
}

/// Measures it.
pub(crate) fn learned(size: Size, seed: u64, captured: Option<&[Captured]>) -> OfLearned {
    let mut all = OfLearned {
        days: days(size),
        ..OfLearned::default()
    };
    for phone in 0..phones(size) {
        one_phone(days(size), seed.wrapping_add(phone), &mut all);
    }
    all.captured = captured.map(|captures| {
        let mut phone = Phone::new(seed);
        let mut share = Share::default();
        for one in captures {
            if let Sent::Stream(bytes) = &one.sent {
                share.add(phone.show(None, START_MS, bytes));
            }
        }
        share
    });
    all
}

fn one_phone(days: u64, seed: u64, all: &mut OfLearned) {
    let mut phone = Phone::new(seed);
    let mut chance = Chance::of(seed, "learned");
    let mut planted = plant(&mut chance);
    for day in 0..days {
        let bases = shapes(seed, day as usize);
        for hour in 0..24 {
            let ms = START_MS + (day * 24 + hour) * HOUR_MS;
            for one in &mut planted {
                // Once or twice a day.
                if chance.below(16) != 0 {
                    continue;
                }
                for app_nth in one.apps.clone() {
                    for host in one.hosts.clone() {
                        let mut request = base(&bases, &mut chance);
                        request
                            .fields
                            .retain(|(key, _)| !key.eq_ignore_ascii_case("host"));
                        request.add("Host", &host);
                        put(&mut request, one.container, one.key, &one.token);
                        one.found |= phone.show(Some(&app(app_nth)), ms, &request.to_bytes());
                    }
                }
            }
            for app_nth in 0..APPS {
                let nth = chance.below(HARMLESS.len());
                let request = base(&bases, &mut chance);
                let moment = (seed, app_nth, day * 24 + hour);
                let request = harmless(nth, moment, &request, &mut chance);
                let alerts = phone.show(Some(&app(app_nth)), ms, &request.to_bytes());
                all.harmless.add(alerts);
                if alerts {
                    *all.told.entry(HARMLESS[nth]).or_default() += 1;
                }
            }
            let request = base(&bases, &mut chance);
            let request = shared(seed, chance.below(2), &request, &mut chance);
            let sender = app(chance.below(APPS));
            all.shared
                .add(phone.show(Some(&sender), ms, &request.to_bytes()));
        }
    }
    for one in planted {
        all.cases.entry(one.case).or_default().add(one.found);
        if one.case != Case::Alone {
            all.forms.entry(one.form).or_default().add(one.found);
        }
        if one.case == Case::Telling && !one.found {
            *all.missed_names.entry(one.key.to_owned()).or_default() += 1;
        }
    }
    all.blocks.merge(phone.blocks);
}
