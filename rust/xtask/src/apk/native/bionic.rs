//! What a phone's own libraries export, taken from real ones.
//!
//! They are those of Android 6 (API 23), older than the oldest we run on: what they lack we must not
//! need. They come inside an artifact made for emulation, by its coordinate and checksum.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::abi::Abi;
use super::elf::Elf;
use crate::apk::error::{Error, Result};
use crate::apk::files;
use crate::apk::tool::Tool;

const ARTIFACT: &str = "com.github.zhkl0228:unidbg-android:0.9.8";
const FILE: &str = "unidbg-android-0.9.8.jar";
const SHA256: &str = "e2f71ffc5fdec4d4aaed71e7a9a2b06a9a3c7cc86316c573d1ea5bb5da8ab1fd";

/// Where the libraries are in it.
const INSIDE: &str = "android/sdk23";

/// The only libraries ours may need.
pub(super) const LIBRARIES: [&str; 4] = ["libc.so", "libdl.so", "liblog.so", "libm.so"];

/// Symbols that only Android's own libraries may use.
const PRIVATE: &str = "LIBC_PRIVATE";

/// Whether a symbol is code or data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Object,
}

/// What one library exports.
pub(super) type Exports = BTreeMap<String, Kind>;

/// The libraries by file name, with what each exports on this ABI.
pub(super) fn exports(abi: Abi, work: &Path) -> Result<BTreeMap<&'static str, Exports>> {
    let folder = unpacked(work)?.join(INSIDE).join(abi.system_folder());
    LIBRARIES
        .into_iter()
        .map(|name| {
            let path = folder.join(name);
            let file = files::read(&path)?;
            let exports = read(&file).map_err(|why| Error::input(path.display(), why))?;
            Ok((name, exports))
        })
        .collect()
}

fn read(library: &[u8]) -> std::result::Result<Exports, &'static str> {
    let symbols = Elf::parse(library)?.symbols()?;
    let public = symbols.into_iter().filter(|symbol| {
        symbol.is_defined
            && !symbol.is_local
            && symbol.version.as_deref() != Some(PRIVATE)
            // C++ has no stable names between libraries, and versions are listed as symbols.
            && !symbol.name.starts_with("_Z")
            && !symbol.name.starts_with("LIBC")
    });
    let kind = |is_object| {
        if is_object {
            Kind::Object
        } else {
            Kind::Function
        }
    };
    Ok(public
        .map(|symbol| (symbol.name, kind(symbol.is_object)))
        .collect())
}

/// The folder the artifact lies unpacked in.
fn unpacked(work: &Path) -> Result<PathBuf> {
    let jar = fetch(work)?;
    let folder = work.join("bionic");
    let stamp = folder.join("sha256");
    if files::read_text(&stamp).is_ok_and(|done| done == SHA256) {
        return Ok(folder);
    }
    files::empty_folder(&folder)?;
    Tool::new("jar")
        .in_folder(&folder)
        .arg("--extract")
        .arg("--file")
        .arg(&jar)
        .arg(INSIDE)
        .run()?;
    files::write(&stamp, SHA256)?;
    Ok(folder)
}

/// The artifact, verified.
fn fetch(work: &Path) -> Result<PathBuf> {
    let jar = work.join(FILE);
    if jar.is_file() && files::sha256(&jar)? == SHA256 {
        return Ok(jar);
    }
    files::create_folder(work)?;
    Tool::new("mvn")
        .args(["-B", "-q", "dependency:copy", "-DoverWrite=true"])
        .arg(format!("-Dartifact={ARTIFACT}"))
        .arg(format!("-DoutputDirectory={}", work.display()))
        .run()?;
    let found = files::sha256(&jar)?;
    if found != SHA256 {
        return Err(Error::input(
            ARTIFACT,
            format!("has SHA-256 {found}, where {SHA256} belongs; it was not used"),
        ));
    }
    Ok(jar)
}
