//! A zip file of stored entries (PKWARE APPNOTE 6.3.10), which every desk and phone can open.

use flate2::Crc;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";

/// Bytes of a local header before the name.
const LOCAL_LEN: usize = 30;

/// Names are in UTF-8 (general purpose bit 11).
const FLAGS: u16 = 1 << 11;

/// 1980-01-01, the earliest date: when a bundle was made says nothing.
const DATE: u16 = 0x21;

/// The fields that a local header and one of the directory have in common.
fn common(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(bytes);
    let len = bytes.len() as u32;
    let mut out = Vec::new();
    // Version 2.0 to read it; stored; time.
    for field in [20, FLAGS, 0, 0, DATE] {
        out.extend(u16::to_le_bytes(field));
    }
    for field in [crc.sum(), len, len] {
        out.extend(field.to_le_bytes());
    }
    out.extend((name.len() as u16).to_le_bytes());
    // No extra field.
    out.extend([0, 0]);
    out
}

/// The file that holds `entries`, in their order.
pub(super) fn write(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in entries {
        let offset = file.len() as u32;
        let common = common(name, bytes);
        file.extend(LOCAL);
        file.extend(&common);
        file.extend(name.bytes());
        file.extend(bytes);
        directory.extend(CENTRAL);
        // Made by version 2.0 on MS-DOS.
        directory.extend(20_u16.to_le_bytes());
        directory.extend(&common);
        // No comment, first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.bytes());
    }
    let (start, count) = (file.len() as u32, entries.len() as u16);
    file.extend(&directory);
    file.extend(END);
    file.extend([0; 4]);
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// The entries of a file that [`write`] made.
///
/// # Errors
/// The first byte that is not as [`write`] would have it.
pub(super) fn read(file: &[u8]) -> Result<Vec<(String, Vec<u8>)>, usize> {
    let mut entries = Vec::new();
    let mut at = 0;
    while file.get(at..at + 4) == Some(&LOCAL) {
        let header = file.get(at..at + LOCAL_LEN).ok_or(at)?;
        let number = |from: usize, len: usize| {
            let bytes = header.get(from..from + len).unwrap_or_default();
            bytes
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
        };
        let (len, name_len) = (number(18, 4), number(26, 2));
        let start = at + LOCAL_LEN;
        let name = file.get(start..start + name_len).ok_or(at)?;
        let name = str::from_utf8(name).map_err(|_| start)?;
        let bytes = file
            .get(start + name_len..start + name_len + len)
            .ok_or(at)?;
        entries.push((name.to_owned(), bytes.to_vec()));
        at = start + name_len + len;
    }
    let pairs: Vec<_> = entries
        .iter()
        .map(|(name, bytes)| (&**name, bytes.clone()))
        .collect();
    let whole = write(&pairs);
    let differs = whole
        .iter()
        .zip(file)
        .position(|(ours, theirs)| ours != theirs);
    match differs {
        Some(at) => Err(at),
        None if whole.len() != file.len() => Err(whole.len().min(file.len())),
        None => Ok(entries),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_any_changed_byte_is_found() {
        let entries = [("a.txt", b"one".to_vec()), ("b", Vec::new())];
        let file = write(&entries);
        let read_back = read(&file).expect("whole");
        let pairs: Vec<_> = read_back.iter().map(|(n, b)| (&**n, b.clone())).collect();
        assert_eq!(pairs, entries);
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            let other = read(&changed);
            // A changed letter of a name or content shows in the checksum or in the directory.
            assert!(other.is_err(), "byte {at}");
            assert!(read(&file[..at]).is_err(), "cut at {at}");
        }
        assert!(read(&[&*file, b"x"].concat()).is_err());
    }
}
