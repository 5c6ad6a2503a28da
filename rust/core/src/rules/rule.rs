//! One rule: what Sigma says about it, what we add under `custom`, and the rules of the road.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::detection::Detection;
use super::error::{PackError, Problem, Problems, unknown};
use super::sample::Sample;
use super::yaml::{self, Content, Entry, Node};
use crate::facts::Facts;

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

/// The samples that prove a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// Events that must match.
    pub matching: Vec<Example>,
    /// Events that must not.
    pub not_matching: Vec<Example>,
}

/// A sample, or where to find some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Example {
    /// Files in the folder `samples`, `*` standing for any run of characters.
    Files(String),
    /// An event that stands in the rule itself.
    Event {
        /// Its line in the rule's file.
        line: usize,
        /// What happens.
        sample: Sample,
    },
}

impl Example {
    fn read(node: &Node) -> Result<Self, Problem> {
        match &node.content {
            Content::Map(_) => Ok(Self::Event {
                line: node.line,
                sample: Sample::from_node(node)?,
            }),
            _ => {
                let pattern = node.text("a sample")?;
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"*-_.".contains(&byte);
                if pattern.bytes().all(plain) && pattern.matches('*').count() <= 1 {
                    Ok(Self::Files(pattern.to_owned()))
                } else {
                    Err(Problem::at(
                        node.line,
                        format!(
                            "`{pattern}` names no sample file; write letters, digits, `-`, `_`, \
                             `.` and at most one `*`, or write the event out as `{{field: value}}`"
                        ),
                    ))
                }
            }
        }
    }

    /// Whether the sample file of that name is meant.
    pub fn names(&self, file: &str) -> bool {
        match self {
            Self::Event { .. } => false,
            Self::Files(pattern) => match pattern.split_once('*') {
                Some((start, end)) => {
                    file.len() >= pattern.len() - 1
                        && file.starts_with(start)
                        && file.ends_with(end)
                }
                None => file == pattern,
            },
        }
    }
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
    /// Whose doing it is: rules of one family stand together.
    pub family: String,
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
    /// What is known, piece by piece: the kind of source, and what it says.
    pub evidence: Vec<(String, String)>,
    /// What stops working when it is blocked.
    pub breakage: String,
    /// One sentence for everyone: who gets what.
    pub receipt: String,
    /// What the server would say to a request that matches, where that is known.
    pub answer: Option<Answer>,
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
const CUSTOM_KEYS: [&str; 9] = [
    "family",
    "action",
    "confidence",
    "breakage",
    "receipt",
    "answer",
    "period",
    "evidence",
    "tests",
];
/// Largest number of `period`: seconds in a year.
const YEAR: u64 = 366 * 24 * 3600;

impl Rule {
    /// Reads a file to its end, so that everything that is wrong is said at once.
    pub(super) fn read(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let problems = Problems::default();
        let rule = problems
            .keep(yaml::read(text))
            .and_then(|root| Self::of(file, &root, &problems));
        match (rule, problems.into_inner()) {
            (Some(rule), problems) if problems.is_empty() => Ok(rule),
            (_, problems) => Err(problems),
        }
    }

    fn of(file: &str, root: &Node, problems: &Problems) -> Option<Self> {
        let rule = Part::new("rule", root, &KEYS, problems)?;
        let title = rule.text("title");
        let id = rule.read("id", uuid);
        let status = rule.read("status", |node| Status::read("status", node));
        let level = rule.read("level", |node| Level::read("level", node));
        let description = rule.text("description");
        let references = rule.texts("references");
        let tags = rule.find("tags").map(|entry| tags(&entry.value));
        for key in ["author", "date", "modified"] {
            if let Some(entry) = rule.find(key) {
                problems.keep(entry.value.text(key));
            }
        }
        rule.read("logsource", |node| logsource(node, problems));
        let detection = rule
            .need("detection")
            .and_then(|node| Detection::read(node, problems));
        let falsepositives = rule.texts("falsepositives");
        let custom = Part::new("custom", rule.need("custom")?, &CUSTOM_KEYS, problems)?;
        let family = custom.text("family");
        let action = custom.read("action", |node| Action::read("action", node));
        let confidence = custom.read("confidence", |node| Confidence::read("confidence", node));
        let breakage = custom.text("breakage");
        let receipt = custom.text("receipt");
        let answer = custom.find("answer");
        let answer_line = answer.map(|entry| entry.line);
        let answer = answer.and_then(|entry| Answer::read(&entry.value, problems));
        if let Some(entry) = custom.find("period") {
            problems.keep(period(&entry.value));
        }
        let evidence = custom
            .find("evidence")
            .map(|entry| evidence(&entry.value, problems));
        let tests = custom
            .need("tests")
            .and_then(|node| Part::new("tests", node, &["match", "no_match"], problems));
        let (matching, not_matching) = match &tests {
            Some(tests) => (tests.examples("match"), tests.examples("no_match")),
            None => (None, None),
        };
        let read = Self {
            file: file.to_owned(),
            id: id?,
            title: title?,
            family: family?,
            status: status?,
            level: level?,
            description: description?,
            references: references?,
            tags: problems.keep(tags.unwrap_or(Ok(Vec::new())))?,
            falsepositives: falsepositives?,
            action: action?,
            confidence: confidence?,
            evidence: evidence.unwrap_or_default(),
            breakage: breakage?,
            receipt: receipt?,
            answer,
            samples: Samples {
                matching: matching?,
                not_matching: not_matching?,
            },
            detection: detection?,
        };
        if let Some(why) = read.off_the_road() {
            problems.add(Problem::at(custom.need("action")?.line, why));
        }
        if let (Some(line), Some(why)) = (answer_line, read.cannot_answer()) {
            problems.add(Problem::at(line, why));
        }
        Some(read)
    }

