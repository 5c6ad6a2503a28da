//! Apps in use: what is opened at an unlock, and whom it speaks with.

use super::Month;
use super::connect::Outcome;
use crate::apps::{DestId, Size, Talk};
use crate::draw::Draw;
use crate::life::{MINUTE, SECOND, Screen};

/// What an app still has from its last use.
#[derive(Clone, Default)]
struct Last {
    used: u64,
    /// Until when connections to its own servers live.
    open: u64,
    /// When what is left will be sent.
    left: u64,
}

impl Month<'_> {
    pub(super) fn use_apps(&mut self, draw: &mut Draw) {
        let weights: Vec<f64> = self.apps.iter().map(|app| app.used.weight).collect();
        let mut last = vec![Last::default(); self.apps.len()];
        let mut before = None;
        let life = self.life;
        for screen in &life.screens {
            let Some(unlock) = screen.unlock else {
                continue;
            };
            let mut at = unlock + draw.seconds((0.7, 6.0));
            while at < screen.off {
                // Often the same as the last time.
                let app = match before {
                    Some(app) if draw.chance(0.3) => app,
                    _ => draw.weighted(&weights),
                };
                before = Some(app);
                let long = draw.exponential(70.0) * SECOND as f64 + 3.0 * SECOND as f64;
                let until = (at + long as u64).min(screen.off);
                self.open(app, (at, until), *screen, &mut last[app], draw);
                at = until + draw.seconds((0.5, 4.0));
            }
        }
    }

    fn open(
        &mut self,
        app: usize,
        (from, to): (u64, u64),
        screen: Screen,
        last: &mut Last,
        draw: &mut Draw,
    ) {
        let apps = self.apps;
        let used = &apps[app].used;
        let cold = last.used == 0 || from > last.used + 30 * MINUTE;
        let minutes = (to - from) as f64 / MINUTE as f64;
        if from >= last.open {
            for talk in &used.own {
                let at = from + draw.seconds((0.05, 1.4));
                let more = 1.0 + minutes;
                let up = (talk.up.draw(draw) as f64 * more) as u64;
                let down = (talk.down.draw(draw) as f64 * more) as u64;
                let end = to + draw.seconds(talk.stays);
                self.carry(app, talk, (at, end), (up, down), Outcome::Answered, draw);
                last.open = end;
            }
        }
        for (talk, chance) in &used.parts {
            let mut share = *chance;
            while draw.chance(share) {
                let at = from + (draw.unit() * (to - from) as f64) as u64;
                self.connect(app, talk, at, Outcome::Answered, draw);
                share *= 0.4;
            }
        }
        if used.web {
            for _ in 0..1 + draw.below(8) {
                // Few sites are seen by far most often.
                let rank = (self.web.len() as f64).powf(draw.unit()) as usize - 1;
                let at = from + (draw.unit() * (to - from) as f64) as u64;
                let talk = Talk::get(self.web[rank], 60_000.0).staying(5.0, 60.0);
                self.connect(app, &talk, at, Outcome::Answered, draw);
            }
        }
        for sdk in &used.sdks {
            self.report(app, *sdk, (from, to), cold, draw);
        }
        if last.left < to && !used.after.is_empty() {
            let wait = draw.exponential(25.0) * MINUTE as f64;
            let due = screen.off + 5 * MINUTE + wait as u64;
            last.left = due;
            if let Some(at) = self.life.released(due, draw) {
                for to in &used.after {
                    self.connect(
                        app,
                        &Talk::post(*to, 2800.0, 0.8),
                        at,
                        Outcome::Answered,
                        draw,
                    );
                }
            }
        }
        last.used = to;
    }

    /// An SDK of an app in use: its configuration at a cold start, batches each half minute to a
    /// minute over the same connection, and the rest when the app is left.
    fn report(
        &mut self,
        app: usize,
        sdk: DestId,
        (from, to): (u64, u64),
        cold: bool,
        draw: &mut Draw,
    ) {
        let batches = (to - from) as f64 / draw.between(30.0, 60.0) / SECOND as f64;
        let talk = Talk::new(
            sdk,
            crate::apps::How::Tls,
            Size(2200.0, 0.6),
            Size(1300.0, 0.7),
        );
        if cold {
            let at = from + draw.seconds((0.2, 3.0));
            let up = talk.up.draw(draw) + (batches * 900.0) as u64;
            let down = talk.down.draw(draw) + (batches * 120.0) as u64;
            let end = to + draw.seconds((1.0, 90.0));
            self.carry(app, &talk, (at, end), (up, down), Outcome::Answered, draw);
        } else if draw.chance(0.45) {
            let at = to + draw.seconds((0.0, 2.5));
            let up = (700.0 + batches * 900.0) as u64;
            self.carry(
                app,
                &talk,
                (at, at + 3 * SECOND),
                (up, 240),
                Outcome::Answered,
                draw,
            );
        }
    }
}
