//! The chunked transfer coding (RFC 9112, section 7.1), undone piece by piece.

/// Longest chunk-size line after its digits: extensions are thrown away, so they may not be a place
/// to carry much.
const EXTENSION_MAX: usize = 256;

/// Longest trailer section in bytes; it is held until its end.
const TRAILERS_MAX: usize = 8 * 1024;

/// Why [`Chunks::feed`] stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fed {
    /// All input is used.
    NeedMore,
    /// The next byte is body for which there is no room.
    Full,
    /// The body has ended; the trailer fields that follow come out of the next call.
    Trailers,
    /// The message has ended.
    End,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// In the digits of a chunk size.
    Size { value: u64, digits: u8 },
    /// After the digits, up to the LF.
    SizeLine {
        size: u64,
        len: usize,
        cr: bool,
        extension: bool,
    },
    /// In chunk data.
    Data { left: u64 },
    /// At the line end after chunk data.
    DataEnd { cr: bool },
    /// At the start of the line after the last chunk.
    Last { cr: bool },
    /// In the trailer section.
    Trailers { len: usize, line: usize, cr: bool },
    /// Past the end.
    End,
}

/// Where in a chunked body the input stands.
#[derive(Debug)]
pub(super) struct Chunks {
    state: State,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self {
            state: State::Size {
                value: 0,
                digits: 0,
            },
        }
    }

    /// Reads on: appends at most `room` bytes of body to `out`, or the trailer section, and returns
    /// how many bytes of `raw` are used and why it stopped there. Where it stops depends on `room`
    /// alone and not on how the stream was cut into calls.
    ///
    /// # Errors
    /// The reason why recipients may disagree about where this body ends.
    pub(super) fn feed(
        &mut self,
        raw: &[u8],
        mut room: usize,
        out: &mut Vec<u8>,
    ) -> Result<(usize, Fed), &'static str> {
        let mut rest = raw;
        let used = |rest: &[u8]| raw.len() - rest.len();
        while let Some((&byte, after)) = rest.split_first() {
            match &mut self.state {
                State::Data { left } => {
                    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(room);
                    if most == 0 {
                        return Ok((used(rest), Fed::Full));
                    }
                    let (piece, after) = rest.split_at_checked(most).unwrap_or((rest, &[]));
                    out.extend_from_slice(piece);
                    room -= piece.len();
                    *left -= piece.len() as u64;
                    rest = after;
                    if *left == 0 {
                        self.state = State::DataEnd { cr: false };
                    }
                    continue;
                }
                State::Last { cr: false } if byte != b'\r' && byte != b'\n' => {
                    self.state = State::Trailers {
                        len: 0,
                        line: 0,
                        cr: false,
                    };
                    return Ok((used(rest), Fed::Trailers));
                }
                State::Trailers { .. } => out.push(byte),
                _ => {}
            }
            self.state = next(self.state, byte)?;
            rest = after;
            if matches!(self.state, State::End) {
                return Ok((used(rest), Fed::End));
            }
        }
        Ok((raw.len(), Fed::NeedMore))
    }
}

/// The state after one byte of framing.
fn next(state: State, byte: u8) -> Result<State, &'static str> {
    Ok(match (state, byte) {
        (State::Size { value, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
            let digit = (byte as char).to_digit(16).unwrap_or(0);
            if digits == 16 {
                return Err("invalid chunk size");
            }
            State::Size {
                value: value << 4 | u64::from(digit),
                digits: digits + 1,
            }
        }
        (State::Size { digits: 0, .. }, _) => return Err("invalid chunk size"),
        (State::Size { value, .. }, _) => {
            let line = State::SizeLine {
                size: value,
                len: 0,
                cr: false,
                extension: false,
            };
            return next(line, byte);
        }
        // Some read on to the next CRLF: what is a chunk here would be an extension there.
        (State::SizeLine { cr: false, .. }, b'\n') => return Err("bare LF in a chunk size"),
        (State::SizeLine { size: 0, .. }, b'\n') => State::Last { cr: false },
        (State::SizeLine { size, .. }, b'\n') => State::Data { left: size },
        (State::SizeLine { cr: true, .. }, _) => return Err("bare CR in a chunk size"),
        (
            State::SizeLine {
                size,
                len,
                extension,
                ..
            },
            _,
        ) => {
            let extension = extension || byte == b';';
            match byte {
                b'\r' | b' ' | b'\t' => {}
                0 => return Err("NUL in a chunk size"),
                _ if !extension => return Err("invalid chunk size"),
                _ => {}
            }
            if len == EXTENSION_MAX {
                return Err("chunk extension too long");
            }
            State::SizeLine {
                size,
                len: len + 1,
                cr: byte == b'\r',
                extension,
            }
        }
        (State::DataEnd { cr: true }, b'\n') => State::Size {
            value: 0,
            digits: 0,
        },
        (State::DataEnd { cr: false }, b'\r') => State::DataEnd { cr: true },
        (State::DataEnd { .. }, _) => return Err("chunk longer than its size"),
        (State::Last { .. }, b'\n') => State::End,
        (State::Last { cr: false }, b'\r') => State::Last { cr: true },
        (State::Last { .. }, _) => return Err("bare CR after the last chunk"),
        (State::Trailers { line: 0, .. }, b'\n') => State::End,
        (State::Trailers { len, .. }, _) if len == TRAILERS_MAX => {
            return Err("trailers too long");
        }
        (State::Trailers { len, .. }, b'\n') => State::Trailers {
            len: len + 1,
            line: 0,
            cr: false,
        },
        (State::Trailers { cr: true, .. }, _) => return Err("bare CR in trailers"),
        (State::Trailers { .. }, 0) => return Err("NUL in trailers"),
        (State::Trailers { len, line, .. }, b'\r') => State::Trailers {
            len: len + 1,
            line,
            cr: true,
        },
        (State::Trailers { len, line, .. }, _) => State::Trailers {
            len: len + 1,
            line: line + 1,
            cr: false,
        },
        (state @ (State::Data { .. } | State::End), _) => state,
    })
}
