//! `gasket identifiers`: what the user types in, kept as keyed hashes (docs/decisions/0007).

mod document;
pub(crate) mod key_file;

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use gasket_core::inspect::content::known::{
    IdentifierKey, KnownIdentifiers, doubt, kind_named, name_of,
};

use crate::args::{IdentifierFiles, IdentifiersArguments, IdentifiersCommand};
use crate::failure::Failure;
use crate::terminal::show;
use document::Document;

/// Bytes read of what should be one value; the longest has 254 (`known::spell`).
const INPUT_MAX: u64 = 1024;

/// Runs the command.
pub(crate) fn run(arguments: &IdentifiersArguments) -> Result<(), Failure> {
    match &arguments.command {
        IdentifiersCommand::Add {
            kind,
            values,
            files,
        } => add(kind, values, files),
        IdentifiersCommand::List { config } => list(config),
        IdentifiersCommand::Remove { number, config, .. } => remove(*number, config),
    }
}

fn add(kind: &str, values: &[OsString], files: &IdentifierFiles) -> Result<(), Failure> {
    let kind = kind_named(kind).map_err(Failure::Usage)?;
    if !values.is_empty() {
        return Err(Failure::Usage(format!(
            "a value does not belong on the command line: the shell's history may have it now, and other \
             programs could see it.\nRemove it there, and type it when asked: gasket identifiers add {} \
             --config {}",
            name_of(kind),
            files.config.display()
        )));
    }
    let document = Document::open_or_new(&files.config)?;
    let mut identifiers = document.config.known_identifiers.clone();
    let key = key(files, &identifiers)?;
    let value = ask(name_of(kind))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let is_new = identifiers
        .add(&key, kind, &value, now.map(|since| since.as_secs()))
        .map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some(doubt) = doubt(kind, &value) {
        eprintln!("gasket: {}: {doubt}. Compare it once more", name_of(kind));
    }
    if !is_new {
        return show("It is there already; nothing was changed.\n");
    }
    document.save(&identifiers)?;
    show(&format!(
        "Added. It is looked for with --config {}.\n",
        files.config.display()
    ))
}

/// The key of the identifiers; a new one where there are none yet.
fn key(files: &IdentifierFiles, known: &KnownIdentifiers) -> Result<IdentifierKey, Failure> {
    let path = match &files.key {
        Some(named) => named.clone(),
        None => key_file::beside(&files.config),
    };
    let key = if known.is_empty() && !path.exists() {
        key_file::create(&path)?
    } else {
        key_file::read(&path, &files.config)?
    };
    known
        .check(&key)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok(key)
}

/// One value from standard input, which a terminal shows while it is typed: nothing can show it later.
fn ask(kind: &str) -> Result<String, Failure> {
    let unreadable = |error: io::Error| Failure::Usage(format!("standard input: {error}"));
    let mut input = io::stdin().lock().take(INPUT_MAX);
    let mut value = String::new();
    if io::stdin().is_terminal() {
        eprint!("{kind}: ");
        input.read_line(&mut value).map_err(unreadable)?;
    } else {
        input.read_to_string(&mut value).map_err(unreadable)?;
    }
    let value = value.trim();
    if value.contains('\n') || value.len() as u64 == INPUT_MAX {
        return Err(Failure::Usage(
            "standard input has more than one line; give one value at a time".to_owned(),
        ));
    }
    Ok(value.to_owned())
}

fn list(config: &Path) -> Result<(), Failure> {
    let identifiers = Document::open(config)?.config.known_identifiers;
    if identifiers.is_empty() {
        return show("There are none.\n");
    }
    let mut text = String::new();
    for (number, entry) in (1..).zip(&identifiers.values) {
        let added = entry
            .added
            .and_then(|seconds| jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok());
        let added = added.map_or_else(
            || "at an unknown time".to_owned(),
            |time| {
                let local = jiff::tz::TimeZone::system().to_datetime(time);
                local.strftime("%Y-%m-%d %H:%M").to_string()
            },
        );
        text.push_str(&format!(
            "{number:>2}  {:<15} added {added}\n",
            name_of(entry.kind)
        ));
    }
    show(&text)
}

/// Removes the entry with this number, or all.
fn remove(number: Option<usize>, config: &Path) -> Result<(), Failure> {
    let document = Document::open(config)?;
    let mut identifiers = document.config.known_identifiers.clone();
    let count = identifiers.values.len();
    match number {
        None => identifiers = KnownIdentifiers::default(),
        Some(number) if (1..=count).contains(&number) => {
            identifiers.values.remove(number - 1);
        }
        Some(number) => {
            return Err(Failure::Usage(format!(
                "there is no identifier {number}; {} has {count}: gasket identifiers list --config {}",
                config.display(),
                config.display()
            )));
        }
    }
    let left = identifiers.values.len();
    document.save(&identifiers)?;
    show(&format!("Removed {}; {left} left.\n", count - left))
}
