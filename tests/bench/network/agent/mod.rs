//! The app behind one contender. Does what the orchestrator says, a line at a time:
//!
//! | command | does | answers |
//! |---|---|---|
//! | `down FLOWS`, `up FLOWS` | starts a bulk transfer | `ok` |
//! | `count` | | bytes received so far |
//! | `stop` | ends the transfer | flows; those whose half-close hung; those that lost bytes |
//! | `requests AT_A_TIME COUNT MS` | connect, ask, close: so many, or so long | done, failed, p50, p99 (ns) |
//! | `pingpong MS` | asks on one open connection | done, failed, p50, p99 (ns) |
//! | `echo OUTSTANDING MS` | datagrams and their echoes | done, lost, p50, p99 (ns) |
//! | `send MS` | datagrams one way | sent |
//! | `receive MS` | datagrams the other way | received |
//! | `hold COUNT` | opens connections until there are so many | open, failed |
//! | `release` | closes them | `ok` |
//! | `drops DEVICE` | | packets to the device, and those that its queue had no room for |

mod bulk;
mod datagrams;
mod requests;

use std::io::{self, Read};
use std::net::{IpAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::wire::{HOLD, PATIENCE, number, serve_lines};

/// Runs until standard input ends, against the server at `server`.
pub(crate) fn run(server: &str) -> io::Result<()> {
    let server: IpAddr = server
        .parse()
        .map_err(|_| io::Error::other(format!("`{server}` is no address")))?;
    let mut transfer = None;
    let mut held = Vec::new();
    serve_lines(|words| match words.first().copied() {
        Some(direction @ ("down" | "up")) => {
            let flows = number(words, 1)?;
            transfer = Some(bulk::Transfer::start(server, direction == "down", flows)?);
            Ok(String::from("ok"))
        }
        Some("count") => Ok(transfer
            .as_ref()
            .map_or(0, bulk::Transfer::count)
            .to_string()),
        Some("stop") => Ok(match transfer.take() {
            Some(transfer) => transfer.stop(),
            None => String::from("0 0 0"),
        }),
        Some("requests") => {
            let limits = (number(words, 2)?, millis(words, 3)?);
            Ok(requests::connections(
                server,
                number(words, 1)?,
                limits.0,
                limits.1,
            ))
        }
        Some("pingpong") => Ok(requests::pingpong(server, millis(words, 1)?)),
        Some("echo") => datagrams::echo(server, number(words, 1)?, millis(words, 2)?),
        Some("send") => datagrams::send(server, millis(words, 1)?),
        Some("receive") => datagrams::receive(server, millis(words, 1)?),
        Some("hold") => Ok(hold(server, &mut held, number(words, 1)?)),
        Some("release") => {
            held.clear();
            Ok(String::from("ok"))
        }
        Some("drops") => drops(words.get(1).copied().unwrap_or_default()),
        _ => Err(io::Error::other(format!(
            "`{}`: no such command",
            words.join(" ")
        ))),
    })
}

fn millis(words: &[&str], at: usize) -> io::Result<Duration> {
    Ok(Duration::from_millis(number(words, at)?))
}

/// How long ten thousand connections may take: engines that look through all of them for each packet take minutes.
const HOLD_PATIENCE: Duration = Duration::from_secs(20);

/// Opens connections until `count` are held, and gives up at the third that fails, or when it takes too long.
fn hold(server: IpAddr, held: &mut Vec<TcpStream>, count: u64) -> String {
    let mut failed = 0;
    let until = Instant::now() + HOLD_PATIENCE;
    while (held.len() as u64) < count && failed < 3 && Instant::now() < until {
        match greeted(server) {
            Ok(stream) => held.push(stream),
            Err(_) => failed += 1,
        }
    }
    format!("{} {failed}", held.len())
}

/// A connection whose server has been heard.
fn greeted(server: IpAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&(server, HOLD).into(), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.read_exact(&mut [0])?;
    Ok(stream)
}

/// Packets that went into the queue of `device`, in this namespace, and those it had no room for.
fn drops(device: &str) -> io::Result<String> {
    let table = std::fs::read_to_string("/proc/self/net/dev")?;
    transmission(&table, device)
        .map(|(packets, dropped)| format!("{packets} {dropped}"))
        .ok_or_else(|| io::Error::other(format!("no device {device} here")))
}

/// The packets and drops of a device's transmission in `/proc/net/dev` (proc_pid_net(5)).
fn transmission(table: &str, device: &str) -> Option<(u64, u64)> {
    let mut rows = table.lines().filter_map(|line| line.split_once(':'));
    let (_, row) = rows.find(|(name, _)| name.trim() == device)?;
    let column = |at| row.split_whitespace().nth(at)?.parse().ok();
    Some((column(9)?, column(11)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_those_of_transmission() {
        let table = "Inter-|   Receive  |  Transmit\n face |bytes packets\n    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n  tun0: 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36\n";
        assert_eq!(transmission(table, "tun0"), Some((30, 32)));
        assert_eq!(transmission(table, "tun1"), None);
    }
}
