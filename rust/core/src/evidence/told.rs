//! An event in the lines of a bundle's page and letter.

use std::fmt::Write as _;

use super::Material;
use super::letter::Letter;
use super::page::{self, Page, Section};
use crate::event::Event;
use crate::inspect::content::Finding;
use crate::receipt::Receipt;

const ABOUT_PACKETS: &str = "request-reconstructed.pcapng shows the request as packets. It is a reconstruction from \
     the record below, with the identifiers masked; it is not a recording: Gasket keeps no payload. The sender's \
     address and port in it, and the order of what was in the request, are made up; checksums are right. Where the \
     record tells of no readable payload, it shows the first packet alone.";

/// What a bundle tells of an event, which is masked.
pub(super) struct Told<'a> {
    pub(super) material: &'a Material<'a>,
    pub(super) event: &'a Event,
    pub(super) receipt: &'a Receipt,
    pub(super) is_exact: bool,
    pub(super) head: Option<String>,
}

impl Told<'_> {
    pub(super) fn page(&self) -> Page<'_> {
        Page {
            version: self.material.version,
            language: self.material.setting.language.code(),
            sentence: self.receipt.sentence(),
            sections: self.sections(),
        }
    }

    pub(super) fn letter(&self) -> String {
        let app = self.event.app.as_ref();
        let sender = app.map(|owner| owner.packages.join(", "));
        let place = &self.event.destination;
        let address = place.address.to_string();
        Letter {
            time: self.material.written_time,
            sender: sender.as_deref(),
            to: place.name.as_deref().unwrap_or(&address),
            version: self.material.version,
            sentence: &self.receipt.sentence(),
            values: self.receipt.values.as_deref(),
            has_rule: self.material.rule.is_some(),
            has_packets: true,
        }
        .text()
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![
            ("What was observed", self.observed()),
            ("What was found in it, masked", self.found()),
        ];
        sections.extend(self.material.rule.map(|(rule, _)| page::about(rule)));
        sections.push((page::CHECKED, self.proof()));
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
        lines.push(page::ABOUT_PROOF.to_owned());
        lines
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
