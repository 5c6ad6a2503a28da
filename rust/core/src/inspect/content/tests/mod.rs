//! The content stage as its callers see it.

mod bounds;
mod containers;
mod cost;
mod dialects;
pub(in crate::inspect::content) mod invented;
mod kinds;
mod looks;
mod ordinary;
mod together;
mod wrappings;

use super::{Content, IdentifierKind, Parts, examine};

fn of_body(body: &[u8]) -> Content {
    examine(&Parts {
        body,
        ..Parts::default()
    })
}

fn of_query(query: &str) -> Content {
    examine(&Parts {
        query: query.as_bytes(),
        ..Parts::default()
    })
}

/// The kinds that alert, in order of kind.
fn alerting(content: &Content) -> Vec<IdentifierKind> {
    let mut kinds: Vec<_> = content
        .findings
        .iter()
        .filter(|finding| finding.alerts())
        .map(|finding| finding.kind)
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}
