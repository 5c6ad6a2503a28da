//! Simulated phones that know nothing of the detector of beacons, to measure it with.

mod apps;
mod breakdown;
mod checks;
mod draw;
mod habits;
mod life;
mod measure;
mod ordinary;
mod phone;
mod planted;
mod report;
mod statistics;
mod watch;
