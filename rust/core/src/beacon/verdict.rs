//! What is shown by what is known of one pair, and whether it is told.

use super::boots::Boots;
use super::chance::tail;
use super::charging::Charging;
use super::evidence::{Beacon, Evidence, Occasion, Support, Telling};
use super::occasions::{Besides, Count, Kind, WINDOWS};
use super::pair::{NEVER, Pair};
use super::pauses::Pauses;
use super::period::{Choice, Shown};
use super::telling::Sort;

/// Storms that tell.
const STORMS_MIN: u8 = 2;
/// Verdicts there can be: one for each occasion, then one for each scale of intervals.
pub(super) const VERDICTS: usize = Occasion::ALL.len() + 2;

/// What verdicts are about besides the pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) now: u32,
    pub(super) pauses: &'a Pauses,
    pub(super) boots: &'a Boots,
    pub(super) charging: &'a Charging,
    /// Whether most destinations have names.
    pub(super) trusts_names: bool,
    /// Whether it is asked for what is shown by when it speaks alone.
    pub(super) timing_only: bool,
}

/// A verdict of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Of [`Pair::told`].
    pub(super) bit: usize,
    pub(super) evidence: Evidence,
    pub(super) telling: Option<Telling>,
    /// Of which sort the connections are whose sizes are kept.
    sort: Option<Sort>,
}

impl Pair {
    /// What is shown for an occasion and was not told yet.
    pub(super) fn after_event(&self, kind: Kind, at: usize, scene: &Scene<'_>) -> Option<Verdict> {
        let occasion = kind.occasion();
        let window = kind.windows().get(at)?;
        // What is known of a strand when its connections end is not known in time for short trials.
        if self.is_strand() && !kind.is_rare() {
            return None;
        }
        // Boots are judged together.
        let count = self.after(occasion).get(at)?;
        let mut besides = self.besides(kind, at, scene);
        // Most pairs go here.
        let is_alone = count.may_explain(kind, &Besides::default());
        let is_any = is_alone || besides.is_some_and(|besides| count.may_explain(kind, &besides));
        if !is_any || self.was_told(occasion as usize) {
            return None;
        }
        if self.is_held(scene.now) || self.is_rather(kind, scene) {
            return None;
        }
        let sort = if kind.is_rare() {
            Sort::Rare
        } else {
            Sort::Frequent
        };
        // Whoever speaks because the SIM changed or it was updated says so by that, whatever the answer.
        let is_news = matches!(kind.occasion(), Occasion::SimChange | Occasion::OwnUpdate);
        let says = is_news && !scene.timing_only && self.samples(sort).say();
        let telling = self.telling(sort, scene).or(says.then_some(None))?;
        let rates = kind.companions().iter().map(|companion| {
            // The windows of the frequent: as long, or else the longest.
            let same = self.after(*companion).get((at + 1).min(WINDOWS - 1));
            same.map_or(0.0, Count::rate)
        });
        let rate = rates.fold(0.0, f64::max);
        let judged = Kind::After(occasion);
        let likely = count.likely(judged, *window, rate);
        let trials = u32::from(count.trials);
        if let Some(besides) = &mut besides {
            besides.chance = match kind {
                Kind::LongBoot => scene
                    .boots
                    .likeliest(besides.of + besides.skipped)
                    .max(rate),
                Kind::After(_) => self.answers.chance(scene.boots),
            };
        }
        let is_boot = kind == Kind::LongBoot;
        let apart = |hits| tail(trials, hits, likely);
        let is_sim = |with: &Besides| {
            !with.is_whatever(count.hits.into(), apart) || self.answers.are_close(scene.boots)
        };
        let besides = besides.filter(|with| is_boot || is_sim(with));
        let none = Besides {
            by_itself: self.by_itself.into(),
            ..Besides::default()
        };
        let alone = (!is_boot).then(|| count.evidence(judged, *window, rate, &none));
        let with = || count.evidence(judged, *window, rate, &besides?);
        let evidence = alone.flatten().or_else(with)?;
        Some(Verdict {
            bit: occasion as usize,
            evidence,
            telling,
            sort: Some(sort),
        })
    }

    /// What else says the same as the trials of a kind; how likely that is by chance is left open.
    fn besides(&self, kind: Kind, at: usize, scene: &Scene<'_>) -> Option<Besides> {
        match kind {
            Kind::LongBoot => {
                let count = self.counts(kind).get(at)?;
                Some(count.besides(kind, at, self.skipped))
            }
            Kind::After(Occasion::SimChange) => Some(self.answers.with_sim(scene.boots)),
            Kind::After(_) => None,
        }
    }

