//! What happens to the device, and what that makes of the time around it.

use super::chance::memoryless;
use super::charging::Charging;
use super::occasions::{Kind, RESTART_S};
use super::pair::Trial;
use super::pauses::Pause;
use super::store::Latest;
use super::{Beacons, EARLIEST_MS, LATEST_MS, Occasion, UPDATES_MAX, seconds};
use crate::facts::Trigger;

/// A clock may go back by this much without having been set: answers about connections come late.
const LATE_MS: u64 = 60_000;
/// A phone that is on is not silent as long as this: it was off, or nothing was relayed.
const SILENCE_MS: u64 = 3 * 3_600_000;
/// Nothing began for at least as long before the network came back, where there was none.
const NO_NETWORK_MS: u64 = 30 * 60_000;
/// And for so many times as long as usual.
const NO_NETWORK_TIMES: u64 = 8;
/// Times between connections that are taken together for what is usual, and the longest of them.
const USUAL_OF: u64 = 64;
const USUAL_MAX_MS: u64 = 3_600_000;
/// A boot may be told more than once in this time.
const BOOT_TOLD_MS: u64 = 60_000;
/// After a boot or a pause all kinds of thing go on for so long: no other event is the cause of any of them.
pub(super) const SETTLING_MS: u64 = 5 * 60_000;
/// What speaks so soon after that need not have been begun by whoever unlocked the phone.
const BY_ITSELF_MS: u64 = 3 * 60_000;
/// How long somebody uses a phone after it was unlocked, where nobody tells when its screen goes off.
const USE_MS: u64 = 10 * 60_000;
/// The longest use that is believed where somebody does.
const USE_MAX_MS: u64 = 3 * 3_600_000;
/// What the user began may go on for so long after.
const AFTER_USE_MS: u64 = 60_000;
/// An app that spoke so many seconds before its update was at work, as a store is: what follows is more of that.
const AT_WORK_S: u32 = 60;
/// For a connection after a long pause to count, there was none before it for so many tenths of the pause, at least and at
/// most: four fifths of the time for which the phone was on, if that lies between.
const SILENT_TENTHS: (u64, u64) = (14, 100);
/// Kinds of event that a SIM that changes brings about, within so long before and after.
const NETWORK: [Kind; 2] = [
    Kind::After(Occasion::Connectivity),
    Kind::After(Occasion::ServiceChange),
];
const SAME_CAUSE_MS: u64 = 60_000;
/// What falls due once a day does not do so again so soon.
const LATELY_MS: u64 = 14 * 3_600_000;
/// Every kind of event, as bits.
const EVERY: u16 = u16::MAX;

impl Beacons {
    /// Something happened to the device. `package` is the app that was installed or updated, where the platform says:
    /// without it, [`Occasion::OwnUpdate`] is not counted.
    pub fn handle_event(&mut self, wall_ms: u64, trigger: Trigger, package: Option<&str>) {
        let before = (self.now_ms, self.on_since_ms);
        if !self.advance(wall_ms) {
            return;
        }
        match trigger {
            Trigger::Boot => return self.boot(before, wall_ms),
            Trigger::ScreenOn | Trigger::Unlock => self.screen_on_ms = wall_ms,
            Trigger::ScreenOff => {
                self.screen_on_ms = 0;
                self.screen_off_ms = wall_ms;
            }
            Trigger::Airplane | Trigger::Connectivity | Trigger::ServiceChange => {
                self.network(wall_ms);
            }
            Trigger::Charging => self.charging.change(seconds(self.now_ms)),
            _ => {}
        }
        let is_settling = wall_ms < self.on_since_ms + SETTLING_MS;
        if trigger == Trigger::SimChange {
            self.sim_changed(wall_ms);
        }
        let sim = self
            .latest
            .get(Occasion::SimChange as usize)
            .copied()
            .flatten();
        let is_sim = sim.is_some_and(|sim| wall_ms < sim.at_ms + SAME_CAUSE_MS)
            && matches!(trigger, Trigger::Connectivity | Trigger::ServiceChange);
        if let Some(occasion) = Occasion::of(trigger) {
            self.begin(
                Kind::After(occasion),
                wall_ms,
                wall_ms,
                match is_settling || is_sim {
                    true => Trial::Void,
                    false => Trial::Counts,
                },
            );
        }
        if trigger == Trigger::Unlock && std::mem::take(&mut self.is_locked) {
            // After a long pause, what waited speaks.
            let pause = self.pauses.0.back();
            let is_long = pause.is_some_and(|pause| pause.to >= seconds(self.boot_ms));
            self.begin(
                Kind::After(Occasion::FirstUnlock),
                wall_ms,
                wall_ms,
                match is_long {
                    true => Trial::Void,
                    false => Trial::IfSilentSince(seconds(self.boot_ms)),
                },
            );
        }
        if let (Trigger::PackageChange, Some(package)) = (trigger, package) {
            self.updated(wall_ms, package, is_settling);
        }
        self.due_ms = self.next_due();
    }

