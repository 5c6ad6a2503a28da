//! Reads capture files: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).
//!
//! Each record is handed out as it is read, so that what comes before a damaged place is used, and
//! the damage is told with its offset.

use std::fmt;
use std::io::{self, Read};

use serde::Serialize;

mod next_generation;
#[cfg(test)]
mod tests;

use next_generation::Section;

/// Longest record accepted, in bytes. libpcap's own limit is 256 KiB for every link type read here
/// (`MAXIMUM_SNAPLEN`); a longer one means that the file is damaged.
const MAX_RECORD: u32 = 1 << 20;

/// Where and why reading had to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Bytes from the beginning of the file to what could not be read.
    pub offset: u64,
    /// What was expected there, and what was found.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.what)
    }
}

/// One captured packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: u64,
    /// Link type (tcpdump.org/linktypes.html).
    pub link: u16,
    /// The captured bytes.
    pub bytes: Vec<u8>,
    /// Whether the packet was longer than what was captured of it.
    pub cut: bool,
}

/// Byte order of a file or section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The 32-bit word at `at`; `None` beyond the end.
    fn word(self, bytes: &[u8], at: usize) -> Option<u32> {
        Some(self.u32(*bytes.get(at..)?.first_chunk()?))
    }

    /// The 16-bit half-word at `at`; `None` beyond the end.
    fn half(self, bytes: &[u8], at: usize) -> Option<u16> {
        Some(self.u16(*bytes.get(at..)?.first_chunk()?))
    }
}

/// The layout of a classic pcap file.
#[derive(Debug)]
struct Classic {
    order: Order,
    /// Nanoseconds in one unit of the sub-second field.
    unit: u64,
    link: u16,
    /// Bytes of a record's header; Kuznetzov's variant has eight more.
    header: usize,
}

#[derive(Debug)]
enum Format {
    Classic(Classic),
    NextGeneration(Section),
}

/// A capture being read.
#[derive(Debug)]
pub struct Capture<R> {
    source: Source<R>,
    format: Format,
}

impl<R: Read> Capture<R> {
    /// Reads the file's header.
    pub fn open(source: R) -> Result<Self, Damage> {
        let mut source = Source {
            inner: source,
            offset: 0,
        };
        let magic = source.fill::<4>("a capture file's first four bytes")?;
        let classic = |order, unit, header| Some((order, unit, header));
        let layout = match magic {
            [0xa1, 0xb2, 0xc3, 0xd4] => classic(Order::Big, 1_000, 16),
            [0xd4, 0xc3, 0xb2, 0xa1] => classic(Order::Little, 1_000, 16),
            [0xa1, 0xb2, 0x3c, 0x4d] => classic(Order::Big, 1, 16),
            [0x4d, 0x3c, 0xb2, 0xa1] => classic(Order::Little, 1, 16),
            [0xa1, 0xb2, 0xcd, 0x34] => classic(Order::Big, 1_000, 24),
            [0x34, 0xcd, 0xb2, 0xa1] => classic(Order::Little, 1_000, 24),
            next_generation::SECTION => None,
            other => return Err(not_a_capture(other)),
        };
        let format = match layout {
            Some((order, unit, header)) => {
                let rest = source.fill::<20>("the rest of the 24-byte pcap header")?;
                Format::Classic(Classic {
                    order,
                    unit,
                    // The upper half holds the frame check sequence's length.
                    link: (order.word(&rest, 16).unwrap_or_default() & 0xffff) as u16,
                    header,
                })
            }
            None => Format::NextGeneration(Section::open(&mut source)?),
        };
        Ok(Self { source, format })
    }

    /// Bytes of the file that were read so far.
    pub fn offset(&self) -> u64 {
        self.source.offset
    }

    /// The next packet; `None` at the file's end.
    pub fn next_record(&mut self) -> Result<Option<Record>, Damage> {
        match &mut self.format {
            Format::Classic(classic) => classic.next(&mut self.source),
            Format::NextGeneration(section) => section.next(&mut self.source),
        }
    }
}

