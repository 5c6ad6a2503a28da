//! Receipts' languages, `gasket evidence` and `gasket verify`.

use std::path::PathBuf;

use clap::Args;
use gasket_core::receipt::Language;

use crate::print;

/// Which language receipts are in.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LanguageArguments {
    /// Language of the receipts (en, de, fi, nb, es, fr, zh, ar); without it, the environment's (LC_ALL,
    /// LC_MESSAGES, LANG), or English.
    #[arg(long, value_name = "CODE", value_parser = print::language)]
    lang: Option<Language>,
}

impl LanguageArguments {
    /// The language that was named, or that of the environment.
    pub(crate) fn chosen(self) -> Language {
        self.lang.unwrap_or_else(print::by_environment)
    }
}

pub(super) const EVIDENCE_NOTES: &str = "\
Examples:
  gasket run --events events.jsonl -- CMD       writes events.jsonl and, beside it, events.jsonl.chain
  gasket evidence --events events.jsonl --list
  gasket evidence --events events.jsonl --event 12 --out blocked.zip

The bundle has a page to read, the event, the rule with its sources, the request as reconstructed packets
(pcapng), the chain of the history from the event on, and the draft of a complaint. Identifiers are masked
in all of it.

Exit code: 0 if it was made; 1 if the event is not as it was written; 2 if a file cannot be read or written.";

/// `gasket evidence`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceArguments {
    /// The events, as `gasket run --events` wrote them.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: PathBuf,

    /// The event: the number of its line. Without it, the last block.
    #[arg(long, value_name = "N")]
    pub(crate) event: Option<u64>,

    /// List what was blocked or reported, with numbers, and make nothing.
    #[arg(long, conflicts_with_all = ["event", "out"])]
    pub(crate) list: bool,

    /// Where the bundle goes: a new file, or a folder that is there.
    #[arg(long, value_name = "DIR|FILE", default_value = ".")]
    pub(crate) out: PathBuf,

    #[command(flatten)]
    pub(crate) language: LanguageArguments,
}

pub(super) const VERIFY_NOTES: &str = "\
Examples:
  gasket verify gasket-evidence-2026-11-28-12.zip
  gasket verify --events events.jsonl                 with the chain beside it
  gasket verify BUNDLE --events events.jsonl          also that the history had the bundle's head

Exit code: 0 if all is as it was written; 1 if not: what, and where; 2 if a file cannot be read or is no bundle.";

/// `gasket verify`.
#[derive(Debug, Args)]
#[command(
    override_usage = "gasket verify BUNDLE [--expect HASH]\n       gasket verify [BUNDLE] --events FILE [--expect HASH]"
)]
pub(crate) struct VerifyArguments {
    /// A bundle of evidence.
    #[arg(required_unless_present = "events", value_name = "BUNDLE")]
    pub(crate) bundle: Option<PathBuf>,

    /// Events, as `gasket run --events` wrote them.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,

    /// The bundle's fingerprint, or without a bundle a head of the history, that was noted down before.
    #[arg(long, value_name = "HASH")]
    pub(crate) expect: Option<String>,
}
