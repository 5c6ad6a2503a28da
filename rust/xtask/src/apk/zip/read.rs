//! Reading: by the central directory, as every tool that matters does.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;

use super::{CENTRAL_HEADER, END, END_64, LOCAL_HEADER};
use crate::apk::error::{Error, Result};
use crate::apk::files;

/// How a member lies in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// As it is.
    Stored,
    /// Deflated.
    Deflated,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    method: Method,
    offset: usize,
    compressed: usize,
    size: usize,
    crc: u32,
}

/// An archive, in memory.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    bytes: Vec<u8>,
    entries: BTreeMap<String, Entry>,
}

impl Archive {
    /// Opens an archive; its members' names are sorted.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::new(path, files::read(path)?)
    }

    fn new(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let broken = |what: &str| Error::input(path.display(), format!("no zip archive: {what}"));
        let end = end_record(&bytes).ok_or_else(|| broken("it has no end record"))?;
        let mut at = u32_at(&bytes, end + 16).ok_or_else(|| broken("its end is cut off"))? as usize;
        let mut entries = BTreeMap::new();
        // The end record's count has two bytes only, and the framework's jar holds more members than that.
        while u32_at(&bytes, at) == Some(CENTRAL_HEADER) {
            let (name, entry, next) =
                central_entry(&bytes, at).ok_or_else(|| broken("its directory is cut off"))?;
            if entries.insert(name.clone(), entry).is_some() {
                return Err(broken(&format!("it holds {name} twice")));
            }
            at = next;
        }
        let ends = [END, END_64];
        if !u32_at(&bytes, at).is_some_and(|signature| ends.contains(&signature)) {
            return Err(broken("its directory does not lead to its end"));
        }
        Ok(Self {
            path: path.to_owned(),
            bytes,
            entries,
        })
    }

    /// The names of all members that are no folders, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.entries.keys().map(String::as_str);
        names.filter(|name| !name.ends_with('/'))
    }

    /// Whether there is such a member.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// How a member lies in the archive, and at which offset its data begins.
    pub(crate) fn place(&self, name: &str) -> Result<(Method, usize)> {
        let entry = self.entry(name)?;
        Ok((entry.method, self.data_offset(name, entry)?))
    }

    /// The bytes of a member, checked against their checksum.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>> {
        let entry = self.entry(name)?;
        let start = self.data_offset(name, entry)?;
        let data = start
            .checked_add(entry.compressed)
            .and_then(|end| self.bytes.get(start..end))
            .ok_or_else(|| self.broken(name, "it is cut off"))?;
        let content = match entry.method {
            Method::Stored => data.to_vec(),
            Method::Deflated => {
                let mut content = Vec::new();
                // One byte more than it says, so that a longer one is noticed.
                DeflateDecoder::new(data)
                    .take(entry.size as u64 + 1)
                    .read_to_end(&mut content)
                    .map_err(|error| self.broken(name, &error.to_string()))?;
                content
            }
        };
        let mut crc = flate2::Crc::new();
        crc.update(&content);
        if content.len() != entry.size || crc.sum() != entry.crc {
            return Err(self.broken(name, "its size or checksum is wrong"));
        }
        Ok(content)
    }

    fn entry(&self, name: &str) -> Result<Entry> {
        let entry = self.entries.get(name).copied();
        entry.ok_or_else(|| Error::input(self.path.display(), format!("it holds no {name}")))
    }

    fn data_offset(&self, name: &str, entry: Entry) -> Result<usize> {
        let header = entry.offset;
        (|| {
            if u32_at(&self.bytes, header)? != LOCAL_HEADER {
                return None;
            }
            let lengths = u16_at(&self.bytes, header + 26)? + u16_at(&self.bytes, header + 28)?;
            Some(header + 30 + lengths)
        })()
        .ok_or_else(|| self.broken(name, "its local header is missing"))
    }

    fn broken(&self, name: &str, what: &str) -> Error {
        Error::input(format!("{}: {name}", self.path.display()), what)
    }
}

fn end_record(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(22)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last)
        .rev()
        .find(|at| u32_at(bytes, *at) == Some(END))
}

fn central_entry(bytes: &[u8], at: usize) -> Option<(String, Entry, usize)> {
    if u32_at(bytes, at)? != CENTRAL_HEADER {
        return None;
    }
    let method = match u16_at(bytes, at + 10)? {
        0 => Method::Stored,
        8 => Method::Deflated,
        _ => return None,
    };
    let (name, extra, comment) = (
        u16_at(bytes, at + 28)?,
        u16_at(bytes, at + 30)?,
        u16_at(bytes, at + 32)?,
    );
    let entry = Entry {
        method,
        crc: u32_at(bytes, at + 16)?,
        compressed: u32_at(bytes, at + 20)? as usize,
        size: u32_at(bytes, at + 24)? as usize,
        offset: u32_at(bytes, at + 42)? as usize,
    };
    let start = at + 46;
    let text = String::from_utf8(bytes.get(start..start + name)?.to_vec()).ok()?;
    Some((text, entry, start + name + extra + comment))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_le_bytes(two.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}
