//! What an app is: who it is, to whom it speaks, when and how much.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use gasket_core::owner::Owner;
use gasket_core::tables::Places;

use super::draw::Draw;
use super::life::Net;
use super::planted::{Case, Kind};

pub(crate) type DestId = usize;

/// Somebody to speak with: a registrable domain with its addresses, or an address alone.
pub(crate) struct Dest {
    pub(crate) name: Option<String>,
    pub(crate) v4: Vec<IpAddr>,
    pub(crate) v6: Vec<IpAddr>,
}

/// All destinations of a phone. No address belongs to two of them.
pub(crate) struct Dests<'a> {
    pub(crate) all: Vec<Dest>,
    places: &'a Places,
    next: u32,
}

impl<'a> Dests<'a> {
    pub(crate) fn new(places: &'a Places) -> Self {
        Self {
            all: Vec::new(),
            places,
            next: 0,
        }
    }

    fn address(&mut self) -> (IpAddr, IpAddr) {
        // Spread over 198.18.0.0/15, which is set apart for benchmarks, and 2001:db8::/32.
        self.next += 1;
        let place = self.next.wrapping_mul(40_503) % 0x1_fffe + 1;
        let v4 = Ipv4Addr::from_bits(0xc612_0000 | place);
        let v6 = Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(self.next) << 56 | 1);
        (v4.into(), v6.into())
    }

    /// The domain of a host, with so many addresses.
    pub(crate) fn named(&mut self, host: &str, addresses: usize) -> DestId {
        let name = self.places.registrable(host).to_owned();
        let (v4, v6) = (0..addresses).map(|_| self.address()).unzip();
        self.all.push(Dest {
            name: Some(name),
            v4,
            v6,
        });
        self.all.len() - 1
    }

    /// An address that no DNS answer names.
    pub(crate) fn literal(&mut self) -> DestId {
        let (v4, _) = self.address();
        self.all.push(Dest {
            name: None,
            v4: vec![v4],
            v6: Vec::new(),
        });
        self.all.len() - 1
    }
}

/// How a connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Tls,
    Quic,
    Http,
    /// Anything else over TCP.
    Tcp,
    Udp,
}

/// The median of a lognormal distribution, and its spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) f64, pub(crate) f64);

impl Size {
    pub(crate) fn draw(self, draw: &mut Draw) -> u64 {
        draw.lognormal(self.0, self.1).min(4e9) as u64
    }
}

/// One exchange: whom with, how, how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Talk {
    pub(crate) to: DestId,
    pub(crate) how: How,
    pub(crate) port: u16,
    pub(crate) up: Size,
    pub(crate) down: Size,
    /// How long the connection stays open, in seconds.
    pub(crate) stays: (f64, f64),
}

impl Talk {
    pub(crate) fn new(to: DestId, how: How, up: Size, down: Size) -> Self {
        let port = match how {
            How::Http => 80,
            How::Udp => 123,
            _ => 443,
        };
        Self {
            to,
            how,
            port,
            up,
            down,
            stays: (0.4, 4.0),
        }
    }

    /// A small question over TLS, answered with so much.
    pub(crate) fn get(to: DestId, down: f64) -> Self {
        Self::new(to, How::Tls, Size(750.0, 0.25), Size(down, 0.9))
    }

    /// A report over TLS: so much up, a short answer.
    pub(crate) fn post(to: DestId, up: f64, spread: f64) -> Self {
        Self::new(to, How::Tls, Size(up, spread), Size(320.0, 0.2))
    }

    /// A poll with an entity tag: mostly answered with 304, always of nearly the same size.
    pub(crate) fn poll(to: DestId) -> Self {
        Self::new(to, How::Tls, Size(640.0, 0.06), Size(260.0, 0.4))
    }

