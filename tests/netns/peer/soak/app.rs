//! An app that does what it is told, many things at once.
//!
//! Standard input: lines of `ID ACTION ARGUMENT…`. Standard output: for each, once it is over, `ID ok UP DOWN AGAIN`
//! (payload bytes each way, datagrams that had to be sent again), or `ID sent` or `ID unsent WHY` of what shall not
//! arrive, or `ID failed WHY`.

use std::io::{self, BufRead, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::traffic;

/// How long anything may take that the other end does.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How long an app waits for the answer to what shall not arrive: a refusal comes at once.
const CURTNESS: Duration = Duration::from_secs(5);

/// What an action came to.
pub(super) enum Outcome {
    /// All of it arrived at both ends.
    Done { up: u64, down: u64, again: u64 },
    /// All was handed to the system.
    Sent,
    /// Not all could be.
    Unsent(io::Error),
}

/// Whose addresses the app has: which app it is, to a platform that tells by them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    v4: Ipv4Addr,
    v6: Ipv6Addr,
}

/// Takes orders until its input ends.
pub(crate) fn run(addresses: &[&str]) -> io::Result<()> {
    let local = match addresses {
        [v4, v6] => Local {
            v4: v4.parse().map_err(io::Error::other)?,
            v6: v6.parse().map_err(io::Error::other)?,
        },
        _ => Local {
            v4: Ipv4Addr::UNSPECIFIED,
            v6: Ipv6Addr::UNSPECIFIED,
        },
    };
    println!("ready");
    for line in io::stdin().lock().lines() {
        let line = line?;
        thread::spawn(move || {
            let (id, action) = line.split_once(' ').unwrap_or((&line, ""));
            let words: Vec<&str> = action.split(' ').collect();
            let said = match act(local, &words) {
                Ok(Outcome::Done { up, down, again }) => format!("ok {up} {down} {again}"),
                Ok(Outcome::Sent) => "sent".to_owned(),
                Ok(Outcome::Unsent(error)) => format!("unsent {error}"),
                Err(error) => format!("failed {error}"),
            };
            println!("{id} {said}");
        });
    }
    Ok(())
}

fn act(local: Local, words: &[&str]) -> io::Result<Outcome> {
    match *words {
        ["tell", "tcp", address, pace, hex] => Ok(tell(local, &target(address)?, pace, hex)),
        ["tell", "udp", address, hex] => datagram(local, target(address)?, &bytes(hex)?),
        ["tell", "ping", address, hex] => echo_request(local, target(address)?, &bytes(hex)?),
        _ => traffic::act(local, words),
    }
}

/// Sends what shall not arrive: whole, byte by byte, or in parts, each after an answer to the one before.
fn tell(local: Local, target: &SocketAddr, pace: &str, hex: &str) -> Outcome {
    let told = || -> io::Result<TcpStream> {
        let mut connection = local.connect(*target)?;
        connection.set_nodelay(true)?;
        for (number, part) in hex.split('+').enumerate() {
            if number > 0 && connection.read(&mut [0; 4096])? == 0 {
                return Err(io::Error::other("no answer to the part before"));
            }
            let part = bytes(part)?;
            let step = if pace == "bytes" { 1 } else { part.len() };
            for piece in part.chunks(step) {
                connection.write_all(piece)?;
            }
        }
        Ok(connection)
    };
    match told() {
        Ok(mut connection) => {
            let _ = connection.set_read_timeout(Some(CURTNESS));
            // A refusal, an answer, or nothing.
            let _ = connection.read(&mut [0; 4096]);
            Outcome::Sent
        }
        Err(error) => Outcome::Unsent(error),
    }
}

fn datagram(local: Local, target: SocketAddr, payload: &[u8]) -> io::Result<Outcome> {
    let socket = local.datagrams(target)?;
    Ok(match socket.send(payload) {
        Ok(_) => {
            socket.set_read_timeout(Some(Duration::from_millis(300)))?;
            // The refusal, if there is one.
            let _ = socket.recv(&mut [0; 2048]);
            Outcome::Sent
        }
        Err(error) => Outcome::Unsent(error),
    })
}

fn echo_request(local: Local, target: SocketAddr, payload: &[u8]) -> io::Result<Outcome> {
    let socket = local.pinger(target)?;
    Ok(match socket.send(&traffic::echo(target, 1, payload)) {
        Ok(_) => Outcome::Sent,
        Err(error) => Outcome::Unsent(error),
    })
}

impl Local {
    /// The app's own address of the target's family.
    pub(super) fn address(self, target: SocketAddr) -> IpAddr {
        match target {
            SocketAddr::V4(_) => self.v4.into(),
            SocketAddr::V6(_) => self.v6.into(),
        }
    }

    fn socket(
        self,
        target: SocketAddr,
        kind: Type,
        protocol: Option<Protocol>,
    ) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(target), kind, protocol)?;
        let own = SocketAddr::new(self.address(target), 0);
        if !own.ip().is_unspecified() {
            socket.bind(&own.into())?;
        }
        Ok(socket)
    }

    pub(super) fn connect(self, target: SocketAddr) -> io::Result<TcpStream> {
        let socket = self.socket(target, Type::STREAM, None)?;
        socket.connect_timeout(&target.into(), PATIENCE)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(socket.into())
    }

    pub(super) fn datagrams(self, target: SocketAddr) -> io::Result<UdpSocket> {
        let socket = self.socket(target, Type::DGRAM, None)?;
        socket.connect(&target.into())?;
        Ok(socket.into())
    }

    pub(super) fn pinger(self, target: SocketAddr) -> io::Result<UdpSocket> {
        let protocol = match target {
            SocketAddr::V4(_) => Protocol::ICMPV4,
            SocketAddr::V6(_) => Protocol::ICMPV6,
        };
        let socket = self.socket(target, Type::DGRAM, Some(protocol))?;
        socket.connect(&target.into())?;
        // Only sent on and received from, which is the same for both.
        Ok(socket.into())
    }
}

pub(super) fn target(address: &str) -> io::Result<SocketAddr> {
    address.parse().map_err(io::Error::other)
}

/// Bytes written as hexadecimal digits.
pub(super) fn bytes(hex: &str) -> io::Result<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(pair).collect();
    bytes.ok_or_else(|| io::Error::other("not hexadecimal"))
}
