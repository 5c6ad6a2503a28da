//! The soak from beginning to end.

use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use gasket_tests::chance::Chance;
use gasket_tests::sum::Sum;

use super::choice::{Choice, Order};
use super::devices::{self, APPS, App, Book, Settings};
use super::faults::{FAULTS, Fault};
use super::ledger::{Device, Ledger, Purpose, Who};
use super::places;
use super::report;
use super::usage::Usage;
use super::wire::Wire;
use crate::leaks::phone::Phone;
use crate::process::processes_of;
use crate::servers::BASE;
use crate::world::{World, gasket};

/// Things one app does at a time.
const AT_ONCE: usize = 24;

/// How long after a control was sent it must have been seen.
const SEEN_WITHIN: Duration = Duration::from_secs(15);

/// How long what goes on may take to end, once nothing new begins; what is idle goes on for longer.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// A datagram's socket is remembered for three minutes (`guard::udp`), and looked after at intervals.
const SETTLES_WITHIN: Duration = Duration::from_secs(240);

/// No fault begins so shortly before another app's attempts may still be under way.
const CAREFUL: Duration = Duration::from_secs(2);

/// So often, and in one of fifty transfers, an owner may be named too late because the machine has other things to do.
const STALLS_MAX: u64 = 20;

/// What the engine says of a socket that it may not use.
const UNPROTECTED: &str = "a socket could not be protected and was closed";

/// What is asked for.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) length: Duration,
    pub(super) per_second: u32,
    /// Least time between two faults, in seconds; as much again by chance.
    pub(super) calm_s: usize,
    /// How long a `gasket run` lives until it is killed, in seconds.
    pub(super) command_lives_s: u64,
    pub(super) tells_every: Duration,
    pub(super) idle_max_s: usize,
    pub(super) body_max: usize,
    /// Whether the end waits until the engine has forgotten all flows.
    pub(super) settles: bool,
    /// Below the workspace's root.
    pub(super) writes_to: Option<&'static str>,
}

/// Runs `plan`; fails the test with all that was wrong.
pub(super) fn soak(test: &str, plan: &Plan) {
    let Some(world) = World::open(
        test,
        &[&BASE[..], &["python3", "openssl", "prlimit"]].concat(),
    ) else {
        return;
    };
    // Built before the time runs.
    gasket();
    println!("soak: seed {}, {} s", plan.seed, plan.length.as_secs());
    let mut scene = Scene::set(&world, plan);
    while scene.start.elapsed() < plan.length && !scene.is_hopeless() {
        scene.step();
        thread::sleep(Duration::from_secs(1) / plan.per_second);
    }
    let report = scene.close();
    println!("{}", report.table());
    if let Some(path) = plan.writes_to {
        report.write(path);
    }
    let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    let again = format!("seed {}: SOAK_SEED={} draws the same", plan.seed, plan.seed);
    assert!(failures.is_empty(), "{again}\n{}", failures.join("\n"));
}

/// A control that was sent: when, in which form, and where it must be seen.
type Control = (Instant, &'static str, IpAddr);

struct Scene<'a> {
    world: &'a World,
    plan: &'a Plan,
    start: Instant,
    book: Book,
    wire: Wire,
    servers: Child,
    phone: Phone<'a>,
    apps: Vec<App>,
    straight: App,
    command: Option<App>,
    /// When `gasket run` dies next; while it is dead, when the next one begins.
    command_until: Instant,
    command_runs: u32,
    disk_is_full: bool,
    settings: Settings,
    choice: Choice,
    chance: Chance,
    fault: Option<(Fault, Instant)>,
    next_fault: (Fault, Instant),
    faults: Vec<Fault>,
    tunnel: usize,
    controls: Vec<Control>,
    controls_at: Instant,
    controls_seen: u64,
    usage: Usage,
    sampled: Instant,
    /// Lines of the engine's log that were looked at.
    heard: usize,
    told: Instant,
    /// Datagram sockets of the phone's apps, so that what the engine still remembers can be told from what it lost.
    datagrams: u64,
}

