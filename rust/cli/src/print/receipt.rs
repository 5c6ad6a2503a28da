//! One event as a receipt: what was observed, in words that need no training, and not a word more.

use gasket_core::dns::decoy::Decoys;
use gasket_core::event::{Event, Subject};
use gasket_core::facts::{Protocol, Trigger};
use gasket_core::inspect::content::{Finding, IdentifierKind};
use gasket_core::policy::{Decision, Reason};

use super::{Printer, Scene, fold};
use crate::terminal::{Tint, harmless};

/// Column at which the receipt's further lines begin, under the verdict.
const INDENT: &str = "          ";

/// The receipt of `event`, with a line feed at its end.
pub(super) fn receipt(printer: &Printer, event: &Event, note: Option<&str>) -> String {
    let mut lines = payload(printer.scene, event);
    lines.extend(note.map(str::to_owned));
    lines.extend(why(event));
    lines.extend(device_event(event));
    lines.push(outcome(printer.scene, event));
    let below = fold(&lines.join("\n"), INDENT);
    format!("{}\n{below}\n", head(printer, event))
}

/// Time, verdict, who and where to.
fn head(printer: &Printer, event: &Event) -> String {
    let (word, tint) = match (printer.scene, event.verdict) {
        (Scene::Live(_), Decision::Block) if event.answered => ("ANSWERED", Tint::Red),
        (Scene::Live(_), Decision::Block) if event.bytes_left > 0 => ("CUT OFF", Tint::Red),
        (Scene::Live(_), Decision::Block) => ("BLOCKED", Tint::Red),
        (Scene::Live(_), Decision::Warn) => ("WARNING", Tint::Yellow),
        (Scene::Capture, Decision::Block) => ("WOULD BLOCK", Tint::Red),
        (Scene::Capture, Decision::Warn) => ("WOULD WARN", Tint::Yellow),
        (_, Decision::Allow) if event.subject == Subject::Ended => ("ENDED", Tint::Dim),
        (_, Decision::Allow) => ("NOTED", Tint::Dim),
    };
    format!(
        "{}  {}  {}→ {}",
        printer.clock(event.time_ms),
        printer.paint.tint(tint, word),
        sender(printer.scene, event),
        destination(event),
    )
}

/// Who sent it, with a space behind; nothing for captures, which cannot know.
fn sender(scene: Scene, event: &Event) -> String {
    match &event.app {
        None if scene == Scene::Capture => String::new(),
        None => "an unknown program ".to_owned(),
        Some(owner) if owner.packages.is_empty() => format!("a program of user {} ", owner.uid),
        Some(owner) => format!("{} ", harmless(&owner.packages.join(", "))),
    }
}

fn destination(event: &Event) -> String {
    let place = &event.destination;
    let name = place.name.as_deref().map(harmless);
    if event.subject == Subject::DnsQuestion {
        return match name {
            Some(name) => format!("asked where {name} is"),
            None => format!("a name question to {}", place.address),
        };
    }
    let country = place
        .country
        .as_deref()
        .map_or_else(String::new, |code| format!(", {}", harmless(code)));
    let port = match place.protocol {
        Protocol::Tcp => format!(", port {}", place.port),
        Protocol::Udp => format!(", UDP port {}", place.port),
        Protocol::Icmp => ", ping".to_owned(),
    };
    match name {
        // Nobody is at a decoy's address: it says nothing to anybody.
        Some(name) if Decoys::contains(place.address) => format!("{name}{port}"),
        Some(name) => format!("{name} ({}{country}){port}", place.address),
        None if country.is_empty() => format!("{}{port}", place.address),
        None => format!(
            "{} ({}){port}",
            place.address,
            country.trim_start_matches(", ")
        ),
    }
}

