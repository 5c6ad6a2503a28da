//! The libraries and tools that come as Maven artifacts: wanted, resolved once, locked, fetched, verified.

mod coordinate;
mod list;
mod lock;
mod maven;
mod pom;
mod resolve;
mod version;

use std::path::{Path, PathBuf};

pub(crate) use coordinate::{Artifact, Kind};
pub(crate) use lock::{Locked, Set};

use super::error::{Error, Result};
use super::files;
use lock::Lock;
use maven::Maven;

/// The hand-written list of what is wanted, from the root of the workspace.
const LIST: &str = "android/libraries.list";

/// The checked-in list of what that resolved to.
const LOCK: &str = "android/libraries.lock";

/// The locked artifacts, with the place where their files are kept.
#[derive(Debug)]
pub(crate) struct Libraries {
    lock: Lock,
    folder: PathBuf,
    maven: Maven,
}

impl Libraries {
    /// Reads the lock file; `target` is the folder of build products.
    pub(crate) fn open(target: &Path) -> Result<Self> {
        let text = files::read_text(&crate::root().join(LOCK))?;
        Ok(Self {
            lock: Lock::parse(LOCK, &text)?,
            folder: target.join("libraries"),
            maven: Maven::new(target),
        })
    }

    /// Everything in one of these sets, fetched where it is not there, and verified.
    pub(crate) fn fetch(&self, sets: &[Set]) -> Result<Vec<(Artifact, PathBuf)>> {
        let wanted: Vec<&Locked> = self.lock.in_sets(sets).collect();
        let missing: Vec<Artifact> = wanted
            .iter()
            .map(|locked| &locked.artifact)
            .filter(|artifact| !artifact.file_in(&self.folder).is_file())
            .cloned()
            .collect();
        if !missing.is_empty() {
            println!("fetching {} libraries", missing.len());
            self.maven.copy(&missing, &self.folder)?;
        }
        wanted
            .into_iter()
            .map(|locked| {
                let path = locked.artifact.file_in(&self.folder);
                verify(locked, &path)?;
                Ok((locked.artifact.clone(), path))
            })
            .collect()
    }

    /// The file of the one artifact that has this `group:artifact`.
    pub(crate) fn one(&self, set: Set, module: &str) -> Result<PathBuf> {
        let found = self.fetch(&[set])?;
        let found = found
            .into_iter()
            .find(|(artifact, _)| artifact.module() == module);
        let (_, path) = found
            .ok_or_else(|| Error::input(LOCK, format!("has no {module} in [{}]", set.name())))?;
        Ok(path)
    }
}

/// Refuses a file that is not the locked one, and removes it so that it is fetched anew.
fn verify(locked: &Locked, path: &Path) -> Result<()> {
    let found = files::sha256(path)?;
    if found == locked.sha256 {
        return Ok(());
    }
    files::remove(path)?;
    Err(Error::input(
        &locked.artifact,
        format!(
            "what Maven brought has the SHA-256 {found}, {LOCK} has {}; it is removed and not used. \
             Run again to fetch it anew; if it differs again, ask who changed it before `cargo xtask lock`",
            locked.sha256
        ),
    ))
}

/// `cargo xtask lock`: resolves the list anew and writes the lock file.
pub(crate) fn lock(target: &Path) -> Result<()> {
    let list_path = crate::root().join(LIST);
    let list = list::List::parse(LIST, &files::read_text(&list_path)?)?;
    let maven = Maven::new(target);
    let folder = target.join("libraries");
    let resolved = resolve::resolve(&list, &maven, &folder)?;
    let artifacts: Vec<Artifact> = resolved
        .iter()
        .map(|(artifact, _)| artifact.clone())
        .collect();
    let missing: Vec<Artifact> = artifacts
        .into_iter()
        .filter(|artifact| !artifact.file_in(&folder).is_file())
        .collect();
    if !missing.is_empty() {
        maven.copy(&missing, &folder)?;
    }
    let mut locked = Vec::new();
    for (artifact, sets) in resolved {
        let sha256 = files::sha256(&artifact.file_in(&folder))?;
        locked.push(Locked {
            artifact,
            sets,
            sha256,
        });
    }
    let lock = Lock::new(locked);
    files::write(&crate::root().join(LOCK), lock.to_string())?;
    println!("{LOCK}: {} artifacts", lock.len());
    Ok(())
}
