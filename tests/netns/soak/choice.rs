//! What an app does next, by chance.

use data_encoding::HEXLOWER;
use gasket_tests::chance::Chance;
use gasket_tests::dns;

use super::devices::{COMMAND_RESOLVER, PHONE_RESOLVER};
use super::forms::{self, FORMS};
use super::kinds::{Device, Purpose, Who};
use super::places::{self, server};

/// An order for an app.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) kind: &'static str,
    pub(super) purpose: Purpose,
    pub(super) line: String,
    /// Of a leak: its form, and where it goes to.
    pub(super) leak: Option<(&'static str, std::net::IpAddr)>,
}

/// What the choice depends on.
pub(super) struct Choice {
    pub(super) chance: Chance,
    /// Of leaks, twins and controls.
    serial: u64,
    /// `LENGTH_SUM` of the file that is fetched over TLS.
    pub(super) file: String,
    /// Longest that a connection is left alone, in seconds.
    pub(super) idle_max: usize,
    /// Largest body, in bytes.
    pub(super) body_max: usize,
}

impl Choice {
    pub(super) fn new(seed: u64, file: String, idle_max: usize, body_max: usize) -> Self {
        Self {
            chance: Chance::of(seed, "choice"),
            serial: 0,
            file,
            idle_max,
            body_max,
        }
    }

    /// For an app that is allowed to speak.
    pub(super) fn next(&mut self, who: Who) -> Order {
        match self.chance.below(20) {
            0..=4 => self.leak(),
            5..=6 => self.twin(),
            _ => self.ordinary(who),
        }
    }

    fn leak(&mut self) -> Order {
        self.serial += 1;
        let form = *self.chance.pick(&FORMS);
        let v6 = self.v6();
        let target = places::leak(self.serial, v6, form.begins_harmless(), form.port);
        Order {
            kind: form.name,
            purpose: Purpose::Leak(forms::tag(self.serial)),
            line: form.leak(target, self.serial),
            leak: Some((form.name, target.ip())),
        }
    }

    fn twin(&mut self) -> Order {
        loop {
            self.serial += 1;
            let form = *self.chance.pick(&FORMS);
            let target = server(self.v6(), form.port);
            if let Some(line) = form.twin(target, self.serial) {
                return Order {
                    kind: "harmless twins",
                    purpose: Purpose::Twin,
                    line,
                    leak: None,
                };
            }
        }
    }

    /// Each form once, for whoever speaks straight; with the address where it must be seen.
    pub(super) fn controls(&mut self) -> Vec<(Order, std::net::IpAddr)> {
        let control = |form: &forms::Form| {
            self.serial += 1;
            let target = places::control(self.serial, form.port);
            let line = form.leak(target, self.serial);
            let order = Order {
                kind: form.name,
                purpose: Purpose::Control,
                line,
                leak: None,
            };
            (order, target.ip())
        };
        FORMS.iter().map(control).collect()
    }

    /// For an app that is blocked.
    pub(super) fn forbidden(&mut self) -> Order {
        self.serial += 1;
        let tcp = self.chance.below(2) == 0;
        let target = places::forbidden(self.serial, if tcp { 8081 } else { 7201 });
        let word = HEXLOWER.encode(b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
        let line = if tcp {
            format!("tell tcp {target} whole {word}")
        } else {
            format!("tell udp {target} {word}")
        };
        Order {
            kind: "blocked app",
            purpose: Purpose::Forbidden,
            line,
            leak: None,
        }
    }

    fn ordinary(&mut self, who: Who) -> Order {
        let v6 = self.v6();
        let seed = self.chance.next() >> 16;
        let (kind, line) = match self.chance.below(16) {
            0..=3 => {
                let port = *self.chance.pick(&[8080, 8000, 8081]);
                let (requests, length) = (1 + self.chance.below(5), self.length());
                (
                    "HTTP up and down",
                    format!("http {} {seed} {requests} {length}", server(v6, port)),
                )
            }
            4 => (
                "upload, half closed",
                format!("sum {} {seed} {}", server(v6, 7101), self.length()),
            ),
            5 => {
                let length = self.length();
                let (first, again) = (server(v6, 7105), server(v6, 7106));
                (
                    "server half closes first",
                    format!("late {first} {again} {seed} {length}"),
                )
            }
            6 => (
                "server that does not read",
                format!("sum {} {seed} {}", server(v6, 7104), self.length()),
            ),
            7 => (
                "short connections",
                format!("short {} {}", server(v6, 7102), 5 + self.chance.below(20)),
            ),
            8 => (
                "idle connections",
                format!(
                    "idle {} {}",
                    server(v6, 7102),
                    1 + self.chance.below(self.idle_max)
                ),
            ),
            9 => ("resets", self.reset(v6)),
            10 => (
                "UDP echo",
                format!(
                    "echo {} {seed} {}",
                    server(v6, 7201),
                    1 + self.chance.below(8)
                ),
            ),
            11..=13 => self.question(who),
            // Whose a ping is no platform says: where an app is blocked, as on the phone, none passes.
            14 if who.device == Device::Command => ("pings", format!("ping {}", server(v6, 0))),
            _ => ("TLS", format!("tls {} file {}", server(v6, 443), self.file)),
        };
        Order {
            kind,
            purpose: Purpose::Ordinary,
            line,
            leak: None,
        }
    }

    fn reset(&mut self, v6: bool) -> String {
        if self.chance.below(2) == 0 {
            format!("leave {}", server(v6, 7101))
        } else {
            format!("left {}", server(v6, 7103))
        }
    }

    fn question(&mut self, who: Who) -> (&'static str, String) {
        let own = if who.device == Device::Phone {
            PHONE_RESOLVER
        } else {
            COMMAND_RESOLVER
        };
        let is_own = self.chance.below(3) > 0;
        let resolver = if is_own { own } else { places::RESOLVER };
        // As many names as a phone uses.
        let name = format!("n{}.shop.test", self.chance.below(300));
        let question = dns::question((self.chance.next() & 0xffff) as u16, &name, dns::A);
        let (kind, way) = if self.chance.below(4) == 0 {
            ("DNS over TCP", "tcp")
        } else {
            ("DNS over UDP", "udp")
        };
        let address = HEXLOWER.encode(&[203, 0, 113, 10]);
        (
            kind,
            format!(
                "exchange {way} {resolver} {} {address}",
                HEXLOWER.encode(&question)
            ),
        )
    }

    /// Mostly short, sometimes long.
    fn length(&mut self) -> usize {
        let most = *self
            .chance
            .pick(&[500, 5_000, 50_000, 50_000, self.body_max]);
        1 + self.chance.below(most)
    }

    fn v6(&mut self) -> bool {
        self.chance.below(2) == 0
    }
}
