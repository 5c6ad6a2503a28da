//! What a phone's linker would refuse, and what we promise, checked on the built library.

use std::collections::{BTreeMap, BTreeSet};

use super::bionic::{Exports, LIBRARIES};
use super::elf::Elf;

/// The largest page of any Android device.
const PAGE: u64 = 0x4000;

/// The most one library may weigh, in bytes.
const LARGEST: usize = 3 << 20;

/// The methods of `app.gasket.bridge.Native`; nothing else may be exported.
const METHODS: [&str; 19] = [
    "addIdentifier",
    "answer",
    "deviceEvent",
    "evidence",
    "hindsight",
    "initLogging",
    "learned",
    "nextEvents",
    "replaceTun",
    "rules",
    "scan",
    "setConfig",
    "setIdentifierKey",
    "setLearned",
    "setPlaces",
    "start",
    "stop",
    "target",
    "version",
];

const PT_LOAD: u32 = 1;
const PT_GNU_STACK: u32 = 0x6474_e551;
const PT_GNU_RELRO: u32 = 0x6474_e552;
const PF_X: u32 = 1;
const DT_NEEDED: u64 = 1;
const DT_SONAME: u64 = 14;
const DT_TEXTREL: u64 = 22;
const DT_FLAGS: u64 = 30;
const DF_TEXTREL: u64 = 4;
const DF_BIND_NOW: u64 = 8;

/// Everything wrong with the library; empty is good.
pub(super) fn problems(file: &[u8], bionic: &BTreeMap<&'static str, Exports>) -> Vec<String> {
    match Elf::parse(file).and_then(|elf| collect(file, &elf, bionic)) {
        Ok(problems) => problems,
        Err(why) => vec![why.to_owned()],
    }
}

fn collect(
    file: &[u8],
    elf: &Elf<'_>,
    bionic: &BTreeMap<&'static str, Exports>,
) -> Result<Vec<String>, &'static str> {
    let mut problems = Vec::new();
    let mut require = |holds: bool, problem: String| {
        if !holds {
            problems.push(problem);
        }
    };
    require(
        file.len() <= LARGEST,
        format!("it has {} bytes, more than {LARGEST}", file.len()),
    );
    let mut loads = elf
        .segments
        .iter()
        .filter(|segment| segment.kind == PT_LOAD);
    require(
        loads.all(|segment| segment.alignment == PAGE),
        format!("a segment is not aligned to {PAGE:#x}"),
    );
    let has = |kind| elf.segments.iter().any(|segment| segment.kind == kind);
    require(has(PT_GNU_RELRO), "it has no RELRO segment".to_owned());
    let stack = |segment: &&super::elf::Segment| segment.kind == PT_GNU_STACK;
    require(
        elf.segments
            .iter()
            .find(stack)
            .is_some_and(|stack| stack.flags & PF_X == 0),
        "its stack is executable".to_owned(),
    );
    require(
        elf.has_section(".note.gnu.build-id"),
        "it has no build id".to_owned(),
    );
    let dynamic = elf.dynamic()?;
    let flags = dynamic
        .iter()
        .find(|(tag, _)| *tag == DT_FLAGS)
        .map_or(0, |(_, flags)| *flags);
    require(
        flags & DF_TEXTREL == 0 && dynamic.iter().all(|(tag, _)| *tag != DT_TEXTREL),
        "it has text relocations".to_owned(),
    );
    require(
        flags & DF_BIND_NOW != 0,
        "it is not bound when loaded (-z now)".to_owned(),
    );
    let soname = elf.dynamic_texts(DT_SONAME)?;
    require(
        soname == [super::LIBRARY],
        format!("its soname is {soname:?}"),
    );
    for needed in elf.dynamic_texts(DT_NEEDED)? {
        require(
            LIBRARIES.contains(&needed),
            format!("it needs {needed}, which apps may not rely on"),
        );
    }
    let symbols = elf.symbols()?;
    // A weak one may be absent: std looks such up for what newer systems have.
    for symbol in symbols.iter().filter(|s| !s.is_defined && !s.is_weak) {
        require(
            bionic.values().any(|of| of.contains_key(&symbol.name)),
            format!("it needs {}, which Android 6 does not have", symbol.name),
        );
    }
    let exported: BTreeSet<&str> = symbols
        .iter()
        .filter(|symbol| symbol.is_defined)
        .map(|symbol| symbol.name.as_str())
        .collect();
    require(
        methods(&exported) == METHODS.map(Some),
        format!("it exports {exported:?}, where the methods {METHODS:?} belong"),
    );
    Ok(problems)
}

/// The methods of `Native` among the exported symbols; `None` for what is no such method.
fn methods<'a>(exported: &BTreeSet<&'a str>) -> Vec<Option<&'a str>> {
    exported
        .iter()
        .map(|name| {
            let rest = name.strip_prefix("Java_app_gasket_bridge_Native_")?;
            rest.split_once("__").map(|(method, _)| method)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_methods_of_the_boundary_count() {
        let exported = BTreeSet::from([
            "Java_app_gasket_bridge_Native_stop__J",
            "Java_app_gasket_bridge_Probe_panicHere__",
        ]);
        assert_eq!(methods(&exported), [Some("stop"), None]);
    }

    /// This program is a Linux one, so nearly everything is wrong with it.
    #[test]
    fn a_library_of_another_system_is_refused() {
        let path = std::env::current_exe().expect("a program has a path");
        let file = std::fs::read(path).expect("a program can be read");
        let problems = problems(&file, &BTreeMap::new()).join("\n");
        for expected in [
            "not aligned to 0x4000",
            "soname",
            "needs libc.so.6",
            "Android 6 does not have",
            "it exports",
        ] {
            assert!(problems.contains(expected), "{expected}: {problems}");
        }
        assert_eq!(
            super::problems(b"no", &BTreeMap::new()),
            ["the file ends early"]
        );
    }
}