impl<'a> Scene<'a> {
    fn set(world: &'a World, plan: &'a Plan) -> Self {
        let file = Sum::told(&places::prepare(world)).replace(' ', "_");
        world.file("run.json", devices::command_settings());
        let start = Instant::now();
        let book = Book::new(Ledger::new(start));
        let wire = Wire::tap(world);
        let servers = serve(world);
        let (phone, apps) = devices::phone(world, &book);
        let who = Who {
            device: Device::Straight,
            app: 1,
        };
        let straight = App::start(
            &mut world.inside(&[World::PEER, "soak-app", "0.0.0.0", places::STRAIGHT]),
            who,
            &book,
        );
        let usage = Usage::new(phone.engine());
        devices::fifo(world, "run.events", &book);
        world.run_ok(&["mkdir", "small"]);
        let mut chance = Chance::of(plan.seed, "faults");
        let first = (*chance.pick(&FAULTS), start + Duration::from_secs(2));
        let mut scene = Self {
            world,
            plan,
            start,
            book,
            wire,
            servers,
            phone,
            apps,
            straight,
            command: None,
            command_until: start,
            command_runs: 0,
            disk_is_full: false,
            settings: Settings::QUIET,
            choice: Choice::new(plan.seed, file, plan.idle_max_s, plan.body_max),
            chance,
            fault: None,
            next_fault: first,
            faults: Vec::new(),
            tunnel: 0,
            controls: Vec::new(),
            controls_at: start,
            controls_seen: 0,
            usage,
            sampled: start,
            heard: 0,
            told: start,
            datagrams: 0,
        };
        scene.run_command();
        scene
    }

    /// Whether so much is wrong that going on tells nothing more.
    fn is_hopeless(&self) -> bool {
        self.book.open().failures.len() >= 20
    }

    fn step(&mut self) {
        let now = Instant::now();
        self.change_faults(now);
        self.change_command(now);
        self.speak();
        if now >= self.controls_at && self.servers_stay() {
            self.controls_at = now + Duration::from_secs(60);
            self.send_controls(now);
        }
        if now - self.sampled >= Duration::from_secs(1) {
            self.sampled = now;
            self.look(now, false);
        }
        if now - self.told >= self.plan.tells_every {
            self.told = now;
            self.tell();
        }
    }

    /// Whether the servers are there, and will be: controls need them.
    fn servers_stay(&self) -> bool {
        let is_it = |fault| fault == Fault::ServersGone;
        let soon = self.next_fault.1 < Instant::now() + CAREFUL;
        !self.fault.is_some_and(|(fault, _)| is_it(fault)) && !(soon && is_it(self.next_fault.0))
    }

    /// Some app does something.
    fn speak(&mut self) {
        let number = self.chance.below(usize::from(APPS) + 1);
        let Some(app) = self.apps.get_mut(number) else {
            let Some(app) = &mut self.command else { return };
            let order = self.choice.next(app.who);
            give(app, order, &self.book);
            return;
        };
        let is_blocked = app.who.app == APPS || self.settings.blocked == Some(app.who.app);
        let order = if !is_blocked {
            self.choice.next(app.who)
        } else if may_forbid(self.fault, self.next_fault) {
            self.choice.forbidden()
        } else {
            return;
        };
        let is_datagram = ["udp", "echo ", "ping"]
            .iter()
            .any(|word| order.line.contains(word));
        if give(app, order, &self.book) && is_datagram {
            self.datagrams += 1;
        }
    }

    fn send_controls(&mut self, now: Instant) {
        for (order, address) in self.choice.controls() {
            let form = order.kind;
            give(&mut self.straight, order, &self.book);
            self.controls.push((now, form, address));
        }
    }

