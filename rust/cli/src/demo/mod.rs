//! `gasket demo`: re-enacts known leaks as whole packets, from a fake phone through the engine to a
//! fake internet, and checks on the wire what became of them.

mod act;
mod claims;
mod internet;
mod phone;
mod proof;
mod show;
mod stage;
mod wire;

use std::io;
use std::process::ExitCode;

use act::{Act, Claim};
use proof::Proof;
use show::Show;
use stage::live::Live;
use stage::memory::Memory;
use stage::{Played, Stage, Way};

use crate::args::DemoArguments;
use crate::failure::Failure;

/// An act, played in each way.
#[derive(Debug)]
struct Plays {
    control: Played,
    guarded: Played,
    /// Only where the claim is about it.
    answering: Option<Played>,
}

/// Runs the command.
pub(crate) fn run(arguments: &DemoArguments) -> Result<ExitCode, Failure> {
    let acts = act::acts();
    // What can be wrong with the folder is said before anything is played.
    let mut proof = arguments.evidence.as_deref().map(Proof::open).transpose()?;
    let (mut stage, where_it_plays) = open(arguments, &acts);
    let mut show = Show::new(arguments.json, arguments.language.chosen());
    let outcome = show
        .opening(&where_it_plays)
        .and_then(|()| play_all(stage.as_mut(), &acts, &mut show, proof.as_mut()));
    match outcome {
        Ok(0) => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::FAILURE),
        // Whoever read our output has seen enough (`gasket demo | head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Failure::Other(format!("cannot write: {error}"))),
    }
}

/// Sets the scene, in memory if nothing else is possible; says which it is.
fn open(arguments: &DemoArguments, acts: &[Act]) -> (Box<dyn Stage>, String) {
    const IN_MEMORY: &str = "The packets go through the engine's core in memory, without sockets: \
                             what \"the wire\" saw is what the core gave out to be sent.";
    if arguments.in_memory {
        return (Box::new(Memory), IN_MEMORY.to_owned());
    }
    match Live::open(acts) {
        Ok(live) => (
            Box::new(live),
            "A phone, Gasket's engine and an internet, all in a network namespace of this machine \
             that has no way out. What the wire saw is what the internet's own interface captured."
                .to_owned(),
        ),
        Err(obstacle) => (
            Box::new(Memory),
            format!("No network namespace can be had here: {obstacle}\n{IN_MEMORY}"),
        ),
    }
}

/// Plays every act in each way; gives the number of claims that did not hold.
fn play_all(
    stage: &mut dyn Stage,
    acts: &[Act],
    show: &mut Show,
    mut proof: Option<&mut Proof>,
) -> io::Result<usize> {
    let mut failures = 0;
    for (number, act) in (1..).zip(acts) {
        show.title(number, act)?;
        let faults = match play(stage, act) {
            Ok(plays) => {
                show.played(act, &plays)?;
                if let Some(proof) = &mut proof {
                    proof.note(&plays.guarded.events)?;
                    if let Some(answering) = &plays.answering {
                        proof.note(&answering.events)?;
                    }
                }
                claims::faults(act, &plays)
            }
            Err(error) => vec![format!("it could not be played: {error}")],
        };
        show.faults(&faults)?;
        failures += usize::from(!faults.is_empty());
    }
    show.closing(acts, failures)?;
    if let Some(proof) = proof {
        let faults = proof.show(show)?;
        show.faults(&faults)?;
        failures += usize::from(!faults.is_empty());
    }
    Ok(failures)
}

fn play(stage: &mut dyn Stage, act: &Act) -> Result<Plays, String> {
    Ok(Plays {
        control: stage.play(act, Way::Unfiltered)?,
        guarded: stage.play(act, Way::Guarded)?,
        answering: match act.claim {
            Claim::Answered => Some(stage.play(act, Way::Answering)?),
            _ => None,
        },
    })
}