    /// The phone was switched on, as is told now; when the call before came, and since when the phone was on then. It was on from the start of
    /// this run.
    fn boot(&mut self, before: (u64, u64), told_ms: u64) {
        if self.boot_ms > 0 && told_ms < self.boot_ms + BOOT_TOLD_MS {
            return;
        }
        let run = self.take_run(told_ms);
        let (before_ms, on_since_ms) = run.map_or(before, |run| (run.before_ms, run.on_since_ms));
        let at_ms = run.map_or(told_ms, |run| run.began_ms);
        let after = match run {
            Some(_) => self.take_back_early(),
            None => {
                self.early.clear();
                Vec::new()
            }
        };
        self.is_locked = true;
        self.screen_on_ms = 0;
        for pair in self.store.all_mut() {
            pair.live.open = 0;
        }
        let paused_ms = told_ms.saturating_sub(before_ms);
        let is_long = before_ms > 0 && paused_ms > u64::from(RESTART_S) * 1000;
        if is_long {
            self.pause(before_ms, at_ms);
        }
        let silent_ms = match before_ms {
            0 => None,
            _ => silence(before_ms.saturating_sub(on_since_ms), paused_ms),
        };
        let since = silent_ms.map(|silent_ms| seconds(before_ms.saturating_sub(silent_ms)));
        let due_ms = paused_ms + SETTLING_MS;
        let lately = seconds(at_ms.saturating_sub(LATELY_MS)).max(1);
        for pair in self.store.all_mut() {
            let was_silent = since.map(|since| pair.last_alone <= since);
            pair.answers.begin(was_silent, &self.boots);
            pair.answers.lately.begin(pair.last_start >= lately);
        }
        // One before which nothing is known counts for no pair.
        let chance = silent_ms.map_or(0.0, |silent_ms| memoryless(silent_ms, silent_ms + due_ms));
        self.boots.add(chance, seconds(at_ms) / 60);
        if run.is_some() {
            self.came_before_boot(at_ms);
        }
        let (short, long) = match (is_long, since) {
            (true, Some(since)) => (Trial::Void, Trial::IfAloneSince(since)),
            (true, None) => (Trial::Void, Trial::Void),
            (false, _) => (Trial::Counts, Trial::Void),
        };
        let until_ms = if before_ms > 0 { before_ms } else { at_ms };
        self.begin(Kind::After(Occasion::Boot), until_ms, at_ms, short);
        self.begin(Kind::LongBoot, until_ms, at_ms, long);
        self.on_since_ms = at_ms;
        self.boot_ms = at_ms;
        self.give_early(after);
        self.due_ms = self.next_due();
    }

    /// What was told in this run before the boot that is told now came with that: it is no reason of its own, and a SIM that changed did so
    /// with the boot.
    fn came_before_boot(&mut self, began_ms: u64) {
        let is_with_boot = self.sim_ms >= began_ms;
        self.boots.with_sim |= u64::from(is_with_boot);
        self.boot_sim_ms = if is_with_boot { self.sim_ms } else { 0 };
        let now = seconds(self.now_ms);
        for (kind, latest) in Kind::ALL.into_iter().zip(&mut self.latest) {
            if latest.take_if(|latest| latest.at_ms >= began_ms).is_some() {
                for pair in self.store.all_mut() {
                    pair.begin(kind, Trial::Void, now);
                }
            }
        }
    }

