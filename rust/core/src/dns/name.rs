//! Domain names on the wire (RFC 1035 sections 3.1 and 4.1.4).

use super::wire::{HEADER_LEN, Malformed};

/// Octets of a name with all its length octets (RFC 1035 section 3.1).
const NAME_MAX: usize = 255;

/// A name of [`NAME_MAX`] octets holds at most 127 labels, so an honest writer never needs more
/// pointers; the bound keeps a message full of chained pointers from costing quadratic time.
const POINTERS_MAX: usize = 127;

/// Reads the name at `at`, following compression pointers, and returns it with the offset of what
/// comes after it.
///
/// The text is in lower case and without the trailing dot; the root is empty. An octet that is not
/// a printable ASCII character, and a dot or backslash inside a label, is escaped as in a zone file
/// (RFC 1035 section 5.1), so that no label can pass for two.
pub(super) fn read(octets: &[u8], at: usize) -> Result<(String, usize), Malformed> {
    let mut text = String::new();
    let end = walk(octets, at, |label| append(&mut text, label))?;
    Ok((text, end))
}

/// As [`read`], but leaves the name unwritten: of one octet that is compressed there may be a KiB to write.
pub(super) fn skip(octets: &[u8], at: usize) -> Result<(String, usize), Malformed> {
    let end = walk(octets, at, |_| {})?;
    Ok((String::new(), end))
}

/// Shows each label of the name at `at`, and returns where what comes after it begins.
pub(super) fn walk(
    octets: &[u8],
    at: usize,
    mut label: impl FnMut(&[u8]),
) -> Result<usize, Malformed> {
    let mut after = None;
    let mut segment = at;
    let mut here = at;
    let mut len = 1;
    let mut pointers = 0;
    loop {
        let head = *octets.get(here).ok_or(Malformed::Short)?;
        match head >> 6 {
            0b00 if head == 0 => return Ok(after.unwrap_or(here + 1)),
            0b00 => {
                let end = here + 1 + usize::from(head);
                let octets = octets.get(here + 1..end).ok_or(Malformed::Short)?;
                len += 1 + octets.len();
                if len > NAME_MAX {
                    return Err(Malformed::NameTooLong);
                }
                label(octets);
                here = end;
            }
            0b11 => {
                let low = *octets.get(here + 1).ok_or(Malformed::Short)?;
                let target = usize::from(head & 0x3f) << 8 | usize::from(low);
                // A *prior* occurrence: targets only ever go down, so the walk ends.
                pointers += 1;
                if target < HEADER_LEN || target >= segment || pointers > POINTERS_MAX {
                    return Err(Malformed::Pointer);
                }
                after.get_or_insert(here + 2);
                segment = target;
                here = target;
            }
            _ => return Err(Malformed::Label),
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Labels that were written out.
    pub(super) static WRITTEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn append(text: &mut String, label: &[u8]) {
    #[cfg(test)]
    WRITTEN.set(WRITTEN.get() + 1);
    if !text.is_empty() {
        text.push('.');
    }
    for &octet in label {
        match octet {
            b'.' | b'\\' => {
                text.push('\\');
                text.push(char::from(octet));
            }
            0x21..=0x7e => text.push(char::from(octet.to_ascii_lowercase())),
            _ => {
                text.push('\\');
                let digits = [octet / 100, octet / 10 % 10, octet % 10];
                text.extend(digits.map(|digit| char::from(b'0' + digit)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header's worth of padding, then `names`.
    fn message(names: &[u8]) -> Vec<u8> {
        [&[0; HEADER_LEN], names].concat()
    }

    #[test]
    fn names_are_lower_case_without_trailing_dot() {
        let message = message(b"\x03WwW\x07Example\x03org\0rest");
        assert_eq!(
            read(&message, HEADER_LEN),
            Ok(("www.example.org".to_owned(), HEADER_LEN + 17))
        );
    }

    #[test]
    fn the_root_is_empty() {
        assert_eq!(
            read(&message(b"\0"), HEADER_LEN),
            Ok((String::new(), HEADER_LEN + 1))
        );
    }

    #[test]
    fn a_pointer_is_followed_and_stepped_over() {
        let message = message(b"\x03org\0\x01a\xc0\x0c\x01b\xc0\x11");
        assert_eq!(read(&message, 17), Ok(("a.org".to_owned(), 21)));
        assert_eq!(read(&message, 21), Ok(("b.a.org".to_owned(), 25)));
    }

    #[test]
    fn a_label_cannot_pass_for_two() {
        let (text, _) = read(&message(b"\x05a.b\\c\x02\xffz\0"), HEADER_LEN).unwrap();
        assert_eq!(text, r"a\.b\\c.\255z");
    }

    #[test]
    fn loops_and_forward_pointers_are_refused() {
        for (names, at) in [
            (&b"\xc0\x0c"[..], 12),          // itself
            (b"\xc0\x0e\xc0\x0c", 12),       // forward
            (b"\xc0\x0e\xc0\x0c", 14),       // back, then forward again
            (b"\x01a\xc0\x0c", 12),          // to its own first label
            (b"\xc0\x00", 12),               // into the header
            (b"\x01a\0\x01b\xc0\x0f\0", 15), // to its own first label, further in
        ] {
            assert_eq!(
                read(&message(names), at),
                Err(Malformed::Pointer),
                "{names:x?}"
            );
        }
    }

    #[test]
    fn a_long_chain_of_pointers_is_refused() {
        let mut chain = b"\0".to_vec();
        let mut target = HEADER_LEN;
        for _ in 0..=POINTERS_MAX {
            let here = HEADER_LEN + chain.len();
            chain.extend((0xc000 | u16::try_from(target).unwrap()).to_be_bytes());
            target = here;
        }
        let message = message(&chain);
        assert_eq!(read(&message, target), Err(Malformed::Pointer));
        assert!(read(&message, target - 2).is_ok());
    }

    #[test]
    fn length_is_bounded_over_pointers() {
        // 3 * 64 + 62 + 1 = 255 octets: the longest there is.
        let mut names = Vec::new();
        for len in [63, 63, 63, 61] {
            names.push(len);
            names.extend(vec![b'x'; usize::from(len)]);
        }
        names.push(0);
        let prefixed = HEADER_LEN + names.len();
        names.extend(b"\x01y\xc0\x0c");
        let message = message(&names);
        assert!(read(&message, HEADER_LEN).is_ok());
        assert_eq!(read(&message, prefixed), Err(Malformed::NameTooLong));
    }

    #[test]
    fn reserved_label_types_and_cut_names_are_refused() {
        for (names, error) in [
            (&b"\x40\0"[..], Malformed::Label),
            (b"\x80\0", Malformed::Label),
            (b"\x03ab", Malformed::Short),
            (b"\x02ab", Malformed::Short),
            (b"\xc0", Malformed::Short),
            (b"", Malformed::Short),
        ] {
            assert_eq!(read(&message(names), HEADER_LEN), Err(error), "{names:x?}");
        }
    }
}
