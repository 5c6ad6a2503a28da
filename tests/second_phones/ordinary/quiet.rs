//! What came with the phone, or was installed and forgotten.

use super::{Shared, app as blank};
use crate::apps::{App, Dests, Needs, Talk, When};
use crate::draw::Draw;
use crate::life::HOUR;

pub(super) fn app(index: usize, dests: &mut Dests<'_>, shared: &Shared, draw: &mut Draw) -> App {
    let system = draw.chance(0.75);
    let mut app = blank(index, "quiet", system);
    if !system {
        app.kind = "forgotten app";
        app.used.weight = 0.004;
        app.used.own = vec![Talk::get(
            dests.named(&format!("api.forgotten-{index}.example"), 2),
            15_000.0,
        )];
        app.used.sdks = vec![*draw.pick(&shared.sdks)];
    }
    if draw.chance(0.6) {
        return app;
    }
    let host = match draw.weighted(&[0.35, 0.35, 0.3]) {
        0 => shared.vendor,
        1 => shared.platform,
        _ => dests.named(&format!("www.quiet-{index}.example"), 2),
    };
    let hours = *draw.pick(&[12.0, 24.0, 24.0, 24.0, 72.0, 168.0]);
    let when = When::Job {
        period: (hours * HOUR as f64) as u64,
        flex: draw.between(0.05, 0.6),
        needs: *draw.pick(&[Needs::Any, Needs::Any, Needs::Wifi, Needs::Charger]),
    };
    match draw.weighted(&[0.5, 0.3, 0.2]) {
        // Configuration, lists, certificates.
        0 => {
            let down = draw.lognormal(9000.0, 1.2);
            app.does(when, Talk::get(host, down));
        }
        1 => {
            app.does(when, Talk::poll(host));
        }
        _ => {
            app.does(
                When::Called {
                    a_day: draw.between(0.1, 1.5),
                },
                Talk::get(host, 5000.0),
            );
        }
    }
    if draw.chance(0.12) {
        app.does(
            When::Boot {
                delay: (5.0, 200.0),
                chance: draw.between(0.6, 1.0),
                as_app: !system,
            },
            Talk::get(host, 2500.0),
        );
    }
    if draw.chance(0.1) {
        // Registers for push anew after its own update.
        app.does(
            When::Installed {
                delay: (1.0, 30.0),
                chance: 0.95,
                own: true,
            },
            Talk::post(shared.platform, 1400.0, 0.1),
        );
    }
    app
}
