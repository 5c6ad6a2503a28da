//! Clients that no ordinary program offers.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs, UdpSocket};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::Sum;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One datagram with `text`.
pub(crate) fn mark(address: &str, text: &str) -> io::Result<()> {
    udp(address)?.send(text.as_bytes()).map(drop)
}

/// Standard input, one byte a segment; then whatever comes back.
pub(crate) fn drip(address: &str) -> io::Result<()> {
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;
    let mut connection = TcpStream::connect(address)?;
    connection.set_nodelay(true)?;
    for byte in request {
        connection.write_all(&[byte])?;
    }
    io::copy(&mut connection, &mut io::stdout()).map(drop)
}

/// `bytes` of a pattern, an end of our half, and the server's word on what arrived.
pub(crate) fn upload(address: &str, bytes: u64) -> io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    let mut sum = Sum::new();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut left = bytes;
    let mut block = vec![0; 1 << 15];
    while left > 0 {
        for word in block.chunks_exact_mut(8) {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            word.copy_from_slice(&state.to_be_bytes());
        }
        let part = &block[..usize::try_from(left).unwrap_or(usize::MAX).min(block.len())];
        sum.add(part);
        connection.write_all(part)?;
        left -= part.len() as u64;
    }
    connection.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let expected = format!("{bytes} {:016x}\n", sum.0);
    if answer == expected {
        print!("{answer}");
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "sent {expected:?}, the server saw {answer:?}"
        )))
    }
}

/// `count` connections, each of one line there and back.
pub(crate) fn connections(addresses: &[&str], count: u64) -> io::Result<()> {
    for (number, address) in (0..count).zip(addresses.iter().cycle()) {
        let context = |error| io::Error::other(format!("connection {number}: {error}"));
        let line = short_connection(address, number).map_err(context)?;
        if line != format!("{number}\n") {
            return Err(io::Error::other(format!(
                "connection {number} answered {line:?}"
            )));
        }
    }
    println!("{count}");
    Ok(())
}

fn short_connection(address: &str, number: u64) -> io::Result<String> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    writeln!(connection, "{number}")?;
    let mut line = String::new();
    BufReader::new(connection).read_line(&mut line)?;
    Ok(line)
}

/// For ever: `beat N.` over one connection and from one UDP socket, both made at the start; each number
/// told on stdout once sent. A line of stdin is said again there: what is told after it was sent after it.
pub(crate) fn stream(address: &str) -> io::Result<()> {
    let asked = asked();
    let mut connection = TcpStream::connect(address)?;
    connection.set_nodelay(true)?;
    connection.set_nonblocking(true)?;
    let socket = udp(address)?;
    for number in 0_u64.. {
        // That they are cut off is what the test looks for.
        let beat = format!("beat {number}.\n");
        let _ = connection.write(beat.as_bytes());
        let _ = socket.send(beat.as_bytes());
        tell(number, &asked)?;
    }
    Ok(())
}

/// A connection begun and a datagram sent to each port from `first` to `last`; whether anything answers
/// does not matter.
pub(crate) fn scan(host: &str, first: u64, last: u64) -> io::Result<()> {
    for port in first..=last {
        let address = format!("{host}:{port}");
        let _ = TcpStream::connect_timeout(&resolve(&address)?, PATIENCE);
        let _ = mark(&address, "scan");
    }
    println!("{last}");
    Ok(())
}

/// Opens `count` connections, whoever takes them, writes to each, and then leaves all at once.
pub(crate) fn crowd(address: &str, count: u64) -> io::Result<()> {
    let target = resolve(address)?;
    let open = |number| {
        let mut connection = TcpStream::connect_timeout(&target, Duration::from_secs(2)).ok()?;
        let told = writeln!(connection, "one of many: {number}");
        told.ok().map(|()| connection)
    };
    let connections: Vec<TcpStream> = (0..count).filter_map(open).collect();
    println!("{}", connections.len());
    Ok(())
}

/// For ever: a datagram `beat N.` and an attempt to connect, each number told on stdout once sent, and a line of
/// stdin as in [`stream`].
pub(crate) fn beat(address: &str, text: &str) -> io::Result<()> {
    let asked = asked();
    let target = resolve(address)?;
    for number in 0_u64.. {
        // A vanished tunnel is what the test looks for: errors are counted as beats, too.
        let _ = mark(address, &format!("{text}beat {number}."));
        let _ = TcpStream::connect_timeout(&target, Duration::from_millis(20));
        tell(number, &asked)?;
    }
    Ok(())
}

/// The lines of stdin as they come; none where there is no stdin.
fn asked() -> Receiver<String> {
    let (line, lines) = mpsc::channel();
    thread::spawn(move || {
        io::stdin()
            .lines()
            .map_while(Result::ok)
            .try_for_each(|said| line.send(said))
    });
    lines
}

/// Says that beat `number` was sent, and rests; then says what was asked meanwhile.
fn tell(number: u64, asked: &Receiver<String>) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{number}")?;
    stdout.flush()?;
    thread::sleep(Duration::from_millis(5));
    for line in asked.try_iter() {
        writeln!(stdout, "{line}")?;
    }
    stdout.flush()
}

fn udp(address: &str) -> io::Result<UdpSocket> {
    let target = resolve(address)?;
    let any = if target.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(target)?;
    Ok(socket)
}

fn resolve(address: &str) -> io::Result<std::net::SocketAddr> {
    address
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::other("no address"))
}
