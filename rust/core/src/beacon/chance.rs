//! How likely chance is to look like a beacon, and how much of that is borne.

/// False verdicts by chance that a memory may give in all its time, on average.
const ALPHA: f64 = 0.05;
/// Pairs of app and destination that share it. More than are held, because pairs come and go.
const PAIRS: f64 = 8192.0;

/// The first look at which there can be a verdict.
pub(super) const FIRST_LOOK: u32 = 4;

/// The largest probability at which look number `look` at a question about a pair gives a verdict, where the question has
/// `own` of `shares` shares.
///
/// Alpha spending: over all looks, questions and pairs these add up to [`ALPHA`], so that by the union bound
/// the expected number of verdicts that chance alone gives is at most that, whatever the pairs have to do with
/// one another, and however often is looked. The false discovery rate is then at most that, too.
pub(super) fn bar(look: u32, shares: usize, own: usize) -> f64 {
    // The sum of 3 / (n (n - 1)) over n from 4 on is 1.
    let n = f64::from(look.max(FIRST_LOOK));
    let spent = f64::from(FIRST_LOOK - 1) / (n * (n - 1.0));
    part(shares, own) * spent
}

/// What a question about a pair may spend in all, where it has `own` of `shares` shares.
pub(super) fn part(shares: usize, own: usize) -> f64 {
    ALPHA / PAIRS * own as f64 / shares as f64
}

/// How much of a stake of 1 is laid on the intervals from the one on of which there were `before` ever: over all, these add up to 1.
pub(super) fn stake(before: u32) -> f64 {
    let n = f64::from(before);
    1.0 / ((n + 1.0) * (n + 2.0))
}

/// P(at least `hits` of `n`) where each has probability `p`, at most: the binomial tail.
///
/// It also bounds the tail of a sum of independent trials whose mean probability is `p` (Hoeffding 1956,
/// theorem 5, for `hits` above the mean), and of trials each of which has at most `p` given those before.
/// Only additions, multiplications and divisions, of at most 383 terms: the same on every machine, and right
/// to twelve digits, while the bars it is held against are round numbers.
pub(super) fn tail(n: u32, hits: u32, p: f64) -> f64 {
    if hits == 0 || p >= 1.0 {
        return 1.0;
    }
    if f64::from(hits) <= f64::from(n) * p {
        return 1.0;
    }
    // From the end at which the first term is not too small for a number.
    let from_below = p <= 0.5;
    let (q, odds) = match from_below {
        true => (1.0 - p, p / (1.0 - p)),
        false => (p, (1.0 - p) / p),
    };
    let mut term = (0..n).fold(1.0, |term, _| term * q);
    let mut sum = 0.0;
    for k in 0..=n {
        if (from_below && k >= hits) || (!from_below && n - k >= hits) {
            sum += term;
        }
        term *= odds * f64::from(n - k) / f64::from(k + 1);
    }
    sum.min(1.0)
}

/// P(at least `hits` of two sorts of trial), at most, where those of each sort have a mean probability, given with their number: who is hit
/// in both needs more luck than the mean of all would say.
///
/// The sum over what the second may have of the tail of the first for the rest, by parts, so that bounds of both tails
/// are enough.
pub(super) fn tail_of_both(one: (u32, f64), other: (u32, f64), hits: u32) -> f64 {
    let first = |hits: u32| at_most(one, hits);
    let steps = (1..=hits.min(other.0))
        .map(|more| (first(hits - more) - first(hits - more + 1)) * at_most(other, more));
    (first(hits) + steps.sum::<f64>()).min(1.0)
}

/// P(at least `hits`) of trials with a mean probability, at most: by Hoeffding from one above the mean on, by Markov below.
fn at_most((n, p): (u32, f64), hits: u32) -> f64 {
    let mean = f64::from(n) * p;
    match hits {
        0 => 1.0,
        _ if hits > n => 0.0,
        _ if f64::from(hits) >= mean + 1.0 => tail(n, hits, p),
        _ => (mean / f64::from(hits)).min(1.0),
    }
}

