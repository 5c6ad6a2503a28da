//! What the vendor and the operator put on the phone.

use super::{Shared, app, job};
use crate::apps::{App, Dests, How, Needs, Size, Talk, When};
use crate::draw::Draw;
use crate::life::{DAY, HOUR, MINUTE, Net};

/// An ordinary daily report of usage, from which many vendors' phones can be opted out.
pub(super) fn vendor_usage(
    index: usize,
    _: &mut Dests<'_>,
    shared: &Shared,
    draw: &mut Draw,
) -> App {
    let mut app = app(index, "vendor's usage report", true);
    match draw.weighted(&[0.5, 0.3, 0.2]) {
        0 => app.does(
            job(24.0, 0.2, Needs::Any),
            Talk::post(shared.vendor_data, 9000.0, 0.7),
        ),
        1 => app.does(
            job(8.0, 0.3, Needs::Wifi),
            Talk::post(shared.vendor_data, 5000.0, 0.8),
        ),
        _ => app.does(
            When::Clock {
                hour: draw.between(0.0, 24.0),
                spread: 30 * MINUTE,
                days: 1,
            },
            Talk::post(shared.vendor_data, 12_000.0, 0.5),
        ),
    };
    app.does(
        When::Called { a_day: 3.0 },
        Talk::post(shared.vendor_data, 1500.0, 0.7),
    );
    app
}

pub(super) fn vendor_cloud(
    index: usize,
    _: &mut Dests<'_>,
    shared: &Shared,
    draw: &mut Draw,
) -> App {
    let mut app = app(index, "vendor's account", true);
    app.does(job(24.0, 0.3, Needs::Any), Talk::get(shared.vendor, 3000.0));
    app.does(
        When::Called { a_day: 4.0 },
        Talk::get(shared.vendor, 6000.0),
    );
    if draw.chance(0.5) {
        // Its own push connection.
        app.does(
            When::Held {
                drops: 6 * HOUR,
                keep: 5 * MINUTE,
            },
            Talk::new(
                shared.vendor,
                How::Tls,
                Size(1500.0, 0.2),
                Size(2500.0, 0.2),
            )
            .at(5223),
        );
    }
    if draw.chance(0.4) {
        app.does(
            When::Boot {
                delay: (10.0, 90.0),
                chance: 0.9,
                as_app: true,
            },
            Talk::get(shared.vendor, 2500.0),
        );
    }
    app
}

/// The feed beside the home screen, renewed when it is looked at and old.
pub(super) fn launcher(
    index: usize,
    dests: &mut Dests<'_>,
    shared: &Shared,
    draw: &mut Draw,
) -> App {
    let mut app = app(index, "launcher feed", true);
    let feed = dests.named("feed.launcher.example", 6);
    app.does(
        When::Unlock {
            delay: (0.6, 6.0),
            chance: 0.7,
            rest: (draw.between(10.0, 60.0) * MINUTE as f64) as u64,
        },
        Talk::get(feed, 60_000.0),
    );
    app.does(
        When::Unlock {
            delay: (1.0, 15.0),
            chance: 0.25,
            rest: 10 * MINUTE,
        },
        Talk::get(shared.cdns[0], 250_000.0),
    );
    app
}

pub(super) fn carrier(index: usize, _: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "carrier services", true);
    app.owner.packages.push("system.telephony".to_owned());
    app.does(
        When::Sim {
            delay: (3.0, 45.0),
            chance: 0.9,
            retold: draw.chance(0.4),
        },
        Talk::new(
            shared.carrier,
            How::Tls,
            Size(1800.0, 0.1),
            Size(7000.0, 0.3),
        ),
    );
    app.does(
        job(168.0, 0.1, Needs::Any),
        Talk::get(shared.carrier, 7000.0),
    );
    app
}

/// Calls over Wi-Fi: a tunnel to the operator's gateway, held while there is a network.
pub(super) fn calls(index: usize, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "operator's calls and messages", true);
    let gateway = dests.named("epdg.operator.example", 4);
    if draw.chance(0.4) {
        app.does(
            When::Connect {
                delay: (1.0, 12.0),
                chance: 0.9,
                only: Some(Net::Wifi),
            },
            Talk::new(gateway, How::Udp, Size(3200.0, 0.1), Size(3600.0, 0.1))
                .at(500)
                .staying(30.0, 3000.0),
        );
    }
    if draw.chance(0.5) {
        app.does(
            When::Service {
                delay: (1.0, 10.0),
                chance: 0.5,
            },
            Talk::new(
                shared.carrier,
                How::Tls,
                Size(1300.0, 0.08),
                Size(900.0, 0.2),
            )
            .at(5061),
        );
    }
    app
}

pub(super) fn theme(index: usize, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "wallpapers and themes", true);
    let host = dests.named("pictures.theme.example", 4);
    if draw.chance(0.35) {
        // A new picture on the lock screen.
        app.does(
            When::ScreenOn {
                delay: (0.5, 5.0),
                chance: 0.5,
                rest: 2 * HOUR,
            },
            Talk::get(host, 350_000.0),
        );
    }
    app.does(job(24.0, 0.4, Needs::Wifi), Talk::poll(host));
    app
}

/// Words of the day, and what was typed as counts.
pub(super) fn keyboard(index: usize, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "keyboard", true);
    let host = dests.named("words.keyboard.example", 4);
    app.used.weight = 2.0;
    if draw.chance(0.4) {
        app.used.own = vec![Talk::post(host, 1200.0, 0.6)];
    }
    app.does(job(24.0, 0.3, Needs::Any), Talk::get(host, 40_000.0));
    if draw.chance(0.5) {
        app.does(job(6.0, 0.5, Needs::Any), Talk::post(host, 3500.0, 0.6));
    }
    app
}

/// Asks what the vendor has to say to its users; crashes, now and then.
pub(super) fn feedback(index: usize, _: &mut Dests<'_>, shared: &Shared, _: &mut Draw) -> App {
    let mut app = app(index, "feedback and crashes", true);
    app.does(job(24.0, 0.5, Needs::Any), Talk::poll(shared.vendor));
    app.does(
        When::Called { a_day: 0.6 },
        Talk::post(shared.vendor_data, 25_000.0, 1.0),
    );
    app
}

/// Radio and battery statistics, as operators and chip makers collect them.
pub(super) fn diagnostics(index: usize, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) -> App {
    let mut app = app(index, "operator's diagnostics", true);
    let host = dests.named("stats.diagnostics.example", 2);
    if draw.chance(0.25) {
        app.does(job(24.0, 0.05, Needs::Any), Talk::post(host, 16_000.0, 0.4));
    } else if draw.chance(0.4) {
        app.does(
            When::Plugged {
                delay: (5.0, 60.0),
                chance: 0.8,
                only: Some(Net::Wifi),
            },
            Talk::post(host, 22_000.0, 0.6),
        );
    }
    if draw.chance(0.3) {
        app.does(
            job(DAY as f64 * 7.0 / HOUR as f64, 0.1, Needs::Any),
            Talk::poll(host),
        );
    }
    app
}
