//! One rule: what Sigma says about it, what we add under `custom`, and the rules of the road.

use serde::{Deserialize, Serialize};

use super::detection::Detection;
use super::error::{Problem, unknown};
use super::yaml::{self, Entry, Node};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// The word in the rule file.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            fn read(what: &str, node: &Node) -> Result<Self, Problem> {
                match node.text(what)? {
                    $($word => Ok(Self::$variant),)*
                    other => Err(Problem::at(node.line, unknown(what, other, &[$($word,)*]))),
                }
            }
        }
    };
}

words! {
    /// How grave a match is, in Sigma's scale.
    Level {
        /// Worth a note at most.
        Informational "informational",
        /// Seldom a concern.
        Low "low",
        /// Worth a look.
        Medium "medium",
        /// A leak, with room for doubt.
        High "high",
        /// A leak beyond doubt.
        Critical "critical",
    }
}

words! {
    /// How settled a rule is.
    Status {
        /// Fit for everyone.
        Stable "stable",
        /// Mostly settled.
        Test "test",
        /// May be noisy.
        Experimental "experimental",
    }
}

words! {
    /// What a match causes unless the user decides otherwise. The gravest is the greatest.
    Action {
        /// It is only listed.
        Log "log",
        /// The user is told.
        Warn "warn",
        /// It is not relayed.
        Block "block",
    }
}

words! {
    /// What the rule rests on. The best founded is the greatest.
    Confidence {
        /// Inferred.
        Suspected "suspected",
        /// Told by others who saw it.
        Reported "reported",
        /// Read in the sender's source code or data.
        SourceCode "source-code",
        /// Seen on the wire.
        Observed "observed",
    }
}

/// Names of the samples that prove a rule, `*` standing for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// Events that must match.
    pub matching: Vec<String>,
    /// Events that must not.
    pub not_matching: Vec<String>,
}

/// One rule of the pack.
#[derive(Debug)]
pub struct Rule {
    /// The file it came from.
    pub file: String,
    /// UUID, unique in the pack.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// How settled it is.
    pub status: Status,
    /// How grave a match is.
    pub level: Level,
    /// What is sent, and how that is known.
    pub description: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// Sigma tags, such as `leak.imei`.
    pub tags: Vec<String>,
    /// When a match may be harmless.
    pub falsepositives: Vec<String>,
    /// What a match causes by default.
    pub action: Action,
    /// What the rule rests on.
    pub confidence: Confidence,
    /// What stops working when it is blocked.
    pub breakage: String,
    /// One sentence for everyone: who gets what.
    pub receipt: String,
    /// The samples that prove it.
    pub samples: Samples,
    pub(super) detection: Detection,
}

const KEYS: [&str; 14] = [
    "title",
    "id",
    "status",
    "level",
    "description",
    "references",
    "tags",
    "author",
    "date",
    "modified",
    "logsource",
    "detection",
    "falsepositives",
    "custom",
];
const CUSTOM_KEYS: [&str; 7] = [
    "action",
    "confidence",
    "breakage",
    "receipt",
    "period",
    "evidence",
    "tests",
];
/// Largest number of `period`: seconds in a year.
const YEAR: u64 = 366 * 24 * 3600;

impl Rule {
    pub(super) fn read(file: &str, text: &str) -> Result<Self, Problem> {
        let root = yaml::read(text)?;
        let rule = Part::new("rule", &root, &KEYS)?;
        let custom = Part::new("custom", rule.need("custom")?, &CUSTOM_KEYS)?;
        let tests = Part::new("tests", custom.need("tests")?, &["match", "no_match"])?;
        rule.check_rest()?;
        custom.check_rest()?;
        let detection = rule.need("detection")?;
        let read = Self {
            file: file.to_owned(),
            id: uuid(rule.need("id")?)?,
            title: rule.text("title")?,
            status: Status::read("status", rule.need("status")?)?,
            level: Level::read("level", rule.need("level")?)?,
            description: rule.text("description")?,
            references: rule.need("references")?.texts("references")?,
            tags: match rule.find("tags") {
                Some(entry) => entry.value.texts("tags")?,
                None => Vec::new(),
            },
            falsepositives: rule.need("falsepositives")?.texts("falsepositives")?,
            action: Action::read("action", custom.need("action")?)?,
            confidence: Confidence::read("confidence", custom.need("confidence")?)?,
            breakage: custom.text("breakage")?,
            receipt: custom.text("receipt")?,
            samples: Samples {
                matching: tests.need("match")?.texts("tests.match")?,
                not_matching: tests.need("no_match")?.texts("tests.no_match")?,
            },
            detection: Detection::read(detection)?,
        };
        let action_line = custom.need("action")?.line;
        match read.off_the_road() {
            Some(why) => Err(Problem::at(action_line, why)),
            None => Ok(read),
        }
    }

