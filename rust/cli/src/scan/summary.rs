//! What a file held, what was looked at, and what could not be.

use std::fmt::Write as _;
use std::path::Path;

use gasket_capture::packet::link_name;
use gasket_capture::scan::Summary;

use crate::terminal::harmless;

/// The summary as lines of text, the last with a line feed.
pub(crate) fn text(summary: &Summary, path: &Path) -> String {
    let (flows, looked) = (&summary.flows, &summary.looked);
    let mut text = format!(
        "{}: {}, {}\n  looked at: {}, {}, {}\n",
        harmless(&path.display().to_string()),
        counted(summary.packets, "packet"),
        counted(flows.tcp_flows + flows.udp_flows, "flow"),
        counted(looked.requests, "readable request"),
        counted(looked.hellos, "encrypted greeting"),
        counted(looked.questions, "name question"),
    );
    let _ = writeln!(
        text,
        "  found: {} Gasket would block, {} it would warn about, {} worth knowing",
        looked.blocks, looked.warnings, looked.notes
    );
    for line in unread(summary) {
        let _ = writeln!(text, "  not looked at: {line}");
    }
    text
}

/// One line for each kind of thing that was not inspected.
fn unread(summary: &Summary) -> Vec<String> {
    let flows = &summary.flows;
    let mut lines: Vec<_> = summary
        .foreign_links
        .iter()
        .map(|(&link, &count)| {
            format!(
                "{} of link type {link} ({})",
                counted(count, "packet"),
                link_name(link)
            )
        })
        .collect();
    for (count, one, what) in [
        (
            flows.gaps,
            "connection",
            "from a packet on that is missing in the capture",
        ),
        (flows.begun_before, "connection", "before the capture began"),
        (summary.cut, "packet", "beyond the capture's length limit"),
        (flows.fragments, "packet", "in fragments"),
        (flows.malformed, "packet", "too short or contradictory"),
        (flows.other_transport, "packet", "neither TCP nor UDP"),
        (flows.not_ip, "packet", "not IP"),
        (
            flows.local,
            "packet",
            "to the local network only (multicast, broadcast)",
        ),
    ] {
        if count > 0 {
            lines.push(format!("{}, {what}", counted(count, one)));
        }
    }
    lines.extend(cut_short(summary));
    lines
}

/// The requests that were read in part, and why.
fn cut_short(summary: &Summary) -> Option<String> {
    let hit = summary.looked.bounds_hit;
    let reasons = [
        (hit.depth, "wrapped too deep"),
        (hit.input, "too long"),
        (hit.output, "unpacked to too much"),
        (hit.work, "too much to look at"),
        (hit.findings, "too many findings"),
    ];
    let reasons = reasons.iter().filter(|(count, _)| *count > 0);
    let reasons: Vec<_> = reasons
        .map(|(count, why)| format!("{count} × {why}"))
        .collect();
    let requests = counted(summary.looked.cut_short, "readable request");
    (!reasons.is_empty()).then(|| format!("a part of {requests}: {}", reasons.join(", ")))
}

/// `1 packet`, `2 packets`.
pub(crate) fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}
