//! The file from outside: header, body, signature.

use super::error::PackFileError;
use super::key::{PublicKey, SecretKey};
use super::version::Version;
use crate::rules::prefilter::MOST_RULES;

const MAGIC: &[u8; 8] = b"GASKPACK";
const FORMAT: u16 = 1;
const HEADER: usize = 60;
const SIGNER: usize = 28;
const SIGNATURE: usize = 64;

/// Largest file in bytes, ten times that of the rules that ship.
pub const LARGEST_PACK: usize = 1024 * 1024;

/// Largest body once inflated, in bytes.
pub const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// What stands before the body. Of one that comes from a file, the signature has been checked.
#[derive(Debug)]
pub(super) struct Header([u8; HEADER]);

impl Header {
    pub(super) fn unsigned(
        version: Version,
        rules: usize,
        body: usize,
        inflated: usize,
    ) -> Result<Self, PackFileError> {
        if rules > MOST_RULES {
            return Err(PackFileError::TooManyRules(rules as u64));
        }
        if inflated > LARGEST_BODY {
            return Err(PackFileError::TooMuchInside(inflated as u64));
        }
        let mut header = Self([0; HEADER]);
        header.put(0, *MAGIC);
        header.put(8, FORMAT.to_be_bytes());
        header.put(10, version.year.to_be_bytes());
        header.put(12, [version.month, version.day]);
        header.put(14, version.revision.to_be_bytes());
        for (at, number) in [(16, rules), (20, body), (24, inflated)] {
            let number =
                u32::try_from(number).map_err(|_| PackFileError::TooLarge(number as u64))?;
            header.put(at, number.to_be_bytes());
        }
        Ok(header)
    }

    fn put<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        if let Some(place) = self.0.get_mut(at..at + N) {
            place.copy_from_slice(&bytes);
        }
    }

    fn take<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut bytes = [0; N];
        if let Some(place) = self.0.get(at..at + N) {
            bytes.copy_from_slice(place);
        }
        bytes
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.take(at))
    }

    pub(super) fn version(&self) -> Result<Version, PackFileError> {
        let [month, day] = self.take(12);
        let year = u16::from_be_bytes(self.take(10));
        let revision = u16::from_be_bytes(self.take(14));
        Version::new(year, month, day, revision).ok_or(PackFileError::NoDate)
    }

    /// How many rules it says are in it.
    pub(super) fn rules(&self) -> Result<usize, PackFileError> {
        let rules = self.number(16);
        usize::try_from(rules)
            .ok()
            .filter(|rules| *rules <= MOST_RULES)
            .ok_or(PackFileError::TooManyRules(rules.into()))
    }

    /// How long it says the body is once inflated.
    pub(super) fn inflated(&self) -> Result<usize, PackFileError> {
        let inflated = self.number(24);
        usize::try_from(inflated)
            .ok()
            .filter(|inflated| *inflated <= LARGEST_BODY)
            .ok_or(PackFileError::TooMuchInside(inflated.into()))
    }

    pub(super) fn signer(&self) -> Result<PublicKey, PackFileError> {
        match self.take(SIGNER) {
            bytes if bytes == [0; 32] => Err(PackFileError::Unsigned),
            bytes => PublicKey::new(bytes).map_err(|_| PackFileError::NoSigner),
        }
    }
}

/// Header, body and signature of a file of this format. Nothing is checked but the lengths.
fn split(file: &[u8]) -> Result<(Header, &[u8], [u8; SIGNATURE]), PackFileError> {
    if file.len() > LARGEST_PACK {
        return Err(PackFileError::TooLarge(file.len() as u64));
    }
    if !file.starts_with(MAGIC) {
        return Err(match MAGIC.starts_with(file) {
            true => PackFileError::Cut,
            false => PackFileError::NoPack,
        });
    }
    let (header, rest) = file.split_first_chunk().ok_or(PackFileError::Cut)?;
    let header = Header(*header);
    let format = u16::from_be_bytes(header.take(8));
    if format != FORMAT {
        return Err(PackFileError::Format(format));
    }
    let (body, signature) = rest.split_last_chunk().ok_or(PackFileError::Cut)?;
    let says = u64::from(header.number(20));
    match (body.len() as u64).cmp(&says) {
        std::cmp::Ordering::Less => Err(PackFileError::Cut),
        std::cmp::Ordering::Equal => Ok((header, body, *signature)),
        std::cmp::Ordering::Greater => Err(PackFileError::TooLong),
    }
}

/// Header and body of a file that one of `trusted` has signed.
pub(super) fn verified<'a>(
    file: &'a [u8],
    trusted: &[PublicKey],
) -> Result<(Header, &'a [u8]), PackFileError> {
    let (header, body, signature) = split(file)?;
    let signer = header.signer()?;
    if !trusted.contains(&signer) {
        return Err(PackFileError::UnknownSigner(signer));
    }
    let message = file.get(..file.len() - SIGNATURE).unwrap_or_default();
    match signer.verifies(message, &signature) {
        true => Ok((header, body)),
        false => Err(PackFileError::WrongSignature),
    }
}

pub(super) fn unsigned(header: &Header, body: &[u8]) -> Result<Vec<u8>, PackFileError> {
    let file = [&header.0[..], body, &[0; SIGNATURE]].concat();
    split(&file)?;
    Ok(file)
}

pub(super) fn signed(file: &[u8], key: &SecretKey) -> Result<Vec<u8>, PackFileError> {
    let (mut header, body, _) = split(file)?;
    header.put(SIGNER, *key.public().as_bytes());
    let mut file = [&header.0[..], body].concat();
    let signature = key.sign(&file);
    file.extend_from_slice(&signature);
    Ok(file)
}