    /// Looks at what has come, and at the engine; at the `end`, all must have.
    fn look(&mut self, now: Instant, is_end: bool) {
        self.usage.sample();
        let mut book = self.book.open();
        book.audit(is_end);
        let mut seen = self.wire.seen();
        for leak in seen.leaks.drain(..) {
            book.fail(format!("a leak is seen outside: {leak}"));
        }
        let before = self.controls.len();
        self.controls
            .retain(|(_, _, address)| !seen.controls.remove(address));
        self.controls_seen += (before - self.controls.len()) as u64;
        // Where the network is gone, controls are, too.
        let is_blind = |(sent, _, _): &Control| is_end || now - *sent > SEEN_WITHIN;
        for (_, form, _) in self.controls.extract_if(.., |control| is_blind(control)) {
            book.fail(format!("the capture did not see the control: {form}"));
        }
        let said = self.phone.said();
        let new = said.iter().skip(self.heard);
        for line in new.filter(|line| devices::is_alarming(line)) {
            // It has to say that, where it is made so.
            let is_made = line.ends_with(UNPROTECTED) && book.was_of_late(Fault::Unprotected);
            if !is_made {
                book.fail(format!("the engine said: {line}"));
            }
        }
        self.heard = said.len();
    }

    fn tell(&self) {
        let book = self.book.open();
        let (begun, whole, explained) = report::totals(&book);
        let leaks: u64 = book.forms.values().map(|form| form.sent).sum();
        let held = self.usage.now();
        println!(
            "soak: {:5} s: {begun} transfers begun, {whole} whole, {explained} ended by faults; {leaks} leaks told; \
             {} faults, {} runs; engine {} KiB, {} descriptors, {} threads; {} failures",
            self.start.elapsed().as_secs(),
            self.faults.len(),
            self.command_runs,
            held.resident_kb,
            held.descriptors,
            held.threads,
            book.failures.len(),
        );
    }

    fn change_faults(&mut self, now: Instant) {
        if let Some((fault, until)) = self.fault {
            if now < until {
                return;
            }
            self.set_fault(fault, false);
            self.book.open().close(fault);
            self.fault = None;
            let calm = self.plan.calm_s + self.chance.below(self.plan.calm_s + 1);
            let next = *self.chance.pick(&FAULTS);
            self.next_fault = (next, Instant::now() + Duration::from_secs(calm as u64));
        } else if now >= self.next_fault.1 {
            let (fault, _) = self.next_fault;
            let lasts = fault.lasts(&mut self.chance);
            self.book.open().open(fault);
            self.faults.push(fault);
            self.set_fault(fault, true);
            self.fault = Some((fault, Instant::now() + lasts));
        }
    }

    /// Makes it happen, or be over.
    fn set_fault(&mut self, fault: Fault, on: bool) {
        let engine = self.phone.engine();
        match fault {
            Fault::AppBlocked(app) => {
                self.configure(Settings {
                    blocked: on.then_some(app),
                    ..self.settings.clone()
                });
            }
            Fault::ResolverDead => self.ask(if on { places::DEAD } else { places::RESOLVER }),
            Fault::ResolverLies => self.ask(if on { places::LIAR } else { places::RESOLVER }),
            Fault::ServersGone if on => {
                for process in processes_of(self.servers.id(), World::PEER) {
                    process.signal("KILL");
                }
                let _ = self.servers.wait();
            }
            Fault::ServersGone => self.servers = serve(self.world),
            Fault::NetworkLost => {
                let change = if on { "del" } else { "add" };
                let lines = format!(
                    "ip address {change} 203.0.113.10/32 dev lo; ip -6 address {change} 2001:db8::10/128 dev lo {}",
                    if on { "" } else { "nodad" }
                );
                self.world.run_ok(&["sh", "-ec", &lines]);
            }
            Fault::OwnersUnknown => self.own(on, "none"),
            Fault::OwnersSilent => self.own(on, "silent"),
            Fault::OwnersWrong => self.own(on, "10999"),
            Fault::OwnersSlow => self.own(on, "slow 100"),
            Fault::Unprotected => self
                .phone
                .tell(if on { "protect no" } else { "protect yes" }),
            Fault::TunnelsReplaced => self.replace_tunnel(),
            Fault::Stopped => self.phone.sleep(on),
            Fault::NoDescriptors => {
                let most = if on { engine.fds() + 3 } else { 4096 };
                engine.limit(&format!("--nofile={most}:"));
            }
            Fault::Settings => {
                for _ in 0..20 {
                    self.configure(Settings {
                        round: self.settings.round + 1,
                        ..self.settings.clone()
                    });
                }
            }
            Fault::Stalled | Fault::Killed | Fault::DiskFull => unreachable!("not drawn"),
        }
    }

