//! The command line, as clap reads it.

mod proof;

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use gasket_core::rules::signed::Version;

use proof::{EVIDENCE_NOTES, VERIFY_NOTES};
pub(crate) use proof::{EvidenceArguments, LanguageArguments, VerifyArguments};

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
  1  an unreadable capture, a rule file with mistakes, a bundle or history that is not as it was
     written, a demo that did not go as claimed, or a failure nobody expected
  2  a mistake in the command line or the config; nothing was started
  3  this machine lacks something; the message says what, and how to get it
  `gasket run` ends with the program's own code, or 128 + signal number.";

/// The things `gasket` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Re-enact known leaks between a made-up phone and a made-up internet, with and without Gasket.
    #[command(after_help = DEMO_NOTES)]
    Demo(DemoArguments),

    /// Look through captures (pcap, pcapng) for what Gasket would block or warn about.
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(ScanArguments),

    /// Make a bundle that shows one block to others: what was observed, how it is known, and what can be checked.
    #[command(after_help = EVIDENCE_NOTES)]
    Evidence(EvidenceArguments),

    /// Check a bundle of evidence, or the events that `--events` wrote: is all as it was written?
    #[command(after_help = VERIFY_NOTES)]
    Verify(VerifyArguments),

    /// Look at the rules, check new ones, and see what matches.
    Rules(RulesArguments),

    /// Tell Gasket your own identifiers (IMEI, SIM number, phone number …), to be looked for everywhere.
    #[command(after_help = IDENTIFIERS_NOTES)]
    Identifiers(IdentifiersArguments),

    /// Run a program in a network of its own whose only way out is Gasket.
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArguments),

    /// Relay the packets of an existing TUN interface until SIGTERM or SIGINT.
    #[command(after_help = RELAY_EXAMPLES)]
    Relay(RelayArguments),

    /// The inner half of `run`.
    #[command(name = "__inside", hide = true)]
    Inside(InsideArguments),
}

const DEMO_NOTES: &str = "\
Nothing leaves this machine: the phone, Gasket and the servers share a network namespace without a
way out. What reached the servers is read from a capture of their own interface. Where the system
allows no such namespace, the same packets are played in memory, and the output says so.

Exit code: 0 if all went as claimed; 1 if anything got out that should not have, or the other way round.";

/// `gasket demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Play in memory even where a namespace can be had.
    #[arg(long)]
    pub(crate) in_memory: bool,

    /// The events as JSON lines on standard output; everything else goes to standard error.
    #[arg(long)]
    pub(crate) json: bool,

    /// Also write the events, chained, into this new or empty folder, make a bundle of evidence of the first block, and check both.
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) language: LanguageArguments,
}

const RUN_EXAMPLES: &str = "\
Examples:
  gasket run -- curl http://example.org/
  gasket run --events events.jsonl -- firefox --new-instance
  gasket run --config gasket.json -- bash

Needs /dev/net/tun and, unless started by root, user namespaces; what is missing is said, with the
setting that stands in the way (exit code 3). The program keeps its user and its files. It can still
talk to other programs through Unix sockets in the file system, and one that runs as root can leave
its namespace.

Exit code: the program's own; 128 + number if a signal ended it; 126 or 127 if it cannot be started.";

/// `gasket run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) telling: TellingArguments,

    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// By what is judged.
#[derive(Debug, Args)]
pub(crate) struct SettingsArguments {
    /// Settings (JSON); without it, the defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Key of the identifiers in the settings; without it, the settings' file with `.key` behind it.
    #[arg(long, value_name = "FILE", requires = "config")]
    pub(crate) identifier_key: Option<PathBuf>,

    /// Signed rules (`gasket rules pack`) to judge by instead of the built-in ones. Older ones are refused.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules_pack: Option<PathBuf>,

    /// Public key whose packs are taken; without it, none is: there is no key of Gasket's own yet.
    #[arg(long, value_name = "PUB", requires = "rules_pack")]
    pub(crate) rules_key: Vec<PathBuf>,
}

/// What is kept between runs.
#[derive(Debug, Args)]
pub(crate) struct KeptArguments {
    /// Go on learning, from this file, which random codes come again and again, and write it at the
    /// end; its key is in the same place with `.key` behind it. Both are made if neither is there.
    /// Without it, what was learned ends with the command.
    #[arg(long, value_name = "FILE")]
    pub(crate) learned: Option<PathBuf>,
}

/// What `run` and `relay` have in common.
#[derive(Debug, Args)]
pub(crate) struct TellingArguments {
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,

    #[command(flatten)]
    pub(crate) kept: KeptArguments,

    /// Append every event to this file, one JSON object a line; beside it, FILE.chain holds the hashes by which
    /// `gasket verify --events FILE` shows what was changed later. Several runs may share a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,

    /// Events on standard error as JSON lines instead of receipts.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) language: LanguageArguments,
}

const RELAY_EXAMPLES: &str = "\
Examples:
  ip tuntap add dev tun7 mode tun user me && ip link set tun7 mtu 9000 up
  gasket relay --tun tun7 --mtu 9000 --events events.jsonl

Connections are made from the network that gasket itself runs in: the interface must not be that
network's own way out, or they would come back. Ends within a second of SIGTERM, with exit code 0.";

/// `gasket relay`.
#[derive(Debug, Args)]
pub(crate) struct RelayArguments {
    /// Name of the interface: it must exist already, made persistent by whoever owns it.
    #[arg(long, value_name = "NAME")]
    pub(crate) tun: String,

