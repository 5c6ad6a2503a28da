//! The words of each language: `rust/core/words/*.json`, compiled in. Whole sentences with places to fill, because word
//! order is the language's own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Scene;
use crate::beacon::Telling;
use crate::event::{AskOutcome, Asked};
use crate::inspect::content::IdentifierKind;
use crate::rules::Confidence;

/// Characters of a name from outside that a receipt shows: a domain name's longest (RFC 1035).
const FOREIGN_MAX: usize = 253;

macro_rules! languages {
    ($($name:ident $code:literal $own:literal,)*) => {
        /// A language that receipts are written in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Language { $(#[doc = $own] $name,)* }

        impl Language {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its code in ISO 639.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The text of its words.
            pub(super) fn source(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../words/", $code, ".json")),)*
                }
            }

            pub(super) fn words(self) -> &'static Words {
                match self {
                    $(Self::$name => {
                        // What is compiled in is the same on every device, and the tests have read it.
                        static WORDS: LazyLock<Words> = LazyLock::new(|| {
                            serde_json::from_str(Language::$name.source()).expect("the words are whole")
                        });
                        &WORDS
                    })*
                }
            }
        }
    };
}

languages! {
    English "en" "English",
    German "de" "Deutsch",
    Finnish "fi" "suomi",
    Norwegian "nb" "norsk bokmål",
    Spanish "es" "español",
    French "fr" "français",
    Chinese "zh" "简体中文",
    Arabic "ar" "العربية",
}

impl Language {
    /// All codes, in a list for people.
    pub fn codes() -> String {
        let codes: Vec<_> = Self::ALL.iter().map(|language| language.code()).collect();
        codes.join(", ")
    }

    /// The language of a tag such as `de`, `de-AT` or `zh_CN.UTF-8`; `None` where there are no words in it.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let code = tag.split(['-', '_', '.']).next().unwrap_or_default();
        let code = code.to_ascii_lowercase();
        let code = if code == "no" { "nb" } else { &code };
        Self::ALL.iter().copied().find(|one| one.code() == code)
    }

    /// The plural category of a whole number (Unicode CLDR 47, cardinal rules).
    fn category(self, n: u64) -> &'static str {
        match self {
            Self::English | Self::German | Self::Finnish | Self::Norwegian if n == 1 => "one",
            Self::Spanish if n == 1 => "one",
            Self::French if n <= 1 => "one",
            Self::Spanish | Self::French if n != 0 && n.is_multiple_of(1_000_000) => "many",
            Self::Arabic => match (n, n % 100) {
                (0, _) => "zero",
                (1, _) => "one",
                (2, _) => "two",
                (_, 3..=10) => "few",
                (_, 11..=99) => "many",
                _ => "other",
            },
            _ => "other",
        }
    }
}

type Plural = BTreeMap<String, String>;

/// All words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Whether names from outside are isolated: the language is written from right to left.
    pub(super) isolate: bool,
    /// What stands between two sentences.
    pub(super) space: String,
    /// A time of day, whose article may go with its hour.
    at: Plural,
    pub(super) moment: String,
    pub(super) moment_after: String,
    pub(super) dated: String,
    pub(super) dated_after: String,
    after: BTreeMap<String, String>,
    seconds: Plural,
    minutes: String,
    hours: String,
    bytes: Plural,
    pub(super) app: Apps,
    pub(super) place: String,
    pub(super) comma: String,
    /// Between items that have commas in them.
    pub(super) semicolon: String,
    pub(super) and: String,
    kind: BTreeMap<IdentifierKind, String>,
    pub(super) proven: String,
    pub(super) say: Says,
    pub(super) also_suspected: String,
    pub(super) nameless: String,
    pub(super) outcome: Outcomes,
    pub(super) asked: Answers,
    pub(super) why: Whys,
    pub(super) beacon: Beacons,
    known: BTreeMap<String, String>,
    pub(super) verdict: Verdicts,
    pub(super) label: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Apps {
    pub(super) unknown: String,
    pub(super) several: String,
    pub(super) nameless: String,
    pub(super) preinstalled: String,
    pub(super) unnamed: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    pub(super) tried: String,
    pub(super) begun: String,
    pub(super) sent: String,
    pub(super) tried_suspected: String,
    pub(super) begun_suspected: String,
    pub(super) sent_suspected: String,
    pub(super) reach: String,
    pub(super) connected: String,
    pub(super) data: String,
    pub(super) asked: String,
    pub(super) asked_server: String,
    pub(super) beacon: String,
}

/// What was counted of a beacon, and what else speaks for one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beacons {
    pub(super) event: String,
    pub(super) period: String,
    uploads: String,
    unnamed: String,
    storms: String,
}

impl Beacons {
    pub(super) fn telling(&self, telling: Telling) -> &str {
        match telling {
            Telling::Uploads => &self.uploads,
            Telling::Unnamed => &self.unnamed,
            Telling::Storms => &self.storms,
        }
    }
}

/// What names the device, whose case and preposition hang on the sentence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnDevice {
    phone: String,
    computer: String,
}

