//! Files that are read whole, up to a size, and written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What a person may have written, or another program for them: rules, configs, samples, bundles.
pub(crate) const LARGEST: u64 = 64 << 20;

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// That it cannot be read, or is larger.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let bytes = beginning(File::open(path)?, most)?;
    if bytes.len() as u64 > most {
        let told = format!("larger than {most} bytes, and no such file is; is it another?");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, told));
    }
    Ok(bytes)
}

/// Reads `most` bytes, and one more where there is more: that shows it.
pub(crate) fn beginning(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text of at most [`LARGEST`] bytes.
///
/// # Errors
/// That it cannot be read, is larger, or is no text.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path, LARGEST)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a text in UTF-8"))
}

/// Puts a file with this content and these permissions into the place of `path`; what was there stays as
/// it is where that fails.
pub(crate) fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".{}.new", std::process::id()));
    let new = PathBuf::from(new);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&new)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}
