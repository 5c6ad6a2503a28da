//! The figures as tables, which a terminal shows as they are and Markdown as tables.

use std::fmt::Write;

use crate::contender::Contender;
use crate::results::{Results, Row};
use crate::statistics;
use crate::targets::{self, Bound, Verdict};

/// Medians of all contenders, Gasket's ratios, and the noise.
pub(crate) fn figures(results: &Results) -> String {
    let mut header = vec![String::from("figure"), String::from("unit")];
    header.extend(Contender::ALL.map(|contender| contender.to_string()));
    header.extend(["of veth", "of the best peer", "noise"].map(str::to_owned));
    let rows = results.rows.iter().map(|row| {
        let mut cells = vec![row.figure.name.clone(), row.figure.unit.to_owned()];
        cells.extend(
            Contender::ALL.map(|contender| number(row.median(contender), row.figure.decimals)),
        );
        cells.push(number(row.ratio_to(Contender::Veth), 2));
        cells.push(best(results, row));
        let noise = statistics::noise(row.of(Contender::Gasket));
        cells.push(noise.map_or_else(String::new, |noise| format!("±{:.0} %", noise * 100.0)));
        cells
    });
    aligned(&header, &rows.collect::<Vec<_>>())
}

/// Gasket's figure as a multiple of the best peer's, with its name.
fn best(results: &Results, row: &Row) -> String {
    let Some((_, peer)) = targets::beside_best(results, &row.figure.name) else {
        return String::new();
    };
    format!("{} {peer}", number(row.ratio_to(peer), 2))
}

/// The targets, and whether they hold.
pub(crate) fn verdicts(verdicts: &[Verdict]) -> String {
    let header = ["target", "", "measured", "", "limit"].map(str::to_owned);
    let rows = verdicts.iter().map(|verdict| {
        let bound = match verdict.bound {
            Bound::AtLeast(bound) => format!(">= {bound}"),
            Bound::AtMost(bound) => format!("<= {bound}"),
        };
        let word = match verdict.holds() {
            Some(true) => "holds",
            Some(false) => "**missed**",
            None => "not measured",
        };
        vec![
            verdict.target.clone(),
            bound,
            number(verdict.measured, 2),
            word.to_owned(),
            verdict
                .limit
                .map_or_else(String::new, |limit| format!("{limit:.2}")),
        ]
    });
    aligned(&header, &rows.collect::<Vec<_>>())
}

/// How uploads that end with a half-close fared.
pub(crate) fn uploads(results: &Results) -> String {
    let header = ["uploads", "flows", "hung at half-close", "lost bytes"].map(str::to_owned);
    let rows = results.uploads.iter().map(|(contender, uploads)| {
        let numbers = [uploads.flows, uploads.hung, uploads.lost].map(|number| number.to_string());
        [contender.to_string()].into_iter().chain(numbers).collect()
    });
    aligned(&header, &rows.collect::<Vec<_>>())
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| String::from("-"), |value| format!("{value:.decimals$}"))
}

fn aligned(header: &[String], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .chain(header.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |cells: &[String]| {
        for (at, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width - cell.chars().count());
            // Names to the left, numbers to the right.
            let (before, after) = if at == 0 {
                ("", pad.as_str())
            } else {
                (pad.as_str(), "")
            };
            let _ = write!(text, "| {before}{cell}{after} ");
        }
        text.push_str("|\n");
    };
    line(header);
    line(
        &widths
            .iter()
            .map(|width| "-".repeat((*width).max(1)))
            .collect::<Vec<_>>(),
    );
    rows.iter().for_each(|row| line(row));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Better, Figure};

    #[test]
    fn a_row_shows_medians_ratios_and_noise() {
        let mut results = Results::default();
        for (contender, samples) in [
            (Contender::Veth, [10.0, 10.0]),
            (Contender::Gasket, [4.0, 6.0]),
            (Contender::Pasta, [2.0, 3.0]),
        ] {
            for sample in samples {
                let figure = Figure::new("down1@1500", "Gbit/s", Better::Higher, 2);
                results.add(figure, contender, sample);
            }
        }
        let table = figures(&results);
        let row = table.lines().nth(2).expect("a row");
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(
            cells,
            [
                "",
                "down1@1500",
                "Gbit/s",
                "10.00",
                "-",
                "5.00",
                "-",
                "-",
                "2.50",
                "0.50",
                "2.00 pasta",
                "±20 %",
                ""
            ]
        );
    }

    #[test]
    fn verdicts_say_what_was_missed() {
        let verdict = |measured| Verdict {
            target: String::from("t"),
            bound: Bound::AtLeast(0.5),
            measured,
            limit: None,
        };
        let table = verdicts(&[verdict(Some(0.5)), verdict(Some(0.4)), verdict(None)]);
        let words: Vec<&str> = table
            .lines()
            .skip(2)
            .filter_map(|line| line.split('|').nth(4).map(str::trim))
            .collect();
        assert_eq!(words, ["holds", "**missed**", "not measured"]);
    }

    #[test]
    fn every_line_is_as_long_as_the_others() {
        let rows = [
            vec![String::from("µs"), String::from("1")],
            vec![String::from("longer"), String::from("22")],
        ];
        let table = aligned(&[String::from("a"), String::from("b")], &rows);
        let lengths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
        assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
    }
}
