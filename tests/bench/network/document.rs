//! The results as JSON, and as the section of docs/PERFORMANCE.md.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::machine::Machine;
use crate::results::Results;
use crate::table;
use crate::targets::{behind, judge};

/// Between these lines the document is the program's.
const BEGIN: &str = "<!-- network bench: begin -->";
const END: &str = "<!-- network bench: end -->";

/// All samples, so that others can make other statistics of them.
pub(crate) fn json(results: &Results, machine: &Machine) -> Value {
    let rows = results.rows.iter().map(|row| {
        let samples = row.samples.iter().map(|(contender, samples)| {
            // JSON has no NaN: a measurement that failed is null.
            (contender.to_string(), json!(samples))
        });
        json!({
            "figure": row.figure.name,
            "unit": row.figure.unit,
            "samples": samples.collect::<Map<_, _>>(),
            "of_veth": row.ratio_to(crate::contender::Contender::Veth),
        })
    });
    let verdicts = judge(results);
    let verdicts = verdicts.iter().map(|verdict| {
        json!({
            "target": verdict.target,
            "measured": verdict.measured,
            "holds": verdict.holds(),
            "limit": verdict.limit,
        })
    });
    let uploads = results.uploads.iter().map(|(contender, uploads)| {
        let value = json!({"flows": uploads.flows, "hung": uploads.hung, "lost": uploads.lost});
        (contender.to_string(), value)
    });
    let missing = results
        .missing
        .iter()
        .map(|(contender, why)| (contender.to_string(), json!(why)));
    json!({
        "machine": {
            "processor": machine.processor,
            "processors": machine.processors,
            "kernel": machine.kernel,
            "load_before": machine.load,
            "congestion_control": machine.congestion_control,
        },
        "date": machine.date,
        "figures": rows.collect::<Vec<_>>(),
        "uploads": uploads.collect::<Map<_, _>>(),
        "targets": verdicts.collect::<Vec<_>>(),
        "missing": missing.collect::<Map<_, _>>(),
        "failures": results.failures,
    })
}

/// Everything for people.
pub(crate) fn text(results: &Results, machine: &Machine) -> String {
    let verdicts = judge(results);
    let held = verdicts
        .iter()
        .filter(|verdict| verdict.holds() == Some(true))
        .count();
    let missed = verdicts
        .iter()
        .filter(|verdict| verdict.holds() == Some(false))
        .count();
    let mut text = format!(
        "{}, {} processors, shared by app, engine and server; Linux {}, TCP {}; {}; load before the run: {}.\n\n{}\n{}",
        machine.processor,
        machine.processors,
        machine.kernel,
        machine.congestion_control,
        machine.date,
        machine.load,
        table::figures(results),
        table::uploads(results),
    );
    for (contender, why) in &results.missing {
        text.push_str(&format!("\n{contender} was not measured: {why}.\n"));
    }
    for failure in &results.failures {
        text.push_str(&format!("\nFailed: {failure}.\n"));
    }
    text.push_str(&format!(
        "\n{held} targets hold, {missed} are missed, {} were not measured:\n\n{}",
        verdicts.len() - held - missed,
        table::verdicts(&verdicts)
    ));
    let behind = behind(results);
    if behind.is_empty() {
        text.push_str("\nNowhere behind the best of the other engines by more than 5 %.\n");
    } else {
        text.push_str("\nBehind the best of the other engines (1 would be level):\n\n");
        for behind in behind {
            let limit = behind
                .limit
                .map_or_else(String::new, |limit| format!("; {limit:.2} at best"));
            text.push_str(&format!(
                "- {}: {:.2} beside {}{limit}\n",
                behind.figure, behind.standing, behind.peer
            ));
        }
    }
    text
}

/// Puts `text` into the document at `path`, in place of the last run's.
///
/// # Errors
/// The document cannot be read or written, or has no place for it.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let old = fs::read_to_string(path)?;
    let new = replaced(&old, text).ok_or_else(|| {
        let why = format!(
            "{}: no line `{BEGIN}` with `{END}` after it",
            path.display()
        );
        io::Error::other(why)
    })?;
    fs::write(path, new)
}

fn replaced(old: &str, text: &str) -> Option<String> {
    let (before, rest) = old.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{text}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Contender;
    use crate::figures::{Better, Figure};

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let old = format!("# Title\n{BEGIN}\nold\n{END}\nrest\n");
        let new = replaced(&old, "new\n").expect("marks");
        assert_eq!(new, format!("# Title\n{BEGIN}\nnew\n{END}\nrest\n"));
        assert!(replaced("# Title\n", "new").is_none());
    }

    #[test]
    fn a_failed_sample_is_null() {
        let mut results = Results::default();
        let figure = Figure::new("echo1", "k/s", Better::Higher, 1);
        results.add(figure, Contender::Gasket, f64::NAN);
        let json = json(&results, &Machine::look(String::from("reno")));
        assert_eq!(json["figures"][0]["samples"]["Gasket"], json!([null]));
    }
}
