//! Games, media, helpers of all kinds, and what watches or is watched.

use super::parts::{ads, media, own};
use crate::apps::{App, Dests, How, Needs, Size, Talk, When};
use crate::draw::Draw;
use crate::life::{HOUR, MINUTE, Net};
use crate::ordinary::{Shared, job};

pub(super) fn game(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "game", 2, dests);
    app.used.own =
        vec![Talk::new(api, How::Tls, Size(3500.0, 0.8), Size(12_000.0, 0.9)).staying(20.0, 120.0)];
    let count = 2 + draw.below(5);
    ads(app, shared, count, draw);
    if draw.chance(0.5) {
        // Whether the reward of the day is there.
        let hour = draw.between(8.0, 20.0);
        app.does(
            When::Clock {
                hour,
                spread: 15 * MINUTE,
                days: 1,
            },
            Talk::new(api, How::Tls, Size(1100.0, 0.1), Size(1500.0, 0.4)),
        );
    }
}

pub(super) fn maps(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let tiles = own(app, "tiles", 8, dests);
    app.used.own = vec![
        Talk::get(tiles, 900_000.0)
            .by(How::Quic)
            .staying(10.0, 120.0),
    ];
    app.does(job(24.0, 0.5, Needs::Wifi), Talk::get(tiles, 400_000.0));
    if draw.chance(0.5) {
        // What it has learnt of the traffic on the way.
        app.does(
            When::Called {
                a_day: draw.between(2.0, 25.0),
            },
            Talk::post(tiles, 2200.0, 0.7),
        );
    }
}

pub(super) fn music(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "music", 4, dests);
    app.used.own = vec![Talk::get(api, 60_000.0)];
    media(app, shared, 6_000_000.0, draw);
    app.does(job(6.0, 0.5, Needs::Wifi), Talk::get(api, 15_000.0));
    if draw.chance(0.4) {
        app.does(
            When::Held {
                drops: 2 * HOUR,
                keep: 10 * MINUTE,
            },
            Talk::new(api, How::Tls, Size(1500.0, 0.2), Size(1200.0, 0.3)).at(4070),
        );
    }
}

pub(super) fn video(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "video", 6, dests);
    app.used.own = vec![Talk::get(api, 100_000.0)];
    media(app, shared, 40_000_000.0, draw);
    ads(app, shared, 2, draw);
    app.does(
        When::Called {
            a_day: draw.between(0.5, 6.0),
        },
        Talk::get(api, 7000.0),
    );
}

pub(super) fn weather(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "weather", 3, dests);
    app.used.own = vec![Talk::get(api, 14_000.0)];
    let forecast = Talk::new(api, How::Tls, Size(820.0, 0.05), Size(6500.0, 0.3));
    match draw.weighted(&[0.45, 0.35, 0.2]) {
        0 => app.does(
            job(*draw.pick(&[0.5, 1.0, 1.0, 3.0]), 0.3, Needs::Any),
            forecast,
        ),
        1 => app.does(
            When::Unlock {
                delay: (0.5, 5.0),
                chance: 0.95,
                rest: *draw.pick(&[15 * MINUTE, 30 * MINUTE, HOUR]),
            },
            forecast,
        ),
        // Older widgets ask each time the screen comes on.
        _ => app.does(
            When::ScreenOn {
                delay: (0.3, 3.0),
                chance: 0.8,
                rest: 2 * MINUTE,
            },
            forecast,
        ),
    };
    if draw.chance(0.6) {
        ads(app, shared, 3, draw);
    }
}

pub(super) fn companion(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let cloud = own(app, "things", 3, dests);
    app.used.own = vec![Talk::get(cloud, 12_000.0)];
    app.does(
        When::Held {
            drops: (draw.between(0.3, 4.0) * HOUR as f64) as u64,
            keep: 5 * MINUTE,
        },
        Talk::new(cloud, How::Tls, Size(1600.0, 0.15), Size(1800.0, 0.3)).at(8883),
    );
    if draw.chance(0.3) {
        app.does(
            When::Unlock {
                delay: (0.5, 4.0),
                chance: 0.6,
                rest: 5 * MINUTE,
            },
            Talk::get(cloud, 3500.0),
        );
    }
}

pub(super) fn fitness(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let api = own(app, "steps", 2, dests);
    app.used.own = vec![Talk::get(api, 16_000.0)];
    let hours = *draw.pick(&[1.0, 4.0, 24.0]);
    app.does(
        job(hours, 0.3, Needs::Any),
        Talk::post(api, 2800.0 * hours.sqrt(), 0.6),
    );
}

