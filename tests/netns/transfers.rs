//! Much, slow, often, and what goes wrong on the way.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::process::Running;
use crate::servers::{self, NEVER_ANSWERS, UNREACHABLE, WEB};
use crate::world::{Way, World, full};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn shop(test: &str) -> Option<World> {
    let world = World::open(test, &servers::BASE)?;
    servers::dns(&world);
    servers::web(&world);
    Some(world)
}

/// Writes `bytes` that do not repeat, and gives their SHA-256 as `sha256sum` prints it.
fn big_file(world: &World, name: &str, bytes: u64) -> String {
    let make = format!(
        "openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 0 -nosalt -in /dev/zero \
         2>/dev/null | head -c {bytes} | tee {name} | sha256sum"
    );
    world.run_ok(&["sh", "-c", &make])
}

#[test]
fn curl_downloads_and_uploads_much() {
    let Some(world) = shop("curl_downloads_and_uploads_much") else {
        return;
    };
    let bytes = if full() { 1_000_000_000 } else { 200_000_000 };
    let sum = big_file(&world, "www/big", bytes);
    for way in Way::BOTH {
        let download = "curl -sS --fail http://shop.example/big | sha256sum";
        let start = Instant::now();
        let ended = world.run_within(way, 300, &["sh", "-c", download]);
        assert_eq!(
            world.checked(way, &[download], &ended),
            sum,
            "{way:?} download"
        );
        let down = start.elapsed();
        let upload = "curl -sS --fail -T www/big http://shop.example/upload/big";
        let start = Instant::now();
        world.checked(way, &[upload], &world.run_within(way, 300, &words(upload)));
        let up = start.elapsed();
        assert_eq!(
            world.run_ok(&["sh", "-c", "sha256sum < www/upload/big"]),
            sum,
            "{way:?} upload"
        );
        world.run_ok(&["rm", "www/upload/big"]);
        println!("{way:?}: {bytes} bytes down in {down:.1?}, up in {up:.1?}");
    }
}

#[test]
fn curl_downloads_over_tls() {
    let Some(world) = shop("curl_downloads_over_tls") else {
        return;
    };
    let sum = big_file(&world, "www/big", 50_000_000);
    for way in Way::BOTH {
        let download = "curl -sS --fail --cacert cert.pem https://shop.example/big | sha256sum";
        assert_eq!(world.expect(way, &["sh", "-c", download]), sum, "{way:?}");
    }
}

/// A slow reader must slow its server down, not fill our memory or lose bytes.
#[test]
fn curl_limits_its_rate() {
    let Some(world) = shop("curl_limits_its_rate") else {
        return;
    };
    let sum = big_file(&world, "www/big", 8_000_000);
    for way in Way::BOTH {
        let download = "curl -sS --fail --limit-rate 2M http://shop.example/big | sha256sum";
        assert_eq!(world.expect(way, &["sh", "-c", download]), sum, "{way:?}");
    }
}

#[test]
fn upload_that_ends_by_half_close() {
    let Some(world) = World::open("upload_that_ends_by_half_close", &[]) else {
        return;
    };
    // 7000 is dialled at once; on 8080 the first bytes are held, and they are no HTTP.
    for port in [7000, 8080] {
        let address = format!("{WEB}:{port}");
        world.serve(&[World::PEER, "serve-sum", &address], "ready");
        for way in Way::BOTH {
            for bytes in [0, 1, 1460, 100_000, 30_000_000] {
                let upload = [World::PEER, "upload", &address, &bytes.to_string()];
                world.expect(way, &upload);
            }
        }
    }
}

