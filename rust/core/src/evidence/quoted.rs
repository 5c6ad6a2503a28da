//! A bundle of a record that was told in other words than this crate's: the app has its own, the same on its screens as here.
//!
//! Nothing of it is read as an event, so that the app's library need not carry the reader: `verify` reads it as one.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::letter::Letter;
use super::page::{self, Page};
use super::{Bundle, FORMAT, Manifest, StatedHead, mask, name, sealed};
use crate::rules::Rule;

/// What a bundle quotes. All of it but the time is masked once more.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a> {
    /// The event as the history has it, byte for byte: JSON.
    pub record: &'a str,
    /// The number of its line.
    pub line: u64,
    /// The local time in full, with its offset from UTC.
    pub written_time: &'a str,
    /// The language of the words, as a tag (BCP 47).
    pub language: &'a str,
    /// What happened and what became of it.
    pub sentence: &'a str,
    /// Who sent; none where that is not known.
    pub sender: Option<&'a str>,
    /// The destination's name, or its address.
    pub to: &'a str,
    /// What the sentence rests on, in lines.
    pub facts: &'a [String],
    /// The gravest rule that matched, and the text of its file, where it is at hand.
    pub rule: Option<(&'a Rule, &'a str)>,
    /// The head of the history's chains.
    pub head: &'a StatedHead,
    /// Version of Gasket.
    pub version: &'a str,
}

/// The record is no JSON: what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRecord(pub String);

impl std::fmt::Display for NoRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the record: {}", self.0)
    }
}

impl std::error::Error for NoRecord {}

impl Quoted<'_> {
    /// Makes the bundle: the same always gives the same bytes.
    ///
    /// # Errors
    /// [`NoRecord`] where the record is no JSON.
    pub fn bundle(&self) -> Result<Bundle, NoRecord> {
        let mut reader = serde_json::Deserializer::from_str(self.record);
        let read = IgnoredAny::deserialize(&mut reader).and_then(|_| reader.end());
        read.map_err(|error| NoRecord(error.to_string()))?;
        let record = mask::record(self.record);
        let is_exact = record == self.record;
        let sentence = mask::text(self.sentence);
        let page = Page {
            version: self.version,
            language: self.language,
            sections: self.sections(is_exact),
            sentence: sentence.clone(),
        };
        let letter = Letter {
            time: self.written_time,
            sender: self.sender.map(mask::text).as_deref(),
            to: &mask::text(self.to),
            version: self.version,
            sentence: &sentence,
            values: None,
            has_rule: self.rule.is_some(),
            has_packets: false,
        }
        .text();
        let mut entries = vec![
            (name::PAGE, page.html().into_bytes()),
            (name::TEXT, page.text().into_bytes()),
            (name::EVENT, record.into_bytes()),
            (name::COMPLAINT, letter.into_bytes()),
        ];
        entries.extend(self.rule.map(|(_, text)| page::copy(text)));
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            gasket: self.version.to_owned(),
            record_is_exact: is_exact,
            chain_head: None,
            stated_head: Some(self.head.clone()),
            entries: Vec::new(),
        };
        Ok(sealed(manifest, entries))
    }

    fn sections(&self, is_exact: bool) -> Vec<page::Section> {
        let mut facts = vec![format!("Time: {}", self.written_time)];
        facts.extend(self.facts.iter().map(|line| mask::text(line)));
        let mut sections = vec![("What was observed", facts)];
        sections.extend(self.rule.map(|(rule, _)| page::about(rule)));
        sections.push((page::CHECKED, self.proof(is_exact)));
        sections
    }

    /// What the phone said of its history, and what follows from that.
    fn proof(&self, is_exact: bool) -> Vec<String> {
        let how = if is_exact {
            "byte for byte"
        } else {
            "masked further than it is there"
        };
        vec![
            "event.json is the record that all of this is made of. Gasket keeps no payload: nothing of what was sent is in this bundle.".to_owned(),
            format!(
                "event.json is line {} of the history on the phone, {how}.",
                self.line
            ),
            format!(
                "Head of the history's chain on the phone at the time: {}. Compare it with what the phone shows: Settings, check of the history, \
                 “Fingerprint you kept”. Nothing in this bundle shows that the line is in that history: only the phone can, for as long as it \
                 keeps the line.",
                self.head
            ),
            page::ABOUT_PROOF.to_owned(),
        ]
    }
}