/// P(at least as many hits as there were, in trials with something, among trials with and without and others apart), each given
/// as hits and number, where those with and without are as likely hit: Fisher's exact test, and `apart` the probability of at least so
/// many of `hits_apart`.
pub(super) fn contrast(
    with: (u32, u32),
    without: (u32, u32),
    hits_apart: u32,
    apart: impl Fn(u32) -> f64,
) -> f64 {
    let ways =
        |n: u32, k: u32| (0..k).fold(1.0, |ways, i| ways * f64::from(n - i) / f64::from(i + 1));
    let hit = with.0 + without.0;
    let (mut all, mut sum) = (0.0, 0.0);
    for one in hit.saturating_sub(without.1)..=hit.min(with.1) {
        let as_many = ways(with.1, one) * ways(without.1, hit - one);
        all += as_many;
        sum += as_many * apart((with.0 + hits_apart).saturating_sub(one));
    }
    sum / all
}

/// The largest probability with which the time until something that comes without memory, at whatever rate, lies
/// between `from` and `to`: (1 - r) r^(r / (1 - r)) with r = from / to, here by the chord above
/// r^(r / (1 - r)), which is convex, from 1/2 at r = 1/2 to 1/e at 1. 1 where r is below 1/2.
pub(super) fn memoryless(from: u64, to: u64) -> f64 {
    let r = from as f64 / to.max(1) as f64;
    if !(0.5..1.0).contains(&r) {
        return 1.0;
    }
    let gap = 1.0 - r;
    gap * (0.367_88 + 0.264_3 * gap)
}

