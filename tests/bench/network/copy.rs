//! The least that can be done with the packets of a tunnel: read one, write it to another. No engine that takes
//! packets from a tunnel one by one and sends them on is faster, whatever it does with them in between.

use std::io::{self, Read, Write};
use std::thread;

use crate::lossy::attach;

/// No packet is larger.
const LARGEST: usize = 65_536;

/// Attaches to both TUNs, which are there already, and copies packets both ways until one is gone.
pub(crate) fn run(one: &str, other: &str) -> io::Result<()> {
    let (one_in, one_out) = attach(one)?;
    let (other_in, other_out) = attach(other)?;
    let back = thread::spawn(move || copy(other_in, one_out));
    copy(one_in, other_out)?;
    back.join()
        .map_err(|_| io::Error::other("copying back panicked"))?
}

/// A thread a way that sleeps in the read itself: one wake-up and two system calls a packet.
fn copy(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut packet = vec![0; LARGEST];
    loop {
        let len = from.read(&mut packet)?;
        // A full queue drops a packet, as any on the way would.
        let _ = to.write(packet.get(..len).unwrap_or_default());
    }
}
