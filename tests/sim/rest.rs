//! Connections at rest give back their memory, and nobody can tell.

use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::State;

use crate::world::World;

/// More than the guard lets keep their rings.
const MANY: u16 = 200;

/// Bytes of which nobody takes the first for a request line's.
fn bytes(text: &str) -> Vec<u8> {
    [&[0x80], text.as_bytes()].concat()
}

fn peer(nth: u16) -> String {
    format!("203.0.113.10:{}", 5000 + nth)
}

/// As many connections, each of which has exchanged a few bytes and then rests while others are made.
fn many(world: &mut World) -> Vec<SocketHandle> {
    (0..MANY)
        .map(|nth| {
            let connection = world.app.connect(&peer(nth));
            world.settle();
            world.write(connection, &bytes("asks"), 100);
            assert_eq!(world.peer(&peer(nth)).received, bytes("asks"));
            world
                .peer(&peer(nth))
                .says(format!("{nth} answers").as_bytes());
            world.settle();
            assert_eq!(world.read(connection), format!("{nth} answers").as_bytes());
            connection
        })
        .collect()
}

#[test]
fn a_connection_goes_on_after_its_rest_whoever_speaks_first() {
    let mut world = World::new();
    let connections = many(&mut world);
    assert!(world.guard.flows_at_rest() > usize::from(MANY) / 2);
    // Twice: what was taken up is put to rest again.
    for round in 0..2 {
        for (nth, connection) in (0..MANY).zip(&connections) {
            let (question, answer) = (
                format!("{nth} {round}?").repeat(900),
                format!("{nth} {round}!").repeat(900),
            );
            if nth % 2 == 0 {
                world.write(*connection, question.as_bytes(), 5000);
            }
            world.peer(&peer(nth)).says(answer.as_bytes());
            world.settle();
            assert_eq!(
                world.read(*connection),
                answer.as_bytes(),
                "{nth}, round {round}"
            );
            let received = &world.peer(&peer(nth)).received;
            assert_eq!(
                received.ends_with(question.as_bytes()),
                nth % 2 == 0,
                "{nth}"
            );
        }
    }
    assert_eq!(world.guard.flow_count(), usize::from(MANY));
    assert_eq!(world.events, []);
}

#[test]
fn a_connection_ends_after_its_rest_as_it_should() {
    let mut world = World::new();
    let connections = many(&mut world);
    assert!(world.guard.flows_at_rest() > usize::from(MANY) / 2);
    for (nth, connection) in (0..MANY).zip(&connections) {
        let address = peer(nth);
        match nth % 3 {
            0 => {
                world.app.tcp(*connection).close();
                world.settle();
                assert!(world.peer(&address).app_ended, "{nth}");
                world.peer(&address).ends();
                world.settle();
                assert_eq!(world.peer(&address).closed, Some(false), "{nth} in order");
            }
            1 => {
                world.peer(&address).ends();
                world.settle();
                assert_eq!(
                    world.app.tcp(*connection).state(),
                    State::CloseWait,
                    "{nth}"
                );
                world.app.tcp(*connection).close();
                world.settle();
                assert_eq!(world.peer(&address).closed, Some(false), "{nth} in order");
            }
            _ => {
                world.peer(&address).resets();
                world.settle();
                assert_eq!(
                    world.app.tcp(*connection).state(),
                    State::Closed,
                    "{nth} is reset"
                );
            }
        }
    }
    assert_eq!(world.guard.flow_count(), 0);
}

#[test]
fn connections_at_rest_arm_no_timer() {
    let mut world = World::new();
    many(&mut world);
    assert!(world.guard.flows_at_rest() > usize::from(MANY) / 2);
    world.pass(5000);
    assert_eq!(world.guard.poll_timeout(), None);
}
