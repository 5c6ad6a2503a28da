//! The database that R8 carries: every public class, field and method with the API level it came with.
//!
//! Layout, all numbers big-endian: a head of 18 bytes; the number of strings; for each string its place in the
//! payload (offset, 4 bytes; length, 2 bytes); a hash table over the strings, 2^17 such places; a hash table over
//! the references, 2^18 such places; the payload. A place of the second table holds entries one after the other:
//! length (2 bytes), that many bytes of reference, and the level (1 byte: twice the major, plus the minor number).
//! A reference is its kind (1 byte) and the numbers of its strings (2 bytes each): class; field: class, name;
//! method: class, name, parameters, return type. Inherited members are listed for the inheriting class too.

use std::collections::HashMap;
use std::path::Path;

use crate::apk::error::{Error, Result};
use crate::apk::zip::Archive;

const MEMBER: &str = "resources/api_database.ser";
const HEAD: &[u8] = b"r8-apidatabase";
const HEAD_LENGTH: usize = 18;
const PLACE: usize = 6;
const STRING_TABLE: usize = 1 << 17;
const REFERENCE_TABLE: usize = 1 << 18;

/// An API level, minor releases included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(u8);

impl Level {
    /// The first release of a level.
    pub(crate) fn major(level: u32) -> Self {
        Self(u8::try_from(2 * level).unwrap_or(u8::MAX))
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 % 2 {
            0 => write!(f, "{}", self.0 / 2),
            minor => write!(f, "{}.{minor}", self.0 / 2),
        }
    }
}

/// What is public, and since when. Classes are named as in class files: `android/net/VpnService`.
#[derive(Debug, Default)]
pub(crate) struct Database {
    classes: HashMap<String, Level>,
    members: HashMap<String, Level>,
}

impl Database {
    /// Reads the database out of R8's jar.
    pub(crate) fn open(r8: &Path) -> Result<Self> {
        let bytes = Archive::open(r8)?.read(MEMBER)?;
        Self::parse(&bytes).ok_or_else(|| {
            Error::input(
                format!("{}: {MEMBER}", r8.display()),
                "is not laid out as this reads it; a new R8 may need a new reader (apk/api/database.rs)",
            )
        })
    }

    /// All public classes, with their level.
    pub(crate) fn classes(&self) -> impl Iterator<Item = (&str, Level)> {
        self.classes
            .iter()
            .map(|(name, level)| (name.as_str(), *level))
    }

    /// Since when a class is public.
    pub(crate) fn class(&self, name: &str) -> Option<Level> {
        self.classes.get(name).copied()
    }

    /// Since when a class has, or inherits, a public field.
    pub(crate) fn field(&self, class: &str, name: &str) -> Option<Level> {
        self.members.get(&format!("{class}.{name}")).copied()
    }

    /// Since when a class has, or inherits, a public method.
    pub(crate) fn method(&self, class: &str, name: &str, descriptor: &str) -> Option<Level> {
        let key = format!("{class}.{name}{descriptor}");
        self.members.get(&key).copied()
    }

    #[cfg(test)]
    pub(super) fn add_class(&mut self, name: &str, level: Level) {
        self.classes.insert(name.to_owned(), level);
    }

    #[cfg(test)]
    pub(super) fn add_member(&mut self, name: &str, level: Level) {
        self.members.insert(name.to_owned(), level);
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(HEAD) {
            return None;
        }
        let count = number(bytes, HEAD_LENGTH, 4)?;
        let strings_at = HEAD_LENGTH + 4;
        let references_at = strings_at + PLACE * (count + STRING_TABLE);
        let payload = bytes.get(references_at + PLACE * REFERENCE_TABLE..)?;
        let place = |at: usize| {
            let (start, length) = (number(bytes, at, 4)?, number(bytes, at + 4, 2)?);
            payload.get(start..start.checked_add(length)?)
        };
        let strings: Vec<&str> = (0..count)
            .map(|index| {
                let text = std::str::from_utf8(place(strings_at + PLACE * index)?).ok()?;
                Some(text.trim_end_matches('\0'))
            })
            .collect::<Option<_>>()?;
        let mut database = Self::default();
        for index in 0..REFERENCE_TABLE {
            let mut entries = place(references_at + PLACE * index)?;
            while !entries.is_empty() {
                let length = number(entries, 0, 2)?;
                let reference = entries.get(2..2 + length)?;
                let level = Level(*entries.get(2 + length)?);
                database.add(reference, level, &strings)?;
                entries = &entries[3 + length..];
            }
        }
        Some(database)
    }

