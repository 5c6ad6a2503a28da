//! How a stream is cut up changes nothing.

use super::*;
use crate::testing::Random;

/// Streams to cut up and to break.
fn samples() -> Vec<Vec<u8>> {
    let mut two = post("Content-Length: 10\r\nX: a\r\n\tb\r\n", "0123456789");
    two.extend(chunked(b"a chunked body of a few bytes", 5));
    two.extend(b"GET http://a.example/?x HTTP/1.1\n\n");
    let mut trailers = post(
        "Transfer-Encoding: chunked\r\n",
        "1;x\r\nx\r\n0\r\nImei: 1\r\n\r\n",
    );
    trailers.extend(b"\r\nPOST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
    let hello = records(&message(&sni(b"a.example")), 40);
    let connect = [&b"CONNECT h:443 HTTP/1.1\r\n\r\n"[..], &hello, b"rest"].concat();
    let upgrade = b"GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n\x81\x85abcdhello".to_vec();
    vec![
        two,
        trailers,
        hello,
        connect,
        upgrade,
        b"MAIL FROM:<a@b>\r\n".to_vec(),
    ]
}

/// Raw stretches are judged as they come, so only their place in the order is compared.
fn comparable(story: &Story) -> Vec<(Seen, usize)> {
    let framed = |(seen, _): &&(Seen, usize)| !matches!(seen, Seen::Raw(_));
    story.judged.iter().take_while(framed).cloned().collect()
}

fn cut<'a>(stream: &'a [u8], most: usize, random: &mut Random) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(1 + random.below(most)));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[test]
fn segmentation_does_not_change_what_is_judged() {
    let mut random = Random::new(2);
    for round in 0..30_000 {
        let samples = samples();
        let mut stream = samples[round % samples.len()].clone();
        if round >= 600 {
            random.mutate(&mut stream);
        }
        if stream.is_empty() {
            continue;
        }
        let fin = random.below(2) == 0;
        let at_once = play([&stream[..]], fin);
        let dribbled = play(stream.chunks(1), fin);
        let pieces = play(cut(&stream, 40, &mut random), fin);
        assert_eq!(
            comparable(&dribbled),
            comparable(&at_once),
            "{:?}",
            stream.escape_ascii()
        );
        assert_eq!(
            comparable(&pieces),
            comparable(&at_once),
            "{:?}",
            stream.escape_ascii()
        );
        if fin {
            assert_eq!(at_once.released, stream.len());
            assert_eq!(dribbled.released, stream.len());
        }
    }
}

#[test]
fn segmentation_does_not_change_long_bodies() {
    let mut random = Random::new(3);
    let body = varied(BODY_HOLD + 3 * STRETCH + 100);
    let mut plain = post(&format!("Content-Length: {}\r\n", body.len()), "");
    plain.extend(&body);
    for stream in [plain, chunked(&body, 1000), chunked(&body, 3)] {
        let at_once = play([&stream[..]], false).judged;
        for most in [100, 3000, 100_000] {
            assert_eq!(play(cut(&stream, most, &mut random), false).judged, at_once);
        }
    }
}

#[test]
fn noise_does_not_panic() {
    let mut random = Random::new(4);
    for _ in 0..5_000 {
        let len = random.below(300);
        let mut noise: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        if random.below(2) == 0 {
            noise.splice(..0, b"GET ".iter().copied());
        }
        let story = play(cut(&noise, 50, &mut random), true);
        assert_eq!(story.released, noise.len());
    }
}