    /// What is shown for any occasion or interval and was not told yet.
    pub(super) fn verdict(&self, scene: &Scene<'_>) -> Option<Verdict> {
        let events = Kind::ALL
            .into_iter()
            .find_map(|kind| (0..WINDOWS).find_map(|at| self.after_event(kind, at, scene)));
        events.or_else(|| self.at_intervals(scene))
    }

    /// What the intervals show and was not told yet.
    pub(super) fn at_intervals(&self, scene: &Scene<'_>) -> Option<Verdict> {
        let told = |scale| self.was_told(Occasion::ALL.len() + scale);
        if told(0) && told(1) && self.was_told(Occasion::Boot as usize) {
            return None;
        }
        let telling = self.telling(Sort::Alone, scene);
        let any = (&self.alone, Choice::Any);
        let alone = telling.map(|telling| (any, telling, Some(Sort::Alone)));
        let is_mostly_alone = 2 * self.attended.count_ones() <= u32::from(self.alike.kept);
        // What somebody's use of the phone may have brought about is left out, and looked at besides.
        let but = Choice::But {
            but: self.attended,
            looks: self.looks,
        };
        let choices = [is_mostly_alone.then_some(Choice::Alike), Some(but)];
        let telling = match self.is_unnamed(scene) {
            true => Some(Telling::Unnamed),
            false => self.usual.is_settled().then_some(Telling::Uploads),
        };
        let is_usual = telling.is_some() && !scene.timing_only;
        let alike = choices.into_iter().flatten().filter(|_| is_usual);
        let alike = alike.map(|choice| ((&self.alike, choice), telling, None));
        alone
            .into_iter()
            .chain(alike)
            .find_map(|((series, choice), telling, sort)| {
                let shown = series.shown(choice, scene.pauses, scene.boots, scene.charging)?;
                let boot = self.boots_of(&shown, scene);
                let is_boot = boot.is_some() && self.answers.lately.are_answered();
                if let Some(evidence) = boot
                    && (is_boot || told(shown.scale) && choice == Choice::Any && shown.is_sure)
                    && !self.was_told(Occasion::Boot as usize)
                {
                    return Some(Verdict {
                        bit: Occasion::Boot as usize,
                        evidence,
                        telling,
                        sort,
                    });
                }
                let is_explained = is_boot
                    || told(shown.scale)
                    || shown.is_marked && self.is_after_rare(shown.has_waited);
                (!is_explained).then(|| Verdict {
                    bit: Occasion::ALL.len() + shown.scale,
                    evidence: shown.evidence,
                    telling,
                    sort,
                })
            })
    }

    /// The boots that contacts of each day came with, where nothing speaks against them: more than the day, they say why it speaks then.
    fn boots_of(&self, shown: &Shown, scene: &Scene<'_>) -> Option<Evidence> {
        let kind = Kind::After(Occasion::Boot);
        // Where no boot by day says which, all of them.
        let is_with_boots = match self.answers.lately.are_answered() {
            true => shown.with_event * 5 >= shown.seen * 4,
            false => shown.with_event * 10 >= shown.seen * 9,
        };
        // One boot by day that was not seen to be answered says little where nothing waits for the others.
        let is_one_unseen = self.answers.lately.of == 1 && scene.boots.are_restarts();
        let has_waited = self.has_waited() && !is_one_unseen;
        if !shown.is_daily || !is_with_boots || has_waited || self.is_rather(kind, scene) {
            return None;
        }
        let boots = |at: usize| {
            let long = self.counts(Kind::LongBoot).get(at)?;
            let besides = long.besides(Kind::LongBoot, at, self.skipped);
            Some((self.counts(kind).get(at)?, besides))
        };
        let hits = |at: usize| boots(at).map_or(0, |(count, besides)| count.hits_with(&besides));
        let all = hits(WINDOWS - 1);
        // The shortest time in which nearly all of them are.
        let at = (0..WINDOWS).find(|at| hits(*at) * 5 >= all * 4)?;
        let (count, besides) = boots(at)?;
        let is_often = all * 3 >= shown.seen * 2 && count.may_explain(kind, &besides);
        let window = kind.windows().get(at)?;
        is_often.then(|| count.told(kind, *window, &besides))
    }

    fn is_unnamed(&self, scene: &Scene<'_>) -> bool {
        self.no_dns && scene.trusts_names
    }