    pub(crate) fn at(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    pub(crate) fn by(mut self, how: How) -> Self {
        self.how = how;
        if how == How::Http {
            self.port = 80;
        }
        self
    }

    pub(crate) fn staying(mut self, low: f64, high: f64) -> Self {
        self.stays = (low, high);
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Any,
    Wifi,
    Charger,
}

/// When an app speaks without being used. Delays are seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// A persisted periodic job, which may run by a share of its period early, and is put off by
    /// Doze.
    Job {
        period: u64,
        flex: f64,
        needs: Needs,
    },
    /// An alarm of the running system, set anew at each boot.
    Alarm {
        period: u64,
        spread: u64,
    },
    /// By the clock: each so many days at an hour, give or take.
    Clock {
        hour: f64,
        spread: u64,
        days: u64,
    },
    /// From the last contact on, kept over boots.
    Interval {
        period: u64,
        spread: u64,
    },
    Boot {
        delay: (f64, f64),
        chance: f64,
        /// Whether it hears of it like an app, after the first unlock, or like a service.
        as_app: bool,
    },
    /// At an unlock, unless it spoke for this reason a short time ago.
    Unlock {
        delay: (f64, f64),
        chance: f64,
        rest: u64,
    },
    ScreenOn {
        delay: (f64, f64),
        chance: f64,
        rest: u64,
    },
    Connect {
        delay: (f64, f64),
        chance: f64,
        only: Option<Net>,
    },
    Sim {
        delay: (f64, f64),
        chance: f64,
        /// Also where it is only told again after a boot.
        retold: bool,
    },
    Service {
        delay: (f64, f64),
        chance: f64,
    },
    /// When a charger is connected.
    Plugged {
        delay: (f64, f64),
        chance: f64,
        only: Option<Net>,
    },
    /// After an app was updated: itself, or any.
    Installed {
        delay: (f64, f64),
        chance: f64,
        own: bool,
    },
    /// Once in a night on charger and Wi-Fi.
    Nightly {
        chance: f64,
    },
    /// As others cause it (messages, pushes), mostly by day.
    Called {
        a_day: f64,
    },
    /// One long connection, made anew when the network changes; a server or a middlebox drops it
    /// after about so long, which is seen when the screen comes on or at the next keep-alive.
    Held {
        drops: u64,
        keep: u64,
    },
}

/// Something an app does by itself.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    pub(crate) when: When,
    pub(crate) talk: Talk,
    /// Which planted beacon it is.
    pub(crate) planted: Option<usize>,
    /// How often the exchange fails, and how often it is tried again then.
    pub(crate) fails: f64,
    pub(crate) retries: u32,
    /// Whether it waits for a network where there is none, or lets it be.
    pub(crate) waits: bool,
}

/// How an app speaks while it is used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Use {
    /// How often it is opened, against others; 0: never.
    pub(crate) weight: f64,
    /// Its own servers.
    pub(crate) own: Vec<Talk>,
    /// Loaded by a part of the uses: media, images, advertisements.
    pub(crate) parts: Vec<(Talk, f64)>,
    /// SDKs that report: at a cold start, while it is used and at its end.
    pub(crate) sdks: Vec<DestId>,
    /// Sends what is left some time after it was used, as SDKs with an upload job do.
    pub(crate) after: Vec<DestId>,
    /// Hosts of the open web, a few each time.
    pub(crate) web: bool,
}

pub(crate) struct App {
    pub(crate) owner: Owner,
    /// What it is, for the report.
    pub(crate) kind: &'static str,
    pub(crate) behaviours: Vec<Behaviour>,
    pub(crate) used: Use,
    /// Updates a month.
    pub(crate) updates: f64,
}

impl App {
    pub(crate) fn does(&mut self, when: When, talk: Talk) -> &mut Behaviour {
        self.behaviours.push(Behaviour {
            when,
            talk,
            planted: None,
            fails: 0.01,
            retries: 1,
            waits: false,
        });
        let last = self.behaviours.len() - 1;
        &mut self.behaviours[last]
    }
}

/// A planted beacon: which app, whom it reports to, of which kind.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) app: usize,
    pub(crate) dest: DestId,
    pub(crate) kind: Kind,
    pub(crate) case: Case,
}
