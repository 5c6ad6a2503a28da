//! The rules as whoever shows them needs them: one JSON document.

use serde::Serialize;

use super::{Confidence, Imported, Level, PACK_VERSION, Pack, PackError, PackVersion, Rule};
use crate::rules::Action;

/// What is said of one rule, in the words of its file.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    id: &'a str,
    title: &'a str,
    family: &'a str,
    level: Level,
    action: Action,
    confidence: Confidence,
    receipt: &'a str,
    description: &'a str,
    breakage: &'a str,
    falsepositives: &'a [String],
    references: &'a [String],
    /// The file, where it is not one of the pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Refused<'a> {
    file: &'a str,
    problem: String,
}

#[derive(Debug, Serialize)]
struct Listing<'a> {
    pack: PackVersion,
    rules: Vec<Listed<'a>>,
    refused: Vec<Refused<'a>>,
}

/// `{"pack": {"date", "fingerprint"}, "rules": […], "refused": [{"file", "problem"}]}`: the rules that ship, the gravest first, then
/// those of rule files, and what is wrong with the files that were left out.
///
/// # Errors
/// Never for these types; serde's signature has it.
pub fn listing(shipped: &Pack, imported: &Imported) -> serde_json::Result<String> {
    let pack = shipped.rules().iter().map(|rule| Listed::of(rule, false));
    let files = imported.pack().rules().iter();
    serde_json::to_string(&Listing {
        pack: PACK_VERSION,
        rules: pack
            .chain(files.map(|rule| Listed::of(rule, true)))
            .collect(),
        refused: imported.refused().iter().map(Refused::of).collect(),
    })
}

impl<'a> Listed<'a> {
    fn of(rule: &'a Rule, is_imported: bool) -> Self {
        Self {
            id: &rule.id,
            title: &rule.title,
            family: &rule.family,
            level: rule.level,
            action: rule.action,
            confidence: rule.confidence,
            receipt: &rule.receipt,
            description: &rule.description,
            breakage: &rule.breakage,
            falsepositives: &rule.falsepositives,
            references: &rule.references,
            file: is_imported.then_some(&*rule.file),
        }
    }
}

impl<'a> Refused<'a> {
    fn of(error: &'a PackError) -> Self {
        Self {
            file: &error.file,
            problem: error.to_string(),
        }
    }
}
