//! Receipts: what was observed of one event, in a sentence or two that need no training, and not a word more.
//!
//! Three words for three degrees of certainty: what looks like an identifier only weakly is *suspected*; what was read
//! in the open with its key, range and check digit is told as *readable* (observed); what the user typed in is *proven*.

mod details;
mod words;

#[cfg(test)]
mod tests;

use crate::dns::decoy::Decoys;
use crate::event::{Event, NameSource, Subject};
use crate::inspect::content::{Finding, IdentifierKind};
use crate::policy::{Decision, Reason};
use crate::rules::Confidence;

pub use words::Language;
use words::{Outcomes, Words};

/// Where the event comes from, which decides what may be said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Gasket stood in the way, on a phone.
    Phone,
    /// Gasket stood in the way, on a computer.
    Computer,
    /// A recording made without Gasket: everything in it has left, and who sent it is not known.
    Recording,
}

/// What the event itself does not say. The core has no clock, no time zone and no list of countries.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The language of the receipt.
    pub language: Language,
    /// Where the event comes from.
    pub scene: Scene,
    /// The wall clock's time of the event, as it is written there: `07:12`.
    pub time: &'a str,
    /// The day of the event, where it may be of any day.
    pub date: Option<&'a str>,
    /// What the sending app is called; without it, its package.
    pub app: Option<&'a str>,
    /// What the destination's country is called; without it, its code.
    pub country: Option<&'a str>,
    /// What the gravest rule rests on, where it is known.
    pub confidence: Option<Confidence>,
    /// Whether it is known that no name led to the address.
    pub nameless: bool,
}

/// One event in words. Names from outside in it have no control characters and no bidirectional ones; in
/// languages written from right to left they are isolated (U+2068 to U+2069).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// One or two words: `BLOCKED`.
    pub verdict: &'static str,
    /// When, who, what and to whom.
    pub what: String,
    /// What became of it. Follows the byte counts and nothing else.
    pub outcome: String,
    /// Why it was judged so; what a known pattern rests on.
    pub why: Option<String>,
    /// The request line; or that nothing could be read.
    pub request: Option<String>,
    /// The masked values of what was found.
    pub values: Option<String>,
    /// Name, port, transport and address; of a question, nothing more than the sentence says.
    pub destination: Option<String>,
    space: &'static str,
}

impl Receipt {
    /// The receipt of `event`.
    pub fn of(event: &Event, setting: &Setting<'_>) -> Self {
        let writer = Writer {
            event,
            setting,
            words: setting.language.words(),
        };
        Self {
            verdict: writer.verdict(),
            what: writer.what(),
            outcome: writer.outcome(),
            why: writer.why(),
            request: writer.request(),
            values: writer.values(),
            destination: writer.destination(),
            space: &writer.words.space,
        }
    }

    /// For whoever wants to know more.
    pub fn details(&self) -> impl Iterator<Item = &str> {
        let details = [&self.destination, &self.request, &self.values];
        details.into_iter().flatten().map(String::as_str)
    }

    /// What happened and what became of it: the receipt itself.
    pub fn sentence(&self) -> String {
        [&*self.what, &*self.outcome].join(self.space)
    }
}

struct Writer<'a> {
    event: &'a Event,
    setting: &'a Setting<'a>,
    words: &'static Words,
}

