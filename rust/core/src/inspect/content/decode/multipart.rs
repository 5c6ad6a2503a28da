//! `multipart/form-data` (RFC 7578), found by its media type or by its first lines.

use memchr::memmem;

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// `name` of its Content-Disposition, empty if it has none.
    pub(super) name: String,
    /// Its header fields: a file's name may say much.
    pub(super) head: String,
    /// Its body; cut off where the whole is.
    pub(super) body: &'a [u8],
}

/// Longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_MAX: usize = 70;

/// The delimiter (two dashes and the boundary) that `body` begins with or its media type names.
pub(super) fn delimiter(body: &[u8], content_type: Option<&str>) -> Option<Vec<u8>> {
    let named = content_type
        .filter(|kind| {
            kind.trim_start()
                .get(..10)
                .is_some_and(|k| k.eq_ignore_ascii_case("multipart/"))
        })
        .and_then(|kind| {
            kind.split(';').find_map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                name.trim()
                    .eq_ignore_ascii_case("boundary")
                    .then(|| value.trim().trim_matches('"'))
            })
        })
        .filter(|boundary| (1..=BOUNDARY_MAX).contains(&boundary.len()))
        .map(|boundary| [b"--", boundary.as_bytes()].concat());
    if let Some(delimiter) = named
        && memmem::find(body, &delimiter).is_some()
    {
        return Some(delimiter);
    }
    if !body.starts_with(b"--") {
        return None;
    }
    let line = body.split(|&b| b == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let early = body.get(..512.min(body.len())).unwrap_or_default();
    ((3..=BOUNDARY_MAX + 2).contains(&line.len())
        && memmem::find(&early.to_ascii_lowercase(), b"content-disposition:").is_some())
    .then(|| line.to_vec())
}

/// The parts between delimiters; a last part without its end counts.
pub(super) fn parts<'a>(body: &'a [u8], delimiter: &[u8]) -> Vec<Part<'a>> {
    let mut starts: Vec<usize> = memmem::find_iter(body, delimiter).collect();
    starts.push(body.len());
    starts
        .windows(2)
        .filter_map(|bounds| {
            let (from, to) = (*bounds.first()?, *bounds.get(1)?);
            part(body.get(from + delimiter.len()..to)?)
        })
        .collect()
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let (head, body) = match memmem::find(bytes, b"\r\n\r\n") {
        Some(at) => (bytes.get(..at)?, bytes.get(at + 4..)?),
        None => {
            let at = memmem::find(bytes, b"\n\n")?;
            (bytes.get(..at)?, bytes.get(at + 2..)?)
        }
    };
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    let head = String::from_utf8_lossy(head).into_owned();
    Some(Part {
        name: name(&head),
        head,
        body,
    })
}

fn name(head: &str) -> String {
    head.split([';', '\n'])
        .find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("name")
                .then(|| value.trim().trim_matches('"').to_owned())
        })
        .unwrap_or_default()
}
