//! Writing: the same members give the same bytes, and stored members lie where a phone can map them.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::{CENTRAL_HEADER, END, LOCAL_HEADER};

/// 1980-01-01, the first day a zip archive can tell; no build time enters.
const DATE: u16 = (1 << 5) | 1;

/// The extra field that zipalign defined for padding.
const ALIGNMENT_FIELD: u16 = 0xd935;

/// A stored member's data begin at a multiple of this, in bytes, as resources are mapped.
pub(crate) const ALIGNMENT: usize = 4;

/// How often the best division is sought.
const PASSES: std::num::NonZeroU64 = std::num::NonZeroU64::new(5).unwrap();

/// How a member lies in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As it is, and aligned.
    Stored,
    /// Deflated in moments.
    Deflated,
    /// Deflated in seconds, and by 2.5 % smaller: for what people download.
    Squeezed,
}

/// One file of an archive.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Its name in the archive.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) content: Vec<u8>,
    /// How it is packed.
    pub(crate) packing: Packing,
}

/// An archive of these members, in this order.
///
/// `None` where the archive would outgrow the format without its 64-bit extension.
pub(crate) fn write(members: &[Member]) -> Option<Vec<u8>> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for member in members {
        let mut crc = flate2::Crc::new();
        crc.update(&member.content);
        let data = match member.packing {
            Packing::Stored => member.content.clone(),
            Packing::Deflated => deflate(&member.content)?,
            Packing::Squeezed => squeeze(&member.content)?,
        };
        let stored = member.packing == Packing::Stored;
        let offset = u32::try_from(archive.len()).ok()?;
        let extra = match stored {
            true => padding(archive.len() + 30 + member.name.len()),
            false => Vec::new(),
        };
        let mut common = Vec::new();
        u16_to(&mut common, 20);
        // UTF-8 names.
        u16_to(&mut common, 0x0800);
        u16_to(&mut common, if stored { 0 } else { 8 });
        u16_to(&mut common, 0);
        u16_to(&mut common, DATE);
        u32_to(&mut common, crc.sum());
        u32_to(&mut common, u32::try_from(data.len()).ok()?);
        u32_to(&mut common, u32::try_from(member.content.len()).ok()?);
        u16_to(&mut common, u16::try_from(member.name.len()).ok()?);

        u32_to(&mut archive, LOCAL_HEADER);
        archive.extend(&common);
        u16_to(&mut archive, u16::try_from(extra.len()).ok()?);
        archive.extend(member.name.as_bytes());
        archive.extend(&extra);
        archive.extend(&data);

        u32_to(&mut directory, CENTRAL_HEADER);
        u16_to(&mut directory, 20);
        directory.extend(&common);
        // No extra field here, no comment, first disk, no attributes.
        directory.extend([0; 12]);
        u32_to(&mut directory, offset);
        directory.extend(member.name.as_bytes());
    }
    let start = u32::try_from(archive.len()).ok()?;
    let count = u16::try_from(members.len()).ok()?;
    archive.extend(&directory);
    u32_to(&mut archive, END);
    u32_to(&mut archive, 0);
    u16_to(&mut archive, count);
    u16_to(&mut archive, count);
    u32_to(&mut archive, u32::try_from(directory.len()).ok()?);
    u32_to(&mut archive, start);
    u16_to(&mut archive, 0);
    Some(archive)
}

/// An extra field after which the data, beginning `before` bytes into the file without it, is aligned.
fn padding(before: usize) -> Vec<u8> {
    let head = 6;
    let zeros = (before + head).next_multiple_of(ALIGNMENT) - (before + head);
    let mut field = Vec::with_capacity(head + zeros);
    u16_to(&mut field, ALIGNMENT_FIELD);
    u16_to(&mut field, (2 + zeros) as u16);
    u16_to(&mut field, ALIGNMENT as u16);
    field.resize(head + zeros, 0);
    field
}

fn deflate(content: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).ok()?;
    encoder.finish().ok()
}

fn squeeze(content: &[u8]) -> Option<Vec<u8>> {
    let mut squeezed = Vec::new();
    let options = zopfli::Options {
        iteration_count: PASSES,
        ..zopfli::Options::default()
    };
    zopfli::compress(options, zopfli::Format::Deflate, content, &mut squeezed).ok()?;
    Some(squeezed)
}

fn u16_to(bytes: &mut Vec<u8>, value: u16) {
    bytes.extend(value.to_le_bytes());
}

fn u32_to(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend(value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::{Archive, Method};
    use super::*;

    fn members() -> Vec<Member> {
        let member = |name: &str, content: &[u8], packing| Member {
            name: name.to_owned(),
            content: content.to_vec(),
            packing,
        };
        vec![
            member("AndroidManifest.xml", &[7; 3000], Packing::Deflated),
            member("classes.dex", &[7; 3000], Packing::Squeezed),
            member("resources.arsc", b"odd", Packing::Stored),
            member("res/one.png", &[1; 101], Packing::Stored),
            member("res/two.png", &[2; 100], Packing::Stored),
        ]
    }

    #[test]
    fn what_is_written_can_be_read_and_lies_aligned() {
        let folder = std::env::temp_dir().join(format!("gasket-zip-{}", std::process::id()));
        let path = folder.join("a.zip");
        crate::apk::files::write(&path, write(&members()).unwrap()).unwrap();
        let archive = Archive::open(&path).unwrap();
        crate::apk::files::remove(&folder).unwrap();
        for member in members() {
            assert_eq!(archive.read(&member.name).unwrap(), member.content);
            let (method, offset) = archive.place(&member.name).unwrap();
            match member.packing {
                Packing::Deflated | Packing::Squeezed => assert_eq!(method, Method::Deflated),
                Packing::Stored => {
                    assert_eq!(method, Method::Stored);
                    assert_eq!(offset % ALIGNMENT, 0, "{}", member.name);
                }
            }
        }
        assert_eq!(archive.names().count(), 5);
    }

    #[test]
    fn the_same_members_give_the_same_bytes() {
        assert_eq!(write(&members()), write(&members()));
    }
}
