use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn at(second: u64) -> Instant {
    Instant::ZERO + SECOND * u32::try_from(second).expect("a short test")
}

fn owned_by(uid: u32) -> Ownership {
    Ownership::Known(Arc::new(Owner {
        uid,
        packages: Vec::new(),
        system: false,
    }))
}

fn asked() -> Ownership {
    Ownership::Asked { until: at(1) }
}

/// A table, and a counter that gives each flow a tuple and a time of its own.
#[derive(Default)]
struct Table {
    flows: Flows<()>,
    made: u16,
}

impl Table {
    fn open(&mut self, protocol: Protocol, ownership: Ownership) -> FlowId {
        self.made += 1;
        let tuple = FiveTuple {
            protocol,
            source: ([192, 0, 2, 1], self.made).into(),
            destination: ([198, 51, 100, 7], 443).into(),
        };
        let now = at(self.made.into());
        self.flows
            .insert(now, tuple, ownership, None, Place::default(), ())
    }
}

#[test]
fn a_number_names_the_same_flow_and_an_old_one_none() {
    let mut table = Table::default();
    let first = table.open(Protocol::Tcp, asked());
    assert_eq!(FlowId::from_u64(first.to_u64()), first);
    assert!(table.flows.remove(first).is_some());
    let second = table.open(Protocol::Tcp, asked());
    assert_eq!((second.slot(), second == first), (first.slot(), false));
    assert!(table.flows.get(first).is_none() && table.flows.remove(first).is_none());
    assert_eq!(table.flows.ids(), [second]);
}

#[test]
fn when_the_platform_was_asked_is_known_while_that_is_open() {
    let until = at(9);
    assert_eq!(Ownership::Asked { until }.asked_at(SECOND * 2), Some(at(7)));
    assert_eq!(owned_by(1).asked_at(SECOND), None);
    assert_eq!(Ownership::Unknown.asked_at(SECOND), None);
}

/// Also where the owner is known only later.
#[test]
fn of_an_app_s_flows_datagrams_go_first() {
    for settled_later in [false, true] {
        let mut table = Table::default();
        let mut open = |protocol| {
            if settled_later {
                let id = table.open(protocol, asked());
                table.flows.settle(id, owned_by(7));
                id
            } else {
                table.open(protocol, owned_by(7))
            }
        };
        let connection = open(Protocol::Tcp);
        let datagrams = [open(Protocol::Udp), open(Protocol::Icmp)];
        for expected in [datagrams[0], datagrams[1], connection] {
            assert_eq!(table.flows.idlest(), Some(expected), "{settled_later}");
            table.flows.remove(expected);
        }
        assert_eq!(table.flows.idlest(), None);
    }
}

#[test]
fn the_app_with_most_flows_pays_and_what_is_used_is_spared_once() {
    let mut table = Table::default();
    table.open(Protocol::Udp, owned_by(1));
    let crowd: Vec<_> = (0..3)
        .map(|_| table.open(Protocol::Udp, owned_by(2)))
        .collect();
    table.flows.get_mut(crowd[0]).expect("open").last_used = at(99);
    for expected in [crowd[1], crowd[2]] {
        assert_eq!(table.flows.idlest(), Some(expected));
        table.flows.remove(expected);
    }
}

#[test]
fn the_app_with_most_in_its_buffers_pays() {
    let mut table = Table::default();
    let one = table.open(Protocol::Tcp, owned_by(1));
    let two = [0, 1].map(|_| table.open(Protocol::Tcp, owned_by(2)));
    table.flows.charge(one, 5000);
    for id in two {
        table.flows.charge(id, 1000);
        table.flows.charge(id, 3000);
        assert_eq!(table.flows.get(id).expect("open").charge(), 3000);
    }
    assert_eq!(table.flows.charged(), 11_000);
    assert_eq!(table.flows.greediest(), Some(two[0]));
    table.flows.charge(two[0], 0);
    assert_eq!(table.flows.greediest(), Some(one));
    table.flows.charge(two[1], 6000);
    assert_eq!(table.flows.greediest(), Some(two[1]), "the other is empty");
    table.flows.remove(two[1]);
    assert_eq!(table.flows.charged(), 5000);
}

#[test]
fn what_is_in_the_buffers_goes_with_the_flow_to_whom_it_turns_out_to_belong() {
    let mut table = Table::default();
    let flow = table.open(Protocol::Tcp, asked());
    let other = table.open(Protocol::Tcp, owned_by(8));
    table.flows.charge(flow, 3000);
    table.flows.charge(other, 2000);
    table.flows.settle(flow, owned_by(7));
    assert_eq!(table.flows.charged(), 5000);
    assert_eq!(table.flows.greediest(), Some(flow));
    table.flows.settle(flow, owned_by(8));
    assert_eq!(table.flows.charged(), 5000);
    table.flows.remove(other);
    assert_eq!(table.flows.greediest(), Some(flow));
    table.flows.remove(flow);
    assert_eq!((table.flows.charged(), table.flows.len()), (0, 0));
}
