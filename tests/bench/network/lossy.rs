//! A long, bad path to a second server, made in user space: delay and loss need no privilege over the kernel.
//!
//! Packets go through two TUNs, one beside the server, one in the far namespace. Each way a packet is held back
//! for [`DELAY`], and one of each [`LOSS_OF`] is dropped.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::wire::serve_lines;

/// Each way: half of the round trip.
pub(crate) const DELAY: Duration = Duration::from_millis(10);

/// One packet of so many is lost, at a place drawn anew for each lot: the share is the same for everybody, the
/// moment is not.
pub(crate) const LOSS_OF: u64 = 100;

/// Packets under way at once, each way; one more waits.
const UNDER_WAY: usize = 4096;

/// No packet between the two is larger.
const LARGEST: usize = 65_536;

/// Attaches to both TUNs, which are there already, and carries packets until standard input ends. Answers each
/// line there.
pub(crate) fn run(near: &str, far: &str) -> io::Result<()> {
    let (near_in, near_out) = attach(near)?;
    let (far_in, far_out) = attach(far)?;
    carry(near_in, far_out, 1);
    carry(far_in, near_out, 2);
    serve_lines(|_| Ok(String::from("ok")))
}

/// Both ends of a TUN that is there already.
pub(crate) fn attach(name: &str) -> io::Result<(tun::Reader, tun::Writer)> {
    let mut wanted = tun::Configuration::default();
    wanted.tun_name(name).platform_config(|platform| {
        // Its addresses and state belong to whoever made it.
        platform.ensure_root_privileges(false);
    });
    let device = tun::create(&wanted).map_err(io::Error::other)?;
    Ok(device.split())
}

/// One way: a thread that takes packets, and one that gives them on.
fn carry(from: tun::Reader, to: tun::Writer, seed: u64) {
    let (give, take) = sync_channel(UNDER_WAY);
    thread::spawn(move || admit(from, &give, Loss::new(seed)));
    thread::spawn(move || deliver(to, &take));
}

fn admit(mut from: tun::Reader, under_way: &SyncSender<(Instant, Vec<u8>)>, mut loss: Loss) {
    let mut packet = vec![0; LARGEST];
    // Ends with the device.
    while let Ok(len) = from.read(&mut packet) {
        let Some(packet) = packet.get(..len) else {
            return;
        };
        if loss.strikes() {
            continue;
        }
        if under_way
            .send((Instant::now() + DELAY, packet.to_vec()))
            .is_err()
        {
            return;
        }
    }
}

fn deliver(mut to: tun::Writer, under_way: &Receiver<(Instant, Vec<u8>)>) {
    // In the order of their times: all wait equally long.
    for (due, packet) in under_way {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        // What the far end cannot take is lost, as on any path.
        let _ = to.write(&packet);
    }
}

/// Which packets are lost.
struct Loss {
    state: u64,
    seen: u64,
    lost: u64,
}

impl Loss {
    fn new(seed: u64) -> Self {
        let mut loss = Self {
            state: seed,
            seen: 0,
            lost: 0,
        };
        loss.lost = loss.draw();
        loss
    }

    /// Whether the next packet is.
    fn strikes(&mut self) -> bool {
        let is_lost = self.seen == self.lost;
        self.seen += 1;
        if self.seen == LOSS_OF {
            self.seen = 0;
            self.lost = self.draw();
        }
        is_lost
    }

    /// A place in a lot (splitmix64, Steele et al. 2014).
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % LOSS_OF
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_lot_is_lost_at_changing_places() {
        let mut loss = Loss::new(1);
        let places: Vec<usize> = (0..50)
            .map(|_| {
                let lot: Vec<bool> = (0..LOSS_OF).map(|_| loss.strikes()).collect();
                assert_eq!(lot.iter().filter(|lost| **lost).count(), 1);
                lot.iter().position(|lost| *lost).expect("one")
            })
            .collect();
        let distinct: std::collections::BTreeSet<_> = places.iter().collect();
        assert!(distinct.len() > 20, "{places:?}");
    }
}
