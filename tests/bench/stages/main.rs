//! How long the core takes for a packet and for a flow, by criterion. `cargo xtask bench packet|flow` runs it, and
//! `count.rs` after it.

mod app;
mod cases;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion};

use cases::{Case, Group};

fn main() {
    let wants_flows = std::env::args().any(|word| word == "flow");
    let (group, name) = if wants_flows {
        (Group::Flow, "flow")
    } else {
        (Group::Packet, "packet")
    };
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    let mut benches = criterion.benchmark_group(name);
    for case in Case::ALL.into_iter().filter(|case| case.group() == group) {
        benches.bench_function(BenchmarkId::from_parameter(case.name()), |bencher| {
            let work = case.prepare();
            bencher.iter(work);
        });
    }
    benches.finish();
}
