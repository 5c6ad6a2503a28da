//! Connections that are kept open so that messages can come.

use gasket_core::beacon::Occasion;
use gasket_core::facts::Protocol;

use crate::dice::Dice;
use crate::life::{END, Life};
use crate::span::{HOUR, MINUTE, SECOND};
use crate::traffic::Traffic;
use crate::world::{SYSTEM, World};

/// What a push service is called that has no connection while the phone sleeps.
pub(crate) const PUSH_AT_UNLOCK: &str = "push that connects again at unlock";

const NETWORK: [Occasion; 5] = [
    Occasion::Boot,
    Occasion::Connectivity,
    Occasion::ServiceChange,
    Occasion::Airplane,
    Occasion::SimChange,
];

pub(super) fn speak(world: &mut World, life: &Life, traffic: &mut Traffic, dice: &mut Dice) {
    // The one of the phone, which most apps share, and two of apps that trust no other.
    let shared = world.named("push0.test", 4);
    kept((0, shared), "push, kept open", life, traffic, dice);
    for nth in 0..2 {
        let app = SYSTEM + nth;
        let target = if nth == 0 {
            world.named("push1.test", 2)
        } else {
            world.literal(Protocol::Tcp, 5222)
        };
        kept((app, target), "push, kept open", life, traffic, dice);
    }
    for nth in 0..2 {
        let target = world.named(&format!("wake{nth}.test"), 2);
        at_unlock((SYSTEM + 2 + nth, target), life, traffic, dice);
    }
}

/// Connects again when the network is another, and when somebody on the way forgot the connection.
fn kept(pair: (u16, u32), what: &'static str, life: &Life, traffic: &mut Traffic, dice: &mut Dice) {
    traffic.by_design(pair, what, &NETWORK);
    let mut points = life.networks.clone();
    let mut at = dice.wait(15 * HOUR);
    while at < END {
        points.push(at);
        at += dice.wait(15 * HOUR);
    }
    points.sort_unstable();
    for (nth, point) in points.iter().enumerate() {
        let start = point + dice.log_between(300, 8 * SECOND);
        let end = points.get(nth + 1).copied().unwrap_or(END);
        if end > start {
            traffic.open(life, start, pair, end - start, dice);
        }
    }
}

/// The connection is lost some minutes after the screen went off.
fn at_unlock(pair: (u16, u32), life: &Life, traffic: &mut Traffic, dice: &mut Dice) {
    let when = [Occasion::Unlock, Occasion::ScreenOn, Occasion::FirstUnlock];
    traffic.by_design(pair, PUSH_AT_UNLOCK, &when);
    let mut until = 0;
    for session in &life.sessions {
        let Some(unlock) = session.unlock else {
            continue;
        };
        let lost = session.off + dice.span(5 * MINUTE, 20 * MINUTE);
        if unlock >= until {
            let start = unlock + dice.span(300, 3 * SECOND);
            traffic.open(life, start, pair, lost - start.min(lost), dice);
        }
        until = until.max(lost);
    }
}
