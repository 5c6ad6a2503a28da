//! The founding leak's payload, with invented identifiers whose checksums hold.

/// The content type every dialect declares.
pub(crate) const CONTENT_TYPE: &str = "Content-Type: application/encrypted-json";

/// The registration as JSON; every value is invented.
pub(crate) fn registration() -> String {
    let imei = with_check_digit("35999900000101");
    let iccid = with_check_digit("8986039900000000101");
    format!(
        concat!(
            r#"{{"REGVER":"8.0","MEID":"A0000099000101","MODEL":"GSK-GASKET1","SWVER":"00WW_1_010","#,
            r#""OSVER":"Android9","UETYPE":"1","MACID":"00:60:2F:00:01:01","IMEI1":"{}","#,
            r#""SIM1ICCID":"{}","SIM1LTEIMSI":"460119900000101","SIM1CDMAIMSI":"460039900000101","#,
            r#""SIM1TYPE":"2","SIM1CELLID":"101","DATASIM":"1","ACCESSTYPE":"2","#,
            r#""ROM":"64GB","RAM":"4GB","REGDATE":"2019-03-21 07:45:00"}}"#,
        ),
        imei, iccid
    )
}

/// The same kind of document without one identifier in it.
pub(crate) fn harmless() -> String {
    r#"{"REGVER":"8.0","MODEL":"GSK-GASKET1","OSVER":"Android9","ROM":"64GB","RAM":"4GB"}"#
        .to_owned()
}

/// Android's `Base64.encode(…, DEFAULT)`: a line feed after every 76 characters and at the end.
pub(crate) fn wrapped_base64(text: &str) -> String {
    let plain = base64(text.as_bytes());
    plain
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line) + "\n")
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0, |word, at| {
            word << 8 | usize::from(*group.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let digit = char::from(ALPHABET[word >> (18 - 6 * at) & 63]);
            text.push(if at <= group.len() { digit } else { '=' });
        }
    }
    text
}

/// `digits` with their Luhn check digit (ISO/IEC 7812-1, annex B).
pub(crate) fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|digit| u32::from(digit - b'0'))
        .enumerate()
        .map(|(at, digit)| {
            if at % 2 == 0 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                digit
            }
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// `body` as one POST request to `host`, with a length or in chunks of seven bytes.
pub(crate) fn request(host: &str, body: &str, chunked: bool) -> String {
    let head =
        format!("POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{CONTENT_TYPE}\r\n");
    if !chunked {
        return format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    }
    let chunk = |part: &[u8]| format!("{:x}\r\n{}\r\n", part.len(), String::from_utf8_lossy(part));
    let chunks: String = body.as_bytes().chunks(7).map(chunk).collect();
    format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
}

#[test]
fn the_samples_own_arithmetic() {
    // Published examples: RFC 4648 section 10; the Luhn number 79927398713.
    assert_eq!(
        ["f", "fo", "foo", "foob"].map(|t| base64(t.as_bytes())),
        ["Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
    );
    assert_eq!(with_check_digit("7992739871"), "79927398713");
}
