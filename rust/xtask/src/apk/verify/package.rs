//! The archive: alignment, sizes, ABIs.

use std::collections::BTreeSet;
use std::path::Path;

use super::wrong;
use crate::apk::error::{Error, Result};
use crate::apk::project::Variant;
use crate::apk::zip::{ALIGNMENT, Archive, Method};

const MEGABYTE: u64 = 1 << 20;
const LARGEST_APK: u64 = 5 * MEGABYTE;
const LARGEST_LIBRARY: usize = 3 << 20;
/// The largest page of a phone, in bytes.
const PAGE: u64 = 16 << 10;

/// The table is stored, and stored members lie where they can be mapped; native libraries are
/// deflated (docs/decisions/0006).
pub(super) fn alignment(archive: &Archive) -> Result<String> {
    let mut stored = 0;
    for name in archive.names() {
        let (method, offset) = archive.place(name)?;
        let deflated = method == Method::Deflated;
        if deflated && name == "resources.arsc" {
            return Err(wrong(format!("{name} is deflated; expected it stored")));
        }
        if !deflated && name.ends_with(".so") {
            return Err(wrong(format!("{name} is stored; expected it deflated")));
        }
        if deflated {
            continue;
        }
        if !offset.is_multiple_of(ALIGNMENT) {
            return Err(wrong(format!(
                "{name} lies at {offset}, no multiple of {ALIGNMENT}"
            )));
        }
        stored += 1;
    }
    Ok(format!(
        "{stored} stored members at words, libraries deflated"
    ))
}

/// A release stays small; a debug build is only measured.
pub(super) fn size(apk: &Path, archive: &Archive, variant: Variant) -> Result<String> {
    let size = std::fs::metadata(apk)
        .map_err(Error::io("read", apk))?
        .len();
    let mut parts = vec![format!("{size} bytes")];
    for name in archive.names() {
        if !name.ends_with(".so") && !name.ends_with(".dex") {
            continue;
        }
        let bytes = archive.read(name)?.len();
        if name.ends_with(".so") && bytes > LARGEST_LIBRARY {
            return Err(wrong(format!("{name} has {bytes} bytes; at most 3 MB")));
        }
        parts.push(format!("{name} {bytes}"));
    }
    if variant == Variant::Release && size > LARGEST_APK {
        return Err(wrong(format!("{}; at most 5 MB", parts.join(", "))));
    }
    Ok(parts.join(", "))
}

/// Exactly the ABIs asked for, each with the same libraries, pages of 16 KiB.
pub(super) fn abis(archive: &Archive, expected: &[&str]) -> Result<String> {
    let mut found: BTreeSet<(&str, &str)> = BTreeSet::new();
    for name in archive.names() {
        if let Some((abi, library)) = name
            .strip_prefix("lib/")
            .and_then(|rest| rest.split_once('/'))
        {
            found.insert((abi, library));
            if let Some(problem) = segment_problem(&archive.read(name)?) {
                return Err(wrong(format!("{name}: {problem}")));
            }
        }
    }
    let abis: BTreeSet<&str> = found.iter().map(|(abi, _)| *abi).collect();
    let expected: BTreeSet<&str> = expected.iter().copied().collect();
    let libraries: BTreeSet<&str> = found.iter().map(|(_, library)| *library).collect();
    if abis != expected {
        return Err(wrong(format!("expected {expected:?}, found {abis:?}")));
    }
    if found.len() != abis.len() * libraries.len() {
        return Err(wrong(format!("not every ABI has every library: {found:?}")));
    }
    Ok(format!("{abis:?} with {libraries:?}"))
}

/// What is wrong with the alignment of an ELF file's loaded segments.
fn segment_problem(elf: &[u8]) -> Option<String> {
    let number = |at: usize, length: usize| -> Option<u64> {
        let bytes = elf.get(at..at + length)?;
        let fold = |value, byte: &u8| (value << 8) | u64::from(*byte);
        Some(bytes.iter().rev().fold(0, fold))
    };
    let segments = || -> Option<Vec<(u64, u64)>> {
        if elf.get(..4)? != b"\x7fELF" {
            return None;
        }
        let wide = elf.get(4)? == &2;
        // Offset and count of the program headers, then in each its type and alignment.
        let (table, size, count, alignment) = match wide {
            true => (number(32, 8)?, number(54, 2)?, number(56, 2)?, (48, 8)),
            false => (number(28, 4)?, number(42, 2)?, number(44, 2)?, (28, 4)),
        };
        (0..count)
            .map(|index| {
                let at = usize::try_from(table + index * size).ok()?;
                Some((number(at, 4)?, number(at + alignment.0, alignment.1)?))
            })
            .collect()
    };
    let Some(segments) = segments() else {
        return Some("is no ELF file".to_owned());
    };
    let loaded = segments.into_iter().filter(|(kind, _)| *kind == 1);
    loaded
        .filter(|(_, alignment)| *alignment < PAGE)
        .map(|(_, alignment)| format!("a segment is aligned to {alignment}; expected {PAGE}"))
        .next()
}

/// Nothing that says where or when it was built, and nothing that only tools read.
pub(super) fn contents(archive: &Archive) -> Result<String> {
    let expected = |name: &str| {
        matches!(name, "AndroidManifest.xml" | "resources.arsc")
            || (name.starts_with("classes") && name.ends_with(".dex"))
            || name.starts_with("res/")
            || name.starts_with("assets/")
            || (name.starts_with("lib/") && name.ends_with(".so"))
            || name.starts_with("META-INF/services/")
    };
    let strangers: Vec<&str> = archive.names().filter(|name| !expected(name)).collect();
    // Nothing else would miss it: without it the app works and says less.
    for asset in ["assets/places.bin", "assets/licences.json"] {
        if !archive.contains(asset) {
            return Err(wrong(format!("{asset} is missing")));
        }
    }
    if strangers.is_empty() {
        return Ok(format!("{} members", archive.names().count()));
    }
    Err(wrong(format!("unexpected: {}", strangers.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit file with one loaded segment of this alignment.
    fn elf(alignment: u64) -> Vec<u8> {
        let mut elf = vec![0; 64 + 56];
        elf[..5].copy_from_slice(b"\x7fELF\x02");
        elf[32] = 64;
        elf[54] = 56;
        elf[56] = 1;
        elf[64] = 1;
        elf[64 + 48..64 + 56].copy_from_slice(&alignment.to_le_bytes());
        elf
    }

    #[test]
    fn segments_of_small_pages_are_refused() {
        assert_eq!(segment_problem(&elf(16 * 1024)), None);
        assert!(segment_problem(&elf(4096)).unwrap().contains("4096"));
        assert!(segment_problem(b"text").unwrap().contains("ELF"));
    }
}
