//! What changes while flows are open: settings, tunnel, network.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use super::phone::{Phone, blocked, nobody_blocked};
use super::{NO_IDENTIFIERS, Scene, document, imei, open};
use crate::capture::{Transport, showing};
use crate::process::Running;
use crate::servers::COLLECTOR;
use crate::world::World;

/// Where the app's flows go.
const SERVER: &str = "203.0.113.11:7007";

/// A program that goes on for ever and tells how far it is.
struct App {
    running: Running,
    lines: Lines<BufReader<ChildStdout>>,
    questions: ChildStdin,
    number: u64,
}

impl App {
    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = Running::start(command);
        let lines = BufReader::new(running.child.stdout.take().expect("piped")).lines();
        let questions = running.child.stdin.take().expect("piped");
        let mut app = Self {
            running,
            lines,
            questions,
            number: 0,
        };
        app.go_on();
        app
    }

    /// Waits until it has sent twenty more from now on: what it told before may wait to be read.
    fn go_on(&mut self) {
        writeln!(self.questions, "now").expect("it is alive");
        let before = self.lines.by_ref().map(|line| line.expect("it is alive"));
        for line in before.take_while(|line| line != "now") {
            self.number = line.parse().expect("a number");
        }
        for line in self.lines.by_ref().take(20) {
            let number = line.expect("it is alive").parse().expect("a number");
            self.number = number;
        }
    }

    /// Has it send twenty more; how many segments and datagrams of that were seen.
    fn seen(&mut self, scene: &Scene<'_>) -> (usize, usize) {
        scene.capture.clear();
        let before = self.number;
        self.go_on();
        assert!(self.number >= before + 20, "the app has ended");
        let packets = scene.capture.packets();
        let server = SERVER.parse().expect("an address");
        let own = showing(&packets, b"beat ");
        let own = own.iter().filter(|packet| packet.destination == server);
        let datagrams = own
            .clone()
            .filter(|packet| packet.transport == Transport::Udp)
            .count();
        (own.count() - datagrams, datagrams)
    }
}

/// A world whose server takes whatever comes.
fn listening(test: &str) -> Option<World> {
    let world = open(test, &[])?;
    world.serve(&[World::PEER, "serve-silent", SERVER], "ready");
    Some(world)
}

#[test]
fn open_flows_of_an_app_that_is_blocked_now() {
    let Some(world) = listening("open_flows_of_an_app_that_is_blocked_now") else {
        return;
    };
    let scene = Scene::new(&world);
    let mut phone = Phone::start(&world, &nobody_blocked());
    let mut app = App::start(&mut phone.app(&[World::PEER, "stream", SERVER]));
    // The control: other settings, but none that concern it.
    phone.tell(&format!("config {}", blocked("com.example.other")));
    let (segments, datagrams) = app.seen(&scene);
    assert!(segments > 0 && datagrams > 0, "{segments}, {datagrams}");

    phone.tell(&format!("config {}", blocked("com.example.chatty")));
    assert_eq!(app.seen(&scene), (0, 0));
    // And back: the socket that was refused is served again.
    phone.tell(&format!("config {}", nobody_blocked()));
    let (segments, datagrams) = app.seen(&scene);
    assert!(segments == 0 && datagrams > 0, "{segments}, {datagrams}");
    app.running.end();
}

/// What goes through the tunnel is judged, whether the flow began before it was there or not.
#[test]
fn flows_that_began_before_the_tunnel() {
    let Some(world) = listening("flows_that_began_before_the_tunnel") else {
        return;
    };
    let scene = Scene::new(&world);
    let phone = Phone::start(&world, &blocked("com.example.chatty"));
    world.run_ok(&[
        "sh",
        "-ec",
        "
        ip link add past0 type veth peer name past1
        ip link set past1 netns ./app.namespace
        ip address add 192.0.2.129/25 dev past0
        ip link set past0 addrgenmode none up
    ",
    ]);
    phone.set("ip address add 192.0.2.130/25 dev past1");
    phone.set("ip link set past1 addrgenmode none up");
    phone.set("ip route replace default via 192.0.2.129 dev past1 src 192.0.2.130");
    let mut app = App::start(&mut phone.app(&[World::PEER, "stream", SERVER]));
    let (segments, datagrams) = app.seen(&scene);
    assert!(
        segments > 0 && datagrams > 0,
        "control: {segments}, {datagrams}"
    );

    phone.set("ip route replace default dev tun0 src 10.111.0.1");
    assert_eq!(app.seen(&scene), (0, 0));
    app.running.end();
}

#[test]
fn leak_while_tunnels_are_replaced() {
    let Some(world) = listening("leak_while_tunnels_are_replaced") else {
        return;
    };
    let scene = Scene::new(&world);
    let mut phone = Phone::start(&world, NO_IDENTIFIERS);
    let leak = document(&imei());
    let beat = [World::PEER, "beat", SERVER, &leak];
    let mut straight = App::start(&mut world.inside(&beat));
    let (_, datagrams) = straight.seen(&scene);
    assert!(datagrams > 0, "control: the leak is not seen");
    straight.running.end();

    scene.capture.clear();
    let mut leaking = App::start(&mut phone.app(&beat));
    let mut harmless = App::start(&mut phone.app(&[World::PEER, "beat", SERVER]));
    // The last is another than the first.
    for round in 1..=21 {
        let tunnel = round % 2;
        phone.tell(&format!("tunnel {tunnel}"));
        phone.set(&format!(
            "ip route replace default dev tun{tunnel} src 10.111.{tunnel}.1"
        ));
        leaking.go_on();
    }
    let packets = scene.capture.packets();
    let seen = showing(&packets, imei().as_bytes());
    assert!(seen.is_empty(), "{seen:#?}");
    // The control: the last tunnel is in use.
    let (_, datagrams) = harmless.seen(&scene);
    assert!(datagrams > 0, "nothing passes any more");
    harmless.running.end();
    leaking.running.end();
}

/// The network goes and comes back; what is blocked is blocked before, without and after.
#[test]
fn leak_when_the_network_comes_back() {
    let Some(world) = listening("leak_when_the_network_comes_back") else {
        return;
    };
    let scene = Scene::new(&world);
    let phone = Phone::start(&world, NO_IDENTIFIERS);
    let network = |change: &str| {
        let address = format!("{COLLECTOR}/32");
        world.run_ok(&["ip", "address", change, &address, "dev", "lo"]);
    };
    let leak = document(&imei());
    let mut leaking = App::start(&mut phone.app(&[World::PEER, "beat", SERVER, &leak]));
    let mut harmless = App::start(&mut phone.app(&[World::PEER, "beat", SERVER]));
    assert!(harmless.seen(&scene).1 > 0, "control: nothing passes");
    network("del");
    assert_eq!(harmless.seen(&scene).1, 0, "the network is not gone");
    network("add");
    leaking.go_on();
    assert!(harmless.seen(&scene).1 > 0, "nothing passes any more");
    let packets = scene.capture.packets();
    let seen = showing(&packets, imei().as_bytes());
    assert!(seen.is_empty(), "{seen:#?}");
    let mut straight = App::start(&mut world.inside(&[World::PEER, "beat", SERVER, &leak]));
    assert!(straight.seen(&scene).1 > 0, "control: the leak is not seen");
    for app in [leaking, harmless, straight] {
        app.running.end();
    }
}
