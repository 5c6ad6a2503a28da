//! The cells that are missed, as a list to work through.

use std::fmt::Write as _;

use crate::measure::Injected;

/// One line a cell that is reachable and not always found, the worst first, with an example; then the
/// keys that are missed, and the kinds that alert where there is none of them.
pub(crate) fn list(injected: &Injected) -> String {
    let mut text = String::new();
    let mut cells: Vec<_> = injected
        .cells
        .iter()
        .filter(|(cell, score)| cell.encoding.is_reachable() && score.found.hits < score.found.of)
        .collect();
    cells.sort_by(|a, b| a.1.found.value().total_cmp(&b.1.found.value()));
    let _ = writeln!(text, "cells that are missed: {}", cells.len());
    for (cell, score) in cells {
        let _ = writeln!(
            text,
            "{} | {} | {} | {} of {} | {}",
            cell.kind.name(),
            cell.encoding.name(),
            cell.container.name(),
            score.found.hits,
            score.found.of,
            score.missed.as_deref().unwrap_or_default()
        );
    }
    let _ = writeln!(text, "\ntyped identifiers that are missed");
    for line in &injected.typed.missed {
        let _ = writeln!(text, "{line}");
    }
    let keys = injected
        .keys
        .iter()
        .filter(|(_, share)| share.value() < 0.9);
    let _ = writeln!(
        text,
        "\nkeys that are missed in more than one of ten requests"
    );
    for ((kind, key), share) in keys {
        let _ = writeln!(
            text,
            "{} | {key} | {} of {}",
            kind.name(),
            share.hits,
            share.of
        );
    }
    let _ = writeln!(text, "\nkinds that alert where there is none");
    for ((kind, word), count) in &injected.wrong_kinds {
        let _ = writeln!(text, "{} | told as {word} | {count}", kind.name());
    }
    text
}
