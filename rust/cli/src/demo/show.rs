//! The demo's words.

use std::io::{self, Write};

use gasket_core::event::{Event, Subject};
use gasket_core::facts::Protocol;
use gasket_core::receipt::{Language, Scene};
use gasket_core::rules::Pack;

use super::act::{Act, Claim, Place};
use super::stage::Played;
use super::{Plays, internet};
use crate::print::{Printer, fold};
use crate::terminal::{self, Paint, Tint};

/// Indent of all that belongs to an act.
pub(super) const INDENT: &str = "   ";

/// Writes for people, and events for programs if asked.
pub(super) struct Show {
    json: bool,
    pub(super) printer: Printer,
}

impl Show {
    pub(super) fn new(json: bool, language: Language) -> Self {
        let (paint, columns) = if json {
            let stream = io::stderr();
            (Paint::for_stream(&stream), terminal::columns(&stream))
        } else {
            let stream = io::stdout();
            (Paint::for_stream(&stream), terminal::columns(&stream))
        };
        Self {
            json,
            printer: Printer {
                json,
                scene: Scene::Phone,
                language,
                pack: Pack::embedded(),
                paint,
                columns: columns.saturating_sub(INDENT.len()),
                zone: jiff::tz::TimeZone::system(),
            },
        }
    }

    /// One or more lines for people.
    pub(super) fn say(&self, text: &str) -> io::Result<()> {
        if self.json {
            writeln!(io::stderr(), "{text}")
        } else {
            writeln!(io::stdout(), "{text}")
        }
    }

    pub(super) fn opening(&self, where_it_plays: &str) -> io::Result<()> {
        self.say(&fold(where_it_plays, "", self.printer.columns))
    }

    pub(super) fn heading(&self, text: &str) -> io::Result<()> {
        self.say(&format!(
            "\n{}",
            self.printer.paint.tint(Tint::Strong, text)
        ))
    }

    pub(super) fn title(&self, number: usize, act: &Act) -> io::Result<()> {
        let title = self.printer.paint.tint(Tint::Strong, act.title);
        self.say(&format!("\n{number}. {title}"))?;
        self.say(
            &self
                .printer
                .paint
                .tint(Tint::Dim, &fold(act.story, INDENT, self.printer.columns)),
        )
    }

    /// What became of the act in each way.
    pub(super) fn played(&self, act: &Act, plays: &Plays) -> io::Result<()> {
        self.way("Unfiltered:  ", act, &plays.control)?;
        self.way("With Gasket: ", act, &plays.guarded)?;
        self.events(act, &plays.guarded)?;
        if let Some(answering) = &plays.answering {
            self.say("")?;
            self.way("Answered:    ", act, answering)?;
            self.events(act, answering)?;
        }
        Ok(())
    }

    fn way(&self, name: &str, act: &Act, played: &Played) -> io::Result<()> {
        let mut text = seen(act, played);
        if act.retries > 0 {
            text.push_str(match played.attempts {
                1 => " The app tried once.",
                _ => " The app tried {n} times.",
            });
            text = text.replace("{n}", &played.attempts.to_string());
        }
        let text = fold(&format!("{name}{text}"), INDENT, self.printer.columns);
        self.say(&text)
    }

    fn events(&self, act: &Act, played: &Played) -> io::Result<()> {
        if !self.json && !played.events.is_empty() {
            self.say("")?;
        }
        // Of repeats, one request speaks for all; programs get every one.
        let is_one = |event: &&Event| event.subject != Subject::DnsQuestion;
        let shown: Vec<&Event> = if act.retries > 0 && !self.json {
            played.events.iter().find(is_one).into_iter().collect()
        } else {
            played.events.iter().collect()
        };
        for event in &shown {
            let mut text = Vec::new();
            self.printer.event(&mut text, event, false)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            if self.json {
                write!(io::stdout(), "{text}")?;
            } else {
                self.say(&indented(&text))?;
            }
        }
        match played.events.len() - shown.len() {
            0 => Ok(()),
            more => self.say(&format!("{INDENT}… and {more} more about it.")),
        }
    }

    pub(super) fn faults(&self, faults: &[String]) -> io::Result<()> {
        for fault in faults {
            let mark = self.printer.paint.tint(Tint::Red, "NOT AS CLAIMED");
            self.say(&format!("{INDENT}{mark}: {fault}"))?;
        }
        Ok(())
    }

    pub(super) fn closing(&self, acts: &[Act], failures: usize) -> io::Result<()> {
        let count = |claim| acts.iter().filter(|act| act.claim == claim).count();
        if failures > 0 {
            return self.say(&format!(
                "\n{failures} of {} did not go as claimed.",
                acts.len()
            ));
        }
        let text = format!(
            "Checked on the wire: {} leaks of which not one byte got out, {} answered by the phone itself and tried no more, \
             {} reported and let through, {} ordinary request unchanged, byte for byte both ways.",
            count(Claim::NothingLeaves) + count(Claim::OnlyTheQuestionLeaves),
            count(Claim::Answered),
            count(Claim::ArrivesWithWarning),
            count(Claim::Arrives),
        );
        self.say(&format!("\n{}", fold(&text, "", self.printer.columns)))
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

pub(super) fn indented(text: &str) -> String {
    let lines = text.trim_end().lines();
    let lines: Vec<_> = lines.map(|line| format!("{INDENT}{line}")).collect();
    lines.join("\n")
}
