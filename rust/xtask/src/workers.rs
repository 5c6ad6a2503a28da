//! The same for many things, several at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What `work` makes of each item, in their order; it is also told which of the `workers` asks.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    workers: usize,
    work: impl Fn(usize, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..workers {
            let (next, made, work) = (&next, &made, &work);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let one = work(worker, item);
                    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
                    made.push((at, one));
                }
            });
        }
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_done_once_and_in_its_place() {
        let items: Vec<usize> = (0..100).collect();
        let made = each(&items, 3, |worker, item| {
            assert!(worker < 3);
            item * 2
        });
        assert_eq!(made, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert!(each(&[0_u8; 0], 2, |_, item| *item).is_empty());
    }
}
