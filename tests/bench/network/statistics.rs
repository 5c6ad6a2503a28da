//! Medians, their noise, and ratios. A measurement that failed is NaN and counts for nothing, but keeps its
//! place: the n-th samples of two contenders are of the same round.

/// The median of what was measured.
pub(crate) fn median(samples: &[f64]) -> Option<f64> {
    let sorted = measured(samples);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

/// Half the range as a share of the median; `None` for fewer than two samples or a median of 0.
pub(crate) fn noise(samples: &[f64]) -> Option<f64> {
    let sorted = measured(samples);
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    let middle = median(samples)?;
    (sorted.len() > 1 && middle != 0.0).then(|| (last - first) / 2.0 / middle.abs())
}

/// The ratios round by round: what disturbs both sides of a round cancels out.
pub(crate) fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    let pairs = of.iter().zip(to);
    pairs
        .map(|(of, to)| if *to == 0.0 { f64::NAN } else { of / to })
        .collect()
}

/// The median of the ratios round by round.
pub(crate) fn ratio(of: &[f64], to: &[f64]) -> Option<f64> {
    median(&ratios(of, to))
}

fn measured(samples: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = samples
        .iter()
        .copied()
        .filter(|sample| sample.is_finite())
        .collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn what_failed_counts_for_nothing() {
        assert_eq!(median(&[f64::NAN, 5.0, f64::NAN]), Some(5.0));
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(noise(&[f64::NAN, 5.0]), None);
    }

    #[test]
    fn noise_is_half_the_range_over_the_median() {
        let noise = noise(&[9.0, 10.0, 11.0]).expect("three samples");
        assert!((noise - 0.1).abs() < 1e-9);
        assert_eq!(super::noise(&[0.0, 0.0]), None);
    }

    #[test]
    fn ratios_pair_the_rounds() {
        // The second round was disturbed: both sides took half.
        assert_eq!(ratio(&[2.0, 1.0, 2.0], &[4.0, 2.0, 4.0]), Some(0.5));
        // The third failed on one side: it says nothing, and shifts nothing.
        assert_eq!(ratio(&[2.0, 1.0, 2.0], &[4.0, 2.0, f64::NAN]), Some(0.5));
        assert_eq!(ratio(&[1.0], &[0.0]), None);
    }
}
