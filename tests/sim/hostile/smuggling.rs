//! Streams that hold a request for a blocked name to some server, each in another way (RFC 9112 and 9110, by section).
//! Read as that server reads it or refused as ambiguous: the request must not arrive.

use gasket_core::config::Config;
use gasket_core::policy::{Decision, Reason};

use super::wire::arrived;
use crate::world::{Owners, World, config};

const SERVER: &str = "203.0.113.10:4444";
const LEAK: &str = "GET /leak HTTP/1.1\r\nHost: leak.example\r\n\r\n";
const POST: &str = "POST /a HTTP/1.1\r\nHost: a.example\r\n";

fn world() -> World {
    let config = Config {
        blocked_names: vec!["leak.example".to_owned()],
        ..config()
    };
    World::with(config, Owners::Unavailable)
}

/// What arrives of a stream that is sent in pieces, with silence between the parts.
fn sent(parts: &[&str], piece: usize) -> (String, World) {
    let mut world = world();
    let connection = world.app.connect(SERVER);
    world.settle();
    for part in parts {
        world.write(connection, part.as_bytes(), piece);
        world.pass(1_500);
    }
    let all = arrived(&world, SERVER).concat();
    (String::from_utf8_lossy(&all).into_owned(), world)
}

/// The stream, whole and byte by byte, and how it has to be refused.
fn is_refused(section: &str, parts: &[&str], reason: Reason) {
    for piece in [usize::MAX, 1] {
        let (arrived, world) = sent(parts, piece);
        assert!(
            !arrived.contains("leak"),
            "{section}: {parts:?}: {arrived:?}"
        );
        let told: Vec<_> = world.events.iter().map(|e| (e.verdict, e.reason)).collect();
        assert_eq!(told, [(Decision::Block, reason)], "{section}: {parts:?}");
    }
}

fn is_ambiguous(section: &str, stream: &str) {
    is_refused(section, &[stream], Reason::FramingAmbiguous);
}

#[test]
fn the_request_itself_is_blocked_and_its_twin_arrives() {
    is_refused("the leak", &[LEAK], Reason::NameBlocked);
    let twin = LEAK.replace("leak", "news");
    assert_eq!(sent(&[&twin], usize::MAX).0, twin);
}

/// 9112, section 6.3: where a body ends.
#[test]
fn two_lengths() {
    let body = format!("0\r\n\r\n{LEAK}");
    let len = body.len();
    for fields in [
        format!("Content-Length: 5\r\nContent-Length: {len}\r\n"),
        format!("Content-Length: {len}\r\nTransfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {len}\r\n"),
        format!("Content-Length: {len}\r\nTransfer-Encoding : chunked\r\n"),
        format!("Content-Length: {len}\r\nTransfer-Encoding:\x0bchunked\r\n"),
        format!("Content-Length: {len}\r\nX: y\rTransfer-Encoding: chunked\r\n"),
        format!("Content-Length: {len}\r\nX: y\nTransfer-Encoding: chunked\r\n"),
        format!("Content-Length: {len}\r\nX: y\r\n Transfer-Encoding: chunked\r\n"),
        format!("Content-Length:\r\n {len}\r\n"),
        format!("Content-Length: +{len}\r\n"),
        format!("Content-Length: 5, {len}\r\n"),
        format!("X: \0\r\nContent-Length: {len}\r\n"),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: \x0cchunked\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".to_owned(),
    ] {
        is_ambiguous("9112 6.3", &format!("{POST}{fields}\r\n{body}"));
    }
    let old = POST.replace("1.1", "1.0");
    is_ambiguous(
        "9112 6.1",
        &format!("{old}Transfer-Encoding: chunked\r\n\r\n{body}"),
    );
}

