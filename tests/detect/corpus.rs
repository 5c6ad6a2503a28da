//! The injected corpus: each kind of identifier, in each encoding, in each container.

use crate::chance::Chance;
use crate::container::{Container, Field, Value, Wrap, company, document, fill, json};
use crate::encoding::{Encoding, Utf16, as_text, compressed, unreadable, utf16};
use crate::invent::invent;
use crate::kinds::{HASH_KEYS, Kind, NEUTRAL_KEYS};
use crate::request::Request;

/// One cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub(crate) kind: Kind,
    pub(crate) encoding: Encoding,
    pub(crate) container: Container,
}

impl Cell {
    /// Every cell, those that do not apply included.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.into_iter().flat_map(|kind| {
            Encoding::ALL.into_iter().flat_map(move |encoding| {
                let cell = move |container| Self {
                    kind,
                    encoding,
                    container,
                };
                Container::ALL.into_iter().map(cell)
            })
        })
    }

    /// Why nobody sends this; `None` where somebody does.
    pub(crate) fn why_not(self) -> Option<&'static str> {
        let header = self.container == Container::Header;
        if self.encoding.digest().is_some() && !self.kind.is_single() {
            Some("several values that only say something together are not hashed as one")
        } else if header && self.encoding == Encoding::Base64Lines {
            Some("a header field cannot hold a line feed")
        } else if header && self.encoding == Encoding::Utf16 {
            Some("a header field cannot hold the NUL octets of UTF-16")
        } else if header && self.encoding.is_compression() {
            Some("header fields are text; content codings are of bodies")
        } else if self.container == Container::Query && self.encoding == Encoding::Brotli {
            Some("brotli has no magic number: only the Content-Encoding of a body announces it")
        } else {
            None
        }
    }
}

/// A request with something planted in it, and the label.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) cell: Cell,
    /// The keys in front of the values, as planted.
    pub(crate) key: String,
    /// The values, as invented.
    pub(crate) values: Vec<String>,
    pub(crate) request: Request,
}

/// The requests of one cell: `count` of them, each with another key, value and base.
pub(crate) fn plant(cell: Cell, count: usize, seed: u64, bases: &[Request]) -> Vec<Planted> {
    let name = format!(
        "{}/{}/{}",
        cell.kind.name(),
        cell.encoding.name(),
        cell.container.name()
    );
    let mut chance = Chance::of(seed, &name);
    let first = chance.below(1000);
    (first..first + count)
        .map(|turn| one(cell, turn, bases, &mut chance))
        .collect()
}

fn one(cell: Cell, turn: usize, bases: &[Request], chance: &mut Chance) -> Planted {
    let keys = cell.kind.keys();
    let mut key = keys[turn % keys.len()].to_owned();
    let values = invent(cell.kind, &key, chance);
    let base = chance.pick(bases).clone();
    let (fields, wrap) = if let Some(digest) = cell.encoding.digest() {
        key = hash_key(cell.kind, digest.word(), chance);
        let mut hashed = digest.hex(values[0].as_bytes());
        if chance.below(4) == 0 {
            hashed = hashed.to_uppercase();
        }
        (vec![(key.clone(), Value::Text(hashed))], Wrap::Nothing)
    } else if cell.encoding.is_reachable() {
        readable(cell, &key, &values, chance)
    } else {
        let text = match cell.encoding {
            Encoding::Aes => json(&pairs(cell, &key, &values, chance)),
            _ => values.join(","),
        };
        key = chance.pick(&NEUTRAL_KEYS).to_string();
        let text = unreadable(cell.encoding, &text);
        (vec![(key.clone(), Value::Text(text))], Wrap::Nothing)
    };
    let mut all = match cell.container {
        // What is added to a request that is there already stands alone.
        Container::Query | Container::Header => Vec::new(),
        _ => company(chance),
    };
    let at = chance.below(all.len() + 1);
    all.splice(at..at, fields);
    let request = fill(cell.container, &base, &all, wrap, chance);
    Planted {
        cell,
        key,
        values,
        request,
    }
}

/// `imei_md5`, `md5_imei`, `imeiMd5` and the like.
fn hash_key(kind: Kind, word: &str, chance: &mut Chance) -> String {
    let stem = *chance.pick(kind.hash_stems());
    let key = chance
        .pick(&HASH_KEYS)
        .replace("STEM", stem)
        .replace("HASH", word);
    match chance.below(3) {
        0 => camel(&key),
        _ => key,
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| {
        let (head, tail) = word.split_at(1.min(word.len()));
        format!("{all}{}{tail}", head.to_uppercase())
    })
}

/// Keys and values as fields, in the spelling that the container has for them.
fn pairs(cell: Cell, key: &str, values: &[String], chance: &mut Chance) -> Vec<Field> {
    let value = |text: &String, chance: &mut Chance| match cell.kind {
        Kind::AppList if chance.below(2) == 0 => {
            Value::List(text.split(',').map(str::to_owned).collect())
        }
        Kind::Cell | Kind::Location if chance.below(2) == 0 => Value::Number(number(text)),
        Kind::Imei if chance.below(4) == 0 => Value::Number(text.clone()),
        _ => Value::Text(text.clone()),
    };
    let keys = key.split(' ');
    keys.zip(values)
        .map(|(key, text)| (key.to_owned(), value(text, chance)))
        .collect()
}

