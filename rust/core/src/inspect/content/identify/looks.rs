//! First looks: they turn most of a payload away before it is looked at closely. The tests do without
//! them, to see that they turn nothing away that matters.

#[cfg(not(test))]
pub(super) const fn passes(look: bool) -> bool {
    look
}

#[cfg(test)]
pub(in super::super) fn passes(look: bool) -> bool {
    look || WITHOUT.with(std::cell::Cell::get)
}

#[cfg(test)]
thread_local! {
    static WITHOUT: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Does `work` without any first look.
#[cfg(test)]
pub(in super::super) fn without<T>(work: impl FnOnce() -> T) -> T {
    WITHOUT.with(|without| without.set(true));
    let done = work();
    WITHOUT.with(|without| without.set(false));
    done
}
