//! What would only be warned about is held until the user has answered, where the app's treatment is to ask.

use gasket_core::config::{AppMode, Config, RuleMode, Target};
use gasket_core::event::{AskOutcome, Event};
use gasket_core::guard::Answer;
use gasket_core::owner::Owner;
use gasket_core::policy::{Decision, Reason};
use gasket_tests::hello;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::State;

use crate::dns;
use crate::leaks::{owner, with_mode};
use crate::world::{Owners, World, config};

const APP: &str = "org.example.chatty";
const OTHER: &str = "org.example.quiet";
const HELD_DIAL: &str = "203.0.113.10:80";
const DIALLED: &str = "203.0.113.10:4444";
const TLS: &str = "203.0.113.10:443";
const SECOND_MS: u64 = 1_000;

fn leak(name: &str) -> Vec<u8> {
    let body = r#"{"imei":"350000001234562"}"#;
    let len = body.len();
    let head = format!("POST /in HTTP/1.1\r\nHost: {name}\r\nContent-Length: {len}\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

fn asking() -> Config {
    with_mode(APP, AppMode::Ask)
}

fn world() -> World {
    World::with(asking(), Owners::Is(owner(APP)))
}

/// Opens a connection and sends; what is sent is to be held.
fn send(world: &mut World, to: &str, bytes: &[u8]) -> SocketHandle {
    let connection = world.app.connect(to);
    world.settle();
    world.write(connection, bytes, 10_000);
    connection
}

fn outcome(event: &Event) -> (Decision, Option<AskOutcome>, u64) {
    let outcome = event.asked.map(|asked| asked.outcome);
    (event.verdict, outcome, event.bytes_left)
}

fn outcomes(world: &World) -> Vec<(Decision, Option<AskOutcome>, u64)> {
    world.events.iter().map(outcome).collect()
}

/// The question that was asked last.
fn question(world: &World) -> u64 {
    let mut asked = world.events.iter().rev().filter_map(|event| event.asked);
    let last = asked.find(|asked| asked.outcome == AskOutcome::Waiting);
    last.expect("a question").question
}

fn answer(world: &mut World, answer: Answer) {
    let question = question(world);
    world.guard.handle_user_answer(world.now, question, answer);
    world.settle();
}

/// All that arrived anywhere.
fn arrived(world: &World) -> Vec<u8> {
    let peers = world.peers.values().chain(&world.gone);
    peers.flat_map(|peer| peer.received.clone()).collect()
}

const WAITING: (Decision, Option<AskOutcome>, u64) =
    (Decision::Block, Some(AskOutcome::Waiting), 0);

fn blocked(why: AskOutcome) -> (Decision, Option<AskOutcome>, u64) {
    (Decision::Block, Some(why), 0)
}

fn let_through(bytes: &[u8]) -> (Decision, Option<AskOutcome>, u64) {
    let left = bytes.len() as u64;
    (Decision::Warn, Some(AskOutcome::Allowed), left)
}

#[test]
fn what_is_let_through_arrives_whole_and_what_follows_too() {
    for to in [HELD_DIAL, DIALLED] {
        let mut world = world();
        let leak = leak("in.example");
        let connection = send(&mut world, to, &leak);
        world.pass(10 * SECOND_MS);
        assert_eq!(outcomes(&world), [WAITING], "{to}");
        assert_eq!(arrived(&world), b"", "{to}");
        assert_eq!(world.dials.is_empty(), to == HELD_DIAL);
        answer(&mut world, Answer::LetThrough);
        assert_eq!(arrived(&world), leak, "{to}");
        assert_eq!(outcomes(&world), [WAITING, let_through(&leak)], "{to}");
        let next = b"GET /news HTTP/1.1\r\nHost: in.example\r\n\r\n";
        world.write(connection, next, 1_000);
        assert_eq!(arrived(&world), [&leak[..], next].concat());
        world.pass(60 * SECOND_MS);
        assert_eq!(world.app.tcp(connection).state(), State::Established);
        assert_eq!(world.events.len(), 2);
    }
}

/// The control: an app that is only guarded waits for nobody.
#[test]
fn nobody_is_asked_of_another_app() {
    let mut world = World::with(asking(), Owners::Is(owner(OTHER)));
    let leak = leak("in.example");
    send(&mut world, HELD_DIAL, &leak);
    assert_eq!(arrived(&world), leak);
    let left = leak.len() as u64;
    assert_eq!(outcomes(&world), [(Decision::Warn, None, left)]);
}

#[test]
fn a_no_and_no_answer_let_nothing_leave() {
    for (to, dials) in [(HELD_DIAL, 0), (DIALLED, 1)] {
        let mut refused = world();
        let connection = send(&mut refused, to, &leak("in.example"));
        answer(&mut refused, Answer::Block);
        let told = [WAITING, blocked(AskOutcome::Blocked)];
        assert_eq!(outcomes(&refused), told);
        assert_eq!(refused.app.tcp(connection).state(), State::Closed);

        let mut unanswered = world();
        let connection = send(&mut unanswered, to, &leak("in.example"));
        unanswered.pass(19_900);
        assert_eq!(unanswered.app.tcp(connection).state(), State::Established);
        unanswered.pass(200);
        let told = [WAITING, blocked(AskOutcome::Unanswered)];
        assert_eq!(outcomes(&unanswered), told);
        assert_eq!(unanswered.app.tcp(connection).state(), State::Closed);
        for world in [refused, unanswered] {
            assert_eq!(arrived(&world), b"");
            assert_eq!(world.dials.len(), dials);
            assert_eq!(world.events[1].reason, Reason::IdentifiersFound);
            assert_eq!(world.events[1].findings.len(), 1);
            assert_eq!(world.guard.flow_count(), 0);
        }
    }
}

#[test]
fn a_hello_is_held_by_its_name() {
    let mut settings = asking();
    let name = Target::parse("tracker.example").expect("a name");
    settings.own_rules.insert(name, RuleMode::Warn);
    let hello = hello::hello("tracker.example");
    let mut world = World::with(settings, Owners::Is(owner(APP)));
    send(&mut world, TLS, &hello);
    world.pass(5 * SECOND_MS);
    assert_eq!(arrived(&world), b"");
    answer(&mut world, Answer::LetThrough);
    assert_eq!(arrived(&world), hello);
    assert_eq!(outcomes(&world), [WAITING, let_through(&hello)]);
    // Its control: a name that no rule is about.
    let other = hello::hello("news.example");
    send(&mut world, "203.0.113.11:443", &other);
    assert_eq!(world.peer("203.0.113.11:443").received, other);
}

#[test]
fn retries_join_the_question_and_are_decided_by_it() {
    let mut world = world();
    let leak = leak("in.example");
    for _ in 0..5 {
        send(&mut world, HELD_DIAL, &leak);
        world.pass(SECOND_MS);
    }
    assert_eq!(outcomes(&world), [WAITING], "one question");
    answer(&mut world, Answer::Block);
    assert_eq!(world.events.len(), 6);
    // For an hour, and told as that.
    send(&mut world, HELD_DIAL, &leak);
    world.pass(3_590 * SECOND_MS);
    send(&mut world, HELD_DIAL, &leak);
    let as_before = blocked(AskOutcome::AsBefore);
    assert_eq!(outcomes(&world)[6..], [as_before, as_before]);
    world.pass(10 * SECOND_MS);
    send(&mut world, HELD_DIAL, &leak);
    assert_eq!(outcomes(&world)[8..], [WAITING]);
    assert_eq!(arrived(&world), b"");
}

#[test]
fn an_answer_that_comes_too_late_lets_the_next_one_through_and_one_to_nothing_does_nothing() {
    let mut world = world();
    let leak = leak("in.example");
    send(&mut world, HELD_DIAL, &leak);
    for unknown in [0, 1, question(&world) ^ 2, u64::MAX] {
        let now = world.now;
        let guard = &mut world.guard;
        guard.handle_user_answer(now, unknown, Answer::LetThrough);
        world.settle();
    }
    assert_eq!(outcomes(&world), [WAITING]);
    world.pass(25 * SECOND_MS);
    answer(&mut world, Answer::LetThrough);
    assert_eq!(arrived(&world), b"", "it is gone");
    send(&mut world, HELD_DIAL, &leak);
    assert_eq!(arrived(&world), leak);
    let told = [WAITING, blocked(AskOutcome::Unanswered), let_through(&leak)];
    assert_eq!(outcomes(&world), told);
    send(&mut world, DIALLED, &leak);
    assert_eq!(outcomes(&world)[3..], [WAITING], "once");
}

#[test]
fn an_app_that_gives_up_has_sent_nothing() {
    let mut world = world();
    let connection = send(&mut world, DIALLED, &leak("in.example"));
    world.pass(2 * SECOND_MS);
    world.app.tcp(connection).abort();
    world.settle();
    let told = [WAITING, blocked(AskOutcome::Ended)];
    assert_eq!(outcomes(&world), told);
    assert_eq!(world.guard.flow_count(), 0);
    assert_eq!(arrived(&world), b"");
    // The question stands, and its answer is for the next try.
    answer(&mut world, Answer::LetThrough);
    let leak = leak("in.example");
    send(&mut world, HELD_DIAL, &leak);
    assert_eq!(arrived(&world), leak);
}

#[test]
fn an_app_that_ends_its_half_is_waited_for() {
    let mut world = world();
    let leak = leak("in.example");
    let connection = send(&mut world, HELD_DIAL, &leak);
    world.app.tcp(connection).close();
    world.pass(5 * SECOND_MS);
    answer(&mut world, Answer::LetThrough);
    assert_eq!(arrived(&world), leak);
    assert!(world.peer(HELD_DIAL).app_ended);
}

/// What the settings become while something is held decides it.
#[test]
fn other_settings_decide_what_is_held() {
    let leak = leak("in.example");
    let with_name = |mode| {
        let mut settings = asking();
        let name = Target::parse("in.example").expect("a name");
        settings.own_rules.insert(name, mode);
        settings
    };
    let identifiers = |identifiers| Config {
        identifiers,
        ..asking()
    };
    let left = leak.len() as u64;
    let passes = (Decision::Warn, None, left);
    let stays = (Decision::Block, None, 0);
    for (then, told) in [
        (with_mode(APP, AppMode::Block), Some(stays)),
        (with_mode(APP, AppMode::Guard), Some(passes)),
        (with_mode(APP, AppMode::Watch), Some(passes)),
        (with_mode(APP, AppMode::Trust), Some(passes)),
        (with_name(RuleMode::Block), Some(stays)),
        (with_name(RuleMode::Warn), None),
        (identifiers(RuleMode::Block), Some(stays)),
        (asking(), None),
    ] {
        for to in [HELD_DIAL, DIALLED] {
            let mut world = world();
            send(&mut world, to, &leak);
            world.guard.set_config(world.now, then.clone());
            world.settle();
            let expected: Vec<_> = [WAITING].into_iter().chain(told).collect();
            assert_eq!(outcomes(&world), expected, "{:?}", then.apps);
            let has_left = told == Some(passes);
            assert_eq!(arrived(&world), if has_left { &leak[..] } else { b"" });
            if told.is_none() {
                answer(&mut world, Answer::LetThrough);
                assert_eq!(arrived(&world), leak);
            }
        }
    }
}

#[test]
fn another_treatment_forgets_what_was_answered() {
    let mut world = world();
    let leak = leak("in.example");
    send(&mut world, HELD_DIAL, &leak);
    answer(&mut world, Answer::Block);
    for settings in [with_mode(APP, AppMode::Guard), asking()] {
        world.guard.set_config(world.now, settings);
    }
    send(&mut world, HELD_DIAL, &leak);
    assert_eq!(outcomes(&world)[2..], [WAITING]);
}

/// What is changed for one app is nothing that was decided of another.
#[test]
fn another_app_s_treatment_leaves_what_was_answered() {
    let mut world = two_apps();
    let leak = leak("in.example");
    for _ in 0..2 {
        send(&mut world, HELD_DIAL, &leak);
        answer(&mut world, Answer::Block);
    }
    let mut settings = two_apps_asked();
    settings.apps.insert(OTHER.to_owned(), AppMode::Guard);
    for settings in [settings, two_apps_asked()] {
        world.guard.set_config(world.now, settings);
    }
    let before = world.events.len();
    for _ in 0..2 {
        send(&mut world, HELD_DIAL, &leak);
    }
    let packages = |event: &Event| event.app.as_ref().map(|app| app.packages.concat());
    let told: Vec<_> = world.events[before..].iter().map(packages).collect();
    assert_eq!(told.len(), 2);
    for (event, app) in world.events[before..].iter().zip(told) {
        let expected = match app.as_deref() {
            Some(APP) => blocked(AskOutcome::AsBefore),
            _ => WAITING,
        };
        assert_eq!(outcome(event), expected);
    }
}

fn by_port(port: u16) -> Option<Owner> {
    let uid = 10_200 + u32::from(port % 2);
    let packages = vec![[APP, OTHER][usize::from(port % 2)].to_owned()];
    Some(Owner {
        uid,
        packages,
        system: false,
    })
}

fn two_apps_asked() -> Config {
    let apps = [APP, OTHER].map(|name| (name.to_owned(), AppMode::Ask));
    Config {
        apps: apps.into(),
        ..config()
    }
}

/// Whose port is even is one app, whose port is odd another.
fn two_apps() -> World {
    World::with(two_apps_asked(), Owners::ByPort(by_port))
}

#[test]
fn an_answer_is_for_one_app_only() {
    let mut world = two_apps();
    let leak = leak("in.example");
    send(&mut world, HELD_DIAL, &leak);
    let first = question(&world);
    send(&mut world, DIALLED, &leak);
    assert_ne!(question(&world), first);
    assert_eq!(outcomes(&world), [WAITING, WAITING]);
    answer(&mut world, Answer::LetThrough);
    assert_eq!(arrived(&world), leak);
    world.pass(30 * SECOND_MS);
    assert_eq!(arrived(&world), leak);
    let told = outcomes(&world);
    assert_eq!(
        told[2..],
        [let_through(&leak), blocked(AskOutcome::Unanswered)]
    );
}

/// What one app asks for takes no question from another, and not all of it is asked.
#[test]
fn an_app_that_would_ask_without_end_exhausts_its_own_questions() {
    let mut world = two_apps();
    for n in 0..100 {
        send(&mut world, HELD_DIAL, &leak(&format!("{n}.example")));
        // A port further: the next one is of the same app.
        world.app.connect("203.0.113.77:1");
    }
    let told = outcomes(&world);
    let asked = told.iter().filter(|told| **told == WAITING);
    assert_eq!(asked.count(), 3);
    let refused = blocked(AskOutcome::NotAsked);
    assert_eq!(told.iter().filter(|told| **told == refused).count(), 97);
    assert_eq!(arrived(&world), b"");
    // The other one's.
    world.app.connect("203.0.113.77:1");
    let leak = leak("in.example");
    send(&mut world, DIALLED, &leak);
    assert_eq!(outcomes(&world)[100..], [WAITING]);
    answer(&mut world, Answer::LetThrough);
    assert_eq!(arrived(&world), leak);
}

#[test]
fn where_nobody_can_be_asked_it_is_blocked_at_once() {
    let settings = Config {
        ask_seconds: 0,
        ..asking()
    };
    let mut world = World::with(settings, Owners::Is(owner(APP)));
    send(&mut world, HELD_DIAL, &leak("in.example"));
    assert_eq!(outcomes(&world), [blocked(AskOutcome::NotAsked)]);
    assert_eq!(world.dials, []);
}

/// A datagram would not wait: it is blocked, and whoever says it over a connection instead is asked about. What is
/// looked up is told as ever.
#[test]
fn datagrams_are_not_held_and_names_are_looked_up() {
    let mut settings = asking();
    let name = Target::parse("tracker.example").expect("a name");
    settings.own_rules.insert(name, RuleMode::Warn);
    let mut world = World::with(settings, Owners::Is(owner(APP)));
    let socket = world.app.datagrams();
    let initial = hello::initial(&hello::hello("tracker.example"));
    world.app.send_to(socket, TLS, &initial);
    world.settle();
    assert_eq!(outcomes(&world), [blocked(AskOutcome::NotAsked)]);
    assert_eq!(world.dials, []);
    let question = dns::question(7, "tracker.example");
    world.app.send_to(socket, dns::RESOLVER, &question);
    world.settle();
    assert_eq!(world.peers.len(), 1, "the resolver is asked");
    // The control: a hello for a name that no rule is about.
    let initial = hello::initial(&hello::hello("news.example"));
    world.app.send_to(socket, "203.0.113.11:443", &initial);
    world.settle();
    assert!(world.dialled("203.0.113.11:443"));
}

/// Whoever is not named in time counts as one who is asked about; named after all, as the one that he is.
#[test]
fn an_owner_who_is_named_late_is_asked_about_only_if_he_is_to_be() {
    let leak = leak("in.example");
    for (late, told) in [
        (
            OTHER,
            vec![WAITING, (Decision::Warn, None, leak.len() as u64)],
        ),
        (APP, vec![WAITING]),
    ] {
        let mut world = World::with(asking(), Owners::Unknown);
        send(&mut world, HELD_DIAL, &leak);
        assert_eq!(outcomes(&world), [WAITING]);
        let flow = world.asked[0];
        world.guard.handle_owner(world.now, flow, Some(owner(late)));
        world.settle();
        assert_eq!(outcomes(&world), told, "{late}");
        let has_left = late == OTHER;
        assert_eq!(arrived(&world), if has_left { &leak[..] } else { b"" });
    }
}

/// One yes is for the whole request, however many stretches it is judged in.
#[test]
fn a_long_body_is_asked_about_once() {
    let mut world = world();
    let field = r#"{"imei":"350000001234562"},"#;
    let body = field.repeat(10_000);
    let len = body.len();
    let head = format!("POST /in HTTP/1.1\r\nHost: in.example\r\nContent-Length: {len}\r\n\r\n");
    let whole = [head.as_bytes(), body.as_bytes()].concat();
    let connection = world.app.connect(DIALLED);
    world.settle();
    let (first, rest) = whole.split_at(200_000);
    world.write(connection, first, 10_000);
    world.pass(3 * SECOND_MS);
    assert_eq!(outcomes(&world), [WAITING]);
    assert_eq!(arrived(&world), b"");
    answer(&mut world, Answer::LetThrough);
    world.write(connection, rest, 10_000);
    world.pass(3 * SECOND_MS);
    assert_eq!(arrived(&world).len(), whole.len());
    let waiting = outcomes(&world).into_iter().filter(|told| *told == WAITING);
    assert_eq!(waiting.count(), 1, "{:#?}", outcomes(&world));
}
