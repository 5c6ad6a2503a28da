//! The internet: a few services, and counters that the orchestrator asks for on standard input.

mod answers;
mod datagrams;
mod hold;
mod pages;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::wire::{CHUNK, HOLD, PAGES, SINK, SOURCE, serve_lines};

/// What has come so far.
#[derive(Default)]
pub(crate) struct Counters {
    /// Bytes at the sink.
    pub(crate) bytes: AtomicU64,
    /// Datagrams at the drain.
    pub(crate) datagrams: AtomicU64,
}

/// Serves until standard input ends. Each line there is answered by both counters.
pub(crate) fn run() -> io::Result<()> {
    let counters = Arc::new(Counters::default());
    each_connection(SOURCE, |stream, _| pour(stream), &counters)?;
    each_connection(SINK, sink, &counters)?;
    each_connection(PAGES, |stream, _| pages::serve(stream), &counters)?;
    answers::serve()?;
    hold::serve(TcpListener::bind((Ipv4Addr::UNSPECIFIED, HOLD))?)?;
    datagrams::serve(&counters)?;
    serve_lines(|_| {
        let bytes = counters.bytes.load(Ordering::Relaxed);
        let datagrams = counters.datagrams.load(Ordering::Relaxed);
        Ok(format!("{bytes} {datagrams}"))
    })
}

/// A thread for each connection to `port`.
fn each_connection(
    port: u16,
    serve: fn(TcpStream, &Counters) -> io::Result<()>,
    counters: &Arc<Counters>,
) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    let counters = Arc::clone(counters);
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let counters = Arc::clone(&counters);
            // The end of a transfer is not this side's to judge.
            thread::spawn(move || serve(stream, &counters));
        }
    });
    Ok(())
}

fn pour(mut stream: TcpStream) -> io::Result<()> {
    let chunk = vec![0xA5; CHUNK];
    loop {
        stream.write_all(&chunk)?;
    }
}

fn sink(mut stream: TcpStream, counters: &Counters) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut total = 0_u64;
    loop {
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return stream.write_all(&total.to_be_bytes());
        }
        total += count as u64;
        counters.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }
}