/// 9112, section 7.1: chunks.
#[test]
fn chunks_that_are_read_in_two_ways() {
    for body in [
        // The extension of one is the data of the other.
        format!("2;\nxx\r\n{:x}\r\n{LEAK}\r\n0\r\n\r\n", LEAK.len()),
        format!("2\nxx\r\n0\r\n\r\n{LEAK}"),
        format!("2\r\nxx\n0\r\n\r\n{LEAK}"),
        format!("2\r\nxxx\r\n0\r\n\r\n{LEAK}"),
        format!("2\rxx\r\n0\r\n\r\n{LEAK}"),
        format!("10000000000000002\r\nxx\r\n0\r\n\r\n{LEAK}"),
        format!("0x2\r\nxx\r\n0\r\n\r\n{LEAK}"),
        format!(" 2\r\nxx\r\n0\r\n\r\n{LEAK}"),
        format!("2 2\r\nxx\r\n0\r\n\r\n{LEAK}"),
        format!("-0\r\n\r\n{LEAK}"),
        format!("0\r\n\r{LEAK}"),
    ] {
        is_ambiguous(
            "9112 7.1",
            &format!("{POST}Transfer-Encoding: chunked\r\n\r\n{body}"),
        );
    }
    // Well framed: the second request is seen.
    let whole =
        format!("{POST}Transfer-Encoding: chunked\r\n\r\n2;x=\"y\"\r\nxx\r\n0\r\nT: 1\r\n\r\n");
    is_refused("9112 7.1", &[&whole, LEAK], Reason::NameBlocked);
}

/// 9112, sections 2.2 and 3: what begins a request, and whom it is for.
#[test]
fn request_lines_that_are_read_in_two_ways() {
    for stream in [
        LEAK.replace("GET ", "GET\t"),
        LEAK.replace("GET ", "GET\x0b"),
        format!(" {LEAK}"),
        format!("\t\r\n{LEAK}"),
        format!("{}{LEAK}", "\r\n".repeat(40)),
        LEAK.replace("HTTP/1.1", "HTTP/1.10"),
        LEAK.replace("HTTP/1.1", "http/1.1"),
        LEAK.replace("HTTP/1.1", "HTTP/2.0"),
        "GET /leak\r\n".to_owned(),
        LEAK.replace("/leak", "http://a.example/leak"),
        LEAK.replace("Host", "Host: a.example\r\nHost"),
        LEAK.replace("Host:", "Host :"),
        LEAK.replace("Host: ", "Host:\r\n "),
        LEAK.replace("Host: ", "A: b\r\n Host: "),
    ] {
        is_ambiguous("9112 3", &stream);
    }
    for stream in [
        LEAK.replace("GET ", "get "),
        LEAK.replace("GET ", "GET  "),
        LEAK.replace("leak.example", "LEAK.example.:80"),
        LEAK.replace("leak.example", "a.example@leak.example"),
        LEAK.replace("/leak", "http://leak.example/leak"),
        LEAK.replace("\r\n", "\n"),
        format!("\r\n\r\n{LEAK}"),
    ] {
        is_refused("9112 3", &[&stream], Reason::NameBlocked);
    }
    // Silence between the empty lines and the request, or within its method.
    is_refused("9112 2.2", &["\r\n", "\r\n", LEAK], Reason::NameBlocked);
    is_refused("9112 2.2", &["G", &LEAK[1..]], Reason::NameBlocked);
    is_refused("9112 2.2", &["\x0bG", &LEAK[1..]], Reason::FramingAmbiguous);
}

/// 9110, sections 7.8, 9.3 and 10.1.1: bodies that a server may leave unread, tunnels that it may not open.
#[test]
fn what_comes_after_a_request() {
    let len = LEAK.len();
    for head in [
        format!("GET /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: {len}\r\n\r\n"),
        format!("DELETE /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: {len}\r\n\r\n"),
        format!("{POST}Expect: 100-continue\r\nContent-Length: {len}\r\n\r\n"),
    ] {
        is_ambiguous("9110 9.3", &format!("{head}{LEAK}"));
        is_refused("9110 10.1.1", &[&head, LEAK], Reason::FramingAmbiguous);
    }
    for head in [
        "GET /a HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n\r\n",
        "CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
        "HEAD /a HTTP/1.0\r\nHost: a.example\r\n\r\n",
    ] {
        is_refused("9110 7.8", &[head, LEAK], Reason::NameBlocked);
    }
}
