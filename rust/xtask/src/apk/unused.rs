//! What makes a release's resources smaller: no names, short paths, equal values once, and none that nothing refers to. Most of those are
//! texts of libraries, in every language of the app, for parts of them that it does not use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::files;
use super::resources::Aapt2;
use super::step::Step;
use super::zip::Archive;

/// What the built APK is asked about by its path.
const KEPT_PATH: &str = "xml/network_security_config#no_path_shorten\n";

/// The highest byte of the app's own resource numbers.
const OWN: u8 = 0x7f;

/// The linked resources without what a phone does not need; `dex` is the folder of the code that refers to them.
pub(crate) fn optimize(aapt2: &Aapt2, linked: &Path, dex: &Path, folder: &Path) -> Result<PathBuf> {
    let (output, removed) = (
        folder.join("optimized.apk"),
        folder.join("resources-unused.txt"),
    );
    let code = files::with_extension(dex, "dex")?;
    let mut optimize = aapt2.tool();
    optimize
        .args([
            "optimize",
            "--collapse-resource-names",
            "--deduplicate-entry-values",
            "--shorten-resource-paths",
            "--resources-config-path",
        ])
        .arg(&removed)
        .arg("-o")
        .arg(&output)
        .arg(linked);
    Step::new(folder, "resources-optimize")
        .text(include_str!("unused.rs"))
        .text(&optimize.line())
        .file(linked)?
        .files(&code)?
        .run(&[&output, &removed], || {
            let used = used(linked, &code)?;
            let dumped = dump(aapt2, linked)?;
            let before = resources(&dumped);
            let unused = unused(&before, &used);
            files::write(&removed, lines(&unused))?;
            optimize.run()?;
            let dumped = dump(aapt2, &output)?;
            let after = resources(&dumped);
            let lost = before
                .keys()
                .find(|id| !after.contains_key(*id) && !unused.contains_key(*id));
            match lost {
                None => {
                    println!("    {} resources that nothing refers to", unused.len());
                    Ok(())
                }
                Some(id) => Err(Error::input(
                    output.display(),
                    format!("lost resource {id:#x}"),
                )),
            }
        })?;
    Ok(output)
}

fn dump(aapt2: &Aapt2, apk: &Path) -> Result<String> {
    let mut dump = aapt2.tool();
    dump.args(["dump", "resources"]).arg(apk).run()
}

/// Numbers of what code, manifest, resource files and the table's own values refer to.
fn used(linked: &Path, code: &[PathBuf]) -> Result<BTreeSet<u32>> {
    let mut used = BTreeSet::new();
    for file in code {
        numbers(&files::read(file)?, &mut used);
    }
    let archive = Archive::open(linked)?;
    for name in archive.names().filter(|name| !name.starts_with("assets/")) {
        numbers(&archive.read(name)?, &mut used);
    }
    Ok(used)
}

/// Every number at any byte that could be of a resource of ours: too many rather than too few.
fn numbers(bytes: &[u8], found: &mut BTreeSet<u32>) {
    let own = bytes.windows(4).filter(|four| four[3] == OWN);
    found.extend(own.map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])));
}

/// Type and name of each resource, by its number, as `aapt2 dump resources` tells them.
fn resources(dump: &str) -> BTreeMap<u32, &str> {
    let lines = dump
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("resource 0x"));
    let entries = lines.filter_map(|line| {
        let (id, rest) = line.split_once(' ')?;
        let name = rest.split(' ').next()?;
        Some((u32::from_str_radix(id, 16).ok()?, name))
    });
    entries.collect()
}

fn unused<'a>(resources: &BTreeMap<u32, &'a str>, used: &BTreeSet<u32>) -> BTreeMap<u32, &'a str> {
    resources
        .iter()
        // A number that ends in zeros may be written in code as its upper half alone (`const/high16`).
        .filter(|(id, _)| **id & 0xffff != 0 && !used.contains(*id))
        .map(|(id, name)| (*id, *name))
        .collect()
}

/// As aapt2 wants to be told what to remove.
fn lines(unused: &BTreeMap<u32, &str>) -> String {
    let mut lines = String::new();
    for name in unused.values() {
        lines.push_str(name);
        lines.push_str("#remove\n");
    }
    lines.push_str(KEPT_PATH);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "Package name=app.gasket id=7f\n  type string id=0a entryCount=4\n    \
        resource 0x7f0a0000 string/first\n      () \"resource 0x7f0a0009 string/said\"\n    \
        resource 0x7f0a0001 string/in_code\n      () \"a\"\n      (de) \"b\"\n    \
        resource 0x7f0a0002 string/unused\n    resource 0x7f0a0003 plurals/unused PUBLIC\n    \
        resource 0x7f010001 attr/unused\n";

    #[test]
    fn only_what_no_number_leads_to_is_left_out() {
        let mut used = BTreeSet::new();
        // Beside other bytes, at no even place.
        numbers(b"\x14\x01\x01\x00\x0a\x7f\x7f", &mut used);
        assert!(used.contains(&0x7f0a_0001), "{used:x?}");
        let unused = unused(&resources(DUMP), &used);
        let removed = "attr/unused#remove\nstring/unused#remove\nplurals/unused#remove\n";
        assert_eq!(lines(&unused), format!("{removed}{KEPT_PATH}"));
    }

    #[test]
    fn a_text_that_looks_like_a_resource_is_none() {
        assert_eq!(resources(DUMP).len(), 5);
    }
}
