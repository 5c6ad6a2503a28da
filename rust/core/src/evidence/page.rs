//! What people read of a bundle: a page without scripts or anything from outside, the same as text, and a letter to be finished.

use std::fmt::Write as _;

use super::Material;
use crate::event::Event;
use crate::inspect::content::Finding;
use crate::receipt::Receipt;

/// What stands above the copy of a rule's file.
pub(super) const RULE_HEAD: &str = "# A copy of the rule that matched. Long numbers in its samples, all invented, are masked in this copy.\n";

const ABOUT_PACKETS: &str = "request-reconstructed.pcapng shows the request as packets. It is a reconstruction from \
     the record below, with the identifiers masked; it is not a recording: Gasket keeps no payload. The sender's \
     address and port in it, and the order of what was in the request, are made up; checksums are right. Where the \
     record tells of no readable payload, it shows the first packet alone.";

const ABOUT_PROOF: &str = "manifest.json holds the SHA-256 of every other file in this bundle; `gasket verify FILE` compares \
     them. That shows damage and careless changes. Somebody who writes the manifest anew as well is found out only by \
     the bundle's fingerprint, the SHA-256 of manifest.json, if it was kept elsewhere: `gasket verify FILE --expect FINGERPRINT`.";

/// A bundle's texts.
pub(super) struct Told<'a> {
    pub(super) material: &'a Material<'a>,
    pub(super) event: &'a Event,
    pub(super) receipt: &'a Receipt,
    pub(super) is_exact: bool,
    pub(super) head: Option<String>,
}

