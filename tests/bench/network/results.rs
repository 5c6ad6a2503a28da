//! What was measured.

use std::collections::BTreeMap;

use crate::contender::Contender;
use crate::figures::Figure;
use crate::statistics;

/// One figure of all contenders, a sample a round.
pub(crate) struct Row {
    pub(crate) figure: Figure,
    pub(crate) samples: BTreeMap<Contender, Vec<f64>>,
}

impl Row {
    pub(crate) fn of(&self, contender: Contender) -> &[f64] {
        self.samples.get(&contender).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn median(&self, contender: Contender) -> Option<f64> {
        statistics::median(self.of(contender))
    }

    /// Gasket's figure as a share of another's, round by round.
    pub(crate) fn ratio_to(&self, other: Contender) -> Option<f64> {
        statistics::ratio(self.of(Contender::Gasket), self.of(other))
    }
}

/// How the uploads of a contender ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Uploads {
    pub(crate) flows: u64,
    /// The end of the stream, or the answer to it, did not come through.
    pub(crate) hung: u64,
    /// Bytes were missing.
    pub(crate) lost: u64,
}

/// Many short connections through Gasket, with what the process held before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endurance {
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) descriptors: [u64; 2],
    pub(crate) resident: [u64; 2],
}

/// All figures in the order they came.
#[derive(Default)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    /// Who could not be measured, and why.
    pub(crate) missing: Vec<(Contender, String)>,
    /// What failed although its contender was there.
    pub(crate) failures: Vec<String>,
    pub(crate) uploads: BTreeMap<Contender, Uploads>,
    pub(crate) endurance: Option<Endurance>,
}

impl Results {
    /// Adds a sample; NaN where the measurement failed.
    pub(crate) fn add(&mut self, figure: Figure, contender: Contender, sample: f64) {
        let at = self
            .rows
            .iter()
            .position(|row| row.figure.name == figure.name);
        let at = at.unwrap_or_else(|| {
            self.rows.push(Row {
                figure,
                samples: BTreeMap::new(),
            });
            self.rows.len() - 1
        });
        if let Some(row) = self.rows.get_mut(at) {
            row.samples.entry(contender).or_default().push(sample);
        }
    }

    pub(crate) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.figure.name == name)
    }

    /// Counts how the uploads of one transfer ended.
    pub(crate) fn add_uploads(&mut self, contender: Contender, [flows, hung, lost]: [u64; 3]) {
        let uploads = self.uploads.entry(contender).or_default();
        uploads.flows += flows;
        uploads.hung += hung;
        uploads.lost += lost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Better;

    #[test]
    fn samples_of_one_name_make_one_row() {
        let mut results = Results::default();
        let figure = || Figure::new("down1@1500", "Gbit/s", Better::Higher, 2);
        for (contender, sample) in [
            (Contender::Veth, 10.0),
            (Contender::Gasket, 3.0),
            (Contender::Veth, 20.0),
            (Contender::Gasket, 5.0),
        ] {
            results.add(figure(), contender, sample);
        }
        assert_eq!(results.rows.len(), 1);
        let row = results.row("down1@1500").expect("added");
        assert_eq!(row.median(Contender::Veth), Some(15.0));
        assert_eq!(row.ratio_to(Contender::Veth), Some(0.275));
        assert_eq!(row.median(Contender::Pasta), None);
    }

    #[test]
    fn uploads_add_up() {
        let mut results = Results::default();
        results.add_uploads(Contender::Gasket, [1, 0, 0]);
        results.add_uploads(Contender::Gasket, [10, 2, 1]);
        let uploads = results
            .uploads
            .get(&Contender::Gasket)
            .copied()
            .unwrap_or_default();
        assert_eq!(
            uploads,
            Uploads {
                flows: 11,
                hung: 2,
                lost: 1
            }
        );
    }
}
