//! The public suffix list (publicsuffix.org): under which names anybody can register one.

use std::cmp::Ordering;

use crate::tables::bytes::{last_not_greater, size};

/// Bytes of a block's entry: where its first rule begins.
const BLOCK: usize = 3;

/// Longest host name (RFC 1035).
const NAME_MAX: usize = 255;

/// The name itself is a suffix.
const PLAIN: u8 = 0;
/// Every name one label longer is.
const WILDCARD: u8 = 1;
/// It is none, although a wildcard says so.
const EXCEPTION: u8 = 2;
/// It is one, and so is every name one label longer.
const PLAIN_AND_WILDCARD: u8 = 3;

/// Rules in the order of their names with the labels turned round (`uk.co`), in blocks. A rule is
/// two bytes and text: how many bytes it shares with the rule before and its kind above 64; the
/// length of the rest.
pub(super) struct Suffixes<'a> {
    pub(super) blocks: &'a [u8],
    pub(super) rules: &'a [u8],
}

impl Suffixes<'_> {
    pub(super) fn registrable<'a>(&self, host: &'a str) -> &'a str {
        let name = host.strip_suffix('.').unwrap_or(host);
        let labels = self.suffix_labels(name) + 1;
        let dots = name
            .bytes()
            .enumerate()
            .rev()
            .filter(|(_, byte)| *byte == b'.');
        let start = dots.map(|(at, _)| at + 1).nth(labels - 1).unwrap_or(0);
        name.get(start..).unwrap_or(name)
    }

    /// How many labels the public suffix has; 1 where no rule knows the name.
    fn suffix_labels(&self, name: &str) -> usize {
        let mut turned = Turned::default();
        let mut longest = 1;
        for (index, label) in name.rsplit('.').enumerate() {
            if !turned.push(label) {
                break;
            }
            match self.find(turned.as_bytes()) {
                Some(PLAIN) => longest = longest.max(index + 1),
                Some(WILDCARD | PLAIN_AND_WILDCARD) => longest = index + 2,
                Some(EXCEPTION) => return index,
                _ => {}
            }
        }
        // A wildcard's suffix has a label more than it names, which the host may lack.
        longest
    }

    fn find(&self, turned: &[u8]) -> Option<u8> {
        let count = self.blocks.len() / BLOCK;
        let block = last_not_greater(count, |block| {
            let first = self
                .rules_of(block)
                .and_then(|rules| Rules::new(rules).next());
            first.map_or(Ordering::Greater, |rule| rule.name().cmp(turned))
        })?;
        let mut rules = Rules::new(self.rules_of(block)?);
        while let Some(rule) = rules.next() {
            match rule.name().cmp(turned) {
                Ordering::Less => {}
                Ordering::Equal => return Some(rule.kind),
                Ordering::Greater => return None,
            }
        }
        None
    }

    /// Whether every rule can be read and all are in order.
    pub(super) fn is_sound(&self) -> bool {
        let count = self.blocks.len() / BLOCK;
        let mut last: Option<Turned> = None;
        let block_is_sound = |block: usize| {
            let Some(rules) = self.rules_of(block) else {
                return false;
            };
            let mut rules = Rules::new(rules);
            let mut any = false;
            while let Some(rule) = rules.next() {
                any = true;
                if last
                    .as_ref()
                    .is_some_and(|last| last.as_bytes() >= rule.name())
                {
                    return false;
                }
                last = Some(rule.name);
            }
            any && rules.bytes.is_empty()
        };
        self.blocks.len().is_multiple_of(BLOCK) && (0..count).all(block_is_sound)
    }

    fn rules_of(&self, block: usize) -> Option<&[u8]> {
        let offset = |block: usize| size(self.blocks, block * BLOCK, BLOCK);
        let end = match (block + 1) * BLOCK < self.blocks.len() {
            true => offset(block + 1)?,
            false => self.rules.len(),
        };
        self.rules.get(offset(block)?..end)
    }
}

/// A name with its labels turned round, in lower case.
#[derive(Clone)]
struct Turned {
    bytes: [u8; NAME_MAX],
    length: usize,
}

impl Default for Turned {
    fn default() -> Self {
        Self {
            bytes: [0; NAME_MAX],
            length: 0,
        }
    }
}

impl Turned {
    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Adds the next label; `false` if there is no room for it.
    fn push(&mut self, label: &str) -> bool {
        let dot = if self.length > 0 { "." } else { "" };
        self.replace_from(self.length, dot.as_bytes())
            && self.replace_from(self.length, label.as_bytes())
    }

    fn replace_from(&mut self, at: usize, rest: &[u8]) -> bool {
        let Some(room) = self.bytes.get_mut(at..at + rest.len()) else {
            return false;
        };
        room.copy_from_slice(rest);
        room.make_ascii_lowercase();
        self.length = at + rest.len();
        true
    }
}

/// One rule of a block.
struct Rule {
    name: Turned,
    kind: u8,
}

impl Rule {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

/// The rules of a block, one after the other.
struct Rules<'a> {
    bytes: &'a [u8],
    name: Turned,
}

impl<'a> Rules<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            name: Turned::default(),
        }
    }

    fn next(&mut self) -> Option<Rule> {
        let [head, length, rest @ ..] = self.bytes else {
            return None;
        };
        let shared = usize::from(head & 63);
        let text = rest.get(..usize::from(*length))?;
        if shared > self.name.length || !self.name.replace_from(shared, text) {
            return None;
        }
        self.bytes = rest.get(text.len()..)?;
        Some(Rule {
            name: self.name.clone(),
            kind: head >> 6,
        })
    }
}