    /// A SIM was told to have changed. The network that goes and comes with it is no reason of its own.
    fn sim_changed(&mut self, at_ms: u64) {
        self.sim_ms = at_ms;
        if self.is_starting(at_ms) && self.boots.with_sim & 1 == 0 {
            self.boots.with_sim |= 1;
            self.boot_sim_ms = at_ms;
            // What spoke before does not answer it.
            for pair in self.store.all_mut() {
                pair.answers.spoke &= !1;
            }
        }
        for kind in NETWORK {
            let latest = self.latest.get_mut(kind.index());
            let is_same = |latest: &mut Latest| at_ms < latest.at_ms + SAME_CAUSE_MS;
            if latest.and_then(|latest| latest.take_if(is_same)).is_some() {
                for pair in self.store.all_mut() {
                    pair.begin(kind, Trial::Void, seconds(at_ms));
                }
            }
        }
    }

    /// Whether the phone was switched on a moment ago.
    pub(super) fn is_starting(&self, now_ms: u64) -> bool {
        self.boot_ms > 0 && now_ms < self.boot_ms + SETTLING_MS
    }

    /// Something about the network changed: perhaps there was none.
    fn network(&mut self, at_ms: u64) {
        let silent_ms = at_ms.saturating_sub(self.last_flow_ms);
        let is_unusual = silent_ms >= NO_NETWORK_TIMES * self.mean_gap_ms;
        if self.last_flow_ms > 0 && silent_ms >= NO_NETWORK_MS && is_unusual {
            self.pauses.add(Pause {
                from: seconds(self.last_flow_ms),
                to: seconds(at_ms),
            });
            self.on_since_ms = at_ms;
        }
    }

    /// Nothing was told for a while: what is under way cannot be counted.
    fn pause(&mut self, from_ms: u64, to_ms: u64) {
        self.complete(from_ms, EVERY);
        self.interrupt();
        self.pauses.add(Pause {
            from: seconds(from_ms),
            to: seconds(to_ms),
        });
        self.on_since_ms = to_ms;
    }

    /// Goes on to the time of a call; `false` if that time cannot be.
    pub(super) fn advance(&mut self, wall_ms: u64) -> bool {
        if !(EARLIEST_MS..LATEST_MS).contains(&wall_ms) {
            return false;
        }
        let went_back = wall_ms + LATE_MS < self.now_ms;
        if went_back || self.now_ms == 0 {
            self.interrupt();
            self.since_ms = wall_ms;
            self.pauses.0.clear();
            self.boots.at.clear();
            self.charging = Charging::default();
            // Nobody knows what was before.
            (self.on_since_ms, self.boot_ms, self.last_flow_ms) = (wall_ms, 0, 0);
            self.run = None;
            self.sim_ms = 0;
            self.early.clear();
        } else {
            self.note_run(wall_ms, self.on_since_ms);
            if wall_ms > self.now_ms + SILENCE_MS {
                self.pause(self.now_ms, wall_ms);
            }
        }
        self.now_ms = if went_back {
            wall_ms
        } else {
            wall_ms.max(self.now_ms)
        };
        if self.due_ms <= self.now_ms {
            self.complete(self.now_ms, 0);
        }
        true
    }

    fn interrupt(&mut self) {
        self.latest = Default::default();
        self.updates.clear();
        self.screen_on_ms = 0;
        self.due_ms = u64::MAX;
        for app in self.store.apps.values_mut() {
            app.updated = None;
        }
        for pair in self.store.all_mut() {
            pair.interrupt();
        }
    }

    /// An event of a kind at `at_ms`; what the one before set off was seen until `until_ms`.
    fn begin(&mut self, kind: Kind, until_ms: u64, at_ms: u64, trial: Trial) {
        let before = self.latest.get(kind.index()).copied().flatten();
        if before.is_some_and(|latest| at_ms.saturating_sub(latest.at_ms) < kind.burst_ms()) {
            return;
        }
        if before.is_some() {
            self.complete(until_ms, 1 << kind.index());
        }
        let Some(latest) = self.latest.get_mut(kind.index()) else {
            return;
        };
        *latest = (trial != Trial::Void).then(|| Latest::new(at_ms));
        let now = seconds(at_ms);
        for pair in self.store.all_mut() {
            pair.begin(kind, trial, now);
        }
    }

