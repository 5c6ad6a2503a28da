//! The detection of a rule: named selections and a condition over them.

use super::condition::Condition;
use super::error::Problem;
use super::matcher::Matcher;
use super::record::Record;
use super::yaml::{Content, Node};

/// What a rule looks for.
#[derive(Debug)]
pub(super) struct Detection {
    pub(super) selections: Vec<Selection>,
    pub(super) condition: Condition,
}

/// Groups of which one must match; a group matches if each of its lines does.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) groups: Vec<Vec<Matcher>>,
}

impl Detection {
    pub(super) fn read(node: &Node) -> Result<Self, Problem> {
        let entries = node.map("detection")?;
        let mut names = Vec::new();
        let mut selections = Vec::new();
        let mut condition = None;
        for entry in entries {
            if entry.key == "condition" {
                condition = Some(&entry.value);
                continue;
            }
            if !is_name(&entry.key) {
                return Err(Problem::at(
                    entry.line,
                    format!(
                        "`{}` cannot name a selection; write small letters, digits and \
                         underscores, a letter first, and none of and, or, not, of, all, them",
                        entry.key
                    ),
                ));
            }
            names.push((&*entry.key, entry.line));
            selections.push(Selection::read(&entry.key, &entry.value)?);
        }
        let Some(node) = condition else {
            return Err(Problem::at(node.line, "detection lacks its condition"));
        };
        let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let condition = Condition::parse(node.text("condition")?, &known)
            .map_err(|text| Problem::at(node.line, text))?;
        let mut used = vec![false; names.len()];
        condition.visit(true, &mut |index, _| {
            if let Some(used) = used.get_mut(index) {
                *used = true;
            }
        });
        if let Some(((name, line), _)) = names.iter().zip(&used).find(|(_, used)| !**used) {
            return Err(Problem::at(
                *line,
                format!("the condition does not use the selection `{name}`"),
            ));
        }
        Ok(Self {
            selections,
            condition,
        })
    }

    pub(super) fn matches(&self, record: &Record<'_>) -> bool {
        self.condition.holds(&|index| {
            self.selections
                .get(index)
                .is_some_and(|selection| selection.matches(record))
        })
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
        let mut affirmed = vec![false; self.selections.len()];
        self.condition.visit(true, &mut |index, affirmative| {
            if let Some(flag) = affirmed.get_mut(index) {
                *flag |= affirmative;
            }
        });
        self.selections
            .iter()
            .zip(affirmed)
            .filter(|(_, affirmed)| *affirmed)
            .flat_map(|(selection, _)| selection.groups.iter().flatten())
    }
}

impl Selection {
    fn read(name: &str, node: &Node) -> Result<Self, Problem> {
        let what = format!("selection `{name}`");
        let groups = node.items();
        if groups.is_empty() {
            return Err(Problem::at(node.line, format!("{what} is empty")));
        }
        let group = |node: &Node| {
            if matches!(node.content, Content::Scalar(..)) {
                return Err(Problem::at(
                    node.line,
                    format!(
                        "{what}: bare keywords are no part of our subset; write `field: value`"
                    ),
                ));
            }
            let lines = node.map(&what)?;
            if lines.is_empty() {
                return Err(Problem::at(node.line, format!("{what} is empty")));
            }
            lines.iter().map(Matcher::read).collect()
        };
        Ok(Self {
            groups: groups.iter().map(group).collect::<Result<_, _>>()?,
        })
    }

    fn matches(&self, record: &Record<'_>) -> bool {
        self.groups
            .iter()
            .any(|group| group.iter().all(|line| line.matches(record)))
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !matches!(name, "and" | "or" | "not" | "of" | "all" | "them")
}
