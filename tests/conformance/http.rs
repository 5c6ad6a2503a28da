//! HTTP/1 requests beside real servers: whatever one of them takes for a request was judged as that request, or the
//! stream was refused before.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use gasket_core::inspect::Said;
use gasket_core::inspect::stream::{StreamInspector, StreamStep};
use serde_json::Value as Json;

use crate::script;

const STREAMS: usize = 1_500;

const LEAK: &str = "GET /leak?x=1 HTTP/1.1\r\nHost: leak.example\r\n\r\n";

/// Streams to begin with; each holds another way to frame or name something.
fn seeds() -> Vec<String> {
    let post = "POST /a HTTP/1.1\r\nHost: a.example\r\n";
    let len = LEAK.len();
    let chunked = "Transfer-Encoding: chunked\r\n";
    vec![
        LEAK.repeat(3),
        format!("{post}Content-Length: 3\r\n\r\nabc{LEAK}"),
        format!("{post}Content-Length: 3\r\nContent-Length: {len}\r\n\r\nabc{LEAK}"),
        format!("{post}{chunked}\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n{LEAK}"),
        format!("{post}Content-Length: 5\r\n{chunked}\r\n0\r\n\r\n{LEAK}"),
        format!("{post}{chunked}\r\n{len:x}\r\n{LEAK}\r\n0\r\n\r\n{LEAK}"),
        format!("GET /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: {len}\r\n\r\n{LEAK}"),
        format!("GET http://a.example/b HTTP/1.1\r\nHost: a.example\r\n\r\n{LEAK}"),
        format!("GET http://a.example/b HTTP/1.1\r\nHost: b.example\r\n\r\n{LEAK}"),
        format!("\r\n\r\nGET /a HTTP/1.1\nHost: a.example\nX: y\n z\n\n{LEAK}"),
        format!("{post}X: y\r\n Content-Length: 4\r\nContent-Length: 0\r\n\r\n{LEAK}"),
        format!("{post}Expect: 100-continue\r\nContent-Length: {len}\r\n\r\n{LEAK}"),
        format!("OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\nHost: a.example\r\n\r\n{LEAK}"),
        format!("GET\t/leak HTTP/1.1\r\nHost: leak.example\r\n\r\n{LEAK}"),
        format!("{post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n{LEAK}"),
        format!(
            "GET /a HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n{LEAK}"
        ),
        "GET /leak\r\n".to_owned(),
    ]
}

/// Xorshift (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..1 + self.below(3) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] = b"\r\n\0: \t0f,;\x0b\x0c/\xff"[self.below(14)],
                1 if bytes.len() > 1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"\r\n \t\x0b:;,0"[self.below(9)]),
                3 => {
                    // A line once more, or where another stood.
                    let lines: Vec<_> = bytes.split_inclusive(|&c| c == b'\n').collect();
                    let from = lines[self.below(lines.len())].to_vec();
                    let to = self.below(lines.len());
                    let mut all: Vec<u8> = lines[..to].concat();
                    all.extend(from);
                    all.extend(lines[to..].concat());
                    *bytes = all;
                }
                _ => bytes.insert(at, bytes[at]),
            }
        }
    }
}

/// What is judged of a whole stream: method, target and host of each request, and whether it was refused behind them.
fn judged(stream: &[u8]) -> (Vec<[String; 3]>, bool) {
    let mut inspector = StreamInspector::new();
    let (mut requests, mut rest) = (Vec::new(), stream);
    loop {
        match inspector.step(rest, true) {
            StreamStep::NeedMore | StreamStep::Pass => return (requests, false),
            StreamStep::Expects => continue,
            StreamStep::Judge { len, said } => {
                match said {
                    Said::Unframed(_) => return (requests, true),
                    Said::Http(request) => {
                        let target = match &*request.query {
                            "" => request.path.to_string(),
                            query => format!("{}?{query}", request.path),
                        };
                        let host = request.host.unwrap_or_default();
                        requests.push([request.method.to_string(), target, host]);
                    }
                    _ => {}
                }
                rest = &rest[len..];
            }
        }
    }
}

/// Whether a server's request is that one.
fn agrees(theirs: &Json, ours: &[String; 3]) -> bool {
    // Each shows bytes beyond ASCII in its own way.
    let ascii = |text: &str| text.replace(|c: char| !c.is_ascii(), "");
    let text = |at: usize| ascii(theirs[at].as_str().unwrap_or_default());
    let [method, target, host] = ours.each_ref().map(|text| ascii(text));
    let their_target = text(1);
    let named = |host: &str| {
        let host = host.trim().to_ascii_lowercase();
        let host = host
            .rsplit_once(':')
            .map_or(host.as_str(), |(name, _)| name)
            .to_owned();
        host.trim_end_matches('.').to_owned()
    };
    // One of them takes two slashes at the beginning for one.
    let target = target.trim_end_matches('?').trim_start_matches('/');
    text(0) == method
        && their_target.ends_with(target)
        && (text(2).is_empty() || host.is_empty() || named(&text(2)) == named(&host))
}

/// Whether anything is served under that target: one of them takes any word for a request of HTTP/0.9.
fn is_served(theirs: &Json) -> bool {
    let target = theirs[1].as_str().unwrap_or_default();
    target.starts_with('/') || target.contains("://")
}

#[test]
fn no_server_reads_a_request_that_was_not_judged() {
    let test = "no_server_reads_a_request_that_was_not_judged";
    let Some(mut script) = script(test, "http_readers.py", "http.server") else {
        return;
    };
    let folder = std::env::temp_dir().join(format!("gasket-readers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let script = script
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut readers = script.spawn().expect("the script runs");
    let mut input = readers.stdin.take().expect("piped");
    let mut lines = BufReader::new(readers.stdout.take().expect("piped")).lines();
    let mut line = || lines.next().expect("a line").expect("UTF-8");
    let servers: Vec<String> = serde_json::from_str(&line()).expect("JSON");
    let seeds = seeds();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut agreed, mut refused) = (vec![0; servers.len()], 0);
    let mut wrong = Vec::new();
    for number in 0..STREAMS {
        let mut stream = seeds[number % seeds.len()].clone().into_bytes();
        if number >= seeds.len() {
            random.mutate(&mut stream);
            // One of them serves a line that nobody has ended.
            stream.push(b'\n');
        }
        let hex: String = stream.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(input, "{hex}").expect("the script reads");
        let theirs: Json = serde_json::from_str(&line()).expect("JSON");
        let (ours, is_refused) = judged(&stream);
        refused += usize::from(is_refused);
        for (at, server) in servers.iter().enumerate() {
            let read = theirs[server].as_array().expect("a list");
            let mut ours = ours.iter();
            for request in read {
                if ours.any(|ours| agrees(request, ours)) {
                    agreed[at] += 1;
                } else if !is_refused && is_served(request) {
                    let text = String::from_utf8_lossy(&stream).into_owned();
                    wrong.push(format!("{server} read {request}: {text:?}"));
                    break;
                }
            }
        }
    }
    drop(input);
    let _ = readers.wait();
    let _ = std::fs::remove_dir_all(&folder);
    println!("{servers:?}: {agreed:?} requests read alike, {refused} of {STREAMS} streams refused");
    assert!(
        wrong.is_empty(),
        "{} streams:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(agreed.iter().all(|&count| count > 200) && refused > 200);
}
