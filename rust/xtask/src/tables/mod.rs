//! `cargo xtask tables`: from the locked packages to the committed tables (docs/DATA.md).

mod encode;
mod places;
mod small;
mod source;
mod suffixes;

use std::process::ExitCode;

use source::Sources;

/// All tables together, in bytes: what a build may carry.
const LARGEST: usize = 3 << 20;

/// Fetches, checks, trims and writes.
pub(crate) fn run() -> ExitCode {
    match make() {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("xtask: tables: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn make() -> Result<(), String> {
    let sources = Sources::fetch()?;
    let built = places::build(
        &sources.read("@ip-location-db/asn-country", "asn-country-ipv4-num.csv")?,
        &sources.read("@ip-location-db/asn-country", "asn-country-ipv6-num.csv")?,
        &sources.read("@ip-location-db/asn", "asn-ipv4-num.csv")?,
        &sources.read("@ip-location-db/asn", "asn-ipv6-num.csv")?,
        &sources.read("publicsuffixlist", "public_suffix_list.dat")?,
    )?;
    let files = [
        ("data/places.bin", built.file),
        ("data/places.samples", built.samples),
        (
            "rust/core/src/tables/operators.bin",
            small::operators(&sources.read("mcc-mnc-list", "mcc-mnc-list.json")?)?,
        ),
        (
            "rust/core/src/tables/vendors.bin",
            small::vendors(&sources.read("oui-data", "index.json")?)?,
        ),
    ];
    let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    if total > LARGEST {
        return Err(format!("all tables have {total} bytes; at most {LARGEST}"));
    }
    for (name, bytes) in files {
        println!("{:>9} bytes  {name}", bytes.len());
        std::fs::write(crate::root().join(name), bytes).map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(())
}
