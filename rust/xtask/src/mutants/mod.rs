//! `cargo xtask mutants`: every small change that cargo-mutants can think of in what decides (policy, flow, inspection),
//! one at a time, each of which a test is to notice.
//!
//! Built one by one, 4,300 of them would take more than a day. So the list is cargo-mutants', but all are built at once,
//! each behind a switch (`switch.rs`); and a mutant is shown only to the tests that reach it. What stands where nothing can be switched, in
//! constants above all, is built by itself.

mod list;
mod suite;
mod switch;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use list::Mutant;
use suite::{Ended, Program, Refusal, Test};
use switch::{Id, Placed};

use crate::planted::copy_sources;
use crate::{root, workers};

/// What is changed.
const GLOBS: [&str; 5] = [
    "rust/core/src/policy.rs",
    "rust/core/src/policy/**",
    "rust/core/src/flow.rs",
    "rust/core/src/flow/**",
    "rust/core/src/inspect/**",
];

/// Survivors that somebody has looked at, in files of any name: file, change, place, and why no test need notice, between tabs.
const JUDGED: &str = "tests/mutants";

/// What was not noticed by the last run, in the folder of builds: lines as in [`JUDGED`], without the reason.
const SURVIVORS: &str = "survivors.tsv";

/// Tests that are run before the others: most mutants need no more.
const FIRST: usize = 8;

/// Slower tests are left out: what survives the others would have to be shown to them, hundreds of times.
const MOST: Duration = Duration::from_secs(5);

const WORKERS: usize = 2;

/// `cargo xtask mutants [--survivors | --unswitched] [PART…]`: tries the mutants of the files whose path contains one of the parts, or all; or
/// of these only those that the last run told as survivors, or that are built one by one. The exit code says whether every survivor was judged.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let (which, parts) = match arguments {
        [flag, parts @ ..] if flag == "--survivors" => (Which::Survivors, parts),
        [flag, parts @ ..] if flag == "--unswitched" => (Which::Unswitched, parts),
        parts => (Which::All, parts),
    };
    match try_all(parts, which) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Those that the last run told as survivors.
    Survivors,
    /// Those that are built one by one.
    Unswitched,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Noticed,
    /// Noticed, by a test or a build that came to no end.
    Hung,
    /// It does not build.
    Refused,
    Survived,
    /// It survived, and no test comes there.
    Unreached,
}

fn try_all(parts: &[String], which: Which) -> Result<bool, String> {
    let folder = root().join("target/mutants");
    let mut mutants = list::read(&GLOBS)?;
    mutants.retain(|one| parts.is_empty() || parts.iter().any(|part| one.file.contains(part)));
    if which == Which::Survivors {
        let survivors = read(&folder.join(SURVIVORS))?;
        let survivors: BTreeSet<&str> = survivors.lines().collect();
        let mut left = Vec::new();
        for mutant in mutants {
            if survivors.contains(&*key(&mutant)?) {
                left.push(mutant);
            }
        }
        mutants = left;
    }
    if mutants.is_empty() {
        return Err("no such mutant".to_owned());
    }
    println!("{} mutants", mutants.len());
    let mut fates = vec![None; mutants.len()];
    let (programs, placed) = build_switched(&mutants, &folder, &mut fates)?;
    if which == Which::Unswitched {
        let is_placed: BTreeSet<Id> = placed.into_iter().collect();
        let all = mutants.into_iter().zip(fates).enumerate();
        let alone = all.filter(|(id, _)| !is_placed.contains(id));
        (mutants, fates) = alone.map(|(_, one)| one).unzip();
    } else {
        switched(&mutants, &programs, &placed, &folder, &mut fates)?;
    }
    one_by_one(&mutants, &folder, &mut fates)?;
    report(&mutants, &fates, &folder)
}

/// Builds all that can be switched, and says which those are.
fn build_switched(
    mutants: &[Mutant],
    folder: &Path,
    fates: &mut [Option<Fate>],
) -> Result<(Vec<Program>, Vec<Id>), String> {
    let tree = folder.join("switched");
    copy_sources(&tree)?;
    let library = tree.join("rust/core/src/lib.rs");
    let text = read(&library)?;
    write(&library, &format!("{text}\nmod mutation;\n"))?;
    write(&tree.join("rust/core/src/mutation.rs"), switch::MODULE)?;
    let (programs, placed) = build(mutants, &tree, folder, fates)?;
    println!("{} behind switches", placed.len());
    Ok((programs, placed))
}

/// Tries all that can be switched.
fn switched(
    mutants: &[Mutant],
    programs: &[Program],
    placed: &[Id],
    folder: &Path,
    fates: &mut [Option<Fate>],
) -> Result<(), String> {
    let suite::Reached { tests, by_mutant } = suite::reached(programs, folder)?;
    let quick = |test: &&usize| tests[**test].took <= MOST;
    let (count, slow) = (tests.len(), tests.iter().filter(|test| test.took > MOST));
    let slow: Vec<&str> = slow.map(|test| &*test.name).collect();
    println!("{count} tests, left out as slow: {}", slow.join(", "));

    each(placed, mutants, fates, |_, id| {
        let reaching = by_mutant.get(&id).into_iter().flatten();
        let reaching = reaching.filter(quick).map(|&test| &tests[test]);
        fate(id, reaching.collect(), programs)
    })
}

