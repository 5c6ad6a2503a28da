//! Random lives of a phone against the reference (`gasket_tests::phone`). A life that fails is shrunk to a file.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;
use std::{env, fs};

use gasket_tests::phone::{self, Figures, Life};

/// Bytes of a life: some two hundred steps.
const LEN: usize = 600;

/// The longest that nothing is done on the days that go on.
const PAUSE_MS: u64 = 30 * 60_000;

const DAY_S: u64 = 24 * 3600;

/// Bytes of what was last done that are looked through for what went wrong.
const RECENT: usize = 4 * LEN;

/// Kilobytes by which the process may grow after its first two days.
const GROWTH_KB: u64 = 32 * 1024;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

#[test]
fn random_lives_go_as_the_reference_says() {
    let total = lives("seed", 0..120, script);
    assert!(total.steps >= 20_000, "{total:?}");
    let everything = [
        total.blocked,
        total.warned,
        total.refused,
        total.datagrams,
        total.questions,
        total.asked,
        total.ran_out,
        total.refused_by_user,
    ];
    assert!(everything.iter().all(|count| *count > 100), "{total:?}");
    let questions = [
        total.joined,
        total.allowed,
        total.denied,
        total.as_before,
        total.given_up,
        total.unasked,
    ];
    assert!(questions.iter().all(|count| *count > 5), "{total:?}");
}

/// Lives in which little is done but to ask the user, and to answer.
#[test]
fn lives_full_of_questions_go_as_the_reference_says() {
    let total = lives("asking", 0..40, asking);
    let everything = [
        total.asked,
        total.joined,
        total.allowed,
        total.denied,
        total.ran_out,
        total.as_before,
        total.given_up,
        total.too_many,
        total.exhausted,
        total.answers_to_nothing,
    ];
    assert!(everything.iter().all(|count| *count > 20), "{total:?}");
}

fn lives(name: &str, seeds: Range<u64>, script: fn(u64, usize) -> Vec<u8>) -> Figures {
    let mut total = Figures::default();
    for seed in seeds {
        let script = script(seed, LEN);
        match quietly(|| phone::run(&script)) {
            Ok(figures) => total.add(&figures),
            Err(_) => panic!(
                "seed {seed}: {}",
                shrunk(&format!("{name}-{seed}"), &script, phone::run)
            ),
        }
    }
    println!("{total:?}");
    total
}

/// One life, named by GASKET_SIM_INPUT: how a failure is looked at.
#[test]
fn the_life_named_in_the_environment_is_replayed() {
    let Some(file) = env::var_os("GASKET_SIM_INPUT") else {
        return;
    };
    let script = fs::read(&file).expect("a readable input");
    let figures = phone::run_watched(&script, |step| println!("{step}"));
    println!("{figures:?}");
}

/// A false expectation, that nothing is ever blocked, must come down to the few steps that refute it.
#[test]
fn a_failure_is_shrunk_to_a_file_that_still_fails() {
    let nothing_is_blocked = |script: &[u8]| {
        let figures = phone::run(script);
        assert_eq!(figures.blocked, 0);
        figures
    };
    let script = script(1, LEN);
    assert!(quietly(|| nothing_is_blocked(&script)).is_err());
    let told = shrunk("planted", &script, nothing_is_blocked);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/sim/planted");
    let shorter = fs::read(file).expect("the file it was shrunk to");
    assert!(quietly(|| nothing_is_blocked(&shorter)).is_err());
    assert!(shorter.len() <= 6, "{told}");
    assert!(told.contains("replay: GASKET_SIM_INPUT="), "{told}");
}

/// Six hours of a phone that is never at rest; 24 days with GASKET_TEST_FULL.
#[test]
fn days_leave_nothing_behind() {
    let is_full = env::var_os("GASKET_TEST_FULL").is_some();
    let end = if is_full { 24 * DAY_S } else { DAY_S / 4 };
    let mut life = Life::new();
    let mut grown_from = None;
    let mut seed = 1_000_000;
    let mut recent = Vec::new();
    while life.seconds() < end {
        seed += 1;
        recent.drain(..recent.len().saturating_sub(RECENT));
        recent.extend(script(seed, LEN));
        if let Err(why) = quietly(|| life.live(&recent[recent.len() - LEN..], PAUSE_MS, |_| {})) {
            // Where it needs more than what was last, there is nothing shorter to show.
            let alone = quietly(|| live(&recent)).is_err();
            let told = alone.then(|| shrunk("day", &recent, live));
            panic!("second {}, seed {seed}: {why}\n{told:?}", life.seconds());
        }
        if life.seconds() >= 2 * DAY_S && grown_from.is_none() {
            grown_from = resident_kb();
        }
    }
    let seconds = life.seconds();
    let figures = life.end();
    println!(
        "{seconds} s, {figures:?}, resident kB {grown_from:?} -> {:?}",
        resident_kb()
    );
    if let (Some(before), Some(after)) = (grown_from, resident_kb()) {
        assert!(after < before + GROWTH_KB, "{before} kB -> {after} kB");
    }
    assert!(figures.blocked > 0 && figures.up > 0 && figures.down > 0);
}

/// A life whose pauses are as short as those of the days.
fn live(script: &[u8]) -> Figures {
    let mut life = Life::new();
    life.live(script, PAUSE_MS, |_| {});
    life.end()
}

/// Kilobytes of this process that are in memory.
fn resident_kb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn script(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut byte = || {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 56) as u8
    };
    (0..len).map(|_| byte()).collect()
}

/// A script whose steps are all about questions to the user.
fn asking(seed: u64, len: usize) -> Vec<u8> {
    let mut script = script(seed, len);
    for step in script.chunks_mut(3) {
        step[0] |= 224;
        if seed % 2 == 1 {
            // All of it one app's, which comes to ask too much.
            step[1] &= 0xf0;
        }
    }
    script[0] = 255;
    script
}

/// What `run` gives, or how it panicked, without a word on the terminal.
fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                before(info);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    IS_QUIET.set(false);
    result.map_err(|why| {
        let text = why.downcast_ref::<String>().cloned();
        let fixed = || why.downcast_ref::<&str>().map(|text| String::from(*text));
        text.or_else(fixed).unwrap_or_default()
    })
}

/// Shrinks a life that fails; gives what happens in it, how it fails, and the line that replays it.
fn shrunk(name: &str, script: &[u8], run: impl Fn(&[u8]) -> Figures) -> String {
    // Another failure that is met on the way is another story.
    let beginning = |why: String| why.chars().take(16).collect::<String>();
    let failure = |script: &[u8]| quietly(|| run(script)).err().map(beginning);
    let first = failure(script);
    let script = phone::shrink(script, |script| failure(script) == first);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/sim");
    fs::create_dir_all(&folder).expect("a folder for findings");
    let file = folder.join(name);
    fs::write(&file, &script).expect("a file for a finding");
    let why = quietly(|| run(&script)).expect_err("it fails");
    let mut steps = String::new();
    let _ = quietly(|| phone::run_watched(&script, |step| steps = format!("{steps}{step}\n")));
    format!(
        "{why}\n{steps}replay: GASKET_SIM_INPUT={} cargo test -p gasket-tests --test sim replayed",
        file.display(),
    )
}