/// Without the leading zeros that a number of JSON may not have.
fn number(text: &str) -> String {
    match text.parse::<u64>() {
        Ok(number) => number.to_string(),
        Err(_) => text.to_owned(),
    }
}

/// The fields of a readable cell, and what is done with the body afterwards. Where both are seen,
/// either the value alone is wrapped and its key stays readable, or a whole document is wrapped and
/// put under a key that says nothing.
fn readable(cell: Cell, key: &str, values: &[String], chance: &mut Chance) -> (Vec<Field>, Wrap) {
    let fields = pairs(cell, key, values, chance);
    let neutral = chance.pick(&NEUTRAL_KEYS).to_string();
    let by_value = |fields: Vec<Field>| {
        let wrap = |(key, value): Field| {
            let text = match value {
                Value::Text(text) | Value::Number(text) => text,
                Value::List(items) => items.join(","),
                Value::Octets(_) => unreachable!("only wrapped documents are octets"),
            };
            (key, Value::Text(as_text(cell.encoding, &text)))
        };
        fields.into_iter().map(wrap).collect::<Vec<_>>()
    };
    let whole = |fields: &[Field], chance: &mut Chance| {
        let text = as_text(cell.encoding, &document(fields, chance));
        (vec![(neutral.clone(), Value::Text(text))], Wrap::Nothing)
    };
    match cell.encoding {
        Encoding::Plain => (fields, Wrap::Nothing),
        Encoding::Percent | Encoding::Percent2 | Encoding::Percent3 => match chance.below(2) {
            0 => (by_value(fields), Wrap::Nothing),
            _ => whole(&fields, chance),
        },
        Encoding::Base64Lines => whole(&fields, chance),
        Encoding::Base64 | Encoding::Base64Url | Encoding::Base64Unpadded | Encoding::Hex => {
            match chance.below(2) {
                0 if cell.kind.is_single() => (by_value(fields), Wrap::Nothing),
                _ => whole(&fields, chance),
            }
        }
        Encoding::JsonInJson => nested(cell, &neutral, &fields, chance),
        Encoding::Utf16 => wide(cell, &neutral, fields, chance),
        _ => pressed(cell, &neutral, fields, chance),
    }
}

/// A document inside a string of another document.
fn nested(cell: Cell, key: &str, fields: &[Field], chance: &mut Chance) -> (Vec<Field>, Wrap) {
    let mut inner = company(chance);
    inner.extend(fields.iter().cloned());
    let inner = json(&inner);
    let field = match cell.container {
        Container::Json => (key.to_owned(), Value::Text(inner)),
        _ => {
            let outer = json(&[
                ("type".to_owned(), Value::Text("report".to_owned())),
                ("content".to_owned(), Value::Text(inner)),
            ]);
            (key.to_owned(), Value::Text(outer))
        }
    };
    (vec![field], Wrap::Nothing)
}

fn wide(cell: Cell, key: &str, fields: Vec<Field>, chance: &mut Chance) -> (Vec<Field>, Wrap) {
    match cell.container {
        Container::Json | Container::Xml => {
            let ways = [Utf16::Little, Utf16::Big, Utf16::LittleBare];
            (fields, Wrap::Wide(*chance.pick(&ways)))
        }
        Container::Multipart | Container::Protobuf => {
            let way = *chance.pick(&[Utf16::Little, Utf16::LittleBare]);
            let octets = utf16(&document(&fields, chance), way);
            (vec![(key.to_owned(), Value::Octets(octets))], Wrap::Nothing)
        }
        // No media type of forms and no query is in UTF-16: there it comes in base64.
        Container::Form | Container::Query | Container::Header => {
            let text = as_text(cell.encoding, &document(&fields, chance));
            (vec![(key.to_owned(), Value::Text(text))], Wrap::Nothing)
        }
    }
}

/// Compressed: the body with or without a word in the head, or a document inside a field.
fn pressed(cell: Cell, key: &str, fields: Vec<Field>, chance: &mut Chance) -> (Vec<Field>, Wrap) {
    let by = cell.encoding;
    // Without its header, brotli cannot be told from noise.
    let way = if by == Encoding::Brotli {
        0
    } else {
        chance.below(3)
    };
    match (cell.container, way) {
        (Container::Query, _) | (_, 2) => {
            let text = as_text(by, &document(&fields, chance));
            (vec![(key.to_owned(), Value::Text(text))], Wrap::Nothing)
        }
        (Container::Multipart | Container::Protobuf, 1) => {
            let octets = compressed(by, document(&fields, chance).as_bytes(), false);
            (vec![(key.to_owned(), Value::Octets(octets))], Wrap::Nothing)
        }
        (_, 1) => (fields, Wrap::Silent { by }),
        _ => {
            let raw = by == Encoding::Deflate && chance.below(2) == 0;
            (fields, Wrap::Coded { by, raw })
        }
    }
}
