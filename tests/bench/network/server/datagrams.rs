//! UDP: echo, drain and blast.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::Counters;
use crate::wire::{BLAST, DATAGRAM, DRAIN, ECHO};

/// Longest blast that is granted.
const BLAST_MAX: Duration = Duration::from_secs(30);

/// Serves on threads of its own.
pub(super) fn serve(counters: &Arc<Counters>) -> io::Result<()> {
    let echo = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, ECHO))?;
    let drain = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, DRAIN))?;
    let blast = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, BLAST))?;
    thread::spawn(move || {
        let mut datagram = [0; 2048];
        loop {
            // An error here is the fate of an earlier datagram: its sender counts it as lost.
            if let Ok((len, from)) = echo.recv_from(&mut datagram) {
                let _ = echo.send_to(datagram.get(..len).unwrap_or_default(), from);
            }
        }
    });
    let counters = Arc::clone(counters);
    thread::spawn(move || {
        let mut datagram = [0; 2048];
        loop {
            if drain.recv_from(&mut datagram).is_ok() {
                counters.datagrams.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    thread::spawn(move || {
        let mut request = [0; 4];
        loop {
            if let Ok((4, from)) = blast.recv_from(&mut request) {
                let asked = Duration::from_millis(u32::from_be_bytes(request).into());
                let until = Instant::now() + asked.min(BLAST_MAX);
                while Instant::now() < until {
                    let _ = blast.send_to(&[0xA5; DATAGRAM], from);
                }
            }
        }
    });
    Ok(())
}
