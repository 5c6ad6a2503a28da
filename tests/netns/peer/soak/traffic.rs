//! What ordinary apps do, with every byte compared.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::app::{Local, Outcome, PATIENCE, bytes, target};
use super::resolver::LIE;
use super::{Bytes, count, send};

/// How often a datagram is sent before it counts as lost.
const TRIES: u64 = 4;

/// How long the answer to a datagram may take.
const ANSWER: Duration = Duration::from_secs(2);

pub(super) fn act(local: Local, words: &[&str]) -> io::Result<Outcome> {
    match *words {
        ["ask", address, pace, hex, expected] => ask(local, target(address)?, pace, hex, expected),
        ["http", address, seed, count, length] => http(
            local,
            target(address)?,
            parse(seed)?,
            parse(count)?,
            parse(length)?,
        ),
        ["sum", address, seed, length] => {
            sum(local, target(address)?, parse(seed)?, parse(length)?)
        }
        ["late", address, again, seed, length] => late(
            local,
            target(address)?,
            target(again)?,
            parse(seed)?,
            parse(length)?,
        ),
        ["short", address, count] => short(local, target(address)?, parse(count)?),
        ["idle", address, seconds] => idle(local, target(address)?, parse(seconds)?),
        ["leave", address] => leave(local, target(address)?),
        ["left", address] => left(local, target(address)?),
        ["echo", address, seed, count] => {
            datagrams(local, target(address)?, parse(seed)?, parse(count)?)
        }
        ["exchange", "udp", address, hex, expected] => {
            exchange(local, target(address)?, hex, expected)
        }
        ["exchange", "tcp", address, hex, expected] => {
            over_tcp(local, target(address)?, hex, expected)
        }
        ["ping", address] => ping(local, target(address)?),
        ["tls", address, path, expected] => tls(local, target(address)?, path, expected),
        _ => Err(io::Error::other("no such action")),
    }
}

fn parse(number: &str) -> io::Result<u64> {
    number.parse().map_err(io::Error::other)
}

fn wrong(what: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("WRONG {what}"))
}

/// Unless it is what was expected: cut short, which a fault explains, or wrong, which nothing does.
fn compare(got: &str, expected: &str) -> io::Result<()> {
    let length = |told: &str| {
        told.split(' ')
            .next()
            .and_then(|length| length.parse::<u64>().ok())
            .unwrap_or(0)
    };
    if got == expected {
        Ok(())
    } else if length(got) < length(expected) {
        Err(io::Error::other(format!(
            "cut short: {got:?} of {expected:?}"
        )))
    } else {
        Err(wrong(format!("{got:?} instead of {expected:?}")))
    }
}

fn done(up: u64, down: u64) -> Outcome {
    Outcome::Done { up, down, again: 0 }
}

/// One request that is given; the answer must hold what is expected.
fn ask(
    local: Local,
    target: SocketAddr,
    pace: &str,
    hex: &str,
    expected: &str,
) -> io::Result<Outcome> {
    let mut connection = local.connect(target)?;
    connection.set_nodelay(true)?;
    let request = bytes(hex)?;
    let step = if pace == "bytes" { 1 } else { request.len() };
    for piece in request.chunks(step) {
        connection.write_all(piece)?;
    }
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    if answer.is_empty() {
        Err(io::Error::other("no answer"))
    } else if answer.contains(&expected.replace('_', " ")) {
        Ok(done(request.len() as u64, answer.len() as u64))
    } else {
        Err(wrong(format!("answer {answer:?}, expected {expected:?}")))
    }
}

/// Requests over one connection, uploads and downloads in turn.
fn http(
    local: Local,
    target: SocketAddr,
    seed: u64,
    requests: u64,
    length: u64,
) -> io::Result<Outcome> {
    let connection = local.connect(target)?;
    let mut reader = BufReader::new(&connection);
    let (mut up, mut down) = (0, 0);
    for number in 0..requests {
        let seed = seed + number;
        let expected = Bytes::told(seed, length);
        let got = if (seed + number).is_multiple_of(2) {
            let head = format!(
                "POST /up HTTP/1.1\r\nHost: shop.example\r\nContent-Length: {length}\r\n\r\n"
            );
            (&connection).write_all(head.as_bytes())?;
            send(&connection, seed, length)?;
            up += length;
            let mut answer = String::new();
            let length = head_of(&mut reader)?;
            (&mut reader).take(length).read_to_string(&mut answer)?;
            answer
        } else {
            let head = format!("GET /down/{seed}/{length} HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            (&connection).write_all(head.as_bytes())?;
            let length = head_of(&mut reader)?;
            down += length;
            count(&mut (&mut reader), Some(length))?
        };
        compare(&got, &expected)?;
    }
    Ok(done(up, down))
}

/// Reads the head of an answer; its Content-Length.
fn head_of(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the connection ended in a head"));
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = Some(parse(value.trim())?);
        }
        if line == "\r\n" {
            return length.ok_or_else(|| wrong("a head without length"));
        }
    }
}