#[test]
fn many_short_connections_leave_nothing_behind() {
    let test = "many_short_connections_leave_nothing_behind";
    let Some(world) = World::open(test, &[]) else {
        return;
    };
    let count = if full() { 100_000 } else { 5_000 };
    let addresses: Vec<String> = (7000..7008).map(|port| format!("{WEB}:{port}")).collect();
    let peer = |what: &str, more: &[String]| {
        let words = [World::PEER, what].map(str::to_owned);
        words
            .into_iter()
            .chain(addresses.iter().cloned())
            .chain(more.to_vec())
            .collect::<Vec<_>>()
    };
    world.serve(&peer("serve-line", &[]), "ready");
    world.expect(Way::Direct, &peer("connections", &["200".to_owned()]));

    let connect = |count: u64| peer("connections", &[count.to_string()]).join(" ");
    // One run of Gasket for both rounds; each `read` waits for the test to have looked.
    let script = format!("{}; read x; {}; read x", connect(500), connect(count));
    let mut command = world.inside(&world.gasket_words());
    command
        .args(["sh", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut running = Running::start(&mut command);
    let mut stdin = running.child.stdin.take().expect("piped");
    let mut lines = BufReader::new(running.child.stdout.take().expect("piped")).lines();
    let mut next = || lines.next().and_then(Result::ok).unwrap_or_default();

    assert_eq!(next(), "500");
    let before = Footprint::settled(&running, None);
    let start = Instant::now();
    writeln!(stdin, "on").expect("the script reads");
    assert_eq!(next(), count.to_string());
    let took = start.elapsed();
    let after = Footprint::settled(&running, Some(before));
    writeln!(stdin, "on").expect("the script reads");
    drop(stdin);
    assert!(running.child.wait().is_ok_and(|status| status.success()));

    println!("{count} connections in {took:.1?}: {before:?}, then {after:?}");
    assert!(
        after.fds <= before.fds + FD_SLACK,
        "{before:?}, then {after:?}"
    );
    assert!(
        after.resident_kb <= before.resident_kb + 8_192,
        "{before:?}, then {after:?}"
    );
}

/// Descriptors that a few flows in their last moments may hold.
const FD_SLACK: usize = 8;

/// What all processes of one `gasket run` hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Footprint {
    fds: usize,
    resident_kb: u64,
}

impl Footprint {
    fn of(running: &Running) -> Self {
        let processes = running.gaskets();
        assert!(!processes.is_empty(), "no gasket process is found");
        Self {
            fds: processes.iter().map(|process| process.fds()).sum(),
            resident_kb: processes.iter().map(|process| process.resident_kb()).sum(),
        }
    }

    /// Once the flows just ended are gone: when the count of descriptors is near `target`, or, where
    /// there is none, has not changed for half a second.
    fn settled(running: &Running, target: Option<Self>) -> Self {
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut last = Self::of(running);
        let mut since = Instant::now();
        loop {
            let done = match target {
                Some(target) => last.fds <= target.fds + FD_SLACK,
                None => since.elapsed() > Duration::from_millis(500),
            };
            if done || Instant::now() > deadline {
                return last;
            }
            std::thread::sleep(Duration::from_millis(20));
            let now = Self::of(running);
            if now.fds != last.fds {
                since = Instant::now();
            }
            last = now;
        }
    }
}

/// curl's word for it (its exit code) is the same with Gasket in between.
fn same_end(world: &World, curl: &str, expected: i32) {
    for way in Way::BOTH {
        let start = Instant::now();
        let ended = world.run(way, &words(curl));
        let took = start.elapsed();
        assert_eq!(
            ended.code(),
            Some(expected),
            "{way:?} {curl}: {ended:?} after {took:.1?}"
        );
    }
}

#[test]
fn a_server_that_refuses() {
    let Some(world) = World::open("a_server_that_refuses", &["curl"]) else {
        return;
    };
    same_end(&world, &format!("curl -sS http://{WEB}:81/"), 7);
    same_end(&world, "curl -sS http://[2001:db8::10]:81/", 7);
}

/// Where the dial is held until the request is known, the refusal comes after our own accept: the
/// program sees a connection that is reset (56) or closed (52), at once.
#[test]
fn a_server_that_refuses_on_a_held_port() {
    let test = "a_server_that_refuses_on_a_held_port";
    let Some(world) = World::open(test, &["curl"]) else {
        return;
    };
    let curl = format!("curl -sS --max-time 20 http://{WEB}:8080/");
    assert_eq!(world.run(Way::Direct, &words(&curl)).code(), Some(7));
    let ended = world.run(Way::Gasket, &words(&curl));
    assert!(matches!(ended.code(), Some(7 | 52 | 56)), "{ended:?}");
}

#[test]
fn a_server_that_cannot_be_reached() {
    let Some(world) = World::open("a_server_that_cannot_be_reached", &["curl"]) else {
        return;
    };
    same_end(
        &world,
        &format!("curl -sS --max-time 20 http://{UNREACHABLE}:81/"),
        7,
    );
}

#[test]
fn a_server_that_resets_midway() {
    let Some(world) = World::open("a_server_that_resets_midway", &["curl"]) else {
        return;
    };
    for port in [7000, 8080] {
        let address = format!("{WEB}:{port}");
        world.serve(&[World::PEER, "serve-reset", &address], "ready");
        same_end(&world, &format!("curl -sS -o part http://{address}/"), 56);
    }
}

#[test]
fn a_server_that_accepts_and_never_answers() {
    let test = "a_server_that_accepts_and_never_answers";
    let Some(world) = World::open(test, &["curl"]) else {
        return;
    };
    for port in [7000, 8080] {
        let address = format!("{WEB}:{port}");
        world.serve(&[World::PEER, "serve-silent", &address], "ready");
        same_end(
            &world,
            &format!("curl -sS --max-time 2 http://{address}/"),
            28,
        );
    }
}

#[test]
fn a_server_that_does_not_even_accept() {
    let test = "a_server_that_does_not_even_accept";
    let Some(world) = World::open(test, &["curl"]) else {
        return;
    };
    same_end(
        &world,
        &format!("curl -sS --connect-timeout 2 http://{NEVER_ANSWERS}:81/"),
        28,
    );
    same_end(
        &world,
        &format!("curl -sS --max-time 2 http://{NEVER_ANSWERS}:8080/"),
        28,
    );
}