impl Writer<'_> {
    fn verdict(&self) -> &'static str {
        let words = &self.words.verdict;
        let recorded = self.setting.scene == Scene::Recording;
        match self.event.verdict {
            Decision::Block if recorded => &words.would_block,
            Decision::Block if self.event.bytes_left > 0 => &words.cut_off,
            Decision::Block if self.event.answered => &words.answered,
            Decision::Block => &words.blocked,
            Decision::Warn if recorded => &words.would_warn,
            Decision::Warn => &words.warning,
            Decision::Allow if self.event.subject == Subject::Ended => &words.ended,
            Decision::Allow => &words.noted,
        }
    }

    fn what(&self) -> String {
        let (sure, unsure): (Vec<_>, Vec<_>) =
            self.event.findings.iter().partition(|f| is_observed(f));
        let (sure, unsure) = (self.list(&sure), self.list(&unsure));
        let say = &self.words.say;
        let in_part =
            self.event.verdict == Decision::Block && self.setting.scene != Scene::Recording;
        let (readable, suspected) = match (self.left(), in_part) {
            (0, _) => (&say.tried, &say.tried_suspected),
            // What was found may be in the part that was held back.
            (_, true) => (&say.begun, &say.begun_suspected),
            (_, false) => (&say.sent, &say.sent_suspected),
        };
        let template = match (&*sure, &*unsure) {
            ("", "") => self.without_findings(),
            ("", _) => suspected,
            _ => readable,
        };
        let list = if sure.is_empty() { &unsure } else { &sure };
        let mut text = words::fill(
            template,
            &[
                ("moment", &self.moment()),
                ("app", &self.app()),
                ("place", &self.place()),
                ("list", list),
            ],
        );
        if !sure.is_empty() && !unsure.is_empty() {
            let also = words::fill(&self.words.also_suspected, &[("list", &unsure)]);
            text = [text, also].join(&self.words.space);
        }
        if self.setting.nameless {
            text = [&*text, &*self.words.nameless].join(&self.words.space);
        }
        text
    }

    fn without_findings(&self) -> &'static str {
        let say = &self.words.say;
        match self.event.subject {
            Subject::DnsQuestion if self.event.destination.name.is_some() => &say.asked,
            Subject::DnsQuestion => &say.asked_server,
            Subject::Beacon => &say.beacon,
            _ if self.left() > 0 => &say.data,
            _ if self.event.dialled => &say.connected,
            _ => &say.reach,
        }
    }

    /// Payload bytes of what the event is about that had left.
    fn left(&self) -> u64 {
        match self.event.subject {
            Subject::Ended => self.event.flow_bytes_left,
            _ => self.event.bytes_left,
        }
    }

    fn moment(&self) -> String {
        let language = self.setting.language;
        let time = self.foreign(self.setting.time);
        let at = self.words.at(language, &time);
        let before = self.event.device_event.as_ref();
        let after = before.map(|before| self.words.after(language, before.kind, before.age_s));
        let date = self.setting.date.map(|date| self.foreign(date));
        let template = match (&date, &after) {
            (None, None) => &self.words.moment,
            (None, Some(_)) => &self.words.moment_after,
            (Some(_), None) => &self.words.dated,
            (Some(_), Some(_)) => &self.words.dated_after,
        };
        let parts = [
            ("at", &*at),
            ("date", &date.unwrap_or_default()),
            ("after", &after.unwrap_or_default()),
        ];
        words::fill(template, &parts)
    }

    fn app(&self) -> String {
        let words = &self.words.app;
        let Some(owner) = &self.event.app else {
            return match self.setting.scene {
                Scene::Recording => words.unnamed.clone(),
                Scene::Phone | Scene::Computer => words.unknown.clone(),
            };
        };
        let app = match (self.setting.app, owner.packages.as_slice()) {
            (Some(label), _) => self.foreign(label),
            (None, [package]) => self.foreign(package),
            (None, []) => words::fill(&words.nameless, &[("uid", &owner.uid.to_string())]),
            (None, packages) => {
                let names: Vec<_> = packages.iter().map(|name| self.foreign(name)).collect();
                words::fill(&words.several, &[("names", &names.join(&self.words.comma))])
            }
        };
        if owner.system {
            words::fill(&words.preinstalled, &[("app", &app)])
        } else {
            app
        }
    }

    fn place(&self) -> String {
        let destination = &self.event.destination;
        let is_decoy = Decoys::contains(destination.address);
        let address = destination.address.to_string();
        let name = self.foreign(destination.name.as_deref().unwrap_or(&address));
        // Nobody is at a decoy's address; and that of a question is its resolver's.
        let known = destination.name.is_none() || self.event.subject != Subject::DnsQuestion;
        let network = destination.network.as_ref().and_then(|n| n.name.as_deref());
        let country = self.setting.country.or(destination.country.as_deref());
        let place: Vec<_> = [network, country]
            .into_iter()
            .flatten()
            .filter(|_| known && !is_decoy)
            .map(|text| self.foreign(text))
            .collect();
        if place.is_empty() {
            return name;
        }
        let place = place.join(&self.words.comma);
        words::fill(&self.words.place, &[("place", &name), ("where", &place)])
    }

    /// The kinds of `findings`, each once, as a list in words.
    fn list(&self, findings: &[&Finding]) -> String {
        let mut kinds: Vec<(IdentifierKind, bool)> = Vec::new();
        for finding in findings {
            match kinds.iter_mut().find(|(kind, _)| *kind == finding.kind) {
                Some((_, proven)) => *proven |= finding.is_proven(),
                None => kinds.push((finding.kind, finding.is_proven())),
            }
        }
        let mut items: Vec<String> = kinds
            .into_iter()
            .map(|(kind, proven)| {
                let kind = self.words.kind_word(kind);
                if proven {
                    words::fill(&self.words.proven, &[("kind", kind)])
                } else {
                    kind.to_owned()
                }
            })
            .collect();
        let last = items.pop().unwrap_or_default();
        if items.is_empty() {
            return last;
        }
        let rest = items.join(&self.words.comma);
        words::fill(&self.words.and, &[("rest", &rest), ("last", &last)])
    }

    fn outcome(&self) -> String {
        let asked = self
            .event
            .asked
            .and_then(|asked| self.words.asked.word(asked));
        match asked {
            Some(asked) => [asked, self.became()].join(&self.words.space),
            None => self.became(),
        }
    }

    fn became(&self) -> String {
        let words = &self.words.outcome;
        match (self.setting.scene, self.event.verdict) {
            (Scene::Recording, verdict) => self.recorded(words, verdict),
            (_, Decision::Block) => self.blocked(words),
            (_, Decision::Warn) => match self.left() {
                0 => words.let_through.clone(),
                left => self.counted(words.reported.on(self.setting.scene), left),
            },
            (_, Decision::Allow) => self.allowed(words),
        }
    }

    fn blocked(&self, words: &Outcomes) -> String {
        let (event, scene) = (self.event, self.setting.scene);
        let earlier = event.flow_bytes_left.saturating_sub(event.bytes_left);
        if event.bytes_left > 0 {
            let late = self.counted(words.too_late.on(scene), event.bytes_left);
            if earlier == 0 {
                return late;
            }
            let before = self.counted(&words.earlier_too, earlier);
            return [late, before].join(&self.words.space);
        }
        if earlier > 0 {
            return self.counted(&words.earlier, earlier);
        }
        if event.dialled {
            return words.only_connection.clone();
        }
        let first = if event.answered {
            words.answered.on(scene)
        } else {
            &words.blocked
        };
        let left = match self.asked_outside() {
            None => &words.nothing_left,
            Some(true) => &words.only_looked_up,
            Some(false) => &words.nothing_of_it,
        };
        [first, left.on(scene)].join(&self.words.space)
    }

    /// Whether the question where the name is has left: surely, or perhaps; `None` where it cannot have.
    fn asked_outside(&self) -> Option<bool> {
        let destination = &self.event.destination;
        let inside = self.event.subject == Subject::DnsQuestion
            || destination.name.is_none()
            || Decoys::contains(destination.address);
        (!inside).then_some(destination.name_source == Some(NameSource::Dns))
    }

    fn allowed(&self, words: &Outcomes) -> String {
        let scene = self.setting.scene;
        match self.left() {
            // Told at the moment of the decision: what follows is not known yet.
            0 if self.event.subject != Subject::Ended => words.passed.clone(),
            0 if self.event.dialled => words.idle.clone(),
            0 => words.noted_nothing.on(scene).to_owned(),
            left => self.counted(words.noted.on(scene), left),
        }
    }

    fn recorded(&self, words: &Outcomes, verdict: Decision) -> String {
        let would = match verdict {
            Decision::Block => &words.would_block,
            Decision::Warn => &words.would_report,
            Decision::Allow => &words.would_pass,
        };
        match self.left() {
            0 => would.clone(),
            left => [would.clone(), self.counted(&words.recorded, left)].join(&self.words.space),
        }
    }

    fn counted(&self, template: &str, count: u64) -> String {
        let bytes = self.words.bytes(self.setting.language, count);
        words::fill(template, &[("bytes", &bytes)])
    }

    fn why(&self) -> Option<String> {
        let words = &self.words.why;
        let text = match self.event.reason {
            Reason::Ordinary => return None,
            Reason::AppTrusted => &words.app_trusted,
            Reason::AppBlocked => &words.app_blocked,
            Reason::OwnerUnknown => &words.owner_unknown,
            Reason::NameBlocked => &words.name_blocked,
            Reason::OwnRule => &words.own_rule,
            Reason::RuleMatched if self.event.rules.is_empty() => &words.rule_matched,
            Reason::RuleMatched => return Some(self.known_pattern()),
            Reason::IdentifiersFound => &words.identifiers_found,
            Reason::FramingAmbiguous => &words.framing_ambiguous,
            Reason::Unsupported => &words.unsupported,
            Reason::LooksLikeBeacon => return Some(self.beacon()),
        };
        Some(text.clone())
    }

    fn known_pattern(&self) -> String {
        let rules = self.event.rules.iter();
        let titles: Vec<_> = rules.map(|rule| self.foreign(&rule.title)).collect();
        let titles = titles.join("; ");
        let text = words::fill(&self.words.why.known_pattern, &[("titles", &titles)]);
        match self.setting.confidence {
            None => text,
            Some(confidence) => [&*text, self.words.known_word(confidence)].join(&self.words.space),
        }
    }

    fn foreign(&self, text: &str) -> String {
        words::foreign(text, self.words.isolate)
    }
}

/// Whether the finding is more than suspected.
fn is_observed(finding: &Finding) -> bool {
    finding.is_proven() || finding.alerts()
}