/// A heading and the lines under it.
type Section = (&'static str, Vec<String>);

impl Told<'_> {
    /// The page as plain text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("Evidence by Gasket {}\n\n", self.material.version);
        let _ = writeln!(text, "{}", self.receipt.sentence());
        for (heading, lines) in self.sections() {
            let _ = write!(text, "\n{heading}\n");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    /// The page as HTML.
    pub(super) fn html(&self) -> String {
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>Evidence by Gasket</title>\n\
             <style>body{{max-width:45em;margin:2em auto;padding:0 1em;font-family:sans-serif;line-height:1.5}}\
             .receipt{{font-size:1.25em}}li{{overflow-wrap:anywhere}}</style>\n</head>\n<body>\n\
             <h1>Evidence by Gasket {}</h1>\n<p class=\"receipt\" lang=\"{}\" dir=\"auto\">{}</p>\n",
            escaped(self.material.version),
            self.material.setting.language.code(),
            escaped(&self.receipt.sentence()),
        );
        for (heading, lines) in self.sections() {
            let _ = write!(html, "<h2>{}</h2>\n<ul>\n", escaped(heading));
            for line in lines {
                let _ = writeln!(html, "<li dir=\"auto\">{}</li>", escaped(&line));
            }
            html.push_str("</ul>\n");
        }
        html.push_str("</body>\n</html>\n");
        html
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![
            ("What was observed", self.observed()),
            ("What was found in it, masked", self.found()),
        ];
        if let Some(rule) = self.rule() {
            sections.push(("The rule that knows it", rule));
        }
        sections.push(("How far this can be checked", self.proof()));
        sections
    }

    fn observed(&self) -> Vec<String> {
        let (event, place) = (self.event, &self.event.destination);
        let mut lines = vec![format!("Time: {}", self.material.written_time)];
        match &event.app {
            Some(owner) => lines.push(format!(
                "Sender: {} (user ID {}{})",
                owner.packages.join(", "),
                owner.uid,
                if owner.system {
                    ", came with the phone"
                } else {
                    ""
                }
            )),
            None => lines.push("Sender: not known".to_owned()),
        }
        let protocol = format!("{:?}", place.protocol).to_uppercase();
        let name = place.name.as_deref().unwrap_or("no name");
        let mut to = format!(
            "To: {name}, {} {protocol} port {}",
            place.address, place.port
        );
        if crate::dns::decoy::Decoys::contains(place.address) {
            to.push_str(" (an address that Gasket gave out itself; nobody is there)");
        } else if let Some(country) = &place.country {
            let _ = write!(to, ", address registered in {country}");
        }
        if let Some(network) = &place.network {
            let named = network.name.as_deref().unwrap_or_default();
            let _ = write!(to, ", network AS{} {named}", network.asn);
        }
        lines.push(to);
        lines.extend(self.receipt.request.clone());
        lines.push(format!(
            "Outcome: {}. Connection opened: {}. Bytes of it that had left: {}; of the whole connection: {}",
            self.receipt.verdict,
            if event.dialled { "yes" } else { "no" },
            event.bytes_left,
            event.flow_bytes_left
        ));
        lines.extend(self.receipt.why.iter().map(|why| format!("Why: {why}")));
        lines
    }

    fn found(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.event.findings.iter().map(finding).collect();
        if lines.is_empty() {
            lines.push(
                "No identifier was found: it was judged by its name, its form or its sender."
                    .to_owned(),
            );
        }
        if !self.event.bounds_hit.is_empty() {
            lines.push("Not all of it could be read: there may be more.".to_owned());
        }
        lines
    }

    fn rule(&self) -> Option<Vec<String>> {
        let (rule, _) = self.material.rule?;
        let mut lines = vec![
            format!("{} ({})", rule.title, rule.id),
            format!("About: {}", rule.description),
            format!("Founded on: {}", rule.confidence.as_str()),
        ];
        let evidence = rule.evidence.iter();
        lines.extend(evidence.map(|(kind, what)| format!("{kind}: {what}")));
        lines.extend(rule.references.iter().cloned());
        lines.push("rule.yml is a copy of its file.".to_owned());
        Some(lines)
    }

    fn proof(&self) -> Vec<String> {
        let mut lines = vec![
            "event.json is the record that all of this is made of.".to_owned(),
            ABOUT_PACKETS.to_owned(),
        ];
        lines.push(match (&self.head, self.is_exact) {
            (None, _) => "The record was not in a history whose lines are chained.".to_owned(),
            (Some(head), true) => format!(
                "event.json is{} of the history, byte for byte. chain.jsonl has the links of the history's chain from that line on; the last one's hash, its head, is {head}.",
                self.material.line.map_or_else(|| " a line".to_owned(), |line| format!(" line {line}"))
            ),
            (Some(head), false) => format!(
                "chain.jsonl has the links of the history's chain from the record's line on; its head is {head}. event.json was masked further \
                 than the record in the history, so that its own hash is another."
            ),
        });
        lines.push(ABOUT_PROOF.to_owned());
        lines
    }

    /// A letter to the vendor or to a data-protection authority, with gaps for the sender.
    pub(super) fn complaint(&self) -> String {
        let event = self.event;
        let app = event.app.as_ref().map(|owner| owner.packages.join(", "));
        let place = &event.destination;
        let to = place
            .name
            .clone()
            .unwrap_or_else(|| place.address.to_string());
        let values = self.receipt.values.iter();
        let kinds: String = values.map(|line| format!("  {line}\n")).collect();
        let observed = format!(
            "On {}, on my device [MAKE AND MODEL], {} tried to send or sent data to {to}. In the words of the program that \
             recorded it (Gasket {}):\n\n  {}\n{kinds}",
            self.material.written_time,
            app.unwrap_or_else(|| "a program that could not be identified".to_owned()),
            self.material.version,
            self.receipt.sentence(),
        );
        format!(
            "DRAFT. Read it, fill in what stands in [BRACKETS], and strike what is not true for you. It is no legal advice.\n\n\
             To: [THE VENDOR, OR THE DATA-PROTECTION AUTHORITY OF YOUR COUNTRY]\nFrom: [YOUR NAME AND ADDRESS]\nDate: [DATE]\n\n\
             Subject: Data sent by a device without my knowledge\n\n\
             [GREETING]\n\n{observed}\n\
             I did not knowingly agree to this. [STRIKE IF YOU DID.]\n\n\
             To the vendor: please tell me which data about me or my device this program sends, to whom, for what purpose and on what \
             legal basis, how long they are kept, and how it can be stopped; and delete what was sent, where I can ask for that. \
             [IF THE EU'S OR THE UK'S GDPR APPLIES TO YOU: I ask for this under Articles 15 and 17 of the GDPR.]\n\n\
             To the authority: please look into whether this is lawful. [SAY WHETHER YOU ASKED THE VENDOR BEFORE, AND WHAT CAME OF IT.]\n\n\
             Enclosed is a bundle of evidence. What it shows was observed on one device; {}. The packets in it are a reconstruction from \
             the record with identifiers masked, not a recording.\n\n\
             [YOUR NAME]\n",
            if event.rules.is_empty() {
                "no published account of the same is known to the program".to_owned()
            } else {
                "the rule in it names its public sources".to_owned()
            }
        )
    }
}

fn finding(finding: &Finding) -> String {
    let sure = match (finding.is_proven(), finding.alerts()) {
        (true, _) => "proven: the owner of the device typed it in".to_owned(),
        (false, true) => format!("observed, {} % sure by its form", finding.confidence),
        (false, false) => format!("only suspected, {} %", finding.confidence),
    };
    let kind = serde_json::to_string(&finding.kind).unwrap_or_default();
    format!(
        "{} {} at {} ({sure})",
        kind.trim_matches('"'),
        finding.masked,
        finding.path
    )
}

/// Text for HTML, inside and outside of quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