/// Finds the fate of each, several at once; `find` is also told which of the workers asks.
fn each(
    ids: &[Id],
    mutants: &[Mutant],
    fates: &mut [Option<Fate>],
    find: impl Fn(usize, Id) -> Result<Fate, String> + Sync,
) -> Result<(), String> {
    let found = workers::each(ids, WORKERS, |worker, &id| {
        let fate = find(worker, id);
        tell(&mutants[id], fate.as_ref().ok());
        fate
    });
    for (&id, fate) in ids.iter().zip(found) {
        fates[id] = Some(fate?);
    }
    Ok(())
}

/// Puts the mutants behind switches, and leaves out what the compiler refuses until it refuses nothing.
fn build(
    mutants: &[Mutant],
    tree: &Path,
    folder: &Path,
    fates: &mut [Option<Fate>],
) -> Result<(Vec<Program>, Vec<Id>), String> {
    let mut by_file: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for (id, mutant) in mutants.iter().enumerate() {
        by_file.entry(&mutant.file).or_default().push(id);
    }
    // Those that are left to be built by themselves.
    let mut alone: Vec<Id> = Vec::new();
    let mut placed: HashMap<&str, Vec<Placed>> = HashMap::new();
    let mut stale: Vec<&str> = by_file.keys().copied().collect();
    loop {
        for file in stale.drain(..) {
            let numbered: Vec<(Id, &Mutant)> = by_file[file]
                .iter()
                .filter(|&&id| fates[id].is_none() && !alone.contains(&id))
                .map(|&id| (id, &mutants[id]))
                .collect();
            let source = read(&root().join(file))?;
            let switched =
                switch::switched(&source, &numbered).map_err(|error| format!("{file}: {error}"))?;
            for id in switched.refused {
                fates[id] = Some(Fate::Refused);
            }
            write(&tree.join(file), &switched.text)?;
            placed.insert(file, switched.placed);
        }
        let refusals = match suite::build(tree, &folder.join("target"))? {
            Ok(programs) => {
                let mut ids: Vec<Id> = placed.values().flatten().map(|one| one.id).collect();
                ids.sort_unstable();
                return Ok((programs, ids));
            }
            Err(refusals) => refusals,
        };
        println!("{} errors of the compiler", refusals.len());
        for refusal in &refusals {
            let Some((file, of_file)) = placed.get_key_value(refusal.file.as_str()) else {
                continue;
            };
            if blame(refusal, of_file, fates, &mut alone) && !stale.contains(file) {
                stale.push(file);
            }
        }
        if stale.is_empty() {
            let Refusal {
                file, why, bytes, ..
            } = &refusals[0];
            return Err(format!("{file}, byte {}: {why}", bytes.start));
        }
    }
}

/// Finds the mutant that an error is about; or where it is about the whole of several, leaves these to be built by themselves.
fn blame(
    refusal: &Refusal,
    placed: &[Placed],
    fates: &mut [Option<Fate>],
    alone: &mut Vec<Id>,
) -> bool {
    let at = refusal.bytes.start;
    if let Some(one) = placed.iter().find(|one| one.code.contains(&at)) {
        fates[one.id] = Some(Fate::Refused);
        return true;
    }
    let around = placed.iter().filter(|one| one.around.contains(&at));
    let Some(narrowest) = around.min_by_key(|one| one.around.len()) else {
        return false;
    };
    let same = placed.iter().filter(|one| one.around == narrowest.around);
    alone.extend(same.map(|one| one.id));
    true
}

/// Shows a mutant to the tests that reach it, the quickest first.
fn fate(id: Id, mut reaching: Vec<&Test>, programs: &[Program]) -> Result<Fate, String> {
    if reaching.is_empty() {
        return Ok(Fate::Unreached);
    }
    reaching.sort_by_key(|test| (test.program, test.took));
    for of_program in reaching.chunk_by(|one, other| one.program == other.program) {
        let program = &programs[of_program[0].program];
        let (first, rest) = of_program.split_at(FIRST.min(of_program.len()));
        for some in [first, rest] {
            if some.is_empty() {
                continue;
            }
            match suite::run(program, some, id)? {
                Ended::Passed => {}
                Ended::Failed => return Ok(Fate::Noticed),
                Ended::Stopped => return Ok(Fate::Hung),
            }
        }
    }
    Ok(Fate::Survived)
}

/// Builds what has no switch, and shows it to the core's own tests.
fn one_by_one(mutants: &[Mutant], folder: &Path, fates: &mut [Option<Fate>]) -> Result<(), String> {
    let left: Vec<Id> = (0..mutants.len())
        .filter(|&id| fates[id].is_none())
        .collect();
    println!("{} have no switch and are built one by one", left.len());
    each(&left, mutants, fates, |worker, id| {
        let tree = folder.join(format!("plain-{worker}"));
        alone(
            &mutants[id],
            &tree,
            &folder.join(format!("target-{worker}")),
        )
    })
}

