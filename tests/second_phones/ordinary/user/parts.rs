//! What several kinds of app have.

use crate::apps::{App, DestId, Dests, How, Size, Talk};
use crate::draw::Draw;
use crate::ordinary::Shared;

pub(super) fn own(app: &App, what: &str, addresses: usize, dests: &mut Dests<'_>) -> DestId {
    let name = app.owner.packages[0].replace('.', "-");
    dests.named(&format!("{what}.{name}-{what}.example"), addresses)
}

pub(super) fn ads(app: &mut App, shared: &Shared, count: usize, draw: &mut Draw) {
    for _ in 0..count {
        let talk = Talk::new(
            *draw.pick(&shared.ads),
            How::Tls,
            Size(2600.0, 0.6),
            Size(14_000.0, 1.2),
        );
        let talk = if draw.chance(0.3) {
            talk.by(How::Quic)
        } else {
            talk
        };
        app.used.parts.push((talk, 0.55));
    }
}

pub(super) fn media(app: &mut App, shared: &Shared, median: f64, draw: &mut Draw) {
    let talk = Talk::new(
        *draw.pick(&shared.cdns),
        How::Tls,
        Size(1800.0, 0.7),
        Size(median, 1.3),
    );
    let talk = if draw.chance(0.35) {
        talk.by(How::Quic)
    } else {
        talk
    };
    app.used.parts.push((talk.staying(2.0, 60.0), 0.7));
}
