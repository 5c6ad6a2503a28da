//! The unsigned APK: what lies in it, in which order, and how it is aligned.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::shrink::Dexed;
use super::zip::{Archive, Member, Packing, write};

/// Packs everything into `output`; `native` are pairs of ABI and library.
pub(crate) fn pack(
    linked: &Path,
    dexed: &Dexed,
    native: &[(String, PathBuf)],
    output: &Path,
) -> Result<()> {
    let large = match dexed.shrunk {
        Some(_) => Packing::Squeezed,
        // A debug build is to be quick.
        None => Packing::Deflated,
    };
    let mut members = Vec::new();
    let resources = Archive::open(linked)?;
    for name in resources.names() {
        // The table must be mapped as it is: Android 11 and newer refuse another.
        let packing = match name {
            "resources.arsc" => Packing::Stored,
            _ if name.starts_with("assets/") => large,
            _ => Packing::Deflated,
        };
        members.push(member(name, resources.read(name)?, packing));
    }
    for file in files::with_extension(&dexed.dex, "dex")? {
        let name = file_name(&file);
        members.push(member(&name, files::read(&file)?, large));
    }
    for (abi, file) in native {
        // Deflated, for the installer to extract: docs/decisions/0006.
        let name = format!("lib/{abi}/{}", file_name(file));
        members.push(member(&name, files::read(file)?, large));
    }
    let services = Archive::open(&dexed.services)?;
    for name in services.names() {
        if name.starts_with("META-INF/services/") {
            members.push(member(name, services.read(name)?, Packing::Deflated));
        }
    }
    members.sort_by(|a, b| rank(&a.name).cmp(&rank(&b.name)));
    if let Some(pair) = members.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(Error::input(&pair[0].name, "would be in the APK twice"));
    }
    let bytes =
        write(&members).ok_or_else(|| Error::input(output.display(), "outgrew the zip format"))?;
    files::write(output, bytes)
}

fn member(name: &str, content: Vec<u8>, packing: Packing) -> Member {
    Member {
        name: name.to_owned(),
        content,
        packing,
    }
}

/// What an installer reads first comes first.
fn rank(name: &str) -> (u8, &str) {
    let first = match name {
        "AndroidManifest.xml" => 0,
        "classes.dex" => 1,
        "resources.arsc" => 2,
        _ => 3,
    };
    (first, name)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
