//! The figures as plain text.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use gasket_core::tables::Places;

use super::measure::{Alarms, Found, Score, measure};
use super::phone::Sort;
use super::planted::KINDS;

pub(crate) const SORTS: [Sort; 3] = [Sort::Ten, Sort::One, Sort::None];

/// Each phone has a seed of its own, whatever the number of phones. `GASKET_LOT` (1 unless set) has others of all.
pub(crate) fn seed(sort: usize, number: u64) -> u64 {
    let lot = std::env::var("GASKET_LOT").map_or(1, |lot| lot.parse().expect("a number"));
    (lot - 1) * 1_000_000_000 + sort as u64 * 1_000_000 + number + 1
}

/// So many phones of each sort, measured by as many threads as there are processors.
pub(crate) fn measure_all(phones: u64, places: &Places) -> Score {
    let (next, all) = (AtomicU64::new(0), Mutex::new(Score::default()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= phones * SORTS.len() as u64 {
                        break;
                    }
                    let sort = turn as usize % SORTS.len();
                    let number = turn / SORTS.len() as u64;
                    let score = measure(seed(sort, number), SORTS[sort], places);
                    all.lock().expect("no thread panics").merge(&score);
                }
            });
        }
    });
    all.into_inner().expect("no thread panicked")
}

pub(crate) fn told(phones: u64, score: &Score) -> String {
    let mut text = String::new();
    let mut line = |of: String| {
        let _ = writeln!(text, "{of}");
    };
    line(format!(
        "{phones} phones with ten beacons of each kind, {phones} with one, {phones} with none"
    ));
    line(format!(
        "{} connections shown, {} taken; state {} bytes at most",
        score.shown, score.taken, score.bytes
    ));
    if score.strange > 0 {
        line(format!(
            "{} verdicts on unknown destinations",
            score.strange
        ));
    }
    line("\nFound by the event that the measure asks for (share, Wilson 95 %)".to_owned());
    for kind in KINDS {
        let found = score.kinds.get(&kind).copied().unwrap_or_default();
        let label = format!("{}, by the {}th", kind.told(), kind.by());
        line(format!("  {label:<29}{}", found.by_then.told()));
    }
    line("\nFound by other events".to_owned());
    for ((kind, by), share) in score.by.iter().filter(|(_, share)| share.of > 0) {
        let label = format!("{}, by the {by}th", kind.told());
        line(format!("  {label:<29}{}", share.told()));
    }
    line("\nFound within the month, of those with eight events or more".to_owned());
    line(format!("  {:<29}share; told as other, silent", ""));
    for kind in KINDS {
        let found = score.kinds.get(&kind).copied().unwrap_or_default();
        line(month(kind.told(), found));
    }
    line("\nThe same on phones with one beacon of each kind".to_owned());
    for (kind, found) in &score.alone {
        line(month(kind.told(), *found));
    }
    line("\nBy case: by the event asked for".to_owned());
    for (case, found) in &score.cases {
        line(format!("  {:<29}{}", case.told(), found.by_then.told()));
    }
    line("\nBy case: within the month".to_owned());
    for (case, found) in &score.cases {
        line(month(case.told(), *found));
    }
    line("\nBy kind and case: by the event asked for, within the month".to_owned());
    for ((kind, case), found) in &score.both {
        let then = format!("{} of {}", found.by_then.hits, found.by_then.of);
        let within = format!("{} of {}", found.in_month.hits, found.in_month.of);
        line(format!(
            "  {:<11}{:<29}{then:<14}{within}",
            kind.told(),
            case.told()
        ));
    }
    line("\nBy how phones start anew: within the month".to_owned());
    for ((boots, kind), found) in &score.boots {
        line(month(&format!("{boots:?}, {}", kind.told()), *found));
    }
    line("\nPlanted beacons told of as something else (verdicts)".to_owned());
    for ((kind, what), count) in &score.mistaken {
        line(format!("  {:<12}{what:<24}{count}", kind.told()));
    }
    line("\nOrdinary apps told of, a phone and month".to_owned());
    let mut all = Alarms::default();
    for (alarms, name) in score
        .alarms
        .iter()
        .zip(["ten of each", "one of each", "none"])
    {
        for text in told_alarms(name, alarms) {
            line(text);
        }
        all.add(alarms);
    }
    for text in told_alarms("all", &all) {
        line(text);
    }
    for (true_of_it, head) in [(false, "Not so"), (true, "True of the app by its design")] {
        line(format!("\n{head}: what was told of which apps (verdicts)"));
        let mut rows: Vec<_> = score
            .told
            .iter()
            .filter(|row| row.0.0 == true_of_it)
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.1));
        for ((_, kind, what), count) in rows {
            line(format!("  {kind:<32}{what:<24}{count}"));
        }
    }
    text
}

fn month(label: &str, found: Found) -> String {
    format!(
        "  {label:<29}{}; {}, {}",
        found.in_month.told(),
        found.otherwise,
        found.silent
    )
}

fn told_alarms(name: &str, alarms: &Alarms) -> [String; 4] {
    let each = |count: usize| count as f64 / alarms.phones.max(1) as f64;
    [
        format!(
            "  {name:<14}{:.3} verdicts ({} of {} phones), {:.3} not so ({})",
            each(alarms.verdicts),
            alarms.verdicts,
            alarms.phones,
            each(alarms.not_so),
            alarms.not_so
        ),
        format!(
            "  {:<14}{:.3} of apps that came with the phone, {:.3} not so",
            "",
            each(alarms.of_system),
            each(alarms.of_system_not_so)
        ),
        format!(
            "  {:<14}{} pairs; {} at most on a phone",
            "", alarms.pairs, alarms.most
        ),
        format!(
            "  {:<14}none told on {}\n  {:<14}none not so on {}",
            "",
            alarms.calm.told(),
            "",
            alarms.without_wrong.told()
        ),
    ]
}
