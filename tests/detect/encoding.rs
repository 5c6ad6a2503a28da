//! The ways in which a value is wrapped. Compression is done by the formats' reference
//! implementations, so that the bytes are those that ordinary programs send.

use std::io::Write as _;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// One way to wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Encoding {
    Plain,
    Percent,
    Percent2,
    Percent3,
    Base64,
    Base64Url,
    Base64Unpadded,
    Base64Lines,
    Hex,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
    Utf16,
    JsonInJson,
    Md5,
    Sha1,
    Sha256,
    UnnamedMd5,
    UnnamedSha1,
    UnnamedSha256,
    Salted,
    Hmac,
    Aes,
}

/// How a value's bytes are summed up where they are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digested {
    Md5,
    Sha1,
    Sha256,
}

impl Encoding {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 24] = [
        Self::Plain,
        Self::Percent,
        Self::Percent2,
        Self::Percent3,
        Self::Base64,
        Self::Base64Url,
        Self::Base64Unpadded,
        Self::Base64Lines,
        Self::Hex,
        Self::Gzip,
        Self::Deflate,
        Self::Brotli,
        Self::Zstd,
        Self::Utf16,
        Self::JsonInJson,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::UnnamedMd5,
        Self::UnnamedSha1,
        Self::UnnamedSha256,
        Self::Salted,
        Self::Hmac,
        Self::Aes,
    ];

    /// Its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Percent => "percent",
            Self::Percent2 => "percent twice",
            Self::Percent3 => "percent three times",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Base64Unpadded => "base64 unpadded",
            Self::Base64Lines => "base64 in lines",
            Self::Hex => "hex",
            Self::Gzip => "gzip",
            Self::Deflate => "zlib or deflate",
            Self::Brotli => "brotli",
            Self::Zstd => "zstd",
            Self::Utf16 => "UTF-16",
            Self::JsonInJson => "JSON in JSON",
            Self::Md5 => "MD5, telling key",
            Self::Sha1 => "SHA-1, telling key",
            Self::Sha256 => "SHA-256, telling key",
            Self::UnnamedMd5 => "MD5, neutral key",
            Self::UnnamedSha1 => "SHA-1, neutral key",
            Self::UnnamedSha256 => "SHA-256, neutral key",
            Self::Salted => "salted SHA-256",
            Self::Hmac => "HMAC-SHA-256",
            Self::Aes => "AES-128-CBC",
        }
    }

    /// Whether a detector that does not know the value can see what it is.
    pub(crate) fn is_reachable(self) -> bool {
        self.unnamed_digest().is_none() && self.is_reachable_if_known()
    }

    /// Whether a detector that knows the value can see it.
    pub(crate) fn is_reachable_if_known(self) -> bool {
        !matches!(self, Self::Salted | Self::Hmac | Self::Aes)
    }

    /// The hash under a key that says nothing, where it is one.
    pub(crate) fn unnamed_digest(self) -> Option<Digested> {
        match self {
            Self::UnnamedMd5 => Some(Digested::Md5),
            Self::UnnamedSha1 => Some(Digested::Sha1),
            Self::UnnamedSha256 => Some(Digested::Sha256),
            _ => None,
        }
    }

    /// The hash under a telling key, where it is one.
    pub(crate) fn digest(self) -> Option<Digested> {
        match self {
            Self::Md5 => Some(Digested::Md5),
            Self::Sha1 => Some(Digested::Sha1),
            Self::Sha256 => Some(Digested::Sha256),
            _ => None,
        }
    }

    /// Whether the result is octets that no text field holds as they are.
    pub(crate) fn is_compression(self) -> bool {
        matches!(self, Self::Gzip | Self::Deflate | Self::Brotli | Self::Zstd)
    }
}

impl Digested {
    /// Its name inside a key.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The digest in small hexadecimal digits.
    pub(crate) fn hex(self, bytes: &[u8]) -> String {
        HEXLOWER.encode(&self.octets(bytes))
    }

    /// The digest.
    pub(crate) fn octets(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(bytes).to_vec(),
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }
}

/// `text` as text that needs no further wrapping in a field: for compressions, in base64.
///
/// # Panics
/// With an encoding that is no wrapping of one text: those of hashes and ciphers.
pub(crate) fn as_text(encoding: Encoding, text: &str) -> String {
    match encoding {
        Encoding::Plain | Encoding::JsonInJson => text.to_owned(),
        Encoding::Percent => percent(text),
        Encoding::Percent2 => percent(&percent(text)),
        Encoding::Percent3 => percent(&percent(&percent(text))),
        Encoding::Base64 => BASE64.encode(text.as_bytes()),
        Encoding::Base64Url => BASE64URL_NOPAD.encode(text.as_bytes()),
        Encoding::Base64Unpadded => BASE64_NOPAD.encode(text.as_bytes()),
        Encoding::Base64Lines => base64_lines(text.as_bytes()),
        Encoding::Hex => HEXLOWER.encode(text.as_bytes()),
        Encoding::Gzip | Encoding::Deflate | Encoding::Brotli | Encoding::Zstd => {
            BASE64.encode(&compressed(encoding, text.as_bytes(), false))
        }
        Encoding::Utf16 => BASE64.encode(&utf16(text, Utf16::LittleBare)),
        _ => panic!("{} wraps no text", encoding.name()),
    }
}

