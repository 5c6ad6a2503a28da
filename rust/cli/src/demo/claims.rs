//! What a run must show, and what of it does not hold.

use gasket_core::event::Event;
use gasket_core::policy::Decision;

use super::act::{Act, CONTENT, Claim};
use super::{Plays, internet};

/// What of the act's claim does not hold; nothing if all is as claimed.
pub(super) fn faults(act: &Act, plays: &Plays) -> Vec<String> {
    let (control, guarded) = (&plays.control, &plays.guarded);
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
        Claim::NothingLeaves | Claim::OnlyTheQuestionLeaves | Claim::Answered => {
            let nothing = if act.claim == Claim::OnlyTheQuestionLeaves {
                guarded.wire.is_silent_but_for(internet::RESOLVER)
            } else {
                guarded.wire.is_silent()
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
    if act.claim == Claim::Answered {
        faults.extend(not_answered(act, plays));
    }
    faults
}

/// What does not hold of an answer that saves the repeats.
fn not_answered(act: &Act, plays: &Plays) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    check(
        plays.control.attempts == 1,
        "unfiltered the app is not content either: the run proves nothing",
    );
    check(
        plays.guarded.attempts == act.retries + 1,
        "blocked it is not tried again: the run proves nothing",
    );
    let Some(answering) = &plays.answering else {
        check(false, "it was not played with an answer");
        return faults;
    };
    check(answering.wire.is_silent(), "with the answer something left");
    check(
        answering.attempts == 1,
        "with the answer it was tried again",
    );
    check(
        answering.answer.ends_with(CONTENT),
        "the app got another answer than its server's",
    );
    let told = answering.events.iter().filter(|event| event.answered);
    check(told.count() == 1, "not one receipt tells of the answer");
    check(
        answering
            .events
            .iter()
            .all(|event| event.bytes_left == 0 && !event.dialled),
        "the receipt says that something left",
    );
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::act;
    use crate::demo::stage::memory::Memory;
    use crate::demo::stage::{Played, Stage, Way};
    use crate::demo::wire::Wire;

    fn plays(act: &Act) -> Plays {
        super::super::play(&mut Memory, act).expect("it plays")
    }

    fn nothing() -> Played {
        Played {
            events: Vec::new(),
            wire: Wire::default(),
            answer: Vec::new(),
            attempts: 0,
        }
    }

    #[test]
    fn in_memory_every_claim_holds() {
        for act in act::acts() {
            let faults = faults(&act, &plays(&act));
            assert!(faults.is_empty(), "{}: {faults:?}", act.title);
        }
    }

    /// Each claim is refused where blocking is off, and where the control run shows nothing.
    #[test]
    fn the_claims_can_fail() {
        for act in act::acts() {
            if act.claim != Claim::Arrives {
                let mut unfiltered = plays(&act);
                unfiltered.guarded = Memory.play(&act, Way::Unfiltered).expect("it plays");
                assert_ne!(faults(&act, &unfiltered), [""; 0], "{}", act.title);
            }
            let mut silent = plays(&act);
            silent.control = nothing();
            let told = faults(&act, &silent);
            assert!(
                told.iter().any(|fault| fault.contains("proves nothing")),
                "{}: {told:?}",
                act.title
            );
            let mut untold = plays(&act);
            untold.guarded = nothing();
            assert_ne!(faults(&act, &untold), [""; 0], "{}", act.title);
        }
    }

    /// An answer that is none, or that leaks, or that does not content the app is not taken for one.
    #[test]
    fn the_claim_of_an_answer_can_fail() {
        let acts = act::acts();
        let act = acts.iter().find(|act| act.claim == Claim::Answered);
        let act = act.expect("an act with an answer");
        for way in [Way::Unfiltered, Way::Guarded] {
            let mut other = plays(act);
            other.answering = Some(Memory.play(act, way).expect("it plays"));
            assert_ne!(faults(act, &other), [""; 0], "{way:?}");
        }
        for (retries, attempts) in [(0, 1), (10, 11), (3, 4)] {
            let act = Act {
                retries,
                ..act.clone()
            };
            let plays = plays(&act);
            assert_eq!(plays.guarded.attempts, attempts);
            assert_eq!(plays.answering.map(|played| played.attempts), Some(1));
        }
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let acts = act::acts();
        let act = acts
            .iter()
            .find(|act| act.claim == Claim::Arrives)
            .expect("an ordinary act");
        for change in [true, false] {
            let mut plays = plays(act);
            let guarded = &mut plays.guarded;
            let sight = guarded.wire.sights.iter_mut().max_by_key(|s| s.bytes.len());
            let bytes = if change {
                &mut sight.expect("a connection").bytes
            } else {
                &mut guarded.answer
            };
            *bytes.last_mut().expect("a byte") ^= 1;
            assert_eq!(faults(act, &plays).len(), 1);
        }
    }
}
