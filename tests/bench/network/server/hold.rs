//! Connections that are kept open and say nothing: many more than there could be threads.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;

/// Connections told about by one wait.
const BATCH: usize = 256;

/// Open connections, each in the slot that its epoll token names.
#[derive(Default)]
struct Held {
    slots: Vec<Option<TcpStream>>,
    free: Vec<usize>,
}

impl Held {
    /// The slot that the next connection will have.
    fn reserve(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        })
    }
}

/// Serves `listener` on threads of its own.
pub(super) fn serve(listener: TcpListener) -> io::Result<()> {
    let poll = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
    let held = Arc::new(Mutex::new(Held::default()));
    thread::spawn({
        let (poll, held) = (Arc::clone(&poll), Arc::clone(&held));
        move || -> io::Result<()> {
            loop {
                let (mut stream, _) = listener.accept()?;
                if stream.write_all(b"!").is_err() {
                    continue;
                }
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                let at = held.reserve();
                let token = epoll::EventData::new_u64(at as u64);
                // Nothing is ever sent here: being told means that the peer has ended.
                let ends = epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
                epoll::add(&*poll, &stream, token, ends)?;
                if let Some(slot) = held.slots.get_mut(at) {
                    *slot = Some(stream);
                }
            }
        }
    });
    thread::spawn(move || -> io::Result<()> {
        let mut events = Vec::with_capacity(BATCH);
        loop {
            epoll::wait(&*poll, spare_capacity(&mut events), None)?;
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            for event in events.drain(..) {
                let at = event.data.u64() as usize;
                if held.slots.get_mut(at).and_then(Option::take).is_some() {
                    held.free.push(at);
                }
            }
        }
    });
    Ok(())
}