/// What it said or tried to say.
fn payload(scene: Scene, event: &Event) -> Vec<String> {
    let mut lines = Vec::new();
    let verb = match (scene, event.verdict) {
        (Scene::Live(_), Decision::Block) if event.bytes_left == 0 => "It tried to send",
        // A warning is written before the bytes are released.
        (Scene::Live(_), _) if event.bytes_left == 0 => "It is sending",
        _ => "It sent",
    };
    if let Some(request) = &event.request {
        let line = format!("{} {}", request.method, request.path);
        lines.push(format!("Request: {}", harmless(line.trim())));
    } else if event.subject == Subject::Hello {
        lines.push("Encrypted: only the name of the destination could be read.".to_owned());
    }
    let (sure, unsure): (Vec<_>, Vec<_>) = event.findings.iter().partition(|f| f.alerts());
    if !sure.is_empty() {
        lines.push(format!(
            "{verb}: {}, readable by anyone on the way.",
            listing(&sure)
        ));
    }
    if !unsure.is_empty() {
        lines.push(format!("{verb} what may be: {}.", listing(&unsure)));
    }
    lines
}

fn listing(findings: &[&Finding]) -> String {
    let same_kind = |a: &&Finding, b: &&Finding| a.kind == b.kind;
    findings
        .chunk_by(same_kind)
        .filter_map(|group| Some((group.first()?.kind, group)))
        .map(|(kind, group)| {
            let masked: Vec<_> = group.iter().map(|f| harmless(&f.masked)).collect();
            format!("{} ({})", identifier(kind), masked.join(" and "))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// The identifier in everyday words.
pub(crate) fn identifier(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Imei => "the phone's IMEI",
        IdentifierKind::Meid => "the phone's MEID",
        IdentifierKind::Imsi => "the SIM's subscriber number, IMSI",
        IdentifierKind::Iccid => "the SIM card's number",
        IdentifierKind::Mac => "the hardware address of the phone or its Wi-Fi, MAC",
        IdentifierKind::Cell => "the radio cell it is in, which tells the place",
        IdentifierKind::DeviceId => "a device ID",
        IdentifierKind::Serial => "the hardware serial number",
        IdentifierKind::AdvertisingId => "the advertising ID",
        IdentifierKind::Phone => "a phone number",
        IdentifierKind::Email => "an e-mail address",
        IdentifierKind::Location => "the place it is at, as coordinates",
        IdentifierKind::Ssid => "the name of the Wi-Fi network",
        IdentifierKind::AppList => "a list of installed apps",
        IdentifierKind::StableId => "a random code that comes again and again",
    }
}

fn why(event: &Event) -> Option<String> {
    let reason = match event.reason {
        Reason::Ordinary => return None,
        Reason::AppTrusted => "you trust this app, so it is not inspected",
        Reason::AppBlocked => "you block this app",
        Reason::OwnerUnknown => {
            "the system did not say in time which app this was, and you block some app"
        }
        Reason::NameBlocked => "the name is on your list of blocked names",
        Reason::OwnRule => "a rule of your own is about where it goes",
        Reason::RuleMatched => {
            let titles: Vec<_> = event
                .rules
                .iter()
                .map(|rule| harmless(&rule.title))
                .collect();
            return Some(match titles.as_slice() {
                [] => "Why: a rule matched.".to_owned(),
                titles => format!("Why: known pattern: {}.", titles.join("; ")),
            });
        }
        Reason::IdentifiersFound => "identifiers were readable in it, though no rule knows it",
        Reason::FramingAmbiguous => {
            "it is written so that Gasket and the server might read it differently"
        }
        Reason::Unsupported => "this kind of traffic is not one Gasket can relay",
        Reason::LooksLikeBeacon => return Some(super::beacon::why(event)),
    };
    Some(format!("Why: {reason}."))
}

fn device_event(event: &Event) -> Option<String> {
    let before = event.device_event.as_ref()?;
    let what = match before.kind {
        Trigger::Boot => "the device was switched on",
        Trigger::Connectivity => "the network changed",
        Trigger::SimChange => "the SIM changed",
        Trigger::ServiceChange => "the mobile service changed",
        Trigger::ScreenOn => "the screen came on",
        Trigger::Unlock => "the device was unlocked",
        Trigger::Alarm => "a timer of the app fired",
        Trigger::PackageChange => "an app was installed, updated or removed",
        Trigger::ScreenOff => "the screen went off",
        Trigger::Charging => "a charger was connected or taken away",
        Trigger::TimeZone => "the time zone changed",
        Trigger::Airplane => "airplane mode was switched",
    };
    Some(format!("When: {} s after {what}.", before.age_s))
}

/// What became of it. The words follow `bytes_left`, `flow_bytes_left` and `dialled`, nothing else.
fn outcome(scene: Scene, event: &Event) -> String {
    match scene {
        Scene::Capture => captured_outcome(event),
        Scene::Live(device) => match event.verdict {
            Decision::Block if event.answered => format!(
                "Answered by {device}, in its server's place. {}",
                blocked_outcome(device, event).trim_start_matches("Blocked. ")
            ),
            Decision::Block => blocked_outcome(device, event),
            Decision::Warn if event.subject == Subject::Beacon => {
                super::beacon::outcome(device, event)
            }
            Decision::Warn => {
                let sent = sent_so_far(device, event);
                format!("Not blocked, only reported. {sent}")
            }
            Decision::Allow => sent_so_far(device, event),
        },
    }
}

fn blocked_outcome(device: &str, event: &Event) -> String {
    let what = thing(event);
    let earlier = event.flow_bytes_left.saturating_sub(event.bytes_left);
    if event.bytes_left > 0 {
        let mut text = format!(
            "Cut off, but too late for all of it: {} of this {what} had left {device}.",
            bytes(event.bytes_left)
        );
        if earlier > 0 {
            text.push_str(&format!(
                " {} had gone over the same connection before.",
                bytes(earlier)
            ));
        }
        return text;
    }
    if earlier > 0 {
        return format!(
            "Blocked. None of this {what} was sent; {} had left {device} over the same connection before.",
            bytes(earlier)
        );
    }
    if event.dialled && event.subject == Subject::Flow {
        return "Blocked. A connection was opened but nothing was sent over it.".to_owned();
    }
    if event.dialled {
        return format!("Blocked. A connection was opened but none of the {what} was sent.");
    }
    let place = &event.destination;
    let was_asked_for = place.name.is_some() && !Decoys::contains(place.address);
    if was_asked_for && event.subject != Subject::DnsQuestion {
        // The question where the name is has been answered outside.
        return format!("Blocked. Nothing of this {what} left {device}.");
    }
    format!("Blocked. Nothing left {device}.")
}

fn sent_so_far(device: &str, event: &Event) -> String {
    let left = if event.subject == Subject::Ended {
        event.flow_bytes_left
    } else {
        event.bytes_left
    };
    match left {
        // Told at the moment of the decision: what follows is not known yet.
        0 if event.subject != Subject::Ended => {
            format!("The {} was let through.", thing(event))
        }
        0 if event.dialled => "A connection was opened; no data was sent over it.".to_owned(),
        0 => format!("Nothing left {device}."),
        left => format!("{} left {device}.", bytes(left)),
    }
}

fn captured_outcome(event: &Event) -> String {
    let what = thing(event);
    let would = match event.verdict {
        Decision::Block => format!("Gasket would have blocked this {what}."),
        Decision::Warn => format!("Gasket would have let this {what} pass and reported it."),
        Decision::Allow => return format!("Nothing Gasket would act on in this {what}."),
    };
    match event.bytes_left {
        0 => would,
        left => format!("{would} In the capture, {} of it left.", bytes(left)),
    }
}

/// What the event is about, as a word.
fn thing(event: &Event) -> &'static str {
    match (event.subject, event.destination.protocol) {
        (Subject::DnsQuestion, _) => "question",
        (Subject::Request, Protocol::Tcp) => "request",
        (Subject::Request, _) => "message",
        (Subject::Hello, _) => "greeting",
        (Subject::Beacon, _) => "pattern",
        (Subject::Flow | Subject::Ended, Protocol::Tcp) => "connection",
        (Subject::Flow | Subject::Ended, _) => "traffic",
    }
}

fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}