    fn configure(&mut self, settings: Settings) {
        self.phone.tell(&format!("config {}", settings.json()));
        self.settings = settings;
    }

    fn ask(&mut self, resolver: &'static str) {
        self.configure(Settings {
            resolver,
            ..self.settings.clone()
        });
    }

    fn own(&mut self, on: bool, owner: &str) {
        self.phone
            .tell(&format!("owner {}", if on { owner } else { "source" }));
    }

    fn replace_tunnel(&mut self) {
        self.tunnel = 1 - self.tunnel;
        let tunnel = self.tunnel;
        self.phone.tell(&format!("tunnel {tunnel}"));
        self.phone.set(&format!(
            "ip route replace default dev tun{tunnel} src 10.111.{tunnel}.1"
        ));
        self.phone
            .set(&format!("ip -6 route replace default dev tun{tunnel}"));
    }

    /// `gasket run` is killed when its time is over; what its app does then must not leave either. Then there is
    /// another one, every third with a disk that is full.
    fn change_command(&mut self, now: Instant) {
        if now < self.command_until {
            return;
        }
        let Some(app) = &mut self.command else { return };
        let gaskets = app.gaskets();
        if let Some(victim) = gaskets.first() {
            self.book.open().open(Fault::Killed);
            victim.signal("KILL");
            victim.wait_gone();
            // Time for the app to try.
            self.command_until = now + Duration::from_secs(3);
            return;
        }
        let who = app.who;
        if let Some(app) = self.command.take() {
            app.end();
        }
        self.book.open().abandon(who);
        self.book.open().close(Fault::Killed);
        self.run_command();
    }

    fn run_command(&mut self) {
        if self.disk_is_full {
            self.world.run_ok(&["umount", "small"]);
            self.book.open().close(Fault::DiskFull);
        }
        self.command_runs += 1;
        self.disk_is_full = self.command_runs.is_multiple_of(3);
        let events = if self.disk_is_full {
            self.world
                .run_ok(&["mount", "-t", "tmpfs", "-o", "size=16k", "none", "small"]);
            self.book.open().open(Fault::DiskFull);
            "small/events"
        } else {
            "run.events"
        };
        self.command = Some(devices::command(self.world, events, &self.book));
        self.command_until = Instant::now() + Duration::from_secs(self.plan.command_lives_s);
    }

    /// Ends all, once nothing is under way any more; what it came to.
    fn close(mut self) -> report::Report {
        if let Some((fault, _)) = self.fault.take() {
            self.set_fault(fault, false);
            self.book.open().close(fault);
        }
        let ran = self.start.elapsed();
        let patience = ENDS_WITHIN + Duration::from_secs(self.plan.idle_max_s as u64);
        let ended = self.wait(patience, |scene| scene.book.open().all_busy() == 0);
        if !ended {
            let busy = self.book.open().all_busy();
            self.book.open().fail(format!("{busy} actions do not end"));
        }
        self.settle();
        // What was sent last has come by then, or will not.
        self.wait(Duration::from_secs(3), |_| false);
        self.look(Instant::now(), true);
        let memory = self.usage.verdict();
        devices::close(self.world, "phone.events");
        devices::close(self.world, "run.events");
        if let Some(app) = self.command.take() {
            app.end();
        }
        let lost = self.wire.end();
        let mut book = self.book.open();
        memory.into_iter().for_each(|what| book.fail(what));
        let (begun, whole, _) = report::totals(&book);
        let leaks: u64 = book.forms.values().map(|form| form.told_once).sum();
        // Half of what was asked for, and a fifth of that leaks, of which some are lost with `gasket run`.
        let asked = self.plan.length.as_secs() * u64::from(self.plan.per_second);
        if whole < asked / 6 || leaks < asked / 20 || self.controls_seen == 0 {
            let controls = self.controls_seen;
            book.fail(format!(
                "too little happened to prove anything: {whole} transfers, {leaks} leaks, {controls} controls"
            ));
        }
        if book.stalls > STALLS_MAX + begun / 50 {
            let what = format!(
                "{} owners were named too late, and nobody made them late",
                book.stalls
            );
            book.fail(what);
        }
        if lost > 0 {
            book.fail(format!("the capture has lost {lost} packets"));
        }
        for leak in self.wire.seen().leaks.drain(..) {
            book.fail(format!("a leak is seen outside: {leak}"));
        }
        let seen = self.wire.seen();
        report::Report::new(self.plan, ran, &book, &self.usage, &self.faults)
            .with_wire(seen.packets, seen.bytes, self.controls_seen)
            .with_runs(self.command_runs)
    }

