//! Decompression up to a given size; what comes out before an error or a cut is kept.

use std::io::Read;

use brotli_decompressor::BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW;
use brotli_decompressor::Decompressor;

/// Compressions that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, or the bare RFC 1951 that some senders mean by it.
    Deflate,
    /// RFC 7932.
    Brotli,
}

impl Coding {
    /// Reads one `Content-Encoding` token (RFC 9110, 8.4.1).
    pub(super) fn of(token: &str) -> Option<Self> {
        let token = token.trim();
        let is = |name: &str| token.eq_ignore_ascii_case(name);
        if is("gzip") || is("x-gzip") {
            Some(Self::Gzip)
        } else if is("deflate") {
            Some(Self::Deflate)
        } else if is("br") {
            Some(Self::Brotli)
        } else {
            None
        }
    }

    /// Name of the step in a finding's path.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "brotli",
        }
    }

    /// Undoes it: at most `limit` bytes, and whether there was more.
    pub(super) fn undo(self, bytes: &[u8], limit: usize) -> (Vec<u8>, bool) {
        match self {
            Self::Gzip => drain(flate2::read::MultiGzDecoder::new(bytes), limit),
            Self::Deflate => {
                let wrapped = drain(flate2::read::ZlibDecoder::new(bytes), limit);
                if wrapped.0.is_empty() {
                    drain(flate2::read::DeflateDecoder::new(bytes), limit)
                } else {
                    wrapped
                }
            }
            Self::Brotli => {
                let mut source = Decompressor::new(bytes, BROTLI_BUFFER);
                // Windows beyond 16 MiB are no part of the HTTP coding, but on by default here.
                source.set_parameter(BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
                drain(source, limit)
            }
        }
    }
}

/// Bytes of input the brotli decoder takes at a time; its window, up to 16 MiB, is apart.
const BROTLI_BUFFER: usize = 4096;

fn drain(mut source: impl Read, limit: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        // An error is the end of what can be read: the cut or broken rest of the input.
        let Ok(count @ 1..) = source.read(&mut chunk) else {
            return (out, false);
        };
        let fresh = chunk.get(..count).unwrap_or(&chunk);
        let room = limit - out.len();
        if fresh.len() > room {
            out.extend(fresh.iter().take(room));
            return (out, true);
        }
        out.extend_from_slice(fresh);
    }
}
