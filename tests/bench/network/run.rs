//! One run: every task for every contender, in turn, round after round.

use std::fs;
use std::io;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::contender::{Contender, Running};
use crate::document;
use crate::figures::{MTUS, SHORT, TRANSFERS, Task};
use crate::machine::Machine;
use crate::measure::{self, Bench};
use crate::programs;
use crate::remote::Remote;
use crate::results::Results;
use crate::world;

/// Rounds and their windows.
const WHOLE: (usize, Duration) = (3, Duration::from_secs(1));
const QUICK: (usize, Duration) = (2, Duration::from_millis(400));

/// The same over the lossy path, where chance has more to say.
const LOSSY: (usize, Duration) = (5, Duration::from_secs(5));
const LOSSY_QUICK: (usize, Duration) = (2, Duration::from_secs(2));

/// Descriptors for ten thousand connections and some.
const DESCRIPTORS: u64 = 16_384;

/// Measures what the arguments ask for, and tells.
pub(crate) fn run(arguments: &Arguments) -> io::Result<()> {
    raise_descriptor_limit()?;
    world::build()?;
    let machine = Machine::look(world::congestion_control()?);
    let (rounds, window) = if arguments.is_quick { QUICK } else { WHOLE };
    let mut bench = Bench {
        server: Remote::start(world::SERVER, &["server"])?,
        window,
    };
    // Answers once its services are there.
    bench.server.ask("count")?;
    let mut results = Results::default();
    let mut contenders = Vec::new();
    for contender in Contender::ALL {
        match contender.missing(arguments) {
            Some(why) => results.missing.push((contender, why)),
            None => contenders.push(contender),
        }
    }
    for mtu in MTUS {
        let tasks = tasks(mtu, arguments);
        if !tasks.is_empty() {
            in_turn(
                &mut bench,
                mtu,
                &tasks,
                rounds,
                &contenders,
                arguments,
                &mut results,
            );
        }
    }
    if arguments.wants("idle") {
        idle(&mut bench, &contenders, arguments, &mut results);
    }
    if arguments.wants("programs")
        && let Err(error) = programs::run(&mut bench.server, arguments, &mut results)
    {
        results
            .failures
            .push(format!("programs through `gasket run`: {error}"));
    }
    if arguments.wants("lossy")
        && let Err(error) = lossy(arguments, &mut results)
    {
        results.failures.push(format!("the lossy path: {error}"));
    }
    if arguments.wants("endurance") && !arguments.is_quick {
        endure(arguments, &mut results);
    }
    let text = document::text(&results, &machine);
    println!("\n{text}");
    if let Some(path) = &arguments.json {
        fs::write(path, format!("{:#}\n", document::json(&results, &machine)))?;
    }
    if let Some(path) = &arguments.document {
        document::replace(path, &text)?;
    }
    Ok(())
}

/// The tasks at an MTU that are wanted.
fn tasks(mtu: u16, arguments: &Arguments) -> Vec<Task> {
    let short: &[Task] = if mtu == MTUS[0] { &SHORT } else { &[] };
    let tasks = TRANSFERS.iter().chain(short).copied();
    tasks
        .filter(|task| arguments.wants(&task.name(mtu)))
        .collect()
}

/// All tasks at one MTU, so that what disturbs the machine for a while disturbs all contenders.
fn in_turn(
    bench: &mut Bench,
    mtu: u16,
    tasks: &[Task],
    rounds: usize,
    contenders: &[Contender],
    arguments: &Arguments,
    results: &mut Results,
) {
    let mut running = Vec::new();
    let has_round_trips = tasks.iter().any(|task| task.is_round_trip());
    for contender in contenders {
        if *contender == Contender::Copy && !has_round_trips {
            continue;
        }
        match Running::start(*contender, mtu, arguments) {
            Ok(started) => running.push(started),
            Err(error) => results
                .failures
                .push(format!("{contender} did not start at MTU {mtu}: {error}")),
        }
    }
    for round in 0..rounds {
        for task in tasks {
            // Nobody is always the one after the same other.
            let count = running.len().max(1);
            running.rotate_left(1 % count);
            for running in &mut running {
                if running.contender == Contender::Copy && !task.is_round_trip() {
                    continue;
                }
                let name = task.name(mtu);
                let outcome = running
                    .resume()
                    .and_then(|()| bench.measure(*task, mtu, running, results))
                    .and_then(|()| running.pause());
                let contender = running.contender;
                match outcome {
                    Ok(()) => progress(round, &name, contender, results),
                    Err(error) => {
                        let failure =
                            format!("{name} of {contender}, round {}: {error}", round + 1);
                        eprintln!("{failure}");
                        results.failures.push(failure);
                        gap(&name, contender, results);
                    }
                }
            }
        }
    }
}

