//! A resolver that lies before it tells the truth, at 203.0.113.54; over TCP, where nobody else could answer, it does not.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;

/// Where it is.
const ADDRESS: &str = "203.0.113.54:53";

/// What it says at last, and what before.
const TRUTH: [u8; 4] = [203, 0, 113, 10];
pub(super) const LIE: [u8; 4] = [198, 51, 100, 66];

pub(super) fn start() -> io::Result<()> {
    let socket = UdpSocket::bind(ADDRESS)?;
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        loop {
            if let Ok((length, client)) = socket.recv_from(&mut buffer) {
                for answer in answers(&buffer[..length]) {
                    let _ = socket.send_to(&answer, client);
                }
            }
        }
    });
    let listener = TcpListener::bind(ADDRESS)?;
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            thread::spawn(|| over_tcp(connection));
        }
    });
    Ok(())
}

fn over_tcp(mut connection: TcpStream) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        connection.read_exact(&mut length)?;
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        connection.read_exact(&mut question)?;
        let Some(answer) = answers(&question).pop() else {
            return Ok(());
        };
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        connection.write_all(&[&length.to_be_bytes()[..], &answer].concat())?;
    }
}

/// To another number, to another question, and then the true one.
fn answers(question: &[u8]) -> Vec<Vec<u8>> {
    let Some((number, rest)) = question.split_first_chunk::<2>() else {
        return Vec::new();
    };
    // The question alone: its name, type and class.
    let Some(asked) = rest.get(10..) else {
        return Vec::new();
    };
    let Some(end) = asked.iter().position(|byte| *byte == 0).map(|end| end + 5) else {
        return Vec::new();
    };
    let Some(asked) = asked.get(..end) else {
        return Vec::new();
    };
    let mut other = asked.to_vec();
    if let Some(letter) = other.get_mut(1) {
        *letter = if *letter == b'x' { b'y' } else { b'x' };
    }
    let number = u16::from_be_bytes(*number);
    vec![
        answer(number ^ 1, asked, LIE),
        answer(number, &other, LIE),
        answer(number, asked, TRUTH),
    ]
}

fn answer(number: u16, asked: &[u8], address: [u8; 4]) -> Vec<u8> {
    let head = [0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4];
    [&number.to_be_bytes()[..], &head, asked, &record, &address].concat()
}