    fn add(&mut self, reference: &[u8], level: Level, strings: &[&str]) -> Option<()> {
        let (kind, rest) = reference.split_first()?;
        let parts: Vec<&str> = rest
            .chunks(2)
            .map(|index| strings.get(number(index, 0, 2)?).copied())
            .collect::<Option<_>>()?;
        let class = |descriptor: &str| {
            let inner = descriptor.strip_prefix('L')?.strip_suffix(';')?;
            Some(inner.to_owned())
        };
        match (kind, &parts[..]) {
            (0, [name]) => {
                self.classes.insert(class(name)?, level);
            }
            (1, [holder, name]) => {
                self.members
                    .insert(format!("{}.{name}", class(holder)?), level);
            }
            (2, [holder, name, parameters @ .., result]) => {
                let key = format!("{}.{name}({}){result}", class(holder)?, parameters.concat());
                self.members.insert(key, level);
            }
            _ => return None,
        }
        Some(())
    }
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |value, byte| (value << 8) | usize::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database of these references, laid out as described above.
    fn made(strings: &[&str], references: &[(&[u8], u8)]) -> Vec<u8> {
        let (mut places, mut payload) = (Vec::new(), Vec::new());
        let put = |places: &mut Vec<u8>, payload: &mut Vec<u8>, content: &[u8]| {
            places.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
            places.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
            payload.extend(content);
        };
        for string in strings {
            put(&mut places, &mut payload, format!("{string}\0").as_bytes());
        }
        places.extend(vec![0; PLACE * STRING_TABLE]);
        let mut entries = Vec::new();
        for (reference, level) in references {
            entries.extend(u16::try_from(reference.len()).unwrap().to_be_bytes());
            entries.extend(*reference);
            entries.push(*level);
        }
        put(&mut places, &mut payload, &entries);
        places.extend(vec![0; PLACE * (REFERENCE_TABLE - 1)]);
        let mut bytes = HEAD.to_vec();
        bytes.resize(HEAD_LENGTH, 0);
        bytes.extend(u32::try_from(strings.len()).unwrap().to_be_bytes());
        bytes.extend(places);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn classes_fields_and_methods_are_read_with_their_level() {
        let bytes = made(
            &["La/B;", "field", "method", "I", "V"],
            &[
                (&[0, 0, 0], 28),
                (&[1, 0, 0, 0, 1], 52),
                (&[2, 0, 0, 0, 2, 0, 3, 0, 3, 0, 4], 73),
            ],
        );
        let database = Database::parse(&bytes).unwrap();
        assert_eq!(database.class("a/B"), Some(Level::major(14)));
        assert_eq!(database.field("a/B", "field"), Some(Level::major(26)));
        let method = database.method("a/B", "method", "(II)V").unwrap();
        assert_eq!(method.to_string(), "36.1");
        assert_eq!(database.method("a/B", "method", "(I)V"), None);
    }

    #[test]
    fn another_layout_is_refused() {
        let mut bytes = made(&["La/B;"], &[(&[0, 0, 0], 28)]);
        assert!(Database::parse(&bytes[..1000]).is_none());
        bytes[0] = b'x';
        assert!(Database::parse(&bytes).is_none());
        assert!(Database::parse(&made(&["La/B;"], &[(&[9, 0, 0], 28)])).is_none());
    }
}
