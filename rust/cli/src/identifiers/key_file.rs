//! A key (of the identifiers that the user typed in, of what was learned): 32 random bytes in a file of
//! their own.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use gasket_core::inspect::content::known::{IdentifierKey, KEY_LEN};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::failure::Failure;
use crate::whole_file;

/// Permissions of a key: its owner's alone.
const MODE: u32 = 0o600;

/// Where the key of a file is unless another place is named.
pub(crate) fn beside(config: &Path) -> PathBuf {
    let mut path = config.as_os_str().to_owned();
    path.push(".key");
    PathBuf::from(path)
}

/// Reads the key at `path` of the identifiers in `config`. One that others may read is refused.
pub(crate) fn read(path: &Path, config: &Path) -> Result<IdentifierKey, Failure> {
    find(path)?.ok_or_else(|| missing(path, config))
}

/// Reads the key at `path`, if there is one. One that others may read is refused.
pub(crate) fn find(path: &Path) -> Result<Option<IdentifierKey>, Failure> {
    let Some(bytes) = private(path, KEY_LEN as u64)? else {
        return Ok(None);
    };
    let key = IdentifierKey::new(&bytes)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok(Some(key))
}

/// Reads a file that only its owner may read, if there is one: `most` bytes, and one more where there are more.
pub(crate) fn private(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Failure> {
    let refuse = |what: String| Failure::Usage(format!("{}: {what}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(format!("the key cannot be opened: {error}"))),
    };
    let unreadable = |error: io::Error| refuse(format!("the key cannot be read: {error}"));
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o777;
    if mode & !MODE != 0 {
        return Err(refuse(format!(
            "others than its owner may use this key (mode {mode:04o}); to change that: chmod {MODE:o} {}",
            path.display()
        )));
    }
    whole_file::beginning(file, most)
        .map(Some)
        .map_err(unreadable)
}

/// A key that nobody keeps.
pub(crate) fn random() -> Result<IdentifierKey, Failure> {
    IdentifierKey::new(&random_bytes()?).map_err(|error| Failure::Other(error.to_string()))
}

/// As many as a key has, of the system.
pub(crate) fn random_bytes() -> Result<[u8; KEY_LEN], Failure> {
    let mut bytes = [0; KEY_LEN];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += getrandom(rest, GetRandomFlags::empty())
            .map_err(|error| Failure::Other(format!("no random bytes: {error}")))?;
    }
    Ok(bytes)
}

/// Makes a key at `path`, where nothing may be yet.
pub(crate) fn create(path: &Path) -> Result<IdentifierKey, Failure> {
    create_private(path, &random_bytes()?)?;
    // Read back: where a file system keeps no permissions, it shows now.
    find(path)?.ok_or_else(|| Failure::Other(format!("{}: it is gone again", path.display())))
}

/// Makes a file that only its owner may read, where nothing may be yet.
pub(crate) fn create_private(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let refuse =
        |error: io::Error| Failure::Usage(format!("{}: cannot be made: {error}", path.display()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(path)
        .map_err(refuse)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .map_err(refuse)
}

fn missing(path: &Path, config: &Path) -> Failure {
    let (key, config) = (path.display(), config.display());
    Failure::Usage(format!(
        "{key}: the key of the identifiers in {config} is not there, so that they cannot be looked for.\n\
         Put it back, or say where it is; if it is lost: gasket identifiers remove --all --config {config}"
    ))
}
