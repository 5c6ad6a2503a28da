//! As much as will go, one way.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crate::wire::{CHUNK, PATIENCE, SINK, SOURCE};

/// How one flow ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// As it should.
    Good,
    /// The peer's word after our end of the stream never came.
    Hung,
    /// The peer has another count of bytes than we.
    Lost,
}

/// A transfer under way, a thread for each flow.
pub(super) struct Transfer {
    received: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    streams: Vec<TcpStream>,
    flows: Vec<JoinHandle<End>>,
    is_down: bool,
}

impl Transfer {
    /// Connects `flows` flows and starts them.
    pub(super) fn start(server: IpAddr, is_down: bool, flows: u64) -> io::Result<Self> {
        let port = if is_down { SOURCE } else { SINK };
        let mut transfer = Self {
            received: Arc::default(),
            over: Arc::default(),
            streams: Vec::new(),
            flows: Vec::new(),
            is_down,
        };
        // All before the first byte, which would keep the other connections waiting.
        let connect = |_| TcpStream::connect_timeout(&(server, port).into(), PATIENCE);
        let streams: Vec<TcpStream> = (0..flows).map(connect).collect::<io::Result<_>>()?;
        for stream in streams {
            transfer.streams.push(stream.try_clone()?);
            let received = Arc::clone(&transfer.received);
            let over = Arc::clone(&transfer.over);
            transfer.flows.push(thread::spawn(move || {
                if is_down {
                    take(stream, &received);
                    End::Good
                } else {
                    give(stream, &over).unwrap_or(End::Hung)
                }
            }));
        }
        Ok(transfer)
    }

    /// Bytes received so far, all flows together.
    pub(super) fn count(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Ends all flows: flows, hung ones, lossy ones.
    pub(super) fn stop(self) -> String {
        self.over.store(true, Ordering::Relaxed);
        if self.is_down {
            for stream in &self.streams {
                // Gone already: then its thread has ended, too.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        let ends: Vec<End> = self
            .flows
            .into_iter()
            .map(|flow| flow.join().unwrap_or(End::Lost))
            .collect();
        let count = |end| ends.iter().filter(|e| **e == end).count();
        format!("{} {} {}", ends.len(), count(End::Hung), count(End::Lost))
    }
}

fn take(mut stream: TcpStream, received: &AtomicU64) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        received.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// Sends until it is over, ends its half, and waits for the peer's count.
fn give(mut stream: TcpStream, over: &AtomicBool) -> io::Result<End> {
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let chunk = vec![0x5A; CHUNK];
    let mut sent = 0_u64;
    while !over.load(Ordering::Relaxed) {
        sent += stream.write(&chunk)? as u64;
    }
    stream.shutdown(Shutdown::Write)?;
    let mut count = [0; 8];
    stream.read_exact(&mut count)?;
    Ok(if u64::from_be_bytes(count) == sent {
        End::Good
    } else {
        End::Lost
    })
}
