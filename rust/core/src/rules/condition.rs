//! The condition line: `and`, `or`, `not`, `1 of`, `all of`, parentheses.

use super::error::unknown;

/// Deepest nesting of parentheses and `not`.
const DEEPEST: usize = 16;

/// A condition over the selections of a rule, which it knows by their position.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Selection(usize),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Condition {
    /// Reads the condition over selections of these names.
    pub(super) fn parse(text: &str, names: &[&str]) -> Result<Self, String> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let mut parser = Parser {
            tokens: spaced.split_whitespace().collect(),
            at: 0,
            names,
        };
        let condition = parser.any(0)?;
        match parser.peek() {
            None => Ok(condition),
            Some(token) => Err(format!(
                "the condition goes on with `{token}` where `and`, `or` or the end belongs"
            )),
        }
    }

    /// Whether the condition holds, given whether a selection does.
    pub(super) fn holds(&self, selection: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Selection(index) => selection(*index),
            Self::Not(inner) => !inner.holds(selection),
            Self::All(parts) => parts.iter().all(|part| part.holds(selection)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(selection)),
        }
    }

    /// Like [`Self::holds`], with every negated part taken as given: whether the condition can
    /// hold on the strength of these selections alone.
    pub(super) fn can_hold(&self, selection: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Selection(index) => selection(*index),
            Self::Not(_) => true,
            Self::All(parts) => parts.iter().all(|part| part.can_hold(selection)),
            Self::Any(parts) => parts.iter().any(|part| part.can_hold(selection)),
        }
    }

    /// Visits each mention of a selection, and whether it is an affirmative one.
    pub(super) fn visit(&self, affirmed: bool, seen: &mut impl FnMut(usize, bool)) {
        match self {
            Self::Selection(index) => seen(*index, affirmed),
            Self::Not(inner) => inner.visit(!affirmed, seen),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.visit(affirmed, seen);
                }
            }
        }
    }
}

struct Parser<'a> {
    tokens: Vec<&'a str>,
    at: usize,
    names: &'a [&'a str],
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, token: &str) -> bool {
        let there = self.peek() == Some(token);
        self.at += usize::from(there);
        there
    }

    fn any(&mut self, depth: usize) -> Result<Condition, String> {
        let mut parts = vec![self.all(depth)?];
        while self.take("or") {
            parts.push(self.all(depth)?);
        }
        Ok(single_or(parts, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, String> {
        let mut parts = vec![self.unary(depth)?];
        while self.take("and") {
            parts.push(self.unary(depth)?);
        }
        Ok(single_or(parts, Condition::All))
    }

    fn unary(&mut self, depth: usize) -> Result<Condition, String> {
        if depth > DEEPEST {
            return Err(String::from("the condition is nested too deeply"));
        }
        if self.take("not") {
            return Ok(Condition::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return if self.take(")") {
                Ok(inner)
            } else {
                Err(String::from("the condition lacks a `)`"))
            };
        }
        let Some(token) = self.peek() else {
            return Err(String::from(
                "the condition ends where a selection's name belongs",
            ));
        };
        self.at += 1;
        if matches!(token, "1" | "all") && self.take("of") {
            let parts = self.several()?;
            return Ok(match token {
                "1" => single_or(parts, Condition::Any),
                _ => single_or(parts, Condition::All),
            });
        }
        match self.names.iter().position(|name| *name == token) {
            Some(index) => Ok(Condition::Selection(index)),
            None => Err(unknown("selection", token, self.names)),
        }
    }

    /// What stands behind `1 of` and `all of`: `them`, or the beginning of names and a star.
    fn several(&mut self) -> Result<Vec<Condition>, String> {
        let Some(token) = self.peek() else {
            return Err(String::from("behind `of` belongs `them`, or `name*`"));
        };
        self.at += 1;
        let beginning = match (token, token.strip_suffix('*')) {
            ("them", _) => "",
            (_, Some(beginning)) => beginning,
            _ => {
                return Err(format!(
                    "behind `of` belongs `them`, or `name*`, not `{token}`"
                ));
            }
        };
        let parts: Vec<_> = self
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| name.starts_with(beginning))
            .map(|(index, _)| Condition::Selection(index))
            .collect();
        if parts.is_empty() {
            return Err(format!("no selection's name begins with `{beginning}`"));
        }
        Ok(parts)
    }
}

fn single_or(mut parts: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            several(parts)
        }
        None => several(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["host", "key_a", "key_b"];

    fn holds(text: &str, selected: [bool; 3]) -> bool {
        Condition::parse(text, &NAMES)
            .unwrap()
            .holds(&|index| selected[index])
    }

    #[test]
    fn conditions_hold_as_written() {
        type Meaning = fn(bool, bool, bool) -> bool;
        let table: [(&str, Meaning); 9] = [
            ("host", |h, _, _| h),
            ("not host", |h, _, _| !h),
            ("not not host", |h, _, _| h),
            ("host or key_a and key_b", |h, a, b| h || (a && b)),
            ("(host or key_a) and key_b", |h, a, b| (h || a) && b),
            ("not host and key_a", |h, a, _| !h && a),
            ("1 of key_*", |_, a, b| a || b),
            ("all of them", |h, a, b| h && a && b),
            ("host and not (all of key_*)", |h, a, b| h && !(a && b)),
        ];
        for (text, meaning) in table {
            for bits in 0..8 {
                let [h, a, b] = [bits & 1 != 0, bits & 2 != 0, bits & 4 != 0];
                assert_eq!(holds(text, [h, a, b]), meaning(h, a, b), "{text} {bits}");
            }
        }
    }

    #[test]
    fn malformed_conditions_say_what_is_missing() {
        let deep = "(".repeat(1000);
        let negated = "not ".repeat(1000);
        for (text, message) in [
            ("", "the condition ends where a selection's name belongs"),
            (
                "host and",
                "the condition ends where a selection's name belongs",
            ),
            ("(host", "the condition lacks a `)`"),
            (
                "host key_a",
                "the condition goes on with `key_a` where `and`, `or` or the end belongs",
            ),
            ("hst", "unknown selection `hst`; did you mean `host`?"),
            ("1 of keys*", "no selection's name begins with `keys`"),
            ("1 of", "behind `of` belongs `them`, or `name*`"),
            (
                "1 of host",
                "behind `of` belongs `them`, or `name*`, not `host`",
            ),
            (&deep, "the condition is nested too deeply"),
            (&negated, "the condition is nested too deeply"),
        ] {
            assert_eq!(Condition::parse(text, &NAMES).unwrap_err(), message);
        }
    }
}
