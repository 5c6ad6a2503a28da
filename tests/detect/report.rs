//! The figures: for the terminal, as JSON, and as docs/DETECTION.md.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::agreement::agreement;
use crate::container::Container;
use crate::corpus::Cell;
use crate::encoding::Encoding;
use crate::hosts::{Hosts, Names};
use crate::kinds::Kind;
use crate::learned::{APPS, Case, FORMS};
use crate::measure::{Measured, SEED, Size};
use crate::negatives::Quiet;
use crate::score::Share;

/// The end of the document, written by hand.
pub(crate) const BEACONS: &str = include_str!("beacons.md");

/// One table: what it is of, and its lines.
type Table = (&'static str, Vec<(String, Share)>);

fn tables(measured: &Measured, hosts: &Hosts) -> Vec<Table> {
    let injected = &measured.injected;
    let line = |name: &str, share| (name.to_owned(), share);
    let overall = vec![
        line("recall, reachable cells", injected.recall()),
        line("recall, unreachable cells", injected.unreachable()),
        line("precision", measured.precision()),
    ];
    let kinds = Kind::ALL.map(|kind| line(kind.name(), injected.of_kind(kind)));
    let encodings = Encoding::ALL.map(|one| line(one.name(), injected.of_encoding(one)));
    let containers = Container::ALL.map(|one| line(one.name(), injected.of_container(one)));
    let typed = &injected.typed;
    let known = vec![
        line("recall, reachable cells", typed.recall()),
        line("recall, salted, HMAC and AES", typed.unreachable()),
        line("proven, though another value was typed in", typed.others),
        line("values refused when typed in", typed.refused),
    ];
    let known_kinds = Kind::ALL
        .into_iter()
        .filter(|kind| kind.typed().is_some())
        .map(|one| line(one.name(), typed.of_kind(one)));
    let known_encodings = Encoding::ALL.map(|one| line(one.name(), typed.of_encoding(one)));
    let learned = &measured.learned;
    let mut tokens = vec![line("recall, reachable cases", learned.recall())];
    tokens.extend(Case::ALL.map(|case| line(case.name(), learned.of_case(case))));
    tokens.extend([
        line("alerts, harmless requests", learned.harmless),
        line(
            "alerts, what all users share (told apart by nothing)",
            learned.shared,
        ),
        line("blocks for a learned token alone", learned.blocks),
    ]);
    if let Some(captured) = learned.captured {
        tokens.push(line("alerts, captures", captured));
    }
    let token_forms = FORMS.iter().enumerate();
    let token_forms = token_forms.map(|(at, form)| line(form, learned.of_form(at)));
    let mut harmless = vec![
        line(
            "alerts, ordinary shapes (authored)",
            measured.ordinary.alerts,
        ),
        line("alerts, harmless twins (authored)", measured.twins.alerts),
        line(
            "alerts, look-alikes (authored to mislead)",
            measured.lookalikes.alerts,
        ),
    ];
    if let Some(captured) = &measured.captured {
        harmless.push(line("alerts, captures", captured.harmless.alerts));
        harmless.push(line(
            "found, known identifiers in captures",
            captured.positives,
        ));
    }
    harmless.push(line(
        "blocks, all of these and the injected",
        measured.false_blocks(),
    ));
    let names = |what: &str, names: &Names| {
        [
            line(&format!("{what}: blocked"), names.blocked),
            line(&format!("{what}: warned of"), names.warned),
        ]
    };
    let hosts = [
        names("hosts of incidents", &hosts.incidents),
        names("popular names", &hosts.popular),
        names("connectivity checks", &hosts.checks),
    ];
    vec![
        ("Injected corpus", overall),
        ("Recall by kind, reachable cells", kinds.to_vec()),
        ("Recall by encoding", encodings.to_vec()),
        ("Recall by container, reachable cells", containers.to_vec()),
        ("Typed identifiers", known),
        (
            "Typed identifiers by kind, reachable cells",
            known_kinds.collect(),
        ),
        ("Typed identifiers by encoding", known_encodings.to_vec()),
        ("Learned tokens", tokens),
        (
            "Learned tokens by form, reachable cases",
            token_forms.collect(),
        ),
        ("Harmless traffic", harmless),
        ("Names", hosts.concat()),
        (
            "Agreement with an independent evaluator of Sigma",
            vec![
                line(
                    "events in which both found the same rules",
                    agreement().events,
                ),
                line("rules that matched some of them", agreement().rules),
            ],
        ),
    ]
}

/// For the terminal.
pub(crate) fn terminal(measured: &Measured, hosts: &Hosts) -> String {
    let mut text = String::new();
    for (title, lines) in tables(measured, hosts) {
        let _ = writeln!(text, "\n{title}");
        for (name, share) in lines {
            let _ = writeln!(text, "  {name:<44}{}", share.told());
        }
    }
    if measured.captured.is_none() {
        text.push_str(
            "\nskipped: captures: no shared/captures beside the repository, no GASKET_CAPTURES\n",
        );
    }
    let _ = writeln!(
        text,
        "\nNot measured here: replays and the traffic of real programs (tests/netns)."
    );
    for line in told(measured) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn told(measured: &Measured) -> Vec<String> {
    let of = |quiet: &Quiet| quiet.told.clone();
    let all = [
        of(&measured.ordinary),
        of(&measured.twins),
        of(&measured.lookalikes),
    ];
    let lines = all.into_iter().flatten();
    lines
        .map(|(line, count)| format!("false alert, {count} times: {line}"))
        .chain(learned_told(measured))
        .collect()
}

fn learned_told(measured: &Measured) -> impl Iterator<Item = String> {
    let learned = &measured.learned;
    let alerts = learned.told.iter();
    let names = learned.missed_names.iter();
    alerts
        .map(|(what, count)| format!("false alert, {count} times: learned token: {what}"))
        .chain(names.map(|(name, count)| {
            format!("missed, {count} times: learned token under the name {name}")
        }))
}

/// For programs.
pub(crate) fn json(size: Size, measured: &Measured, hosts: &Hosts) -> Json {
    let tables = tables(measured, hosts).into_iter().map(|(title, lines)| {
        let lines = lines.into_iter().map(|(name, share)| (name, share.json()));
        (title.to_owned(), Json::Object(lines.collect()))
    });
    let cells = Cell::all().map(|cell| {
        json!({
            "kind": cell.kind.name(),
            "encoding": cell.encoding.name(),
            "container": cell.container.name(),
            "reachable": cell.encoding.is_reachable(),
            "not_applicable": cell.why_not(),
            "found": measured.injected.cells.get(&cell).map(|score| score.found.json()),
        })
    });
    json!({
        "schema": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "seed": SEED,
        "requests_per_cell": size.per_cell,
        "tables": Json::Object(tables.collect()),
        "cells": cells.collect::<Vec<_>>(),
        "false_alerts": told(measured),
        "incident_hosts_without_rule": hosts.incidents.silent,
    })
}

/// docs/DETECTION.md.
pub(crate) fn markdown(size: Size, measured: &Measured, hosts: &Hosts, date: &str) -> String {
    let injected = &measured.injected;
    let mut text = format!(
        "# Detection\n\nWritten by `cargo xtask detect`, version {} on {date}; `cargo xtask detect` \
         makes it anew. Nothing in it depends on the machine.\n\n## What the corpora are, and are not\n\n\
         - **Injected**: {} requests, {} in each cell of kind x encoding x container, seed {SEED}. The bases are {} requests \
         of captures made by other people and {} shapes written by us that mimic ordinary programs. Identifiers are \
         invented, their checksums hold. Keys are ordinary spellings that were fixed before a look at the \
         detector's own list; the detector was then widened with the missed cells of this corpus in view, so its figures are \
         not those of a held-out set. The injector makes the label; a reader that shares no code with the detector's decoders \
         confirmed all but {} of them. It is no sample of what phones send: it says what can be read, not how often it occurs.\n\
         - **Harmless**: the captures, authored shapes of ordinary programs, twins of the injected requests with \
         nothing under the key, and look-alikes built to mislead. Only the captures are real traffic, and they are few.\n\
         - **Typed identifiers**: the same requests of those kinds that a user can type in, shown to a detector that knows the \
         planted value (as planted: an IMEISV with its version, a phone number with its country code), and to one that knows another \
         value of the same kind. Found means: proven, by that value. A value that \
         `gasket identifiers` refuses, such as a date for a serial number, is counted as refused and not as missed.\n\
         - **Learned tokens**: simulated phones of {APPS} apps over {} days. Random tokens of eight forms are planted in authored \
         requests (query, form, JSON, header, cookie), some twice a day, to third parties; found means that one of its requests \
         alerts. The names that tell are those of public SDKs as remembered; the first measurement found 26 of 48 of them, and \
         the detector's list was then widened with the missed ones in view. Harmless are nonces, sessions of hours, hashes \
         of assets, entity tags, articles' ids and keys whose name says so. An identifier that all users of an app or a library \
         share (a build's, a customer's) looks like one's own: it alerts, and is counted apart. A token with nothing but its \
         constancy to speak for it does not alert. The captures are shorter than a day, so that only several receivers could \
         speak for anything in them.\n\
         - Hashes are measured in hexadecimal digits only. A salted hash under a key that names the identifier cannot \
         be told from a plain one; it is measured under keys that say nothing.\n\
         - protobuf carries keys as a `map<string, string>`: a bare field number names nothing, and is not measured.\n\
         - Found means: an alert of that kind for that request. Where in the request the detector saw it is not compared.\n\
         - Agreement: our evaluator and the crate sigma-rust look for all shipped rules in events made of the rules' own \
         words and samples, partly altered. Both read the rule files for themselves.\n\
         - Not measured here: replays and the traffic of real programs (on the wire, tests/netns; figures in \
         docs/TESTING.md).\n",
        env!("CARGO_PKG_VERSION"),
        injected.requests,
        size.per_cell,
        injected.bases_captured,
        injected.bases_authored,
        injected.objections.len(),
        measured.learned.days,
    );
    if measured.captured.is_none() {
        text.push_str(
            "- The captures were missing in this run: what rests on them is not in the figures.\n",
        );
    }
    text.push_str("\nShares with their Wilson 95 % intervals.\n");
    for (title, lines) in tables(measured, hosts) {
        let _ = writeln!(
            text,
            "\n## {title}\n\n| | share (interval), count |\n|---|---|"
        );
        for (name, share) in lines {
            let _ = writeln!(text, "| {name} | {} |", share.told());
        }
    }
    let _ = writeln!(text, "\n## Cells with 0\n");
    for kind in Kind::ALL {
        for encoding in Encoding::ALL {
            let zero = |container: &Container| {
                let cell = Cell {
                    kind,
                    encoding,
                    container: *container,
                };
                injected
                    .cells
                    .get(&cell)
                    .is_some_and(|score| score.found.hits == 0)
            };
            let names: Vec<_> = Container::ALL
                .iter()
                .filter(|one| zero(one))
                .map(|one| one.name())
                .collect();
            if !names.is_empty() {
                let _ = writeln!(
                    text,
                    "- {}, {}: {}",
                    kind.name(),
                    encoding.name(),
                    names.join(", ")
                );
            }
        }
    }
    text.push_str("\n## Cells that do not apply, and are not counted\n\n");
    let mut reasons: Vec<&str> = Cell::all().filter_map(Cell::why_not).collect();
    reasons.sort_unstable();
    reasons.dedup();
    for reason in reasons {
        let count = Cell::all()
            .filter(|cell| cell.why_not() == Some(reason))
            .count();
        let _ = writeln!(text, "- {count} cells: {reason}");
    }
    let _ = writeln!(text, "\n## False alerts\n");
    for line in told(measured) {
        let _ = writeln!(text, "- {line}");
    }
    let silent = &hosts.incidents.silent;
    let _ = writeln!(
        text,
        "\nIncident hosts of no rule: {}.",
        if silent.is_empty() {
            "none".to_owned()
        } else {
            silent.join(", ")
        }
    );
    text.push_str(BEACONS);
    text
}
