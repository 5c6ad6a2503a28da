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