    /// Why it tells, by the sizes of a sort of connection; `None` where it does not, and that is asked for.
    #[expect(
        clippy::option_option,
        reason = "a verdict without telling is one, where only timing is asked for"
    )]
    fn telling(&self, sort: Sort, scene: &Scene<'_>) -> Option<Option<Telling>> {
        let telling = if self.is_unnamed(scene) {
            Some(Telling::Unnamed)
        } else if self.storms >= STORMS_MIN {
            Some(Telling::Storms)
        } else {
            match sort {
                Sort::Alone => self.samples(sort).tell_at_intervals(),
                Sort::Rare | Sort::Frequent => self.samples(sort).tell(),
            }
        };
        (telling.is_some() != scene.timing_only).then_some(telling)
    }

    /// Whether it speaks after rare events, by all that is known, and not for what falls due while the phone is off: where it has waited long
    /// and is only known of boots after long, that may be as well.
    fn is_after_rare(&self, has_waited: bool) -> bool {
        let rare = Kind::ALL.into_iter().filter(|kind| kind.is_rare());
        rare.into_iter().any(|kind| {
            let explains = self.counts(kind).iter().any(|count| count.explains(4));
            let is_boot = !has_waited || self.answers.lately.are_answered();
            explains && (kind != Kind::LongBoot || is_boot && !self.has_waited())
        })
    }

    /// Whether what speaks at boots after long rather waits for them, since it does not speak at others.
    fn has_waited(&self) -> bool {
        self.answers.lately.are_silent() || self.after(Occasion::Boot).iter().all(Count::refutes)
    }

    /// Whether what follows a kind of event is rather told of another.
    fn is_rather(&self, kind: Kind, scene: &Scene<'_>) -> bool {
        let any = |occasion: Occasion, trials| {
            self.after(occasion)
                .iter()
                .any(|count| count.explains(trials))
        };
        let told = |occasion: Occasion| self.was_told(occasion as usize);
        match kind.occasion() {
            Occasion::Boot => {
                // Trials with a SIM that changed are apart from boots. What is close upon the SIM at boots may answer either.
                let is_sim = told(Occasion::SimChange) && !self.answers.are_close(scene.boots)
                    || any(Occasion::SimChange, 2)
                    || self.answers.with_sim(scene.boots).differs();
                // One that starts within 90 s of a boot has hardly waited to be unlocked.
                let boots = self.counts(kind);
                let is_soon = boots.iter().take(2).any(|count| count.explains(4));
                let unlocks = self.after(Occasion::FirstUnlock);
                let is_unlock = unlocks.iter().take(1).any(|count| count.explains(4));
                let is_long = kind == Kind::LongBoot;
                let told_hours = self.was_told(Occasion::ALL.len());
                let is_refuted = self.has_waited();
                is_sim
                    || told(Occasion::FirstUnlock)
                    || is_unlock && !is_soon
                    || is_long && is_refuted
                    || is_long && told_hours && !self.answers.lately.are_answered()
            }
            Occasion::FirstUnlock => {
                let boots = self.after(Occasion::Boot);
                told(Occasion::Boot) || boots.iter().take(2).any(|count| count.explains(4))
            }
            // The screen comes on for each unlock, and at other times, too.
            Occasion::Unlock => {
                told(Occasion::ScreenOn) || self.is_screen() && any(Occasion::ScreenOn, 8)
            }
            Occasion::ScreenOn => {
                told(Occasion::Unlock) || !self.is_screen() && any(Occasion::Unlock, 8)
            }
            // These come together.
            Occasion::SimChange | Occasion::Airplane => false,
            Occasion::Connectivity | Occasion::ServiceChange => {
                let all = [
                    Occasion::SimChange,
                    Occasion::Airplane,
                    Occasion::Connectivity,
                    Occasion::ServiceChange,
                ];
                all.into_iter().any(told)
            }
            Occasion::PackageChange => told(Occasion::OwnUpdate),
            _ => false,
        }
    }

    /// Whether the screen came on so often without an unlock that the two can be told apart.
    fn is_screen(&self) -> bool {
        let most = |occasion| self.after(occasion).iter().map(Count::all).max();
        let (screen, unlock) = (most(Occasion::ScreenOn), most(Occasion::Unlock));
        screen.unwrap_or(0) * 4 >= unlock.unwrap_or(0) * 5
    }

    pub(super) fn beacon(&self, verdict: &Verdict) -> Beacon {
        Beacon {
            evidence: verdict.evidence.clone(),
            support: Support {
                telling: verdict.telling,
                flows: self.flows,
                sent: self.sent,
                received: self.received,
                stable_upload: verdict.sort.and_then(|sort| self.samples(sort).stable()),
                no_dns: self.no_dns || self.live.to.as_ref().is_some_and(|to| to.name.is_none()),
                retry_storms: self.storms.into(),
                first_contact_after_update_s: (self.after_update_s != NEVER)
                    .then_some(self.after_update_s.into()),
            },
        }
    }
}