    /// Descriptors must come back to what they were: all of them, or all but those of datagrams not yet forgotten.
    fn settle(&mut self) {
        let first = self.usage.first.descriptors;
        let remembered = usize::try_from(self.datagrams).expect("few");
        let most = if self.plan.settles {
            first
        } else {
            first + remembered
        };
        let patience = if self.plan.settles {
            SETTLES_WITHIN
        } else {
            Duration::from_secs(5)
        };
        let settled = self.wait(patience, |scene| scene.usage.now().descriptors <= most);
        let now = self.usage.now();
        if !settled {
            let what = format!(
                "{} descriptors at rest, {first} at first, {most} allowed",
                now.descriptors
            );
            self.book.open().fail(what);
        }
        if now.threads > self.usage.first.threads {
            let what = format!(
                "{} threads at rest, {} at first",
                now.threads, self.usage.first.threads
            );
            self.book.open().fail(what);
        }
    }

    /// Looks on until `done`, but no longer than `patience`.
    fn wait(&mut self, patience: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let since = Instant::now();
        while since.elapsed() < patience {
            if done(self) {
                return true;
            }
            thread::sleep(Duration::from_millis(200));
            if self.sampled.elapsed() >= Duration::from_secs(1) {
                self.sampled = Instant::now();
                self.look(Instant::now(), false);
            }
        }
        false
    }
}

/// Whether an app that is blocked may try now: its owner is named, and will be while it tries.
fn may_forbid(fault: Option<(Fault, Instant)>, next: (Fault, Instant)) -> bool {
    let now = Instant::now();
    match fault {
        // Shortly before it is over, the attempt could come after.
        Some((Fault::AppBlocked(_) | Fault::Stopped, until)) => until > now + CAREFUL,
        Some((Fault::OwnersWrong, _)) => false,
        Some(_) => true,
        None => next.1 > now + CAREFUL,
    }
}

/// Gives an order and notes it, unless the app has its hands full.
fn give(app: &mut App, order: Order, book: &Book) -> bool {
    let id = {
        let mut book = book.open();
        if app.who.device != Device::Straight && book.busy(app.who) >= AT_ONCE {
            return false;
        }
        if let (Purpose::Leak(tag), Some((form, address))) = (&order.purpose, order.leak) {
            book.plant(tag, form, app.who, address);
        }
        book.begin(app.who, order.kind, order.purpose, &order.line)
    };
    let is_taken = app.order(id, &order.line);
    if !is_taken {
        book.open().end(&format!("{id} failed nobody takes orders"));
    }
    is_taken
}

/// Starts the servers that are killed now and then.
fn serve(world: &World) -> Child {
    let mut command = world.inside(&[World::PEER, "soak-server"]);
    let mut servers = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("nsenter starts");
    let output = BufReader::new(servers.stdout.take().expect("piped"));
    let first = output.lines().next().and_then(Result::ok);
    assert_eq!(
        first.as_deref(),
        Some("ready"),
        "the servers do not come up"
    );
    servers
}