    /// Largest packet, in bytes; overrides the config's.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u16).range(1280..))]
    pub(crate) mtu: u16,

    #[command(flatten)]
    pub(crate) telling: TellingArguments,
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

    #[command(flatten)]
    pub(crate) settings: SettingsArguments,

    #[command(flatten)]
    pub(crate) kept: KeptArguments,

    #[command(flatten)]
    pub(crate) language: LanguageArguments,

    /// Captures to look through.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

const IDENTIFIERS_NOTES: &str = "\
Examples:
  gasket identifiers add imei --config gasket.json       asks for the value
  gasket identifiers add serial --config gasket.json < FILE
  gasket run --config gasket.json -- CMD

A value is read from standard input, never from the command line, where the shell's history and other
programs would see it. What is kept in the settings are keyed hashes; the key is in a file of its own,
which only you can read. Nobody can show the values any more, not even Gasket.

Kinds: imei, meid, imsi, iccid, mac, device_id, serial, advertising_id, phone, email.";

/// `gasket identifiers`.
#[derive(Debug, Args)]
pub(crate) struct IdentifiersArguments {
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) command: IdentifiersCommand,
}

/// The things `gasket identifiers` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum IdentifiersCommand {
    /// Read one value from standard input and add it.
    Add {
        /// What it is.
        kind: String,

        /// Only so that a value here is refused without being repeated.
        #[arg(hide = true, num_args = 0..)]
        values: Vec<OsString>,

        #[command(flatten)]
        files: IdentifierFiles,
    },

    /// List them: number, kind, when it was added. The values cannot be shown.
    List {
        /// Settings (JSON).
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },

    /// Remove one, or all; needs no key.
    Remove {
        /// Its number in the list.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        number: Option<usize>,

        /// All of them.
        #[arg(long)]
        all: bool,

        /// Settings (JSON).
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// Where identifiers and their key are.
#[derive(Debug, Args)]
pub(crate) struct IdentifierFiles {
    /// Settings (JSON); made if it is not there.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// Key; without it, the settings' file with `.key` behind it. Made with the first identifier.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

/// `gasket rules`.
#[derive(Debug, Args)]
pub(crate) struct RulesArguments {
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

/// The things `gasket rules` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List all built-in rules, by family: id, action, level, confidence, title.
    List {
        /// One rule a line as JSON.
        #[arg(long)]
        json: bool,
    },

    /// Check rule files: all that is wrong, with file and line, and whether their samples hold.
    #[command(
        after_help = "Exit code: 0 if all is well; 1 if a rule is wrong; 2 if a file cannot be read."
    )]
    Check {
        /// Rule files, or folders of them.
        #[arg(required = true, value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
    },

    /// Explain one rule: what it matches, how that is known, what breaks, what it does by default.
    Explain {
        /// The beginning of its id or title, or a rule file.
        #[arg(value_name = "ID|TITLE|FILE")]
        rule: String,
    },

    /// Make a pack of a folder of rules, after checking them all. It is not signed yet.
    Pack {
        /// The folder; rules keep their place in it.
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// The pack.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,

        /// Its version: the day, and a revision where that day has several (2026-11-28.1). Without it, today (UTC).
        #[arg(long, value_name = "DAY[.N]")]
        date: Option<Version>,
    },

    /// Make a key to sign packs with: FILE, for its owner only, and FILE.pub, for everyone.
    #[command(after_help = KEY_NOTES)]
    Key {
        /// Where; nothing may be there.
        file: PathBuf,
    },

    /// Sign a pack, in its place.
    Sign {
        /// The key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,

        /// The pack.
        #[arg(value_name = "PACK")]
        pack: PathBuf,
    },

    /// Check a pack's signature, then its rules, and say what it would change.
    #[command(
        after_help = "Exit code: 0 if the pack would be used; 1 if it would be refused; 2 if a file cannot be read."
    )]
    Verify {
        /// Public key that is trusted.
        #[arg(long, value_name = "PUB")]
        key: Vec<PathBuf>,

        /// The pack.
        #[arg(value_name = "PACK")]
        pack: PathBuf,
    },

    /// Show which rules match samples or events (JSON) or a capture, and why.
    #[command(after_help = TEST_NOTES)]
    Test {
        /// Rule files or folders to use instead of the built-in rules.
        #[arg(long, value_name = "FILE|DIR")]
        rules: Vec<PathBuf>,

        /// Samples (an object of `field: value`), events as `gasket run` and `scan` write them, or
        /// captures.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

const KEY_NOTES: &str = "\
Whoever has the key can make rules that everyone takes who trusts it. Make it on a computer that is never
online, keep it there and on one other medium, and carry only packs to it and back. `openssl genpkey
-algorithm ed25519` makes such a key, too; FILE.pub is then `openssl pkey -pubout`.";

const TEST_NOTES: &str = "\
An event holds no query, header or body, so that a rule that needs those cannot match it; a capture
names no senders. What is told are the rule's own values, never those of the payload.";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_kind_that_can_be_added_is_named() {
        for kind in gasket_core::inspect::content::known::typed_kinds() {
            assert!(IDENTIFIERS_NOTES.contains(kind), "{kind}");
        }
    }

    #[test]
    fn every_language_is_named() {
        let command = Arguments::command();
        let scan = command.find_subcommand("scan").expect("scan");
        let lang = scan.get_arguments().find(|one| one.get_id() == "lang");
        let help = lang.and_then(|lang| lang.get_help()).expect("a help text");
        let codes = gasket_core::receipt::Language::codes();
        assert!(help.to_string().contains(&codes), "{help}");
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
