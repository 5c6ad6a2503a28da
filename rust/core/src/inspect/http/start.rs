//! Whether bytes begin an HTTP/1.x request (RFC 9112, sections 2.2 and 3).

use memchr::memchr;

use super::super::HEAD_HOLD;

/// Methods that ordinary clients use; a first line that starts with one is waited for patiently.
const METHODS: [&[u8]; 9] = [
    b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"CONNECT", b"TRACE",
];

/// Longest method name taken for one.
const METHOD_MAX: usize = 20;

/// Bytes of CR and LF that may come before a request line (RFC 9112, section 2.2, wants one empty
/// line tolerated; some clients send a few).
const BLANK_MAX: usize = 64;

/// Whether bytes can be the start of a request line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inspect) enum Start {
    /// Too little to say.
    Unsure,
    /// No.
    No,
    /// A method name and a space.
    Method {
        /// Whether it is one of the methods that ordinary clients use.
        known: bool,
        /// Where the line begins, after empty lines.
        at: usize,
    },
}

/// Looks at a bounded number of bytes, so it may be asked again and again.
pub(in crate::inspect) fn request_start(bytes: &[u8]) -> Start {
    let at = bytes
        .iter()
        .take_while(|&&c| c == b'\r' || c == b'\n')
        .take(BLANK_MAX)
        .count();
    let line = bytes.get(at..).unwrap_or_default();
    let method = line
        .iter()
        .take_while(|&&c| is_tchar(c))
        .take(METHOD_MAX)
        .count();
    match line.get(method) {
        None => Start::Unsure,
        Some(b' ') if method > 0 => {
            let known = METHODS
                .iter()
                .any(|known| line.get(..method) == Some(known));
            Start::Method { known, at }
        }
        // One byte too many of either ends up here, too.
        Some(_) => Start::No,
    }
}

/// Whether bytes begin with a whole request line of a known method.
pub(super) fn begins_request(bytes: &[u8]) -> bool {
    let Start::Method { known: true, at } = request_start(bytes) else {
        return false;
    };
    let line = bytes.get(at..).unwrap_or_default();
    let line = line.get(..HEAD_HOLD).unwrap_or(line);
    let line = memchr(b'\n', line).and_then(|end| line.get(..end));
    line.is_some_and(|line| minor_version(version_word(line)).is_some())
}

/// Whether bytes are a request line for lenient servers alone: with white space before it, or another than a space
/// after its method. `None` where that cannot be said yet.
pub(in crate::inspect) fn begins_loosely(bytes: &[u8]) -> Option<bool> {
    let white = bytes.iter().take_while(|&&c| is_white(c)).count();
    let (before, line) = bytes.split_at_checked(white)?;
    if before.len() > BLANK_MAX {
        return Some(true);
    }
    let is_indented = before.iter().any(|c| !matches!(c, b'\r' | b'\n'));
    for method in METHODS {
        match line.strip_prefix(method) {
            Some([b' ', ..]) => return Some(is_indented),
            Some([] | [b'\r']) => return None,
            Some([b'\r', b'\n', ..] | [b'\n', ..]) => return Some(false),
            Some([c, ..]) if is_white(*c) => return Some(true),
            None if method.starts_with(line) => return None,
            Some(_) | None => {}
        }
    }
    Some(false)
}

/// What some language's library takes for white space, of bytes as Latin-1.
pub(in crate::inspect) fn is_white(c: u8) -> bool {
    matches!(c, b'\t'..=b'\r' | 0x1c..=b' ' | 0x85 | 0xa0)
}

/// Whether all of `bytes` may be the beginning of a known method's name.
pub(in crate::inspect) fn begins_known_method(bytes: &[u8]) -> bool {
    METHODS.iter().any(|method| method.starts_with(bytes))
}

/// The last word of a request line, which names the protocol version.
pub(in crate::inspect) fn version_word(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
        .rsplit(|&c| c == b' ')
        .next()
        .unwrap_or_default()
}

/// The minor version in `HTTP/1.x`.
pub(in crate::inspect) fn minor_version(word: &[u8]) -> Option<u8> {
    match word.strip_prefix(b"HTTP/1.")? {
        &[digit] if digit.is_ascii_digit() => Some(digit - b'0'),
        _ => None,
    }
}

/// Which bytes are token characters (RFC 9110, section 5.6.2).
static TCHARS: [bool; 256] = {
    let mut tchars = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        tchars[byte] = matches!(byte as u8,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\''
            | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    tchars
};

fn is_tchar(c: u8) -> bool {
    TCHARS[usize::from(c)]
}

pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&c| is_tchar(c))
}
