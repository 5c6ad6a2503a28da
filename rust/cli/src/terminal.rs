//! What may be written to a terminal: colour only where wanted, and no foreign control characters.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use crate::failure::Failure;
use crate::print::WIDTH;

/// Columns that text is never folded below.
const NARROW: usize = 40;

/// Colours used, as SGR parameters (ECMA-48).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tint {
    /// Blocked.
    Red,
    /// Warned about.
    Yellow,
    /// Less important.
    Dim,
    /// A heading.
    Strong,
}

/// Colours text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Never colours.
    #[cfg(test)]
    pub(crate) const OFF: Self = Self { on: false };

    /// Colours if `stream` is a terminal that can, unless `NO_COLOR` (no-color.org) is set.
    pub(crate) fn for_stream(stream: &impl IsTerminal) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            on: stream.is_terminal() && !refused && !dumb,
        }
    }

    /// `text` in `tint`.
    pub(crate) fn tint(self, tint: Tint, text: &str) -> String {
        if !self.on {
            return text.to_owned();
        }
        let code = match tint {
            Tint::Red => "1;31",
            Tint::Yellow => "1;33",
            Tint::Dim => "2",
            Tint::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Columns of `stream` if it is a terminal that says so; never more than people read well, nor so few that nothing fits.
pub(crate) fn columns(stream: &impl AsFd) -> usize {
    match rustix::termios::tcgetwinsize(stream) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).clamp(NARROW, WIDTH),
        _ => WIDTH,
    }
}

/// Writes to standard output. That nobody reads on (`… | head`) is no failure.
pub(crate) fn show(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Other(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether a character could steer a terminal or hide what it shows: C0, C1, DEL, bidirectional
/// controls (Unicode TR 36) and invisible ones.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Text from elsewhere (names, paths, titles), made harmless: each unsafe character becomes `\u{..}`.
pub(crate) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON with every unsafe character as a `\uXXXX` escape. Valid JSON holds such characters only
/// inside strings, and serde_json has escaped C0 already.
pub(crate) fn harmless_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_overrides_do_not_pass() {
        let hostile = "a\x1b[2Jb\u{9b}31m\u{202e}c\r\n\u{200b}é汉";
        let shown = harmless(hostile);
        assert!(shown.chars().all(|c| !is_unsafe(c)), "{shown}");
        assert!(shown.starts_with("a\\u{1b}[2Jb"));
        assert!(shown.ends_with("é汉"));
    }

    #[test]
    fn json_stays_the_same_document() {
        let text = "x\u{9b}\u{202e}\u{e0001}é";
        let json = serde_json::to_string(text).expect("a string");
        let safe = harmless_json(&json);
        assert!(safe.chars().all(|c| !is_unsafe(c)), "{safe}");
        let back: String = serde_json::from_str(&safe).expect("valid JSON");
        assert_eq!(back, text);
    }
}
