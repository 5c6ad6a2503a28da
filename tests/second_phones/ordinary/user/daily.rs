//! What is used each day: messages, mail, news, the web, shops, banks.

use super::parts::{ads, media, own};
use crate::apps::{App, Dests, How, Needs, Size, Talk, When};
use crate::draw::Draw;
use crate::life::{HOUR, MINUTE, Net};
use crate::ordinary::{Shared, job};

pub(super) fn messenger(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let chat = if draw.chance(0.35) {
        dests.literal()
    } else {
        own(app, "chat", 4, dests)
    };
    app.does(
        When::Held {
            drops: (draw.between(0.5, 8.0) * HOUR as f64) as u64,
            keep: (draw.between(4.0, 15.0) * MINUTE as f64) as u64,
        },
        Talk::new(chat, How::Tcp, Size(900.0, 0.3), Size(1500.0, 0.4)).at(*draw.pick(&[443, 5222])),
    );
    let files = own(app, "files", 4, dests);
    app.used.own =
        vec![Talk::new(files, How::Tls, Size(4000.0, 1.3), Size(25_000.0, 1.5)).staying(5.0, 40.0)];
    app.does(
        When::Called {
            a_day: draw.between(2.0, 40.0),
        },
        Talk::get(files, 30_000.0),
    );
}

pub(super) fn chat(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "chat", 4, dests);
    app.used.own =
        vec![Talk::new(api, How::Tls, Size(3000.0, 0.9), Size(18_000.0, 1.0)).staying(20.0, 90.0)];
    app.does(
        When::Called {
            a_day: draw.between(2.0, 50.0),
        },
        Talk::get(api, 2500.0),
    );
    media(app, shared, 60_000.0, draw);
    app.does(job(12.0, 0.4, Needs::Any), Talk::get(api, 4000.0));
}

pub(super) fn mail(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let server = own(app, "mail", 2, dests);
    app.used.own =
        vec![Talk::new(server, How::Tls, Size(2500.0, 1.0), Size(25_000.0, 1.2)).at(993)];
    let fetch = Talk::new(server, How::Tls, Size(900.0, 0.2), Size(2200.0, 1.0)).at(993);
    if draw.chance(0.4) {
        app.does(
            When::Held {
                drops: (draw.between(0.4, 1.0) * HOUR as f64) as u64,
                keep: 24 * MINUTE,
            },
            fetch,
        );
    } else {
        let hours = *draw.pick(&[0.25, 0.25, 0.5, 1.0, 1.0, 4.0]);
        app.does(job(hours, 0.25, Needs::Any), fetch);
    }
}

pub(super) fn news(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "news", 4, dests);
    app.used.own = vec![Talk::get(api, 80_000.0)];
    media(app, shared, 300_000.0, draw);
    let count = 2 + draw.below(4);
    ads(app, shared, count, draw);
    let hours = *draw.pick(&[1.0, 3.0, 6.0, 12.0, 24.0]);
    app.does(job(hours, 0.3, Needs::Any), Talk::get(api, 45_000.0));
    app.does(
        When::Called {
            a_day: draw.between(0.5, 8.0),
        },
        Talk::get(api, 9000.0),
    );
}

pub(super) fn browser(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let home = own(app, "sync", 4, dests);
    app.used.web = true;
    app.used.own = vec![Talk::get(home, 6000.0)];
    // Lists of dangerous sites, by an update job; experiments.
    app.does(job(0.5, 0.4, Needs::Any), Talk::get(home, 1500.0));
    app.does(job(24.0, 0.3, Needs::Any), Talk::post(home, 5000.0, 0.5));
    app.updates = draw.between(2.0, 8.0);
}

pub(super) fn social(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "social", 6, dests);
    let how = if draw.chance(0.5) {
        How::Quic
    } else {
        How::Tls
    };
    app.used.own =
        vec![Talk::new(api, how, Size(9000.0, 0.9), Size(120_000.0, 1.1)).staying(20.0, 120.0)];
    media(app, shared, 2_500_000.0, draw);
    let log = own(app, "log", 2, dests);
    app.used.sdks.push(log);
    app.does(
        job(draw.between(1.0, 4.0), 0.4, Needs::Any),
        Talk::get(api, 20_000.0),
    );
    if draw.chance(0.4) {
        app.does(
            When::Connect {
                delay: (1.0, 30.0),
                chance: 0.3,
                only: Some(Net::Wifi),
            },
            Talk::get(api, 30_000.0),
        );
    }
    app.does(
        When::Called {
            a_day: draw.between(3.0, 30.0),
        },
        Talk::get(api, 5000.0),
    );
    app.updates = draw.between(3.0, 9.0);
}

pub(super) fn shop(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let api = own(app, "shop", 4, dests);
    app.used.own = vec![Talk::get(api, 90_000.0)];
    media(app, shared, 500_000.0, draw);
    app.does(
        When::Called {
            a_day: draw.between(0.2, 3.0),
        },
        Talk::get(api, 4000.0),
    );
    if draw.chance(0.3) {
        app.does(job(24.0, 0.4, Needs::Any), Talk::get(api, 6000.0));
    }
}

pub(super) fn bank(app: &mut App, dests: &mut Dests<'_>, _: &Shared, draw: &mut Draw) {
    let api = own(app, "bank", 2, dests);
    app.used.own = vec![Talk::new(
        api,
        How::Tls,
        Size(6000.0, 0.4),
        Size(25_000.0, 0.6),
    )];
    if draw.chance(0.3) {
        app.does(job(24.0, 0.5, Needs::Any), Talk::poll(api));
    }
}

pub(super) fn notes(app: &mut App, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) {
    let cloud = if draw.chance(0.5) {
        shared.platform
    } else {
        own(app, "notes", 2, dests)
    };
    app.used.own = vec![Talk::get(cloud, 12_000.0)];
    app.does(
        job(*draw.pick(&[4.0, 12.0, 24.0]), 0.4, Needs::Any),
        Talk::get(cloud, 4500.0),
    );
}
