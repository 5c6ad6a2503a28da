//! `gasket demo`: re-enacts known leaks as whole packets, from a fake phone through the engine to a
//! fake internet, and checks on the wire what became of them.

mod act;
mod internet;
mod phone;
mod stage;
mod wire;

use std::io::{self, Write};
use std::process::ExitCode;

use gasket_core::config::AppMode;
use gasket_core::event::Event;
use gasket_core::facts::Protocol;
use gasket_core::policy::Decision;

use act::{Act, Claim, Place};
use stage::live::Live;
use stage::memory::Memory;
use stage::{Played, Stage};

use crate::args::DemoArguments;
use crate::failure::Failure;
use crate::print::{Printer, Scene, fold};
use crate::terminal::{Paint, Tint};

/// Indent of all that belongs to an act.
const INDENT: &str = "   ";

/// Runs the command.
pub(crate) fn run(arguments: &DemoArguments) -> Result<ExitCode, Failure> {
    let acts = act::acts();
    let (mut stage, where_it_plays) = open(arguments, &acts);
    let mut show = Show::new(arguments.json);
    let outcome = show
        .opening(&where_it_plays)
        .and_then(|()| play_all(stage.as_mut(), &acts, &mut show));
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

/// Plays every act without and with blocking; gives the number of claims that did not hold.
fn play_all(stage: &mut dyn Stage, acts: &[Act], show: &mut Show) -> io::Result<usize> {
    let mut failures = 0;
    for (number, act) in (1..).zip(acts) {
        show.title(number, act)?;
        let played = stage.play(act, AppMode::Trust).and_then(|control| {
            let guarded = stage.play(act, AppMode::Guard)?;
            Ok((control, guarded))
        });
        let faults = match &played {
            Ok((control, guarded)) => {
                show.control(act, control)?;
                show.guarded(act, guarded)?;
                faults(act, control, guarded)
            }
            Err(error) => vec![format!("it could not be played: {error}")],
        };
        show.faults(&faults)?;
        failures += usize::from(!faults.is_empty());
    }
    show.closing(acts, failures)?;
    Ok(failures)
}

/// What of the act's claim does not hold; nothing if all is as claimed.
fn faults(act: &Act, control: &Played, guarded: &Played) -> Vec<String> {
    let Some(server) = internet::server_of(act) else {
        return vec!["the fake internet has no such server".to_owned()];
    };
    let mut faults = Vec::new();
    let mut check = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    let (_, sent) = control.wire.at(act.protocol, server);
    check(
        sent == act.payload,
        "unfiltered it does not reach the server either: the run proves nothing",
    );
    let (_, arrived) = guarded.wire.at(act.protocol, server);
    let told = |verdict| {
        let about_it = |event: &&Event| event.verdict == verdict;
        guarded.events.iter().filter(about_it).collect::<Vec<_>>()
    };
    match act.claim {
        Claim::NothingLeaves | Claim::OnlyTheQuestionLeaves => {
            let nothing = if act.claim == Claim::NothingLeaves {
                guarded.wire.is_silent()
            } else {
                guarded.wire.is_silent_but_for(internet::RESOLVER)
            };
            check(nothing, "something of it left");
            let blocked = told(Decision::Block);
            check(!blocked.is_empty(), "no receipt tells of the block");
            check(
                blocked
                    .iter()
                    .all(|event| event.bytes_left == 0 && !event.dialled),
                "the receipt says that something left",
            );
        }
        Claim::ArrivesWithWarning => {
            check(arrived == act.payload, "it did not arrive as it was sent");
            check(!told(Decision::Warn).is_empty(), "no receipt tells of it");
        }
        Claim::Arrives => {
            check(arrived == act.payload, "it did not arrive as it was sent");
            check(guarded.answer == control.answer, "the answer was changed");
            check(guarded.events.is_empty(), "Gasket found fault with it");
        }
    }
    faults
}

/// Writes for people, and events for programs if asked.
struct Show {
    json: bool,
    printer: Printer,
}

impl Show {
    fn new(json: bool) -> Self {
        let paint = if json {
            Paint::for_stream(&io::stderr())
        } else {
            Paint::for_stream(&io::stdout())
        };
        Self {
            json,
            printer: Printer {
                json,
                scene: Scene::Live("the phone"),
                paint,
                zone: jiff::tz::TimeZone::system(),
            },
        }
    }

    /// One or more lines for people.
    fn say(&self, text: &str) -> io::Result<()> {
        if self.json {
            writeln!(io::stderr(), "{text}")
        } else {
            writeln!(io::stdout(), "{text}")
        }
    }

    fn opening(&self, where_it_plays: &str) -> io::Result<()> {
        self.say(&fold(where_it_plays, ""))
    }

    fn title(&self, number: usize, act: &Act) -> io::Result<()> {
        let title = self.printer.paint.tint(Tint::Strong, act.title);
        self.say(&format!("\n{number}. {title}"))?;
        self.say(&self.printer.paint.tint(Tint::Dim, &fold(act.story, INDENT)))
    }

    fn control(&self, act: &Act, control: &Played) -> io::Result<()> {
        self.say(&format!("{INDENT}Unfiltered:  {}", seen(act, control)))
    }

    fn guarded(&self, act: &Act, guarded: &Played) -> io::Result<()> {
        self.say(&format!("{INDENT}With Gasket: {}", seen(act, guarded)))?;
        if !self.json && !guarded.events.is_empty() {
            self.say("")?;
        }
        for event in &guarded.events {
            let mut text = Vec::new();
            self.printer.event(&mut text, event, None)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            if self.json {
                write!(io::stdout(), "{text}")?;
            } else {
                self.say(&indented(&text))?;
            }
        }
        Ok(())
    }

    fn faults(&self, faults: &[String]) -> io::Result<()> {
        for fault in faults {
            let mark = self.printer.paint.tint(Tint::Red, "NOT AS CLAIMED");
            self.say(&format!("{INDENT}{mark}: {fault}"))?;
        }
        Ok(())
    }

    fn closing(&self, acts: &[Act], failures: usize) -> io::Result<()> {
        let count = |claim| acts.iter().filter(|act| act.claim == claim).count();
        if failures > 0 {
            return self.say(&format!(
                "\n{failures} of {} did not go as claimed.",
                acts.len()
            ));
        }
        self.say(&format!(
            "\nChecked on the wire: {} leaks of which not one byte got out, {} reported and let \
             through,\n{} ordinary request unchanged, byte for byte both ways.",
            count(Claim::NothingLeaves) + count(Claim::OnlyTheQuestionLeaves),
            count(Claim::ArrivesWithWarning),
            count(Claim::Arrives),
        ))
    }
}

/// What the wire saw of the act, in words.
fn seen(act: &Act, played: &Played) -> String {
    if played.wire.is_silent_but_for(internet::RESOLVER) {
        let question = match act.to {
            Place::Name(..) if played.wire.is_silent() => ", not even the question where it is",
            Place::Name(..) => "; only the question where it is",
            Place::Address(_) => "",
        };
        let what = match act.protocol {
            Protocol::Tcp => "no byte, no connection attempt (SYN)",
            _ => "no byte, no packet",
        };
        return format!("nothing: {what}{question}.");
    }
    let Some(server) = internet::server_of(act) else {
        return "the fake internet has no such server.".to_owned();
    };
    let (sockets, bytes) = played.wire.at(act.protocol, server);
    let place = match act.to {
        Place::Name(name, _) => format!("{name} ({}), port {}", server.ip(), server.port()),
        Place::Address(_) => format!("{}, port {}", server.ip(), server.port()),
    };
    let whole = if bytes == act.payload {
        ", all that the app sent"
    } else {
        ""
    };
    match (sockets, bytes.len()) {
        (0, _) => format!("nothing reached {place}, but other packets were on the wire."),
        (_, 0) => format!("{place} got a connection, but no byte of it."),
        (_, len) => format!("{place} got {len} bytes{whole}."),
    }
}

fn indented(text: &str) -> String {
    let lines = text.trim_end().lines();
    let lines: Vec<_> = lines.map(|line| format!("{INDENT}{line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(act: &Act, mode: AppMode) -> Played {
        Memory.play(act, mode).expect("it plays")
    }

    #[test]
    fn in_memory_every_claim_holds() {
        for act in act::acts() {
            let (control, guarded) = (play(&act, AppMode::Trust), play(&act, AppMode::Guard));
            let faults = faults(&act, &control, &guarded);
            assert!(faults.is_empty(), "{}: {faults:?}", act.title);
        }
    }

    /// Each claim is refused where blocking is off, and where the control run shows nothing.
    #[test]
    fn the_claims_can_fail() {
        for act in act::acts() {
            let control = play(&act, AppMode::Trust);
            if act.claim != Claim::Arrives {
                let unfiltered = play(&act, AppMode::Trust);
                assert_ne!(
                    faults(&act, &control, &unfiltered),
                    [""; 0],
                    "{}",
                    act.title
                );
            }
            let nothing = || Played {
                events: Vec::new(),
                wire: wire::Wire::default(),
                answer: Vec::new(),
            };
            let told = faults(&act, &nothing(), &play(&act, AppMode::Guard));
            assert!(
                told.iter().any(|fault| fault.contains("proves nothing")),
                "{}: {told:?}",
                act.title
            );
            assert_ne!(faults(&act, &control, &nothing()), [""; 0], "{}", act.title);
        }
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let acts = act::acts();
        let act = acts
            .iter()
            .find(|act| act.claim == Claim::Arrives)
            .expect("an ordinary act");
        let control = play(act, AppMode::Trust);
        for change in [true, false] {
            let mut guarded = play(act, AppMode::Guard);
            let sight = guarded.wire.sights.iter_mut().max_by_key(|s| s.bytes.len());
            let bytes = if change {
                &mut sight.expect("a connection").bytes
            } else {
                &mut guarded.answer
            };
            *bytes.last_mut().expect("a byte") ^= 1;
            assert_eq!(faults(act, &control, &guarded).len(), 1);
        }
    }
}
