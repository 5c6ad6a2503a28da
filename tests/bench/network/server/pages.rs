//! HTTP for programs that speak nothing else: a gigabyte to whoever asks, a place for one to be put, and a page
//! of many parts that says how long it took.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::wire::{CHUNK, GIGABYTE, PAGE_REQUESTS};

/// Bytes of a part of the page.
const PART: usize = 8 * 1024;

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
        match request.wanted.as_deref() {
            None => head(&mut stream, "text/plain", 0)?,
            Some("/page") => {
                let page = page();
                head(&mut stream, "text/html", page.len() as u64)?;
                stream.write_all(page.as_bytes())?;
            }
            Some("/gigabyte") => {
                head(&mut stream, "application/octet-stream", GIGABYTE)?;
                pour(&mut stream, GIGABYTE)?;
            }
            Some(_) => {
                let part = part();
                head(&mut stream, "image/svg+xml", part.len() as u64)?;
                stream.write_all(part.as_bytes())?;
            }
        }
    }
    Ok(())
}

fn head(stream: &mut TcpStream, media: &str, length: u64) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\r\n"
    );
    stream.write_all(head.as_bytes())
}

/// A page that asks for all but itself of [`PAGE_REQUESTS`] and, when all is there, says in its title how many
/// came, and after how many milliseconds: `parts=199 took=…;`.
fn page() -> String {
    let parts: String = (1..PAGE_REQUESTS)
        .map(|part| format!("<img src='/part-{part}.svg'>"))
        .collect();
    format!(
        "<!doctype html><title></title><script>onload=()=>{{\
         const parts=[...document.images].filter(part=>part.naturalWidth>0).length;\
         document.title='parts='+parts+' took='+performance.now()+';'}}</script>{parts}"
    )
}

/// A picture of [`PART`] bytes and some.
fn part() -> String {
    let filling = "x".repeat(PART);
    format!("<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'><!--{filling}--></svg>")
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
    /// The path, where something is asked for.
    wanted: Option<String>,
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
            wanted: line
                .strip_prefix("GET ")
                .and_then(|rest| rest.split(' ').next())
                .map(str::to_owned),
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
        assert_eq!(get.wanted.as_deref(), Some("/"));
        assert!(!get.waits && get.length == 0);
        let put = Request::read(&mut reader).expect("good").expect("another");
        assert!(put.wanted.is_none() && put.waits && put.length == 5);
        assert_eq!(Request::read(&mut reader).expect("the end"), None);
    }

    #[test]
    fn half_a_head_is_an_error() {
        assert!(Request::read(&mut "GET / HTTP/1.1\r\nHost: a".as_bytes()).is_err());
    }
}
