//! Jars of our own classes.

use std::path::Path;

use super::error::{Error, Result};
use super::files;
use super::zip::{Member, Packing, write};

/// Packs all files under a folder, sorted, without times.
pub(crate) fn pack(folder: &Path, output: &Path) -> Result<()> {
    let mut members = Vec::new();
    for file in files::under(folder)? {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        members.push(Member {
            name: name.to_string_lossy().into_owned(),
            content: files::read(&file)?,
            packing: Packing::Deflated,
        });
    }
    let archive =
        write(&members).ok_or_else(|| Error::input(output.display(), "outgrew the zip format"))?;
    files::write(output, archive)
}
