//! `gasket run`: any program in its own network namespace, whose only way out is Gasket.

mod control;
pub(crate) mod inside;
mod netlink;
mod obstacle;
mod resolver;
