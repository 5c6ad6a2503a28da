//! What apps say: harmless, the founding registration, or identifiers in a shape that no rule is about.

use super::questions::Topic;
use super::script::What;
use crate::{dns, registration};

/// Bytes of a body that is judged in several stretches.
const LONG: usize = 150_000;

/// A request, and the length of its head.
pub(super) fn request(what: What, number: u32) -> (Vec<u8>, usize) {
    let fruit = ["apple", "pear", "plum", "cherry"][number as usize % 4];
    let body = match what {
        What::Get => {
            let get = format!("GET /{fruit} HTTP/1.1\r\nHost: news.example\r\n\r\n");
            let head = get.len();
            return (get.into_bytes(), head);
        }
        What::Post => format!("{{\"weather\":\"fine\",\"fruit\":\"{fruit}\"}}"),
        What::Large => format!("{fruit} ").repeat(150_000 / (fruit.len() + 1)),
        What::Leak | What::StalledLeak => {
            registration::base64_lines(registration::json().as_bytes())
        }
        What::Told(topic) => return told(topic),
    };
    let body = match what {
        What::Post => registration::base64_lines(body.as_bytes()),
        _ => body,
    };
    let request = match what {
        What::Large => post("text/plain", &body),
        _ => registration::post("news.example", body.as_bytes()),
    };
    let head = request.len() - body.len();
    (request, head)
}

/// Identifiers for a host of the topic's; of a long one every stretch has them.
fn told(topic: Topic) -> (Vec<u8>, usize) {
    let imei = registration::imei();
    let field = if topic.has_two {
        format!(r#"{{"imei":"{imei}","imsi":"460110123456789"}}"#)
    } else {
        format!(r#"{{"imei":"{imei}"}}"#)
    };
    let body = if topic.is_long {
        format!(
            "[{}{field}]",
            format!("{field},").repeat(LONG / field.len())
        )
    } else {
        field
    };
    let len = body.len();
    let name = topic.name();
    let head = format!("POST /in HTTP/1.1\r\nHost: {name}\r\nContent-Length: {len}\r\n\r\n");
    ([head.as_bytes(), body.as_bytes()].concat(), head.len())
}

fn post(media_type: &str, body: &str) -> Vec<u8> {
    let len = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: news.example\r\nContent-Type: {media_type}\r\nContent-Length: {len}\r\n\r\n"
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// Bytes of no protocol.
pub(super) fn noise(what: What, number: u32) -> Vec<u8> {
    let len = match what {
        What::Get => 1,
        What::Post | What::Told(_) => 700,
        What::Large => 150_000,
        What::Leak | What::StalledLeak => 20_000,
    };
    let byte = |at: u32| 0x80 | (at.wrapping_mul(2_654_435_761) >> 24) as u8;
    (0..len).map(|at| byte(at ^ number << 20)).collect()
}

/// A datagram, unlike any other of its number.
pub(super) fn datagram(is_coap: bool, leak: bool, number: u32) -> Vec<u8> {
    if is_coap {
        let host: &[u8] = if leak {
            b"m.fxltsbl.com"
        } else {
            b"sensors.local"
        };
        let id = (number as u16).to_be_bytes();
        return [b"\x40\x02", &id[..], b"\x3d\x00", host, b"\x82rd"].concat();
    }
    let number = number.to_be_bytes();
    [b"\x05\x06noise", &number[..], &[5; 40]].concat()
}

/// The answer of an upstream resolver.
pub(super) fn answer(question: &[u8]) -> Vec<u8> {
    dns::answer(question, [192, 0, 2, 77])
}

/// An IPv4 packet with a UDP datagram; no checksum of UDP, which is none to check.
pub(super) fn udp_packet(from: ([u8; 4], u16), to: ([u8; 4], u16), payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() + 8) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend((len + 20).to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, 17, 0, 0]);
    packet.extend(from.0);
    packet.extend(to.0);
    for word in [from.1, to.1, len, 0] {
        packet.extend(word.to_be_bytes());
    }
    packet.extend(payload);
    packet
}