    /// Why the rule may not do what it asks for, if so.
    fn off_the_road(&self) -> Option<&'static str> {
        if self.action != Action::Block {
            None
        } else if self.confidence < Confidence::SourceCode {
            Some("only what was observed or read in source code may block; write `action: warn`")
        } else if self.detection.by_address_alone() {
            Some(
                "an address, network, country or autonomous system alone may not block, because \
                 others share it; add what is sent, or write `action: warn`",
            )
        } else if self.level == Level::Critical && !self.breakage.starts_with("none") {
            Some(
                "a critical rule may block only if it breaks nothing: `breakage` must begin with \
                 `none`; otherwise lower the level, or write `action: warn`",
            )
        } else {
            None
        }
    }
}

/// A map of the rule file with a known set of keys.
struct Part<'a> {
    what: &'static str,
    line: usize,
    entries: &'a [Entry],
}

impl<'a> Part<'a> {
    fn new(what: &'static str, node: &'a Node, keys: &[&str]) -> Result<Self, Problem> {
        Ok(Self {
            what,
            line: node.line,
            entries: node.map_of(what, keys)?,
        })
    }

    fn find(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn need(&self, key: &str) -> Result<&'a Node, Problem> {
        self.find(key)
            .map(|entry| &entry.value)
            .ok_or_else(|| Problem::at(self.line, format!("{} lacks the key `{key}`", self.what)))
    }

    fn text(&self, key: &str) -> Result<String, Problem> {
        Ok(self.need(key)?.text(key)?.trim().to_owned())
    }

    /// Checks the keys that only people read.
    fn check_rest(&self) -> Result<(), Problem> {
        for entry in self.entries {
            let node = &entry.value;
            match (self.what, &*entry.key) {
                ("rule", key @ ("author" | "date" | "modified")) => {
                    node.text(key)?;
                }
                ("rule", "logsource") => logsource(node)?,
                ("custom", "period") => {
                    for entry in node.map_of("period", &["after_boot_s", "every_s", "max"])? {
                        entry.value.number(&entry.key, YEAR)?;
                    }
                }
                ("custom", "evidence") => {
                    for item in node.items() {
                        for entry in item.map_of("evidence", &["kind", "what"])? {
                            entry.value.text(&entry.key)?;
                        }
                    }
                }
                _ => {}
            }
        }
        match self.what {
            "rule" => self.need("logsource").map(drop),
            _ => Ok(()),
        }
    }
}

fn logsource(node: &Node) -> Result<(), Problem> {
    let source = Part::new("logsource", node, &["product", "category"])?;
    for (key, word) in [("product", "android"), ("category", "flow")] {
        let found = source.need(key)?;
        if found.text(key)? != word {
            return Err(Problem::at(
                found.line,
                "logsource must be {product: android, category: flow}",
            ));
        }
    }
    Ok(())
}

/// A UUID in its usual form, in small letters (RFC 9562, section 4).
fn uuid(node: &Node) -> Result<String, Problem> {
    let text = node.text("id")?;
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    if groups == [8, 4, 4, 4, 12] && text.bytes().all(hex) {
        Ok(text.to_owned())
    } else {
        Err(Problem::at(
            node.line,
            format!("`{text}` is no UUID in small letters; make one with `uuidgen`"),
        ))
    }
}
