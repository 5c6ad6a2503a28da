//! What users install.

mod daily;
mod parts;
mod things;

use super::{Shared, app as blank};
use crate::apps::{App, Dests, Needs, Talk, When};
use crate::draw::Draw;
use crate::life::HOUR;

type Make = fn(&mut App, &mut Dests<'_>, &Shared, &mut Draw);

/// What it is, how many of these among a hundred, how much it is used against others, and what it
/// does.
const KINDS: [(&str, f64, f64, Make); 24] = [
    ("messenger, own push", 4.0, 9.0, daily::messenger),
    ("messenger, platform push", 4.0, 3.0, daily::chat),
    ("mail", 4.0, 2.5, daily::mail),
    ("news", 6.0, 1.2, daily::news),
    ("browser", 4.0, 5.0, daily::browser),
    ("social", 7.0, 4.5, daily::social),
    ("shop", 10.0, 0.4, daily::shop),
    ("bank", 5.0, 0.5, daily::bank),
    ("game", 11.0, 0.6, things::game),
    ("maps", 3.0, 0.8, things::maps),
    ("music", 3.0, 1.2, things::music),
    ("video", 4.0, 1.0, things::video),
    ("weather", 3.0, 0.7, things::weather),
    ("smart home or watch", 4.0, 0.3, things::companion),
    ("fitness", 3.0, 0.4, things::fitness),
    ("transport", 4.0, 0.5, things::transport),
    ("calls over internet", 2.0, 0.4, things::calls),
    ("peer to peer", 1.0, 0.1, things::peers),
    ("podcasts", 2.0, 0.4, things::podcasts),
    ("photos", 2.0, 0.6, things::photos),
    ("scanner for viruses", 2.0, 0.05, things::scanner),
    ("managed by an employer", 1.5, 0.1, things::managed),
    ("calendar and notes", 4.0, 0.7, daily::notes),
    ("tool", 8.0, 0.15, things::tool),
];

pub(super) fn app(index: usize, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let weights: Vec<f64> = KINDS.iter().map(|kind| kind.1).collect();
    let (kind, _, used, make) = KINDS[draw.weighted(&weights)];
    let mut app = blank(index, kind, false);
    // A few are used all the time, most nearly never.
    app.used.weight = used * draw.lognormal(0.5, 1.3);
    make(&mut app, dests, shared, draw);
    common(&mut app, shared, draw);
    app
}

/// What most apps have: SDKs, push registration, remote configuration.
fn common(app: &mut App, shared: &Shared, draw: &mut Draw) {
    for _ in 0..draw.below(4) {
        app.used.sdks.push(*draw.pick(&shared.sdks));
    }
    if draw.chance(0.6) {
        app.used.sdks.push(shared.crash);
    }
    if draw.chance(0.45) {
        let to = if draw.chance(0.6) {
            shared.platform
        } else {
            *draw.pick(&shared.sdks)
        };
        app.used.after.push(to);
    }
    if draw.chance(0.35) {
        let hours = *draw.pick(&[12.0, 24.0, 24.0]);
        let to = if draw.chance(0.6) {
            shared.platform
        } else {
            *draw.pick(&shared.sdks)
        };
        app.does(
            When::Job {
                period: (hours * HOUR as f64) as u64,
                flex: draw.between(0.1, 0.6),
                needs: Needs::Any,
            },
            Talk::poll(to),
        );
    }
    if draw.chance(0.2) {
        app.does(
            When::Installed {
                delay: (1.0, 40.0),
                chance: 0.9,
                own: true,
            },
            Talk::post(shared.platform, 1400.0, 0.1),
        );
    }
    if draw.chance(0.08) {
        let to = app.used.own.first().map_or(shared.platform, |talk| talk.to);
        app.does(
            When::Boot {
                delay: (3.0, 120.0),
                chance: draw.between(0.7, 1.0),
                as_app: true,
            },
            Talk::get(to, 3000.0),
        );
    }
}
