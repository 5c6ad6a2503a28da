//! The rules within a pack.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::error::PackFileError;
use super::layout::{Header, LARGEST_BODY};
use crate::rules::LARGEST_FILE;

/// Longest name of a rule file in bytes.
const LONGEST_NAME: usize = 128;

/// The body of these rules, which stand in the order of their names, and its length before it was deflated.
pub(super) fn deflated(rules: &[(&str, &str)]) -> Result<(Vec<u8>, usize), PackFileError> {
    let mut plain = Vec::new();
    let mut before = "";
    for (name, text) in rules {
        check(before, name, text)?;
        before = name;
        // Both were checked to be far below.
        plain.push(name.len() as u8);
        plain.extend_from_slice(name.as_bytes());
        plain.extend_from_slice(&(text.len() as u32).to_be_bytes());
        plain.extend_from_slice(text.as_bytes());
        if plain.len() > LARGEST_BODY {
            return Err(PackFileError::TooMuchInside(plain.len() as u64));
        }
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let body = encoder
        .write_all(&plain)
        .and_then(|()| encoder.finish())
        .map_err(|_| PackFileError::Damaged("it cannot be deflated"))?;
    Ok((body, plain.len()))
}

/// Inflates a body to the length that the header says, never beyond.
pub(super) fn inflated(header: &Header, body: &[u8]) -> Result<Vec<u8>, PackFileError> {
    let says = header.inflated()?;
    // Room for one byte more, which shows that there is more.
    let mut plain = Vec::with_capacity(says + 1);
    let mut decoder = DeflateDecoder::new(body);
    let read = Read::by_ref(&mut decoder)
        .take(says as u64 + 1)
        .read_to_end(&mut plain);
    match read {
        Err(_) => Err(PackFileError::Damaged("its body does not inflate")),
        Ok(length) if length > says => Err(PackFileError::MoreInside(says)),
        Ok(length) if length < says => Err(PackFileError::Damaged("less is inside than it says")),
        Ok(_) if !decoder.into_inner().is_empty() => {
            Err(PackFileError::Damaged("there is something behind its body"))
        }
        Ok(_) => Ok(plain),
    }
}

/// Names and texts of an inflated body.
pub(super) fn rules<'a>(
    header: &Header,
    plain: &'a [u8],
) -> Result<Vec<(&'a str, &'a str)>, PackFileError> {
    let says = header.rules()?;
    let mut rules: Vec<(&str, &str)> = Vec::with_capacity(says);
    let mut rest = plain;
    while let [length, behind @ ..] = rest {
        if rules.len() == says {
            return Err(PackFileError::Damaged("more rules are inside than it says"));
        }
        let (name, behind) = text(behind, usize::from(*length))?;
        let (length, behind) = behind.split_first_chunk().ok_or(ENDS)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (text, behind) = text(behind, length)?;
        check(rules.last().map_or("", |(name, _)| name), name, text)?;
        rules.push((name, text));
        rest = behind;
    }
    match rules.len() == says {
        true => Ok(rules),
        false => Err(PackFileError::Damaged(
            "fewer rules are inside than it says",
        )),
    }
}

const ENDS: PackFileError = PackFileError::Damaged("a rule in it ends too soon");

fn text(bytes: &[u8], length: usize) -> Result<(&str, &[u8]), PackFileError> {
    let (text, rest) = bytes.split_at_checked(length).ok_or(ENDS)?;
    let text = std::str::from_utf8(text);
    let text = text.map_err(|_| PackFileError::Damaged("a rule in it is no text (UTF-8)"))?;
    Ok((text, rest))
}

/// Whether a rule may stand behind the one of the name `before`.
fn check(before: &str, name: &str, text: &str) -> Result<(), PackFileError> {
    let is_part = |part: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(letter)
    };
    let is_name =
        name.len() <= LONGEST_NAME && name.ends_with(".yml") && name.split('/').all(is_part);
    if !is_name {
        Err(PackFileError::Name(name.to_owned()))
    } else if name <= before {
        Err(PackFileError::Damaged(
            "its rules are not in the order of their names",
        ))
    } else if text.len() > LARGEST_FILE {
        Err(PackFileError::LongRule(name.to_owned(), text.len()))
    } else {
        Ok(())
    }
}