fn alone(mutant: &Mutant, tree: &Path, target: &Path) -> Result<Fate, String> {
    copy_sources(tree)?;
    let path = tree.join(&mutant.file);
    write(&path, &mutant.applied(&read(&path)?))?;
    let program = match suite::build_core(tree, target)? {
        Ok(program) => program,
        Err(refusals) if refusals.is_empty() || refusals.iter().any(|one| one.is_endless) => {
            return Ok(Fate::Hung);
        }
        Err(_) => return Ok(Fate::Refused),
    };
    Ok(match suite::run_all(&program)? {
        Ended::Passed => Fate::Survived,
        Ended::Failed => Fate::Noticed,
        Ended::Stopped => Fate::Hung,
    })
}

fn tell(mutant: &Mutant, fate: Option<&Fate>) {
    if let Some(fate @ (Fate::Survived | Fate::Unreached | Fate::Hung)) = fate {
        let Mutant {
            file, what, span, ..
        } = mutant;
        println!("{fate:?} {file}:{}:{}: {what}", span.0.line, span.0.column);
    }
}

/// Prints the table and the survivors nobody has judged; whether there are none.
fn report(mutants: &[Mutant], fates: &[Option<Fate>], folder: &Path) -> Result<bool, String> {
    let judged = judged(&root().join(JUDGED))?;
    let mut table: BTreeMap<String, [usize; 5]> = BTreeMap::new();
    let (mut open, mut gone) = (Vec::new(), Vec::new());
    let mut survivors = 0;
    for (mutant, fate) in mutants.iter().zip(fates) {
        let fate = fate.ok_or_else(|| format!("{}: {} was not tried", mutant.file, mutant.what))?;
        for room in [room_of(&mutant.file), "all".to_owned()] {
            table.entry(room).or_default()[fate as usize] += 1;
        }
        let key = key(mutant)?;
        let is_judged = judged.contains(&key);
        if matches!(fate, Fate::Survived | Fate::Unreached) {
            survivors += 1;
            if !is_judged {
                open.push(key);
            }
        } else if is_judged {
            gone.push(key);
        }
    }
    println!(
        "\n| room | mutants that build | noticed | of these by no end | survived | no test comes there | noticed, % |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (room, [noticed, hung, _, survived, unreached]) in &table {
        let caught = noticed + hung;
        let all = caught + survived + unreached;
        let share = 100.0 * caught as f64 / all.max(1) as f64;
        println!("| {room} | {all} | {caught} | {hung} | {survived} | {unreached} | {share:.1} |");
    }
    let path = folder.join(SURVIVORS);
    write(&path, &(open.join("\n") + "\n"))?;
    println!(
        "{survivors} survivors, {} of them not judged: {}",
        open.len(),
        path.display()
    );
    for gone in gone {
        println!("judged, and no survivor any more: {gone}");
    }
    Ok(open.is_empty())
}

/// What a mutant is called, whatever comes before it in its file.
fn key(mutant: &Mutant) -> Result<String, String> {
    let source = read(&root().join(&mutant.file))?;
    let Mutant { file, what, .. } = mutant;
    Ok(format!("{file}\t{what}\t{}", mutant.marked(&source)))
}

/// What has been judged, without the reasons.
fn judged(folder: &Path) -> Result<BTreeSet<String>, String> {
    let mut judged = BTreeSet::new();
    let files = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for file in files {
        let path = file.map_err(|error| error.to_string())?.path();
        for line in read(&path)?.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [file, what, place, why] = fields[..] else {
                return Err(format!("{}: not four fields: {line}", path.display()));
            };
            if why.trim().is_empty() {
                return Err(format!("{}: no reason: {line}", path.display()));
            }
            judged.insert([file, what, place].join("\t"));
        }
    }
    Ok(judged)
}

/// `inspect/content/known` for `rust/core/src/inspect/content/known/scan.rs`.
fn room_of(file: &str) -> String {
    let within = file.strip_prefix("rust/core/src/").unwrap_or(file);
    let room = within.rsplit_once('/').map_or(within, |(room, _)| room);
    room.trim_end_matches(".rs").to_owned()
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// What is the same keeps its time, so that nothing is built for it.
fn write(path: &PathBuf, text: &str) -> Result<(), String> {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A judgement is about code: what is not in the sources any more is judged no more.
    #[test]
    fn what_is_judged_stands_in_the_sources() {
        let judged = judged(&root().join(JUDGED)).expect("four fields each");
        for key in &judged {
            let fields: Vec<&str> = key.split('\t').collect();
            let source = read(&root().join(fields[0])).expect("a source");
            let place = fields[2].replace(['⟦', '⟧'], "");
            let is_there = source.lines().any(|line| line.trim() == place);
            assert!(is_there, "{key}");
        }
    }
}
