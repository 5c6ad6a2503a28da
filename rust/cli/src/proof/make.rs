//! Makes a bundle of one event.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use gasket_core::evidence::{self, Material};
use gasket_core::receipt::Receipt;
use gasket_core::receipt::Setting;
use gasket_core::rules::Pack;

use crate::failure::Failure;
use crate::print::{Printer, fold};
use crate::record::{Entry, Place, Stored};
use crate::terminal::harmless;

/// What was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it can be known by.
    pub(crate) fingerprint: String,
    receipt: String,
    notes: Vec<String>,
}

impl Made {
    /// For people, in lines.
    pub(crate) fn told(&self, printer: &Printer) -> String {
        let path = harmless(&self.path.display().to_string());
        let receipt = fold(&self.receipt, "  ", printer.columns);
        let mut notes = vec![
            "It is a zip file: open page.html in it. That says what was observed and how it is known; beside it are the \
             draft of a complaint and what can be checked. Identifiers are masked in all of it."
                .to_owned(),
            "Note down the fingerprint somewhere else: whoever changes the bundle later cannot keep it.".to_owned(),
        ];
        notes.extend(self.notes.iter().cloned());
        let notes = fold(&notes.join("\n"), "  ", printer.columns);
        format!(
            "{path}\n{receipt}\n\n{notes}\n\n  fingerprint {}\n  check it:   gasket verify {path}\n",
            self.fingerprint
        )
    }
}

/// Makes the bundle of `entry`, which is of the file of events at `source`, and writes it to `out`: a new file, or one in a
/// folder that is there.
pub(crate) fn make(
    stored: &Stored,
    entry: &Entry<'_>,
    printer: &Printer,
    out: &Path,
    source: &Path,
) -> Result<Made, Failure> {
    let mut notes = Vec::new();
    let refuse = |why: &str| {
        let (source, line) = (source.display(), entry.line);
        Err(Failure::Other(format!(
            "{source}: line {line} {why}; no bundle is made of it"
        )))
    };
    let links = match stored.place(entry.line, entry.text) {
        Place::Links(links) => links,
        Place::Nowhere => return refuse("is not as it was written"),
        Place::Before => {
            return refuse("was there before the chain began, so that nothing shows who wrote it");
        }
        Place::Found => {
            return refuse("was found there by a later run, so that nothing shows who wrote it");
        }
    };
    let event = &entry.event;
    let gravest = event.rules.first();
    let pack = Pack::embedded();
    let rule = gravest.and_then(|rule| pack.rule(&rule.id));
    let rule = rule.and_then(|rule| Some((rule, Pack::source(&rule.file)?)));
    if let (Some(matched), None) = (gravest, rule) {
        notes.push(format!(
            "The rule that matched is none of the built-in ones; its file is not in the bundle: {}",
            harmless(&matched.title)
        ));
    }
    let (time, date) = (
        printer.format(event, "%H:%M:%S"),
        printer.format(event, "%Y-%m-%d"),
    );
    let setting = Setting {
        date: Some(&date),
        ..printer.setting(event, &time)
    };
    let bundle = evidence::bundle(&Material {
        event,
        record: Some(entry.text),
        line: Some(entry.line),
        setting,
        written_time: &printer.format(event, "%Y-%m-%d %H:%M:%S %:z"),
        rule,
        links: &links,
        version: env!("CARGO_PKG_VERSION"),
    });
    let faults = evidence::verify(&bundle.bytes, None).faults;
    if !faults.is_empty() {
        let told: Vec<_> = faults.iter().map(|fault| format!("  {fault}")).collect();
        return Err(Failure::Other(format!(
            "{}: the chain behind line {} is broken, so that a bundle of it would prove nothing:\n{}",
            source.display(),
            entry.line,
            told.join("\n")
        )));
    }
    let path = place(out, &format!("gasket-evidence-{date}-{}.zip", entry.line))?;
    write_new(&path, &bundle.bytes)?;
    Ok(Made {
        path,
        fingerprint: bundle.fingerprint,
        receipt: Receipt::of(event, &setting).sentence(),
        notes,
    })
}

/// Where it goes: `out`, or `name` in it where it is a folder.
fn place(out: &Path, name: &str) -> Result<PathBuf, Failure> {
    if out == Path::new(".") {
        return Ok(PathBuf::from(name));
    }
    if out.is_dir() {
        return Ok(out.join(name));
    }
    let refuse = |what: &str| Err(Failure::Usage(format!("--out {}: {what}", out.display())));
    if out.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return refuse("there is no such folder");
    }
    match out.parent() {
        Some(parent) if parent != Path::new("") && !parent.is_dir() => {
            refuse("the folder that it is to be in is not there")
        }
        _ => Ok(out.to_owned()),
    }
}

/// Writes a file that was not there, whole or not at all.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = opened.map_err(|error| {
        let told = match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                "there is such a file already; name another with --out".to_owned()
            }
            _ => error.to_string(),
        };
        Failure::Usage(format!("{}: {told}", path.display()))
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        Failure::Other(format!("{}: {error}", path.display()))
    })
}
