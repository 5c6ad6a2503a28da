//! The command line, as clap reads it.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Gasket: shows and stops what programs tell about you in plain sight.
#[derive(Debug, Parser)]
#[command(
    name = "gasket",
    version,
    disable_help_subcommand = true,
    after_help = EXIT_CODES,
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  an unreadable capture, or a failure nobody expected
  2  a mistake in the command line or the config; nothing was started
  3  this machine lacks something; the message says what, and how to get it
  `gasket run` ends with the program's own code, or 128 + signal number.";

/// The things `gasket` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look through captures (pcap, pcapng) for what Gasket would block or warn about.
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(ScanArguments),

    /// The inner half of `run`.
    #[command(name = "__inside", hide = true)]
    Inside(InsideArguments),
}

/// `gasket __inside`: not for people.
#[derive(Debug, Args)]
pub(crate) struct InsideArguments {
    /// MTU of the tunnel, in bytes.
    #[arg(long)]
    pub(crate) mtu: u16,

    /// Addresses that answer DNS in the tunnel.
    #[arg(long = "resolver")]
    pub(crate) resolvers: Vec<IpAddr>,

    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<OsString>,
}

const SCAN_EXAMPLES: &str = "\
Examples:
  gasket scan phone.pcap               what would be blocked, in plain words
  gasket scan -v *.pcapng              also every readable request, values masked
  gasket scan --json phone.pcap | jq   one event a line";

/// `gasket scan`.
#[derive(Debug, Args)]
pub(crate) struct ScanArguments {
    /// One event a line as JSON on standard output; the summary goes to standard error.
    #[arg(long)]
    pub(crate) json: bool,

    /// Also list every readable request: method, host, path, long digit runs masked.
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Settings to judge by (JSON); without it, the defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Captures to look through.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