/// All of our half, then its end, then what arrived.
fn sum(local: Local, target: SocketAddr, seed: u64, length: u64) -> io::Result<Outcome> {
    let mut connection = local.connect(target)?;
    send(&connection, seed, length)?;
    connection.shutdown(Shutdown::Write)?;
    let (mut answer, expected) = (String::new(), Bytes::told(seed, length));
    connection.read_to_string(&mut answer)?;
    compare(answer.trim_end(), &expected)?;
    Ok(done(length, answer.len() as u64))
}

/// The server's half ends first; what it had of ours after that it tells when asked again.
fn late(
    local: Local,
    target: SocketAddr,
    again: SocketAddr,
    seed: u64,
    length: u64,
) -> io::Result<Outcome> {
    let mut connection = local.connect(target)?;
    writeln!(connection, "{seed:016} {length:016}")?;
    let (got, expected) = (count(&mut connection, None)?, Bytes::told(seed, length));
    compare(&got, &expected)?;
    send(&connection, seed, length)?;
    connection.shutdown(Shutdown::Write)?;
    let mut asking = local.connect(again)?;
    writeln!(asking, "{seed}")?;
    let mut answer = String::new();
    asking.read_to_string(&mut answer)?;
    compare(&answer, &expected)?;
    Ok(done(length, length))
}

fn line(connection: &TcpStream, text: &str) -> io::Result<()> {
    writeln!(&mut &*connection, "{text}")?;
    let mut answer = String::new();
    BufReader::new(connection).read_line(&mut answer)?;
    if answer.trim_end() == text {
        Ok(())
    } else if answer.is_empty() {
        Err(io::Error::other("the connection ended"))
    } else {
        Err(wrong(format!("{answer:?} instead of {text:?}")))
    }
}

fn short(local: Local, target: SocketAddr, connections: u64) -> io::Result<Outcome> {
    for number in 0..connections {
        line(&local.connect(target)?, &format!("short {number}"))?;
    }
    Ok(done(connections * 8, connections * 8))
}

fn idle(local: Local, target: SocketAddr, seconds: u64) -> io::Result<Outcome> {
    let connection = local.connect(target)?;
    line(&connection, "before")?;
    thread::sleep(Duration::from_secs(seconds));
    line(&connection, "after")?;
    Ok(done(12, 12))
}

/// The app resets in the middle.
fn leave(local: Local, target: SocketAddr) -> io::Result<Outcome> {
    let connection = local.connect(target)?;
    send(&connection, 7, 50_000)?;
    SockRef::from(&connection).set_linger(Some(Duration::ZERO))?;
    Ok(done(0, 0))
}

