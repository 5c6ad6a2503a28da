//! Stretches of a phone's time, in milliseconds since the phone's first day began.

pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// From the first millisecond to the one that no longer belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// Stretches in order that do not touch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans(Vec<Span>);

impl Spans {
    pub(crate) fn new(mut spans: Vec<Span>) -> Self {
        spans.retain(|span| span.from < span.to);
        spans.sort_unstable();
        let mut all: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match all.last_mut() {
                Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
                _ => all.push(span),
            }
        }
        Self(all)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Span> {
        self.0.iter().copied()
    }

    /// The one that `at` is in.
    pub(crate) fn at(&self, at: u64) -> Option<Span> {
        let nth = self.0.partition_point(|span| span.to <= at);
        self.0.get(nth).copied().filter(|span| span.from <= at)
    }

    pub(crate) fn contains(&self, at: u64) -> bool {
        self.at(at).is_some()
    }

    /// `at`, or when the next one begins.
    pub(crate) fn next(&self, at: u64) -> Option<u64> {
        let nth = self.0.partition_point(|span| span.to <= at);
        self.0.get(nth).map(|span| span.from.max(at))
    }

    /// When the next one begins, from `at` on.
    pub(crate) fn next_start(&self, at: u64) -> Option<u64> {
        let nth = self.0.partition_point(|span| span.from < at);
        self.0.get(nth).map(|span| span.from)
    }

    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        for span in self.iter() {
            let mut from = span.from;
            let first = other.0.partition_point(|gap| gap.to <= span.from);
            for gap in other.0[first..].iter().take_while(|gap| gap.from < span.to) {
                if gap.from > from {
                    rest.push(Span { from, to: gap.from });
                }
                from = from.max(gap.to);
            }
            rest.push(Span { from, to: span.to });
        }
        Self::new(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(all: &[(u64, u64)]) -> Spans {
        Spans::new(all.iter().map(|&(from, to)| Span { from, to }).collect())
    }

    fn told(spans: &Spans) -> Vec<(u64, u64)> {
        spans.iter().map(|span| (span.from, span.to)).collect()
    }

    #[test]
    fn what_touches_is_one_and_what_is_cut_out_is_gone() {
        let all = spans(&[(5, 9), (1, 3), (3, 4), (20, 30), (8, 10), (40, 40)]);
        assert_eq!(told(&all), [(1, 4), (5, 10), (20, 30)]);
        let rest = all.without(&spans(&[(2, 6), (9, 25), (29, 50)]));
        assert_eq!(told(&rest), [(1, 2), (6, 9), (25, 29)]);
        assert_eq!(
            (all.next(4), all.next(7), all.next(30)),
            (Some(5), Some(7), None)
        );
        assert_eq!((all.next_start(5), all.next_start(6)), (Some(5), Some(20)));
        assert!(all.contains(9) && !all.contains(10));
    }
}
