//! Both ends of a replay: a client that sends given bytes, and a server that counts what came.

use std::io::{self, BufRead, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use super::Sum;

/// How long an answer may take. What Gasket blocks fails at once, by a reset or an ICMP message.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longest message: far more than any replay.
const LONGEST: usize = 1 << 16;

/// Listens on all of the addresses, each as `tcp/ADDR:PORT` or `udp/ADDR:PORT`.
pub(crate) fn serve(addresses: &[&str]) -> io::Result<()> {
    let mut serving = Vec::new();
    for address in addresses {
        match address.split_once('/') {
            Some(("tcp", address)) => {
                let listener = TcpListener::bind(address)?;
                serving.push(thread::spawn(move || accept(&listener)));
            }
            Some(("udp", address)) => {
                let socket = UdpSocket::bind(address)?;
                serving.push(thread::spawn(move || datagrams(&socket)));
            }
            _ => return Err(io::Error::other(format!("{address} has no protocol"))),
        }
    }
    println!("ready");
    io::stdout().flush()?;
    for server in serving {
        let _ = server.join();
    }
    Ok(())
}

fn accept(listener: &TcpListener) {
    for connection in listener.incoming().map_while(Result::ok) {
        // One at a time: a replay waits for its answer.
        let _ = answer(connection);
    }
}

fn answer(mut connection: TcpStream) -> io::Result<()> {
    let mut message = Vec::new();
    let mut buffer = [0; 4096];
    while whole(&message).is_none_or(|length| message.len() < length) {
        match connection.read(&mut buffer)? {
            0 => break,
            read => message.extend_from_slice(&buffer[..read]),
        }
    }
    let counted = counted(&message);
    let answer = if message.first().is_some_and(u8::is_ascii_uppercase) {
        let length = counted.len();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{counted}")
    } else {
        counted
    };
    connection.write_all(answer.as_bytes())
}

fn datagrams(socket: &UdpSocket) {
    let mut buffer = vec![0; LONGEST];
    while let Ok((length, sender)) = socket.recv_from(&mut buffer) {
        let _ = socket.send_to(counted(&buffer[..length]).as_bytes(), sender);
    }
}

/// Length of the message that begins so, once that can be told: of a TLS record (RFC 8446, section
/// 5.1), of an HTTP request with its body, of a SUPL message (OMA ULP: length in front).
fn whole(start: &[u8]) -> Option<usize> {
    match start {
        [0x16, 3, _, high, low, ..] => Some(5 + usize::from(u16::from_be_bytes([*high, *low]))),
        [first, ..] if first.is_ascii_uppercase() => {
            let head = start.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
            let text = String::from_utf8_lossy(&start[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| {
                let value = line.strip_prefix("content-length:")?;
                value.trim().parse::<usize>().ok()
            });
            Some(head + length.unwrap_or(0))
        }
        [0x16, ..] => None,
        [high, low, ..] => Some(usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

/// What is answered, and what is compared.
fn counted(message: &[u8]) -> String {
    let mut sum = Sum::new();
    sum.add(message);
    format!("{} {:016x}\n", message.len(), sum.0)
}

/// Plays each line of standard input, one after the other, and tells what the server counted: `all`
/// where that is what was sent, else how it differs or failed.
pub(crate) fn replay() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let [protocol, address, hex] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Err(io::Error::other(format!("no replay: {line}")));
        };
        let message = bytes(hex)?;
        let answered = match protocol {
            "tcp" => over_tcp(address, &message),
            _ => over_udp(address, &message),
        };
        match answered {
            Ok(answer) if answer.ends_with(&counted(&message)) => println!("all"),
            Ok(answer) => println!("answered {answer:?}"),
            Err(error) => println!("failed: {error}"),
        }
    }
    Ok(())
}

fn over_tcp(address: &str, message: &[u8]) -> io::Result<String> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(message)?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

fn over_udp(address: &str, message: &[u8]) -> io::Result<String> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.send(message)?;
    let mut buffer = vec![0; LONGEST];
    let length = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

fn bytes(hex: &str) -> io::Result<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(pair).collect();
    bytes.ok_or_else(|| io::Error::other(format!("not hexadecimal: {hex}")))
}