/// Keeps the place of a sample that is not to be had.
fn gap(name: &str, contender: Contender, results: &mut Results) {
    let main = format!("{name} ");
    let figures: Vec<_> = results
        .rows
        .iter()
        .map(|row| &row.figure)
        .filter(|figure| figure.name == name || figure.name.starts_with(&main))
        .cloned()
        .collect();
    for figure in figures {
        results.add(figure, contender, f64::NAN);
    }
}

fn progress(round: usize, name: &str, contender: Contender, results: &Results) {
    let prefix = format!("{name} ");
    let row = results.row(name).or_else(|| {
        results
            .rows
            .iter()
            .find(|row| row.figure.name.starts_with(&prefix))
    });
    if let Some(row) = row
        && let Some(sample) = row.of(contender).last()
    {
        let unit = row.figure.unit;
        eprintln!(
            "round {}  {name:<16} {contender:<12} {sample:>9.2} {unit}",
            round + 1
        );
    }
}

/// Idle connections, each contender fresh. The short run leaves the peers out.
fn idle(bench: &mut Bench, contenders: &[Contender], arguments: &Arguments, results: &mut Results) {
    for contender in contenders {
        let is_engine = !matches!(contender, Contender::Veth | Contender::Copy);
        if !is_engine || arguments.is_quick && *contender != Contender::Gasket {
            continue;
        }
        eprintln!("idle connections: {contender}");
        let outcome = Running::start(*contender, MTUS[0], arguments).and_then(|mut running| {
            running.resume()?;
            bench.idle(&mut running, results)
        });
        if let Err(error) = outcome {
            results
                .failures
                .push(format!("idle connections of {contender}: {error}"));
        }
    }
}

/// One flow over a path of [`lossy::DELAY`] and [`lossy::LOSS_OF`], straight and through Gasket in turn.
fn lossy(arguments: &Arguments, results: &mut Results) -> io::Result<()> {
    let (rounds, window) = if arguments.is_quick {
        LOSSY_QUICK
    } else {
        LOSSY
    };
    let (_path, server) = world::build_far()?;
    let mut bench = Bench { server, window };
    let mut running = Vec::new();
    for contender in [Contender::Veth, Contender::Gasket] {
        running.push(Running::start_towards(
            world::FAR_ADDRESS,
            contender,
            MTUS[0],
            arguments,
        )?);
    }
    for round in 0..rounds {
        running.rotate_left(1);
        for running in &mut running {
            running.resume()?;
            bench.lossy(running, results)?;
            running.pause()?;
            for name in measure::LOSSY {
                progress(round, name, running.contender, results);
            }
        }
    }
    Ok(())
}

fn endure(arguments: &Arguments, results: &mut Results) {
    eprintln!("100,000 connections: Gasket");
    let outcome = Running::start(Contender::Gasket, MTUS[0], arguments).and_then(|mut running| {
        running.resume()?;
        measure::endure(&mut running)
    });
    match outcome {
        Ok(endurance) => results.endurance = endurance,
        Err(error) => results
            .failures
            .push(format!("100,000 connections: {error}")),
    }
}

/// For everything that is started here, too.
fn raise_descriptor_limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.maximum.is_some_and(|most| most < DESCRIPTORS) {
        let most = limit.maximum.unwrap_or(0);
        eprintln!("only {most} descriptors here: 10,000 connections will not be had");
    }
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}
