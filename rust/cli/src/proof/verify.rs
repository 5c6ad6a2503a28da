//! What checking found, in plain words.

use std::fmt::{Display, Write as _};
use std::path::Path;

use gasket_core::chain::{self, Chain, Kind};
use gasket_core::evidence::{self, Verified};

use super::history::{Gap, gaps};
use super::read;
use crate::failure::Failure;
use crate::print::{clock, fold};
use crate::record::Stored;
use crate::terminal::harmless;

/// Gaps and lines that are told one by one; the rest is counted.
const MOST_TOLD: usize = 10;

/// Checks the bundle at `path`, and its fingerprint if one is known.
pub(super) fn bundle(path: &Path, expected: Option<&str>) -> Result<Verified, Failure> {
    Ok(evidence::verify(&read(path)?, expected))
}

/// A bundle in words.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn told(path: &Path, verified: &Verified, columns: usize) -> Result<String, Failure> {
    if matches!(
        verified.faults.as_slice(),
        [evidence::Fault::File { offset: 0 }]
    ) {
        let what = format!("{}: this is no bundle of evidence", path.display());
        return Err(Failure::Usage(what));
    }
    refuse(path, &verified.faults)?;
    let text = format!(
        "{}: OK. Every file in it is as Gasket wrote it.",
        harmless(&path.display().to_string())
    );
    let mut text = format!("{}\n", fold(&text, "", columns));
    let chain = match (&verified.chain_head, verified.is_in_chain) {
        (None, _) if verified.stated_head.is_some() => {
            "It is of a history on a phone, and names the head that this had. Nothing in the bundle shows that the event is in that history: \
             compare the head with what the phone shows, Settings, check of the history."
        }
        (None, _) => "It is of no chained history.",
        (Some(_), true) => {
            "Its event is a line of a history, byte for byte, and the links of the history's chain behind it are whole."
        }
        (Some(_), false) => {
            "Its event was masked further than the line in the history; the links of the history's chain are whole."
        }
    };
    let _ = writeln!(text, "{}", fold(chain, "  ", columns));
    if let Some(fingerprint) = &verified.fingerprint {
        let _ = writeln!(text, "  fingerprint {fingerprint}");
    }
    if let Some(head) = &verified.chain_head {
        let _ = writeln!(text, "  head        {head}");
    }
    if let Some(head) = &verified.stated_head {
        let _ = writeln!(text, "  head of the phone's history, not checked: {head}");
    }
    let more = "Somebody who wrote all of it anew can only be found out by a fingerprint that was noted down before: \
                --expect FINGERPRINT.";
    let _ = writeln!(text, "{}", fold(more, "  ", columns));
    Ok(text)
}

/// A history in words.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn told_history(
    path: &Path,
    known: Option<&str>,
    columns: usize,
) -> Result<String, Failure> {
    let stored = Stored::read(path)?.chained(path)?;
    let chain = stored.chain.as_deref().unwrap_or_default();
    let checked = chain::check(&stored.log, chain, known);
    refuse(path, &checked.faults)?;
    let count = |kind| {
        checked
            .links
            .iter()
            .filter(|link| link.kind == kind)
            .count()
    };
    let lines = chain::lines(&stored.log).len();
    let lines = match lines {
        0 => "No line is in it, and none was taken out.".to_owned(),
        1 => "Its one line was not changed since it was written.".to_owned(),
        lines => format!(
            "None of its {lines} lines was changed, taken out or moved since it was written."
        ),
    };
    let text = format!("{}: OK. {lines}", harmless(&path.display().to_string()));
    let mut text = format!("{}\n", fold(&text, "", columns));
    let before = checked.links.iter().find(|link| link.kind == Kind::Begin);
    let before = before.and_then(|link| link.line).unwrap_or(0);
    if before > 0 {
        let first = counted(usize::try_from(before).unwrap_or(usize::MAX), "line");
        let _ = writeln!(
            text,
            "  The first {first} were there before the chain began: it vouches for them from then on."
        );
    }
    let found = checked.links.iter().filter(|link| link.kind == Kind::Found);
    let found = found.filter_map(|link| link.line).map(|line| {
        format!(
            "line {line}: it was there without a link when a run began: the run before was killed while it wrote it, or \
             somebody put it in"
        )
    });
    list(&mut text, &found.collect::<Vec<_>>(), columns);
    let runs = counted(count(Kind::Start), "run");
    let _ = match count(Kind::Killed) {
        0 => writeln!(text, "  {runs}"),
        killed => writeln!(text, "  {runs}, {killed} of them killed"),
    };
    let gaps: Vec<_> = gaps(&checked.links).iter().map(gap).collect();
    list(&mut text, &gaps, columns);
    if !Chain::after(chain).open_runs().is_empty() {
        text.push_str("  the last run has not ended: it is still at work, or it was killed\n");
    }
    let _ = writeln!(text, "  head {}", checked.head);
    let more = "Who cuts off log and chain at the same place, or writes both anew, can only be found out by a head that was noted \
                down before: --expect HEAD. Each bundle of evidence has one.";
    let _ = writeln!(text, "{}", fold(more, "  ", columns));
    Ok(text)
}

fn gap(gap: &Gap) -> String {
    let zone = jiff::tz::TimeZone::system();
    let clock = |time_ms| clock(time_ms, &zone, "%Y-%m-%d %H:%M:%S");
    let from = clock(gap.from_ms);
    let until = gap.until_ms.map(clock);
    let until = until.map_or_else(|| "on".to_owned(), |until| format!("until {until}"));
    if gap.killed {
        format!(
            "no protection from {from} or later {until}: the run was killed, and this was its last sign"
        )
    } else {
        format!("no protection from {from} {until}")
    }
}

fn list(text: &mut String, lines: &[String], columns: usize) {
    for line in lines.iter().take(MOST_TOLD) {
        let _ = writeln!(text, "{}", fold(line, "  ", columns));
    }
    if lines.len() > MOST_TOLD {
        let _ = writeln!(text, "  and {} more", lines.len() - MOST_TOLD);
    }
}

/// Fails with all that is wrong.
fn refuse(path: &Path, faults: &[impl Display]) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let path = path.display();
    let mut told = vec![format!("{path}: NOT as it was written:")];
    told.extend(faults.iter().map(|fault| format!("  {fault}")));
    Err(Failure::Other(told.join("\n")))
}

fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_a_phone_stated_is_told_as_not_checked() {
        let mut verified = Verified {
            fingerprint: Some("f0".repeat(32)),
            event: None,
            chain_head: None,
            stated_head: None,
            is_in_chain: false,
            faults: Vec::new(),
        };
        let text = |verified: &Verified| {
            let told = told(Path::new("b.zip"), verified, 80).expect("nothing is wrong with it");
            told.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let without = text(&verified);
        assert!(
            without.contains("It is of no chained history."),
            "{without}"
        );
        assert!(!without.contains("not checked"), "{without}");
        let link = "0c".repeat(32);
        let head = format!(r#"{{"line":12,"line_link":"{link}","turn":3,"turn_link":"{link}"}}"#);
        verified.stated_head = Some(serde_json::from_str(&head).expect("a head"));
        let with = text(&verified);
        assert!(with.contains("not checked: 12/3 "), "{with}");
        assert!(
            with.contains("Nothing in the bundle shows that the event is in that history"),
            "{with}"
        );
        assert!(
            !with.contains("links of the history's chain are whole"),
            "{with}"
        );
    }
}
