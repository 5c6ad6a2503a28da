//! HTTP for programs that speak nothing else: a gigabyte to whoever asks, and a place for one to be put.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::wire::{CHUNK, GIGABYTE};

/// Answers the requests of one connection.
pub(super) fn serve(stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(CHUNK, stream.try_clone()?);
    let mut stream = stream;
    while let Some(request) = Request::read(&mut reader)? {
        if request.waits {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let taken = io::copy(&mut (&mut reader).take(request.length), &mut io::sink())?;
        if taken < request.length {
            return Ok(());
        }
        let answer = if request.wants_body { GIGABYTE } else { 0 };
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {answer}\r\n\r\n"
        )?;
        pour(&mut stream, answer)?;
    }
    Ok(())
}

fn pour(stream: &mut TcpStream, mut left: u64) -> io::Result<()> {
    let chunk = vec![0xA5; CHUNK];
    while left > 0 {
        let part = &chunk[..CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
        stream.write_all(part)?;
        left -= part.len() as u64;
    }
    Ok(())
}

/// What matters of a request's head here (RFC 9112).
#[derive(Debug, PartialEq, Eq)]
struct Request {
    wants_body: bool,
    /// Of what comes with it, in bytes.
    length: u64,
    /// Sends that only once it was told to.
    waits: bool,
}

impl Request {
    /// `None` at the end of the connection.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut request = Self {
            wants_body: line.starts_with("GET "),
            length: 0,
            waits: false,
        };
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                return Ok(Some(request));
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => {
                    let length = value.trim().parse();
                    request.length = length.map_err(io::Error::other)?;
                }
                "expect" => request.waits = true,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_one_after_the_other() {
        let text = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n\
                    PUT /x HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        let mut reader = text.as_bytes();
        let get = Request::read(&mut reader).expect("good").expect("one");
        assert!(get.wants_body && !get.waits && get.length == 0);
        let put = Request::read(&mut reader).expect("good").expect("another");
        assert!(!put.wants_body && put.waits && put.length == 5);
        assert_eq!(Request::read(&mut reader).expect("the end"), None);
    }

    #[test]
    fn half_a_head_is_an_error() {
        assert!(Request::read(&mut "GET / HTTP/1.1\r\nHost: a".as_bytes()).is_err());
    }
}
