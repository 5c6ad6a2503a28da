//! What a receipt says beside its sentence.

use super::{Writer, words};
use crate::beacon::Evidence;
use crate::dns::decoy::Decoys;
use crate::event::Subject;
use crate::facts::Protocol;

impl Writer<'_> {
    /// Why it looks like a beacon, with the counts that a person can check, and what else speaks for it.
    pub(super) fn beacon(&self) -> String {
        let why = &self.words.why.looks_like_beacon;
        let Some(beacon) = &self.event.beacon else {
            return why.clone();
        };
        let words = &self.words.beacon;
        let counts = match &beacon.evidence {
            Evidence::Event {
                trigger,
                within_s,
                hits,
                of,
                other_hits,
                others,
            } => {
                let language = self.setting.language;
                let after = self.words.after(language, trigger, (*within_s).into());
                let counts = [hits, of, other_hits, others].map(u32::to_string);
                let [hits, of, other_hits, others] = &counts;
                words::fill(
                    &words.event,
                    &[
                        ("after", &after),
                        ("hits", hits),
                        ("of", of),
                        ("other_hits", other_hits),
                        ("others", others),
                    ],
                )
            }
            Evidence::Period {
                period_s,
                jitter_s,
                seen,
                of,
                ..
            } => words::fill(
                &words.period,
                &[
                    ("time", &self.words.span(*period_s)),
                    ("jitter", &self.words.span(*jitter_s)),
                    ("seen", &seen.to_string()),
                    ("of", &of.to_string()),
                ],
            ),
        };
        let telling = beacon.support.telling.map(|telling| words.telling(telling));
        let sentences: Vec<&str> = [&**why, &*counts].into_iter().chain(telling).collect();
        sentences.join(&self.words.space)
    }

    pub(super) fn request(&self) -> Option<String> {
        let label = &self.words.label;
        match &self.event.request {
            Some(request) => {
                let line = format!("{} {}", request.method, request.path);
                let line = self.foreign(line.trim());
                Some(words::fill(&label.request, &[("line", &line)]))
            }
            None => (self.event.subject == Subject::Hello).then(|| label.encrypted.clone()),
        }
    }

    pub(super) fn values(&self) -> Option<String> {
        let label = &self.words.label;
        let groups = self.event.findings.chunk_by(|a, b| a.kind == b.kind);
        let values: Vec<_> = groups
            .filter_map(|group| {
                let kind = self.words.kind_word(group.first()?.kind);
                let masked: Vec<_> = group.iter().map(|f| self.foreign(&f.masked)).collect();
                let values = masked.join(&self.words.comma);
                Some(words::fill(
                    &label.value,
                    &[("kind", kind), ("values", &values)],
                ))
            })
            .collect();
        let list = values.join(&self.words.semicolon);
        (!list.is_empty()).then(|| words::fill(&label.values, &[("list", &list)]))
    }

    pub(super) fn destination(&self) -> Option<String> {
        let place = &self.event.destination;
        if self.event.subject == Subject::DnsQuestion {
            return None;
        }
        let address = place.address.to_string();
        let host = place.name.as_deref().unwrap_or(&address);
        let mut text = match place.protocol {
            Protocol::Tcp => format!("{host}, TCP {}", place.port),
            Protocol::Udp => format!("{host}, UDP {}", place.port),
            Protocol::Icmp => format!("{host}, ICMP"),
        };
        // Nobody is at a decoy's address: it says nothing to anybody.
        if place.name.is_some() && !Decoys::contains(place.address) {
            text = format!("{text}, {address}");
        }
        let text = self.foreign(&text);
        Some(words::fill(
            &self.words.label.destination,
            &[("place", &text)],
        ))
    }
}
