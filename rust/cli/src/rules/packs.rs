//! Packs of rules: `gasket rules pack|sign|verify`, and the pack that a command judges by.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gasket_core::rules::Pack;
use gasket_core::rules::signed::{
    self, LARGEST_PACK, PackFileError, PublicKey, RELEASE_KEYS, RulesInUse, SignedPack, Version,
};

use super::{check, keys, sources};
use crate::failure::Failure;
use crate::terminal::harmless;
use crate::whole_file;

/// The rules of the pack at `path`, where one is named, else the built-in ones.
pub(crate) fn in_use(path: Option<&Path>, keys: &[PathBuf]) -> Result<Arc<Pack>, Failure> {
    let mut rules = RulesInUse::built_in();
    if let Some(path) = path {
        rules
            .replace(&read(path)?, &trusted(keys)?)
            .map_err(|error| Failure::Usage(refused(path, &error)))?;
    }
    Ok(Arc::clone(rules.pack()))
}

/// Makes a pack of all rules in a folder.
pub(super) fn make(folder: &Path, output: &Path, date: Option<Version>) -> Result<String, Failure> {
    if !folder.is_dir() {
        return Err(Failure::Usage(format!(
            "{}: not a folder",
            folder.display()
        )));
    }
    let folders = [folder.to_owned()];
    let checked = check::run(&folders)?;
    let sources = sources::read(&folders)?;
    let mut rules = Vec::new();
    for source in &sources {
        let name = source.path.strip_prefix(folder).ok().and_then(Path::to_str);
        let unnamed = || Failure::Usage(format!("{}: a name that is no text", source.name));
        rules.push((name.ok_or_else(unnamed)?, source.text.as_str()));
    }
    let date = match date {
        Some(date) => date,
        None => today()?,
    };
    let pack = signed::pack(date, &rules).map_err(|error| Failure::Other(error.to_string()))?;
    write(output, &pack)?;
    Ok(format!(
        "{checked}{}: {} of {date}, not signed yet\n",
        output.display(),
        counted(rules.len())
    ))
}

/// Signs a pack, in its place.
pub(super) fn sign(key: &Path, path: &Path) -> Result<String, Failure> {
    let key = keys::secret(key)?;
    let signed = signed::sign(&read(path)?, &key);
    let signed = signed.map_err(|error| Failure::Usage(refused(path, &error)))?;
    write(path, &signed)?;
    Ok(format!(
        "{}: signed with {}\n",
        path.display(),
        key.public()
    ))
}

/// What a pack is and would change, if it is one that would be used.
pub(super) fn verify(keys: &[PathBuf], path: &Path) -> Result<String, Failure> {
    let (file, trusted) = (read(path)?, trusted(keys)?);
    let wrong = |error: PackFileError| Failure::Other(refused(path, &error));
    let pack = SignedPack::open(&file, &trusted).map_err(wrong)?;
    RulesInUse::built_in()
        .replace(&file, &trusted)
        .map_err(wrong)?;
    let mut text = format!(
        "{}: signed, and sound\n  version  {} ({})\n  signer   {}\n  rules    {}\n",
        path.display(),
        pack.version(),
        pack.fingerprint(),
        pack.signer(),
        pack.pack().rules().len(),
    );
    let changes = pack.changes();
    let kinds = [
        ("new", &changes.added),
        ("changed", &changes.changed),
        ("gone", &changes.removed),
    ];
    if kinds.iter().all(|(_, rules)| rules.is_empty()) {
        text.push_str("  the same rules as the built-in ones\n");
    }
    for (word, rules) in kinds {
        for (id, title) in rules {
            let _ = writeln!(text, "  {word:<8} {id}  {}", harmless(title));
        }
    }
    Ok(text)
}

fn trusted(files: &[PathBuf]) -> Result<Vec<PublicKey>, Failure> {
    let mut trusted = RELEASE_KEYS.to_vec();
    trusted.extend(keys::public(files)?);
    Ok(trusted)
}

fn refused(path: &Path, error: &PackFileError) -> String {
    let mut text = format!("{}: {error}", path.display());
    if matches!(error, PackFileError::UnknownSigner(_)) && RELEASE_KEYS.is_empty() {
        text.push_str(
            "\nGasket has no key of its own yet; name the signer's (PEM) if you trust it",
        );
    }
    text
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    File::open(path)
        .and_then(|file| whole_file::beginning(file, LARGEST_PACK as u64))
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn write(path: &Path, pack: &[u8]) -> Result<(), Failure> {
    whole_file::replace(path, pack, 0o644)
        .map_err(|error| Failure::Other(format!("{}: {error}", path.display())))
}

fn today() -> Result<Version, Failure> {
    let date = jiff::tz::TimeZone::UTC
        .to_datetime(jiff::Timestamp::now())
        .date();
    let version = date.to_string().parse();
    version.map_err(|_| Failure::Usage(format!("the clock says {date}; name the pack's --date")))
}

fn counted(rules: usize) -> String {
    match rules {
        1 => "1 rule".to_owned(),
        rules => format!("{rules} rules"),
    }
}
