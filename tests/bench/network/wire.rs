//! What agent and server agree on: ports, sizes, and how a command line answers.

use std::io::{self, BufRead, Write};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Sends for as long as anybody reads.
pub(crate) const SOURCE: u16 = 5301;
/// Reads to the end, then says how many bytes came (8 bytes, big-endian) and ends.
pub(crate) const SINK: u16 = 5302;
/// Answer each request of [`REQUEST`] bytes with as many, on one connection or many. What closes first keeps a pair of ports for a
/// minute: with one port here, a run has more short connections than pairs, and the kernel of whose turn it is searches for them.
pub(crate) const ANSWERS: RangeInclusive<u16> = 5320..=5335;
/// Says one byte and then keeps the connection until the peer ends it.
pub(crate) const HOLD: u16 = 5304;
/// UDP: sends each datagram back.
pub(crate) const ECHO: u16 = 5305;
/// UDP: counts what comes.
pub(crate) const DRAIN: u16 = 5306;
/// UDP: sends datagrams to whoever asks, for as many milliseconds as the request says (4 bytes, big-endian).
pub(crate) const BLAST: u16 = 5307;

/// HTTP: gives [`GIGABYTE`] or a page of [`PAGE_REQUESTS`] to whoever asks, takes what is put.
pub(crate) const PAGES: u16 = 5308;

/// Bytes that programs move.
pub(crate) const GIGABYTE: u64 = 1_000_000_000;

/// Requests that the page of many parts takes, itself included.
pub(crate) const PAGE_REQUESTS: u32 = 200;

/// Bytes of a request and of its answer.
pub(crate) const REQUEST: usize = 64;

/// Bytes of payload of a datagram of the one-way tests: fits every path the internet allows.
pub(crate) const DATAGRAM: usize = 1200;

/// Bytes moved by one read or write of a bulk transfer.
pub(crate) const CHUNK: usize = 256 * 1024;

/// How long anything may take before it counts as lost.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How an answer begins that is none.
pub(crate) const REFUSAL: &str = "failed:";

/// Answers each line of standard input by one line, until the input ends.
pub(crate) fn serve_lines(mut answer: impl FnMut(&[&str]) -> io::Result<String>) -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let said = answer(&words).unwrap_or_else(|error| format!("{REFUSAL} {error}"));
        let mut out = io::stdout().lock();
        writeln!(out, "{said}")?;
        out.flush()?;
    }
    Ok(())
}

/// The number that a command has at `at`.
pub(crate) fn number(words: &[&str], at: usize) -> io::Result<u64> {
    let word = words.get(at).copied().unwrap_or_default();
    word.parse()
        .map_err(|_| io::Error::other(format!("`{}`: no number at {at}", words.join(" "))))
}

/// Median and 99th percentile of times, in nanoseconds; zeros where there is none.
pub(crate) fn percentiles(times: &mut [u64]) -> (u64, u64) {
    times.sort_unstable();
    let at = |share: f64| {
        let last = times.len().saturating_sub(1);
        let index = (last as f64 * share).round() as usize;
        times.get(index).copied().unwrap_or(0)
    };
    (at(0.5), at(0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let mut times: Vec<u64> = (1..=101).rev().collect();
        assert_eq!(percentiles(&mut times), (51, 100));
        assert_eq!(percentiles(&mut [7]), (7, 7));
        assert_eq!(percentiles(&mut []), (0, 0));
    }

    #[test]
    fn a_number_that_is_missing_is_an_error() {
        assert_eq!(number(&["down", "10"], 1).ok(), Some(10));
        assert!(number(&["down"], 1).is_err());
        assert!(number(&["down", "ten"], 1).is_err());
    }
}
