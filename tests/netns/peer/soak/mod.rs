//! The apps and servers of the soak: every byte that goes or comes is counted and compared at the other end.

mod app;
mod resolver;
mod server;
mod traffic;

use std::io::{self, Read, Write};
use std::net::TcpStream;

pub(crate) use app::run as app;
pub(crate) use server::run as server;

use super::Sum;

/// Longest stretch made or read at once.
const BLOCK: usize = 1 << 15;

/// Bytes without a pattern, the same for the same seed.
struct Bytes {
    state: u64,
    left: u64,
}

impl Bytes {
    fn new(seed: u64, length: u64) -> Self {
        Self {
            state: seed | 1,
            left: length,
        }
    }

    /// The next stretch, empty at the end.
    fn next<'a>(&mut self, block: &'a mut [u8]) -> &'a [u8] {
        let length = usize::try_from(self.left).map_or(block.len(), |left| left.min(block.len()));
        for word in block[..length].chunks_mut(8) {
            // xorshift64* (Vigna 2016).
            self.state ^= self.state >> 12;
            self.state ^= self.state << 25;
            self.state ^= self.state >> 27;
            let drawn = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes();
            word.copy_from_slice(&drawn[..word.len()]);
        }
        self.left -= length as u64;
        &block[..length]
    }

    /// `LENGTH SUM` of all of it.
    fn told(seed: u64, length: u64) -> String {
        let mut bytes = Self::new(seed, length);
        let (mut sum, mut block) = (Sum::new(), vec![0; BLOCK]);
        while bytes.left > 0 {
            sum.add(bytes.next(&mut block));
        }
        told(length, sum)
    }
}

fn told(length: u64, sum: Sum) -> String {
    format!("{length} {:016x}", sum.0)
}

/// Reads `length` bytes, or to the end; what they come to.
fn count(reader: &mut impl Read, length: Option<u64>) -> io::Result<String> {
    let (mut sum, mut got) = (Sum::new(), 0);
    let mut block = vec![0; BLOCK];
    loop {
        let left = length.map_or(BLOCK as u64, |length| length - got);
        let most = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        // To read nothing would wait for more.
        let read = if most == 0 {
            0
        } else {
            reader.read(&mut block[..most])?
        };
        if read == 0 {
            return Ok(told(got, sum));
        }
        sum.add(&block[..read]);
        got += read as u64;
    }
}

/// Sends the bytes of a seed.
pub(super) fn send(mut connection: &TcpStream, seed: u64, length: u64) -> io::Result<()> {
    let mut bytes = Bytes::new(seed, length);
    let mut block = vec![0; BLOCK];
    loop {
        let part = bytes.next(&mut block);
        if part.is_empty() {
            return Ok(());
        }
        connection.write_all(part)?;
    }
}
