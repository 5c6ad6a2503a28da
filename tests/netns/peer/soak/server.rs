//! The servers of the soak, in one process.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::super::Sum;
use super::{count, resolver, send, told};

type Late = Arc<Mutex<BTreeMap<String, String>>>;
type Serve = fn(TcpStream, &Late) -> io::Result<()>;

/// Ports over TCP, and what is done there. The first are ports whose first request Gasket holds.
const TCP: [(u16, Serve); 11] = [
    (8080, http),
    (8000, http),
    (8081, http),
    (7101, sum),
    (7102, line),
    (7103, reset),
    (7104, slow),
    (7105, late),
    (7106, again),
    (853, sum),
    (53, sum),
];

/// Ports that echo datagrams. Those to 443 look like QUIC.
const UDP: [u16; 3] = [7201, 7202, 443];

/// Listens at all addresses of both families until it is killed.
pub(crate) fn run() -> io::Result<()> {
    let sums = Late::default();
    for (port, serve) in TCP {
        let listener = listen(port)?;
        let sums = Arc::clone(&sums);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let sums = Arc::clone(&sums);
                thread::spawn(move || serve(connection, &sums));
            }
        });
    }
    for port in UDP {
        for any in ["0.0.0.0", "2001:db8::10"] {
            let socket = UdpSocket::bind((any, port))?;
            thread::spawn(move || echo(&socket));
        }
    }
    resolver::start()?;
    println!("ready");
    io::stdout().flush()?;
    loop {
        thread::park();
    }
}

/// At all addresses; where the port is that of DNS, those of IPv4 are another server's.
fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
    socket.set_only_v6(port == 53)?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)).into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

fn echo(socket: &UdpSocket) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        // An error is the refusal of an answer before: its app has gone.
        if let Ok((length, sender)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..length], sender);
        }
    }
}

/// `GET /down/SEED/LENGTH`; of what is posted, its sum.
fn http(connection: TcpStream, _: &Late) -> io::Result<()> {
    let mut reader = BufReader::new(&connection);
    loop {
        let Some((line, body, closes)) = head(&mut reader)? else {
            return Ok(());
        };
        let mut words = line.split([' ', '/']).filter(|word| !word.is_empty());
        let (method, first) = (words.next(), words.next());
        if (method, first) == (Some("GET"), Some("down")) {
            let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            let (seed, length) = (number(), number());
            write!(
                &connection,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
            )?;
            send(&connection, seed, length)?;
        } else {
            let answer = match body {
                Body::Whole(length) => count(&mut reader, Some(length))?,
                Body::Chunks => chunks(&mut reader)?,
            };
            let length = answer.len();
            write!(
                &connection,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{answer}"
            )?;
        }
        if closes {
            return Ok(());
        }
    }
}

enum Body {
    Whole(u64),
    Chunks,
}

/// The next head: its first line, what follows it, and whether that is the last.
fn head(reader: &mut impl BufRead) -> io::Result<Option<(String, Body, bool)>> {
    let (mut first, mut body, mut closes) = (String::new(), Body::Whole(0), false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if first.is_empty() {
            first = line.trim_end().to_owned();
        } else if line == "\r\n" {
            return Ok(Some((first, body, closes)));
        } else if let Some(length) = line.strip_prefix("Content-Length: ") {
            body = Body::Whole(length.trim().parse().unwrap_or(0));
        } else if line.starts_with("Transfer-Encoding: chunked") {
            body = Body::Chunks;
        } else if line.starts_with("Connection: close") {
            closes = true;
        }
    }
}

fn chunks(reader: &mut impl BufRead) -> io::Result<String> {
    let (mut whole, mut line) = (Vec::new(), String::new());
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        reader.by_ref().take(length).read_to_end(&mut whole)?;
        line.clear();
        reader.read_line(&mut line)?;
        if length == 0 {
            let mut sum = Sum::new();
            sum.add(&whole);
            return Ok(told(whole.len() as u64, sum));
        }
    }
}

/// Reads to the end of the client's half, then answers what arrived.
fn sum(mut connection: TcpStream, _: &Late) -> io::Result<()> {
    let counted = count(&mut connection, None)?;
    writeln!(connection, "{counted}")
}

/// Echoes lines.
fn line(connection: TcpStream, _: &Late) -> io::Result<()> {
    let mut lines = BufReader::new(&connection).lines();
    while let Some(Ok(line)) = lines.next() {
        writeln!(&connection, "{line}")?;
    }
    Ok(())
}

/// Sends some, then closes with the rest unread: the kernel answers that with a RST (RFC 1122, 4.2.2.13).
fn reset(mut connection: TcpStream, _: &Late) -> io::Result<()> {
    connection.read_exact(&mut [0; 1])?;
    connection.write_all(&[b'x'; 20_000])
}

/// Does not read for a while: whoever sends has to wait.
fn slow(connection: TcpStream, sums: &Late) -> io::Result<()> {
    thread::sleep(Duration::from_secs(3));
    sum(connection, sums)
}

/// Asked for bytes, sends them and ends its half, then takes as many.
fn late(mut connection: TcpStream, sums: &Late) -> io::Result<()> {
    let mut asked = [0; 34];
    connection.read_exact(&mut asked)?;
    let asked = String::from_utf8_lossy(&asked);
    let mut numbers = asked
        .split_whitespace()
        .map(|word| word.parse().unwrap_or(0));
    let (seed, length) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    send(&connection, seed, length)?;
    connection.shutdown(Shutdown::Write)?;
    let counted = count(&mut connection, None)?;
    sums.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(seed.to_string(), counted);
    Ok(())
}

/// What [`late`] has got, once it has.
fn again(mut connection: TcpStream, sums: &Late) -> io::Result<()> {
    let mut seed = String::new();
    BufReader::new(&connection).read_line(&mut seed)?;
    for _ in 0..200 {
        let counted = sums
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(seed.trim());
        if let Some(counted) = counted {
            return connection.write_all(counted.as_bytes());
        }
        thread::sleep(Duration::from_millis(50));
    }
    connection.write_all(b"nothing")
}
