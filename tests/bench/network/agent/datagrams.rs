//! UDP there and back, and one way.

use std::io;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use super::requests::{nanos, told};
use crate::wire::{BLAST, DATAGRAM, DRAIN, ECHO, REQUEST};

/// How long an echo may take before it counts as lost.
const ECHO_PATIENCE: Duration = Duration::from_millis(100);

/// How long after a blast's end its last datagrams may still come.
const STRAGGLERS: Duration = Duration::from_millis(50);

/// Keeps `outstanding` datagrams under way for `span`.
pub(super) fn echo(server: IpAddr, outstanding: u64, span: Duration) -> io::Result<String> {
    let socket = socket(server, ECHO)?;
    socket.set_read_timeout(Some(ECHO_PATIENCE))?;
    let start = Instant::now();
    let send = || {
        let mut datagram = [0; REQUEST];
        if let Some(stamp) = datagram.get_mut(..8) {
            stamp.copy_from_slice(&nanos(start.elapsed()).to_be_bytes());
        }
        // One that is refused is as lost as one that is dropped.
        let _ = socket.send(&datagram);
    };
    let (mut times, mut lost, mut on_the_way) = (Vec::new(), 0, 0);
    let mut answer = [0; REQUEST];
    while start.elapsed() < span {
        while on_the_way < outstanding {
            send();
            on_the_way += 1;
        }
        if matches!(socket.recv(&mut answer), Ok(REQUEST)) {
            on_the_way -= 1;
            let stamp = answer.first_chunk().copied().unwrap_or_default();
            times.push(nanos(start.elapsed()).saturating_sub(u64::from_be_bytes(stamp)));
        } else {
            lost += on_the_way;
            on_the_way = 0;
        }
    }
    Ok(told(&mut times, lost))
}

/// Sends as many as will go for `span`.
pub(super) fn send(server: IpAddr, span: Duration) -> io::Result<String> {
    let socket = socket(server, DRAIN)?;
    let until = Instant::now() + span;
    let mut sent = 0_u64;
    while Instant::now() < until {
        sent += u64::from(socket.send(&[0xC3; DATAGRAM]).is_ok());
    }
    Ok(sent.to_string())
}

/// Has as many sent here as will go for `span`.
pub(super) fn receive(server: IpAddr, span: Duration) -> io::Result<String> {
    let socket = socket(server, BLAST)?;
    socket.set_read_timeout(Some(STRAGGLERS))?;
    let millis = u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
    socket.send(&millis.to_be_bytes())?;
    let until = Instant::now() + span + STRAGGLERS;
    let mut datagram = [0; 2048];
    let mut received = 0_u64;
    while Instant::now() < until {
        received += u64::from(socket.recv(&mut datagram).is_ok());
    }
    Ok(received.to_string())
}

fn socket(server: IpAddr, port: u16) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect((server, port))?;
    Ok(socket)
}
