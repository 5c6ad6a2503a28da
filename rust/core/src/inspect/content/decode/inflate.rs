//! Decompression up to a given size; what comes out before an error or a cut is kept.

use std::io::Read;

use brotli_decompressor::BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW;
use brotli_decompressor::Decompressor;
use ruzstd::decoding::StreamingDecoder;

/// Compressions that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, or the bare RFC 1951 that some senders mean by it.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
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
        } else if is("zstd") {
            Some(Self::Zstd)
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
            Self::Zstd => "zstd",
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
            Self::Zstd => match StreamingDecoder::new_with_max_window_size(bytes, ZSTD_WINDOW) {
                Ok(source) => drain(source, limit),
                Err(_) => (Vec::new(), false),
            },
        }
    }
}

/// Largest window of a zstd frame, in bytes: what the HTTP coding allows (RFC 8878, section 5, and
/// RFC 9659). The decoder reserves it whole.
const ZSTD_WINDOW: u64 = 8 * 1024 * 1024;

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

/// What brotli without a header gives, if `bytes` are such a stream, whole, and text is in it: there is no
/// magic, so only the windows of the common encoders (22 and 24 bits) are tried.
pub(super) fn guess_brotli(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    if bytes.len() < BROTLI_LEAST || !matches!(bytes.first().map(|b| b & 0xf), Some(0xb | 0xf)) {
        return None;
    }
    let mut source = Decompressor::new(bytes, BROTLI_BUFFER);
    source.set_parameter(BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
    let mut out = Vec::new();
    let read = source.take(limit as u64).read_to_end(&mut out);
    (read.is_ok() && out.len() >= BROTLI_LEAST && !super::nature::is_binary(&out)).then_some(out)
}

/// Shortest stream, and shortest text in one, that is taken for brotli.
const BROTLI_LEAST: usize = 12;
