//! Faults are made, and are over.

use super::devices::Settings;
use super::faults::Fault;
use super::places;
use super::scene::{Scene, serve};
use crate::process::processes_of;
use crate::world::World;

impl Scene<'_> {
    /// Makes it happen, or be over.
    pub(super) fn set_fault(&mut self, fault: Fault, on: bool) {
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
}
