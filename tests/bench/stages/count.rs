//! How many instructions the core takes for a packet and for a flow, by callgrind: unlike times they do not depend
//! on who else computes. No bench to cargo, so that it needs nothing built but what `gasket` needs.

mod app;
mod baseline;
mod cases;
mod counts;

use std::process::ExitCode;

use cases::{Case, Group};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [counts::REPEAT, case, times] => {
            counts::repeat(case, times.parse().unwrap_or_default());
            ExitCode::SUCCESS
        }
        ["--check"] => baseline::check(),
        [.., "--accept"] => baseline::accept(),
        ["packet"] => show(Group::Packet),
        ["flow"] => show(Group::Flow),
        _ => {
            eprintln!("stage-counts: one of packet, flow, --check, --accept");
            ExitCode::from(2)
        }
    }
}

fn show(group: Group) -> ExitCode {
    for case in Case::ALL.into_iter().filter(|case| case.group() == group) {
        match counts::instructions(case) {
            Ok(count) => println!("{:<20} {count:>9} instructions", case.name()),
            Err(why) => println!("{:<20} not counted: {why}", case.name()),
        }
    }
    ExitCode::SUCCESS
}
