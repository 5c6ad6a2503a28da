//! Services of the system.

use super::{Shared, app, job, vendor};
use crate::apps::{App, Dests, How, Needs, Size, Talk, When};
use crate::draw::Draw;
use crate::life::{HOUR, MINUTE};

type Make = fn(usize, &mut Dests<'_>, &Shared, &mut Draw) -> App;

pub(super) const ALL: [Make; 19] = [
    platform,
    store,
    updater,
    probes,
    time,
    vendor::vendor_usage,
    vendor::vendor_cloud,
    vendor::launcher,
    vendor::carrier,
    vendor::calls,
    verifier,
    vendor::theme,
    vendor::keyboard,
    backup,
    vendor::feedback,
    find_device,
    location,
    web_view,
    vendor::diagnostics,
];

/// Push for all apps, check-in, configuration, telemetry, sync.
fn platform(index: usize, _: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "platform services", true);
    app.owner.packages.push("system.framework".to_owned());
    app.updates = 2.0;
    let keep = if draw.chance(0.5) { 15 } else { 28 };
    app.does(
        When::Held {
            drops: 9 * HOUR,
            keep: keep * MINUTE,
        },
        Talk::new(shared.push, How::Tls, Size(600.0, 0.2), Size(900.0, 0.4)).at(5228),
    );
    app.does(
        job(12.0, 0.3, Needs::Any),
        Talk::new(
            shared.platform,
            How::Tls,
            Size(5500.0, 0.25),
            Size(14_000.0, 0.4),
        ),
    );
    app.does(
        When::Boot {
            delay: (5.0, 40.0),
            chance: 0.9,
            as_app: false,
        },
        Talk::new(
            shared.platform,
            How::Tls,
            Size(6000.0, 0.25),
            Size(15_000.0, 0.4),
        ),
    );
    app.does(
        job(0.6, 0.4, Needs::Any),
        Talk::post(shared.platform, 2600.0, 0.8),
    );
    app.does(
        When::Called { a_day: 45.0 },
        Talk::new(
            shared.platform,
            How::Quic,
            Size(2200.0, 0.8),
            Size(5000.0, 1.1),
        ),
    );
    app
}

fn store(index: usize, dests: &mut Dests<'_>, shared: &Shared, _: &mut Draw) -> App {
    let mut app = app(index, "store", true);
    let files = dests.named("files.store.example", 12);
    app.used.weight = 0.25;
    app.used.own = vec![Talk::get(shared.platform, 90_000.0)];
    app.used.parts = vec![(Talk::get(files, 200_000.0), 0.6)];
    app.does(
        job(12.0, 0.5, Needs::Any),
        Talk::get(shared.platform, 22_000.0),
    );
    app.does(
        When::Nightly { chance: 0.9 },
        Talk::get(files, 30_000_000.0),
    );
    // Each installation is acknowledged.
    app.does(
        When::Installed {
            delay: (0.5, 8.0),
            chance: 0.95,
            own: false,
        },
        Talk::post(shared.platform, 1800.0, 0.3),
    );
    app
}

fn updater(index: usize, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "system updater", true);
    let ota = if draw.chance(0.5) {
        shared.vendor
    } else {
        dests.named("ota.firmware.example", 2)
    };
    let question = Talk::new(ota, How::Tls, Size(1500.0, 0.05), Size(900.0, 0.4));
    app.does(
        job(*draw.pick(&[24.0, 24.0, 48.0, 8.0]), 0.2, Needs::Any),
        question,
    );
    if draw.chance(0.5) {
        app.does(
            When::Boot {
                delay: (30.0, 180.0),
                chance: 1.0,
                as_app: false,
            },
            question,
        );
    }
    app
}

/// Captive-portal checks at each change of the network.
fn probes(index: usize, _: &mut Dests<'_>, shared: &Shared, _: &mut Draw) -> App {
    let mut app = app(index, "network checks", true);
    app.owner.packages.push("system.networkstack".to_owned());
    for (how, up, down) in [(How::Http, 210.0, 160.0), (How::Tls, 420.0, 180.0)] {
        app.does(
            When::Connect {
                delay: (0.05, 1.2),
                chance: 1.0,
                only: None,
            },
            Talk::new(shared.probe, how, Size(up, 0.02), Size(down, 0.03)),
        );
    }
    app
}

fn time(index: usize, _: &mut Dests<'_>, shared: &Shared, _: &mut Draw) -> App {
    let mut app = app(index, "time", true);
    let talk =
        Talk::new(shared.time, How::Udp, Size(48.0, 0.0), Size(48.0, 0.0)).staying(0.05, 0.4);
    app.does(job(24.0, 0.05, Needs::Any), talk);
    app.does(
        When::Boot {
            delay: (2.0, 25.0),
            chance: 0.8,
            as_app: false,
        },
        talk,
    );
    app.does(
        When::Connect {
            delay: (0.5, 4.0),
            chance: 0.15,
            only: None,
        },
        talk,
    );
    app
}

/// Looks up each app that is installed.
fn verifier(index: usize, _: &mut Dests<'_>, shared: &Shared, _: &mut Draw) -> App {
    let mut app = app(index, "package verifier", true);
    app.does(
        When::Installed {
            delay: (0.1, 3.0),
            chance: 0.8,
            own: false,
        },
        Talk::new(
            shared.platform,
            How::Tls,
            Size(2300.0, 0.3),
            Size(600.0, 0.3),
        ),
    );
    app.does(
        job(24.0, 0.5, Needs::Any),
        Talk::new(
            shared.platform,
            How::Tls,
            Size(14_000.0, 0.15),
            Size(2500.0, 0.3),
        ),
    );
    app
}

fn backup(index: usize, _: &mut Dests<'_>, shared: &Shared, _: &mut Draw) -> App {
    let mut app = app(index, "backup", true);
    app.does(
        When::Nightly { chance: 0.9 },
        Talk::new(
            shared.platform,
            How::Tls,
            Size(4_000_000.0, 1.2),
            Size(9000.0, 0.4),
        )
        .staying(20.0, 240.0),
    );
    app
}

fn find_device(index: usize, _: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "find my device", true);
    if draw.chance(0.6) {
        app.does(
            job(24.0, 0.15, Needs::Any),
            Talk::post(shared.platform, 1100.0, 0.08),
        );
    }
    if draw.chance(0.3) {
        app.does(
            When::Boot {
                delay: (15.0, 60.0),
                chance: 0.95,
                as_app: false,
            },
            Talk::post(shared.platform, 1300.0, 0.08),
        );
    }
    app
}

/// Where the phone is, by what it hears; almanacs.
fn location(index: usize, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "location", true);
    app.does(
        When::Called { a_day: 20.0 },
        Talk::new(
            shared.platform,
            How::Tls,
            Size(1900.0, 0.5),
            Size(700.0, 0.3),
        ),
    );
    let almanac = dests.named("almanac.position.example", 3);
    app.does(
        job(*draw.pick(&[24.0, 72.0]), 0.1, Needs::Any),
        Talk::new(almanac, How::Http, Size(260.0, 0.02), Size(38_000.0, 0.1)),
    );
    app
}

fn web_view(index: usize, _: &mut Dests<'_>, shared: &Shared, _: &mut Draw) -> App {
    let mut app = app(index, "web view", true);
    app.does(
        job(5.0, 0.3, Needs::Any),
        Talk::new(
            shared.platform,
            How::Tls,
            Size(1300.0, 0.15),
            Size(1800.0, 0.8),
        ),
    );
    app
}
