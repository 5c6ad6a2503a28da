//! YAML as a tree that remembers its lines. Of YAML only what rules need: one document of maps,
//! lists and scalars; no anchors, aliases or tags, no key twice.

use granit_parser::{Event, Parser, ScalarStyle};

use super::error::{Problem, unknown};

/// Deepest nesting of maps and lists; the deepest rule needs five.
const DEEPEST: usize = 16;

#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// A scalar, and whether it was written without quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: Node,
}

/// Reads the one document of a file.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    let mut reader = Reader {
        events: Parser::new_from_str_with_options(
            text,
            granit_parser::options! { emit_comments: false },
        ),
        line: 1,
    };
    let mut root = None;
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
            (Event::StreamEnd, _) => break,
            (_, line) if root.is_some() => {
                return Err(Problem::at(
                    line,
                    "a second document; write one rule a file",
                ));
            }
            (event, line) => root = Some(reader.node(event, line, 0)?),
        }
    }
    root.ok_or_else(|| Problem::at(1, "the file is empty"))
}

struct Reader<'a> {
    events: Parser<'a, granit_parser::StrInput<'a>>,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, usize), Problem> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                Ok((event, self.line))
            }
            Some(Err(error)) => Err(Problem::at(
                error.marker().line(),
                format!("not YAML: {}", error.info()),
            )),
            None => Ok((Event::StreamEnd, self.line)),
        }
    }

    fn node(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Node, Problem> {
        if depth > DEEPEST {
            return Err(Problem::at(line, "nested too deeply for a rule"));
        }
        let content = match event {
            Event::Scalar(text, style, 0, None) => {
                Content::Scalar(text.into_owned(), style == ScalarStyle::Plain)
            }
            Event::SequenceStart(_, 0, None) => Content::List(self.list(depth)?),
            Event::MappingStart(_, 0, None) => Content::Map(self.map(depth)?),
            _ => {
                return Err(Problem::at(
                    line,
                    "anchors, aliases and tags are no part of our subset; write the value out",
                ));
            }
        };
        Ok(Node { line, content })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(items),
                (event, line) => items.push(self.node(event, line, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, _) => return Ok(entries),
                (Event::Scalar(key, _, 0, None), line) => (key.into_owned(), line),
                (_, line) => return Err(Problem::at(line, "a key must be a plain text")),
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let first = first.line;
                return Err(Problem::at(
                    line,
                    format!("`{key}` stands here a second time, first in line {first}"),
                ));
            }
            let (event, value_line) = self.next()?;
            let value = self.node(event, value_line, depth + 1)?;
            entries.push(Entry { line, key, value });
        }
    }
}

impl Node {
    /// The entries of a map.
    pub(super) fn map(&self, what: &str) -> Result<&[Entry], Problem> {
        match &self.content {
            Content::Map(entries) => Ok(entries),
            _ => Err(Problem::at(
                self.line,
                format!("{what} must be a map of `key: value`"),
            )),
        }
    }

    /// What is wrong with each key of a map that is none of the given ones.
    pub(super) fn stray_keys(&self, what: &str, keys: &[&str]) -> Vec<Problem> {
        let Content::Map(entries) = &self.content else {
            return Vec::new();
        };
        let what = format!("key in {what}");
        entries
            .iter()
            .filter(|entry| !keys.contains(&&*entry.key))
            .map(|entry| Problem::at(entry.line, unknown(&what, &entry.key, keys)))
            .collect()
    }

    /// The entries of a map with none but the given keys.
    pub(super) fn map_of(&self, what: &str, keys: &[&str]) -> Result<&[Entry], Problem> {
        match self.stray_keys(what, keys).into_iter().next() {
            Some(problem) => Err(problem),
            None => self.map(what),
        }
    }

    /// The items of a list; a scalar stands for a list of one.
    pub(super) fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// A text that is not empty; what YAML reads as a number or the like must stand in quotes.
    pub(super) fn text(&self, what: &str) -> Result<&str, Problem> {
        match &self.content {
            Content::Scalar(text, plain) => {
                // The parser gives `~` for a value that is not there at all.
                let null = *plain && matches!(&**text, "~" | "null" | "Null" | "NULL");
                if null || text.trim().is_empty() {
                    Err(Problem::at(self.line, format!("{what} is empty")))
                } else if *plain && is_other_than_text(text) {
                    Err(Problem::at(
                        self.line,
                        format!("{what} must be a text: write '{text}' in quotes"),
                    ))
                } else {
                    Ok(text)
                }
            }
            _ => Err(Problem::at(self.line, format!("{what} must be a text"))),
        }
    }

    /// A list of texts, at least one.
    pub(super) fn texts(&self, what: &str) -> Result<Vec<String>, Problem> {
        let texts: Vec<String> = self
            .items()
            .iter()
            .map(|item| item.text(what).map(str::to_owned))
            .collect::<Result<_, _>>()?;
        if texts.is_empty() {
            return Err(Problem::at(self.line, format!("{what} is empty")));
        }
        Ok(texts)
    }

    /// A whole number, written without quotes.
    pub(super) fn number(&self, what: &str, largest: u64) -> Result<u64, Problem> {
        match &self.content {
            Content::Scalar(text, true) => text.parse().ok().filter(|number| *number <= largest),
            _ => None,
        }
        .ok_or_else(|| {
            Problem::at(
                self.line,
                format!("{what} must be a whole number from 0 to {largest}, without quotes"),
            )
        })
    }

    /// `true` or `false`, written without quotes.
    pub(super) fn flag(&self, what: &str) -> Result<bool, Problem> {
        match &self.content {
            Content::Scalar(text, true) => text.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| {
            Problem::at(
                self.line,
                format!("{what} must be true or false, without quotes"),
            )
        })
    }
}

/// Whether YAML's core schema reads the plain scalar as something other than a text.
fn is_other_than_text(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        || text.parse::<f64>().is_ok()
}
