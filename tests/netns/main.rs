//! Real programs through the real `gasket run`, against a small internet inside a namespace of the
//! test's own. Nothing is ever sent outside it.

mod capture;
mod dialects;
mod incident;
mod leaks;
mod lifecycle;
mod ordinary;
mod process;
mod programs;
mod replays;
mod servers;
mod sinkhole;
mod soak;
mod transfers;
mod world;
mod zzhc;
