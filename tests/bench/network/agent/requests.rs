//! Short connections, and short requests on a long one.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::wire::{ANSWERS, PATIENCE, REQUEST, percentiles};

/// Connects, asks and closes, `at_a_time` at a time, until `most` were begun or `span` is over.
pub(super) fn connections(server: IpAddr, at_a_time: u64, most: u64, span: Duration) -> String {
    let begun = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    let until = Instant::now() + span;
    let mut times: Vec<u64> = thread::scope(|scope| {
        let each = || {
            let mut times = Vec::new();
            while Instant::now() < until {
                let number = begun.fetch_add(1, Ordering::Relaxed);
                if number >= most {
                    break;
                }
                match connection(server, number) {
                    Ok(time) => times.push(nanos(time)),
                    Err(_) => {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            times
        };
        let threads: Vec<_> = (0..at_a_time).map(|_| scope.spawn(each)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect()
    });
    told(&mut times, failed.into_inner())
}

/// From the first SYN to the last byte of the answer.
fn connection(server: IpAddr, number: u64) -> io::Result<Duration> {
    let port = ANSWERS.start() + (number % ANSWERS.len() as u64) as u16;
    let start = Instant::now();
    let mut stream = TcpStream::connect_timeout(&(server, port).into(), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    ask(&mut stream)?;
    Ok(start.elapsed())
}

/// Asks again and again on one connection.
pub(super) fn pingpong(server: IpAddr, span: Duration) -> String {
    let mut times = Vec::new();
    let outcome = (|| {
        let mut stream = TcpStream::connect_timeout(&(server, *ANSWERS.start()).into(), PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let until = Instant::now() + span;
        while Instant::now() < until {
            let start = Instant::now();
            ask(&mut stream)?;
            times.push(nanos(start.elapsed()));
        }
        io::Result::Ok(())
    })();
    told(&mut times, u64::from(outcome.is_err()))
}

fn ask(stream: &mut TcpStream) -> io::Result<()> {
    let mut request = [0x3C; REQUEST];
    stream.write_all(&request)?;
    stream.read_exact(&mut request)
}

pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Done, failed or lost, median and 99th percentile.
pub(super) fn told(times: &mut [u64], failed: u64) -> String {
    let (p50, p99) = percentiles(times);
    format!("{} {failed} {p50} {p99}", times.len())
}
