//! The odd ends of the network tests: servers that refuse to behave, clients that dribble. It is
//! started inside a test's namespace, and prints `ready` once it listens.

mod client;
mod count;
mod server;
mod soak;

use std::io;
use std::process::ExitCode;

use gasket_tests::sum::Sum;

const HELP: &str = "\
netns-peer serve-reset ADDR        answer half, then reset
netns-peer serve-silent ADDR       accept, read, never answer
netns-peer serve-sum ADDR          read to the end, answer `LENGTH SUM`, close
netns-peer serve-line ADDR…        echo one line a connection, then close
netns-peer serve-count PROTO/ADDR… read one message a connection or datagram, answer `LENGTH SUM`
netns-peer mark ADDR TEXT          send one datagram
netns-peer replay                  stdin: lines of `PROTO HOST:PORT HEX`; one line out for each, what
                                   the server counted or how it failed
netns-peer drip ADDR               stdin in segments of one byte, the answer to stdout
netns-peer upload ADDR BYTES       patterned bytes, half-close, check the sum that comes back
netns-peer connections ADDR… N     N short connections, round robin
netns-peer beat ADDR [TEXT]        numbered datagrams and connections for ever, numbers to stdout
netns-peer stream ADDR             the same over one connection and from one UDP socket
netns-peer scan HOST FIRST LAST    a connection and a datagram to each of these ports
netns-peer crowd ADDR N            N connections at once
netns-peer soak-server             every server of the soak
netns-peer soak-app [IPV4 IPV6]    an app that takes orders from stdin, with these addresses of its own
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netns-peer {}: {error}", words.join(" "));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> io::Result<()> {
    match words {
        ["serve-reset", address] => server::reset(address),
        ["serve-silent", address] => server::silent(address),
        ["serve-sum", address] => server::sum(address),
        ["serve-line", addresses @ ..] if !addresses.is_empty() => server::line(addresses),
        ["serve-count", addresses @ ..] if !addresses.is_empty() => count::serve(addresses),
        ["mark", address, text] => client::mark(address, text),
        ["replay"] => count::replay(),
        ["drip", address] => client::drip(address),
        ["upload", address, bytes] => client::upload(address, parse(bytes)?),
        ["connections", addresses @ .., count] if !addresses.is_empty() => {
            client::connections(addresses, parse(count)?)
        }
        ["beat", address] => client::beat(address, ""),
        ["beat", address, text] => client::beat(address, text),
        ["stream", address] => client::stream(address),
        ["scan", host, first, last] => client::scan(host, parse(first)?, parse(last)?),
        ["crowd", address, count] => client::crowd(address, parse(count)?),
        ["soak-server"] => soak::server(),
        ["soak-app", addresses @ ..] => soak::app(addresses),
        _ => Err(io::Error::other(format!("no such thing\n{HELP}"))),
    }
}

fn parse(number: &str) -> io::Result<u64> {
    number
        .parse()
        .map_err(|error| io::Error::other(format!("{number}: {error}")))
}
