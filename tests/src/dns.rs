//! DNS messages by hand (RFC 1035, section 4.1), for tests that must not lean on what they test.

/// The record type of an IPv4 address.
pub const A: u8 = 1;

/// A question for the records of a type of `name`.
///
/// # Panics
/// Where a label is too long for its length to fit a byte.
pub fn question(id: u16, name: &str, kind: u8) -> Vec<u8> {
    let mut message = id.to_be_bytes().to_vec();
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).expect("a short label"));
        message.extend(label.as_bytes());
    }
    message.extend([0, 0, kind, 0, 1]);
    message
}

/// The answer to `question` with one IPv4 address, which may be kept for a minute.
pub fn answer(question: &[u8], address: [u8; 4]) -> Vec<u8> {
    let mut message = question.to_vec();
    message[2] |= 0x80;
    message[3] |= 0x80;
    message[7] = 1;
    message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
    message.extend(address);
    message
}