    /// An app was installed or updated.
    fn updated(&mut self, at_ms: u64, package: &str, is_settling: bool) {
        let package = self.seal.package(package);
        let now = seconds(at_ms);
        if self.updates.len() == UPDATES_MAX {
            self.updates.pop_front();
        }
        self.updates.push_back((package, at_ms));
        for app in self.store.apps.values_mut() {
            if !app.packages.contains(&package) {
                continue;
            }
            let pairs = &mut self.store.pairs;
            let is_open = |slot: &u16| {
                let pair = pairs.get(usize::from(*slot)).and_then(Option::as_ref);
                pair.is_some_and(|pair| pair.live.open > 0)
            };
            let is_at_work =
                now.saturating_sub(app.last_end) < AT_WORK_S || app.slots.iter().any(is_open);
            let trial = match is_at_work || is_settling {
                true => Trial::Void,
                false => Trial::Counts,
            };
            app.updated = (trial != Trial::Void).then(|| Latest::new(at_ms));
            for slot in &app.slots {
                let pair = pairs.get_mut(usize::from(*slot));
                if let Some(pair) = pair.and_then(Option::as_mut) {
                    pair.begin(Kind::After(Occasion::OwnUpdate), trial, now);
                    // Some other app's it is not.
                    pair.begin(Kind::After(Occasion::PackageChange), Trial::Void, now);
                }
            }
        }
    }

    pub(super) fn count_flow(&mut self, at_ms: u64) {
        if self.last_flow_ms > 0 {
            let gap_ms = at_ms.saturating_sub(self.last_flow_ms).min(USUAL_MAX_MS);
            self.mean_gap_ms = (self.mean_gap_ms * (USUAL_OF - 1) + gap_ms) / USUAL_OF;
        }
        self.last_flow_ms = self.last_flow_ms.max(at_ms);
    }

    /// Whether what waited for the phone to be on may speak just now.
    pub(super) fn is_late(&self, now_ms: u64) -> bool {
        self.on_since_ms > 0 && now_ms < self.on_since_ms + BY_ITSELF_MS
    }

    /// Whether somebody has the phone in hand, or had a moment ago.
    pub(super) fn is_attended(&self, now_ms: u64) -> bool {
        let most = if self.screen_off_ms > 0 {
            USE_MAX_MS
        } else {
            USE_MS
        };
        let is_on = self.screen_on_ms > 0 && now_ms.saturating_sub(self.screen_on_ms) < most;
        let was_on =
            self.screen_off_ms > 0 && now_ms.saturating_sub(self.screen_off_ms) < AFTER_USE_MS;
        is_on || was_on
    }
}

/// Seconds since a boot and since a SIM that was told after it; `None` where it was not, or not by then.
pub(super) fn after_s(boot_ms: u64, sim_ms: u64, at_ms: u64) -> Option<(u8, u8)> {
    let since_s = |ms: u64| Some(u8::try_from(at_ms.checked_sub(ms)? / 1000).unwrap_or(u8::MAX));
    let is_after_boot = boot_ms > 0 && sim_ms >= boot_ms;
    Some((since_s(boot_ms)?, since_s(sim_ms)?)).filter(|_| is_after_boot)
}

/// For how long before a start a pair must have been silent for it to count, where the phone had been on for `on_ms` and was off for
/// `paused_ms`. What fell due meanwhile speaks now. A pair that was silent for longer than that had hardly anything fall due just
/// then; one that spoke more often would have spoken. `None` where the phone was not on for long enough.
fn silence(on_ms: u64, paused_ms: u64) -> Option<u64> {
    let due_ms = paused_ms + SETTLING_MS;
    let on_ms = on_ms.saturating_sub(SETTLING_MS);
    let (least, most) = SILENT_TENTHS;
    let silent_ms = due_ms * (on_ms * 8 / due_ms).clamp(least, most) / 10;
    (silent_ms <= on_ms).then_some(silent_ms)
}