pub(super) fn transport(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "ride", 3, dests);
    app.used.own = vec![Talk::get(api, 22_000.0).staying(20.0, 90.0)];
    app.does(
        When::Called {
            a_day: draw.between(0.1, 2.0),
        },
        Talk::get(api, 3000.0),
    );
    if draw.chance(0.5) {
        ads(app, shared, 2, draw);
    }
}

pub(super) fn calls(app: &mut App, dests: &mut Dests<'_>, _: &Shared, _: &mut Draw) {
    let server = own(app, "sip", 2, dests);
    let relay = dests.literal();
    app.used.own = vec![
        Talk::new(relay, How::Udp, Size(900_000.0, 1.2), Size(900_000.0, 1.2))
            .at(3478)
            .staying(60.0, 600.0),
    ];
    // Registers again each hour and on a new network.
    app.does(
        job(1.0, 0.1, Needs::Any),
        Talk::new(server, How::Udp, Size(1500.0, 0.05), Size(1300.0, 0.1)).at(5060),
    );
    app.does(
        When::Connect {
            delay: (0.5, 6.0),
            chance: 0.9,
            only: None,
        },
        Talk::new(server, How::Udp, Size(1500.0, 0.05), Size(1300.0, 0.1)).at(5060),
    );
}

pub(super) fn peers(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    for _ in 0..25 {
        let peer = dests.literal();
        app.does(
            When::Called {
                a_day: draw.between(0.2, 4.0),
            },
            Talk::new(peer, How::Udp, Size(2500.0, 1.6), Size(4000.0, 1.8))
                .at(6881)
                .staying(1.0, 90.0),
        );
    }
    let start = own(app, "start", 3, dests);
    app.used.own = vec![Talk::get(start, 4000.0)];
}

pub(super) fn podcasts(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let hours = *draw.pick(&[3.0, 6.0, 12.0, 24.0]);
    for _ in 0..4 {
        let feed = *draw.pick(&shared.web);
        app.does(job(hours, 0.2, Needs::Wifi), Talk::get(feed, 60_000.0));
    }
    app.used.own = vec![Talk::get(own(app, "cast", 2, dests), 20_000.0)];
    media(app, shared, 20_000_000.0, draw);
}

pub(super) fn photos(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let cloud = own(app, "photos", 6, dests);
    app.used.own = vec![Talk::get(cloud, 700_000.0)];
    app.does(
        When::Nightly { chance: 0.7 },
        Talk::new(cloud, How::Tls, Size(12_000_000.0, 1.4), Size(9000.0, 0.5)).staying(30.0, 400.0),
    );
    if draw.chance(0.5) {
        app.does(
            When::Plugged {
                delay: (5.0, 90.0),
                chance: 0.6,
                only: Some(Net::Wifi),
            },
            Talk::new(cloud, How::Tls, Size(3_000_000.0, 1.5), Size(3000.0, 0.5)),
        );
    }
}

pub(super) fn scanner(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let list = own(app, "lists", 4, dests);
    app.used.own = vec![Talk::get(list, 9000.0)];
    app.does(
        job(*draw.pick(&[4.0, 24.0]), 0.2, Needs::Any),
        Talk::get(list, 120_000.0),
    );
    // Looks up each new app.
    app.does(
        When::Installed {
            delay: (0.5, 10.0),
            chance: 0.9,
            own: false,
        },
        Talk::new(list, How::Tls, Size(1900.0, 0.2), Size(500.0, 0.2)),
    );
    if draw.chance(0.5) {
        app.does(
            When::Boot {
                delay: (5.0, 60.0),
                chance: 1.0,
                as_app: true,
            },
            Talk::get(list, 2000.0),
        );
    }
}

pub(super) fn managed(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let server = own(app, "policy", 2, dests);
    app.does(
        job(*draw.pick(&[1.0, 8.0, 8.0, 24.0]), 0.1, Needs::Any),
        Talk::new(server, How::Tls, Size(3200.0, 0.15), Size(1800.0, 0.4)),
    );
    // Whether the device keeps to the rules, told after a boot.
    app.does(
        When::Boot {
            delay: (5.0, 90.0),
            chance: 0.95,
            as_app: true,
        },
        Talk::new(server, How::Tls, Size(3500.0, 0.15), Size(1500.0, 0.4)),
    );
}

pub(super) fn tool(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    app.used.own = vec![Talk::get(own(app, "tool", 2, dests), 4000.0)];
    if draw.chance(0.7) {
        ads(app, shared, 3, draw);
    }
}
