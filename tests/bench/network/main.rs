//! The network bench: what an app gets through Gasket, beside a bare link and other engines, in
//! namespaces of its own. `cargo xtask bench` builds what it needs and runs it.
//!
//! This one program plays five parts: it orchestrates; as `agent` it is the app behind one
//! contender; as `server` it is the internet; as `path` a long way to a server further off; as `copy`
//! the least that an engine can do.

mod agent;
mod arguments;
mod contender;
mod copy;
mod document;
mod figures;
mod lossy;
mod machine;
mod measure;
mod programs;
mod remote;
mod results;
mod run;
mod server;
mod statistics;
mod table;
mod targets;
mod usage;
mod wire;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["agent", server] => agent::run(server),
        ["server"] => server::run(),
        ["path", near, far] => lossy::run(near, far),
        ["copy", one, other] => copy::run(one, other),
        [world::INSIDE, rest @ ..] => arguments::read(rest)
            .map_err(std::io::Error::other)
            .and_then(|arguments| run::run(&arguments)),
        words => match arguments::read(words) {
            Ok(_) => return world::enter(words),
            Err(why) => {
                eprintln!("bench: {why}");
                return ExitCode::from(2);
            }
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
