//! Keys of packs on disk: PEM, as OpenSSL writes ed25519 keys (RFC 8410).

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gasket_core::rules::signed::{PublicKey, SecretKey};

use crate::failure::Failure;
use crate::identifiers::key_file;
use crate::whole_file;

/// What stands before the 32 bytes of a key: PKCS #8 and SubjectPublicKeyInfo in DER (RFC 8410, section 10).
const SECRET: (&str, &[u8]) = (
    "PRIVATE KEY",
    b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
);
const PUBLIC: (&str, &[u8]) = (
    "PUBLIC KEY",
    b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00",
);

/// Most bytes of a key's file that are read.
const LARGEST: u64 = 1024;

/// Makes a key, and says which.
pub(super) fn make(file: &Path) -> Result<String, Failure> {
    let seed = key_file::random_bytes()?;
    key_file::create_private(file, pem(SECRET, &seed).as_bytes())?;
    let public = beside(file);
    let key = SecretKey::new(&seed).public();
    whole_file::replace(&public, pem(PUBLIC, key.as_bytes()).as_bytes(), 0o644)
        .map_err(|error| Failure::Other(format!("{}: {error}", public.display())))?;
    Ok(format!(
        "{}: key {key}; for others: {}\n",
        file.display(),
        public.display()
    ))
}

/// The key to sign with. One that others may read is refused.
pub(super) fn secret(path: &Path) -> Result<SecretKey, Failure> {
    let none = || Failure::Usage(format!("{}: there is no such file", path.display()));
    let text = key_file::private(path, LARGEST)?.ok_or_else(none)?;
    Ok(SecretKey::new(&bytes(path, SECRET, &text)?))
}

/// The public keys in these files.
pub(super) fn public(paths: &[PathBuf]) -> Result<Vec<PublicKey>, Failure> {
    let read = |path: &PathBuf| {
        let refuse =
            |what: &dyn std::fmt::Display| Failure::Usage(format!("{}: {what}", path.display()));
        let text = whole_file::read(path, LARGEST).map_err(|error| refuse(&error))?;
        let bytes = bytes(path, PUBLIC, &text)?;
        PublicKey::new(bytes).map_err(|error| refuse(&error))
    };
    paths.iter().map(read).collect()
}

fn beside(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".pub");
    PathBuf::from(path)
}

fn pem((label, prefix): (&str, &[u8]), key: &[u8; 32]) -> String {
    let body = STANDARD.encode([prefix, key].concat());
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn bytes(path: &Path, (label, prefix): (&str, &[u8]), text: &[u8]) -> Result<[u8; 32], Failure> {
    let read = || {
        let text = std::str::from_utf8(text).ok()?.trim();
        let body = text.strip_prefix(&format!("-----BEGIN {label}-----"))?;
        let body = body.strip_suffix(&format!("-----END {label}-----"))?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        der.strip_prefix(prefix)?.try_into().ok()
    };
    read().ok_or_else(|| {
        let told = format!(
            "{}: no ed25519 {} in PEM",
            path.display(),
            label.to_lowercase()
        );
        Failure::Usage(told)
    })
}