impl OnDevice {
    pub(super) fn on(&self, scene: Scene) -> &str {
        match scene {
            Scene::Phone | Scene::Recording => &self.phone,
            Scene::Computer => &self.computer,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outcomes {
    pub(super) blocked: String,
    pub(super) nothing_left: OnDevice,
    pub(super) only_looked_up: OnDevice,
    pub(super) nothing_of_it: OnDevice,
    pub(super) answered: OnDevice,
    pub(super) too_late: OnDevice,
    pub(super) reported: OnDevice,
    pub(super) noted: OnDevice,
    pub(super) noted_nothing: OnDevice,
    pub(super) only_connection: String,
    pub(super) earlier: String,
    pub(super) earlier_too: String,
    pub(super) let_through: String,
    pub(super) passed: String,
    pub(super) idle: String,
    pub(super) would_block: String,
    pub(super) would_report: String,
    pub(super) would_pass: String,
    pub(super) recorded: String,
}

/// What became of a question to the user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answers {
    allowed: String,
    blocked: String,
    unanswered: String,
    as_before: String,
    ended: String,
    not_asked: String,
}

impl Answers {
    /// In words; none while it is open.
    pub(super) fn word(&self, asked: Asked) -> Option<String> {
        let text = match asked.outcome {
            AskOutcome::Waiting => return None,
            AskOutcome::Allowed => &self.allowed,
            AskOutcome::Blocked => &self.blocked,
            AskOutcome::Unanswered => &self.unanswered,
            AskOutcome::AsBefore => &self.as_before,
            AskOutcome::Ended => &self.ended,
            AskOutcome::NotAsked => &self.not_asked,
        };
        Some(fill(text, &[("n", &asked.seconds.to_string())]))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whys {
    pub(super) app_trusted: String,
    pub(super) app_blocked: String,
    pub(super) owner_unknown: String,
    pub(super) name_blocked: String,
    pub(super) own_rule: String,
    pub(super) rule_matched: String,
    pub(super) known_pattern: String,
    pub(super) identifiers_found: String,
    pub(super) framing_ambiguous: String,
    pub(super) unsupported: String,
    pub(super) looks_like_beacon: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verdicts {
    pub(super) blocked: String,
    pub(super) answered: String,
    pub(super) cut_off: String,
    pub(super) warning: String,
    pub(super) noted: String,
    pub(super) ended: String,
    pub(super) would_block: String,
    pub(super) would_warn: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub(super) request: String,
    pub(super) values: String,
    pub(super) encrypted: String,
    pub(super) value: String,
    pub(super) destination: String,
}

impl Words {
    pub(super) fn kind_word(&self, kind: IdentifierKind) -> &str {
        self.kind.get(&kind).map_or("", String::as_str)
    }

    /// The sentence part "so long after that": empty where there is no word for it.
    pub(super) fn after(&self, language: Language, what: impl Serialize, seconds: u64) -> String {
        let name = serde_json::to_value(what).unwrap_or_default();
        let template = self.after.get(name.as_str().unwrap_or_default());
        let age = plural(&self.seconds, language, seconds);
        fill(template.map_or("", String::as_str), &[("age", &age)])
    }

    /// The time of day in a sentence; `time` begins with its hour.
    pub(super) fn at(&self, language: Language, time: &str) -> String {
        let hour = time.split(|c: char| !c.is_ascii_digit()).next();
        let hour = hour.and_then(|hour| hour.parse().ok()).unwrap_or(0);
        worded(&self.at, language, hour, time)
    }

    /// Hours and minutes.
    pub(super) fn span(&self, seconds: u32) -> String {
        let part = |template: &str, n: u32| fill(template, &[("n", &n.to_string())]);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        match (hours, minutes) {
            (0, _) => part(&self.minutes, minutes),
            (_, 0) => part(&self.hours, hours),
            _ => [part(&self.hours, hours), part(&self.minutes, minutes)].join(&self.space),
        }
    }

    pub(super) fn known_word(&self, confidence: Confidence) -> &str {
        self.known
            .get(confidence.as_str())
            .map_or("", String::as_str)
    }

    pub(super) fn bytes(&self, language: Language, n: u64) -> String {
        plural(&self.bytes, language, n)
    }
}

fn plural(forms: &Plural, language: Language, n: u64) -> String {
    worded(forms, language, n, &n.to_string())
}

/// The form that goes with the number `n`, filled with `text`.
fn worded(forms: &Plural, language: Language, n: u64, text: &str) -> String {
    let form = forms.get(language.category(n));
    let form = form.or_else(|| forms.get("other"));
    fill(form.map_or("{n}", String::as_str), &[("n", text)])
}

/// The template with each `{name}` replaced; what is filled in is not looked at again. A space of the template that
/// would stand between two Chinese characters is left out.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        push(&mut text, before);
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        let value = values.iter().find(|(key, _)| *key == name);
        push(&mut text, value.map_or("", |(_, value)| value));
        rest = behind;
    }
    push(&mut text, rest);
    text
}

/// Appends `next`; a single space at the seam goes where both sides of it are Chinese.
fn push(text: &mut String, next: &str) {
    let is_wide = |c: Option<char>| {
        c.is_some_and(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'))
    };
    if let Some(before) = text.strip_suffix(' ')
        && is_wide(before.chars().next_back())
        && is_wide(next.chars().next())
    {
        text.pop();
    }
    let joined = match next.strip_prefix(' ') {
        Some(behind) if is_wide(text.chars().next_back()) && is_wide(behind.chars().next()) => {
            behind
        }
        _ => next,
    };
    text.push_str(joined);
}

/// A name from outside: bounded, nothing in it that steers or hides text.
pub(super) fn foreign(text: &str, isolate: bool) -> String {
    let clean = text
        .chars()
        .take(FOREIGN_MAX)
        .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c });
    if isolate {
        std::iter::once('\u{2068}')
            .chain(clean)
            .chain(std::iter::once('\u{2069}'))
            .collect()
    } else {
        clean.collect()
    }
}

/// Controls, bidirectional ones (Unicode TR 36) and invisible characters.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