impl Classic {
    fn next(&self, source: &mut Source<impl Read>) -> Result<Option<Record>, Damage> {
        let at = source.offset;
        let mut header = [0; 24];
        let header = &mut header[..self.header];
        if !source.fill_or_end(header, "a record's header")? {
            return Ok(None);
        }
        let word = |at| self.order.word(header, at).unwrap_or_default();
        let (seconds, fraction, captured, original) = (word(0), word(4), word(8), word(12));
        if captured > MAX_RECORD {
            return Err(Damage {
                offset: at,
                what: format!(
                    "this record claims {captured} bytes; no packet is longer than {MAX_RECORD}"
                ),
            });
        }
        Ok(Some(Record {
            time_ns: u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * self.unit,
            link: self.link,
            bytes: source.take(captured as usize, "the record's packet")?,
            cut: captured < original,
        }))
    }
}

fn not_a_capture(magic: [u8; 4]) -> Damage {
    let [a, b, c, d] = magic;
    let hint = match magic {
        [0x1f, 0x8b, ..] => "; it is compressed with gzip: decompress it first",
        [0x28, 0xb5, 0x2f, 0xfd] => "; it is compressed with zstd: decompress it first",
        _ => "",
    };
    Damage {
        offset: 0,
        what: format!(
            "expected a pcap or pcapng file, found {a:02x} {b:02x} {c:02x} {d:02x}{hint}"
        ),
    }
}

/// The file, with a count of what was read.
#[derive(Debug)]
struct Source<R> {
    inner: R,
    offset: u64,
}

impl<R: Read> Source<R> {
    /// The next `N` bytes.
    fn fill<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Damage> {
        let mut buffer = [0; N];
        let offset = self.offset;
        match self.read(&mut buffer)? {
            got if got == N => Ok(buffer),
            got => Err(short(offset, what, N, got)),
        }
    }

    /// Fills `buffer`, or says `false` if the file ends right before it.
    fn fill_or_end(&mut self, buffer: &mut [u8], what: &str) -> Result<bool, Damage> {
        let offset = self.offset;
        let wanted = buffer.len();
        match self.read(buffer)? {
            0 => Ok(false),
            got if got == wanted => Ok(true),
            got => Err(short(offset, what, wanted, got)),
        }
    }

    /// The next `length` bytes; `length` has been checked against a bound.
    fn take(&mut self, length: usize, what: &str) -> Result<Vec<u8>, Damage> {
        let mut buffer = vec![0; length];
        let offset = self.offset;
        match self.read(&mut buffer)? {
            got if got == length => Ok(buffer),
            got => Err(short(offset, what, length, got)),
        }
    }

    /// Passes over `length` bytes.
    fn skip(&mut self, length: u64, what: &str) -> Result<(), Damage> {
        let offset = self.offset;
        let got = io::copy(&mut (&mut self.inner).take(length), &mut io::sink())
            .map_err(|error| unreadable(offset, &error))?;
        self.offset += got;
        if got < length {
            return Err(Damage {
                offset,
                what: format!("expected {what}, {length} bytes, but the file ends after {got}"),
            });
        }
        Ok(())
    }

    /// As much of `buffer` as the file still has.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Damage> {
        let mut got = 0;
        while let Some(free) = buffer.get_mut(got..).filter(|free| !free.is_empty()) {
            match self.inner.read(free) {
                Ok(0) => break,
                Ok(count) => got += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(self.offset + got as u64, &error)),
            }
        }
        self.offset += got as u64;
        Ok(got)
    }
}

fn short(offset: u64, what: &str, wanted: usize, got: usize) -> Damage {
    let what = match got {
        0 => format!("expected {what}, {wanted} bytes, but the file ends here"),
        got => format!("expected {what}, {wanted} bytes, but the file ends after {got}"),
    };
    Damage { offset, what }
}

fn unreadable(offset: u64, error: &io::Error) -> Damage {
    Damage {
        offset,
        what: format!("the file could not be read on: {error}"),
    }
}
