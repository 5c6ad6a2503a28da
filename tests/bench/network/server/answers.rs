//! Sends back what comes, on many connections by a few threads: an engine that forgets to close one must not
//! keep the others waiting.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use crate::wire::ANSWERS;

/// Threads that answer.
const THREADS: usize = 4;

/// Events fetched by one wait.
const BATCH: usize = 64;

/// After how long a silent connection counts as forgotten, and how often that is looked at.
const FORGOTTEN: Duration = Duration::from_secs(3);
const SWEEP: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

struct Connection {
    stream: TcpStream,
    last_used: Instant,
}

/// Serves all of [`ANSWERS`] on threads of its own.
pub(super) fn serve() -> io::Result<()> {
    let bind = |port| {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    let listeners: Arc<[TcpListener]> = ANSWERS.map(bind).collect::<io::Result<_>>()?;
    for _ in 0..THREADS {
        let listeners = Arc::clone(&listeners);
        thread::spawn(move || work(&listeners));
    }
    Ok(())
}

/// Events have the number of their listener, or behind these that of their connection's slot.
fn work(listeners: &[TcpListener]) -> io::Result<()> {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let one_of_us = epoll::EventFlags::IN | epoll::EventFlags::EXCLUSIVE;
    for (number, listener) in (0..).zip(listeners) {
        let token = epoll::EventData::new_u64(number);
        epoll::add(&poll, listener, token, one_of_us)?;
    }
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut free = Vec::new();
    let mut events = Vec::with_capacity(BATCH);
    let mut swept = Instant::now();
    loop {
        epoll::wait(&poll, spare_capacity(&mut events), Some(&SWEEP))?;
        for event in events.drain(..) {
            let number = event.data.u64() as usize;
            if let Some(listener) = listeners.get(number) {
                // Another thread may have been quicker.
                if let Ok((stream, _)) = listener.accept() {
                    stream.set_nonblocking(true)?;
                    stream.set_nodelay(true)?;
                    let at = free.pop().unwrap_or_else(|| {
                        connections.push(None);
                        connections.len() - 1
                    });
                    let token = (listeners.len() + at) as u64;
                    let token = epoll::EventData::new_u64(token);
                    epoll::add(&poll, &stream, token, epoll::EventFlags::IN)?;
                    connections[at] = Some(Connection {
                        stream,
                        last_used: Instant::now(),
                    });
                }
                continue;
            }
            let at = number - listeners.len();
            let slot = &mut connections[at];
            if slot.as_mut().is_some_and(|connection| !answer(connection)) {
                *slot = None;
                free.push(at);
            }
        }
        if swept.elapsed() > FORGOTTEN {
            swept = Instant::now();
            for (at, slot) in connections.iter_mut().enumerate() {
                if slot
                    .take_if(|held| held.last_used.elapsed() > FORGOTTEN)
                    .is_some()
                {
                    free.push(at);
                }
            }
        }
    }
}

/// Sends back what has come; `false` once the peer has ended.
fn answer(connection: &mut Connection) -> bool {
    let mut bytes = [0; 4096];
    connection.last_used = Instant::now();
    match connection.stream.read(&mut bytes) {
        Ok(0) => false,
        // Requests are small and one at a time: there is always room for the answer.
        Ok(count) => connection.stream.write_all(&bytes[..count]).is_ok(),
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}
