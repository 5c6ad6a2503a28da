//! Ordinary apps, as they are on a phone.

mod quiet;
mod system;
mod user;
mod vendor;

use gasket_core::owner::Owner;

use super::apps::{App, DestId, Dests, Needs, Use, When};
use super::draw::Draw;
use super::life::HOUR;

/// Those whom many apps speak with.
pub(crate) struct Shared {
    /// The platform's own domain: check-in, configuration, sync, for its services and for apps.
    pub(crate) platform: DestId,
    /// The push servers, found by address.
    pub(crate) push: DestId,
    pub(crate) sdks: Vec<DestId>,
    pub(crate) crash: DestId,
    pub(crate) ads: Vec<DestId>,
    pub(crate) cdns: Vec<DestId>,
    pub(crate) vendor: DestId,
    pub(crate) vendor_data: DestId,
    pub(crate) carrier: DestId,
    pub(crate) probe: DestId,
    pub(crate) time: DestId,
    pub(crate) web: Vec<DestId>,
}

impl Shared {
    pub(crate) fn new(dests: &mut Dests<'_>, draw: &mut Draw) -> Self {
        let mut several = |what: &str, count: usize, addresses: usize| {
            (0..count)
                .map(|index| dests.named(&format!("edge.{what}-{index}.example"), addresses))
                .collect::<Vec<_>>()
        };
        let sdks = several("sdk", 14, 6);
        let ads = several("ads", 12, 8);
        let cdns = several("cdn", 6, 12);
        let web = several("web", 400, 2);
        Self {
            platform: dests.named("services.platform.example", 16),
            push: if draw.chance(0.5) {
                dests.literal()
            } else {
                dests.named("push.platform-push.example", 6)
            },
            sdks,
            crash: dests.named("reports.crash.example", 4),
            ads,
            cdns,
            vendor: dests.named("cloud.vendor.example", 8),
            vendor_data: dests.named("collect.vendor-data.example", 4),
            carrier: dests.named("config.carrier.example", 2),
            probe: dests.named("check.probe.example", 4),
            time: dests.named("pool.time.example", 12),
            web,
        }
    }
}

/// An app without anything to do yet.
pub(crate) fn app(index: usize, kind: &'static str, system: bool) -> App {
    App {
        owner: Owner {
            uid: 10_000 + index as u32,
            packages: vec![format!(
                "{}.app{index}",
                if system { "system" } else { "com" }
            )],
            system,
        },
        kind,
        behaviours: Vec::new(),
        used: Use::default(),
        updates: 0.0,
    }
}

/// `count` apps: the system's services, what the user installed, and what came with the phone and
/// is hardly seen.
pub(crate) fn apps(
    first: usize,
    count: usize,
    dests: &mut Dests<'_>,
    shared: &Shared,
    draw: &mut Draw,
) -> Vec<App> {
    let mut apps = Vec::new();
    for make in system::ALL {
        apps.push(make(first + apps.len(), dests, shared, draw));
    }
    let installed = 45 + draw.below(30);
    for _ in 0..installed {
        apps.push(user::app(first + apps.len(), dests, shared, draw));
    }
    while apps.len() < count {
        apps.push(quiet::app(first + apps.len(), dests, shared, draw));
    }
    for app in &mut apps {
        if app.updates == 0.0 {
            // Of apps in a store, many are renewed each few weeks, few each week.
            app.updates = if app.owner.system {
                draw.lognormal(0.5, 0.9).min(6.0)
            } else {
                draw.lognormal(1.8, 0.8).min(9.0)
            };
        }
    }
    apps
}

fn job(hours: f64, flex: f64, needs: Needs) -> When {
    When::Job {
        period: (hours * HOUR as f64) as u64,
        flex,
        needs,
    }
}
