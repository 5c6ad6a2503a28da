//! The rule pack: Sigma rules on the facts of a flow.

pub(crate) mod nearest;
