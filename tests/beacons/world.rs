//! Who is installed, and whom one can speak to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;

use crate::dice::Dice;

/// Apps of ordinary behaviour on a phone.
pub(crate) const APPS: u16 = 200;
/// Those that came with it are the first.
pub(crate) const SYSTEM: u16 = 60;

/// One registrable domain, or one address without a name.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) domain: Option<String>,
    /// Of all its hosts.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) protocol: Protocol,
}

/// How an app is used, and what it is made of.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) owner: Owner,
    /// Its own servers.
    pub(crate) own: Vec<u32>,
    /// Analytics and advertisements, shared with others.
    pub(crate) kits: Vec<u32>,
    /// Networks that deliver content, shared with others.
    pub(crate) content: Vec<u32>,
    /// How often it is opened, against the others.
    pub(crate) weight: f64,
    /// Whether it reports when it is left.
    pub(crate) reports_on_leaving: bool,
    /// How often it is updated in the month.
    pub(crate) updates: usize,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) targets: Vec<Target>,
    pub(crate) apps: Vec<App>,
    /// Web sites, and what they include.
    pub(crate) sites: Vec<u32>,
    pub(crate) included: Vec<u32>,
    addresses: u32,
}

impl World {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, "world");
        let mut world = Self::default();
        let kits: Vec<u32> = (0..25)
            .map(|n| world.named(&format!("metrics{n}.test"), 2))
            .collect();
        let content: Vec<u32> = (0..12)
            .map(|n| world.named(&format!("cdn{n}.test"), 4))
            .collect();
        world.sites = (0..400)
            .map(|n| world.named(&format!("site{n}.test"), 1))
            .collect();
        world.included = (0..60)
            .map(|n| world.named(&format!("included{n}.test"), 2))
            .collect();
        // Popular kits are in most apps.
        let popularity: Vec<f64> = (1..=kits.len()).map(|n| 1.0 / n as f64).collect();
        let mut ranks: Vec<usize> = (0..140).collect();
        dice.shuffle(&mut ranks);
        for nth in 0..APPS {
            let system = nth < SYSTEM;
            let rank = (nth >= SYSTEM).then(|| ranks[usize::from(nth - SYSTEM)]);
            let owns = dice.whole(1, 3);
            let own = (0..owns)
                .map(|n| world.named(&format!("own{n}-{nth}.test"), 1))
                .collect();
            let some = |from: &[u32], weights: &[f64], count: usize, dice: &mut Dice| {
                let mut all: Vec<u32> = (0..count).map(|_| from[dice.weighted(weights)]).collect();
                all.sort_unstable();
                all.dedup();
                all
            };
            let kit_count = if system { 0 } else { dice.whole(0, 4) };
            let content_count = dice.whole(0, 2);
            world.apps.push(App {
                owner: owner(nth, system),
                own,
                kits: some(&kits, &popularity, kit_count, &mut dice),
                content: some(&content, &[1.0; 12], content_count, &mut dice),
                weight: rank.map_or(0.0, weight),
                reports_on_leaving: dice.is(0.3),
                updates: updates(system, &mut dice),
            });
        }
        world
    }

    /// One more app, which nobody opens.
    pub(crate) fn install(&mut self, system: bool, updates: usize) -> u16 {
        let nth = self.apps.len() as u16;
        self.apps.push(App {
            owner: owner(nth, system),
            own: Vec::new(),
            kits: Vec::new(),
            content: Vec::new(),
            weight: 0.0,
            reports_on_leaving: false,
            updates,
        });
        nth
    }

    /// A registrable domain with so many hosts.
    pub(crate) fn named(&mut self, domain: &str, hosts: usize) -> u32 {
        let addresses = (0..hosts).map(|_| self.address(443)).collect();
        self.add(Some(domain.to_owned()), addresses, Protocol::Tcp)
    }

    /// An address that no DNS answer gives.
    pub(crate) fn literal(&mut self, protocol: Protocol, port: u16) -> u32 {
        let address = self.address(port);
        self.add(None, vec![address], protocol)
    }

    fn add(
        &mut self,
        domain: Option<String>,
        addresses: Vec<SocketAddr>,
        protocol: Protocol,
    ) -> u32 {
        self.targets.push(Target {
            domain,
            addresses,
            protocol,
        });
        self.targets.len() as u32 - 1
    }

    /// None twice. The blocks of RFC 5737 first, then that of RFC 3849.
    fn address(&mut self, port: u16) -> SocketAddr {
        let nth = self.addresses;
        self.addresses += 1;
        let last = (nth % 250) as u8 + 1;
        let ip: IpAddr = match nth / 250 {
            0 => Ipv4Addr::new(203, 0, 113, last).into(),
            1 => Ipv4Addr::new(198, 51, 100, last).into(),
            2 => Ipv4Addr::new(192, 0, 2, last).into(),
            _ => Ipv6Addr::from((0x2001_0db8_u128 << 96) | u128::from(nth)).into(),
        };
        SocketAddr::new(ip, port)
    }
}

fn owner(nth: u16, system: bool) -> Owner {
    Owner {
        uid: 10_000 + u32::from(nth),
        packages: vec![format!("test.app{nth}")],
        system,
    }
}

/// About 9 apps are used in a day and 30 in a month (App Annie 2017).
fn weight(rank: usize) -> f64 {
    (rank as f64 + 3.0).powf(-2.2)
}

/// Half of what came with the phone is never updated; seven of ten others 1 to 4 times in a month, the rest more often.
fn updates(system: bool, dice: &mut Dice) -> usize {
    if system && dice.is(0.5) {
        0
    } else if dice.is(0.7) {
        dice.whole(1, 4)
    } else {
        dice.whole(5, 10)
    }
}