/// The largest probability with which, of what comes without memory at whatever rate, that which comes after so many others lies
/// between `from` and `to`: the density of a gamma distribution times its place, (n + 1)^(n + 1) / (n! e^(n + 1)) at most, over the
/// places between. [`memoryless`] where there are none before.
pub(super) fn memoryless_after(others: usize, from: u64, to: u64) -> f64 {
    /// Rounded up, for one and two others.
    const DENSEST: [f64; 2] = [0.541_35, 0.672_13];
    let Some(densest) = others.checked_sub(1) else {
        return memoryless(from, to);
    };
    let wide = to.saturating_sub(from) as f64 / from.max(1) as f64;
    match DENSEST.get(densest) {
        Some(densest) if from > 0 => (densest * wide).min(1.0),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_binomial_one() {
        let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-9;
        assert!(near(tail(10, 9, 0.5), 11.0 / 1024.0));
        assert!(near(tail(4, 4, 1.0 / 120.0), 1.0 / 207_360_000.0));
        assert!(near(tail(3, 1, 0.1), 0.271));
        assert!(near(tail(2, 2, 0.9), 0.81) && near(tail(3, 3, 0.9), 0.729));
        assert!(near(tail(4, 4, 0.75), 0.316_406_25));
        let (few, many) = (tail(128, 127, 0.98), tail(128, 128, 0.98));
        assert!(
            near(many, 0.98_f64.powi(128)) && near(few - many, 128.0 * 0.02 * 0.98_f64.powi(127))
        );
        assert!(tail(128, 10, 0.01) > 1e-9 && tail(128, 10, 0.01) < 1e-5);
        assert_eq!(tail(5, 0, 0.1), 1.0);
        assert_eq!(tail(5, 2, 1.0), 1.0);
    }

    #[test]
    fn two_sorts_of_trial_need_luck_in_both() {
        let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-9;
        // All of both.
        let all = tail_of_both((4, 0.02), (3, 0.2), 7);
        assert!(near(all, 0.02_f64.powi(4) * 0.008), "{all}");
        assert!(all < tail(7, 7, (4.0 * 0.02 + 3.0 * 0.2) / 7.0) / 50.0);
        // One sort alone.
        assert!(near(tail_of_both((9, 0.1), (0, 0.0), 8), tail(9, 8, 0.1)));
        assert!(near(tail_of_both((0, 0.0), (9, 0.1), 8), tail(9, 8, 0.1)));
        // No less than what it bounds, whatever the trials of each sort.
        let exact = |each: &[f64], hits: usize| {
            let mut by_hits = vec![1.0];
            for p in each {
                by_hits.push(0.0);
                for at in (0..by_hits.len()).rev() {
                    let before = if at > 0 { by_hits[at - 1] } else { 0.0 };
                    by_hits[at] = by_hits[at] * (1.0 - p) + before * p;
                }
            }
            by_hits[hits..].iter().sum::<f64>()
        };
        let (one, other) = ([0.0, 0.01, 0.2, 0.02], [0.3, 0.1, 0.2, 0.0, 0.9]);
        let mean = |each: &[f64]| each.iter().sum::<f64>() / each.len() as f64;
        let both = [&one[..], &other[..]].concat();
        for hits in 0..=9 {
            let bound = tail_of_both((4, mean(&one)), (5, mean(&other)), hits as u32);
            let is = exact(&both, hits);
            assert!(bound >= is * (1.0 - 1e-9), "{hits}: {bound} {is}");
        }
    }

    #[test]
    fn a_contrast_is_fishers() {
        let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-9;
        let none = |hits| f64::from(u8::from(hits == 0));
        // All of three, and none of the seven others.
        assert!(near(contrast((3, 3), (0, 7), 0, none), 1.0 / 120.0));
        assert!(near(contrast((3, 4), (1, 6), 0, none), 25.0 / 210.0));
        // Nothing to compare with.
        assert!(near(contrast((5, 5), (0, 0), 0, none), 1.0));
        // Two apart, of which one in ten is hit by chance: five hits are two of these and three others, or one and four.
        let apart = |hits| tail(2, hits, 0.1);
        assert!(near(contrast((3, 3), (0, 7), 2, apart), 0.01 / 120.0));
        let either = (0.01 * 24.0 + 0.19) / 210.0;
        assert!(near(contrast((3, 4), (1, 6), 2, apart), either));
    }

    #[test]
    fn what_is_spent_adds_up() {
        let spent: f64 = (FIRST_LOOK..10_000)
            .map(|look| bar(look, 84, 80) + 4.0 * bar(look, 84, 1))
            .sum();
        let all = spent * PAIRS;
        assert!(all <= ALPHA && all > 0.99 * ALPHA, "{all}");
    }

    #[test]
    fn no_rate_makes_the_second_or_third_likelier_than_the_bound() {
        for (from, to) in [(20_u32, 40_u32), (22, 26), (70, 74), (999, 1000)] {
            let (a, b) = (f64::from(from), f64::from(to));
            for others in 1..=2 {
                // P(at most that many in a time) of a Poisson process.
                let few = |x: f64| {
                    let terms = (0..=others).scan(1.0, |term, k| {
                        let this = *term;
                        *term *= x / f64::from(k + 1);
                        Some(this)
                    });
                    (-x).exp() * terms.sum::<f64>()
                };
                let rates = (1..8000).map(|step| f64::from(step) / 1000.0 / a);
                let most = rates
                    .map(|rate| few(rate * a) - few(rate * b))
                    .fold(0.0, f64::max);
                let bound = memoryless_after(others as usize, from.into(), to.into());
                let what = format!("{from} {to} {others}: {most} {bound}");
                assert!(most <= bound, "{what}");
                assert!(bound < 1.1 * most || b / a > 1.1, "{what}");
            }
        }
        assert_eq!(memoryless_after(3, 20, 21), 1.0);
    }

    #[test]
    fn stakes_add_up() {
        let all: f64 = (0..10_000).map(stake).sum();
        assert!(all <= 1.0 && all > 0.999, "{all}");
        assert!((part(84, 80) - bar(FIRST_LOOK, 84, 80) * 4.0).abs() < 1e-12);
    }

    #[test]
    fn no_rate_makes_an_interval_likelier_than_the_bound() {
        for (from, to) in [(20, 40), (19, 27), (22, 26), (70, 74), (999, 1000)] {
            let (a, b) = (from as f64, to as f64);
            let likeliest = (1..4000).map(|step| f64::from(step) / 1000.0 / a);
            let most = likeliest
                .map(|rate| (-rate * a).exp() - (-rate * b).exp())
                .fold(0.0, f64::max);
            let bound = memoryless(from, to);
            assert!(
                most <= bound && bound < 1.1 * most,
                "{from} {to}: {most} {bound}"
            );
        }
    }
}
