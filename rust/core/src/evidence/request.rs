//! A request as it may have looked, made of what the record says. The payload itself was never kept.

use std::fmt::Write as _;

use crate::event::{Event, Subject};
use crate::facts::Protocol;

/// What every reconstruction says of itself, in the packets as well.
pub(super) const NOTE: &str =
    "Reconstruction from Gasket's record, identifiers masked; not a recording of what was sent.";

/// The payload; empty where the record says nothing of one.
pub(super) fn payload(event: &Event) -> Vec<u8> {
    match event.subject {
        Subject::DnsQuestion => question(event),
        Subject::Request if event.destination.protocol == Protocol::Tcp => http(event),
        Subject::Request => datagram(event),
        Subject::Hello | Subject::Flow | Subject::Ended | Subject::Beacon => Vec::new(),
    }
}

/// Where each identifier was, and what is left of it under the mask.
fn findings(event: &Event) -> String {
    let mut text = format!("{NOTE}\n");
    for finding in &event.findings {
        let _ = writeln!(text, "{} = {}", finding.path, finding.masked);
    }
    text
}

fn http(event: &Event) -> Vec<u8> {
    let (method, path) = line(event);
    let place = &event.destination;
    let host = place
        .name
        .clone()
        .unwrap_or_else(|| place.address.to_string());
    let body = findings(event);
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nX-Note: {NOTE}\r\nContent-Type: text/plain; \
         charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        plain(&host),
        body.len()
    )
    .into_bytes()
}

/// Method and path, with nothing in them that ends a line.
fn line(event: &Event) -> (String, String) {
    match &event.request {
        Some(request) => (plain(&request.method), plain(&request.path)),
        None => ("POST".to_owned(), "/".to_owned()),
    }
}

fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && *c != ' ')
        .collect()
}

fn datagram(event: &Event) -> Vec<u8> {
    let (method, path) = line(event);
    format!("{method} {path}\n{}", findings(event)).into_bytes()
}

/// A question for the name (RFC 1035), type A.
fn question(event: &Event) -> Vec<u8> {
    let name = event.destination.name.as_deref().unwrap_or_default();
    let mut message = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.').filter(|label| !label.is_empty()) {
        // Bullets are three bytes each: a label has room for 63 bytes.
        let label: String = label
            .chars()
            .map(|c| if c.is_ascii() { c } else { '*' })
            .take(63)
            .collect();
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}
