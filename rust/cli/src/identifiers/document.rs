//! A config file, changed in one place and left as it is everywhere else.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use gasket_core::config::Config;
use gasket_core::inspect::content::known::KnownIdentifiers;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::{settings, whole_file};

/// What a config begins as.
const EMPTY: &str = "{\"version\": 1}";
/// The member that is changed.
const MEMBER: &str = "known_identifiers";
/// Permissions of a config that did not exist before.
const MODE: u32 = 0o600;

/// A config file and what is in it.
pub(super) struct Document {
    path: PathBuf,
    members: Members,
    /// The same, read.
    pub(super) config: Config,
}

impl Document {
    /// Reads the config at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let text = whole_file::read_text(path)
            .map_err(|error| Failure::Usage(format!("config {}: {error}", path.display())))?;
        Self::parse(path, &text)
    }

    /// Reads the config at `path`, or begins one where nothing is.
    pub(super) fn open_or_new(path: &Path) -> Result<Self, Failure> {
        if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Self::parse(path, EMPTY);
        }
        Self::open(path)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let config = settings::parse(path, text)?;
        let members = serde_json::from_str(text)
            .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        Ok(Self {
            path: path.to_owned(),
            members,
            config,
        })
    }

    /// Writes `identifiers` into the file: whole, or not at all.
    pub(super) fn save(mut self, identifiers: &KnownIdentifiers) -> Result<(), Failure> {
        let failed = |error: &dyn fmt::Display| {
            Failure::Other(format!(
                "{}: nothing was changed: {error}",
                self.path.display()
            ))
        };
        self.members.0.retain(|(name, _)| name != MEMBER);
        if !identifiers.is_empty() {
            let value = serde_json::value::to_raw_value(identifiers).map_err(|e| failed(&e))?;
            self.members.0.push((MEMBER.to_owned(), value));
        }
        replace(&self.path, &self.members.text()).map_err(|error| failed(&error))
    }
}

/// Writes a new file and puts it into the place of the old one, whose permissions it gets.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let (target, mode) = match fs::canonicalize(path) {
        // Behind a link, so that the link stays.
        Ok(target) => {
            let mode = fs::metadata(&target)?.mode() & 0o777;
            (target, mode)
        }
        Err(_) => (path.to_owned(), MODE),
    };
    whole_file::replace(&target, text.as_bytes(), mode)
}

/// The members of an object in their order, each value as it was written.
struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    fn text(&self) -> String {
        let member = |(name, value): &(String, Box<RawValue>)| {
            format!("  {}: {value}", serde_json::Value::from(name.as_str()))
        };
        let members: Vec<_> = self.0.iter().map(member).collect();
        format!("{{\n{}\n}}\n", members.join(",\n"))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        json.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_stays_as_it_was_written() {
        let text =
            "{ \"version\" : 1,\n\"rules\": { \"b\": \"off\",\n \"a\": \"warn\" }, \"mtu\": 1500 }";
        let members: Members = serde_json::from_str(text).expect("an object");
        assert_eq!(
            members.text(),
            "{\n  \"version\": 1,\n  \"rules\": { \"b\": \"off\",\n \"a\": \"warn\" },\n  \"mtu\": 1500\n}\n"
        );
    }
}
