//! The real guard between a fake app and a fake internet, in virtual time.

#![expect(
    unreachable_pub,
    reason = "one binary: pub here marks what the stories use of the world"
)]

mod asking;
mod beacons;
mod changes;
mod dns;
mod families;
mod faults;
mod hostile;
mod leaks;
mod names;
mod phones;
mod relay;
mod rest;
mod sinkhole;
mod table;
mod world;
