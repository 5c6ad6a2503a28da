//! Servers with one bad habit each.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::Sum;

/// Listens, says so, and serves each connection on a thread of its own.
fn serve(address: &str, each: fn(TcpStream) -> io::Result<()>) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    ready()?;
    accept(&listener, each)
}

fn accept(listener: &TcpListener, each: fn(TcpStream) -> io::Result<()>) -> io::Result<()> {
    for connection in listener.incoming() {
        let connection = connection?;
        thread::spawn(move || each(connection));
    }
    Ok(())
}

fn ready() -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "ready")?;
    stdout.flush()
}

/// Sends half of an HTTP answer, then closes with the request unread: the kernel answers that
/// with a RST (RFC 1122, 4.2.2.13).
pub(crate) fn reset(address: &str) -> io::Result<()> {
    serve(address, |mut connection| {
        connection.read_exact(&mut [0; 1])?;
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")?;
        connection.write_all(&[b'x'; 20_000])
    })
}

/// Reads and says nothing, for as long as the client stays.
pub(crate) fn silent(address: &str) -> io::Result<()> {
    serve(address, |mut connection| {
        io::copy(&mut connection, &mut io::sink()).map(drop)
    })
}

/// Reads to the end of the client's half, then answers what arrived.
pub(crate) fn sum(address: &str) -> io::Result<()> {
    serve(address, |mut connection| {
        let (mut sum, mut length) = (Sum::new(), 0);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = connection.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            sum.add(&buffer[..read]);
            length += read;
        }
        writeln!(connection, "{length} {:016x}", sum.0)
    })
}

/// Echoes one line and closes, on each of the addresses.
pub(crate) fn line(addresses: &[&str]) -> io::Result<()> {
    let listeners: Vec<TcpListener> = addresses
        .iter()
        .map(TcpListener::bind)
        .collect::<io::Result<_>>()?;
    ready()?;
    let echo = |connection: TcpStream| {
        let mut line = Vec::new();
        BufReader::new(&connection).read_until(b'\n', &mut line)?;
        (&connection).write_all(&line)
    };
    thread::scope(|scope| {
        for listener in &listeners {
            scope.spawn(move || accept(listener, echo));
        }
    });
    Ok(())
}