/// Every octet as `%XX`, so that digits and letters are wrapped, too; what is wrapped already is
/// wrapped as it usually is, by its percent signs (RFC 3986, section 2.1).
fn percent(text: &str) -> String {
    if text.contains('%') {
        return text.replace('%', "%25");
    }
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Android's `Base64.encode(…, DEFAULT)`: a line feed after every 76 characters and at the end.
pub(crate) fn base64_lines(bytes: &[u8]) -> String {
    let plain = BASE64.encode(bytes);
    let mut lines = String::new();
    for line in plain.as_bytes().chunks(76) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push('\n');
    }
    lines
}

/// `bytes` compressed; `raw`: deflate without zlib's frame, as some clients send it.
///
/// # Panics
/// With an encoding that does not compress.
pub(crate) fn compressed(encoding: Encoding, bytes: &[u8], raw: bool) -> Vec<u8> {
    let done = match encoding {
        Encoding::Gzip => {
            let mut writer =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(bytes).and_then(|()| writer.finish())
        }
        Encoding::Deflate if raw => {
            let mut writer =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(bytes).and_then(|()| writer.finish())
        }
        Encoding::Deflate => {
            let mut writer =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(bytes).and_then(|()| writer.finish())
        }
        Encoding::Zstd => zstd::encode_all(bytes, 3),
        Encoding::Brotli => {
            let mut writer = brotlic::CompressorWriter::new(Vec::new());
            writer.write_all(bytes).and_then(|()| {
                writer
                    .into_inner()
                    .map_err(|error| std::io::Error::other(error.to_string()))
            })
        }
        _ => panic!("{} compresses nothing", encoding.name()),
    };
    done.expect("memory takes it")
}

/// How UTF-16 is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Utf16 {
    Little,
    LittleBare,
    Big,
}

/// `text` in UTF-16 (RFC 2781), with a byte order mark unless bare.
pub(crate) fn utf16(text: &str, way: Utf16) -> Vec<u8> {
    let mark = (way != Utf16::LittleBare).then_some(0xfeff);
    let units = mark.into_iter().chain(text.encode_utf16());
    units
        .flat_map(|unit| match way {
            Utf16::Big => unit.to_be_bytes(),
            Utf16::Little | Utf16::LittleBare => unit.to_le_bytes(),
        })
        .collect()
}

/// The salt, the HMAC's key and the cipher's: a detector does not have them.
const SECRET: &[u8; 16] = b"\x9d\x1f\xa0\x53\x77\xe1\x08\xbc\x4a\x66\x2d\xf9\x81\x30\xc5\x1e";

/// What cannot be read, in the hexadecimal digits or base64 that programs send it in.
///
/// # Panics
/// With an encoding that can be read.
pub(crate) fn unreadable(encoding: Encoding, text: &str) -> String {
    if let Some(digest) = encoding.unnamed_digest() {
        return digest.hex(text.as_bytes());
    }
    match encoding {
        Encoding::Salted => Digested::Sha256.hex(&[SECRET, text.as_bytes()].concat()),
        Encoding::Hmac => {
            let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("a key of any length");
            mac.update(text.as_bytes());
            HEXLOWER.encode(&mac.finalize().into_bytes())
        }
        Encoding::Aes => {
            let cipher = cbc::Encryptor::<aes::Aes128>::new(SECRET.into(), SECRET.into());
            BASE64.encode(&cipher.encrypt_padded_vec::<Pkcs7>(text.as_bytes()))
        }
        _ => panic!("{} can be read", encoding.name()),
    }
}

/// The reverse of the cipher, for the check that it is in the request.
pub(crate) fn deciphered(text: &str) -> Option<Vec<u8>> {
    let octets = BASE64.decode(text.as_bytes()).ok()?;
    let cipher = cbc::Decryptor::<aes::Aes128>::new(SECRET.into(), SECRET.into());
    cipher.decrypt_padded_vec::<Pkcs7>(&octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        // RFC 1321, RFC 3174 and FIPS 180-2: the digests of "abc".
        assert_eq!(
            Digested::Md5.hex(b"abc"),
            "900150983cd24fb0d6963f7d28e17f72"
        );
        assert_eq!(
            Digested::Sha1.hex(b"abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert!(Digested::Sha256.hex(b"abc").starts_with("ba7816bf8f01cfea"));
        assert_eq!(as_text(Encoding::Percent3, "5"), "%252535");
        assert_eq!(as_text(Encoding::Base64, "fo"), "Zm8=");
        assert_eq!(as_text(Encoding::Base64Unpadded, "fo"), "Zm8");
        assert_eq!(utf16("a", Utf16::Big), [0xfe, 0xff, 0, b'a']);
    }

    #[test]
    fn the_cipher_is_undone() {
        let text = unreadable(Encoding::Aes, "a value");
        assert_eq!(deciphered(&text).as_deref(), Some(&b"a value"[..]));
    }
}
