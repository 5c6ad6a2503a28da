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
use super::kinds::{Device, Purpose, Who};
use super::ledger::Ledger;
use super::places;
use super::report;
use super::usage::Usage;
use super::wire::Wire;
use crate::leaks::phone::Phone;
use crate::servers::BASE;
use crate::world::{World, gasket};

/// Things one app does at a time.
const AT_ONCE: usize = 24;

/// How long after a control was sent it must have been seen.
const SEEN_WITHIN: Duration = Duration::from_secs(15);

/// No fault begins so shortly before another app's attempts may still be under way.
const CAREFUL: Duration = Duration::from_secs(2);

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

pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) plan: &'a Plan,
    pub(super) start: Instant,
    pub(super) book: Book,
    pub(super) wire: Wire,
    pub(super) servers: Child,
    pub(super) phone: Phone<'a>,
    pub(super) apps: Vec<App>,
    pub(super) straight: App,
    pub(super) command: Option<App>,
    /// When `gasket run` dies next; while it is dead, when the next one begins.
    pub(super) command_until: Instant,
    pub(super) command_runs: u32,
    pub(super) disk_is_full: bool,
    pub(super) settings: Settings,
    pub(super) choice: Choice,
    pub(super) chance: Chance,
    pub(super) fault: Option<(Fault, Instant)>,
    pub(super) next_fault: (Fault, Instant),
    /// Those that have not come since all had come.
    pub(super) bag: Vec<Fault>,
    pub(super) faults: Vec<Fault>,
    pub(super) tunnel: usize,
    pub(super) controls: Vec<Control>,
    pub(super) controls_at: Instant,
    pub(super) controls_seen: u64,
    pub(super) usage: Usage,
    pub(super) sampled: Instant,
    /// Lines of the engine's log that were looked at.
    pub(super) heard: usize,
    pub(super) told: Instant,
    /// Datagram sockets of the phone's apps, so that what the engine still remembers can be told from what it lost.
    pub(super) datagrams: u64,
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
        let mut bag = Vec::new();
        let first = draw(&mut bag, &mut chance);
        let first = (first, start + Duration::from_secs(2));
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
            bag,
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
        let is_gone = self.fault.is_some_and(|(fault, _)| is_it(fault));
        let goes = soon && is_it(self.next_fault.0);
        !is_gone && !goes
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
    pub(super) fn look(&mut self, now: Instant, is_end: bool) {
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
            let next = draw(&mut self.bag, &mut self.chance);
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
}

/// The next fault: each comes before any comes again.
fn draw(bag: &mut Vec<Fault>, chance: &mut Chance) -> Fault {
    if bag.is_empty() {
        bag.extend(FAULTS);
    }
    let at = chance.below(bag.len());
    bag.swap_remove(at)
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
pub(super) fn serve(world: &World) -> Child {
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
