//! The detection of a rule: named selections and a condition over them.

use std::cell::Cell;

use super::condition::Condition;
use super::error::{Problem, Problems};
use super::matcher::Matcher;
use super::record::Record;
use super::yaml::{Content, Node};

/// Most selections of a rule: thirteen times those of the longest that ships, and a bit of a word each.
const MOST_SELECTIONS: usize = 64;

/// What a rule looks for.
#[derive(Debug)]
pub(super) struct Detection {
    pub(super) selections: Vec<Selection>,
    pub(super) condition: Condition,
    /// The condition as it stands in the file.
    pub(super) written: String,
}

/// Groups of which one must match; a group matches if each of its lines does.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) name: String,
    /// Whether the condition mentions it other than behind `not`.
    affirmed: bool,
    pub(super) groups: Vec<Vec<Matcher>>,
}

impl Detection {
    /// Reads selections and condition; what is wrong with them goes to the problems.
    pub(super) fn read(node: &Node, problems: &Problems) -> Option<Self> {
        let entries = problems.keep(node.map("detection"))?;
        let mut names = Vec::new();
        let mut selections = Vec::new();
        let mut condition = None;
        for entry in entries {
            if entry.key == "condition" {
                condition = Some(&entry.value);
                continue;
            }
            names.push((&*entry.key, entry.line));
            if !is_name(&entry.key) {
                problems.add(Problem::at(
                    entry.line,
                    format!(
                        "`{}` cannot name a selection; write small letters, digits and \
                         underscores, a letter first, and none of and, or, not, of, all, them",
                        entry.key
                    ),
                ));
                continue;
            }
            selections.extend(Selection::read(&entry.key, &entry.value, problems));
        }
        let Some(node) = condition else {
            problems.add(Problem::at(node.line, "detection lacks its condition"));
            return None;
        };
        let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let text = problems.keep(node.text("condition"))?;
        let condition = Condition::parse(text, &known).map_err(|text| Problem::at(node.line, text));
        let condition = problems.keep(condition)?;
        let mut used = vec![false; names.len()];
        condition.visit(true, &mut |index, affirmed| {
            if let Some(used) = used.get_mut(index) {
                *used = true;
            }
            if let Some(selection) = selections.get_mut(index) {
                selection.affirmed |= affirmed;
            }
        });
        for ((name, line), _) in names.iter().zip(&used).filter(|(_, used)| !**used) {
            problems.add(Problem::at(
                *line,
                format!("the condition does not use the selection `{name}`"),
            ));
        }
        if selections.len() > MOST_SELECTIONS {
            problems.add(Problem::at(
                node.line,
                format!(
                    "{} selections are too many: a rule has at most {MOST_SELECTIONS}",
                    selections.len()
                ),
            ));
        }
        (selections.len() == names.len()).then_some(Self {
            selections,
            condition,
            written: text.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }

    /// Whether the condition holds. A selection is looked at once, however often the condition mentions it.
    pub(super) fn matches(&self, record: &Record<'_>) -> bool {
        // Of each selection a bit: whether it is known if it matches, and whether it does.
        let seen = Cell::new((0_u64, 0_u64));
        self.condition.holds(&|index| {
            let Some(selection) = self.selections.get(index) else {
                return false;
            };
            let (known, holding) = seen.get();
            let bit = 1_u64 << (index % MOST_SELECTIONS);
            if known & bit != 0 {
                return holding & bit != 0;
            }
            let matches = selection.matches(record);
            seen.set((known | bit, if matches { holding | bit } else { holding }));
            matches
        })
    }

    /// How often it may search a text that may be long.
    pub(super) fn searches(&self) -> usize {
        let lines = self
            .selections
            .iter()
            .flat_map(|one| one.groups.iter().flatten());
        lines.map(Matcher::searches).sum()
    }

    /// Whether the rule can match by nothing but the address that a flow goes to.
    pub(super) fn by_address_alone(&self) -> bool {
        self.condition.can_hold(&|index| {
            self.selections.get(index).is_some_and(|selection| {
                let address_alone =
                    |group: &Vec<Matcher>| group.iter().all(|line| line.field.is_address());
                selection.groups.iter().any(address_alone)
            })
        })
    }

    /// The lines that speak for a match, not against it.
    pub(super) fn affirmed(&self) -> impl Iterator<Item = &Matcher> {
        self.selections
            .iter()
            .filter(|selection| selection.affirmed)
            .flat_map(|selection| selection.groups.iter().flatten())
    }
}

impl Selection {
    fn read(name: &str, node: &Node, problems: &Problems) -> Option<Self> {
        let what = format!("selection `{name}`");
        let items = node.items();
        if items.is_empty() {
            problems.add(Problem::at(node.line, format!("{what} is empty")));
            return None;
        }
        let groups: Vec<_> = items
            .iter()
            .filter_map(|item| group(&what, item, problems))
            .collect();
        (groups.len() == items.len()).then_some(Self {
            name: name.to_owned(),
            affirmed: false,
            groups,
        })
    }

    pub(super) fn matches(&self, record: &Record<'_>) -> bool {
        self.groups
            .iter()
            .any(|group| group.iter().all(|line| line.matches(record)))
    }
}

fn group(what: &str, node: &Node, problems: &Problems) -> Option<Vec<Matcher>> {
    if matches!(node.content, Content::Scalar(..)) {
        let text = format!("{what}: bare keywords are no part of our subset; write `field: value`");
        problems.add(Problem::at(node.line, text));
        return None;
    }
    let lines = problems.keep(node.map(what))?;
    if lines.is_empty() {
        problems.add(Problem::at(node.line, format!("{what} is empty")));
    }
    let matchers: Vec<_> = lines
        .iter()
        .filter_map(|line| problems.keep(Matcher::read(line)))
        .collect();
    (matchers.len() == lines.len() && !lines.is_empty()).then_some(matchers)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !matches!(name, "and" | "or" | "not" | "of" | "all" | "them")
}
