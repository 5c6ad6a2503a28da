//! What the measurement must show.

use crate::hosts::Hosts;
use crate::learned::{Case, OfLearned};
use crate::measure::Measured;

/// The floors that do not hold; nothing where all do.
pub(crate) fn broken(measured: &Measured, hosts: &Hosts) -> Vec<String> {
    let mut broken = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            broken.push(what);
        }
    };
    let injected = &measured.injected;
    check(
        injected.objections.is_empty(),
        format!(
            "{} labels are disputed: {:?}",
            injected.objections.len(),
            injected.objections.first()
        ),
    );
    let recall = injected.recall();
    check(
        recall.value() >= 0.98,
        format!("recall is below 0.98: {}", recall.told()),
    );
    let precision = measured.precision();
    check(
        precision.value() >= 0.99,
        format!("precision is below 0.99: {}", precision.told()),
    );
    let unreachable = injected.unreachable();
    check(
        unreachable.hits == 0,
        format!("unreachable cells are not 0: {}", unreachable.told()),
    );
    let typed = &injected.typed;
    let (recall, hidden) = (typed.recall(), typed.unreachable());
    check(
        recall.of > 0 && recall.hits == recall.of,
        format!("typed identifiers are missed: {}", recall.told()),
    );
    check(
        hidden.hits == 0,
        format!(
            "typed identifiers are seen where none can be: {}",
            hidden.told()
        ),
    );
    check(
        typed.others.hits == 0,
        format!("other values pass for typed ones: {}", typed.others.told()),
    );
    // Or recall could be had by taking only what is easy.
    check(
        typed.refused.value() <= 0.01,
        format!("values are refused when typed in: {}", typed.refused.told()),
    );
    learned(&measured.learned, &mut check);
    let blocks = measured.false_blocks();
    check(
        blocks.hits == 0,
        format!("harmless requests are blocked: {}", blocks.told()),
    );
    let alerts = measured.false_alerts();
    check(
        alerts.value() <= 0.001,
        format!("more than 1 false alert in 1,000: {}", alerts.told()),
    );
    if let Some(captured) = &measured.captured {
        let positives = captured.positives;
        check(
            positives.hits == positives.of,
            format!("captured identifiers missed: {}", positives.told()),
        );
    }
    let names = [
        ("popular", &hosts.popular),
        ("connectivity check", &hosts.checks),
    ];
    for (what, names) in names {
        check(
            names.blocked.hits == 0,
            format!("{what} names are blocked: {:?}", names.told),
        );
    }
    check(
        hosts.incidents.silent.is_empty(),
        format!(
            "incident hosts of no rule: {}",
            hosts.incidents.silent.join(" ")
        ),
    );
    broken
}

fn learned(learned: &OfLearned, check: &mut impl FnMut(bool, String)) {
    let (recall, alone) = (learned.recall(), learned.of_case(Case::Alone));
    check(
        recall.of > 0 && recall.value() >= 0.9,
        format!("recall of learned tokens is below 0.9: {}", recall.told()),
    );
    // Nothing speaks for these: one that alerts would be chance.
    check(
        alone.of > 0 && alone.hits == 0,
        format!("tokens alert for which nothing speaks: {}", alone.told()),
    );
    let (harmless, blocks) = (learned.harmless, learned.blocks);
    check(
        harmless.value() <= 0.001,
        format!(
            "learned tokens: more than 1 false alert in 1,000: {}",
            harmless.told()
        ),
    );
    check(
        blocks.of > 0 && blocks.hits == 0,
        format!("learned tokens block: {}", blocks.told()),
    );
    check(
        learned.captured.is_none_or(|captured| captured.hits == 0),
        "learned tokens alert in the captures".to_owned(),
    );
}
