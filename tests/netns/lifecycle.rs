//! The engine's own end, and a start that must not be.

use std::io::{BufRead, BufReader, Lines};
use std::process::{ChildStdout, Stdio};
use std::time::{Duration, Instant};

use crate::capture::{Capture, dials, sent_to};
use crate::process::{Process, Running};
use crate::servers;
use crate::world::{Way, World, gasket, is_root, skip};

/// Where beats go; nothing listens there.
const BEAT: &str = "198.51.100.20:7777";

/// Highest number of a beat that reached the fake internet, and connections begun there.
fn reached(capture: &Capture<'_>) -> (Option<u64>, usize) {
    let packets = capture.packets();
    let target = BEAT.parse().expect("an address");
    let number = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).ok()?;
        text.strip_prefix("beat ")?.strip_suffix('.')?.parse().ok()
    };
    (
        sent_to(&packets, target)
            .into_iter()
            .filter_map(number)
            .max(),
        dials(&packets, target),
    )
}

/// A program that sends and connects for ever, and what it says of it.
struct Beating {
    running: Running,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Beating {
    fn start(world: &World, way: Way) -> Self {
        let words = if way == Way::Gasket {
            world.gasket_words()
        } else {
            vec!["env".to_owned()]
        };
        let mut command = world.inside(&words);
        command
            .args([World::PEER, "beat", BEAT])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut running = Running::start(&mut command);
        let lines = BufReader::new(running.child.stdout.take().expect("piped")).lines();
        Self { running, lines }
    }

    /// Reads on until the program has sent beat `number`, or has ended: then `false`.
    fn until(&mut self, number: u64) -> bool {
        let numbers = self.lines.by_ref().map_while(Result::ok);
        numbers
            .map(|line| line.parse().unwrap_or(0))
            .any(|sent: u64| sent >= number)
    }
}

#[test]
fn killing_the_engine_lets_nothing_around_it() {
    let test = "killing_the_engine_lets_nothing_around_it";
    let Some(world) = World::open(test, &["tcpdump"]) else {
        return;
    };
    let capture = Capture::start(&world);

    let mut straight = Beating::start(&world, Way::Direct);
    assert!(straight.until(20));
    let (last, dialled) = reached(&capture);
    assert!(
        last >= Some(20) && dialled >= 20,
        "control: {last:?}, {dialled} dials"
    );
    straight.running.end();

    // Whichever process of `gasket run` dies: each is killed in a run of its own.
    let mut process = 0;
    loop {
        capture.clear();
        let mut beating = Beating::start(&world, Way::Gasket);
        assert!(
            beating.until(20),
            "the program ended early: {:#?}",
            world.events()
        );
        let (last, dialled) = reached(&capture);
        assert!(
            last.is_some() && dialled > 0,
            "nothing passes: {last:?}, {dialled} dials"
        );
        let gaskets = beating.running.gaskets();
        assert!(!gaskets.is_empty());
        let Some(victim) = gaskets.get(process) else {
            break;
        };
        victim.signal("KILL");
        victim.wait_gone();
        // What the kernel had taken from the engine before is no longer the engine's to stop.
        let (last, dialled) = reached(&capture);
        let alive = beating.until(last.unwrap_or(0) + 40);
        let after = reached(&capture);
        assert_eq!(
            after,
            (last, dialled),
            "process {process} of {}, program alive: {alive}",
            gaskets.len()
        );
        beating.running.end();
        process += 1;
    }
    assert!(process > 0);
}

#[test]
fn sigterm_ends_it_within_a_second() {
    let test = "sigterm_ends_it_within_a_second";
    let Some(world) = World::open(test, &[]) else {
        return;
    };
    let mut beating = Beating::start(&world, Way::Gasket);
    assert!(beating.until(20));
    let gaskets = beating.running.gaskets();
    let start = Instant::now();
    gaskets[0].signal("TERM");
    while !gaskets.iter().all(Process::is_gone) {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "SIGTERM is ignored"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = start.elapsed();
    println!("ended in {took:.1?}");
    assert!(took < Duration::from_secs(1), "{took:.1?}");
    // The program does not outlive its tunnel.
    assert!(!beating.until(u64::MAX), "the program's output ends");
    beating.running.end();
}

#[test]
fn an_unreadable_config_names_the_place_and_nothing_starts() {
    let test = "an_unreadable_config_names_the_place_and_nothing_starts";
    let Some(world) = World::open(test, &[]) else {
        return;
    };
    let cases = [
        (
            "unknown key",
            "{\n  \"version\": 1,\n  \"mtuu\": 1500\n}\n",
            ["line 3", "column", "mtuu"],
        ),
        (
            "wrong type",
            "{\n  \"version\": 1,\n  \"mtu\": \"big\"\n}\n",
            ["line 3", "column", "mtu"],
        ),
        (
            "out of range",
            "{\n  \"version\": 1,\n  \"mtu\": 70000\n}\n",
            ["line 3", "column", "mtu"],
        ),
        (
            "syntax",
            "{\n  \"version\": 1,\n  \"mtu\" 1500\n}\n",
            ["line 3", "column", "expected"],
        ),
        (
            "no version",
            "{\n  \"mtu\": 1500\n}\n",
            ["line", "column", "version"],
        ),
    ];
    for (case, config, expected) in cases {
        let config = world.file("broken.json", config);
        let words = [
            gasket(),
            "run",
            "--config",
            &config,
            "--",
            "touch",
            "started",
        ];
        let ended = world.run(Way::Direct, &words);
        assert_eq!(ended.code(), Some(2), "{case}: {ended:?}");
        for word in expected {
            assert!(
                ended.stderr.contains(word),
                "{case}: no {word:?} in {:?}",
                ended.stderr
            );
        }
        assert!(
            !world.folder().join("started").exists(),
            "{case}: the program was started"
        );
    }
    let ended = world.run(
        Way::Direct,
        &[
            gasket(),
            "run",
            "--config",
            "absent.json",
            "--",
            "touch",
            "started",
        ],
    );
    assert_eq!(ended.code(), Some(2), "{ended:?}");
    assert!(ended.stderr.contains("absent.json"), "{ended:?}");
    assert!(!world.folder().join("started").exists());
    // The control: the same program with a config that can be read.
    world.expect(Way::Gasket, &["touch", "started"]);
    assert!(world.folder().join("started").exists());
}

#[test]
fn the_exit_code_is_the_programs_own() {
    let Some(world) = World::open("the_exit_code_is_the_programs_own", &[]) else {
        return;
    };
    for way in Way::BOTH {
        for code in [0, 1, 42] {
            let ended = world.run(way, &["sh", "-c", &format!("exit {code}")]);
            assert_eq!(ended.code(), Some(code), "{way:?}: {ended:?}");
        }
        let ended = world.run_with(way, &["cat"], b"through\0and through");
        assert_eq!(ended.stdout, b"through\0and through", "{way:?}");
    }
}

#[test]
fn gasket_run_needs_no_root() {
    let test = "gasket_run_needs_no_root";
    let Some(world) = World::open(test, &["curl", "dnsmasq", "nginx", "setpriv"]) else {
        return;
    };
    if !is_root() {
        // Then every other test has shown it.
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let tun = std::fs::metadata("/dev/net/tun").map(|m| m.permissions().mode() & 0o006);
    if !matches!(tun, Ok(0o006)) {
        eprintln!("skipped: {test}: only root may open /dev/net/tun here");
        return;
    }
    let nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let may = [
        &nobody[..],
        &["unshare", "--user", "--map-root-user", "--net", "true"],
    ]
    .concat();
    if !world.run(Way::Direct, &may).status.success() {
        return skip(test, "no user namespaces for ordinary users here").unwrap_or(());
    }
    servers::dns(&world);
    servers::web(&world);
    // The build folder may be closed to others.
    world.run_ok(&["cp", gasket(), "gasket"]);
    world.run_ok(&["sh", "-c", "mkdir -m 777 open; chmod 755 ."]);
    let gasket = world.folder().join("gasket").display().to_string();
    let curl = ["curl", "-sS", "--fail", "http://shop.example/hello.txt"];
    let run = [
        gasket.as_str(),
        "run",
        "--events",
        "open/events.jsonl",
        "--",
    ];
    let straight = [&nobody[..], &curl].concat();
    let guarded = [&nobody[..], &run, &curl].concat();
    for words in [straight, guarded] {
        assert_eq!(world.run_ok(&words), "hello from the shop\n");
    }
}