/// The server resets in the middle: the app must be told, not left waiting.
fn left(local: Local, target: SocketAddr) -> io::Result<Outcome> {
    let mut connection = local.connect(target)?;
    connection.write_all(&[b'x'; 5_000])?;
    let ended = loop {
        match connection.read(&mut [0; 4096]) {
            Ok(0) => break Ok(()),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    match ended {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(done(0, 0)),
        Err(error) => Err(error),
        Ok(()) => Err(wrong("an orderly end instead of a reset")),
    }
}

/// Sends until the answer that is wanted comes; how often it was sent.
fn answered(
    local: Local,
    target: SocketAddr,
    payload: &[u8],
    is_it: impl Fn(&[u8]) -> bool,
) -> io::Result<u64> {
    let socket = local.datagrams(target)?;
    socket.set_read_timeout(Some(ANSWER))?;
    let mut buffer = vec![0; 1 << 16];
    for attempt in 1..=TRIES {
        socket.send(payload)?;
        loop {
            match socket.recv(&mut buffer) {
                Ok(length) if is_it(&buffer[..length]) => return Ok(attempt),
                // An answer to a try before.
                Ok(length) if attempt > 1 && length > 0 => {}
                Ok(length) if buffer[..length].ends_with(&LIE) => {
                    return Err(wrong("a lie is believed"));
                }
                Ok(length) => {
                    return Err(io::Error::other(format!(
                        "another answer, of {length} bytes"
                    )));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
    }
    Err(io::Error::other("no answer"))
}

fn datagrams(local: Local, target: SocketAddr, seed: u64, number: u64) -> io::Result<Outcome> {
    let (mut bytes, mut again) = (0, 0);
    for each in 0..number {
        let length = 16 + seed.wrapping_mul(each + 1) % 1_400;
        let mut payload = vec![0; 1_500];
        let payload = Bytes::new(seed + each * 2, length)
            .next(&mut payload)
            .to_vec();
        again += answered(local, target, &payload, |answer| answer == payload)? - 1;
        bytes += length;
    }
    Ok(Outcome::Done {
        up: bytes,
        down: bytes,
        again,
    })
}

/// A datagram whose answer must hold some bytes: a question, a hello.
fn exchange(local: Local, target: SocketAddr, hex: &str, expected: &str) -> io::Result<Outcome> {
    let (payload, expected) = (bytes(hex)?, bytes(expected)?);
    let holds = |answer: &[u8]| answer.windows(expected.len()).any(|part| part == expected);
    let tries = answered(local, target, &payload, holds)?;
    Ok(Outcome::Done {
        up: payload.len() as u64,
        down: expected.len() as u64,
        again: tries - 1,
    })
}

/// The same over TCP, with its length before it (RFC 1035, section 4.2.2).
fn over_tcp(local: Local, target: SocketAddr, hex: &str, expected: &str) -> io::Result<Outcome> {
    let (payload, expected) = (bytes(hex)?, bytes(expected)?);
    let mut connection = local.connect(target)?;
    let length = u16::try_from(payload.len()).map_err(io::Error::other)?;
    connection.write_all(&[&length.to_be_bytes()[..], &payload].concat())?;
    let mut length = [0; 2];
    connection.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    connection.read_exact(&mut answer)?;
    if answer.windows(expected.len()).any(|part| part == expected) {
        Ok(done(payload.len() as u64, answer.len() as u64))
    } else {
        Err(wrong(format!("answer {answer:?}")))
    }
}

/// An echo request (RFC 792, RFC 4443); the system writes identifier and checksum.
pub(super) fn echo(target: SocketAddr, number: u8, payload: &[u8]) -> Vec<u8> {
    let kind = if target.is_ipv4() { 8 } else { 128 };
    [&[kind, 0, 0, 0, 0, 0, 0, number][..], payload].concat()
}

fn ping(local: Local, target: SocketAddr) -> io::Result<Outcome> {
    let socket = local.pinger(target)?;
    socket.set_read_timeout(Some(ANSWER))?;
    let payload = b"nothing to see here";
    for attempt in 1..=TRIES {
        socket.send(&echo(target, 1, payload))?;
        let mut buffer = [0; 256];
        match socket.recv(&mut buffer) {
            Ok(length) if buffer[..length].ends_with(payload) => {
                return Ok(Outcome::Done {
                    up: 19,
                    down: 19,
                    again: attempt - 1,
                });
            }
            Ok(_) => return Err(wrong("another echo")),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("no echo"))
}

/// curl over TLS; what it got must have the expected sum.
fn tls(local: Local, target: SocketAddr, path: &str, expected: &str) -> io::Result<Outcome> {
    let mut curl = Command::new("curl");
    let seconds = (PATIENCE.as_secs() * 2).to_string();
    curl.args([
        "-sS",
        "--fail",
        "--cacert",
        "cert.pem",
        "--max-time",
        &seconds,
        "--noproxy",
        "*",
    ]);
    let own = local.address(target);
    if !own.is_unspecified() {
        curl.args(["--interface", &own.to_string()]);
    }
    let address = match target {
        SocketAddr::V4(target) => target.ip().to_string(),
        SocketAddr::V6(target) => format!("[{}]", target.ip()),
    };
    curl.args(["--resolve", &format!("shop.example:443:{address}")]);
    curl.arg(format!("https://shop.example/{path}"));
    let mut child = curl.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut output = child.stdout.take().ok_or_else(|| wrong("no pipe"))?;
    let got = count(&mut output, None)?;
    let ended = child.wait_with_output()?;
    if !ended.status.success() {
        return Err(io::Error::other(
            String::from_utf8_lossy(&ended.stderr)
                .trim()
                .replace('\n', "; "),
        ));
    }
    if got.replace(' ', "_") == expected {
        let length = got.split(' ').next().map_or(Ok(0), parse)?;
        Ok(done(0, length))
    } else {
        Err(wrong(format!("{got:?} instead of {expected:?}")))
    }
}