    /// Whether the rule matches, whatever the settings say of it.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.detection.matches(&super::record::Record::of(facts))
    }

    /// The error of a rule that is wrong as a whole.
    pub(super) fn refused(&self, problem: &str) -> PackError {
        PackError {
            file: self.file.clone(),
            line: None,
            problem: problem.to_owned(),
        }
    }

    /// Why the rule may not carry an answer, if so.
    fn cannot_answer(&self) -> Option<&'static str> {
        let mut lines = self.detection.affirmed();
        if self.action != Action::Block {
            Some("only a rule that blocks may carry an answer: what is answered here is never sent")
        } else if !lines.any(|line| line.field.is_of_http()) {
            Some(
                "only a rule that looks at a request of HTTP may carry an answer; add http.method or the like",
            )
        } else {
            None
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
        } else if !self.breakage.starts_with("none") {
            Some(
                "a rule may block only if that breaks nothing: `breakage` must begin with `none`; \
                 otherwise write `action: warn`",
            )
        } else {
            None
        }
    }
}

/// A map of the rule file with a known set of keys. What is wrong with it goes to the problems.
struct Part<'a> {
    what: &'static str,
    line: usize,
    entries: &'a [Entry],
    problems: &'a Problems,
    /// Whether there is a key that nobody knows: probably one that is missing, misspelt.
    misspelt: bool,
}

impl<'a> Part<'a> {
    fn new(
        what: &'static str,
        node: &'a Node,
        keys: &[&str],
        problems: &'a Problems,
    ) -> Option<Self> {
        let entries = problems.keep(node.map(what))?;
        let stray = node.stray_keys(what, keys);
        let misspelt = !stray.is_empty();
        stray.into_iter().for_each(|problem| problems.add(problem));
        Some(Self {
            what,
            line: node.line,
            entries,
            problems,
            misspelt,
        })
    }

    fn find(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn need(&self, key: &str) -> Option<&'a Node> {
        let found = self.find(key).map(|entry| &entry.value);
        if found.is_none() && !self.misspelt {
            let text = format!("{} lacks the key `{key}`", self.what);
            self.problems.add(Problem::at(self.line, text));
        }
        found
    }

    fn read<T>(&self, key: &str, read: impl Fn(&'a Node) -> Result<T, Problem>) -> Option<T> {
        self.problems.keep(read(self.need(key)?))
    }

    fn text(&self, key: &str) -> Option<String> {
        self.read(key, |node| Ok(node.text(key)?.trim().to_owned()))
    }

    fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.read(key, |node| node.texts(key))
    }

    fn examples(&self, key: &str) -> Option<Vec<Example>> {
        let node = self.need(key)?;
        let items = node.items();
        if items.is_empty() {
            let text = format!("{}.{key} is empty", self.what);
            self.problems.add(Problem::at(node.line, text));
            return None;
        }
        let examples: Vec<_> = items
            .iter()
            .filter_map(|item| self.problems.keep(Example::read(item)))
            .collect();
        (examples.len() == items.len()).then_some(examples)
    }
}

/// Tags as Sigma writes them: `namespace.name` in small letters.
fn tags(node: &Node) -> Result<Vec<String>, Problem> {
    let tags = node.texts("tags")?;
    let letter =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    match tags
        .iter()
        .find(|tag| !tag.contains('.') || !tag.bytes().all(letter))
    {
        Some(wrong) => Err(Problem::at(
            node.line,
            format!(
                "`{wrong}` is no tag; write `namespace.name` in small letters, such as leak.imei"
            ),
        )),
        None => Ok(tags),
    }
}

fn period(node: &Node) -> Result<(), Problem> {
    for entry in node.map_of("period", &["after_boot_s", "every_s", "max"])? {
        entry.value.number(&entry.key, YEAR)?;
    }
    Ok(())
}

fn evidence(node: &Node, problems: &Problems) -> Vec<(String, String)> {
    let items = node.items().iter();
    items
        .filter_map(|item| {
            let part = Part::new("evidence", item, &["kind", "what"], problems)?;
            Some((part.text("kind")?, part.text("what")?))
        })
        .collect()
}

fn logsource(node: &Node, problems: &Problems) -> Result<(), Problem> {
    let Some(source) = Part::new("logsource", node, &["product", "category"], problems) else {
        return Ok(());
    };
    for (key, word) in [("product", "android"), ("category", "flow")] {
        if source.text(key).is_some_and(|found| found != word) {
            return Err(Problem::at(
                node.line,
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
