//! The China Telecom registration, with invented identifiers.

use std::fmt::Write;

/// Completes a number with its Luhn check digit (ISO/IEC 7812-1).
pub fn with_luhn(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0');
            match i % 2 {
                0 => d * 2 / 10 + d * 2 % 10,
                _ => d,
            }
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// An IMEI nobody has: the reporting body 00 is for test equipment.
pub fn imei() -> String {
    with_luhn("00440012345678")
}

/// The JSON a handset sends.
pub fn json() -> String {
    let imei = imei();
    let iccid = with_luhn("8986031234567890123");
    format!(
        "{{\"REGVER\":\"8.0\",\"MODEL\":\"ACM-Sample\",\"IMEI1\":\"{imei}\",\
         \"SIM1ICCID\":\"{iccid}\",\"SIM1LTEIMSI\":\"460110123456789\",\
         \"SIM1CELLID\":\"21074433\",\"MACID\":\"00:1a:11:22:33:44\"}}"
    )
}

/// Base64 as Android's DEFAULT flavour writes it: a line feed after every 76 characters.
pub fn base64_lines(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |w, (i, b)| w | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            let sextet = (word >> (18 - 6 * i)) as usize & 63;
            text.push(if i <= chunk.len() {
                ALPHABET[sextet] as char
            } else {
                '='
            });
        }
    }
    let lines = text.as_bytes().chunks(76);
    lines.fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{}", String::from_utf8_lossy(line));
        out
    })
}

/// The request, with the given Host field.
pub fn request(host: &str) -> Vec<u8> {
    post(host, base64_lines(json().as_bytes()).as_bytes())
}

/// A POST in the registration's shape with another body.
pub fn post(host: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/encrypted-json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}
